"""Ranks share ties; grades by cut-off, by quota, and by both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evaluations.grades import assign, ranks
from evaluations.schemefile.schema import Grades


def scores(*values: str) -> dict[int, Decimal]:
    return {place: Decimal(value) for place, value in enumerate(values)}


def grades(by: str, *rows: dict[str, Any]) -> Grades:
    named = [{"code": f"g{place}", "name": f"第{place}等", "rank": place, **row} for place, row in enumerate(rows, 1)]
    return Grades.model_validate({"by": by, "set": named})


def given(found: Grades, *values: str) -> list[int]:
    return [grade.rank for grade in assign(found, scores(*values)).values()]


def test_ties_share_a_rank_and_skip_the_next() -> None:
    assert list(ranks(scores("90", "80", "80", "70")).values()) == [1, 2, 2, 4]
    assert ranks({}) == {}


def test_grades_by_cut_off() -> None:
    found = grades("score", {"at_least": 80}, {"at_least": 60}, {})
    assert given(found, "80", "79.999", "60", "59.999", "0") == [1, 2, 2, 3, 3]


def test_grades_by_quota_are_cumulated_and_rounded_down() -> None:
    found = grades("quota", {"share": "0.2"}, {"share": "0.3"}, {})
    # Of nine: 1.8 -> one excellent, 4.5 -> four good or better.
    assert given(found, "9", "8", "7", "6", "5", "4", "3", "2", "1") == [1, 2, 2, 2, 3, 3, 3, 3, 3]


def test_a_tie_at_the_edge_of_a_quota_is_graded_as_one() -> None:
    found = grades("quota", {"share": "0.5"}, {})
    assert given(found, "9", "8", "8", "1") == [1, 1, 1, 2]


def test_quota_and_cut_off_must_both_hold() -> None:
    found = grades("quota", {"share": "0.5", "at_least": 85}, {"share": "0.5"}, {})
    assert given(found, "90", "80", "70", "60") == [1, 2, 2, 2]
