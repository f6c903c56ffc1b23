"""Pages and REST of background jobs: followed, stopped, and seen by whoever started them alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.models import Job
from core.models.jobs import JobState
from incubators.access import Role
from tests.incubators.factories import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def person(client: Client) -> Any:
    user = make_user(Role.STAFF)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def a_job(person: Any, **values: Any) -> Job:
    values = {"kind": "test.wait", "title": "测算2025年度补贴", "state": JobState.RUNNING, **values}
    return Job.objects.create(actor_id=person.pk, actor_name=str(person), **values)


def test_a_running_job_shows_how_far_it_is_and_asks_again(client: Client, person: Any) -> None:
    job = a_job(person, done=30, total=120, message="正在测算第30家")
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "测算2025年度补贴" in page
    assert 'value="25"' in page
    assert f'hx-get="/jobs/{job.pk}/progress/"' in page
    part = client.get(f"/jobs/{job.pk}/progress/", headers=HTMX).content.decode()
    assert "正在测算第30家" in part
    assert "<html" not in part
    assert client.get(f"/jobs/{job.pk}/progress/").status_code == 302


def test_a_finished_job_stops_asking_and_leads_to_its_outcome(client: Client, person: Any) -> None:
    job = a_job(person, state=JobState.SUCCEEDED, result={"url": "/subsidies/runs/7/", "label": "查看测算"})
    part = client.get(f"/jobs/{job.pk}/progress/", headers=HTMX).content.decode()
    assert "hx-get" not in part
    assert 'href="/subsidies/runs/7/"' in part
    assert "查看测算" in part


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://example.org/", "//example.org/"])
def test_an_outcome_never_leads_elsewhere(client: Client, person: Any, address: str) -> None:
    job = a_job(person, state=JobState.SUCCEEDED, result={"url": address})
    assert address not in client.get(f"/jobs/{job.pk}/").content.decode()


def test_stopping_a_queued_job_and_asking_a_running_one_to_stop(client: Client, person: Any) -> None:
    queued, running, over = a_job(person, state=JobState.QUEUED), a_job(person), a_job(person, state=JobState.FAILED)
    for job in (queued, over):
        assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    part = client.post(f"/jobs/{running.pk}/cancel/", headers=HTMX).content.decode()
    assert "已请求取消,正在停止" in part
    assert "hx-post" not in part, "asked once is enough"
    rows = {job.pk: job for job in Job.objects.all()}
    assert (rows[queued.pk].state, rows[running.pk].cancel_requested) == (JobState.CANCELLED, True)
    assert (rows[over.pk].state, rows[over.pk].cancel_requested) == (JobState.FAILED, False)
    assert client.get(f"/jobs/{queued.pk}/cancel/").status_code == 405


def test_jobs_of_others_do_not_exist(client: Client, person: Any) -> None:
    other, own = a_job(make_user(Role.STAFF)), a_job(person)
    for address in (f"/jobs/{other.pk}/", f"/api/v1/jobs/{other.pk}/"):
        assert client.get(address).status_code == 404
    assert client.get(f"/jobs/{other.pk}/progress/", headers=HTMX).status_code == 404
    assert client.post(f"/jobs/{other.pk}/cancel/").status_code == 404
    assert not Job.objects.get(pk=other.pk).cancel_requested
    assert [row["id"] for row in client.get("/api/v1/jobs/").json()["results"]] == [str(own.pk)]


def test_a_program_follows_its_job(client: Client, person: Any) -> None:
    job = a_job(person, done=1, total=4)
    a_job(person, state=JobState.FAILED)
    body = client.get(f"/api/v1/jobs/{job.pk}/").json()
    assert (body["state"], body["state_label"], body["percent"], body["is_over"]) == ("running", "进行中", 25, False)
    assert len(client.get("/api/v1/jobs/?state=failed").json()["results"]) == 1
    assert client.get("/api/v1/jobs/?state=lost").status_code == 400
