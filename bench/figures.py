"""Ratios of the catalogue to bare SQL at city scale (500 carriers, about 20,000 enterprises, 36 months).

Prints a line a measure: what was asked, its median, the floor's median, their ratio. The floor is the shortest SQL that
answers the same question on the same database in the same run.
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date
from decimal import Decimal
from typing import Any

from bench.timing import compare

ON = date(2026, 10, 31)
LET_FROM = date(2023, 11, 1)
INCUBATING = """
    select r.carrier_id, count(distinct r.enterprise_id) from incubators_residency r
    where r.incubating_from <= %s and (r.left_on is null or r.left_on > %s)
      and (r.graduated_on is null or r.graduated_on > %s) group by r.carrier_id
"""
FIRST_CERTIFICATES = """
    select count(*) from incubators_qualification q join incubators_qualificationkind k on k.id = q.kind_id
    where k.code = 'high_tech' and q.valid_from between %s and %s and not exists (
      select 1 from incubators_qualification e where e.enterprise_id = q.enterprise_id and e.kind_id = q.kind_id
      and e.valid_from < q.valid_from)
"""
LET_BY_MONTH = """
    select month, sum(area_leased) from incubators_monthlyreport
    where is_current and state in ('accepted', 'locked') and area_leased is not null and month between %s and %s
    group by month
"""


def main() -> None:
    """Measure on the database of ``DATABASE_URL``, or on a SQLite file of its own."""
    with tempfile.TemporaryDirectory() as var:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{var}/bench.sqlite3")
        os.environ.update(VAR_DIR=var, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="WARNING")
        import django

        django.setup()
        run()


def run() -> None:
    from django.core.management import call_command
    from django.db import connection

    from incubators.indicators import figures
    from incubators.models import Carrier

    call_command("migrate", verbosity=0)
    if not Carrier.objects.exists():
        call_command("load_plans", verbosity=0)
        begun = time.perf_counter()
        call_command("seed_demo", scale="city")
        print(f"seed_demo --scale city: {time.perf_counter() - begun:.1f} s")

    def sql(text: str, *arguments: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(text, arguments)
            return list(cursor.fetchall())

    print(f"{'asked':<44}{'catalogue':>12} {'bare SQL':>12}")
    compare(
        "incubatees by carrier",
        lambda: figures.compute("n_incubatee", on=ON, by="carrier"),
        lambda: sql(INCUBATING, ON, ON, ON),
        told=by_key,
        counted=dict,
    )
    span = {"start": date(2024, 1, 1), "end": ON}
    compare(
        "first high-tech certificates in a period",
        lambda: figures.compute("n_qualified_new", params={"qualification": "high_tech"}, **span),
        lambda: sql(FIRST_CERTIFICATES, span["start"], span["end"]),
        told=by_key,
        counted=lambda rows: {None: rows[0][0]},
    )
    compare(
        "let area by month, 36 months",
        lambda: figures.compute("area_leased", by="month", start=LET_FROM, end=ON),
        lambda: sql(LET_BY_MONTH, LET_FROM, ON),
        told=lambda answers: {f"{month}": value for month, value in by_key(answers).items()},
        # SQLite has no dates and no decimals.
        counted=lambda rows: {f"{month}": Decimal(str(value)).quantize(Decimal("0.01")) for month, value in rows},
    )


def by_key(answers: list[Any]) -> dict[Any, Any]:
    """Figures by carrier, month or nothing; a group that has none is absent, as in the floor."""
    return {each.key: each.value for each in answers if each.value}
