"""A month in an address: one that nobody can report is said to be none, on every page and over REST."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from incubators.months_forms import MonthField
from incubators.reporting.calendar import read_month
from tests.incubators.report_cases import Office

PAGES = (
    "report_list",
    "report_grid",
    "month_close",
    "report_explanations",
    "report_workbook",
    "chasing_list",
    "bulletin",
)
BEYOND = ("9999-12", "2101-01", "1999-12", "0000-01", "2024-13", "2024-00", "2024-5", "２０２４-05", "明年")


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def staff(client, office):
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("text", BEYOND)
def test_what_no_month_can_be_is_none(text):
    assert read_month(text) is None


def test_the_first_and_the_last_month_are_months():
    assert [read_month(text) for text in ("2000-01", "2100-12")] == [date(2000, 1, 1), date(2100, 12, 1)]
    assert MonthField().clean("2100年12月") == date(2100, 12, 1)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_so_and_shows_the_latest(staff, name):
    for text in ("9999-12", "2101-01"):
        answer = staff.get(reverse(f"incubators:{name}"), {"month": text})
        assert answer.status_code == 200
        assert f"“{text}”不是月份" in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_the_last_month_of_all_has_its_page(staff, name):
    assert staff.get(reverse(f"incubators:{name}"), {"month": "2100-12"}).status_code == 200


def test_a_month_as_part_of_the_address_is_not_found(staff, office):
    for month in ("9999-12", "2101-01"):
        assert staff.get(reverse("incubators:report_edit", args=[office.carrier.code, month])).status_code == 404
        for name in ("report_grid_save", "report_grid_act"):
            body = '{"edits": [], "rows": [], "act": "inspect"}'
            address = reverse(f"incubators:{name}", args=[month])
            assert staff.post(address, body, content_type="application/json").status_code == 404


def test_the_workbook_of_no_month_is_not_found(staff):
    assert staff.get(reverse("incubators:report_workbook_download"), {"month": "9999-12"}).status_code == 404


@pytest.mark.parametrize("month", ["9999-12-01", "2101-01-01", "1999-12-01", "2024-05-02", "2024-05", 5])
def test_over_rest_it_is_refused_at_its_field(staff, office, month):
    body = {"carrier": office.carrier.code, "month": month, "version": 0}
    answer = staff.post("/api/v1/monthly-reports/", body, content_type="application/json")
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["month"])
