"""What can be kept of what was typed: a draft holds everything except what the database could not hold."""

from __future__ import annotations

from collections.abc import Mapping

from incubators.models import Carrier, MonthlyReport
from incubators.reporting import checks
from incubators.reporting.fields import Answer, Gap, Value
from incubators.reporting.findings import Sheet
from incubators.reporting.form import MonthForm


def figures(answers: Mapping[str, Answer]) -> dict[str, Value]:
    """What is a figure of ``answers``; None for a gap."""
    return {code: None if isinstance(answer, Gap) else answer for code, answer in answers.items()}


def savable(
    carrier: Carrier, stored: Mapping[str, Answer], typed: Mapping[str, Answer]
) -> tuple[dict[str, Answer], dict[str, list[str]]]:
    """``typed`` without the figures that contradict each other, and the sentences for those, by field.

    ``stored`` is what the draft holds; it is consistent, so leaving out a contradiction always ends.
    """
    fits = dict(typed)
    wrong: dict[str, list[str]] = {}
    while True:
        merged = figures({**stored, **fits})
        broken = checks.out_of_order(merged)
        if not broken:
            return fits, wrong
        sheet = Sheet(carrier.opened_on, carrier.kind, carrier.opened_on, None, None, figures({**stored, **typed}))
        for check in broken:
            for each in check(sheet):
                sentences = wrong.setdefault(each.place, [])
                if each.message not in sentences:
                    sentences.append(each.message)
            # The part gives way first; the whole only if what is stored of the part contradicts it too.
            fits.pop(check.lower if check.lower in fits else check.upper, None)


def differences(
    form: MonthForm, row: MonthlyReport, typed: Mapping[str, Answer], texts: Mapping[str, str]
) -> list[dict[str, str]]:
    """What the report holds now against what was typed, in words, where they differ."""
    held, words = form.answers_of(row), form.texts_of(row)
    differing = [
        {"label": spec.label, "theirs": spec.show(held[code]), "mine": spec.show(typed[code])}
        for code, spec in form.by_code.items()
        if code in typed and held[code] != typed[code]
    ]
    return differing + [
        {"label": spec.label, "theirs": words[code] or "—", "mine": texts[code] or "—"}
        for code, spec in form.text_by_code.items()
        if code in texts and words[code] != texts[code].strip()
    ]
