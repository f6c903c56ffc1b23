"""Which months are closed (月结), and for which carriers they were opened again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from django.db.models import F
from django.utils import timezone

from core.dates import date_cn
from incubators.models import MonthClose


class Closes:
    """The closes of ``months`` with what was opened again, in one query, made when first asked.

    A close holds for the carriers credited to its area or one below it. It stops first reports only: a correction of
    what was locked is opened by an officer, with a reason of its own.
    """

    def __init__(self, months: Sequence[date]) -> None:
        self.months = months

    @cached_property
    def _found(self) -> tuple[dict[tuple[str, date], date], set[tuple[int, date]]]:
        today = timezone.localdate()
        rows = MonthClose.objects.filter(month__in=self.months).order_by("closed_at")
        closed: dict[tuple[str, date], date] = {}
        opened: set[tuple[int, date]] = set()
        named = {"path": F("area__path"), "carrier": F("unlocks__carrier"), "until": F("unlocks__until")}
        for row in rows.values("month", "closed_at", **named):
            closed.setdefault((row["path"], row["month"]), timezone.localdate(row["closed_at"]))
            if row["until"] is not None and row["until"] >= today:
                opened.add((row["carrier"], row["month"]))
        return closed, opened

    def closed_on(self, path: str, month: date) -> date | None:
        """The day on which the month was closed for the area with this path; None while it is open."""
        days = [day for (prefix, at), day in self._found[0].items() if at == month and path.startswith(prefix)]
        return min(days, default=None)

    def refusal(self, carrier_id: int, path: str, month: date) -> str:
        """Why a carrier's first report of the month cannot be written; empty when it can."""
        day = self.closed_on(path, month)
        if day is None or (carrier_id, month) in self._found[1]:
            return ""
        return f"本月已于{date_cn(day)}月结,不能再填报;确需补报的,请区科委开放补报"
