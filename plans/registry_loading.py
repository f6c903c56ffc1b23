"""What plan files say about things that outlive them: areas, organisations, levels, titles, qualifications.

Several files speak of the same thing under one code. Fields are merged over all loaded plans in the order of their
codes, so that loading one file alone, or all, in whatever order, gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incubators.models import (
    Area,
    AreaGroup,
    CarrierTag,
    Ladder,
    Level,
    Organisation,
    OrganisationAlias,
    QualificationKind,
    Title,
)
from incubators.register import vocabulary
from plans.planfile import PlanFile
from plans.upsert import Tally, link, prune, upsert

COUNTRY = "cn"
NATIONAL_RANK = 40  # titles from this level on are given everywhere
KINDS = {
    "country": Area.Kind.COUNTRY,
    "province": Area.Kind.PROVINCE,
    "municipality": Area.Kind.PROVINCE,
    "prefecture_city": Area.Kind.CITY,
    "county_level_city": Area.Kind.DISTRICT,
    "county": Area.Kind.DISTRICT,
    "district": Area.Kind.DISTRICT,
    "town": Area.Kind.TOWN,
    "industrial_park": Area.Kind.PARK,
    "characteristic_industrial_park": Area.Kind.PARK,
    "high_tech_zone": Area.Kind.PARK,
    "high_tech_zone_branch": Area.Kind.PARK,
    "development_zone": Area.Kind.PARK,
    "science_city": Area.Kind.PARK,
}
# Not within the country: a root of its own.
ABROAD = "overseas"


@dataclass(frozen=True, slots=True)
class Registry:
    """Keys of what the plans speak of, by code."""

    areas: Mapping[str, int]
    groups: Mapping[str, int]
    organisations: Mapping[str, int]


def load_registry(plans: Sequence[PlanFile], former: Sequence[PlanFile], tally: Tally) -> Registry:
    """Bring areas, organisations, levels, titles and qualification kinds to what ``plans`` (all of them) say.

    ``former`` are the plans as loaded before: what only they had is removed where nothing refers to it.
    """
    plans = sorted(plans, key=lambda plan: plan.plan.code)
    areas = _load_areas(plans, tally)
    groups = _load_groups(plans, areas, tally)
    organisations = _load_organisations(plans, areas, tally)
    levels = upsert(
        Level.objects.all(),
        [{"code": one.code, "name": one.name, "rank": one.rank} for one in _merged(plans, "levels").values()],
        key=["code"],
        tally=tally,
    )
    _load_vocabulary(tally)
    _load_titles(plans, levels={code: row for (code,), row in levels.items()}, areas=areas, tally=tally)
    upsert(
        QualificationKind.objects.all(),
        [{"code": one.code, "name": one.name} for one in _merged(plans, "qualifications").values()],
        key=["code"],
        tally=tally,
    )
    _prune(plans, former, tally)
    return Registry(areas, groups, organisations)


def _entries(plans: Sequence[PlanFile], section: str) -> Iterator[tuple[int, Any]]:
    for plan in plans:
        yield from enumerate(getattr(plan, section), 1)


def _merged(plans: Sequence[PlanFile], section: str) -> dict[str, Any]:
    """Each code once, from the first plan that has it."""
    found: dict[str, Any] = {}
    for _, entry in _entries(plans, section):
        found.setdefault(entry.code, entry)
    return found


def _first(plans: Sequence[PlanFile], section: str, name: str) -> dict[str, Any]:
    """For each code the first value of a field that some plan states."""
    found: dict[str, Any] = {}
    for _, entry in _entries(plans, section):
        value = getattr(entry, name)
        if value is not None:
            found.setdefault(entry.code, value)
    return found


# --- Areas ----------------------------------------------------------------------------------------------------------
def _load_areas(plans: Sequence[PlanFile], tally: Tally) -> dict[str, int]:
    entries = _merged(plans, "areas")
    parents = {code: _parent(code, parent) for code, parent in _tree(plans, entries).items()}
    places: dict[str, int] = {}
    for place, entry in _entries(plans, "areas"):
        places.setdefault(entry.code, entry.column or place)
    wanted: list[dict[str, Any]] = [{"code": COUNTRY, "name": "全国", "kind": Area.Kind.COUNTRY, "order": 0}]
    wanted += [
        {"code": code, "name": one.name, "kind": KINDS.get(one.type, Area.Kind.FUNCTIONAL), "order": places[code]}
        for code, one in entries.items()
    ]
    keys: dict[str, int] = {}
    paths: dict[str, str] = {}
    rest = {row["code"]: row for row in wanted}
    existing = Area.objects.filter(code__in=rest)
    before = {row.code: row.path for row in existing}
    while rest:
        # One layer of the tree at a time: a parent has its key before its children need it.
        layer = [code for code in rest if parents.get(code) is None or parents[code] in keys]
        rows = [_placed(rest.pop(code), parents.get(code), keys, paths) for code in layer]
        done = upsert(existing.filter(code__in=layer), rows, key=["code"], tally=tally)
        keys.update({code: row.pk for (code,), row in done.items()})
    _move_others({before[code]: paths[code] for code in before if before[code] != paths[code]}, set(keys), tally)
    return keys


def area_loops(plans: Sequence[PlanFile]) -> list[str]:
    """Codes of areas that lie within themselves, as the plans together would have it."""
    plans = sorted(plans, key=lambda plan: plan.plan.code)
    parents = _tree(plans, _merged(plans, "areas"))
    loops = []
    for code in parents:
        seen, above = {code}, parents.get(code)
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            loops.append(code)
    return loops


def _tree(plans: Sequence[PlanFile], entries: Mapping[str, Any]) -> dict[str, str | None]:
    stated = _first(plans, "areas", "parent")
    return {code: stated.get(code) for code in entries}


def _parent(code: str, parent: str | None) -> str | None:
    return parent or (None if code == ABROAD else COUNTRY)


def _placed(row: Any, parent: str | None, keys: Mapping[str, int], paths: dict[str, str]) -> dict[str, Any]:
    paths[row["code"]] = f"{paths[parent] if parent else '/'}{row['code']}/"
    return {**row, "parent_id": keys[parent] if parent else None, "path": paths[row["code"]]}


def _move_others(moved: Mapping[str, str], known: set[str], tally: Tally) -> None:
    """Areas that no plan names move along when the area above them moves."""
    if not moved:
        return
    others = []
    for area in Area.objects.exclude(code__in=known):
        above = max((old for old in moved if area.path.startswith(old)), key=len, default=None)
        if above is not None:
            area.path = moved[above] + area.path.removeprefix(above)
            others.append(area)
    Area.objects.bulk_update(others, ["path"])
    tally.add(tally.updated, Area, len(others))


def _load_groups(plans: Sequence[PlanFile], areas: Mapping[str, int], tally: Tally) -> dict[str, int]:
    """Groups; members only where the text lists them all. Otherwise a person confirms the list, and it stays."""
    entries = _merged(plans, "area_groups")
    rows = upsert(
        AreaGroup.objects.filter(code__in=entries),
        [
            {
                "code": code,
                "name": one.name,
                "parent_id": areas[one.parent],
                "members_stated": one.members_stated,
            }
            for code, one in entries.items()
        ],
        key=["code"],
        tally=tally,
    )
    stated = {
        rows[(code,)].pk: [areas[member] for member in one.members]
        for code, one in entries.items()
        if one.members_stated
    }
    link(AreaGroup.members.through, "areagroup_id", "area_id", stated, tally=tally)
    return {code: row.pk for (code,), row in rows.items()}


# --- Organisations --------------------------------------------------------------------------------------------------
def _load_organisations(plans: Sequence[PlanFile], areas: Mapping[str, int], tally: Tally) -> dict[str, int]:
    entries = _merged(plans, "organisations")
    places = _first(plans, "organisations", "area")
    rows = upsert(
        Organisation.objects.filter(code__in=entries),
        [
            {
                "code": code,
                "name": one.name,
                "kind": one.type,
                "area_id": areas[places[code]] if code in places else None,
                "is_group": one.is_group,
            }
            for code, one in entries.items()
        ],
        key=["code"],
        tally=tally,
    )
    keys = {code: row.pk for (code,), row in rows.items()}
    upsert(
        OrganisationAlias.objects.filter(organisation__in=keys.values()),
        [{"organisation_id": keys[code], "name": name} for code, name in sorted(_aliases(plans))],
        key=["organisation_id", "name"],
        tally=tally,
    )
    return keys


def _aliases(plans: Sequence[PlanFile]) -> set[tuple[str, str]]:
    return {
        (one.code, name)
        for _, one in _entries(plans, "organisations")
        for name in (*one.aliases, *one.stated_as)
        if name != one.name
    }


def _load_vocabulary(tally: Tally) -> None:
    """Ladders in the order in which one names the other, titles and tags that belong to no plan."""
    keys: dict[str, int] = {}
    for names_another in (False, True):
        wanted = [
            {
                "code": code,
                "name": name,
                "basis": basis,
                "order": order,
                "counterpart_id": keys[other] if other else None,
            }
            for code, name, basis, order, other in vocabulary.LADDERS
            if bool(other) is names_another
        ]
        rows = upsert(Ladder.objects.all(), wanted, key=["code"], tally=tally)
        keys |= {code: row.pk for (code,), row in rows.items()}
    upsert(Title.objects.all(), [*vocabulary.TITLES], key=["code"], tally=tally)
    upsert(CarrierTag.objects.all(), [*vocabulary.TAGS], key=["code"], tally=tally)


def _load_titles(
    plans: Sequence[PlanFile], *, levels: Mapping[str, Level], areas: Mapping[str, int], tally: Tally
) -> None:
    """Only what a carrier can be given; collective words (市级科创载体) stay with the plan's terms."""
    within = _provinces(plans)
    level_of, ladder_of = _first(plans, "titles", "level"), _first(plans, "titles", "ladder")
    promotes = _first(plans, "titles", "promotes_to")
    wanted = [
        {
            "code": code,
            "name": one.name,
            "carrier_kind": one.carrier_kind,
            "level_id": level.pk if (level := levels.get(level_of.get(code, ""))) else None,
            "ladder": ladder_of.get(code, ""),
            "area_id": None if level and level.rank >= NATIONAL_RANK else areas.get(within.get(code, "")),
            "step": sum(code in _above(lower, promotes) for lower in promotes),
        }
        for code, one in _merged(plans, "titles").items()
        if one.awarded
    ]
    upsert(Title.objects.all(), wanted, key=["code"], tally=tally)


