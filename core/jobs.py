"""Background jobs: one function a kind of work, one row a run, the same on an embedded and a full installation.

A job function takes a :class:`JobContext` and keyword parameters (JSON values) and returns a JSON result. It must be
safe to run again: a job whose worker died is started anew. It reports with ``context.progress``, which is also where a
request to cancel takes effect, and writes its results in one short transaction at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.models import Change, Job
from core.models.jobs import JobState
from core.permits import Refused
from core.trail import Actor, acting, record

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=5)


class JobCancelled(Exception):
    """Raised inside a job function at its next report of progress after someone asked to cancel."""


@dataclass(slots=True)
class JobContext:
    """What a running job knows of itself."""

    job_id: Any
    actor: Actor

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far the work is. Raises :class:`JobCancelled` when cancelling was asked for."""
        Job.objects.filter(pk=self.job_id).update(
            done=done, total=total, message=message[:500], heartbeat_at=timezone.now()
        )
        if Job.objects.filter(pk=self.job_id, cancel_requested=True).exists():
            raise JobCancelled


JobFunction = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its work, and the Chinese names of itself and of its parameters."""

    work: JobFunction
    name: str
    params: Mapping[str, str]


_registry: dict[str, Kind] = {}


def job(kind: str, *, name: str = "", params: Mapping[str, str] | None = None) -> Callable[[JobFunction], JobFunction]:
    """Register a function as the work behind ``kind``, with what people read of it and of its parameters. Put such
    functions in an app's ``tasks.py``."""

    def register(function: JobFunction) -> JobFunction:
        _registry[kind] = Kind(function, name or kind, params or {})
        return function

    return register


def kind_words(kind: str) -> str:
    """The Chinese name of a kind of job; of one that is no more, its code."""
    return _registry[kind].name if kind in _registry else kind


def param_words(kind: str) -> Mapping[str, str]:
    """The Chinese names of the parameters of a kind of job."""
    return _registry[kind].params if kind in _registry else {}


def submit(*, kind: str, title: str, actor: Actor, params: dict[str, Any] | None = None) -> Job:
    """Queue a job after the current transaction commits; returns its row at once."""
    given = params or {}
    with transaction.atomic():
        row = Job.objects.create(kind=kind, title=title, params=given, actor_id=actor.id, actor_name=actor.name)
        record(actor=actor, action="发起任务", target=row, after={"kind": kind, "params": given})
        transaction.on_commit(lambda: run_job.delay(str(row.pk)))
    return row


def cancel(row: Job, *, actor: Actor) -> None:
    """Ask a job to stop. A queued one stops at once, a running one at its next report of progress."""
    with transaction.atomic():
        own = Job.objects.filter(pk=row.pk)
        own.update(cancel_requested=True)
        own.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED, finished_at=timezone.now())
        record(actor=actor, action="取消任务", target=row)


def _claim(job_id: str) -> Job | None:
    """Take the job if it waits or its worker is gone; exactly one caller wins."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)
    claimed = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if claimed else None


def execute(job_id: str) -> None:
    """Run a queued job here and now, storing its outcome. Failures are kept for a person to read, not raised."""
    row = _claim(job_id)
    if row is None:
        return
    context = JobContext(row.pk, Actor(row.actor_id, row.actor_name, "job"))
    outcome: dict[str, Any] = {}
    try:
        with acting(str(row.pk), Change.Channel.JOB):
            result = _registry[row.kind].work(context, **row.params)
        outcome = {"state": JobState.SUCCEEDED, "result": result, "message": ""}
    except JobCancelled:
        outcome = {"state": JobState.CANCELLED, "message": "已按请求取消,未写入任何结果"}
    except Refused as refused:
        outcome = {"state": JobState.FAILED, "message": str(refused)[:500]}
    except Exception:
        logger.exception("job %s (%s) failed", row.pk, row.kind)
        outcome = {"state": JobState.FAILED, "message": "系统出错,已记录日志;数据未被改动,可稍后重试"}
    # Only the latest attempt may write its outcome: a worker thought dead could still be running.
    Job.objects.filter(pk=row.pk, state=JobState.RUNNING, attempts=row.attempts).update(
        finished_at=timezone.now(), **outcome
    )


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """The one Celery task of the portal: run the job with this id."""
    execute(job_id)


def requeue_stale() -> int:
    """Send jobs again whose worker died (or whose message was lost); called when a worker starts. Returns how many."""
    now = timezone.now()
    silent = Q(heartbeat_at__lt=now - STALE_AFTER) | Q(heartbeat_at=None, queued_at__lt=now - STALE_AFTER)
    lost = Job.objects.filter(silent, state__in=(JobState.RUNNING, JobState.QUEUED))
    ids = [str(pk) for pk in lost.values_list("pk", flat=True)]
    # A queued job is stamped when it is sent again, so that a long queue is not filled with copies.
    Job.objects.filter(pk__in=ids, state=JobState.QUEUED).update(heartbeat_at=now)
    for job_id in ids:
        run_job.delay(job_id)
    return len(ids)
