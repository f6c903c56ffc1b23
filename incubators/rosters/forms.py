"""Forms of rosters. They clean what was typed; the services decide."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from core.forms import DateField, PortalForm
from incubators import uscc
from incubators.models import Area, Qualification, Roster
from incubators.scope import Scope
from incubators.services.rosters import Candidate

FIRST_YEAR, LAST_YEAR = 2000, 2100


def _year_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        widget=forms.TextInput(attrs={"maxlength": 4, "autocomplete": "off"}),
        error_messages={"invalid": "请填四位年份,如 2025"},
    )


class RosterForm(PortalForm):
    """A roster to be made."""

    kind = forms.ChoiceField(label="种类", choices=Roster.Kind.choices)
    area = forms.ModelChoiceField(label="区域", queryset=Area.objects.none(), to_field_name="code", empty_label=None)
    year = _year_field("年度")
    as_of = DateField(label="截止日", help_text="名册反映这一天的情况,通常为12月31日")
    title = forms.CharField(
        label="标题", max_length=120, required=False, help_text="不填则为“区域+年度+种类”", widget=forms.TextInput()
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        last_year = timezone.localdate().year - 1
        initial = {"year": last_year, "as_of": date(last_year, 12, 31), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["area"].queryset = Area.objects.filter(Scope.of(user).writes()).order_by("path")


class ConfirmForm(PortalForm):
    """A draft to be confirmed. ``seen`` is the digest of what the person looked at."""

    document = forms.CharField(label="文号", max_length=120, help_text="盖章报送或印发名册的文件号")
    confirmed_on = DateField(label="确认日期", help_text="文件所载日期")
    ended = forms.MultipleChoiceField(
        label="同时终止下列企业的硬科技资质(自确认日期起失效)",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="这些企业持有有效资质而不在本名单中;不勾选的,资质不变",
    )
    differences_accepted = forms.BooleanField(label="已核对草稿与登记簿的不同,仍按草稿确认", required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, unlisted: list[Qualification], differing: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unlisted:
            names = {row.enterprise_id: f"{row.enterprise.name}({row.enterprise.uscc})" for row in unlisted}
            self.fields["ended"].choices = [*names.items()]
            self.fields["ended"].wide = True  # type: ignore[attr-defined]  # read by form_fields.html
        else:
            del self.fields["ended"]
        if not differing:
            del self.fields["differences_accepted"]

    def clean_ended(self) -> set[int]:
        return {int(key) for key in self.cleaned_data["ended"]}


class CorrectForm(PortalForm):
    """A correction to be opened."""

    reason = forms.CharField(label="更正原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class CandidatesForm(PortalForm):
    """Enterprises proposed for 硬科技: a code and its basis a line, as pasted from a sheet; or chosen from a search, with
    one basis for all of them."""

    lines = forms.CharField(
        label="逐行填写:统一社会信用代码 空格 确认依据",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="可以从 Excel 复制“代码、依据”两列粘贴",
    )
    basis = forms.CharField(label="所选企业的确认依据", max_length=200, required=False)

    def candidates(self, chosen: list[str]) -> list[Candidate]:
        """What was typed and chosen, in order; each with where it stands."""
        found = []
        for number, line in enumerate(self.cleaned_data["lines"].splitlines(), start=1):
            code, _, words = re.sub(r"[\s,,;;]+", " ", line.strip(), count=1).partition(" ")
            if code:
                found.append(Candidate(uscc.normalise(code), words.strip(), f"第{number}行 "))
        return found + [Candidate(code, self.cleaned_data["basis"].strip(), "所选 ") for code in chosen]


class VerifyForm(PortalForm):
    """Whether an enterprise stood in a list."""

    refused = "没有核验"

    uscc = forms.CharField(
        label="统一社会信用代码", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    year = _year_field("年度")

    def clean_uscc(self) -> str:
        code = uscc.normalise(self.cleaned_data["uscc"])
        if sentence := uscc.problem(code):
            raise forms.ValidationError(sentence)
        return code
