"""Five core figures of every province and month of a country, against bare SQL: 16,000 carriers, 36 months.

    DATABASE_URL=postgres://... make bench ARGS=months

The floor is one statement a figure that adds up the same reports by area and month. The catalogue adds what the floor
leaves out: areas with all below them, and how many reports each sum lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from bench.databases import scratch
from bench.timing import compare

PROVINCES, DISTRICTS, CARRIERS = 32, 10, 16_000
FIRST, LAST, MONTHS = date(2023, 11, 1), date(2026, 10, 31), 36
CORE = {
    "area_leased": "area_leased",
    "income_total": "income",
    "financing_amount": "financing",
    "events_n": "events",
    "ip_granted": "ip_granted",
}
FLOOR = """
    select a.path, m.month, sum(m.{column}) from incubators_monthlyreport m
    join incubators_carrier c on c.id = m.carrier_id join incubators_area a on a.id = c.owner_area_id
    where m.is_current and m.state in ('accepted', 'locked') and m.{column} is not null
      and m.month between %s and %s group by a.path, m.month
"""
# The first report stands for its month's row in every column but these.
VARIED = {
    "carrier_id": "c.id",
    "month": "(date '2023-11-01' + make_interval(months => n))::date",
    "income": "1000 + (c.id * 37 + n * 11) % 900000",
    "financing": "(c.id * 53 + n * 7) % 5000000",
    "area_leased": "100 + (c.id + n) % 900",
    "events": "(c.id + n) % 9",
    "ip_granted": "(c.id * n) % 7",
}


def main() -> None:
    """Measure and print, where there is a PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres://", "postgresql://", "psql://", "pgsql://")):
        print("months: not measured. DATABASE_URL names no PostgreSQL, and a country is not kept in anything else.")
        return
    with scratch(url, "months") as work:
        environment = {"DATABASE_URL": work, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "WARNING"}
        subprocess.run(
            [sys.executable, "-m", "bench.months"],
            env=os.environ | environment,
            cwd=Path(__file__).parents[1],
            check=True,
        )


def run() -> None:
    """In a database of its own: make the country, then compare."""
    import django

    django.setup()
    from django.db import connection

    from incubators.indicators import figures
    from incubators.models import Area, MonthlyReport

    _country()
    provinces = [*Area.objects.filter(parent=None)]

    def catalogue() -> list[Any]:
        return [figures.compute(code, by="area_month", areas=provinces, start=FIRST, end=LAST) for code in CORE]

    def bare() -> list[list[Any]]:
        found = []
        with connection.cursor() as cursor:
            for column in CORE.values():
                cursor.execute(FLOOR.format(column=column), [FIRST, LAST])
                found.append(cursor.fetchall())
        return found

    print(
        f"{MonthlyReport.objects.count():,} reports of {CARRIERS:,} carriers, {PROVINCES} provinces x {MONTHS} months"
    )
    by_path = {province.path: province.pk for province in provinces}

    def told(answers: list[Any]) -> dict[Any, Any]:
        return {
            (code, each.key, each.month): each.value
            for code, figures_of in zip(CORE, answers, strict=True)
            for each in figures_of
            if each.value
        }

    def counted(found: list[list[Any]]) -> dict[Any, Any]:
        sums: Counter[Any] = Counter()
        for code, rows in zip(CORE, found, strict=True):
            for path, month, value in rows:
                province = by_path[f"/{path.split('/')[1]}/"]
                sums[code, province, month] += value
        return +sums

    compare("five core figures by area and month", catalogue, bare, told=told, counted=counted)


def _country() -> None:
    """Provinces with districts, carriers, and a report of each in every month, accepted."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from incubators.models import Area, Carrier, MonthlyReport, Organisation

    call_command("migrate", verbosity=0)
    districts = []
    for number in range(PROVINCES):
        path = f"/p{number}/"
        top = Area.objects.create(code=f"p{number}", name=f"测速{number}省", kind="province", path=path)
        districts += Area.objects.bulk_create(
            Area(code=f"p{number}-{n}", name=f"测速{n}区", kind="district", parent=top, path=f"{path}{n}/")
            for n in range(DISTRICTS)
        )
    operator = Organisation.objects.create(code="bench", name="测速运营", kind="operator", area=districts[0])
    here = (districts[number % len(districts)] for number in range(CARRIERS))
    Carrier.objects.bulk_create(
        (
            Carrier(
                code=f"B{number}",
                name=f"测速载体{number}",
                kind="incubator",
                operator=operator,
                area=area,
                owner_area=area,
                opened_on=date(2020, 1, 1),
            )
            for number, area in enumerate(here)
        ),
        batch_size=2_000,
    )
    filer, reviewer = (User.objects.create(username=f"bench{n}") for n in range(2))
    first = MonthlyReport.objects.create(
        carrier=Carrier.objects.earliest("pk"),
        month=date(2023, 10, 1),
        state="accepted",
        submitted_by=filer,
        submitted_at="2023-11-03T02:00:00Z",
        accepted_by=reviewer,
        accepted_at="2023-11-06T02:00:00Z",
        area_controllable=2000,
        area_leasable=1500,
    )
    columns = [field.column for field in MonthlyReport._meta.concrete_fields if not field.primary_key]
    values = ", ".join(VARIED.get(name, f"r.{name}") for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into incubators_monthlyreport ({', '.join(columns)}) select {values} "  # noqa: S608 - our own names
            f"from incubators_monthlyreport r, incubators_carrier c, generate_series(0, {MONTHS - 1}) n "
            f"where r.id = {first.pk}"
        )
        cursor.execute("vacuum analyze")


if __name__ == "__main__":
    run()
