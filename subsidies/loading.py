"""Loads the subsidy rules of plans. The definition is the file's own words; amounts are read from it, never copied."""

from __future__ import annotations

from datetime import date
from typing import Any

from plans.loading import LoadedPlan, content, fingerprint
from plans.planfile.schema_rules import SubsidyRule
from plans.planfile.schema_text import PlanHead
from plans.upsert import Tally, prune, upsert
from subsidies.models import Rule


def rule_code(entry: SubsidyRule) -> str:
    """The rule's code; later versions carry their number (``JS-S01-v2``)."""
    return entry.code if entry.version == 1 else f"{entry.code}-v{entry.version}"


def in_force(head: PlanHead, entry: SubsidyRule) -> tuple[date | None, date | None]:
    """First and last day of a rule: its own days; without them the plan's period where the file says so, else the days
    on which the plan itself is in force. None where the text does not say."""
    if entry.effective.start or entry.effective.end:
        return entry.effective.start, entry.effective.end
    if entry.effective.plan_period:
        return head.period.start, head.period.end
    return head.effective.start, head.effective.end


def load_rules(loaded: list[LoadedPlan], tally: Tally) -> None:
    """Bring the rules to what the files say; a changed rule has a new fingerprint, awards keep the old one."""
    wanted = [_values(one, entry, order) for one in loaded for order, entry in enumerate(one.file.subsidy_rules, 1)]
    upsert(Rule.objects.filter(code__in=[row["code"] for row in wanted]), wanted, key=["code"], tally=tally)


def _values(one: LoadedPlan, entry: SubsidyRule, order: int) -> dict[str, Any]:
    start, end = in_force(one.file.plan, entry)
    definition = content(entry)
    return {
        "plan_id": one.row.pk,
        "clause_id": one.clauses[entry.clause],
        "code": rule_code(entry),
        "name": entry.name,
        "quote": entry.quote,
        "beneficiary": entry.who.kind,
        "form": entry.amount.form,
        "frequency": entry.frequency,
        "effective_from": start,
        "effective_to": end,
        "definition": definition,
        "fingerprint": fingerprint([definition, str(start), str(end)]),
        "order": order,
    }


def prune_rules(loaded: LoadedPlan, tally: Tally) -> None:
    """Take away rules that the file no longer has; one with awards stays."""
    codes = [rule_code(entry) for entry in loaded.file.subsidy_rules]
    prune(Rule.objects.filter(plan=loaded.row).exclude(code__in=codes), tally=tally)
