"""Events of the register: who may record them, what is refused at which field, and what moves by them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import Designation, Enterprise, Qualification
from incubators.register import incubation, services
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TitleFactory,
    make_user,
    uscc,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier():
    return CarrierFactory(opened_on=date(2021, 5, 1))


@pytest.fixture
def staff(carrier):
    return make_user(Role.STAFF, area=carrier.area)


def test_new_tenant_registers_the_enterprise_and_leaves_a_trail(carrier, staff):
    row = services.admit(
        user=staff,
        carrier=carrier,
        uscc=uscc(7001),
        name="测试新租户有限公司",
        entered_on=date(2026, 10, 8),
        incubating=True,
    )
    assert row.incubating_from == date(2026, 10, 8)
    assert row.enterprise.pinyin == "csxzhyxgs"
    assert list(Change.objects.order_by("id").values_list("action", flat=True)) == ["登记企业", "登记入驻"]


def test_a_service_tenant_does_not_begin_incubation(carrier, staff):
    row = services.admit(
        user=staff, carrier=carrier, uscc=uscc(7002), name="测试物业", entered_on=date(2026, 1, 5), incubating=False
    )
    assert row.incubating_from is None


@pytest.mark.parametrize("own_area", [True, False])
@pytest.mark.parametrize("who", ["staff", "operator"])
def test_one_carrier_at_a_time_and_only_its_own_officers_name_it(carrier, staff, who, own_area):
    place = {"carrier__area": carrier.area, "carrier__owner_area": carrier.area} if own_area else {}
    elsewhere = ResidencyFactory(carrier__name="另一家孵化器", entered_on=date(2025, 3, 1), **place)
    user = staff if who == "staff" else make_user(Role.OPERATOR, organisation=carrier.operator)
    code = elsewhere.enterprise.uscc
    new = {"user": user, "carrier": carrier, "uscc": code, "name": "", "entered_on": date(2026, 10, 8)}
    named = who == "staff" and own_area
    with pytest.raises(Refused) as caught:
        services.admit(incubating=True, **new)
    living = "该企业自2025年3月1日起在“另一家孵化器”入驻,须先登记离开"
    assert caught.value.errors["uscc"] == [living if named else "该企业已在另一家载体入驻,请联系区科委"]
    elsewhere.left_on, elsewhere.outcome = date(2026, 6, 1), "moved_out"
    elsewhere.save()
    with pytest.raises(Refused) as caught:
        services.admit(incubating=True, **new)
    (sentence,) = next(iter(caught.value.errors.values()))
    was = "该企业曾在“另一家孵化器”在孵,2026年6月1日退出" if named else "该企业曾在其他载体在孵并已退出"
    assert sentence.startswith(f"{was};")
    assert carrier.residencies.count() == 0


@pytest.mark.parametrize(
    ("entered_on", "sentence"),
    [
        (date(2021, 4, 30), "不能早于载体开办日期2021年5月1日"),
        (timezone.localdate() + timedelta(days=1), "日期不能晚于今天"),
    ],
)
def test_dates_outside_the_carriers_life_are_refused(carrier, staff, entered_on, sentence):
    with pytest.raises(Refused) as caught:
        services.admit(
            user=staff, carrier=carrier, uscc=uscc(7003), name="测试", entered_on=entered_on, incubating=True
        )
    assert caught.value.errors["entered_on"] == [sentence]
    assert not Enterprise.objects.filter(uscc=uscc(7003)).exists()


def test_leaving_before_entering_is_refused(carrier, staff):
    tenant = ResidencyFactory(carrier=carrier, entered_on=date(2022, 1, 1))
    with pytest.raises(Refused, match="离开日期不能早于入驻日期"):
        services.leave(user=staff, residency=tenant, left_on=date(2021, 12, 31), outcome="moved_out")


def test_operator_records_entries_but_not_recognitions(carrier):
    operator = make_user(Role.OPERATOR, organisation=carrier.operator)
    services.admit(
        user=operator, carrier=carrier, uscc=uscc(7004), name="测试", entered_on=date(2026, 9, 1), incubating=True
    )
    tenant = carrier.residencies.get()
    day = date(2026, 10, 1)
    with pytest.raises(NotPermitted, match="须由区科委工作人员凭文件登记"):
        incubation.graduate(user=operator, residency=tenant, graduated_on=day, grounds=["listed"], files=[])


def test_staff_of_another_district_may_not_write(carrier):
    stranger = make_user(Role.STAFF, area=AreaFactory())
    with pytest.raises(NotPermitted):
        services.admit(
            user=stranger, carrier=carrier, uscc=uscc(7005), name="测试", entered_on=date(2026, 9, 1), incubating=True
        )
    assert carrier.residencies.count() == 0


def test_qualification_needs_a_certificate_or_a_basis(carrier, staff):
    enterprise = EnterpriseFactory(area=carrier.area)
    kind = QualificationKindFactory()
    with pytest.raises(Refused) as caught:
        services.qualify(
            user=staff, enterprise=enterprise, kind=kind, valid_from=date(2026, 1, 1), valid_to=None, certificate=""
        )
    assert "certificate" in caught.value.errors
    services.qualify(
        user=staff,
        enterprise=enterprise,
        kind=kind,
        valid_from=date(2026, 1, 1),
        valid_to=date(2028, 12, 31),
        certificate="GR202631000001",
    )
    assert Qualification.objects.get().certificate == "GR202631000001"


def test_the_same_designation_twice_is_refused(carrier, staff):
    title = TitleFactory()
    DesignationFactory(carrier=carrier, title=title, awarded_on=date(2024, 9, 30))
    with pytest.raises(Refused, match="该载体当日已有同一称号的认定"):
        services.designate(
            user=staff, carrier=carrier, title=title, awarded_on=date(2024, 9, 30), document="沪测〔2024〕1号"
        )
    assert Designation.objects.count() == 1


def test_form_keeps_what_was_typed_and_names_the_field(client, carrier, staff):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/carriers/{carrier.code}/register/admit/"
    answer = client.post(address, {"uscc": "12345", "name": "测试保留有限公司", "entered_on": "2026-10-08"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不是统一社会信用代码:应为18位" in page
    assert 'value="测试保留有限公司"' in page
    assert 'value="2026-10-08"' in page


def test_wrong_check_digit_asks_for_the_licence_and_then_accepts(client, carrier, staff):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/carriers/{carrier.code}/register/admit/"
    typed = {"uscc": "91350203M0001QKT19", "name": "测试老企业有限公司", "entered_on": "2026-10-08"}
    asked = client.post(address, typed)
    assert "校验位不符,请核对营业执照" in asked.content.decode()
    client.post(address, {**typed, "confirmed": "on"})
    assert Enterprise.objects.get().uscc == "91350203M0001QKT19"


def test_full_width_code_is_understood(client, carrier, staff):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in uscc(7010))
    client.post(
        f"/carriers/{carrier.code}/register/admit/", {"uscc": wide, "name": "测试全角", "entered_on": "2026-10-08"}
    )
    assert Enterprise.objects.get().uscc == uscc(7010)


def test_other_districts_carrier_is_not_found(client, carrier):
    client.force_login(make_user(Role.STAFF, area=AreaFactory()), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/carriers/{carrier.code}/register/admit/").status_code == 404
