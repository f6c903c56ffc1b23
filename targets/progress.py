"""Progress of targets: what is read is judged and made into rows, one a month for the whole and one now for each area."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from incubators.models import Area
from plans.models import OpenQuestion
from plans.selectors import Decided
from targets.measuring import Reading, aim_of, parts_goals, read
from targets.models import Progress, Target
from targets.pace import PACE_WORDS, Aim, Seen, Verdict, judge

SIX, FOUR = Decimal("0.000001"), Decimal("0.0001")
# What makes two rows the same.
CONTENT = (
    "on", "value", "goal", "pace", "reason", "expected", "needed_a_month",
    "forecast", "forecast_low", "forecast_high", "explanation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What people decided about the targets' open questions: the questions by code, and the answers in force."""

    questions: Mapping[str, OpenQuestion]
    decided: Mapping[str, Decided]

    def of(self, target: Target) -> dict[str, Decided]:
        codes = target.definition.get("decisions") or []
        return {code: self.decided[code] for code in codes if code in self.decided}

    def blocking(self, target: Target) -> list[OpenQuestion]:
        """Questions without whose answer no figure may be given. A confirmation by a person needs none; the base year
        of a trend blocks that year alone."""
        if target.comparator in {Target.Comparator.DONE, Target.Comparator.SOME}:
            return []
        codes = target.definition.get("decisions") or []
        open_ones = [self.questions[code] for code in codes if code in self.questions and code not in self.decided]
        blocking = [question for question in open_ones if question.blocking]
        if target.kind == Target.Kind.TREND:
            blocking = [question for question in blocking if question.value_kind != OpenQuestion.ValueKind.AMOUNT]
        return blocking


def progress_rows(target: Target, *, on: date, known: Known) -> list[Progress]:
    """Unsaved rows of ``target`` as of ``on``: its months up to then (never past its deadline), and its areas now.

    ``target`` comes with plan, area, outside figures and allocations (with their areas) already fetched.
    """
    decided = known.of(target)
    aim = aim_of(target, decided)
    day = min(on, target.deadline) if target.deadline else on
    blocking = known.blocking(target)
    if blocking:
        return _blocked(target, aim, blocking, day)
    shares = list(target.allocations.all())
    reading = read(target, aim, day, decided, [share.area for share in shares])
    notes = _notes(target, known, reading)
    rows = [_row(target, None, each, judge(aim, seen, on=each), {}) for each, seen in reading.past]
    rows.append(_row(target, None, day, judge(aim, reading.seen, on=on), notes))
    for share in shares:
        seen = reading.parts.get(share.area_id, Seen(missing=reading.seen.missing))
        rows.append(_row(target, share.area, day, judge(parts_goals(aim, share.value), seen, on=on), {}))
    return rows


def _blocked(target: Target, aim: Aim, blocking: Sequence[OpenQuestion], day: date) -> list[Progress]:
    words = ";".join(question.question for question in blocking)
    verdict = Verdict(pace="unknown", reason=f"尚不能计算:待定事项尚未决定——{words}", goal=aim.value)
    notes = {"missing_decisions": [question.code for question in blocking]}
    whole = [_row(target, None, day, verdict, notes)]
    parts = [
        (share.area, Verdict(pace="unknown", reason=verdict.reason, goal=share.value))
        for share in target.allocations.all()
    ]
    return whole + [_row(target, area, day, one, {}) for area, one in parts]


def _notes(target: Target, known: Known, reading: Reading) -> dict[str, Any]:
    """What stands beside the steps: the question asked, the two terms of a share, doubling, decisions used."""
    notes: dict[str, Any] = {"decisions": sorted(known.of(target))}
    if reading.question:
        notes["question"] = reading.question.as_json()
    if reading.denominator is not None:
        notes["numerator"], notes["denominator"] = str(reading.numerator), str(reading.denominator)
    if reading.net is not None:
        notes["net"] = str(reading.net)
    baseline = target.definition.get("baseline") or {}
    base = Decimal(str(baseline["value"])) if baseline.get("value") not in (None, 0, "0") else None
    if base and reading.seen.value is not None:
        # 翻一番 is shown, never judged: the number reached decides (FX-X01).
        notes["multiple"] = {
            "base": str(base),
            "status": baseline.get("status", ""),
            "times": str((reading.seen.value / base).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)),
        }
    return notes


def _q(value: Decimal | None, places: Decimal) -> Decimal | None:
    return None if value is None else value.quantize(places, rounding=ROUND_HALF_UP)


def _row(target: Target, area: Area | None, day: date, verdict: Verdict, notes: Mapping[str, Any]) -> Progress:
    ahead = verdict.forecast
    row = Progress(
        target=target,
        area=area,
        month=day.replace(day=1),
        on=day,
        value=_q(verdict.value, SIX),
        goal=_q(verdict.goal, FOUR),
        pace=verdict.pace,
        reason=verdict.reason[:500],
        expected=_q(verdict.expected, SIX),
        needed_a_month=_q(verdict.needed_a_month, FOUR),
        forecast=_q(ahead.value, FOUR) if ahead else None,
        forecast_low=_q(ahead.low, FOUR) if ahead else None,
        forecast_high=_q(ahead.high, FOUR) if ahead else None,
        explanation={
            **notes,
            "forecast_months": ahead.months if ahead else 0,
            "steps": [step.as_dict() for step in verdict.steps],
            "years": [
                {
                    "year": year.year,
                    "value": None if year.value is None else str(_q(year.value, SIX)),
                    "goal": None if year.goal is None else str(year.goal),
                    "pace": year.pace,
                    "word": PACE_WORDS[year.pace],
                }
                for year in verdict.years
            ],
        },
    )
    row.fingerprint = fingerprint(row)
    return row


def fingerprint(row: Progress) -> str:
    """SHA-256 over what a row says, so that an unchanged one is left alone."""
    content = [str(getattr(row, name)) if name != "explanation" else row.explanation for name in CONTENT]
    words = json.dumps([row.target.fingerprint, *content], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def codes_of(targets: Iterable[Target]) -> set[str]:
    """Codes of every open question the targets name."""
    return {code for target in targets for code in target.definition.get("decisions") or []}
