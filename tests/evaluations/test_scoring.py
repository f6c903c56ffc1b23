"""Each method by literal numbers: below, at and above its limits; and a published assessment, line by line."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import TypeAdapter

from evaluations.schemefile.methods import Method
from evaluations.scoring import panel, points, rank_of, rounded

method_of = TypeAdapter(Method).validate_python


def earned(data: dict, weight: str, value: str, peers: tuple[str, ...] = ()) -> Fraction:
    ordered = sorted(Fraction(peer) for peer in peers)
    return points(method_of(data), Decimal(weight), Fraction(value), ordered)


PUBLISHED = [
    # item, weight, target, actual, published points
    ("年度引入注册孵化科技企业", "20", "10", "10", "20"),
    ("国家高新企业培育", "15", "2", "0", "0"),
    ("省级科技型中小企业培育", "10", "8", "1", "1.25"),
    ("年度高端人才引进", "20", "4", "1", "5"),
    ("举办活动", "10", "15", "17", "10"),
    ("孵化企业累计获投融资", "5", "300", "35", "0.583"),
    ("知识产权", "5", "10", "13", "5"),
    ("需求对接", "5", "5", "8", "5"),
    ("技术方案", "5", "25", "25", "5"),
    ("转化资金支持项目", "5", "8", "1", "0.625"),
]


@pytest.mark.parametrize(("item", "weight", "target", "actual", "published"), PUBLISHED, ids=[r[0] for r in PUBLISHED])
def test_published_assessment_line_by_line(item: str, weight: str, target: str, actual: str, published: str) -> None:
    """台州湾新区 2023: score = w · min(1, actual ÷ target)."""
    found = earned({"kind": "proportional", "target": Decimal(target)}, weight, actual)
    assert rounded(found) == Decimal(published)


def test_published_assessment_adds_up() -> None:
    total = sum(
        (earned({"kind": "proportional", "target": Decimal(t)}, w, a) for _, w, t, a, _ in PUBLISHED), Fraction(0)
    )
    assert rounded(total) == Decimal("52.458")


def test_published_bonus_of_units_above_target() -> None:
    """Each unit above the target 3 points, at most 15 an item."""
    bonus = {"kind": "per_unit", "points": 3, "above": 15, "cap": 15}
    assert earned(bonus, "15", "15") == 0
    assert earned(bonus, "15", "17") == 6
    assert earned(bonus, "15", "20") == 15
    assert earned(bonus, "15", "40") == 15


BANDS = {"kind": "bands", "table": [{"at_least": 10, "points": 2}, {"at_least": 20, "points": 5}]}
LINEAR = {"kind": "linear", "low": Decimal("0.2"), "high": Decimal("0.7")}
FALLING = {"kind": "linear", "low": 0, "high": 4, "falling": True}
STEP = {"kind": "step", "threshold": 10, "base": 4, "every": 5, "points": 2, "cap": 8}
HALF_CAP = {"kind": "proportional", "target": 10, "cap": Decimal("0.5")}
CASES = [
    ({"kind": "proportional", "target": 10}, "8", "-1", "0"),
    ({"kind": "proportional", "target": 10}, "8", "0", "0"),
    ({"kind": "proportional", "target": 10}, "8", "5", "4"),
    ({"kind": "proportional", "target": 10}, "8", "10", "8"),
    ({"kind": "proportional", "target": 10}, "8", "11", "8"),
    (HALF_CAP, "8", "4", "3.2"),
    (HALF_CAP, "8", "5", "4"),
    (HALF_CAP, "8", "9", "4"),
    (BANDS, "5", "9.99", "0"),
    (BANDS, "5", "10", "2"),
    (BANDS, "5", "19.99", "2"),
    (BANDS, "5", "20", "5"),
    (BANDS, "5", "500", "5"),
    (LINEAR, "8", "0.1", "0"),
    (LINEAR, "8", "0.2", "0"),
    (LINEAR, "8", "0.45", "4"),
    (LINEAR, "8", "0.7", "8"),
    (LINEAR, "8", "0.9", "8"),
    (FALLING, "8", "0", "8"),
    (FALLING, "8", "1", "6"),
    (FALLING, "8", "4", "0"),
    (FALLING, "8", "9", "0"),
    ({"kind": "per_unit", "points": 2}, "10", "0", "0"),
    ({"kind": "per_unit", "points": 2}, "10", "4", "8"),
    ({"kind": "per_unit", "points": 2}, "10", "5", "10"),
    ({"kind": "per_unit", "points": 2}, "10", "6", "10"),
    ({"kind": "per_unit", "points": 2, "cap": 7}, "10", "4", "7"),
    (STEP, "8", "9", "0"),
    (STEP, "8", "10", "4"),
    (STEP, "8", "14.9", "4"),
    (STEP, "8", "15", "6"),
    (STEP, "8", "20", "8"),
    (STEP, "8", "99", "8"),
    ({"kind": "yes_no", "at_least": Decimal("0.3")}, "6", "0.299999", "0"),
    ({"kind": "yes_no", "at_least": Decimal("0.3")}, "6", "0.3", "6"),
    ({"kind": "yes_no"}, "6", "2", "6"),
    ({"kind": "expert"}, "10", "87.5", "8.75"),
    ({"kind": "expert"}, "10", "0", "0"),
    ({"kind": "expert"}, "10", "100", "10"),
]


@pytest.mark.parametrize(("method", "weight", "value", "expected"), CASES)
def test_below_at_and_above_the_limits(method: dict, weight: str, value: str, expected: str) -> None:
    assert earned(method, weight, value) == Fraction(expected)


def test_relative_to_the_best() -> None:
    method = {"kind": "relative_to_best"}
    peers = ("4", "10", "5")
    assert earned(method, "8", "10", peers) == 8
    assert earned(method, "8", "5", peers) == 4
    assert earned(method, "8", "0", ("0", "10")) == 0
    assert earned(method, "8", "0", ("0", "0")) == 0, "a best of nothing earns nobody anything"


def test_rank_in_peers_with_a_tie() -> None:
    method = {"kind": "rank_in_peers"}
    peers = ("9", "7", "7", "1")
    assert earned(method, "8", "9", peers) == 8
    assert earned(method, "8", "7", peers) == 6
    assert earned(method, "8", "1", peers) == 2
    assert earned(method, "8", "3", ("3",)) == 8, "the only one is the first"
    assert [rank_of(Fraction(v), [Fraction(p) for p in (1, 7, 7, 9)]) for v in (9, 7, 1)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("scores", "kept", "mean"),
    [
        (["80"], 1, "80"),
        (["60", "70", "80", "90"], 4, "75"),
        (["10", "70", "80", "90", "100"], 3, "80"),
        (["70", "70", "70", "100", "100"], 3, "80"),
        (["50.5", "60", "70", "80", "90", "99.5"], 4, "75"),
    ],
)
def test_experts_highest_and_lowest_dropped_from_five_on(scores: list[str], kept: int, mean: str) -> None:
    found = panel([Decimal(score) for score in scores], 5)
    assert (found.given, found.kept, found.mean) == (len(scores), kept, Fraction(mean))


def test_no_expert_is_not_zero() -> None:
    with pytest.raises(ValueError, match="no scores"):
        panel([], 5)


@pytest.mark.parametrize(
    ("exact", "printed"),
    [("52.4585", "52.459"), ("52.4584999", "52.458"), ("-0.0005", "-0.001"), ("7/12", "0.583"), ("0", "0.000")],
)
def test_rounding_is_half_up_at_three_places(exact: str, printed: str) -> None:
    assert f"{rounded(Fraction(exact)):f}" == printed


def test_nothing_is_rounded_on_the_way() -> None:
    """Three thirds of a point make one point, not 0.999."""
    third = earned({"kind": "proportional", "target": 3}, "1", "1")
    assert third * 3 == 1
