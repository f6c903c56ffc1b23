"""The yearly figures over REST: each carrier's year with what was filed, as the page has it, and the totals of an area."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.access import Role
from incubators.models import Membership, MonthlyReport
from incubators.reporting.torch import BY_CODE, ITEMS, year_of
from incubators.services.torch import Filed, file_figures
from tests.incubators.factories import AreaFactory, CarrierFactory, MonthlyReportFactory, make_user, signed_in
from tests.incubators.report_cases import Office

JANUARY = datetime(2025, 1, 20, 4, tzinfo=UTC)  # all of 2024 has ended
URL, TOTALS = reverse("api:torch-years-list"), reverse("api:torch-years-totals")


@pytest.fixture
def office(db):
    """A carrier with 2024 but for April, which is only submitted, and filed figures; and another with nothing."""
    with time_machine.travel(JANUARY, tick=False):
        office = Office()
        for number in range(1, 13):
            MonthlyReportFactory(
                carrier=office.carrier, month=date(2024, number, 1), income=Decimal("100000.50"),
                income_non_rent=None, fund_size=Decimal(number * 1_000_000), events=number,
                state=MonthlyReport.State.SUBMITTED if number == 4 else MonthlyReport.State.ACCEPTED,
            )  # fmt: skip
        entries = [
            Filed(office.carrier, "income", Decimal(1_000_000), "少计一个月"),
            Filed(office.carrier, "events", Decimal(74)),
            Filed(office.carrier, "income_non_rent", Decimal(0)),
        ]
        file_figures(user=office.staff, year=2024, entries=entries, source="火炬")
        CarrierFactory(code="ZZZ", area=office.town)
        yield office


def ask(user, address=URL, **query):
    return signed_in(user).get(address, query)


def items(row):
    return {item["code"]: item for item in row["items"]}


def test_a_year_says_what_the_months_give_what_was_filed_and_how_they_differ(office):
    [row] = ask(office.staff, year="2024", carrier=office.carrier.code).json()["results"]
    assert (row["year"], row["as_of"], row["remarks"]) == (2024, "2024-12-31", "缺4月审核通过的月报")
    assert row["lacking"] == ["2024-04-01"]
    found = items(row)
    assert [*found] == [item.code for item in ITEMS]
    income = found["income"]
    assert [income[name] for name in ("value", "filed", "difference", "share", "unit")] == [
        "1100.00", "1000.00", "100.00", "0.100000", "千元",
    ]  # fmt: skip
    assert (income["differs"], income["note"], len(income["months"])) == (True, "少计一个月", 11)
    assert "2024-04-01" not in income["months"]
    assert (found["events"]["value"], found["events"]["differs"]) == ("74.00", False)
    assert (found["fund_size"]["value"], found["fund_size"]["months"]) == ("12000.00", ["2024-12-01"])
    # Filed, and no month says it: that is a difference, and none that can be worked out.
    none = found["income_non_rent"]
    assert [none[name] for name in ("value", "filed", "difference", "differs")] == [None, "0.00", None, True]
    assert len(none["unsaid"]) == 11
    assert (found["mentors"]["filed"], found["mentors"]["differs"]) == (None, None)


def test_the_totals_are_those_of_the_page(office):
    answer = ask(office.staff, TOTALS, year="2024", area=office.district.code).json()
    found = year_of(office.staff, office.district, 2024)
    assert (answer["carriers"], answer["complete"], answer["filed"], answer["differences"]) == (2, 0, 1, 2)
    told = {item["code"]: item["value"] for item in answer["items"]}
    assert told["income"] == "1100.00"
    for item in ITEMS:
        total = found.total(item)
        assert told[item.code] == (None if total is None else f"{total:.2f}")


def test_a_year_that_goes_on_holds_the_months_that_have_ended(office):
    Membership.objects.update(valid_from=date(2020, 1, 1))
    with time_machine.travel(datetime(2024, 8, 15, tzinfo=UTC), tick=False):
        [row] = ask(office.staff, carrier=office.carrier.code).json()["results"]
        assert (row["year"], row["as_of"]) == (2024, "2024-07-31")
        assert items(row)["events"]["value"] == f"{1 + 2 + 3 + 5 + 6 + 7}.00"


def test_an_operator_reads_its_own_year_alone_and_no_totals(office):
    rows = ask(office.operator, year="2024").json()["results"]
    assert [row["carrier"]["code"] for row in rows] == [office.carrier.code]
    assert items(rows[0])["income"]["filed"] == "1000.00"
    assert [*ask(office.operator, year="2024", carrier="ZZZ").json()["errors"]] == ["carrier"]
    assert ask(office.operator, TOTALS, year="2024", area=office.district.code).status_code == 403
    stranger = Office()
    assert [*ask(stranger.staff, year="2024", area=office.district.code).json()["errors"]] == ["area"]
    assert [*ask(stranger.staff, TOTALS, year="2024", area=office.district.code).json()["errors"]] == ["area"]
    # Of an area that is only partly theirs there is no total, as on the page.
    town = make_user(Role.STAFF, area=office.town)
    assert [*ask(town, TOTALS, year="2024", area=office.district.code).json()["errors"]] == ["area"]
    assert ask(town, TOTALS, year="2024", area=office.town.code).status_code == 200


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"year": "2031"}, "year"),
        ({"year": "now"}, "year"),
        ({"year": "20240"}, "year"),
        ({"area": "nowhere"}, "area"),
        ({"carrier": "nobody"}, "carrier"),
        ({"colour": "red"}, "colour"),
        ({"ordering": "income"}, "ordering"),
    ],
)
def test_what_cannot_be_answered_is_refused_at_its_parameter(office, query, name):
    answer = ask(office.staff, **query)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, [name])


def test_totals_need_an_area(office):
    assert [*ask(office.staff, TOTALS).json()["errors"]] == ["area"]


def test_pages_go_on_and_fields_are_chosen(office):
    client = signed_in(office.staff)
    first = client.get(URL, {"year": "2024", "page_size": 1, "ordering": "-carrier", "fields": "carrier,year"}).json()
    assert first["results"][0]["carrier"]["code"] == "ZZZ"
    assert {*first["results"][0]} == {"carrier", "year"}
    second = client.get(first["next"]).json()
    assert [row["carrier"]["code"] for row in second["results"]] == [office.carrier.code]
    assert second["next"] is None


def test_the_queries_do_not_grow_with_the_carriers(office):
    client = signed_in(office.staff)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(URL, {"year": "2024", "area": office.district.code}).status_code == 200
        return len(found)

    few = queries()
    for _ in range(5):
        carrier = CarrierFactory(area=office.town)
        MonthlyReportFactory(carrier=carrier, month=date(2024, 3, 1), state=MonthlyReport.State.ACCEPTED)
    assert queries() == few


def test_a_file_has_a_line_for_each_carrier_and_item(office):
    answer = ask(office.staff, year="2024", format="csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = [*csv.DictReader(io.StringIO(text))]
    assert len(lines) == 2 * len(ITEMS)
    [income] = [each for each in lines if (each["carrier.code"], each["code"]) == (office.carrier.code, "income")]
    assert (income["value"], income["filed"], income["difference"], income["label"]) == (
        "1100.00", "1000.00", "100.00", BY_CODE["income"].label,
    )  # fmt: skip
    assert income["months"].startswith("2024-01-01;2024-02-01")
    totals = ask(office.staff, TOTALS, year="2024", area=office.district.code, format="csv")
    heads, *rest = csv.reader(io.StringIO(b"".join(totals.streaming_content).decode("utf-8-sig")))
    assert heads == ["code", "label", "unit", "source", "value"]
    assert len(rest) == len(ITEMS)


def test_a_carrier_elsewhere_is_not_in_the_list(office):
    CarrierFactory(code="AWAY", area=AreaFactory())
    assert "AWAY" not in str(ask(office.staff, year="2024").json())
