"""Reads what is known of a target: from the catalogue of indicators, or from figures that people entered.

A :class:`Reading` holds the value now, its path month by month, and the parts of areas, all in the target's own unit
(per cents, not fractions). Whether that is good or bad is judged in :mod:`targets.pace`.
"""

from __future__ import annotations

import itertools
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta

from core.dates import date_cn, month_cn
from core.permits import Refused
from incubators.indicators import catalogue, figures
from incubators.indicators.base import Figure, Kind
from incubators.models import Area
from plans.selectors import Decided
from targets.models import OutsideFigure, Target
from targets.pace import Aim, Seen, year_goals

HUNDRED = Decimal(100)
# Twelve changes need thirteen ends of months.
LOOK_BACK = 13
# A text that says "新增" may mean first recognitions or the net change of the stock (JS-X11): both are shown, and a
# decision for the net change is followed.
STOCK_OF = {"n_qualified_new": "n_qualified"}
NET = "存量净增数"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the catalogue, so that its records can be listed again."""

    indicator: str
    params: Mapping[str, Any]
    start: date | None
    on: date

    def period(self) -> dict[str, date]:
        """As the catalogue takes it: a day for stocks and ratios, first and last day for flows."""
        return {"on": self.on} if self.start is None else {"start": self.start, "end": self.on}

    def as_json(self) -> dict[str, Any]:
        return {
            "indicator": self.indicator,
            "params": dict(self.params),
            "start": self.start.isoformat() if self.start else None,
            "on": self.on.isoformat(),
        }


@dataclass(slots=True)
class Reading:
    """What is known: ``seen`` now; ``past`` for ends of earlier months, oldest first; ``parts`` by area id."""

    seen: Seen
    past: Sequence[tuple[date, Seen]] = ()
    parts: Mapping[int, Seen] = field(default_factory=dict)
    question: Question | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    net: Decimal | None = None


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def aim_of(target: Target, decided: Mapping[str, Decided]) -> Aim:
    """The target as numbers. A decision that words mean "不少于" or "多于" is followed (YC-D09)."""
    per_year = {int(year): Decimal(str(value)) for year, value in (target.definition.get("per_year") or {}).items()}
    words = {answer.value for answer in decided.values() if isinstance(answer.value, str)}
    comparator = target.comparator
    if comparator == Target.Comparator.MORE_THAN and "不少于" in words:
        comparator = Target.Comparator.AT_LEAST
    return Aim(
        kind=target.kind,
        comparator=comparator,
        value=target.value,
        value_max=target.value_max,
        unit=target.unit,
        commitment=target.commitment,
        per_year=per_year,
        start=target.plan.period_from or target.plan.effective_from,
        deadline=target.deadline,
    )


def read(target: Target, aim: Aim, day: date, decided: Mapping[str, Decided], areas: Sequence[Area]) -> Reading:
    """What is known of ``target`` on ``day`` (never later than its deadline). ``areas`` are those with a part of it."""
    if target.measured_by == Target.MeasuredBy.INDICATOR:
        try:
            return _Catalogue(target, aim, day, decided, areas).read()
        except catalogue.UnknownIndicator:
            return Reading(Seen(missing="所需指标尚未接入,不能计算"))
        except Refused as refused:
            return Reading(Seen(missing=str(refused)))
    return _entered(target, aim, day)


# --- By the catalogue -----------------------------------------------------------------------------------------------
class _Catalogue:
    """One target's questions to the catalogue: the whole, its months, the areas. A few queries, whatever the size."""

    def __init__(
        self, target: Target, aim: Aim, day: date, decided: Mapping[str, Decided], areas: Sequence[Area]
    ) -> None:
        self.target, self.aim, self.day, self.areas = target, aim, day, areas
        self.indicator = catalogue.get(target.indicator)
        self.flow = self.indicator.kind is Kind.FLOW
        self.start = aim.start or date(day.year, 1, 1)
        self.params = self._params(decided)
        self.by_net = any(d.value == NET for d in decided.values())
        # A trend is compared with the year before the plan: what that was, the text leaves to a decision (YC-D06).
        self.former = next((d.value for d in decided.values() if isinstance(d.value, Decimal)), None)

    def _params(self, decided: Mapping[str, Decided]) -> dict[str, Any]:
        params = dict((self.target.definition.get("measure") or {}).get("params") or {})
        members = next((d.value for d in decided.values() if isinstance(d.value, list)), None)
        if "group" in params and members:
            params["members"] = members
        return params

    @property
    def yearly(self) -> bool:
        return self.aim.kind in {"new_each_year", "trend"} or bool(self.aim.per_year)

    def question(self) -> Question:
        first = date(self.day.year, 1, 1) if self.yearly else self.start
        return Question(self.target.indicator, self.params, first if self.flow else None, self.day)

    def _ask(self, **how: Any) -> list[Figure]:
        return figures.compute(self.target.indicator, within=self.target.area, params=self.params, **how)

    def number(self, figure: Figure) -> Decimal | None:
        """In the target's unit. Shares are taken from their two terms, so that 3 of 5 is exactly 60 per cent."""
        if figure.value is None or self.indicator.unit != "%":
            return figure.value
        if figure.numerator is not None and figure.denominator:
            return figure.numerator * HUNDRED / figure.denominator
        return figure.value * HUNDRED

    def read(self) -> Reading:
        question = self.question()
        now = self._ask(**question.period())[0]
        value = self.number(now)
        if value is None:
            return Reading(Seen(missing=now.missing), question=question)
        net = self._net()
        if self.by_net and net is not None:
            return self._by_net(net)
        months = self._months()
        months[self.day.replace(day=1)] = value if not self.flow else months.get(self.day.replace(day=1))
        days = [min(month_end(month), self.day) for month in months if month_end(month) >= self.start]
        history = _History(self, months, value)
        seen = [(day, history.at(day)) for day in days]
        return Reading(
            seen=history.at(self.day, now.missing),
            past=[(day, one) for day, one in seen if day < self.day],
            parts=self._parts(question),
            question=question,
            numerator=now.numerator,
            denominator=now.denominator,
            net=net,
        )

    def _net(self) -> Decimal | None:
        """Change of the stock since the day before the plan, beside the count of what is new."""
        stock = STOCK_OF.get(self.target.indicator)
        if stock is None or self.aim.kind != Target.Kind.NEW_SINCE_START:
            return None
        ends = (self.start - timedelta(days=1), self.day)
        before, after = (
            figures.compute(stock, on=day, within=self.target.area, params=self.params)[0].value for day in ends
        )
        return None if before is None or after is None else after - before

    def _by_net(self, net: Decimal) -> Reading:
        """The net change of the stock in place of what is new, month by month too."""

        def known(value: Decimal | None) -> Seen:
            return Seen(value=value, base=Decimal(0), base_note="按决定,以存量净增计")

        stock = STOCK_OF[self.target.indicator]
        where: dict[str, Any] = {"within": self.target.area, "params": self.params}
        before = figures.compute(stock, on=self.start - timedelta(days=1), **where)[0].value or Decimal(0)
        months = figures.compute(stock, by="month", start=self.start.replace(day=1), end=self.day, **where)
        past = [(month_end(f.key), known(None if f.value is None else f.value - before)) for f in months]
        return Reading(known(net), past=[pair for pair in past if pair[0] < self.day], net=net)

    def _months(self) -> dict[date, Decimal | None]:
        """Flow of each month, or the level at its end, from before the plan starts."""
        first = min(self.start, self.day - relativedelta(months=LOOK_BACK)) - timedelta(days=1)
        if self.yearly:
            first = min(first, date(self.start.year - 1, 12, 1))
        asked = self._ask(by="month", start=first.replace(day=1), end=self.day)
        return {figure.key: self.number(figure) for figure in asked}

    def _parts(self, question: Question) -> dict[int, Seen]:
        """The share of each area: for targets of every year, each year by itself."""
        if not self.areas:
            return {}
        if not self.yearly:
            split = self._ask(by="area", areas=self.areas, **question.period())
            base = Decimal(0) if self.flow else None
            return {f.key: Seen(value=self.number(f), base=base, missing=f.missing) for f in split}
        years: dict[int, dict[int, Decimal | None]] = {area.pk: {} for area in self.areas}
        for year in sorted(self.aim.per_year):
            if year > self.day.year:
                continue
            last = min(date(year, 12, 31), self.day)
            asked = Question(question.indicator, self.params, date(year, 1, 1) if self.flow else None, last)
            for figure in self._ask(by="area", areas=self.areas, **asked.period()):
                years[figure.key][year] = self.number(figure)
        return {
            key: Seen(value=values.get(self.day.year), base=Decimal(0), years=values) for key, values in years.items()
        }


