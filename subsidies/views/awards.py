"""Pages of awards: the list, and one award with its dossier and what follows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from incubators.models import Carrier
from incubators.scope import Scope
from subsidies import dossiers, selectors, services
from subsidies.filters import AwardFilter
from subsidies.forms import GrantForm, StepForm
from subsidies.models import Award, AwardShare
from subsidies.permits import STEPS, may_advance, may_grant


def _sum(field: str) -> Any:
    """Reader of the sum of one column of an award's shares; empty where no share has it."""

    def read(award: Award) -> Decimal | None:
        known = [value for share in award.shares.all() if (value := getattr(share, field)) is not None]
        return sum(known, Decimal(0)) if known else None

    return read


LIST = ListSpec(
    filterset=AwardFilter,
    sorts={"carrier": "carrier__code", "rule": "rule__order", "year": "year", "verdict": "verdict"},
    default_sort="-year",
    file_name="补贴",
    page_size=50,
    columns=(
        Column("载体编号", "carrier.code", width=12),
        Column("载体", "carrier.name", width=28),
        Column("年度", "year", "number"),
        Column("规则", "rule.code", width=10),
        Column("事项", "rule.name", width=34),
        Column("条款", "rule.clause.code", width=10),
        Column("结论", lambda row: row.get_verdict_display(), width=12),
        Column("上限(万元)", _sum("ceiling"), "wan"),
        Column("测算(万元)", _sum("proposed"), "wan"),
        Column("核定(万元)", _sum("granted"), "wan"),
        Column("状态", lambda row: row.get_state_display(), width=10),
        Column("理由", "reason", width=60),
        Column("合成数据", lambda row: row.carrier.is_synthetic),
    ),
    notes=("上限(最高)不是金额;测算、核定与上限分列,不相加。", "演示数据除规划点名的名称外均为合成。"),
)


@require_safe
def award_list(request: HttpRequest) -> HttpResponseBase:
    """Awards the person may see, filtered, with sums that keep ceilings apart from grants."""
    listing = Listing(request, selectors.awards(request.user), LIST)
    if listing.export_format:
        return listing.export()
    page = listing.page()
    for award in page.object_list:
        award.ceiling, award.proposed, award.granted = (_sum(f)(award) for f in ("ceiling", "proposed", "granted"))
    context = {"listing": listing, "page": page, "totals": selectors.totals(listing.rows)}
    return render(request, "subsidies/award_list.html", context)


def _award(request: HttpRequest, pk: int) -> Award:
    return get_object_or_404(selectors.awards(request.user), pk=pk)


@require_safe
def award_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The dossier: clause, quotation, inputs, arithmetic, payers, decisions, and what has been done."""
    return _detail(request, _award(request, pk))


def _detail(
    request: HttpRequest, award: Award, *, form: GrantForm | None = None, failed: int = 0, status: int = 200
) -> HttpResponse:
    step = STEPS.get(award.state)
    grant_permit = may_grant(request.user, award)
    finding = award.dossier["finding"]
    shares = [
        {
            "share": share,
            "form": form if form is not None and share.pk == failed else GrantForm(prefix=f"s{share.pk}"),
        }
        for share in award.shares.all()
    ]
    context = {
        "award": award,
        "finding": finding,
        "dossier": award.dossier,
        "steps": [{**s, "value": Decimal(s["value"]) if s["value"] is not None else None} for s in finding["steps"]],
        "shares": shares,
        "grant_permit": grant_permit,
        "advance_permit": may_advance(request.user, award),
        "next_step": step[1] if step and award.verdict == Award.Verdict.PAYABLE else "",
        "step_form": StepForm(),
        "events": [
            {
                "when": event.at,
                "title": f"{event.get_from_state_display()} → {event.get_to_state_display()}",
                "text": event.comment,
                "actor": event.actor,
            }
            for event in award.events.select_related("actor")
        ],
        "sees_area": Scope.of(request.user).covers(award.carrier.owner_area.path),
    }
    return render(request, "subsidies/award_detail.html", context, status=status)


@require_POST
def award_grant(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    """Set the granted amount of one share; what was typed stays in place on any error."""
    award = _award(request, pk)
    row = get_object_or_404(AwardShare, pk=share, award=award)
    form = GrantForm(request.POST, prefix=f"s{row.pk}")
    if form.is_valid():
        try:
            services.grant(user=request.user, share=row, amount=form.cleaned_data["amount"])
        except Refused as refused:
            for texts in refused.errors.values():
                form.add_error("amount", texts)
        except NotPermitted as denied:
            form.add_error("amount", str(denied))
        else:
            messages.success(request, "已核定金额")
            return redirect("subsidies:award_detail", pk=pk)
    return _detail(request, award, form=form, failed=row.pk, status=422)


@require_POST
def award_advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the award's next step."""
    award = _award(request, pk)
    try:
        row = services.advance(user=request.user, award=award, comment=request.POST.get("comment", "")[:500])
    except (Refused, NotPermitted) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"已更新为“{row.get_state_display()}”")
    return redirect("subsidies:award_detail", pk=pk)


@require_POST
def award_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute the award anew from what its dossier keeps, and say whether it comes out the same."""
    award = _award(request, pk)
    differing = dossiers.differences(award.dossier)
    if differing:
        messages.error(request, f"重算结果与存档不同:{'、'.join(differing)}")
    else:
        messages.success(request, f"已按存档的输入重算({timezone.localtime():%Y-%m-%d %H:%M}),结果相同")
    return redirect("subsidies:award_detail", pk=pk)


@require_safe
def carrier_panel(request: HttpRequest, code: str) -> HttpResponse:
    """A carrier's awards of the last years, for its page."""
    carrier = get_object_or_404(Carrier.objects.visible_to(request.user), code=code)
    rows = (
        selectors.awards(request.user)
        .filter(carrier=carrier)
        .exclude(verdict__in=(Award.Verdict.NOT_PAYABLE, Award.Verdict.NOT_IN_FORCE))
    )
    found = list(rows.order_by("-year", "rule__order")[:12])
    for award in found:
        award.ceiling, award.proposed, award.granted = (_sum(f)(award) for f in ("ceiling", "proposed", "granted"))
    return render(request, "subsidies/_carrier_panel.html", {"awards": found, "carrier": carrier})
