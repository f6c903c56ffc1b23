"""The way of a report, as a declaration: its states, who moves it from which to which, and what both sides call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from incubators.models import MonthlyReport

S = MonthlyReport.State
MISSING = "missing"
OPEN, EDITABLE, WAITING = MonthlyReport.OPEN, MonthlyReport.EDITABLE, MonthlyReport.WAITING
COUNTED, FILED = MonthlyReport.COUNTED, MonthlyReport.FILED


class Side(StrEnum):
    """Who moves a report: who files it, or who reviews it."""

    FILER = "filer"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a state is called on each side of the desk."""

    for_operator: str
    for_reviewer: str


STATE_WORDS: Mapping[str, StateWords] = {
    MISSING: StateWords("未填报", "未填报"),
    S.DRAFT: StateWords("草稿,尚未提交", "草稿"),
    S.SUBMITTED: StateWords("已提交,等待审核", "待审核"),
    S.CHECKED: StateWords("镇审通过,等待区审", "待区审"),
    S.RETURNED: StateWords("被退回,请修改", "已退回"),
    S.ACCEPTED: StateWords("已通过", "已通过"),
    S.LOCKED: StateWords("已锁定", "已锁定"),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted move. ``four_eyes``: not by the person who submitted. ``reason``: words are asked for."""

    code: str
    label: str
    sources: tuple[str, ...]
    target: str
    side: Side
    reason: bool = False
    four_eyes: bool = False


TRANSITIONS: Mapping[str, Transition] = {
    move.code: move
    for move in (
        Transition("submit", "提交", EDITABLE, S.SUBMITTED, Side.FILER),
        # Where the jurisdiction's calendar asks the towns; see incubators.permits.
        Transition("check", "镇审通过", (S.SUBMITTED,), S.CHECKED, Side.REVIEWER, four_eyes=True),
        Transition("return", "退回", WAITING, S.RETURNED, Side.REVIEWER, reason=True),
        Transition("accept", "通过", WAITING, S.ACCEPTED, Side.REVIEWER, four_eyes=True),
        Transition("lock", "锁定", (S.ACCEPTED,), S.LOCKED, Side.REVIEWER),
        # A new revision starts as a draft; the old one counts until the new one is accepted.
        Transition("correct", "更正", COUNTED, S.DRAFT, Side.REVIEWER, reason=True),
    )
}


def words(state: str, *, reviewer: bool) -> str:
    """What to call a state to this reader."""
    entry = STATE_WORDS[state]
    return entry.for_reviewer if reviewer else entry.for_operator