class _History:
    """The months of one target, and what was known at the end of any of them."""

    def __init__(self, source: _Catalogue, months: dict[date, Decimal | None], value: Decimal) -> None:
        self.source, self.months, self.value = source, months, value
        # A plan that starts within a month: what that month had before it does not count.
        self.offset = Decimal(0)
        if source.flow and not source.yearly:
            self.offset = value - self._since_start(source.day)

    def _since_start(self, day: date) -> Decimal:
        first = self.source.start.replace(day=1)
        return sum((v for m, v in self.months.items() if first <= m <= day and v is not None), Decimal(0))

    def _level(self, day: date) -> Decimal | None:
        source = self.source
        if day == source.day:
            return self.value
        if not source.flow:
            return self.months.get(day.replace(day=1))
        if source.yearly:
            return self._of_year(day.year, day)
        return max(self._since_start(day) + self.offset, Decimal(0))

    def _of_year(self, year: int, day: date) -> Decimal | None:
        """A year's flow to ``day``, or its level on the last day of it that has come."""
        if self.source.aim.kind == "trend" and year == self.source.start.year - 1:
            return self.source.former if isinstance(self.source.former, Decimal) else None
        if not self.source.flow:
            return self._level(min(date(year, 12, 31), day))
        counted = [v for m, v in self.months.items() if m.year == year and m <= day and v is not None]
        return sum(counted, Decimal(0)) if counted else None

    def _increments(self, day: date) -> tuple[Decimal, ...]:
        """Changes of the last twelve full months before ``day``; empty where a month is unknown."""
        full = [month for month in self.months if month_end(month) <= day][-LOOK_BACK:]
        values = [self.months[month] for month in full]
        if any(value is None for value in values):
            return ()
        known = [value for value in values if value is not None]
        if self.source.flow:
            return tuple(known[-(LOOK_BACK - 1) :])
        return tuple(later - earlier for earlier, later in itertools.pairwise(known))

    def _base(self, before: date, day: date, years: dict[int, Decimal | None]) -> tuple[Decimal | None, str]:
        """From where the way to the goal begins, and the words for it."""
        source = self.source
        if source.aim.kind == "ratio" and source.yearly:
            if source.params.get("valid") == "year":
                return Decimal(0), "当年有效的才计,每年从零起计"
            return years.get(day.year - 1), f"{day.year - 1}年末"
        if source.flow:
            return Decimal(0), "计划期首日从零起计"
        base = self.months.get(before.replace(day=1))
        if base is None and source.aim.kind == "coverage":
            return Decimal(0), "计划期前没有可用数据,按零计"
        return base, f"{month_cn(before)}末登记数"

    def at(self, day: date, missing: str = "") -> Seen:
        """What was known on ``day``."""
        source = self.source
        before = source.start - timedelta(days=1)
        years: dict[int, Decimal | None] = {}
        if source.yearly:
            first = source.start.year - 1
            years = {year: self._of_year(year, day) for year in range(first, day.year + 1)}
        base, note = self._base(before, day, years)
        return Seen(
            value=self._level(day),
            base=base,
            base_note=note,
            increments=self._increments(day),
            years=years,
            missing=missing,
        )


