"""What can be kept of what was typed: a draft holds everything except what the database could not hold."""

from __future__ import annotations

from collections.abc import Mapping

from incubators.models import Carrier, MonthlyReport
from incubators.reporting import checks
from incubators.reporting.fields import BY_CODE, TEXT_BY_CODE, Value, texts_of, values_of
from incubators.reporting.findings import Sheet


def savable(
    carrier: Carrier, stored: Mapping[str, Value], typed: Mapping[str, Value]
) -> tuple[dict[str, Value], dict[str, list[str]]]:
    """``typed`` without the figures that contradict each other, and the sentences for those, by field.

    ``stored`` is what the draft holds; it is consistent, so leaving out a contradiction always ends.
    """
    fits = dict(typed)
    wrong: dict[str, list[str]] = {}
    while True:
        merged = {**stored, **fits}
        broken = checks.out_of_order(merged)
        if not broken:
            return fits, wrong
        sheet = Sheet(carrier.opened_on, carrier.kind, carrier.opened_on, None, None, {**stored, **typed})
        for check in broken:
            for each in check(sheet):
                sentences = wrong.setdefault(each.place, [])
                if each.message not in sentences:
                    sentences.append(each.message)
            # The part gives way first; the whole only if what is stored of the part contradicts it too.
            fits.pop(check.lower if check.lower in fits else check.upper, None)


def differences(row: MonthlyReport, typed: Mapping[str, Value], texts: Mapping[str, str]) -> list[dict[str, str]]:
    """What the report holds now against what was typed, in words, where they differ."""
    held, words = values_of(row), texts_of(row)
    figures = [
        {"label": spec.label, "theirs": spec.show(held[code]), "mine": spec.show(typed[code])}
        for code, spec in BY_CODE.items()
        if code in typed and held[code] != typed[code]
    ]
    return figures + [
        {"label": spec.label, "theirs": words[code] or "—", "mine": texts[code] or "—"}
        for code, spec in TEXT_BY_CODE.items()
        if code in texts and words[code] != texts[code].strip()
    ]
