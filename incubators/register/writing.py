"""What every service of the register shares: saving with the constraints' own sentences, and refusals at a field."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from core.permits import Refused


def save(row: Model) -> None:
    """Validate with the constraints' own Chinese sentences, then save. Raises :class:`Refused` by field."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused.of(error) from error
    row.save()


def held(sentence: str, field: str) -> None:
    """Refuse at ``field`` when a rule says what is wrong."""
    if sentence:
        raise Refused.at(field, sentence)


def not_future(day: date, field: str) -> None:
    """Refuse an event that has not happened yet."""
    if day > timezone.localdate():
        raise Refused.at(field, "日期不能晚于今天")
