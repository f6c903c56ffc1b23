"""Forms of this app. They clean what was typed; the service decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from core.forms import PortalForm
from core.numerals import NotANumber, folded, typed_number
from targets.models import Target
from targets.services import NO_EVIDENCE, NO_SOURCE, faults

SCALE = {"元": Decimal(10_000)}


class AmountField(forms.Field):
    """A number typed as text; what cannot be read stays in place and is named. Yuan are typed in 万元."""

    def __init__(self, unit: str, **kwargs: Any) -> None:
        self.unit = "万元" if unit == "元" else unit
        self.scale = SCALE.get(unit, Decimal(1))
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "")
        if not folded(text, self.unit):
            return None
        try:
            number = typed_number(text, self.unit, "18.6")
        except NotANumber as error:
            raise forms.ValidationError(str(error)) from None
        if abs(number) * self.scale >= Decimal(10) ** 15:
            raise forms.ValidationError("数值过大,请核对单位")
        if number != number.quantize(Decimal("0.0001")):
            raise forms.ValidationError("最多保留四位小数")
        return number * self.scale


class OutsideFigureForm(PortalForm):
    """A figure of outside statistics with its source, or the confirmation of a milestone with its evidence."""

    on = forms.DateField(
        label="数据日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写数据日期", "invalid": "请填写日期,例如 2025-12-31"},
        help_text="统计截止的那一天,不是录入的日期",
    )
    done = forms.TypedChoiceField(
        label="是否完成",
        choices=[("", "请选择"), ("yes", "已完成"), ("no", "尚未完成")],
        coerce=lambda word: word == "yes",
        empty_value=None,
        error_messages={"required": "请确认是否完成", "invalid_choice": "请选择已完成或尚未完成"},
    )
    source = forms.CharField(
        label="来源",
        max_length=200,
        help_text="统计公报、部门函件或认定文件的名称和文号",
        error_messages={"required": NO_SOURCE, "max_length": "来源不能超过200字"},
    )
    note = forms.CharField(
        label="说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="口径、范围等需要交代的事项",
        error_messages={"max_length": "说明不能超过300字"},
    )

    def __init__(self, *args: Any, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        self.fields["source"].wide = True  # type: ignore[attr-defined]
        self.fields["note"].wide = True  # type: ignore[attr-defined]
        is_done = target.comparator == Target.Comparator.DONE
        if is_done:
            self.fields["on"].help_text = "完成或核对的那一天,不是录入的日期"
            self.fields["source"].label = "依据"
            self.fields["source"].help_text = "印发、批复或认定文件的名称和文号"
            self.fields["source"].error_messages["required"] = NO_EVIDENCE
        else:
            del self.fields["done"]
        if not is_done or target.unit:
            label = "完成数量(可不填)" if is_done else "数值"
            self.fields["value"] = AmountField(
                target.unit, label=label, required=not is_done, error_messages={"required": "请填写数值"}
            )
        self.order_fields(["on", "done", "value", "source", "note"])

    def clean(self) -> dict[str, Any]:
        """All faults at once: what the service would refuse stands beside what could not be read."""
        data = super().clean() or {}
        given = {name: data.get(name) for name in ("on", "value", "done")}
        for field, sentences in faults(self.target, source=data.get("source") or "", **given).items():
            if field in self.fields and field not in self.errors:
                self.add_error(field, sentences)
        return data
