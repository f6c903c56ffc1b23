"""Which months are closed (月结), and for which carriers they were opened again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import F
from django.utils import timezone

from core.dates import date_cn
from incubators.models import MonthClose
from incubators.reporting.overview import Line


class Closes:
    """The closes of ``months`` with what was opened again, in one query, made when first asked.

    A close holds for the carriers credited to its area or one below it. It stops first reports only: a correction of
    what was locked is opened by an officer, with a reason of its own.
    """

    def __init__(self, months: Sequence[date]) -> None:
        self.months = months

    @cached_property
    def _found(self) -> tuple[dict[tuple[str, date], date], set[tuple[int, date]]]:
        today = timezone.localdate()
        rows = MonthClose.objects.filter(month__in=self.months).order_by("closed_at")
        closed: dict[tuple[str, date], date] = {}
        opened: set[tuple[int, date]] = set()
        named = {"path": F("area__path"), "carrier": F("unlocks__carrier"), "until": F("unlocks__until")}
        for row in rows.values("month", "closed_at", **named):
            closed.setdefault((row["path"], row["month"]), timezone.localdate(row["closed_at"]))
            if row["until"] is not None and row["until"] >= today:
                opened.add((row["carrier"], row["month"]))
        return closed, opened

    def closed_on(self, path: str, month: date) -> date | None:
        """The day on which the month was closed for the area with this path; None while it is open."""
        days = [day for (prefix, at), day in self._found[0].items() if at == month and path.startswith(prefix)]
        return min(days, default=None)

    def refusal(self, carrier_id: int, path: str, month: date) -> str:
        """Why a carrier's first report of the month cannot be written; empty when it can."""
        day = self.closed_on(path, month)
        if day is None or (carrier_id, month) in self._found[1]:
            return ""
        return f"本月已于{date_cn(day)}月结,不能再填报;确需补报的,请区科委开放补报"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a jurisdiction's month stands: closed on which day (None: open), and the last day of its review.
    ``has_calendar``: it is one; an area of which nobody has set a calendar stands for itself."""

    path: str
    review_on: date
    closed_on: date | None
    has_calendar: bool

    def waits(self, today: date) -> bool:
        """Whether it should have been closed by now."""
        return self.closed_on is None and today > self.review_on


def standings(lines: Iterable[Line], month: date) -> list[Standing]:
    """How the month stands in each jurisdiction of ``lines``; an area without a calendar stands for itself. One query."""
    closes = Closes([month])
    places = {line.days.jurisdiction or line.area_path: line.days for line in lines}
    return [
        Standing(path, days.review_on, closes.closed_on(path, month), bool(days.jurisdiction))
        for path, days in places.items()
    ]
