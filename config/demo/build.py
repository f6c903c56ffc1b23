"""Builds the demonstration in bulk: deterministic for a seed, a few statements a thousand rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model, OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from config.demo import histories, names
from config.demo.blueprint import CARRIERS, ENTERPRISES, REGISTRY_TITLES, CarrierSpec
from config.demo.landscape import scaled_carriers
from config.demo.people import NATIONAL, PEOPLE, make_people
from config.demo.planner import analyse
from core import bulk
from core.permits import Refused
from core.trail_chain import opened
from incubators.models import (
    Area,
    Carrier,
    Designation,
    Enterprise,
    Level,
    MonthlyReport,
    Organisation,
    Qualification,
    QualificationKind,
    ReportEvent,
    Residency,
    Title,
)
from incubators.reporting import register
from incubators.reporting.fingerprint import content_hash
from incubators.search import initials

MONTHS = 36
SNAPSHOTS = 13  # months whose reports keep what the register said; older ones are shown without
BATCH = 2_000
DOCUMENT = "演示文件〔{year}〕{number}号(合成)"
CHUNK = 500  # carriers whose rows are held in memory at a time
ODDS = {
    "JS": histories.Odds(high_tech=0.86, hard_tech=0.93),
    "YC": histories.Odds(high_tech=0.34, hard_tech=0.30, tech_sme=0.7),
}
DEFAULT_ODDS = histories.Odds(high_tech=0.4, hard_tech=0.4)
Say = Callable[[str], None]
Pairs = list[tuple[CarrierSpec, Carrier]]


@dataclass(slots=True)
class Builder:
    """Holds what the rows refer to and the random stream. ``today`` decides which month is the last."""

    seed: int
    today: date
    say: Say
    rng: random.Random = field(init=False)
    areas: dict[str, Area] = field(init=False)
    titles: dict[str, Title] = field(init=False)
    kinds: dict[str, QualificationKind] = field(init=False)
    users: dict[str, User] = field(init=False)
    next_enterprise: int = 1

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.reload_areas()
        _registry_vocabulary()
        self.titles = {title.code: title for title in Title.objects.all()}
        self.kinds = {kind.code: kind for kind in QualificationKind.objects.all()}

    def reload_areas(self) -> None:
        self.areas = {area.code: area for area in Area.objects.all()}

    @property
    def last_month(self) -> date:
        """The month people report on now: the one before ``today``'s."""
        return histories.add_months(self.today.replace(day=1), -1)


def seed(*, scale: str, seed: int, today: date, say: Say = lambda text: None) -> Builder:
    """Fill an installation whose plans are loaded. Raises :class:`Refused` if it already holds carriers."""
    if not Area.objects.filter(code="sh-jinshan").exists():
        raise Refused("请先载入规划(load_plans),演示数据依附于规划中的区域与称号")
    if Carrier.objects.exists():
        raise Refused("库中已有载体;演示数据只写入空库,以免与真实数据混在一起")
    with transaction.atomic():
        builder = Builder(seed=seed, today=today, say=say)
        specs = list(CARRIERS) + scaled_carriers(scale, rng=builder.rng, areas=builder.areas, titles=builder.titles)
        builder.reload_areas()
        organisations = _operators(builder, specs)
        people = (*PEOPLE, NATIONAL) if scale == "national" else PEOPLE
        named = {spec.code: organisations[spec.code] for spec in CARRIERS}
        builder.users = make_people(named, today=today, people=people)
        pairs: Pairs = []
        for chunk in _chunks(specs, CHUNK):
            pairs += _carriers(builder, chunk, organisations)
            builder.say(f"已写入载体及其企业 {len(pairs)}/{len(specs)} 家载体")
        if scale != "demo":
            # Without statistics the months' counts would read every qualification for each chunk.
            analyse(Carrier, Enterprise, Residency, Qualification)
        for number, some in enumerate(_chunks(pairs, CHUNK)):
            _reports(builder, some)
            builder.say(f"已写入月报 {number * CHUNK + len(some)}/{len(specs)} 家载体")
        _date_events()
        _outside_enterprises(builder, scale)
    return builder


