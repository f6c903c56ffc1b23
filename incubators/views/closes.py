"""The close of a month (月结): what is still open, the close itself, its figures, and opening it again for a carrier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from core.dates import date_cn, month_cn
from core.permits import NotPermitted, Refused
from incubators.models import Area, IssuedBulletin, MonthClose
from incubators.months_forms import CloseForm, UnlockForm
from incubators.permits import may_arrange
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, Days, add_months
from incubators.reporting.closing import Standing, concerned, standings
from incubators.reporting.overview import Line, Rate
from incubators.reporting.register import month_end
from incubators.reporting.workflow import COUNTED, MISSING, WAITING, S
from incubators.scope import Scope
from incubators.services.months import close_month, early, unlock
from incubators.views.months import area_tabs, chosen_area
from incubators.views.places import month_asked

MOST_CLOSES = 36
MOST_NAMED = 40  # carriers that are not done, by name


@dataclass(frozen=True, slots=True)
class Place:
    """How one area's carriers stand in a month; a town's and a park's as in :class:`overview.There`. ``open``: the lines
    that are not done."""

    code: str
    name: str
    expected: int
    done: int
    waiting: int
    returned: int
    draft: int
    missing: int
    open: tuple[Line, ...]
    with_parks: bool = False
    is_part: bool = False


def standing_of(line: Line) -> str:
    """``done``, ``waiting`` to be reviewed, or what the carrier has still to hand in. What was accepted stays done while
    a correction of it is being written."""
    if line.state in WAITING:
        return "waiting"
    return "done" if line.filed or line.state in COUNTED else line.state


def places(lines: Iterable[Line]) -> list[Place]:
    """``lines`` by area, in their order."""
    areas = overview.by_area(lines, lambda each: (each.area_code, each.area_name, each.town_code, each.town_name))
    return [
        replace(_place(each.code, each.name, each.found), with_parks=each.with_parks, is_part=each.is_part)
        for each in areas
    ]


def _place(code: str, name: str, lines: Sequence[Line]) -> Place:
    states = [standing_of(line) for line in lines]
    return Place(
        code=code,
        name=name,
        expected=len(lines),
        done=states.count("done"),
        waiting=states.count("waiting"),
        returned=states.count(S.RETURNED),
        draft=states.count(S.DRAFT),
        missing=states.count(MISSING),
        open=tuple(line for line, state in zip(lines, states, strict=True) if state != "done"),
    )


def _named(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines that are not done under their own areas, without those that are more than a page holds."""
    left = [line for line in lines if standing_of(line) != "done"][:MOST_NAMED]
    return [(label, [*there]) for label, there in groupby(left, key=lambda line: line.area_label)]


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether a month is closed, as every reader is told: in all of its jurisdictions (``closed``, the last on
    ``closed_on``), in some (``partly``) or in none (``open``). ``due_on``: by when what is open should have been closed,
    where that day has gone by."""

    state: str
    closed_on: date | None
    closed_count: int
    count: int
    due_on: date | None


def mark_of(found: Sequence[Standing], month: date) -> Mark | None:
    """The mark of a month; None while it goes on, when nobody could have closed it, and where nobody reports it."""
    today = timezone.localdate()
    if not found or today <= month_end(month):
        return None
    closed = [each.closed_on for each in found if each.closed_on is not None]
    state = "closed" if len(closed) == len(found) else "partly" if closed else "open"
    due_on = min((each.review_on for each in found if each.waits(today)), default=None)
    return Mark(state, max(closed, default=None), len(closed), len(found), due_on)


def close_of(user: Any, month: date, lines: list[Line]) -> dict[str, Any]:
    """For the overview of a month: whether it is closed, and whether this person should close one of its jurisdictions."""
    found = standings(lines, month)
    today = timezone.localdate()
    waiting = {each.path: each for each in found if each.waits(today) and Scope.of(user).may_write(each.path)}
    mine = [area for area in Area.objects.filter(path__in=waiting) if may_arrange(user, area)] if waiting else []
    return {
        "mark": mark_of(found, month),
        "to_close": waiting[mine[0].path] if mine else None,
        "to_close_area": mine[0].code if mine and waiting[mine[0].path].has_calendar else "",
    }


def month_close(request: HttpRequest) -> HttpResponse:
    """What is still open in a jurisdiction's month, its close, and the closes so far with their figures: those of areas
    that the person sees whole. Raises :class:`PermissionDenied` for who oversees no area."""
    scope = Scope.of(request.user)
    areas, area = chosen_area(request)
    if not scope.area_paths or area is None:
        raise PermissionDenied("月结由区科委办理;您的月报和各月状态在“月报”和“完整性”中查看")
    month, month_problem = month_asked(request.GET)
    if not request.GET.get("month") and timezone.localdate() <= _days(area, month).due_on:
        month = add_months(month, -1)  # the last one that can be closed
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = close_month(user=request.user, area=area, month=month, note=form.cleaned_data["note"])
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            filed, missing = made.figures["filed"], made.figures["expected"] - made.figures["filed"]
            named = f"{area.name}{month_cn(month)}已月结:{filed}份月报计入并锁定"
            messages.success(request, f"{named},{missing}家记为缺报" if missing else named)
            return redirect("incubators:month_close_detail", pk=made.pk)
    lines = concerned(overview.month_lines(request.user, month), area)
    closes = [
        *MonthClose.objects.filter(area=area)
        .select_related("closed_by")
        .annotate(unlocked=Count("unlocks"))
        .order_by("-month")[:MOST_CLOSES]
    ]
    context = {
        "area": area,
        "tabs": area_tabs(request, areas, area, f"month={month:%Y-%m}"),
        "form": form,
        "month_problem": month_problem,
        **_months(month),
        **_open(request.user, area, month, lines, closes),
        "is_whole": scope.covers(area.path),
        "closes": [(each, _rate(each)) for each in closes] if scope.covers(area.path) else [],
    }
    return render(request, "incubators/months/close.html", context, status=422 if form.errors else 200)


def _days(area: Area, month: date) -> Days:
    return Calendars().days(area.path, month)


def _months(month: date) -> dict[str, Any]:
    latest = timezone.localdate().replace(day=1)
    return {
        "month": month,
        "month_text": f"{month:%Y-%m}",
        "latest_text": f"{latest:%Y-%m}",
        "earlier": f"{add_months(month, -1):%Y-%m}",
        "later": f"{add_months(month, 1):%Y-%m}" if month < latest else "",
    }


def _open(user: Any, area: Area, month: date, lines: list[Line], closes: list[MonthClose]) -> dict[str, Any]:
    """What stands in the way of the close, or the close itself."""
    days = _days(area, month)
    waiting = sum(standing_of(line) == "waiting" for line in lines)
    why = early(area, month, days)
    if not why and waiting:
        why = f"还有{waiting}份月报待审核,请先审核或退回"
    total = _place("", "合计", lines)
    return {
        "places": places(lines),
        "named": _named(lines),
        "total": total,
        "open_count": len(total.open),
        "open_named": MOST_NAMED,
        "summary": overview.summarise(lines),
        "days": days,
        "waiting": waiting,
        "unfiled": sum(not line.filed for line in lines),
        "correcting": sum(line.filed and line.is_correction for line in lines),
        "close": next((each for each in closes if each.month == month), None),
        "permit": may_arrange(user, area),
        "why_not": why,
    }


def _rate(close: MonthClose) -> Rate:
    """The rate as it stood at the close."""
    figures = close.figures
    return Rate(*(int(figures.get(name, 0)) for name in ("expected", "filed", "punctual")))


def _bulletin_of(close: MonthClose) -> str:
    """Where the bulletin stands that the close issued; empty for closes from before bulletins were kept."""
    issued = IssuedBulletin.objects.filter(close=close).values_list("pk", flat=True).first()
    asked = urlencode({"month": f"{close.month:%Y-%m}", "area": close.area.code, "issued": issued or ""})
    return f"{reverse('incubators:bulletin')}?{asked}" if issued else ""


def month_close_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One close: its figures then and now, and the carriers for which it was opened again."""
    rows = MonthClose.objects.filter(Scope.of(request.user).areas("area__")).select_related("area", "closed_by")
    close = get_object_or_404(rows, pk=pk)
    lines = concerned(overview.month_lines(request.user, close.month), close.area)
    unfiled = [line for line in lines if not line.filed]
    permit = may_arrange(request.user, close.area)
    form = UnlockForm(
        request.POST if request.method == "POST" else None,
        unfiled=[line.carrier_id for line in unfiled],
        initial={"carrier": request.GET.get("carrier", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = unlock(user=request.user, close=close, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已为{made.carrier.name}开放{month_cn(close.month)}补报,至{date_cn(made.until)}")
            return redirect("incubators:month_close_detail", pk=close.pk)
    now = {line.carrier_id: line for line in lines}
    today = timezone.localdate()
    context = {
        "close": close,
        "then": _rate(close),
        "now": overview.summarise(lines),
        "unfiled": unfiled,
        "permit": permit,
        "form": form,
        "unlocks": [
            {"row": row, "line": now.get(row.carrier_id), "over": row.until < today}
            for row in close.unlocks.select_related("carrier", "unlocked_by")
        ],
        "bulletin_url": _bulletin_of(close),
        "back": f"{reverse('incubators:month_close')}?month={close.month:%Y-%m}&area={close.area.code}",
    }
    return render(request, "incubators/months/close_detail.html", context, status=422 if form.errors else 200)


__all__ = ["Mark", "close_of", "mark_of", "month_close", "month_close_detail"]
