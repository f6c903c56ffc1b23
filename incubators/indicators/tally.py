"""Counting and adding up rows: as of a day, in a period, by carrier, area or month. One query each, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from incubators.indicators.base import Kind, Question, Rows, RowsOf, Until, bounds, limits
from incubators.models import Area
from incubators.reporting.register import month_end

Tallied = dict[Any, Decimal]
DAY = timedelta(days=1)
CENT = Decimal("0.01")


def report_month(day: date) -> date:
    """First day of the last month that has ended by ``day``: the month whose report describes that day."""
    first = day.replace(day=1)
    return first if day == month_end(day) else (first - DAY).replace(day=1)


def standing(rows: Rows, day: date) -> Q:
    """The condition that a row counts on ``day``."""
    if rows.monthly:
        return Q(**{rows.starts[0].column: report_month(day)})
    condition = Q()
    for start in rows.starts:
        condition &= Q(**{f"{start.column}__lte": day})
    for end in rows.ends:
        alive = {
            Until.BEFORE: {f"{end.column}__gt": day},
            Until.THROUGH: {f"{end.column}__gte": day},
            Until.MONTH: {f"{end.column}__gt": day.replace(day=1)},
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


def _dates(rows: Rows, kind: Kind, question: Question) -> Q:
    return happening(rows, *question.period) if kind is Kind.FLOW else standing(rows, question.day)


def select(rows: Rows, kind: Kind, question: Question) -> QuerySet[Any]:
    """The rows that count for the question, each condition in one ``filter`` call."""
    return rows.queryset.filter(limits(rows, question) & _dates(rows, kind, question)).order_by()


def _aggregate(rows: Rows, where: Q | None = None) -> Any:
    if rows.total:
        return Sum(rows.total, filter=where)
    return Count(rows.entity, distinct=not rows.plain, filter=where)


def _sources(rows: Rows) -> Any:
    column, distinct = rows.sources
    return Count(column, distinct=distinct)


def whole(rows: Rows, kind: Kind, question: Question) -> Decimal | None:
    """One number for the whole. A sum over no rows is unknown; a count of none is zero."""
    return whole_and_rows(rows, kind, question)[0]


def whole_and_rows(rows: Rows, kind: Kind, question: Question) -> tuple[Decimal | None, Decimal]:
    """As :func:`whole`, with how many rows there were to add up."""
    if rows.total is None:
        counted = Decimal(select(rows, kind, question).aggregate(n=_aggregate(rows))["n"])
        return counted, counted
    found = select(rows, kind, question).aggregate(n=_aggregate(rows), rows=_sources(rows))
    return None if found["n"] is None else exact(found["n"]), Decimal(found["rows"])


def exact(number: Any) -> Decimal:
    """A count or sum. Columns keep two decimals at most; what a database adds beyond them is its arithmetic's."""
    return number.quantize(CENT) if isinstance(number, Decimal) else Decimal(number)


def by_carrier(rows: Rows, kind: Kind, question: Question) -> tuple[Tallied, Tallied]:
    """Carrier id to number; and, where a column is added up, how many rows there were to add. Carriers without rows are
    absent."""
    key = rows.carrier_key
    if key is None:
        return {}, {}
    grouped = select(rows, kind, question).values(key).annotate(n_=_aggregate(rows))
    if rows.total is None:
        return {carrier: exact(n) for carrier, n in grouped.values_list(key, "n_") if carrier is not None}, {}
    counted = grouped.annotate(rows_=_sources(rows)).values_list(key, "n_", "rows_")
    known = [(carrier, n, rows_) for carrier, n, rows_ in counted if carrier is not None and n is not None]
    return {carrier: exact(n) for carrier, n, _ in known}, {carrier: Decimal(rows_) for carrier, _, rows_ in known}


def branch_of(rows: Rows, areas: Iterable[Area]) -> Case:
    """Which of ``areas`` a row is credited to, each with everything below it; ``None`` outside them."""
    branches = [When(**{f"{rows.area}__path__startswith": area.path}, then=Value(area.pk)) for area in areas]
    return Case(*branches, default=Value(None), output_field=IntegerField())


def by_area(rows: Rows, kind: Kind, question: Question, areas: list[Area]) -> Tallied:
    """Area id to number, each area with everything below it, counted once."""
    if not areas:
        return {}
    return _grouped(
        select(rows, kind, question).annotate(branch=branch_of(rows, areas)).values("branch"), "branch", rows
    )


def covered(rows: Rows, areas: list[Area]) -> Rows:
    """``rows`` counted by the area of ``areas`` they lie in: how many of the areas have at least one."""
    placed = rows.queryset.annotate(branch=branch_of(rows, areas)).filter(branch__isnull=False)
    return replace(rows, queryset=placed, entity="branch")


def _grouped(queryset: QuerySet[Any], key: str, rows: Rows) -> Tallied:
    pairs = queryset.annotate(n_=_aggregate(rows)).values_list(key, "n_")
    return {group: exact(number) for group, number in pairs if group is not None and number is not None}


