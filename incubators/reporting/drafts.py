"""What can be kept of what was typed (everything except what the database could not hold), and what becomes of it where
somebody else wrote into the same report meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from incubators.models import Carrier
from incubators.reporting import checks
from incubators.reporting.fields import Answer, FieldError, Gap, ReportField, Value
from incubators.reporting.findings import Sheet
from incubators.reporting.form import MonthForm


def figures(answers: Mapping[str, Answer]) -> dict[str, Value]:
    """What is a figure of ``answers``; None for a gap."""
    return {code: None if isinstance(answer, Gap) else answer for code, answer in answers.items()}


class Fit(NamedTuple):
    """``values``: what can be stored; None for a stored part that has to give way to a whole typed since. ``wrong``: the
    sentences on what contradicts each other, by field. ``waits``: what is to be kept as typed, by code."""

    values: dict[str, Answer]
    wrong: dict[str, list[str]]
    waits: dict[str, Answer]


def savable(carrier: Carrier, stored: Mapping[str, Answer], typed: Mapping[str, Answer]) -> Fit:
    """``typed`` where figures contradict each other: the part waits, and the whole is stored.

    ``stored`` is what the draft holds. A part is taken out once and emptied once at most, so this ends.
    """
    values, waits = dict(typed), dict[str, Answer]()
    wrong: dict[str, list[str]] = {}
    sheet = Sheet(carrier.opened_on, carrier.kind, carrier.opened_on, None, None, figures({**stored, **typed}))
    while broken := checks.out_of_order(figures({**stored, **values})):
        for check in broken:
            for each in check(sheet):
                sentences = wrong.setdefault(each.place, [])
                if each.message not in sentences:
                    sentences.append(each.message)
            # What was taken out already gives way altogether before another figure does.
            code = check.upper if check.upper in waits else check.lower
            if code in values:
                waits[code] = values.pop(code)
            else:
                waits.setdefault(code, stored[code])
                values[code] = None
    return Fit(values, wrong, waits)


def same_answer(spec: ReportField | None, text: str, other: str) -> bool:
    """Whether two texts of a field say the same: the same words, or the same answer in another spelling. ``spec`` is
    None for words."""
    one, two = (each.replace("\r\n", "\n").strip() for each in (text, other))
    if one == two:
        return True
    if spec is None or not one or not two:
        return False
    try:
        return spec.parse(one) == spec.parse(two)
    except FieldError:
        return False


@dataclass(frozen=True, slots=True)
class Merge:
    """Two people in one report, as texts by name of the field. ``theirs``: what others wrote where this person left the
    field as it was shown. ``contested``: what others wrote where this person wrote something else."""

    theirs: dict[str, str] = field(default_factory=dict)
    contested: dict[str, str] = field(default_factory=dict)


def merge(form: MonthForm, *, was: Mapping[str, str], now: Mapping[str, str], mine: Mapping[str, str]) -> Merge:
    """Field by field: ``was`` when it was shown, ``now`` in the report, ``mine`` as sent; empty where there is none."""
    merged = Merge()
    for name, text in mine.items():
        spec = form.by_code.get(name)
        before, held = was.get(name, ""), now.get(name, "")
        if same_answer(spec, before, held) or same_answer(spec, text, held):
            continue
        side = merged.theirs if same_answer(spec, text, before) else merged.contested
        side[name] = held
    return merged


__all__ = ["Fit", "Merge", "figures", "merge", "same_answer", "savable"]
