"""Writing accounts and roles. Each service takes the person anew under a lock, checks the permit and the rules that need
more than one row, and leaves a trail in the same transaction. Passwords are never part of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import services as tokens
from accounts.lockout import unlock as forget_failures
from accounts.models import ApiToken, User
from accounts.passwords import one_time_password
from core.dates import date_cn
from core.permits import NotPermitted, Permit, Refused
from core.saving import check
from core.trail import COMMAND_LINE, Actor, record
from incubators.access import Role
from incubators.models import Area, Membership, Organisation
from incubators.people import selectors
from incubators.people.permits import (
    duty_of,
    may_administer,
    may_change_account,
    may_change_roles,
    may_issue_token,
    may_reset_password,
    may_stop_account,
    overlapping,
)


def _taken(user: Any, person: User, permit: Callable[[Any, User], Permit]) -> User:
    """The person's row, locked, if ``user`` administers them and may do this."""
    row = selectors.people(user).select_for_update().filter(pk=person.pk).first()
    if row is None:
        raise NotPermitted("此人不在您管理的区域")
    permit(user, row).require()
    return row


def _words(row: Membership) -> dict[str, Any]:
    place = {"area": row.area} if row.area else {"organisation": row.organisation}
    return {"role": row.get_role_display(), **place, "valid_from": row.valid_from, "valid_to": row.valid_to}


def _within(user: Any, area: Area | None, organisation: Organisation | None) -> None:
    if area is not None and not selectors.areas(user).filter(pk=area.pk).exists():
        raise Refused.at("area", "这个区域不在您的管理范围内")
    if organisation is not None and not selectors.organisations(user).filter(pk=organisation.pk).exists():
        raise Refused.at("organisation", "这个单位不在您的管理范围内")


def _apart(row: Membership) -> None:
    """Refuse a role whose duty must be another person's, and one that the person already holds there."""
    for other in overlapping(
        Membership.objects.filter(user=row.user).select_related("area", "organisation"), row.valid_from, row.valid_to
    ):
        if duty_of(other.role) != duty_of(row.role):
            ends = f"至{date_cn(other.valid_to)}" if other.valid_to else "起"
            reason = (
                f"系统管理员、审计员和业务角色须由不同的人担任:此人{date_cn(other.valid_from)}{ends}任"
                f"{other.get_role_display()},与{row.get_role_display()}的任期重叠,须先终止"
            )
            raise Refused.at("role", reason)
        if (other.role, other.area_id, other.organisation_id) == (row.role, row.area_id, row.organisation_id):
            raise Refused(
                errors={"role": [f"此人在{selectors.place_of(other)}已是{other.get_role_display()},任期重叠"]}
            )


def _add(actor: Actor, row: Membership) -> Membership:
    if row.valid_to is not None and row.valid_to < row.valid_from:
        raise Refused.at("valid_to", "终止日期不能早于起始日期")
    check(row)
    _apart(row)
    row.save()
    record(actor=actor, action="授予任职", target=row, after=_words(row))
    return row


def _open(actor: Actor, *, username: str, display_name: str, phone: str, email: str) -> tuple[User, str]:
    if User.objects.filter(username__iexact=username).exists():
        raise Refused.at("username", "这个用户名已有人使用")
    password = one_time_password()
    person = User(username=username, display_name=display_name, phone=phone, email=email, must_change_password=True)
    person.set_password(password)
    check(person)
    person.save()
    after = {"username": username, "display_name": display_name, "phone": phone, "email": email}
    record(actor=actor, action="开设账号", target=person, after=after)
    return person, password


def create_person(
    *,
    user: Any,
    username: str,
    display_name: str,
    phone: str = "",
    email: str = "",
    role: str,
    area: Area | None = None,
    organisation: Organisation | None = None,
    valid_from: date,
    valid_to: date | None = None,
) -> tuple[User, str]:
    """Open an account with its first role. Returns the person and the one-time password, which is stored nowhere.

    Raises :class:`Refused` by field: a name in use, a place outside the administrator's areas, dates out of order.
    """
    may_administer(user).require()
    _not_past(valid_from)
    _within(user, area, organisation)
    with transaction.atomic():
        person, password = _open(Actor.of(user), username=username, display_name=display_name, phone=phone, email=email)
        _add(
            Actor.of(user),
            Membership(
                user=person, role=role, area=area, organisation=organisation, valid_from=valid_from, valid_to=valid_to
            ),
        )
    return person, password


def create_first_administrator(*, username: str, display_name: str, area: Area) -> tuple[User, str]:
    """The account from which all others follow; for the command line of whoever runs the installation."""
    with transaction.atomic():
        person, password = _open(COMMAND_LINE, username=username, display_name=display_name, phone="", email="")
        _add(
            COMMAND_LINE,
            Membership(user=person, role=Role.ADMINISTRATOR, area=area, valid_from=timezone.localdate()),
        )
    return person, password


def edit_person(*, user: Any, person: User, display_name: str, phone: str, email: str) -> User:
    """Change name and contact; nothing is written when nothing differs."""
    with transaction.atomic():
        row = _taken(user, person, may_change_account)
        new = {"display_name": display_name, "phone": phone, "email": email}
        before = {name: getattr(row, name) for name, value in new.items() if getattr(row, name) != value}
        if not before:
            return row
        for name, value in new.items():
            setattr(row, name, value)
        check(row)
        row.save(update_fields=[*before])
        record(
            actor=Actor.of(user),
            action="修改账号",
            target=row,
            before=before,
            after={name: new[name] for name in before},
        )
    return row


