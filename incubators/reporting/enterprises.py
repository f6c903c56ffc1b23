"""The incubatees of a month with what is reported of each (企业情况), for any number of carriers: asked once, when first
needed, and not at all where no form asks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.reporting.enterprise_fields import REQUIRED, Answers, answers_of, offered
from incubators.reporting.tenants import Tenants


@dataclass(frozen=True)
class Incubatee:
    """One enterprise of a carrier's month. ``row``: what is kept of it in the working revision; ``before``: in the report
    before this one that asked for it."""

    pk: int
    uscc: str
    name: str
    staff_count: int | None
    industry: str = ""
    row: EnterpriseMonth | None = None
    before: EnterpriseMonth | None = None

    @cached_property
    def answers(self) -> Answers:
        """What is kept; for a new row what it starts from, see :func:`offered`."""
        return answers_of(self.row) if self.row is not None else offered(self.before, self.staff_count)

    @cached_property
    def previous(self) -> Answers | None:
        return None if self.before is None else answers_of(self.before)

    @property
    def complete(self) -> bool:
        """Whether everything required is answered, and nothing waits to be put right."""
        if self.row is None or self.row.unread:
            return False
        held = self.answers
        return all(held[spec.code] is not None for spec in REQUIRED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a carrier's month asks, and the reports that matter here: the working revision, and the latest of the earlier
    ones that hold incubatees. A month that does not ask may hold some all the same, where its carrier has passed to
    another jurisdiction."""

    asks: bool
    working: MonthlyReport | None
    before: MonthlyReport | None


class Enterprises:
    """The incubatees of those carriers whose form asks for them, or whose report holds some. ``asked``: by the carrier's id.
    Two queries, of which the checks of tenants need one anyway."""

    def __init__(self, asked: Mapping[int, Asked], tenants: Tenants) -> None:
        self._asked, self._tenants = asked, tenants

    def of(self, carrier_id: int) -> tuple[Incubatee, ...]:
        """The incubatees of one carrier on the month's last day, by name; none where it is not asked."""
        return self._found.get(carrier_id, ()) if carrier_id in self._asked else ()

    def kept(self, carrier_id: int) -> list[EnterpriseMonth]:
        """All rows of a carrier's working revision, with their enterprises, whoever is an incubatee now."""
        working = self._asked[carrier_id].working if carrier_id in self._asked else None
        return [] if working is None else [*self._rows.get(working.pk, {}).values()]

    def astray(self, carrier_id: int) -> list[EnterpriseMonth]:
        """Rows kept of enterprises that the register no longer counts as incubatees of the month."""
        known = {each.pk for each in self.of(carrier_id)}
        return [row for row in self.kept(carrier_id) if row.enterprise_id not in known]

    @cached_property
    def _found(self) -> Mapping[int, tuple[Incubatee, ...]]:
        return {carrier: tuple(self._made(carrier, pair)) for carrier, pair in self._asked.items() if pair.asks}

    def _made(self, carrier: int, pair: Asked) -> list[Incubatee]:
        now, before = (
            self._rows.get(report.pk, {}) if report is not None else {} for report in (pair.working, pair.before)
        )
        return [
            Incubatee(
                tenant["enterprise_id"],
                tenant["enterprise__uscc"],
                tenant["enterprise__name"],
                tenant["enterprise__staff_count"],
                tenant["enterprise__industry"],
                now.get(tenant["enterprise_id"]),
                before.get(tenant["enterprise_id"]),
            )
            for tenant in self._tenants.incubating(carrier)
        ]

    @cached_property
    def _rows(self) -> Mapping[int, dict[int, EnterpriseMonth]]:
        """By report, by enterprise; with the report, which is at hand, and the name and code of the enterprise."""
        pairs = self._asked.values()
        reports = {each.pk: each for pair in pairs for each in (pair.working, pair.before) if each is not None}
        found: dict[int, dict[int, EnterpriseMonth]] = defaultdict(dict)
        rows = EnterpriseMonth.objects.filter(report__in=[key for key in reports if key]).order_by()
        own = [column.name for column in EnterpriseMonth._meta.concrete_fields]
        for row in rows.select_related("enterprise").only(*own, "enterprise__uscc", "enterprise__name"):
            row.report = reports[row.report_id]
            found[row.report_id][row.enterprise_id] = row
        return found


__all__ = ["Asked", "Enterprises", "Incubatee"]
