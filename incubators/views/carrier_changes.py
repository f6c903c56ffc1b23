"""Changes of carriers on pages: what waits to be reported or confirmed, one change, and recording one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.permits import NotPermitted, Refused
from incubators.models import REPORT_WITHIN, Carrier, CarrierChange
from incubators.register import changes
from incubators.register.carrier_forms import ChangeForm, ReportedForm, ReturnForm
from incubators.register.permits import may_confirm_change, may_request_change
from incubators.timeline import put_duties

PAGE_SIZE = 30
TABS = (("report", "待上报"), ("pending", "待确认"), ("all", "全部"))


@require_safe
def carrier_change_list(request: HttpRequest) -> HttpResponse:
    """What waits to be reported upward, by due date; what operators asked for; and everything."""
    today = timezone.localdate()
    visible = CarrierChange.objects.visible_to(request.user)
    asked = request.GET.get("tab", "report")
    tab = asked if asked in dict(TABS) else "report"
    waiting = {
        "report": visible.to_report().order_by("happened_on", "pk"),
        "pending": visible.filter(state=CarrierChange.State.PENDING).with_duty().order_by("recorded_at", "pk"),
        "all": visible.with_duty(),
    }
    rows = waiting[tab].select_related("carrier")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = put_duties(page.object_list, today)
    tabs = [{"label": label, "url": f"?tab={code}", "active": code == tab} for code, label in TABS]
    for item, (code, _) in zip(tabs, TABS, strict=True):
        if code != "all":
            item["count"] = page.paginator.count if code == tab else waiting[code].count()
    context = {"tab": tab, "tabs": tabs, "page": page, "within": REPORT_WITHIN}
    return render(request, "incubators/carrier_changes/list.html", context)


def _own(request: HttpRequest, pk: int) -> CarrierChange:
    rows = CarrierChange.objects.visible_to(request.user).with_duty()
    related = ("carrier__owner_area", "carrier__area", "recorded_by", "decided_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@require_safe
def carrier_change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: from what to what, on which paper, and how it stands with the duty to report it."""
    return _detail(request, _own(request, pk))


def _detail(request: HttpRequest, row: CarrierChange, wrong: forms.Form | None = None) -> HttpResponse:
    (row,) = put_duties([row], timezone.localdate())
    may = bool(may_confirm_change(request.user, row.carrier))
    waits = row.state == CarrierChange.State.PENDING
    context = {
        "change": row,
        "may_confirm": may and waits,
        "return_form": wrong if isinstance(wrong, ReturnForm) else ReturnForm(),
        "report_form": (wrong if isinstance(wrong, ReportedForm) else ReportedForm())
        if may and row.may_be_reported
        else None,
        "problem": wrong.non_field_errors() if wrong is not None else [],
    }
    return render(request, "incubators/carrier_changes/detail.html", context, status=422 if wrong is not None else 200)


@require_POST
def carrier_change_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Confirm or send back what an operator asked for; say when a change was reported upward."""
    row = _own(request, pk)
    makes: dict[str, type[forms.Form]] = {"confirm": forms.Form, "return": ReturnForm, "report": ReportedForm}
    if action not in makes:
        raise Http404
    form = makes[action](request.POST)
    if form.is_valid():
        try:
            if action == "confirm":
                changes.confirm_change(user=request.user, change=row)
                words = f"已确认,{row.carrier.name}的资料已更新"
            elif action == "return":
                changes.return_change(user=request.user, change=row, **form.cleaned_data)
                words = "已退回"
            else:
                changes.report_change(user=request.user, change=row, **form.cleaned_data)
                words = "已登记上报"
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, words)
            return redirect("incubators:carrier_change_detail", pk=row.pk)
    return _detail(request, row, form)


def carrier_change_create(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Record a change of one kind, or ask for it. What was typed stays in place on any error."""
    if kind not in CarrierChange.Kind:
        raise Http404
    rows = Carrier.objects.visible_to(request.user).select_related("owner_area", "area", "operator")
    carrier = get_object_or_404(rows, code=code)
    permit = may_request_change(request.user, carrier)
    form = ChangeForm(request.POST or None, carrier=carrier, kind=kind, user=request.user)
    if request.method == "POST" and permit and form.is_valid():
        try:
            row = changes.record_change(user=request.user, carrier=carrier, kind=kind, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            pending = row.state == CarrierChange.State.PENDING
            messages.success(request, "已提交,等待区科委确认" if pending else f"已登记{row}")
            return redirect("incubators:carrier_change_detail", pk=row.pk)
    context: dict[str, Any] = {
        "carrier": carrier,
        "kind": CarrierChange.Kind(kind),
        "form": form,
        "permit": permit,
        "is_request": not may_confirm_change(request.user, carrier),
        "tabs": [
            {
                "label": each.label,
                "url": reverse("incubators:carrier_change_create", args=[carrier.code, each.value]),
                "active": each.value == kind,
            }
            for each in CarrierChange.Kind
        ],
    }
    status = 403 if not permit else 422 if form.errors else 200
    return render(request, "incubators/carrier_changes/form.html", context, status=status)
