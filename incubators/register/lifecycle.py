"""The state of a tenant on a day: in incubation, beyond its limit, extended, graduated, gone. Pure: no database.

A limit is whole months by the day of the month after the day from which incubation counts; the day of the limit is
still inside. :mod:`incubators.register.limits` says the same of sets, in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import models

from incubators.models import Residency
from incubators.register.rulefile import RuleFile


class State(models.TextChoices):
    """What a stay is on a day. Before it began it has none."""

    TENANT = "tenant", "入驻(非在孵)"
    INCUBATING = "incubating", "在孵"
    OVERDUE = "overdue", "超期在孵"
    EXTENDED = "extended", "延期"
    GRADUATE_STAYED = "graduate_stayed", "毕业在驻"
    GRADUATE_DISTRICT = "graduate_district", "毕业迁出(区内)"
    GRADUATE_OUTSIDE = "graduate_outside", "毕业迁出(区外)"
    GRADUATE_LEFT = "graduate_left", "毕业迁出(去向未登记)"
    TRANSFERRED = "transferred", "已转移"
    LEFT = "left", "已退出"


IN_INCUBATION = (State.INCUBATING, State.OVERDUE, State.EXTENDED)
_GONE = {
    Residency.Destination.DISTRICT: State.GRADUATE_DISTRICT,
    Residency.Destination.OUTSIDE: State.GRADUATE_OUTSIDE,
}


def months_after(day: date, months: int) -> date:
    """The same day of the month ``months`` later; the last day of a month that has no such day."""
    return day + relativedelta(months=months)


def months_between(first: date, last: date) -> int:
    """Whole months that have passed from ``first`` to ``last``; 0 when ``last`` is earlier."""
    passed = relativedelta(last, first)
    return max(0, passed.years * 12 + passed.months)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long incubation may last: ``months`` long, until ``base`` or, by a decision in force, ``extended_to``.
    ``open_until``: where an unconfirmed longer limit would end."""

    months: int
    base: date
    extended_to: date | None = None
    open_until: date | None = None

    @property
    def day(self) -> date:
        """The last day inside."""
        return self.extended_to or self.base


def limit_of(rule: RuleFile, *, start: date, industry: str, on: date, extensions: Sequence[Any]) -> Limit:
    """The limit of a stay as it stood on ``on``. ``start``: the day from which its incubation counts;
    ``extensions``: decisions with ``decided_on`` and ``until``, of which those made later than ``on`` do not count
    and of the others the furthest does."""
    months, longer = rule.months_for(industry), rule.open_for(industry)
    made = [row for row in extensions if row.decided_on <= on]
    extended = max((row.until for row in made), default=None)
    open_until = months_after(start, longer.months) if longer is not None else None
    return Limit(months, months_after(start, months), extended, open_until)


def state_on(stay: Residency, day: date, limit: Limit | None) -> State | None:
    """The state of a stay on ``day``; None before it began. Without a rule (``limit`` is None) nothing is overdue."""
    if stay.entered_on > day:
        return None
    left = stay.left_on is not None and stay.left_on <= day
    if _graduated(stay, day):
        return (
            _GONE.get(Residency.Destination(stay.destination or "stayed"), State.GRADUATE_LEFT)
            if left
            else (State.GRADUATE_STAYED)
        )
    if left:
        return State.TRANSFERRED if stay.outcome == Residency.Outcome.TRANSFERRED else State.LEFT
    if stay.incubating_from is None or stay.incubating_from > day:
        return State.TENANT
    if limit is None or day <= limit.base:
        return State.INCUBATING
    return State.EXTENDED if limit.extended_to is not None and day <= limit.extended_to else State.OVERDUE


def _graduated(stay: Residency, day: date) -> bool:
    """Graduated by ``day``, and not after having left."""
    done = stay.graduated_on
    return done is not None and done <= day and (stay.left_on is None or stay.left_on >= done)
