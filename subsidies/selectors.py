"""Reads: awards, their sums, runs, rules and municipal grants, limited to what the person may see."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Sum, Value, When

from incubators.models import Carrier
from plans.models import Plan
from subsidies.models import Award, AwardEvent, AwardRun, AwardShare, PayerGrant, Rule

_AMOUNTS = ("ceiling", "proposed", "granted")
# The order in which an officer works: what is due first, then what is still missing something.
_RANKS = {Award.Verdict.PAYABLE: 0, Award.Verdict.UNDECIDED: 1, Award.Verdict.NOT_PAYABLE: 2}


def verdict_rank() -> Case:
    whens = [When(verdict=verdict, then=Value(rank)) for verdict, rank in _RANKS.items()]
    return Case(*whens, default=Value(3), output_field=IntegerField())


def awards(user: Any) -> QuerySet[Award]:
    """Awards of carriers that the person may see, for lists: without the dossier, with their shares."""
    return (
        Award.objects.visible_to(user)
        .select_related("rule__plan", "carrier__owner_area")
        .prefetch_related("shares")
        .defer("dossier", "rule__definition", "rule__quote", "rule__plan__text", "rule__plan__definition")
        .annotate(rank=verdict_rank())
    )


def award_in_full(user: Any, pk: int) -> Award | None:
    """One award with all its page shows, or None where it is not the person's to see."""
    rows = Award.objects.visible_to(user).select_related(
        "rule__clause", "rule__plan__area", "carrier__owner_area", "carrier__operator", "run"
    )
    events = AwardEvent.objects.select_related("actor")
    rows = rows.defer("rule__plan__text", "rule__plan__definition")
    return rows.prefetch_related("shares", Prefetch("events", queryset=events)).filter(pk=pk).first()


def awards_of(user: Any, carrier: Carrier) -> QuerySet[Award]:
    """A carrier's awards, newest year first."""
    return awards(user).filter(carrier=carrier).order_by("-year", "rank", "rule__order")


@dataclass(frozen=True, slots=True)
class PayerSums:
    """Sums of one payer, yuan. They are three different things and are never added together."""

    payer: str
    label: str
    ceiling: Decimal | None
    ceiling_count: int
    proposed: Decimal | None
    proposed_count: int
    granted: Decimal | None
    granted_count: int


def sums(rows: QuerySet[Award]) -> list[PayerSums]:
    """Ceilings, computed and granted amounts of the awards, by payer: one query. None where nothing is set."""
    shares = AwardShare.objects.filter(award__in=rows.order_by().values("pk"), award__verdict=Award.Verdict.PAYABLE)
    found = (
        shares.order_by("payer")
        .values("payer")
        .annotate(
            **{f"{name}_sum": Sum(name) for name in _AMOUNTS}, **{f"{name}_count": Count(name) for name in _AMOUNTS}
        )
    )
    labels = dict(AwardShare.Payer.choices)
    return [
        PayerSums(
            payer=row["payer"],
            label=labels[row["payer"]],
            **{name: row[f"{name}_sum"] for name in _AMOUNTS},
            **{f"{name}_count": row[f"{name}_count"] for name in _AMOUNTS},
        )
        for row in found
    ]


def verdict_counts(rows: QuerySet[Award]) -> dict[str, int]:
    """How many awards there are of each verdict: one query."""
    return dict(rows.order_by().values_list("verdict").annotate(Count("pk")))


def runs(user: Any) -> QuerySet[AwardRun]:
    """Computations of plans whose area the person sees; ``superseded`` where a later one of the same plan and year may
    have changed the proposals since."""
    later = AwardRun.objects.filter(plan=OuterRef("plan"), year=OuterRef("year"), pk__gt=OuterRef("pk"))
    rows = AwardRun.objects.visible_to(user).annotate(superseded=Exists(later))
    return rows.select_related("plan__area").defer("plan__text", "plan__definition")


def standing(user: Any, rows: list[AwardRun]) -> dict[int, dict[str, int]]:
    """Today's awards of each run's plan and year, by run: how many of each verdict, and ``written``: how many of them
    the run itself wrote last. One query; runs that a later one has superseded have none."""
    latest = {(row.plan_id, row.year): row.pk for row in rows if not row.superseded}  # type: ignore[attr-defined]
    found: dict[int, dict[str, int]] = {pk: {"written": 0} for pk in latest.values()}
    if not latest:
        return found
    asked = Q()
    for plan, year in latest:
        asked |= Q(rule__plan=plan, year=year)
    counted = (
        Award.objects.visible_to(user).filter(asked).order_by().values_list("rule__plan", "year", "verdict", "run")
    )
    for plan, year, verdict, run, count in counted.annotate(Count("pk")):
        counts = found[latest[plan, year]]
        counts[verdict] = counts.get(verdict, 0) + count
        counts["written"] += count if run == latest[plan, year] else 0
    return found


def plans_with_rules() -> QuerySet[Plan]:
    """Plans that have rules of subsidies, for choices: without their texts."""
    return Plan.objects.filter(rules__isnull=False).distinct().only("code", "short_title", "title")


def rules() -> QuerySet[Rule]:
    """All rules. They are public, as the plans are."""
    rows = Rule.objects.select_related("plan__area", "clause")
    return rows.defer("plan__text", "plan__definition").order_by("plan__code", "order")


def settled_differences(user: Any, run: AwardRun) -> list[Award]:
    """Awards beyond the proposal that the run would have computed differently; each carries ``found``, what it said."""
    found = {entry["award"]: entry for entry in run.counts.get("differs", ())}
    rows = list(awards(user).filter(pk__in=found)) if found else []
    for row in rows:
        row.found = found[row.pk]
        row.found_parts = "、".join(row.found.get("changed", ()))
        row.found_word = dict(Award.Verdict.choices).get(row.found["verdict"], "")
    return rows


@dataclass(frozen=True, slots=True)
class RuleVerdicts:
    """How many awards of a rule there are of each verdict, in the order of the verdicts."""

    code: str
    name: str
    counts: list[tuple[str, int]]
    total: int


def verdicts_by_rule(user: Any, run: AwardRun) -> list[RuleVerdicts]:
    """Today's awards of the run's plan and year, a line a rule: one query."""
    rows = Award.objects.visible_to(user).filter(rule__plan=run.plan_id, year=run.year)
    found: dict[tuple[int, str, str], dict[str, int]] = {}
    for order, code, name, verdict, count in (
        rows.order_by("rule__order")
        .values_list("rule__order", "rule__code", "rule__name", "verdict")
        .annotate(count=Count("pk"))
    ):
        found.setdefault((order, code, name), {})[verdict] = count
    return [
        RuleVerdicts(code, name, [(one, counts.get(one, 0)) for one in Award.Verdict.values], sum(counts.values()))
        for (_, code, name), counts in found.items()
    ]


def newer_run(run: AwardRun) -> AwardRun | None:
    """A later computation of the same plan and year, which may have changed the proposals since."""
    return AwardRun.objects.filter(plan=run.plan_id, year=run.year, pk__gt=run.pk).first()


def payer_grants(user: Any) -> QuerySet[PayerGrant]:
    """What the city approved for carriers that the person may see."""
    return PayerGrant.objects.visible_to(user).select_related("carrier", "recorded_by")
