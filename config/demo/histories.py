"""What happens to a made-up enterprise or carrier over the years: plain values, no database."""

from __future__ import annotations

import calendar
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the month's last day where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def between(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange(max(1, (last - first).days + 1)))


@dataclass(slots=True)
class Stay:
    """An enterprise's time in a carrier."""

    entered_on: date
    incubating_from: date | None
    graduated_on: date | None = None
    ground: str = ""
    left_on: date | None = None
    outcome: str = ""
    floor_area: Decimal = Decimal(0)
    mentored: bool = False


def stay(rng: random.Random, *, opened_on: date, until: date) -> Stay:
    """One residency ending, if it ends, before ``until``; nine in ten incubate, about a third of those graduate."""
    entered = between(rng, max(opened_on, add_months(until, -46)), until)
    made = Stay(
        entered_on=entered,
        incubating_from=entered if rng.random() < 0.9 else None,
        floor_area=Decimal(rng.randrange(40, 420)),
        mentored=rng.random() < 0.72,
    )
    if made.incubating_from and rng.random() < 0.42:
        graduated = add_months(entered, rng.randrange(12, 34))
        if graduated <= until:
            made.graduated_on = graduated
            made.ground = rng.choice(("high_tech", "invested", "revenue", "listed"))
            if rng.random() < 0.5:
                left = add_months(graduated, rng.randrange(1, 10))
                if left <= until:
                    made.left_on, made.outcome = left, "graduated"
    if not made.graduated_on and rng.random() < 0.14:
        left = add_months(entered, rng.randrange(5, 28))
        if left <= until:
            made.left_on, made.outcome = left, rng.choice(("moved_out", "closed", "cleared"))
    return made


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely an enterprise of a jurisdiction gets each qualification; the demonstration's story lives here."""

    high_tech: float
    hard_tech: float
    tech_sme: float = 0.62


# Rarer qualifications and their chances.
RARE = (
    ("gazelle", 0.03),
    ("little_giant_municipal", 0.03),
    ("srdi_municipal", 0.10),
    ("srdi_national", 0.02),
    ("listed", 0.02),
)


def _high_tech(rng: random.Random, odds: Odds, founded_on: date, until: date) -> list[tuple[str, date, date | None]]:
    """Certificates one after another, each three years, two in three renewed."""
    rows: list[tuple[str, date, date | None]] = []
    if rng.random() >= odds.high_tech:
        return rows
    year = rng.choice((2021, 2022, 2023, 2024, 2024, 2025, 2025, 2026))
    first = date(year, rng.randrange(8, 13), rng.randrange(1, 28))
    while founded_on <= first <= until:
        ends = add_months(first, 36) - timedelta(days=1)
        rows.append(("high_tech", first, ends))
        if rng.random() < 0.35:
            break
        first = ends + timedelta(days=rng.randrange(1, 50))
    return rows


def qualifications(
    rng: random.Random, odds: Odds, *, founded_on: date, until: date
) -> list[tuple[str, date, date | None]]:
    """``(kind, from, to)`` rows in order of time. 高企 run three years and may be renewed; 科小 run to year's end."""
    rows: list[tuple[str, date, date | None]] = []
    for year in range(max(2022, founded_on.year), until.year + 1):
        registered = date(year, rng.randrange(4, 10), rng.randrange(1, 28))
        if rng.random() < odds.tech_sme and founded_on <= registered <= until:
            rows.append(("tech_sme", registered, date(year, 12, 31)))
    rows += _high_tech(rng, odds, founded_on, until)
    if rng.random() < odds.hard_tech:
        confirmed = between(rng, date(2023, 3, 1), until)
        if confirmed >= founded_on:
            rows.append(("hard_tech", confirmed, None))
    for kind, chance in RARE:
        if rng.random() < chance:
            granted = between(rng, date(2022, 1, 10), until)
            if granted >= founded_on:
                rows.append((kind, granted, None))
    return rows


def carrier_months(
    rng: random.Random, *, kind: str, floor_area: int, months: int
) -> list[dict[str, Decimal | int | None]]:
    """``months`` months of typed figures; money in yuan. Each satisfies every hard check of the form."""
    leasable = Decimal(floor_area) * Decimal("0.70")
    controllable = Decimal(floor_area) * Decimal("0.85")
    share = rng.uniform(0.45, 0.8)
    staff = rng.randrange(6, 16)
    mentors = rng.randrange(5, 20)
    seats = rng.randrange(60, 180) if kind == "maker_space" else None
    fund = Decimal(rng.choice((0, 0, 500, 1000, 2000)) * 10_000)
    rows = []
    for _ in range(months):
        share = min(0.96, max(0.3, share + rng.uniform(-0.02, 0.026)))
        financed = rng.choices((0, 1, 2, 3), (0.6, 0.25, 0.1, 0.05))[0]
        income = Decimal(rng.randrange(18, 90) * 10_000)
        rows.append(
            {
                "area_controllable": controllable,
                "area_leasable": leasable,
                "area_leased": (leasable * Decimal(str(round(share, 4)))).quantize(Decimal("0.01")),
                "seats_total": seats,
                "seats_used": int(seats * share) if seats else None,
                "teams": rng.randrange(3, 20) if kind == "maker_space" else None,
                "staff_total": staff,
                "staff_professional": max(1, int(staff * 0.8)),
                "mentors": mentors,
                "mentor_sessions": rng.randrange(2, 20),
                "events": rng.randrange(1, 6),
                "event_participants": rng.randrange(30, 260),
                "enterprises_financed": financed,
                "financing": Decimal(financed * rng.randrange(80, 900) * 10_000),
                "fund_size": fund,
                "income": income,
                "income_non_rent": (income * Decimal(rng.randrange(22, 55)) / 100).quantize(Decimal("0.01")),
                "rent_relief": Decimal(rng.randrange(0, 12) * 10_000),
                "ip_applied": rng.randrange(0, 9),
                "ip_granted": rng.randrange(0, 6),
            }
        )
    return rows
