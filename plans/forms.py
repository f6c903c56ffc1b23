"""The form that records a decision: its value field is what the question asks for."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.forms import PortalForm
from core.money import from_wan
from incubators.models import AreaGroup
from plans.decisions import Kind
from plans.selectors import QuestionView, group_candidates

FULL_WIDTH = str.maketrans({"\uff1a": ":", "\uff05": "%", "\uff0c": "", ",": "", "\uff0e": "."})


def _typed(value: Any) -> str:
    return str(value or "").translate(FULL_WIDTH).replace(" ", "")


class RatioField(forms.CharField):
    """``1:1``, ``60%`` or ``0.6``; gives a Decimal fraction. ``1:0.6`` reads: for 1 yuan of the base, 0.6 yuan."""

    def to_python(self, value: Any) -> Any:
        text = _typed(value)
        if not text:
            return None
        try:
            if ":" in text:
                base, added = (Decimal(part) for part in text.split(":"))
                return (added / base).quantize(Decimal("0.000001")).normalize() + 0
            return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
        except (InvalidOperation, ValueError, ZeroDivisionError):
            raise ValidationError("请写成 1:1、60% 或 0.6 这样的比例") from None

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        if value is not None and not (value.is_finite() and value >= 0):
            raise ValidationError("比例不能为负数")

    def run_validators(self, value: Any) -> None:
        """Nothing to run on a number; the validators of the base are about text."""


class NumberField(RatioField):
    """A plain number; with ``wan``, typed in 万元 and given in yuan."""

    wan = False

    def to_python(self, value: Any) -> Any:
        text = _typed(value)
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValidationError("请填数字") from None
        return from_wan(number) if self.wan and number.is_finite() else number

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        if value is not None and not (value.is_finite() and value >= 0):
            raise ValidationError("请填不小于0的数")


class LinesField(forms.CharField):
    """One item a line; gives the list of lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), **kwargs)

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in re.split(r"[\r\n]+", str(value or "")) if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError("请至少写一项,每行一项")

    def run_validators(self, value: Any) -> None:
        """Nothing to run on a list."""


class DecisionForm(PortalForm):
    """A decision with its day, document and reason. ``view`` is the question; ``group`` the group a list fills."""

    decided_on = forms.DateField(label="决定日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    document = forms.CharField(label="依据文件", max_length=200, help_text="文件名称与文号,或会议纪要的名称与日期")
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, view: QuestionView, group: AreaGroup | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decided_on"].initial = timezone.localdate()
        added = {"value": _value_field(view, group)}
        if group is not None:
            added["new_areas"] = LinesField(
                label="名单中尚未登记的镇(园区)", required=False, help_text="每行一个名称;保存时登记为新区域"
            )
        for name in ("document", "reason"):
            _widen(self.fields[name])
        if "new_areas" in added:
            _widen(added["new_areas"])
        self.fields = {**added, **self.fields}
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "new_areas" in self.fields and not data.get("value") and not data.get("new_areas"):
            self.add_error("value", "请勾选或填写至少一个区域")
        return data


def _widen(field: Any) -> None:
    """The field takes the whole width of the form (read by the form component)."""
    field.wide = True


def _value_field(view: QuestionView, group: AreaGroup | None) -> forms.Field:
    kind, question = view.question.value_kind, view.question
    number = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    field: Any
    if kind == Kind.RATIO:
        text = forms.TextInput(attrs={"autocomplete": "off"})
        field = RatioField(label="比例", widget=text, help_text="写成 1:1、60% 或 0.6;1:0.6 指市级每1元,区级0.6元")
    elif kind == Kind.AMOUNT:
        field = NumberField(label="金额" if view.money else "数值", widget=number)
        field.wan = view.money
        field.unit = "万元" if view.money else ""
    elif kind == Kind.DATE:
        field = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    elif kind == Kind.CHOICE:
        choices = [(choice, choice) for choice in question.choices]
        field = forms.ChoiceField(label="选择", choices=choices, widget=forms.RadioSelect)
    elif kind == Kind.LIST and group is not None:
        field = _areas_field(view, group)
    elif kind == Kind.LIST:
        field = LinesField(label="名单", help_text="每行一项")
    else:
        label = {Kind.CRITERION: "标准", Kind.DOCUMENT: "文件名称与文号"}.get(Kind(kind), "决定内容")
        field = forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}))
    field.wide = kind not in {Kind.RATIO, Kind.AMOUNT, Kind.DATE}
    return field  # type: ignore[no-any-return]


def _areas_field(view: QuestionView, group: AreaGroup) -> forms.Field:
    """Every area within the group's, those the text names first and marked. Nothing is ticked beforehand."""
    groups = view.question.plan.definition["area_groups"]
    named = next((set(one.get("members_named", ())) for one in groups if one["code"] == group.code), set())
    areas = sorted(group_candidates(group), key=lambda area: area.code not in named)
    return forms.MultipleChoiceField(
        label=f"“{group.name}”的全部成员",
        choices=[(area.code, f"{area.name}(文中提到)" if area.code in named else area.name) for area in areas],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="请逐一勾选,列全为止;这份名单是覆盖率的分母",
    )
