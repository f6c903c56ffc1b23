"""What happened to some carriers of the demonstration: changes and how they were reported, a title that ended, places,
tags, contacts. Made up and marked so; nothing here moves a figure of the plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from config.demo.build import DOCUMENT, Builder
from config.demo.histories import add_months
from incubators.models import (
    Carrier,
    CarrierChange,
    CarrierContact,
    CarrierSite,
    CarrierTag,
    CarrierTagging,
    Designation,
    Organisation,
)

TAGS = (("YC007", "benchmark"), ("YC006", "virtual_benchmark"), ("YC001", "future_industry_park"))
CONTACTS = (("演示负责人", "负责人", "021-00000001"), ("演示联系人", "月报填报", "021-00000002"))


def write_carrier_history(builder: Builder, carriers: Mapping[str, Carrier]) -> None:
    """Everything of this module, for the blueprint's carriers."""
    _places(carriers)
    _titles(builder, carriers)
    _changes(builder, carriers)
    _tags(carriers)


def _places(carriers: Mapping[str, Carrier]) -> None:
    """Two places for a few carriers, which add up to what the carrier says, and whom to call."""
    chosen = [carriers[code] for code in ("JS001", "JS002", "JS006", "YC004", "YC007")]
    rows = []
    for carrier in chosen:
        area = carrier.floor_area or Decimal(0)
        carrier.seats = int(area // 25)
        for name, share in (("A座", Decimal("0.6")), ("B座", Decimal("0.4"))):
            rows.append(
                CarrierSite(
                    carrier=carrier,
                    name=name,
                    address=f"{carrier.area.name}演示路1号{name}",
                    floor_area=area * share,
                    seats=int(carrier.seats * share),
                    valid_from=carrier.opened_on,
                    is_synthetic=True,
                )
            )
    Carrier.objects.bulk_update(chosen, ["seats"])
    CarrierSite.objects.bulk_create(rows)
    CarrierContact.objects.bulk_create(
        CarrierContact(carrier=carrier, name=name, duty=duty, phone=phone, is_synthetic=True)
        for carrier in chosen
        for name, duty, phone in CONTACTS
    )


def _titles(builder: Builder, carriers: Mapping[str, Carrier]) -> None:
    """A title that was withdrawn before the plan began, and one of the new regime that nobody has compared yet."""
    rows = [
        Designation(
            carrier=carriers["JS010"],
            title=builder.titles["incubator_municipal_sh"],
            awarded_on=date(2020, 12, 1),
            document=DOCUMENT.format(year=2020, number=301),
            ended_on=date(2023, 6, 30),
            end_kind=Designation.Ending.WITHDRAWN,
            end_reason="连续两年绩效评价不合格(演示)",
            end_document=DOCUMENT.format(year=2023, number=302),
            is_synthetic=True,
        )
    ]
    if "incubator_standard" in builder.titles:
        rows.append(
            Designation(
                carrier=carriers["JS008"],
                title=builder.titles["incubator_standard"],
                awarded_on=add_months(builder.today, -3),
                document=DOCUMENT.format(year=builder.today.year, number=303),
                is_synthetic=True,
            )
        )
    Designation.objects.bulk_create(rows)


def _changes(builder: Builder, carriers: Mapping[str, Carrier]) -> None:
    """One reported in time, one late and not reported, one still in time, one without a duty, one asked for."""
    former = Organisation.objects.create(
        code="operator-demo-former",
        name="新材料演示原运营公司",
        kind="operator",
        area=builder.areas["sh-jinshan"],
        is_synthetic=True,
    )
    move = add_months(builder.today, -14)
    today = builder.today
    sites = {code: f"{carriers[code].area.name}演示路1号" for code in ("JS001", "YC004")}
    for code, address in sites.items():
        carriers[code].address = address
    Carrier.objects.bulk_update([carriers[code] for code in sites], ["address"])
    size = carriers["JS006"].floor_area or Decimal(0)
    rows = [
        _change(
            builder, carriers["JS001"], "site", "演示旧址8号", sites["JS001"], move, reported_on=add_months(move, 2)
        ),
        _change(
            builder, carriers["YC004"], "site", "演示旧址9号", sites["YC004"], move, reported_on=add_months(move, 4)
        ),
        _change(
            builder, carriers["JS002"], "operator", former.name, carriers["JS002"].operator.name, add_months(today, -2)
        ),
        _change(
            builder,
            carriers["JS006"],
            "floor_area",
            f"{(size - 400).normalize():f}",
            f"{size.normalize():f}",
            add_months(today, -5),
        ),
        _change(builder, carriers["JS007"], "name", "漕泾演示创客咖啡", carriers["JS007"].name, date(2024, 5, 20)),
        _change(builder, carriers["JS001"], "floor_area", "", "", add_months(today, -1)),
    ]
    rows[2].operator_before, rows[2].operator_after = former, carriers["JS002"].operator
    asked, area = rows[-1], carriers["JS001"].floor_area or Decimal(0)
    asked.before, asked.after = f"{area.normalize():f}", f"{(area + 800).normalize():f}"
    asked.state, asked.recorded_by = CarrierChange.State.PENDING, builder.users["operator"]
    asked.decided_by, asked.decided_at = None, None
    CarrierChange.objects.bulk_create(rows)


def _change(
    builder: Builder,
    carrier: Carrier,
    kind: str,
    before: str,
    after: str,
    day: date,
    reported_on: date | None = None,
) -> CarrierChange:
    staff = builder.users["yc_staff" if carrier.code.startswith("YC") else "staff"]
    return CarrierChange(
        carrier=carrier,
        kind=kind,
        before=before,
        after=after,
        happened_on=day,
        document=DOCUMENT.format(year=day.year, number=310),
        reason="演示变更",
        state=CarrierChange.State.CONFIRMED,
        reported_on=reported_on,
        recorded_by=staff,
        decided_by=staff,
        decided_at=datetime.combine(day, time(2, 30), tzinfo=UTC),
        is_synthetic=True,
    )


def _tags(carriers: Mapping[str, Carrier]) -> None:
    known = {tag.code: tag for tag in CarrierTag.objects.all()}
    CarrierTagging.objects.bulk_create(
        CarrierTagging(
            carrier=carriers[code],
            tag=known[tag],
            valid_from=date(2025, 9, 1),
            basis=DOCUMENT.format(year=2025, number=320),
            is_synthetic=True,
        )
        for code, tag in TAGS
        if tag in known
    )
