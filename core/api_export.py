"""REST lists as CSV and XLSX: one column for each field of the serializer, with the values of the JSON answer.

A serializer whose fields all come from columns of the database is read as plain rows (``values_list``), without a
record object or a call of REST framework per row; any other is serialised chunk by chunk. Both write the same cells.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import xlsxwriter
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from core.spreadsheets import XLSX_TYPE, attachment_header, neutralise

CHUNK = 500
LONGEST_CELL = 32_767  # what a cell of a workbook can hold
# Fields whose text is never somebody's words: no formula can hide in it.
_EXACT = (
    serializers.DateField,
    serializers.DateTimeField,
    serializers.DecimalField,
    serializers.HyperlinkedIdentityField,
    serializers.IntegerField,
    serializers.BooleanField,
    serializers.UUIDField,
)
# Fields that make their value of one column and nothing else.
_PLAIN = (
    *_EXACT,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.JSONField,
    serializers.ListField,
    serializers.DictField,
)

Reader = Callable[..., Any]


@runtime_checkable
class FromColumns(Protocol):
    """A field that says from which columns of its source it makes its value (``area__path`` for one further on)."""

    columns: tuple[str, ...]
    source_attrs: list[str]

    def from_columns(self, *values: Any) -> Any:
        """The JSON value, None if there is none."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of a file: its head (``area.code``), the place in the serialised record, and the way from the database.

    ``paths`` are ORM paths; ``read`` makes the JSON value of their values. No paths: it takes the record to know.
    """

    head: str
    keys: tuple[str, ...]
    exact: bool
    paths: tuple[str, ...] = ()
    read: Reader | None = None

    def of(self, record: Any) -> Any:
        """The JSON value in a serialised record; nothing where a link on the way is empty."""
        for key in self.keys:
            if record is None:
                return None
            record = record[key]
        return record


def columns_of(serializer: Any, rows: QuerySet[Any]) -> list[ExportColumn]:
    """The columns of ``serializer``: nested records as ``area.code``, everything else in one cell."""
    return [*_columns(serializer, rows, (), ())]


def _columns(
    serializer: Any, rows: QuerySet[Any], keys: tuple[str, ...], above: tuple[str, ...]
) -> Iterator[ExportColumn]:
    for name, field in serializer.fields.items():
        place = (*keys, name)
        if isinstance(field, serializers.Serializer):
            yield from _columns(field, rows, place, (*above, *field.source_attrs))
            continue
        paths, read = _origin(field, rows, above)
        yield ExportColumn(".".join(place), place, isinstance(field, _EXACT), paths, read)


def _origin(field: Any, rows: QuerySet[Any], above: tuple[str, ...]) -> tuple[tuple[str, ...], Reader | None]:
    """ORM paths of a field and what makes its JSON value of them; none where only the record knows."""
    steps: list[tuple[str, ...]]
    read: Reader = field.to_representation
    if isinstance(field, FromColumns):
        steps = [(*field.source_attrs, *name.split("__")) for name in field.columns]
        read = field.from_columns
    elif isinstance(field, serializers.SlugRelatedField):
        steps, read = [(*field.source_attrs, field.slug_field)], _as_it_is
    elif isinstance(field, serializers.HyperlinkedIdentityField):
        steps, read = [(field.lookup_field,)], getattr(field, "address", None)  # type: ignore[assignment]
    elif field.source.startswith("get_") and field.source.endswith("_display"):
        column = _column(rows, (*above, field.source.removeprefix("get_").removesuffix("_display")))
        words = {code: str(word) for code, word in getattr(column, "flatchoices", ())}
        steps, read = [(field.source[4:-8],)], lambda code: words.get(code, str(code))
    elif isinstance(field, _PLAIN) and field.source != "*":
        steps = [tuple(field.source_attrs)]
    else:
        return (), None
    paths = [(*above, *path) for path in steps]
    if read is None or not all(_known(rows, path) for path in paths):
        return (), None
    return tuple("__".join(path) for path in paths), read


def _as_it_is(value: Any) -> Any:
    return value


def _known(rows: QuerySet[Any], path: tuple[str, ...]) -> bool:
    return (len(path) == 1 and path[0] in rows.query.annotations) or _column(rows, path) is not None


def _column(rows: QuerySet[Any], path: Sequence[str]) -> Any:
    """The concrete model field at the end of ``path``; None for a property, a method or rows of many."""
    model: type[Model] | None = rows.model
    field: Any = None
    for name in path:
        if model is None:
            return None
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if field.one_to_many or field.many_to_many:
            return None
        model = field.related_model if field.is_relation else None
    return field if getattr(field, "concrete", False) and not field.is_relation else None


def records(
    columns: Sequence[ExportColumn], rows: QuerySet[Any], serialise: Callable[[list[Any]], Iterable[Any]]
) -> Iterator[list[Any]]:
    """The JSON values of each row, one list a row; ``serialise`` turns records into serialised ones."""
    if not all(column.paths for column in columns):
        source = rows.iterator(chunk_size=CHUNK)
        while chunk := [*islice(source, CHUNK)]:
            for record in serialise(chunk):
                yield [column.of(record) for column in columns]
        return
    paths = [*dict.fromkeys(path for column in columns for path in column.paths)]
    readers = [_row_reader(column, paths) for column in columns]
    for row in rows.values_list(*paths).iterator(chunk_size=CHUNK):
        yield [read(row) for read in readers]


def _row_reader(column: ExportColumn, paths: list[str]) -> Callable[[tuple[Any, ...]], Any]:
    read: Any = column.read
    places = [paths.index(path) for path in column.paths]
    if len(places) > 1:
        return lambda row: read(*(row[place] for place in places))
    place = places[0]
    return lambda row: None if row[place] is None else read(row[place])


def _words(value: Any) -> str:
    """A JSON value as the text of a cell: lists of words with semicolons, other structures as JSON."""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _csv_cell(value: Any) -> str:
    if type(value) is str:
        return neutralise(value)
    return "" if value is None else neutralise(_words(value))


def _exact_cell(value: Any) -> str:
    if type(value) is str:
        return value
    return "" if value is None else _words(value)


def send_csv(columns: Sequence[ExportColumn], rows: Iterator[list[Any]], *, name: str) -> HttpResponseBase:
    """``rows`` as the download ``name``.csv, written block by block while it is sent."""
    response = StreamingHttpResponse(_csv_blocks(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment_header(f"{name}.csv")
    return response


def _csv_blocks(columns: Sequence[ExportColumn], rows: Iterator[list[Any]]) -> Iterator[bytes]:
    block = io.StringIO(newline="")
    # The mark makes spreadsheet programs read the file as UTF-8.
    block.write("\ufeff")
    writer = csv.writer(block)
    writer.writerow([column.head for column in columns])
    cells = [_exact_cell if column.exact else _csv_cell for column in columns]
    while chunk := [*islice(rows, CHUNK)]:
        writer.writerows([cell(value) for cell, value in zip(cells, row, strict=True)] for row in chunk)
        yield block.getvalue().encode()
        block.seek(0)
        block.truncate()
    yield block.getvalue().encode()


def send_xlsx(columns: Sequence[ExportColumn], rows: Iterator[list[Any]], *, name: str) -> HttpResponseBase:
    """``rows`` as the download ``name``.xlsx; goes through a file, so that memory stays flat."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it has been sent
    _write_sheet(file, [column.head for column in columns], rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def _write_sheet(file: Any, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A workbook of one sheet in constant memory. Text is never a formula, a link or a number."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    page = book.add_worksheet("数据")
    page.freeze_panes(1, 0)
    page.set_column(0, len(heads) - 1, 20)
    # "@": a code stays text even when somebody edits it.
    bold, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
    for place, head in enumerate(heads):
        page.write_string(0, place, head, bold)
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if type(value) is int:
                page.write_number(line, place, value)
            elif value is not None and value != "":
                page.write_string(line, place, _fitting(value if type(value) is str else _words(value)), text)
    book.close()


def _fitting(text: str) -> str:
    """What is longer than a cell can hold ends in …, so that nobody takes it for the whole."""
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
