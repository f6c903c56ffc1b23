"""Which area and which time a page is asked for: one home for the choices of all pages of months and years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from core.dates import month_cn
from core.quotes import shortened
from incubators.models import Area
from incubators.reporting.calendar import last_full_month, read_month
from incubators.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """An area, the areas directly below it, and what else the person may choose: (code, name) each. ``problem``: why it is
    not the area that was asked for."""

    area: Area
    children: tuple[Area, ...]
    choices: tuple[tuple[str, str], ...]
    problem: str = ""


def place_asked(request: HttpRequest) -> Place:
    """The area in the address, or else the person's first. One query."""
    scope, code = Scope.of(request.user), request.GET.get("area", "")
    roots = scope.area_paths
    near = Q(path__in=roots) | Q(parent__path__in=roots) | Q(code=code) | Q(parent__code=code)
    rows = [*Area.objects.filter(near).order_by("path")]
    seen = [row for row in rows if scope.covers(row.path)]
    if not seen:
        raise Http404
    # The widest of the person's areas stands first.
    first = min((row for row in seen if row.path in roots), key=lambda row: (len(row.above()), row.order, row.path))
    area = next((row for row in seen if row.code == code), None)
    problem = f"没有“{shortened(code)}”这个区域,或不在您的权限范围内;下面是{first.name}" if code and not area else ""
    area = area or first
    children = sorted((row for row in seen if row.parent_id == area.pk), key=lambda row: (row.order, row.path))
    offered = tuple((row.code, "  " * (len(row.above()) - len(first.above())) + row.name) for row in seen)
    return Place(area, tuple(children), offered, problem)


def parse_month(text: str) -> date:
    """``2026-10`` of an address as the first of that month. Raises :class:`Http404`."""
    month = read_month(text)
    if month is None:
        raise Http404
    return month


def month_asked(data: QueryDict, *, ended: bool = False) -> tuple[date, str]:
    """The month that an address or a form names, and what is wrong with it: then, and without one, the last that has
    ended is meant. ``ended``: no other may be asked for."""
    asked, latest = data.get("month") or "", last_full_month(timezone.localdate())
    if not asked:
        return latest, ""
    month = read_month(asked)
    if month is None:
        return latest, f"“{shortened(asked)}”不是月份,请写成 {latest:%Y-%m} 这样;下面是{month_cn(latest)}"
    if ended and month > latest:
        return latest, f"{month_cn(month)}还没有结束;下面是{month_cn(latest)}"
    return month, ""


def year_asked(request: HttpRequest) -> tuple[int, str]:
    """The year in the address, and what is wrong with it: then the year of the last month that has ended."""
    asked, latest = request.GET.get("year", ""), last_full_month(timezone.localdate()).year
    if not asked:
        return latest, ""
    if not asked.isascii() or not asked.isdigit() or not 2000 <= int(asked[:5]) <= latest:
        return latest, f"“{shortened(asked)}”不是可以汇总的年份;下面是{latest}年"
    return int(asked), ""
