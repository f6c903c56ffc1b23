"""Words and numbers of a target as pages show them. Pure: takes rows that were fetched, asks for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from targets.models import Progress, Target
from targets.pace import PACE_WORDS, RED
from targets.quantities import goal_words, plain, quantity, written

# Who needs a leader's eye first.
ATTENTION: Final = ("at_risk", "missed", "behind", "unknown", "waiting", "on_pace", "ahead", "met", "shown")


@dataclass(frozen=True, slots=True)
class Group:
    """Paces that a leader reads as one: the filter of the page."""

    code: str
    word: str
    icon: str
    paces: tuple[str, ...]


GROUPS: Final = (
    Group("bad", "滞后或有风险", "alert-triangle", ("behind", "at_risk", "missed")),
    Group("open", "待录入或不能计算", "help-circle", ("unknown", "waiting")),
    Group("good", "按时序推进", "check", ("ahead", "on_pace")),
    Group("met", "已达成", "circle-check", ("met",)),
    Group("shown", "仅展示", "eye", ("shown",)),
)
GROUPS_BY_CODE: Final = {group.code: group for group in GROUPS}
COUNTED: Final = frozenset({"家", "个", "名", "支", "件", "人", "项"})
YEARLY: Final = frozenset({Target.Kind.NEW_EACH_YEAR, Target.Kind.TREND})


@dataclass(frozen=True, slots=True)
class Card:
    """One target with where it stands: what the leader's page shows of it."""

    target: Target
    progress: Progress | None
    behind: Sequence[str] = ()
    units: Sequence[str] = ()

    @property
    def pace(self) -> str:
        return self.progress.pace if self.progress else "unknown"

    @property
    def reason(self) -> str:
        return self.progress.reason if self.progress else "进度尚未计算"

    @property
    def number(self) -> str:
        return self._written[0]

    @property
    def unit(self) -> str:
        return self._written[1]

    @property
    def _written(self) -> tuple[str, str]:
        row = self.progress
        if row is None or row.value is None:
            if self.target.comparator == Target.Comparator.DONE and row is not None:
                return {"met": "已完成", "waiting": "待确认"}.get(row.pace, "未完成"), ""
            return "—", ""
        return written(row.value, self.target.unit, row.goal)

    @property
    def goal(self) -> str:
        """The number the value is compared with, in words; for years the present one's."""
        goal = self.progress.goal if self.progress and self.progress.goal is not None else self.target.value
        return goal_words(self.target.comparator, goal, self.target.value_max, self.target.unit)

    @property
    def fraction(self) -> Decimal | None:
        """Value over goal, for the bar; None where there is none of them."""
        return self._over_goal(self.progress.value if self.progress else None)

    @property
    def expected(self) -> Decimal | None:
        return self._over_goal(self.progress.expected if self.progress else None)

    def _over_goal(self, value: Decimal | None) -> Decimal | None:
        goal = self.progress.goal if self.progress else None
        return value / goal if value is not None and goal else None

    @property
    def expected_words(self) -> str:
        """What is due today, while there is still time."""
        row = self.progress
        if row is None or row.expected is None or row.pace not in {"ahead", "on_pace", "behind", "at_risk"}:
            return ""
        return quantity(row.expected, self.target.unit)

    @property
    def needed(self) -> str:
        """What is missing, and what each month must bring."""
        row = self.progress
        if row is None or row.needed_a_month is None or row.value is None or row.goal is None:
            return ""
        gap = row.goal - row.value
        if gap <= 0:
            return f"须多于 {quantity(row.goal, self.target.unit)}"
        missing = f"还差 {quantity(gap, self.target.unit)}"
        if self.target.unit in COUNTED and row.needed_a_month < 1:
            return missing
        word = "个百分点" if self.target.unit == "%" else self.target.unit
        return f"{missing.replace('%', ' 个百分点')},今后每月需 {quantity(row.needed_a_month, word)}"

    @property
    def forecast(self) -> str:
        """``按近12个月速度,预计到2026年底 182–196 家``."""
        row = self.progress
        if row is None or row.forecast_low is None or row.forecast_high is None:
            return ""
        low, high = row.forecast_low, row.forecast_high
        if self.target.unit in COUNTED:
            low, high = low.to_integral_value(ROUND_FLOOR), high.to_integral_value(ROUND_CEILING)
        if self.target.unit == "%":
            low, high = max(low, Decimal(0)), min(high, Decimal(100))
        span = quantity(high, self.target.unit)
        if low != high:
            span = f"{written(low, self.target.unit)[0]}–{span}"
        months = row.explanation.get("forecast_months", 12)
        return f"按近{months}个月速度,预计到{until_words(self.due)} {span}"

    @property
    def due(self) -> date | None:
        """The last day of the stretch that is judged now: the year's for targets of every year."""
        yearly = self.target.kind in YEARLY or bool(self.target.definition.get("per_year"))
        if yearly and self.progress:
            return date(self.progress.on.year, 12, 31)
        return self.target.deadline

    @property
    def deadline(self) -> str:
        return until_words(self.target.deadline) if self.target.deadline else "文中未写期限"

    @property
    def is_red(self) -> bool:
        return self.pace in RED

    @property
    def years(self) -> list[dict[str, Any]]:
        """Years judged one by one, written out; empty for other targets."""
        rows = self.progress.explanation.get("years", []) if self.progress else []
        unit, comparator = self.target.unit, self.target.comparator
        return [
            {
                "year": row["year"],
                "pace": row["pace"],
                "value": quantity(_decimal(row["value"]), unit, _decimal(row["goal"])),
                "goal": goal_words(comparator, _decimal(row["goal"]), None, unit),
            }
            for row in rows
        ]


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def until_words(day: date | None) -> str:
    """``2026年底`` for a last day of December, else the date."""
    if day is None:
        return ""
    return f"{day.year}年底" if (day.month, day.day) == (12, 31) else f"{day.year}年{day.month}月{day.day}日"


