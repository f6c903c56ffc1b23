"""How figures are typed, stored and shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from incubators.reporting.fields import BY_CODE, FieldError


@pytest.mark.parametrize(
    ("code", "text", "stored"),
    [
        ("financing", "125", Decimal("1250000.00")),
        ("financing", "1,250.5", Decimal("12505000.00")),
        ("financing", "12.5万元", Decimal("125000.00")),
        ("financing", "0.000001", Decimal("0.01")),
        ("financing", "0", Decimal("0.00")),
        ("financing", "", None),
        ("area_leased", "3000.5㎡", Decimal("3000.50")),
        ("area_leased", "３０００", Decimal("3000.00")),
        ("mentors", "12人", 12),
        ("mentors", "12.0", 12),
        ("mentors", " 1 200 ", 1200),
        ("financing", "1,234,567.5", Decimal("12345675000.00")),
        ("financing", "１，234，567．5 万元", Decimal("12345675000.00")),
        ("mentors", "+12", 12),
        ("mentors", "007", 7),
    ],
)
def test_what_a_person_types_is_understood(code, text, stored):
    assert BY_CODE[code].parse(text) == stored


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [
        ("financing", "很多", "不是数字"),
        ("financing", "0.0000001", "六位小数"),
        ("financing", "-1", "不能为负数"),
        ("financing", "NaN", "不是数字"),
        ("financing", "1" * 30, "数值过大"),
        ("financing", "1" * 5000, "数值过大"),
        ("financing", "1e99", "不是数字"),
        ("financing", "1e999999", "不是数字"),
        ("financing", "2e3", "不是数字"),
        ("mentors", "1_0", "不是数字"),
        ("mentors", "1、2", "几个数.*千位分隔"),
        ("mentors", "3、5人", "几个数.*千位分隔"),
        ("financing", "12,5", "小数用点,如 1250.5"),
        ("financing", "12,5", "千位分隔"),
        ("financing", "1,23,456", "千位分隔"),
        ("financing", "1234,567", "千位分隔"),
        ("financing", "0,125", "千位分隔"),
        ("financing", "1,250,5", "千位分隔"),
        ("mentors", "3 5", "千位分隔"),
        ("area_leased", "3.001", "两位小数"),
        ("mentors", "2.5", "须为整数"),
        ("mentors", "3000000000", "数值过大"),
    ],
)
def test_what_cannot_be_read_says_why(code, text, sentence):
    with pytest.raises(FieldError, match=sentence):
        BY_CODE[code].parse(text)


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("financing", Decimal("12505000.00"), "1,250.5 万元"),
        ("financing", Decimal("0.01"), "0.000001 万元"),
        ("area_leased", Decimal("3000.00"), "3,000 ㎡"),
        ("mentors", 1200, "1,200 人"),
        ("mentors", 0, "0 人"),
        ("mentors", None, "—"),
    ],
)
def test_how_a_value_is_shown(code, value, words):
    assert BY_CODE[code].show(value) == words


@pytest.mark.parametrize("value", [Decimal("12505000.00"), Decimal("0.01"), Decimal("0.00"), Decimal("100000.00")])
def test_what_is_shown_in_the_form_is_read_back_the_same(value):
    spec = BY_CODE["income"]
    assert spec.parse(spec.typed(value)) == value


@pytest.mark.parametrize(
    ("kind", "asked"), [("maker_space", {"seats_total", "seats_used", "teams"}), ("incubator", {"area_leased"})]
)
def test_what_is_asked_depends_on_the_kind(kind, asked):
    special = ("seats_total", "seats_used", "teams", "area_leased")
    assert {code for code in special if BY_CODE[code].required_for(kind)} == asked
