"""Rules, computations and awards over REST."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.subsidies.factories import award


def get(user: Any, path: str) -> Any:
    client = APIClient()
    client.force_login(user)
    return client.get(f"/api/v1/{path}")


def test_awards_list_with_amounts_apart_and_without_dossiers(district: Any) -> None:
    rows = {row["rule"]: row for row in get(district.staff, "awards/?verdict=payable").json()["results"]}
    assert set(rows) == {"JS-S02", "JS-S05"}
    assert rows["JS-S05"]["shares"] == [
        {"payer": "municipal", "payer_stated": False, "ceiling": "600000.00", "proposed": None, "granted": None}
    ]
    assert rows["JS-S02"]["shares"][0]["proposed"] == "800000.00"
    assert "dossier" not in rows["JS-S02"]
    assert (rows["JS-S02"]["clause"], rows["JS-S02"]["verdict_name"]) == ("III.2.b", "应予")


def test_one_award_carries_its_dossier(district: Any) -> None:
    found = get(district.operator, f"awards/{award(district.carrier, 'JS-S09').pk}/").json()
    assert found["dossier"]["finding"]["missing"][0]["decision"] == "JS-D01"
    assert found["dossier"]["quote"]


@pytest.mark.parametrize("who", ["stranger", "other_operator"])
def test_others_get_nothing(district: Any, who: str) -> None:
    user = getattr(district, who)
    assert get(user, "awards/").json()["results"] == []
    assert get(user, "award-runs/").json()["results"] == []
    assert get(user, f"awards/{award(district.carrier, 'JS-S09').pk}/").status_code == 404


def test_runs_belong_to_the_plans_area(district: Any) -> None:
    found = get(district.leader, "award-runs/?year=2025").json()["results"]
    assert [(row["plan"], row["year"], row["counts"]["payable"]) for row in found] == [(district.plan.code, 2025, 2)]
    assert get(district.operator, "award-runs/").json()["results"] == []


def test_rules_are_public_and_say_what_the_text_says(district: Any) -> None:
    rules = {row["code"]: row for row in get(district.stranger, f"rules/?plan={district.plan.code}").json()["results"]}
    assert len(rules) == 11
    assert rules["JS-S09"]["definition"]["amount"] == {
        "form": "match", "wording": "相应资金匹配", "basis": "grade_grant", "of_rules": ["JS-S05", "JS-S06"],
    }  # fmt: skip
    assert get(district.stranger, "rules/JS-S04/").json()["definition"]["amount"]["yuan"] == "1000000"


def test_unknown_parameters_are_refused_by_name(district: Any) -> None:
    response = get(district.staff, "awards/?colour=red")
    assert (response.status_code, "colour" in response.json()["errors"]) == (400, True)


def test_awards_as_csv(district: Any) -> None:
    body = b"".join(get(district.staff, "awards/?format=csv&verdict=undecided").streaming_content).decode("utf-8-sig")
    assert len(body.splitlines()) == 4