def by_attention(cards: Iterable[Card]) -> list[Card]:
    """At risk first; within one pace in the order of the plan."""
    return sorted(cards, key=lambda card: (ATTENTION.index(card.pace), card.target.order))


def group_counts(cards: Sequence[Card]) -> list[tuple[Group, int]]:
    """Groups that have targets, with how many."""
    counts = [(group, sum(card.pace in group.paces for card in cards)) for group in GROUPS]
    return [(group, count) for group, count in counts if count]


def headline(cards: Sequence[Card]) -> str:
    """``11 项目标:4 项已达成、5 项有风险、1 项尚不能计算``: counts by pace, best news first."""
    counts = {pace: sum(card.pace == pace for card in cards) for pace in ATTENTION}
    order = ("met", "ahead", "on_pace", "behind", "at_risk", "missed", "unknown", "waiting", "shown")
    parts = [f"{counts[pace]} 项{PACE_WORDS[pace]}" for pace in order if counts[pace]]
    return f"{len(cards)} 项目标:{'、'.join(parts)}" if parts else ""


def steps_of(row: Progress, unit: str) -> list[dict[str, str]]:
    """The stored arithmetic of a verdict, with the two terms of a share before it."""
    kept: list[dict[str, str]] = list(row.explanation.get("steps", []))
    top, bottom = row.explanation.get("numerator"), row.explanation.get("denominator")
    if top is not None and bottom is not None:
        share = f"{plain(Decimal(top))} ÷ {plain(Decimal(bottom))}"
        kept.insert(0, {"label": "占比", "expression": share, "value": quantity(row.value, unit, row.goal), "note": ""})
    return kept


def multiple_words(row: Progress, unit: str) -> str:
    """How many times the base: for 翻一番, which is shown and not judged."""
    found = row.explanation.get("multiple")
    if not found:
        return ""
    word = "文中推得" if found.get("status") == "implied" else "文中载明"
    base = quantity(Decimal(found["base"]), unit)
    return f"为基期 {base}({word})的 {found['times']} 倍。“翻一番”只作展示,以达到的数判定。"


def net_words(row: Progress, unit: str) -> str:
    """The net change of the stock beside first recognitions, where the text does not say which it means."""
    net = row.explanation.get("net")
    return "" if net is None else f"同期存量净增 {quantity(Decimal(net), unit)}(到期或撤销的已扣除)"


__all__ = [
    "ATTENTION",
    "GROUPS",
    "GROUPS_BY_CODE",
    "Card",
    "Group",
    "by_attention",
    "group_counts",
    "headline",
    "multiple_words",
    "net_words",
    "steps_of",
    "until_words",
]
