"""Pages of the month's workbook: taken away, brought back, looked at cell by cell, confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.dates import month_cn
from core.permits import NotPermitted, Refused
from incubators.exchange import files
from incubators.models import Carrier, ImportFile
from incubators.reporting.calendar import add_months
from incubators.reporting.findings import EXPLAIN
from incubators.reporting.workbook_enterprises import ENTERPRISES
from incubators.reporting.workbook_words import WORDS
from incubators.services import month_files
from incubators.services.cells import State
from incubators.views.places import month_asked

MOST_SHOWN = 500
RECENT = 10
TABS = (
    (State.CONFLICT, "他人已改"),
    (State.WRONG, "有误"),
    (State.REFUSED, "不能写入"),
    (State.SAVED, "改动"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def report_workbook(request: HttpRequest) -> HttpResponse:
    """Take the month's workbook away, or bring one back; what is wrong with a file as a whole is said here."""
    errors: list[str] = []
    if request.method == "POST":
        sent = request.FILES.get("file")
        if sent is None:
            errors = ["请选择月报工作簿"]
        else:
            try:
                row = month_files.upload(user=request.user, name=sent.name or "", content=sent.read())
            except Refused as refused:
                errors = [sentence for group in refused.errors.values() for sentence in group]
            except NotPermitted as denied:
                errors = [str(denied)]
            else:
                return redirect("incubators:report_workbook_detail", pk=row.pk)
    month, problem = month_asked(request.GET)
    carriers = month_files.carriers_to_fill(request.user, month)
    areas = {carrier.owner_area.code: carrier.owner_area.name for carrier in carriers}
    later = add_months(month, 1)
    recent = ImportFile.objects.visible_to(request.user).filter(kind=month_files.KIND).defer("preview")[:RECENT]
    context = {
        "month": month,
        "month_text": f"{month:%Y-%m}",
        "month_problem": problem,
        "earlier": f"{add_months(month, -1):%Y-%m}",
        "later": f"{later:%Y-%m}" if later <= timezone.localdate() else "",
        "latest_text": f"{timezone.localdate():%Y-%m}",
        "carriers": carriers,
        "areas": areas.items() if len(areas) > 1 else (),
        "chosen_area": request.GET.get("area", ""),
        "errors": errors,
        "max_mb": month_files.LARGEST_BYTES >> 20,
        "recent": recent,
    }
    return render(request, "incubators/reports/workbook.html", context, status=422 if errors else 200)


@require_safe
def report_workbook_download(request: HttpRequest) -> HttpResponse:
    """The workbook of ``?month=``: of one carrier, of an area, or of all whose month the person fills in."""
    month, problem = month_asked(request.GET)
    code, area = request.GET.get("carrier", ""), request.GET.get("area", "")
    if problem:
        raise Http404
    carriers = _of_area(month_files.carriers_to_fill(request.user, month, code=code), area)
    if not carriers:
        messages.warning(request, f"{month_cn(month)}没有由您填报的载体,没有生成工作簿")
        return redirect("incubators:report_workbook")
    name = f"{carriers[0].name if len(carriers) == 1 else '月报工作簿'}{month:%Y-%m}"
    return files.workbook(month_files.download(request.user, month, carriers), name)


def _of_area(carriers: list[Carrier], code: str) -> list[Carrier]:
    """Those credited to the area or one within it; all without an area."""
    if not code:
        return carriers
    path = next((carrier.owner_area.path for carrier in carriers if carrier.owner_area.code == code), None)
    return [carrier for carrier in carriers if path is not None and carrier.owner_area.path.startswith(path)]


def _own(request: HttpRequest, pk: UUID) -> ImportFile:
    return get_object_or_404(ImportFile.objects.visible_to(request.user).filter(kind=month_files.KIND), pk=pk)


