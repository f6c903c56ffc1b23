"""The workbook of a month coming back: what a person changed in it, against what each of its cells held.

A cell counts as typed only where it differs from what the hidden sheet says it held; so an untouched workbook changes
nothing, and who changed a cell elsewhere meanwhile is not overwritten.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl

from core.faults import Fault
from core.permits import Refused
from core.quotes import shortened
from core.workbooks import FILE, Sheet, read
from incubators.reporting import workbook_enterprises
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import same_answer
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, REQUIRED
from incubators.reporting.findings import EXPLAIN
from incubators.reporting.form import MonthForm
from incubators.reporting.workbook import (
    AREA,
    BASE,
    BEFORE,
    EXPLAINED,
    MARK,
    SHEET,
    STATE,
    full_heading,
    heading,
    heading_key,
    label_in,
)
from incubators.reporting.workbook_enterprises import ENTERPRISE, ENTERPRISES, USCC, cell_code
from incubators.reporting.workbook_words import CODE, KEY, NAME, SAID, WORDS
from incubators.reporting.workbook_words import SAYS as FOUND

_CODE_HEADS = frozenset({CODE, "编号", "载体代码"})
HEADER_SEARCH = 15
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell that a person changed: what it held in the workbook as it was written, and what it holds now. ``line`` is
    its row (from 1), ``place`` its column counted from the sheet's first (from 0). ``code``: of the field, or ``explain:``
    and the key of a finding, on the sheet 核对说明."""

    carrier: str
    code: str
    text: str
    was: str
    line: int
    place: int

    @property
    def on(self) -> str:
        """Which sheet it stands on."""
        return sheet_of(self.code)


