"""Deciding what a text leaves open: who may, what is accepted, what is in force on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.models import Area, AreaGroup
from plans import selectors
from plans.models import Decision, OpenQuestion
from plans.permits import may_decide
from plans.services import record_decision
from tests.incubators.factories import AreaFactory, TownFactory, add_membership, make_user
from tests.plans.factories import DecisionFactory, PlanFactory, QuestionFactory

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
WORDS = {"document": "区科委主任办公会纪要〔2024〕3号", "reason": "按预算安排"}
DAY = date(2024, 6, 1)


@pytest.fixture
def question() -> OpenQuestion:
    return QuestionFactory(code="TEST-D")


@pytest.fixture
def staff(question: OpenQuestion) -> Any:
    return make_user("staff", area=question.plan.area)


def decide(question: OpenQuestion, value: Any, user: Any, **values: Any) -> Decision:
    return record_decision(question=question, value=value, user=user, **{"decided_on": DAY, **WORDS, **values})


# --- Who ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["liaison", "leader", "auditor", "expert", "administrator"])
def test_only_staff_of_the_plans_area_decide(question: OpenQuestion, role: str) -> None:
    user = make_user(role, area=question.plan.area)

    assert not may_decide(user, question.plan)
    with pytest.raises(NotPermitted):
        decide(question, Decimal("0.6"), user)
    assert not Decision.objects.exists()


def test_staff_elsewhere_or_of_a_town_do_not_decide_but_staff_above_do() -> None:
    city = AreaFactory()
    district = AreaFactory(parent=city)
    question = QuestionFactory(plan__area=district)
    elsewhere = make_user("staff")
    town = make_user("staff", area=TownFactory(parent=district))

    for user in (elsewhere, town):
        refusal = may_decide(user, question.plan)
        assert not refusal
        assert district.name in refusal.reason
    assert may_decide(make_user("staff", area=city), question.plan)
    assert may_decide(make_user("staff", area=district), question.plan)


def test_the_page_refuses_a_post_by_others_and_shows_them_no_form(client: Client, question: OpenQuestion) -> None:
    client.force_login(make_user("operator"), backend=BACKEND)
    address = f"/plans/questions/{question.code}/"

    assert '<form method="post" novalidate' not in client.get(address).content.decode()
    answer = client.post(address, {"value": "60%", "decided_on": "2024-06-01", **WORDS})

    assert answer.status_code == 403
    assert not Decision.objects.exists()


# --- What -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1:1", "1"),
        ("60%", "0.6"),
        ("0.6", "0.6"),
        ("1:0.5", "0.5"),
        ("2:1", "0.5"),
        ("1\uff1a1", "1"),
        ("60\uff05", "0.6"),
    ],
)
def test_a_ratio_is_read_as_people_write_it(
    client: Client, question: OpenQuestion, staff: Any, typed: str, value: str
) -> None:
    client.force_login(staff, backend=BACKEND)

    answer = client.post(f"/plans/questions/{question.code}/", {"value": typed, "decided_on": "2024-06-01", **WORDS})

    assert answer.status_code == 302
    assert selectors.decided("TEST-D", DAY) == Decimal(value)
    assert isinstance(selectors.decided("TEST-D", DAY), Decimal)


@pytest.mark.parametrize("typed", ["六成", "1:0:1", "0:1", "-1", "NaN", "Infinity", "1:-1", "", "%"])
def test_what_is_no_ratio_is_refused_at_its_place_and_stays_typed(
    client: Client, question: OpenQuestion, staff: Any, typed: str
) -> None:
    client.force_login(staff, backend=BACKEND)

    answer = client.post(f"/plans/questions/{question.code}/", {"value": typed, "decided_on": "2024-06-01", **WORDS})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["form"].errors["value"]
    assert WORDS["document"] in page
    assert not Decision.objects.exists()


def test_an_amount_is_typed_in_wan_and_kept_in_yuan(client: Client) -> None:
    definition = {"subsidy_rules": [{"code": "R1", "name": "启动经费"}]}
    plan = PlanFactory(definition=definition)
    question = QuestionFactory(plan=plan, code="TEST-A", value_kind="amount", used_by=["R1"])
    client.force_login(make_user("staff", area=plan.area), backend=BACKEND)

    answer = client.post("/plans/questions/TEST-A/", {"value": "80.5", "decided_on": "2024-06-01", **WORDS})

    assert answer.status_code == 302
    assert selectors.decided("TEST-A", DAY) == Decimal(805_000)
    assert "80.5 万元" in client.get("/plans/questions/TEST-A/").content.decode()
    assert question.decisions.get().value == "805000.0"


def test_a_base_figure_is_a_number_and_not_money(client: Client) -> None:
    plan = PlanFactory(definition={"targets": [{"code": "T1", "name": "基数"}]})
    QuestionFactory(plan=plan, code="TEST-N", value_kind="amount", used_by=["T1"])
    client.force_login(make_user("staff", area=plan.area), backend=BACKEND)

    client.post("/plans/questions/TEST-N/", {"value": "120", "decided_on": "2024-06-01", **WORDS})

    assert selectors.decided("TEST-N", DAY) == Decimal(120)
    assert "万元" not in client.get("/plans/questions/TEST-N/").content.decode()


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("choice", "同额", "同额"),
        ("date", date(2024, 1, 31), date(2024, 1, 31)),
        ("text", "一次拨付", "一次拨付"),
        ("criterion", "至少有一笔投资", "至少有一笔投资"),
        ("document", "沪科规〔2023〕5号", "沪科规〔2023〕5号"),
        ("list", ["国家级", "市级"], ["国家级", "市级"]),
        ("amount", Decimal("1000000.50"), Decimal("1000000.50")),
    ],
)
def test_each_kind_comes_back_in_its_own_type(kind: str, value: Any, kept: Any) -> None:
    question = QuestionFactory(value_kind=kind, choices=["同额", "不同额"] if kind == "choice" else [])

    decide(question, value, make_user("staff", area=question.plan.area))

    assert selectors.decided(question.code, DAY) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("choice", "随意"),
        ("date", "不久"),
        ("text", "  "),
        ("list", []),
        ("ratio", Decimal(-1)),
        ("ratio", Decimal("NaN")),
        ("amount", "一百万"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(kind: str, value: Any) -> None:
    question = QuestionFactory(value_kind=kind, choices=["同额", "不同额"] if kind == "choice" else [])

    with pytest.raises(Refused) as refusal:
        decide(question, value, make_user("staff", area=question.plan.area))

    assert "value" in refusal.value.errors
    assert not Decision.objects.exists()


@pytest.mark.parametrize("field", ["document", "reason"])
def test_document_and_reason_are_required(question: OpenQuestion, staff: Any, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        decide(question, Decimal(1), staff, **{field: "  "})
    assert field in refusal.value.errors
    # And the database holds it even where no service is asked.
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionFactory(question=question, **{field: ""})


def test_a_decision_cannot_lie_in_the_future(question: OpenQuestion, staff: Any) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)

    with pytest.raises(Refused) as refusal:
        decide(question, Decimal(1), staff, decided_on=tomorrow)

    assert "decided_on" in refusal.value.errors


def test_the_trail_says_who_decided_what_from_what(question: OpenQuestion, staff: Any) -> None:
    decide(question, Decimal("0.5"), staff)
    decide(question, Decimal("0.6"), staff, decided_on=date(2024, 7, 1))

    last = Change.objects.filter(action="登记决定").first()
    assert last is not None
    assert (last.actor_id, last.before["value"], last.after["value"]) == (staff.pk, "0.5", "0.6")


# --- When -----------------------------------------------------------------------------------------------------------
def test_a_later_decision_counts_from_its_own_day_and_the_earlier_one_stays(question: OpenQuestion, staff: Any) -> None:
    decide(question, Decimal("0.5"), staff, decided_on=date(2024, 3, 1))
    decide(question, Decimal("0.8"), staff, decided_on=date(2025, 3, 1))

    assert selectors.decided("TEST-D", date(2024, 2, 29)) is None
    assert selectors.decided("TEST-D", date(2024, 3, 1)) == Decimal("0.5")
    assert selectors.decided("TEST-D", date(2025, 2, 28)) == Decimal("0.5")
    assert selectors.decided("TEST-D", date(2025, 3, 1)) == Decimal("0.8")
    assert question.decisions.count() == 2


def test_a_decision_recorded_later_for_an_earlier_day_does_not_replace_the_newer(
    question: OpenQuestion, staff: Any
) -> None:
    decide(question, Decimal("0.8"), staff, decided_on=date(2025, 3, 1))
    decide(question, Decimal("0.5"), staff, decided_on=date(2024, 3, 1))

    assert selectors.decided("TEST-D", date(2026, 1, 1)) == Decimal("0.8")
    assert selectors.decided("TEST-D", date(2024, 6, 1)) == Decimal("0.5")


def test_of_one_day_the_last_recorded_counts(question: OpenQuestion, staff: Any) -> None:
    decide(question, Decimal("0.5"), staff)
    known_then = timezone.now()
    decide(question, Decimal("0.7"), staff)

    assert selectors.decided("TEST-D", DAY) == Decimal("0.7")
    earlier = selectors.decided_many(["TEST-D"], DAY, known_at=known_then)
    assert earlier["TEST-D"].value == Decimal("0.5")


def test_many_questions_are_asked_in_one_query(django_assert_num_queries: Any) -> None:
    questions = [QuestionFactory() for _ in range(5)]
    for each in questions[:3]:
        DecisionFactory(question=each)
        DecisionFactory(question=each, value="0.9", decided_on=date(2024, 9, 1))

    with django_assert_num_queries(1):
        found = selectors.decided_many([each.code for each in questions], date(2024, 12, 31))

    assert set(found) == {each.code for each in questions[:3]}
    assert {one.value for one in found.values()} == {Decimal("0.9")}
    assert found[questions[0].code].as_json()["document"] == "测试会议纪要〔2024〕1号"


def test_the_page_shows_every_decision_and_which_is_in_force(
    client: Client, question: OpenQuestion, staff: Any
) -> None:
    decide(question, Decimal("0.5"), staff, decided_on=date(2024, 3, 1))
    decide(question, Decimal("0.8"), staff, decided_on=date(2025, 3, 1))
    client.force_login(make_user("operator"), backend=BACKEND)

    page = client.get("/plans/questions/TEST-D/").content.decode()

    history = page.split("决定的经过")[1]
    assert history.index("80%") < history.index("现行") < history.index("50%") < history.index("已被替代")


# --- Lists of areas -------------------------------------------------------------------------------------------------
@pytest.fixture
def coverage(client: Client) -> Client:
    """Jinshan's staff, before the list of towns and parks is decided."""
    call_command("load_plans", stdout=StringIO())
    client.force_login(make_user("staff", area=Area.objects.get(code="sh-jinshan")), backend=BACKEND)
    return client


