"""Completeness over REST: who is expected, what came and when, the rates; the same as the page's matrix."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from incubators.access import Role
from incubators.models import MonthlyReport
from incubators.reporting import completeness, overview
from incubators.reporting.calendar import add_months
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    MonthlyReportFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
SHANGHAI = ZoneInfo("Asia/Shanghai")
APRIL, MAY = date(2024, 4, 1), date(2024, 5, 1)
URL = reverse("api:completeness-list")
SPRING = {"from": "2024-04-01", "to": "2024-05-01"}


def filed(carrier, month, day=3, state=S.LOCKED, **more):
    at = datetime.combine(add_months(month, 1).replace(day=day), datetime.min.time(), SHANGHAI)
    return MonthlyReportFactory(carrier=carrier, month=month, state=state, first_submitted_at=at, **more)


@pytest.fixture
def spring():
    """A files in time, then late. B opens at the end of April; May was returned. C has nothing."""
    district = AreaFactory()
    west, east = TownFactory(parent=district), TownFactory(parent=district)
    a = CarrierFactory(code="A", area=west)
    b = CarrierFactory(code="B", area=west, opened_on=date(2024, 5, 30))
    CarrierFactory(code="C", area=east)
    filed(a, APRIL)
    filed(a, MAY, day=9)
    filed(b, MAY, state=S.RETURNED)
    return district


def ask(user, **query):
    return signed_in(user).get(URL, query)


def rate(line):
    return [line["rate"][name] for name in ("expected", "filed", "punctual", "late", "overdue")]


def test_each_carrier_says_what_is_expected_filed_late_and_overdue(spring):
    user = make_user(Role.STAFF, area=spring)
    found = ask(user, format="json", **SPRING).json()
    assert found["months"] == ["2024-04-01", "2024-05-01"]
    lines = {line["key"]: line for line in found["results"]}
    states = {key: [cell["state"] for cell in line["months"]] for key, line in lines.items()}
    assert states == {"A": ["punctual", "late"], "B": ["not_asked", "returned"], "C": ["missing", "missing"]}
    assert {key: rate(line) for key, line in lines.items()} == {
        "A": [2, 2, 1, 1, 0],
        "B": [1, 0, 0, 0, 1],
        "C": [2, 0, 0, 0, 2],
    }
    assert rate({"rate": found["whole"]}) == [5, 2, 1, 1, 3]
    assert (found["whole"]["completeness"], found["whole"]["punctuality"]) == ("0.400000", "0.200000")
    late = lines["A"]["months"][1]
    assert (late["late"], late["overdue"], late["due_on"], late["state_label"]) == (True, False, "2024-06-05", "迟报")
    assert signed_in(user).get(late["report"]).json()["carrier"]["code"] == "A"
    # Returned: it came in time, and is overdue all the same.
    back = lines["B"]["months"][1]
    assert (back["late"], back["overdue"]) == (False, True)
    none = lines["B"]["months"][0]
    assert [none[name] for name in ("late", "overdue", "due_on", "report")] == [None] * 4


def test_it_is_the_matrix_of_the_page_split_by_area_and_month(spring):
    user = make_user(Role.STAFF, area=spring)
    matrix = completeness.load(user, overview.carriers_between(user, APRIL, MAY), (APRIL, MAY))
    areas = ask(user, by="area", **SPRING).json()["results"]
    assert [(line["key"], line["carriers"], rate(line)[:3]) for line in areas] == [
        (each.code, each.carriers, [each.rate.expected, each.rate.filed, each.rate.punctual]) for each in matrix.areas
    ]
    months = ask(user, by="month", **SPRING).json()["results"]
    assert [(line["key"], rate(line)) for line in months] == [
        ("2024-04-01", [2, 1, 1, 0, 1]),
        ("2024-05-01", [3, 1, 0, 1, 2]),
    ]
    for line in (*areas, *months):
        assert Decimal(line["rate"]["punctuality"]) <= Decimal(line["rate"]["completeness"]) <= 1


def test_a_correction_and_a_second_revision_count_once(spring):
    carrier = MonthlyReport.objects.get(carrier__code="A", month=MAY).carrier
    MonthlyReportFactory(
        carrier=carrier, month=MAY, revision=2, is_current=False, revision_reason="更正", state=S.DRAFT
    )
    found = ask(make_user(Role.STAFF, area=spring), month="2024-05-01", carrier="A").json()
    assert found["whole"]["completeness"] == "1.000000"


def test_an_operator_reads_its_own_alone_and_an_area_that_is_closed_is_refused(spring):
    carrier = MonthlyReport.objects.filter(carrier__code="A").first().carrier
    operator = make_user(Role.OPERATOR, organisation=carrier.operator)
    found = ask(operator, within=spring.code, **SPRING).json()
    assert [line["key"] for line in found["results"]] == ["A"]
    assert found["whole"]["expected"] == 2
    assert [*ask(operator, carrier="C", **SPRING).json()["errors"]] == ["carrier"]
    stranger = make_user(Role.STAFF, area=AreaFactory())
    assert [*ask(stranger, within=spring.code).json()["errors"]] == ["within"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"month": "2024-05-02"}, "month"),
        ({"month": "2024-05"}, "month"),
        ({"month": "mai"}, "month"),
        ({"month": "2999-01-01"}, "month"),
        ({"month": "2024-05-01", "from": "2024-05-01"}, "month"),
        ({"from": "2024-05-01", "to": "2024-04-01"}, "from"),
        ({"from": "2020-01-01", "to": "2024-04-01"}, "from"),
        ({"to": "2999-01-01"}, "to"),
        ({"within": "nowhere"}, "within"),
        ({"carrier": "nobody"}, "carrier"),
        ({"by": "year"}, "by"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_answered_is_refused_at_its_parameter(spring, query, name):
    answer = ask(make_user(Role.STAFF, area=spring), **query)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, [name])
    assert name in answer.json()["detail"]


def test_too_many_carriers_are_asked_for_area_by_area(spring, monkeypatch):
    monkeypatch.setattr("incubators.api.asking.MOST_CARRIERS", 2)
    user = make_user(Role.STAFF, area=spring)
    assert [*ask(user, **SPRING).json()["errors"]] == ["within"]
    west = MonthlyReport.objects.filter(carrier__code="A").first().carrier.owner_area
    assert len(ask(user, within=west.code, **SPRING).json()["results"]) == 2


def test_a_file_has_a_column_for_each_month(spring):
    answer = ask(make_user(Role.STAFF, area=spring), format="csv", **SPRING)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    heads, *lines = csv.reader(io.StringIO(text))
    assert heads[4:6] == ["2024-04-01", "2024-05-01"]
    assert [line[0] for line in lines] == ["A", "B", "C"]
    assert dict(zip(heads, lines[0], strict=True))["rate.completeness"] == "1"
    assert lines[2][4:6] == ["missing", "missing"]
