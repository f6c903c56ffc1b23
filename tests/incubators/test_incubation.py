"""Worked examples of a tenant's life: limits in months, extension, transfer, gap, return, two carriers at once."""

from __future__ import annotations

from datetime import date

import pytest

from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.indicators import figures
from incubators.models import IncubationRule, Residency
from incubators.register import services
from incubators.register.lifecycle import State, months_after, months_between
from incubators.register.limits import Rules, with_state
from tests.incubators.factories import AreaFactory, CarrierFactory, EnterpriseFactory, IncubationRuleFactory, make_user
from tests.incubators.tenants import D, District

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return District()


# --- Whole months -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "months", "limit"),
    [
        ("2024-03-15", 48, "2028-03-15"),
        ("2025-01-31", 1, "2025-02-28"),  # February has no 31st
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2023-08-31", 54, "2028-02-29"),
    ],
)
def test_a_limit_is_whole_months_by_the_day_of_the_month(district, start, months, limit):
    assert months_after(D(start), months) == D(limit)
    IncubationRule.objects.all().delete()
    IncubationRuleFactory(says={"limit_months": months})
    stay = district.admit(start)
    assert district.standing(stay, start).limit.day == D(limit)


@pytest.mark.parametrize(
    ("last", "months"),
    [("2024-02-14", 0), ("2024-02-15", 1), ("2025-01-14", 11), ("2028-01-15", 48), ("2023-05-01", 0)],
)
def test_months_that_have_passed(last, months):
    assert months_between(D("2024-01-15"), D(last)) == months


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2020-02-28", None),
        ("2020-02-29", State.INCUBATING),
        ("2024-02-29", State.INCUBATING),  # the day of the limit is still inside
        ("2024-03-01", State.OVERDUE),
    ],
)
def test_the_day_of_the_limit_is_inside(district, day, state):
    stay = district.admit("2020-02-29")
    assert district.state(stay, day) == state
    assert figures.compute("n_overdue", on=D(day))[0].value == (state == State.OVERDUE)


@pytest.mark.parametrize(
    ("days_left", "warning"), [(91, ""), (90, "warning"), (31, "warning"), (30, "danger"), (-1, "danger")]
)
def test_people_are_warned_90_and_30_days_before(district, days_left, warning):
    stay = district.admit("2020-06-30")
    day = date.fromordinal(D("2024-06-30").toordinal() - days_left)
    standing = district.standing(stay, day.isoformat())
    assert (standing.days_left, standing.warning) == (days_left, warning)


# --- Which rule holds -------------------------------------------------------------------------------------------------
def test_a_longer_limit_holds_only_when_the_commission_confirmed_it():
    longer = {"months": 60, "industries": ["新材料"], "confirmed": False, "note": "待区科委确认"}
    district = District(longer=longer)
    stay = district.admit("2020-01-10")
    standing = district.standing(stay, "2024-02-01")
    assert (standing.state, standing.limit.day, standing.limit.open_until) == (
        State.OVERDUE,
        D("2024-01-10"),
        D("2025-01-10"),
    )
    confirmed = {**longer, "confirmed": True, "document": "沪科〔2024〕1号"}
    IncubationRuleFactory(code=district.rule.code, version=2, says={"longer": confirmed})
    standing = district.standing(stay, "2024-02-01")
    assert (standing.state, standing.limit.day, standing.limit.open_until) == (State.INCUBATING, D("2025-01-10"), None)


def test_the_nearest_areas_rule_of_the_day_it_began_holds(district):
    own = IncubationRuleFactory(area=district.area, valid_from=D("2022-01-01"), says={"limit_months": 36})
    IncubationRuleFactory(area=AreaFactory(), says={"limit_months": 12})
    IncubationRuleFactory(
        area=district.area, valid_to=D("2021-12-31"), valid_from=D("2021-07-01"), says={"limit_months": 24}
    )
    expected = {"2021-06-30": 48, "2021-07-01": 24, "2021-12-31": 24, "2022-01-01": 36}
    for day, months in expected.items():
        stay = district.admit(day, company=EnterpriseFactory(area=district.area))
        assert district.standing(stay, day).limit.months == months, day
    own.delete()
    assert district.standing(stay, "2022-01-01").limit.months == 48


def test_without_a_rule_nothing_is_overdue_and_the_limit_is_not_known(district):
    IncubationRule.objects.all().delete()
    stay = district.admit("2020-01-01")
    standing = district.standing(stay, "2026-01-01")
    assert (standing.state, standing.limit, standing.months_used) == (State.INCUBATING, None, 72)
    with pytest.raises(Refused, match="没有适用的孵化规则"):
        district.extend(stay, "2026-01-01", "2026-12-31")