def deactivate(*, user: Any, person: User, reason: str) -> User:
    """Close an account: sessions end at their next request, tokens are revoked for good. Roles stay as they are."""
    with transaction.atomic():
        row = _taken(user, person, may_stop_account)
        if not row.is_active:
            raise Refused("账号已经停用")
        row.is_active = False
        row.save(update_fields=["is_active"])
        record(
            actor=Actor.of(user),
            action="停用账号",
            target=row,
            before={"is_active": True},
            after={"is_active": False},
            reason=reason,
        )
        for token in row.tokens.filter(revoked_at=None):
            tokens.revoke_token(actor=Actor.of(user), token=token)
    return row


def reactivate(*, user: Any, person: User, reason: str) -> User:
    """Open a closed account again, with its old password."""
    with transaction.atomic():
        row = _taken(user, person, may_stop_account)
        if row.is_active:
            raise Refused("账号正在使用")
        row.is_active = True
        row.save(update_fields=["is_active"])
        record(
            actor=Actor.of(user),
            action="恢复账号",
            target=row,
            before={"is_active": False},
            after={"is_active": True},
            reason=reason,
        )
    return row


def reset_password(*, user: Any, person: User, reason: str) -> str:
    """Give a one-time password and lift a lock-out. Sessions end. Returns the password, which is stored nowhere."""
    password = one_time_password()
    with transaction.atomic():
        row = _taken(user, person, may_reset_password)
        row.set_password(password)
        row.must_change_password = True
        row.save(update_fields=["password", "must_change_password"])
        forget_failures(row.username)
        record(actor=Actor.of(user), action="重置密码", target=row, reason=reason)
    return password


def unlock(*, user: Any, person: User, reason: str) -> User:
    """Lift a lock-out after too many wrong passwords."""
    with transaction.atomic():
        row = _taken(user, person, may_change_account)
        if not forget_failures(row.username):
            raise Refused("账号没有被锁定")
        record(actor=Actor.of(user), action="解除锁定", target=row, reason=reason)
    return row


def _not_past(valid_from: date) -> None:
    if valid_from < timezone.localdate():
        raise Refused.at("valid_from", "起始日期不能早于今天:权限不能追溯授予")


def grant(
    *,
    user: Any,
    person: User,
    role: str,
    area: Area | None = None,
    organisation: Organisation | None = None,
    valid_from: date,
    valid_to: date | None = None,
) -> Membership:
    """Give a person a role from a day on. Raises :class:`Refused` by field, e.g. where duties must be apart."""
    may_administer(user).require()
    _not_past(valid_from)
    _within(user, area, organisation)
    with transaction.atomic():
        row = _taken(user, person, may_change_roles)
        return _add(
            Actor.of(user),
            Membership(
                user=row, role=role, area=area, organisation=organisation, valid_from=valid_from, valid_to=valid_to
            ),
        )


def end_membership(*, user: Any, membership: Membership, last_day: date, reason: str) -> None:
    """Let a role end after ``last_day``. Days already lived in a role are not rewritten: yesterday is the earliest.

    A role that no day was lived in (it begins today or later) is taken back when ``last_day`` lies before it begins.
    """
    today = timezone.localdate()
    if last_day < today - timedelta(days=1):
        raise Refused.at("last_day", "不能早于昨天:已经过去的任职不改写")
    with transaction.atomic():
        person = _taken(user, membership.user, may_change_roles)
        row = selectors.memberships(user).filter(pk=membership.pk, user=person).first()
        if row is None:
            raise NotPermitted("这项任职不在您管理的区域")
        if row.valid_to is not None and last_day >= row.valid_to:
            raise Refused.at("last_day", f"该任职到{date_cn(row.valid_to)}为止,只能提前;延长请另行授予")
        if last_day < row.valid_from:
            words = ",".join(str(value) for value in _words(row).values() if value)
            row.delete()
            before = {str(Membership._meta.verbose_name): words}
            record(actor=Actor.of(user), action="撤回任职", target=person, before=before, reason=reason)
            return
        before = {"valid_to": row.valid_to}
        row.valid_to = last_day
        row.save(update_fields=["valid_to"])
        record(
            actor=Actor.of(user),
            action="终止任职",
            target=row,
            before=before,
            after={"valid_to": last_day},
            reason=reason,
        )


def issue_token(*, user: Any, person: User, name: str, last_day: date) -> tuple[ApiToken, str]:
    """Issue a token for an account that nobody has used yet, as that of a program is. Returns the row and the secret."""
    with transaction.atomic():
        row = _taken(user, person, may_issue_token)
        return tokens.issue_token(actor=Actor.of(user), user=row, name=name, last_day=last_day)


def revoke_token(*, user: Any, token: ApiToken) -> None:
    """Stop a program's token at once; it cannot be opened again."""
    with transaction.atomic():
        _taken(user, token.user, may_change_account)
        tokens.revoke_token(actor=Actor.of(user), token=token)
