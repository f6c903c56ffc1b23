"""Who may make, confirm and correct a roster, with the reason when not."""

from __future__ import annotations

from typing import Any

from core.dates import date_cn
from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.models import Area, Roster
from incubators.scope import Scope

FROZEN = "名册已确认并冻结,不能再改;如有错误请更正(另出一版,原版保留)"


def may_make(user: Any, area: Area) -> Permit:
    """Make a roster of an area and change its draft: staff of the area."""
    scope = Scope.of(user)
    if scope.can(Capability.REGISTRY_WRITE) and scope.may_write(area.path):
        return ALLOWED
    return refuse("只有该区域的科委工作人员可以编制名册")


def may_change(user: Any, roster: Roster) -> Permit:
    """Change a draft, or throw it away."""
    permit = may_make(user, roster.area)
    return permit if not permit or roster.is_draft else refuse(FROZEN)


def may_confirm(user: Any, roster: Roster) -> Permit:
    """Confirm a draft: other staff of the area than whoever changed it last."""
    permit = may_make(user, roster.area)
    if not permit:
        return permit
    if not roster.is_draft:
        return refuse(f"名册已于{date_cn(roster.confirmed_on)}确认,不能重复确认")
    if roster.made_by_id == user.pk:
        return refuse("您是这份名册的编制人(最后改动人),须由另一位工作人员确认")
    return ALLOWED


def may_correct(user: Any, roster: Roster) -> Permit:
    """Open a correction of a confirmed roster that has none yet."""
    permit = may_make(user, roster.area)
    if not permit:
        return permit
    if roster.is_draft:
        return refuse("草稿可以直接改动,不需要更正")
    correction = getattr(roster, "corrected_by", None)
    if correction is not None:
        word = "起草" if correction.is_draft else "确认"
        return refuse(f"这一版已有更正版({word}),请在第{correction.revision}版上继续")
    return ALLOWED
