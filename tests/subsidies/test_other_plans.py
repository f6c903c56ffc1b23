"""The four other plans: their rules load, and say that the text gives no amount. Never a sum, never zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from incubators.models import Area, Carrier, Designation, Title
from plans.models import Plan
from subsidies.models import Award
from subsidies.services import propose
from tests.incubators.factories import CarrierFactory
from tests.subsidies.factories import TODAY

PLANS = ("SH-2023-2025", "YC-2023-2025", "FX-2023-2025", "MH-2024")


@pytest.fixture
def carriers(db: None) -> list[Carrier]:
    """In each plan's area one carrier of each kind, each with every title that the plans know."""
    call_command("load_plans", verbosity=0)
    rows = []
    for area in Area.objects.filter(plans__isnull=False).distinct():
        for kind in Carrier.Kind.values:
            row = CarrierFactory(area=area, owner_area=area, kind=kind)
            for title in Title.objects.all():
                Designation.objects.create(carrier=row, title=title, awarded_on=date(2024, 5, 1), document="测试文号")
            rows.append(row)
    return rows


def findings(plan: str, **values: Any) -> list[Any]:
    row = Plan.objects.select_related("area").get(code=plan)
    return propose(plan=row, year=2024, as_of=TODAY, **values)


@pytest.mark.parametrize("plan", PLANS)
def test_no_rule_gives_an_amount_and_each_says_what_is_missing(carriers: list[Carrier], plan: str) -> None:
    incubators = [row.code for row in carriers if row.kind == Carrier.Kind.INCUBATOR]
    found = findings(plan, every_rule=True, carriers=incubators)
    assert found
    for one in found:
        assert one.finding.shares == ()
        assert one.finding.verdict == "undecided", (one.rule.code, one.finding.reason)
        assert one.finding.missing


@pytest.mark.parametrize("plan", PLANS)
def test_rules_for_enterprises_and_persons_keep_no_award(carriers: list[Carrier], plan: str) -> None:
    assert {one.rule.beneficiary for one in findings(plan)} <= {"carrier"}
    assert not Award.objects.exists()


def test_the_questions_that_hold_an_amount_back_are_named(carriers: list[Carrier]) -> None:
    found = next(one for one in findings("SH-2023-2025") if one.rule.code == "SH-S01")
    assert "SH-D01" in {missing.decision for missing in found.finding.missing}


def test_a_title_the_text_does_not_clearly_include_is_asked_not_refused(carriers: list[Carrier]) -> None:
    Designation.objects.exclude(title__code="high_quality_cultivation").delete()
    for one in findings("SH-2023-2025"):
        if one.rule.code in {"SH-S01", "SH-S02", "SH-S03"}:
            assert one.finding.verdict == "undecided"
            assert "是否适用于上海市高质量培育孵化器" in one.finding.reason
