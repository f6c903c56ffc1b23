"""What a kind of record looks like as a sheet: its columns, what makes a row the same record, and the rules over rows.

A kind is one description; templates, previews, imports, exports and the command line all read it. Rules work on all
rows of a file at once (a query a question, never one a row) and put each sentence at the cell it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from incubators.exchange.cells import CLEARED, Reader
from incubators.register import rules
from incubators.scope import Scope

NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind. ``name`` is the model's attribute (``area_id`` for a key). ``required`` holds for new
    records."""

    name: str
    label: str
    reader: Reader
    required: bool = False
    aliases: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    width: int = 16

    @property
    def heading(self) -> str:
        """What stands at the head of the column."""
        return f"{self.label}*" if self.required else self.label


@dataclass(slots=True)
class Context:
    """Who imports or exports, and on which day."""

    user: Any
    today: date = field(default_factory=timezone.localdate)

    @property
    def scope(self) -> Scope:
        return Scope.of(self.user)


@dataclass(slots=True)
class Row:
    """One row of a file: the line a person sees, what the cells say, and what stands in the register now.

    ``values`` has an entry a column: None where the cell is blank. ``before`` holds the register's values of the same
    record, None for a new one. ``errors`` maps a column's place to a sentence.
    """

    line: int
    values: Sequence[Any]
    cells: list[Any]
    errors: dict[int, str] = field(default_factory=dict)
    pk: Any = None
    before: Sequence[Any] | None = None
    outcome: str = ""

    def now(self, place: int) -> Any:
        """The value that the record would have after this row: the cell's, or the one that it leaves as it is."""
        value = self.values[place]
        if value is CLEARED:
            return None
        if value is None and self.before is not None:
            return self.before[place]
        return value


@dataclass(slots=True)
class Table:
    """All rows of a file as columns of one kind."""

    kind: Kind
    context: Context
    columns: Sequence[Column]
    present: frozenset[int]
    rows: list[Row]

    def place(self, name: str) -> int:
        """The place of the column ``name``."""
        return next(n for n, column in enumerate(self.columns) if column.name == name)

    def places(self, *names: str) -> list[int]:
        return [self.place(name) for name in names]

    def sound(self) -> Iterator[Row]:
        """Rows in which nothing wrong was found so far."""
        return (row for row in self.rows if not row.errors)


@dataclass(frozen=True)
class Kind:
    """A kind of record that goes in and out as a sheet.

    ``columns(context)`` makes the columns anew for each use. ``key`` names what makes a row the same record.
    ``writable(scope)`` limits the records that the person may change; ``visible(user)`` those that are written out.
    ``check(table)`` adds sentences to rows. ``derive(values by name)`` answers further attributes of a new or renamed
    record; ``prepare(rows of values by name)`` may create what they need (an operator that is not known yet) and
    returns what it made, for the trail. ``by_event`` names columns whose known values change by a dated event alone,
    each with the sentence that says so.
    """

    code: str
    title: str
    model: type[Model]
    key: tuple[str, ...]
    columns: Callable[[Context], list[Column]]
    writable: Callable[[Scope], Q]
    visible: Callable[[Any], QuerySet[Any]]
    check: Callable[[Table], None]
    naming: tuple[str, ...]
    unit: str = "条"
    notes: tuple[str, ...] = ()
    derive: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: {}
    prepare: Callable[[list[dict[str, Any]]], list[Any]] = lambda rows: []
    derived: tuple[str, ...] = ()
    by_event: Mapping[str, str] = field(default_factory=dict)


def in_order(table: Table, first: str, second: str, sentence: str) -> None:
    """``second`` must not be before ``first`` where both are known; the sentence goes to ``second``."""
    one, two = table.places(first, second)
    for row in table.sound():
        start, end = row.now(one), row.now(two)
        if start is not None and end is not None and end < start:
            row.errors[two if row.values[two] is not None else one] = sentence


def not_future(table: Table, *names: str) -> None:
    """Events that have happened cannot lie after today."""
    for place in table.places(*names):
        for row in table.sound():
            value = row.values[place]
            if value is not None and value is not CLEARED and value > table.context.today:
                row.errors[place] = f"{table.columns[place].label}不能晚于今天"


def needs(table: Table, when: str, then: str, sentence: str) -> None:
    """Where ``when`` is known, ``then`` must be."""
    one, two = table.places(when, then)
    for row in table.sound():
        if row.now(one) not in (None, "", False) and row.now(two) in (None, ""):
            row.errors[two] = sentence


def only_by_event(table: Table) -> None:
    """Known values of existing records in the kind's ``by_event`` columns may not be changed here."""
    rows = [*table.sound()]  # each of several changes of a row is told
    for name, sentence in table.kind.by_event.items():
        place = table.place(name)
        for row in rows:
            if row.before is not None and rules.by_event(row.before[place], row.now(place)):
                row.errors[place] = sentence
