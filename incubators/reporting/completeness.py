"""Who reported which months, and when: completeness and punctuality per carrier, area and month.

Made of the same lines as a month's overview, so that the two cannot differ: a carrier counts from its opening to its
closing and only in months that its jurisdiction asks for; what counts as filed is a submission that stands, never a
draft or a returned report. Rates are sums over sums and at most 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from incubators.reporting import overview
from incubators.reporting.calendar import add_months
from incubators.reporting.overview import Line, Rate
from incubators.reporting.workflow import MISSING

USUAL_MONTHS, MOST_MONTHS = 12, 36
PUNCTUAL, LATE, DUE, NOT_ASKED = "punctual", "late", "due", "not_asked"


@dataclass(frozen=True, slots=True)
class Turnout(Rate):
    """A rate, and how many are not filed although their due day has gone by."""

    overdue: int

    @property
    def late(self) -> int:
        """How many were filed after their due day."""
        return self.filed - self.punctual


@dataclass(frozen=True, slots=True)
class Cell:
    """One carrier's month. ``state``: filed in time or late; draft or returned; missing, or still due; or not asked of
    the carrier at all, with no ``line``. ``overdue``: not filed although the due day has gone by."""

    month: date
    state: str
    line: Line | None = None
    overdue: bool = False

    @property
    def is_expected(self) -> bool:
        return self.line is not None


@dataclass(frozen=True, slots=True)
class Row:
    """One carrier: a cell for each month, and its rate over them. ``carrier`` as :func:`overview.carriers_between`."""

    carrier: Mapping[str, Any]
    cells: tuple[Cell, ...]
    rate: Turnout


@dataclass(frozen=True, slots=True)
class Group:
    """The carriers credited to one area, together; a town's and a park's as in :class:`overview.There`."""

    code: str
    name: str
    carriers: int
    rate: Turnout
    with_parks: bool = False
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """Carriers by months. Carriers of which no month is expected are left out."""

    months: tuple[date, ...]
    rows: tuple[Row, ...]
    areas: tuple[Group, ...]
    by_month: tuple[Turnout, ...]
    whole: Turnout


def months_between(first: date, last: date) -> tuple[date, ...]:
    """First days of the months from ``first`` to ``last``, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(add_months(first, by) for by in range(count))


def state_of(line: Line, today: date) -> str:
    """What a cell says of a line."""
    if line.filed:
        return LATE if line.late else PUNCTUAL
    if line.state == MISSING and not line.days.overdue(today):
        return DUE
    return line.state


def rate_of(cells: Iterable[Cell]) -> Turnout:
    """Sum over sum of the cells that are expected."""
    expected = [cell for cell in cells if cell.is_expected]
    states = [cell.state for cell in expected]
    punctual = states.count(PUNCTUAL)
    overdue = sum(cell.overdue for cell in expected)
    return Turnout(len(states), punctual + states.count(LATE), punctual, overdue)


def added(rates: Iterable[Turnout]) -> Turnout:
    """Rates of parts as the rate of the whole: expected, filed, punctual and overdue each added up."""
    parts = [*rates]
    return Turnout(
        sum(p.expected for p in parts),
        sum(p.filed for p in parts),
        sum(p.punctual for p in parts),
        sum(p.overdue for p in parts),
    )


def matrix(months: Sequence[date], found: Iterable[tuple[Mapping[str, Any], Sequence[Line]]], *, today: date) -> Matrix:
    """The matrix of ``found``: each carrier with the lines of the months it is expected to report, in any order."""
    rows = []
    for carrier, lines in found:
        if lines:
            by_month = {line.month: line for line in lines}
            cells = tuple(_cell(month, by_month.get(month), today) for month in months)
            rows.append(Row(carrier, cells, rate_of(cells)))
    return Matrix(
        months=tuple(months),
        rows=tuple(rows),
        areas=tuple(
            Group(
                there.code,
                there.name,
                len(there.found),
                added(row.rate for row in there.found),
                there.with_parks,
                there.is_part,
            )
            for there in overview.by_area(rows, _area_of)
        ),
        by_month=tuple(rate_of(row.cells[number] for row in rows) for number in range(len(months))),
        whole=added(row.rate for row in rows),
    )


def _area_of(row: Row) -> tuple[str, str, str, str]:
    carrier = row.carrier
    return carrier["area_code"], carrier["area_name"], carrier["town_code"], carrier["town_name"]


def _cell(month: date, line: Line | None, today: date) -> Cell:
    if line is None:
        return Cell(month, NOT_ASKED)
    return Cell(month, state_of(line, today), line, line.timing.overdue(today))


def load(user: Any, carriers: Sequence[dict[str, Any]], months: Sequence[date]) -> Matrix:
    """The matrix of ``carriers`` (see :func:`overview.carriers_between`) as the person may see it. Two queries."""
    lines = overview.lines_of(user, carriers, months, reasons=False)
    return matrix(months, zip(carriers, lines, strict=True), today=timezone.localdate())


__all__ = [
    "DUE",
    "LATE",
    "MOST_MONTHS",
    "NOT_ASKED",
    "PUNCTUAL",
    "USUAL_MONTHS",
    "Cell",
    "Group",
    "Matrix",
    "Row",
    "Turnout",
    "added",
    "load",
    "matrix",
    "months_between",
    "rate_of",
    "state_of",
]
