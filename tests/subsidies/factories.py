"""The Jinshan plan as loaded from its file, a carrier in it, and records that awards rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from django.conf import settings
from django.core.management import call_command

from core.trail import COMMAND_LINE
from evaluations.models import Frame, GradeRecord
from incubators.models import Area, Carrier, Designation, Title
from plans.models import Decision, OpenQuestion, Plan
from subsidies.models import Award, AwardRun, PayerGrant
from subsidies.services import compute
from tests.incubators.factories import CarrierFactory, UserFactory
from tests.support.factories import RecordFactory

PLAN = "JS-2024-2026"
TODAY = date(2026, 11, 24)
YEAR = 2025


def load_jinshan() -> Plan:
    """The plan with its area, titles, questions, frames and rules, from its own file."""
    call_command("load_plans", str(settings.BASE_DIR / "fixtures" / "plans" / "jinshan-2024-2026.yaml"), verbosity=0)
    return Plan.objects.select_related("area").get(code=PLAN)


def jinshan_carrier(**values: Any) -> Carrier:
    area = Area.objects.get(code="sh-jinshan")
    return CarrierFactory(**({"area": area, "owner_area": area} | values))


def designate(carrier: Carrier, title: str, on: date = date(2021, 11, 20), **values: Any) -> Designation:
    named = Title.objects.get(code=title)
    return Designation.objects.create(
        carrier=carrier, title=named, awarded_on=on, **({"document": f"测试文号〔{on.year}〕1号"} | values)
    )


def grade(carrier: Carrier, code: str = "grade_excellent", year: int = YEAR, **values: Any) -> GradeRecord:
    frame = Frame.objects.get(code="JS-E01")
    named = {"title_code": "incubator_municipal_sh", "published_on": date(year + 1, 6, 20), "document": "测试文件"}
    return GradeRecord.objects.create(carrier=carrier, frame=frame, year=year, grade=code, **(named | values))


def decide(code: str, value: Any, on: date = date(2026, 3, 1)) -> Decision:
    question = OpenQuestion.objects.get(code=code)
    return Decision.objects.create(
        question=question,
        value=value,
        decided_on=on,
        document="测试会议纪要1号",
        reason="测试",
        decided_by=UserFactory(),
    )


class PayerGrantFactory(RecordFactory):
    class Meta:
        model = PayerGrant

    carrier = factory.SubFactory(CarrierFactory)
    kind = PayerGrant.Kind.OPERATING
    year = YEAR
    approved = Decimal(800_000)
    approved_on = date(2026, 7, 15)
    document = factory.Sequence(lambda n: f"测试批复{n}号")


def run(year: int = YEAR, as_of: date = TODAY) -> AwardRun:
    plan = Plan.objects.select_related("area").get(code=PLAN)
    return compute(plan=plan, year=year, as_of=as_of, actor=COMMAND_LINE)


def award(carrier: Carrier, rule: str, year: int = YEAR) -> Award:
    return Award.objects.get(carrier=carrier, rule__code=rule, year=year)
