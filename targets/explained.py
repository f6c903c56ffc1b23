"""Where the numbers of a target are explained: the question that was stored with them, as an address of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from incubators.indicators import catalogue, links
from incubators.indicators.base import Coverage, Kind, Ratio
from incubators.models import Area
from targets.measuring import STOCK_OF, Question, month_end
from targets.models import Progress, Target


def stored(row: Progress | None) -> Question | None:
    """The question behind the whole's value; None where people entered it or nothing could be asked."""
    asked = row.explanation.get("question") if row else None
    if not asked:
        return None
    start = date.fromisoformat(asked["start"]) if asked["start"] else None
    return Question(asked["indicator"], asked["params"], start, date.fromisoformat(asked["on"]))


def at(target: Target, question: Question, day: date) -> Question:
    """The same question as it stood on an earlier ``day``; what counts year by year begins with the day's year."""
    day = min(day, question.on)
    if question.start is None:
        return replace(question, on=day)
    return replace(question, start=date(day.year, 1, 1) if target.is_yearly else question.start, on=day)


def _address(question: Question, area: Area) -> dict[str, Any]:
    when = {"on": question.on} if question.start is None else {"from_": question.start, "to": question.on}
    return {**question.params, "within": area.code, **when}


def figure_url(question: Question, area: Area) -> str:
    """The page that explains the figure: definition, value, both terms of a ratio, its months."""
    return links.figure_url(question.indicator, **_address(question, area))


def value_url(question: Question, area: Area) -> str:
    """Where one value leads: a count to its records, a ratio to the page with both its terms."""
    if catalogue.get(question.indicator).kind is Kind.RATIO:
        return figure_url(question, area)
    return links.records_url(question.indicator, **_address(question, area))


def month_urls(target: Target, months: Sequence[Progress], area: Area) -> list[str]:
    """Where the value of each stored month leads; entered figures lead to the list of what was entered."""
    question = stored(months[-1] if months else None)
    if question is None:
        return [] if target.measured_by == Target.MeasuredBy.INDICATOR else ["#entered"] * len(months)
    return [value_url(at(target, question, row.on), area) for row in months]


def year_url(target: Target, question: Question | None, area: Area, year: int) -> str:
    """Where the value of a calendar year leads."""
    if question is None:
        return "" if target.measured_by == Target.MeasuredBy.INDICATOR else "#entered"
    return value_url(at(target, question, month_end(date(year, 12, 1))), area)


def term_units(target: Target) -> tuple[str, str]:
    """Units of the two terms of the share a target is measured by; nothing where it is no share of the catalogue."""
    try:
        indicator = catalogue.get(target.indicator)
    except catalogue.UnknownIndicator:
        return ("", "")
    return indicator.term_units if isinstance(indicator, Ratio | Coverage) else ("", "")


def stock_urls(target: Target, on: date) -> list[tuple[str, str]]:
    """The two stocks whose difference is the net change: the day before the plan, and ``on``."""
    start = target.plan.period_from or target.plan.effective_from
    stock = STOCK_OF.get(target.indicator)
    if stock is None or start is None:
        return []
    params = (target.definition.get("measure") or {}).get("params") or {}
    days = (("期初存量", start - timedelta(days=1)), ("期末存量", on))
    return [(words, value_url(Question(stock, params, None, day), target.area)) for words, day in days]


__all__ = ["at", "figure_url", "month_urls", "stock_urls", "stored", "term_units", "value_url", "year_url"]
