"""The leader's page, one target, a plan's table, records, tasks, entering: what each role sees and who does not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.dates import month_cn
from core.models import Job
from core.trail import COMMAND_LINE
from incubators.indicators.tally import report_month
from incubators.models import MonthClose, ReportCalendar
from targets.models import OutsideFigure, Progress, Target
from targets.services import compute
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    OrganisationFactory,
    TownFactory,
    make_user,
    signed_in,
)
from tests.plans.factories import ClauseFactory, DecisionFactory, PlanFactory, QuestionFactory
from tests.targets.factories import (
    TODAY,
    AllocationFactory,
    IncubateeTargetFactory,
    MilestoneFactory,
    OutsideFigureFactory,
    OutsideTargetFactory,
    ResponsibilityFactory,
    TargetFactory,
    TaskFactory,
    incubate,
    qualify,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
SEES = ("staff", "leader", "auditor")


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """The pages' today: the middle of the plan."""
    monkeypatch.setattr(timezone, "localdate", lambda *given: TODAY)
    return TODAY


def enter(role: str, area: Any) -> Client:
    return signed_in(make_user(role, area=area))


def text(answer: Any) -> str:
    return answer.content.decode()


def words(page: str) -> str:
    """The page as it reads, without its marks."""
    return re.sub(r"<[^>]+>", "", page)


def district() -> Target:
    """A district with one target of each source, computed."""
    target = TargetFactory(name="新增高新技术企业", value=4)
    qualify(target.area, date(2024, 5, 1), date(2025, 5, 1), date(2025, 6, 1))
    ResponsibilityFactory(target=target, organisation__name="区科委测试")
    MilestoneFactory(plan=target.plan, name="专项资金管理办法", order=900)
    OutsideFigureFactory(target=OutsideTargetFactory(plan=target.plan, name="科技投入", order=901))
    compute(on=TODAY, actor=COMMAND_LINE)
    return target


# --- The leader's page ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", SEES)
def test_the_page_says_where_each_target_stands(role: str, today: date) -> None:
    target = district()
    page = text(enter(role, target.area).get(reverse("targets:dashboard")))
    assert "3 项目标:1 项超前、1 项尚不能计算、1 项待录入" in words(page)
    assert "新增高新技术企业" in page
    assert "目标 不少于 4 家" in page
    assert "还差 1 家" in page
    assert "按近12个月速度,预计到2026年底 3–9 家,不一定能达到" in page
    assert "责任单位:<span>区科委测试</span>" in page
    assert "规划期已过 50.0%(548 / 1,096 天),剩余 548 天" in page


def test_another_district_does_not_appear(today: date) -> None:
    district()
    page = text(enter("leader", AreaFactory()).get(reverse("targets:dashboard")))
    assert "新增高新技术企业" not in page
    assert "您的区域内还没有目标" in page


def test_the_most_urgent_comes_first_unless_asked_otherwise(today: date) -> None:
    plan = PlanFactory()
    qualify(plan.area, date(2025, 1, 1))
    TargetFactory(plan=plan, name="甲已达成", value=1, order=1)
    TargetFactory(plan=plan, name="乙有风险", value=100, order=2)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", plan.area)
    page = text(client.get(reverse("targets:dashboard")))
    assert page.index("乙有风险") < page.index("甲已达成")
    page = text(client.get(reverse("targets:dashboard") + "?order=plan"))
    assert page.index("甲已达成") < page.index("乙有风险")
    page = text(client.get(reverse("targets:dashboard") + "?show=bad"))
    assert ("乙有风险" in page, "甲已达成" in page) == (True, False)


def test_a_target_without_computed_progress_says_so(today: date) -> None:
    target = TargetFactory()
    assert "进度尚未计算" in text(enter("leader", target.area).get(reverse("targets:dashboard")))


@pytest.mark.parametrize("role", ["operator", "expert", "administrator", "liaison"])
def test_roles_without_targets_are_refused(role: str) -> None:
    target = TargetFactory()
    client = Client()
    organisation = {"organisation": OrganisationFactory()} if role in {"operator", "expert"} else {"area": target.area}
    client.force_login(make_user(role, **organisation))
    for route in ("targets:dashboard", "targets:target_detail", "targets:target_records"):
        arguments = [] if route == "targets:dashboard" else [target.code]
        assert client.get(reverse(route, args=arguments)).status_code == 403


# --- A few queries, whatever the size -------------------------------------------------------------------------------
def big(plan: Any, count: int) -> Target:
    targets = TargetFactory.create_batch(count, plan=plan)
    town = TownFactory.create_batch(count, parent=plan.area)
    for target in targets:
        ResponsibilityFactory(target=target)
        for area in town:
            AllocationFactory(target=target, area=area)
        TaskFactory(plan=plan).targets.add(target)
    qualify(plan.area, *[date(2025, 1, day) for day in range(1, count + 1)])
    compute(on=TODAY, actor=COMMAND_LINE)
    return targets[0]


