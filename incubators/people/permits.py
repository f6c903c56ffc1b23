"""Who may do what with an account, with the reason when not; and duties that one person may not hold together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability, Role
from incubators.models import Membership
from incubators.scope import Scope

BUSINESS = "business"
# Whoever administers accounts or reads the trail does nothing else; all other roles may meet in one person.
_DUTIES = {Role.ADMINISTRATOR: "administrator", Role.AUDITOR: "auditor"}


def duty_of(role: str) -> str:
    """The duty a role belongs to: administrator, auditor or business."""
    return _DUTIES.get(Role(role), BUSINESS)


def overlapping(rows: Iterable[Membership], start: date, end: date | None) -> list[Membership]:
    """Those of ``rows`` that are in force on a day from ``start`` to ``end`` (both included; None: without end)."""
    return [
        row
        for row in rows
        if (row.valid_to is None or row.valid_to >= start) and (end is None or row.valid_from <= end)
    ]


def may_administer(user: Any) -> Permit:
    """Anything with accounts: administrators."""
    if Scope.of(user).can(Capability.ACCOUNT_MANAGE):
        return ALLOWED
    return refuse("只有系统管理员可以管理账号")


def may_change_account(user: Any, person: Any) -> Permit:
    """Change what belongs to the whole account. ``person`` comes from :func:`incubators.people.selectors.people`."""
    permit = may_administer(user)
    if permit and person.elsewhere:
        return refuse("此人在您管理的区域之外也有任职,账号须由上级管理员处理;您可以授予和终止本区域的任职")
    return permit


def may_stop_account(user: Any, person: Any) -> Permit:
    """Deactivate or reactivate."""
    if person.pk == user.pk:
        return refuse("不能停用自己的账号,请由另一位管理员处理")
    return may_change_account(user, person)


def may_reset_password(user: Any, person: Any) -> Permit:
    """Give a one-time password."""
    if person.pk == user.pk:
        return refuse("自己的密码请用左下角的“修改密码”")
    return may_change_account(user, person)


def may_issue_token(user: Any, person: Any) -> Permit:
    """Issue a token that acts as ``person``: for an account nobody has signed in to, as that of a program is. Once a
    person uses the account, only that person does: who manages accounts sees no business data."""
    if person.pk == user.pk:
        return refuse("自己的令牌请用左下角的“接口令牌”")
    permit = may_change_account(user, person)
    if permit and person.last_login is not None:
        return refuse("本人已在使用此账号,令牌由本人登录后在左下角的“接口令牌”签发;您可以停用令牌")
    if permit and not person.is_active:
        return refuse("账号已停用,不能签发令牌")
    return permit


def may_change_roles(user: Any, person: Any) -> Permit:
    """Grant and end roles within the administrator's areas."""
    if person.pk == user.pk:
        return refuse("不能改变自己的任职,请由另一位管理员处理")
    return may_administer(user)
