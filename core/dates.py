"""How a day is written in Chinese: ``2024年5月1日``. Pages, refusals and histories write it in this one way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

# What is not known.
DASH = "—"


def _as_date(value: Any) -> date | None:
    """A date of the portal's time zone from a date, a datetime or ISO text (a month counts from its first day)."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        return None


def date_cn(value: Any) -> str:
    """``2024年1月31日``; None → ``—``."""
    day = _as_date(value)
    return f"{day.year}年{day.month}月{day.day}日" if day else DASH


def month_cn(value: Any) -> str:
    """``2024年5月`` from a date or from ``2024-05``; None → ``—``."""
    day = _as_date(value)
    return f"{day.year}年{day.month}月" if day else DASH


def datetime_cn(value: Any) -> str:
    """``2024年1月31日 09:30`` in the portal's time zone; None → ``—``."""
    if not isinstance(value, datetime):
        return date_cn(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{date_cn(local.date())} {local:%H:%M}"
