"""What a bulletin is made from: the month's lines by area and the catalogue's figures, asked for together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from incubators.indicators.base import Kind
from incubators.indicators.board import Board
from incubators.models import Area
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.closing import Closes
from incubators.reporting.overview import Line, Summary

FIGURES = (
    "n_incubatee",
    "n_incubatee_new",
    "n_graduate_new",
    "n_exit_new",
    "occupancy_rate",
    "seat_occupancy_rate",
    "financing_amount",
    "financed_n",
    "ip_applied",
    "ip_granted",
    "income_total",
    "events_n",
    "events_people",
)
# Of incubatees, where the month asks of each of them.
OF_INCUBATEES = (
    "employees",
    "employees_doctor",
    "employees_college",
    "revenue",
    "revenue_ytd",
    "rd_expense",
    "rd_intensity",
    "tax_paid",
    "ip_valid",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the tables by area: a child of the area, or what is credited to the area itself (``area`` None)."""

    name: str
    lines: tuple[Line, ...]
    area: Area | None

    @property
    def summary(self) -> Summary:
        return overview.summarise(self.lines)


@dataclass(frozen=True, slots=True)
class Month:
    """Everything that the bulletin is made from. ``summed``: those of the months compared in which flows of a carrier's
    reports count from January on. ``asks_enterprises``: whether some carrier was asked of each incubatee."""

    area: Area
    month: date
    today: date
    lines: tuple[Line, ...]
    places: tuple[Place, ...]
    board: Board
    closed_on: date | None
    summed: frozenset[date]
    asks_enterprises: bool = False

    @property
    def summary(self) -> Summary:
        return overview.summarise(self.lines)

    def comparable(self, code: str, month: date) -> bool:
        """Whether the figure of ``month`` is that month's alone."""
        flow = self.board.indicators[code].kind is Kind.FLOW and self.board.reported(code)
        return not (flow and month in self.summed)


def gather(user: Any, area: Area, children: Sequence[Area], month: date) -> Month:
    """What the bulletin of an area says of a month that has ended, as the person may see it. Eight queries, one more where each
    incubatee is asked about."""
    calendars = Calendars()
    found = overview.month_lines(user, month, calendars)
    lines = tuple(line for line in found if line.area_path.startswith(area.path))
    places = []
    rest = list(lines)
    for child in children:
        inside = tuple(line for line in rest if line.area_path.startswith(child.path))
        rest = [line for line in rest if not line.area_path.startswith(child.path)]
        if inside:
            places.append(Place(child.name, inside, child))
    if rest and places:
        places.append(Place(f"{area.name}本级", tuple(rest), None))
    own = [place.area for place in places if place.area is not None]
    paths = {line.area_path for line in lines}
    asks = any(calendars.form(path, month).enterprises for path in paths)
    codes = (*FIGURES, *OF_INCUBATEES) if asks else FIGURES
    board = Board(codes, month=month, within=area, user=user, areas=own, calendars=calendars)
    closed = Closes([month], calendars).closed_on(area.path, month)
    summed = frozenset(
        each
        for each in (month, add_months(month, -1), board.year_ago)
        if any(calendars.days(path, each).counts_earlier(each) for path in paths)
    )
    return Month(area, month, timezone.localdate(), lines, tuple(places), board, closed, summed, asks)


__all__ = ["FIGURES", "OF_INCUBATEES", "Month", "Place", "gather"]