def addresses(target: Target) -> list[str]:
    return [
        reverse("targets:dashboard"),
        reverse("targets:plan_progress", args=[target.plan.code]),
        reverse("targets:target_detail", args=[target.code]),
        reverse("targets:target_records", args=[target.code]),
        reverse("targets:task_list"),
    ]


def test_pages_ask_a_dozen_questions_at_most_at_any_size(today: date) -> None:
    plan = PlanFactory()
    client = enter("leader", plan.area)
    counts = []
    for size in (2, 9):
        target = big(plan, size)
        counts.append([])
        for address in addresses(target):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts[-1].append((address.split("/")[2], len(asked)))
    assert [count for _, count in counts[0]] == [count for _, count in counts[1]]
    assert max(count for _, count in counts[1]) <= MOST_QUERIES, counts


# --- One target -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", SEES)
def test_a_target_shows_its_clause_its_arithmetic_and_its_path(role: str, today: date) -> None:
    target = district()
    page = text(enter(role, target.area).get(reverse("targets:target_detail", args=[target.code])))
    assert "新增3家孵化器" in page
    assert "计划期内首次取得证书的企业数。" in page
    assert "4 家 × 548 天 ÷ 1,096 天" in page
    assert "逐月进度" in page
    assert "2024-01" in page


def test_what_is_not_of_the_own_area_is_not_there(today: date) -> None:
    target = district()
    client = enter("staff", AreaFactory())
    names = ("target_detail", "target_records", "outside_figure_create")
    assert {client.get(reverse(f"targets:{name}", args=[target.code])).status_code for name in names} == {404}
    assert client.get(reverse("targets:plan_progress", args=[target.plan.code])).status_code == 404
    assert client.post(reverse("targets:progress_compute"), {"plan": target.plan.code}).status_code == 404


# --- The records counted --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", SEES)
def test_value_records_and_export_are_the_same_number(role: str, today: date) -> None:
    target = district()
    client = enter(role, target.area)
    address = reverse("targets:target_records", args=[target.code])
    value = Progress.objects.filter(target=target).latest("month").value
    page = client.get(address)
    rows = list(csv.reader(io.StringIO(client.get(address + "?format=csv").getvalue().decode("utf-8-sig"))))
    assert value == page.context["page_obj"].paginator.count == len(rows) - 1 == 3
    assert "登记数据在进度计算之后有变动" not in text(page)


def test_a_change_after_the_computation_is_said(today: date) -> None:
    target = district()
    qualify(target.area, date(2025, 6, 20))
    page = enter("staff", target.area).get(reverse("targets:target_records", args=[target.code]))
    assert page.context["page_obj"].paginator.count == 4
    assert "登记数据在进度计算之后有变动" in text(page)