@require_safe
def report_workbook_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a workbook would change, cell by cell, and the way to confirm it; afterwards, what it did."""
    return _detail(request, _own(request, pk))


def _detail(request: HttpRequest, row: ImportFile, error: str = "") -> HttpResponse:
    findings = row.preview.get("findings", [])
    by_carrier: dict[str, list[dict[str, Any]]] = {}
    for each in findings:
        by_carrier.setdefault(each["carrier"], []).append(each)
    cells = [
        {
            **cell,
            "place": place,
            "found": _found_at(cell, by_carrier.get(cell["carrier"], [])),
            "on_words": cell["code"].startswith(EXPLAIN),
        }
        for place, cell in enumerate(row.preview["cells"])
    ]
    told = {id(each) for cell in cells if cell["state"] == State.SAVED for each in cell["found"]}
    by_state: dict[str, list[dict[str, Any]]] = {state.value: [] for state, _ in TABS}
    for cell in cells:
        by_state[cell["state"]].append(cell)
    done = row.state == ImportFile.State.DONE
    sections = [
        {
            "state": state.value,
            "label": f"{'已写入' if done and state == State.SAVED else label}{'的说明' if on_words else ''}",
            "on_words": on_words,
            "cells": here[:MOST_SHOWN],
            "left": max(len(here) - MOST_SHOWN, 0),
        }
        for state, label in TABS
        for on_words in (False, True)
        if (here := [cell for cell in by_state[state.value] if cell["on_words"] is on_words])
    ]
    month = date.fromisoformat(row.preview["month"])
    context = {
        "row": row,
        "month": month,
        "month_text": f"{month:%Y-%m}",
        "counts": row.counts,
        "sections": sections,
        "changed": len(by_state[State.SAVED.value]),
        "conflicts": len(by_state[State.CONFLICT.value]),
        "not_written": len(cells) - len(by_state[State.SAVED.value]) + len(row.preview["rows"]),
        "wrong_rows": row.preview["rows"],
        "ignored": row.preview["ignored"],
        "unchanged": row.preview["unchanged"],
        "idle": row.preview.get("idle", []),
        "findings": [each for each in findings if id(each) not in told],
        "carriers": _carriers(cells, findings),
        "marks": len(findings),
        "asks": any(each["asks"] for each in findings),
        "old_kind": not row.name.lower().endswith(".xlsx"),
        "ready": row.state == ImportFile.State.READY,
        "done": done,
        "error": error,
    }
    return render(request, "incubators/reports/workbook_detail.html", context, status=422 if error else 200)


def _found_at(cell: dict[str, Any], findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the checks say of its carrier that is about a cell; of words, what they answer."""
    return [each for each in findings if cell["code"] in each["fields"] or cell["code"] == EXPLAIN + each["key"]]


def _carriers(cells: list[dict[str, Any]], findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The carriers that something is written for, with how much there is left to put right and to explain."""
    names = {cell["carrier"]: cell["name"] for cell in cells if cell["state"] == State.SAVED}
    return [
        {
            "code": code,
            "name": name,
            "hard": sum(each["hard"] for each in findings if each["carrier"] == code),
            "asks": sum(each["asks"] for each in findings if each["carrier"] == code),
        }
        for code, name in names.items()
    ]


@require_POST
def report_workbook_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what the preview shows, and of the conflicts those that the person chose."""
    row = _own(request, pk)
    mine, take = (
        {int(place) for place in request.POST.getlist(name) if place.isdecimal() and len(place) < 7}
        for name in ("mine", "take")
    )
    try:
        month_files.confirm(user=request.user, row=row, mine=mine, take=take)
    except (Refused, NotPermitted) as refused:
        return _detail(request, _own(request, pk), str(refused))
    if row.counts["saved"]:
        messages.success(request, f"已写入 {row.counts['saved']} 格,存为草稿")
    else:
        messages.warning(request, "没有写入任何内容:这些格在您确认之前又被改过,或不能再写")
    return redirect("incubators:report_workbook_detail", pk=row.pk)


@require_POST
def report_workbook_discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the workbook aside; nothing is written."""
    row = _own(request, pk)
    try:
        month_files.discard(user=request.user, row=row)
    except (Refused, NotPermitted) as refused:
        return _detail(request, row, str(refused))
    messages.info(request, "已放弃这个工作簿,没有写入任何数据")
    return redirect("incubators:report_workbook")


@require_safe
def report_workbook_marked(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same workbook with the cells that were not written marked."""
    row = _own(request, pk)
    wrong = [*month_files.mistakes(row), *month_files.mistakes(row, WORDS), *month_files.mistakes(row, ENTERPRISES)]
    if row.state == ImportFile.State.DISCARDED or not (wrong or row.preview.get("findings")):
        raise Http404
    return files.workbook(month_files.marked_file(row), f"{row.name.rsplit('.', 1)[0]}(已标出)")
