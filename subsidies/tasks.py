"""The background job of a computation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from core.jobs import JobContext, job
from core.permits import Refused
from plans.models import Plan
from subsidies.services import compute

KIND = "compute_awards"


@job(KIND, name="测算补贴", params={"plan": "规划", "year": "年度", "as_of": "数据截止日"})
def compute_awards(context: JobContext, *, plan: str, year: int, as_of: str) -> dict[str, Any]:
    """Compute a plan's awards for a year; see :func:`subsidies.services.compute`."""
    row = Plan.objects.select_related("area").filter(code=plan).first()
    if row is None:
        raise Refused(f"没有代码为“{plan}”的规划")
    run = compute(
        plan=row,
        year=year,
        as_of=date.fromisoformat(as_of),
        actor=context.actor,
        progress=context.progress,
        job_id=context.job_id,
    )
    address = reverse("subsidies:run_detail", args=[run.pk])
    return {"run": run.pk, "counts": run.counts, "url": address, "label": "查看测算结果"}
