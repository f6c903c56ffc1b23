"""What is judged of a report by its calendar and the closes, as conditions on rows: late, overdue, closed.

Deadlines are data of each jurisdiction, moved by holidays: no column of a report holds them. They are worked out here for
each month and jurisdiction (not for each report) and handed to the database as plain values. Carriers whose areas have the
same answers in all months are one case; usually there is one. The months are those that the list can show.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Case, DateTimeField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone

from incubators.models import Area, MonthlyReport
from incubators.models.areas import paths_above
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.closing import Closes
from incubators.reporting.workflow import EDITABLE

NOWHERE = ""  # the path of carriers above which nobody has set or closed anything
NONE = Q(pk__in=())
Answer = TypeVar("Answer", bound=Hashable)


def months_held(first: date | None = None, last: date | None = None) -> list[date]:
    """First days of the months from the first that has a report to the last, within ``first`` and ``last`` where these are
    given. At most two queries, by the index of months."""
    months = MonthlyReport.objects.order_by("month").values_list("month", flat=True)
    earliest, latest = months.first(), months.last()
    if earliest is None or latest is None:
        return []
    start, end = max(earliest, first or earliest), min(latest, last or latest)
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    return [add_months(start, by) for by in range(max(0, count))]


class Conditions:
    """Conditions on reports of ``months`` (others meet none of them). One query for the calendars; one more for closes, and
    one for the areas where their answers differ."""

    def __init__(self, months: Iterable[date]) -> None:
        self.months = [*months]
        self.calendars = Calendars()

    def late(self, rows: QuerySet[Any], *, is_late: bool) -> QuerySet[Any]:
        """``rows`` first submitted after their due day, or else by the end of it. What was never submitted is neither."""
        if not self.months:
            return rows.none()
        days = self.calendars.days
        overs = self._cases(
            self.calendars.prefixes, lambda path: tuple(days(path, month).over for month in self.months)
        )
        # The answers of most areas are the last case, which asks nothing.
        *fewer, (usual, _) = sorted(overs.items(), key=lambda pair: len(pair[1]))
        over = Case(
            *(When(carrier__owner_area__in=areas, then=self._by_month(answer)) for answer, areas in fewer if areas),
            default=self._by_month(usual),
            output_field=DateTimeField(),
        )
        sent = Coalesce("first_submitted_at", "submitted_at")
        return rows.filter(GreaterThanOrEqual(sent, over) if is_late else LessThan(sent, over))

    def _by_month(self, moments: Iterable[Any]) -> Case:
        return Case(*(When(month=m, then=Value(moment)) for m, moment in zip(self.months, moments, strict=True)))

    def overdue(self) -> Q:
        """Begun or returned, of a month of which nothing that stands was filed although its due day has gone by."""
        today, days = timezone.localdate(), self.calendars.days
        return Q(state__in=EDITABLE, is_current=True) & self._of_months(
            self.calendars.prefixes,
            lambda path: tuple(month for month in self.months if days(path, month).overdue(today)),
        )

    def closed(self) -> Q:
        """Of a month that is closed for the carrier."""
        closes = Closes(self.months, self.calendars)
        return self._of_months(
            [*self.calendars.prefixes, *closes.paths],
            lambda path: tuple(month for month in self.months if closes.closed_on(path, month) is not None),
        )

    def _of_months(self, paths: Iterable[str], months_of: Callable[[str], tuple[date, ...]]) -> Q:
        cases = self._cases(paths, months_of)
        if len(cases) == 1:
            return Q(month__in=next(iter(cases)))
        found = NONE
        for months, areas in cases.items():
            if months and areas:
                found |= Q(carrier__owner_area__in=areas, month__in=months)
        return found

    @cached_property
    def _areas(self) -> list[tuple[int, str]]:
        """Key and path of the areas that carriers are credited to."""
        areas = Area.objects.filter(owned_carriers__isnull=False).order_by().distinct()
        return [*areas.values_list("pk", "path")]

    def _cases(self, paths: Iterable[str], answer_of: Callable[[str], Answer]) -> dict[Answer, list[int]]:
        """Each answer with the areas in which it holds; without any where it is the same everywhere. ``paths``: of the areas
        at and below which the answer may be another."""
        answers = {path: answer_of(path) for path in {*paths, NOWHERE}}
        cases: dict[Answer, list[int]] = {answer: [] for answer in answers.values()}
        if len(cases) > 1:
            for pk, path in self._areas:
                nearest = next((above for above in reversed(paths_above(path)) if above in answers), NOWHERE)
                cases[answers[nearest]].append(pk)
        return cases


__all__ = ["Conditions", "months_held"]
