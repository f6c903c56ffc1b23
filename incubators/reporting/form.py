"""The form of a month: the standard figures, and those that a district declares for itself.

What a district adds is data (:class:`ReportCalendar`), in versions: each holds from its first month on until the next.
A version can only begin in a month that nobody can have begun to fill in, so nothing changes under an open month.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from core.money import from_wan
from core.numerals import plain_number
from incubators.models import MonthlyReport
from incubators.reporting.fields import (
    FIELDS,
    TEXTS,
    Answer,
    Gap,
    Kind,
    Need,
    ReportField,
    TextField,
    Value,
)

DECLARED = "declared"  # the group of the form in which declared figures stand
LONGEST_TEXT = 500


@dataclass(frozen=True)
class MonthForm:
    """What a month asks. ``enterprises``: also of each incubatee, see :mod:`incubators.reporting.enterprise_fields`."""

    figures: tuple[ReportField, ...] = FIELDS
    texts: tuple[TextField, ...] = TEXTS
    enterprises: bool = False

    @cached_property
    def by_code(self) -> Mapping[str, ReportField]:
        """The figures by code, in the order of the form."""
        return {spec.code: spec for spec in self.figures}

    @cached_property
    def text_by_code(self) -> Mapping[str, TextField]:
        """The words by code, in the order of the form."""
        return {text.code: text for text in self.texts}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Of everything the form asks."""
        return (*self.by_code, *self.text_by_code)

    @property
    def stocks(self) -> Iterator[ReportField]:
        """Standing figures, offered again from last month."""
        return (spec for spec in self.figures if spec.stock)

    def asked(self, carrier_kind: str, values: Mapping[str, Answer]) -> list[ReportField]:
        """The figures shown for a carrier of this kind that holds ``values``."""
        return [spec for spec in self.figures if spec.concerns(carrier_kind, values.get(spec.code))]

    def label_of(self, code: str) -> str:
        """The Chinese name of a figure or text; the code itself for an unknown one."""
        known = self.by_code.get(code) or self.text_by_code.get(code)
        return known.label if known else code

    def values_of(self, row: MonthlyReport) -> dict[str, Value]:
        """The figures a report holds, by code; None where it holds no figure, whatever the reason."""
        return {code: _held(spec, row) for code, spec in self.by_code.items()}

    def gaps_of(self, row: MonthlyReport) -> dict[str, Gap]:
        """Why figures are not there, by code, where a report says so."""
        return {
            code: Gap.of(kept)
            for code, kept in row.gaps.items()
            if code in self.by_code and _given_for(self.by_code[code], row)
        }

    def answers_of(self, row: MonthlyReport) -> dict[str, Answer]:
        """Figures and gaps together."""
        return {**self.values_of(row), **self.gaps_of(row)}

    def texts_of(self, row: MonthlyReport) -> dict[str, str]:
        """The words a report holds, by code."""
        return {
            code: _words(text, row) if text.declared else getattr(row, code) for code, text in self.text_by_code.items()
        }


STANDARD = MonthForm()


def column_id(spec: ReportField | TextField) -> str:
    """Name of a field's column where several forms stand in one table. Two districts may declare one code for two
    things: these are two columns."""
    return f"{spec.code}-{zlib.crc32(repr(spec).encode()):08x}" if spec.declared else spec.code


def put(row: MonthlyReport, spec: ReportField | TextField, answer: Answer | str) -> None:
    """Keep an answer, or words, on ``row``: a figure in its place, or else why there is none."""
    if isinstance(spec, ReportField):
        row.gaps = {code: gap for code, gap in row.gaps.items() if code != spec.code}
        if isinstance(answer, Gap):
            row.gaps[spec.code] = answer.kept()
            answer = None
    if not spec.declared:
        setattr(row, spec.code, answer)
        return
    row.extra = {code: kept for code, kept in row.extra.items() if code != spec.code}
    row.extra_fields = {code: kept for code, kept in row.extra_fields.items() if code != spec.code}
    if answer is not None and answer != "":
        row.extra[spec.code] = f"{answer:f}" if isinstance(answer, Decimal) else answer
    if spec.code in row.extra or spec.code in row.gaps:
        row.extra_fields[spec.code] = _definition(spec)


