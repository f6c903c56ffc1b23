"""Forms of this app. They clean what was typed; services and checks decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from core.forms import PortalForm
from incubators.reporting.fields import Answer, FieldError, ReportField, TextField
from incubators.reporting.form import STANDARD, MonthForm
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

    def to_python(self, value: Any) -> Answer:
        try:
            return self.spec.parse(str(value or ""))
        except FieldError as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.spec.typed(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class WordsField(forms.CharField):
    """Words of the report, or one of the options that a district gives."""

    def __init__(self, spec: TextField) -> None:
        self.spec = spec
        widget: forms.Widget = forms.TextInput()
        if spec.options:
            widget = forms.Select(choices=[("", "请选择"), *((word, word) for word in spec.options)])
        elif spec.longest > 100:
            widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(label=spec.label, help_text=spec.help, max_length=spec.longest, required=False, widget=widget)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if problem := self.spec.problem(str(value)):
            raise forms.ValidationError(problem)


class ReportForm(PortalForm):
    """A month's figures and words. Nothing is required here: a draft may hold any part of them."""

    def __init__(self, *args: Any, month_form: MonthForm = STANDARD, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.month_form = month_form
        for spec in month_form.figures:
            self.fields[spec.code] = FigureField(spec)
        for text in month_form.texts:
            self.fields[text.code] = WordsField(text)

    def typed_values(self) -> dict[str, Answer]:
        """The answers that were sent and could be read. Call after ``is_valid``."""
        return {code: self.cleaned_data[code] for code in self.month_form.by_code if self._sent(code)}

    def typed_texts(self) -> dict[str, str]:
        """The words that were sent and fit. Call after ``is_valid``."""
        return {code: self.cleaned_data[code] for code in self.month_form.text_by_code if self._sent(code)}

    def sent_codes(self) -> list[str]:
        """The figures and words that the page sent, whether or not they could be read."""
        return [code for code in self.month_form.codes if code in self.data]

    @staticmethod
    def as_typed(
        month_form: MonthForm, carrier_kind: str, values: Mapping[str, Answer], texts: Mapping[str, str]
    ) -> dict[str, str]:
        """What a page of a carrier of this kind would send if its fields held these answers and words."""
        asked = month_form.asked(carrier_kind, values)
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
    (S.CHECKED, "待区审"),
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
