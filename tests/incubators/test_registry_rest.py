"""The register over REST: rows by role, filters, stable codes with their words, exports like the list."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incubators.access import Role
from incubators.models import Carrier
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    GraduateFactory,
    LevelFactory,
    MonthlyReportFactory,
    QualificationFactory,
    ResidencyFactory,
    TitleFactory,
    TownFactory,
    VisitFactory,
    make_user,
)

pytestmark = pytest.mark.django_db
API = "/api/v1/"


def signed_in(role: Role, **scope: Any) -> Client:
    client = Client()
    client.force_login(make_user(role, **scope), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def district() -> Any:
    return AreaFactory(name="甲区")


@pytest.fixture
def staff(district: Any) -> Client:
    return signed_in(Role.STAFF, area=district)


def results(client: Client, address: str) -> list[dict[str, Any]]:
    answer = client.get(API + address)
    assert answer.status_code == 200, answer.content.decode()
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_every_resource_holds_the_rows_of_the_own_area_and_no_others(district: Any, staff: Client) -> None:
    own, other = CarrierFactory(area=district), CarrierFactory()
    stays = []
    for carrier in (own, other):
        DesignationFactory(carrier=carrier)
        VisitFactory(carrier=carrier)
        stay = ResidencyFactory(carrier=carrier)
        QualificationFactory(enterprise=stay.enterprise)
        stays.append(stay)
    assert [row["code"] for row in results(staff, "carriers/")] == [own.code]
    assert [row["code"] for row in results(staff, "areas/")] == [district.code]
    assert [row["uscc"] for row in results(staff, "enterprises/")] == [stays[0].enterprise.uscc]
    for name in ("designations", "residencies", "visits"):
        assert [row["carrier"]["code"] for row in results(staff, f"{name}/")] == [own.code], name
    assert [row["enterprise"]["uscc"] for row in results(staff, "qualifications/")] == [stays[0].enterprise.uscc]
    for name in ("carriers", "designations", "enterprises", "residencies", "qualifications", "visits"):
        row = results(staff, f"{name}/")[0]
        assert staff.get(row["url"]).json()["url"] == row["url"], "a row leads to itself"
    assert staff.get(f"{API}residencies/{stays[1].pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.EXPERT, Role.ADMINISTRATOR])
def test_roles_without_the_register_are_refused(district: Any, role: Role) -> None:
    client = signed_in(role, area=district)
    for name in ("areas", "carriers", "enterprises", "visits"):
        answer = client.get(f"{API}{name}/")
        assert (answer.status_code, answer.json()["title"]) == (403, "没有权限")


def test_codes_stand_beside_their_words(district: Any, staff: Client) -> None:
    title = TitleFactory(level=LevelFactory(code="national", name="国家级", rank=40))
    carrier = CarrierFactory(area=district)
    DesignationFactory(carrier=carrier, title=title)
    stay = GraduateFactory(carrier=carrier)
    QualificationFactory(enterprise=stay.enterprise)
    row = results(staff, "carriers/")[0]
    assert (row["kind"], row["kind_label"]) == ("incubator", "科技企业孵化器")
    assert (row["level"], row["level_name"], row["title_name"]) == ("national", "国家级", title.name)
    assert row["area"] == {"code": district.code, "name": "甲区"}
    stay_row = results(staff, "residencies/")[0]
    assert (stay_row["graduation_ground"], stay_row["graduation_ground_label"]) == (
        "high_tech",
        "获得高新技术企业资质",
    )
    assert results(staff, "enterprises/")[0]["qualifications"] == ["high_tech"]


def test_carriers_count_whom_they_incubate_today(district: Any, staff: Client) -> None:
    carrier = CarrierFactory(area=district)
    ResidencyFactory(carrier=carrier)
    GraduateFactory(carrier=carrier)
    ResidencyFactory(carrier=carrier, incubating_from=None)
    ResidencyFactory(carrier=carrier, left_on=timezone.localdate(), outcome="moved_out")
    ResidencyFactory(carrier=carrier, entered_on=timezone.localdate() + timedelta(days=1))
    assert results(staff, "carriers/")[0]["incubatees"] == 1


def test_filters_of_carriers(district: Any, staff: Client) -> None:
    town = TownFactory(parent=district)
    in_town = CarrierFactory(area=town, code="A1", industry="生物医药")
    enclave = CarrierFactory(area=AreaFactory(), owner_area=district, code="A2", kind=Carrier.Kind.ENCLAVE)
    closed = CarrierFactory(area=district, code="A3", closed_on=timezone.localdate())
    national = TitleFactory(code="n", name="国家级", level=LevelFactory(code="national", name="国家级", rank=40))
    municipal = TitleFactory()
    for title in (municipal, national):
        DesignationFactory(carrier=in_town, title=title)
    DesignationFactory(carrier=enclave, title=municipal)
    DesignationFactory(carrier=closed, title=municipal, ended_on=date(2021, 1, 1), end_reason="复核不合格")
    expected = {
        f"area={town.code}": ["A1"],
        f"area={district.code}": ["A1", "A2", "A3"],
        "level=national": ["A1"],
        "level=municipal": ["A2"],
        f"title={municipal.code}": ["A1", "A2"],
        "state=closed": ["A3"],
        "state=operating": ["A1", "A2"],
        "kind=enclave": ["A2"],
        "industry=生物医药": ["A1"],
        "q=a2": ["A2"],
    }
    assert {query: [row["code"] for row in results(staff, f"carriers/?{query}")] for query in expected} == expected


def test_filters_of_enterprises(district: Any, staff: Client) -> None:
    carrier = CarrierFactory(area=district)
    incubating = ResidencyFactory(carrier=carrier).enterprise
    tenant = ResidencyFactory(carrier=carrier, incubating_from=None).enterprise
    outside = EnterpriseFactory(area=district)
    QualificationFactory(enterprise=outside)
    QualificationFactory(enterprise=tenant, valid_to=date(2021, 1, 1))
    expected = {
        "place=incubating": [incubating],
        "place=inside": [incubating, tenant],
        "place=outside": [outside],
        f"carrier={carrier.code}": [incubating, tenant],
        "qualification=high_tech": [outside],
        f"q={outside.uscc.lower()}": [outside],
    }
    for query, rows in expected.items():
        found = {row["uscc"] for row in results(staff, f"enterprises/?{query}")}
        assert found == {row.uscc for row in rows}, query


def test_filters_by_day(district: Any, staff: Client) -> None:
    carrier = CarrierFactory(area=district)
    stay = GraduateFactory(carrier=carrier, entered_on=date(2021, 1, 1), left_on=date(2023, 1, 1), outcome="moved_out")
    QualificationFactory(enterprise=stay.enterprise, valid_from=date(2021, 5, 1), valid_to=date(2024, 4, 30))
    DesignationFactory(carrier=carrier, awarded_on=date(2022, 1, 1), ended_on=date(2023, 1, 1), end_reason="到期")
    there = {
        "residencies/?incubating_on=2022-06-29": 1,
        "residencies/?incubating_on=2022-06-30": 0,
        "residencies/?resident_on=2022-12-31": 1,
        "residencies/?resident_on=2023-01-01": 0,
        "residencies/?graduated_on_after=2022-06-30&graduated_on_before=2022-06-30": 1,
        "qualifications/?valid_on=2024-04-30": 1,
        "qualifications/?valid_on=2024-05-01": 0,
        "designations/?valid_on=2022-01-01": 1,
        "designations/?valid_on=2023-01-01": 0,
        "designations/?awarded_on_after=2022-01-02": 0,
    }
    assert {query: len(results(staff, query)) for query in there} == there
    assert staff.get(f"{API}designations/?valid_on=soon").status_code == 400


def test_choices_tell_nothing_of_others(district: Any) -> None:
    own = CarrierFactory(area=TownFactory(name="自己的镇", parent=district), industry="新材料")
    CarrierFactory(area=TownFactory(name="别人的镇", parent=district), industry="低空经济")
    client = signed_in(Role.OPERATOR, organisation=own.operator)
    answer = client.get("/carriers/")
    for secret in ("别人的镇", "低空经济"):
        assert secret not in answer.content.decode()
    form = answer.context["listing"].form
    offered = {name: [str(words) for _, words in form.fields[name].choices] for name in ("area", "industry", "title")}
    assert offered == {"area": ["全部", "自己的镇"], "industry": ["全部", "新材料"], "title": ["全部"]}
    assert client.get(f"{API}carriers/?industry=低空经济").status_code == 400


def test_areas_to_choose_from_are_drawn_as_a_tree(district: Any, staff: Client) -> None:
    TownFactory(name="某镇", parent=district)
    field = staff.get("/carriers/").context["listing"].form.fields["area"]
    assert [str(words) for _, words in field.choices] == ["全部", "甲区", "\u3000某镇"]


def test_a_wrong_filter_on_a_page_stands_at_its_field_and_lists_nothing(district: Any, staff: Client) -> None:
    CarrierFactory(area=district, name="甲载体")
    answer = staff.get("/carriers/?kind=castle&format=xlsx")
    assert answer["Content-Type"].startswith("text/html")
    assert "kind" in answer.context["listing"].form.errors
    assert "甲载体" not in answer.content.decode()


def test_the_workbook_holds_the_list_in_its_order_with_what_is_known(district: Any, staff: Client) -> None:
    desks = CarrierFactory(area=district, code="B1", kind=Carrier.Kind.MAKER_SPACE)
    silent = CarrierFactory(area=district, code="B2")
    MonthlyReportFactory(carrier=desks, month=date(2024, 4, 1), seats_used=10)
    MonthlyReportFactory(carrier=desks, month=date(2024, 5, 1), seats_used=60)
    MonthlyReportFactory(carrier=desks, month=date(2024, 6, 1), seats_used=99, state="submitted")
    MonthlyReportFactory(carrier=silent, month=date(2024, 5, 1), area_leased=None)
    page = staff.get("/carriers/?sort=-code").context["page"].object_list
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(staff.get("/carriers/?sort=-code&format=xlsx").streaming_content))  # type: ignore[arg-type]
    )
    heads, *rows = book["数据"].iter_rows(values_only=True)
    table = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [row["编号"] for row in table] == [carrier.code for carrier in page] == ["B2", "B1"]
    assert [row["入驻率"] for row in table] == [None, 0.6], "seats of the last counted month; unknown is not zero"
    assert [row["合成数据"] for row in table] == ["是", "是"]


def test_the_day_of_carriers_is_read_once_however_it_is_written(district: Any, staff: Client) -> None:
    carrier = CarrierFactory(area=district)
    ResidencyFactory(carrier=carrier, entered_on=date(2020, 1, 1), left_on=date(2022, 1, 1), outcome="moved_out")
    for written, count in (("2021-12-31", 1), ("2021/12/31", 1), ("2022/01/01", 0)):
        assert results(staff, f"carriers/?on={written}")[0]["incubatees"] == count
    assert staff.get(f"{API}carriers/{carrier.code}/").json()["incubatees"] == 0


def test_an_enterprise_in_two_carriers_stands_once_in_any_order(district: Any, staff: Client) -> None:
    first = ResidencyFactory(carrier__area=district)
    again = ResidencyFactory(
        carrier__area=district, enterprise=first.enterprise, entered_on=date(2024, 1, 1), overlap_reason="试验场地不同"
    )
    ResidencyFactory(carrier__area=district)
    for order in ("incubating_from", "-incubating_from", "carrier", "-carrier"):
        rows = staff.get(reverse("incubators:enterprise_list"), {"sort": order}).context["page"].object_list
        assert len(rows) == 2
        assert {row.pk: row.incubating_from for row in rows}[first.enterprise_id] == again.incubating_from
