"""Writing lists out as XLSX and CSV: streamed, with text kept as text and never a live formula from someone's words."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from core.money import to_wan

Kind = Literal["text", "number", "wan", "percent", "date"]
FORMATS = ("xlsx", "csv")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet program takes for the start of a formula, in half and full width.
_STARTS = tuple("=+-@\t\r\n＝＋－＠|")
_XLSX_FORMATS: dict[Kind, dict[str, Any]] = {
    # "@": the cell stays text even when somebody edits it.
    "text": {"num_format": "@"},
    "number": {"num_format": "#,##0.######"},
    "wan": {"num_format": "#,##0.######"},
    "percent": {"num_format": "0.00%"},
    "date": {"num_format": "yyyy-mm-dd"},
}
_WIDTHS: dict[Kind, int] = {"text": 20, "number": 12, "wan": 14, "percent": 10, "date": 12}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: its head, where its value comes from, and how it is shown.

    ``value`` is a dotted attribute path or a function of the row. ``kind``: ``wan`` takes yuan and writes 万元,
    ``percent`` takes a fraction. None is written as an empty cell, never as zero.
    """

    label: str
    value: str | Callable[[Any], Any]
    kind: Kind = "text"
    width: int = 0

    def of(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        try:
            return attrgetter(self.value)(row)
        except AttributeError:
            # A missing link on the way (no operator, no level) is an empty cell.
            if "." in self.value:
                return None
            raise


def neutralise(text: str) -> str:
    """``text`` safe in a CSV cell: what could start a formula gets one apostrophe in front."""
    return f"'{text}" if text.lstrip(" '").startswith(_STARTS) else text


def _plain(value: Any) -> Any:
    """Dates and times as a reader of this place writes them; everything else as it is."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return value


def csv_cell(value: Any, kind: Kind = "text") -> str:
    """One value as the text of a CSV cell; numbers are left alone, words are neutralised."""
    value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal | int | float):
        number = Decimal(str(value))
        number = to_wan(number) if kind == "wan" else number
        return f"{number.normalize():f}" if number else "0"
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return neutralise(str(value))


class _Echo:
    """A file that hands back what is written to it, so that rows can be sent one by one."""

    def write(self, text: str) -> str:
        return text


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The bytes of a CSV file, line by line, with the mark that makes spreadsheet programs read it as UTF-8."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + str(writer.writerow([neutralise(head) for head in heads])).encode()
    for row in rows:
        yield str(writer.writerow(row)).encode()


def write_csv(rows: Iterable[Any], columns: Sequence[Column], *, name: str) -> HttpResponseBase:
    """Send ``rows`` as the download ``name``.csv, written while it is sent."""
    cells = ([csv_cell(column.of(row), column.kind) for column in columns] for row in rows)
    response = StreamingHttpResponse(
        csv_lines([column.label for column in columns], cells), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = attachment_header(f"{name}.csv")
    return response


def attachment_header(filename: str) -> str:
    """A Content-Disposition that makes a browser save the answer, with a Chinese name if there is one."""
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, filename) or "attachment"


def _put(sheet: Any, place: tuple[int, int], value: Any, kind: Kind, style: Any) -> None:
    value = _plain(value)
    if value is None or value == "":
        sheet.write_blank(*place, None, style)
    elif isinstance(value, bool):
        sheet.write_string(*place, "是" if value else "否", style)
    elif isinstance(value, Decimal | int | float) and kind != "text":
        sheet.write_number(*place, float(to_wan(Decimal(str(value)))) if kind == "wan" else float(value), style)
    elif isinstance(value, datetime | date) and kind == "date":
        sheet.write_datetime(*place, value, style)
    else:
        # Explicitly a string: nothing is read as a formula, a link or a number.
        sheet.write_string(*place, str(value), style)


def build_xlsx(
    target: Any, rows: Iterable[Any], columns: Sequence[Column], *, sheet: str = "数据", notes: Sequence[str] = ()
) -> None:
    """Write a workbook to the file object ``target`` in constant memory; ``notes`` become a second sheet."""
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    head_style = book.add_format({"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True})
    styles = {kind: book.add_format(spec) for kind, spec in _XLSX_FORMATS.items()}
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width or _WIDTHS[column.kind])
        page.write_string(0, place, column.label, head_style)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            _put(page, (line, place), column.of(row), column.kind, styles[column.kind])
    if notes:
        words = book.add_worksheet("说明")
        words.set_column(0, 0, 90)
        for line, note in enumerate(notes):
            words.write_string(line, 0, note)
    book.close()


def write_xlsx(
    rows: Iterable[Any], columns: Sequence[Column], *, name: str, sheet: str = "数据", notes: Sequence[str] = ()
) -> HttpResponseBase:
    """Send ``rows`` as the download ``name``.xlsx. Goes through a file, not memory, however many rows there are."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it has been sent
    build_xlsx(file, rows, columns, sheet=sheet, notes=notes)
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{name}.xlsx",
        content_type=XLSX_TYPE,
    )


def write(
    rows: Iterable[Any], columns: Sequence[Column], *, name: str, fmt: str, notes: Sequence[str] = ()
) -> HttpResponseBase:
    """Send ``rows`` in the format asked for: ``xlsx`` or ``csv``."""
    return write_csv(rows, columns, name=name) if fmt == "csv" else write_xlsx(rows, columns, name=name, notes=notes)