def _provinces(plans: Sequence[PlanFile]) -> dict[str, str]:
    """For each title the province of the plans that name it; none where plans of two provinces do."""
    parents = _tree(plans, _merged(plans, "areas"))
    found: dict[str, set[str]] = {}
    for plan in plans:
        province = plan.plan.area
        while (above := parents.get(province)) not in {None, COUNTRY}:
            province = str(above)
        for one in plan.titles:
            found.setdefault(one.code, set()).add(province)
    return {code: min(provinces) for code, provinces in found.items() if len(provinces) == 1}


def _above(code: str, promotes: Mapping[str, str]) -> list[str]:
    """The titles to which a title is promoted, one after the other."""
    found: list[str] = []
    while (following := promotes.get(code)) is not None and following not in found:
        found.append(following)
        code = following
    return found


def _prune(plans: Sequence[PlanFile], former: Sequence[PlanFile], tally: Tally) -> None:
    """Take away what the plans had before and have no more, from what depends to what is depended on."""
    lost = _aliases(former) - _aliases(plans)
    if lost:
        rows = OrganisationAlias.objects.filter(organisation__code__in={code for code, _ in lost})
        gone = [row for row in rows.select_related("organisation") if (row.organisation.code, row.name) in lost]
        prune(gone, tally=tally)
    for section, model, own in (
        ("titles", Title, ()),
        ("qualifications", QualificationKind, ()),
        ("levels", Level, ()),
        ("area_groups", AreaGroup, ()),
        ("organisations", Organisation, ("aliases",)),
        ("areas", Area, ()),
    ):
        codes = set(_merged(former, section)) - set(_merged(plans, section))
        if codes:
            prune(model._default_manager.filter(code__in=codes).order_by("-pk"), own=own, tally=tally)
