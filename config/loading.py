"""Loads plan files into every app: all of them in one transaction, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from pydantic import ValidationError

from core.trail import Actor, record
from evaluations.loading import load_frames, prune_frames
from plans.loading import LoadedPlan, load_plan_rows, prune_plan, restore
from plans.models import Plan
from plans.planfile import PlanFile, PlanFileError, read_plans
from plans.planfile.cross_checks import check_together
from plans.planfile.source import Source, read_source
from plans.registry_loading import area_loops, load_registry
from plans.upsert import Tally
from subsidies.loading import load_rules, prune_rules
from targets.loading import load_targets, prune_targets


@dataclass(frozen=True, slots=True)
class Loaded:
    """The plans of the files, and what loading them changed."""

    plans: Sequence[LoadedPlan]
    tally: Tally


def load_files(paths: Sequence[Path], *, actor: Actor) -> Loaded:
    """Check the files, with each other and with the plans loaded before, and bring the database to what they say.

    Loading again changes nothing. Raises :class:`PlanFileError` with every fault; nothing is loaded then.
    """
    files = read_plans(paths)
    with transaction.atomic():
        rows = list(Plan.objects.all())
        former = {plan.code: file for plan in rows if (file := _restorable(plan)) is not None}
        others = [plan for code, plan in former.items() if code not in {file.plan.code for file in files}]
        _check_against(others, files, paths)
        tally = Tally()
        registry = load_registry([*others, *files], [*former.values()], tally)
        loaded = load_plan_rows(files, registry, tally)
        load_frames(loaded, tally)
        load_rules(loaded, tally)
        load_targets(loaded, tally)
        for one in loaded:
            prune_targets(one, tally)
            prune_rules(one, tally)
            prune_frames(one, tally)
            prune_plan(one, tally)
        _record(loaded, {plan.code: plan.fingerprint for plan in rows}, actor)
    return Loaded(loaded, tally)


def _check_against(others: Sequence[PlanFile], files: Sequence[PlanFile], paths: Sequence[Path]) -> None:
    """Raise PlanFileError where a file disagrees with a plan loaded before, or its areas go round in a circle."""
    pairs: list[tuple[PlanFile, Source]] = [(other, Source(f"已载入的{other.plan.code}")) for other in others]
    pairs += [(file, read_source(path)) for file, path in zip(files, paths, strict=True)]
    check_together(pairs)
    for code in area_loops([*others, *files]):
        for file, source in pairs[len(others) :]:
            for index, area in enumerate(file.areas):
                if area.code == code:
                    source.complain(("areas", index, "parent"), f"区域“{code}”的上级绕回了自己")
    problems = [problem for _, source in pairs for problem in source.problems]
    if problems:
        raise PlanFileError(problems)


def _restorable(plan: Plan) -> PlanFile | None:
    """The plan as its file said, or None if it was loaded by an older format that is no longer read."""
    try:
        return restore(plan)
    except ValidationError:
        return None


def _record(loaded: Sequence[LoadedPlan], before: dict[str, str], actor: Actor) -> None:
    for one in loaded:
        old, new = before.get(one.row.code), one.row.fingerprint
        if old != new:
            record(
                actor=actor,
                action="载入规划" if old is None else "更新规划",
                target=one.row,
                before={"fingerprint": old} if old else {},
                after={"fingerprint": new},
            )
