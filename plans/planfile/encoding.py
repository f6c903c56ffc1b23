"""Links every number of a text to what it became in the plan file.

A page shows the text with each number opening the target, rule, duty or figure that came of it; a
number that became nothing is listed as not encoded, so that a reviewer sees what was passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from plans.planfile.numbers import NumberSpan, find_numbers
from plans.planfile.schema import PlanFile
from plans.planfile.schema_targets import Target
from plans.planfile.schema_text import Clause

# Sections a number may have become, the likeliest first.
ORDER = (
    "targets", "subsidy_rules", "baselines", "reporting_duties", "tasks", "evaluation_frames",
    "titles", "qualifications", "industries", "supports", "terms", "definitions", "plan",
)  # fmt: skip
Status = Literal["encoded", "date", "name", "not_encoded"]


@dataclass(frozen=True)
class ItemRef:
    """An entry of the plan file. ``exact``: its own value is the number."""

    section: str
    code: str
    exact: bool


@dataclass(frozen=True)
class EncodedNumber:
    """A number of the text and what it became. ``line`` counts from 1; the span counts from the
    start of that line. ``items`` come best first; the first is what to link to."""

    clause: str | None
    line: int
    span: NumberSpan
    status: Status
    items: tuple[ItemRef, ...]


@dataclass(frozen=True)
class _Quoted:
    section: str
    code: str
    clause: str
    quote: str
    values: frozenset[Decimal]


def encode(plan: PlanFile) -> list[EncodedNumber]:
    """Every number of the text in the order of the text, with what it became.

    The plan must have been read with its text (``read_plan``).
    """
    spans = {clause.id: (clause.lines[0], clause.lines[1]) for clause in plan.clauses}
    quoted = list(_quoted(plan))
    rows = {row.clause: row.target for table in plan.tables for row in table.rows}
    values = {target.code: _target_values(target) for target in plan.targets}
    found: list[EncodedNumber] = []
    labels: dict[str, str | None] = {c.id: c.label for c in plan.clauses if c.kind in ("row", "subrow")}
    for number, line in enumerate(plan.text_lines, 1):
        clause = _innermost(plan.clauses, number)
        code = clause.id if clause else None
        label = labels.get(code or "")
        spans_here = find_numbers(line, label)
        if label is not None and line.strip() == label:
            labels[code or ""] = None
        for span in spans_here:
            items = tuple(_items(span, number, line, quoted, spans))
            if not items and code in rows:
                target = rows[code]
                items = (ItemRef("targets", target, span.value in values[target]),)
            found.append(EncodedNumber(code, number, span, _status(span, items), items))
    return found


def _status(span: NumberSpan, items: tuple[ItemRef, ...]) -> Status:
    if span.kind in ("year", "date"):
        return "date"
    if span.kind == "name":
        return "name"
    return "encoded" if items else "not_encoded"


def _innermost(clauses: list[Clause], line: int) -> Clause | None:
    around = [clause for clause in clauses if clause.lines[0] <= line <= clause.lines[1]]
    return min(around, key=lambda clause: (clause.lines[1] - clause.lines[0], -clause.id.count(".")), default=None)


def _items(
    span: NumberSpan, number: int, line: str, quoted: list[_Quoted], spans: dict[str, tuple[int, int]]
) -> list[ItemRef]:
    """Entries whose quotation covers the span, those with the same value first, each once."""
    best: dict[tuple[str, str], tuple[bool, int]] = {}
    for entry in quoted:
        first, last = spans.get(entry.clause, (0, -1))
        if first <= number <= last and _covers(entry.quote, line, span):
            key = (entry.section, entry.code)
            rank = (span.value not in entry.values, len(entry.quote))
            best[key] = min(best.get(key, rank), rank)
    # Same value first, then by section, then the narrowest quotation.
    order = sorted(best, key=lambda key: (best[key][0], ORDER.index(key[0]), best[key][1]))
    return [ItemRef(section, code, not best[section, code][0]) for section, code in order]


def _covers(quote: str, line: str, span: NumberSpan) -> bool:
    at = line.find(quote)
    while at >= 0:
        if at <= span.start and span.end <= at + len(quote):
            return True
        at = line.find(quote, at + 1)
    return False


def _quoted(plan: PlanFile) -> Iterator[_Quoted]:
    for target in plan.targets:
        values = _target_values(target)
        for place in (target, *target.restated_in):
            yield _Quoted("targets", target.code, place.clause, place.quote, values)
    for rule in plan.subsidy_rules:
        values = _values(rule.amount.yuan, rule.amount.ratio)
        if rule.frequency == "one_off":
            values |= {Decimal(1)}
        for place in (rule, *rule.extra_quotes):
            yield _Quoted("subsidy_rules", rule.code, place.clause, place.quote, values)
        if rule.who.event_quote:
            yield _Quoted("subsidy_rules", rule.code, rule.clause, rule.who.event_quote, values)
    for baseline in plan.baselines:
        values = _values(baseline.value, baseline.value_min)
        yield _Quoted("baselines", baseline.code, baseline.clause, baseline.quote, values)
    for task in plan.tasks:
        if task.responsible_quote:
            yield _Quoted("tasks", task.code, task.clause, task.responsible_quote, _values())
    yield from _other_quoted(plan)


def _other_quoted(plan: PlanFile) -> Iterator[_Quoted]:
    for section in ("reporting_duties", "evaluation_frames", "titles", "qualifications", "supports", "terms"):
        for item in getattr(plan, section):
            criteria = getattr(item, "criteria", None)
            values = _values(criteria.min_floor_area, criteria.min_valuation) if criteria else _values()
            yield _Quoted(section, item.code, item.clause, item.quote, values)
    for industry in plan.industries:
        values = _values(industry.count)
        for place in (industry, *industry.restated_in):
            yield _Quoted("industries", industry.code, place.clause, place.quote, values)
    for definition in plan.definitions:
        yield _Quoted("definitions", definition.term, definition.clause, definition.quote, _values())
    count = plan.plan.measure_count
    if count:
        values = _values(Decimal(count.stated), Decimal(len(count.by_aspect)))
        yield _Quoted("plan", plan.plan.code, count.clause, count.quote, values)
    for clause in plan.clauses:
        if clause.measure_count is not None:
            values = _values(Decimal(clause.measure_count))
            yield _Quoted("plan", plan.plan.code, clause.id, clause.quote, values)


def _values(*numbers: Decimal | None) -> frozenset[Decimal]:
    return frozenset(number for number in numbers if number is not None)


def _target_values(target: Target) -> frozenset[Decimal]:
    more = [target.value, target.value_min, target.value_max, *target.per_year.values()]
    more += [share.value for share in target.allocations]
    more += [target.per_item.value if target.per_item else None]
    more += [target.threshold.value if target.threshold else None]
    if target.allocations_check:
        more.append(target.allocations_check.whole)
    if target.measure.by == "indicator":
        more.append(target.measure.params.min_floor_area)
    return _values(*more)
