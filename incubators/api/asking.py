"""What several REST resources are asked alike: an area, a carrier, months by their first days, a year. What cannot be
answered is refused at its parameter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.api import BadQuery
from core.api_filters import first_of_month
from core.quotes import shortened
from incubators.indicators.asking import sees_of
from incubators.models import Area
from incubators.months_forms import PeriodForm
from incubators.reporting.calendar import FIRST_YEAR, last_full_month, month_of
from incubators.reporting.overview import MOST_CARRIERS


def area_seen(user: Any, code: str, name: str) -> Area:
    """The area with this code, of which the person sees something: nothing of an area that is closed to them would be no
    answer. Raises :class:`BadQuery` at ``name``."""
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise BadQuery({name: [f"没有代码为“{shortened(code)}”的区域"]})
    if not sees_of(user, area):
        raise BadQuery({name: [f"“{area.name}”不在您的权限范围内"]})
    return area


class AreaSeen(django_filters.CharFilter):
    """The filter ``area``: by the code of an area that carriers are credited to, with all below it. ``field_name`` leads to
    that area."""

    def __init__(self, field_name: str, **more: Any) -> None:
        super().__init__(field_name=field_name, label="归属区域代码(含下级)", **more)

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        area = area_seen(self.parent.request.user, value, "area")
        return qs.filter(**{f"{self.field_name}__path__startswith": area.path})


def not_too_many(count: int, name: str) -> None:
    """Raises :class:`BadQuery` at the parameter ``name`` of an area where it holds more carriers than are looked at at once."""
    if count > MOST_CARRIERS:
        raise BadQuery({name: [f"这个范围有{count}家载体,一次最多{MOST_CARRIERS}家,请用 {name} 给出较小的区域"]})


def months_asked(query: Any) -> tuple[date, ...]:
    """The months of ``month``, or of ``from`` and ``to``, each by its first day; the last twelve that have ended without
    any. Raises :class:`BadQuery` for what is no such month, has not ended, or is too much at once."""
    given = {name: _first_day(name, query[name]) for name in ("month", "from", "to") if query.get(name)}
    if "month" in given and len(given) > 1:
        raise BadQuery({"month": ["month 与 from、to 只能用一种"]})
    one = given.get("month")
    ends = {"from": one, "to": one} if one else given
    form = PeriodForm({name: f"{day:%Y-%m}" for name, day in ends.items()}, areas=[])
    if not form.is_valid():
        raise BadQuery({"month" if one else name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form.months


def _first_day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
        first_of_month(day)
    except ValidationError as error:
        raise BadQuery({name: error.messages}) from None
    except ValueError:
        raise BadQuery({name: [f"“{shortened(text)}”不是月份,请写成当月1日,如 2026-10-01"]}) from None
    if month_of(day.year, day.month) is None:
        raise BadQuery({name: [f"“{text}”超出可用的月份"]})
    return day


def year_asked(query: Any) -> int:
    """The year of ``year``; without it that of the last month that has ended. Raises :class:`BadQuery`."""
    text, latest = query.get("year") or "", last_full_month(timezone.localdate()).year
    if not text:
        return latest
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:5]) <= latest):
        raise BadQuery({"year": [f"“{shortened(text)}”不是可以汇总的年份,应为{FIRST_YEAR}到{latest}"]})
    return int(text)


def chosen(query: Any, name: str, values: Iterable[str], usual: str) -> str:
    """One of ``values``, ``usual`` without the parameter. Raises :class:`BadQuery`."""
    text, known = query.get(name) or usual, [*values]
    if text not in known:
        raise BadQuery({name: [f"“{shortened(text)}”不可用;可用:{'、'.join(known)}"]})
    return str(text)


__all__ = ["AreaSeen", "area_seen", "chosen", "months_asked", "not_too_many", "year_asked"]
