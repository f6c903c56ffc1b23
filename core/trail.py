"""Writing the trail. Every service that changes a record calls :func:`record` in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model

from core.models import Change


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and through which door. Services take one beside their values."""

    id: int | None
    name: str
    channel: str = Change.Channel.PAGE

    @classmethod
    def of(cls, user: Any, channel: str = Change.Channel.PAGE) -> Actor:
        """The actor for a signed-in user (anything with ``pk`` and ``get_full_name``)."""
        return cls(id=user.pk, name=user.get_full_name() or user.get_username(), channel=channel)


COMMAND_LINE = Actor(id=None, name="命令行", channel=Change.Channel.COMMAND)


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it without loss: decimals and dates as text, records by their name."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def record(
    *,
    actor: Actor,
    action: str,
    target: Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Change:
    """Add one line to the trail. Call it inside the transaction that makes the change."""
    return Change.objects.create(
        actor_id=actor.id,
        actor_name=actor.name,
        channel=actor.channel,
        action=action,
        record_label=target._meta.label_lower,
        record_id=str(target.pk),
        record_name=str(target)[:200],
        before=plain(before or {}),
        after=plain(after or {}),
        reason=reason,
    )
