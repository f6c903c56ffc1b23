"""A month that asks of each incubatee what it did: two enterprises in a carrier, with rows typed into its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from incubators.models import Enterprise, EnterpriseMonth, MonthlyReport, ReportCalendar
from incubators.reporting import context
from incubators.reporting.context import MonthContext
from incubators.services.cells import Edit, Outcome
from incubators.services.enterprise_cells import as_typed, save_enterprise_cells
from tests.incubators.factories import ResidencyFactory
from tests.incubators.report_cases import MAY, Office

# What an operator types of one enterprise of May; money in 万元.
TYPED: dict[str, str] = {
    "staff": "12",
    "revenue": "20",
    "revenue_ytd": "90",
    "research_ytd": "15.5",
    "tax_ytd": "3",
    "ip_applied": "1",
    "ip_granted": "0",
    "ip_valid": "6",
    "financing": "0",
}


@dataclass
class EnterpriseOffice(Office):
    """An office whose district asks of incubatees each month; 甲科技 and 乙科技 are in incubation."""

    def __post_init__(self) -> None:
        super().__post_init__()
        ReportCalendar.objects.get_or_create(area=self.district, defaults={"enterprise_months": "monthly"})
        self.first = self.tenant("甲科技")
        self.second = self.tenant("乙科技")

    @classmethod
    def beside(cls, other: EnterpriseOffice) -> EnterpriseOffice:
        """Another carrier of the same district."""
        return cls(other.district)

    def tenant(self, name: str, **stay: Any) -> Enterprise:
        begun = {"entered_on": date(2024, 1, 8), "incubating_from": date(2024, 1, 8), **stay}
        kept = ResidencyFactory(carrier=self.carrier, enterprise__name=name, enterprise__staff_count=None, **begun)
        return kept.enterprise

    def type(
        self, enterprise: Enterprise, cells: Mapping[str, str], *, month: date = MAY, user: Any = None
    ) -> list[Outcome]:
        """Type cells of one enterprise, seeing what they hold now."""
        held = next((as_typed(each) for each in self.around(month).incubatees if each.pk == enterprise.pk), {})
        edits = [Edit(enterprise.uscc, code, text, held.get(code, "")) for code, text in cells.items()]
        user = user or self.operator
        return save_enterprise_cells(user=user, carrier=self.carrier, month=month, edits=edits)[0]

    def fill(self, month: date = MAY, **changes: str) -> None:
        """Type both enterprises in full."""
        for enterprise in (self.first, self.second):
            self.type(enterprise, TYPED | changes, month=month)

    def around(self, month: date = MAY) -> MonthContext:
        return context.load([self.carrier], month)[self.carrier.pk]

    def question(self, begins: str, month: date = MAY) -> str:
        """The key of what is asked about the incubatees, which ends in who they are."""
        around = self.around(month)
        found = around.sheet(around.answers(), around.texts()).enterprises
        return next(each.key for each in found if each.key.startswith(begins))

    def row(self, enterprise: Enterprise, report: MonthlyReport | None = None) -> EnterpriseMonth:
        rows = EnterpriseMonth.objects.filter(enterprise=enterprise)
        return rows.get(report=report) if report is not None else rows.latest("pk")