def write_carriers(builder: Builder, specs: list[CarrierSpec]) -> None:
    """Carriers of ``specs`` with everything that hangs on them, into a world that already has people."""
    _reports(builder, _carriers(builder, specs, _operators(builder, specs)))


def _registry_vocabulary() -> None:
    """Levels, titles and qualifications the registry knows beside those the plans define."""
    district, _ = Level.objects.get_or_create(code="district", defaults={"name": "区级", "rank": 10})
    levels = {level.code: level for level in Level.objects.all()}
    areas = {area.code: area for area in Area.objects.filter(code__in={row[-1] for row in REGISTRY_TITLES})}
    for code, name, kind, level, ladder, province in REGISTRY_TITLES:
        fixed = {"name": name, "carrier_kind": kind, "level": levels.get(level, district), "ladder": ladder}
        Title.objects.get_or_create(code=code, defaults={**fixed, "area": areas.get(province)})


def _operators(builder: Builder, specs: list[CarrierSpec]) -> dict[str, Organisation]:
    rows = [
        Organisation(
            code=f"operator-{spec.code.lower()}",
            name=f"{spec.name}运营机构(演示)",
            kind="operator",
            area=builder.areas[spec.owner_area or spec.area],
            is_synthetic=True,
        )
        for spec in specs
    ]
    Organisation.objects.bulk_create(rows, batch_size=BATCH)
    return {spec.code: row for spec, row in zip(specs, rows, strict=True)}


def _carriers(builder: Builder, specs: list[CarrierSpec], organisations: dict[str, Organisation]) -> Pairs:
    """Carriers with their titles and tenants. The months come afterwards: they keep what the register says of all."""
    # Drawn for every carrier, so that one that names its field leaves the rest of the seed's story as it was.
    fields = [names.FIELDS[builder.rng.randrange(len(names.FIELDS))][1] for _ in specs]
    carriers = [
        Carrier(
            code=spec.code,
            name=spec.name,
            pinyin=initials(spec.name),
            kind=spec.kind,
            operator=organisations[spec.code],
            area=builder.areas[spec.area],
            owner_area=builder.areas[spec.owner_area or spec.area],
            industry=spec.industry or field,
            floor_area=Decimal(spec.floor_area),
            opened_on=spec.opened_on,
            named_in_plan=spec.named,
            is_synthetic=not spec.named,
        )
        for spec, field in zip(specs, fields, strict=True)
    ]
    Carrier.objects.bulk_create(carriers, batch_size=BATCH)
    pairs = list(zip(specs, carriers, strict=True))
    Designation.objects.bulk_create(
        [
            Designation(
                carrier=carrier, title=builder.titles[title], awarded_on=day, document=document, is_synthetic=True
            )
            for spec, carrier in pairs
            for title, day, document in spec.awards
        ],
        batch_size=BATCH,
    )
    _residents(builder, pairs)
    return pairs


def _residents(builder: Builder, pairs: Pairs) -> None:
    """Tenants of these carriers with their stays and qualifications."""
    enterprises: list[Enterprise] = []
    stays: list[tuple[Enterprise, Carrier, histories.Stay]] = []
    marks: list[tuple[Enterprise, str]] = []
    for spec, carrier in pairs:
        # Tenants together fill about as much as the months say is let.
        usual = spec.floor_area * 0.42 / max(1, spec.tenants)
        for _ in range(spec.tenants):
            made = histories.stay(builder.rng, opened_on=spec.opened_on, until=builder.today)
            made.floor_area = Decimal(int(usual * builder.rng.uniform(0.6, 1.5)))
            enterprise = _enterprise(builder, carrier.owner_area, made.entered_on)
            enterprises.append(enterprise)
            stays.append((enterprise, carrier, made))
            marks.append((enterprise, spec.code[:2]))
    _write(enterprises)
    _write(
        [
            Residency(
                enterprise=enterprise,
                carrier=carrier,
                entered_on=made.entered_on,
                incubating_from=made.incubating_from,
                graduated_on=made.graduated_on,
                graduation_ground=made.ground,
                left_on=made.left_on,
                outcome=made.outcome,
                floor_area=made.floor_area,
                mentored=made.mentored,
                is_synthetic=True,
            )
            for enterprise, carrier, made in stays
        ]
    )
    _qualify(builder, marks)


