"""Checks across plan files: what has one code has one name and one type everywhere."""

from collections.abc import Iterator, Sequence
from typing import Any

from plans.planfile.schema import PlanFile
from plans.planfile.source import Path_, Source

# Section and the fields that must agree.
SHARED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("areas", ("name", "type")),
    ("area_groups", ("name",)),
    ("organisations", ("name", "type")),
    ("levels", ("name", "rank")),
    ("titles", ("name", "carrier_kind", "level")),
    ("qualifications", ("name", "level")),
    ("terms", ("name", "category", "level")),
    ("industries", ("name",)),
    ("named_entities", ("name", "kind")),
)
OWN = (
    "targets", "subsidy_rules", "decisions", "supports", "evaluation_frames", "reporting_duties",
    "tasks", "baselines", "discrepancies",
)  # fmt: skip


def check_together(pairs: Sequence[tuple[PlanFile, Source]]) -> None:
    """Note every disagreement at the later of the two files."""
    _check_plan_codes(pairs)
    for section, fields in SHARED:
        first: dict[str, tuple[Any, str, int]] = {}
        for plan, source in pairs:
            for index, item in enumerate(getattr(plan, section)):
                path: Path_ = (section, index)
                if item.code not in first:
                    first[item.code] = (item, source.file, source.line(path))
                    continue
                other, file, line = first[item.code]
                for name in fields:
                    mine, theirs = getattr(item, name), getattr(other, name)
                    if mine != theirs:
                        source.complain(
                            (*path, name),
                            f"“{item.code}”的 {name} 是“{mine}”,而 {file} 第{line}行写的是“{theirs}”;"
                            "同一编号在各文件中须指同一事物",
                        )
    _check_links(pairs)


def _check_plan_codes(pairs: Sequence[tuple[PlanFile, Source]]) -> None:
    seen: dict[str, str] = {}
    for plan, source in pairs:
        if plan.plan.code in seen:
            source.complain(("plan", "code"), f"计划编号“{plan.plan.code}”与 {seen[plan.plan.code]} 重复")
        seen.setdefault(plan.plan.code, source.file)
    codes: dict[str, str] = {}
    for plan, source in pairs:
        for section in OWN:
            for index, item in enumerate(getattr(plan, section)):
                if codes.setdefault(item.code, source.file) != source.file:
                    source.complain((section, index, "code"), f"编号“{item.code}”在 {codes[item.code]} 中已用过")


def _links(plan: PlanFile) -> Iterator[tuple[Path_, str]]:
    for index, rule in enumerate(plan.subsidy_rules):
        for name, codes in (("depends_on", rule.depends_on), ("related", rule.related)):
            for position, code in enumerate(codes):
                yield ("subsidy_rules", index, name, position), code


def _check_links(pairs: Sequence[tuple[PlanFile, Source]]) -> None:
    """Rules named in another plan exist there, as far as that plan is among the files read."""
    rules = {rule.code for plan, _ in pairs for rule in plan.subsidy_rules}
    prefixes = {code.split("-")[0] for code in rules}
    for plan, source in pairs:
        for path, code in _links(plan):
            if code not in rules and code.split("-")[0] in prefixes:
                source.complain(path, f"没有编号为“{code}”的资助规则")
