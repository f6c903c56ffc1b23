"""Four answers, never mixed: a figure, a true zero, missing with a reason, not applicable."""

from __future__ import annotations

import pytest

from incubators.reporting import checks
from incubators.reporting.fields import BY_CODE, FIELDS, NOT_APPLICABLE, FieldError, Gap, GapKind
from incubators.services import reports as services
from incubators.services.reports import NotReady, Seen
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office, sheet

FUND = BY_CODE["fund_size"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0", 0),
        ("", None),
        ("缺:账单未到", Gap(GapKind.MISSING, "账单未到")),
        ("缺 账单未到", Gap(GapKind.MISSING, "账单未到")),
        ("暂缺(账单未到)", Gap(GapKind.MISSING, "账单未到")),
        ("不适用", NOT_APPLICABLE),
        ("n/a", NOT_APPLICABLE),
        ("/", NOT_APPLICABLE),
    ],
)
def test_what_a_person_types(text, answer):
    assert FUND.parse(text) == answer


@pytest.mark.parametrize("text", ["缺", "缺:", "暂缺", "无"])
def test_what_says_too_little_is_refused_with_what_to_write(text):
    with pytest.raises(FieldError, match="缺:"):
        FUND.parse(text)


@pytest.mark.parametrize("answer", [Gap(GapKind.MISSING, "账单未到"), NOT_APPLICABLE])
def test_an_answer_is_typed_as_it_is_read(answer):
    assert FUND.parse(FUND.typed(answer)) == answer


def test_a_missing_figure_with_its_reason_is_handed_in_and_is_no_zero(db):
    office = Office()
    row = office.submitted(fund_size=Gap(GapKind.MISSING, "账单未到"))
    assert row.fund_size is None
    assert row.gaps == {"fund_size": {"kind": "missing", "reason": "账单未到"}}


def test_a_figure_takes_the_place_of_a_gap(db):
    office = Office()
    row = office.draft(fund_size=NOT_APPLICABLE)
    row = services.save_draft(
        user=office.operator,
        carrier=office.carrier,
        month=MAY,
        values={"fund_size": GOOD["fund_size"]},
        seen=Seen.of(row),
    )
    assert (row.fund_size, row.gaps) == (GOOD["fund_size"], {})


def test_what_must_be_told_is_never_not_applicable(db):
    office = Office()
    with pytest.raises(NotReady) as refused:
        office.submitted(mentors=NOT_APPLICABLE)
    assert "不能填不适用" in refused.value.errors["mentors"][0]


def test_a_gap_is_part_of_what_is_accepted(db):
    office = Office()
    row = office.submitted(fund_size=Gap(GapKind.MISSING, "账单未到"))
    other = Office().submitted(fund_size=Gap(GapKind.MISSING, "年底才审计"))
    assert row.content_hash != other.content_hash


def test_a_gap_asks_for_nothing_more():
    found = checks.run(sheet({"fund_size": None}, gaps={"fund_size": Gap(GapKind.MISSING, "账单未到")}, texts=TEXTS))
    assert [each for each in found if each.place == "fund_size"] == []


def test_a_report_of_nothing_but_reasons_is_not_handed_in(db):
    """Half of the figures that are required may be missing for now, more may not."""
    office = Office()
    required = [spec.code for spec in FIELDS if spec.required_for(office.carrier.kind)]
    half = len(required) // 2
    late = Gap(GapKind.MISSING, "资料未到")
    with pytest.raises(NotReady) as refused:
        office.submitted(**dict.fromkeys(required[: half + 1], late))
    assert f"必填的{len(required)}项数中缺{half + 1}项" in refused.value.errors[""][0]
    some = required[:half]
    found = checks.run(sheet(dict.fromkeys(some), gaps=dict.fromkeys(some, late)))
    assert not [each for each in found if "超过一半" in each.message]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("67", 670_000),
        ("67万元", 670_000),
        ("67 万", 670_000),
        ("670,000元", 670_000),
        ("670千元", 670_000),
        ("0.5亿元", 50_000_000),
        ("-0", 0),
    ],
)
def test_money_may_be_typed_with_its_unit(text, yuan):
    assert FUND.parse(text) == yuan


@pytest.mark.parametrize("text", ["-", " -   ", "—", "无"])
def test_a_dash_is_no_answer(text):
    """Spreadsheets show a zero as a dash, people write one for what they do not know."""
    with pytest.raises(FieldError, match="不明确"):
        FUND.parse(text)