# --- By people ------------------------------------------------------------------------------------------------------
def _entered(target: Target, aim: Aim, day: date) -> Reading:
    """The latest entered figure on or before ``day``. Nothing entered is waiting, never zero."""
    rows = sorted(target.outside_figures.all(), key=lambda row: (row.on, row.pk))
    base, note = _stated_base(target, aim)
    days = [month_end(row.on) for row in rows if aim.start is None or row.on >= aim.start]
    seen = _seen_of(target, aim, rows, day, base, note)
    past = {each: _seen_of(target, aim, rows, each, base, note) for each in days if each < day}
    return Reading(seen, past=sorted(past.items(), key=lambda pair: pair[0]))


def _seen_of(target: Target, aim: Aim, rows: list[OutsideFigure], day: date, base: Decimal | None, note: str) -> Seen:
    known = [row for row in rows if row.on <= day]
    last = known[-1] if known else None
    value = last.value if last else None
    done = last.done if last else None
    if last and done is None and value is not None and target.comparator == Target.Comparator.DONE and target.value:
        done = value >= target.value
    late = next((row for row in rows if row.on > day and row.done), None)
    missing = _needs(target) if last is None else ""
    if done is not True and late is not None and aim.deadline is not None and day >= aim.deadline:
        done, missing = False, f"{date_cn(late.on)}确认完成,晚于期限"
    years: dict[int, Decimal | None] = {row.on.year: row.value for row in known}
    if aim.kind == "ratio" and not aim.per_year:
        years = {}
    return Seen(
        value=value, base=base, base_note=note, years=years if aim.per_year else {}, done=done, entered=True,
        missing=missing,
    )  # fmt: skip


def _needs(target: Target) -> str:
    measure = target.definition.get("measure") or {}
    if target.measured_by == Target.MeasuredBy.PERSON:
        return f"待确认:{measure.get('criterion', '')}"
    return f"待录入:{measure.get('needs', '')}"


def _stated_base(target: Target, aim: Aim) -> tuple[Decimal | None, str]:
    """From where an entered figure starts: zero for things newly counted, else what the text says or implies."""
    baseline = target.definition.get("baseline") or {}
    if baseline.get("value") is not None:
        word = "文中推得" if baseline.get("status") == "implied" else "文中载明"
        return Decimal(str(baseline["value"])), word
    return (Decimal(0), "计划期首日从零起计") if aim.kind == "new_since_start" else (None, "")


def parts_goals(aim: Aim, share: Decimal) -> Aim:
    """The aim of one area: its own number in place of the whole's, every year where the whole is yearly."""
    return Aim(
        kind=aim.kind,
        comparator=aim.comparator,
        value=share,
        unit=aim.unit,
        commitment=aim.commitment,
        per_year=dict.fromkeys(year_goals(aim, Seen()), share) if aim.per_year else {},
        start=aim.start,
        deadline=aim.deadline,
    )
