"""The question as a form: what a person may ask of one figure, with names to choose from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from core.forms import PortalForm
from incubators.indicators.asking import PARAM_WORDS
from incubators.indicators.base import BadQuestion, Indicator, Kind
from incubators.indicators.wording import POPULATIONS, VALIDITIES
from incubators.models import Area, AreaGroup, Carrier, Level, QualificationKind, ServicePlatform, Title

MONTHS = (12, 24, 36)
DEFAULT_MONTHS = 24
ANY = ("", "不限")


def _day() -> forms.Field:
    return forms.CharField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _one(choices: list[tuple[Any, str]]) -> forms.Field:
    return forms.ChoiceField(required=False, choices=choices)


def _param(name: str, indicator: Indicator) -> forms.Field:
    """The field of one parameter; codes stay in the address, names are what a person sees."""
    if name in {"kinds", "titles"}:
        platform = "n_platforms" in indicator.code
        choices = ServicePlatform.Kind.choices if platform else Carrier.Kind.choices
        return _one([ANY, *(choices if name == "kinds" else Title.objects.values_list("code", "name"))])
    if name == "rank_at_least":
        ranks: dict[int, list[str]] = {}
        for rank, level in Level.objects.order_by("-rank", "code").values_list("rank", "name"):
            ranks.setdefault(rank, []).append(level)
        return _one([ANY, *((rank, f"{'、'.join(names)}及以上") for rank, names in ranks.items())])
    if name == "qualification":
        return _one([("", "请选择"), *QualificationKind.objects.values_list("code", "name")])
    if name == "group":
        return _one([("", "请选择"), *AreaGroup.objects.values_list("code", "name")])
    if name == "population":
        return _one([(code, words) for code, words in POPULATIONS.items()])
    if name == "valid":
        return _one([(code, words) for code, words in VALIDITIES.items()])
    if name == "known_on":
        return _day()
    if name in {"outside_owner", "leading"}:
        return _one([ANY, ("true", "是")])
    return forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))


class QuestionForm(PortalForm):
    """Bound to the address. ``areas``: those the person may choose from."""

    def __init__(self, indicator: Indicator, query: QueryDict, areas: list[Area]) -> None:
        super().__init__(data=self._data(indicator, query))
        for name, label in (("from", "起"), ("to", "止")) if indicator.kind is Kind.FLOW else (("on", "日期"),):
            self.fields[name] = _day()
            self.fields[name].label = label
        if areas:
            named = [
                (area.code, "\u3000" * (area.path.count("/") - areas[0].path.count("/")) + area.name) for area in areas
            ]
            self.fields["within"] = _one([("", "有权查看的全部"), *named])
            self.fields["within"].label = "区域"
        for name in sorted(indicator.params - {"members"}):
            self.fields[name] = _param(name, indicator)
            self.fields[name].label = PARAM_WORDS[name]
        self.fields["months"] = _one([(number, f"近{number}个月") for number in MONTHS])
        self.fields["months"].label = "变化"

    @staticmethod
    def _data(indicator: Indicator, query: QueryDict) -> QueryDict:
        """What the address says, and what it means where it says nothing."""
        data = query.copy()
        today = timezone.localdate()
        last = data.get("to") or data.get("on") or today.isoformat()
        usual = {"on": last, "to": last, "from": _year_begin(last), "months": DEFAULT_MONTHS, **indicator.defaults}
        for name, value in usual.items():
            if not data.get(name):
                data[name] = str(value)
        return data

    def complain(self, error: BadQuestion) -> list[str]:
        """Put each fault at its field, in place of the field's own sentence, which knows less; those without a field
        here are returned."""
        self.is_valid()
        elsewhere = []
        for name, texts in error.errors.items():
            self.errors.pop(name, None)
            for text in texts:
                if name in self.fields:
                    self.add_error(name, text)
                else:
                    elsewhere.append(text)
        return elsewhere


def _year_begin(text: str) -> str:
    try:
        return date(date.fromisoformat(text).year, 1, 1).isoformat()
    except ValueError:
        return ""


def months_of(query: QueryDict) -> int:
    """How many months the chart looks back."""
    text = query.get("months", "")
    return int(text) if text in {str(number) for number in MONTHS} else DEFAULT_MONTHS