def members() -> set[str]:
    return set(AreaGroup.objects.get(code="grp-js-towns-parks").members.values_list("code", flat=True))


def test_the_list_of_towns_is_offered_and_nothing_is_ticked(coverage: Client) -> None:
    page = coverage.get("/plans/questions/JS-D15/").content.decode()

    assert "朱泾镇(文中提到)" in page
    assert "checked" not in page
    assert 'value="yc-dongtai"' not in page


def test_a_decided_list_fills_the_group_and_registers_what_was_missing(coverage: Client) -> None:
    towns = ["sh-jinshan-zhujing", "sh-jinshan-shanyang"]

    answer = coverage.post(
        "/plans/questions/JS-D15/",
        {"value": towns, "new_areas": "枫泾镇\n朱泾镇\n金山工业区", "decided_on": "2024-06-01", **WORDS},
    )

    assert answer.status_code == 302
    names = set(Area.objects.filter(code__in=members()).values_list("name", flat=True))
    assert names == {"朱泾镇", "山阳镇", "枫泾镇", "金山工业区"}
    made = Area.objects.get(name="枫泾镇")
    assert (made.kind, made.parent.code) == (Area.Kind.TOWN, "sh-jinshan")
    assert made.path == f"/cn/sh/sh-jinshan/{made.code}/"
    assert Area.objects.filter(name="朱泾镇").count() == 1
    assert set(selectors.decided("JS-D15", DAY) or ()) == members()


