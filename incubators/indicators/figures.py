"""Asking the catalogue: :func:`compute` for numbers, :func:`records` for the very records counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, QuerySet

from incubators.indicators import catalogue, tally
from incubators.indicators.base import BadQuestion, Coverage, Figure, Indicator, Kind, Part, Question, Ratio, Tally
from incubators.models import Area, AreaGroup, Carrier

PLACES = Decimal("0.000001")
Tallying = Callable[[Any, Kind, Question], dict[Any, Decimal]]


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
) -> list[Figure]:
    """The figure ``code`` as of ``on`` (stocks, ratios) or for ``start`` to ``end`` (flows; a bare day: its year).

    ``by`` splits it: ``None`` one figure, ``"carrier"``, ``"area"`` (``areas``, else the children of ``within``) or
    ``"month"`` (months from ``start`` to ``end``). Ratios are fractions with six decimals. Raises
    :class:`BadQuestion` with Chinese errors by parameter.
    """
    indicator = catalogue.get(code)
    question = indicator.checked(Question(on, start, end, within, carrier, params or {}, user))
    if by is None:
        return [_whole(indicator, question)]
    if by == "carrier":
        return _by_carrier(indicator, question)
    if by == "area":
        chosen = list(areas if areas is not None else within.children.all() if within else ())
        return _by_area(indicator, question, chosen)
    if by == "month":
        return _by_month(indicator, question)
    raise BadQuestion(errors={"by": ["分组方式应为 carrier、area 或 month"]})


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
) -> QuerySet[Any]:
    """The records counted: as many as the figure says, for counts; the numerator's, for ratios; reports, for sums."""
    indicator = catalogue.get(code)
    question = indicator.checked(Question(on, start, end, within, carrier, params or {}, user))
    if isinstance(indicator, Ratio):
        part = indicator.top[0]
        return _entities(part.rows(part.ask(question)), part.kind, part.ask(question))
    if isinstance(indicator, Coverage):
        members, _ = _members(question)
        rows = indicator.rows(question)
        inside = Q(pk__in=())
        for area in members:
            inside |= Q(area__path__startswith=area.path)
        return _entities(rows, Kind.STOCK, question).filter(inside)
    assert isinstance(indicator, Tally)  # noqa: S101 - the only kind left
    return _entities(indicator.rows(question), indicator.kind, question)


def _entities(rows: Any, kind: Kind, question: Question) -> QuerySet[Any]:
    selected = tally.select(rows, kind, question)
    keys = selected.values("pk" if rows.entity == "pk" else rows.entity)
    return rows.counted._default_manager.filter(pk__in=keys)


def _ratio(top: Decimal | None, bottom: Decimal | None, indicator: Ratio) -> tuple[Decimal | None, str]:
    if not bottom or top is None:
        return None, indicator.empty
    return (top / bottom * indicator.scale).quantize(PLACES, rounding=ROUND_HALF_UP), ""


def _parts(parts: tuple[Part, ...], question: Question) -> Decimal | None:
    numbers = [tally.whole(p.rows(p.ask(question)), p.kind, p.ask(question)) for p in parts]
    known = [number for number in numbers if number is not None]
    return sum(known, Decimal(0)) if known else None


def _whole(indicator: Indicator, question: Question) -> Figure:
    label = "合计"
    if isinstance(indicator, Ratio):
        top, bottom = _parts(indicator.top, question), _parts(indicator.bottom, question)
        value, missing = _ratio(top, bottom, indicator)
        return Figure(None, label, value, top, bottom, missing)
    if isinstance(indicator, Coverage):
        return _coverage(indicator, question)
    assert isinstance(indicator, Tally)  # noqa: S101 - the only kind left
    rows = indicator.rows(question)
    number = tally.whole(rows, indicator.kind, question)
    return Figure(None, label, number, missing=_unreported(rows, indicator, question, number))


