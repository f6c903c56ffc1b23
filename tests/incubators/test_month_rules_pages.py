"""Pages about the checks, and what the form of one carrier says and offers."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from core.trail_chain import opened
from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar, Residency
from incubators.reporting.fields import NOT_APPLICABLE, Gap, GapKind
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    IncubationRuleFactory,
    MentorFactory,
    MonthlyReportFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
    uscc,
)
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office, typed

pytestmark = pytest.mark.django_db
QUEUE = "/reports/explanations/"


@pytest.fixture
def office():
    return Office()


def enter(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def edit_url(office):
    return f"/reports/edit/{office.carrier.code}/2024-05/"


def read(client, url, **asked):
    answer = client.get(url, asked)
    assert answer.status_code == 200
    return answer.content.decode()


# --- The rules ------------------------------------------------------------------------------------------------------
def test_whoever_reads_reports_reads_the_rules(client, office):
    body = read(enter(client, office.operator), "/reports/checks/")
    assert 'id="R15"' in body
    assert "0.6745" in body
    assert 'id="R26"' in body


def test_rules_by_what_they_do(client, office):
    body = read(enter(client, office.operator), "/reports/checks/", does="提示")
    assert "填报数与登记库" in body
    assert "在孵数平衡" not in body


# --- The queue ------------------------------------------------------------------------------------------------------
def explained(office):
    """A month with an explained move, a missing figure and one that does not apply."""
    office.accepted(month=date(2024, 4, 1))
    return services.submit(
        user=office.operator,
        carrier=office.carrier,
        month=MAY,
        values={
            **GOOD,
            "mentors": 30,
            "fund_size": Gap(GapKind.MISSING, "账单未到"),
            "rent_relief": NOT_APPLICABLE,
        },
        texts=TEXTS,
        explanations={"R15:mentors": "新聘一批校友导师"},
        seen=Seen(),
    )


def test_a_reviewer_reads_every_explanation_and_every_gap(client, office):
    row = explained(office)
    body = read(enter(client, office.staff), QUEUE, month="2024-05")
    assert "新聘一批校友导师" in body
    assert "账单未到" in body
    report = reverse("incubators:report_detail", args=[row.pk])
    assert f'href="{report}#f-mentors"' in body
    assert 'id="f-mentors"' in read(client, report)
    assert "本月房租减免" in body


def test_the_queue_is_filtered_and_taken_away(client, office):
    explained(office)
    enter(client, office.staff)
    assert "新聘一批" not in read(client, QUEUE, month="2024-05", sort="missing")
    answer = client.get(QUEUE, {"month": "2024-05", "format": "csv", "sort": "explained"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = [*csv.DictReader(io.StringIO(text))]
    assert [(row["项目"], row["规则"], row["说明或原因"]) for row in rows] == [("创业导师", "R15", "新聘一批校友导师")]


def test_the_queue_holds_what_waits_and_is_worked_off(client, office):
    """What was accepted leaves it and is read under its own state; the states are called as the month's list does."""
    row = explained(office)
    enter(client, office.staff)
    assert "待审核</small>" in read(client, QUEUE, month="2024-05")
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    assert "待审核的月报没有须看的" in read(client, QUEUE, month="2024-05")
    for state in ("counted", "all"):
        accepted = read(client, QUEUE, month="2024-05", state=state)
        assert "新聘一批校友导师" in accepted
        assert "已通过</small>" in accepted


def test_differences_from_the_register_are_shown_when_asked_for(client, office):
    MentorFactory(carrier=office.carrier, engaged_on=date(2024, 1, 1))
    office.submitted()
    enter(client, office.staff)
    hint = "登记库现有 1 人,填报数多 9 人"
    assert hint not in read(client, QUEUE, month="2024-05")
    assert hint in read(client, QUEUE, month="2024-05", sort="told")
    assert hint in read(client, QUEUE, month="2024-05", sort="all")


def test_drafts_and_other_peoples_reports_are_not_in_it(client, office):
    explained(office)
    stranger = Office()
    stranger.draft(mentors=NOT_APPLICABLE)
    assert "没有须看的" in read(enter(client, stranger.staff), QUEUE, month="2024-05")


def test_an_explanation_stays_readable_when_the_question_is_gone(client, office):
    row = explained(office)
    with opened("test"):
        MonthlyReport.objects.filter(month=date(2024, 4, 1)).update(mentors=30)
    assert row.explanations
    body = read(enter(client, office.staff), QUEUE, month="2024-05")
    assert "现已不再提示" in body
    assert "新聘一批校友导师" in body


