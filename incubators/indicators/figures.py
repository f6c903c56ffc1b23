"""Asking the catalogue: :func:`compute` for numbers, :func:`records` for the very records counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, QuerySet

from core.dates import month_cn
from incubators.indicators import catalogue, tally
from incubators.indicators.base import (
    BadQuestion,
    Coverage,
    Figure,
    Indicator,
    Kind,
    Part,
    Question,
    Ratio,
    Rows,
    Tally,
)
from incubators.indicators.carriers import reporting_carriers
from incubators.models import Area, AreaGroup, Carrier

PLACES = Decimal("0.000001")
ZERO = Decimal(0)
NOTHING_REPORTED = "期间内没有审核通过的月报"
# Value, numerator, denominator, what is missing.
Answer = tuple[Decimal | None, Decimal | None, Decimal | None, str]
Tallying = Callable[[Part, Question], dict[Any, Decimal]]
# How many reports each group owed for a flow, asked with the part that adds them up.
Owing = Callable[[Part, Question], dict[Any, Decimal]]


def compute(
    code: str,
    *,
    on: date | None = None,
    start: date | None = None,
    end: date | None = None,
    within: Area | None = None,
    by: str | None = None,
    params: dict[str, Any] | None = None,
    user: Any = None,
    carrier: str | None = None,
    areas: Iterable[Area] | None = None,
    known: dict[str, Any] | None = None,
) -> list[Figure]:
    """The figure ``code`` as of ``on`` (stocks, ratios) or for ``start`` to ``end`` (flows; a bare day: its year).

    ``by`` splits it: ``None`` one figure, ``"carrier"``, ``"area"`` (``areas``, else the children of ``within``),
    ``"month"`` (months from ``start`` to ``end``) or ``"area_month"`` (both). Ratios are fractions with six decimals. ``known``:
    a dictionary in which several questions of one request keep what they looked up. Raises :class:`BadQuestion` with
    Chinese errors by parameter.
    """
    indicator = catalogue.get(code)
    question = indicator.checked(Question(on, start, end, within, carrier, params or {}, user, _shared(known)))
    if by is None:
        return [_whole(indicator, question)]
    if by == "carrier":
        return _by_carrier(indicator, question)
    if by == "area":
        return _by_area(indicator, question, _areas(indicator, question, areas))
    if by == "month":
        return _by_month(indicator, question)
    if by == "area_month":
        return _by_area_and_month(indicator, question, _areas(indicator, question, areas))
    raise BadQuestion(errors={"by": ["分组方式应为 carrier、area、month 或 area_month"]})


def _areas(indicator: Indicator, question: Question, areas: Iterable[Area] | None) -> list[Area]:
    if areas is not None:
        return list(areas)
    if isinstance(indicator, Coverage):
        return _members(question)[0]
    if question.within is None:
        raise BadQuestion(errors={"within": ["按区域分组须给出上级区域"]})
    return list(question.within.children.all())


def records(
    code: str,
    *,
    on: date | None = None,
    start: date | None = None,
    end: date | None = None,
    within: Area | None = None,
    params: dict[str, Any] | None = None,
    user: Any = None,
    carrier: str | None = None,
    term: int = 0,
    known: dict[str, Any] | None = None,
) -> QuerySet[Any]:
    """The records counted: as many as the figure says, for counts; the numerator's, for ratios; reports, for sums.

    ``term`` 1, 2 ...: the records of that term of a ratio's denominator.
    """
    indicator = catalogue.get(code)
    question = indicator.checked(Question(on, start, end, within, carrier, params or {}, user, _shared(known)))
    if isinstance(indicator, Ratio):
        part = term_of(indicator, term)
        return _entities(part.rows(part.ask(question)), part.kind, part.ask(question))
    if isinstance(indicator, Coverage):
        members, _ = _members(question)
        return _entities(tally.covered(indicator.rows(question), members), Kind.STOCK, question, "pk")
    assert isinstance(indicator, Tally)  # noqa: S101 - the only kind left
    return _entities(indicator.rows(question), indicator.kind, question)


def _shared(known: dict[str, Any] | None) -> dict[str, Any]:
    return {} if known is None else known


def term_of(indicator: Ratio, term: int) -> Part:
    """The numerator (0) or a term of the denominator (from 1). Raises :class:`BadQuestion` for one that is not there."""
    parts = (indicator.top[0], *indicator.bottom)
    if not 0 <= term < len(parts):
        raise BadQuestion(errors={"term": [f"“{indicator.name}”的分母没有第{term}项"]})
    return parts[term]


def counted_column(code: str, term: int = 0, **question: Any) -> str | None:
    """The column of :func:`records` that is added up; ``None`` where records are counted."""
    indicator = catalogue.get(code)
    if isinstance(indicator, Coverage):
        return None
    asked = {name: value for name, value in question.items() if name in {"on", "start", "end"}}
    part = term_of(indicator, term) if isinstance(indicator, Ratio) else _own(indicator)
    return part.rows(indicator.checked(Question(params=question.get("params") or {}, **asked))).total


def _entities(rows: Rows, kind: Kind, question: Question, entity: str = "") -> QuerySet[Any]:
    keys = tally.select(rows, kind, question).values(entity or rows.entity)
    return rows.counted._default_manager.filter(pk__in=keys)


def divided(top: Decimal | None, bottom: Decimal | None, indicator: Ratio) -> tuple[Decimal | None, str]:
    """The ratio of two sums, and why there is none."""
    if not bottom or top is None:
        return None, indicator.empty
    return (top / bottom * indicator.scale).quantize(PLACES, rounding=ROUND_HALF_UP), ""


def _terms(parts: tuple[Part, ...], question: Question) -> tuple[Decimal | None, Decimal]:
    """The sum of the terms (None where none is known), and how many rows the first one added up."""
    numbers = [tally.whole_and_rows(p.rows(p.ask(question)), p.kind, p.ask(question)) for p in parts]
    known = [number for number, _ in numbers if number is not None]
    return (sum(known, ZERO) if known else None), numbers[0][1]


def _whole(indicator: Indicator, question: Question) -> Figure:
    if isinstance(indicator, Coverage):
        return _coverage(indicator, question)
    top = bottom = None
    if isinstance(indicator, Ratio):
        top, given = _terms(indicator.top, question)
        bottom, _ = _terms(indicator.bottom, question)
        value, missing = divided(top, bottom, indicator)
    else:
        value, given = _terms((_own(indicator),), question)
        missing = NOTHING_REPORTED if value is None and indicator.kind is Kind.FLOW else ""
    part = _reporting(indicator, question)
    if part is not None and not missing:
        gaps = _gaps(part, question)
        left_out = _terms((gaps,), question)[0] if gaps is not None else None
        missing = told_together(_unreported(part, question, given), lacking_rows(part.kind, left_out or ZERO))
    return Figure(None, "合计", value, top, bottom, missing)


# --- What has not been reported ---------------------------------------------------------------------------------------
def _reporting(indicator: Indicator, question: Question) -> Part | None:
    """The term that adds up monthly reports, if there is one: reports may be lacking from it."""
    if isinstance(indicator, Coverage):
        return None
    part = indicator.top[0] if isinstance(indicator, Ratio) else _own(indicator)
    rows = part.rows(question)
    return part if rows.monthly and rows.total else None


def _own(indicator: Indicator) -> Part:
    assert isinstance(indicator, Tally)  # noqa: S101 - the only kind with rows of its own
    return Part(rows=indicator.rows, kind=indicator.kind)


def _expected(part: Part, question: Question) -> Part:
    """The carriers that were to report the month."""
    kinds = {"kinds": part.rows(question).reporting}

    def rows(asked: Question) -> Rows:
        return reporting_carriers(replace(asked, params=kinds))

    return Part(rows=rows, kind=Kind.STOCK, ask=lambda asked: asked.at(tally.month_end(tally.report_month(asked.day))))


def _given(part: Part) -> Part:
    """The reports that were added up, counted."""

    def rows(asked: Question) -> Rows:
        made = part.rows(asked)
        column, distinct = made.sources
        return replace(made, total=None, entity=column, plain=not distinct)

    return Part(rows=rows, kind=part.kind)


def _gaps(part: Part, question: Question) -> Part | None:
    """The rows of accepted reports in which the figure is not known, counted; None where no row can lack it."""
    if part.rows(question).without is None:
        return None

    def rows(asked: Question) -> Rows:
        made = part.rows(asked)
        where = made.without or Q()
        return replace(made, where=where, total=None, entity="pk", report="", without=None, plain=True)

    return replace(part, rows=rows)


def _unreported(part: Part, question: Question, given: Decimal) -> str:
    expected = _expected(part, question)
    if part.kind is Kind.STOCK:
        month = tally.report_month(question.day)
        return lacking_carriers(month, (_terms((expected,), question)[0] or ZERO) - given)
    months = tally.by_month(expected.rows, Kind.STOCK, question, lambda asked: asked)
    return lacking_reports(sum((months.get(month, ZERO) for month in _ended(question)), ZERO), given)


def lacking_rows(kind: Kind, count: Decimal) -> str:
    """How many rows of incubatees say nothing of the figure; empty for none."""
    if not count:
        return ""
    return f"{count}份企业数据没有此项数,未计入" if kind is Kind.FLOW else f"{count}家企业没有此项数,未计入"


def told_together(*words: str) -> str:
    return ";".join(filter(None, words))


def lacking_carriers(month: date, lacking: Decimal) -> str:
    """What a stock of a month lacks; empty for nothing."""
    return f"{lacking}家载体{month_cn(month)}无此项通过数据,未计入" if lacking > 0 else ""


def lacking_reports(owed: Decimal, given: Decimal) -> str:
    """What a flow lacks of the reports that were owed; empty for nothing."""
    return f"应有{owed}份月报,{owed - given}份无此项通过数据,未计入" if owed > given else ""


def _ended(question: Question) -> list[date]:
    """The months of the period whose report can be there: those that have ended by its last day."""
    months = tally.months_between(*question.period)
    return [month for month in months if tally.month_end(month) <= question.day]


# --- Coverage ---------------------------------------------------------------------------------------------------------
def _members(question: Question) -> tuple[list[Area], str]:
    """Areas of the group asked for, and why there are none: a list the text leaves open must be confirmed first."""
    group = AreaGroup.objects.filter(code=question.params["group"]).first()
    if group is None:
        raise BadQuestion(errors={"group": [f"没有代码为“{question.params['group']}”的区域组"]})
    confirmed = question.params.get("members")
    if confirmed:
        return list(Area.objects.filter(code__in=confirmed)), ""
    if not group.members_stated:
        return [], f"“{group.name}”的名单未确认"
    return list(group.members.all()), ""


def _coverage(indicator: Coverage, question: Question) -> Figure:
    members, missing = _members(question)
    if not members:
        return Figure(None, "合计", None, missing=missing or "区域组没有成员")
    found = tally.whole(tally.covered(indicator.rows(question), members), Kind.STOCK, question) or ZERO
    total = Decimal(len(members))
    return Figure(None, "合计", _share(found, total), found, total)


def _share(part: Decimal, total: Decimal) -> Decimal:
    return (part / total).quantize(PLACES, rounding=ROUND_HALF_UP)


# --- Split ------------------------------------------------------------------------------------------------------------
def _split(
    indicator: Indicator,
    question: Question,
    tallying: Tallying,
    owing: Owing | None = None,
    counted: Tallying | None = None,
) -> dict[Any, Answer]:
    """Group to its answer. ``owing`` says how many reports a group owed for a flow; without it, as for a stock.
    ``counted`` says how many reports were added up, where ``tallying`` has seen it on the way."""
    if isinstance(indicator, Ratio):
        top = _merge(indicator.top, question, tallying)
        bottom = _merge(indicator.bottom, question, tallying)
        answers: dict[Any, Answer] = {}
        for key in bottom:
            value, missing = divided(top.get(key, ZERO), bottom[key], indicator)
            answers[key] = (value, top.get(key, ZERO), bottom[key], missing)
    else:
        answers = {key: (n, None, None, "") for key, n in tallying(_own(indicator), question).items()}
    part = _reporting(indicator, question)
    if part is not None and (gaps := _gaps(part, question)) is not None:
        left_out = {key: lacking_rows(part.kind, count) for key, count in tallying(gaps, question).items()}
        answers = {key: (*answer[:3], answer[3] or left_out.get(key, "")) for key, answer in answers.items()}
    if part is None or (question.carrier is not None and owing is None):
        return answers  # one carrier's month has a report or has none: nothing lacks from what is there
    given = (counted or tallying)(_given(part), question)
    if part.kind is Kind.FLOW and owing is not None:
        owed = owing(_expected(part, question), question)
        return _noted(answers, {key: lacking_reports(n, given.get(key, ZERO)) for key, n in owed.items()})
    expected = tallying(_expected(part, question), question)
    lacking = {key: number - given.get(key, ZERO) for key, number in expected.items()}
    return _noted(answers, {k: f"{n}家载体无此项通过数据,未计入" if n > 0 else "" for k, n in lacking.items()})


def _noted(answers: dict[Any, Answer], lacking: dict[Any, str]) -> dict[Any, Answer]:
    """Beside each sum of reports, what it lacks; groups from which nothing came are named too."""
    noted = dict(answers)
    for key, words in lacking.items():
        if words:
            value, top, bottom, missing = noted.get(key, (None, None, None, ""))
            said = told_together(words, missing) if value is not None else missing or "没有审核通过的月报数据"
            noted[key] = (value, top, bottom, said)
    return noted


def _merge(parts: tuple[Part, ...], question: Question, tallying: Tallying) -> dict[Any, Decimal]:
    merged: dict[Any, Decimal] = {}
    for part in parts:
        for key, number in tallying(part, question).items():
            merged[key] = merged.get(key, ZERO) + number
    return merged


def _by_carrier(indicator: Indicator, question: Question) -> list[Figure]:
    counts: dict[Any, Decimal] = {}

    def tallying(part: Part, asked: Question) -> dict[Any, Decimal]:
        asked = part.ask(asked)
        found, rows = tally.by_carrier(part.rows(asked), part.kind, asked)
        counts.update({} if counts else rows)  # the terms of a ratio come from the same reports
        return found

    def owing(part: Part, asked: Question) -> dict[Any, Decimal]:
        return tally.added_by_month(part.rows, _ended(asked), asked)

    if isinstance(indicator, Coverage):
        raise BadQuestion(errors={"by": [f"指标“{indicator.name}”不能按载体分组"]})
    answers = _split(indicator, question, tallying, owing, counted=lambda part, asked: counts)
    named = {
        pk: (code, name) for pk, code, name in Carrier.objects.filter(pk__in=answers).values_list("pk", "code", "name")
    }
    ordered = sorted(answers, key=lambda key: (answers[key][0] is None, -(answers[key][0] or 0), named[key]))
    return [Figure(key, named[key][1], *answers[key], named[key][0]) for key in ordered]


def _by_area(indicator: Indicator, question: Question, areas: list[Area]) -> list[Figure]:
    def tallying(part: Part, asked: Question) -> dict[Any, Decimal]:
        asked = part.ask(asked)
        return tally.by_area(part.rows(asked), part.kind, asked, areas)

    def owing(part: Part, asked: Question) -> dict[Any, Decimal]:
        return tally.added_by_month(part.rows, _ended(asked), asked, areas)

    if isinstance(indicator, Coverage):
        found = tally.by_area(indicator.rows(question), Kind.STOCK, question, areas)
        return [_covered(area, found.get(area.pk)) for area in areas]
    answers = _split(indicator, question, tallying, owing)
    counts = isinstance(indicator, Tally) and not indicator.rows(question).total
    nothing: Answer = (ZERO, None, None, "") if counts else (None, None, None, "没有可用数据")
    return [Figure(area.pk, area.name, *answers.get(area.pk, nothing), area.code) for area in areas]


def _covered(area: Area, number: Decimal | None) -> Figure:
    if number:
        return Figure(area.pk, area.name, Decimal(1), code=area.code)
    return Figure(area.pk, area.name, ZERO, missing="没有符合条件的在运营载体", code=area.code)


def _by_month(indicator: Indicator, question: Question) -> list[Figure]:
    def tallying(part: Part, asked: Question) -> dict[Any, Decimal]:
        return tally.by_month(part.rows, part.kind, asked, part.ask)

    months = list(tally.months_between(*question.period))
    nothing: Answer = (None, None, None, "没有可用数据")
    if isinstance(indicator, Coverage):
        answers = _coverage_by_month(indicator, question, months)
    else:
        answers = _split(indicator, question, tallying)
        if _from_reports(indicator, question):
            # A month that has not ended has no report yet; the last one that has must not stand in for it.
            going_on = [month for month in months if tally.month_end(month) > question.day]
            answers.update((month, (None, None, None, "当月尚未结束")) for month in going_on)
    return [Figure(month, f"{month:%Y-%m}", *answers.get(month, nothing)) for month in months]


def _by_area_and_month(indicator: Indicator, question: Question, areas: list[Area]) -> list[Figure]:
    counts: dict[Any, Decimal] = {}

    def tallying(part: Part, asked: Question) -> dict[Any, Decimal]:
        found, rows = tally.by_area_and_month(part.rows, part.kind, asked, areas, part.ask)
        counts.update({} if counts else rows)
        return found

    if isinstance(indicator, Coverage):
        raise BadQuestion(errors={"by": [f"指标“{indicator.name}”不能按区域和月份分组"]})
    months = list(tally.months_between(*question.period))
    answers = _split(indicator, question, tallying, counted=lambda part, asked: counts)
    counts_things = isinstance(indicator, Tally) and not indicator.rows(question).total
    nothing: Answer = (ZERO, None, None, "") if counts_things else (None, None, None, "没有可用数据")
    reports = _from_reports(indicator, question)
    going_on: Answer = (None, None, None, "当月尚未结束")
    return [
        Figure(
            area.pk,
            f"{area.name} {month:%Y-%m}",
            *(
                going_on
                if reports and tally.month_end(month) > question.day
                else answers.get((area.pk, month), nothing)
            ),
            area.code,
            month,
        )
        for area in areas
        for month in months
    ]


def _from_reports(indicator: Indicator, question: Question) -> bool:
    parts = indicator.top if isinstance(indicator, Ratio) else (_own(indicator),)
    return any(part.rows(question).monthly for part in parts)


def _coverage_by_month(indicator: Coverage, question: Question, months: list[date]) -> dict[Any, Answer]:
    members, missing = _members(question)
    if not members:
        return dict.fromkeys(months, (None, None, None, missing or "区域组没有成员"))
    total = Decimal(len(members))
    found = tally.by_month(lambda asked: tally.covered(indicator.rows(asked), members), Kind.STOCK, question)
    return {month: (_share(number, total), number, total, "") for month, number in found.items()}
