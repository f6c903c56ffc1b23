"""Everything known around a carrier's month, loaded for any number of carriers in three queries.

Closes, the checks of tenants and what is reported of each incubatee are asked for all of them when first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from incubators.models import Carrier, EnterpriseMonth, MonthlyReport
from incubators.reporting import register
from incubators.reporting.calendar import Calendars, Days, add_months
from incubators.reporting.closing import Closes
from incubators.reporting.drafts import figures
from incubators.reporting.enterprise_checks import found as found_of_enterprises
from incubators.reporting.enterprises import Asked, Enterprises, Incubatee
from incubators.reporting.fields import Answer, Gap, ReportField, Value
from incubators.reporting.findings import Finding, Sheet
from incubators.reporting.form import MonthForm
from incubators.reporting.tenants import Tenants
from incubators.reporting.timing import Timing, first_sent
from incubators.reporting.workflow import EDITABLE, FILED

HISTORY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class MonthContext:
    """A carrier's month. ``latest``: the revision being worked on; ``standing``: the one whose figures count while a
    correction is open (the same row otherwise). ``history``: filed reports of the twelve months before, in order.
    ``revisions``: all of this month's, in order. ``closes``, ``tenants`` and ``enterprises`` are those of all carriers loaded
    together.
    ``summed``: months of the history whose flows were counted from January on."""

    carrier: Carrier
    month: date
    days: Days
    latest: MonthlyReport | None
    standing: MonthlyReport | None
    history: tuple[MonthlyReport, ...]
    known: Mapping[str, Any]
    form: MonthForm
    closes: Closes
    tenants: Tenants
    enterprises: Enterprises
    revisions: tuple[MonthlyReport, ...] = ()
    summed: frozenset[date] = frozenset()

    @property
    def closed(self) -> str:
        """Why a first report cannot be written any more; empty while it can."""
        return self.closes.refusal(self.carrier.pk, self.carrier.owner_area.path, self.month)

    @property
    def timing(self) -> Timing:
        """When the month came, if it did."""
        first = self.revisions[0] if self.revisions else None
        sent = first_sent(first.first_submitted_at, first.submitted_at) if first is not None else None
        return Timing(self.days, self.standing is not None and self.standing.state in FILED, sent)

    @property
    def cumulative(self) -> bool:
        """Whether flows are counted from January on, not for the month alone."""
        return self.days.counts_earlier(self.month)

    @property
    def incubatees(self) -> tuple[Incubatee, ...]:
        """The enterprises that this month is asked about, by name; none where the form asks for none."""
        return self.enterprises.of(self.carrier.pk)

    @property
    def previous(self) -> MonthlyReport | None:
        """Last month's report, if it was filed."""
        last = self.history[-1] if self.history else None
        return last if last is not None and last.month == add_months(self.month, -1) else None

    def answers_in(self, row: MonthlyReport) -> dict[str, Answer]:
        """What an earlier report says of its month alone. Flows that it counts from January on are no month's figures:
        nothing is compared with them."""
        held = self.form.answers_of(row)
        if row.month in self.summed:
            held.update({spec.code: None for spec in self.form.figures if not spec.stock})
        return held

    def before(self, code: str) -> Answer:
        """Last month's answer, if last month was filed."""
        return None if self.previous is None else self.answers_in(self.previous)[code]

    def answers(self) -> dict[str, Answer]:
        """Figures and gaps to start from: the working revision's, or for a new one last month's standing values."""
        if self.latest is not None:
            return self.form.answers_of(self.latest)
        blank: dict[str, Answer] = dict.fromkeys(self.form.by_code)
        if self.previous is not None:
            held = self.form.answers_of(self.previous)
            blank.update({spec.code: held[spec.code] for spec in self.form.stocks})
        return blank

    def texts(self) -> dict[str, str]:
        """Words to start from: the working revision's, or last month's person."""
        if self.latest is not None:
            return self.form.texts_of(self.latest)
        blank = dict.fromkeys(self.form.text_by_code, "")
        if self.previous is not None:
            blank.update(filled_by=self.previous.filled_by, phone=self.previous.phone)
        return blank

    def sheet(self, answers: Mapping[str, Answer], texts: Mapping[str, str], *, today: date | None = None) -> Sheet:
        """What the checks look at, for these answers and words. ``today`` matters to submission only."""
        previous = self.previous
        return Sheet(
            month=self.month,
            carrier_kind=self.carrier.kind,
            opened_on=self.carrier.opened_on,
            closed_on=self.carrier.closed_on,
            floor_area=self.carrier.floor_area,
            values=figures(answers),
            texts=texts,
            register=register.snapshot(self.known),
            previous_register=previous.register if previous is not None else {},
            history=self.values_before(),
            today=today,
            opens_on=self.days.opens_on,
            form=self.form,
            gaps={code: answer for code, answer in answers.items() if isinstance(answer, Gap)},
            beside=self.beside(),
            tenants=self.tenants.found(self.carrier.pk),
            enterprises=self._found_of(self.incubatees, figures(answers)),
            cumulative=self.cumulative,
            incubatee_staff=None if self.known["incubatee_staff_unknown"] else self.known["incubatee_staff"],
        )

    def _found_of(self, incubatees: Sequence[Incubatee], values: Mapping[str, Value]) -> tuple[Finding, ...]:
        return tuple(found_of_enterprises(self.month, incubatees, None if self.cumulative else values))

    def sheet_of(self, report: MonthlyReport) -> Sheet:
        """What the checks look at in one of the month's revisions: once it was handed in with the counts of the register
        kept with it, while it can be changed with those of now."""
        sheet = self.sheet(self.form.answers_of(report), self.form.texts_of(report))
        if report.state in EDITABLE or not report.register:
            return sheet
        # Who came into the register since then was not asked about.
        kept = [each for each in self.incubatees if each.row is not None]
        return replace(
            sheet,
            register={code: report.register.get(code) for code in register.REGISTER_LABELS},
            enterprises=self._found_of(kept, sheet.values),
        )

    @property
    def span(self) -> str:
        """``1–5月累计`` where flows are counted from January on, else empty."""
        first = self.days.counts_from
        return f"{first.month}–{self.month.month}月累计" if self.cumulative and first is not None else ""

    def label(self, spec: ReportField) -> str:
        """The name of a figure in this month: of a flow that is cumulative, with the months that it counts."""
        if not self.span or spec.stock:
            return spec.label
        return spec.label.replace("本月", self.span) if "本月" in spec.label else f"{spec.label}({self.span})"

    def beside(self) -> dict[str, Value]:
        """What the register counts of figures that are typed, by their code: where it holds any records of the kind,
        and of floor area only where that is recorded of every tenant."""
        return {
            spec.code: self.known[spec.register]
            for spec in self.form.figures
            if spec.register
            and self.known[spec.register]
            and not (spec.register == "floor_area" and self.known["floor_area_unknown"])
        }

    def values_before(self) -> dict[date, dict[str, Value]]:
        """Figures of the earlier months that were filed, by month, oldest first (see :meth:`answers_in`)."""
        return {row.month: figures(self.answers_in(row)) for row in self.history}

    def series(self, code: str) -> list[Value]:
        """A figure's earlier months, oldest first, for a small line."""
        return [values[code] for values in self.values_before().values()]


