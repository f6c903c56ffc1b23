"""Results put together from inputs: rescaling, what is missing, bonus, deduction, veto, ranks. Pure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluations.assembly import Candidate, Input, Outcome, assemble
from evaluations.schemefile.schema import SchemeFile
from evaluations.scoring import rounded
from tests.evaluations.factories import scheme_data

A, B = Candidate(1, "incubator"), Candidate(2, "maker_space")


def item(code: str, weight: int, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"指标{code}",
        "weight": weight,
        "figure": {"indicator": "n_incubatee"},
        "method": {"kind": "proportional", "target": 10},
        **more,
    }


def extra(code: str, points: int, cap: int) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "figure": {"indicator": "n_incubatee"},
        "method": {"kind": "per_unit", "points": points},
        "cap": cap,
    }


def run(data: dict[str, Any], values: dict[tuple[str, int], Any], *who: Candidate) -> dict[int, Outcome]:
    scheme = SchemeFile.model_validate(data)
    known = {
        key: Input(None, "家", value) if isinstance(value, str) else Input(Fraction(value), "家")
        for key, value in values.items()
    }
    return {each.key: each for each in assemble(scheme, who or (A,), known)}


def step(outcome: Outcome, code: str) -> dict[str, Any]:
    return next(each for each in outcome.steps if each.get("code") == code)


def part(outcome: Outcome, name: str) -> dict[str, Any]:
    return next(each for each in outcome.steps if each["part"] == name)


def test_points_add_up_to_the_total() -> None:
    found = run(scheme_data([item("a", 70), item("b", 30)]), {("a", 1): 5, ("b", 1): 10})[1]
    assert (found.score, found.missing) == (Decimal("65.000"), [])
    assert step(found, "a")["arithmetic"] == "70 × 5家 ÷ 10家 = 35"
    assert step(found, "b")["points"] == "30.000"
    assert part(found, "total")["arithmetic"] == "65"


def test_an_indicator_that_does_not_apply_leaves_its_weight_to_the_rest() -> None:
    """Weight 20 goes out for maker spaces: 40 of 80 is 50 of 100, not 40 and not 40 with a zero."""
    data = scheme_data([item("a", 80), item("b", 20, kinds=["incubator"])])
    found = run(data, {("a", 1): 5, ("b", 1): 5, ("a", 2): 5}, A, B)
    assert found[1].score == Decimal("50.000")
    assert found[2].score == Decimal("50.000")
    assert step(found[2], "b")["status"] == "not_applicable"
    assert step(found[2], "b")["points"] is None
    rescaled = part(found[2], "rescale")
    assert rescaled["arithmetic"] == "100 ÷ 80"
    assert "指标b20分(不适用)" in rescaled["note"]
    assert not [each for each in found[1].steps if each["part"] == "rescale"]


def test_rescaling_in_thirds_stays_exact() -> None:
    data = scheme_data([item("a", 30), item("b", 70, kinds=["incubator"])])
    found = run(data, {("a", 2): 10}, B)[2]
    assert found.score == Decimal("100.000")


def test_missing_data_gives_no_total_and_no_zero() -> None:
    found = run(scheme_data([item("a", 70), item("b", 30)]), {("a", 1): 5, ("b", 1): "没有审核通过的月报"})[1]
    assert found.score is None
    assert found.rank is None
    assert found.grade == ""
    assert found.missing == ["指标b:没有审核通过的月报"]
    assert step(found, "b")["status"] == "missing"
    assert step(found, "b")["points"] is None
    assert part(found, "total")["points"] is None


def test_nothing_known_of_an_item_counts_as_missing() -> None:
    assert run(scheme_data([item("a", 100)]), {})[1].missing == ["指标a:没有数据"]


def test_a_scheme_may_say_that_missing_is_zero_or_left_out() -> None:
    zero = item("b", 50, missing="zero", missing_reason="逾期不报按零分计")
    found = run(scheme_data([item("a", 50), zero]), {("a", 1): 10, ("b", 1): "未报"})[1]
    assert found.score == Decimal("50.000")
    assert "逾期不报按零分计" in step(found, "b")["note"]
    out = item("b", 50, missing="leave_out", missing_reason="新设载体无可比数据")
    found = run(scheme_data([item("a", 50), out]), {("a", 1): 10, ("b", 1): "未报"})[1]
    assert found.score == Decimal("100.000")
    assert step(found, "b")["status"] == "left_out"


def test_bonus_and_deduction_are_capped_each_and_together() -> None:
    data = scheme_data(
        [item("a", 100)],
        bonus={"cap": 5, "items": [extra("x", 2, 4), extra("y", 1, 3)]},
        deduction={"cap": 6, "items": [extra("z", 4, 6)]},
    )
    found = run(data, {("a", 1): 5, ("x", 1): 9, ("y", 1): 9, ("z", 1): 1})[1]
    assert (step(found, "x")["points"], step(found, "y")["points"]) == ("4.000", "3.000")
    assert part(found, "total")["arithmetic"] == "50 + 5 − 4"
    assert found.score == Decimal("51.000")


def test_a_total_is_never_below_zero() -> None:
    data = scheme_data([item("a", 100)], deduction={"cap": 6, "items": [extra("z", 4, 6)]})
    found = run(data, {("a", 1): 0, ("z", 1): 1})[1]
    assert found.score == Decimal("0.000")
    assert part(found, "total")["note"] == "扣分后不足0分,按0分计"


VETO = {
    "code": "v",
    "name": "年末无在孵企业",
    "figure": {"indicator": "n_incubatee"},
    "at_most": 0,
    "grade": "unqualified",
}


def test_a_veto_decides_whatever_the_score() -> None:
    data = scheme_data([item("a", 100)], vetoes=[VETO])
    found = run(data, {("a", 1): 10, ("v", 1): 0})[1]
    assert (found.score, found.grade) == (Decimal("100.000"), "不合格")
    assert part(found, "grade")["note"] == "触发一票否决“年末无在孵企业”"
    assert run(data, {("a", 1): 10, ("v", 1): 1})[1].grade == "优秀"


def test_a_veto_decides_even_without_a_total() -> None:
    found = run(scheme_data([item("a", 100)], vetoes=[VETO]), {("a", 1): "未报", ("v", 1): 0})[1]
    assert (found.score, found.grade) == (None, "不合格")


def test_a_veto_that_cannot_be_judged_is_missing() -> None:
    found = run(scheme_data([item("a", 100)], vetoes=[VETO]), {("a", 1): 10, ("v", 1): "没有数据"})[1]
    assert found.score is None
    assert found.missing == ["年末无在孵企业:没有数据"]


def test_ranks_and_grades_among_those_with_a_total() -> None:
    people = [Candidate(key, "incubator") for key in range(1, 5)]
    values = {("a", 1): 10, ("a", 2): 7, ("a", 3): 7, ("a", 4): "未报"}
    found = run(scheme_data([item("a", 100)]), values, *people)
    assert [found[key].rank for key in range(1, 5)] == [1, 2, 2, None]
    assert [found[key].grade for key in range(1, 5)] == ["优秀", "优良", "优良", ""]


def test_ranks_within_the_kind_when_the_scheme_says_so() -> None:
    data = scheme_data([item("a", 100)], rank_within="kind")
    found = run(data, {("a", 1): 5, ("a", 2): 4}, A, B)
    assert [found[key].rank for key in (1, 2)] == [1, 1]


def test_compared_with_those_of_the_same_kind_only() -> None:
    method = {"kind": "relative_to_best", "among": "kind"}
    data = scheme_data([item("a", 100, method=method)])
    found = run(data, {("a", 1): 5, ("a", 2): 50}, A, B)
    assert found[1].score == Decimal("100.000")
    data = scheme_data([item("a", 100, method={**method, "among": "all"})])
    assert run(data, {("a", 1): 5, ("a", 2): 50}, A, B)[1].score == Decimal("10.000")


def test_the_steps_alone_give_the_total_again() -> None:
    data = scheme_data([item("a", 67), item("b", 20), item("c", 13, kinds=["incubator"])])
    found = run(data, {("a", 2): Fraction(1, 3), ("b", 2): 7}, B)[2]
    exact = sum(Fraction(each["exact"]) for each in found.steps if each["part"] == "indicator" and each.get("exact"))
    assert rounded(exact * Fraction(part(found, "rescale")["factor"])) == found.score
