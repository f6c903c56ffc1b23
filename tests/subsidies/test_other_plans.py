"""The four other plans: their rules load, and say that the text gives no amount. Never a sum, never zero."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from incubators.models import Area, Carrier, Designation, Title
from plans.models import Plan
from subsidies import rulebook, wording
from subsidies.models import Award, Rule
from subsidies.services import propose
from tests.incubators.factories import CarrierFactory, make_user
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


@pytest.mark.parametrize("plan", PLANS)
def test_no_rule_shows_an_amount_where_the_text_has_none(carriers: list[Carrier], plan: str) -> None:
    """Neither the rule in words nor its explanation in a terminal writes a sum, least of all nought."""
    for one in findings(plan, every_rule=True, carriers=[carriers[0].code]):
        assert not rulebook.is_computed(one.rule)
        for text in (rulebook.amount_words(one.rule.definition), wording.explain(one.rule, one.dossier)):
            assert not re.search(r"(测算|最高|上限|定额)[^\n]*\d+ 万元", text), text
        assert all(step["value"] is None for step in one.dossier["finding"]["steps"])


def test_a_page_of_such_a_rule_says_that_it_gives_no_number(carriers: list[Carrier], client: Client) -> None:
    client.force_login(make_user("staff"))
    for code in Rule.objects.filter(plan__code__in=PLANS).values_list("code", flat=True):
        page = client.get(reverse("subsidies:rule_detail", args=[code])).content.decode()
        assert "不出数" in page, code
        assert "0 万元" not in page, code
