"""Background work of evaluations: calls a service, nothing more."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.jobs import JobContext, job
from evaluations import services
from evaluations.models import Cycle

SCORE_CYCLE = services.JOB_KIND


@job(SCORE_CYCLE, name="评分", params={"code": "评价周期"})
def score_cycle(context: JobContext, *, code: str) -> dict[str, Any]:
    """Score the cycle with this code."""
    cycle = Cycle.objects.select_related("scheme", "area").get(code=code)
    numbers = services.score_cycle(cycle=cycle, actor=context.actor, progress=context.progress)
    return {**numbers, "url": reverse("evaluations:cycle_detail", args=[code]), "label": "查看评价结果"}
