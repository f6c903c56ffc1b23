"""Who waits for whom. Always taken in this order: areas, then reports by carrier; so nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from incubators.models import Area, Carrier, MonthlyReport
from incubators.models.areas import paths_above
from incubators.reporting.context import MonthContext


def hold_areas(paths: Iterable[str]) -> None:
    """Hold the areas with these paths until the transaction ends: their months are closed, and reports handed in below
    them, one after the other. Nothing happens on SQLite, where one transaction writes at a time."""
    rows = Area.objects.select_for_update(no_key=True).filter(path__in=[*paths]).order_by("path")
    [*rows.values_list("pk")]


def hold_closes_of(around: MonthContext) -> None:
    """Hold whatever could close this month for its carrier: its area and those above, up to the one with the calendar."""
    own, top = around.carrier.owner_area.path, around.days.jurisdiction
    hold_areas(path for path in paths_above(own) if len(path) >= len(top))


def held_latest(carrier: Carrier, month: date) -> MonthlyReport | None:
    """The last revision of a carrier's month, held until the transaction ends, with ``carrier`` as its carrier; None where
    nobody has begun."""
    rows = MonthlyReport.objects.select_for_update().filter(carrier=carrier, month=month)
    row = rows.order_by("-revision").first()
    if row is not None:
        row.carrier = carrier
    return row


__all__ = ["held_latest", "hold_areas", "hold_closes_of"]
