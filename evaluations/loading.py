"""Loads the evaluation frames of plans: who is assessed, on what, with which grades and consequences."""

from __future__ import annotations

from evaluations.models import Frame
from plans.loading import LoadedPlan, content
from plans.upsert import Tally, prune, upsert


def load_frames(loaded: list[LoadedPlan], tally: Tally) -> None:
    """Bring the frames to what the files say."""
    upsert(
        Frame.objects.filter(code__in=[entry.code for one in loaded for entry in one.file.evaluation_frames]),
        [
            {
                "plan_id": one.row.pk,
                "clause_id": one.clauses[entry.clause],
                "code": entry.code,
                "name": entry.name,
                "quote": entry.quote,
                "definition": content(entry),
            }
            for one in loaded
            for entry in one.file.evaluation_frames
        ],
        key=["code"],
        tally=tally,
    )


def prune_frames(loaded: LoadedPlan, tally: Tally) -> None:
    """Take away frames that the file no longer has; one with grades stays."""
    codes = [one.code for one in loaded.file.evaluation_frames]
    prune(Frame.objects.filter(plan=loaded.row).exclude(code__in=codes), tally=tally)
