"""Rows of plans for tests: a plan with one clause and what it leaves open, without a plan file."""

from __future__ import annotations

from datetime import date

import factory

from plans.models import Clause, Decision, OpenQuestion, Plan
from tests.incubators.factories import AreaFactory, UserFactory
from tests.support.factories import RecordFactory


class PlanFactory(RecordFactory):
    class Meta:
        model = Plan

    code = factory.Sequence(lambda n: f"TEST-{n}")
    title = factory.Sequence(lambda n: f"测试行动计划{n}")
    short_title = factory.SelfAttribute("title")
    kind = "three_year_action_plan"
    period_from = date(2024, 1, 1)
    period_to = date(2026, 12, 31)
    area = factory.SubFactory(AreaFactory)
    text = "到2026年,新增3家孵化器。"
    text_kind = "full_text"
    text_quality = "official_copy"
    text_origin = "测试文本"
    fingerprint = "0" * 64


class ClauseFactory(RecordFactory):
    class Meta:
        model = Clause

    plan = factory.SubFactory(PlanFactory)
    code = factory.Sequence(lambda n: f"I.{n}")
    kind = "paragraph"
    heading = "测试条款"
    order = factory.Sequence(lambda n: n)
    line_from = 1
    line_to = 1
    quote = "新增3家孵化器"


class QuestionFactory(RecordFactory):
    """A ratio that the text leaves open; nothing may be computed without it."""

    class Meta:
        model = OpenQuestion

    plan = factory.SubFactory(PlanFactory)
    clause = factory.SubFactory(ClauseFactory, plan=factory.SelfAttribute("..plan"))
    code = factory.Sequence(lambda n: f"TEST-D{n}")
    question = "匹配比例是多少?"
    value_kind = OpenQuestion.ValueKind.RATIO
    blocking = True
    meanwhile = "不出数。"


class DecisionFactory(RecordFactory):
    class Meta:
        model = Decision

    question = factory.SubFactory(QuestionFactory)
    value = "0.6"
    decided_on = date(2024, 6, 1)
    document = "测试会议纪要〔2024〕1号"
    reason = "测试理由"
    decided_by = factory.SubFactory(UserFactory)
