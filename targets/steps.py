"""The steps of a verdict as an officer would write them on paper: label, expression, value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from targets.line import DAYS_A_MONTH, RUN, Forecast, Stretch
from targets.quantities import change, plain, quantity, written

COMMITMENT_WORDS: Final = {
    "binding": "约束性",
    "expected": "预期性",
    "aspiration": "力争",
    "encouraged": "鼓励",
    "promoted": "推动",
    "supported": "支持",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic; ``value`` is already written with its unit."""

    label: str
    expression: str
    value: str
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"label": self.label, "expression": self.expression, "value": self.value, "note": self.note}


def goal(words: str, commitment: str) -> Step:
    return Step("目标", COMMITMENT_WORDS.get(commitment, ""), words)


def present(words: str, value: Decimal, goal: Decimal, *, comparator: str) -> Step:
    """Where it stands, and which part of the goal that is; to have more than before has no parts."""
    share = f"为目标的 {plain(value * 100 / goal)}%" if goal > 0 and comparator != "increase" else ""
    return Step("当前值", share, words)


def due(
    base: Decimal, goal: Decimal, stretch: Stretch, on: date, value: Decimal, unit: str, *, steady: Decimal, note: str
) -> Step:
    """What an even path would have reached: base + (goal − base) × days gone ÷ all days; ``steady`` is what of it is
    compared (whole things only)."""
    low, high = quantity(base, unit), quantity(goal, unit)
    days = f"{stretch.elapsed(on):,} 天 ÷ {stretch.days:,} 天"
    formula = f"{high} × {days}" if base == 0 else f"{low} + ({high} − {low}) × {days}"
    notes = [f"基数:{note}" if note else "", f"只计整数,取 {quantity(steady, unit)}" if steady != value else ""]
    words = ";".join(filter(None, notes))
    return Step("时序应达", formula, quantity(value, unit), words)


def needed(value: Decimal, goal: Decimal, left: Decimal, each: Decimal, unit: str) -> Step:
    gap = f"{quantity(goal, unit)} − {quantity(value, unit)}"
    if left < 1:
        return Step("今后每月需", gap, change(each, unit), "不足一个月")
    expression = f"({gap}) ÷ {plain(left, 2)} 个月"
    return Step("今后每月需", expression, change(each, unit), f"一个月按 {DAYS_A_MONTH} 天计")


def forecast(ahead: Forecast, value: Decimal, left: Decimal, unit: str) -> list[Step]:
    """The pace of late and where it leads, with its range."""
    total = change(ahead.rate * ahead.months, unit)
    months = f"{plain(left, 2)} 个月"
    low, high = written(ahead.low, unit)[0], quantity(ahead.high, unit)
    rate, slow, fast = (change(each, unit) for each in (ahead.rate, ahead.slowest, ahead.fastest))
    return [
        Step(f"近{ahead.months}个月月均变化", f"{total} ÷ {ahead.months} 个月", rate),
        Step("到期预测", f"{quantity(value, unit)} + {rate} × {months}", quantity(ahead.value, unit)),
        Step(
            "预测区间",
            f"每月 {slow}至 {fast} × {months}",
            f"{low}–{high}",
            f"按其中最慢和最快的连续{RUN}个月",
        ),
    ]


def lag_words(now: str, due: Decimal, value: Decimal, lag: Decimal, unit: str) -> str:
    """One sentence: where it stands, what was due, the difference and its share of the whole way."""
    gap = abs(value - due)
    if not gap:
        return f"{now},与时序应达数相同"
    word = "超出" if value > due else "落后"
    share = f"(全程的 {plain(abs(lag) * 100)}%)"
    return f"{now},时序应达 {quantity(due, unit)},{word} {change(gap, unit)}{share}"


__all__ = ["COMMITMENT_WORDS", "Step", "due", "forecast", "goal", "lag_words", "needed", "present"]
