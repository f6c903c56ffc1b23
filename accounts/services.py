"""Writing an account by its own person, and the tokens of its programs. What an administrator does to accounts stands
in incubators.people."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, User
from core.dates import date_cn
from core.permits import Refused
from core.trail import Actor, record

# A token that nobody renews does not stay open for ever; the usual one lasts a year.
USUAL_DAYS, MOST_DAYS = 365, 731


def change_own_password(*, user: User, password: str) -> User:
    """Set a password that the person chose and that was checked already. Other sessions of the person end by it.

    Returns the person's row as it is now; the session that goes on is bound to it.
    """
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        first = row.must_change_password
        row.set_password(password)
        row.must_change_password = False
        row.save(update_fields=["password", "must_change_password"])
        record(actor=Actor.of(row), action="首次修改密码" if first else "修改密码", target=row)
    return row


def usual_last_day() -> date:
    """The last day of a token of the usual length that is issued today."""
    return timezone.localdate() + timedelta(days=USUAL_DAYS)


def issue_token(*, actor: Actor, user: User, name: str, last_day: date) -> tuple[ApiToken, str]:
    """Let a program act as ``user`` until the end of ``last_day``. Whether ``actor`` may is asked by whoever calls.

    Returns the row and the secret, which is stored nowhere. Raises :class:`Refused` at ``name`` or ``last_day``.
    """
    today = timezone.localdate()
    if last_day < today:
        raise Refused.at("last_day", "到期日期不能早于今天")
    if last_day > today + timedelta(days=MOST_DAYS):
        latest = date_cn(today + timedelta(days=MOST_DAYS))
        raise Refused.at("last_day", f"令牌最长两年,到期日期不能晚于{latest};到期前可另签新令牌替换")
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        if not row.is_active:
            raise Refused("账号已停用,不能签发令牌")
        if row.tokens.filter(name=name, revoked_at=None, expires_at__gt=timezone.now()).exists():
            raise Refused.at("name", "已有一个同名的有效令牌,请换一个名称,或先停用原来的")
        expires_at = timezone.make_aware(datetime.combine(last_day, time(23, 59, 59)))
        token, secret = ApiToken.issue(user=row, name=name, expires_at=expires_at)
        record(actor=actor, action="签发令牌", target=token, after={"user": row, "expires_at": expires_at})
    return token, secret


def revoke_token(*, actor: Actor, token: ApiToken) -> None:
    """Stop a token at once; it cannot be opened again. Raises :class:`Refused` for one that was stopped already."""
    with transaction.atomic():
        row = ApiToken.objects.select_for_update().get(pk=token.pk)
        if row.revoked_at is not None:
            raise Refused("令牌已经停用")
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        record(actor=actor, action="停用令牌", target=row, after={"revoked_at": row.revoked_at})


def token_state(token: ApiToken, now: Any) -> str:
    """``current``, ``expired`` or ``revoked``: the code of the token's badge at ``now``."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "current"


def tokens_of(user: User) -> list[ApiToken]:
    """A person's tokens, those that still work first, each with its ``state``."""
    now = timezone.now()
    rows = [*ApiToken.objects.filter(user=user)]
    for row in rows:
        shown: Any = row
        shown.state = token_state(row, now)
    return sorted(rows, key=lambda row: row.state != "current")  # type: ignore[attr-defined]
