"""What the checks look at (a sheet) and what they say (findings)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from incubators.reporting.calendar import add_months
from incubators.reporting.fields import Answer, Gap, Value
from incubators.reporting.form import STANDARD, MonthForm

EXPLAIN = "explain:"  # before the key of a finding: the name of the words on it, among the names of fields
LONGEST_WORDS = 500  # on a finding


@dataclass(frozen=True, slots=True)
class Sheet:
    """One carrier's month as the checks see it. ``history``: figures of those of the twelve earlier months that were
    filed, by month, the latest last; flows that were counted from January on are left out. ``previous_register``: the
    counts kept with last month's report. ``gaps``: why figures are not there, where that was said. ``beside``: what the
    register counts of the same thing, by the figure's code, where it holds any records of it. ``tenants``: what was found
    among the carrier's tenants (:mod:`incubators.reporting.tenants`). ``enterprises``: what was found in what is reported of
    its incubatees (:mod:`incubators.reporting.enterprise_checks`). ``cumulative``: flows are counted from January on,
    not for the month alone. ``incubatee_staff``: employees of the incubatees together, None unless known of each."""

    month: date
    carrier_kind: str
    opened_on: date
    closed_on: date | None
    floor_area: Decimal | None
    values: Mapping[str, Value]
    texts: Mapping[str, str] = field(default_factory=dict)
    register: Mapping[str, Any] = field(default_factory=dict)
    previous_register: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[date, Mapping[str, Value]] = field(default_factory=dict)
    today: date | None = None
    opens_on: date | None = None
    form: MonthForm = STANDARD
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    beside: Mapping[str, Value] = field(default_factory=dict)
    tenants: Sequence[Finding] = ()
    enterprises: Sequence[Finding] = ()
    cumulative: bool = False
    incubatee_staff: int | None = None

    @property
    def previous(self) -> Mapping[str, Value] | None:
        """Last month's figures, if last month was filed."""
        return self.history.get(add_months(self.month, -1))

    def shown(self, code: str) -> str:
        """A figure of this month in words, with its name."""
        spec = self.form.by_code[code]
        return f"{spec.label} {spec.show(self.values.get(code))}"


@dataclass(frozen=True, slots=True)
class Subject:
    """An enterprise behind a finding, and what is said of it."""

    uscc: str
    name: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found. ``hard`` blocks submission; otherwise a written explanation is asked for, unless it is
    only told (``asks`` is false).

    ``key`` names it within a report (explanations hang on it); ``fields`` are where it is shown, the first one
    leading. ``rule`` is the number in :mod:`incubators.reporting.rules_catalogue`. ``suggestion``: what was probably
    meant, as stored; the form offers it. ``subjects``: the enterprises it is about. ``records``: the code of the figure
    whose records in the register it was held against.
    """

    rule: str
    key: str
    hard: bool
    fields: tuple[str, ...]
    message: str
    suggestion: Answer = None
    subjects: tuple[Subject, ...] = ()
    records: str = ""
    asks: bool = True

    @property
    def must_explain(self) -> bool:
        """Whether submission waits for words on it."""
        return self.asks and not self.hard

    @property
    def place(self) -> str:
        """The field it is shown at; empty for the whole report."""
        return self.fields[0] if self.fields else ""


def sort_findings(found: list[Finding], form: MonthForm) -> list[Finding]:
    """In the order of the form, what blocks first."""
    order = {code: number for number, code in enumerate(form.by_code)}
    return sorted(found, key=lambda each: (not each.hard, order.get(each.place, len(order)), each.rule))


def while_filling(found: Sequence[Finding], answers: Mapping[str, Answer]) -> list[Finding]:
    """What is said of a month before it is handed in: what nobody has answered yet is no mistake so far."""
    return [each for each in found if each.rule != "M" or answers.get(each.place) is not None]
