"""REST of evaluations: the same rows as the pages, with every step in the single result."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.trail import COMMAND_LINE
from evaluations import services
from tests.evaluations.factories import carrier_with, make_cycle
from tests.incubators.factories import AreaFactory, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return AreaFactory()


@pytest.fixture
def cycle(area):
    for number in range(3):
        carrier_with(area, number * 4, code=f"A{number}")
    made = make_cycle(area)
    services.score_cycle(cycle=made, actor=COMMAND_LINE)
    return made


def get(client, url: str, **query) -> dict:
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()


def test_results_by_rank_with_dimensions(client, area, cycle):
    client.force_login(make_user("leader", area=area))
    rows = get(client, reverse("api:results-list"), cycle=cycle.code)["results"]
    assert [(row["carrier"]["code"], row["score"], row["rank"]) for row in rows] == [
        ("A2", "40.000", 1),
        ("A1", "20.000", 2),
        ("A0", "0.000", 3),
    ]
    assert rows[0]["dimensions"] == {"all": "40.000"}
    assert rows[0]["cycle"]["is_demonstration"] is True
    assert "steps" not in rows[0]
    assert [row["carrier"]["code"] for row in get(client, reverse("api:results-list"), q="A1")["results"]] == ["A1"]
    assert client.get(reverse("api:results-list"), {"nonsense": 1}).status_code == 400


def test_a_single_result_has_every_step(client, area, cycle):
    client.force_login(make_user("leader", area=area))
    result = cycle.results.get(carrier__code="A2")
    found = get(client, reverse("api:results-detail", args=[result.pk]))
    assert [step["part"] for step in found["steps"]] == ["indicator", "dimension", "total", "grade"]
    assert found["steps"][0]["arithmetic"] == "8家 × 5分 = 40"


def test_an_operator_gets_its_own_rows(client, cycle):
    own = cycle.results.get(carrier__code="A1")
    client.force_login(make_user("operator", organisation=own.carrier.operator))
    assert [row["id"] for row in get(client, reverse("api:results-list"))["results"]] == [own.pk]
    (row,) = get(client, reverse("api:cycles-list"))["results"]
    assert (row["code"], row["carriers"]) == (cycle.code, 1)
    other = cycle.results.get(carrier__code="A2")
    assert client.get(reverse("api:results-detail", args=[other.pk])).status_code == 404


def test_another_district_gets_nothing(client, cycle):
    client.force_login(make_user("staff"))
    assert get(client, reverse("api:results-list"))["results"] == []
    assert get(client, reverse("api:cycles-list"))["results"] == []
    assert client.get(reverse("api:cycles-detail", args=[cycle.code])).status_code == 404


def test_schemes_say_whether_they_are_policy(client, area, cycle):
    client.force_login(make_user("leader", area=area))
    (row,) = get(client, reverse("api:schemes-list"), code=cycle.scheme.code)["results"]
    assert row["is_demonstration"] is True
    assert row["definition"]["dimensions"][0]["indicators"][0]["weight"] == "100"
    assert get(client, reverse("api:schemes-list"), is_demonstration="false")["results"] == []


def test_lists_as_files(client, area, cycle):
    client.force_login(make_user("leader", area=area))
    response = client.get(reverse("api:results-list"), {"format": "csv", "fields": "carrier,score,rank"})
    lines = b"".join(response).decode("utf-8-sig").splitlines()
    assert lines[0] == "carrier.url,carrier.code,carrier.name,score,rank"
    assert len(lines) == 4
