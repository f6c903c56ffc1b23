"""Words and numbers of a target as pages show them. Pure: takes rows that were fetched, asks for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from core.dates import date_cn
from targets.models import Progress, Target
from targets.pace import PACE_WORDS, RED, reaches
from targets.quantities import aligned, change, goal_words, is_counted, quantity, written

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
    Group("bad", "滞后、有风险、未达成", "alert-triangle", ("behind", "at_risk", "missed")),
    Group("open", "待录入或不能计算", "help-circle", ("unknown", "waiting")),
    Group("good", "按时序推进", "check", ("ahead", "on_pace")),
    Group("met", "已达成", "circle-check", ("met",)),
    Group("shown", "仅展示", "eye", ("shown",)),
)
GROUPS_BY_CODE: Final = {group.code: group for group in GROUPS}
BEST_FIRST: Final = ("met", "ahead", "on_pace", "behind", "at_risk", "missed", "unknown", "waiting", "shown")


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
    def missing_decisions(self) -> Sequence[str]:
        """Codes of the open questions without whose answer no figure may be given."""
        return self.progress.explanation.get("missing_decisions", []) if self.progress else []

    @property
    def is_counted(self) -> bool:
        """Whether records stand behind the value."""
        row = self.progress
        return bool(row and row.value is not None and row.explanation.get("question"))

    @property
    def is_entered(self) -> bool:
        return self.target.measured_by != Target.MeasuredBy.INDICATOR

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
    def goal_label(self) -> str:
        """``目标``; where years are judged one by one, of which year."""
        return f"{self.years[-1]['year']}年目标" if self.years else "目标"

    @property
    def pace_label(self) -> str:
        """The word of the state; where only some of the years that are over were missed, which ones."""
        missed = [str(year["year"]) for year in self._judged if year["pace"] == "missed"]
        if self.pace == "missed" and 0 < len(missed) < len(self._judged):
            return f"{'、'.join(missed)}年{PACE_WORDS['missed']}"
        return PACE_WORDS[self.pace]

    @property
    def _judged(self) -> Sequence[Mapping[str, Any]]:
        """Years judged one by one, as stored."""
        return self.progress.explanation.get("years", []) if self.progress else []

    @property
    def fraction(self) -> Decimal | None:
        """Value over goal, for the bar, whose colour is that of the state. None where a bar would say something else:
        one of the two is unknown, the goal is to have more than before (逐年增加: a share of that means nothing),
        or the state is that of another year than the last."""
        if self.target.comparator == Target.Comparator.INCREASE:
            return None
        if self._judged and self.pace not in {self._judged[-1]["pace"], "shown"}:
            return None
        return self._over_goal(self.progress.value if self.progress else None)

    @property
    def expected(self) -> Decimal | None:
        return self._over_goal(self.progress.expected if self.progress else None)

    def _over_goal(self, value: Decimal | None) -> Decimal | None:
        goal = self.progress.goal if self.progress else None
        return value / goal if value is not None and goal else None

    @property
    def expected_words(self) -> str:
        """What is due today, while there is still time; of things that are counted, the whole ones."""
        row = self.progress
        if row is None or row.expected is None or row.pace not in {"ahead", "on_pace", "behind", "at_risk"}:
            return ""
        whole = is_counted(self.target.unit) and row.goal is not None and row.goal == row.goal.to_integral_value()
        return quantity(row.expected.to_integral_value(ROUND_FLOOR) if whole else row.expected, self.target.unit)

    @property
    def needed(self) -> str:
        """What is missing, and what each month must bring."""
        row = self.progress
        if row is None or row.needed_a_month is None or row.value is None or row.goal is None:
            return ""
        gap = row.goal - row.value
        if gap <= 0:
            return f"须多于 {quantity(row.goal, self.target.unit)}"
        missing = f"还差 {change(gap, self.target.unit)}"
        if is_counted(self.target.unit) and row.needed_a_month < 1:
            return missing
        each = row.needed_a_month
        each = each.to_integral_value(ROUND_CEILING) if is_counted(self.target.unit) else each
        return f"{missing},今后每月需 {change(each, self.target.unit)}"

    @property
    def forecast(self) -> str:
        """``按近12个月速度,预计到2026年底 182–196 家,达不到``. Counted things are whole: 2.9 of them are two."""
        row = self.progress
        if row is None or row.forecast_low is None or row.forecast_high is None:
            return ""
        low, high = row.forecast_low, row.forecast_high
        if is_counted(self.target.unit):
            low, high = low.to_integral_value(ROUND_FLOOR), high.to_integral_value(ROUND_FLOOR)
        if self.target.unit == "%":
            low, high = max(low, Decimal(0)), min(high, Decimal(100))
        span = quantity(high, self.target.unit)
        if low != high:
            span = f"{written(low, self.target.unit)[0]}–{span}"
        months = row.explanation.get("forecast_months", 12)
        return f"按近{months}个月速度,预计到{until_words(self.due)} {span}{self._outlook(low, high)}"

    def _outlook(self, low: Decimal, high: Decimal) -> str:
        """Whether the range of the forecast reaches the goal."""
        goal = self.progress.goal if self.progress else None
        if goal is None:
            return ""
        if reaches(self.target.comparator, low, goal):
            return ",能达到"
        return ",不一定能达到" if reaches(self.target.comparator, high, goal) else ",达不到"

    @property
    def due(self) -> date | None:
        """The last day of the stretch that is judged now: the year's for targets of every year."""
        if self.target.is_yearly and self.progress:
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
        unit, comparator = self.target.unit, self.target.comparator
        return [
            {
                "year": row["year"],
                "pace": row["pace"],
                "value": quantity(_decimal(row["value"]), unit, _decimal(row["goal"])),
                "aligned": aligned(_decimal(row["value"]), unit, _decimal(row["goal"])),
                "goal": goal_words(comparator, _decimal(row["goal"]), None, unit),
            }
            for row in self._judged
        ]


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def until_words(day: date | None) -> str:
    """``2026年底`` for a last day of December, else the date."""
    if day is None:
        return ""
    return f"{day.year}年底" if (day.month, day.day) == (12, 31) else date_cn(day)


