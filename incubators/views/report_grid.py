"""The grid of a month: all carriers on one screen, rows by fields, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.dates import month_cn
from incubators.access import Capability
from incubators.forms import OverviewFilter
from incubators.models import Carrier
from incubators.reporting import context, overview
from incubators.reporting.calendar import Calendars, Days, add_months
from incubators.reporting.overview import Line
from incubators.scope import Scope
from incubators.views.places import month_asked
from incubators.views.report_grid_rows import beside, columns, row_of

ROWS = 200
# What the rows are, to the script, and where its links lead.
NAMES = {
    "row_name": "载体",
    "code_name": "编号",
    "before_name": "上月",
    "offered_words": "沿用上月,填写任一格或提交时一并存入",
    "link_names": {"edit": "单载体表单", "file": "载体档案", "previous": "上月月报"},
}


@require_GET
def report_grid(request: HttpRequest) -> HttpResponse:
    """The grid, with the data of its rows for the script; on a small screen, links to the one-carrier forms."""
    month, month_problem = month_asked(request.GET)
    calendars = Calendars()
    lines = overview.month_lines(request.user, month, calendars)
    form = OverviewFilter(request.GET, lines=lines)
    page = Paginator(form.fitting(lines), ROWS).get_page(request.GET.get("page"))
    rows, days = _rows(request.user, month, page.object_list, calendars)
    label = f"{month_cn(month)}月报表格"
    month_text = f"{month:%Y-%m}"
    later = add_months(month, 1)
    scope = Scope.of(request.user)
    return render(
        request,
        "incubators/reports/grid.html",
        {
            "month": month,
            "month_problem": month_problem,
            "month_text": month_text,
            "earlier": f"{add_months(month, -1):%Y-%m}",
            "later": f"{later:%Y-%m}" if later <= timezone.localdate() else "",
            "latest_text": f"{timezone.localdate():%Y-%m}",
            "form": form,
            "is_filtered": form.is_filtered,
            "page_obj": page,
            "rows": rows["rows"],
            "grid": rows
            | _addresses(month_text)
            | {"month": month_text, "user": request.user.pk, "label": label}
            | NAMES,
            "days": days,
            "opens_on": days.opens_on if days and timezone.localdate() < days.opens_on else None,
            "has_town": rows["has_town"],
            "may_file": scope.can(Capability.REPORT_FILE),
            "may_review": bool(scope.write_paths) and scope.can(Capability.REPORT_REVIEW),
            "close_url": f"{reverse('incubators:month_close')}?month={month_text}" if scope.write_paths else "",
        },
    )


def _addresses(month: str) -> dict[str, str]:
    return {
        "save_url": reverse("incubators:report_grid_save", args=[month]),
        "act_url": reverse("incubators:report_grid_act", args=[month]),
    }


def _rows(user: Any, month: date, lines: Iterable[Line], calendars: Calendars) -> tuple[dict[str, Any], Days | None]:
    """Columns and rows of one page of lines, and the days where all have the same."""
    carriers = Carrier.objects.filter(pk__in=[line.carrier_id for line in lines])
    months = context.load(carriers.select_related("owner_area", "operator"), month, calendars)
    arounds = [months[line.carrier_id] for line in lines]
    days = {around.days for around in arounds}
    rows = [
        row_of(user, around) | beside(around) | {"reason": line.reason}
        for line, around in zip(lines, arounds, strict=True)
    ]
    has_town = any(around.days.town_on for around in arounds)
    shown = {"columns": columns(arounds), "rows": rows, "has_town": has_town}
    return shown, days.pop() if len(days) == 1 else None
