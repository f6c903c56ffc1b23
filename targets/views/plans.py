"""All targets of one plan as a table, and its shares by area as a heat table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incubators.models import Area
from targets import presenting, selectors
from targets.models import Allocation, Progress, Target
from targets.permits import may_compute
from targets.presenting import Card
from targets.quantities import quantity, written
from targets.views.dashboard import legend, time_gone


@dataclass(frozen=True, slots=True)
class Cell:
    """One area's part of one target."""

    area: Area
    goal: str
    value: str
    pace: str
    pace_label: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One target of the table: the whole as the text has it, the sum of the parts beside it, a cell for each area."""

    card: Card
    whole: str
    year: int
    total: str
    agrees: bool
    note: str
    cells: Sequence[Cell]


@require_safe
def plan_progress(request: HttpRequest, code: str) -> HttpResponse:
    """Progress of one plan."""
    plan = selectors.plan_of(request.user, code)
    if plan is None:
        raise Http404
    rows = list(selectors.targets(request.user).filter(plan=plan))
    cards = selectors.cards(request.user, rows, selectors.latest(request.user, rows))
    shares = selectors.shares(rows)
    parts = selectors.latest_parts(request.user, [row for row in rows if row.pk in shares]) if shares else {}
    context: dict[str, Any] = {
        "plan": plan,
        "cards": cards,
        "all_count": len(cards),
        "headline": presenting.headline(cards),
        "time": time_gone(plan),
        "areas": _areas(shares),
        "heat": [_heat_row(card, shares[card.target.pk], parts) for card in cards if card.target.pk in shares],
        "may_compute": may_compute(request.user, plan),
        "legend": legend(),
    }
    return render(request, "targets/plan_progress.html", context)


def _areas(shares: dict[int, list[Allocation]]) -> list[Area]:
    return list({share.area_id: share.area for group in shares.values() for share in group}.values())


def _heat_row(card: Card, shares: list[Allocation], parts: dict[int, dict[int, Progress]]) -> HeatRow:
    target = card.target
    check = target.definition.get("allocations_check") or {}
    total = sum((share.value for share in shares), Decimal(0))
    own = parts.get(target.pk, {})
    return HeatRow(
        card=card,
        whole=check.get("whole_cell") or quantity(target.value, ""),
        year=card.years[-1]["year"] if card.years else 0,
        total=quantity(total, ""),
        agrees=total == target.value,
        note=check.get("note") or "",
        cells=[_cell(target, share, own.get(share.area_id)) for share in shares],
    )


def _cell(target: Target, share: Allocation, row: Progress | None) -> Cell:
    part = Card(target, row)
    return Cell(
        area=share.area,
        goal=written(share.value, target.unit)[0],
        value=written(row.value, target.unit, share.value)[0] if row else "—",
        pace=part.pace,
        pace_label=part.pace_label,
        reason=part.reason,
    )