def _definition(spec: ReportField | TextField) -> dict[str, str]:
    """What makes a declared field the one that it is."""
    if isinstance(spec, ReportField):
        return {"area": spec.area, "kind": spec.kind.value, "unit": spec.unit, "label": spec.label}
    return {"area": spec.area, "kind": "choice" if spec.options else "text", "unit": "", "label": spec.label}


def _given_for(spec: ReportField | TextField, row: MonthlyReport) -> bool:
    """Whether the answer that ``row`` keeps under a field's code was given for this field. An area may rename its field;
    another area's is the same only under the same name. Of answers that do not say it, nothing else is known."""
    kept = row.extra_fields.get(spec.code) if spec.declared else None
    if kept is None:
        return True
    now = _definition(spec)
    alike = all(kept[part] == now[part] for part in ("kind", "unit"))
    return alike and (kept["area"] == now["area"] or kept["label"] == now["label"])


def _held(spec: ReportField, row: MonthlyReport) -> Value:
    if not spec.declared:
        held: Value = getattr(row, spec.code)
        return held
    kept = row.extra.get(spec.code) if _given_for(spec, row) else None
    if spec.kind == Kind.COUNT:
        return kept if type(kept) is int else None
    return plain_number(str(kept))


def _words(spec: TextField, row: MonthlyReport) -> str:
    kept = row.extra.get(spec.code)
    return kept if isinstance(kept, str) and _given_for(spec, row) else ""


def declared(definition: Sequence[Mapping[str, Any]], area: str = "") -> MonthForm:
    """The standard form with the fields of ``definition`` after it (see :class:`ReportCalendar`). ``area``: the code of
    the area whose they are."""
    if not definition:
        return STANDARD
    figures = [_figure(entry, area) for entry in definition if entry["kind"] in FIGURE_KINDS]
    texts = [_text(entry, area) for entry in definition if entry["kind"] not in FIGURE_KINDS]
    return MonthForm((*FIELDS, *figures), (*TEXTS, *texts))


FIGURE_KINDS: Mapping[str, Kind] = {
    "count": Kind.COUNT,
    "number": Kind.NUMBER,
    "money": Kind.MONEY,
}
# What a declared figure may be at most, as stored; its own limits lie within.
LARGEST: Mapping[Kind, Decimal] = {
    Kind.COUNT: Decimal(2_000_000_000),
    Kind.NUMBER: Decimal("9999999999.99"),
    Kind.MONEY: Decimal("99999999999999.99"),
}


def _figure(entry: Mapping[str, Any], area: str) -> ReportField:
    kind = FIGURE_KINDS[entry["kind"]]

    def bound(name: str, otherwise: Decimal) -> Decimal:
        # A calendar of long ago may hold a limit that no number is, or beyond what can be kept.
        number = plain_number(str(entry.get(name, "")))
        if number is None:
            return otherwise
        return min(from_wan(number) if kind == Kind.MONEY else number, LARGEST[kind])

    return ReportField(
        entry["code"],
        entry["label"],
        entry["unit"],
        DECLARED,
        kind,
        Need.ALL if entry.get("required") else Need.NONE,
        stock=bool(entry.get("stock")),
        help=entry.get("help", ""),
        smallest=bound("smallest", Decimal(0)),
        largest=bound("largest", LARGEST[kind]),
        declared=True,
        area=area,
    )


def _text(entry: Mapping[str, Any], area: str) -> TextField:
    return TextField(
        entry["code"],
        entry["label"],
        LONGEST_TEXT,
        required=bool(entry.get("required")),
        help=entry.get("help", ""),
        options=tuple(entry.get("options", ())),
        declared=True,
        area=area,
    )


__all__ = ["DECLARED", "FIGURE_KINDS", "LARGEST", "STANDARD", "MonthForm", "column_id", "declared", "put"]
