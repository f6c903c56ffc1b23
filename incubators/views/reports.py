"""The month's overview, one report to read, and the moves of the workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from core.permits import NotPermitted, Refused
from incubators.forms import OverviewFilter
from incubators.indicators.links import figure_url, query
from incubators.models import MonthlyReport
from incubators.permits import may_edit_report
from incubators.register import graduations
from incubators.reporting import overview
from incubators.reporting.calendar import add_months
from incubators.reporting.closing import Closes, fillable
from incubators.reporting.overview import Line
from incubators.reporting.register import month_end
from incubators.scope import Scope
from incubators.services import corrections, evidence, reminders, reports
from incubators.views.closes import close_of
from incubators.views.explain import explain
from incubators.views.places import month_asked
from incubators.views.report_detail import detail_context

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """A month as its operator reads it: whether it can be filled in, and of a closed one the day of the close and until
    when it is open again for the carrier."""

    line: Line
    may_fill: bool
    closed_on: date | None
    until: date | None


def _own_months(lines: list[Line]) -> list[OwnMonth]:
    """At most two queries, whatever the number of lines."""
    closes = Closes({line.month for line in lines})
    return [
        OwnMonth(
            line,
            may_fill,
            closes.closed_on(line.area_path, line.month),
            closes.opened_until(line.carrier_id, line.area_path, line.month),
        )
        for line, may_fill in fillable(lines, closes)
    ]


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """All carriers of a month for who oversees areas; their own months for operators."""
    scope = Scope.of(request.user)
    if not scope.area_paths:
        carriers = overview.operator_lines(request.user)
        months = iter(_own_months([line for _, lines in carriers for line in lines]))
        context = {
            "carriers": [(name, [next(months) for _ in lines]) for name, lines in carriers],
            "notices": reminders.notices(request.user),
            "corrections": corrections.told(request.user),
        }
        return render(request, "incubators/reports/own.html", context)
    month, month_problem = month_asked(request.GET)
    lines = overview.month_lines(request.user, month)
    form = OverviewFilter(request.GET, lines=lines)
    # The summary follows the area, which is a whole; filtering by state must not change the rates.
    area, counted = form.area_code, form.within(lines)
    page = Paginator(form.fitting(lines), PAGE_SIZE).get_page(request.GET.get("page"))
    month_text = f"{month:%Y-%m}"
    requests = corrections.waiting_for(request.user)
    return render(
        request,
        "incubators/reports/list.html",
        {
            **_explained(request.user, month, area),
            **close_of(request.user, month, counted),
            "month": month,
            "month_problem": month_problem,
            "month_text": month_text,
            "earlier": f"{add_months(month, -1):%Y-%m}",
            "later": f"{add_months(month, 1):%Y-%m}" if add_months(month, 1) <= timezone.localdate() else "",
            "latest_text": f"{timezone.localdate():%Y-%m}",
            # A month that goes on is looked at early; nothing can have been handed in.
            "opens_on": add_months(month, 1) if timezone.localdate() <= month_end(month) else None,
            "form": form,
            "keep": {"month": month_text},
            "reset_url": f"?month={month_text}",
            "page_obj": page,
            "lines": fillable(page.object_list),
            "summary": overview.summarise(counted),
            "days": lines[0].days if lines and len({line.days for line in lines}) == 1 else None,
            "may_file_any": bool(scope.write_paths),
            "requests": requests,
            "graduations": graduations.waiting_for(request.user),
            "requested": {each.report_id for each in requests},
        },
    )


def _explained(user: Any, month: date, area: str) -> dict[str, str]:
    """Where each number of the summary leads: rates to the catalogue, counts of carriers to the lines counted."""
    asked: dict[str, Any] = {"on": month_end(month), "within": area}
    this = f"?{query(month=f'{month:%Y-%m}', area=area)}"
    return {
        "completeness_url": figure_url("report_completeness", **asked),
        "punctuality_url": figure_url("report_punctuality", **asked),
        "filed_url": explain(user, "report_completeness", **asked),
        "punctual_url": explain(user, "report_punctuality", **asked),
        "expected_url": this,
        **{f"{state}_url": f"{this}&state={state}" for state in ("waiting", "returned", "overdue")},
    }


def _report(request: HttpRequest, pk: int) -> MonthlyReport:
    rows = MonthlyReport.objects.visible_to(request.user).select_related(
        "carrier__owner_area", "carrier__area", "carrier__operator", "submitted_by", "checked_by", "accepted_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One revision to read: figures beside last month's, checks and explanations, the register's counts, the log."""
    report = _report(request, pk)
    return render(request, "incubators/reports/detail.html", detail_context(request.user, report))


