"""Who may decide what a plan leaves open."""

from __future__ import annotations

from typing import Any

from core.permits import Permit
from incubators.access import Capability
from incubators.scope import Scope
from plans.models import Plan


def may_decide(user: Any, plan: Plan) -> Permit:
    """Staff of the plan's area (or of one above it)."""
    scope = Scope.of(user)
    if not scope.can(Capability.PLAN_DECIDE):
        return Permit(False, "您的角色不能登记决定")
    if not scope.may_write(plan.area.path):
        return Permit(False, f"只有{plan.area.name}的工作人员可以登记此项决定")
    return Permit(True)
