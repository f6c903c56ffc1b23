"""When a month is due: opened on the 1st of the next, then the jurisdiction's days, moved to a working day.

A local convention: the days are data (:class:`ReportCalendar`), these are the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from django.utils import timezone

from incubators.models import ReportCalendar

DAY = timedelta(days=1)
HOLIDAYS = Path(__file__).with_name("holidays.yaml")


@dataclass(frozen=True, slots=True)
class Days:
    """The dates of one month's report: may be submitted from ``opens_on``, by the end of ``due_on``; reviewed by
    the end of ``review_on``."""

    opens_on: date
    due_on: date
    review_on: date

    def late(self, submitted_at: datetime | None) -> bool | None:
        """Whether it came after the due day ended (local time); ``None`` while nothing has come."""
        return None if submitted_at is None else timezone.localdate(submitted_at) > self.due_on

    def overdue(self, today: date) -> bool:
        """Whether the due day has gone by."""
        return today > self.due_on


def add_months(month: date, by: int) -> date:
    """The first day of the month ``by`` months on (or back)."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def last_full_month(today: date) -> date:
    """The month that people report on now."""
    return add_months(today, -1)


def days_of(month: date, *, due_day: int = 5, review_day: int = 10) -> Days:
    """The dates for a month under a jurisdiction's days of the following month."""
    opens = add_months(month, 1)
    due = next_working_day(opens.replace(day=due_day))
    return Days(opens, due, max(due, next_working_day(opens.replace(day=review_day))))


def next_working_day(day: date) -> date:
    """``day`` itself if it is worked, else the first one after it that is."""
    while not is_working_day(day):
        day += DAY
    return day


def is_working_day(day: date) -> bool:
    """Weekdays without public holidays, and the weekends worked in exchange."""
    off, worked = _exceptions()
    return day in worked or (day.weekday() < 5 and day not in off)


@cache
def _exceptions() -> tuple[frozenset[date], frozenset[date]]:
    content = yaml.safe_load(HOLIDAYS.read_text(encoding="utf-8"))
    off, worked = (
        frozenset(day for year, spans in content[key].items() for span in spans for day in _span(year, str(span)))
        for key in ("holidays", "workdays")
    )
    return off, worked


def _span(year: int, text: str) -> Iterator[date]:
    first, _, last = text.partition("..")
    day = date.fromisoformat(f"{year}-{first}")
    end = date.fromisoformat(f"{year}-{last or first}")
    while day <= end:
        yield day
        day += DAY


class Calendars:
    """All jurisdictions' days, loaded in one query; the nearest area above a carrier's own decides."""

    def __init__(self) -> None:
        rows = ReportCalendar.objects.values_list("area__path", "due_day", "review_day")
        self._rows = sorted(rows, key=lambda row: -len(row[0]))

    @property
    def prefixes(self) -> list[str]:
        """Paths of the areas that have a calendar, nearest (longest) first."""
        return [row[0] for row in self._rows]

    def days(self, path: str, month: date) -> Days:
        """The dates for a carrier credited to the area with this path; the defaults where none is set."""
        for prefix, due_day, review_day in self._rows:
            if path.startswith(prefix):
                return days_of(month, due_day=due_day, review_day=review_day)
        return days_of(month)
