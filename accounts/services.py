"""Writing an account by its own person. What an administrator does to accounts stands in incubators.people."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from core.trail import Actor, record


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
