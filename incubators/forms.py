"""Forms of this app. They clean what was typed; services and checks decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms

from core.forms import PortalForm
from incubators.reporting.fields import Answer, FieldError, ReportField, TextField
from incubators.reporting.form import STANDARD, MonthForm
from incubators.reporting.overview import Line
from incubators.reporting.workflow import MISSING, WAITING, S

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
    ("waiting", "待审核"),
    (S.SUBMITTED, "待审核·未经镇审"),
    (S.CHECKED, "待审核·镇审已过"),
    (S.RETURNED, "已退回"),
    (S.ACCEPTED, "已通过"),
    (S.LOCKED, "已锁定"),
    ("overdue", "逾期未报"),
    ("late", "迟报"),
)
# Of the choices that are no state of a report, which lines they mean.
STATE_TESTS: Mapping[str, Callable[[Line], bool]] = {
    "unfiled": lambda line: not line.filed,
    "overdue": lambda line: line.overdue,
    "late": lambda line: line.late,
    "waiting": lambda line: line.state in WAITING,
}


class OverviewFilter(PortalForm):
    """Filters over the lines of a month, in the address: of its overview and of its grid."""

    q = forms.CharField(
        label="名称、拼音首字母或编号",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label="状态", required=False, choices=STATE_CHOICES)
    area = forms.ChoiceField(label="归属区域", required=False)

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The lines stand in the order of their areas; a town is there if only its parks have carriers.
        self.paths: dict[str, str] = {}
        names: dict[str, str] = {}
        for line in lines:
            self.paths[line.area_code], names[line.area_code] = line.area_path, line.area_label
            if line.town_code:
                self.paths.setdefault(line.town_code, line.area_path.removesuffix(f"{line.area_code}/"))
                names.setdefault(line.town_code, line.town_name)
        self.fields["area"].choices = [("", "全部"), *names.items()]
        self.chosen: dict[str, str] = self.cleaned_data if self.is_valid() else {}

    @property
    def area_code(self) -> str:
        """Code of the area chosen, or empty."""
        return self.chosen.get("area") or ""

    @property
    def is_filtered(self) -> bool:
        return any(self.chosen.values())

    def within(self, lines: Sequence[Line]) -> list[Line]:
        """The lines of the area chosen and those below it; all where none is."""
        path = self.paths[self.area_code] if self.area_code else ""
        return [line for line in lines if line.area_path.startswith(path)]

    def fitting(self, lines: Sequence[Line]) -> list[Line]:
        """The lines of the area that fit the words and the state as well."""
        words, state = (self.chosen.get("q") or "").strip().lower(), self.chosen.get("state") or ""
        fits = STATE_TESTS.get(state, lambda line: line.state == state)
        return [
            line
            for line in self.within(lines)
            if (not state or fits(line)) and (not words or words in line.search_text)
        ]
