"""Finding words in the texts of plans: clauses, and the targets and rules made of them.

Brackets, full-width digits and letters, dashes and quotation marks are folded to one form and spaces fall away, so that
a document number is found however it is typed (YC-X18: 〔2021〕, ﹝2021﹞ and [2021] are the same number).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db.models import QuerySet

from plans.models import Clause, Plan
from plans.reading import innermost

AROUND: Final = 36  # characters of a line shown on each side of what was found
_OPENING, _CLOSING = "([{〔【〖「『《〈", ")]}〕】〗」』》〉"
_ONE_FORM: Final = str.maketrans(
    {**dict.fromkeys(_OPENING, "("), **dict.fromkeys(_CLOSING, ")"), **dict.fromkeys("“”„‟'‘’", '"')}
    | dict.fromkeys("—–―-‐−~～", "-")
)
# Sections of a plan file that are searched by their own words, and what an entry of each is.
SECTIONS: Final = (("targets", "目标"), ("subsidy_rules", "补贴规则"))


@cache
def _form(character: str) -> str:
    """What a character is compared as; nothing for a space."""
    return "".join(unicodedata.normalize("NFKC", character).translate(_ONE_FORM).lower().split())


def fold(text: str) -> str:
    """``text`` in the one form that is compared."""
    return _folded(text)[0]


def _folded(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in ``text`` that it comes from."""
    made: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for one in _form(character):
            made.append(one)
            places.append(place)
    return "".join(made), places


@dataclass(frozen=True, slots=True)
class Snippet:
    """What was found in its line, with some words on either side."""

    before: str
    found: str
    after: str


def snippet(line: str, wanted: str) -> Snippet | None:
    """The first place of ``wanted`` (already folded) in ``line``."""
    folded, places = _folded(line)
    at = folded.find(wanted)
    if at < 0 or not wanted:
        return None
    start, end = places[at], places[at + len(wanted) - 1] + 1
    low, high = max(0, start - AROUND), min(len(line), end + AROUND)
    before, after = line[low:start].lstrip(), line[end:high].rstrip()
    return Snippet(f"…{before}" if low else before, line[start:end], f"{after}…" if high < len(line) else after)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place: a clause of a plan, or a target or rule made of one. ``section`` is empty for a clause, and
    ``snippet`` is None where a name or code holds the words and the text quoted does not."""

    plan: Plan
    clause: str
    heading: str
    snippet: Snippet | None
    section: str = ""
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Plans whose own title or number holds the words, entries made of plans, and clauses, in the order of the texts."""

    plans: Sequence[Plan]
    entries: Sequence[Hit]
    clauses: Sequence[Hit]

    def __bool__(self) -> bool:
        return bool(self.plans or self.entries or self.clauses)


def find(text: str) -> Found:
    """Everything in the plans' texts that holds ``text``; two queries. Texts of plans are public."""
    wanted = fold(text)
    if not wanted:
        return Found((), (), ())
    read = Plan.objects.select_related("area").order_by("code")
    rows = [(plan, _entries_of(plan)) for plan in read]
    found = [(plan, line, shown) for plan, _ in rows for line, shown in _lines(plan, wanted)]
    inner = _innermost({plan.pk for plan, _, _ in found})
    clauses: dict[tuple[int, str], Hit] = {}
    for plan, line, shown in found:
        clause = inner.get((plan.pk, line))
        code = clause.code if clause else ""
        clauses.setdefault((plan.pk, code), Hit(plan, code, clause.heading if clause else "", shown))
    entries = [hit for plan, own in rows for entry in own if (hit := _entry(plan, *entry, wanted))]
    return Found([plan for plan, _ in rows if _names(plan, wanted)], entries, list(clauses.values()))


def _names(plan: Plan, wanted: str) -> bool:
    return any(wanted in fold(words) for words in (plan.title, plan.short_title, plan.document_number, plan.code))


def _lines(plan: Plan, wanted: str) -> Iterator[tuple[int, Snippet]]:
    if wanted not in fold(plan.text):
        return
    for number, line in enumerate(plan.text.split("\n"), 1):
        shown = snippet(line, wanted)
        if shown:
            yield number, shown


def _innermost(plans: Iterable[int]) -> dict[tuple[int, int], Clause]:
    """The narrowest clause around each line of ``plans``."""
    by_plan: dict[int, list[tuple[int, int, str, Clause]]] = {}
    for row in Clause.objects.filter(plan__in=list(plans)).defer("quote"):
        by_plan.setdefault(row.plan_id, []).append((row.line_from, row.line_to, row.code, row))
    return {(plan, line): clause for plan, rows in by_plan.items() for line, clause in innermost(rows).items()}


def _entries_of(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    return [(section, entry) for section, _ in SECTIONS for entry in plan.definition.get(section, ())]


def _entry(plan: Plan, section: str, entry: dict[str, Any], wanted: str) -> Hit | None:
    """A target or rule whose quotation, name or code holds the words; only a quotation is shown as the text's words."""
    shown = snippet(entry["quote"], wanted)
    if shown is None and not any(wanted in fold(words) for words in (entry["name"], entry["code"])):
        return None
    return Hit(plan, entry["clause"], "", shown, section, entry["code"], entry["name"])


def holding(rows: QuerySet[Any], fields: Sequence[str], text: str) -> QuerySet[Any]:
    """``rows`` one of whose ``fields`` holds ``text``, folded. For rows made of plans, of which there are some hundred."""
    wanted = fold(text)
    kept = [
        row[0] for row in rows.order_by().values_list("pk", *fields) if any(wanted in fold(str(w)) for w in row[1:])
    ]
    return rows.filter(pk__in=kept)


__all__ = ["Found", "Hit", "Snippet", "find", "fold", "holding", "snippet"]