def _declined(request: HttpRequest, report: MonthlyReport) -> MonthlyReport:
    corrections.decline_correction(user=request.user, report=report, reason=request.POST.get("reason", ""))
    return report


MOVES: dict[str, Callable[[HttpRequest, MonthlyReport], MonthlyReport]] = {
    "return": lambda request, report: reports.give_back(
        user=request.user, report=report, reason=request.POST.get("reason", "")
    ),
    "check": lambda request, report: reports.check(
        user=request.user, report=report, seen_hash=request.POST.get("content_hash", "")
    ),
    "accept": lambda request, report: reports.accept(
        user=request.user, report=report, seen_hash=request.POST.get("content_hash", "")
    ),
    "lock": lambda request, report: reports.lock(user=request.user, report=report),
    "correct": lambda request, report: reports.correct(
        user=request.user, report=report, reason=request.POST.get("reason", "")
    ),
    "decline": _declined,
}
DONE = {
    "return": "已退回,等待运营方修改后重新提交",
    "check": "镇审已通过,等待区审",
    "accept": "已通过,数据计入统计",
    "lock": "已锁定",
    "correct": "已建立更正版本,通过审核前仍以原版本为准",
    "decline": "已答复:未同意更正,运营方在自己的月报页看到原因",
}


@require_POST
def report_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Check, return, accept, lock or correct, or decline to correct. A refusal is shown on the report, with what was typed."""
    if move not in MOVES:
        raise Http404
    report = _report(request, pk)
    try:
        moved = MOVES[move](request, report)
    except reports.Stale:
        words = "内容在您打开页面后有变化,没有执行;请核对现在的内容后再操作"
        return _refusal(request, pk, move, words, 409)
    except NotPermitted as denied:
        return _refusal(request, pk, move, str(denied), 403)
    except Refused as refused:
        return _refusal(request, pk, move, str(refused), 422)
    messages.success(request, DONE[move])
    if move == "correct" and not request.POST.get("requested"):
        return redirect("incubators:report_edit", code=report.carrier.code, month=f"{report.month:%Y-%m}")
    return redirect("incubators:report_detail", pk=moved.pk)


@require_POST
def report_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The operator asks for a correction of the own accepted report."""
    report = _report(request, pk)
    try:
        corrections.ask_correction(user=request.user, report=report, reason=request.POST.get("reason", ""))
    except NotPermitted as denied:
        return _refusal(request, pk, "ask", str(denied), 403)
    except Refused as refused:
        return _refusal(request, pk, "ask", str(refused), 422)
    messages.success(request, "已申请更正,等待科委答复;答复前仍以现在的数据为准")
    return redirect("incubators:report_detail", pk=pk)


def _refusal(request: HttpRequest, pk: int, move: str, words: str, status: int) -> HttpResponse:
    shown = detail_context(request.user, _report(request, pk))
    shown.update(refusal=words, refused_move=move, typed_reason=request.POST.get("reason", ""))
    return render(request, "incubators/reports/detail.html", shown, status=status)


@require_POST
def report_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a file to a report that is still open."""
    report = _report(request, pk)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused("请先选择文件")
        attachment = evidence.attach(user=request.user, report=report, upload=upload)
    except (NotPermitted, Refused) as refused:
        messages.error(request, str(refused))
        return _back_to_work(request, report)
    messages.success(request, f"已上传“{attachment.name}”")
    return _back_to_work(request, report, "#evidence")


@require_POST
def report_detach(request: HttpRequest, pk: int, attachment: UUID) -> HttpResponse:
    """Remove a file from a report that is still open."""
    report = _report(request, pk)
    try:
        evidence.detach(user=request.user, report=report, attachment_id=attachment)
    except (NotPermitted, Refused) as refused:
        messages.error(request, str(refused))
        return _back_to_work(request, report)
    messages.success(request, "附件已删除")
    return _back_to_work(request, report, "#evidence")


def _back_to_work(request: HttpRequest, report: MonthlyReport, place: str = "") -> HttpResponse:
    """Back to the form (the report, for who may not edit it), at ``place``: what went wrong is said at its top."""
    address = reverse("incubators:report_detail", args=[report.pk])
    if may_edit_report(request.user, report):
        address = reverse("incubators:report_edit", args=[report.carrier.code, f"{report.month:%Y-%m}"])
    return redirect(address + place)
