"""Changes of carriers: who may record them, what they change, what was so on a past day, and the duty to report."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import Carrier, CarrierChange, Organisation
from incubators.register.changes import confirm_change, record_change, report_change, return_change
from incubators.register.particulars import particulars_on
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    OrganisationFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat
MARCH = D("2025-03-01")


@pytest.fixture
def carrier():
    area = AreaFactory(name="甲区")
    town = TownFactory(parent=area, name="甲镇")
    return CarrierFactory(name="老名孵化器", area=town, owner_area=town, opened_on=D("2020-01-01"), address="老街1号")


@pytest.fixture
def staff(carrier):
    return make_user(Role.STAFF, area=carrier.area.parent)


@pytest.fixture
def operator(carrier):
    return make_user(Role.OPERATOR, organisation=carrier.operator)


def change(user, carrier, kind="name", after="新名孵化器", happened_on=MARCH, **more):
    given = {"reason": "更名", "document": "营业执照", **more}
    return record_change(user=user, carrier=carrier, kind=kind, after=after, happened_on=happened_on, **given)


def on(carrier, day):
    carrier.refresh_from_db()
    related = ("operator_before", "operator_after", "area_before", "area_after")
    return particulars_on(carrier, carrier.changes.happened().select_related(*related), D(day))


def test_a_change_of_name_renames_the_carrier_and_keeps_what_was(carrier, staff):
    row = change(staff, carrier)
    carrier.refresh_from_db()
    assert (carrier.name, carrier.pinyin) == ("新名孵化器", "xmfhq")
    assert (row.before, row.after, row.state) == ("老名孵化器", "新名孵化器", "confirmed")
    assert on(carrier, "2025-02-28").name == "老名孵化器"
    assert on(carrier, "2025-03-01").name == "新名孵化器"
    assert [*Change.objects.order_by("number").values_list("action", flat=True)] == ["登记载体变更", "名称变更"]


def test_the_page_of_a_past_day_shows_the_name_operator_and_place_of_that_day(carrier, staff):
    before = carrier.operator.name
    town = TownFactory(parent=carrier.area.parent, name="乙镇")
    change(staff, carrier)
    change(staff, carrier, "operator", "新运营公司", D("2025-04-01"))
    change(staff, carrier, "area", town, D("2025-05-01"))
    change(staff, carrier, "floor_area", Decimal("8000"), D("2025-06-01"))
    client = signed_in(staff)
    then = client.get(f"/carriers/{carrier.code}/", {"on": "2025-02-01"}).content.decode()
    now = client.get(f"/carriers/{carrier.code}/").content.decode()
    assert "当时名称:老名孵化器" in then
    assert before in then
    assert "甲镇" in then
    assert "5,000" in then
    assert all(word in now for word in ("新名孵化器", "新运营公司", "乙镇", "8,000"))
    assert "甲镇" not in now
    assert Carrier.objects.get(pk=carrier.pk).owner_area == town, "it is credited to where it stands"


def test_an_enclave_that_moves_stays_credited_to_its_owner(carrier, staff):
    place = AreaFactory(name="外地")
    Carrier.objects.filter(pk=carrier.pk).update(kind="enclave", area=place)
    carrier.refresh_from_db()
    change(staff, carrier, "area", AreaFactory(name="另一处"))
    carrier.refresh_from_db()
    assert (carrier.area.name, carrier.owner_area.name) == ("另一处", "甲镇")


def test_a_carrier_is_not_moved_into_a_district_of_others(carrier, staff):
    with pytest.raises(Refused) as caught:
        change(staff, carrier, "area", AreaFactory(name="别区"))
    assert caught.value.errors == {"after": ["归属区域将随之变为别区,不在您的管辖范围"]}
    assert not CarrierChange.objects.exists()


def test_an_earlier_change_recorded_later_takes_its_place(carrier, staff):
    change(staff, carrier, after="丙", happened_on=D("2025-06-01"))
    early = change(staff, carrier, after="乙", happened_on=D("2024-01-01"))
    late = CarrierChange.objects.get(after="丙")
    assert (early.before, late.before) == ("老名孵化器", "乙")
    assert [on(carrier, day).name for day in ("2023-12-31", "2024-01-01", "2025-06-01")] == ["老名孵化器", "乙", "丙"]
    assert carrier.name == "丙"


def test_a_correction_is_no_event(carrier, staff):
    DesignationFactory(carrier=carrier)
    row = change(staff, carrier, after="老名孵化园", is_correction=True, document="", reason="录错一字")
    assert on(carrier, "2021-01-01").name == "老名孵化园"
    assert row.reported_on is None
    assert not CarrierChange.objects.to_report().exists()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"after": "老名孵化器"}, "after", "与变更前相同"),
        ({"happened_on": D("2019-12-31")}, "happened_on", "不能早于载体开办日期2020年1月1日"),
        ({"happened_on": D("2999-01-01")}, "happened_on", "日期不能晚于今天"),
        ({"document": ""}, "document", "请填依据文件,如变更决定、营业执照或批复的名称与文号"),
        ({"reason": ""}, "reason", "请写明变更的原因或经过"),
        ({"reported_on": D("2025-02-01")}, "reported_on", "上报日期不能早于变更日期"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(carrier, staff, values, field, sentence):
    with pytest.raises(Refused) as caught:
        change(staff, carrier, **values)
    assert caught.value.errors == {field: [sentence]}
    carrier.refresh_from_db()
    assert carrier.name == "老名孵化器"


def test_two_changes_of_one_thing_on_one_day_are_refused(carrier, staff):
    change(staff, carrier)
    with pytest.raises(Refused, match="该载体当日已有同一事项的变更"):
        change(staff, carrier, after="又一名")


# --- Requests of the operator --------------------------------------------------------------------------------------------
def test_an_operators_request_changes_nothing_until_staff_confirm_it(carrier, staff, operator):
    former = carrier.operator.name
    row = change(operator, carrier, "operator", "接手公司")
    carrier.refresh_from_db()
    assert (row.state, carrier.operator.name) == ("pending", former)
    assert not Organisation.objects.filter(name="接手公司").exists(), "a request alone registers no company"
    with pytest.raises(NotPermitted):
        confirm_change(user=operator, change=row)
    confirm_change(user=staff, change=row)
    carrier.refresh_from_db()
    assert carrier.operator.name == "接手公司"


def test_a_request_is_sent_back_with_a_reason_and_then_closed(carrier, staff, operator):
    row = change(operator, carrier)
    with pytest.raises(Refused, match="请写明退回原因"):
        return_change(user=staff, change=row, reason="")
    return_change(user=staff, change=row, reason="缺工商变更通知书")
    with pytest.raises(Refused, match="现为“退回”,不能再处理"):
        confirm_change(user=staff, change=row)
    page = signed_in(operator).get(f"/carrier-changes/{row.pk}/").content.decode()
    assert "缺工商变更通知书" in page
    carrier.refresh_from_db()
    assert carrier.name == "老名孵化器"


def test_people_of_elsewhere_and_leaders_may_not_ask(carrier):
    for user in (make_user(Role.STAFF, area=AreaFactory()), make_user(Role.LEADER, area=carrier.area.parent)):
        with pytest.raises(NotPermitted):
            change(user, carrier)
    stranger = signed_in(make_user(Role.OPERATOR, organisation=OrganisationFactory()))
    assert stranger.get(f"/carriers/{carrier.code}/changes/name/").status_code == 404


def test_the_operator_asks_on_a_page_and_staff_decide_on_theirs(carrier, staff, operator):
    sent = {"after": "新名孵化器", "happened_on": "2025-03-01", "document": "营业执照", "reason": "更名"}
    answer = signed_in(operator).post(f"/carriers/{carrier.code}/changes/name/", sent)
    assert answer.status_code == 302
    client = signed_in(staff)
    page = client.get("/carrier-changes/", {"tab": "pending"}).content.decode()
    assert "老名孵化器" in page
    assert "新名孵化器" in page
    assert client.post(f"{answer.url}confirm/").status_code == 302
    carrier.refresh_from_db()
    assert carrier.name == "新名孵化器"


def test_what_was_typed_stays_when_it_is_refused(carrier, staff):
    sent = {"after": "新名孵化器", "happened_on": "2019-01-01", "document": "文件甲", "reason": "原因乙"}
    answer = signed_in(staff).post(f"/carriers/{carrier.code}/changes/name/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不能早于载体开办日期" in page
    assert all(word in page for word in ("新名孵化器", "文件甲", "原因乙"))


def test_an_operator_of_an_ambiguous_name_is_asked_for_by_code(carrier, staff):
    OrganisationFactory(code="same-1", name="同名公司")
    OrganisationFactory(code="same-2", name="同名公司")
    address = f"/carriers/{carrier.code}/changes/operator/"
    sent = {"after": "同名公司", "happened_on": "2025-03-01", "document": "合同", "reason": "换人"}
    assert "请改填代码(same-1、same-2)" in signed_in(staff).post(address, sent).content.decode()
    assert signed_in(staff).post(address, sent | {"after": "same-2"}).status_code == 302
    carrier.refresh_from_db()
    assert carrier.operator.code == "same-2"


def test_an_operator_is_known_whatever_the_width_of_its_letters(carrier, staff):
    known = OrganisationFactory(name="华东（集团）公司")
    sent = {"after": "华东(集团)公司", "happened_on": "2025-03-01", "document": "合同", "reason": "换人"}
    assert signed_in(staff).post(f"/carriers/{carrier.code}/changes/operator/", sent).status_code == 302
    carrier.refresh_from_db()
    assert carrier.operator == known
    row = change(staff, carrier, "operator", "新(苏州)公司", D("2025-04-01"))
    change(staff, carrier, "operator", known, D("2025-05-01"))
    again = change(staff, carrier, "operator", "新（苏州）公司", D("2025-06-01"))
    assert again.operator_after == row.operator_after


# --- The duty to report ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("happened", "due"), [("2025-03-01", "2025-06-01"), ("2024-11-30", "2025-02-28"), ("2023-11-30", "2024-02-29")]
)
def test_three_calendar_months_are_given(happened, due):
    assert CarrierChange(happened_on=D(happened)).report_due == D(due)


@pytest.mark.parametrize(("reported", "late"), [("2025-06-01", 0), ("2025-06-02", 1), ("2025-07-01", 30)])
def test_the_last_day_is_in_time(reported, late):
    row = CarrierChange(happened_on=D("2025-03-01"), reported_on=D(reported))
    assert row.days_late(D("2026-01-01")) == late


def test_only_holders_of_a_title_on_that_day_have_the_duty(carrier, staff):
    DesignationFactory(carrier=carrier, awarded_on=D("2021-01-01"), ended_on=D("2025-03-01"), end_reason="到期")
    change(staff, carrier, after="乙", happened_on=D("2025-02-28"))
    change(staff, carrier, after="丙", happened_on=D("2025-03-01"))
    assert [row.after for row in CarrierChange.objects.to_report()] == ["乙"]


def test_the_list_of_what_is_to_be_reported_says_how_late_and_empties(carrier, staff):
    DesignationFactory(carrier=carrier)
    happened = timezone.localdate() - timedelta(days=200)
    row = change(staff, carrier, happened_on=happened)
    client = signed_in(staff)
    late = (timezone.localdate() - row.report_due).days
    assert f"逾期{late}天未报" in client.get("/carrier-changes/").content.decode()
    sent = {"reported_on": timezone.localdate().isoformat(), "document": "区科〔2026〕1号"}
    assert client.post(f"/carrier-changes/{row.pk}/report/", sent).status_code == 302
    assert "没有待上报的变更" in client.get("/carrier-changes/").content.decode()
    assert f"逾期{late}天上报" in client.get(f"/carrier-changes/{row.pk}/").content.decode()
    with pytest.raises(Refused, match="已于"):
        report_change(user=staff, change=row, reported_on=timezone.localdate())


# --- No way past the event -----------------------------------------------------------------------------------------------
def test_the_form_of_a_carrier_points_to_the_event_and_refuses_a_silent_change(carrier, staff):
    client = signed_in(staff)
    address = f"/records/carriers/{carrier.pk}/"
    form = client.get(address).context["form"]
    sent = {field.name: "" if field.value() is None else str(field.value()) for field in form}
    assert f'href="/carriers/{carrier.code}/changes/name/"' in client.get(address).content.decode()
    for name, value in (("name", "悄悄改名"), ("operator_id", "悄悄换人"), ("area_id", "甲区"), ("floor_area", "1")):
        answer = client.post(address, sent | {name: value})
        assert answer.status_code == 422
        assert "请登记变更事件" in answer.context["form"].errors[name][0]
    assert client.post(address, sent | {"industry": "航空"}).status_code == 302
    carrier.refresh_from_db()
    assert (carrier.name, carrier.industry) == ("老名孵化器", "航空")


def test_many_carriers_at_once_are_not_renamed_either(carrier, staff):
    sent = {"id": [carrier.pk], "column": "address", "value": "新街2号", "reason": "批量"}
    answer = signed_in(staff).post("/records/carriers/bulk/", sent)
    assert answer.status_code == 422
    assert "场地变更请登记变更事件" in answer.content.decode()


# --- Any history, replayed -------------------------------------------------------------------------------------------------
DAYS = st.dates(D("2021-01-01"), D("2025-12-31"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.tuples(DAYS, st.sampled_from("甲乙丙丁")), max_size=7), asked=st.lists(DAYS, min_size=1))
def test_the_name_on_any_day_is_that_of_a_naive_replay(carrier, staff, events, asked):
    """Whatever the order in which changes are recorded."""
    with transaction.atomic():
        taken = {}
        for day, name in events:
            try:
                with transaction.atomic():
                    change(staff, carrier, after=name, happened_on=day)
            except Refused:
                continue
            taken[day] = name
        for day in asked:
            past = [name for when, name in sorted(taken.items()) if when <= day]
            assert on(carrier, day.isoformat()).name == (past[-1] if past else "老名孵化器")
        assert on(carrier, "2026-06-01").name == carrier.name
        transaction.set_rollback(True)
    carrier.refresh_from_db()
