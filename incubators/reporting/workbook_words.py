"""The sheet 核对说明 of a month's workbook: what the checks say of each carrier, with a column for the words on it.

A row is known again by its carrier and a hidden column (the key of the finding), so it may be sorted. Once figures have
changed, :func:`renew` says in the same workbook what is asked by then.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, range_boundaries

from incubators.reporting import checks
from incubators.reporting.context import MonthContext
from incubators.reporting.findings import EXPLAIN, LONGEST_WORDS, Finding, while_filling
from incubators.reporting.rules_catalogue import name_of

WORDS = "核对说明"
CODE, NAME, DOES, RULE, ABOUT, SAYS, SAID, KEY = (
    "载体编号",
    "载体名称",
    "性质",
    "规则",
    "项目",
    "核对提示",
    "说明",
    "标识",
)
HEADS = (CODE, NAME, DOES, RULE, ABOUT, SAYS, SAID, KEY)
_WIDTHS = (12, 24, 10, 8, 20, 58, 52, 8)
ASKS, HARD, TOLD, GONE, SHUT = "须说明", "须改正", "提示", "已不再提示", "不能再改"
NOTHING = "目前没有核对提示;填数后如有要说明的,上传后在标出的工作簿里列出"
_MOST_SUBJECTS = 20
_GREY, _LINE = "F2F4F7", "E4E7EC"
_ROOM = 5_000  # rows below that the looks of the sheet hold for as well: what is found later is added there
_ALLOWED = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}


def found_so_far(around: MonthContext) -> list[Finding]:
    """What the checks have to say of what is there so far, what is only told last; what is still empty is not named."""
    answers = around.answers()
    found = while_filling(checks.run(around.sheet(answers, around.texts())), answers)
    return sorted(found, key=lambda each: (not each.hard, not each.asks))


def listed(around: MonthContext, *, closed: bool) -> list[Finding]:
    """The findings that have a row: of what can be written no more, only what was asked, by the counts kept with it."""
    if not closed:
        return found_so_far(around)
    found = checks.run(around.sheet_of(around.latest)) if around.latest is not None else []
    return [each for each in found if each.must_explain]


def told(around: MonthContext, each: Finding) -> list[str]:
    """A finding as the columns from 性质 to 核对提示 say it; with the enterprises that it is about."""
    does = HARD if each.hard else ASKS if each.asks else TOLD
    about = around.form.label_of(each.place) if each.place else ""
    return [does, name_of(each.rule), about, "\n".join([each.message, *_subjects(each)])]


def _subjects(each: Finding) -> Iterator[str]:
    for subject in each.subjects[:_MOST_SUBJECTS]:
        yield f"· {subject.name}" + (f":{subject.says}" if subject.says else "")
    if len(each.subjects) > _MOST_SUBJECTS:
        yield f"· 另有{len(each.subjects) - _MOST_SUBJECTS}家,见月报表单"


def _height(words: Mapping[str, str]) -> int:
    """The height of a row that shows what its columns say, in points: not every program finds it by itself. An answer has
    two lines at least."""
    needed = [2 if words[DOES] == ASKS else 1]
    for label, width in zip(HEADS, _WIDTHS, strict=True):
        if label != KEY:
            needed.append(sum(-(-_columns(line) // (width - 1)) or 1 for line in words.get(label, "").split("\n")))
    return min(max(needed) * 16 + 4, 400)


def _columns(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in words)


def on_paper(page: Any) -> None:
    """A4 across, the headings on every page."""
    page.set_landscape()
    page.set_paper(9)
    page.repeat_rows(0)


def write(
    book: Any, page: Any, rows: Iterable[tuple[MonthContext, Sequence[Finding], bool]], head: Any
) -> list[tuple[str, str, str]]:
    """Fill the sheet for carriers' months, each with its findings and whether it is closed to writing. ``head``: the look
    of headings. Returns the words that it holds: carrier, ``explain:`` and the key, text."""
    plain = {"num_format": "@", "text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": f"#{_LINE}"}
    fixed, white = book.add_format({**plain, "font_color": "#475467"}), book.add_format({**plain, "locked": False})
    grey = book.add_format({**plain, "font_color": "#475467", "bg_color": f"#{_GREY}"})
    page.set_row(0, 24)
    page.freeze_panes(1, 2)
    on_paper(page)
    page.fit_to_pages(1, 0)
    for place, (label, width) in enumerate(zip(HEADS, _WIDTHS, strict=True)):
        page.set_column(place, place, width, None, {"hidden": label == KEY})
        page.write_string(0, place, label, head)
    said_at = HEADS.index(SAID)
    page.write_comment(0, said_at, f"“须说明”的逐条写明原因,或改正数;最多{LONGEST_WORDS}字", {"x_scale": 1.6})
    line, held = 0, []
    for around, found, closed in rows:
        kept = around.latest.explanations if around.latest is not None else {}
        for each in found:
            line += 1
            # A string and nothing else: what looks like a formula stays words.
            text, open_ = kept.get(each.key, "").replace("\r\n", "\n"), each.must_explain and not closed
            does, *says = told(around, each)
            cells = [around.carrier.code, around.carrier.name, SHUT if closed else does, *says]
            page.set_row(line, _height(dict(zip(HEADS, [*cells, text], strict=False))))
            for place, words in enumerate(cells):
                page.write_string(line, place, words, fixed)
            if text:
                page.write_string(line, said_at, text, white if open_ else grey)
                held.append((around.carrier.code, EXPLAIN + each.key, text))
            else:
                page.write_blank(line, said_at, None, white if open_ else grey)
            page.write_string(line, said_at + 1, each.key, fixed)
    if not line:
        page.write_string(1, HEADS.index(SAYS), NOTHING, fixed)
    last = max(line, 1)
    page.autofilter(0, 0, last, said_at + 1)
    _help_along(book, page, last + _ROOM, said_at)
    page.protect("", _ALLOWED)
    return held


def _help_along(book: Any, page: Any, last: int, place: int) -> None:
    """Colour at what waits for words; a warning at too many of them."""
    amber = book.add_format({"bg_color": "#FFF4D6"})
    criteria = f'=AND($C2="{ASKS}",LEN(TRIM($G2))=0)'
    page.conditional_format(1, place, last, place, {"type": "formula", "criteria": criteria, "format": amber})
    limit = {"validate": "length", "criteria": "<=", "value": LONGEST_WORDS, "error_type": "warning"}
    said = {"error_title": "太长", "error_message": f"说明最多{LONGEST_WORDS}字"}
    page.data_validation(1, place, last, place, limit | said)


# --- In a workbook that came back -------------------------------------------------------------------------------------
def renew(
    book: Any,
    *,
    base: str,
    carriers: Collection[str],
    found: Sequence[Mapping[str, Any]],
    wrong: Sequence[tuple[int, int, str]],
) -> None:
    """Let the sheet say what the checks find now of ``carriers`` (their codes). What is new is added below, its cell for
    words empty; what has gone is called so; what a person wrote stays.

    ``book``: of openpyxl. ``found``: findings as the preview keeps them. ``base``: the name of the sheet that keeps what
    cells held. ``wrong``: line and sentence of words that were not taken; they stand in the column 说明.
    """
    page, top, places = _sheet_of(book)
    lines = _lines(page, top, places)
    last = max(lines.values(), default=top)
    now = {(each["carrier"], each["key"]): each for each in found if each["carrier"] in carriers}
    for row, each in now.items():
        if row not in lines:
            last += 1
            lines[row] = last
            _add(page, places, last, each)
            if each["said"] and base in book.sheetnames:
                book[base].append([each["carrier"], EXPLAIN + each["key"], each["said"]])
        for label, words in zip((DOES, RULE, ABOUT, SAYS), each["told"], strict=True):
            _put(page.cell(lines[row], places[label]), words)
        said = page.cell(lines[row], places[SAID])
        said.protection = Protection(locked=each["told"][0] != ASKS)
        shown = dict(zip((DOES, RULE, ABOUT, SAYS), each["told"], strict=True)) | {SAID: str(said.value or "")}
        page.row_dimensions[lines[row]].height = _height(shown)
    for row in lines.keys() - now.keys():
        if row[0] in carriers:
            _put(page.cell(lines[row], places[DOES]), GONE)
    for line, _, sentence in wrong:
        cell = page.cell(line, places[SAID])
        cell.fill, cell.comment = PatternFill("solid", fgColor="FFE0DC"), Comment(sentence, "核对")
    if page.auto_filter.ref:
        left, first, right, end = range_boundaries(page.auto_filter.ref)
        page.auto_filter.ref = f"{get_column_letter(left)}{first}:{get_column_letter(right)}{max(last, end)}"


def _lines(page: Any, top: int, places: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Where each finding stands, by the code of its carrier and its key; below the headings at ``top``."""
    lines: dict[tuple[str, str], int] = {}
    for line in range(top + 1, page.max_row + 1):
        carrier, key = (str(page.cell(line, places[label]).value or "") for label in (CODE, KEY))
        if carrier and key:
            lines.setdefault((carrier, key), line)
    return lines