def _enterprise(builder: Builder, area: Area, entered_on: date) -> Enterprise:

    number = builder.next_enterprise
    builder.next_enterprise += 1
    name, industry = names.enterprise_name(builder.rng, number)
    return Enterprise(
        uscc=names.enterprise_code(number),
        name=name,
        pinyin=initials(name),
        area=area,
        founded_on=histories.add_months(entered_on, -builder.rng.randrange(1, 22)),
        industry=industry,
        is_synthetic=True,
    )


def _qualify(builder: Builder, marks: Iterable[tuple[Enterprise, str]]) -> None:
    rows = []
    for enterprise, prefix in marks:
        odds = ODDS.get(prefix, DEFAULT_ODDS)
        founded_on = enterprise.founded_on or builder.today
        for kind, start, end in histories.qualifications(builder.rng, odds, founded_on=founded_on, until=builder.today):
            if kind in builder.kinds:
                rows.append(
                    Qualification(
                        enterprise=enterprise,
                        kind=builder.kinds[kind],
                        certificate=f"演示证书{start:%Y}-{enterprise.uscc[-8:]}",
                        basis="演示依据" if kind == "hard_tech" else "",
                        valid_from=start,
                        valid_to=end,
                        is_synthetic=True,
                    )
                )
    _write(rows)


def _outside_enterprises(builder: Builder, scale: str) -> None:
    """Companies outside carriers, so that figures of the whole district differ from those of its carriers."""
    if scale != "demo":
        return
    prefixes = {"sh-jinshan": "JS", "yc": "YC", "sh-minhang": "MH", "sh-fengxian": "FX"}
    inside = {prefix: sum(s.tenants for s in CARRIERS if s.code.startswith(prefix)) for prefix in prefixes.values()}
    rows: list[Enterprise] = []
    marks: list[tuple[Enterprise, str]] = []
    for area, total in ENTERPRISES.items():
        prefix = prefixes[area]
        for _ in range(total - inside[prefix]):
            founded = histories.between(builder.rng, date(2016, 1, 1), histories.add_months(builder.today, -6))
            enterprise = _enterprise(builder, builder.areas[area], founded)
            rows.append(enterprise)
            marks.append((enterprise, prefix))
    _write(rows)
    _qualify(builder, marks)


def _reports(builder: Builder, pairs: Pairs) -> None:
    """Three years of months: old ones locked, the last but one accepted, the last in every state there is."""
    months = [histories.add_months(builder.last_month, -n) for n in reversed(range(MONTHS))]
    known = _register(pairs, months[-SNAPSHOTS:])
    rows: list[MonthlyReport] = []
    for number, (spec, carrier) in enumerate(pairs):
        figures = histories.carrier_months(builder.rng, kind=spec.kind, floor_area=spec.floor_area, months=len(months))
        for month, values in zip(months, figures, strict=True):
            if month < spec.opened_on.replace(day=1):
                continue
            state = _state(builder, month, number)
            if state is not None:
                row = _report(builder, spec, carrier, month, state, values)
                row.register = known.get((carrier.pk, month), {})
                if row.state != MonthlyReport.State.DRAFT:
                    row.content_hash = content_hash(row, ())
                rows.append(row)
    _write(rows)
    recent = histories.add_months(builder.last_month, -2)
    _write([event for row in rows if row.month >= recent for event in _events(row)])


