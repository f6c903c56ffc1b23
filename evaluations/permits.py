"""Who may do what in an evaluation, with the reason when not."""

from __future__ import annotations

from typing import Any

from core.permits import ALLOWED, Permit, refuse
from evaluations.models import Cycle, ExpertScore, Frame
from incubators.access import Capability
from incubators.models import Area, Carrier
from incubators.scope import Scope

FINAL = {Cycle.State.PUBLICISED: "公示中", Cycle.State.PUBLISHED: "已公布"}


def may_run(user: Any, area: Area) -> Permit:
    """Make a cycle, assign experts, score, publish: staff of the cycle's area."""
    scope = Scope.of(user)
    if scope.can(Capability.EVALUATION_RUN) and scope.may_write(area.path):
        return ALLOWED
    return refuse("只有该区域的科委工作人员可以组织评价")


def may_change(cycle: Cycle) -> Permit:
    """Whether scores can still change: not once they have been shown to the public."""
    if cycle.state in FINAL:
        return refuse(f"本次评价{FINAL[Cycle.State(cycle.state)]},评分不能再改")
    return ALLOWED


def may_score(user: Any, rows: list[ExpertScore]) -> Permit:
    """Give scores: the expert to whom exactly these rows were assigned, while the cycle is open."""
    if not Scope.of(user).can(Capability.EVALUATION_SCORE) or not rows or any(row.expert_id != user.pk for row in rows):
        return refuse("这家载体未分配给您评分")
    return may_change(rows[0].cycle)


def may_be_expert(user: Any) -> Permit:
    """Experts judge apart from those who organise, see results, or are judged."""
    scope = Scope.of(user)
    if not scope.can(Capability.EVALUATION_SCORE):
        return refuse(f"{user} 不是评审专家,不能分配评分")
    if scope.can(Capability.EVALUATION_READ):
        return refuse(f"{user} 兼有其他评价职责(可查看评价结果),须回避,不能任本次专家")
    return ALLOWED


def may_record_grade(user: Any, carrier: Carrier) -> Permit:
    """Record an official grade: staff of the area the carrier is credited to."""
    scope = Scope.of(user)
    if scope.can(Capability.EVALUATION_RUN) and scope.may_write(carrier.owner_area.path):
        return ALLOWED
    return refuse("只有该载体归属区域的科委工作人员可以登记等次")


def may_publish(cycle: Cycle, frame: Frame | None = None) -> Permit:
    """Take a cycle's grades over as official: never those of a demonstration scheme."""
    if cycle.scheme.is_demonstration:
        return refuse("本次评价用的是演示方案,不是政策,其等次不能登记为正式等次")
    if cycle.state == Cycle.State.DRAFT:
        return refuse("尚未评分,没有可以公布的等次")
    return ALLOWED
