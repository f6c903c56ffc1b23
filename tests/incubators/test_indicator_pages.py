"""The catalogue through its doors: pages, exports and REST give the same number, of the rows a person may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from incubators.access import Role
from incubators.indicators import catalogue
from tests.incubators.factories import AreaFactory, CarrierFactory, ResidencyFactory, make_user

pytestmark = pytest.mark.django_db
ON = "2024-12-31"


@pytest.fixture
def district():
    area = AreaFactory(code="d1", path="/d1/", name="甲区")
    for _ in range(3):
        ResidencyFactory(carrier=CarrierFactory(area=area), entered_on=date(2024, 1, 5))
    ResidencyFactory(entered_on=date(2024, 1, 5))  # another district's
    return area


@pytest.fixture
def staff(district):
    client = Client()
    client.force_login(make_user(Role.STAFF, area=district), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_figure_is_listed_with_its_definition(staff):
    page = staff.get("/indicators/").content.decode()
    for indicator in catalogue.all():
        assert indicator.name in page
        assert indicator.code in page


def test_searching_narrows_the_list(staff):
    page = staff.get("/indicators/", {"q": "毕业率"}).content.decode()
    assert "graduation_rate" in page
    assert "n_carriers_new_title" not in page


@pytest.mark.parametrize("code", [indicator.code for indicator in catalogue.all() if not indicator.required])
def test_every_figure_explains_itself(staff, code):
    answer = staff.get(f"/indicators/{code}/", {"on": ON})
    assert answer.status_code == 200
    assert catalogue.get(code).definition[:12] in answer.content.decode()


def test_page_records_export_and_rest_give_one_number(staff):
    rest = staff.get("/api/v1/figures/", {"indicator": "n_incubatee", "on": ON}).json()
    assert Decimal(rest["results"][0]["value"]) == 3
    records = staff.get("/indicators/n_incubatee/records/", {"on": ON})
    assert records.context["page_obj"].paginator.count == 3
    lines = b"".join(staff.get("/indicators/n_incubatee/records/", {"on": ON, "format": "csv"})).decode().splitlines()
    assert len(lines) == 4
    assert "统一社会信用代码" in lines[0]
    rows = staff.get("/api/v1/figures/n_incubatee/records/", {"on": ON}).json()
    assert len(rows["results"]) == 3


def test_split_by_carrier_over_rest_as_csv(staff):
    answer = staff.get("/api/v1/figures/", {"indicator": "n_incubatee", "on": ON, "by": "carrier", "format": "csv"})
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines[0] == "key,label,value,numerator,denominator,missing"
    assert len(lines) == 4


def test_the_same_answer_twice_is_not_sent_twice(staff):
    first = staff.get("/api/v1/figures/", {"indicator": "n_incubatee", "on": ON})
    again = staff.get(
        "/api/v1/figures/", {"indicator": "n_incubatee", "on": ON}, headers={"If-None-Match": first["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"indicator": "n_nothing"}, "indicator", "没有代码为“n_nothing”的指标"),
        ({"indicator": "n_incubatee", "on": "昨天"}, "on", "不是日期"),
        ({"indicator": "n_incubatee", "colour": "red"}, "colour", "没有“colour”这个参数"),
        ({"indicator": "n_incubatee", "within": "nowhere"}, "within", "没有代码为“nowhere”的区域"),
        ({"indicator": "n_incubatee", "by": "moon"}, "by", "carrier、area、month 或 area_month"),
        ({"indicator": "n_incubatee", "format": "pdf"}, "format", "不支持“pdf”格式"),
    ],
)
def test_a_wrong_question_is_refused_by_name_in_chinese(staff, query, field, words):
    answer = staff.get("/api/v1/figures/", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert words in "".join(answer.json()["errors"][field])


def test_a_wrong_question_on_the_page_keeps_the_definition_and_says_why(staff):
    page = staff.get("/indicators/n_incubatee/", {"on": "2024-13-01"}).content.decode()
    assert "不是日期" in page
    assert catalogue.get("n_incubatee").definition in page


def test_a_format_the_catalogue_does_not_have_is_refused_in_chinese(staff):
    answer = staff.get("/api/v1/indicators/", {"format": "csv"})
    assert answer.status_code == 400
    assert "不支持“csv”格式" in "".join(answer.json()["errors"]["format"])
