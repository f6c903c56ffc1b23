"""A district with its plan, one carrier with something due, and the people around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from accounts.models import User
from incubators.models import Area, Carrier
from plans.models import Plan
from tests.incubators.factories import make_user
from tests.subsidies.factories import PayerGrantFactory, designate, grade, jinshan_carrier, load_jinshan, run


@dataclass(frozen=True, slots=True)
class District:
    """The Jinshan plan, computed for 2025: a ceiling (JS-S05), a match (JS-S02) and open questions for one carrier."""

    plan: Plan
    area: Area
    carrier: Carrier
    staff: User
    second: User
    operator: User
    leader: User
    stranger: User
    other_operator: User


@pytest.fixture
def district(db: None) -> District:
    plan = load_jinshan()
    carrier = jinshan_carrier(name="测试孵化器甲")
    designate(carrier, "incubator_municipal_sh")
    designate(carrier, "high_quality", date(2025, 6, 18))
    PayerGrantFactory(carrier=carrier)
    grade(carrier)
    run()
    return District(
        plan=plan,
        area=plan.area,
        carrier=carrier,
        staff=make_user("staff", area=plan.area),
        second=make_user("staff", area=plan.area),
        operator=make_user("operator", organisation=carrier.operator),
        leader=make_user("leader", area=plan.area),
        stranger=make_user("staff"),
        other_operator=make_user("operator"),
    )
