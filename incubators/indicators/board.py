"""Many figures of a place over months in four or five queries: what :func:`figures.compute` answers one by one.

A board serves papers that set a dozen figures beside last month's, last year's and the year's so far. The rows of each
figure are the catalogue's own; here they are only asked for together: all sums of monthly reports by area and month, all
counts of stays as columns of one query, and the carriers that were to report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from incubators.indicators import catalogue, tally
from incubators.indicators.base import Figure, Indicator, Kind, Part, Question, Ratio, Rows, Tally, bounds
from incubators.indicators.carriers import reporting_carriers
from incubators.indicators.figures import (
    NOTHING_REPORTED,
    ZERO,
    divided,
    lacking_carriers,
    lacking_reports,
    lacking_rows,
    told_together,
)
from incubators.indicators.tally import month_end, months_between
from incubators.models import Area
from incubators.reporting.calendar import Calendars, add_months

Period = tuple[date, date]  # first days of the first and the last month
HISTORY = 12


class Board:
    """Figures of ``within`` and of its ``areas`` for ``month`` (its first day, a month that has ended). ``calendars``:
    where they are known already.

    ``codes`` may be sums of monthly reports, ratios of such sums, and counts of stays in carriers. Known are the month, the
    twelve before it, and the year's so far of this and last year. Raises :class:`ValueError` for a figure of another kind.
    """

    def __init__(
        self,
        codes: Iterable[str],
        *,
        month: date,
        within: Area,
        user: Any,
        areas: Sequence[Area],
        calendars: Calendars | None = None,
    ) -> None:
        self.month, self.within, self.areas = month, within, [*areas]
        self.year_ago = add_months(month, -HISTORY)
        self.first = self.year_ago.replace(month=1)
        self.indicators = {code: catalogue.get(code) for code in codes}
        self._base = Question(within=within, user=user)
        if calendars is not None:
            self._base.known["calendars"] = calendars
        self._parts = {
            (code, place): part
            for code, each in self.indicators.items()
            for place, part in enumerate(_parts_of(each))
            if self._rows(part).monthly
        }
        self._stays = {code: each for code, each in self.indicators.items() if (code, 0) not in self._parts}
        self._sums: dict[tuple[str, int], dict[tuple[int | None, date], tuple[Decimal | None, int]]] = {}
        self._counts: dict[tuple[str, int | None, Period], Decimal] = {}
        self._owed: dict[tuple[tuple[str, ...], int | None, date], Decimal] = {}
        self.synthetic = False
        self._ask_reports()
        self._ask_stays()
        self._ask_carriers()

    def reported(self, code: str) -> bool:
        """Whether the figure is made of monthly reports; the others are counted in the register."""
        return code not in self._stays

    # --- Answers ------------------------------------------------------------------------------------------------------
    def at(self, code: str, month: date, area: Area | None = None) -> Figure:
        """A flow of the month; a stock or ratio at its end."""
        return self._figure(code, (month, month), area)

    def so_far(self, code: str, month: date, area: Area | None = None) -> Figure:
        """A flow from January to the month: the sum of its months. Of what is no flow, what :meth:`at` answers."""
        flow = self.indicators[code].kind is Kind.FLOW
        return self._figure(code, (month.replace(month=1) if flow else month, month), area)

    def _figure(self, code: str, period: Period, area: Area | None) -> Figure:
        indicator, key = self.indicators[code], area.pk if area is not None else None
        name = {"key": key, "label": area.name if area else "合计", "code": area.code if area else ""}
        if code in self._stays:
            return Figure(value=self._counts.get((code, key, period), ZERO), **name)
        top, given = self._added(code, 0, period, area)
        bottom = None
        if isinstance(indicator, Ratio):
            bottom, _ = self._added(code, 1, period, area)
            value, missing = divided(top, bottom, indicator)
        else:
            value, missing = top, NOTHING_REPORTED if top is None and indicator.kind is Kind.FLOW else ""
        missing = missing or told_together(
            self._lacking(code, period, area, Decimal(given)),
            lacking_rows(self._parts[code, 0].kind, self._left_out(code, period, area)),
        )
        return Figure(
            value=value,
            numerator=top if isinstance(indicator, Ratio) else None,
            denominator=bottom,
            missing=missing,
            **name,
        )

    def owed(self, code: str, month: date, area: Area | None = None) -> int:
        """How many carriers were to report a figure of the monthly reports for the month; 0 for counts of stays, and where
        it is asked of none (floor areas of maker spaces)."""
        if (code, 0) not in self._parts:
            return 0
        kinds = self._rows(self._parts[code, 0]).reporting
        return int(self._owed.get((kinds, area.pk if area is not None else None, month), ZERO))

    def lacking(self, code: str, month: date, area: Area | None = None) -> int:
        """How many of :meth:`owed` have no accepted figure."""
        owed = self.owed(code, month, area)
        return owed and owed - self._added(code, 0, (month, month), area)[1]

    def _added(self, code: str, place: int, period: Period, area: Area | None) -> tuple[Decimal | None, int]:
        found = [
            pair
            for (branch, month), pair in self._sums[code, place].items()
            if period[0] <= month <= period[1] and (area is None or branch == area.pk)
        ]
        numbers = [number for number, _ in found if number is not None]
        return (sum(numbers, ZERO) if numbers else None), sum(given for _, given in found)

    def _left_out(self, code: str, period: Period, area: Area | None) -> Decimal:
        """How many rows of incubatees say nothing of the figure."""
        inside = (
            number
            for (branch, month), number in self._gaps[code, 0].items()
            if period[0] <= month <= period[1] and (area is None or branch == area.pk)
        )
        return Decimal(sum(inside))

    def _lacking(self, code: str, period: Period, area: Area | None, given: Decimal) -> str:
        part = self._parts[code, 0]
        kinds, key = self._rows(part).reporting, area.pk if area is not None else None
        months = months_between(*period)
        owed = sum((self._owed.get((kinds, key, month), ZERO) for month in months), ZERO)
        if part.kind is Kind.FLOW:
            return lacking_reports(owed, given)
        return lacking_carriers(period[1], owed - given)

    # --- Questions ----------------------------------------------------------------------------------------------------
    def _rows(self, part: Part) -> Rows:
        return part.rows(self._base.at(month_end(self.month)))

    def _ask_reports(self) -> None:
        """All sums of reports, by area and month: one query, and one more for what they say of each incubatee."""
        self._sums = {key: {} for key in self._parts}
        self._gaps: dict[tuple[str, int], dict[tuple[int | None, date], int]] = {key: {} for key in self._parts}
        every = {key: self._rows(part) for key, part in self._parts.items()}
        for model in dict.fromkeys(rows.queryset.model for rows in every.values()):
            self._add_up({key: rows for key, rows in every.items() if rows.queryset.model is model})

    def _add_up(self, every: dict[tuple[str, int], Rows]) -> None:
        columns: dict[str, Any] = {}
        rows = next(iter(every.values()))
        for number, each in enumerate(every.values()):
            source, apart = each.sources
            told = each.where & Q(**{f"{each.total}__isnull": False})
            columns |= {f"s{number}": Sum(each.total or "", filter=each.where)}
            columns |= {f"n{number}": Count(source, filter=told, distinct=apart)}
            if each.without is not None:
                columns |= {f"g{number}": Count("pk", filter=each.without)}
        dates = Q(**{f"{rows.starts[0].column}__range": (self.first, self.month)})
        found = rows.queryset.filter(bounds(rows, self._base) & dates).order_by()
        grouped = found.annotate(branch=tally.branch_of(rows, self.areas)).values("branch", rows.starts[0].column)
        made_up = f"{rows.report.removesuffix('_id')}__is_synthetic" if rows.report else "is_synthetic"
        columns["made_up"] = Count("pk", filter=Q(**{made_up: True}))
        for row in grouped.annotate(**columns):
            self.synthetic = self.synthetic or bool(row["made_up"])
            at = (row["branch"], row[rows.starts[0].column])
            for number, key in enumerate(every):
                if row[f"n{number}"]:
                    self._sums[key][at] = (tally.exact(row[f"s{number}"]), row[f"n{number}"])
                if row.get(f"g{number}"):
                    self._gaps[key][at] = row[f"g{number}"]

    def _ask_stays(self) -> None:
        """All counts of stays, of the whole and (for the month itself) by area: two queries."""
        if not self._stays:
            return
        year = (self.month.replace(month=1), self.month)
        last = (self.first, self.year_ago)
        history = [(month, month) for month in months_between(self.year_ago, self.month)]
        whole = {code: [*history, *((year, last) if _flows(each) else ())] for code, each in self._stays.items()}
        for branch, code, period, number in self._counted(whole, by_area=False):
            self._counts[code, branch, period] = number
        if self.areas:
            now = {code: [(self.month, self.month)] for code in self._stays}
            for branch, code, period, number in self._counted(now, by_area=True):
                self._counts[code, branch, period] = number

    def _counted(
        self, asked: dict[str, list[Period]], *, by_area: bool
    ) -> Iterable[tuple[int | None, str, Period, Decimal]]:
        columns: dict[str, Any] = {}
        keys: list[tuple[str, Period]] = []
        rows: Rows | None = None
        for code, periods in asked.items():
            for period in dict.fromkeys(periods):
                indicator = self._stays[code]
                question = indicator.checked(self._base.during(period[0], month_end(period[1])))
                rows = indicator.rows(question)
                dates = (
                    tally.happening(rows, *question.period) if _flows(indicator) else tally.standing(rows, question.day)
                )
                columns[f"c{len(keys)}"] = Count(rows.entity, distinct=True, filter=rows.where & dates)
                keys.append((code, period))
        assert rows is not None  # noqa: S101 - there is something to count
        found = rows.queryset.filter(bounds(rows, self._base)).order_by()
        if by_area:
            found = found.annotate(branch=tally.branch_of(rows, self.areas)).values("branch")
            answers = [(row["branch"], row) for row in found.annotate(**columns) if row["branch"] is not None]
        else:
            answers = [(None, found.aggregate(**columns))]
        for branch, row in answers:
            for number, (code, period) in enumerate(keys):
                yield branch, code, period, Decimal(row[f"c{number}"])

    def _ask_carriers(self) -> None:
        """The carriers that were to report, by area and month, and whether any of them is made up: one query."""
        kinds = sorted({self._rows(part).reporting for part in self._parts.values()})
        months = [*months_between(self.first, self.month)]
        columns: dict[str, Any] = {}
        rows: Rows | None = None
        for place, kind in enumerate(kinds or [()]):
            for number, month in enumerate(months):
                asked = self._base.with_params(kinds=kind).at(month_end(month))
                rows = reporting_carriers(asked)
                columns[f"k{place}m{number}"] = Count("pk", filter=rows.where & tally.standing(rows, asked.day))
        assert rows is not None  # noqa: S101 - there is a month
        columns["made_up"] = Count("pk", filter=Q(is_synthetic=True))
        found = rows.queryset.filter(bounds(rows, self._base)).order_by()
        grouped = found.annotate(branch=tally.branch_of(rows, self.areas)).values("branch").annotate(**columns)
        for row in grouped:
            self.synthetic = self.synthetic or bool(row["made_up"])
            for place, kind in enumerate(kinds or [()]):
                for number, month in enumerate(months):
                    counted = Decimal(row[f"k{place}m{number}"])
                    self._owed[kind, row["branch"], month] = counted
        # The whole: every carrier hangs in one branch, or in none.
        for kind, branch, month in [*self._owed]:
            if branch is not None:
                whole = (kind, None, month)
                self._owed[whole] = self._owed.get(whole, ZERO) + self._owed[kind, branch, month]


def stays_by_carrier(
    codes: Iterable[str],
    *,
    start: date,
    end: date,
    user: Any,
    within: Area | None = None,
    carriers: Iterable[int] | None = None,
) -> dict[int, dict[str, int]]:
    """Counts of stays by carrier id and code: flows from ``start`` to ``end``, stocks on ``end``. One query; carriers in
    which nobody ever was are absent. ``within``, ``carriers``: of an area's, or of these alone."""
    question = Question(start=start, end=end, within=within, user=user)
    rows, columns = _stays(codes, question, start, end)
    if rows is None or rows.carrier_key is None:
        return {}
    found = rows.queryset.filter(bounds(rows, question)).order_by()
    if carriers is not None:
        found = found.filter(**{f"{rows.carrier_key}__in": [*carriers]})
    found = found.values(rows.carrier_key).annotate(**columns)
    return {row.pop(rows.carrier_key): dict(row) for row in found}


