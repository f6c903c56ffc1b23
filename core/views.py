"""Pages of background jobs: how far one is, stopping it. Everybody sees the jobs that they started."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core.jobs import cancel
from core.models import Job


def _context(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    row = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if row.cancel_requested and not row.is_over:
        row.message = "已请求取消,正在停止"
    # A job says where its outcome can be read: {"url": "/…/", "label": "查看…"}.
    target = row.result.get("url", "") if isinstance(row.result, dict) else ""
    own = isinstance(target, str) and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return {
        "job": row,
        "url": reverse("core:job_progress", args=[row.pk]),
        "cancel_url": "" if row.cancel_requested else reverse("core:job_cancel", args=[row.pk]),
        "result_url": target if own else "",
        "result_label": row.result.get("label", "") if own else "",
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
        cancel(row)
    if request.headers.get("HX-Request"):
        return render(request, "core/job_progress.html", _context(request, pk))
    return redirect("core:job_detail", pk=pk)
