"""Work on rosters: making one, changing its draft, confirming, correcting, keeping the scan of the stamped list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.permits import NotPermitted, Permit, Refused
from incubators.filters import matches
from incubators.models import Enterprise
from incubators.rosters import comparing, content
from incubators.rosters.forms import CandidatesForm, ConfirmForm, CorrectForm, RosterForm
from incubators.rosters.permits import may_change, may_confirm, may_correct
from incubators.services import rosters as services
from incubators.views.rosters import own_roster

MOST_FOUND = 20


def _closed(request: HttpRequest, row: Any, title: str, permit: Permit) -> HttpResponse:
    """The page of an action that is not possible now, with why."""
    context = {"roster": row, "title": title, "reason": permit.reason}
    return render(request, "incubators/rosters/closed.html", context, status=409)


def roster_create(request: HttpRequest) -> HttpResponse:
    """Make a roster. Its lines come from the register."""
    form = RosterForm(request.POST or None, user=request.user, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            row = services.make(user=request.user, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已编制草稿《{row.title}》,请核对后由另一位工作人员确认")
            return redirect("incubators:roster_detail", pk=row.pk)
    context = {"form": form, "lead": "企业由登记簿按截止日生成;确认前可以更新,确认后不能再改。", "title": "编制名册"}
    return render(request, "incubators/rosters/form.html", context, status=422 if form.errors else 200)


def roster_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Look a draft over once more, and freeze it under its document."""
    row = own_roster(request, pk)
    permit = may_confirm(request.user, row)
    if not permit:
        return _closed(request, row, "确认名册", permit)
    comparison = comparing.against_register(row)
    today = timezone.localdate()
    hard_tech = row.kind == row.Kind.HARD_TECH
    form = ConfirmForm(
        request.POST or None,
        unlisted=services.unlisted(row, today) if hard_tech else [],
        differing=comparison.count,
        initial={"confirmed_on": today, "seen": content.digest_now(row)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm(user=request.user, roster=row, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"《{row.title}》已确认并冻结")
            return redirect("incubators:roster_detail", pk=row.pk)
    context = {
        "roster": row,
        "form": form,
        "comparison": comparison,
        "before": comparing.year_before(row, request.user),
    }
    context["hard_tech"] = hard_tech
    return render(request, "incubators/rosters/confirm.html", context, status=422 if form.errors else 200)


def roster_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a correction of a confirmed roster."""
    row = own_roster(request, pk)
    permit = may_correct(request.user, row)
    if not permit:
        return _closed(request, row, "更正名册", permit)
    form = CorrectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.correct(user=request.user, roster=row, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已起草第{made.revision}版;原版保留,新版确认后取代它")
            return redirect("incubators:roster_detail", pk=made.pk)
    lead = "另起一版草稿,截止日不变;原版保留可查。先把登记簿改正,再更正名册。"
    if row.kind == row.Kind.HARD_TECH:
        lead = "另起一版草稿,先照抄原版,再逐家增减;原版保留可查。"
    context = {"form": form, "roster": row, "lead": lead, "title": "更正名册"}
    return render(request, "incubators/rosters/form.html", context, status=422 if form.errors else 200)


def roster_candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose enterprises for a draft list of 硬科技: found in the register, or pasted with their bases."""
    row = own_roster(request, pk)
    permit = may_change(request.user, row)
    if not permit:
        return _closed(request, row, "提出硬科技企业", permit)
    text = request.GET.get("q", "").strip()[:60]
    chosen = request.POST.getlist("chosen")
    form = CandidatesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            count = services.add_candidates(user=request.user, roster=row, candidates=form.candidates(chosen))
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已列入 {count} 家企业")
            return redirect("incubators:roster_detail", pk=row.pk)
    context = {"roster": row, "form": form, "text": text, "chosen": chosen, "most": MOST_FOUND}
    if text or chosen:
        # What was ticked stays on the page, whatever is searched for next.
        wanted = (matches(text, code="uscc") if text else Q(pk__in=())) | Q(uscc__in=chosen)
        rows = Enterprise.objects.visible_to(request.user).filter(wanted, area__path__startswith=row.area.path)
        rows = rows.exclude(roster_entries__roster=row).select_related("area")
        context["found"] = [*rows.order_by("name")[:MOST_FOUND]]
    return render(request, "incubators/rosters/candidates.html", context, status=422 if form.errors else 200)


@require_POST
def roster_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one enterprise off a draft list of 硬科技."""
    row = own_roster(request, pk)
    number = request.POST.get("number", "")
    try:
        name = services.remove_candidate(user=request.user, roster=row, number=int(number) if number.isdecimal() else 0)
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"已将{name}移出名单草稿")
    return redirect("incubators:roster_detail", pk=row.pk)


@require_POST
def roster_redraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the lines of a draft anew from the register."""
    row = own_roster(request, pk)
    try:
        services.redraw(user=request.user, roster=row)
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "已按登记簿更新草稿")
    return redirect("incubators:roster_detail", pk=row.pk)


@require_POST
def roster_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    row = own_roster(request, pk)
    try:
        services.discard(user=request.user, roster=row)
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
        return redirect("incubators:roster_detail", pk=row.pk)
    messages.success(request, f"已放弃草稿《{row.title}》")
    return redirect("incubators:roster_list")


@require_POST
def roster_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the scan of the stamped list with the roster."""
    row = own_roster(request, pk)
    try:
        services.attach_scan(user=request.user, roster=row, upload=request.FILES.get("file"))
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "已上传扫描件")
    address = redirect("incubators:roster_detail", pk=row.pk)
    address["Location"] += "?tab=record"
    return address
