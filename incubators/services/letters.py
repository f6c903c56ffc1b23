"""An area's own words and rules for asking its carriers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.permits import Refused
from core.saving import save
from core.trail import Actor, record
from incubators.models import Area, LetterTemplate, ReminderRule
from incubators.permits import may_arrange
from incubators.reporting.letters import checked

RULE = ("opening", "days_before", "overdue_every")


def set_letter(*, user: Any, area: Area, occasion: str, subject: str, body: str) -> LetterTemplate:
    """The words for an occasion, for the carriers of an area. Raises :class:`Refused` by field."""
    may_arrange(user, area).require()
    words = checked(occasion, subject, body)
    with transaction.atomic():
        row = LetterTemplate.objects.select_for_update().filter(area=area, occasion=occasion).first()
        before = {"subject": row.subject, "body": row.body} if row is not None else {}
        row = row or LetterTemplate(area=area, occasion=occasion)
        row.subject, row.body, row.set_by, row.set_at = words.subject, words.body, user, timezone.now()
        save(row)
        after = {"subject": row.subject, "body": row.body}
        record(actor=Actor.of(user), action="修改催报信", target=row, before=before, after=after)
    return row


def reset_letter(*, user: Any, area: Area, occasion: str) -> None:
    """Give up an area's own words: the text of the area above, or the portal's, holds again."""
    may_arrange(user, area).require()
    with transaction.atomic():
        row = LetterTemplate.objects.select_for_update().filter(area=area, occasion=occasion).first()
        if row is None:
            raise Refused("这个区域没有自己的文本")
        record(
            actor=Actor.of(user),
            action="恢复催报信",
            target=row,
            before={"subject": row.subject, "body": row.body},
        )
        row.delete()


def set_rule(*, user: Any, area: Area, opening: bool, days_before: int, overdue_every: int) -> ReminderRule:
    """When the daily run asks the carriers of an area. Raises :class:`Refused` by field."""
    may_arrange(user, area).require()
    with transaction.atomic():
        row = ReminderRule.objects.select_for_update().filter(area=area).first()
        before = {name: getattr(row, name) for name in RULE} if row is not None else {}
        row = row or ReminderRule(area=area)
        row.opening, row.days_before, row.overdue_every, row.set_by = opening, days_before, overdue_every, user
        save(row)
        after = {name: getattr(row, name) for name in RULE}
        record(actor=Actor.of(user), action="设置自动催报", target=row, before=before, after=after)
    return row


__all__ = ["reset_letter", "set_letter", "set_rule"]
