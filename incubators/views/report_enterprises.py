"""The sheet of one carrier's incubatees (企业情况): a grid of enterprises by figures, and one enterprise's form."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.dates import month_cn
from core.permits import Refused
from incubators.enterprise_forms import EnterpriseMonthForm
from incubators.models import Carrier
from incubators.permits import may_fill_month
from incubators.reporting import context
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprises import Incubatee
from incubators.services.cells import Edit, State
from incubators.services.enterprise_cells import as_typed, save_enterprise_cells
from incubators.views.enterprise_rows import (
    about_enterprises,
    columns,
    enterprise_row,
    mark_of,
    row_findings,
    series_of,
    state_of,
)
from incubators.views.grid_requests import UNREADABLE, Unreadable, checked_rows, problem, read_parts
from incubators.views.places import parse_month
from incubators.views.report_form import previous_url

MOST_EDITS = 2_000
MOST_ROWS = 1_000


def _around(request: HttpRequest, code: str, month: str) -> MonthContext:
    """The month of a carrier that the person may see and that asks of incubatees; 404 otherwise."""
    period = parse_month(month)
    rows = Carrier.objects.visible_to(request.user).select_related("owner_area", "operator")
    carrier = get_object_or_404(rows, code=code)
    around = context.load([carrier], period)[carrier.pk]
    if not around.form.enterprises:
        raise Http404
    if around.latest is not None:
        around.latest.carrier = carrier
    return around


def _basics(around: MonthContext) -> dict[str, Any]:
    carrier, month = around.carrier, f"{around.month:%Y-%m}"
    row = around.latest
    return {
        "carrier": carrier,
        "month": around.month,
        "month_text": month,
        "report": row,
        "total": len(around.incubatees),
        "complete": sum(each.complete for each in around.incubatees),
        "sheet_url": reverse("incubators:report_enterprises", args=[carrier.code, month]),
        "edit_url": reverse("incubators:report_edit", args=[carrier.code, month]),
        "report_url": reverse("incubators:report_detail", args=[row.pk]) if row is not None else "",
    }


@require_GET
def report_enterprises(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """The grid of the incubatees; on a small screen, links to their forms. Who may not write reads it."""
    around = _around(request, code, month)
    permit = may_fill_month(request.user, around)
    about, series = about_enterprises(around), series_of(around)
    rows = [
        enterprise_row(around, each, permit) | about[each.pk] | {"series": series.get(each.pk, {})}
        for each in around.incubatees
    ]
    basics = _basics(around)
    save_url = reverse("incubators:report_enterprises_save", args=[code, month])
    grid = {
        "rows": rows,
        "columns": columns(),
        "save_url": save_url,
        "act_url": save_url,
        "month": f"{month}/{code}",
        "user": request.user.pk,
        "label": f"{around.carrier.name}{month_cn(around.month)}企业情况",
        "row_name": "企业",
        "code_name": "统一社会信用代码",
        "before_name": "上次",
        "offered_words": "沿用上次,填写任一格时一并存入",
        "link_names": {"edit": "单企业表单", "file": "企业档案", "previous": "上次月报"},
    }
    shown = {**basics, "rows": rows, "grid": grid, "permit": permit, "previous_url": previous_url(around)}
    return render(request, "incubators/reports/enterprises.html", shown)


@require_POST
def report_enterprises_save(request: HttpRequest, code: str, month: str) -> JsonResponse:
    """Save cells, or only look: what became of each, and the rows as they stand now."""
    around = _around(request, code, month)
    try:
        sent, parts = read_parts(request, "edits", MOST_EDITS, ("carrier", "code", "text", "was"))
    except Unreadable:
        return _look(request, around)
    edits = [Edit(part["carrier"], part["code"], part["text"], part["was"]) for part in parts]
    try:
        outcomes, after = save_enterprise_cells(
            user=request.user, carrier=around.carrier, month=around.month, edits=edits
        )
    except Refused as refused:
        return problem(str(refused))
    touched = {each.carrier for each in edits}
    return JsonResponse(
        {"outcomes": [asdict(each) for each in outcomes], "rows": _rows(request, after, touched, checked_rows(sent))}
    )


def _look(request: HttpRequest, around: MonthContext) -> JsonResponse:
    """Nothing is saved: rows that were checked, or those that are no longer as their reader saw them (``mark``)."""
    try:
        sent, parts = read_parts(request, "rows", MOST_ROWS, ("carrier",), ("seen", "hash", "mark"))
    except Unreadable as error:
        return problem(str(error))
    codes, strict = {part["carrier"] for part in parts}, checked_rows(sent)
    if sent.get("act") == "inspect":
        outcomes = [{"carrier": each, "done": True, "message": ""} for each in codes]
        return JsonResponse({"outcomes": outcomes, "rows": _rows(request, around, codes, codes)})
    if sent.get("act") != "look":
        return problem(UNREADABLE)
    permit, marks = may_fill_month(request.user, around), {part["carrier"]: part.get("mark", "") for part in parts}
    changed = {each.uscc for each in around.incubatees if mark_of(each, permit) != marks.get(each.uscc)} & codes
    return JsonResponse({"outcomes": [], "rows": _rows(request, around, changed, strict)})


def _rows(request: HttpRequest, around: MonthContext, codes: set[str], strict: set[str]) -> dict[str, Any]:
    permit = may_fill_month(request.user, around)
    return {
        each.uscc: enterprise_row(around, each, permit, strict=each.uscc in strict)
        for each in around.incubatees
        if each.uscc in codes
    }


# --- One enterprise ---------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def report_enterprise(request: HttpRequest, code: str, month: str, uscc: str) -> HttpResponse:
    """One enterprise's form, for a small screen: saved, it goes on to the next that is not filled in, unless the checks
    found something that its author has not seen."""
    around = _around(request, code, month)
    each = next((each for each in around.incubatees if each.uscc == uscc), None)
    if each is None:
        raise Http404
    permit = may_fill_month(request.user, around)
    typed = as_typed(each)
    if request.method != "POST":
        form = EnterpriseMonthForm(each, initial=typed)
        return _form_page(request, around, each, form, 200, closed=permit.reason)
    sent = request.POST.copy()
    fixed, _, meant = sent.get("fix", "").partition("=")
    if fixed in typed:
        sent[fixed] = meant
    form = EnterpriseMonthForm(each, sent)
    # What its author did not touch is no edit: somebody else may have written it meanwhile.
    touched = {name: text for name, text in form.sent() if text not in {typed[name], sent.get(f"was:{name}")}}
    edits = [Edit(uscc, name, text, sent.get(f"was:{name}", "")) for name, text in touched.items()]
    try:
        outcomes, after = save_enterprise_cells(
            user=request.user, carrier=around.carrier, month=around.month, edits=edits
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _form_page(request, around, each, form, 422)
    wrong = [outcome for outcome in outcomes if outcome.state != State.SAVED]
    now = next((one for one in after.incubatees if one.uscc == uscc), each)
    if wrong:
        held = as_typed(now)
        for name in held.keys() - touched.keys():
            sent[name] = held[name]
        form = EnterpriseMonthForm(now, sent)
        for outcome in wrong:
            form.add_error(outcome.code, outcome.message)
        return _form_page(request, after, now, form, 422, closed=may_fill_month(request.user, after).reason)
    news = [found for found in row_findings(after, now) if found["key"] not in sent.getlist("told")]
    if news or fixed:
        said = f"{each.name}已保存" + (f",有{len(news)}处请核对" if news else "")
        (messages.warning if news else messages.success)(request, said)
        return redirect(request.path)
    messages.success(request, f"{each.name}已保存")
    return redirect(_after(after, now, wants_next=sent.get("action") == "next"))


def _after(around: MonthContext, now: Incubatee, *, wants_next: bool) -> str:
    """Where to go on: to the next enterprise that is not filled in, else to the sheet."""
    month = f"{around.month:%Y-%m}"
    order = [*around.incubatees]
    place = order.index(now) if now in order else -1
    later = [each for each in (*order[place + 1 :], *order[: max(place, 0)]) if not each.complete]
    if wants_next and later:
        return reverse("incubators:report_enterprise", args=[around.carrier.code, month, later[0].uscc])
    return reverse("incubators:report_enterprises", args=[around.carrier.code, month])


def _form_page(
    request: HttpRequest,
    around: MonthContext,
    each: Incubatee,
    form: EnterpriseMonthForm,
    status: int,
    closed: str = "",
) -> HttpResponse:
    before = each.before.report.month if each.before is not None else None
    shown = {
        **_basics(around),
        "each": each,
        "form": form,
        "sections": form.sections(),
        "before": before,
        "closed": closed,
        "state": state_of(each),
        "findings": row_findings(around, each),
    }
    return render(request, "incubators/reports/enterprise.html", shown, status=status)
