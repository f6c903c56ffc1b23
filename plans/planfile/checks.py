"""Checks of one plan file that look at more than one field. Each notes what is wrong, in Chinese."""

from collections.abc import Iterator

from plans.planfile.base import Day
from plans.planfile.messages import nearest
from plans.planfile.quotations import check_quotations
from plans.planfile.refs import REFERENCES, dicts, follow
from plans.planfile.rule_checks import check_decisions, check_rules
from plans.planfile.schema import PlanFile
from plans.planfile.source import Path_, Source
from plans.planfile.target_checks import check_tables, check_targets

SECTIONS_WITH_CODES = (
    "areas", "area_groups", "organisations", "levels", "titles", "qualifications", "terms",
    "industries", "named_entities",
)  # fmt: skip
# These share one set of codes: a decision, a task or a page may name any of them.
ITEM_SECTIONS = (
    "targets", "subsidy_rules", "decisions", "supports", "evaluation_frames", "reporting_duties",
    "tasks", "baselines", "discrepancies",
)  # fmt: skip


def check_plan(plan: PlanFile, source: Source) -> None:
    """Note every fault of a file whose fields are each right by themselves."""
    check_unique(source)
    spans = check_clauses(plan, source)
    check_references(source)
    check_quotations(source, plan.text_lines, spans)
    check_dates(plan, source)
    check_targets(plan, source)
    check_tables(plan, source)
    check_rules(plan, source)
    check_decisions(plan, source)


def codes_of(source: Source, section: str) -> Iterator[tuple[Path_, str]]:
    """The codes a section gives, with the place of each."""
    key = "id" if section == "clauses" else "code"
    for index, entry in enumerate(source.data.get(section) or []):
        yield (section, index, key), str(entry[key])


def check_unique(source: Source) -> None:
    """A code is given once. Versions of a subsidy rule share theirs."""
    for group in (("clauses",), *((name,) for name in SECTIONS_WITH_CODES), ITEM_SECTIONS):
        seen: dict[str, tuple[int, str]] = {}
        for section in group:
            for path, code in codes_of(source, section):
                before = seen.get(code)
                if before and not (section == before[1] == "subsidy_rules"):
                    source.complain(path, f"编号“{code}”重复,第{before[0]}行已用过")
                seen.setdefault(code, (source.line(path), section))


def check_clauses(plan: PlanFile, source: Source) -> dict[str, tuple[int, int]]:
    """Lines inside the text and inside the parent; no clause above itself. Returns the spans."""
    spans: dict[str, tuple[int, int]] = {}
    parents = {clause.id: clause.parent for clause in plan.clauses}
    height = len(plan.text_lines)
    for index, clause in enumerate(plan.clauses):
        first, last = clause.lines
        spans[clause.id] = (first, last)
        path = ("clauses", index, "lines")
        if not 1 <= first <= last <= height:
            source.complain(path, f"行号 [{first}, {last}] 不成范围:文本共{height}行,起行不能大于止行")
    for index, clause in enumerate(plan.clauses):
        if clause.parent is None or clause.parent not in spans:
            continue
        outer, inner = spans[clause.parent], spans[clause.id]
        if not (outer[0] <= inner[0] and inner[1] <= outer[1]):
            source.complain(
                ("clauses", index, "lines"),
                f"行号超出上级条款 {clause.parent} 的第{outer[0]}至{outer[1]}行",
            )
        seen = {clause.id}
        above: str | None = clause.parent
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            source.complain(("clauses", index, "parent"), f"上级条款绕回了自己:{' → '.join(sorted(seen))}")
    return spans


def check_references(source: Source) -> None:
    """Every code that is named is given somewhere in the file."""
    known = {
        name: {code for _, code in codes_of(source, name)} for name in ("clauses", *SECTIONS_WITH_CODES, *ITEM_SECTIONS)
    }
    # A level of another jurisdiction may be called equivalent though the text does not use it.
    known["levels+"] = known["levels"] | {"national", "provincial", "municipal_sh", "municipal_pref", "district"}
    for pattern, sections in REFERENCES:
        names = sections.split("|")
        codes = set().union(*(known[name] for name in names))
        for path, code in follow(source.data, pattern):
            if code not in codes:
                where = " 或 ".join(name.rstrip("+") for name in names)
                source.complain(path, f"“{code}”不在 {where} 中{nearest(str(code), codes)}")
    for path, entry in dicts(source.data):
        clause = entry.get("clause")
        if clause is not None and clause not in known["clauses"] and path[0] != "tables":
            source.complain((*path, "clause"), f"“{clause}”不在 clauses 中{nearest(str(clause), known['clauses'])}")


def check_dates(plan: PlanFile, source: Source) -> None:
    """Days in order. In force before the day of issue is allowed: it happens."""
    head = plan.plan
    pairs: list[tuple[Day | None, Day | None, Path_, str]] = [
        (head.period.start, head.period.end, ("plan", "period"), "计划期的末日早于首日"),
        (head.effective.start, head.effective.end, ("plan", "effective"), "失效日早于施行日"),
        (head.issued_on, head.published_on, ("plan", "published_on"), "公布日早于印发日"),
    ]
    for index, rule in enumerate(plan.subsidy_rules):
        span = rule.effective
        pairs.append((span.start, span.end, ("subsidy_rules", index, "effective"), "止日早于起日"))
    for index, target in enumerate(plan.targets):
        pairs.append((head.period.start, target.deadline, ("targets", index, "deadline"), "期限早于计划期首日"))
    for earlier, later, path, message in pairs:
        if earlier and later and later < earlier:
            source.complain(path, f"{message}({later} 早于 {earlier})")
    if head.effective.stated != (head.effective.start is not None):
        source.complain(("plan", "effective"), "stated 为 true 时须写 from,为 false 时不写 from(可写 fallback_from)")
