"""The workbook of a month: written for some carriers, and read again against what each of its cells held.

A hidden sheet (基准) keeps every cell as it was written. Coming back, a cell counts as typed only where it differs from
that; so an untouched workbook changes nothing, and who changed a cell elsewhere meanwhile is not overwritten.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from core.dates import month_cn
from core.faults import Fault
from core.numerals import plain_number
from core.permits import Refused
from core.workbooks import FILE, Sheet, read
from incubators.reporting import checks, rules_catalogue
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import same_answer
from incubators.reporting.fields import Kind, ReportField, TextField
from incubators.reporting.form import MonthForm, column_id
from incubators.reporting.rules_catalogue import Does, Kept

SHEET, BEFORE, EXPLAINED, BASE, LISTS = "月报", "上月", "说明", "基准", "可选项"
MARK = "月报基准1"
CODE, NAME, AREA, STATE, FOUND = "载体编号", "载体名称", "归属区域", "状态", "核对提示"
_CODE_HEADS = frozenset({CODE, "编号", "载体代码"})
HEADER_SEARCH = 15
LARGEST_NUMBER = Decimal(10) ** 9  # a spreadsheet keeps 15 digits, and money in 万元 has six places after the point
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_FORMATS = {Kind.COUNT: "#,##0", Kind.AREA: "#,##0.##", Kind.NUMBER: "#,##0.##", Kind.MONEY: "#,##0.######"}
Spec = ReportField | TextField


@dataclass(frozen=True, slots=True)
class Filled:
    """One carrier's month to write: how it stands, its cells as typed (those that it is asked), and why it cannot be
    written (empty if it can)."""

    around: MonthContext
    state: str
    typed: Mapping[str, str]
    closed: str = ""


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
    """What a workbook asks for: the changed cells, what is wrong with rows, headings without a meaning, cells as they
    were."""

    sheet: Sheet
    month: date
    cells: list[Typed] = field(default_factory=list)
    wrong: list[tuple[int, int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A workbook as it came: its sheet of figures, its month, which download it is, and what its cells held:
    carrier -> code -> text."""

    sheet: Sheet
    month: date
    download: str
    base: dict[str, dict[str, str]]


# --- Writing ----------------------------------------------------------------------------------------------------------
def make(rows: Sequence[Filled], month: date, download: str) -> bytes:
    """The workbook of ``rows`` as .xlsx. Text is text, figures are numbers (money in 万元), nothing is a formula.
    ``download``: a name by which this copy is known again."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{month_cn(month)}月报"})
    columns = _columns(rows)
    sheets = {name: book.add_worksheet(name) for name in (SHEET, BEFORE, EXPLAINED, BASE)}
    styles = _Styles(book)
    _write_month(book, sheets[SHEET], columns, rows, styles)
    _write_before(sheets[BEFORE], columns, rows, styles)
    _write_explained(sheets[EXPLAINED], columns, month, styles)
    _write_base(sheets[BASE], rows, (MARK, f"{month:%Y-%m}", download))
    book.close()
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: one thing that some of the carriers are asked, in whatever districts. ``twin``: another one has the same
    heading, for two districts ask under one name."""

    spec: Spec
    label: str
    twin: bool = False

    @property
    def heading(self) -> str:
        return _full_heading(self.label, self.spec) if self.twin else _heading(self.label, self.spec)

    def of(self, row: Filled) -> bool:
        """Whether this carrier is asked it."""
        code, form = self.spec.code, row.around.form
        own: Spec | None = form.by_code.get(code) or form.text_by_code.get(code)
        return own == self.spec and code in row.typed and _label(row.around, self.spec) == self.label


def _label(around: MonthContext, spec: Spec) -> str:
    return around.label(spec) if isinstance(spec, ReportField) else spec.label


def _heading(label: str, spec: Spec) -> str:
    return f"{label}({spec.unit})" if isinstance(spec, ReportField) else label


def _full_heading(label: str, spec: Spec) -> str:
    return f"{_heading(label, spec)}[{column_id(spec)}]"


