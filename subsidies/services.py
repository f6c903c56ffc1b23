"""Writing awards: runs, granted amounts, steps of the procedure. Running twice changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.permits import Refused
from core.trail import Actor, record, record_many
from plans.models import Plan
from subsidies import dossiers
from subsidies.amounts import refusal
from subsidies.entitlement import evaluate, has_claim, in_force
from subsidies.facts import gather, terms_of
from subsidies.models import Award, AwardEvent, AwardRun, AwardShare, Rule
from subsidies.permits import STEPS, may_advance, may_grant, may_send_back
from subsidies.terms import Finding, narrow

Progress = Callable[[int, int, str], None]
PAYERS = frozenset(AwardShare.Payer.values)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One rule's finding for one carrier, not written yet."""

    rule: Rule
    carrier_id: int
    carrier: str
    finding: Finding
    dossier: dict[str, Any]
    fingerprint: str


def propose(
    *,
    plan: Plan,
    year: int,
    as_of: date,
    carriers: Iterable[str] | None = None,
    progress: Progress | None = None,
    every_rule: bool = False,
) -> list[Proposal]:
    """Findings of the rules of ``plan`` for the carriers of its area; reads only.

    Rules that give no carrier a claim on public money are left out, unless ``every_rule`` asks for their explanation.
    """
    terms = [pair for pair in terms_of(plan, as_of=as_of) if every_rule or has_claim(pair[1])]
    facts = gather(plan, year=year, as_of=as_of, carriers=carriers)
    proposals = []
    for number, (rule, rule_terms) in enumerate(terms, start=1):
        for every in facts:
            carrier = narrow(rule_terms, every, year)
            finding = evaluate(rule_terms, carrier, year=year, as_of=as_of)
            content = dossiers.dossier(rule, rule_terms, carrier, finding, year=year, as_of=as_of)
            proposals.append(Proposal(rule, carrier.id, carrier.name, finding, content, dossiers.fingerprint(content)))
        if progress is not None:
            progress(number, len(terms), f"已算完{rule.code}")
    return proposals


def without_claim(plan: Plan, *, year: int, as_of: date) -> list[Rule]:
    """Rules of ``plan`` in force in ``year`` that give no carrier a claim on public money: the text gives no amount, or
    speaks of others."""
    found = terms_of(plan, as_of=as_of)
    return [rule for rule, terms in found if in_force(terms, year) and not has_claim(terms)]


def compute(
    *, plan: Plan, year: int, as_of: date, actor: Actor, progress: Progress | None = None, job_id: Any = None
) -> AwardRun:
    """Compute the year's proposals of ``plan`` and keep them.

    New ones are added and changed ones brought up to date while they are proposals; awards beyond that are never
    touched, a difference is counted in the run. Everything is written in one transaction at the end.
    """
    proposals = propose(plan=plan, year=year, as_of=as_of, progress=progress)
    with transaction.atomic():
        run = AwardRun.objects.create(plan=plan, year=year, as_of=as_of, run_by_name=actor.name, job_id=job_id)
        counts = _keep(run, proposals, actor)
        run.finished_at = timezone.now()
        run.counts = counts
        run.save(update_fields=["finished_at", "counts"])
        record(actor=actor, action="测算补贴", target=run, after=counts)
    return run


def _keep(run: AwardRun, proposals: list[Proposal], actor: Actor) -> dict[str, Any]:
    """Write what is new or changed; returns counts by verdict and by what was written, and where reviewed ones differ."""
    known = {
        (row.rule_id, row.carrier_id): row
        for row in Award.objects.filter(rule__plan=run.plan, year=run.year).select_for_update()
    }
    fresh: list[tuple[Award, Proposal]] = []
    changed: list[tuple[Award, Proposal]] = []
    differs: list[dict[str, Any]] = []
    counts: Counter[str] = Counter({"unchanged": 0})
    for proposal in proposals:
        counts[proposal.finding.verdict.value] += 1
        row = known.pop((proposal.rule.pk, proposal.carrier_id), None)
        if row is None:
            fresh.append((Award(rule=proposal.rule, carrier_id=proposal.carrier_id, year=run.year), proposal))
        elif row.fingerprint == proposal.fingerprint:
            counts["unchanged"] += 1
        elif row.state == Award.State.PROPOSED:
            changed.append((row, proposal))
        else:
            found = proposal.finding
            parts = dossiers.changed(row.dossier, proposal.dossier)
            differs.append({"award": row.pk, "verdict": found.verdict.value, "reason": found.reason, "changed": parts})
    before = [_claim(row) for row, _ in changed]
    gone = _drop(known.values(), actor)
    _write(run, fresh, changed)
    lines = (
        (row.pk, f"{each.carrier} {run.year} {each.rule.name}", old, _claim(row))
        for (row, each), old in zip(changed, before, strict=True)
    )
    record_many(actor=actor, action="更新补贴建议", model=Award, rows=lines)
    kept = {"new": len(fresh), "changed": len(changed), "gone": gone, "settled_differs": len(differs)}
    return dict(counts) | kept | {"differs": differs}


