"""What services share: a row kept only when its own constraints agree, and refusals at a field."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from core.permits import Refused


def check(row: Model) -> None:
    """Validate with the constraints' own Chinese sentences. Raises :class:`Refused` by field."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused.of(error) from error


def save(row: Model) -> None:
    """:func:`check`, then save. Whoever calls it records what was done."""
    check(row)
    row.save()


def held(sentence: str, field: str) -> None:
    """Refuse at ``field`` when a rule says what is wrong."""
    if sentence:
        raise Refused.at(field, sentence)


def not_future(day: date, field: str, what: str = "日期") -> None:
    """Refuse what has not happened yet; ``what`` names the day in the sentence."""
    if day > timezone.localdate():
        raise Refused.at(field, f"{what}不能晚于今天")


def is_key(text: str) -> bool:
    """Whether words that came with a request can be the key of a row: digits, no more than a column holds."""
    return text.isdecimal() and len(text) < 19
