"""The rules as data, outliers against a carrier's own history, what was probably meant, and typed against registered."""

from __future__ import annotations

from decimal import Decimal

import pytest

from incubators.reporting import checks, enterprise_checks, rules_catalogue, tenants
from incubators.reporting.rules_catalogue import RULES, Does, Kept
from tests.incubators.report_cases import GOOD, sheet

D = Decimal


def found(sheet_, key):
    return next((each for each in checks.run(sheet_) if each.key == key), None)


def months(code, *values):
    return [{**GOOD, code: value} for value in values]


def test_the_checks_of_each_incubatee_are_told_with_what_they_do():
    told = {(rule.number, rule.does) for rule in RULES if Kept.ENTERPRISES in rule.kept}
    done = {(look.rule, Does.BLOCKS if look.hard else Does.ASKS) for look in enterprise_checks.LOOKS}
    assert told == done | {("M", Does.BLOCKS), ("R13", Does.ASKS), ("R25", Does.ASKS)}


def test_every_rule_of_the_month_is_told():
    assert [number for number in rules_catalogue.numbers() if number.startswith("R")] == [
        f"R{number:02}" for number in range(1, 27)
    ]


def test_every_check_names_a_rule_that_is_told():
    ruled = {rule for check in checks.CHECKS if (rule := getattr(check, "rule", ""))} | {*tenants.RULES, "R15", "R25"}
    assert ruled == {rule.number for rule in RULES if {Kept.REPORT, Kept.TENANTS} & {*rule.kept}}


def test_what_is_told_to_block_blocks_and_what_is_told_to_ask_asks():
    looks = {
        rule: {each.does for each in RULES if each.number == rule and Kept.TENANTS in each.kept}
        for rule in tenants.RULES
    }
    assert looks["R17"] == looks["R20"] == looks["R21"] == {Does.BLOCKS}
    assert looks["R16"] == looks["R18"] == looks["R19"] == looks["R22"] == {Does.ASKS}


# --- Outliers -------------------------------------------------------------------------------------------------------
# Sessions of six months: median 10, the distances from it are 2 1 0 0 1 2, their median 1.
SIX = (8, 9, 10, 10, 11, 12)


@pytest.mark.parametrize(
    ("now", "asks"),
    [
        (15, False),  # 0.6745 × 5 / 1 = 3.37
        (16, True),  # 0.6745 × 6 / 1 = 4.05
        (5, False),
        (4, True),
    ],
)
def test_an_outlier_lies_more_than_three_and_a_half_scaled_deviations_away(now, asks):
    month = sheet({"mentor_sessions": now}, history=months("mentor_sessions", *SIX))
    assert (found(month, "R15:mentor_sessions") is not None) is asks


def test_the_sentence_holds_the_arithmetic():
    month = sheet({"mentor_sessions": 16}, history=months("mentor_sessions", *SIX))
    assert found(month, "R15:mentor_sessions").message == (
        f"本月辅导次数 16 次,以往 6 个月在 {min(SIX)} 至 {max(SIX)} 之间,中位数 10,这次偏离过大;请核对,属实的请说明原因。"
        "算法:0.6745 ×(16 − 10)÷ 1 = 4.0,绝对值超过 3.5"
    )


def test_fewer_than_six_months_or_a_gap_among_six_say_nothing():
    assert (
        found(sheet({"mentor_sessions": 99}, history=months("mentor_sessions", *SIX[:5])), "R15:mentor_sessions")
        is None
    )
    assert (
        found(sheet({"mentor_sessions": 99}, history=months("mentor_sessions", *SIX[:5], None)), "R15:mentor_sessions")
        is None
    )


def test_months_that_were_all_alike_say_nothing():
    assert (
        found(sheet({"mentor_sessions": 99}, history=months("mentor_sessions", *[6] * 6)), "R15:mentor_sessions")
        is None
    )


def test_money_is_told_in_wan():
    history = months("financing", *(D(10_000) * each for each in (100, 110, 120, 130, 140, 150)))
    message = found(sheet({"financing": D(5_000_000)}, history=history), "R15:financing").message
    assert "本月获投融资金额 500 万元,以往 6 个月在 100 至 150 之间,中位数 125" in message
    assert "0.6745 ×(500 − 125)÷ 15 = 16.9" in message


