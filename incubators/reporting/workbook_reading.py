"""The workbook of a month coming back: what a person changed in it, against what each of its cells held.

A cell counts as typed only where it differs from what the hidden sheet says it held; so an untouched workbook changes
nothing, and who changed a cell elsewhere meanwhile is not overwritten.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl

from core.faults import Fault
from core.permits import Refused
from core.quotes import shortened
from core.workbooks import FILE, Sheet, read
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import same_answer
from incubators.reporting.form import MonthForm
from incubators.reporting.workbook import (
    AREA,
    BASE,
    BEFORE,
    CODE,
    EXPLAINED,
    FOUND,
    MARK,
    NAME,
    SHEET,
    STATE,
    full_heading,
    heading,
    heading_key,
    label_in,
)

_CODE_HEADS = frozenset({CODE, "编号", "载体代码"})
HEADER_SEARCH = 15
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell that a person changed: what it held in the workbook as it was written, and what it holds now. ``line`` is
    its row (from 1), ``place`` its column counted from the sheet's first (from 0)."""

    carrier: str
    code: str
    text: str
    was: str
    line: int
    place: int


@dataclass(slots=True)
class Reading:
    """What a workbook asks for: the changed cells, what is wrong with rows and cells, headings without a meaning, how
    many cells are as they were."""

    sheet: Sheet
    month: date
    cells: list[Typed] = field(default_factory=list)
    wrong: list[tuple[int, int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unchanged: int = 0
    # The row (from 1) of each carrier, and the column (from 0) that tells what was found.
    lines: dict[str, int] = field(default_factory=dict)
    found_place: int | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A workbook as it came: its sheet of figures, its month, which download it is, and what its cells held:
    carrier -> code -> text. ``settled``: what cells of it say, where something else was agreed when it came before."""

    content: bytes
    sheet: Sheet
    month: date
    download: str
    base: dict[str, dict[str, str]]
    settled: dict[tuple[str, str], str] = field(default_factory=dict)


def open_workbook(content: bytes) -> Uploaded:
    """The month, the sheet of figures and what its cells held. Raises :class:`Refused` at ``file``, in a sentence that
    says what to do, for anything that is not a workbook of this portal."""
    try:
        hidden = read(content, sheet=BASE, hidden=True)
    except Refused as refused:
        if "没有名为" not in str(refused):
            raise
        raise Refused.at(FILE, _NO_BASE) from refused
    rows = hidden.rows
    mark, month, download = (str(rows[0][place]).strip() if len(rows[0]) > place else "" for place in range(3))
    found = _MONTH.fullmatch(month)
    if mark != MARK or found is None:
        raise Refused.at(FILE, _NO_BASE)
    base: dict[str, dict[str, str]] = {}
    for cells in rows[1:]:
        carrier, code, text = (cell_text(cells[place]) if len(cells) > place else "" for place in range(3))
        base.setdefault(carrier, {})[code] = text
    return Uploaded(content, _month_sheet(content), date(int(found[1]), int(found[2]), 1), download, base)


def _month_sheet(content: bytes) -> Sheet:
    """The sheet of figures: by its name, or the only one to be seen that lists carriers."""
    try:
        return read(content, sheet=SHEET)
    except Refused as refused:
        if "没有名为" not in str(refused) or not content.startswith(b"PK"):
            raise
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        names = [page.title for page in book.worksheets if page.sheet_state == "visible"]
        found = [_listing(content, name) for name in names if name not in {BEFORE, EXPLAINED}]
        sheets = [sheet for sheet in found if sheet is not None]
        if len(sheets) != 1:
            raise Refused.at(FILE, f"找不到填数的工作表,请把它的名称改回“{SHEET}”") from refused
        return sheets[0]


def _listing(content: bytes, name: str) -> Sheet | None:
    try:
        sheet = read(content, sheet=name)
        _head_row(sheet)
    except Refused:
        return None
    return sheet


def _formulas(uploaded: Uploaded) -> set[tuple[int, int]]:
    """Cells that hold a formula, as row (from 1) and column of the sheet (from 0)."""
    if not uploaded.content.startswith(b"PK"):
        return set()
    page = openpyxl.load_workbook(io.BytesIO(uploaded.content), read_only=True)[uploaded.sheet.name]
    left = uploaded.sheet.first_column
    return {(cell.row, cell.column - left) for line in page.iter_rows() for cell in line if cell.data_type == "f"}


_NO_BASE = "这不是从门户下载的月报工作簿(缺少隐藏的比对内容),请下载本月工作簿,在其中填写后再传"


def cell_text(cell: Any) -> str:
    """A cell as a person would type it: ``12.0`` -> ``12``; a failed formula as the word that it shows."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, Fault):
        return str(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | int):
        number = Decimal(repr(cell))
        return f"{number.normalize():f}" if number else "0"
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).replace("\r\n", "\n").strip()


def _headings(around: MonthContext) -> dict[str, tuple[str, int]]:
    """Heading -> code, for a carrier: names with and without their unit, and the codes themselves; with how loosely the
    heading names it, so that of several columns the one of its very name is read."""
    meaning: dict[str, tuple[str, int]] = {}
    form: MonthForm = around.form
    for spec in (*form.figures, *form.texts):
        label = label_in(around, spec)
        names = (full_heading(label, spec), heading(label, spec), label, heading(spec.label, spec), spec.label)
        for loosely, words in enumerate((*names, spec.code)):
            meaning.setdefault(heading_key(words), (spec.code, loosely))
    return meaning


def _places(heads: Mapping[int, str], meaning: Mapping[str, tuple[str, int]]) -> dict[int, str]:
    """Where each code stands: the column -> code."""
    best: dict[str, tuple[int, int]] = {}
    for place, key in heads.items():
        if key in meaning:
            code, loosely = meaning[key]
            best[code] = min(best.get(code, (loosely, place)), (loosely, place))
    return {place: code for code, (_, place) in best.items()}


def changed_cells(uploaded: Uploaded, months: Mapping[str, MonthContext]) -> Reading:
    """What a person changed in the workbook, for ``months`` by the code of the carrier: those that they may see.

    Raises :class:`Refused` at ``file`` when the headings cannot be understood.
    """
    sheet = uploaded.sheet
    reading = Reading(sheet, uploaded.month)
    top, code_place = _head_row(sheet)
    heads = {place: heading_key(cell) for place, cell in enumerate(sheet.rows[top]) if heading_key(cell)}
    # Of every carrier that was written into it, whichever rows are left.
    meanings = {around.carrier.code: _headings(around) for around in months.values()}
    asked = {key for meaning in meanings.values() for key in meaning}
    fixed = {heading_key(word) for word in (*_CODE_HEADS, NAME, AREA, STATE, FOUND)}
    reading.found_place = next((place for place, key in heads.items() if key == heading_key(FOUND)), None)
    any_row = False
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        line = sheet.first_row + offset
        carrier = cell_text(cells[code_place]) if code_place < len(cells) else ""
        any_row = any_row or any(map(cell_text, cells))
        if problem := _row_problem(cells, carrier, uploaded, months, reading.lines):
            reading.wrong.append((line, code_place, problem))
        if carrier in reading.lines or carrier not in months or carrier not in uploaded.base:
            continue
        reading.lines[carrier] = line
        meaning = meanings[carrier]
        others = {place: "" for place, key in heads.items() if key in asked - meaning.keys() - fixed}
        _compare_row(reading, months[carrier], uploaded, others | _places(heads, meaning), (line, cells))
    if not any_row:
        raise Refused.at(FILE, f"“{sheet.name}”表中没有载体行,请重新下载后填写")
    _without_results(reading, uploaded)
    reading.ignored = [str(sheet.rows[top][place])[:40] for place, key in heads.items() if key not in asked | fixed]
    return reading


def _without_results(reading: Reading, uploaded: Uploaded) -> None:
    """A formula that nothing has worked out yet reads as a blank, and would empty its figure."""
    if all(each.text for each in reading.cells):
        return
    formulas = _formulas(uploaded)
    lost = [each for each in reading.cells if not each.text and (each.line, each.place) in formulas]
    reading.cells = [each for each in reading.cells if each not in lost]
    reading.wrong += [(each.line, each.place, "公式没有结果,请用 Excel 打开并保存后再传") for each in lost]


def _head_row(sheet: Sheet) -> tuple[int, int]:
    for number, cells in enumerate(sheet.rows[:HEADER_SEARCH]):
        for place, cell in enumerate(cells):
            if heading_key(cell) in _CODE_HEADS:
                return number, place
    raise Refused.at(FILE, f"“{SHEET}”表的前{HEADER_SEARCH}行里找不到“{CODE}”列,请保留这一列的表头")


def _row_problem(
    cells: Sequence[Any], carrier: str, uploaded: Uploaded, months: Mapping[str, MonthContext], seen: Mapping[str, int]
) -> str:
    if not carrier:
        return "请填载体编号" if any(map(cell_text, cells)) else ""
    if carrier in seen:
        return "这家载体在上面已有一行,这一行没有采用"
    if carrier not in months:
        return "没有这个载体,或不在您的权限范围内"
    if carrier not in uploaded.base:
        return "下载的工作簿里没有这家载体,请重新下载后填写"
    return ""


def _compare_row(
    reading: Reading,
    around: MonthContext,
    uploaded: Uploaded,
    codes: Mapping[int, str],
    row: tuple[int, Sequence[Any]],
) -> None:
    """``codes``: by column, the code of what it is for this carrier; empty where it is asked of others only."""
    line, cells = row
    carrier = around.carrier.code
    base = uploaded.base[carrier]
    for place, code in codes.items():
        text = cell_text(cells[place]) if place < len(cells) else ""
        if code not in base:
            if text:
                reading.wrong.append((line, place, f"{around.carrier.name}不填此项,“{shortened(text)}”没有采用"))
        elif text == uploaded.settled.get((carrier, code)) or same_answer(
            around.form.by_code.get(code), text, base[code]
        ):
            reading.unchanged += 1
        else:
            reading.cells.append(Typed(carrier, code, text, base[code], line, place))


__all__ = ["Reading", "Typed", "Uploaded", "cell_text", "changed_cells", "open_workbook"]