def _columns(rows: Sequence[Filled]) -> list[_Column]:
    figures: dict[tuple[str, str], _Column] = {}
    texts: dict[tuple[str, str], _Column] = {}
    for row in rows:
        around = row.around
        for spec in around.form.figures:
            if spec.code in row.typed:
                figures.setdefault((column_id(spec), around.label(spec)), _Column(spec, around.label(spec)))
        for words in around.form.texts:
            texts.setdefault((column_id(words), words.label), _Column(words, words.label))
    # In the order of the form, whichever carrier comes first: maker spaces are asked more.
    order = {code: number for row in rows for number, code in enumerate(row.around.form.codes)}
    found = [*sorted(figures.values(), key=lambda column: order[column.spec.code]), *texts.values()]
    times = Counter(heading_key(column.heading) for column in found)
    return [replace(column, twin=times[heading_key(column.heading)] > 1) for column in found]


class _Styles:
    """The looks of cells, each made once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self._made: dict[tuple[str, bool], Any] = {}
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.fixed = book.add_format({"num_format": "@", "font_color": "#475467"})
        self.wrapped = book.add_format({"num_format": "@", "font_color": "#475467", "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True})

    def of(self, spec: Spec, *, open_: bool) -> Any:
        """The look of a field's cells: white where a person may type, grey where not."""
        shown = _FORMATS[spec.kind] if isinstance(spec, ReportField) else "@"
        if (shown, open_) not in self._made:
            grey = {} if open_ else {"bg_color": "#F2F4F7", "font_color": "#667085"}
            self._made[shown, open_] = self.book.add_format({"num_format": shown, "locked": not open_, **grey})
        return self._made[shown, open_]


_LEFT = ((CODE, 12), (NAME, 26), (AREA, 14), (STATE, 12))


def _write_heads(page: Any, columns: Sequence[_Column], styles: _Styles, *, notes: bool) -> None:
    page.set_row(0, 48)
    page.freeze_panes(1, 2)
    for place, (label, width) in enumerate(_LEFT):
        page.set_column(place, place, width)
        page.write_string(0, place, label, styles.head)
    for place, column in enumerate(columns, start=len(_LEFT)):
        page.set_column(place, place, 14 if isinstance(column.spec, ReportField) else 22)
        page.write_string(0, place, column.heading, styles.head)
        if notes:
            page.write_comment(0, place, _advice(column.spec), {"x_scale": 1.6})
    page.protect("", {"format_columns": True, "format_rows": True})


def _write_month(book: Any, page: Any, columns: Sequence[_Column], rows: Sequence[Filled], styles: _Styles) -> None:
    _write_heads(page, columns, styles, notes=True)
    last = len(_LEFT) + len(columns)
    page.set_column(last, last, 60)
    page.write_string(0, last, FOUND, styles.head)
    for line, row in enumerate(rows, start=1):
        _write_left(page, line, row, styles)
        for place, column in enumerate(columns, start=len(_LEFT)):
            asked = column.of(row)
            style = styles.of(column.spec, open_=asked and not row.closed)
            _write_cell(page, line, place, column.spec, row.typed.get(column.spec.code, "") if asked else "", style)
        page.write_string(line, last, row.closed or _found(row.around), styles.wrapped)
    _drop_downs(book, page, columns, len(rows))


def _write_left(page: Any, line: int, row: Filled, styles: _Styles) -> None:
    carrier = row.around.carrier
    for place, words in enumerate((carrier.code, carrier.name, carrier.owner_area.name, row.state)):
        page.write_string(line, place, words, styles.fixed)


def _found(around: MonthContext) -> str:
    """What the checks have to say of what is there so far; what is still empty is not named."""
    found = checks.run(around.sheet(around.answers(), around.texts()))
    return ";".join(f"{each.rule} {each.message}" for each in found if each.rule != "M")


def _write_cell(page: Any, line: int, place: int, spec: Spec, text: str, style: Any) -> None:
    number = plain_number(text) if isinstance(spec, ReportField) else None
    if number is not None and abs(number) < LARGEST_NUMBER:
        page.write_number(line, place, float(number), style)
    elif text:
        # A string and nothing else: what looks like a formula stays words.
        page.write_string(line, place, text, style)
    else:
        page.write_blank(line, place, None, style)