def test_too_many_carriers_are_asked_for_area_by_area(client, office, monkeypatch):
    """Three carriers in two towns and one looked at at once: a town with one is shown, all and the other town are not."""
    explained(office)
    other = TownFactory(parent=office.district)
    for _ in range(2):
        MonthlyReportFactory(carrier=CarrierFactory(area=other), month=MAY, state="submitted")
    monkeypatch.setattr("incubators.reporting.overview.MOST_CARRIERS", 1)
    enter(client, office.staff)
    assert "所选范围有 3 家载体,一张表最多列 1 家" in read(client, QUEUE, month="2024-05")
    assert "所选范围有 2 家载体" in read(client, QUEUE, month="2024-05", area=other.code)
    assert "新聘一批校友导师" in read(client, QUEUE, month="2024-05", area=office.town.code)
    assert client.get(QUEUE, {"month": "2024-05", "format": "csv"})["Content-Type"].startswith("text/html")


def test_a_rule_without_lines_finds_none(client, office):
    explained(office)
    enter(client, office.staff)
    assert "新聘一批校友导师" not in read(client, QUEUE, month="2024-05", rule="R13")
    assert "新聘一批校友导师" in read(client, QUEUE, month="2024-05", rule="R15")


def test_what_was_handed_in_is_held_against_the_counts_kept_and_what_came_back_against_those_of_now(client, office):
    row = office.submitted()
    employer_of_nobody = EnterpriseFactory(area=office.town, staff_count=0)
    ResidencyFactory(carrier=office.carrier, enterprise=employer_of_nobody, entered_on=date(2024, 5, 6))
    enter(client, office.staff)
    address, asked = reverse("incubators:report_detail", args=[row.pk]), "在孵企业 1 家,登记的从业人数合计为 0 人"
    assert asked not in read(client, address)
    services.give_back(user=office.staff, report=row, reason="请补登企业")
    assert asked in read(client, address)


# --- The form -------------------------------------------------------------------------------------------------------
def test_what_was_probably_meant_is_one_click_away(client, office):
    office.accepted(month=date(2024, 4, 1))
    row = office.draft(fund_size=GOOD["fund_size"] * 10_000)
    enter(client, office.operator)
    body = read(client, edit_url(office))
    assert 'name="take" value="fund_size=1000"' in body
    assert "改为 1,000 万元" in body
    answer = client.post(edit_url(office), {**typed(row), "take": "fund_size=1000"})
    assert answer.url.endswith("#id_fund_size")
    row.refresh_from_db()
    assert row.fund_size == GOOD["fund_size"]


@pytest.mark.parametrize(("answer", "gap"), [("不适用", {"kind": "not_applicable", "reason": ""}), ("0", None)])
def test_an_answer_that_is_no_figure_is_chosen_from_a_menu(client, office, answer, gap):
    row = office.draft()
    enter(client, office.operator)
    assert f'name="take" value="income={answer}"' in read(client, edit_url(office))
    client.post(edit_url(office), {**typed(row), "income_non_rent": "0", "take": f"income={answer}"})
    row.refresh_from_db()
    assert row.gaps.get("income") == gap
    assert row.income == (None if gap else 0)