def test_of_one_figure_at_most_one_thing_is_unusual():
    history = months("fund_size", *(D(1_000_000) * each for each in (9, 10, 11, 9, 10, 11)))
    said = [
        each for each in checks.run(sheet({"fund_size": D(110_000_000)}, history=history)) if each.place == "fund_size"
    ]
    assert [each.key for each in said] == ["R15:fund_size"]
    assert "10 倍" in said[0].message


def test_a_standing_figure_is_no_outlier_while_it_stays_about_where_it_was():
    """3,100 ㎡ after months about 3,000 is far by their spread; moved by a tenth at most since last month it is not asked."""
    history = months("area_leased", *(D(each) for each in (3000, 3010, 3005, 2995, 3000, 3100)))
    for now, asks in ((3100, False), (3410, False), (3411, True)):
        previous = {**GOOD, "area_leased": D(3100)}
        said = found(sheet({"area_leased": D(now)}, previous=previous, history=history), "R15:area_leased")
        assert (said is not None) is asks


def test_where_most_months_are_alike_the_mean_deviation_stands_in():
    """Four months at zero, two with money: the median deviation is 0, the mean one 50万元."""
    history = months("financing", *(D(10_000) * each for each in (0, 0, 0, 0, 100, 200)))
    message = found(sheet({"financing": D(4_000_000)}, history=history), "R15:financing").message
    assert "0.7979 ×(400 − 0)÷ 50 = 6.4" in message
    assert found(sheet({"financing": D(2_000_000)}, history=history), "R15:financing") is None


def test_a_first_month_counted_from_january_is_held_against_none():
    history = months("mentor_sessions", *SIX)
    assert found(sheet({"mentor_sessions": 99}, history=history, cumulative=True), "R15:mentor_sessions") is None


# --- What was probably meant ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "meant"),
    [(D(5_250_000_000), D(525_000)), (D(525_000_000), D(525_000)), (D(5_250_000), D(525_000)), (D("52.5"), D(525_000))],
)
def test_a_slip_of_the_unit_says_what_was_meant(now, meant):
    assert (
        found(sheet({"fund_size": now}, previous={**GOOD, "fund_size": D(520_000)}), "R15:fund_size").suggestion
        == meant
    )


def test_a_slip_of_a_flow_is_told_by_last_month_too():
    """Income of 67万元 last month, 36.5万元 in the middle: 670 is ten times the one, not of the other. What lies within the
    earlier months is not asked about."""
    history = months("income", *(D(10_000) * each for each in (20, 30, 33, 40, 60, 67)))
    previous = {**GOOD, "income": D(670_000)}
    each = found(sheet({"income": D(6_700_000)}, previous=previous, history=history), "R15:income")
    assert each.suggestion == D(670_000)
    assert each.message.startswith("载体本月收入 670 万元,上月为 67 万元,约为其 10 倍")
    low = {**GOOD, "income": D(20_000)}
    assert found(sheet({"income": D(200_000)}, previous=low, history=history), "R15:income") is None


@pytest.mark.parametrize("times", [4961, 32_000, 300_000])
def test_money_thousands_of_times_larger_is_always_asked_about(times):
    history = months("financing", *(D(10_000) * each for each in (100, 110, 120, 130, 140, 150)))
    each = found(sheet({"financing": D(1_250_000) * times}, history=history), "R15:financing")
    assert each.suggestion == (D(1_250_000) * times / 10_000).quantize(D("0.01"))


def test_a_big_move_says_nothing_of_what_was_meant():
    assert (
        found(sheet({"fund_size": D(900_000)}, previous={**GOOD, "fund_size": D(520_000)}), "R15:fund_size").suggestion
        is None
    )


# --- Typed against registered ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("known", "told"), [(D(3001), False), (D(2999), False), (D("3001.01"), True), (D(2500), True)])
def test_a_floor_area_is_told_when_it_is_more_than_a_square_metre_off(known, told):
    assert (found(sheet(beside={"area_leased": known}), "R25:area_leased") is not None) is told


def test_the_difference_is_told_with_both_sides_and_asks_for_no_words():
    each = found(sheet(beside={"mentors": 7}), "R25:mentors")
    assert each.message == "创业导师 10 人,登记库现有 7 人,填报数多 3 人;请核对填报数或补登记"
    assert (each.hard, each.must_explain, each.records) == (False, False, "mentors")
