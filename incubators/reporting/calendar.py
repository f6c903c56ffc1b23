"""When a month is due: opened on the 1st of the next, then the jurisdiction's days, moved to a working day.

A local convention: the days are data (:class:`ReportCalendar`), these are the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import yaml
from django.utils import timezone

from incubators.models import ReportCalendar
from incubators.nearest import Nearest
from incubators.reporting.form import STANDARD, MonthForm, declared

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 2000, 2100
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
HOLIDAYS = Path(__file__).with_name("holidays.yaml")


@dataclass(frozen=True, slots=True)
class Days:
    """The dates of one month's report: may be submitted from ``opens_on``, by the end of ``due_on``; checked by the town
    by the end of ``town_on`` (None: towns do not check) and by the jurisdiction by the end of ``review_on``.

    ``jurisdiction``: path of the area whose calendar it is. ``counts_from``: the first day that flows of this month
    count from (1 January where it is the first month and cumulative). ``asked``: the month is reported at all."""

    opens_on: date
    due_on: date
    review_on: date
    town_on: date | None = None
    jurisdiction: str = ""
    counts_from: date | None = None
    asked: bool = True

    @property
    def over(self) -> datetime:
        """The moment at which the due day has ended (local time): what comes then or later is late."""
        return timezone.make_aware(datetime.combine(self.due_on + DAY, time.min))

    def overdue(self, today: date) -> bool:
        """Whether the due day has gone by."""
        return today > self.due_on

    def counts_earlier(self, month: date) -> bool:
        """Whether flows of ``month``, whose dates these are, hold earlier months too: no month can be compared with it."""
        return self.counts_from is not None and self.counts_from < month


def month_of(year: int, number: int) -> date | None:
    """The first day of a month that may be asked for, reported or arranged; None for what is no month, or out of reach."""
    reachable = FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 12
    return date(year, number, 1) if reachable else None


def read_month(text: str) -> date | None:
    """``2026-10`` as addresses have it; None for what is none, see :func:`month_of`."""
    found = _MONTH.fullmatch(text)
    return month_of(int(found[1]), int(found[2])) if found else None


def add_months(month: date, by: int) -> date:
    """The first day of the month ``by`` months on (or back)."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def last_full_month(today: date) -> date:
    """The month that people report on now."""
    return add_months(today, -1)


def days_of(
    month: date, *, opens_day: int = 1, due_day: int = 5, review_day: int = 10, town_day: int | None = None
) -> Days:
    """The dates for a month under a jurisdiction's days of the following month."""
    after = add_months(month, 1)
    due = next_working_day(after.replace(day=due_day))
    town = None if town_day is None else max(due, next_working_day(after.replace(day=town_day)))
    review = max(town or due, next_working_day(after.replace(day=review_day)))
    return Days(after.replace(day=opens_day), due, review, town)


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


def asks_enterprises(row: ReportCalendar, month: date) -> bool:
    """Whether this calendar asks of ``month`` what each incubatee did (企业情况)."""
    asked = ReportCalendar.EnterpriseMonths
    if row.enterprise_months == asked.QUARTERLY:
        return month.month % 3 == 0
    return row.enterprise_months == asked.MONTHLY


class Calendars:
    """All jurisdictions' days and forms, loaded in one query; the nearest area above a carrier's own decides, with the
    version that held for the month."""

    def __init__(self) -> None:
        self._set = Nearest(ReportCalendar.objects.select_related("area").order_by("-from_month"))
        self._forms: dict[tuple[int, bool], MonthForm] = {}
        self._days: dict[tuple[str, date], Days] = {}

    @property
    def prefixes(self) -> list[str]:
        """Paths of the areas that have a calendar, nearest (longest) first."""
        return [*self._set.areas]

    def holding(self, path: str, month: date) -> ReportCalendar | None:
        """The calendar of ``month`` for a carrier credited to the area with this path."""
        return next((row for row in self._set.above(path) if row.from_month <= month), None)

    def form(self, path: str, month: date) -> MonthForm:
        """What is asked of a carrier credited to the area with this path."""
        row = self.holding(path, month)
        if row is None:
            return STANDARD
        key = (row.pk, asks_enterprises(row, month))
        if key not in self._forms:
            made = declared(row.declared, row.area.code)
            self._forms[key] = replace(made, enterprises=True) if key[1] else made
        return self._forms[key]

    def days(self, path: str, month: date) -> Days:
        """The dates for a carrier credited to the area with this path; the defaults where none is set."""
        if (path, month) not in self._days:
            self._days[path, month] = self._made(path, month)
        return self._days[path, month]

    def _made(self, path: str, month: date) -> Days:
        row = self.holding(path, month)
        if row is None:
            return days_of(month)
        made = days_of(
            month,
            opens_day=row.opens_day,
            due_day=row.due_day,
            review_day=row.review_day,
            town_day=row.town_day,
        )
        first = row.first_month
        cumulative = row.first_is_cumulative and first == month
        return replace(
            made,
            jurisdiction=row.area.path,
            counts_from=month.replace(month=1) if cumulative else month,
            asked=first is None or first <= month,
        )
