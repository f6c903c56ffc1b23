"""Progress of targets from rows of the register and entered figures: computed, stored, never taken for zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.jobs import JobCancelled
from core.models import Change
from core.permits import NotPermitted, Refused
from core.trail import COMMAND_LINE
from incubators.models import AreaGroup
from targets.models import Progress, Target
from targets.services import compute, enter_outside_figure
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TitleFactory,
    TownFactory,
    make_user,
)
from tests.plans.factories import DecisionFactory, PlanFactory, QuestionFactory
from tests.targets.factories import (
    TODAY,
    AllocationFactory,
    IncubateeTargetFactory,
    MilestoneFactory,
    OutsideFigureFactory,
    OutsideTargetFactory,
    TargetFactory,
    incubate,
    qualify,
)

pytestmark = pytest.mark.django_db


def now(target: Target, area: Any = None) -> Progress:
    return Progress.objects.filter(target=target, area=area).order_by("-month").first()


def run(on: date = TODAY, plan: str = "") -> dict[str, int]:
    return compute(on=on, actor=COMMAND_LINE, plan=plan)


# --- What is counted ------------------------------------------------------------------------------------------------
def test_only_what_happened_within_the_plan_is_new() -> None:
    target = TargetFactory()
    qualify(target.area, date(2023, 12, 31), date(2024, 1, 1), TODAY, date(2025, 7, 2))
    qualify(AreaFactory(), date(2025, 1, 1))
    run()
    assert now(target).value == 2


def test_on_the_last_day_still_and_after_it_no_more() -> None:
    target = TargetFactory(value=1)
    qualify(target.area, date(2027, 1, 1))
    run(date(2027, 2, 1))
    assert (now(target).value, now(target).pace, now(target).on) == (0, "missed", date(2026, 12, 31))
    qualify(target.area, date(2026, 12, 31))
    run(date(2027, 2, 1))
    assert (now(target).value, now(target).pace) == (1, "met")


def test_a_title_that_rises_counts_once_in_its_first_year() -> None:
    """YC: provincial in 2024, national in 2025 adds one to 2024 and none to 2025."""
    plan = PlanFactory()
    measure = {"by": "indicator", "indicator": "n_carriers_new_title", "params": {"rank_at_least": 30}}
    target = TargetFactory(
        plan=plan,
        kind="new_each_year",
        value=1,
        indicator="n_carriers_new_title",
        definition={"per_year": {"2024": "1", "2025": "1", "2026": "1"}, "measure": measure},
    )
    carrier = CarrierFactory(area=plan.area)
    DesignationFactory(carrier=carrier, awarded_on=date(2024, 3, 1))
    national = TitleFactory(code="national", level__code="national", level__rank=40)
    DesignationFactory(carrier=carrier, title=national, awarded_on=date(2025, 3, 1))
    run()
    years = now(target).explanation["years"]
    assert [(year["year"], Decimal(year["value"]), year["pace"]) for year in years] == [
        (2024, 1, "met"),
        (2025, 0, "on_pace"),
    ]


def test_exactly_sixty_per_cent_is_sixty_per_cent() -> None:
    measure = {"by": "indicator", "indicator": "tech_sme_ratio", "params": {"valid": "year"}}
    target = TargetFactory(
        kind="ratio",
        value=60,
        unit="%",
        indicator="tech_sme_ratio",
        definition={"per_year": {"2024": "60", "2025": "60", "2026": "60"}, "measure": measure},
    )
    carrier = CarrierFactory(area=target.area)
    tenants = ResidencyFactory.create_batch(5, carrier=carrier)
    kind = QualificationKindFactory(code="tech_sme")
    for tenant in tenants[:3]:
        QualificationFactory(enterprise=tenant.enterprise, kind=kind)
    run()
    row = now(target)
    assert (row.value, row.pace) == (60, "met")
    assert (row.explanation["numerator"], row.explanation["denominator"]) == ("3", "5")


def test_a_share_of_nothing_is_not_zero() -> None:
    measure = {"by": "indicator", "indicator": "tech_sme_ratio", "params": {}}
    target = TargetFactory(
        kind="ratio", value=60, unit="%", indicator="tech_sme_ratio", definition={"per_year": {"2025": "60"}, "measure": measure}
    )  # fmt: skip
    run()
    row = now(target)
    assert (row.value, row.pace) == (None, "unknown")
    assert row.reason == "当日没有在孵企业"


def test_a_standing_target_starts_from_what_stood_before() -> None:
    """Two carriers before the plan, one more since; five are due at the end, so half-way 3.5, cut to 3."""
    measure = {"by": "indicator", "indicator": "n_carriers", "params": {}}
    target = TargetFactory(kind="standing", value=5, indicator="n_carriers", definition={"measure": measure})
    CarrierFactory.create_batch(2, area=target.area)
    CarrierFactory(area=target.area, opened_on=date(2025, 2, 1))
    run()
    row = now(target)
    assert (row.value, row.expected, row.pace) == (3, Decimal("3.5"), "on_pace")


def test_an_enclave_is_credited_to_the_area_that_set_it_up() -> None:
    measure = {"by": "indicator", "indicator": "n_carriers_new", "params": {"kinds": ["enclave"]}}
    target = TargetFactory(indicator="n_carriers_new", definition={"measure": measure})
    there = TargetFactory(indicator="n_carriers_new", definition={"measure": measure})
    CarrierFactory(kind="enclave", area=there.area, owner_area=target.area, opened_on=date(2025, 1, 1))
    run()
    assert (now(target).value, now(there).value) == (1, 0)


# --- Months, forecast -----------------------------------------------------------------------------------------------
def test_every_month_since_the_start_is_stored() -> None:
    target = TargetFactory()
    qualify(target.area, date(2024, 1, 15), date(2024, 3, 20), date(2025, 6, 30))
    run()
    rows = list(Progress.objects.filter(target=target).order_by("month"))
    assert [row.month for row in rows[:2]] == [date(2024, 1, 1), date(2024, 2, 1)]
    assert len(rows) == 19
    assert [row.value for row in rows[:4]] == [1, 1, 2, 2]
    assert (rows[-1].month, rows[-1].on, rows[-1].value) == (date(2025, 7, 1), TODAY, 3)


def test_the_forecast_follows_the_last_twelve_months() -> None:
    """Twelve in twelve months, all in the later half: the mean is one a month, the range none to two."""
    target = TargetFactory(value=30)
    months = [date(2025, month, 10) for month in range(1, 7) for _ in range(2)]
    qualify(target.area, *months)
    run()
    row = now(target)
    left = Decimal(548) / Decimal("30.4375")
    assert row.forecast_low == 12
    assert row.forecast == (12 + left).quantize(Decimal("0.0001"))
    assert row.forecast_high == (12 + 2 * left).quantize(Decimal("0.0001"))


def test_a_plan_that_is_over_says_the_same_in_later_months() -> None:
    target = TargetFactory()
    run(date(2027, 1, 15))
    assert run(date(2027, 6, 15)) == {"targets": 1, "created": 0, "updated": 0, "unchanged": 36}
    assert now(target).month == date(2026, 12, 1)


# --- Areas ----------------------------------------------------------------------------------------------------------
def test_an_area_is_judged_by_its_own_number() -> None:
    """The whole wants 5 a year; its towns 3 and 3. One reaches it, the other does not, the whole does: nothing is
    derived from the other."""
    target = IncubateeTargetFactory()
    good, late = TownFactory.create_batch(2, parent=target.area)
    for area in (good, late):
        AllocationFactory(target=target, area=area)
    days = [date(2025, 2, day) for day in range(1, 5)]
    incubate(CarrierFactory(area=good), *days)
    incubate(CarrierFactory(area=late), days[0])
    run(date(2025, 12, 31))
    assert (now(target).value, now(target).goal, now(target).pace) == (5, 5, "met")
    assert (now(target, good).value, now(target, good).goal, now(target, good).pace) == (4, 3, "met")
    assert (now(target, late).value, now(target, late).pace) == (1, "at_risk")


# --- Decisions ------------------------------------------------------------------------------------------------------
def coverage_target() -> tuple[Target, Any]:
    plan = PlanFactory()
    question = QuestionFactory(plan=plan, value_kind="list", question="各镇包括哪些?")
    AreaGroup.objects.create(code="grp-test", name="各镇", parent=plan.area)
    measure = {"by": "indicator", "indicator": "area_coverage", "params": {"group": "grp-test"}}
    target = TargetFactory(
        plan=plan,
        kind="coverage",
        value=100,
        unit="%",
        indicator="area_coverage",
        definition={"decisions": [question.code], "measure": measure},
    )
    return target, question


def test_coverage_waits_for_the_list_and_then_divides_by_it() -> None:
    target, question = coverage_target()
    towns = TownFactory.create_batch(4, parent=target.area)
    for town in towns[:3]:
        CarrierFactory(area=town)
    run()
    assert (now(target).value, now(target).pace) == (None, "unknown")
    assert "各镇包括哪些?" in now(target).reason
    DecisionFactory(question=question, value=[town.code for town in towns], decided_on=date(2025, 1, 1))
    run()
    assert now(target).value == 75
    CarrierFactory(area=towns[3])
    run()
    assert (now(target).value, now(target).pace) == (100, "met")


def test_a_question_that_does_not_block_does_not_stop_the_count() -> None:
    question = QuestionFactory(blocking=False)
    target = TargetFactory(plan=question.plan)
    target.definition["decisions"] = [question.code]
    target.save()
    run()
    assert now(target).value == 0


def test_first_recognitions_count_and_the_net_change_stands_beside_until_it_is_decided() -> None:
    """JS-X11: three recognised, two of them and one older certificate have ended by now."""
    question = QuestionFactory(value_kind="choice", choices=["首次认定数", "存量净增数"], blocking=False)
    target = TargetFactory(plan=question.plan, value=3)
    target.definition["decisions"] = [question.code]
    target.save()
    for start in (date(2023, 1, 1), date(2024, 2, 1), date(2024, 3, 1)):
        QualificationFactory(enterprise__area=target.area, valid_from=start, valid_to=date(2025, 5, 31))
    qualify(target.area, date(2025, 6, 1))
    run()
    assert (now(target).value, now(target).pace, now(target).explanation["net"]) == (3, "met", "0")
    DecisionFactory(question=question, value="存量净增数")
    run()
    assert (now(target).value, now(target).pace) == (0, "at_risk")
    assert Progress.objects.get(target=target, month=date(2024, 3, 1)).value == 2


def test_a_share_valid_within_its_year_starts_each_year_from_nothing() -> None:
    """Two of four on the 183rd of 366 days: half of what is due at the end of the year is just half of the goal."""
    measure = {"by": "indicator", "indicator": "tech_sme_ratio", "params": {"valid": "year"}}
    definition = {"per_year": {"2024": "100", "2025": "100"}, "measure": measure}
    target = TargetFactory(kind="ratio", value=100, unit="%", indicator="tech_sme_ratio", definition=definition)
    tenants = ResidencyFactory.create_batch(4, carrier=CarrierFactory(area=target.area))
    for tenant in tenants[:2]:
        kind = QualificationKindFactory(code="tech_sme")
        QualificationFactory(enterprise=tenant.enterprise, kind=kind, valid_from=date(2024, 2, 1))
    run(date(2024, 7, 1))
    assert (now(target).value, now(target).expected, now(target).pace) == (50, 50, "on_pace")


def test_a_decision_counts_from_its_day_on() -> None:
    target, question = coverage_target()
    town = TownFactory(parent=target.area)
    DecisionFactory(question=question, value=[town.code], decided_on=date(2025, 7, 2))
    run()
    assert now(target).pace == "unknown"
    run(date(2025, 7, 2))
    assert now(target).value == 0


def test_a_confirmation_needs_no_decision() -> None:
    question = QuestionFactory(value_kind="document")
    target = MilestoneFactory(plan=question.plan)
    target.definition["decisions"] = [question.code]
    target.save()
    run()
    assert (now(target).pace, now(target).reason) == ("waiting", "待确认:附印发的文件")


# --- Entered figures ------------------------------------------------------------------------------------------------
def test_the_latest_entered_figure_up_to_the_day_counts() -> None:
    target = OutsideTargetFactory()
    run()
    assert (now(target).value, now(target).pace, now(target).reason) == (None, "waiting", "待录入:区财政局:科技投入")
    OutsideFigureFactory(target=target, on=date(2025, 6, 30), value=900_000_000)
    OutsideFigureFactory(target=target, on=date(2024, 12, 31), value=500_000_000)
    OutsideFigureFactory(target=target, on=date(2025, 7, 2), value=1_300_000_000)
    run()
    assert now(target).value == 900_000_000
    run(date(2025, 7, 2))
    assert (now(target).value, now(target).pace) == (1_300_000_000, "met")


def test_doubling_is_shown_and_not_judged() -> None:
    """FX-T01: from 1,400, 2,700 is met although the double would be 2,800."""
    target = OutsideTargetFactory(unit="家", value=2700, kind="standing")
    target.definition["baseline"] = {"status": "implied", "value": "1400"}
    target.save()
    OutsideFigureFactory(target=target, value=2700)
    run()
    assert now(target).pace == "met"
    assert now(target).explanation["multiple"]["times"] == "1.93"


def test_done_after_the_deadline_is_not_done_in_time() -> None:
    target = MilestoneFactory()
    OutsideFigureFactory(target=target, on=date(2027, 3, 1), value=None, done=True)
    run(date(2027, 4, 1))
    assert (now(target).pace, "晚于期限" in now(target).reason) == ("missed", True)


# --- Storing --------------------------------------------------------------------------------------------------------
def test_running_again_writes_nothing() -> None:
    target = TargetFactory()
    qualify(target.area, date(2025, 1, 1))
    MilestoneFactory(plan=target.plan)
    first = run()
    written = list(Progress.objects.order_by("pk").values_list("pk", "computed_at"))
    changes = Change.objects.count()
    again = run()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first["created"])
    assert list(Progress.objects.order_by("pk").values_list("pk", "computed_at")) == written
    assert Change.objects.count() == changes


def test_a_late_entry_changes_the_months_it_touches_and_no_others() -> None:
    target = TargetFactory()
    run()
    qualify(target.area, date(2025, 6, 5))
    assert run()["updated"] == 2


def test_one_plan_alone_or_none_of_that_name() -> None:
    target, other = TargetFactory(), TargetFactory()
    assert run(plan=target.plan.code)["targets"] == 1
    assert not Progress.objects.filter(target=other).exists()
    with pytest.raises(Refused, match="没有代码为“NO-PLAN”的规划"):
        run(plan="NO-PLAN")


def test_a_cancelled_run_leaves_nothing() -> None:
    TargetFactory.create_batch(2)

    def stop(done: int, total: int, message: str) -> None:
        if done == 1:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        compute(on=TODAY, actor=COMMAND_LINE, report=stop)
    assert not Progress.objects.exists()


def test_queries_do_not_grow_with_the_register(django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    target = TargetFactory()
    qualify(target.area, date(2025, 1, 1))
    run()
    with CaptureQueriesContext(connection) as few:
        run()
    qualify(target.area, *[date(2025, 2, day) for day in range(1, 20)])
    run()
    with CaptureQueriesContext(connection) as many:
        run()
    assert len(many) == len(few)


# --- Entering -------------------------------------------------------------------------------------------------------
def enter(target: Target, user: Any, **given: Any) -> Any:
    values = {"on": date(2025, 6, 30), "value": Decimal(5), "done": None, "source": "统计公报", "note": ""}
    return enter_outside_figure(target=target, user=user, **{**values, **given})


def test_staff_of_the_area_enter_with_a_source() -> None:
    target = OutsideTargetFactory()
    user = make_user("staff", area=target.area)
    row = enter(target, user)
    assert (row.value, row.entered_by) == (5, user)
    change = Change.objects.get(action="录入目标数据")
    assert (change.record_id, change.actor_id) == (str(target.pk), user.pk)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"source": "  "}, "source", "请写明数据来源"),
        ({"value": None}, "value", "请填写数值"),
        ({"value": Decimal(-1)}, "value", "数值不能小于零"),
        ({"on": date(2999, 1, 1)}, "on", "数据日期不能晚于今天"),
    ],
    ids=["来源空白", "没有数值", "负数", "未来日期"],
)
def test_a_faulty_figure_is_refused_at_its_field(given: dict[str, Any], field: str, words: str) -> None:
    target = OutsideTargetFactory()
    with pytest.raises(Refused) as refused:
        enter(target, make_user("staff", area=target.area), **given)
    assert words in refused.value.errors[field][0]
    assert not target.outside_figures.exists()


@pytest.mark.parametrize("role", ["leader", "auditor", "liaison"])
def test_others_do_not_enter(role: str) -> None:
    target = OutsideTargetFactory()
    with pytest.raises(NotPermitted, match="只有该目标所属区域的科委工作人员可以录入"):
        enter(target, make_user(role, area=target.area))


def test_staff_of_another_district_do_not_enter() -> None:
    with pytest.raises(NotPermitted):
        enter(OutsideTargetFactory(), make_user("staff", area=AreaFactory()))


def test_a_counted_target_takes_no_typed_figure() -> None:
    target = TargetFactory()
    with pytest.raises(NotPermitted, match="由登记数据计算"):
        enter(target, make_user("staff", area=target.area))
