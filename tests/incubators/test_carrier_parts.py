"""Places, tags and contacts of carriers: their sums, the closed list, and who sees people's telephones."""

from __future__ import annotations

from datetime import date

import pytest

from incubators.access import Role
from incubators.models import CarrierContact, CarrierSite, CarrierTag, CarrierTagging
from tests.incubators.exchange_cases import Office
from tests.incubators.factories import AreaFactory, CarrierFactory, make_user, signed_in
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
D = date.fromisoformat


@pytest.fixture
def carrier():
    return CarrierFactory(opened_on=D("2020-01-01"), floor_area=5000)


def site(carrier, name, area, seats, since, until=None):
    return CarrierSite.objects.create(
        carrier=carrier, name=name, floor_area=area, seats=seats, valid_from=D(since), valid_to=until and D(until)
    )


def test_the_sum_of_the_places_in_use_that_day_stands_beside_the_carriers_own_area(carrier):
    site(carrier, "A座", 3000, 100, "2020-01-01")
    site(carrier, "B座", 1200, None, "2021-01-01", "2023-01-01")
    client = signed_in(make_user(Role.STAFF, area=carrier.area))
    address = f"/carriers/{carrier.code}/"
    assert "场地合计 3,000 ㎡" in client.get(address).content.decode()
    assert "场地合计 4,200 ㎡" in client.get(address, {"on": "2022-06-01"}).content.decode()
    assert "场地合计" not in client.get(address, {"on": "2019-06-01"}).content.decode()


def test_telephones_are_seen_by_staff_and_the_own_operator_alone(carrier):
    CarrierContact.objects.create(carrier=carrier, name="王小明", duty="负责人", phone="13900000000")
    staff = make_user(Role.STAFF, area=carrier.area)
    operator = make_user(Role.OPERATOR, organisation=carrier.operator)
    others = [make_user(role, area=carrier.area) for role in (Role.LEADER, Role.AUDITOR, Role.LIAISON)]
    pages = (f"/carriers/{carrier.code}/", "/records/carrier-contacts/")
    for user in (staff, operator):
        for page in pages:
            assert "13900000000" in signed_in(user).get(page, {"cols": "phone", "tab": "places"}).content.decode()
    for user in others:
        for page in pages:
            answer = signed_in(user).get(page, {"cols": "phone", "tab": "places"})
            assert answer.status_code == 200
            assert "王小明" not in answer.content.decode()
            assert "13900000000" not in answer.content.decode()


def test_a_tag_says_where_it_comes_from(carrier):
    tag = CarrierTag.objects.create(code="t1", name="测试标签", basis="某市行动计划")
    CarrierTagging.objects.create(carrier=carrier, tag=tag, valid_from=D("2024-01-01"))
    page = signed_in(make_user(Role.STAFF, area=carrier.area)).get(f"/carriers/{carrier.code}/").content.decode()
    assert '<span class="tag" title="出处:某市行动计划">测试标签</span>' in page


def test_a_tag_outside_the_closed_list_is_refused_in_a_sheet():
    office = Office()
    CarrierTag.objects.get_or_create(code="benchmark", defaults={"name": "标杆孵化器"})
    heads = ["载体编号", "标签", "起始日期", "终止日期", "依据"]
    rows = [["EX01", "标杆孵化器", "2024-01-01", "", "盐科〔2024〕1号"], ["EX01", "自己想的", "2024-01-01", "", ""]]
    preview = office.upload("carrier-tags", xlsx([heads, *rows]))
    assert preview.counts == (1, 0, 0, 1)
    assert preview.sentences == ["库中没有标签“自己想的”"]
    office.confirm(preview, only_right="1")
    assert CarrierTagging.objects.get().tag.code == "benchmark"


def test_a_sheet_that_renames_a_carrier_is_told_to_record_the_event():
    office = Office()
    heads = ["载体编号", "载体名称", "运营机构", "所在区域", "主导领域", "地址"]
    now = office.carrier
    silent = ["EX01", "悄悄改名", "别的公司", "甲区", "航空", "补填的地址"]
    preview = office.upload("carriers", xlsx([heads, silent]))
    assert preview.counts == (0, 0, 0, 1)
    assert len(preview.sentences) == 3
    assert all("请登记变更事件" in sentence for sentence in preview.sentences)
    same = ["EX01", now.name, now.operator.name, "甲镇", "航空", "补填的地址"]
    office.confirm(office.upload("carriers", xlsx([heads, same])))
    now.refresh_from_db()
    assert (now.industry, now.address) == ("航空", "补填的地址")


def test_places_of_another_districts_carrier_are_not_there(carrier):
    row = site(carrier, "A座", 3000, 100, "2020-01-01")
    stranger = signed_in(make_user(Role.STAFF, area=AreaFactory()))
    assert stranger.get(f"/api/v1/carrier-sites/{row.pk}/").status_code == 404
    assert stranger.get(f"/records/carrier-sites/{row.pk}/").status_code == 404
    own = signed_in(make_user(Role.STAFF, area=carrier.area)).get("/api/v1/carrier-sites/", {"valid_on": "2020-01-01"})
    assert [each["name"] for each in own.json()["results"]] == ["A座"]
