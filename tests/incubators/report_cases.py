"""A month as a case for tests: a full set of figures, and a carrier with the people around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import User
from incubators.access import Role
from incubators.models import Area, Carrier, MonthlyReport
from incubators.reporting.calendar import add_months
from incubators.reporting.fields import BY_CODE, Value
from incubators.reporting.findings import Sheet
from incubators.reporting.form import STANDARD
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import AreaFactory, CarrierFactory, TownFactory, make_user

MAY = date(2024, 5, 1)
# A full month of an incubator: nothing to complain about. Money in yuan.
GOOD: dict[str, Value] = {
    "area_controllable": Decimal("5000.00"),
    "area_leasable": Decimal("4000.00"),
    "area_leased": Decimal("3000.00"),
    "staff_total": 12,
    "staff_professional": 8,
    "mentors": 10,
    "mentor_sessions": 6,
    "events": 2,
    "event_participants": 80,
    "enterprises_financed": 1,
    "financing": Decimal("2000000.00"),
    "fund_size": Decimal("10000000.00"),
    "ip_applied": 5,
    "ip_granted": 3,
    "income": Decimal("500000.00"),
    "income_non_rent": Decimal("200000.00"),
    "rent_relief": Decimal("0.00"),
}
TEXTS = {"filled_by": "王填报", "phone": "021-12345678", "issues": ""}


def sheet(
    values: dict[str, Value] | None = None,
    *,
    previous: dict[str, Value] | None = None,
    history: Sequence[dict[str, Value] | None] = (),
    **around: Any,
) -> Sheet:
    """A sheet with the good figures, some replaced by ``values``. ``history``: figures of the months before, one after
    another, the last one April's, None for one that was not filed; or only ``previous``, April's."""
    earlier = [*history] or ([previous] if previous is not None else [])
    base: dict[str, Any] = {
        "month": MAY,
        "carrier_kind": Carrier.Kind.INCUBATOR,
        "opened_on": date(2020, 1, 1),
        "closed_on": None,
        "floor_area": None,
        "texts": TEXTS,
        "history": {add_months(MAY, place - len(earlier)): row for place, row in enumerate(earlier) if row is not None},
        "values": {**dict.fromkeys(BY_CODE), **GOOD, **(values or {})},
    }
    return Sheet(**{**base, **around})


@dataclass
class Office:
    """A carrier in a town of a district, its operator, and two of the district's staff."""

    district: Area = field(default_factory=AreaFactory)

    def __post_init__(self) -> None:
        self.town: Area = TownFactory(parent=self.district)
        self.carrier: Carrier = CarrierFactory(area=self.town, floor_area=6000)
        self.operator: User = make_user(Role.OPERATOR, organisation=self.carrier.operator, display_name="李运营")
        self.staff: User = make_user(Role.STAFF, area=self.district, display_name="张科员")
        self.reviewer: User = make_user(Role.STAFF, area=self.district, display_name="赵复核")

    def draft(self, user: Any = None, month: date = MAY, **values: Value) -> MonthlyReport:
        return services.save_draft(
            user=user or self.operator,
            carrier=self.carrier,
            month=month,
            values={**GOOD, **values},
            texts=TEXTS,
            seen=Seen(),
        )

    def submitted(self, user: Any = None, month: date = MAY, **values: Value) -> MonthlyReport:
        return services.submit(
            user=user or self.operator,
            carrier=self.carrier,
            month=month,
            values={**GOOD, **values},
            texts=TEXTS,
            seen=Seen(),
        )

    def accepted(self, month: date = MAY, **values: Value) -> MonthlyReport:
        row = self.submitted(month=month, **values)
        return services.accept(user=self.reviewer, report=row, seen_hash=row.content_hash)

    def locked(self, month: date = MAY) -> MonthlyReport:
        return services.lock(user=self.reviewer, report=self.accepted(month))


def typed(row: MonthlyReport | None = None, **changes: str) -> dict[str, str]:
    """What the form sends: all figures as a person types them (money in 万元), and the words."""
    values = STANDARD.values_of(row) if row is not None else GOOD
    words = STANDARD.texts_of(row) if row is not None else TEXTS
    sent = {code: BY_CODE[code].typed(value) for code, value in values.items()}
    seen = f"{row.revision}-{row.version}" if row is not None else "0-0"
    return {**sent, **words, "seen": seen, **changes}
