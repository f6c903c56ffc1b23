"""The published schema against real answers: every address, in both districts' data; every kind of refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access.world import World, build
from tests.support.openapi import Published

pytestmark = pytest.mark.django_db
API = "/api/v1/"
LISTS = (
    "areas", "carriers", "carrier-changes", "carrier-sites", "carrier-tags",
    "designations", "enterprises", "residencies", "qualifications", "monthly-reports", "enterprise-months", "visits",
    "plans", "targets", "progress", "tasks", "schemes", "cycles", "results", "rules", "award-runs", "awards", "jobs",
    "rosters", "correction-requests",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def staff(world: World, db: None) -> Client:
    client = Client()
    client.force_login(world.people["staff"], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def published(staff: Client) -> Published:
    return Published(staff.get(reverse("api:schema"), headers={"Accept": "application/vnd.oai.openapi+json"}).json())


def test_the_schema_is_valid_and_nothing_in_it_is_guessed() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


def test_the_schema_describes_every_list_and_both_ways_to_sign_in(published: Published) -> None:
    assert {f"{API}{name}/" for name in LISTS} <= set(published.document["paths"])
    for operations in published.document["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"token": []}, {"session": []}]
            for parameter in operation.get("parameters", []):
                assert parameter["schema"].get("type"), parameter
                assert parameter["in"] == "path" or parameter.get("description"), parameter


@pytest.mark.parametrize("name", LISTS)
def test_lists_and_records_are_as_described(name: str, staff: Client, published: Published) -> None:
    address = f"{API}{name}/"
    answer = staff.get(address, {"page_size": 500})
    rows = answer.json()["results"]
    assert rows, "nothing was checked"
    assert published.faults(address, answer) == []
    single = next(
        path for path in published.document["paths"] if path.startswith(f"{address}{{") and path.count("/") == 5
    )
    assert published.faults(single, staff.get(rows[0]["url"])) == []
    assert published.faults(single, staff.get(rows[-1]["url"])) == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("figures/", {"indicator": "n_incubatee"}),
        ("figures/", {"indicator": "occupancy_rate", "by": "carrier"}),
        ("figures/", {"indicator": "n_incubatee_new", "by": "month", "from": "2024-01-01"}),
        ("figures/", {"indicator": "n_incubatee", "by": "area", "within": "sh-jinshan"}),
        ("indicators/", {}),
        ("completeness/", {}),
        ("completeness/", {"by": "area", "month": "2026-09-01"}),
        ("completeness/", {"by": "month", "within": "sh-jinshan"}),
        ("torch-years/", {"year": "2026"}),
        ("torch-years/totals/", {"year": "2026", "area": "sh-jinshan"}),
    ],
)
def test_figures_are_as_described(path: str, query: dict[str, str], staff: Client, published: Published) -> None:
    answer = staff.get(API + path, query)
    assert answer.status_code == 200
    assert published.faults(API + path, answer) == []


def test_one_indicator_and_counted_records_are_as_described(staff: Client, published: Published) -> None:
    assert published.faults(f"{API}indicators/{{code}}/", staff.get(f"{API}indicators/n_incubatee/")) == []
    records = staff.get(f"{API}figures/income_total/records/", {"page_size": 2})
    assert records.status_code == 200
    assert published.faults(f"{API}figures/{{code}}/records/", records) == []


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("carriers/", "carriers/?colour=red", 400),
        ("carriers/", "carriers/?format=xml", 400),
        ("carriers/{code}/", "carriers/NOBODY/", 404),
        ("carriers/{code}/", "carriers/NOBODY/?x=1", 400),
        ("figures/", "figures/", 400),
        ("figures/{code}/records/", "figures/nothing/records/", 404),
        ("indicators/{code}/", "indicators/nothing/", 404),
    ],
)
def test_refusals_are_as_described(path: str, address: str, status: int, staff: Client, published: Published) -> None:
    answer = staff.get(API + address)
    assert answer.status_code == status
    assert published.faults(API + path, answer) == []
    assert any("\u4e00" <= sign <= "\u9fff" for sign in answer.json()["detail"])


def test_refusals_before_the_view_are_as_described(world: World, staff: Client, published: Published) -> None:
    nobody, stranger = Client(), Client()
    stranger.force_login(world.people["nobody"], backend="django.contrib.auth.backends.ModelBackend")
    for client, status in ((nobody, 401), (stranger, 403)):
        answer = client.get(f"{API}carriers/")
        assert answer.status_code == status
        assert published.faults(f"{API}carriers/", answer) == []
    wrong = nobody.get(f"{API}carriers/", headers={"Authorization": "Bearer nothing"})
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, "Bearer")
    assert published.faults(f"{API}carriers/", wrong) == []
    unwanted = staff.get(f"{API}carriers/", headers={"Accept": "application/xml"})
    assert unwanted.status_code == 406
    assert published.faults(f"{API}carriers/", unwanted) == []


@pytest.mark.parametrize(
    ("method", "suffix", "body", "content_type", "status"),
    [
        ("post", "accept/", "{", "application/json", 400),
        ("post", "accept/", '{"content_hash": 5}', "application/json", 400),
        ("post", "accept/", "content_hash=5", "application/x-www-form-urlencoded", 415),
        ("patch", "", '{"version": 99, "mentors": 1}', "application/json", (403, 409)),
    ],
)
def test_refused_writes_are_as_described(
    method: str, suffix: str, body: str, content_type: str, status: Any, world: World, staff: Client,
    published: Published,
) -> None:  # fmt: skip
    address = f"{API}monthly-reports/{world.own.report}/{suffix}"
    answer = getattr(staff, method)(address, body, content_type=content_type)
    assert answer.status_code in (status if isinstance(status, tuple) else (status,))
    assert published.faults(f"{API}monthly-reports/{{id}}/{suffix}", answer, method) == []


def test_the_body_of_a_report_names_every_figure(published: Published) -> None:
    row = published.document["components"]["schemas"]["MonthlyReport"]["properties"]
    body = published.document["components"]["schemas"]["MonthlyReportWrite"]["properties"]
    assert {"carrier", "month", "version", "explanations", "mentors", "income", "phone"} <= set(body)
    assert set(body) - {"version"} <= set(row)


def test_what_the_validator_refuses(published: Published) -> None:
    """The walker itself: a wrong type, an empty value and an undescribed property are faults."""

    class Answer:
        status_code = 200
        headers = {"Content-Type": "application/json"}

        def __init__(self, **row: Any) -> None:
            self.body = {"next": None, "previous": None, "results": [row]}

        def json(self) -> Any:
            return self.body

    good = {"url": "http://x/", "code": "a", "name": "b", "kind": "city", "kind_label": "市", "parent": None}
    good |= {"official_code": "", "path": "/a/", "order": 1}
    assert published.faults(f"{API}areas/", Answer(**good)) == []
    for wrong in ({"order": "1"}, {"name": None}, {"kind": "castle"}, {"colour": "red"}):
        assert len(published.faults(f"{API}areas/", Answer(**{**good, **wrong}))) == 1, wrong
