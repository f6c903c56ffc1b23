"""The sheet 企业情况 of a month's workbook: a row for each incubatee of those carriers whose month asks, with the figures of
form E. A row is known again by its carrier and its credit code, so it may be sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.numerals import plain_number
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, ENTERPRISE_FIELDS, REQUIRED
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fields import Kind, ReportField
from incubators.reporting.workbook_words import CODE, NAME, on_paper

ENTERPRISES = "企业情况"
ENTERPRISE = "enterprise:"  # what names a cell of the sheet: with the credit code and the figure
COMPANY, USCC = "企业", "统一社会信用代码"
_LEFT = ((CODE, 12), (NAME, 24), (COMPANY, 30), (USCC, 22))
HEADS = tuple(label for label, _ in _LEFT)
LARGEST_NUMBER = Decimal(10) ** 9
_ALLOWED = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}
TypedCells = Mapping[str, Mapping[str, str]]  # credit code -> figure -> as typed


def cell_code(uscc: str, code: str) -> str:
    """The name of a cell of the sheet."""
    return f"{ENTERPRISE}{uscc}:{code}"


def parted(code: str) -> tuple[str, str]:
    """Credit code and figure of a cell's name."""
    uscc, _, figure = code.removeprefix(ENTERPRISE).partition(":")
    return uscc, figure


def heading(spec: ReportField) -> str:
    return f"{spec.label}({spec.unit})"


@dataclass(frozen=True, slots=True)
class Asked:
    """One carrier's incubatees to write: their cells as typed, and whether the month is closed to writing."""

    around: MonthContext
    typed: TypedCells
    closed: bool


def write(book: Any, rows: Iterable[Asked], head: Any) -> list[tuple[str, str, str]]:
    """Add the sheet, where anybody is asked. ``head``: the look of headings. Returns what its cells hold: carrier, name of
    the cell, text."""
    asked = [each for each in rows if each.around.form.enterprises]
    if not asked:
        return []
    page = book.add_worksheet(ENTERPRISES)
    looks = _Looks(book)
    page.set_row(0, 36)
    page.freeze_panes(1, len(_LEFT))
    on_paper(page)
    page.repeat_columns(0, len(_LEFT) - 1)
    for place, (label, width) in enumerate(_LEFT):
        page.set_column(place, place, width)
        page.write_string(0, place, label, head)
    for place, spec in enumerate(ENTERPRISE_FIELDS, start=len(_LEFT)):
        page.set_column(place, place, 13)
        page.write_string(0, place, heading(spec), head)
        page.write_comment(0, place, _advice(spec), {"x_scale": 1.6})
    line, held = 0, []
    for each in asked:
        for incubatee in each.around.incubatees:
            line += 1
            held += _write_row(page, line, each, incubatee, looks)
    page.autofilter(0, 0, max(line, 1), len(_LEFT) + len(ENTERPRISE_FIELDS) - 1)
    page.protect("", _ALLOWED)
    return held


class _Looks:
    """White where a person may type, grey where not; figures without a fixed point."""

    def __init__(self, book: Any) -> None:
        grey = {"bg_color": "#F2F4F7", "font_color": "#667085"}
        self.fixed = book.add_format({"num_format": "@", "font_color": "#475467"})
        self._made = {
            (count, open_): book.add_format(
                {"num_format": "#,##0" if count else "General", "locked": not open_, **({} if open_ else grey)}
            )
            for count in (True, False)
            for open_ in (True, False)
        }

    def of(self, spec: ReportField, *, open_: bool) -> Any:
        return self._made[spec.kind == Kind.COUNT, open_]


def _write_row(page: Any, line: int, each: Asked, incubatee: Incubatee, looks: _Looks) -> list[tuple[str, str, str]]:
    carrier = each.around.carrier
    for place, words in enumerate((carrier.code, carrier.name, incubatee.name, incubatee.uscc)):
        page.write_string(line, place, words, looks.fixed)
    held = []
    for place, spec in enumerate(ENTERPRISE_FIELDS, start=len(_LEFT)):
        text = each.typed[incubatee.uscc][spec.code]
        number, look = plain_number(text), looks.of(spec, open_=not each.closed)
        if number is not None and abs(number) < LARGEST_NUMBER:
            page.write_number(line, place, float(number), look)
        elif text:
            # A string and nothing else: what looks like a formula stays words.
            page.write_string(line, place, text, look)
        else:
            page.write_blank(line, place, None, look)
        held.append((carrier.code, cell_code(incubatee.uscc, spec.code), text))
    return held


def _advice(spec: ReportField) -> str:
    must = "必填;" if spec in REQUIRED else ""
    parts = (spec.help, f"{must}单位:{spec.unit}", "没有填 0;暂时缺数填“缺:原因”;不涉及填“不适用”")
    return "\n".join(part for part in parts if part)


def places(heads: Mapping[int, str], key_of: Any) -> tuple[int | None, dict[int, str]]:
    """Where the credit code stands, and each figure, by the keys of headings (``key_of`` makes one of a heading)."""
    meaning = {
        key_of(words): spec.code for spec in reversed(ENTERPRISE_FIELDS) for words in (spec.label, heading(spec))
    }
    uscc = next((place for place, key in heads.items() if key == key_of(USCC)), None)
    return uscc, {place: meaning[key] for place, key in heads.items() if key in meaning}


def label_of(around: MonthContext, code: str) -> str:
    """The name of a cell to read: 甲科技 从业人数."""
    uscc, figure = parted(code)
    name = next((each.name for each in around.incubatees if each.uscc == uscc), uscc)
    return f"{name} {ENTERPRISE_BY_CODE[figure].label}" if figure in ENTERPRISE_BY_CODE else name


def unknown_heads(heads: Sequence[str], key_of: Any) -> set[str]:
    """Keys of headings that the sheet has none of."""
    known = {key_of(words) for words in HEADS}
    known |= {key_of(words) for spec in ENTERPRISE_FIELDS for words in (spec.label, heading(spec))}
    return {key for key in heads if key and key not in known}


__all__ = [
    "COMPANY",
    "ENTERPRISE",
    "ENTERPRISES",
    "HEADS",
    "USCC",
    "Asked",
    "cell_code",
    "heading",
    "label_of",
    "parted",
    "places",
    "unknown_heads",
    "write",
]
