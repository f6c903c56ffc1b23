"""Judging a target: reached or not, ahead or behind, what is needed a month, where it leads. Pure: numbers in, verdict out.

The thresholds, once for the whole portal. ``lag`` is how far the value stands from what an even path would have
reached today, as a share of the whole way (goal less base):

==================  ===========================================================================================
已达成 met           the value meets the comparator (until the deadline it must still hold)
超前 ahead           at least 5% of the way more than due
正常 on_pace         less than 5% of the way behind
滞后 behind          5% to 15% behind; or in the last quarter of the time, if the pace of late falls short
有风险 at_risk        15% behind or more; or in the last quarter, if even the fastest half-year would fall short
未达成 missed        the deadline has passed without meeting it
仅展示 shown         not judged: no number (一批), no deadline, or words that bind nobody (鼓励, 推动, 支持)
待录入 waiting       outside statistics or a confirmation that nobody has entered yet
尚不能计算 unknown     something is missing, and it is said what; never taken for zero
==================  ===========================================================================================

Of things that are counted, what is due is cut to whole ones: half an incubator cannot be late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from core.templatetags.badge_words import BADGES
from targets import steps
from targets.line import Forecast, Stretch, expected, forecast, needed_a_month, whole_steps
from targets.quantities import goal_words, is_counted, quantity

AHEAD: Final = Decimal("0.05")
BEHIND: Final = Decimal("-0.05")
AT_RISK: Final = Decimal("-0.15")
LAST_PART: Final = Decimal("0.75")
THRESHOLD_WORDS: Final = (
    ("met", "当前值达到目标;未到期的,期限前仍须保持"),
    ("ahead", "比时序应达多出全程的5%以上"),
    ("on_pace", "与时序应达相差不到全程的5%"),
    ("behind", "落后全程的5%至15%;或已到期限的最后四分之一而按近期速度达不到"),
    ("at_risk", "落后全程的15%以上;或已到期限的最后四分之一而按最快半年的速度也达不到"),
    ("missed", "期限已过,没有达到"),
    ("shown", "文中没有数值、没有期限,或只是鼓励、推动、支持:只展示,不判定"),
    ("waiting", "外部统计或确认尚未录入"),
    ("unknown", "缺少计算所需的名单、标准或数据:不当作零"),
)
# Words of a plan that may show red; the others bind nobody.
JUDGED: Final = frozenset({"binding", "aspiration", "expected"})
YEARLY: Final = frozenset({"new_each_year", "trend"})
RED: Final = frozenset({"behind", "at_risk", "missed"})
PACE_WORDS: Final = {code: words.word for code, words in BADGES["pace"].items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a plan wants: the words of the target as numbers. ``value`` is in the target's own unit (70 for 70%)."""

    kind: str
    comparator: str
    value: Decimal | None = None
    value_max: Decimal | None = None
    unit: str = ""
    commitment: str = "binding"
    per_year: Mapping[int, Decimal] = field(default_factory=dict)
    start: date | None = None
    deadline: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of it on the day.

    ``value``: now (or on the deadline, if that has passed). ``base``: before the first day; None when unknown.
    ``increments``: changes of the last full months, oldest first. ``years``: the value of each calendar year, the
    present one to date. ``done``: a person's confirmation of a milestone. ``entered``: the figure is typed in by
    people, so that nothing there means waiting. ``missing``: why there is no value, in Chinese.
    """

    value: Decimal | None = None
    base: Decimal | None = None
    base_note: str = ""
    increments: Sequence[Decimal] = ()
    years: Mapping[int, Decimal | None] = field(default_factory=dict)
    done: bool | None = None
    entered: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One calendar year of a target that is judged year by year."""

    year: int
    value: Decimal | None
    goal: Decimal | None
    pace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: ``pace`` (a code of :data:`PACE_WORDS`), why, and the numbers behind it with every step."""

    pace: str
    reason: str
    value: Decimal | None = None
    goal: Decimal | None = None
    expected: Decimal | None = None
    needed_a_month: Decimal | None = None
    forecast: Forecast | None = None
    years: tuple[Year, ...] = ()
    steps: tuple[steps.Step, ...] = ()


def reaches(comparator: str, value: Decimal, goal: Decimal) -> bool:
    """Whether ``value`` meets ``goal``: 突破 and 提高 are strict, a range is met at its lower end (YC-X08, SH-X07)."""
    return value > goal if comparator in {"more_than", "increase"} else value >= goal


def judge(aim: Aim, seen: Seen, *, on: date) -> Verdict:
    """The verdict on a target as of ``on``."""
    verdict = _judge(aim, seen, on)
    if aim.commitment not in JUDGED and verdict.pace not in {"met", "waiting", "unknown"}:
        verdict = replace(verdict, pace="shown", reason=f"{verdict.reason};文中用语不具约束力,仅展示")
    return verdict


def _judge(aim: Aim, seen: Seen, on: date) -> Verdict:
    if aim.comparator == "some":
        counted = f"现有 {quantity(seen.value, aim.unit)}" if seen.value is not None else "尚未列出"
        return Verdict(pace="shown", reason=f"“一批”没有数值,只展示不判定;{counted}", value=seen.value)
    if aim.comparator == "done":
        return _judge_done(aim, seen, on)
    if aim.kind == "trend" and (aim.unit == "%" or not seen.years):
        return _show_trend(aim, seen)
    if aim.kind in YEARLY or (aim.kind == "ratio" and aim.per_year):
        return _judge_years(aim, seen, on)
    if seen.value is None:
        return _nothing(aim, seen, aim.value)
    if aim.value is None:
        return Verdict(pace="unknown", reason=seen.missing or "目标值是另一统计数,尚未录入,不能判定", value=seen.value)
    stretch = Stretch(aim.start or on, aim.deadline) if aim.deadline else None
    return _judge_stretch(aim, seen, seen.value, aim.value, stretch, on)


def _nothing(aim: Aim, seen: Seen, goal: Decimal | None) -> Verdict:
    """No value: waiting for a person, or something else is missing. Never zero."""
    pace = "waiting" if seen.entered else "unknown"
    reason = seen.missing or ("尚未录入数据" if seen.entered else "缺少计算所需的数据")
    return Verdict(pace=pace, reason=reason, goal=goal)


def _show_trend(aim: Aim, seen: Seen) -> Verdict:
    """A rate that should rise, without base or threshold (YC-X10): shown, never judged."""
    if seen.value is None:
        return _nothing(aim, seen, None)
    now = quantity(seen.value, aim.unit)
    return Verdict(pace="shown", reason=f"文中没有基期和门槛,只展示趋势;现为 {now}", value=seen.value)


def _judge_done(aim: Aim, seen: Seen, on: date) -> Verdict:
    """A milestone that a person confirms. Not yet confirmed is not the same as not done."""
    if seen.done is None:
        return Verdict(pace="waiting", reason=seen.missing or "完成与否尚未由人确认", goal=aim.value, value=seen.value)
    base = Verdict(pace="met", reason="已确认完成", value=seen.value, goal=aim.value)
    if seen.done:
        return base
    if aim.deadline is None:
        return replace(base, pace="shown", reason="已确认尚未完成;文中没有期限,不判断时序")
    if on > aim.deadline:
        return replace(base, pace="missed", reason=seen.missing or "期限已过,确认未完成")
    late = Stretch(aim.start or on, aim.deadline).share(on) >= LAST_PART
    words = "尚未完成,已到期限的最后四分之一" if late else "尚未完成,距期限还有时间"
    return replace(base, pace="at_risk" if late else "on_pace", reason=words)


# --- Year by year ---------------------------------------------------------------------------------------------------
def year_goals(aim: Aim, seen: Seen) -> dict[int, Decimal | None]:
    """The goal of each year: as the plan states it, or for a trend the year before (None when that is unknown)."""
    if aim.kind != "trend":
        return dict(aim.per_year)
    first = aim.start.year if aim.start else min(seen.years) + 1
    last = aim.deadline.year if aim.deadline else max(seen.years)
    return {year: seen.years.get(year - 1) for year in range(first, last + 1)}


def _judge_years(aim: Aim, seen: Seen, on: date) -> Verdict:
    """Each calendar year by itself: years gone are reached or not, the present one has a pace to date."""
    goals = year_goals(aim, seen)
    over = [_closed_year(aim, seen, year, goals[year]) for year in sorted(goals) if year < on.year]
    if on.year in goals:
        verdict = _present_year(aim, seen, goals[on.year], on)
        now = Year(year=on.year, value=verdict.value, goal=verdict.goal, pace=verdict.pace)
        failed = [year for year in over if year.pace == "missed"]
        note = f";往年未达到:{'、'.join(f'{year.year}年' for year in failed)}" if failed else ""
        return replace(verdict, years=(*over, now), reason=verdict.reason + note)
    if not over:
        first = min(goals, default=on.year)
        return Verdict(pace="shown", reason=f"{first}年起计,尚未开始", goal=goals.get(first))
    return _all_years_over(aim, tuple(over))


def _closed_year(aim: Aim, seen: Seen, year: int, goal: Decimal | None) -> Year:
    value = seen.years.get(year)
    if value is None or goal is None:
        return Year(year=year, value=value, goal=goal, pace="waiting" if seen.entered else "unknown")
    pace = "met" if reaches(aim.comparator, value, goal) else "missed"
    return Year(year=year, value=value, goal=goal, pace=pace)


def _all_years_over(aim: Aim, years: tuple[Year, ...]) -> Verdict:
    paces = {year.pace for year in years}
    words = ";".join(
        f"{year.year}年 {quantity(year.value, aim.unit, year.goal)}"
        f"(目标{goal_words(aim.comparator, year.goal, None, aim.unit)},{PACE_WORDS[year.pace]})"
        for year in years
    )
    pace = "missed" if "missed" in paces else next(iter(paces - {"met"}), "met")
    last = years[-1]
    return Verdict(
        pace=pace,
        reason=f"期限已过,各年单独判定:{words}",
        value=last.value,
        goal=last.goal,
        # The year is over: all of it was due.
        expected=last.goal,
        years=years,
    )


def _present_year(aim: Aim, seen: Seen, goal: Decimal | None, on: date) -> Verdict:
    value = seen.years.get(on.year)
    if value is None:
        return _nothing(aim, seen, goal)
    if goal is None:
        why = seen.missing or f"缺少{on.year - 1}年的数,不能比较"
        return Verdict(pace="unknown", reason=why, value=value)
    first = max(aim.start, date(on.year, 1, 1)) if aim.start else date(on.year, 1, 1)
    due = min(aim.deadline, date(on.year, 12, 31)) if aim.deadline else date(on.year, 12, 31)
    if aim.kind == "ratio":
        if seen.base is None:
            seen = replace(seen, base=seen.years.get(on.year - 1), base_note=f"{on.year - 1}年末")
    else:
        seen = replace(seen, base=Decimal(0), base_note="每年从零起计")
    return _judge_stretch(aim, seen, value, goal, Stretch(first, due), on)


# --- One stretch of time --------------------------------------------------------------------------------------------
def _judge_stretch(aim: Aim, seen: Seen, value: Decimal, goal: Decimal, stretch: Stretch | None, on: date) -> Verdict:
    """A value on its way to a goal by the end of a stretch (or without any end)."""
    met = reaches(aim.comparator, value, goal)
    want = goal_words(aim.comparator, goal, aim.value_max, aim.unit)
    now = quantity(value, aim.unit, goal)
    made = [steps.goal(want, aim.commitment), steps.present(now, value, goal, comparator=aim.comparator)]
    found = Verdict(pace="met", reason="", value=value, goal=goal)
    if stretch is None:
        words = f"已达到:{now},目标{want}" if met else "文中没有期限,不判断时序"
        return replace(found, pace="met" if met else "shown", reason=words, steps=tuple(made))
    if on < stretch.start:
        return replace(found, pace="shown", reason="尚未开始", steps=tuple(made))
    if stretch.months_left(on) or (met and on <= stretch.due):
        return _on_the_way(aim, seen, found, stretch, on, made)
    # The last day or later: all of it is due.
    words = "期限已过,已达到" if met else "期限已过,没有达到"
    pace = "met" if met else "missed"
    if on == stretch.due:
        pace, words = "at_risk", "今日到期,尚未达到"
    return replace(found, pace=pace, reason=f"{words}:{now},目标{want}", expected=goal, steps=tuple(made))


def _on_the_way(aim: Aim, seen: Seen, found: Verdict, stretch: Stretch, on: date, made: list[steps.Step]) -> Verdict:
    value, goal = found.value or Decimal(0), found.goal or Decimal(0)
    left = stretch.months_left(on)
    due = None
    if seen.base is not None:
        # Who starts above the goal has to stay there.
        base = min(seen.base, goal)
        due = expected(base, goal, stretch, on)
        steady = _steady(aim, due, base, goal)
        made.append(steps.due(base, goal, stretch, on, due, aim.unit, steady=steady, note=seen.base_note))
    ahead = forecast(value, seen.increments, left)
    if ahead:
        made.extend(steps.forecast(ahead, value, left, aim.unit))
    met = reaches(aim.comparator, value, goal)
    needed = None
    if not met:
        wanted = _least(aim, goal)
        needed = needed_a_month(value, wanted, left)
        made.append(steps.needed(value, wanted, left, needed, aim.unit))
    pace, reason = ("met", _met_words(aim, value, goal)) if met else _pace(aim, seen, found, due, ahead, stretch, on)
    return replace(
        found, pace=pace, reason=reason, expected=due, needed_a_month=needed, forecast=ahead, steps=tuple(made)
    )


def _steady(aim: Aim, due: Decimal, base: Decimal, goal: Decimal) -> Decimal:
    """What is compared with the value: of things that are counted, the whole ones that are due."""
    return whole_steps(due, base, goal) if is_counted(aim.unit) else due


def _least(aim: Aim, goal: Decimal) -> Decimal:
    """The smallest value that meets the goal: one more than it where the text says 突破 and things are counted."""
    strict = aim.comparator in {"more_than", "increase"}
    return goal + 1 if strict and is_counted(aim.unit) and goal == goal.to_integral_value() else goal


def _met_words(aim: Aim, value: Decimal, goal: Decimal) -> str:
    hold = "" if aim.kind in {"new_since_start", "new_each_year", "milestone"} else ";期限前仍须保持"
    want = goal_words(aim.comparator, goal, aim.value_max, aim.unit)
    return f"已达到:{quantity(value, aim.unit, goal)},目标{want}{hold}"


def _pace(
    aim: Aim,
    seen: Seen,
    found: Verdict,
    due: Decimal | None,
    ahead: Forecast | None,
    stretch: Stretch,
    on: date,
) -> tuple[str, str]:
    """Pace and reason of a target that is not reached and still has time."""
    value, goal = found.value or Decimal(0), found.goal or Decimal(0)
    now = quantity(value, aim.unit, goal)
    late = stretch.share(on) >= LAST_PART
    closing = _closing(aim, value, goal, ahead) if late else ""
    if due is None or seen.base is None:
        if closing:
            return closing, f"{now},已到期限的最后四分之一,按近期速度到期达不到目标"
        return "unknown", f"{now};没有基期数,不能判断时序进度"
    way = goal - seen.base if goal > seen.base else goal
    steady = _steady(aim, due, seen.base, goal)
    lag = (value - steady) / way if way > 0 else Decimal(0)
    pace = _by_lag(lag)
    words = steps.lag_words(now, steady, value, lag, aim.unit)
    if closing and _worse(closing, pace):
        return closing, f"{words};已到期限的最后四分之一,按近期速度到期达不到目标"
    return pace, words


def _by_lag(lag: Decimal) -> str:
    if lag >= AHEAD:
        return "ahead"
    if lag > BEHIND:
        return "on_pace"
    return "behind" if lag > AT_RISK else "at_risk"


def _closing(aim: Aim, value: Decimal, goal: Decimal, ahead: Forecast | None) -> str:
    """The pace of the last quarter of the time: what the pace of late, at its best, would still bring."""
    best = ahead.high if ahead else value
    if not reaches(aim.comparator, best, goal):
        return "at_risk"
    return "behind" if ahead and not reaches(aim.comparator, ahead.value, goal) else ""


def _worse(one: str, other: str) -> bool:
    order = ("ahead", "on_pace", "behind", "at_risk")
    return order.index(one) > order.index(other)


__all__ = [
    "PACE_WORDS",
    "RED",
    "THRESHOLD_WORDS",
    "Aim",
    "Seen",
    "Verdict",
    "Year",
    "judge",
    "reaches",
    "year_goals",
]