def by_attention(cards: Iterable[Card]) -> list[Card]:
    """At risk first; within one pace in the order of the plan."""
    return sorted(cards, key=lambda card: (ATTENTION.index(card.pace), card.target.order))


def group_counts(cards: Sequence[Card]) -> list[tuple[Group, int]]:
    """Groups that have targets, with how many."""
    counts = [(group, sum(card.pace in group.paces for card in cards)) for group in GROUPS]
    return [(group, count) for group, count in counts if count]


def headline(cards: Iterable[Card]) -> list[tuple[str, str, int]]:
    """Pace, its word and how many targets stand there: best news first, without empty ones."""
    counts = Counter(card.pace for card in cards)
    return [(pace, PACE_WORDS[pace], counts[pace]) for pace in BEST_FIRST if counts[pace]]


def shown_group(code: str) -> Group | None:
    """What ``?show=`` asks for: a group, or one pace alone; None for anything else."""
    if code in PACE_WORDS and code not in GROUPS_BY_CODE:
        return Group(code, PACE_WORDS[code], "", (code,))
    return GROUPS_BY_CODE.get(code)


def steps_of(row: Progress, unit: str, terms: tuple[str, str] = ("", "")) -> list[dict[str, str]]:
    """The stored arithmetic of a verdict, with the two terms of a share before it; ``terms`` are their units."""
    kept: list[dict[str, str]] = list(row.explanation.get("steps", []))
    top, bottom = row.explanation.get("numerator"), row.explanation.get("denominator")
    if top is not None and bottom is not None:
        share = " ÷ ".join(quantity(Decimal(term), of) for term, of in zip((top, bottom), terms, strict=True))
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
    "shown_group",
    "steps_of",
    "until_words",
]
