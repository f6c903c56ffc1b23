"""Each check on both sides of its border, in numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from incubators.models import Carrier
from incubators.reporting import checks
from incubators.reporting.drafts import savable
from tests.incubators.report_cases import GOOD, sheet

D = Decimal


def keys(found):
    return {each.key for each in found}


def one(found, key):
    return next(each for each in found if each.key == key)


def test_a_good_month_has_nothing_to_say():
    assert checks.run(sheet()) == []


@pytest.mark.parametrize(
    ("code", "over", "key"),
    [
        ("area_leased", D("4000.01"), "R01:area_leased"),
        ("area_leasable", D("5000.01"), "R01:area_leasable"),
        ("staff_professional", 13, "R08:staff_professional"),
        ("income_non_rent", D("500000.01"), "M22:income_non_rent"),
    ],
)
def test_a_part_above_its_whole_blocks(code, over, key):
    found = one(checks.run(sheet({code: over})), key)
    assert found.hard
    assert found.place == code


@pytest.mark.parametrize(
    ("code", "equal"),
    [("area_leased", D(4000)), ("staff_professional", 12), ("income_non_rent", D(500000))],
)
def test_a_part_equal_to_its_whole_is_fine(code, equal):
    assert checks.run(sheet({code: equal})) == []


def test_both_sides_are_named_with_their_values():
    found = one(checks.run(sheet({"area_leased": D(4100)})), "R01:area_leased")
    assert found.message == "已入驻面积 4,100 ㎡ 大于 可入驻面积 4,000 ㎡"


def test_seats_of_a_maker_space():
    seats = {"seats_total": 100, "seats_used": 100, "teams": 3}
    maker_space = Carrier.Kind.MAKER_SPACE
    assert checks.run(sheet(seats, carrier_kind=maker_space)) == []
    assert "R03:seats_used" in keys(checks.run(sheet({**seats, "seats_used": 101}, carrier_kind=maker_space)))


def test_controllable_area_against_the_registered_floor_area():
    assert checks.run(sheet(floor_area=D(5000))) == []
    assert keys(checks.run(sheet(floor_area=D("4999.99")))) == {"R01:area_controllable"}


def test_missing_figures_and_words_are_named_and_zero_is_not_missing():
    found = checks.run(sheet({"events": None, "fund_size": D(0)}, texts={"filled_by": " ", "phone": "021-12345678"}))
    assert {each.place for each in found if each.rule == "M"} == {"events", "filled_by"}


def known(**counts):
    base = {"n_incubatee_begin": 30, "new": 3, "graduated": 1, "left": 2, "n_incubatee": 30, "n_resident": 40}
    return {**base, "n_graduate_cum": 9, "n_tech_sme": 20, "n_hnte": 10, "n_hardtech": 0, **counts}


def test_register_identity_holds_or_blocks():
    assert checks.run(sheet(register=known())) == []
    found = one(checks.run(sheet(register=known(n_incubatee=31))), "R04")
    assert found.hard
    assert "30 + 新增 3 − 毕业 1 − 退出 2 = 30,而期末在孵为 31" in found.message


@pytest.mark.parametrize(
    ("counts", "key"),
    [
        ({"n_resident": 29}, "R07:n_incubatee"),
        ({"n_tech_sme": 31}, "R07:n_tech_sme"),
        ({"n_hnte": 41}, "R07:n_hnte"),
        ({"n_hardtech": 41}, "R07:n_hardtech"),
    ],
)
def test_register_parts_above_their_whole(counts, key):
    assert one(checks.run(sheet(register=known(**counts))), key).hard


def test_register_parts_equal_to_their_whole():
    assert checks.run(sheet(register=known(n_resident=30, n_tech_sme=30, n_hnte=30, n_hardtech=30))) == []


def test_a_register_changed_after_last_months_report_asks_for_a_word():
    before = {"n_incubatee": 29, "n_graduate_cum": 7}
    found = checks.run(sheet(register=known(), previous_register=before))
    assert keys(found) == {"R05", "R06"}
    assert not any(each.hard for each in found)
    same = {"n_incubatee": 30, "n_graduate_cum": 8}
    assert checks.run(sheet(register=known(), previous_register=same)) == []


@pytest.mark.parametrize(("number", "amount", "blocks"), [(0, 0, False), (1, 1, False), (0, 1, True), (1, 0, True)])
def test_financed_enterprises_and_financing_go_together(number, amount, blocks):
    found = checks.run(sheet({"enterprises_financed": number, "financing": D(amount)}))
    assert ("R11:enterprises_financed" in keys(found)) is blocks
    assert all(each.hard for each in found)


def test_incubatees_without_staff_and_events_without_people_ask():
    found = checks.run(sheet({"staff_total": 0, "staff_professional": 0, "event_participants": 0}, register=known()))
    assert keys(found) == {"R13:staff_total", "R14:events"}
    assert not any(each.hard for each in found)


@pytest.mark.parametrize(("staff", "asks"), [(0, True), (1, False), (None, False)])
def test_incubatees_that_employ_nobody_ask_unless_one_of_them_is_unknown(staff, asks):
    found = checks.run(sheet(register=known(), incubatee_staff=staff))
    assert keys(found) == ({"R13"} if asks else set())


def test_nobody_is_asked_for_staff_without_incubatees():
    nobody = dict.fromkeys(known(), 0)
    assert checks.run(sheet(register=nobody, incubatee_staff=0)) == []


def test_teams_without_seats_ask():
    seats = {"seats_total": 10, "seats_used": 0, "teams": 1}
    assert keys(checks.run(sheet(seats, carrier_kind=Carrier.Kind.MAKER_SPACE))) == {"R14:seats_used"}


def test_no_occupancy_rate_without_a_whole():
    found = checks.run(sheet({"area_leasable": D(0), "area_leased": D(0)}))
    assert keys(found) == {"R23:area_leasable"}


@pytest.mark.parametrize(
    ("before", "now", "asks"),
    [
        (D(3000), D(3900), False),  # exactly 30% more
        (D(3000), D("3900.01"), True),
        (D(3000), D(2100), False),  # exactly 30% less
        (D(3000), D("2099.99"), True),
        (D(0), D("999.99"), False),  # no share of nothing, but
        (D(0), D(1000), True),  # much at once
    ],
)
def test_a_stock_that_moves_by_more_than_thirty_per_cent(before, now, asks):
    found = checks.run(sheet({"area_leased": now}, previous={**GOOD, "area_leased": before}))
    assert ("R15:area_leased" in keys(found)) is asks


@pytest.mark.parametrize(
    ("code", "now", "asks"),
    [
        ("fund_size", D("999999.99"), False),
        ("fund_size", D(1_000_000), True),
        ("mentors", 9, False),
        ("mentors", 10, True),
    ],
)
def test_a_stock_that_was_nothing_and_is_much_asks(code, now, asks):
    found = checks.run(sheet({code: now}, previous={**GOOD, code: 0}))
    assert (f"R15:{code}" in keys(found)) is asks


def test_what_was_nothing_says_so():
    found = checks.run(sheet({"fund_size": D(5_000_000)}, previous={**GOOD, "fund_size": D(0)}))
    assert one(found, "R15:fund_size").message == "孵化基金规模 500 万元,上月 0 万元,从无到有,数额较大"


@pytest.mark.parametrize(
    ("code", "before", "asks"),
    [
        ("n_resident", 31, False),  # 40 now: 29.03% more
        ("n_resident", 30, True),  # 33.33% more
        ("n_tech_sme", 22, False),  # 20 now: 9.09% fewer
        ("n_tech_sme", 29, True),  # 31.03% fewer
        ("n_hnte", 8, False),  # 10 now: 25% more
        ("n_hnte", 7, True),
        ("n_hnte", 0, True),  # ten at once
        ("n_hardtech", 2, False),  # 0 now: all gone, but only two
        ("n_hardtech", 3, True),
        ("n_graduate_cum", 1, False),  # adds up; what it grew by is looked at by R06
    ],
)
def test_the_registers_counts_that_move_by_more_than_thirty_per_cent(code, before, asks):
    found = [
        each for each in checks.run(sheet(register=known(), previous_register={code: before})) if each.rule == "R15"
    ]
    assert ({each.key for each in found} == {f"R15:{code}"}) is asks
    assert not any(each.hard for each in found)


def test_a_move_of_the_register_is_told_with_both_counts():
    found = checks.run(sheet(register=known(), previous_register={"n_resident": 20}))
    assert one(found, "R15:n_resident").message == "登记库:入驻企业总数 40 家,上月月报 20 家,增加 100.0%,超过 30%"


@pytest.mark.parametrize(("before", "now", "asks"), [(2, 4, False), (2, 5, True), (10, 13, False), (10, 14, True)])
def test_small_counts_must_also_move_by_three(before, now, asks):
    found = checks.run(sheet({"mentors": now}, previous={**GOOD, "mentors": before}))
    assert ("R15:mentors" in keys(found)) is asks


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (D(100_000_000_000), "约为其 10000 倍。是否误用了元/千元/万元?如是,应填约 1000"),
        (D(10_000_000_000), "约为其 1000 倍。是否误用了元/千元/万元?如是,应填约 1000"),
        (D(100_000_000), "约为其 10 倍。是否误用了元/千元/万元?如是,应填约 1000"),
        (D(1_000_000), "约为其 1/10。是否误用了元/千元/万元?如是,应填约 1000"),
        (D(1_000), "约为其 1/10000。是否误用了元/千元/万元?如是,应填约 1000"),
    ],
)
def test_a_slip_of_the_unit_is_recognised_and_named(now, words):
    found = one(checks.run(sheet({"fund_size": now}, previous=GOOD)), "R15:fund_size")
    assert words in found.message
    assert not found.hard


@pytest.mark.parametrize(("times", "slip"), [("7.99", False), ("8", True), ("12.5", True), ("12.51", False)])
def test_the_border_of_ten_times_for_a_flow(times, slip):
    history = [{**GOOD, "financing": D(1_000_000)}, {**GOOD, "financing": D(0)}, {**GOOD, "financing": D(1_000_000)}]
    found = checks.run(sheet({"financing": D(1_000_000) * D(times)}, history=history))
    assert ("R15:financing" in keys(found)) is slip


@pytest.mark.parametrize(
    ("earlier", "asks"),
    [
        ([0, 0], True),
        ([0], False),
        ([1, 0], False),
        ([1, 0, 0], True),
        # February and March at zero, April not filed: these are no three months in a row.
        ([0, 0, None], False),
        ([0, None, 0], False),
    ],
)
def test_income_at_zero_for_three_months_in_a_row(earlier, asks):
    history = [None if value is None else {**GOOD, "income": D(value)} for value in earlier]
    found = checks.run(sheet({"income": D(0), "income_non_rent": D(0)}, history=history))
    assert ("R15:income:zero" in keys(found)) is asks


@pytest.mark.parametrize(
    ("around", "blocks"),
    [
        ({"today": date(2024, 5, 31)}, True),
        ({"today": date(2024, 6, 1)}, False),
        ({"opened_on": date(2024, 5, 31)}, False),
        ({"opened_on": date(2024, 6, 1)}, True),
        ({"closed_on": date(2024, 5, 2)}, False),
        ({"closed_on": date(2024, 5, 1)}, True),
    ],
)
def test_only_months_of_the_carriers_life_that_are_over(around, blocks):
    assert ("R24" in keys(checks.run(sheet(**around)))) is blocks


def test_what_contradicts_is_left_out_of_a_draft_and_the_rest_kept():
    carrier = Carrier(kind=Carrier.Kind.INCUBATOR, opened_on=date(2020, 1, 1))
    stored = {**GOOD, "area_leasable": D(4000), "area_leased": D(3000)}
    fit = savable(carrier, stored, {"area_leased": D(4500), "mentors": 11})
    assert fit.values == {"mentors": 11}
    assert list(fit.wrong) == ["area_leased"]
    assert fit.waits == {"area_leased": D(4500)}


def test_a_whole_below_its_stored_part_is_stored_and_the_part_waits():
    carrier = Carrier(kind=Carrier.Kind.INCUBATOR, opened_on=date(2020, 1, 1))
    fit = savable(carrier, GOOD, {"area_leasable": D(2000), "area_controllable": D(5000), "mentors": 1})
    assert fit.values == {"area_leasable": D(2000), "area_controllable": D(5000), "mentors": 1, "area_leased": None}
    assert list(fit.wrong) == ["area_leased"]
    assert fit.waits == {"area_leased": GOOD["area_leased"]}
