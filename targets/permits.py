"""Who may enter a target's figures and compute progress."""

from __future__ import annotations

from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.scope import Scope
from plans.models import Plan
from targets.models import Target


def may_enter(user: Any, target: Target) -> Permit:
    """Enter outside statistics or confirm a milestone: staff of the target's area, where people enter it at all."""
    scope = Scope.of(user)
    if not scope.can(Capability.TARGET_ENTER) or not scope.may_write(target.area.path):
        return refuse("只有该目标所属区域的科委工作人员可以录入")
    if target.measured_by == Target.MeasuredBy.INDICATOR:
        return refuse("该目标由登记数据计算,不能手工录入")
    return ALLOWED


def may_compute(user: Any, plan: Plan | None) -> Permit:
    """Compute a plan's progress anew: staff of the plan's area."""
    scope = Scope.of(user)
    if plan is not None and scope.can(Capability.TARGET_ENTER) and scope.may_write(plan.area.path):
        return ALLOWED
    return refuse("只有规划适用区域的科委工作人员可以重新计算进度")
