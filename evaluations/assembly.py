"""From inputs to results: every step of every carrier, totals, ranks and grades. Pure: no database, no clock.

A result is a list of steps, each a plain dictionary that a page can print as it stands. ``points`` is the printed
number (three decimals), ``exact`` the fraction behind it, so that a total can be added up again without error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluations import grades, wording
from evaluations.schemefile.methods import RankInPeers, RelativeToBest
from evaluations.schemefile.schema import Counted, Dimension, Extra, Extras, Indicator, SchemeFile, Veto
from evaluations.scoring import ZERO, points, rounded

Step = dict[str, Any]
FULL = Fraction(100)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier that takes part."""

    key: int
    kind: str


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of one item of one carrier. ``value`` None: unknown, and ``missing`` says why (Chinese).

    ``unit`` of the value; ``shown`` goes into the step as it is (figure, terms, period, note).
    """

    value: Fraction | None
    unit: str = ""
    missing: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)


Inputs = Mapping[tuple[str, int], Input]
UNKNOWN = Input(None, missing="没有数据")


@dataclass(slots=True)
class Outcome:
    """One carrier's result. ``score`` is None while anything is ``missing``."""

    key: int
    steps: list[Step]
    missing: list[str]
    score: Decimal | None
    rank: int | None = None
    grade: str = ""


@dataclass(slots=True)
class _Sum:
    """What builds up while one carrier is scored."""

    weight: Fraction = ZERO
    base: Fraction = ZERO
    left_out: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def assemble(scheme: SchemeFile, candidates: Sequence[Candidate], inputs: Inputs) -> list[Outcome]:
    """Results of all candidates: scored, ranked among those with a score, graded; a veto decides whatever the score."""
    peers = _Peers(scheme, candidates, inputs)
    outcomes, vetoed = [], {}
    for candidate in candidates:
        outcome, veto = _score(scheme, candidate, inputs, peers)
        outcomes.append(outcome)
        if veto is not None:
            vetoed[candidate.key] = veto
    kinds = {candidate.key: candidate.kind if scheme.rank_within == "kind" else "" for candidate in candidates}
    for kind in sorted(set(kinds.values())):
        scores = {each.key: each.score for each in outcomes if each.score is not None and kinds[each.key] == kind}
        places, given = grades.ranks(scores), grades.assign(scheme.grades, scores)
        for each in outcomes:
            if each.key in scores:
                each.rank, each.grade = places[each.key], given[each.key].name
    for each in outcomes:
        _conclude(scheme, each, vetoed.get(each.key))
    return outcomes


class _Peers:
    """Known values in rising order, per comparing item and group; empty for methods that do not compare."""

    def __init__(self, scheme: SchemeFile, candidates: Sequence[Candidate], inputs: Inputs) -> None:
        self._values: dict[tuple[str, str], list[Fraction]] = {}
        for item in scheme.indicators:
            if not isinstance(item.method, RelativeToBest | RankInPeers):
                continue
            for candidate in candidates:
                value = inputs.get((item.code, candidate.key), UNKNOWN).value
                if value is not None and item.applies_to(candidate.kind):
                    self._values.setdefault(self._group(item, candidate), []).append(value)
        for values in self._values.values():
            values.sort()

    @staticmethod
    def _group(item: Indicator, candidate: Candidate) -> tuple[str, str]:
        return item.code, candidate.kind if getattr(item.method, "among", "") == "kind" else ""

    def of(self, item: Indicator, candidate: Candidate) -> Sequence[Fraction]:
        return self._values.get(self._group(item, candidate), ())