def test_missing_without_a_reason_asks_for_one_at_its_field(client, office):
    row = office.draft()
    answer = enter(client, office.operator).post(edit_url(office), {**typed(row), "take": "mentors=缺:"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "缺数须写明原因" in body
    assert 'value="缺:"' in body


def test_what_must_be_told_is_never_offered_as_not_applicable(client, office):
    body = read(enter(client, office.operator), edit_url(office))
    assert 'value="mentors=缺:"' in body
    assert 'value="mentors=不适用"' not in body


def test_employees_of_the_incubatees_are_those_of_the_register(client, office):
    """Two incubatees recorded with nobody ask; with one of whom it is not known, nobody is asked."""
    for _ in range(2):
        ResidencyFactory(carrier=office.carrier, enterprise=EnterpriseFactory(area=office.town, staff_count=0))
    enter(client, office.operator)
    assert "在孵企业 2 家,登记的从业人数合计为 0 人" in read(client, edit_url(office))
    ResidencyFactory(carrier=office.carrier, enterprise=EnterpriseFactory(area=office.town, staff_count=None))
    assert "从业人数合计" not in read(client, edit_url(office))


def test_a_register_that_grew_at_once_asks_for_a_word(client, office):
    """Ten tenants in April's report, four more in May: 40%."""
    for _ in range(10):
        ResidencyFactory(carrier=office.carrier, entered_on=date(2024, 1, 1))
    office.accepted(month=date(2024, 4, 1))
    enter(client, office.operator)
    assert "上月月报 10 家" not in read(client, edit_url(office))
    for _ in range(4):
        ResidencyFactory(carrier=office.carrier, entered_on=date(2024, 5, 6))
    assert "入驻企业总数 14 家,上月月报 10 家,增加 40.0%,超过 30%" in read(client, edit_url(office))


def test_fields_of_the_district_stand_together_with_figures_words_and_choices(client, office):
    declared = [
        {"code": "x_1", "label": "发明人数", "unit": "人", "kind": "count"},
        {"code": "x_2", "label": "运营方式", "unit": "", "kind": "choice", "options": ["自营", "托管"]},
        {"code": "x_3", "label": "特色", "unit": "", "kind": "text"},
    ]
    ReportCalendar.objects.create(area=office.district, declared=declared)
    body = read(enter(client, office.operator), edit_url(office))
    own, contact = body.index("本区附加"), body.index("说明与联系人")
    assert own < body.index('id="id_x_1"') < body.index('id="id_x_2"') < body.index('id="id_x_3"') < contact


def test_the_first_month_says_from_when_it_counts(client, office):
    ReportCalendar.objects.create(area=office.district, first_month=MAY, first_is_cumulative=True)
    body = read(enter(client, office.operator), edit_url(office))
    assert "1–5月累计活动场次" in body
    assert "创业导师(1–5月累计)" not in body
    assert "本月活动场次<" not in body


def test_gaps_are_read_as_words_on_the_report(client, office):
    row = office.submitted(fund_size=Gap(GapKind.MISSING, "账单未到"), rent_relief=NOT_APPLICABLE)
    body = read(enter(client, office.staff), reverse("incubators:report_detail", args=[row.pk]))
    assert "缺数" in body
    assert "<small>账单未到</small>" in body
    assert "不适用" in body


def test_a_difference_from_the_register_opens_to_its_records_and_stops_nothing(client, office):
    MentorFactory(carrier=office.carrier, engaged_on=date(2024, 1, 1))
    office.draft()
    body = read(enter(client, office.operator), edit_url(office))
    assert "登记库现有 1 人,填报数多 9 人" in body
    assert "#mentors" in body
    row = MonthlyReport.objects.get()
    client.post(edit_url(office), {**typed(row), "action": "submit"})
    row.refresh_from_db()
    assert row.state == "submitted"


def test_a_question_about_tenants_opens_to_the_very_enterprises(client, office):
    IncubationRuleFactory()
    stay = ResidencyFactory(carrier=office.carrier, entered_on=date(2019, 1, 1))
    body = read(enter(client, office.operator), edit_url(office))
    assert "在孵已超过期限" in body
    assert reverse("incubators:enterprise_detail", args=[stay.enterprise.uscc]) in body


# --- Tenants on the way ---------------------------------------------------------------------------------------------
def test_a_new_tenant_is_recorded_on_the_way_and_one_is_back_in_the_month(client, office):
    enter(client, office.operator)
    where = f"/carriers/{office.carrier.code}/register/admit/?month=2024-05"
    assert where in read(client, edit_url(office))
    assert edit_url(office) in read(client, where)
    company = EnterpriseFactory(area=office.town, uscc=uscc(900_001))
    answer = client.post(where, {"uscc": company.uscc, "entered_on": "2024-05-08", "incubating": "on"})
    assert answer.status_code == 302, answer.content.decode()
    assert answer.url == edit_url(office)
    assert Residency.objects.filter(carrier=office.carrier, enterprise=company).exists()


def test_a_graduation_is_recorded_by_staff_and_asked_for_by_the_operator(client, office):
    graduate = f"/carriers/{office.carrier.code}/register/graduate/?month=2024-05"
    body = read(enter(client, office.operator), edit_url(office))
    assert graduate not in body
    assert f"/carriers/{office.carrier.code}/register/ask-graduate/?month=2024-05" in body
    body = read(enter(client, office.staff), edit_url(office))
    assert graduate in body
    assert "ask-graduate" not in body


def test_a_month_that_is_none_leads_back_to_the_carrier(client, office):
    body = read(enter(client, office.operator), f"/carriers/{office.carrier.code}/register/admit/", month="//evil")
    assert "evil" not in body


def test_a_leader_reads_the_queue(client, office):
    explained(office)
    leader = make_user(Role.LEADER, area=office.district)
    assert "新聘一批" in read(enter(client, leader), QUEUE, month="2024-05")
