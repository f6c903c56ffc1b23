"""Pages of awards: the list with its sums, and the dossier of one award with the steps of the procedure."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.listing import Counted, Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from incubators.access import Capability
from incubators.models import Carrier
from incubators.scope import Scope
from subsidies import dossiers, reading, selectors, tracing
from subsidies.filters import AMOUNTS, AwardFilter
from subsidies.forms import GrantForm
from subsidies.models import Award, AwardShare
from subsidies.permits import STEPS, may_advance, may_grant, may_send_back
from subsidies.services import advance, grant, send_back


def _amount(name: str, payer: str) -> Any:
    def read(row: Award) -> Any:
        return next((getattr(share, name) for share in row.shares.all() if share.payer == payer), None)

    return read


def _money_columns() -> list[Column]:
    words = {"ceiling": "上限(万元)", "proposed": "测算金额(万元)", "granted": "核定金额(万元)"}
    return [
        Column(f"{label}{word}", _amount(name, payer), "wan")
        for payer, label in AwardShare.Payer.choices
        for name, word in words.items()
    ]


SPEC = ListSpec(
    filterset=AwardFilter,
    sorts={
        "verdict": "rank",
        "carrier": "carrier__name",
        "rule": "rule__order",
        "year": "year",
        "state": "state",
    },
    default_sort="verdict",
    file_name="补贴",
    columns=[
        Column("年度", "year", "number", width=8),
        Column("载体编号", "carrier.code", width=12),
        Column("载体", "carrier.name", width=30),
        Column("区域", "carrier.owner_area.name"),
        Column("规划", "rule.plan.short_title", width=26),
        Column("规则", "rule.code", width=12),
        Column("补贴", "rule.name", width=40),
        Column("结论", lambda row: row.get_verdict_display(), width=12),
        Column("理由", "reason", width=60),
        *_money_columns(),
        Column("办理状态", lambda row: row.get_state_display(), width=12),
        Column("测算时间", "computed_at", "date"),
        Column("载体为合成数据", lambda row: "是" if row.carrier.is_synthetic else "否"),
    ],
    notes=("上限是“最高”,不是应得数;测算金额、核定金额与上限是三个不同的数,不能相加。空白表示没有或未定,不是0。",),
)


@require_safe
def award_list(request: HttpRequest) -> HttpResponseBase:
    """Awards that the person may see, those due first; ceilings, computed and granted amounts summed apart."""
    listing = Listing(request, selectors.awards(request.user), SPEC)
    if listing.export_format:
        return listing.export()
    tabs, total = _verdict_tabs(request, listing)
    page = Counted(listing.rows, SPEC.page_size, known=total).get_page(request.GET.get("page"))
    context = {
        "listing": listing,
        "page": page,
        "tabs": tabs,
        "sums": _linked_sums(request, listing),
        "narrowed": _narrowed(listing),
        "scope_is_own": not Scope.of(request.user).area_paths,
        "may_compute": Scope.of(request.user).can(Capability.AWARD_COMPUTE),
    }
    return render(request, "subsidies/award_list.html", context)


def _linked_sums(request: HttpRequest, listing: Listing) -> list[Any]:
    """Sums of what is listed, each amount with the address of the awards added up in it."""
    if not listing.valid:
        return []
    return [(row, tracing.sum_links(row, request.GET)) for row in selectors.sums(listing.rows)]


def _narrowed(listing: Listing) -> str:
    """In words, what links (not the filter bar) have narrowed the list to; empty when nothing."""
    if not listing.valid:
        return ""
    asked = listing.form.cleaned_data
    words = [f"载体 {asked['carrier']} 的"] if asked.get("carrier") else []
    if asked.get("written"):
        words.append(f"第 {asked['written']:.0f} 次测算写入的")
    words += [f"{dict(AwardShare.Payer.choices)[asked['payer']]}出资的"] if asked.get("payer") else []
    words += [f"{dict(AMOUNTS)[asked['amount']]}的"] if asked.get("amount") else []
    return f"只列{'、'.join(words)}补贴。" if words else ""


def _verdict_tabs(request: HttpRequest, listing: Listing) -> tuple[list[dict[str, Any]], int]:
    """A tab a verdict with its count under the other filters, and the count of the list shown."""
    query = request.GET.copy()
    chosen = query.pop("verdict", [""])[-1]
    for name in ("page", "format"):
        query.pop(name, None)
    if not listing.valid:
        return [], 0
    # The verdict's own condition is last in the list's query; without it the tabs count what each would show.
    others = AwardFilter(query, queryset=selectors.awards(request.user), request=request)
    counts = selectors.verdict_counts(others.qs) if others.is_valid() else {}
    tabs = [{"label": "全部", "count": sum(counts.values()), "active": not chosen, "url": f"?{query.urlencode()}"}]
    for code, label in Award.Verdict.choices:
        query["verdict"] = code
        url = f"?{query.urlencode()}"
        tabs.append({"label": label, "count": counts.get(code, 0), "active": chosen == code, "url": url})
    return tabs, counts.get(chosen, 0) if chosen else sum(counts.values())


# --- One award ------------------------------------------------------------------------------------------------------
def _award(request: HttpRequest, pk: int) -> Award:
    award = selectors.award_in_full(request.user, pk)
    if award is None:
        raise Http404("没有这条补贴")
    return award


@require_safe
def award_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The dossier: clause, conditions, inputs, arithmetic, decisions, and what the person may do next."""
    return render(request, "subsidies/award_detail.html", _context(request, _award(request, pk)))


