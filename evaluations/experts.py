"""An expert's own scores: read and saved by that expert alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.permits import Refused
from core.trail import Actor, record
from evaluations import permits
from evaluations.models import ExpertScore

Given = Mapping[str, tuple[Decimal | None, str]]


def save_scores(*, user: Any, rows: list[ExpertScore], values: Given) -> int:
    """Save an expert's scores of one carrier, ``values`` by indicator: (score or None, reason). All or nothing.

    Returns how many changed. Raises :class:`NotPermitted` for rows of somebody else or a closed cycle, and
    :class:`Refused` with errors named ``score_CODE`` / ``reason_CODE``.
    """
    permits.may_score(user, rows).require()
    errors: dict[str, list[str]] = {}
    for row in rows:
        score, reason = values.get(row.indicator, (None, ""))
        if score is not None and not Decimal(0) <= score <= Decimal(100):
            errors[f"score_{row.indicator}"] = ["得分应在0到100之间"]
        if score is not None and not reason.strip():
            errors[f"reason_{row.indicator}"] = ["请写明评分理由"]
        if score is None and reason.strip():
            errors[f"score_{row.indicator}"] = ["写了理由,请同时给出得分"]
    if errors:
        raise Refused(errors=errors)
    changed = []
    for row in rows:
        score, reason = values.get(row.indicator, (None, ""))
        if (row.score, row.reason) != (score, reason.strip()):
            before = {"score": row.score, "reason": row.reason}
            row.score, row.reason = score, reason.strip()
            changed.append((row, before))
    with transaction.atomic():
        for row, before in changed:
            row.save(update_fields=["score", "reason"])
            after = {"score": row.score, "reason": row.reason}
            record(actor=Actor.of(user), action="专家评分", target=row, before=before, after=after)
    return len(changed)
