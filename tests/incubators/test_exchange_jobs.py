"""Large files: checked and written by a job, on a real worker; stopped or failed, a job leaves nothing half written."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

import incubators.tasks  # noqa: F401 - registers the kinds of job
from core.jobs import STALE_AFTER, execute
from core.models import Change, Job
from core.models.jobs import JobState
from incubators.exchange import writing
from incubators.models import Enterprise, ImportFile
from tests.incubators.exchange_cases import HEADS, Office, lines_of, whole, words
from tests.incubators.factories import EnterpriseFactory, uscc
from tests.support.workbooks import padded, xlsx
from tests.support.worker import Worker

ROWS = 40


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def content(office: Office, *more: list[Any]) -> bytes:
    return padded(xlsx([HEADS["enterprises"], *(office.enterprise_row(number) for number in range(ROWS)), *more]))


def send(office: Office, *more: list[Any]) -> ImportFile:
    answer = office.post("enterprises", content(office, *more))
    assert answer.status_code == 302
    return ImportFile.objects.get()


def state(row: ImportFile) -> str:
    row.refresh_from_db()
    return str(row.state)


def cancel(office: Office, row: ImportFile) -> Any:
    return office.client.post(reverse("core:job_cancel", args=[row.job_id]))


# --- On a real worker -------------------------------------------------------------------------------------------------
@pytest.mark.worker
def test_a_large_file_is_checked_and_written_by_the_worker(worker: Worker, office: Office) -> None:
    row = send(office, ["bad", "", ""])
    worker.wait_until(lambda: state(row) == "ready")
    assert office.look(row).counts == (ROWS, 0, 0, 1)
    assert office.act(office.look(row), "confirm", only_right="1").status_code == 302
    worker.wait_until(lambda: state(row) == "done")
    assert Enterprise.objects.count() == len(lines_of(Enterprise)) == ROWS
    assert {line.channel for line in lines_of(Enterprise)} == {Change.Channel.IMPORT}
    assert {line.actor_id for line in lines_of(Enterprise)} == {office.user.pk}
    assert whole()
    job = Job.objects.get(kind="write_import")
    worker.wait_until(lambda: Job.objects.filter(pk=job.pk, state=JobState.SUCCEEDED).exists())
    page = office.client.get(reverse("core:job_detail", args=[job.pk])).content.decode()
    assert reverse("incubators:import_detail", args=[row.pk]) in page


@pytest.mark.worker
def test_a_confirmed_file_cancelled_before_its_turn_can_be_confirmed_again(worker: Worker, office: Office) -> None:
    row = send(office)
    worker.wait_until(lambda: state(row) == "ready")
    worker.kill()
    office.act(office.look(row), "confirm")
    assert "取消后不会写入任何结果" in office.look(row).text
    assert "这个文件写入中,不能再次导入" in words(office.act(office.look(row), "confirm"))
    assert "这个文件写入中,不能放弃" in words(office.act(office.look(row), "discard"))
    assert cancel(office, row).status_code in {200, 302}
    assert "待确认" in words(office.look(row).answer)
    assert "待确认" in words(office.client.get(reverse("incubators:exchange_home")))
    worker.start()
    assert not Enterprise.objects.exists()
    assert office.act(office.look(row), "confirm").status_code == 302
    worker.wait_until(lambda: state(row) == "done")
    assert Enterprise.objects.count() == len(lines_of(Enterprise)) == ROWS


@pytest.mark.worker
def test_a_register_that_moved_on_fails_the_job_and_leaves_the_file_ready(worker: Worker, office: Office) -> None:
    row = send(office)
    worker.wait_until(lambda: state(row) == "ready")
    EnterpriseFactory(uscc=uscc(ROWS - 1), name="别人登记的", area=office.town)
    office.act(office.look(row), "confirm")
    job = Job.objects.get(kind="write_import")
    worker.wait_until(lambda: Job.objects.filter(pk=job.pk, state=JobState.FAILED).exists())
    job.refresh_from_db()
    assert job.message == writing.STALE
    assert state(row) == "ready"
    assert Enterprise.objects.count() == 1
    assert lines_of(Enterprise) == []
    assert office.act(office.look(row), "discard").status_code == 302


# --- In the middle of writing, here -----------------------------------------------------------------------------------
@pytest.fixture
def ready(office: Office, django_capture_on_commit_callbacks: Any) -> ImportFile:
    """A large file that was checked and waits to be confirmed."""
    with django_capture_on_commit_callbacks(execute=True):
        row = send(office)
    assert state(row) == "ready"
    return row


def confirmed(office: Office, row: ImportFile) -> Job:
    """The queued job of a confirmed file."""
    assert office.act(office.look(row), "confirm").status_code == 302
    return Job.objects.get(kind="write_import")


def test_cancelling_in_the_middle_of_writing_takes_everything_back(
    office: Office, ready: ImportFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = confirmed(office, ready)
    check = writing._still_theirs

    def asked_to_stop(*args: Any) -> None:
        """In the moment after the rows were written."""
        check(*args)
        assert Enterprise.objects.count() == ROWS
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)

    monkeypatch.setattr(writing, "_still_theirs", asked_to_stop)
    execute(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert not Enterprise.objects.exists()
    assert lines_of(Enterprise) == []
    assert whole()
    assert state(ready) == "ready"


def test_a_job_that_breaks_leaves_the_file_ready_and_nothing_written(
    office: Office, ready: ImportFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = confirmed(office, ready)

    def broken(*args: Any, **values: Any) -> None:
        raise RuntimeError("in the last step")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "_new_lines", broken)
        execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "系统出错,已记录日志;数据未被改动,可稍后重试")
    assert not Enterprise.objects.exists()
    assert state(ready) == "ready"
    assert office.act(office.look(ready), "confirm").status_code == 302
    execute(str(Job.objects.filter(kind="write_import", state=JobState.QUEUED).get().pk))
    assert state(ready) == "done"
    assert Enterprise.objects.count() == len(lines_of(Enterprise)) == ROWS


def test_a_job_that_runs_again_writes_once(office: Office, ready: ImportFile) -> None:
    job = confirmed(office, ready)
    execute(str(job.pk))
    long_ago = timezone.now() - STALE_AFTER - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=long_ago)
    execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, 2)
    assert Enterprise.objects.count() == len(lines_of(Enterprise)) == ROWS


def test_a_job_that_comes_late_writes_nothing_of_a_file_put_aside(office: Office, ready: ImportFile) -> None:
    job = confirmed(office, ready)
    Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED)
    assert office.act(office.look(ready), "discard").status_code == 302
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "这个文件已放弃,没有写入")
    assert not Enterprise.objects.exists()


def test_a_check_that_was_cancelled_asks_for_the_file_again(office: Office) -> None:
    row = send(office)
    assert state(row) == "checking"
    assert "这个文件核对中,不能放弃" in words(office.act(office.look(row), "discard"))
    cancel(office, row)
    page = words(office.look(row).answer)
    assert "核对没有完成(已取消),请重新上传" in page
    assert "不能再次导入" in words(office.act(office.look(row), "confirm"))
    assert not Enterprise.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_cancels_does_not_wait_for_the_writing_to_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a database of many writers. SQLite lets one write at a time: there the request waits its turn."""
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    row = send(office)
    check = writing._still_theirs
    answers: list[int] = []

    def ask() -> None:
        try:
            answers.append(cancel(office, ImportFile.objects.get()).status_code)
        finally:
            connection.close()

    def meanwhile(*args: Any) -> None:
        check(*args)
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(10)

    monkeypatch.setattr(writing, "_still_theirs", meanwhile)
    # Outside a test's transaction the job runs here, as soon as the file is confirmed.
    office.act(office.look(row), "confirm")
    assert answers == [302]
    assert Job.objects.get(kind="write_import").state == JobState.CANCELLED
    assert state(row) == "ready"
    assert not Enterprise.objects.exists()