def _context(request: HttpRequest, award: Award, form: GrantForm | None = None) -> dict[str, Any]:
    dossier = award.dossier
    permit = may_grant(request.user, award)
    is_staff = Scope.of(request.user).may_write(award.carrier.owner_area.path)
    clause = award.rule.clause
    clause_href = f"{reverse('plans:plan_detail', args=[award.rule.plan.code])}#c-{clause.code}"
    place = " ".join(part for part in (clause.label, clause.heading) if part)
    return {
        "award": award,
        "carrier": award.carrier,
        "rule": award.rule,
        "dossier": dossier,
        "clause_href": clause_href,
        "may_see_run": bool(Scope.of(request.user).area_paths),
        "clause_words": f"{clause.code} {place}",
        "verdict": reading.verdict_code(award),
        "conditions": dossier["finding"]["conditions"],
        "notes": dossier["finding"]["notes"],
        "missing": reading.missing(dossier, may_enter=is_staff),
        "inputs": reading.inputs(dossier),
        "arithmetic": reading.steps(dossier, clause_href),
        "decisions": reading.decisions(dossier),
        "differences": dossiers.differences(dossier),
        "rule_changed": dossier["rule_fingerprint"] != award.rule.fingerprint,
        "stages": _stages(award),
        "events": _timeline(award),
        "form": form or (GrantForm(award=award) if permit and award.shares.all() else None),
        "grant_permit": permit,
        "advance_permit": may_advance(request.user, award),
        "back_permit": may_send_back(request.user, award),
        "next_words": STEPS.get(award.state, ("", ""))[1],
        "is_staff": is_staff,
    }


def _stages(award: Award) -> list[dict[str, Any]]:
    """The procedure with who did what when; a step sent back later counts as not done."""
    order = [code for code, _ in Award.State.choices]
    reached = order.index(award.state)
    last = {event.to_state: event for event in award.events.all()}
    stages: list[dict[str, Any]] = []
    for number, (code, label) in enumerate(Award.State.choices):
        event = last.get(code) if number <= reached else None
        state = "done" if number < reached or award.state == Award.State.PAID else "todo"
        stages.append(
            {
                "label": label,
                "state": "current" if number == reached and state != "done" else state,
                "when": event.at if event else (award.computed_at if number == 0 else None),
                "actor": str(event.actor) if event else (award.run.run_by_name if number == 0 else ""),
            }
        )
    return stages


def _timeline(award: Award) -> list[dict[str, Any]]:
    labels = dict(Award.State.choices)
    order = [code for code, _ in Award.State.choices]
    events = []
    for event in reversed(award.events.all()):
        back = order.index(event.to_state) < order.index(event.from_state)
        title = f"退回,由{labels[event.from_state]}回到{labels[event.to_state]}" if back else labels[event.to_state]
        tone, icon = ("warning", "arrow-back-up") if back else ("success", "check")
        words = {"when": event.at, "title": title, "text": event.comment, "actor": str(event.actor)}
        events.append(words | {"tone": tone, "icon": icon})
    return events


@require_POST
def award_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the granted amounts. What exceeds its limit is refused at its field, with everything typed kept."""
    award = _award(request, pk)
    form = GrantForm(request.POST, award=award)
    if form.is_valid() and _grant_all(request, award, form):
        messages.success(request, "核定金额已保存")
        return redirect("subsidies:award_detail", pk=pk)
    return render(request, "subsidies/award_detail.html", _context(request, _award(request, pk), form), status=422)


def _grant_all(request: HttpRequest, award: Award, form: GrantForm) -> bool:
    """All shares or none."""
    try:
        with transaction.atomic():
            refused: dict[str, list[str]] = {}
            for name, share, amount in form.amounts():
                try:
                    grant(user=request.user, share=share, amount=amount)
                except Refused as refusal:
                    refused[name] = [text for texts in refusal.errors.values() for text in texts]
            if refused:
                raise Refused(errors=refused)
    except (Refused, NotPermitted) as refusal:
        form.refuse(refusal)
        return False
    return True


@require_POST
def award_advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the next step of the procedure."""
    return _move(request, pk, advance)


@require_POST
def award_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an award that is not approved yet back to the proposal, with a reason."""
    return _move(request, pk, send_back)


def _move(request: HttpRequest, pk: int, service: Any) -> HttpResponse:
    award = _award(request, pk)
    comment = request.POST.get("comment", "").strip()[:500]
    seen = request.POST.get("state", "")
    try:
        if seen != award.state:
            raise Refused("打开页面后状态已有变化,没有执行;请核对现在的状态后再操作")
        moved = service(user=request.user, award=award, comment=comment)
    except (Refused, NotPermitted) as refusal:
        status = 403 if isinstance(refusal, NotPermitted) else 422
        context = _context(request, _award(request, pk)) | {"refusal": str(refusal), "typed": comment}
        return render(request, "subsidies/award_detail.html", context, status=status)
    messages.success(request, f"已办理:现为“{moved.get_state_display()}”")
    return redirect("subsidies:award_detail", pk=pk)


@require_safe
def carrier_panel(request: HttpRequest, code: str) -> HttpResponse:
    """A carrier's awards, for its page; who opens the address itself gets the list."""
    carrier = get_object_or_404(Carrier.objects.visible_to(request.user), code=code)
    address = f"{reverse('subsidies:award_list')}?carrier={carrier.code}"
    if not request.headers.get("HX-Request"):
        return redirect(address)
    rows = list(selectors.awards_of(request.user, carrier))
    shown = [row for row in rows if row.verdict in {Award.Verdict.PAYABLE, Award.Verdict.UNDECIDED}]
    context = {"awards": shown, "other": len(rows) - len(shown), "address": address, "carrier": carrier}
    return render(request, "subsidies/_carrier_panel.html", context)
