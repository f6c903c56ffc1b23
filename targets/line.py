"""The arithmetic of a path to a goal: what is due by a day, what is needed a month, where the pace of late leads.

All in Decimal and in the target's own unit. A month is 30.4375 days (365.25 / 12) wherever days become months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Final

DAYS_A_MONTH: Final = Decimal("30.4375")
# A forecast looks back twelve full months and wants at least half a year.
WINDOW: Final = 12
RUN: Final = 6


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days over which a goal is to be reached, both included."""

    start: date
    due: date

    @property
    def days(self) -> int:
        return (self.due - self.start).days + 1

    def elapsed(self, on: date) -> int:
        """Days gone by the end of ``on``: 0 before the start, all of them after the end."""
        return min(max((on - self.start).days + 1, 0), self.days)

    def share(self, on: date) -> Decimal:
        return Decimal(self.elapsed(on)) / Decimal(self.days)

    def months_left(self, on: date) -> Decimal:
        """Months after ``on`` until the end; 0 when it is over."""
        return Decimal(self.days - self.elapsed(on)) / DAYS_A_MONTH


def expected(base: Decimal, goal: Decimal, stretch: Stretch, on: date) -> Decimal:
    """Where an even path from ``base`` (before the first day) to ``goal`` (on the last) stands at the end of ``on``."""
    return base + (goal - base) * stretch.share(on)


def whole_steps(value: Decimal, base: Decimal, goal: Decimal) -> Decimal:
    """``value`` cut to whole things where goal and base are whole: half an incubator is not due yet."""
    if goal == goal.to_integral_value() and base == base.to_integral_value():
        return value.quantize(Decimal(1), rounding=ROUND_DOWN)
    return value


def needed_a_month(value: Decimal, goal: Decimal, months_left: Decimal) -> Decimal:
    """What every remaining month must add. With less than a month left: all that is missing."""
    return max(goal - value, Decimal(0)) / max(months_left, Decimal(1))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the pace of the last months leads: the mean of them, and the range of the slowest and fastest half-year."""

    value: Decimal
    low: Decimal
    high: Decimal
    rate: Decimal
    slowest: Decimal
    fastest: Decimal
    months: int


def forecast(value: Decimal, increments: Sequence[Decimal], months_left: Decimal) -> Forecast | None:
    """Extend ``value`` by the changes of the last full months (oldest first; the last twelve are used).

    ``rate`` is their mean. ``low`` and ``high`` use the slowest and the fastest six consecutive months among them, so
    the range is as wide as the pace was uneven. None with fewer than six months: too little to say anything.
    """
    recent = list(increments)[-WINDOW:]
    if len(recent) < RUN:
        return None
    rate = sum(recent, Decimal(0)) / len(recent)
    runs = [sum(recent[at : at + RUN], Decimal(0)) / RUN for at in range(len(recent) - RUN + 1)]
    slowest, fastest = min(runs), max(runs)
    return Forecast(
        value + rate * months_left,
        value + min(slowest, rate) * months_left,
        value + max(fastest, rate) * months_left,
        rate,
        slowest,
        fastest,
        len(recent),
    )
