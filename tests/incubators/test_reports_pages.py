"""The pages of the monthly report, as the operator and as staff."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Change
from incubators.access import Role
from incubators.models import MonthlyReport
from incubators.services import reports as services
from tests.incubators.factories import CarrierFactory, MonthlyReportFactory, ResidencyFactory, make_user
from tests.incubators.report_cases import MAY, Office, typed

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
AUTOSAVE = {"action": "autosave"}


@pytest.fixture
def office():
    return Office()


def enter(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def edit_url(office, month="2024-05"):
    return reverse("incubators:report_edit", args=[office.carrier.code, month])


def move_url(row, move):
    return reverse("incubators:report_move", args=[row.pk, move])


def detail_url(row):
    return reverse("incubators:report_detail", args=[row.pk])


def test_the_whole_journey(client, office):
    enter(client, office.operator)
    page = client.get(edit_url(office))
    assert page.status_code == 200
    answer = client.post(edit_url(office), typed(action="submit"))
    row = MonthlyReport.objects.get()
    assert (answer.status_code, answer.url) == (302, detail_url(row))
    assert (row.state, row.financing) == (S.SUBMITTED, Decimal("2000000.00"))

    enter(client, office.staff)
    assert "待审核" in client.get(reverse("incubators:report_list"), {"month": "2024-05"}).content.decode()
    client.post(move_url(row, "return"), {"reason": "请核对导师人数"})

    enter(client, office.operator)
    page = client.get(edit_url(office)).content.decode()
    assert "请核对导师人数" in page
    row.refresh_from_db()
    client.post(edit_url(office), typed(row, mentors="9", action="submit"))

    enter(client, office.reviewer)
    seen = client.get(detail_url(row)).context["content_hash"]
    client.post(move_url(row, "accept"), {"content_hash": seen})
    client.post(move_url(row, "lock"))
    row.refresh_from_db()
    assert (row.state, row.mentors, row.accepted_by) == (S.LOCKED, 9, office.reviewer)
    log = [event["title"] for event in client.get(detail_url(row)).context["events"]]
    assert log == ["锁定", "审核通过", "再次提交", "退回", "提交"]
    actions = set(Change.objects.filter(record_id=str(row.pk)).values_list("action", flat=True))
    assert actions == {"提交月报", "退回月报", "通过月报", "锁定月报"}


def test_stocks_are_offered_again_and_flows_are_not(client, office):
    office.accepted(month=date(2024, 4, 1))
    form = enter(client, office.operator).get(edit_url(office)).context["form"]
    assert form["area_leased"].value() == "3000"
    assert form["fund_size"].value() == "1000"
    assert form["financing"].value() in ("", None)
    assert form["filled_by"].value() == "王填报"
    assert not MonthlyReport.objects.filter(month=MAY).exists()


def test_the_registers_counts_stand_beside(client, office):
    ResidencyFactory(carrier=office.carrier)
    page = enter(client, office.operator).get(edit_url(office))
    assert {line.code: line.value for line in page.context["known"]}["n_incubatee"] == 1


def test_errors_stand_at_the_field_and_the_rest_is_kept(client, office):
    answer = enter(client, office.operator).post(
        edit_url(office), typed(mentors="很多", area_leased="4500", events="7", action="save")
    )
    body = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="很多"' in body
    assert 'value="4500"' in body
    assert "不是数字" in body
    assert "已入驻面积 4,500 ㎡ 大于 可入驻面积 4,000 ㎡" in body
    row = MonthlyReport.objects.get()
    assert (row.events, row.mentors, row.area_leased, row.state) == (7, None, None, S.DRAFT)


def test_missing_figures_are_named_on_submission_only(client, office):
    enter(client, office.operator)
    assert (
        "请填本月活动场次"
        not in client.post(edit_url(office), typed(events="", action="save"), follow=True).content.decode()
    )
    row = MonthlyReport.objects.get()
    answer = client.post(edit_url(office), typed(row, action="submit"))
    assert answer.status_code == 422
    assert "请填本月活动场次(场),没有填 0" in answer.content.decode()


def test_a_soft_check_asks_in_place(client, office):
    office.accepted(month=date(2024, 4, 1))
    enter(client, office.operator)
    answer = client.post(edit_url(office), typed(financing="2000000", action="submit"))
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "是否误用了元/千元/万元?如是,应填约 200" in body
    assert 'name="explain:R15:financing"' in body
    row = MonthlyReport.objects.get(month=MAY)
    sent = typed(row, action="submit", **{"explain:R15:financing": "确有一笔大额融资"})
    assert client.post(edit_url(office), sent).status_code == 302
    row.refresh_from_db()
    assert row.explanations == {"R15:financing": "确有一笔大额融资"}


def test_an_explanation_that_is_too_long_is_said_and_stays_on_the_page(client, office):
    office.accepted(month=date(2024, 4, 1))
    enter(client, office.operator)
    words = "因" * 501
    answer = client.post(edit_url(office), typed(mentors="30", action="save", **{"explain:R15:mentors": words}))
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "有501字,最多500字" in body
    assert words in body
    assert not MonthlyReport.objects.filter(month=MAY).exists()


def test_saving_while_typing_sends_only_what_changed(client, office):
    enter(client, office.operator)
    answer = client.post(
        edit_url(office), typed(area_leased="4500", **AUTOSAVE, **{"shown:area_leased": "", "shown:": ""})
    )
    body = answer.content.decode()
    assert answer.status_code == 200
    assert '<div id="seen-part" hx-swap-oob="true"><input type="hidden" name="seen" id="seen" value="1-1">' in body
    assert 'id="notes-area_leased" hx-swap-oob="true"' in body
    assert 'id="notes-mentors"' not in body
    assert MonthlyReport.objects.get().events == 2
    signature = {note.place: note.signature for note in answer.context["changed"]}
    shown = {f"shown:{place}": text for place, text in signature.items()}
    row = MonthlyReport.objects.get()
    again = client.post(edit_url(office), typed(row, area_leased="4500", **AUTOSAVE, **shown))
    assert again.context["changed"] == []


def test_submitting_twice_is_once(client, office):
    enter(client, office.operator)
    first = client.post(edit_url(office), typed(action="submit"))
    second = client.post(edit_url(office), typed(action="submit"))
    assert first.url == second.url
    assert MonthlyReport.objects.get().transitions.filter(to_state=S.SUBMITTED).count() == 1


@pytest.mark.parametrize("action", ["save", "submit", "autosave"])
def test_a_locked_month_says_so_and_keeps_what_was_typed(client, office, action):
    row = office.locked()
    enter(client, office.operator)
    answer = client.post(edit_url(office), typed(row, mentors="77", action=action))
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "已锁定,不能再改" in body
    assert action == "autosave" or 'value="77"' in body
    row.refresh_from_db()
    assert row.mentors == 10


def test_other_peoples_carriers_are_not_found(client, office):
    row = office.submitted()
    for person in (make_user(Role.OPERATOR), make_user(Role.STAFF)):
        enter(client, person)
        assert client.get(edit_url(office)).status_code == 404
        assert client.post(edit_url(office), typed()).status_code == 404
        assert client.get(detail_url(row)).status_code == 404
    assert client.post(move_url(row, "accept"), {"content_hash": row.content_hash}).status_code == 404


def test_operators_cannot_review_and_leaders_cannot_file(client, office):
    row = office.submitted()
    assert enter(client, office.operator).post(move_url(row, "accept")).status_code == 403
    assert enter(client, make_user(Role.LEADER, area=office.district)).get(edit_url(office)).status_code == 403
    row.refresh_from_db()
    assert row.state == S.SUBMITTED


def test_a_refused_move_says_why(client, office):
    row = office.submitted(user=office.staff)
    enter(client, office.staff)
    assert "须由另一位工作人员审核通过" in client.get(detail_url(row)).content.decode()
    cases = [("accept", {"content_hash": row.content_hash}, 403), ("return", {"reason": " "}, 422), ("lock", {}, 403)]
    for move, sent, status in cases:
        assert client.post(move_url(row, move), sent).status_code == status
    enter(client, office.reviewer)
    answer = client.post(move_url(row, "accept"), {"content_hash": "0" * 64})
    assert answer.status_code == 409
    assert "有变化" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == S.SUBMITTED


def test_a_correction_stands_beside_the_old_revision(client, office):
    old = office.locked()
    enter(client, office.staff)
    answer = client.post(move_url(old, "correct"), {"reason": "面积填错"})
    assert answer.url == edit_url(office)
    assert "面积填错" in client.get(edit_url(office)).content.decode()
    assert "通过审核前仍以本版为准" in client.get(detail_url(old)).content.decode()


def test_an_operators_list_says_what_was_returned_and_why(client, office):
    row = office.submitted(month=date(2026, 9, 1))
    services.give_back(user=office.staff, report=row, reason="请补充活动照片")
    body = enter(client, office.operator).get(reverse("incubators:report_list")).content.decode()
    assert "请补充活动照片" in body
    assert "被退回,请修改" in body


def test_the_overview_filters_by_state_town_and_words(client, office):
    office.submitted()
    other = CarrierFactory(area=office.district, name="另一家众创空间", pinyin="lyjzckj")
    enter(client, office.staff)

    def codes(**asked):
        page = client.get(reverse("incubators:report_list"), {"month": "2024-05", **asked})
        return [line.code for line in page.context["page_obj"]]

    assert set(codes()) == {office.carrier.code, other.code}
    assert codes(state="submitted") == [office.carrier.code]
    assert codes(state="missing") == codes(state="unfiled") == [other.code]
    assert codes(area=office.town.code) == [office.carrier.code]
    assert codes(q="lyjz") == [other.code]


@pytest.mark.parametrize("month", ["2024-13", "2024-5", "abc", "0000-01"])
def test_a_month_that_is_none_is_not_found(client, office, month):
    enter(client, office.staff)
    assert client.get(edit_url(office, month)).status_code == 404


def test_a_future_month_is_refused_with_its_words(client, office):
    answer = enter(client, office.operator).post(edit_url(office, "2099-01"), typed(action="save"))
    assert answer.status_code == 422
    assert "不能填报未来的月份" in answer.content.decode()


def test_submitting_before_the_month_has_ended_is_refused_with_the_day(client, time_machine):
    time_machine.move_to("2024-05-20T10:00:00+08:00", tick=False)
    office = Office()
    enter(client, office.operator)
    assert "2024年5月还没有结束,2024年6月1日起可以提交" in client.get(edit_url(office)).content.decode()
    answer = client.post(edit_url(office), typed(action="submit"))
    assert answer.status_code == 422
    assert "2024年5月尚未结束,2024年6月1日起可以提交" in answer.content.decode()
    assert MonthlyReport.objects.get().state == S.DRAFT


def test_only_a_first_submission_after_the_due_day_is_called_late(client, time_machine):
    late = "已过截止,提交记为迟报"
    time_machine.move_to("2024-06-04T10:00:00+08:00", tick=False)
    punctual, tardy = Office(), Office()
    row = punctual.submitted()
    time_machine.move_to("2024-06-20T10:00:00+08:00", tick=False)
    assert late in enter(client, tardy.operator).get(edit_url(tardy)).content.decode()
    services.give_back(user=punctual.staff, report=row, reason="请核对")
    page = enter(client, punctual.operator).get(edit_url(punctual))
    assert page.status_code == 200
    assert late not in page.content.decode()


def test_a_figure_to_be_put_right_is_not_to_be_explained_as_well(client, office):
    office.accepted(month=date(2024, 4, 1))
    answer = enter(client, office.operator).post(edit_url(office), typed(area_leased="99999", action="submit"))
    body = answer.content.decode()
    assert "大于 可入驻面积" in body
    assert 'name="explain:' not in body


def test_the_summary_names_the_field_of_what_could_not_be_read(client, office):
    body = enter(client, office.operator).post(edit_url(office), typed(mentors="很多", action="save")).content.decode()
    assert '<a href="#id_mentors">创业导师:“很多”不是数字' in body


def test_a_return_without_a_reason_is_refused_at_its_field(client, office):
    row = office.submitted()
    body = enter(client, office.staff).post(move_url(row, "return"), {"reason": " "}).content.decode()
    assert 'aria-describedby="return-reason-error"' in body
    assert '<a href="#return-reason">' in body


def test_no_single_key_accepts_a_report(client, office):
    row = office.submitted()
    body = enter(client, office.reviewer).get(detail_url(row)).content.decode()
    assert 'href="#accept" tabindex="-1" data-shortcut="a"' in body
    assert '<button type="submit" class="btn btn-primary btn-wide" id="accept">' in body


@pytest.mark.parametrize("state", ["submitted", "locked"])
def test_why_a_report_is_shut_is_said_to_each_reader_in_terms_of_what_they_can_do(client, office, state):
    getattr(office, state)()
    to_do, theirs = {
        "submitted": ("请在月报页退回", "请联系区科委退回"),
        "locked": ("请在月报页点“更正”", "请在月报页申请更正"),
    }[state]
    for user, wanted, other in ((office.staff, to_do, theirs), (office.operator, theirs, to_do)):
        page = enter(client, user).get(edit_url(office), follow=True).content.decode()
        assert wanted in page
        assert other not in page


def count(client, url, **asked):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, asked).status_code == 200
    return len(queries)


def test_queries_do_not_grow_with_the_data(client, office):
    row = office.submitted()
    services.give_back(user=office.staff, report=row, reason="请核对")
    enter(client, office.staff)
    urls = [reverse("incubators:report_list"), edit_url(office), detail_url(row)]
    few = [count(client, url, month="2024-05") for url in urls]
    for number in range(1, 9):
        MonthlyReportFactory(carrier=CarrierFactory(area=office.town), month=MAY)
        MonthlyReportFactory(carrier=office.carrier, month=date(2023, number, 1))
        ResidencyFactory(carrier=office.carrier)
    assert [count(client, url, month="2024-05") for url in urls] == few
    assert max(few) <= 12