def stays_within(codes: Iterable[str], *, start: date, end: date, within: Area, user: Any) -> dict[str, int]:
    """The same counts of the whole area, by code: an enterprise that was with two of its carriers counts once. One query."""
    question = Question(start=start, end=end, within=within, user=user)
    rows, columns = _stays(codes, question, start, end)
    return {} if rows is None else rows.queryset.filter(bounds(rows, question)).order_by().aggregate(**columns)


def _stays(codes: Iterable[str], question: Question, start: date, end: date) -> tuple[Rows | None, dict[str, Any]]:
    """The rows of counts of stays, and the count of each code as a column."""
    columns: dict[str, Any] = {}
    rows: Rows | None = None
    for code in codes:
        indicator = catalogue.get(code)
        if not isinstance(indicator, Tally):
            raise TypeError(f"{code} counts no stays")
        asked = indicator.checked(question)
        rows = indicator.rows(asked)
        dates = tally.happening(rows, start, end) if _flows(indicator) else tally.standing(rows, end)
        columns[code] = Count(rows.entity, distinct=True, filter=rows.where & dates)
    return rows, columns


def _parts_of(indicator: Indicator) -> tuple[Part, ...]:
    if isinstance(indicator, Ratio) and len(indicator.top) == len(indicator.bottom) == 1:
        return (*indicator.top, *indicator.bottom)
    if isinstance(indicator, Tally):
        return (Part(rows=indicator.rows, kind=indicator.kind),)
    raise ValueError(f"a board does not hold {indicator.code}")


def _flows(indicator: Indicator) -> bool:
    return indicator.kind is Kind.FLOW


__all__ = ["Board", "stays_by_carrier", "stays_within"]
