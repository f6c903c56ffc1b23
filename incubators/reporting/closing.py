"""Which months are closed (月结), and for which carriers they were opened again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import F
from django.utils import timezone

from core.dates import date_cn
from incubators.models import Area, MonthClose
from incubators.models.areas import paths_above
from incubators.reporting.calendar import Calendars, Days
from incubators.reporting.overview import Line


def concerns(closed: str, path: str, days: Days) -> bool:
    """Whether the close of the area with the path ``closed`` holds for a carrier credited to the area ``path`` with these
    days: one at or below it, unless an area between them has a calendar of its own. It closes its months itself."""
    return path.startswith(closed) and len(days.jurisdiction) <= len(closed)


def concerned(lines: Iterable[Line], area: Area) -> list[Line]:
    """Of the lines of a month those that the close of ``area`` holds for."""
    return [line for line in lines if concerns(area.path, line.area_path, line.days)]


@dataclass(frozen=True, slots=True)
class Close:
    """A close as the rules need it. ``opened``: the carriers that may file the month all the same today, and until when
    (that day included)."""

    path: str
    area: str
    at: datetime
    opened: Mapping[int, date]

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


class Closes:
    """The closes of ``months`` with what was opened again, in one query, made when first asked; one more for the calendars
    where they are not given and there is a close.

    A close stops first reports only: a correction of what was locked is opened by an officer, with a reason of its own.
    """

    def __init__(self, months: Iterable[date], calendars: Calendars | None = None) -> None:
        self.months = months
        self._given = calendars

    @cached_property
    def _calendars(self) -> Calendars:
        return self._given or Calendars()

    @cached_property
    def _found(self) -> dict[date, dict[str, Close]]:
        """By month and path, the first ones first: an area closes a month once."""
        today = timezone.localdate()
        rows = MonthClose.objects.filter(month__in=self.months).order_by("closed_at", "pk", "unlocks__pk")
        named = {"carrier": F("unlocks__carrier"), "until": F("unlocks__until")}
        opened: dict[int, dict[int, date]] = {}
        closes: dict[int, Any] = {}
        for row in rows.values("pk", "month", "closed_at", "area__path", "area__name", **named):
            closes[row["pk"]] = row
            if row["until"] is not None:
                opened.setdefault(row["pk"], {})[row["carrier"]] = row["until"]  # the last word counts
        found: dict[date, dict[str, Close]] = {}
        for pk, row in closes.items():
            until = {carrier: end for carrier, end in opened.get(pk, {}).items() if end >= today}
            close = Close(row["area__path"], row["area__name"], row["closed_at"], until)
            found.setdefault(row["month"], {})[close.path] = close
        return found

    def of(self, path: str, month: date) -> list[Close]:
        """The closes of the month that hold for carriers credited to the area with this path, the first one first."""
        there = self._found.get(month, {})
        near = [there[above] for above in paths_above(path) if above in there]
        return sorted(
            (each for each in near if concerns(each.path, path, self._calendars.days(path, month))),
            key=lambda each: each.at,
        )

    @property
    def paths(self) -> set[str]:
        """Paths of the areas that closed one of the months."""
        return {path for there in self._found.values() for path in there}

    def closed_on(self, path: str, month: date) -> date | None:
        """The day on which the month was closed for the area with this path; None while it is open."""
        return min((each.day for each in self.of(path, month)), default=None)

    def opened_until(self, carrier_id: int, path: str, month: date) -> date | None:
        """The last day on which a carrier may file a closed month that was opened again for it; else None."""
        closes = self.of(path, month)
        if not all(carrier_id in each.opened for each in closes):
            return None
        return min((each.opened[carrier_id] for each in closes), default=None)

    def refusal(self, carrier_id: int, path: str, month: date) -> str:
        """Why a carrier's first report of the month cannot be written; empty when it can. Only who closed the month opens
        it again."""
        for each in self.of(path, month):
            if carrier_id not in each.opened:
                return f"本月已于{date_cn(each.day)}由{each.area}月结,不能再填报;确需补报的,请{each.area}科委开放补报"
        return ""


def fillable(lines: Iterable[Line], closes: Closes | None = None) -> list[tuple[Line, bool]]:
    """Each line with whether it waits for who files it, in a month that is open for it. At most two queries; none where
    the ``closes`` of its months are known."""
    rows = [*lines]
    closes = closes or Closes({line.month for line in rows})
    return [
        (
            line,
            line.unfinished and (line.is_correction or not closes.refusal(line.carrier_id, line.area_path, line.month)),
        )
        for line in rows
    ]


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


def standings(lines: Iterable[Line], month: date, closes: Closes | None = None) -> list[Standing]:
    """How the month stands in each jurisdiction of ``lines``; an area without a calendar stands for itself. No query where
    ``closes`` of several months were asked for together."""
    closes = closes or Closes([month])
    places = {line.days.jurisdiction or line.area_path: line.days for line in lines}
    return [
        Standing(path, days.review_on, closes.closed_on(path, month), bool(days.jurisdiction))
        for path, days in places.items()
    ]
