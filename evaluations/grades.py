"""Ranks and grades from scores. Pure; scores are totals already rounded, for what is printed equal must rank equal."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import TypeVar

from evaluations.schemefile.schema import Grade, Grades

Key = TypeVar("Key", bound=Hashable)


def ranks(scores: Mapping[Key, Decimal]) -> dict[Key, int]:
    """Rank by score, 1 the highest. Equal scores share a rank and the ranks after them are skipped (1, 2, 2, 4)."""
    ordered = sorted(scores.values(), reverse=True)
    first: dict[Decimal, int] = {}
    for place, score in enumerate(ordered, 1):
        first.setdefault(score, place)
    return {key: first[score] for key, score in scores.items()}


def seats(grades: Grades, ranked: int) -> dict[str, int]:
    """How far down the ranking each grade with a share reaches: cumulated shares of ``ranked``, rounded down."""
    reach, share = {}, Decimal(0)
    for grade in grades.set:
        if grade.share is not None:
            share += grade.share
            reach[grade.code] = int(share * ranked)
    return reach


def assign(grades: Grades, scores: Mapping[Key, Decimal]) -> dict[Key, Grade]:
    """The grade of every score: the best one whose cut-off and quota (those it has) both hold.

    Those who share a rank share a grade: a tie at the edge of a quota gets the better grade as one.
    """
    places, reach = ranks(scores), seats(grades, len(scores))
    return {key: _grade(grades, score, places[key], reach) for key, score in scores.items()}


def _grade(grades: Grades, score: Decimal, place: int, reach: Mapping[str, int]) -> Grade:
    for grade in grades.set[:-1]:
        high_enough = grade.at_least is None or score >= grade.at_least
        in_quota = grade.code not in reach or place <= reach[grade.code]
        if high_enough and in_quota:
            return grade
    return grades.set[-1]
