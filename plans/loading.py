"""Loads a plan and what its page shows: text, clauses, provisions, discrepancies, open questions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from plans.models import Clause, Discrepancy, OpenQuestion, Plan, Provision
from plans.planfile import PlanFile
from plans.registry_loading import Registry
from plans.upsert import Tally, prune, upsert


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """A plan file with the keys that the apps above need to load their part of it."""

    file: PlanFile
    row: Plan
    clauses: Mapping[str, int]
    registry: Registry


def content(entry: BaseModel) -> dict[str, Any]:
    """An entry as its file has it: what the file leaves out stays out, numbers are text."""
    return entry.model_dump(mode="json", by_alias=True, exclude_unset=True)


def fingerprint(value: Any) -> str:
    """SHA-256 over the content, whatever the order of its keys."""
    words = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def restore(plan: Plan) -> PlanFile:
    """The plan file of a loaded plan, with its text."""
    return PlanFile.model_validate_json(json.dumps(plan.definition)).with_text(plan.text.split("\n"))


def load_plan_rows(files: list[PlanFile], registry: Registry, tally: Tally) -> list[LoadedPlan]:
    """Bring the plans, their clauses and questions to what the files say. What is gone is pruned by :func:`prune_plan`,
    after the apps above have let go of it."""
    rows = upsert(
        Plan.objects.filter(code__in=[file.plan.code for file in files]),
        [_plan_values(file, registry) for file in files],
        key=["code"],
        tally=tally,
    )
    loaded = []
    for file in files:
        row = rows[(file.plan.code,)]
        clauses = _load_clauses(file, row, tally)
        loaded.append(LoadedPlan(file, row, clauses, registry))
    _load_parts(loaded, tally)
    return loaded


def _plan_values(file: PlanFile, registry: Registry) -> dict[str, Any]:
    head, definition = file.plan, content(file)
    text = "\n".join(file.text_lines)
    return {
        "code": head.code,
        "title": head.title,
        "short_title": head.short_title,
        "kind": head.kind,
        "document_number": head.document_number or "",
        "issuer_id": registry.organisations.get(head.issuer),
        "issued_on": head.issued_on,
        "published_on": head.published_on,
        "effective_from": head.effective.start,
        "effective_to": head.effective.end,
        "effective_stated": head.effective.stated,
        "period_from": head.period.start,
        "period_to": head.period.end,
        "area_id": registry.areas[head.area],
        "text": text,
        "text_kind": head.text.kind,
        "text_quality": head.text.quality,
        "text_origin": head.text.origin,
        "definition": definition,
        "fingerprint": fingerprint([definition, text]),
    }


def _load_clauses(file: PlanFile, plan: Plan, tally: Tally) -> dict[str, int]:
    wanted = [
        {
            "plan_id": plan.pk,
            "code": clause.id,
            "kind": clause.kind,
            "label": clause.label or "",
            "label_corrected": clause.label_corrected or "",
            "heading": clause.heading,
            "order": order,
            "line_from": clause.lines[0],
            "line_to": clause.lines[1],
            "quote": clause.quote,
        }
        for order, clause in enumerate(file.clauses, 1)
    ]
    rows = upsert(Clause.objects.filter(plan=plan), wanted, key=["code"], tally=tally)
    keys = {code: row.pk for (code,), row in rows.items()}
    # Parents are set when every clause has its key.
    placed = []
    for clause in file.clauses:
        row, parent = rows[(clause.id,)], keys[clause.parent] if clause.parent else None
        if row.parent_id != parent:
            row.parent_id = parent
            placed.append(row)
    Clause.objects.bulk_update(placed, ["parent"])
    tally.changed_rows(Clause, [row.pk for row in placed])
    return keys


def _load_parts(loaded: list[LoadedPlan], tally: Tally) -> None:
    plans = [one.row.pk for one in loaded]
    upsert(
        Provision.objects.filter(plan__in=plans),
        [values for one in loaded for values in provisions(one)],
        key=["plan_id", "kind", "code"],
        tally=tally,
    )
    upsert(
        Discrepancy.objects.filter(plan__in=plans),
        [
            {
                "plan_id": one.row.pk,
                "clause_id": one.clauses[entry.clause],
                "code": entry.code,
                "kind": entry.kind,
                "text": entry.text,
                "handling": entry.handling,
            }
            for one in loaded
            for entry in one.file.discrepancies
        ],
        key=["plan_id", "code"],
        tally=tally,
    )
    upsert(
        OpenQuestion.objects.filter(code__in=[entry.code for one in loaded for entry in one.file.decisions]),
        [
            {
                "plan_id": one.row.pk,
                "clause_id": one.clauses[entry.clause],
                "code": entry.code,
                "question": entry.question,
                "value_kind": entry.value_kind,
                "choices": list(entry.choices),
                "used_by": list(entry.used_by),
                "blocking": entry.blocking,
                "meanwhile": entry.meanwhile,
                "note": entry.note or "",
                "order": order,
            }
            for one in loaded
            for order, entry in enumerate(one.file.decisions, 1)
        ],
        key=["code"],
        tally=tally,
    )


def provisions(loaded: LoadedPlan) -> Iterator[dict[str, Any]]:
    """Rows for everything that is shown and quoted but not computed with."""
    kinds, file = Provision.Kind, loaded.file
    terms: tuple[list[Any], ...] = (file.titles, file.qualifications, file.terms)
    sections: tuple[tuple[str, Any], ...] = (
        (kinds.DEFINITION, ((one.term, one.term, one) for one in file.definitions)),
        (kinds.BASELINE, ((one.code, one.name, one) for one in file.baselines)),
        (kinds.SUPPORT, ((one.code, one.beneficiary, one) for one in file.supports)),
        (kinds.DUTY, ((one.code, one.name, one) for one in file.reporting_duties)),
        (kinds.NAMED, ((one.code, one.name, one) for one in file.named_entities)),
        (kinds.TERM, ((one.code, one.name, one) for part in terms for one in part)),
        (kinds.INDUSTRY, ((one.code, one.name, one) for one in file.industries)),
        (kinds.TABLE, ((one.clause, one.title, one) for one in file.tables)),
    )
    for kind, entries in sections:
        for code, name, entry in entries:
            yield {
                "plan_id": loaded.row.pk,
                "clause_id": loaded.clauses[entry.clause],
                "kind": kind,
                "code": code,
                "name": name[:200],
                "quote": getattr(entry, "quote", ""),
                "data": content(entry),
            }


def prune_plan(loaded: LoadedPlan, tally: Tally) -> None:
    """Take away what the file no longer has. Questions that somebody decided stay, and so do clauses still quoted."""
    file, plan = loaded.file, loaded.row
    named = {(values["kind"], values["code"]) for values in provisions(loaded)}
    prune([row for row in plan.provisions.all() if (row.kind, row.code) not in named], tally=tally)
    prune(plan.discrepancies.exclude(code__in=[one.code for one in file.discrepancies]), tally=tally)
    prune(plan.questions.exclude(code__in=[one.code for one in file.decisions]), tally=tally)
    prune(plan.clauses.exclude(code__in=[one.id for one in file.clauses]), tally=tally)