def _write_before(page: Any, columns: Sequence[_Column], rows: Sequence[Filled], styles: _Styles) -> None:
    _write_heads(page, columns, styles, notes=False)
    for line, row in enumerate(rows, start=1):
        around, previous = row.around, row.around.previous
        _write_left(page, line, row, styles)
        page.write_string(line, len(_LEFT) - 1, "已报" if previous is not None else "上月未报", styles.fixed)
        if previous is None:
            continue
        held, words = around.answers_in(previous), around.form.texts_of(previous)
        for place, column in enumerate(columns, start=len(_LEFT)):
            spec = column.spec
            if column.of(row):
                text = spec.typed(held[spec.code]) if isinstance(spec, ReportField) else words[spec.code]
                _write_cell(page, line, place, spec, text, styles.of(spec, open_=False))


def _drop_downs(book: Any, page: Any, columns: Sequence[_Column], count: int) -> None:
    """Choices as lists of a hidden sheet, so that they may be long."""
    lists: Any = None
    for place, column in enumerate(columns, start=len(_LEFT)):
        options = column.spec.options if isinstance(column.spec, TextField) else ()
        if not options:
            continue
        if lists is None:
            lists = book.add_worksheet(LISTS)
            lists.hide()
        for line, word in enumerate(options):
            lists.write_string(line, place, word)
        name = xl_col_to_name(place)
        said = {"error_title": "不在可选项中", "error_message": "请从下拉选项中选一项", "error_type": "warning"}
        source = f"='{LISTS}'!${name}$1:${name}${len(options)}"
        page.data_validation(1, place, max(count, 1), place, {"validate": "list", "source": source, **said})


def _advice(spec: Spec) -> str:
    """What a person is told at the head of a column."""
    parts = [spec.help]
    if isinstance(spec, ReportField):
        parts += [f"单位:{spec.unit}", "没有填 0;暂时缺数填“缺:原因”;不涉及填“不适用”"]
        parts += [f"{rule.number} {rule.compares}" for rule in rules_catalogue.of_field(spec.code)]
    elif spec.options:
        parts.append("从下拉选项中选")
    else:
        parts.append(f"文字,最多{spec.longest}字")
    return "\n".join(part for part in parts if part)


_HOW = (
    "在“月报”表的白色格里填写或改动;灰色格不能填(不涉及,或已提交、已通过)。",
    "金额一律为万元,面积为平方米。没有填 0;暂时缺数填“缺:原因”;不涉及填“不适用”。",
    "填好后在门户“月报 → 月报工作簿”上传:先看逐格改动,确认后才写入;没有动过的格不会改变任何数。",
    "别人在此期间改过的格不会被覆盖,会列出双方的数供您选择。有误的格会在同一工作簿里标出。",
    "可以调整列的顺序、删去不用的列和行;请保留“载体编号”列。请不要另建工作簿粘贴:比对要用本工作簿里隐藏的内容。",
)


def _write_explained(page: Any, columns: Sequence[_Column], month: date, styles: _Styles) -> None:
    for place, width in enumerate((24, 10, 56, 16, 24)):
        page.set_column(place, place, width)
    page.write_string(0, 0, f"{month_cn(month)}月报填写说明", styles.bold)
    line = 1
    for words in _HOW:
        page.write_string(line, 0, words)
        line += 1
    line = _table(page, line + 1, ("字段", "单位", "说明"), _explained_fields(columns), styles)
    rules = (
        (rules_catalogue.name_of(rule.number), rule.says, rule.compares, str(rule.does), "、".join(rule.kept))
        for rule in rules_catalogue.RULES
        if rule.does != Does.NEVER and Kept.ELSEWHERE not in rule.kept
    )
    _table(page, line + 1, ("规则", "名称", "比较什么", "性质", "在何处把关"), rules, styles)
    page.protect("", {"format_columns": True, "format_rows": True})


