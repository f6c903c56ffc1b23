"""Pages of sheets in and out: templates, exports that can be imported back, uploads with their preview."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.models import Job
from core.permits import NotPermitted, Refused
from core.workbooks import ACCEPT, LARGEST_BYTES
from incubators.exchange import KINDS, files
from incubators.exchange.kinds import CHANGED, NEW, UNCHANGED, WRONG, Context
from incubators.models import ImportFile
from incubators.register.permits import may_write_register
from incubators.services import imports
from incubators.views.records import kind_or_404

OUTCOMES = ((NEW, "新增"), (CHANGED, "变更"), (WRONG, "有误"))
PAGE_SIZE = 50
RECENT = 20


@require_safe
def exchange_home(request: HttpRequest) -> HttpResponse:
    """Every kind of record with its template and export, and the person's own recent uploads."""
    recent = [*ImportFile.objects.visible_to(request.user).filter(kind__in=KINDS).defer("preview")[:RECENT]]
    imports.settle(recent)
    for row in recent:
        row.title = KINDS[row.kind].title
    context = {"kinds": KINDS.values(), "recent": recent, "permit": may_write_register(request.user)}
    return render(request, "incubators/exchange/home.html", context)


def exchange_upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a file of one kind of record; what is wrong with the file as a whole is said here."""
    spec = kind_or_404(kind)
    permit = may_write_register(request.user)
    errors: list[str] = []
    if request.method == "POST":
        sent = request.FILES.get("file")
        if sent is None:
            errors = ["请选择要导入的文件"]
        else:
            try:
                row = imports.upload(user=request.user, kind=spec, name=sent.name or "", content=sent.read())
            except Refused as refused:
                errors = [sentence for group in refused.errors.values() for sentence in group]
            except NotPermitted as denied:
                errors = [str(denied)]
            else:
                return redirect("incubators:import_detail", pk=row.pk)
    context = {
        "kind": spec,
        "columns": spec.columns(Context(request.user)),
        "permit": permit,
        "errors": errors,
        "accept": ACCEPT,
        "max_mb": LARGEST_BYTES >> 20,
    }
    return render(request, "incubators/exchange/upload.html", context, status=422 if errors else 200)


@require_safe
def exchange_template(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty workbook of a kind."""
    spec = kind_or_404(kind)
    return files.workbook(files.template(spec, Context(request.user)), f"{spec.title}导入模板")


@require_safe
def exchange_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every record of a kind that the person may change, in the form that can be imported back."""
    spec = kind_or_404(kind)
    context = Context(request.user)
    rows = spec.visible(request.user).filter(spec.writable(context.scope))
    return files.sent(spec, context, rows, fmt=request.GET.get("format", "xlsx"))


def _own(request: HttpRequest, pk: UUID) -> ImportFile:
    row = get_object_or_404(ImportFile.objects.visible_to(request.user).filter(kind__in=KINDS), pk=pk)
    imports.settle([row])
    return row


@require_safe
def import_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a file would do, row by row and cell by cell, and the way to confirm it; afterwards, what it did."""
    return _detail(request, _own(request, pk))


def _detail(request: HttpRequest, row: ImportFile, error: str = "") -> HttpResponse:
    counts = row.counts or {}
    shown = [(code, label) for code, label in OUTCOMES if counts.get(code)]
    chosen = request.GET.get("rows", "")
    if chosen not in dict(shown):
        chosen = next((code for code in (WRONG, CHANGED, NEW) if code in dict(shown)), "")
    sample = row.preview.get(chosen, []) if chosen else []
    context: dict[str, Any] = {
        "row": row,
        "kind": KINDS[row.kind],
        "tabs": [
            {
                "label": f"{label} {counts[code]}",
                "url": f"{reverse('incubators:import_detail', args=[row.pk])}?rows={code}",
                "active": code == chosen,
            }
            for code, label in shown
        ],
        "chosen": chosen,
        "page": Paginator(sample, PAGE_SIZE).get_page(request.GET.get("page")),
        "cut": len(sample) < counts.get(chosen, 0),
        "writable": counts.get(NEW, 0) + counts.get(CHANGED, 0),
        "wrong": counts.get(WRONG, 0),
        "unchanged": counts.get(UNCHANGED, 0),
        "total": sum(counts.values()),
        "error": error,
        "job": _job(request, row),
    }
    if context["job"] is not None:
        context["job_url"] = reverse("core:job_progress", args=[row.job_id])
        context["job_cancel"] = reverse("core:job_cancel", args=[row.job_id])
    return render(request, "incubators/exchange/import.html", context, status=422 if error else 200)


def _job(request: HttpRequest, row: ImportFile) -> Job | None:
    if row.state not in {ImportFile.State.CHECKING, ImportFile.State.WRITING} or row.job_id is None:
        return None
    return Job.objects.visible_to(request.user).filter(pk=row.job_id).first()


@require_POST
def import_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what the preview shows."""
    row = _own(request, pk)
    try:
        imports.confirm(user=request.user, row=row, only_right=request.POST.get("only_right") == "1")
    except (Refused, NotPermitted) as refused:
        return _detail(request, _own(request, pk), str(refused))
    if row.state == ImportFile.State.DONE:
        messages.success(request, f"已导入:新增 {row.counts[NEW]},变更 {row.counts[CHANGED]}")
    return redirect("incubators:import_detail", pk=row.pk)


@require_POST
def import_discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the file aside; nothing is written."""
    row = _own(request, pk)
    try:
        imports.discard(user=request.user, row=row)
    except (Refused, NotPermitted) as refused:
        return _detail(request, row, str(refused))
    messages.info(request, "已放弃这个文件,没有写入任何数据")
    return redirect("incubators:exchange_home")


@require_safe
def import_marked(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The uploaded workbook with its mistakes marked at their cells."""
    row = _own(request, pk)
    if row.state != ImportFile.State.READY or not row.counts.get(WRONG):
        raise Http404
    name = row.name.rsplit(".", 1)[0]
    return files.workbook(imports.marked_file(row), f"{name}(已标错误)")
