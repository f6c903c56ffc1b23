"""How many points a value earns: one pure function a method, exact in fractions.

Nothing is rounded on the way. A total is rounded once, at the very end, half up to three decimals
(:func:`rounded`), so that 52.4585 is 52.459 whichever way it was added up.

Formulas (w: weight, v: value): the worked example of a published local assessment, ``w · min(1, v ÷ target)``, and
its bonus "each unit above the target, with a cap" are cases of :func:`points`; tests hold them line by line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from evaluations.schemefile.methods import (
    Bands,
    Expert,
    Linear,
    Method,
    PerUnit,
    Proportional,
    RankInPeers,
    RelativeToBest,
    Step,
    YesNo,
)

PLACES = Decimal("0.001")
ZERO, ONE = Fraction(0), Fraction(1)
EXPERT_FULL = 100


def rounded(value: Fraction | Decimal) -> Decimal:
    """To three decimals, half away from zero: the only rounding of a score."""
    if isinstance(value, Decimal):
        return value.quantize(PLACES, rounding=ROUND_HALF_UP)
    thousandths = abs(value) * 1000 + Fraction(1, 2)
    whole = Decimal(thousandths.numerator // thousandths.denominator)
    return (whole if value >= 0 else -whole) * PLACES


def points(method: Method, weight: Decimal, value: Fraction, peers: Sequence[Fraction] = ()) -> Fraction:
    """Points of ``value`` under ``method``, between 0 and the weight (for bonus items: their cap).

    ``peers`` are the known values of those compared with, in rising order, the value itself among them; only
    comparing methods read them. For ``expert``, ``value`` is the mean of :func:`panel`.
    """
    full = Fraction(weight)
    match method:
        case Proportional():
            return full * _within(value / Fraction(method.target), Fraction(method.cap))
        case Bands():
            reached = [Fraction(band.points) for band in method.table if value >= Fraction(band.at_least)]
            return reached[-1] if reached else ZERO
        case Linear():
            low, high = Fraction(method.low), Fraction(method.high)
            part = _within((value - low) / (high - low), ONE)
            return full * (ONE - part if method.falling else part)
        case PerUnit():
            most = Fraction(method.cap) if method.cap is not None else full
            return _within((value - Fraction(method.above)) * Fraction(method.points), most)
        case Step():
            return _step(method, full, value)
        case RelativeToBest():
            best = peers[-1] if peers else value
            return full * _within(value / best, ONE) if best > 0 else ZERO
        case RankInPeers():
            return full * Fraction(len(peers) - rank_of(value, peers) + 1, len(peers))
        case YesNo():
            return full if value >= Fraction(method.at_least) else ZERO
        case Expert():
            return full * value / EXPERT_FULL


def _within(part: Fraction, most: Fraction) -> Fraction:
    return max(ZERO, min(most, part))


def steps_beyond(method: Step, value: Fraction) -> int:
    """Full steps beyond the threshold; a step begun does not count."""
    return int((value - Fraction(method.threshold)) // Fraction(method.every))


def _step(method: Step, full: Fraction, value: Fraction) -> Fraction:
    if value < Fraction(method.threshold):
        return ZERO
    most = Fraction(method.cap) if method.cap is not None else full
    return min(most, Fraction(method.base) + steps_beyond(method, value) * Fraction(method.points))


def rank_of(value: Fraction, peers: Sequence[Fraction]) -> int:
    """1 for the highest of ``peers`` (in rising order); equal values share a rank and the next is skipped (1, 2, 2, 4)."""
    return 1 + len(peers) - bisect_right(peers, value)


@dataclass(frozen=True, slots=True)
class Panel:
    """What became of the experts' scores: ``kept`` of ``given``, their sum and mean."""

    given: int
    kept: int
    total: Fraction
    mean: Fraction


def panel(scores: Sequence[Decimal], drop_from: int) -> Panel:
    """The mean of the scores; with ``drop_from`` or more, without one highest and one lowest.

    Raises :class:`ValueError` for no scores: nobody's judgement is not zero.
    """
    if not scores:
        raise ValueError("no scores")
    ordered = sorted(Fraction(score) for score in scores)
    kept = ordered[1:-1] if len(ordered) >= drop_from else ordered
    total = sum(kept, ZERO)
    return Panel(len(ordered), len(kept), total, total / len(kept))
