"""Forms about a carrier's own history: changes, titles that end, and what titles of a new regime count as."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from core.forms import DateField, PortalForm
from incubators.models import Area, Carrier, CarrierChange, Designation, Ladder, Title
from incubators.register import rules
from incubators.register.operators import LONGEST_NAME, called, too_many
from incubators.register.particulars import ATTRIBUTE, in_words
from incubators.register.permits import may_confirm_change
from incubators.scope import Scope

Kind = CarrierChange.Kind


class ChangeForm(PortalForm):
    """A change of one kind. Staff may say at once when it was reported upward; an operator's is a request."""

    happened_on = DateField(label="变更日期")
    document = forms.CharField(
        label="依据文件", max_length=200, required=False, help_text="变更决定、营业执照或批复的名称与文号"
    )
    reason = forms.CharField(label="变更说明", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    reported_on = DateField(label="上报日期", required=False, help_text="已向认定部门报告的填写;以后报告的可以补填")
    is_correction = forms.BooleanField(
        label="不是变更,是更正登记错误",
        required=False,
        help_text="原来登记错了才勾选:不算变更事件,不须上报,过去各日也按更正后的值显示",
    )

    def __init__(self, *args: Any, carrier: Carrier, kind: str, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        after = _after(carrier, kind, user)
        now = in_words(getattr(carrier, ATTRIBUTE[Kind(kind)])) or "(空)"
        after.label = f"新的{Kind(kind).label}"
        after.help_text = f"现为:{now}" + (f"。{after.help_text}" if after.help_text else "")
        self.fields = {"after": after, **self.fields}
        if not may_confirm_change(user, carrier):
            del self.fields["reported_on"]

    def clean_after(self) -> Any:
        """An operator's name becomes the operator of that name or code, if there is just one."""
        value = self.cleaned_data["after"]
        if self.kind != Kind.OPERATOR:
            return value
        found = called([value])[value]
        if sentence := too_many(value, found):
            raise forms.ValidationError(sentence)
        return found[0] if found else value


def _after(carrier: Carrier, kind: str, user: Any) -> forms.Field:
    if kind == Kind.AREA:
        return forms.ModelChoiceField(queryset=_areas(carrier, user), empty_label="请选择")
    if kind == Kind.FLOOR_AREA:
        return forms.DecimalField(
            max_digits=12,
            decimal_places=2,
            min_value=0,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"invalid": "请填数字,如 12500"},
            help_text="建筑面积,平方米",
        )
    if kind == Kind.OPERATOR:
        return forms.CharField(max_length=LONGEST_NAME, help_text="填名称;库中没有的确认后随之登记")
    return forms.CharField(max_length=200 if kind == Kind.SITE else LONGEST_NAME)


def _areas(carrier: Carrier, user: Any) -> Any:
    """Where the carrier may have moved: the areas beside its own and those of the person; an enclave anywhere."""
    rows = Area.objects.order_by("path")
    if carrier.kind == Carrier.Kind.ENCLAVE:
        return rows
    above = carrier.area.path.rstrip("/").rsplit("/", 1)[0] + "/"
    near = Q(path__startswith=above) if above.count("/") > 2 else Q(pk=carrier.area_id)
    return rows.filter(near | Scope.of(user).areas())


class ReturnForm(PortalForm):
    """Why a request is sent back."""

    reason = forms.CharField(label="退回原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ReportedForm(PortalForm):
    """When a change was reported upward."""

    reported_on = DateField(label="上报日期")
    document = forms.CharField(label="上报文号", max_length=120, required=False)


class EndForm(PortalForm):
    """A title ends. A downgrade names the lower title of the same ladder."""

    kind = forms.ChoiceField(label="终止方式", choices=[("", "请选择"), *Designation.Ending.choices])
    ended_on = DateField(label="终止日期", help_text="自这一天起不再持有")
    document = forms.CharField(label="终止文号", max_length=120)
    lower = forms.ModelChoiceField(
        label="降为", queryset=Title.objects.none(), required=False, help_text="仅降等填写:同一序列中较低的称号"
    )
    reason = forms.CharField(label="终止原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, designation: Designation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title = designation.title
        ladder = Title.objects.given_to(designation.carrier).filter(ladder=title.ladder).exclude(ladder="")
        lower = [row.pk for row in ladder if not rules.not_lower(row, title)]
        self.fields["lower"].queryset = ladder.filter(pk__in=lower)
        self.fields["lower"].empty_label = "请选择" if lower else "没有更低的称号"


class RectifyForm(PortalForm):
    """Until when what was found is to be put right; no date: it has been."""

    rectify_by = DateField(label="整改期限", required=False, help_text="整改通过后清空期限再保存")
    reason = forms.CharField(label="整改事项或结果", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class EquivalenceForm(PortalForm):
    """As which title of the former regime a title of the new one counts in an area. Nothing is chosen beforehand."""

    NONE = "none"
    area = forms.ModelChoiceField(
        label="适用区域", queryset=Area.objects.none(), empty_label="请选择", help_text="含其下没有另作决定的区域"
    )
    same_as = forms.ChoiceField(label="等同于")
    decided_on = DateField(label="决定日期")
    document = forms.CharField(label="依据文件", max_length=200)
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, ladder: Ladder, user: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"decided_on": timezone.localdate()})
        super().__init__(*args, **kwargs)
        former = Title.objects.filter(ladder=ladder.counterpart.code, level__isnull=False)  # type: ignore[union-attr]
        self.titles = {row.code: row for row in former.select_related("level").order_by("-level__rank", "name")}
        words = [(code, f"{row.name}({row.level.name})") for code, row in self.titles.items() if row.level]
        self.fields["same_as"].choices = [("", "请选择"), *words, (self.NONE, "不等同于任何原称号")]
        self.fields["area"].queryset = Area.objects.filter(Scope.of(user).writes()).order_by("path")

    def clean_same_as(self) -> Title | None:
        """The title chosen; None for none of them."""
        return self.titles.get(self.cleaned_data["same_as"])
