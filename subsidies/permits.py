"""Who may compute, review, approve and pay; each step by another person than the one before where duty demands it."""

from __future__ import annotations

from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.models import Carrier
from incubators.scope import Scope
from plans.models import Plan
from subsidies.models import Award, AwardEvent

S = Award.State
# From a state, the next one and what doing so is called.
STEPS: dict[str, tuple[str, str]] = {
    S.PROPOSED: (S.REVIEWED, "复核"),
    S.REVIEWED: (S.PUBLICISED, "开始公示"),
    S.PUBLICISED: (S.APPROVED, "批准"),
    S.APPROVED: (S.PAID, "登记拨付"),
}
# Steps that must not be taken by whoever took the step named: approving what one reviewed oneself.
APART: dict[str, str] = {S.APPROVED: S.REVIEWED}


def may_compute(user: Any, plan: Plan) -> Permit:
    """Staff of the plan's area."""
    scope = Scope.of(user)
    if scope.can(Capability.AWARD_COMPUTE) and scope.may_write(plan.area.path):
        return ALLOWED
    return refuse(f"只有{plan.area.name}的科委工作人员可以测算")


def may_record_grant(user: Any, carrier: Carrier) -> Permit:
    """Record what the city approved for a carrier: staff of the area it is credited to."""
    scope = Scope.of(user)
    if scope.can(Capability.AWARD_COMPUTE) and scope.may_write(carrier.owner_area.path):
        return ALLOWED
    return refuse("只有载体所在区科委工作人员可以登记市级资助")


def may_grant(user: Any, award: Award) -> Permit:
    """Set the granted amount of a payable award before it is shown to the public."""
    scope = Scope.of(user)
    if not (scope.can(Capability.AWARD_GRANT) and scope.may_write(award.carrier.owner_area.path)):
        return refuse("只有载体所在区科委工作人员可以核定金额")
    if award.verdict != Award.Verdict.PAYABLE:
        return refuse("只有“应予”的补贴可以核定金额")
    if award.state in {S.APPROVED, S.PAID}:
        return refuse("已批准的金额不再改动;更正另作调整")
    if award.state == S.PUBLICISED:
        return refuse("公示中的金额不再改动;更正须先退回,重新核定并公示")
    return ALLOWED


def _taker(award: Award, state: str) -> int | None:
    """Who took the award to ``state`` the last time (one sent back is reviewed anew)."""
    taken = AwardEvent.objects.filter(award=award, to_state=state).order_by("at", "id").last()
    return taken.actor_id if taken else None


def may_advance(user: Any, award: Award) -> Permit:
    """Take the award's next step."""
    scope = Scope.of(user)
    if not (scope.can(Capability.AWARD_GRANT) and scope.may_write(award.carrier.owner_area.path)):
        return refuse("只有载体所在区科委工作人员可以办理")
    if award.verdict != Award.Verdict.PAYABLE:
        return refuse("只有“应予”的补贴可以往下办理")
    if award.state not in STEPS:
        return refuse("已拨付,流程结束")
    target, words = STEPS[award.state]
    earlier = APART.get(target)
    if earlier and _taker(award, earlier) == user.pk:
        return refuse(f"复核人不能自己{words},须由另一人办理")
    return ALLOWED


def may_send_back(user: Any, award: Award) -> Permit:
    """Send an award that was reviewed or is being publicised back to the proposal."""
    scope = Scope.of(user)
    if not (scope.can(Capability.AWARD_GRANT) and scope.may_write(award.carrier.owner_area.path)):
        return refuse("只有载体所在区科委工作人员可以办理")
    if award.state not in {S.REVIEWED, S.PUBLICISED}:
        return refuse("只有已复核或公示中的补贴可以退回")
    return ALLOWED
