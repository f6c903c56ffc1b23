"""Who is locked out after too many wrong passwords, and lifting it. The counting itself is django-axes'."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Max, Sum
from django.utils import timezone


def locked_until(usernames: Iterable[str] | None = None) -> dict[str, datetime]:
    """Accounts that cannot sign in from at least one address now: user name -> when the last lock ends.

    ``usernames`` limits the answer; None asks for all. Failures count per account and address, as sign-in counts them.
    """
    wait = get_cool_off()
    if wait is None:
        return {}
    attempts = AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - wait)
    if usernames is not None:
        attempts = attempts.filter(username__in=list(usernames))
    locks = (
        attempts.order_by()
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    found: dict[str, datetime] = {}
    for lock in locks:
        end = lock["last"] + wait
        found[lock["username"]] = max(end, found.get(lock["username"], end))
    return found


def unlock(username: str) -> int:
    """Forget the account's wrong passwords, from every address. Returns how many records were removed."""
    removed: int = reset(username=username)
    return removed