# --- Extension --------------------------------------------------------------------------------------------------------
def test_an_extension_counts_from_the_day_it_was_decided_to_its_last_day(district):
    stay = district.admit("2020-01-10")
    district.extend(stay, "2024-03-01", "2024-12-31")
    states = {
        "2024-01-10": State.INCUBATING,
        "2024-02-29": State.OVERDUE,
        "2024-03-01": State.EXTENDED,
        "2024-12-31": State.EXTENDED,
        "2025-01-01": State.OVERDUE,
    }
    assert {day: district.state(stay, day) for day in states} == states
    months = figures.compute("n_overdue", by="month", start=D("2024-01-01"), end=D("2025-01-31"))
    assert [int(month.value) for month in months] == [1, 1, *[0] * 10, 1]


def test_of_several_extensions_the_furthest_decided_by_the_day_holds(district):
    stay = district.admit("2020-05-10")
    district.extend(stay, "2024-05-01", "2024-12-31")
    district.extend(stay, "2024-04-01", "2025-06-30")  # recorded late
    day = "2025-01-15"
    assert (district.state(stay, day), district.standing(stay, day).limit.day) == (State.EXTENDED, D("2025-06-30"))
    row = with_state(Residency.objects.all(), D(day), Rules()).get()
    assert (row.state, row.limit_on) == (State.EXTENDED, D("2025-06-30"))
    assert figures.compute("n_overdue", on=D(day))[0].value == 0


def test_an_extension_goes_beyond_what_holds_and_has_a_reason(district):
    stay = district.admit("2020-01-10")
    for until in ("2023-06-30", "2024-01-10"):
        with pytest.raises(Refused, match="须晚于现在的期限2024年1月10日"):
            district.extend(stay, "2023-06-01", until)
    with pytest.raises(Refused, match="请写明延期理由"):
        district.extend(stay, "2023-06-01", "2024-06-30", reason="")
    district.extend(stay, "2023-06-01", "2024-06-30")
    with pytest.raises(Refused, match="须晚于现在的期限2024年6月30日"):
        district.extend(stay, "2023-07-01", "2024-06-30")


def test_only_an_incubatee_is_extended_and_only_by_staff(district):
    stay = district.admit("2020-01-10")
    with pytest.raises(NotPermitted):
        district.extend(stay, "2023-06-01", "2024-06-30", user=district.operator)
    district.leave(stay, "2023-01-01")
    with pytest.raises(Refused, match="已于2023年1月1日离开"):
        district.extend(stay, "2023-06-01", "2024-06-30")


# --- Transfer and gap -------------------------------------------------------------------------------------------------
def test_a_transfer_closes_one_stay_and_opens_the_next_with_the_clock_going_on(district):
    old = district.admit("2020-01-10")
    new = district.transfer(old, "2022-05-20", floor_area=80)
    old.refresh_from_db()
    assert (old.left_on, old.outcome) == (D("2022-05-20"), "transferred")
    assert (new.carrier, new.entered_on, new.clock_from) == (district.second, D("2022-05-20"), D("2020-01-10"))
    assert (district.state(old, "2022-05-20"), district.state(new, "2022-05-20")) == (
        State.TRANSFERRED,
        State.INCUBATING,
    )
    assert district.standing(new, "2022-05-20").limit.day == D("2024-01-10")
    assert figures.compute("n_incubatee", on=D("2022-05-20"))[0].value == 1
    actions = Change.objects.order_by("pk").values_list("action", flat=True)
    assert [*actions][-2:] == ["登记转移(转出)", "登记转移(转入)"]


def test_a_rule_may_say_that_the_clock_begins_anew_after_a_transfer():
    district = District(transfer_continues=False)
    new = district.transfer(district.admit("2020-01-10"), "2022-05-20")
    assert new.clock_from is None
    assert district.standing(new, "2022-05-20").limit.day == D("2026-05-20")


def test_an_extension_goes_along_with_a_transfer(district):
    old = district.admit("2020-01-10")
    district.extend(old, "2023-12-01", "2024-12-31")
    new = district.transfer(old, "2024-02-01")
    assert district.state(new, "2024-12-31") == State.EXTENDED
    assert district.state(new, "2025-01-01") == State.OVERDUE