def _register(pairs: Pairs, months: list[date]) -> dict[tuple[int, date], dict[str, int]]:
    """What the register says of each carrier and month, as a report keeps it."""
    ids = [carrier.pk for _, carrier in pairs]
    return {
        (pk, month): register.snapshot(counts) for month in months for pk, counts in register.counts(ids, month).items()
    }


def _state(builder: Builder, month: date, number: int) -> str | None:
    """The state of a carrier's month; ``None`` where nothing was filed. The first carrier's last month is open."""
    if month < histories.add_months(builder.last_month, -1):
        return MonthlyReport.State.LOCKED
    if month < builder.last_month:
        return MonthlyReport.State.ACCEPTED
    cycle = (None, "submitted", "accepted", "accepted", "draft", "returned", "accepted", "submitted", "accepted", None)
    return cycle[number % len(cycle)]


def _report(
    builder: Builder, spec: CarrierSpec, carrier: Carrier, month: date, state: str, values: dict[str, Any]
) -> MonthlyReport:
    filer = builder.users["operator" if spec.code == "JS001" else "yc_staff" if spec.code[:2] == "YC" else "staff"]
    filed = state not in {"draft"}
    accepted = state in {"accepted", "locked"}
    return MonthlyReport(
        carrier=carrier,
        month=month,
        state=state,
        filled_by="演示填表人",
        phone="021-00000000",
        first_submitted_at=_moment(builder, month, 4) if filed else None,
        submitted_at=_moment(builder, month, 4) if filed else None,
        submitted_by=filer if filed else None,
        accepted_at=_moment(builder, month, 8) if accepted else None,
        accepted_by=builder.users["reviewer"] if accepted else None,
        is_synthetic=True,
        **values,
    )


def _moment(builder: Builder, month: date, day: int) -> datetime:
    """Half past ten on a day of the month after ``month``; in the first days of a month not later than today begins."""
    usual = datetime.combine(histories.add_months(month, 1).replace(day=day), time(2, 30), tzinfo=UTC)
    return min(usual, timezone.make_aware(datetime.combine(builder.today, time.min)))


def _date_events() -> None:
    """Say of each event when it was: a row that is added takes the time of its writing."""
    of_report = MonthlyReport.objects.filter(pk=OuterRef("report"))
    with opened("demonstration"):  # the log of a past that is being invented
        for column, states in (("submitted_at", ("submitted", "returned")), ("accepted_at", ("accepted", "locked"))):
            ReportEvent.objects.filter(to_state__in=states).update(at=Subquery(of_report.values(column)[:1]))


def _events(row: MonthlyReport) -> Iterator[ReportEvent]:
    if row.submitted_by is None:
        return
    yield ReportEvent(report=row, actor=row.submitted_by, from_state="draft", to_state="submitted")
    if row.state == "returned":
        yield ReportEvent(
            report=row,
            actor_id=row.submitted_by_id,
            from_state="submitted",
            to_state="returned",
            comment="本月获投融资金额与企业数不符,请核对后再报(演示)",
        )
    if row.accepted_by is not None:
        yield ReportEvent(report=row, actor=row.accepted_by, from_state="submitted", to_state="accepted")
        if row.state == "locked":
            yield ReportEvent(report=row, actor=row.accepted_by, from_state="accepted", to_state="locked")


def _write(rows: Sequence[Model]) -> None:
    """Insert new ``rows`` of one model and give them their keys, in less time than ``bulk_create`` takes."""
    if not rows:
        return
    model = type(rows[0])
    fields = model._meta.concrete_fields
    for row, pk in zip(rows, bulk.reserve_ids(model, len(rows)), strict=True):
        row.pk = pk
    values = ([field.pre_save(row, True) for field in fields] for row in rows)
    bulk.insert(model, [field.attname for field in fields], values)


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


__all__ = ["DOCUMENT", "Builder", "seed", "write_carriers"]