def _explained_fields(columns: Sequence[_Column]) -> Iterator[tuple[str, ...]]:
    for column in columns:
        spec = column.spec
        unit = spec.unit if isinstance(spec, ReportField) else "文字"
        options = f"可选:{'、'.join(spec.options)}" if isinstance(spec, TextField) and spec.options else ""
        yield column.label, unit, ";".join(part for part in (spec.help, options) if part)


def _table(page: Any, line: int, heads: Sequence[str], rows: Any, styles: _Styles) -> int:
    for place, words in enumerate(heads):
        page.write_string(line, place, words, styles.head)
    for cells in rows:
        line += 1
        for place, words in enumerate(cells):
            page.write_string(line, place, words)
    return line + 1


def _write_base(page: Any, rows: Sequence[Filled], heads: Sequence[str]) -> None:
    page.very_hidden()
    for place, words in enumerate(heads):
        page.write_string(0, place, words)
    line = 0
    for row in rows:
        for code, text in row.typed.items():
            line += 1
            for place, words in enumerate((row.around.carrier.code, code, text)):
                page.write_string(line, place, words)


# --- Reading ----------------------------------------------------------------------------------------------------------
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
    return Uploaded(read(content, sheet=SHEET), date(int(found[1]), int(found[2]), 1), download, base)


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


def heading_key(cell: Any) -> str:
    """A heading without what people vary: blanks, line ends, stars, the width of letters."""
    text = unicodedata.normalize("NFKC", str(cell or ""))
    return "".join(text.split()).replace("*", "").replace(":", "")


def _headings(around: MonthContext) -> dict[str, tuple[str, int]]:
    """Heading -> code, for a carrier: names with and without their unit, and the codes themselves; with how loosely the
    heading names it, so that of several columns the one of its very name is read."""
    meaning: dict[str, tuple[str, int]] = {}
    form: MonthForm = around.form
    for spec in (*form.figures, *form.texts):
        label = _label(around, spec)
        names = (_full_heading(label, spec), _heading(label, spec), label, _heading(spec.label, spec), spec.label)
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
    meanings: dict[tuple[int, str], dict[str, tuple[str, int]]] = {}
    used: set[str] = set()
    seen: set[str] = set()
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        line = sheet.first_row + offset
        carrier = cell_text(cells[code_place]) if code_place < len(cells) else ""
        if problem := _row_problem(cells, carrier, uploaded, months, seen):
            reading.wrong.append((line, code_place, problem))
        if carrier in seen or carrier not in months or carrier not in uploaded.base:
            continue
        seen.add(carrier)
        around = months[carrier]
        meaning = meanings.setdefault((id(around.form), around.span), _headings(around))
        used |= heads.keys() and {key for key in heads.values() if key in meaning}
        _compare_row(reading, around, uploaded.base[carrier], _places(heads, meaning), (line, cells))
    known = used | {heading_key(word) for word in (*_CODE_HEADS, NAME, AREA, STATE, FOUND)}
    reading.ignored = [str(sheet.rows[top][place])[:40] for place, key in heads.items() if key not in known]
    return reading


def _head_row(sheet: Sheet) -> tuple[int, int]:
    for number, cells in enumerate(sheet.rows[:HEADER_SEARCH]):
        for place, cell in enumerate(cells):
            if heading_key(cell) in _CODE_HEADS:
                return number, place
    raise Refused.at(FILE, f"“{SHEET}”表的前{HEADER_SEARCH}行里找不到“{CODE}”列,请保留这一列的表头")


def _row_problem(
    cells: Sequence[Any], carrier: str, uploaded: Uploaded, months: Mapping[str, MonthContext], seen: set[str]
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
    base: Mapping[str, str],
    codes: Mapping[int, str],
    row: tuple[int, Sequence[Any]],
) -> None:
    line, cells = row
    for place, code in codes.items():
        if code not in base:
            continue
        text = cell_text(cells[place]) if place < len(cells) else ""
        if same_answer(around.form.by_code.get(code), text, base[code]):
            reading.unchanged += 1
        else:
            reading.cells.append(Typed(around.carrier.code, code, text, base[code], line, place))


__all__ = ["Filled", "Reading", "Typed", "Uploaded", "cell_text", "changed_cells", "make", "open_workbook"]
