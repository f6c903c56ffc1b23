"""What operators in Fengxian and Jinshan reported of each incubatee in the months that asked for it."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from config.demo.build import Builder
from config.demo.histories import add_months
from config.demo.months import OWN_MONTHS
from core.trail_chain import opened
from incubators.models import Area, Carrier, EnterpriseMonth, MonthlyReport
from incubators.reporting import context
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fingerprint import content_hash
from incubators.services.enterprise_rows import rows_of

CENTS = Decimal("0.01")
HUNDRED = Decimal(100)  # as operators round: two decimals of 万元


def write_enterprises(builder: Builder) -> None:
    """Call when months and tenants are written: who is asked about comes from the register."""
    fengxian, jinshan = builder.areas["sh-fengxian"], builder.areas["sh-jinshan"]
    # Jinshan's chances are its own: what is drawn for others does not hang on them.
    for area, rng in ((fengxian, builder.rng), (jinshan, Random(builder.seed))):
        _write(builder, area, rng)


def _write(builder: Builder, area: Area, rng: Random) -> None:
    carriers = [*Carrier.objects.filter(owner_area__path__startswith=area.path).select_related("owner_area")]
    with opened("demonstration"):  # accepted months of a past that is being invented
        for back in reversed(range(OWN_MONTHS)):
            month = add_months(builder.last_month, -back)
            for around in context.load(carriers, month).values():
                if around.latest is not None:
                    _fill(rng, around.latest, around.incubatees)


def _fill(rng: Random, report: MonthlyReport, incubatees: tuple[Incubatee, ...]) -> None:
    """A row for each incubatee, of a draft for the first half of them; sums as the carrier reported them."""
    known = incubatees[: len(incubatees) // 2] if report.state == MonthlyReport.State.DRAFT else incubatees
    rows = [_row(rng, report, each) for each in known]
    for code in ("ip_applied", "ip_granted"):
        _share(rng, rows, code, getattr(report, code) or 0)
    financed = rows[: report.enterprises_financed or 0]
    for row in rows:
        row.financing = Decimal(0)
    for row in financed:
        row.financing = ((report.financing or Decimal(0)) / len(financed)).quantize(CENTS)
    if financed:
        financed[-1].financing += (report.financing or Decimal(0)) - sum(
            (row.financing for row in financed), Decimal(0)
        )
    EnterpriseMonth.objects.bulk_create(rows)
    if report.content_hash:
        report.content_hash = content_hash(report, (), rows_of(report))
        report.save(update_fields=["content_hash"])


def _row(rng: Random, report: MonthlyReport, each: Incubatee) -> EnterpriseMonth:
    """An enterprise that goes on about as it was; sums begin again in January."""
    before = each.before
    staff = max(3, (before.staff or 8) + rng.choice((-1, 0, 0, 0, 1)) if before is not None else rng.randrange(4, 40))
    usual = before.revenue if before is not None and before.revenue else Decimal(rng.randrange(40_000, 900_000))
    revenue = _rounded(usual * Decimal(rng.randrange(80, 125)) / 100)
    sums = {"revenue_ytd": Decimal(0), "research_ytd": Decimal(0), "tax_ytd": Decimal(0)}
    if before is not None and before.report.month.year == report.month.year:
        sums = {code: getattr(before, code) or Decimal(0) for code in sums}
    elif report.month.month > 1 and before is None:
        sums = {"revenue_ytd": usual * (report.month.month - 1), "research_ytd": usual / 5, "tax_ytd": usual / 20}
    rates = {"revenue_ytd": Decimal(1), "research_ytd": Decimal("0.18"), "tax_ytd": Decimal("0.04")}
    valid = (before.ip_valid or 0) + rng.choice((0, 0, 0, 1)) if before is not None else rng.randrange(0, 12)
    return EnterpriseMonth(
        report=report,
        enterprise_id=each.pk,
        staff=staff,
        staff_doctor=min(staff // 6, staff),
        staff_college=staff * 4 // 5,
        staff_fresh=staff // 9,
        staff_returned=staff // 12,
        revenue=revenue,
        **{code: _rounded(sums[code] + revenue * rate) for code, rate in rates.items()},
        ip_valid=valid,
        ip_invention=valid // 3,
        ip_software=valid // 3,
    )


def _rounded(amount: Decimal) -> Decimal:
    return (amount / HUNDRED).quantize(Decimal(1)) * HUNDRED


def _share(rng: Random, rows: list[EnterpriseMonth], code: str, total: int) -> None:
    """Give the carrier's count to its enterprises, at random."""
    counts = dict.fromkeys(range(len(rows)), 0)
    for _ in range(total if rows else 0):
        counts[rng.randrange(len(rows))] += 1
    for place, row in enumerate(rows):
        setattr(row, code, counts[place])


__all__ = ["write_enterprises"]
