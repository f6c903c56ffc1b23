"""Rows of targets for tests: a plan of 2024 to 2026 in a district, and things that happened there."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory

from incubators.models import Area
from targets.models import Allocation, OutsideFigure, Responsibility, Target, Task
from tests.incubators.factories import OrganisationFactory, QualificationFactory, ResidencyFactory
from tests.plans.factories import ClauseFactory, PlanFactory
from tests.support.factories import RecordFactory

TODAY = date(2025, 7, 1)  # the 548th of 1096 days: half of the time is gone


class TargetFactory(RecordFactory):
    """New high-tech enterprises of the district, at least 10 by the end of 2026, counted by the register."""

    class Meta:
        model = Target

    plan = factory.SubFactory(PlanFactory)
    clause = factory.SubFactory(ClauseFactory, plan=factory.SelfAttribute("..plan"))
    code = factory.Sequence(lambda n: f"TT-{n}")
    name = factory.Sequence(lambda n: f"测试目标{n}")
    kind = Target.Kind.NEW_SINCE_START
    comparator = Target.Comparator.AT_LEAST
    value = 10
    unit = "家"
    commitment = Target.Commitment.BINDING
    deadline = date(2026, 12, 31)
    area = factory.SelfAttribute("plan.area")
    measured_by = Target.MeasuredBy.INDICATOR
    indicator = "n_qualified_new"
    quote = "新增3家孵化器"
    definition = factory.LazyFunction(
        lambda: {
            "counting": "计划期内首次取得证书的企业数。",
            "baseline": {"status": "not_stated"},
            "measure": {
                "by": "indicator",
                "indicator": "n_qualified_new",
                "params": {"qualification": "high_tech", "population": "district"},
            },
        }
    )
    fingerprint = "1" * 64
    order = factory.Sequence(lambda n: n)


class MilestoneFactory(TargetFactory):
    """Something that a person confirms."""

    kind = Target.Kind.MILESTONE
    comparator = Target.Comparator.DONE
    value = None
    unit = ""
    measured_by = Target.MeasuredBy.PERSON
    indicator = ""
    definition = factory.LazyFunction(lambda: {"measure": {"by": "person", "criterion": "附印发的文件"}})


class OutsideTargetFactory(TargetFactory):
    """An amount of outside statistics, in yuan: 13 亿."""

    kind = Target.Kind.AMOUNT
    value = 1_300_000_000
    unit = "元"
    measured_by = Target.MeasuredBy.OUTSIDE
    indicator = ""
    definition = factory.LazyFunction(lambda: {"measure": {"by": "outside", "needs": "区财政局:科技投入"}})


class IncubateeTargetFactory(TargetFactory):
    """New incubatees each year, at least 5 a year."""

    kind = Target.Kind.NEW_EACH_YEAR
    value = 5
    indicator = "n_incubatee_new"
    definition = factory.LazyFunction(
        lambda: {
            "per_year": {"2024": "5", "2025": "5", "2026": "5"},
            "measure": {"by": "indicator", "indicator": "n_incubatee_new"},
        }
    )


class ResponsibilityFactory(RecordFactory):
    class Meta:
        model = Responsibility

    target = factory.SubFactory(TargetFactory)
    organisation = factory.SubFactory(OrganisationFactory, kind="government")
    order = 1


class AllocationFactory(RecordFactory):
    class Meta:
        model = Allocation

    target = factory.SubFactory(TargetFactory)
    value = 3


class OutsideFigureFactory(RecordFactory):
    class Meta:
        model = OutsideFigure

    target = factory.SubFactory(OutsideTargetFactory)
    on = date(2025, 6, 30)
    value = 1_000_000_000
    source = "测试公报"
    is_synthetic = True


class TaskFactory(RecordFactory):
    class Meta:
        model = Task

    plan = factory.SubFactory(PlanFactory)
    clause = factory.SubFactory(ClauseFactory, plan=factory.SelfAttribute("..plan"))
    code = factory.Sequence(lambda n: f"TK-{n}")
    title = factory.Sequence(lambda n: f"测试任务{n}")
    summary = "测试任务的内容"


def qualify(area: Area, *days: date) -> list[Any]:
    """One enterprise of ``area`` for each day, first qualified on it."""
    return [QualificationFactory(enterprise__area=area, valid_from=day) for day in days]


def incubate(carrier: Any, *days: date) -> list[Any]:
    """One enterprise for each day, in incubation at ``carrier`` from it on."""
    return [ResidencyFactory(carrier=carrier, entered_on=day) for day in days]