def _score(
    scheme: SchemeFile, candidate: Candidate, inputs: Inputs, peers: _Peers
) -> tuple[Outcome, tuple[Veto, str] | None]:
    total = _Sum()
    steps: list[Step] = []
    dimensions: list[tuple[Dimension, list[Step]]] = []
    for dimension in scheme.dimensions:
        rows = [
            _indicator_step(item, dimension, candidate, inputs, peers.of(item, candidate), total)
            for item in dimension.indicators
        ]
        dimensions.append((dimension, rows))
        steps += rows
    factor = FULL / total.weight if total.weight else ZERO
    if not total.weight:
        total.missing.append("没有可用于评分的指标")
    steps += [_dimension_step(dimension, rows, factor) for dimension, rows in dimensions]
    if total.left_out:
        steps.append(_rescale_step(total, factor))
    added = _extra_steps(scheme.bonus, "bonus", candidate, inputs, total, steps)
    taken = _extra_steps(scheme.deduction, "deduction", candidate, inputs, total, steps)
    veto = _veto_steps(scheme, candidate, inputs, total, steps)
    exact = max(ZERO, total.base * factor + added - taken)
    score = None if total.missing else rounded(exact)
    steps.append(_total_step(total.base * factor, added, taken, exact, total.missing))
    return Outcome(candidate.key, steps, total.missing, score), veto


def _start(part: str, item: Counted, found: Input) -> Step:
    return {"part": part, "code": item.code, "name": item.name, "figure": dict(found.shown), "note": ""}


def _earned(step: Step, earned: Fraction) -> None:
    step.update(status="scored", points=f"{rounded(earned):f}", exact=str(earned))


def _indicator_step(
    item: Indicator, dimension: Dimension, candidate: Candidate, inputs: Inputs, peers: Sequence[Fraction], total: _Sum
) -> Step:
    found = inputs.get((item.code, candidate.key), UNKNOWN)
    step = _start("indicator", item, found)
    step.update(dimension=dimension.code, weight=f"{item.weight:f}", expert=item.expert, arithmetic="", points=None)
    step["method"] = wording.method_words(item.method, item.weight, found.unit)
    if not item.applies_to(candidate.kind):
        words = f"不适用于{wording.kinds_words([candidate.kind])},权重{wording.bare(item.weight)}分移出"
        step.update(status="not_applicable", note=words, figure={})
        total.left_out.append(f"{item.name}{wording.bare(item.weight)}分(不适用)")
        return step
    if found.value is None:
        _unknown(step, item, found, total)
        return step
    earned = points(item.method, item.weight, found.value, peers)
    step["arithmetic"] = wording.arithmetic(
        item.method, wording.Sum(item.weight, found.value, found.unit, peers, earned)
    )
    _earned(step, earned)
    total.weight += Fraction(item.weight)
    total.base += earned
    return step


def _unknown(step: Step, item: Indicator, found: Input, total: _Sum) -> None:
    """An indicator without a value: what the scheme says, and unless it says something, no total."""
    why = found.missing or "没有数据"
    if item.missing == "leave_out":
        step.update(status="left_out", note=f"缺数据({why}),按方案移出并折算:{item.missing_reason}")
        total.left_out.append(f"{item.name}{wording.bare(item.weight)}分(缺数据)")
        return
    total.weight += Fraction(item.weight)
    if item.missing == "zero":
        _earned(step, ZERO)
        step.update(note=f"缺数据({why}),按方案计0分:{item.missing_reason}", arithmetic="0")
        return
    step.update(status="missing", note=why)
    total.missing.append(f"{item.name}:{why}")


def _dimension_step(dimension: Dimension, rows: Iterable[Step], factor: Fraction) -> Step:
    rows = list(rows)
    step: Step = {
        "part": "dimension",
        "code": dimension.code,
        "name": dimension.name,
        "weight": f"{dimension.weight:f}",
    }
    counted = [row for row in rows if row.get("exact") is not None]
    if any(row["status"] == "missing" for row in rows):
        step.update(points=None, raw=None, status="missing")
    elif not counted:
        step.update(points=None, raw=None, status="not_applicable")
    else:
        raw = sum((Fraction(row["exact"]) for row in counted), ZERO)
        step["raw"] = f"{rounded(raw):f}"
        _earned(step, raw * factor)
    return step


def _rescale_step(total: _Sum, factor: Fraction) -> Step:
    weight = wording.bare(total.weight)
    words = f"移出{'、'.join(total.left_out)};其余权重合计{weight}分,得分乘以 100 ÷ {weight} 折算为百分制"
    return {"part": "rescale", "name": "折算", "note": words, "arithmetic": f"100 ÷ {weight}", "factor": str(factor)}