def by_month(
    rows_of: RowsOf, kind: Kind, question: Question, ask: Callable[[Question], Question] = lambda q: q
) -> Tallied:
    """First day of month to number, for every month of the period: flows within it, stocks at its end (the last month:
    on the last day asked for). One query, in which each month is a column with its own condition."""
    first, last = question.period
    columns: dict[str, Any] = {}
    conditions: list[tuple[Rows, Q]] = []
    months = list(months_between(first, last))
    for month in months:
        asked = ask(question.during(max(month, first), min(month_end(month), last)))
        rows = rows_of(asked)
        conditions.append((rows, _dates(rows, kind, asked)))
    rows = conditions[0][0]
    # Conditions that all months share go before the grouping, so that fewer rows reach it.
    shared = all(other.where == rows.where for other, _ in conditions)
    for number, (other, dates) in enumerate(conditions):
        columns[f"m{number}"] = _aggregate(rows, dates if shared else other.where & dates)
    selected = rows.queryset.filter(bounds(rows, question) & (rows.where if shared else Q())).order_by()
    answers = selected.aggregate(**columns)
    found = {month: answers[f"m{number}"] for number, month in enumerate(months)}
    return {month: exact(number) for month, number in found.items() if number is not None}


def added_by_month(rows_of: RowsOf, months: list[date], question: Question, areas: list[Area] | None = None) -> Tallied:
    """Carrier id (with ``areas``: area id) to a stock at the end of each of ``months``, all months added up. One query,
    in which each month is a column."""
    if not months or areas == []:
        return {}
    asked = [(rows_of(question.at(month_end(month))), month_end(month)) for month in months]
    rows = asked[0][0]
    shared = all(each.where == rows.where for each, _ in asked)
    columns = {
        f"m{number}": _aggregate(rows, standing(each, day) if shared else each.where & standing(each, day))
        for number, (each, day) in enumerate(asked)
    }
    selected = rows.queryset.filter(limits(rows, question) if shared else bounds(rows, question)).order_by()
    key = "branch" if areas else rows.carrier_key or ""
    grouped = selected.annotate(branch=branch_of(rows, areas)).values(key) if areas else selected.values(key)
    found = grouped.annotate(**columns).values_list(key, *columns)
    return {group: exact(sum(numbers)) for group, *numbers in found if group is not None and any(numbers)}


def by_area_and_month(
    rows_of: RowsOf,
    kind: Kind,
    question: Question,
    areas: list[Area],
    ask: Callable[[Question], Question] = lambda q: q,
) -> tuple[Tallied, Tallied]:
    """(Area id, first day of month) to number, as :func:`by_area` of each month of the period; and, where a column of
    reports is added up, how many there were to add. One query: reports are grouped by their month, of other rows each
    month is a column with its own condition."""
    first, last = question.period
    months = list(months_between(first, last))
    if not areas or not months:
        return {}, {}
    asked = [ask(question.during(max(month, first), min(month_end(month), last))) for month in months]
    each = [(rows_of(one), one) for one in asked]
    rows = each[0][0]
    same = all(other.where == rows.where for other, _ in each)
    selected = rows.queryset.filter(bounds(rows, question) & (rows.where if same else Q())).order_by()
    if rows.monthly and same:
        return _grouped_by_month(rows, selected, months, areas)
    selected = selected.annotate(branch=branch_of(rows, areas)).filter(branch__isnull=False)
    columns = {}
    for number, (other, one) in enumerate(each):
        dates = _dates(other, kind, one)
        columns[f"m{number}"] = _aggregate(rows, dates if same else other.where & dates)
    found = selected.values("branch").annotate(**columns).values_list("branch", *columns)
    told = ((branch, zip(months, numbers, strict=True)) for branch, *numbers in found)
    return {(branch, month): exact(n) for branch, pairs in told for month, n in pairs if n is not None}, {}


def _grouped_by_month(
    rows: Rows, selected: QuerySet[Any], months: list[date], areas: list[Area]
) -> tuple[Tallied, Tallied]:
    """Reports by the area they are credited to and by month; what lies below an area is added to it here, where areas
    are few and reports are many."""
    column, area = rows.starts[0].column, f"{rows.area}__path"
    selected = selected.filter(**{f"{column}__gte": months[0], f"{column}__lte": months[-1]})
    found = selected.values_list(area, column).annotate(n_=_aggregate(rows), rows_=_sources(rows))
    sums: Tallied = {}
    counts: Tallied = {}
    branches: dict[str, Area | None] = {}
    for path, month, number, count in found:
        if path not in branches:
            branches[path] = next((area for area in areas if path.startswith(area.path)), None)
        branch = branches[path]
        if branch is not None and number is not None:
            key = (branch.pk, month)
            sums[key] = sums.get(key, Decimal(0)) + exact(number)
            counts[key] = counts.get(key, Decimal(0)) + count
    return sums, counts


def months_between(first: date, last: date) -> Iterable[date]:
    """First days of the months from ``first``'s to ``last``'s."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month += relativedelta(months=1)