def test_the_records_of_one_area(today: date) -> None:
    target = IncubateeTargetFactory()
    one, other = TownFactory.create_batch(2, parent=target.area)
    AllocationFactory(target=target, area=one)
    incubate(CarrierFactory(area=one), date(2025, 2, 1), date(2025, 3, 1))
    incubate(CarrierFactory(area=other), date(2025, 2, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", target.area)
    address = reverse("targets:target_records", args=[target.code])
    assert client.get(address).context["page_obj"].paginator.count == 3
    assert client.get(address, {"area": one.code}).context["page_obj"].paginator.count == 2
    assert client.get(address, {"area": other.code}).status_code == 404


# --- A plan's table -------------------------------------------------------------------------------------------------
def test_the_whole_and_the_sum_of_its_parts_are_both_shown(today: date) -> None:
    """As YC-T03: the text says 500以上, its columns add up to 550. Neither is corrected."""
    target = IncubateeTargetFactory(value=500)
    target.definition["per_year"] = {"2024": "500", "2025": "500", "2026": "500"}
    target.definition["allocations_check"] = {"whole_cell": "500以上", "total": "550", "whole": "500", "agrees": False}
    target.save()
    for value in (300, 250):
        AllocationFactory(target=target, area=TownFactory(parent=target.area), value=value)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", target.area)
    page = text(client.get(reverse("targets:plan_progress", args=[target.plan.code])))
    for words in ("目标 500以上", "550", "与全市数不同,两数照列", "目标 300", "目标 250"):
        assert words in page
    assert Target.objects.get().value == 500
    page = text(client.get(reverse("targets:target_detail", args=[target.code])))
    assert "各单位合计 550,与全市数不同" in page


def test_whole_things_are_due_and_needed_and_the_card_says_whether_it_will_be_met(today: date) -> None:
    target = TargetFactory(value=31)
    qualify(target.area, *[date(2024, 7 + number, 5) for number in range(6)])
    compute(on=TODAY, actor=COMMAND_LINE)
    page = text(enter("leader", target.area).get(reverse("targets:dashboard")))
    # 31 × 548 ÷ 1,096 = 15.5 and 25 ÷ 18 months = 1.39: no half enterprise is due, and two a month are needed.
    assert "今日时序应达 15 家" in page
    assert "还差 25 家,今后每月需 2 家" in page
    assert re.search(r"预计到2026年底 [\d–]+ 家,达不到", page)
    page = text(enter("leader", target.area).get(reverse("targets:target_detail", args=[target.code])))
    assert "只计整数,取 15 家" in page


def test_a_year_that_failed_is_told_beside_a_year_that_did_not(today: date) -> None:
    target = IncubateeTargetFactory(value=1)
    target.definition["per_year"] = {"2024": "1", "2025": "1"}
    target.deadline = date(2025, 12, 31)
    target.save()
    incubate(CarrierFactory(area=target.area), date(2025, 2, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", target.area)
    for address in (reverse("targets:dashboard"), reverse("targets:plan_progress", args=[target.plan.code])):
        page = text(client.get(address))
        assert "2024年 0 家(目标不少于 1 家):未达成" in page
        assert "2025年 1 家(目标不少于 1 家):已达成" in page
        assert "2025年目标" in page


def test_a_decision_after_the_computation_is_said(today: date) -> None:
    question = QuestionFactory(blocking=True)
    target = TargetFactory(plan=question.plan)
    target.definition["decisions"] = [question.code]
    target.save()
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", target.area)
    address = reverse("targets:target_detail", args=[target.code])
    assert "还没有按这个决定重新计算" not in text(client.get(address))
    DecisionFactory(question=question, decided_on=date(2025, 6, 1))
    assert "还没有按这个决定重新计算" in text(client.get(address))
    compute(on=TODAY, actor=COMMAND_LINE)
    assert "还没有按这个决定重新计算" not in text(client.get(address))


def test_the_date_of_the_data_is_that_of_the_plan_shown(today: date) -> None:
    over = TargetFactory(deadline=date(2025, 3, 31))
    TargetFactory(plan__area=over.area)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", over.area)
    assert "数据截至2025年3月31日" in text(client.get(reverse("targets:dashboard"), {"plan": over.plan.code}))


def test_the_leaders_page_says_whether_the_month_behind_its_figures_is_closed(today: date) -> None:
    target = TargetFactory()
    compute(on=TODAY, actor=COMMAND_LINE)
    client = enter("leader", target.area)
    month = report_month(TODAY)

    def page() -> str:
        return text(client.get(reverse("targets:dashboard"), {"plan": target.plan.code}))

    assert "月结" not in page()  # nobody closes months here
    ReportCalendar.objects.create(area=target.area, from_month=date(2000, 1, 1))
    assert f"{month_cn(month)}月报尚未月结" in page()
    MonthClose.objects.create(area=target.area, month=month, closed_by=make_user("staff", area=target.area))
    assert f"{month_cn(month)}月报已于" in page()


# --- Entering -------------------------------------------------------------------------------------------------------
def form_address(target: Target) -> str:
    return reverse("targets:outside_figure_create", args=[target.code])


def test_staff_enter_an_amount_in_ten_thousand_yuan(today: date) -> None:
    target = OutsideTargetFactory()
    client = enter("staff", target.area)
    typed = {"on": "2025-06-30", "value": "98,000.5", "source": "区财政局年报", "note": "年度数"}
    answer = client.post(form_address(target), typed)
    assert answer["Location"] == reverse("targets:target_detail", args=[target.code])
    row = OutsideFigure.objects.get()
    assert (row.value, row.on, row.source, row.note) == (
        Decimal(980_005_000),
        date(2025, 6, 30),
        "区财政局年报",
        "年度数",
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"value": "九亿"}, "“九亿”不是数字"),
        ({"value": ""}, "请填写数值"),
        ({"source": ""}, "请写明数据来源"),
        ({"on": "去年底"}, "请填写日期"),
        ({"on": "2999-01-01"}, "数据日期不能晚于今天"),
        ({"value": "9" * 30}, "数值过大"),
    ],
    ids=["不是数字", "没有数值", "没有来源", "不是日期", "未来日期", "过大"],
)
def test_a_fault_is_named_and_nothing_typed_is_lost(typed: dict[str, str], words: str, today: date) -> None:
    target = OutsideTargetFactory()
    given = {"on": "2025-06-30", "value": "98000", "source": "区财政局年报", "note": "须核对口径", **typed}
    page = text(enter("staff", target.area).post(form_address(target), given))
    assert words in page
    assert "须核对口径" in page
    for value in filter(None, given.values()):
        assert value in page
    assert not OutsideFigure.objects.exists()


def test_all_faults_are_named_at_once(today: date) -> None:
    """What could not be read does not hide what would be refused afterwards."""
    target = OutsideTargetFactory()
    typed = {"on": "2999-01-01", "value": "九亿", "source": ""}
    page = text(enter("staff", target.area).post(form_address(target), typed))
    assert [fault in page for fault in ("数据日期不能晚于今天", "“九亿”不是数字", "请写明数据来源")] == [True] * 3


def test_staff_confirm_a_milestone_and_the_next_computation_sees_it(today: date) -> None:
    target = MilestoneFactory()
    client = enter("staff", target.area)
    assert "请确认是否完成" in text(client.post(form_address(target), {"on": "2025-06-30", "source": "文件"}))
    client.post(form_address(target), {"on": "2025-06-30", "done": "yes", "source": "区府办〔2025〕8号"})
    compute(on=TODAY, actor=COMMAND_LINE)
    page = text(client.get(reverse("targets:target_detail", args=[target.code])))
    assert "已确认完成" in page
    assert "区府办〔2025〕8号" in page


def test_leaders_may_not_enter_and_counted_targets_say_why(today: date) -> None:
    outside = OutsideTargetFactory()
    assert enter("leader", outside.area).get(form_address(outside)).status_code == 403
    counted = TargetFactory()
    answer = enter("staff", counted.area).post(form_address(counted), {"on": "2025-06-30", "value": "5", "source": "x"})
    assert answer.status_code == 403
    assert "由登记数据计算,不能手工录入" in text(answer)
    assert not OutsideFigure.objects.exists()


# --- Computing ------------------------------------------------------------------------------------------------------
def test_staff_start_the_computation_as_a_job(
    today: date, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    target = TargetFactory()
    qualify(target.area, date(2025, 5, 1))
    with django_capture_on_commit_callbacks(execute=True):
        answer = enter("staff", target.area).post(reverse("targets:progress_compute"), {"plan": target.plan.code})
    job = Job.objects.get()
    assert answer["Location"] == reverse("core:job_detail", args=[job.pk])
    assert (job.state, job.result["created"]) == ("succeeded", 19)
    assert job.result["url"] == reverse("targets:plan_progress", args=[target.plan.code])
    assert Progress.objects.latest("month").value == 1


def test_only_staff_of_the_plans_area_start_it(today: date) -> None:
    target = TargetFactory()
    town = TownFactory(parent=target.area)
    own = TargetFactory(plan=target.plan, area=town)
    assert (
        enter("leader", target.area).post(reverse("targets:progress_compute"), {"plan": own.plan.code}).status_code
        == 403
    )
    assert enter("staff", town).post(reverse("targets:progress_compute"), {"plan": own.plan.code}).status_code == 403
    assert not Job.objects.exists()


# --- Tasks ----------------------------------------------------------------------------------------------------------
def test_tasks_are_filtered_by_unit_and_say_what_the_text_does_not() -> None:
    plan = PlanFactory()
    clause = ClauseFactory(plan=plan)
    stated = TaskFactory(plan=plan, clause=clause, title="建设孵化器", responsible_stated=True)
    unit = OrganisationFactory(name="区财政局测试", kind="government")
    stated.responsible.add(unit)
    TaskFactory(plan=plan, clause=clause, title="完善服务体系")
    client = enter("leader", plan.area)
    page = text(client.get(reverse("targets:task_list")))
    assert ("建设孵化器" in page, "完善服务体系" in page, "文中未写" in page) == (True, True, True)
    page = text(client.get(reverse("targets:task_list"), {"unit": unit.code}))
    assert ("建设孵化器" in page, "完善服务体系" in page) == (True, False)
    answer = client.get(reverse("targets:task_list"), {"responsible": "not_stated", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[3] for row in rows] == ["任务", "完善服务体系"]
    assert rows[1][5] == "文中未写"


def test_tasks_lead_to_progress_only_who_may_open_it() -> None:
    plan = PlanFactory()
    home = reverse("targets:dashboard")
    for role, may in (("leader", True), ("expert", False)):
        client = enter(role, plan.area)
        assert client.get(home).status_code == (200 if may else 403)
        assert (f'<a href="{home}">' in text(client.get(reverse("targets:task_list")))) is may, role
