"""Letters by a real worker process: asked for by a click and by the schedule's task, written as files of mail."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.utils import timezone

from core.jobs import run_job
from core.models import Job
from core.models.jobs import JobState
from incubators.models import Delivery, Reminder, ReportCalendar
from incubators.reporting.calendar import next_working_day
from incubators.tasks import remind_daily
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import Office
from tests.support.worker import Worker

pytestmark = pytest.mark.worker


def mails(var: Path) -> list[str]:
    """Subjects of the letters that the worker's mail backend has written under the installation's own folder."""
    files = sorted((var / "mail").glob("*.log")) if (var / "mail").exists() else []
    letters = [part for file in files for part in file.read_bytes().split(b"-" * 79) if part.strip()]
    return [message_from_bytes(part.lstrip(), policy=policy.default)["Subject"] for part in letters]


@pytest.fixture
def office(transactional_db: None) -> Office:
    office = Office()
    office.operator.email = "li@example.cn"
    office.operator.save()
    return office


def test_a_click_is_sent_by_the_worker(worker: Worker, installation: Path, office: Office) -> None:
    typed = {"month": "2024-05", "carrier": office.carrier.code}
    before = len(mails(installation))
    assert signed_in(office.staff).post("/reports/chasing/send/", typed).status_code == 302
    worker.wait_until(lambda: Job.objects.get().state == JobState.SUCCEEDED)
    assert Delivery.objects.get(channel="email").state == Delivery.State.SENT
    assert mails(installation)[before:] == ["请提交2024年5月月报"]


def test_the_scheduled_task_asks_once_however_often_it_runs(worker: Worker, installation: Path, office: Office) -> None:
    day = next_working_day(timezone.localdate())  # nothing is sent on a day off
    ReportCalendar.objects.create(area=office.district, due_day=5)
    before = len(mails(installation))
    for _ in range(2):
        remind_daily.delay(day=day.isoformat())
    worker.wait_until(lambda: Job.objects.exists() and not _queue(worker))
    jobs = [*Job.objects.all()]
    # The worker of a test listens to a queue of its own; what it submitted itself went to the usual one.
    for job in jobs:
        run_job.delay(str(job.pk))
    worker.wait_until(lambda: not Job.objects.exclude(state=JobState.SUCCEEDED).exists())
    letters = Reminder.objects.filter(asked_on=day)
    assert letters.count() == letters.values("carrier", "month").distinct().count() == len(jobs)
    assert len(mails(installation)) - before == letters.count()


def _queue(worker: Worker) -> bool:
    """Whether one of the two tasks has still to run."""
    return worker.log.read_text(encoding="utf-8").count("incubators.remind_daily") < 4
