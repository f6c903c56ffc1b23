"""Counting and adding up rows: as of a day, in a period, by carrier, area or month. A fixed number of queries each."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from incubators.indicators.base import Kind, Question, Rows, Start, Until, limits
from incubators.models import Area

Tallied = dict[Any, Decimal]


def report_month(day: date) -> date:
    """First day of the last month that has ended by ``day``: the month whose report describes that day."""
    last = monthrange(day.year, day.month)[1]
    first = day.replace(day=1)
    return first if day.day == last else (first - timedelta(days=1)).replace(day=1)


def standing(rows: Rows, day: date) -> Q:
    """The condition that a row counts on ``day``."""
    if rows.monthly:
        return Q(**{rows.starts[0].column: report_month(day)})
    condition = Q()
    for start in rows.starts:
        condition &= Q(**{f"{start.column}__lte": day - relativedelta(months=start.months)})
    for end in rows.ends:
        alive = {
            Until.BEFORE: {f"{end.column}__gt": day},
            Until.THROUGH: {f"{end.column}__gte": day},
            Until.YEAR: {f"{end.column}__gte": date(day.year, 1, 1)},
            Until.MONTHS: {f"{end.column}__gt": day - relativedelta(months=end.months)},
        }[end.until]
        condition &= Q(**alive) | Q(**{f"{end.column}__isnull": True})
    return condition


def happening(rows: Rows, first: date, last: date) -> Q:
    """The condition that a row's (first) date falls in the period, both days included."""
    column = rows.starts[0].column
    if rows.monthly:
        first = first.replace(day=1)
    return Q(**{f"{column}__gte": first, f"{column}__lte": last})


def select(rows: Rows, kind: Kind, question: Question) -> QuerySet[Any]:
    """The rows that count for the question, each condition in one ``filter`` call."""
    dates = happening(rows, *question.period) if kind is Kind.FLOW else standing(rows, question.day)
    return rows.queryset.filter(limits(rows, question) & dates).order_by()


def _aggregate(rows: Rows) -> Any:
    return Sum(rows.total) if rows.total else Count(rows.entity, distinct=True)


def whole(rows: Rows, kind: Kind, question: Question) -> Decimal | None:
    """One number for the whole. A sum over no rows is unknown; a count of none is zero."""
    answer = select(rows, kind, question).aggregate(n=_aggregate(rows))["n"]
    return None if answer is None else Decimal(answer)


def by_carrier(rows: Rows, kind: Kind, question: Question) -> Tallied:
    """Carrier id to number. Carriers without rows are absent."""
    if rows.carrier_key is None:
        return {}
    return _grouped(select(rows, kind, question).values(rows.carrier_key), rows.carrier_key, rows)


def by_area(rows: Rows, kind: Kind, question: Question, areas: Iterable[Area]) -> Tallied:
    """Area id to number, each area with everything below it, counted once."""
    branches = [When(**{f"{rows.area}__path__startswith": area.path}, then=Value(area.pk)) for area in areas]
    if not branches:
        return {}
    place = Case(*branches, default=Value(None), output_field=IntegerField())
    return _grouped(select(rows, kind, question).annotate(place_=place).values("place_"), "place_", rows)


def _grouped(queryset: QuerySet[Any], key: str, rows: Rows) -> Tallied:
    pairs = queryset.annotate(n_=_aggregate(rows)).values_list(key, "n_")
    return {group: Decimal(number) for group, number in pairs if group is not None and number is not None}


def by_month(rows: Rows, kind: Kind, question: Question) -> Tallied:
    """First day of month to number, for every month of the period: flows within it, stocks at its end."""
    first, last = question.period
    months = list(months_between(first, last))
    if kind is Kind.FLOW or rows.monthly:
        return _by_month_grouped(rows, first, last, question, months)
    return _by_month_standing(rows, question, months)


def _by_month_grouped(rows: Rows, first: date, last: date, question: Question, months: list[date]) -> Tallied:
    column = rows.starts[0].column
    selected = rows.queryset.filter(limits(rows, question) & happening(rows, first, last)).order_by()
    # A report's month is its first day already; other dates are cut down to it.
    month = F(column) if rows.monthly else TruncMonth(column)
    found = _grouped(selected.annotate(month_=month).values("month_"), "month_", rows)
    plain = {month if type(month) is date else month.date(): number for month, number in found.items()}
    if rows.total:
        return plain
    return {month: plain.get(month, Decimal(0)) for month in months}


def _by_month_standing(rows: Rows, question: Question, months: list[date]) -> Tallied:
    """Month-end stocks from the rows' dates, fetched once; a thing with overlapping rows counts once."""
    columns = [rows.entity, *(s.column for s in rows.starts), *(e.column for e in rows.ends)]
    began = Q(**{f"{rows.starts[0].column}__lte": month_end(months[-1])})
    fetched = rows.queryset.filter(limits(rows, question) & began).order_by().values_list(*columns)
    alive: dict[date, set[Any]] = defaultdict(set)
    ends_of_months = [(month, month_end(month)) for month in months]
    for entity, *dates in fetched.iterator(chunk_size=5000):
        starts = dates[: len(rows.starts)]
        if any(start is None for start in starts):
            continue
        begins = max(_shifted(spec, start) for spec, start in zip(rows.starts, starts, strict=True))
        ends = list(zip(rows.ends, dates[len(rows.starts) :], strict=True))
        for month, day in ends_of_months:
            if begins <= day and all(value is None or _lives(spec, value, day) for spec, value in ends):
                alive[month].add(entity)
    return {month: Decimal(len(alive[month])) for month in months}


def _shifted(spec: Start, start: date) -> date:
    return start + relativedelta(months=spec.months) if spec.months else start


def _lives(spec: Any, value: date, day: date) -> bool:
    if spec.until is Until.BEFORE:
        return value > day
    if spec.until is Until.THROUGH:
        return value >= day
    if spec.until is Until.YEAR:
        return value.year >= day.year
    return value > day - relativedelta(months=spec.months)


def months_between(first: date, last: date) -> Iterable[date]:
    """First days of the months from ``first``'s to ``last``'s."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month += relativedelta(months=1)


def month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
