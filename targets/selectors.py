"""Reads: targets that a person may see, with where they stand. All progress is stored rows; nothing is computed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects

from incubators.models import Organisation
from plans.models import Discrepancy, Plan
from targets.models import Allocation, OutsideFigure, Progress, Responsibility, Target, Task
from targets.pace import RED
from targets.presenting import Card

UNITS = Prefetch("responsibilities", queryset=Responsibility.objects.select_related("organisation"))


def targets(user: Any) -> QuerySet[Target]:
    """Targets of the person's areas, in the order of their plans."""
    return (
        Target.objects.visible_to(user).select_related("plan__area", "area", "clause").order_by("plan__code", "order")
    )


def latest(user: Any, rows: Iterable[Target] | QuerySet[Target]) -> dict[int, Progress]:
    """The newest stored progress of each target as a whole. One query."""
    newest = Progress.objects.filter(target=OuterRef("target"), area=None).order_by("-month").values("pk")[:1]
    found = Progress.objects.visible_to(user).filter(target__in=rows, area=None, pk=Subquery(newest))
    return {row.target_id: row for row in found}


def latest_parts(user: Any, rows: Iterable[Target]) -> dict[int, dict[int, Progress]]:
    """The newest stored progress of each area's part: target id, then area id. One query."""
    same = Progress.objects.filter(target=OuterRef("target"), area=OuterRef("area")).order_by("-month").values("pk")[:1]
    chosen = Progress.objects.visible_to(user).filter(target__in=list(rows), area__isnull=False, pk=Subquery(same))
    found: dict[int, dict[int, Progress]] = defaultdict(dict)
    for row in chosen.select_related("area"):
        found[row.target_id][row.area_id or 0] = row
    return dict(found)


def cards(user: Any, rows: Sequence[Target], standing: dict[int, Progress]) -> list[Card]:
    """Cards of ``rows`` with responsible units and the areas that are behind. Two queries."""
    prefetch_related_objects(list(rows), UNITS)
    parts = latest_parts(user, rows)
    return [
        Card(
            target=row,
            progress=standing.get(row.pk),
            behind=[part.area.name for part in parts.get(row.pk, {}).values() if part.area and part.pace in RED],
            units=[link.organisation.name for link in row.responsibilities.all()],
        )
        for row in rows
    ]


def plans_of(rows: Iterable[Target]) -> list[Plan]:
    """The plans of the targets, each once, in their order."""
    return list({row.plan_id: row.plan for row in rows}.values())


def running_first(plans: Iterable[Plan], today: date) -> list[Plan]:
    """Plans that run today, those without an end, those that are over; among them the narrowest area first."""

    def place(plan: Plan) -> tuple[int, int, str]:
        running = 1 if plan.period_to is None else (0 if plan.period_to >= today else 2)
        return running, -plan.area.path.count("/"), plan.code

    return sorted(plans, key=place)


def target_in_full(user: Any, code: str) -> Target | None:
    """One target with what its page shows, or None if the person may not see it."""
    return (
        Target.objects.visible_to(user)
        .filter(code=code)
        .select_related("plan", "plan__area", "area", "clause")
        .prefetch_related(UNITS, Prefetch("tasks", queryset=Task.objects.order_by("order")))
        .first()
    )


def path(user: Any, target: Target) -> tuple[list[Progress], dict[int, Progress]]:
    """All stored months of the whole, oldest first, and the newest of each area. One query."""
    whole: list[Progress] = []
    parts: dict[int, Progress] = {}
    for row in Progress.objects.visible_to(user).filter(target=target).select_related("area").order_by("month"):
        if row.area_id is None:
            whole.append(row)
        else:
            parts[row.area_id] = row
    return whole, parts


def allocations(target: Target) -> list[Allocation]:
    return list(target.allocations.select_related("area").order_by("order"))


def entered(target: Target) -> list[OutsideFigure]:
    """Figures that people entered, the newest date first."""
    return list(target.outside_figures.select_related("entered_by").order_by("-on", "-pk"))


def discrepancies(target: Target) -> list[Discrepancy]:
    """Typos, gaps and ambiguities of the text that touch this target."""
    codes = target.definition.get("issues") or []
    if not codes:
        return []
    return list(Discrepancy.objects.filter(plan=target.plan_id, code__in=codes).select_related("clause"))


def tasks(user: Any) -> QuerySet[Task]:
    """Tasks of plans: the words of public documents. Which targets they serve is shown where the person sees those."""
    own = Target.objects.visible_to(user).order_by("order")
    units = Prefetch("responsible")
    return Task.objects.select_related("plan", "clause").prefetch_related(units, Prefetch("targets", queryset=own))


def units_of(task: Task) -> list[Organisation]:
    """Responsible units of a task in the order of the text (which names no lead)."""
    order = {code: place for place, code in enumerate(task.definition.get("responsible") or [])}
    return sorted(task.responsible.all(), key=lambda unit: (order.get(unit.code, len(order)), unit.pk))


def plan_of(user: Any, code: str) -> Plan | None:
    """A plan with at least one target that the person may see."""
    seen = Target.objects.visible_to(user).filter(plan__code=code)
    return Plan.objects.filter(Q(pk__in=seen.values("plan"))).select_related("area").first()


def shares(rows: Sequence[Target]) -> dict[int, list[Allocation]]:
    """The parts of areas by target id, in the order of the text; targets without any are absent. One query."""
    found: dict[int, list[Allocation]] = defaultdict(list)
    for share in Allocation.objects.filter(target__in=list(rows)).select_related("area").order_by("target", "order"):
        found[share.target_id].append(share)
    return dict(found)