def test_a_transfer_that_cannot_be_changes_nothing(district):
    stay = district.admit("2020-01-10")
    closed = CarrierFactory(area=district.area, closed_on=D("2021-01-01"))
    foreign = CarrierFactory()
    for to, day, kind, words in (
        (district.first, "2022-05-20", Refused, "须转移到另一家载体"),
        (closed, "2022-05-20", Refused, "该载体已于2021年1月1日关闭"),
        (district.second, "2019-12-31", Refused, "当日不在孵|不能早于"),
        (foreign, "2022-05-20", NotPermitted, "区科委"),
    ):
        with pytest.raises(kind, match=words):
            district.transfer(stay, day, to)
    with pytest.raises(NotPermitted):
        district.transfer(stay, "2022-05-20", user=district.operator)
    stay.refresh_from_db()
    assert stay.left_on is None
    assert Residency.objects.count() == 1


def test_a_gap_in_the_same_carrier_does_not_set_the_clock_back(district):
    district.leave(district.admit("2020-01-10"), "2021-01-10")
    again = district.admit("2022-03-01", return_reason="项目重启")
    assert district.standing(again, "2022-03-01").limit.day == D("2024-01-10")
    assert district.state(again, "2024-01-11") == State.OVERDUE
    assert figures.compute("n_overdue", on=D("2024-01-11"))[0].value == 1


# --- Return, and two carriers at once -----------------------------------------------------------------------------------
def test_who_left_or_graduated_returns_by_an_officers_decision_only(district):
    stay = district.admit("2020-01-10")
    district.graduate(stay, "2022-06-30", destination="outside", destination_place="苏州")
    with pytest.raises(Refused, match="2022年6月30日毕业;再次入孵须由区科委登记"):
        district.admit("2023-01-01", user=district.operator)
    with pytest.raises(Refused) as asked:
        district.admit("2023-01-01")
    assert "再次入孵请写明理由" in asked.value.errors["return_reason"][0]
    district.admit("2023-01-01", return_reason="新项目,二次孵化")
    assert Change.objects.order_by("-pk").first().reason == "新项目,二次孵化"


def test_a_former_incubatee_may_rent_again_without_incubation(district):
    district.leave(district.admit("2020-01-10"), "2021-01-10")
    again = district.admit("2022-01-01", user=district.operator, incubating=False)
    assert district.state(again, "2022-01-01") == State.TENANT


def test_an_overlap_in_the_past_is_refused_with_the_other_carrier_and_its_dates(district):
    district.leave(district.admit("2020-01-10", carrier=district.second), "2022-01-10")
    with pytest.raises(Refused) as caught:
        district.admit("2021-06-01", return_reason="补登")
    assert caught.value.errors["uscc"] == [
        (
            "该企业2020年1月10日至2022年1月10日已在“甲区二号孵化器”在孵,同时只能在一家载体在孵;"
            "确有需要的,由区科委填写“同时在孵说明”"
        )
    ]
    # To who is not staff of that carrier's area neither is said.
    foreign = CarrierFactory()
    stranger = make_user(Role.STAFF, area=foreign.owner_area)
    with pytest.raises(Refused) as caught:
        district.admit("2021-06-01", user=stranger, carrier=foreign, return_reason="补登")
    assert caught.value.errors["uscc"] == [
        "该企业已在另一家载体在孵,同时只能在一家载体在孵;确有需要的,由区科委填写“同时在孵说明”"
    ]
    # On the day it left one carrier it may begin in another.
    assert district.admit("2022-01-10", return_reason="补登").pk


def test_an_officer_may_say_otherwise_and_an_operator_may_not(district):
    district.admit("2020-01-10", carrier=district.second)
    with pytest.raises(Refused, match="起在“甲区二号孵化器”入驻,须先登记离开"):
        district.admit("2021-06-01")
    with pytest.raises(NotPermitted, match="须由区科委工作人员登记"):
        district.admit("2021-06-01", user=district.operator, overlap_reason="两地研发")
    both = district.admit("2021-06-01", overlap_reason="两地研发,会议纪要〔2021〕5号")
    assert both.overlap_reason == "两地研发,会议纪要〔2021〕5号"
    assert figures.compute("n_incubatee", on=D("2021-06-01"))[0].value == 1  # one enterprise
    assert [int(f.value) for f in figures.compute("n_incubatee", by="carrier", on=D("2021-06-01"))] == [1, 1]


def test_staff_of_another_district_may_not_record_any_of_it(district):
    stranger = make_user(Role.STAFF, area=AreaFactory())
    stay = district.admit("2020-01-10")
    with pytest.raises(NotPermitted):
        district.graduate(stay, "2022-01-01", user=stranger)
    with pytest.raises(NotPermitted):
        services.leave(user=stranger, residency=stay, left_on=D("2022-01-01"), outcome="closed")
