"""The path of a target as a chart: what was reached, what was due, where it leads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from dateutil.relativedelta import relativedelta

from targets.line import RUN
from targets.models import Progress
from targets.presenting import Card
from targets.quantities import PLACES, scaled

YEARLY = "各年单独计算:每年1月重新起计,不与上年累加。"


def path_chart(card: Card, months: Sequence[Progress], links: Sequence[str] = ()) -> dict[str, Any] | None:
    """The stored months and, if there is time left, the way to the deadline. None with fewer than two months.

    ``links``: where the value of each month is explained.
    """
    known = [row for row in months if row.value is not None]
    if len(known) < 2:
        return None
    unit = card.target.unit
    word = scaled(max(abs(row.value or Decimal(0)) for row in known), unit)[1]
    ahead = list(_months_after(months[-1].month, card.due))
    last = months[-1]

    places = PLACES.get(unit, 0)

    def shown(value: Decimal | None) -> Decimal | None:
        """In the unit's decimals. Half an incubator is neither due nor foreseen."""
        if value is None:
            return None
        rounding = ROUND_HALF_UP if places else ROUND_FLOOR
        return _in(value, unit, word).quantize(Decimal(1).scaleb(-places), rounding=rounding)

    def line_to(low: Decimal | None, high: Decimal | None) -> list[Decimal | None]:
        """From the last month straight to the end; nothing before."""
        if low is None or high is None or not ahead:
            return [None] * (len(months) + len(ahead))
        step = (high - low) / len(ahead)
        before: list[Decimal | None] = [None] * (len(months) - 1)
        return before + [shown(low + step * n) for n in range(len(ahead) + 1)]

    due = [shown(row.expected) for row in months]
    if ahead:
        onward: list[Decimal | None] = [value for value in line_to(last.expected, last.goal) if value is not None]
        due = [*due[:-1], *(onward or [None])]
    due += [None] * (len(months) + len(ahead) - len(due))
    series = [
        {"name": "实际", "data": [shown(row.value) for row in months] + [None] * len(ahead), "tone": "primary"},
        {"name": "时序应达", "data": due, "dashed": True, "tone": "muted"},
    ]
    if ahead and last.forecast_low is not None:
        series.append({"name": "预测下限", "data": line_to(last.value, last.forecast_low), "dashed": True})
        series.append({"name": "预测上限", "data": line_to(last.value, last.forecast_high), "dashed": True})
    if not any(value is not None for value in due):
        series.pop(1)
    goal = shown(last.goal)
    goals = [shown(row.goal) for row in months]
    steps = len({each for each in goals if each is not None}) > 1
    if steps:
        series.append({"name": "当年目标", "data": goals + [goal] * len(ahead), "dashed": True, "tone": "bad"})
    return {
        "id": "path",
        "title": "逐月进度",
        "unit": word,
        "places": places,
        "kind": "line",
        "category_label": "月份",
        "categories": [f"{month:%Y-%m}" for month in [*(row.month for row in months), *ahead]],
        "series": series,
        "targets": [{"label": "目标", "value": goal}] if goal is not None and not steps else [],
        "max": _ceiling(word, series, goal),
        "links": links,
        "note": _note(card, bool(ahead)),
    }


def _ceiling(unit: str, series: Sequence[dict[str, Any]], goal: Decimal | None) -> int | None:
    """Shares end at 100% where no line goes above it."""
    values = [value for line in series for value in [*line["data"], goal] if value is not None]
    return 100 if unit == "%" and values and 60 <= max(values) <= 100 else None


def _note(card: Card, ahead: bool) -> str:
    """What a reader has to know of the lines: when they begin anew, and what the range of the forecast is."""
    target, row = card.target, card.progress
    words = YEARLY if target.is_yearly and target.kind != target.Kind.TREND else ""
    if ahead and row is not None and row.forecast_low is not None:
        months = row.explanation.get("forecast_months", 12)
        words += f"预测区间取近{months}个月中最慢和最快的连续{RUN}个月外推,只供判断快慢,不是承诺。"
    return words


def _in(value: Decimal, unit: str, word: str) -> Decimal:
    """Every point of a chart in one unit, whatever its size."""
    if unit != "元":
        return value
    return value / (Decimal(100_000_000) if word == "亿元" else Decimal(10_000))


def _months_after(month: date, due: date | None) -> Iterator[date]:
    if due is None:
        return
    following = month + relativedelta(months=1)
    while following <= due:
        yield following
        following += relativedelta(months=1)
