"""Workbooks that go out: the template of a kind, an export that can be imported back, a file with its mistakes marked."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from types import MappingProxyType
from typing import Any

import openpyxl
import rustpy_xlsxwriter
import xlsxwriter
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from core.spreadsheets import XLSX_TYPE, attachment_header, csv_cell, csv_lines
from core.workbooks import Sheet
from incubators.exchange.cells import CLEAR, Day, Reference, Text, Uscc
from incubators.exchange.comparing import READ_ONLY
from incubators.exchange.kinds import Column, Context, Kind

logger = logging.getLogger(__name__)

DROP_DOWN_ROWS = 5_000
WITH_DROP_DOWNS = 5_000
MARKED_IN_PLACE_BYTES = 3 * 1024 * 1024
MARKED_IN_PLACE_CELLS = 300_000
# A spreadsheet keeps 15 digits of a number, and money in 万元 has six places after the point.
LARGEST_NUMBER = 10**9
_CHUNK = 2_000
_FORMATS = {"text": "@", "choice": "@", "number": "#,##0.######", "date": "yyyy-mm-dd"}
_LISTS = "可选项"
_EXPLAINED, _EXPLAINED_WIDTHS = "填写说明", (22.0, 8.0, 60.0, 24.0)
_FIRST_SURE_DAY = date(1900, 3, 1)


def sent(kind: Kind, context: Context, rows: Any, *, fmt: str) -> HttpResponseBase:
    """``rows`` of the kind as a download, ``csv`` or ``xlsx``, in the form that can be imported back."""
    name = f"{kind.title}{timezone.localdate():%Y%m%d}"
    if fmt != "csv":
        return workbook(export(kind, context, rows), name)
    answer = StreamingHttpResponse(export_csv(kind, context, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = attachment_header(f"{name}.csv")
    return answer


def workbook(content: bytes, name: str) -> HttpResponse:
    """A finished workbook as the download ``name``.xlsx."""
    answer = HttpResponse(content, content_type=XLSX_TYPE)
    answer["Content-Disposition"] = attachment_header(f"{name}.xlsx")
    return answer


def template(kind: Kind, context: Context) -> bytes:
    """An empty workbook of the kind: headings, drop-downs, a comment at each heading, and a sheet that explains."""
    return _book(kind, context, iter(()))


def export(kind: Kind, context: Context, rows: Any) -> bytes:
    """``rows`` of the kind, which the person may see, as a workbook that changes nothing when it is imported back.

    Up to ``WITH_DROP_DOWNS`` rows it is the template, filled; beyond, a plain sheet of the same columns and formats.
    """
    lines = _lines(kind, context, rows)
    first = [*islice(lines, WITH_DROP_DOWNS + 1)]
    if len(first) <= WITH_DROP_DOWNS:
        return _book(kind, context, first)
    return _plain_book(kind, context, chain(first, lines))


def export_csv(kind: Kind, context: Context, rows: Any) -> Iterator[bytes]:
    """The same as CSV (UTF-8 with its mark), line by line."""
    columns = kind.columns(context)
    heads = [column.heading for column in columns] + [*READ_ONLY]
    return csv_lines(heads, ([csv_cell(cell) for cell in line] for line in _lines(kind, context, rows)))


def _lines(kind: Kind, context: Context, rows: Any) -> Iterator[Sequence[Any]]:
    """Cells of every record, in batches: one look-up a batch for each column that names other records, and a word made
    once for each different value."""
    columns = kind.columns(context)
    names = [column.name for column in columns]
    source = iter(rows.order_by(*kind.key, "pk").values_list(*names, "is_synthetic").iterator(chunk_size=_CHUNK))
    while batch := [*islice(source, _CHUNK)]:
        *values, synthetic = zip(*batch, strict=True)
        shown = [_shown(column, cells) for column, cells in zip(columns, values, strict=True)]
        yield from zip(*shown, ["是" if made_up else "否" for made_up in synthetic], strict=True)


def _shown(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    if isinstance(column.reader, Text | Uscc | Day):
        return values  # kept as they are shown
    if isinstance(column.reader, Reference):
        column.reader.prepare_show(values)
    words = {value: column.reader.show(value) for value in {*values}}
    return [*map(words.__getitem__, values)]


def _plain_book(kind: Kind, context: Context, lines: Iterable[Sequence[Any]]) -> bytes:
    """Tens of thousands of lines, written by compiled code: text as text, dates as dates, the headings that an import
    knows; drop-downs and comments are left to the template."""
    columns = kind.columns(context)
    heads = [*(column.heading for column in columns), *READ_ONLY]
    formats = {shown: rustpy_xlsxwriter.Format().set_num_format(shown) for shown in {*_FORMATS.values()}}
    head = rustpy_xlsxwriter.Format().set_bold().set_background_color("#EEF2F6").set_text_wrap()
    explained = [
        *(
            {"列": c.label, "必填": "是" if c.required else "", "怎么填": _advice(c), "示例": c.example}
            for c in columns
        ),
        *({"列": "", "必填": "", "怎么填": words, "示例": ""} for words in _explanations(kind)),
    ]
    target = io.BytesIO()
    rustpy_xlsxwriter.write_worksheets(
        [(kind.title, (dict(zip(heads, line, strict=True)) for line in _plain(lines))), (_EXPLAINED, explained)],
        target,
        freeze_panes={kind.title: {"row": 1, "col": min(2, len(columns))}},
        column_widths={
            kind.title: dict(zip(heads, [float(column.width) for column in columns], strict=False)),
            _EXPLAINED: dict(zip(explained[0], _EXPLAINED_WIDTHS, strict=True)),
        },
        column_formats={
            kind.title: {column.heading: formats[_FORMATS[column.reader.kind]] for column in columns}
            | dict.fromkeys(READ_ONLY, formats["@"])
        },
        header_format={kind.title: head, _EXPLAINED: head},
    )
    return target.getvalue()


def _plain(lines: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Cells as the writer takes them: a batch at a time, for most columns hold nothing that needs a second look."""
    source = iter(lines)
    while batch := [*islice(source, _CHUNK)]:
        yield from zip(*map(_plain_column, zip(*batch, strict=True)), strict=True)


