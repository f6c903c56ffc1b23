"""Schemes, cycles and scores for tests: the smallest that the rules allow."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory

from accounts.models import User
from core.trail import COMMAND_LINE
from evaluations.models import Cycle, Frame, GradeRecord, Result, Scheme
from evaluations.schemefile.reading import fingerprint
from evaluations.schemefile.schema import SchemeFile
from evaluations.services import create_cycle
from incubators.models import Area
from tests.incubators.factories import AreaFactory, CarrierFactory, ResidencyFactory, make_user
from tests.plans.factories import ClauseFactory, PlanFactory
from tests.support.factories import RecordFactory

YEAR = 2025
GRADES = {
    "by": "score",
    "set": [
        {"code": "excellent", "name": "优秀", "rank": 1, "good_or_better": True, "at_least": 80},
        {"code": "good", "name": "优良", "rank": 2, "good_or_better": True, "at_least": 60},
        {"code": "unqualified", "name": "不合格", "rank": 3, "at_least": 0},
    ],
}
EXPERT = {
    "code": "innovation",
    "name": "创新服务",
    "weight": 40,
    "expert": True,
    "criterion": "是否有创新",
    "evidence": ["events_n"],
    "method": {"kind": "expert"},
}


def incubatees(weight: int = 60, **more: Any) -> dict[str, Any]:
    """An indicator: 5 points for each enterprise in incubation."""
    return {
        "code": "incubatees",
        "name": "在孵企业",
        "weight": weight,
        "figure": {"indicator": "n_incubatee"},
        "method": {"kind": "per_unit", "points": 5},
        **more,
    }


def scheme_data(indicators: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """The content of a scheme file with one dimension."""
    return {
        "code": "test",
        "version": 1,
        "name": "测试方案",
        "demonstration": True,
        "source": "测试",
        "grades": GRADES,
        "dimensions": [{"code": "all", "name": "综合", "indicators": indicators or [incubatees(100)]}],
        **more,
    }


def make_scheme(indicators: list[dict[str, Any]] | None = None, **more: Any) -> Scheme:
    """A scheme in the database."""
    file = SchemeFile.model_validate(scheme_data(indicators, **more))
    definition = file.model_dump(mode="json")
    return Scheme.objects.create(
        code=file.code,
        version=file.version,
        name=file.name,
        is_demonstration=file.demonstration,
        source=file.source,
        definition=definition,
        fingerprint=fingerprint(definition),
    )


def make_cycle(
    area: Area, indicators: list[dict[str, Any]] | None = None, code: str = "test-2025", **more: Any
) -> Cycle:
    """A cycle of 2025 in ``area`` with a scheme of its own."""
    scheme = make_scheme(indicators, code=f"s-{code}", **more)
    return create_cycle(code=code, name="测试评价", scheme=scheme, area=area, year=YEAR, actor=COMMAND_LINE)


def carrier_with(area: Area, count: int, **more: Any) -> Any:
    """A carrier with so many enterprises in incubation since long ago."""
    carrier = CarrierFactory(area=area, **more)
    ResidencyFactory.create_batch(count, carrier=carrier)
    return carrier


def make_experts(count: int, area: Area | None = None) -> list[User]:
    area = area or AreaFactory()
    return [make_user("expert", area=area) for _ in range(count)]


class ResultFactory(RecordFactory):
    class Meta:
        model = Result

    carrier = factory.SubFactory(CarrierFactory)
    fingerprint = factory.Sequence(lambda n: f"{n:064}")


def make_frame(area: Area, code: str = "T-E01", assessed: tuple[str, ...] = ("incubator_municipal",)) -> Frame:
    """An evaluation of a plan of ``area`` with two grades, 优秀 and 优良."""
    terms = [
        {"code": "grade_excellent", "name": "优秀", "category": "grade"},
        {"code": "grade_good", "name": "优良", "category": "grade"},
    ]
    plan = PlanFactory(area=area, short_title="测试计划", definition={"terms": terms})
    return Frame.objects.create(
        plan=plan,
        clause=ClauseFactory(plan=plan),
        code=code,
        name="年度绩效评价",
        quote="年度绩效评价为优秀、优良",
        definition={"grades": [{"grade": "grade_excellent"}, {"grade": "grade_good"}], "assessed": list(assessed)},
    )


class GradeRecordFactory(RecordFactory):
    class Meta:
        model = GradeRecord

    carrier = factory.SubFactory(CarrierFactory)
    year = YEAR
    grade = "grade_excellent"
    published_on = date(2026, 6, 20)
    document = "测试文件〔2026〕1号"
    is_synthetic = True
