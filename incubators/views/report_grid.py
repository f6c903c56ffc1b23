"""The grid of a month: all carriers on one screen, rows by fields, in a fixed number of queries."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.dates import month_cn
from incubators.access import Capability
from incubators.forms import STATE_CHOICES, OverviewFilter
from incubators.models import Carrier, MonthlyReport, ReportEvent
from incubators.reporting import context
from incubators.reporting.calendar import Days, add_months
from incubators.reporting.overview import expected_carriers
from incubators.reporting.workflow import EDITABLE, MISSING
from incubators.scope import Scope
from incubators.views.months import month_asked
from incubators.views.report_grid_rows import beside, columns, row_of

ROWS = 200
# These two follow from days and not from a state; the overview has them.
BY_DAYS = {"overdue", "late"}


class GridFilter(OverviewFilter):
    """Which rows the grid shows, in the address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [(code, label) for code, label in STATE_CHOICES if code not in BY_DAYS]


@require_GET
def report_grid(request: HttpRequest) -> HttpResponse:
    """The grid, with the data of its rows for the script; on a small screen, links to the one-carrier forms."""
    month, month_problem = month_asked(request)
    lines = _lines(request.user, month)
    areas = {line["area_code"]: line for line in lines}
    form = GridFilter(request.GET, areas=[(code, line["area_name"]) for code, line in areas.items()])
    chosen = form.cleaned_data if form.is_valid() else {}
    page = Paginator(_filter(lines, areas, chosen), ROWS).get_page(request.GET.get("page"))
    rows, days = _rows(request.user, month, page.object_list)
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
            "is_filtered": any(chosen.values()),
            "page_obj": page,
            "rows": rows["rows"],
            "grid": rows | _addresses(month_text) | {"month": month_text, "user": request.user.pk, "label": label},
            "days": days,
            "has_town": rows["has_town"],
            "may_file": scope.can(Capability.REPORT_FILE),
            "may_review": bool(scope.write_paths) and scope.can(Capability.REPORT_REVIEW),
            "close_url": _close_url(month_text) if scope.write_paths else "",
        },
    )


def _addresses(month: str) -> dict[str, str]:
    return {
        "save_url": reverse("incubators:report_grid_save", args=[month]),
        "act_url": reverse("incubators:report_grid_act", args=[month]),
    }


def _close_url(month: str) -> str:
    """Where the month is closed; empty where the portal has no such page."""
    for arguments, asked in (([month], ""), ([], f"?month={month}")):
        try:
            return reverse("incubators:month_close", args=arguments) + asked
        except NoReverseMatch:
            continue
    return ""


def _lines(user: Any, month: date) -> list[dict[str, Any]]:
    """Every carrier that reports the month, with the state of its report and the words of its last return. One query."""
    reports = MonthlyReport.objects.filter(carrier=OuterRef("pk"), month=month).order_by("-revision")
    returned = ReportEvent.objects.filter(
        report__carrier=OuterRef("pk"), report__month=month, to_state=MonthlyReport.State.RETURNED
    ).order_by("-at", "-pk")
    rows = Carrier.objects.visible_to(user).filter(expected_carriers(month))
    named = {"path": F("owner_area__path"), "area_code": F("owner_area__code"), "area_name": F("owner_area__name")}
    return list(
        rows.order_by("owner_area__order", "owner_area__path", "code").values(
            "pk",
            "code",
            "name",
            "pinyin",
            **named,
            state=Subquery(reports.values("state")[:1]),
            reason=Subquery(returned.values("comment")[:1]),
        )
    )


def _filter(
    lines: list[dict[str, Any]], areas: dict[str, dict[str, Any]], chosen: dict[str, Any]
) -> list[dict[str, Any]]:
    words, state, area = (chosen.get(name) or "" for name in ("q", "state", "area"))
    words = words.strip().lower()
    wanted = {MISSING, *EDITABLE} if state == "unfiled" else {state}

    def fits(line: dict[str, Any]) -> bool:
        within = not area or line["path"].startswith(areas[area]["path"])
        named = not words or any(words in line[name].lower() for name in ("name", "code", "pinyin"))
        return within and named and (not state or (line["state"] or MISSING) in wanted)

    return [line for line in lines if fits(line)]


def _rows(user: Any, month: date, lines: Any) -> tuple[dict[str, Any], Days | None]:
    """Columns and rows of one page of lines, and the days where all have the same."""
    carriers = Carrier.objects.filter(pk__in=[line["pk"] for line in lines]).select_related("owner_area", "operator")
    months = context.load(carriers, month)
    asked = [(line, around) for line in lines if (around := months.get(line["pk"])) and around.days.asked]
    days = {around.days for _, around in asked}
    rows = []
    for line, around in asked:
        row = row_of(user, around) | beside(around)
        row["reason"] = line["reason"] or "" if row["state"] == MonthlyReport.State.RETURNED else ""
        rows.append(row)
    has_town = any(around.days.town_on for _, around in asked)
    shown = {"columns": columns(around for _, around in asked), "rows": rows, "has_town": has_town}
    return shown, days.pop() if len(days) == 1 else None
