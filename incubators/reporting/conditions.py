"""What is judged of a report by its calendar and the closes, as conditions on rows: late, overdue, closed.

Deadlines are data of each jurisdiction, moved by holidays: no column of a report holds them. They are worked out here for
each month and jurisdiction (not for each report) and handed to the database as plain values. Carriers whose areas have the
same answers in all months are one case; usually there is one. The months are those that the list can show.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from incubators.models import Area, MonthlyReport
from incubators.models.areas import paths_above
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.closing import Closes
from incubators.reporting.workflow import EDITABLE

NOWHERE = ""  # the path of carriers above which nobody has set or closed anything
SENT = "sent_first"
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


def with_sent(rows: QuerySet[Any]) -> QuerySet[Any]:
    """``rows`` with when each was first submitted, as :func:`incubators.reporting.timing.first_sent` says of one."""
    return rows.annotate(**{SENT: Coalesce("first_submitted_at", "submitted_at")})


def _either(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NONE)


def _any(cases: dict[Answer, list[int]], condition: Callable[[Answer], Q]) -> Q:
    """What meets the condition of its area's answer; the areas are not asked where there is but one answer."""
    if len(cases) == 1:
        return condition(next(iter(cases)))
    return _either(Q(carrier__owner_area__in=areas) & condition(answer) for answer, areas in cases.items() if areas)


class Conditions:
    """Conditions on reports of ``months`` (others meet none of them). One query for the calendars; one more for closes, and
    one for the areas where their answers differ."""

    def __init__(self, months: Iterable[date]) -> None:
        self.months = [*months]
        self.calendars = Calendars()

    def late(self, *, is_late: bool) -> Q:
        """First submitted after the due day, or else by the end of it. What was never submitted is neither. The moment is
        that of :func:`first_sent`, under the name :data:`SENT` (see :func:`with_sent`)."""
        days, past = self.calendars.days, f"{SENT}__{'gte' if is_late else 'lt'}"
        overs = self._cases(
            self.calendars.prefixes, lambda path: tuple((month, days(path, month).over) for month in self.months)
        )
        # Month by month and not as one CASE: so each goes by the index of month and moment.
        return _any(overs, lambda over: _either(Q(month=month, **{past: moment}) for month, moment in over))

    def overdue(self, *, is_overdue: bool = True) -> Q:
        """Begun or returned, of a month of which nothing that stands was filed although its due day has gone by; or else
        everything but that, said without a NOT, which no index serves."""
        today, days = timezone.localdate(), self.calendars.days
        cases = self._cases(
            self.calendars.prefixes,
            lambda path: tuple(month for month in self.months if days(path, month).overdue(today)),
        )
        if is_overdue:
            return Q(is_current=True, state__in=EDITABLE) & _any(cases, lambda over: Q(month__in=over))
        handed_in = Q(state__in=[state for state in MonthlyReport.State if state not in EDITABLE])
        return Q(is_current=False) | _any(
            cases,
            lambda over: Q(month__in=self._but(over)) | Q(month__in=over) & handed_in,
        )

    def closed(self, *, is_closed: bool = True) -> Q:
        """Of a month that is closed for the carrier, or else of one that is not."""
        closes = Closes(self.months, self.calendars)
        cases = self._cases(
            [*self.calendars.prefixes, *closes.paths],
            lambda path: tuple(month for month in self.months if closes.closed_on(path, month) is not None),
        )
        return _any(cases, lambda shut: Q(month__in=shut if is_closed else self._but(shut)))

    def _but(self, months: Iterable[date]) -> list[date]:
        left_out = {*months}
        return [month for month in self.months if month not in left_out]

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


__all__ = ["SENT", "Conditions", "months_held", "with_sent"]
