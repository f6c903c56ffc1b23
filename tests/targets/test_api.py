"""Targets, progress and tasks over REST: the same rows as the pages, for the same people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from core.trail import COMMAND_LINE
from targets.models import Target
from targets.services import compute
from tests.incubators.factories import AreaFactory, TownFactory, make_user, signed_in
from tests.targets.factories import TODAY, AllocationFactory, TargetFactory, TaskFactory, qualify

pytestmark = pytest.mark.django_db


def enter(role: str, area: Any) -> Client:
    return signed_in(make_user(role, area=area))


@pytest.fixture
def target() -> Target:
    made = TargetFactory(value=4)
    AllocationFactory(target=made, area=TownFactory(parent=made.area))
    qualify(made.area, date(2024, 5, 1), date(2025, 5, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    return made


def results(client: Client, address: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_targets_are_those_of_the_own_areas(target: Target) -> None:
    TargetFactory()
    assert [row["code"] for row in results(enter("leader", target.area), "targets/")] == [target.code]
    assert results(enter("leader", AreaFactory()), "targets/") == []


def test_a_target_says_what_it_wants_in_codes_and_words(target: Target) -> None:
    row = enter("staff", target.area).get(f"/api/v1/targets/{target.code}/").json()
    assert (row["kind"], row["kind_label"], row["comparator_label"]) == ("new_since_start", "新增", "不少于")
    assert (row["plan"], row["deadline"], row["unit"]) == (target.plan.code, "2026-12-31", "家")
    assert [share["value"] for share in row["allocations"]] == ["3.0000"]


def test_progress_is_filtered_to_the_newest_of_the_whole(target: Target) -> None:
    client = enter("auditor", target.area)
    assert len(results(client, "progress/")) == 20
    rows = results(client, "progress/?latest=true&whole=true")
    assert [(row["target"], row["month"], row["value"], row["pace_label"]) for row in rows] == [
        (target.code, "2025-07-01", "2.000000", "正常")
    ]
    assert len(results(client, "progress/?latest=true&whole=false")) == 1
    detail = client.get(rows[0]["url"]).json()
    assert detail["explanation"]["steps"][0]["label"] == "目标"


def test_progress_of_another_district_is_not_there(target: Target) -> None:
    address = results(enter("staff", target.area), "progress/?latest=true")[0]["url"]
    assert enter("staff", AreaFactory()).get(address).status_code == 404


def test_an_unknown_filter_is_named(target: Target) -> None:
    answer = enter("staff", target.area).get("/api/v1/progress/?speed=fast")
    assert answer.status_code == 400
    assert "speed" in answer.json()["errors"]


def test_tasks_name_only_targets_that_the_person_sees(target: Target) -> None:
    task = TaskFactory(plan=target.plan)
    task.targets.add(target)
    assert results(enter("leader", target.area), "tasks/")[0]["targets"] == [target.code]
    assert results(enter("leader", AreaFactory()), "tasks/")[0]["targets"] == []
    assert results(enter("liaison", target.area), "tasks/?responsible=stated") == []


def test_a_list_answers_csv(target: Target) -> None:
    answer = enter("staff", target.area).get("/api/v1/targets/?format=csv&fields=code,value")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines == ["code,value", f"{target.code},4.0000"]