def _sheet_of(book: Any) -> tuple[Any, int, dict[str, int]]:
    """The sheet by what it holds, its row of headings, and where its columns are; a new one where there is none."""
    for page in book.worksheets:
        for line in range(1, min(page.max_row, 15) + 1):
            places = {str(cell.value).strip(): cell.column for cell in page[line] if cell.value}
            if {*HEADS} <= {*places}:
                return page, line, places
    page = book.create_sheet(WORDS, 1)
    for place, (label, width) in enumerate(zip(HEADS, _WIDTHS, strict=True), start=1):
        page.cell(1, place).value = label
        column = page.column_dimensions[page.cell(1, place).column_letter]
        column.width, column.hidden = width, label == KEY
    page.freeze_panes = "C2"
    return page, 1, {label: place for place, label in enumerate(HEADS, start=1)}


def _add(page: Any, places: Mapping[str, int], line: int, each: Mapping[str, Any]) -> None:
    for label, words in ((CODE, each["carrier"]), (NAME, each["name"]), (SAID, each["said"]), (KEY, each["key"])):
        _put(page.cell(line, places[label]), words)
    for label in HEADS:
        cell = page.cell(line, places[label])
        cell.number_format, cell.alignment = "@", Alignment(wrap_text=True, vertical="top")
        cell.border = Border(bottom=Side("thin", color=_LINE))
    if each["told"][0] != ASKS:
        page.cell(line, places[SAID]).fill = PatternFill("solid", fgColor=_GREY)
    if each["asks"]:
        page.cell(line, places[SAID]).comment = Comment("改数后新出现的核对提示:请写明原因,或改正数", "核对")


def _put(cell: Any, words: str) -> None:
    """Words and nothing else, whatever they begin with."""
    cell.value = words or None
    if words:
        cell.data_type = "s"


__all__ = ["CODE", "HEADS", "KEY", "SAID", "WORDS", "found_so_far", "listed", "on_paper", "renew", "told", "write"]
