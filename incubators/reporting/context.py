"""Everything known around a carrier's month, loaded for any number of carriers in five queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from incubators.models import Carrier, MonthlyReport
from incubators.reporting import register
from incubators.reporting.calendar import Calendars, Days, add_months
from incubators.reporting.fields import BY_CODE, STOCKS, TEXTS, Value, texts_of, values_of
from incubators.reporting.findings import Sheet
from incubators.reporting.workflow import FILED

HISTORY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class MonthContext:
    """A carrier's month. ``latest``: the revision being worked on; ``standing``: the one whose figures count while a
    correction is open (the same row otherwise). ``history``: filed reports of the twelve months before, in order."""

    carrier: Carrier
    month: date
    days: Days
    latest: MonthlyReport | None
    standing: MonthlyReport | None
    history: tuple[MonthlyReport, ...]
    known: Mapping[str, Any]

    @property
    def previous(self) -> MonthlyReport | None:
        """Last month's report, if it was filed."""
        last = self.history[-1] if self.history else None
        return last if last is not None and last.month == add_months(self.month, -1) else None

    def values(self) -> dict[str, Value]:
        """Figures to start from: the working revision's, or for a new one last month's standing values."""
        if self.latest is not None:
            return values_of(self.latest)
        blank: dict[str, Value] = dict.fromkeys(BY_CODE)
        if self.previous is not None:
            blank.update({code: getattr(self.previous, code) for code in STOCKS})
        return blank

    def texts(self) -> dict[str, str]:
        """Words to start from: the working revision's, or last month's person."""
        if self.latest is not None:
            return texts_of(self.latest)
        blank = {text.code: "" for text in TEXTS}
        if self.previous is not None:
            blank.update(filled_by=self.previous.filled_by, phone=self.previous.phone)
        return blank

    def sheet(self, values: Mapping[str, Value], texts: Mapping[str, str], *, today: date | None = None) -> Sheet:
        """What the checks look at, for these figures and words. ``today`` matters to submission only."""
        previous = self.previous
        return Sheet(
            month=self.month,
            carrier_kind=self.carrier.kind,
            opened_on=self.carrier.opened_on,
            closed_on=self.carrier.closed_on,
            floor_area=self.carrier.floor_area,
            values=values,
            texts=texts,
            register=register.snapshot(self.known),
            previous=values_of(previous) if previous is not None else None,
            previous_register=previous.register if previous is not None else {},
            history=[values_of(row) for row in self.history],
            today=today,
        )

    def series(self, code: str) -> list[Value]:
        """A figure's earlier months, oldest first, for a small line."""
        return [getattr(row, code) for row in self.history]


def load(carriers: Iterable[Carrier], month: date) -> dict[int, MonthContext]:
    """Contexts by carrier id. The carriers need ``owner_area`` loaded with them."""
    by_id = {carrier.pk: carrier for carrier in carriers}
    rows = MonthlyReport.objects.filter(
        carrier__in=by_id, month__gte=add_months(month, -HISTORY_MONTHS), month__lte=month
    ).order_by("month", "revision")
    latest: dict[int, MonthlyReport] = {}
    standing: dict[int, MonthlyReport] = {}
    history: dict[int, list[MonthlyReport]] = {pk: [] for pk in by_id}
    for row in rows:
        if row.month == month:
            latest[row.carrier_id] = row
            if row.is_current:
                standing[row.carrier_id] = row
        elif row.is_current and row.state in FILED:
            history[row.carrier_id].append(row)
    known = register.counts(by_id, month)
    calendars = Calendars()
    return {
        pk: MonthContext(
            carrier=carrier,
            month=month,
            days=calendars.days(carrier.owner_area.path, month),
            latest=latest.get(pk),
            standing=standing.get(pk),
            history=tuple(history[pk]),
            known=known[pk],
        )
        for pk, carrier in by_id.items()
    }
