"""Which fields of a plan file name something that stands elsewhere in it, and where it must stand.

Read by ``checks``: a path with ``*`` for every entry of a list, then the sections that may hold the
code. ``A|B`` means either.
"""

from collections.abc import Iterator
from typing import Any

from plans.planfile.source import Path_

REFERENCES: tuple[tuple[str, str], ...] = (
    ("plan.issuer", "organisations"),
    ("plan.area", "areas"),
    ("plan.implementing_area", "areas"),
    ("plan.slogans.*.parts.*", "targets"),
    ("clauses.*.parent", "clauses"),
    ("areas.*.parent", "areas"),
    ("area_groups.*.parent", "areas"),
    ("area_groups.*.members.*", "areas"),
    ("area_groups.*.members_named.*", "areas"),
    ("organisations.*.area", "areas"),
    ("organisations.*.area_group", "area_groups"),
    ("named_entities.*.area", "areas"),
    ("levels.*.equivalent_to", "levels+"),
    ("titles.*.level", "levels"),
    ("titles.*.promotes_to", "titles"),
    ("titles.*.members.*", "titles"),
    ("titles.*.definition_clause", "clauses"),
    ("qualifications.*.level", "levels"),
    ("qualifications.*.subset_of", "qualifications"),
    ("terms.*.level", "levels"),
    ("targets.*.area", "areas"),
    ("targets.*.areas.*", "areas"),
    ("targets.*.relative_to", "areas"),
    ("targets.*.allocations.*.area", "areas"),
    ("targets.*.allocations_clause", "clauses"),
    ("targets.*.responsible.*", "organisations"),
    ("targets.*.responsible_clause", "clauses"),
    ("targets.*.baseline.clause", "clauses"),
    ("targets.*.subtarget_of", "targets"),
    ("targets.*.coverage_of", "area_groups|titles"),
    ("targets.*.of.titles.*", "titles"),
    ("targets.*.of.titles_open.*", "titles"),
    ("targets.*.of.qualifications.*", "qualifications"),
    ("targets.*.of.terms.*", "terms"),
    ("targets.*.measure.params.titles.*", "titles"),
    ("targets.*.measure.params.group", "area_groups"),
    ("targets.*.measure.params.qualification", "qualifications"),
    ("targets.*.issues.*", "discrepancies"),
    ("targets.*.decisions.*", "decisions"),
    ("tables.*.clause", "clauses"),
    ("tables.*.units.*", "areas"),
    ("tables.*.rows.*.clause", "clauses"),
    ("tables.*.rows.*.target", "targets"),
    ("subsidy_rules.*.who.area", "areas"),
    ("subsidy_rules.*.who.titles_any_of.*", "titles"),
    ("subsidy_rules.*.who.titles_open.*", "titles"),
    ("subsidy_rules.*.who.qualifications_any_of.*", "qualifications"),
    ("subsidy_rules.*.who.terms_any_of.*", "terms"),
    ("subsidy_rules.*.who.grades_any_of.*", "terms"),
    ("subsidy_rules.*.who.platforms.*", "terms"),
    ("subsidy_rules.*.who.frame", "evaluation_frames"),
    ("subsidy_rules.*.amount.of_rules.*", "subsidy_rules"),
    ("subsidy_rules.*.decisions.*", "decisions"),
    (
        "decisions.*.used_by.*",
        "targets|subsidy_rules|evaluation_frames|reporting_duties|tasks|baselines",
    ),
    ("decisions.*.issues.*", "discrepancies"),
    ("supports.*.benefits.*", "titles|qualifications|terms|named_entities"),
    ("evaluation_frames.*.assessors.*", "organisations"),
    ("evaluation_frames.*.assessed.*", "titles|qualifications|terms|organisations"),
    ("evaluation_frames.*.classes.*", "titles"),
    ("evaluation_frames.*.grades.*.grade", "terms"),
    ("evaluation_frames.*.grades.*.rules.*", "subsidy_rules"),
    ("evaluation_frames.*.rules.*", "subsidy_rules"),
    ("evaluation_frames.*.dimensions.*.target", "targets"),
    ("evaluation_frames.*.target", "targets"),
    ("evaluation_frames.*.decisions.*", "decisions"),
    ("reporting_duties.*.duty_holder", "organisations"),
    ("reporting_duties.*.provider", "organisations"),
    ("reporting_duties.*.carried_out_by_maybe", "organisations"),
    ("reporting_duties.*.about", "titles|terms|organisations"),
    ("reporting_duties.*.frame", "evaluation_frames"),
    ("reporting_duties.*.decisions.*", "decisions"),
    ("tasks.*.section", "clauses"),
    ("tasks.*.responsible.*", "organisations"),
    ("tasks.*.responsible_units", "area_groups"),
    ("tasks.*.named.*", "named_entities"),
    ("tasks.*.targets.*", "targets"),
    ("tasks.*.subsidy_rules.*", "subsidy_rules"),
    ("tasks.*.supports.*", "supports"),
    ("tasks.*.frames.*", "evaluation_frames"),
    ("tasks.*.duties.*", "reporting_duties"),
    ("baselines.*.area", "areas"),
    ("baselines.*.of", "titles|qualifications|terms"),
    ("baselines.*.target", "targets"),
)


def follow(data: Any, pattern: str) -> Iterator[tuple[Path_, Any]]:
    """Every place of the data the pattern leads to, with what stands there."""
    found: list[tuple[Path_, Any]] = [((), data)]
    for step in pattern.split("."):
        deeper: list[tuple[Path_, Any]] = []
        for path, here in found:
            if step == "*" and isinstance(here, list):
                deeper += [((*path, index), item) for index, item in enumerate(here)]
            elif isinstance(here, dict) and here.get(step) is not None:
                deeper.append(((*path, step), here[step]))
        found = deeper
    yield from found


def dicts(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Every mapping of the data, from the outside in."""
    if isinstance(data, dict):
        yield path, data
        for key, value in data.items():
            yield from dicts(value, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from dicts(item, (*path, index))