def test_the_group_follows_the_decision_in_force_today(coverage: Client) -> None:
    user = make_user("staff", area=Area.objects.get(code="sh-jinshan"))
    question = OpenQuestion.objects.get(code="JS-D15")
    decide(question, ["sh-jinshan-zhujing", "sh-jinshan-langxia"], user, decided_on=date(2025, 1, 1))
    decide(question, ["sh-jinshan-zhujing"], user, decided_on=date(2024, 1, 1))

    assert members() == {"sh-jinshan-zhujing", "sh-jinshan-langxia"}
    assert selectors.decided("JS-D15", date(2024, 6, 1)) == ["sh-jinshan-zhujing"]


def test_areas_of_another_district_are_no_members(coverage: Client) -> None:
    user = make_user("staff", area=Area.objects.get(code="sh-jinshan"))

    with pytest.raises(Refused, match="yc-dongtai"):
        decide(OpenQuestion.objects.get(code="JS-D15"), ["yc-dongtai"], user)

    assert members() == set()


def test_an_empty_list_is_refused_at_its_place(coverage: Client) -> None:
    answer = coverage.post("/plans/questions/JS-D15/", {"decided_on": "2024-06-01", **WORDS})

    assert answer.status_code == 422
    assert "value" in answer.context["form"].errors
    assert members() == set()


def test_a_person_may_hold_roles_in_two_districts() -> None:
    first, second = QuestionFactory(), QuestionFactory()
    user = make_user("staff", area=first.plan.area)
    add_membership(user, "leader", area=second.plan.area)

    assert may_decide(user, first.plan)
    assert not may_decide(user, second.plan)
