"""The base of every form of the portal: one voice for what is wrong, and one word for nothing chosen.

Django's own sentences ("该字段是必填项。") name neither the field nor the remedy. A field of a :class:`PortalForm` says
what to do ("请填企业名称"); a sentence that a form gives a field itself stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import pretty_name

from core.money import from_wan, to_wan
from core.numerals import NotANumber, folded, typed_number
from core.permits import NotPermitted, Refused

NOTHING_CHOSEN = "请选择"
_DJANGOS_BLANK = "---------"
_CHOSEN = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField)
# Sentences of a sort of field beside "required"; the first sort that fits speaks.
_BY_SORT: tuple[tuple[type[forms.Field], dict[str, str]], ...] = (
    (
        forms.ModelMultipleChoiceField,
        {"invalid_choice": "请从列表中选择{label}", "invalid_pk_value": "请从列表中选择{label}"},
    ),
    (forms.ModelChoiceField, {"invalid_choice": "请从列表中选择{label}"}),
    (forms.MultipleChoiceField, {"invalid_choice": "请从列表中选择{label}", "invalid_list": "请从列表中选择{label}"}),
    (forms.ChoiceField, {"invalid_choice": "请从列表中选择{label}"}),
    (forms.DateField, {"invalid": "{label}应为日期,请写成 2026-10-08 这样"}),
    (forms.EmailField, {"invalid": "邮箱地址不完整,如 zhang@example.cn"}),
    (forms.URLField, {"invalid": "网址不完整,如 https://example.cn"}),
    (forms.FloatField, {"invalid": "{label}应为数字,如 120.5"}),
    (forms.DecimalField, {"invalid": "{label}应为数字,如 120.5"}),
    (forms.IntegerField, {"invalid": "{label}应为整数,如 12"}),
    (
        forms.FileField,
        {"invalid": "没有收到文件,请重新选择", "missing": "没有收到文件,请重新选择", "empty": "这个文件是空的"},
    ),
)
# By the code of the validator; its own numbers come in.
_LIMITS = {
    "max_length": "超过%(limit_value)d个字(现有%(show_value)d个)",
    "min_length": "至少%(limit_value)d个字(现有%(show_value)d个)",
    "min_value": "不能小于%(limit_value)s",
    "max_value": "不能大于%(limit_value)s",
    "max_digits": "数值过大,最多%(max)s位数字",
    "max_decimal_places": "最多%(max)s位小数",
    "max_whole_digits": "数值过大,整数部分最多%(max)s位",
    "null_characters_not_allowed": "含有不能保存的字符",
}


def _djangos(field: forms.Field) -> dict[str, Any]:
    """The sentences that a field has from Django's own classes; those of a class of the portal stay."""
    found: dict[str, Any] = {}
    for each in reversed(type(field).__mro__):
        if each.__module__.startswith("django."):
            found |= getattr(each, "default_error_messages", {})
    return found


def _required(field: forms.Field, label: str) -> str:
    if isinstance(field, forms.BooleanField):
        return f"请勾选“{label}”"
    return f"请选择{label}" if isinstance(field, _CHOSEN) else f"请填{label}"


def _parts(field: forms.Field) -> Iterator[forms.Field]:
    """A field and, of a range, its ends."""
    yield field
    yield from getattr(field, "fields", ())


def speak(field: forms.Field, label: str) -> None:
    """Give a field the portal's sentences wherever it still has Django's, and the portal's word for nothing chosen."""
    for part in _parts(field):
        own = _djangos(part)
        sentences = {"required": _required(part, label)}
        for sort, words in _BY_SORT:
            if isinstance(part, sort):
                sentences |= {code: text.format(label=label) for code, text in words.items()}
                break
        for code, sentence in sentences.items():
            if part.error_messages.get(code) is own.get(code):
                part.error_messages[code] = sentence
        for code, sentence in _LIMITS.items():
            part.error_messages.setdefault(code, sentence)
        if getattr(part, "min_value", None) == 0 and part.error_messages["min_value"] == _LIMITS["min_value"]:
            part.error_messages["min_value"] = "不能为负数"
        if getattr(part, "empty_label", None) == _DJANGOS_BLANK:
            part.empty_label = NOTHING_CHOSEN  # type: ignore[attr-defined]
        elif isinstance(part, forms.ChoiceField) and not isinstance(part, forms.ModelChoiceField):
            _name_blank(part)


def _name_blank(field: forms.ChoiceField) -> None:
    """Choices of a model begin with a row of dashes."""
    if callable(getattr(field, "_choices", None)):
        return
    choices = field.choices
    if isinstance(choices, list) and any(str(label) == _DJANGOS_BLANK for _, label in choices):
        field.choices = [(value, NOTHING_CHOSEN if str(label) == _DJANGOS_BLANK else label) for value, label in choices]


class Spoken:
    """What makes any form speak like the portal, also in fields that were added after it was made."""

    # Whether a refused form comes back without what was typed (passwords are never sent back).
    empties = False
    # What did not happen, for the summary above the fields.
    refused = "没有保存"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._speak()

    def full_clean(self) -> None:
        self._speak()
        super().full_clean()  # type: ignore[misc]

    def refuse(self, refused: Refused | NotPermitted, *, apart: Collection[str] = ()) -> list[str]:
        """Say what a service refused at the fields it names. A sentence without a field that begins with the label of
        one, as those of constraints do, stands there; others stand above the form.

        Returns the sentences for the names in ``apart``, which the page shows elsewhere (files).
        """
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        labels = {str(field.label): name for name, field in fields.items() if field.label}
        errors = refused.errors if isinstance(refused, Refused) else {"": [str(refused)]}
        for name, sentences in errors.items():
            for sentence in sentences if name not in apart else ():
                named = next((at for label, at in labels.items() if sentence.startswith(label)), None)
                self.add_error(name if name in fields else named, sentence)  # type: ignore[attr-defined]
        return [sentence for name in apart for sentence in errors.get(name, ())]

    def _speak(self) -> None:
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            speak(field, str(field.label or pretty_name(name)).removesuffix("*"))


class PortalForm(Spoken, forms.Form):
    """The form that every form of the portal is made from."""


class DateField(forms.DateField):
    """A date by the browser's own picker, or typed as 2026-10-08, 2026/10/8, 2026.10.8, 2026年10月8日."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"])
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class WanField(forms.DecimalField):
    """Money typed in 万元, cleaned to yuan; what stands in it at first is yuan too. At most six decimals, so that a cent
    can be typed."""

    unit = "万元"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        messages = {
            "min_value": "不能为负数",
            "max_decimal_places": "最多填到分(小数点后六位)",
            "max_digits": "数字太大,单位是万元",
            "max_whole_digits": "数字太大,单位是万元",
        }
        super().__init__(max_digits=16, decimal_places=6, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """A number as people type it: full width, with separators of thousands, with its unit."""
        text = "" if value is None else str(value)
        if not folded(text, self.unit):
            return None
        try:
            return super().to_python(f"{typed_number(text, self.unit, '52.5'):f}")
        except NotANumber as error:
            raise forms.ValidationError(f"{error}(单位万元)", code="invalid") from error

    def clean(self, value: Any) -> Decimal | None:
        wan = super().clean(value)
        return None if wan is None else from_wan(wan)

    def prepare_value(self, value: Any) -> Any:
        """Yuan as 万元; what was typed stays as it was."""
        return f"{to_wan(value).normalize():f}" if isinstance(value, Decimal) else value


__all__ = ["NOTHING_CHOSEN", "DateField", "PortalForm", "Spoken", "WanField", "speak"]