def load(carriers: Iterable[Carrier], month: date, calendars: Calendars | None = None) -> dict[int, MonthContext]:
    """Contexts by carrier id. The carriers need ``owner_area`` loaded with them. ``calendars``, where they are known."""
    by_id = {carrier.pk: carrier for carrier in carriers}
    rows = (
        MonthlyReport.objects.filter(carrier__in=by_id, month__gte=add_months(month, -HISTORY_MONTHS), month__lte=month)
        .select_related("submitted_by")
        .annotate(has_enterprises=Exists(EnterpriseMonth.objects.filter(report=OuterRef("pk"))))
        .order_by("month", "revision")
    )
    told: set[int] = set()
    latest: dict[int, MonthlyReport] = {}
    standing: dict[int, MonthlyReport] = {}
    history: dict[int, list[MonthlyReport]] = {pk: [] for pk in by_id}
    revisions: dict[int, list[MonthlyReport]] = {pk: [] for pk in by_id}
    for row in rows:
        if row.has_enterprises:
            told.add(row.pk)
        if row.month == month:
            revisions[row.carrier_id].append(row)
            latest[row.carrier_id] = row
            if row.is_current:
                standing[row.carrier_id] = row
        elif row.is_current and row.state in FILED:
            history[row.carrier_id].append(row)
    known = register.counts(by_id, month)
    calendars = calendars or Calendars()
    closes = Closes([month], calendars)
    tenants = Tenants({pk: carrier.owner_area.path for pk, carrier in by_id.items()}, month)
    forms = {pk: calendars.form(carrier.owner_area.path, month) for pk, carrier in by_id.items()}
    asked = {
        pk: Asked(
            form.enterprises, latest.get(pk), next((row for row in reversed(history[pk]) if row.pk in told), None)
        )
        for pk, form in forms.items()
        if form.enterprises or any(row.pk in told for row in revisions[pk])
    }
    enterprises = Enterprises(asked, tenants)
    return {
        pk: MonthContext(
            carrier=carrier,
            month=month,
            days=calendars.days(carrier.owner_area.path, month),
            latest=latest.get(pk),
            standing=standing.get(pk),
            history=tuple(history[pk]),
            known=known[pk],
            form=forms[pk],
            revisions=tuple(revisions[pk]),
            summed=frozenset(
                row.month
                for row in history[pk]
                if calendars.days(carrier.owner_area.path, row.month).counts_earlier(row.month)
            ),
            closes=closes,
            tenants=tenants,
            enterprises=enterprises,
        )
        for pk, carrier in by_id.items()
    }
