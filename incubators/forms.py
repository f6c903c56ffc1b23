"""Forms of this app. They clean what was typed; services and checks decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from core.forms import PortalForm
from incubators.reporting.fields import ALL_CODES, FIELDS, TEXTS, FieldError, ReportField, Value
from incubators.reporting.workflow import MISSING, S

EXPLANATION = "explain:"  # prefix of the names of explanations in a posted form


class FigureField(forms.Field):
    """One figure of the report, typed as text: what cannot be read stays in place and is named."""

    def __init__(self, spec: ReportField) -> None:
        self.spec = spec
        self.unit = spec.unit
        mode = "numeric" if spec.kind == "count" else "decimal"
        attributes = {"inputmode": mode, "autocomplete": "off", "class": "num", "data-figure": ""}
        super().__init__(
            label=spec.label, help_text=spec.help, required=False, widget=forms.TextInput(attrs=attributes)
        )

    def to_python(self, value: Any) -> Value:
        try:
            return self.spec.parse(str(value or ""))
        except FieldError as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.spec.typed(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class ReportForm(PortalForm):
    """A month's figures and words. Nothing is required here: a draft may hold any part of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for spec in FIELDS:
            self.fields[spec.code] = FigureField(spec)
        for text in TEXTS:
            widget = forms.Textarea(attrs={"rows": 3}) if text.longest > 100 else forms.TextInput()
            self.fields[text.code] = forms.CharField(
                label=text.label, help_text=text.help, max_length=text.longest, required=False, widget=widget
            )

    def typed_values(self) -> dict[str, Value]:
        """The figures that were sent and could be read. Call after ``is_valid``."""
        return {spec.code: self.cleaned_data[spec.code] for spec in FIELDS if self._sent(spec.code)}

    def typed_texts(self) -> dict[str, str]:
        """The words that were sent and fit. Call after ``is_valid``."""
        return {text.code: self.cleaned_data[text.code] for text in TEXTS if self._sent(text.code)}

    def sent_codes(self) -> list[str]:
        """The figures and words that the page sent, whether or not they could be read."""
        return [code for code in ALL_CODES if code in self.data]

    @staticmethod
    def as_typed(carrier_kind: str, values: Mapping[str, Value], texts: Mapping[str, str]) -> dict[str, str]:
        """What a page of a carrier of this kind would send if its fields held these figures and words."""
        asked = [spec for spec in FIELDS if spec.concerns(carrier_kind, values.get(spec.code))]
        return {spec.code: spec.typed(values.get(spec.code)) for spec in asked} | dict(texts)

    def explanations(self) -> dict[str, str]:
        """What was written on findings, by their key."""
        return {
            name.removeprefix(EXPLANATION): str(text)
            for name, text in self.data.items()
            if name.startswith(EXPLANATION)
        }

    def _sent(self, code: str) -> bool:
        return code in self.data and code in self.cleaned_data


STATE_CHOICES = (
    ("", "全部"),
    ("unfiled", "未报送(含草稿、退回)"),
    (MISSING, "未填报"),
    (S.DRAFT, "草稿"),
    (S.SUBMITTED, "待审核"),
    (S.RETURNED, "已退回"),
    (S.ACCEPTED, "已通过"),
    (S.LOCKED, "已锁定"),
    ("overdue", "逾期未报"),
    ("late", "迟报"),
)


class OverviewFilter(PortalForm):
    """Filters of the month's overview, in the address."""

    q = forms.CharField(
        label="名称、拼音首字母或编号",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label="状态", required=False, choices=STATE_CHOICES)
    area = forms.ChoiceField(label="归属区域", required=False)

    def __init__(self, *args: Any, areas: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", "全部"), *areas]


class ReasonForm(PortalForm):
    """Words for a return or a correction."""

    reason = forms.CharField(
        label="原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明原因"},
    )
