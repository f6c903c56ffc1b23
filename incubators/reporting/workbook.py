"""The workbook of a month, written for some carriers.

A hidden sheet (基准) keeps every cell as it was written, for :mod:`incubators.reporting.workbook_reading`.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from core.dates import month_cn
from core.numerals import plain_number
from incubators.reporting import rules_catalogue, workbook_enterprises, workbook_words
from incubators.reporting.context import MonthContext
from incubators.reporting.fields import Kind, ReportField, TextField
from incubators.reporting.findings import Finding
from incubators.reporting.form import column_id
from incubators.reporting.rules_catalogue import Does, Kept
from incubators.reporting.workbook_guards import colour, warn
from incubators.reporting.workbook_words import CODE, NAME, WORDS, on_paper
from incubators.reporting.workbook_words import SAYS as FOUND

SHEET, BEFORE, EXPLAINED, BASE, LISTS = "月报", "上月", "填写说明", "基准", "可选项"
MARK = "月报基准1"
AREA, STATE = "归属区域", "状态"
LARGEST_NUMBER = Decimal(10) ** 9  # a spreadsheet keeps 15 digits, and money in 万元 has six places after the point
# With a fixed point, a whole number would show it behind itself.
_FORMATS = {Kind.COUNT: "#,##0", Kind.AREA: "General", Kind.NUMBER: "General", Kind.MONEY: "General"}
Spec = ReportField | TextField


@dataclass(frozen=True, slots=True)
class Filled:
    """One carrier's month to write: how it stands, its cells as typed (those that it is asked), and why it cannot be
    written (empty if it can); what the checks say of it, as 核对说明 lists it; the cells of its incubatees, where it is
    asked of them."""

    around: MonthContext
    state: str
    typed: Mapping[str, str]
    closed: str = ""
    found: Sequence[Finding] = ()
    enterprises: workbook_enterprises.TypedCells = field(default_factory=dict)


def make(rows: Sequence[Filled], month: date, download: str) -> bytes:
    """The workbook of ``rows`` as .xlsx. Text is text, figures are numbers (money in 万元), nothing is a formula.
    ``download``: a name by which this copy is known again."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{month_cn(month)}月报"})
    columns = _columns(rows)
    styles = _Styles(book)
    sheets = {SHEET: book.add_worksheet(SHEET)}
    told_of = [workbook_enterprises.Asked(row.around, row.enterprises, bool(row.closed)) for row in rows]
    each = workbook_enterprises.write(book, told_of, styles.head)
    sheets |= {name: book.add_worksheet(name) for name in (WORDS, BEFORE, EXPLAINED, BASE)}
    _write_month(book, sheets[SHEET], columns, rows, styles)
    told = [(row.around, row.found, bool(row.closed)) for row in rows]
    said = workbook_words.write(book, sheets[WORDS], told, styles.head)
    _write_before(sheets[BEFORE], columns, rows, styles)
    _write_explained(sheets[EXPLAINED], columns, month, styles)
    held = [(row.around.carrier.code, code, text) for row in rows for code, text in row.typed.items()]
    _write_base(sheets[BASE], [(MARK, f"{month:%Y-%m}", download), *held, *each, *said])
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
        return full_heading(self.label, self.spec) if self.twin else heading(self.label, self.spec)

    def of(self, row: Filled) -> bool:
        """Whether this carrier is asked it."""
        code, form = self.spec.code, row.around.form
        own: Spec | None = form.by_code.get(code) or form.text_by_code.get(code)
        return own == self.spec and code in row.typed and label_in(row.around, self.spec) == self.label


def label_in(around: MonthContext, spec: Spec) -> str:
    """The name of a field in a carrier's month."""
    return around.label(spec) if isinstance(spec, ReportField) else spec.label


def heading(label: str, spec: Spec) -> str:
    """The heading of a column: its name, and its unit."""
    return f"{label}({spec.unit})" if isinstance(spec, ReportField) else label


def full_heading(label: str, spec: Spec) -> str:
    """The same where two columns would have one heading."""
    return f"{heading(label, spec)}[{column_id(spec)}]"


def heading_key(cell: Any) -> str:
    """A heading without what people vary: blanks, line ends, stars, the width of letters."""
    text = unicodedata.normalize("NFKC", str(cell or ""))
    return "".join(text.split()).replace("*", "").replace(":", "")


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


_ALLOWED = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}
_LEFT = ((CODE, 12), (NAME, 26), (AREA, 14), (STATE, 12))


def _write_heads(page: Any, columns: Sequence[_Column], styles: _Styles, *, notes: bool) -> None:
    page.set_row(0, 48)
    page.freeze_panes(1, 2)
    on_paper(page)
    page.repeat_columns(0, 1)
    for place, (label, width) in enumerate(_LEFT):
        page.set_column(place, place, width)
        page.write_string(0, place, label, styles.head)
    for place, column in enumerate(columns, start=len(_LEFT)):
        page.set_column(place, place, 14 if isinstance(column.spec, ReportField) else 22)
        page.write_string(0, place, column.heading, styles.head)
        if notes:
            page.write_comment(0, place, _advice(column.spec), {"x_scale": 1.6})
    page.protect("", _ALLOWED)


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
        page.write_string(line, last, row.closed or found_words(row.found), styles.wrapped)
    page.autofilter(0, 0, max(len(rows), 1), last)
    _drop_downs(book, page, columns, len(rows))
    places = {}
    for place, column in enumerate(columns, start=len(_LEFT)):
        places[column.spec.code] = place
        if isinstance(column.spec, ReportField):
            warn(page, place, max(len(rows), 1), whole=column.spec.kind == Kind.COUNT)
    colour(book, page, places, max(len(rows), 1))


def _write_left(page: Any, line: int, row: Filled, styles: _Styles) -> None:
    carrier = row.around.carrier
    for place, words in enumerate((carrier.code, carrier.name, carrier.owner_area.name, row.state)):
        page.write_string(line, place, words, styles.fixed)


def found_words(found: Iterable[Finding]) -> str:
    """Findings as the column of a row says them."""
    return ";".join(f"{'' if each.rule == 'M' else each.rule} {each.message}".strip() for each in found)


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
    "有“企业情况”表的,逐家填写月末在孵企业的数;名单来自登记库,不能增减行,有出入的请先在门户登记。",
    "“核对说明”表列出每家载体的核对提示:须改正的请改“月报”表里的数;须说明的在“说明”列写明原因,或改正数。",
    "改数后新出现的核对提示,上传后在标出的工作簿“核对说明”表里列在最后,写明原因再传一次;也可在门户的月报表单里说明。",
    "为免误改,工作表设有保护(没有密码),不能移动或删除列和行;要调整请先撤销工作表保护,并保留“载体编号”列和各列表头。",
    "请不要另建工作簿粘贴:比对要用本工作簿里隐藏的内容。",
)


def _write_explained(page: Any, columns: Sequence[_Column], month: date, styles: _Styles) -> None:
    for place, width in enumerate((24, 20, 60, 16, 24)):
        page.set_column(place, place, width)
    on_paper(page)
    page.fit_to_pages(1, 0)
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
    page.protect("", _ALLOWED)


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


def _write_base(page: Any, lines: Iterable[Sequence[str]]) -> None:
    page.very_hidden()
    for line, cells in enumerate(lines):
        for place, words in enumerate(cells):
            page.write_string(line, place, words)


__all__ = ["Filled", "found_words", "full_heading", "heading", "heading_key", "label_in", "make"]
