"""The list of a person's own jobs: state, progress, outcome, cancelling from the list."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.models import Job
from core.models.jobs import JobState
from incubators.access import Role
from tests.incubators.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[Role.STAFF, Role.ADMINISTRATOR, Role.EXPERT])
def person(client: Client, request: Any) -> Any:
    user = make_user(request.param)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def a_job(person: Any, title: str, **values: Any) -> Job:
    return Job.objects.create(kind="test.wait", title=title, actor_id=person.pk, actor_name=str(person), **values)


def test_own_jobs_with_how_far_they_are_and_what_came_of_them(client: Client, person: Any) -> None:
    now = timezone.now()
    a_job(make_user(Role.STAFF), "同事的任务")
    a_job(person, "正在做的", state=JobState.RUNNING, done=30, total=120)
    times = {"started_at": now - timedelta(seconds=12), "finished_at": now}
    a_job(person, "做完的", state=JobState.SUCCEEDED, result={"url": "/targets/", "label": "查看目标"}, **times)
    a_job(person, "没做成的", state=JobState.FAILED, message="缺少上年数据", **times)
    page = client.get("/jobs/").content.decode()
    assert "同事的任务" not in page
    assert 'value="25"' in page
    assert "30 / 120" in page
    assert '<a href="/targets/">查看目标</a>' in page
    assert "缺少上年数据" in page
    assert "12 秒" in page
    assert '<a href="/jobs/" class="active" aria-current="page">' in page, "the navigation knows where we are"


def test_the_list_follows_only_while_something_is_under_way(client: Client, person: Any) -> None:
    job = a_job(person, "排队的", state=JobState.QUEUED)
    assert 'hx-get="/jobs/?state=queued"' in client.get("/jobs/?state=queued").content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    assert "hx-get" not in client.get("/jobs/").content.decode().split("<main")[1]


def test_cancelling_comes_back_to_the_list_as_it_was(client: Client, person: Any) -> None:
    job = a_job(person, "排队的", state=JobState.QUEUED)
    page = client.get("/jobs/?state=queued").content.decode()
    assert f'action="/jobs/{job.pk}/cancel/"' in page
    answer = client.post(f"/jobs/{job.pk}/cancel/", {"next": "/jobs/?state=queued"})
    assert answer["Location"] == "/jobs/?state=queued"
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    elsewhere = client.post(f"/jobs/{job.pk}/cancel/", {"next": "https://example.org/"})
    assert elsewhere["Location"] == f"/jobs/{job.pk}/"


def test_filters_and_export(client: Client, person: Any) -> None:
    a_job(person, "测算补贴", state=JobState.FAILED)
    a_job(person, "计算进度", state=JobState.SUCCEEDED)
    page = client.get("/jobs/?state=failed").content.decode()
    assert "测算补贴" in page
    assert "计算进度" not in page
    answer: Any = client.get("/jobs/?q=进度&format=csv")
    rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert [(row["任务"], row["状态"]) for row in rows] == [("计算进度", "已完成")]


def test_nothing_yet_says_so(client: Client, person: Any) -> None:
    assert "您还没有后台任务" in client.get("/jobs/").content.decode()