def _extra_steps(
    extras: Extras | None, part: str, candidate: Candidate, inputs: Inputs, total: _Sum, steps: list[Step]
) -> Fraction:
    """Steps of bonus or deduction items; returns their sum under the cap."""
    if extras is None:
        return ZERO
    amount = ZERO
    for item in extras.items:
        if item.applies_to(candidate.kind):
            amount += _extra_step(item, part, candidate, inputs, total, steps)
    return min(amount, Fraction(extras.cap))


def _extra_step(
    item: Extra, part: str, candidate: Candidate, inputs: Inputs, total: _Sum, steps: list[Step]
) -> Fraction:
    found = inputs.get((item.code, candidate.key), UNKNOWN)
    step = _start(part, item, found)
    step.update(method=wording.method_words(item.method, item.cap, found.unit), points=None, arithmetic="")
    steps.append(step)
    if found.value is None:
        step.update(status="missing", note=found.missing or "没有数据")
        total.missing.append(f"{item.name}:{step['note']}")
        return ZERO
    earned = min(points(item.method, item.cap, found.value), Fraction(item.cap))
    step["arithmetic"] = wording.arithmetic(item.method, wording.Sum(item.cap, found.value, found.unit, (), earned))
    _earned(step, earned)
    return earned


def _veto_steps(
    scheme: SchemeFile, candidate: Candidate, inputs: Inputs, total: _Sum, steps: list[Step]
) -> tuple[Veto, str] | None:
    """Steps of the vetoes; returns the one that holds with the worst grade, and its sentence."""
    holding: list[tuple[int, Veto, str]] = []
    for veto in scheme.vetoes:
        if not veto.applies_to(candidate.kind):
            continue
        found = inputs.get((veto.code, candidate.key), UNKNOWN)
        grade = scheme.grades.get(veto.grade)
        step = _start("veto", veto, found)
        step["method"] = wording.veto_words(veto, found.unit, grade)
        steps.append(step)
        if found.value is None:
            step.update(status="missing", note=found.missing or "没有数据")
            total.missing.append(f"{veto.name}:{step['note']}")
            continue
        holds = (veto.at_least is not None and found.value >= Fraction(veto.at_least)) or (
            veto.at_most is not None and found.value <= Fraction(veto.at_most)
        )
        step.update(status="holds" if holds else "clear", note="触发" if holds else "未触发")
        if holds and grade is not None:
            holding.append((grade.rank, veto, f"触发一票否决“{veto.name}”"))
    if not holding:
        return None
    _, worst, sentence = max(holding, key=lambda each: each[0])
    return worst, sentence


def _total_step(base: Fraction, added: Fraction, taken: Fraction, exact: Fraction, missing: list[str]) -> Step:
    step: Step = {
        "part": "total",
        "name": "总分",
        "base": str(base),
        "bonus": str(added),
        "deduction": str(taken),
        "arithmetic": "",
        "points": None,
        "note": "",
    }
    if missing:
        step.update(status="missing", note="缺数据,不能给出总分")
        return step
    parts = f"{wording.bare(base)} + {wording.bare(added)} − {wording.bare(taken)}"
    step["arithmetic"] = parts if added or taken else wording.bare(base)
    if base + added < taken:
        step["note"] = "扣分后不足0分,按0分计"
    _earned(step, exact)
    return step


def _conclude(scheme: SchemeFile, outcome: Outcome, veto: tuple[Veto, str] | None) -> None:
    """The last step: rank and grade, with the reason."""
    step: Step = {"part": "grade", "name": "等次", "note": ""}
    if veto is not None:
        grade = scheme.grades.get(veto[0].grade)
        outcome.grade = grade.name if grade else ""
        step["note"] = veto[1]
    elif outcome.score is None:
        step["note"] = "缺数据,不能评定等次"
    else:
        given = next(grade for grade in scheme.grades.set if grade.name == outcome.grade)
        step["note"] = wording.grade_words(given)
    step.update(grade=outcome.grade, rank=outcome.rank)
    outcome.steps.append(step)
