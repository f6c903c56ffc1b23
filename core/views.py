"""Pages of background jobs: how far one is, stopping it. Everybody sees the jobs that they started."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core.filters import SpokenFilterSet
from core.jobs import cancel
from core.listing import Listing, ListSpec
from core.models import Job
from core.models.jobs import JobState
from core.spreadsheets import Column
from core.trail import Actor


class JobListFilter(SpokenFilterSet):
    """Filters of one's own jobs."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label="任务名称")
    state = django_filters.ChoiceFilter(choices=JobState.choices, label="状态", empty_label="全部")

    class Meta:
        model = Job
        fields: list[str] = []


LIST = ListSpec(
    filterset=JobListFilter,
    sorts={"title": "title", "state": "state", "queued": "queued_at", "took": "took"},
    default_sort="-queued",
    file_name="我的任务",
    columns=(
        Column("任务", "title", width=36),
        Column("状态", lambda row: row.get_state_display()),
        Column("已处理", "done", "number"),
        Column("总数", "total", "number"),
        Column("发起时间", "queued_at"),
        Column("开始时间", "started_at"),
        Column("结束时间", "finished_at"),
        Column("说明", "message", width=48),
    ),
)


def _outcome(row: Job) -> tuple[str, str]:
    """Where a job's outcome can be read, and the words of the link: {"url": "/…/", "label": "查看…"} of its result."""
    target = row.result.get("url", "") if isinstance(row.result, dict) else ""
    own = isinstance(target, str) and target and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return (target, row.result.get("label", "")) if own else ("", "")


def _described(batch: list[Job]) -> list[Job]:
    for row in batch:
        shown: Any = row
        shown.result_url, shown.result_label = _outcome(row)
        end = row.finished_at
        shown.seconds = int((end - row.started_at).total_seconds()) if end and row.started_at else None
    return batch


@require_safe
def job_list(request: HttpRequest) -> HttpResponseBase:
    """The person's own jobs, the latest first; the list follows by itself while one of them is under way."""
    rows = Job.objects.visible_to(request.user).annotate(took=F("finished_at") - F("started_at"))
    listing = Listing(request, rows, LIST, decorate=_described)
    if listing.export_format:
        return listing.export()
    page = listing.page()
    follow = any(not row.is_over for row in page.object_list)
    return render(request, "core/job_list.html", {"listing": listing, "page": page, "follow": follow})


def _context(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    row = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if row.cancel_requested and not row.is_over:
        row.message = "已请求取消,正在停止"
    result_url, result_label = _outcome(row)
    return {
        "job": row,
        "url": reverse("core:job_progress", args=[row.pk]),
        "cancel_url": "" if row.cancel_requested else reverse("core:job_cancel", args=[row.pk]),
        "result_url": result_url,
        "result_label": result_label,
    }


@require_safe
def job_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One job with its progress, which follows by itself."""
    return render(request, "core/job_detail.html", _context(request, pk))


@require_safe
def job_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Only the progress, as htmx asks for it every two seconds; a person who opens the address gets the page."""
    context = _context(request, pk)
    if not request.headers.get("HX-Request"):
        return redirect("core:job_detail", pk=pk)
    response = render(request, "core/job_progress.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def job_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask a job to stop; one that is over stays as it is."""
    row = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if not row.is_over:
        cancel(row, actor=Actor.of(request.user))
    if request.headers.get("HX-Request"):
        return render(request, "core/job_progress.html", _context(request, pk))
    # The list asks to come back to itself, with its filters.
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("core:job_detail", pk=pk)