def _claim(row: Award) -> dict[str, Any]:
    """What the trail keeps of a proposal that is replaced or taken away."""
    return {"verdict": row.verdict, "reason": row.reason, "fingerprint": row.fingerprint}


def _drop(rows: Iterable[Award], actor: Actor) -> int:
    """Take away mere proposals that no rule makes any more (the carrier is credited elsewhere, the rule has gone)."""
    stale = [row.pk for row in rows if row.state == Award.State.PROPOSED]
    if not stale:
        return 0
    gone = list(Award.objects.filter(pk__in=stale, events=None).select_related("carrier", "rule"))
    lines = [(row.pk, str(row), _claim(row), {}) for row in gone]
    Award.objects.filter(pk__in=[row.pk for row in gone]).delete()
    record_many(actor=actor, action="撤下补贴建议", model=Award, rows=lines)
    return len(gone)


def _write(run: AwardRun, fresh: list[tuple[Award, Proposal]], changed: list[tuple[Award, Proposal]]) -> None:
    for row, proposal in fresh + changed:
        row.verdict, row.reason = proposal.finding.verdict.value, proposal.finding.reason[:500]
        row.dossier, row.fingerprint, row.run = proposal.dossier, proposal.fingerprint, run
        row.computed_at = timezone.now()
    Award.objects.bulk_create([row for row, _ in fresh], batch_size=500)
    fields = ["verdict", "reason", "dossier", "fingerprint", "run", "computed_at"]
    Award.objects.bulk_update([row for row, _ in changed], fields, batch_size=500)
    AwardShare.objects.filter(award__in=[row.pk for row, _ in changed]).delete()
    AwardShare.objects.bulk_create([share for row, proposal in fresh + changed for share in _shares(row, proposal)])


def _shares(row: Award, proposal: Proposal) -> list[AwardShare]:
    return [
        AwardShare(
            award=row,
            payer=share.payer,
            payer_stated=share.payer_stated,
            ceiling=share.ceiling,
            proposed=share.proposed,
            granted=None,
        )
        for share in proposal.finding.shares
        if share.payer in PAYERS
    ]


def grant(*, user: Any, share: AwardShare, amount: Decimal) -> AwardShare:
    """Set what an officer grants of one payer's share; held under the ceiling (and under a computed amount)."""
    with transaction.atomic():
        row = AwardShare.objects.select_for_update().select_related("award__carrier__owner_area").get(pk=share.pk)
        may_grant(user, row.award).require()
        if reason := refusal(amount, ceiling=row.ceiling, proposed=row.proposed):
            raise Refused.at("amount", reason)
        before = row.granted
        row.granted = amount
        row.save(update_fields=["granted"])
        record(
            actor=Actor.of(user),
            action="核定补贴金额",
            target=row.award,
            before={"granted": before},
            after={"payer": row.payer, "granted": amount},
        )
    return row


def advance(*, user: Any, award: Award, comment: str = "") -> Award:
    """Take the award's next step (复核、公示、批准、拨付). Every share must have its granted amount before approval."""
    with transaction.atomic():
        row = Award.objects.select_for_update().select_related("carrier__owner_area", "rule").get(pk=award.pk)
        may_advance(user, row).require()
        target, words = STEPS[row.state]
        if target != Award.State.REVIEWED and row.shares.filter(granted=None).exists():
            raise Refused.at("", f"{words}之前须先核定每一方的金额")
        event = AwardEvent.objects.create(award=row, actor=user, from_state=row.state, to_state=target, comment=comment)
        row.state = target
        row.save(update_fields=["state"])
        record(
            actor=Actor.of(user),
            action=f"补贴{words}",
            target=row,
            before={"state": event.from_state},
            after={"state": target},
            reason=comment,
        )
    return row


def send_back(*, user: Any, award: Award, comment: str) -> Award:
    """Back to the proposal, with a reason: granted amounts are cleared, and a new computation may change it again."""
    with transaction.atomic():
        row = Award.objects.select_for_update().select_related("carrier__owner_area", "rule").get(pk=award.pk)
        may_send_back(user, row).require()
        if not comment.strip():
            raise Refused.at("comment", "退回须写明理由")
        before = row.state
        AwardEvent.objects.create(
            award=row, actor=user, from_state=before, to_state=Award.State.PROPOSED, comment=comment
        )
        row.state = Award.State.PROPOSED
        row.save(update_fields=["state"])
        granted = {share.get_payer_display(): share.granted for share in row.shares.exclude(granted=None)}
        row.shares.update(granted=None)
        record(
            actor=Actor.of(user),
            action="退回补贴",
            target=row,
            before={"state": before, "granted": granted},
            after={"state": row.state, "granted": {}},
            reason=comment,
        )
    return row
