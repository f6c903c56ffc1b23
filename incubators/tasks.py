"""Background jobs of the register: checking and writing large sheets, asking carriers for their month."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from celery import shared_task
from django.urls import reverse

from core.jobs import JobCancelled, JobContext, job
from core.models import Change, Job
from core.permits import Refused
from core.trail import acting
from incubators.models import ImportFile
from incubators.services import deliveries, imports, reminders


@job(imports.CHECK_JOB, name="检查导入文件", params={"file": "导入文件编号"})
def check_import(context: JobContext, *, file: str) -> dict[str, Any]:
    """Compare an uploaded sheet with the register; see :func:`incubators.services.imports.check`."""
    row = ImportFile.objects.select_related("user").get(pk=file)
    imports.check(row, context.progress)
    if row.state == ImportFile.State.REFUSED:
        raise Refused(row.problem)
    return {"counts": row.counts, "url": reverse("incubators:import_detail", args=[row.pk]), "label": "查看预览"}


@job(imports.WRITE_JOB, name="写入导入文件", params={"file": "导入文件编号"})
def write_import(context: JobContext, *, file: str) -> dict[str, Any]:
    """Write a confirmed sheet; see :func:`incubators.services.imports.write`."""
    row = ImportFile.objects.select_related("user").get(pk=file)
    context.progress(0, 1, "正在写入")

    def stop_if_asked(done: int, total: int, message: str) -> None:
        # Progress written inside the transaction nobody would see, and its lock would hold up whoever cancels.
        if Job.objects.filter(pk=context.job_id, cancel_requested=True).exists():
            raise JobCancelled

    written = imports.write(row, stop_if_asked)
    return {"counts": written, "url": reverse("incubators:import_detail", args=[row.pk]), "label": "查看结果"}


@job(deliveries.DELIVER_JOB, name="发送催报信", params={"batch": "催报批次编号"})
def deliver_reminders(context: JobContext, *, batch: int) -> dict[str, Any]:
    """Send the letters of a batch; see :func:`incubators.services.deliveries.deliver`."""
    counts = deliveries.deliver(batch, context.progress)
    return {"counts": counts, "url": reverse("incubators:chasing_sent", args=[batch]), "label": "查看送达情况"}


@shared_task(name="incubators.remind_daily")
def remind_daily(day: str = "") -> None:
    """From the schedule: ask whoever is due on ``day`` (ISO; today without it). Safe to run again and to be missed."""
    with acting(str(uuid.uuid4()), Change.Channel.JOB):
        reminders.send_due(date.fromisoformat(day) if day else None)
