"""Pages of visits, made for a phone: what waits, a visit in two minutes, closing what was promised."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.forms import DateField, PortalForm
from core.permits import NotPermitted, Refused
from incubators import selectors
from incubators.access import Capability
from incubators.models import Carrier, Visit
from incubators.scope import Scope
from incubators.services import visits

PAGE_SIZE = 30
TABS = (("open", "待办结"), ("mine", "我的走访"), ("all", "全部"))


class VisitForm(PortalForm):
    """A visit."""

    carrier = forms.ModelChoiceField(label="载体", queryset=Carrier.objects.none(), to_field_name="code")
    visited_on = DateField(label="走访日期")
    findings = forms.CharField(
        label="发现的问题",
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="没有发现问题的,勾选“无问题”",
    )
    none_found = forms.BooleanField(label="无问题", required=False)
    follow_up = forms.CharField(
        label="后续事项", max_length=300, required=False, help_text="要办什么、谁来办;写了的须填办结期限"
    )
    follow_up_due = DateField(label="办结期限", required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Carrier.objects.visible_to(user).filter(Q(closed_on=None) | Q(closed_on__gt=timezone.localdate()))
        self.fields["carrier"].queryset = own.order_by("name")

    def clean(self) -> dict[str, Any]:
        """A visit says what was found, or that nothing was; not both, not neither."""
        data = super().clean() or {}
        none_found = data.pop("none_found", False)
        if none_found and data.get("findings"):
            self.add_error("findings", "写了发现的问题,请取消勾选“无问题”")
        elif none_found:
            data["findings"] = visits.NOTHING_FOUND
        elif not data.get("findings"):
            self.add_error("findings", "请写明发现的问题;没有问题的,勾选“无问题”")
        return data


class CloseForm(PortalForm):
    """What was to follow has been done."""

    closed_on = DateField(label="办结日期")
    outcome = forms.CharField(label="办理结果", max_length=300)


@require_safe
def visit_list(request: HttpRequest) -> HttpResponse:
    """Visits: what is still to be done first, then the latest; and what operators asked for in their months."""
    today = timezone.localdate()
    scope = Scope.of(request.user)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in dict(TABS) else "open"
    rows = Visit.objects.visible_to(request.user).select_related("carrier", "visitor")
    if tab == "open":
        rows = rows.filter(closed_on=None).exclude(follow_up="")
        rows = rows.order_by(F("follow_up_due").asc(nulls_last=True), "pk")
    elif tab == "mine":
        rows = rows.filter(visitor=request.user)
    context = {
        "tab": tab,
        "tabs": [{"label": label, "url": f"?tab={code}", "active": code == tab} for code, label in TABS],
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "today": today,
        "asked": selectors.asked_for(request.user, today) if scope.can(Capability.VISIT_WRITE) else [],
        "may_write": scope.can(Capability.VISIT_WRITE),
    }
    return render(request, "incubators/visits/list.html", context)


def visit_create(request: HttpRequest) -> HttpResponse:
    """Record a visit with its photos; what was typed stays on any error (photos have to be chosen again)."""
    initial = {"visited_on": timezone.localdate(), **request.GET.dict()}
    form = VisitForm(request.POST or None, user=request.user, initial=initial)
    photo_errors: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            row = visits.record_visit(user=request.user, photos=request.FILES.getlist("photos"), **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            photo_errors = form.refuse(refused, apart=("photos",))
        else:
            messages.success(request, f"已登记对{row.carrier.name}的走访")
            return redirect("incubators:visit_detail", pk=row.pk)
    carrier = str(form["carrier"].value() or "")
    context = {
        "form": form,
        "photo_errors": photo_errors,
        "asked": selectors.asked_for(request.user, timezone.localdate(), carrier=carrier) if carrier else [],
    }
    return render(request, "incubators/visits/form.html", context, status=422 if form.errors or photo_errors else 200)


def _own(request: HttpRequest, pk: int) -> Visit:
    rows = Visit.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("carrier__area", "carrier__owner_area", "visitor"), pk=pk)


@require_safe
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: what was found, photos, what follows."""
    return _detail(request, _own(request, pk))


def _detail(
    request: HttpRequest, row: Visit, form: CloseForm | None = None, photo_errors: list[str] | None = None
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "visit": row,
        "today": today,
        "photos": visits.photos_of(row),
        "permit": visits.may_visit(request.user, row.carrier),
        "form": form or CloseForm(initial={"closed_on": today}),
        "photo_errors": photo_errors or [],
    }
    wrong = photo_errors or (form is not None and form.errors)
    return render(request, "incubators/visits/detail.html", context, status=422 if wrong else 200)


@require_POST
def visit_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close what was to follow."""
    row = _own(request, pk)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            visits.close_follow_up(user=request.user, visit=row, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, "已办结")
            return redirect("incubators:visit_detail", pk=row.pk)
    return _detail(request, row, form)


@require_POST
def visit_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Add photos to a visit."""
    row = _own(request, pk)
    try:
        count = visits.add_photos(user=request.user, visit=row, photos=request.FILES.getlist("photos"))
    except Refused as refused:
        return _detail(request, row, photo_errors=[s for group in refused.errors.values() for s in group])
    except NotPermitted as denied:
        return _detail(request, row, photo_errors=[str(denied)])
    messages.success(request, f"已上传 {count} 张照片")
    return redirect("incubators:visit_detail", pk=row.pk)
