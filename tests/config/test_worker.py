"""Jobs on a real worker process, over the broker that this installation has: files or Redis."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from core.jobs import STALE_AFTER, cancel, requeue_stale, submit
from core.models import Job
from core.models.jobs import JobState
from core.trail import Actor
from tests.support.worker import Worker

pytestmark = pytest.mark.worker


def submit_waiting_job(folder: Path) -> Job:
    """A job that starts, says so in folder/note, and ends when folder/go appears."""
    params = {"note": str(folder / "note"), "signal": str(folder / "go")}
    return submit(kind="test.wait", title="等待", actor=Actor(None, "测试"), params=params)


def starts(folder: Path) -> int:
    """How often a job has started."""
    note = folder / "note"
    return len(note.read_text(encoding="utf-8").splitlines()) if note.exists() else 0


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_a_job_runs_in_the_worker_and_shows_its_progress(worker: Worker, tmp_path: Path) -> None:
    job = submit_waiting_job(tmp_path)
    worker.wait_until(lambda: state(job) == JobState.RUNNING and job.done > 2)
    (tmp_path / "go").touch()
    worker.wait_until(lambda: job.is_over or state(job) == JobState.SUCCEEDED)
    assert job.result["waited"] > 2
    assert job.percent == 100


def test_a_running_job_stops_when_asked(worker: Worker, tmp_path: Path) -> None:
    job = submit_waiting_job(tmp_path)
    worker.wait_until(lambda: state(job) == JobState.RUNNING)
    cancel(job, actor=Actor(None, "测试"))
    worker.wait_until(lambda: state(job) == JobState.CANCELLED)


def test_jobs_submitted_while_no_worker_runs_are_done_later_in_order(worker: Worker, tmp_path: Path) -> None:
    worker.kill()
    (tmp_path / "go").touch()
    jobs = [submit_waiting_job(tmp_path) for _ in range(5)]
    assert {state(job) for job in jobs} == {JobState.QUEUED}
    worker.start()
    worker.wait_until(lambda: all(state(job) == JobState.SUCCEEDED for job in jobs))
    assert [job.started_at for job in jobs] == sorted(job.started_at for job in jobs)


def test_a_job_survives_the_death_of_its_worker(worker: Worker, tmp_path: Path) -> None:
    job = submit_waiting_job(tmp_path)
    worker.wait_until(lambda: starts(tmp_path) == 1 and state(job) == JobState.RUNNING)
    worker.kill()
    # The time that makes it stale is not waited for here.
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - STALE_AFTER - timedelta(seconds=1))
    worker.start()
    assert requeue_stale() == 1
    worker.wait_until(lambda: starts(tmp_path) == 2)
    (tmp_path / "go").touch()
    worker.wait_until(lambda: state(job) == JobState.SUCCEEDED)
    assert job.attempts == 2
