"""Loads the targets of plans, who is responsible, what each area has to do, and the tasks."""

from __future__ import annotations

from typing import Any

from plans.loading import LoadedPlan, content, fingerprint
from plans.planfile.schema_targets import Target as TargetEntry
from plans.upsert import Tally, link, prune, upsert
from targets.models import Allocation, Responsibility, Target, Task


def load_targets(loaded: list[LoadedPlan], tally: Tally) -> None:
    """Bring targets and tasks with all that hangs on them to what the files say. Progress and entered figures stay."""
    rows = upsert(
        Target.objects.filter(code__in=[entry.code for one in loaded for entry in one.file.targets]),
        [_values(one, entry, order) for one in loaded for order, entry in enumerate(one.file.targets, 1)],
        key=["code"],
        tally=tally,
    )
    keys = {code: row.pk for (code,), row in rows.items()}
    _load_responsibilities(loaded, keys, tally)
    _load_allocations(loaded, keys, tally)
    _load_tasks(loaded, keys, tally)


def _values(one: LoadedPlan, entry: TargetEntry, order: int) -> dict[str, Any]:
    definition = content(entry)
    return {
        "plan_id": one.row.pk,
        "clause_id": one.clauses[entry.clause],
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind,
        "comparator": entry.comparator,
        # A range is judged by its lower end; its upper end is kept beside it.
        "value": entry.value if entry.value is not None else entry.value_min,
        "value_max": entry.value_max,
        "stated_as": entry.stated_as or "",
        "unit": entry.unit or "",
        "commitment": entry.commitment,
        "deadline": entry.deadline,
        "area_id": one.registry.areas[entry.area],
        "measured_by": entry.measure.by,
        "indicator": entry.measure.indicator if entry.measure.by == "indicator" else "",
        "quote": entry.quote,
        "definition": definition,
        "fingerprint": fingerprint(definition),
        "order": order,
    }


def _load_responsibilities(loaded: list[LoadedPlan], keys: dict[str, int], tally: Tally) -> None:
    wanted = [
        {
            "target_id": keys[entry.code],
            "organisation_id": one.registry.organisations[organisation],
            "order": order,
        }
        for one in loaded
        for entry in one.file.targets
        for order, organisation in enumerate(dict.fromkeys(entry.responsible), 1)
    ]
    _exactly(Responsibility, keys, wanted, ("target_id", "organisation_id"), tally)


def _load_allocations(loaded: list[LoadedPlan], keys: dict[str, int], tally: Tally) -> None:
    wanted = [
        {
            "target_id": keys[entry.code],
            "area_id": one.registry.areas[share.area],
            "value": share.value,
            "order": order,
        }
        for one in loaded
        for entry in one.file.targets
        for order, share in enumerate(entry.allocations, 1)
    ]
    _exactly(Allocation, keys, wanted, ("target_id", "area_id"), tally)


def _exactly(
    model: Any, keys: dict[str, int], wanted: list[dict[str, Any]], key: tuple[str, str], tally: Tally
) -> None:
    """Parts of a target are the target's own: those the file no longer has go at once."""
    existing = model.objects.filter(target__in=keys.values())
    upsert(existing, wanted, key=key, tally=tally)
    named = {tuple(row[name] for name in key) for row in wanted}
    prune([row for row in existing.all() if tuple(getattr(row, name) for name in key) not in named], tally=tally)


def _load_tasks(loaded: list[LoadedPlan], targets: dict[str, int], tally: Tally) -> None:
    entries = [(one, order, entry) for one in loaded for order, entry in enumerate(one.file.tasks, 1)]
    rows = upsert(
        Task.objects.filter(code__in=[entry.code for _, _, entry in entries]),
        [
            {
                "plan_id": one.row.pk,
                "clause_id": one.clauses[entry.clause],
                "code": entry.code,
                "title": entry.title,
                "summary": entry.summary,
                "responsible_stated": entry.responsible_basis in {"stated", "named_in_clause"},
                "definition": content(entry),
                "order": order,
            }
            for one, order, entry in entries
        ],
        key=["code"],
        tally=tally,
    )
    units = {
        rows[(entry.code,)].pk: [one.registry.organisations[code] for code in entry.responsible]
        for one, _, entry in entries
    }
    served = {rows[(entry.code,)].pk: [targets[code] for code in entry.targets] for _, _, entry in entries}
    link(Task.responsible.through, "task_id", "organisation_id", units, tally=tally)
    link(Task.targets.through, "task_id", "target_id", served, tally=tally)


def prune_targets(loaded: LoadedPlan, tally: Tally) -> None:
    """Take away tasks and targets that the file no longer has; a target with progress or entered figures stays."""
    plan, file = loaded.row, loaded.file
    prune(Task.objects.filter(plan=plan).exclude(code__in=[one.code for one in file.tasks]), tally=tally)
    prune(
        Target.objects.filter(plan=plan).exclude(code__in=[one.code for one in file.targets]),
        own=("responsibilities", "allocations"),
        tally=tally,
    )
