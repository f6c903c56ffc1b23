"""Tenants in every state of their life, for the demonstration: near and beyond the limit, extended, transferred, in two
carriers at once, graduated with papers, followed afterwards. Nothing here changes what past months have counted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config.demo.build import Builder
from config.demo.histories import add_months
from incubators.models import Carrier, Enterprise, GraduateFollowUp, IncubationExtension, Residency
from incubators.register import graduations
from incubators.services.evidence import examine, keep

# A page that says in every reader what it is.
PAPER = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 120]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 63>>stream
BT /F1 18 Tf 30 60 Td (Synthetic demonstration paper %05d) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%%%EOF
"""
# Months of incubation already behind a tenant of JS001, one each: beyond the limit, extended, near it, within it.
BEHIND = (51, 49, 47, 46, 45)
EXTENDED = 1
REASON = "演示:产品仍在验证,经专题会同意延期"
GROUNDS = {
    "invested": {"invested_amount": Decimal(8_600_000)},
    "revenue": {"revenue_first": Decimal(4_800_000), "revenue_second": Decimal(7_300_000)},
}


def write_tenants(builder: Builder, carriers: dict[str, Carrier]) -> None:
    """Call after the carriers with their tenants have been written."""
    _graduates(builder)
    _near_the_limit(builder)
    _graduation_asked(builder)
    if {"JS001", "JS002", "JS003"} <= set(carriers):
        _moved(builder, carriers)


def _incubating(builder: Builder, code: str) -> list[Residency]:
    rows = Residency.objects.incubating_on(builder.today).filter(carrier__code=code, entered_on__lt=builder.last_month)
    return [*rows.select_related("enterprise").order_by("enterprise__uscc")[:8]]


def _near_the_limit(builder: Builder) -> None:
    """The clock of some began before they came here, as after a transfer long ago."""
    rows = _incubating(builder, "JS001")[: len(BEHIND)]
    for row, months in zip(rows, BEHIND, strict=False):
        start = add_months(builder.today, -months) + timedelta(days=9)
        row.clock_from = min(start, row.incubating_from or start)
        row.enterprise.founded_on = min(row.enterprise.founded_on or row.clock_from, _before(row.clock_from))
    Residency.objects.bulk_update(rows, ["clock_from"])
    Enterprise.objects.bulk_update([row.enterprise for row in rows], ["founded_on"])
    IncubationExtension.objects.bulk_create(
        IncubationExtension(
            residency=row,
            decided_on=add_months(builder.today, -2),
            until=add_months(builder.today, 10),
            reason=REASON,
            document="演示会议纪要(合成)",
            decided_by=builder.users["staff"],
            is_synthetic=True,
        )
        for row in rows[EXTENDED : EXTENDED + 1]
    )


def _graduation_asked(builder: Builder) -> None:
    """JS001's operator asks that the tenant beyond its limit graduate; staff have not answered yet."""
    day = min(builder.today, timezone.localdate())  # the demonstration's day may lie ahead
    rows = [row for row in _incubating(builder, "JS001") if row.incubating_from and row.incubating_from <= day]
    if not rows or "operator" not in builder.users:
        return
    graduations.ask(
        user=builder.users["operator"],
        residency=rows[0],
        graduated_on=day,
        grounds=["invested"],
        files=[SimpleUploadedFile("投资协议和到账凭证(演示).pdf", PAPER % 0)],
        registered_in_district=Residency.YesNo.YES,
        **GROUNDS["invested"],
    )


def _before(clock: date) -> date:
    """A company is some months old when its incubation begins."""
    return add_months(clock, -4)


def _moved(builder: Builder, carriers: dict[str, Carrier]) -> None:
    """This month one went from JS002 to JS003, and one of JS003 was allowed into JS001 as well."""
    day = max(builder.today.replace(day=1), builder.today - timedelta(days=5))
    leaving, staying = _incubating(builder, "JS002")[:1], _incubating(builder, "JS003")[:1]
    new = []
    for row in leaving:
        clock = row.clock_from or row.incubating_from
        row.left_on, row.outcome = day, Residency.Outcome.TRANSFERRED
        row.save(update_fields=["left_on", "outcome"])
        new.append(_second(row, carriers["JS003"], day, clock_from=clock, transferred_from=row))
    reason = "演示:研发与中试分处两地,经区科委同意"
    new += [_second(row, carriers["JS001"], day, overlap_reason=reason) for row in staying]
    Residency.objects.bulk_create(new)


def _second(row: Residency, carrier: Carrier, day: object, **values: object) -> Residency:
    made = {"entered_on": day, "incubating_from": day, "floor_area": row.floor_area, "is_synthetic": True, **values}
    return Residency(enterprise_id=row.enterprise_id, carrier=carrier, **made)


def _graduates(builder: Builder) -> None:
    """Numbers and whereabouts for the graduates of Jinshan; papers and a year of follow-up for the first few."""
    went = (Residency.Destination.DISTRICT, Residency.Destination.OUTSIDE, "")
    rows = [
        *Residency.objects.filter(carrier__code__startswith="JS", graduated_on__isnull=False).order_by(
            "enterprise__uscc", "entered_on"
        )
    ]
    for number, row in enumerate(rows):
        if row.graduated_on is None:
            continue
        row.graduation_number = f"演示毕业{row.graduated_on:%Y}-{number + 1:03d}"
        row.registered_in_district = Residency.YesNo.YES if number % 5 else Residency.YesNo.NO
        row.destination = went[number % 3] if row.left_on else Residency.Destination.STAYED
        row.destination_place = "演示产业园" if row.destination == Residency.Destination.DISTRICT else ""
        for name, value in GROUNDS.get(row.graduation_ground, {}).items():
            setattr(row, name, value)
        if row.graduation_ground == "revenue":
            row.revenue_from_year = row.graduated_on.year - 2
    names = ("graduation_number", "registered_in_district", "destination", "destination_place", "invested_amount")
    Residency.objects.bulk_update(rows, [*names, "revenue_from_year", "revenue_first", "revenue_second"])
    shown = rows[:4]
    for row in shown:
        paper = examine(SimpleUploadedFile("毕业证明材料(合成).pdf", PAPER % row.pk))
        keep(paper, owner_label="incubators.residency", owner_id=str(row.pk), by="演示", what="一家企业")
    GraduateFollowUp.objects.bulk_create(
        GraduateFollowUp(
            residency=row,
            year=builder.today.year,
            destination=row.destination or Residency.Destination.OUTSIDE,
            place=row.destination_place,
            staff_count=26 + number,
            note="演示:已进入产业化阶段",
            recorded_on=builder.today,
            recorded_by=builder.users["staff"],
            is_synthetic=True,
        )
        for number, row in enumerate(shown)
        if row.graduated_on is not None and row.graduated_on <= builder.today
    )
