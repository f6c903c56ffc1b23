"""A sheet against the register: which rows are new, which change what, which change nothing, which are wrong.

Nothing is written here. Every question to the database is asked once for all rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from core import bulk
from core.faults import letters
from core.permits import Refused
from core.workbooks import FILE, Sheet
from incubators.exchange.cells import CLEARED, Reference, read_column, tidy
from incubators.exchange.kinds import CHANGED, NEW, UNCHANGED, WRONG, Column, Context, Kind, Row, Table

Progress = Callable[[int, int, str], None]
Record = tuple[Any, tuple[Any, ...]]
HEADER_SEARCH = 15
# Columns that exports carry for the reader; they are passed over when the file comes back.
READ_ONLY = ("合成数据",)
STEPS = 5


@dataclass(slots=True)
class Comparison:
    """What an import would do. ``header_line`` and ``first_row`` are numbers as a spreadsheet program shows them."""

    table: Table
    header_line: int
    # Place of a kind's column -> place of the sheet's column.
    where: dict[int, int]
    # The column (from 1) of a spreadsheet program at which the sheet's first cell stands.
    first_column: int = 1
    ignored: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        counts = {NEW: 0, CHANGED: 0, UNCHANGED: 0, WRONG: 0}
        for row in self.table.rows:
            counts[row.outcome] += 1
        return counts

    def changes(self, row: Row) -> list[tuple[int, Any, Any]]:
        """Place, value before and after of each cell that differs, for a row of an existing record."""
        before = row.before or ()
        columns = self.table.columns
        found = []
        for place, value in enumerate(row.values):
            if value is None:
                continue
            after = columns[place].reader.empty if value is CLEARED else value
            if after != before[place]:
                found.append((place, before[place], after))
        return found


def heading_key(cell: Any) -> str:
    """A heading without what people vary: blanks, line ends, stars, width of letters, a unit in brackets."""
    text = unicodedata.normalize("NFKC", str(cell or ""))
    text = "".join(text.split()).replace("*", "").replace(":", "")
    return text.split("(")[0] or text


def compare(kind: Kind, sheet: Sheet, context: Context, progress: Progress = lambda *_: None) -> Comparison:
    """Read ``sheet`` as rows of ``kind``. Raises :class:`Refused` at ``file`` when its headings cannot be understood."""
    columns = kind.columns(context)
    line, where, ignored = _headings(columns, sheet, kind.key)
    body = sheet.rows[line:]
    progress(1, STEPS, "正在读取单元格")
    rows = _rows(columns, where, body, sheet.first_row + line)
    if not rows:
        raise Refused.at(FILE, "表头下面没有数据行")
    table = Table(kind, context, columns, frozenset(where), rows)
    progress(2, STEPS, "正在核对重复")
    places = _keys(table)
    progress(3, STEPS, "正在与库中记录比对")
    _match(table, places)
    progress(4, STEPS, "正在按规则检查")
    kind.check(table)
    comparison = Comparison(table, sheet.first_row + line - 1, where, sheet.first_column, ignored)
    for row in rows:
        row.outcome = _outcome(comparison, row)
    return comparison


def _outcome(comparison: Comparison, row: Row) -> str:
    if row.errors:
        return WRONG
    if row.before is None:
        return NEW
    return CHANGED if comparison.changes(row) else UNCHANGED


def _headings(columns: Sequence[Column], sheet: Sheet, keys: Sequence[str]) -> tuple[int, dict[int, int], list[str]]:
    """How many rows to skip, where each column stands, and which headings mean nothing to this kind."""
    meaning: dict[str, int] = {}
    for place, column in enumerate(columns):
        for word in (column.label, *column.aliases):
            meaning.setdefault(heading_key(word), place)
    best = max(
        range(min(HEADER_SEARCH, len(sheet.rows))),
        key=lambda n: (len({meaning[k] for c in sheet.rows[n] if (k := heading_key(c)) in meaning}), -n),
    )
    where: dict[int, int] = {}
    ignored: list[str] = []
    for place, cell in enumerate(sheet.rows[best]):
        key = heading_key(cell)
        if not key:
            continue
        if key not in meaning:
            if key not in READ_ONLY:
                ignored.append(tidy(cell)[:40])
        elif meaning[key] in where:
            first = where[meaning[key]]
            both = (f"{letters(sheet.first_column + at)}列“{tidy(sheet.rows[best][at])}”" for at in (first, place))
            raise Refused.at(FILE, f"{'与'.join(both)}都是{columns[meaning[key]].label},请只留一列")
        else:
            where[meaning[key]] = place
    if not where:
        expected = "、".join(column.label for column in columns if column.required)
        raise Refused.at(FILE, f"前{HEADER_SEARCH}行里找不到表头;这类表至少要有:{expected}。可下载模板对照")
    missing = [column.label for place, column in enumerate(columns) if place not in where and column.name in keys]
    if missing:
        raise Refused.at(FILE, f"表头缺少:{'、'.join(missing)}(据此认定是哪条记录)。可下载模板对照")
    return best + 1, where, ignored


def _rows(columns: Sequence[Column], where: dict[int, int], body: list[list[Any]], first: int) -> list[Row]:
    width = max(map(len, body), default=0)
    kept = [(line, cells) for line, cells in enumerate(body, start=first) if any(map(_says_something, cells))]
    # A column at a time: the rows of a CSV file may be short.
    lines = [cells if len(cells) == width else [*cells, *[""] * (width - len(cells))] for _, cells in kept]
    by_place = [*zip(*lines, strict=True)]
    blank = [None] * len(kept)
    values: list[Sequence[Any]] = [blank] * len(columns)
    wrong: list[tuple[int, dict[int, str]]] = []
    for place, source in where.items():
        values[place], errors = read_column(columns[place].reader, by_place[source] if kept else ())
        wrong.append((place, errors))
    rows = [Row(line, own, cells) for (line, cells), own in zip(kept, zip(*values, strict=True), strict=True)]
    for place, errors in wrong:
        for position, sentence in errors.items():
            rows[position].errors[place] = sentence
    return rows


def _says_something(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _keys(table: Table) -> list[int]:
    """Where the columns stand that say which record a row is; a row must fill them all."""
    places = table.places(*table.kind.key)
    for row in table.rows:
        for place in places:
            if place not in row.errors and row.values[place] in (None, CLEARED, ""):
                row.errors[place] = f"{table.columns[place].label}不能为空"
    return places


def _absent(table: Table, place: int) -> str:
    return "" if place in table.present else "(表中没有这一列)"


def _match(table: Table, places: list[int]) -> None:
    """Find the records that rows speak of; new ones need every required column, known ones the right to change them.

    No two rows may be one record. Where the register itself holds several of one key (two mentors of one name engaged
    on one day), as many rows are taken, in their order.
    """
    known = _existing(table, places)
    writable = _writable(table, [pk for records in known.values() for pk, _ in records])
    required = [place for place, column in enumerate(table.columns) if column.required]
    lines: dict[tuple[Any, ...], list[int]] = {}
    for row in table.rows:
        if any(place in row.errors for place in places):
            continue
        key = tuple(row.values[place] for place in places)
        records, earlier = known.get(key, ()), lines.setdefault(key, [])
        if earlier and len(earlier) >= len(records):
            row.errors[places[0]] = f"与第{earlier[0]}行是同一条记录"
            continue
        if records:
            _take(table, row, records[len(earlier)], writable, required)
        else:
            for place in required:
                if place not in row.errors and row.values[place] in (None, CLEARED, ""):
                    row.errors[place] = f"新记录须填{table.columns[place].label}{_absent(table, place)}"
        earlier.append(row.line)


def _take(table: Table, row: Row, record: Record, writable: set[Any], required: list[int]) -> None:
    """Let a row speak of a record of the register, if the person may change that one."""
    if record[0] not in writable:
        row.errors[table.place(table.kind.key[0])] = "库中已有这条记录,但不在您的管辖范围,不能由您改动"
        return
    row.pk, row.before = record
    for place in required:
        if row.values[place] is CLEARED:
            row.errors[place] = f"{table.columns[place].label}不能清空"


def _existing(table: Table, places: list[int]) -> dict[tuple[Any, ...], list[Record]]:
    """Records of the register by key, oldest first, with their values in the order of the columns."""
    names = [column.name for column in table.columns]
    manager = table.kind.model._default_manager
    lead = max(places, key=lambda place: len({row.values[place] for row in table.rows if place not in row.errors}))
    asked = {row.values[lead] for row in table.rows if lead not in row.errors and row.values[lead] is not None}
    found: dict[tuple[Any, ...], list[Record]] = {}
    for condition in bulk.among(table.kind.model, names[lead], asked - {CLEARED}):
        rows = manager.filter(condition).order_by("pk")
        for pk, *values in rows.values_list("pk", *names):
            found.setdefault(tuple(values[place] for place in places), []).append((pk, tuple(values)))
    return found


def _writable(table: Table, keys: list[Any]) -> set[Any]:
    allowed: set[Any] = set()
    condition: Q = table.kind.writable(table.context.scope)
    for own in bulk.among(table.kind.model, "pk", keys):
        rows = table.kind.model._default_manager.filter(condition, own)
        allowed.update(rows.values_list("pk", flat=True))
    return allowed


# --- for people and for keeping -----------------------------------------------------------------------------------
def shown(columns: Sequence[Column], pairs: Sequence[tuple[int, Any]]) -> dict[tuple[int, Any], str]:
    """Values as a reader sees them: ``pairs`` of column place and value; one look-up a column that names records."""
    by_place: dict[int, set[Any]] = {}
    for place, value in pairs:
        by_place.setdefault(place, set()).add(value)
    for place, values in by_place.items():
        reader = columns[place].reader
        if isinstance(reader, Reference):
            reader.prepare_show(values)
    return {(place, value): say(columns[place].reader.show(value)) for place, value in set(pairs)}


def say(value: Any) -> str:
    """One value as words of a page."""
    if value is None or value == "":
        return "(空)"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, date) else str(value)


def cell_name(line: int, column: int) -> str:
    """``C5`` for the fifth row of the third column (``column`` counts from 0)."""
    return f"{letters(column + 1)}{line}"


def wrong_cells(comparison: Comparison) -> Iterator[tuple[int, int, str]]:
    """Line, place in the sheet and sentence of everything that is wrong; an absent column points at the first one."""
    for row in comparison.table.rows:
        for place, sentence in row.errors.items():
            yield row.line, comparison.where.get(place, 0), sentence