def _plain_column(values: Sequence[Any]) -> Sequence[Any]:
    types = {*map(type, values)}
    if types <= {str, type(None)}:
        return values
    return [_plain_cell(value) for value in values]


def _plain_cell(value: Any) -> Any:
    if isinstance(value, date):
        # The days before are counted in two ways, for there was no 29 February 1900.
        return value if value >= _FIRST_SURE_DAY else value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value) >= LARGEST_NUMBER else value
    return value if value is None or (isinstance(value, int) and not isinstance(value, bool)) else str(value)


def _book(kind: Kind, context: Context, lines: Iterable[Sequence[Any]]) -> bytes:
    target = io.BytesIO()
    # Constant memory: rows go to disk as they are written, so the sheet with the data comes first and in order.
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    columns = kind.columns(context)
    page = book.add_worksheet(kind.title)
    head = book.add_format({"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    must = book.add_format({"bold": True, "bg_color": "#DCE9F9", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    styles = [book.add_format({"num_format": _FORMATS[column.reader.kind]}) for column in columns]
    styles += [book.add_format({"num_format": "@", "font_color": "#667085"})] * len(READ_ONLY)
    page.freeze_panes(1, min(2, len(columns)))
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width, styles[place])
    for place, column in enumerate(columns):
        page.write_string(0, place, column.heading, must if column.required else head)
        if words := _advice(column):
            page.write_comment(0, place, words, {"x_scale": 1.6})
    for place, label in enumerate(READ_ONLY, start=len(columns)):
        page.write_string(0, place, label, head)
    count = _write_lines(page, lines, styles)
    _drop_downs(book, page, columns, max(DROP_DOWN_ROWS, count))
    _explain(book, kind, columns)
    book.close()
    return target.getvalue()


def _write_lines(page: Any, lines: Iterable[Sequence[Any]], styles: Sequence[Any]) -> int:
    count = 0
    for count, line in enumerate(lines, start=1):
        for place, cell in enumerate(line):
            if cell is None or cell == "":
                continue
            if isinstance(cell, date):
                page.write_datetime(count, place, cell, styles[place])
            elif isinstance(cell, Decimal) and abs(cell) >= LARGEST_NUMBER:
                page.write_string(count, place, f"{cell:f}", styles[place])
            elif isinstance(cell, Decimal | int) and not isinstance(cell, bool):
                page.write_number(count, place, cell, styles[place])
            else:
                # A string and nothing else: what looks like a formula stays words.
                page.write_string(count, place, str(cell), styles[place])
    return count


def _advice(column: Column) -> str:
    """What a person is told at the head of a column."""
    parts = ["必填" if column.required else "选填", column.help]
    kind = column.reader.kind
    if kind == "date":
        parts.append("日期,如 2026-10-08")
    elif kind == "number":
        parts.append("数字")
    elif kind == "choice":
        parts.append("从下拉选项中选")
    if column.example:
        parts.append(f"例:{column.example}")
    return ";".join(part for part in parts if part)


def _drop_downs(book: Any, page: Any, columns: Sequence[Column], last: int) -> None:
    """Choices as lists of a hidden sheet, so that they may be long."""
    lists: Any = None
    place_of_list = 0
    for place, column in enumerate(columns):
        words = getattr(column.reader, "words", [])
        if not words:
            continue
        if lists is None:
            lists = book.add_worksheet(_LISTS)
            lists.hide()
            options: list[list[str]] = []
        options.append(words)
        name = xlsxwriter.utility.xl_col_to_name(place_of_list)
        source = f"='{_LISTS}'!${name}$1:${name}${len(words)}"
        message = {"error_title": "不在可选项中", "error_message": "请从下拉选项中选一项", "error_type": "warning"}
        page.data_validation(1, place, last, place, {"validate": "list", "source": source, **message})
        place_of_list += 1
    if lists is not None:
        for row in range(max(map(len, options))):
            for place, words in enumerate(options):
                if row < len(words):
                    lists.write_string(row, place, words[row])


def _explanations(kind: Kind) -> tuple[str, ...]:
    return (
        *kind.notes,
        "表头名称可以换位置、加空格;不认识的列会被忽略并提示。",
        f"空白单元格不改动库中原值;要清空某一格请填“{CLEAR}”。",
        "上传后先看预览:新增、变更(逐格)、未变、有误;确认之前不写入任何数据。",
        "“合成数据”列只供查看,导入时忽略。",
    )


def _explain(book: Any, kind: Kind, columns: Sequence[Column]) -> None:
    page = book.add_worksheet(_EXPLAINED)
    bold = book.add_format({"bold": True, "bg_color": "#EEF2F6"})
    for place, width in enumerate(_EXPLAINED_WIDTHS):
        page.set_column(place, place, width)
    line = 0
    for words in _explanations(kind):
        page.write_string(line, 0, words)
        line += 1
    line += 1
    for place, words in enumerate(("列", "必填", "怎么填", "示例")):
        page.write_string(line, place, words, bold)
    for column in columns:
        line += 1
        cells = (column.label, "是" if column.required else "", _advice(column), column.example)
        for place, words in enumerate(cells):
            page.write_string(line, place, words)


def marked(
    content: bytes,
    sheet: Sheet,
    mistakes: Sequence[tuple[int, int, str]],
    told: Mapping[tuple[int, int], str] = MappingProxyType({}),
    further: Callable[[Any], None] = lambda book: None,
) -> bytes:
    """The uploaded file again with every wrong cell coloured and commented: the same workbook where it is an .xlsx of
    usual size, a new one with the same cells otherwise. ``mistakes``: line, column from 0, sentence; ``told``: what
    cells say anew, by line and column; ``further``: what is done to other sheets of the same workbook (of openpyxl)."""
    for (line, place), words in told.items():
        cells = sheet.rows[line - sheet.first_row]
        cells += [""] * (place + 1 - len(cells))
        cells[place] = words
    small = len(sheet.rows) * max(map(len, sheet.rows), default=0) <= MARKED_IN_PLACE_CELLS
    if content.startswith(b"PK") and len(content) <= MARKED_IN_PLACE_BYTES and small:
        try:
            return _mark_in_place(content, sheet, mistakes, told, further)
        except Exception:
            logger.warning("marking %s anew", sheet.name, exc_info=True)
    return _mark_anew(sheet, mistakes)


def _by_cell(mistakes: Sequence[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for line, place, sentence in mistakes:
        found[line, place] = f"{found[line, place]}\n{sentence}" if (line, place) in found else sentence
    return found


def _mark_in_place(
    content: bytes,
    sheet: Sheet,
    mistakes: Sequence[tuple[int, int, str]],
    told: Mapping[tuple[int, int], str],
    further: Callable[[Any], None],
) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book[sheet.name]
    for (line, place), words in told.items():
        cell = page.cell(line, sheet.first_column + place)
        cell.value, cell.data_type = words, "s"  # words and nothing else, whatever they begin with
    colour = PatternFill("solid", fgColor="FFE0DC")
    for (line, place), sentence in _by_cell(mistakes).items():
        cell = page.cell(line, sheet.first_column + place)
        if type(cell).__name__ == "MergedCell":
            continue
        cell.fill = colour
        cell.comment = Comment(sentence, "核对")
    book.active = book.sheetnames.index(sheet.name)
    further(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _mark_anew(sheet: Sheet, mistakes: Sequence[tuple[int, int, str]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet.name[:31])
    plain, wrong = book.add_format({"num_format": "@"}), book.add_format({"bg_color": "#FFE0DC", "num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    places = _by_cell(mistakes)
    left = sheet.first_column - 1
    for (line, place), sentence in places.items():
        page.write_comment(line - 1, left + place, sentence)
    for offset, cells in enumerate(sheet.rows):
        line = sheet.first_row + offset
        for place, cell in enumerate(cells):
            style = wrong if (line, place) in places else plain
            if cell == "" or cell is None:
                if style is wrong:
                    page.write_blank(line - 1, left + place, None, wrong)
            elif isinstance(cell, date):
                page.write_datetime(line - 1, left + place, cell, style if style is wrong else day)
            elif isinstance(cell, float | int) and not isinstance(cell, bool):
                page.write_number(line - 1, left + place, cell, style)
            else:
                page.write_string(line - 1, left + place, str(cell), style)
    book.close()
    return target.getvalue()
