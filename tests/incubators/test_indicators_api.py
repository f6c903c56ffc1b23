"""The catalogue over REST: definitions, figures split as asked, records by cursor, and every refusal by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from incubators.access import Role
from incubators.indicators import catalogue
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    MonthlyReportFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat
FIGURES = "/api/v1/figures/"
RECORDS = "/api/v1/figures/n_incubatee/records/"


@pytest.fixture
def towns():
    district = AreaFactory(code="d1", path="/d1/")
    return [TownFactory(code=f"t{number}", name=f"{number}镇", parent=district) for number in (1, 2)]


@pytest.fixture
def api(towns):
    client = APIClient()
    client.force_login(make_user(Role.STAFF, area=towns[0].parent))
    return client


@pytest.fixture
def carrier(towns):
    carrier = CarrierFactory(code="C1", area=towns[0])
    ResidencyFactory.create_batch(3, carrier=carrier, entered_on=D("2024-02-10"))
    return carrier


def _ask(api, **query):
    response = api.get(FIGURES, {"indicator": "n_incubatee", **query})
    assert response.status_code == 200, response.content.decode()
    return [(figure["key"], figure["value"] and Decimal(figure["value"])) for figure in response.json()["results"]]


def test_the_catalogue_and_one_of_it(api):
    listed = api.get("/api/v1/indicators/").json()
    assert [each["code"] for each in listed] == [indicator.code for indicator in catalogue.all()]
    one = api.get("/api/v1/indicators/occupancy_rate/").json()
    assert (one["kind"], one["unit"]) == ("ratio", "%")
    assert set(one) >= {"name", "definition", "formula", "source", "params"}


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("n_incubatee", []),
        ("mentored_ratio", ["家", "家"]),
        ("mentors_per10", ["人", "家"]),
        ("income_nonrent_ratio", ["元", "元"]),
        ("area_coverage", ["个", "个"]),
    ],
)
def test_the_two_terms_of_a_ratio_have_units(api, code, units):
    assert api.get(f"/api/v1/indicators/{code}/").json()["term_units"] == units


def test_a_figure_as_a_whole_and_split(api, carrier):
    assert _ask(api, on="2024-05-31") == [(None, 3)]
    assert _ask(api, on="2024-05-31", by="carrier") == [("C1", 3)]
    assert _ask(api, on="2024-05-31", by="area", within="d1") == [("t1", 3), ("t2", 0)]
    months = {"from": "2024-01-01", "to": "2024-03-31", "by": "month"}
    assert _ask(api, **months) == [("2024-01", 0), ("2024-02", 3), ("2024-03", 3)]


def test_nothing_to_divide_by_is_null_with_a_reason(api):
    figure = api.get(FIGURES, {"indicator": "tech_sme_ratio", "on": "2024-05-31"}).json()["results"][0]
    assert figure["value"] is None
    assert figure["missing"] == "当日没有在孵企业"


def test_figures_as_a_file(api, carrier):
    response = api.get(FIGURES, {"indicator": "n_incubatee", "by": "carrier", "on": "2024-05-31", "format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f"C1,{carrier.name},3,")


def test_a_format_may_be_asked_for_in_the_header(api, carrier):
    csv = api.get(FIGURES, {"indicator": "n_incubatee"}, HTTP_ACCEPT="text/csv")
    assert csv["Content-Type"].startswith("text/csv")
    assert api.get(FIGURES, {"indicator": "n_incubatee"}, HTTP_ACCEPT="text/html").status_code == 406


def test_a_column_of_records_holds_what_its_head_says(api, carrier):
    MonthlyReportFactory(carrier=carrier, month=D("2024-05-01"), income=Decimal(1_234_500), state="accepted")
    asked = {"from": "2024-05-01", "to": "2024-05-31"}
    (row,) = api.get("/api/v1/figures/income_total/records/", asked).json()["results"]
    (head,) = [label for label in row if "万元" in label]
    assert row[head] == "123.45"
    text = b"".join(
        api.get("/api/v1/figures/income_total/records/", {**asked, "format": "csv"}).streaming_content
    ).decode()
    assert "123.45" in text


def test_records_by_cursor_are_the_counted_ones_each_once(api, carrier):
    seen, address, pages = [], f"{RECORDS}?on=2024-05-31&page_size=2", 0
    while address:
        page = api.get(address).json()
        seen += [row["统一社会信用代码"] for row in page["results"]]
        address, pages = page["next"], pages + 1
    assert pages == 2
    assert sorted(seen) == sorted(stay.enterprise.uscc for stay in carrier.residencies.all())


def test_records_as_files(api, carrier):
    csv = api.get(RECORDS, {"on": "2024-05-31", "format": "csv"})
    assert len(b"".join(csv.streaming_content).decode("utf-8-sig").splitlines()) == 1 + 3
    xlsx = api.get(RECORDS, {"on": "2024-05-31", "format": "xlsx"})
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"


def test_who_has_the_answer_is_told_so(api, carrier):
    first = api.get(FIGURES, {"indicator": "n_incubatee", "on": "2024-05-31"})
    again = api.get(FIGURES, {"indicator": "n_incubatee", "on": "2024-05-31"}, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({}, "indicator", "请给出指标代码"),
        ({"indicator": "n_nothing"}, "indicator", "没有代码为“n_nothing”的指标"),
        ({"indicator": "n_incubatee", "colour": "red"}, "colour", "没有“colour”这个参数"),
        ({"indicator": "n_incubatee", "on": "31.5.2024"}, "on", "不是日期"),
        ({"indicator": "n_incubatee", "within": "nowhere"}, "within", "没有代码为“nowhere”的区域"),
        ({"indicator": "n_incubatee", "carrier": "nobody"}, "carrier", "没有编号为“nobody”的载体"),
        ({"indicator": "n_incubatee", "by": "moon"}, "by", "carrier、area、month 或 area_month"),
        ({"indicator": "n_incubatee", "by": "area"}, "within", "须给出上级区域"),
        ({"indicator": "n_incubatee", "format": "pdf"}, "format", "不支持“pdf”格式"),
        ({"indicator": "n_qualified"}, "qualification", "须给出此参数"),
        ({"indicator": "n_qualified", "qualification": "high_teck"}, "qualification", "没有代码为“high_teck”的资质"),
        ({"indicator": "n_incubatee", "on": "2199-01-01"}, "on", "晚于今天"),
        ({"indicator": "n_graduate_new", "from": "2199-01-01"}, "from", "晚于今天"),
        ({"indicator": "n_incubatee", "from": "2024-01-01"}, "from", "起始日期只在按月分组时有用"),
        ({"indicator": "n_incubatee", "from": "2024-01-01", "to": "2199-01-01", "by": "month"}, "to", "晚于今天"),
        ({"indicator": "n_carriers", "kinds": "incubator,castle"}, "kinds", "没有代码为“castle”的类型"),
        ({"indicator": "n_carriers", "carrier": "\0"}, "carrier", "不能含有空字符"),
        ({"indicator": "n_carriers", "titles": "none"}, "titles", "没有代码为“none”的称号"),
        ({"indicator": "n_carriers", "min_floor_area": "NaN"}, "min_floor_area", "应为数字"),
        ({"indicator": "n_carriers", "on": "9999-12-31"}, "on", "不是日期"),
        ({"indicator": "n_carriers", "by": "month", "from": "0001-01-01"}, "from", "不是日期"),
        ({"indicator": "n_carriers", "rank_at_least": "high"}, "rank_at_least", "应为整数"),
        ({"indicator": "n_incubatee_new", "from": "2024-05-01", "to": "2024-04-01"}, "from", "不能晚于"),
        ({"indicator": "tech_sme_ratio", "valid": "ever"}, "valid", "有效口径应为"),
        ({"indicator": "area_coverage", "group": "none"}, "group", "没有代码为“none”的区域组"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(api, query, field, words):
    response = api.get(FIGURES, query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert words in str(response.json()["errors"][field])
    assert field in response.json()["detail"]


def test_an_area_that_is_closed_to_the_person_is_refused_and_not_counted_as_none(api):
    CarrierFactory(area=AreaFactory(code="d2", name="外区", path="/d2/"))
    for address in (FIGURES, RECORDS):
        response = api.get(address, {"within": "d2"} | ({"indicator": "n_carriers"} if address == FIGURES else {}))
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["errors"] == {"within": ["“外区”不在您的权限范围内"]}


def test_an_area_around_the_own_one_or_around_an_own_carrier_is_answered(api, towns, carrier):
    AreaFactory(code="d2", path="/d2/")
    operator = APIClient()
    operator.force_login(make_user(Role.OPERATOR, organisation=carrier.operator))
    town_staff = APIClient()
    town_staff.force_login(make_user(Role.STAFF, area=towns[1]))
    assert _ask(operator, on="2024-05-31", within="d1") == [(None, 3)]
    assert _ask(town_staff, on="2024-05-31", within="d1") == [(None, 0)]


def test_records_refuse_too(api):
    assert api.get("/api/v1/figures/n_nothing/records/").status_code == 404
    assert api.get(RECORDS, {"cursor": "broken"}).status_code == 400
    assert api.get(RECORDS, {"page_size": "0"}).status_code == 400
    assert api.get("/api/v1/indicators/n_nothing/").status_code == 404
    assert "x" in api.get("/api/v1/indicators/", {"x": 1}).json()["errors"]


def test_a_person_is_answered_of_their_own_rows_only(carrier):
    client = APIClient()
    elsewhere = ResidencyFactory(entered_on=D("2024-01-01")).carrier
    client.force_login(make_user(Role.OPERATOR, organisation=elsewhere.operator))
    assert _ask(client, on="2024-05-31", by="carrier") == [(elsewhere.code, 1)]
    assert len(client.get(RECORDS, {"on": "2024-05-31"}).json()["results"]) == 1
    assert client.get(FIGURES, {"indicator": "n_incubatee", "carrier": "C1"}).status_code == 400


def test_the_schema_describes_every_parameter(api):
    schema = api.get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()
    described = {each["name"]: each.get("description", "") for each in schema["paths"][FIGURES]["get"]["parameters"]}
    taken = {name for indicator in catalogue.all() for name in indicator.params}
    for name in taken | {"indicator", "by", "on", "from", "to", "within", "carrier", "format"}:
        assert described[name], name


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2024-10-05", "2024-10-20", {"from", "to"}),
        ("2024-10-31", "2024-11-01", {"from", "to"}),
        ("2024-10-01", "2024-10-20", {"to"}),
        ("2024-10-01", "2024-10-31", set()),
        ("2024-01-01", "2024-12-31", set()),
    ],
)
def test_a_reported_flow_is_asked_for_by_whole_months(api, start, end, wrong):
    asked = {"indicator": "income_total", "from": start, "to": end}
    for answer in (
        api.get(FIGURES, asked),
        api.get("/api/v1/figures/income_total/records/", {"from": start, "to": end}),
    ):
        assert set(answer.json().get("errors", {})) == wrong
        assert answer.status_code == (400 if wrong else 200)
    # What happens on a day is counted by days.
    assert api.get(FIGURES, {**asked, "indicator": "n_incubatee_new"}).status_code == 200


def test_a_reported_flow_to_date_ends_on_any_day_of_the_running_month(time_machine):
    time_machine.move_to("2024-11-20T10:00:00+08:00", tick=False)
    api = signed_in(make_user(Role.STAFF))
    assert api.get(FIGURES, {"indicator": "income_total"}).status_code == 200
    assert api.get(FIGURES, {"indicator": "income_total", "from": "2024-01-01", "to": "2024-11-10"}).status_code == 200


def test_the_page_of_a_reported_flow_says_that_months_are_whole(api, towns):
    page = signed_in(make_user(Role.STAFF, area=towns[0].parent))
    for address in ("/indicators/income_total/", "/indicators/income_total/records/"):
        whole = page.get(address, {"from": "2024-10-01", "to": "2024-10-31"}).content.decode()
        part = page.get(address, {"from": "2024-10-05", "to": "2024-10-20"}).content.decode()
        assert "当月整月计入" not in whole
        assert "期间应从某月1日起,如 2024-10-01;这里把当月整月计入" in part