def _unreported(rows: Any, indicator: Indicator, question: Question, number: Decimal | None) -> str:
    """For a stock from reports: how many operating carriers have none for the month."""
    if not rows.monthly or indicator.kind is not Kind.STOCK:
        return "" if number is not None else "期间内没有审核通过的月报"
    from incubators.indicators.carriers import standing_carriers

    month = tally.report_month(question.day)
    bare = Question(question.on, question.start, question.end, question.within, question.carrier, {}, question.user)
    expected = tally.whole(standing_carriers(bare), Kind.STOCK, bare) or Decimal(0)
    counted = tally.select(rows, Kind.STOCK, question).count()
    lacking = int(expected) - counted
    return f"{lacking}家载体{month.year}年{month.month}月无此项通过数据,未计入" if lacking > 0 else ""


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
    found = tally.by_area(indicator.rows(question), Kind.STOCK, question, members)
    covered = Decimal(sum(1 for area in members if found.get(area.pk)))
    total = Decimal(len(members))
    return Figure(None, "合计", (covered / total).quantize(PLACES, rounding=ROUND_HALF_UP), covered, total)


def _split(indicator: Indicator, question: Question, tallying: Tallying) -> dict[Any, tuple[Any, ...]]:
    """Group to ``(value, numerator, denominator, missing)``."""
    if isinstance(indicator, Ratio):
        top = _merge(indicator.top, question, tallying)
        bottom = _merge(indicator.bottom, question, tallying)
        answers = {}
        for key in bottom:
            value, missing = _ratio(top.get(key, Decimal(0)), bottom[key], indicator)
            answers[key] = (value, top.get(key, Decimal(0)), bottom[key], missing)
        return answers
    if isinstance(indicator, Coverage):
        found = tallying(indicator.rows(question), Kind.STOCK, question)
        return {key: (Decimal(1) if number else Decimal(0), None, None, "") for key, number in found.items()}
    assert isinstance(indicator, Tally)  # noqa: S101 - the only kind left
    found = tallying(indicator.rows(question), indicator.kind, question)
    return {key: (number, None, None, "") for key, number in found.items()}


def _merge(parts: tuple[Part, ...], question: Question, tallying: Tallying) -> dict[Any, Decimal]:
    merged: dict[Any, Decimal] = {}
    for part in parts:
        asked = part.ask(question)
        for key, number in tallying(part.rows(asked), part.kind, asked).items():
            merged[key] = merged.get(key, Decimal(0)) + number
    return merged


def _by_carrier(indicator: Indicator, question: Question) -> list[Figure]:
    answers = _split(indicator, question, tally.by_carrier)
    names = dict(Carrier.objects.filter(pk__in=answers).values_list("pk", "name"))
    ordered = sorted(answers, key=lambda key: (-(answers[key][0] or 0), key))
    return [Figure(key, names.get(key, ""), *answers[key]) for key in ordered]


def _by_area(indicator: Indicator, question: Question, areas: list[Area]) -> list[Figure]:
    def tallying(rows: Any, kind: Kind, asked: Question) -> dict[Any, Decimal]:
        return tally.by_area(rows, kind, asked, areas)

    answers = _split(indicator, question, tallying)
    counts = isinstance(indicator, Tally) and not indicator.rows(question).total
    nothing = (Decimal(0), None, None, "") if counts else (None, None, None, "没有可用数据")
    return [Figure(area.pk, area.name, *answers.get(area.pk, nothing)) for area in areas]


def _by_month(indicator: Indicator, question: Question) -> list[Figure]:
    if isinstance(indicator, Coverage) or (isinstance(indicator, Ratio) and any(_moves(p) for p in indicator.top)):
        first, last = question.period
        ends = [min(tally.month_end(month), last) for month in tally.months_between(first, last)]
        whole = [(day.replace(day=1), _whole(indicator, question.at(day))) for day in ends]
        return [Figure(m, f"{m:%Y-%m}", f.value, f.numerator, f.denominator, f.missing) for m, f in whole]
    answers = _split(indicator, question, tally.by_month)
    nothing = (None, None, None, "没有可用数据")
    months = tally.months_between(*question.period)
    return [Figure(month, f"{month:%Y-%m}", *answers.get(month, nothing)) for month in months]


def _moves(part: Part) -> bool:
    """Whether a part asks for a day of its own (year so far), so that months cannot be grouped in one query."""
    return part.kind is Kind.FLOW and part.ask(Question(on=date(2024, 6, 30))).start is not None
