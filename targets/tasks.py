"""Background work of this app."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from core.jobs import JobContext, job
from targets import services

COMPUTE_PROGRESS = "compute_progress"


@job(COMPUTE_PROGRESS, name="计算目标进度", params={"on": "数据日期", "plan": "规划"})
def compute_progress(context: JobContext, *, on: str, plan: str = "") -> dict[str, Any]:
    """Compute the progress of all targets, or of one plan's, as of a day."""
    counts = services.compute(on=date.fromisoformat(on), plan=plan, actor=context.actor, report=context.progress)
    url = reverse("targets:plan_progress", args=[plan]) if plan else reverse("targets:dashboard")
    return {**counts, "url": url, "label": "查看进度"}