def sheet_of(code: str) -> str:
    """The sheet that a cell of this name stands on, as it was written."""
    if code.startswith(EXPLAIN):
        return WORDS
    return ENTERPRISES if code.startswith(ENTERPRISE) else SHEET


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
    # What is wrong with rows of the sheets 核对说明 and 企业情况.
    wrong_words: list[tuple[int, int, str]] = field(default_factory=list)
    wrong_enterprises: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A workbook as it came: its sheet of figures, its month, which download it is, and what its cells held:
    carrier -> code -> text. ``settled``: what cells of it say, where something else was agreed when it came before.
    ``words`` and ``enterprises``: the sheets 核对说明 and 企业情况, if they are there."""

    content: bytes
    sheet: Sheet
    month: date
    download: str
    base: dict[str, dict[str, str]]
    settled: dict[tuple[str, str], str] = field(default_factory=dict)
    words: Sheet | None = None
    enterprises: Sheet | None = None


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
    sheets = _like(content, SHEET, _lists_carriers)
    if len(sheets) != 1:
        raise Refused.at(FILE, f"找不到填数的工作表,请把它的名称改回“{SHEET}”")
    words, enterprises = _like(content, WORDS, _lists_findings), _like(content, ENTERPRISES, _lists_enterprises)
    return Uploaded(
        content,
        sheets[0],
        date(int(found[1]), int(found[2]), 1),
        download,
        base,
        words=words[0] if len(words) == 1 else None,
        enterprises=enterprises[0] if len(enterprises) == 1 else None,
    )


def _like(content: bytes, name: str, fits: Callable[[Sheet], bool]) -> list[Sheet]:
    """The sheet of this name; without one, those to be seen that hold what it holds."""
    try:
        return [read(content, sheet=name)]
    except Refused as refused:
        if "没有名为" not in str(refused):
            raise
    if not content.startswith(b"PK"):
        return []
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    names = [page.title for page in book.worksheets if page.sheet_state == "visible"]
    found = [_read_or_none(content, each) for each in names if each not in {BEFORE, EXPLAINED}]
    return [sheet for sheet in found if sheet is not None and fits(sheet)]


def _read_or_none(content: bytes, name: str) -> Sheet | None:
    try:
        return read(content, sheet=name)
    except Refused:
        return None


def _heads(sheet: Sheet) -> set[str]:
    try:
        return {heading_key(cell) for cell in sheet.rows[_head_row(sheet)[0]]}
    except Refused:
        return set()


def _lists_findings(sheet: Sheet) -> bool:
    return heading_key(KEY) in _heads(sheet)


def _lists_enterprises(sheet: Sheet) -> bool:
    return heading_key(USCC) in _heads(sheet)


def _lists_carriers(sheet: Sheet) -> bool:
    heads = _heads(sheet)
    return bool(heads) and not {heading_key(KEY), heading_key(USCC)} & heads


def _formulas(uploaded: Uploaded, sheet: Sheet) -> set[tuple[int, int]]:
    """Cells of a sheet that hold a formula, as row (from 1) and column of the sheet (from 0)."""
    if not uploaded.content.startswith(b"PK"):
        return set()
    page = openpyxl.load_workbook(io.BytesIO(uploaded.content), read_only=True)[sheet.name]
    left = sheet.first_column
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
    reading.ignored = [str(sheet.rows[top][place])[:40] for place, key in heads.items() if key not in asked | fixed]
    if uploaded.words is not None:
        _changed_words(reading, uploaded, uploaded.words, months)
    if uploaded.enterprises is not None:
        _changed_enterprises(reading, uploaded, uploaded.enterprises, months)
    _without_results(reading, uploaded)
    return reading


def _without_results(reading: Reading, uploaded: Uploaded) -> None:
    """A formula that nothing has worked out yet reads as a blank, and would empty its figure."""
    for sheet, on, wrong in (
        (uploaded.sheet, SHEET, reading.wrong),
        (uploaded.words, WORDS, reading.wrong_words),
        (uploaded.enterprises, ENTERPRISES, reading.wrong_enterprises),
    ):
        emptied = [each for each in reading.cells if each.on == on and not each.text]
        if sheet is None or not emptied:
            continue
        formulas = _formulas(uploaded, sheet)
        lost = [each for each in emptied if (each.line, each.place) in formulas]
        reading.cells = [each for each in reading.cells if each not in lost]
        wrong += [(each.line, each.place, "公式没有结果,请用 Excel 打开并保存后再传") for each in lost]


def _head_row(sheet: Sheet) -> tuple[int, int]:
    for number, cells in enumerate(sheet.rows[:HEADER_SEARCH]):
        for place, cell in enumerate(cells):
            if heading_key(cell) in _CODE_HEADS:
                return number, place
    raise Refused.at(FILE, f"“{sheet.name}”表的前{HEADER_SEARCH}行里找不到“{CODE}”列,请保留这一列的表头")


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


def _changed_enterprises(
    reading: Reading, uploaded: Uploaded, sheet: Sheet, months: Mapping[str, MonthContext]
) -> None:
    """What a person changed of the incubatees."""
    top, code_place = _head_row(sheet)
    heads = {place: heading_key(cell) for place, cell in enumerate(sheet.rows[top]) if heading_key(cell)}
    uscc_place, codes = workbook_enterprises.places(heads, heading_key)
    if uscc_place is None:
        reading.ignored.append(f"“{sheet.name}”表缺少“{USCC}”列,所填企业情况")
        return
    odd = workbook_enterprises.unknown_heads([*heads.values()], heading_key)
    reading.ignored += [str(sheet.rows[top][place])[:40] for place, key in heads.items() if key in odd]
    seen: set[tuple[str, str]] = set()
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        line = sheet.first_row + offset
        carrier, uscc = (cell_text(cells[place]) if place < len(cells) else "" for place in (code_place, uscc_place))
        if not any(map(cell_text, cells)):
            continue
        if problem := _enterprise_problem(carrier, uscc, uploaded, months, seen):
            reading.wrong_enterprises.append((line, uscc_place, problem))
            continue
        seen.add((carrier, uscc))
        base = uploaded.base[carrier]
        for place, code in codes.items():
            text, name = cell_text(cells[place]) if place < len(cells) else "", cell_code(uscc, code)
            was = base.get(name, "")
            settled = text == uploaded.settled.get((carrier, name))
            if settled or same_answer(ENTERPRISE_BY_CODE[code], text, was):
                reading.unchanged += 1
            else:
                reading.cells.append(Typed(carrier, name, text, was, line, place))


def _enterprise_problem(
    carrier: str, uscc: str, uploaded: Uploaded, months: Mapping[str, MonthContext], seen: set[tuple[str, str]]
) -> str:
    if not carrier or not uscc:
        return f"请填{CODE if not carrier else USCC}"
    if (carrier, uscc) in seen:
        return "这家企业在上面已有一行,这一行没有采用"
    if carrier not in months:
        return "没有这个载体,或不在您的权限范围内"
    if cell_code(uscc, REQUIRED[0].code) not in uploaded.base.get(carrier, {}):
        return "下载的工作簿里没有这家企业;名单来自登记库,请先在门户登记,再重新下载"
    return ""


def _changed_words(reading: Reading, uploaded: Uploaded, sheet: Sheet, months: Mapping[str, MonthContext]) -> None:
    """What a person wrote on findings."""
    top, code_place = _head_row(sheet)
    places = {heading_key(cell): place for place, cell in reversed([*enumerate(sheet.rows[top])])}
    said_place, key_place = places.get(heading_key(SAID)), places.get(heading_key(KEY))
    if said_place is None or key_place is None:
        lost = SAID if said_place is None else KEY
        reading.ignored.append(f"“{sheet.name}”表缺少“{lost}”列,所写说明")
        return
    seen: set[tuple[str, str]] = set()
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        carrier, key, text = (
            cell_text(cells[place]) if place < len(cells) else "" for place in (code_place, key_place, said_place)
        )
        code = EXPLAIN + key
        was = uploaded.base.get(carrier, {}).get(code, "")
        line = sheet.first_row + offset
        if same_answer(None, text, was) or text == uploaded.settled.get((carrier, code)):
            reading.unchanged += bool(key)
        elif problem := _words_problem(carrier, key, uploaded, months, seen):
            reading.wrong_words.append((line, said_place, problem))
        else:
            reading.cells.append(Typed(carrier, code, text, was, line, said_place))
        seen.add((carrier, key))


def _words_problem(
    carrier: str, key: str, uploaded: Uploaded, months: Mapping[str, MonthContext], seen: set[tuple[str, str]]
) -> str:
    if not carrier or not key:
        return "这一行不是门户列出的核对提示,所写没有采用"
    if (carrier, key) in seen:
        return "这条核对提示在上面已有一行,这一行没有采用"
    if carrier not in months:
        return "没有这个载体,或不在您的权限范围内"
    return "" if carrier in uploaded.base else "下载的工作簿里没有这家载体,请重新下载后填写"


__all__ = ["Reading", "Typed", "Uploaded", "cell_text", "changed_cells", "open_workbook", "sheet_of"]
