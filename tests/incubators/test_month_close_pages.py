"""The pages of the close: what is still open, closing, the figures of that day, and opening a month again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incubators.access import Role
from incubators.models import MonthClose, MonthlyReport, ReportCalendar, Unlock
from incubators.services.months import close_month, first_free_month, set_calendar, unlock
from incubators.services.reports import correct
from tests.incubators.factories import AreaFactory, CarrierFactory, ResidencyFactory, make_user, signed_in
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
CLOSE = "/reports/close/?month=2024-05"
OVERVIEW = "/reports/?month=2024-05"


def make_office():
    made = Office()
    made.other = CarrierFactory(area=made.town, name="没有报的孵化器")
    return made


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def staff(office):
    return signed_in(office.staff)


def test_what_is_open_is_named_by_town_and_stops_the_close(office, staff):
    office.submitted()
    page = staff.get(CLOSE)
    [place] = page.context["places"]
    assert (place.expected, place.waiting, place.missing, place.done) == (2, 1, 1, 0)
    text = page.content.decode()
    assert "没有报的孵化器" in text
    assert "还有1份月报待审核" in text
    assert 'data-confirm-yes="月结"' not in text
    answer = staff.post(CLOSE, {"note": ""})
    assert answer.status_code == 422
    assert not MonthClose.objects.exists()


def test_a_month_is_closed_and_its_figures_stay(office, staff):
    row = office.accepted()
    assert "去月结" in staff.get(OVERVIEW).content.decode()
    answer = staff.post(CLOSE, {"note": "按期月结"})
    close = MonthClose.objects.get()
    assert answer.url == reverse("incubators:month_close_detail", args=[close.pk])
    row.refresh_from_db()
    assert (row.state, close.note) == (S.LOCKED, "按期月结")
    page = staff.get(answer.url).content.decode()
    assert "50.0%" in page
    shown = staff.get(OVERVIEW).content.decode()
    assert "已月结" in shown
    assert "去月结" not in shown


def test_the_numbers_of_a_close_add_up_to_what_was_expected(office, staff):
    """Three asked: one accepted, one accepted and being corrected, one not filed. Both accepted count and are locked."""
    office.accepted()
    second = Office(district=office.district)
    corrected = second.accepted()
    correct(user=office.staff, report=corrected, reason="面积填错")
    page = staff.get(CLOSE).content.decode()
    assert "应报 3 家:2 份已通过的月报计入并锁定(其中 1 份正在更正,更正通过前以原版计),1 家没有报的记为缺报。" in page
    answer = staff.post(CLOSE, {"note": ""}, follow=True)
    assert "已月结:2份月报计入并锁定,1家记为缺报" in answer.content.decode()
    corrected.refresh_from_db()
    assert corrected.state == S.LOCKED


def test_a_day_is_asked_for_in_a_sentence(office, staff):
    office.accepted()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    where = reverse("incubators:month_close_detail", args=[close.pk])
    answer = staff.post(where, {"carrier": office.other.code, "until": "", "reason": "资料交接"})
    assert answer.context["form"].errors["until"] == ["请选开放截止日"]


def test_the_overview_asks_only_those_who_may_close(office):
    for user in (make_user(Role.LEADER, area=office.district), make_user(Role.STAFF, area=office.town)):
        assert "去月结" not in signed_in(user).get(OVERVIEW).content.decode()


def unlock_by(client, close, carrier, until, reason="资料交接"):
    sent = {"carrier": carrier.code, "until": f"{until:%Y-%m-%d}", "reason": reason}
    return client.post(reverse("incubators:month_close_detail", args=[close.pk]), sent)


def test_a_carrier_is_let_in_again_with_a_reason_until_a_day(office, staff):
    office.accepted()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    today = timezone.localdate()
    answer = unlock_by(staff, close, office.other, today - timedelta(days=1))
    assert answer.status_code == 422
    assert answer.context["form"].errors["until"] == ["开放至的日期不能早于今天"]
    assert answer.context["form"]["reason"].value() == "资料交接"
    assert unlock_by(staff, close, office.other, today).status_code == 302
    assert Unlock.objects.get().carrier == office.other
    page = staff.get(reverse("incubators:month_close_detail", args=[close.pk])).content.decode()
    assert "开放中" in page
    assert "资料交接" in page


def test_only_what_was_not_filed_is_offered(office, staff):
    office.accepted()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    answer = unlock_by(staff, close, office.carrier, timezone.localdate())
    assert answer.status_code == 422
    assert "carrier" in answer.context["form"].errors


def test_a_close_is_its_districts(office):
    office.accepted()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    where = reverse("incubators:month_close_detail", args=[close.pk])
    for user in (office.operator, make_user(Role.STAFF)):
        assert signed_in(user).get(where).status_code == 404
    leader = signed_in(make_user(Role.LEADER, area=office.district))
    assert leader.get(where).status_code == 200
    assert unlock_by(leader, close, office.other, timezone.localdate()).status_code == 422
    assert not Unlock.objects.exists()


def test_who_records_a_tenants_event_in_a_closed_month_is_told(office, staff):
    office.accepted()
    close_month(user=office.reviewer, area=office.district, month=MAY)
    stay = ResidencyFactory(carrier=office.carrier, entered_on=date(2024, 1, 10))
    address = f"/carriers/{office.carrier.code}/register/leave/"
    sent = {"residency": stay.pk, "left_on": "2024-05-20", "outcome": "moved_out"}
    page = staff.post(address, sent, follow=True).content.decode()
    assert "已登记" in page
    assert "2024年5月已经月结:月结时发布的通报不变" in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LIAISON, Role.LEADER, Role.AUDITOR])
def test_the_close_is_read_by_who_oversees_areas_alone(office, role):
    office.accepted()
    close_month(user=office.reviewer, area=office.district, month=MAY)
    user = office.operator if role == Role.OPERATOR else make_user(role, area=office.district)
    status = 403 if role == Role.OPERATOR else 200
    assert signed_in(user).get(CLOSE).status_code == status
    answer = signed_in(user).post(CLOSE, {"note": "代为月结"})
    assert answer.status_code == (403 if role == Role.OPERATOR else 422)
    if role == Role.OPERATOR:
        assert "月结由区科委办理" in answer.content.decode()
        assert "赵复核" not in answer.content.decode()


def test_a_town_reads_that_its_month_is_closed_but_not_the_districts_closes(office):
    office.accepted()
    set_calendar(
        user=office.staff, area=office.district, from_month=first_free_month(timezone.localdate()),
        days={"opens_day": 1, "due_day": 5, "town_day": None, "review_day": 10}, declared=[], note="",
    )  # fmt: skip
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    page = signed_in(make_user(Role.STAFF, area=office.town)).get(CLOSE)
    text = page.content.decode()
    assert page.context["close"] == close
    assert f"由{office.district.name}月结" in text
    assert page.context["closes"] == []
    assert reverse("incubators:month_close_detail", args=[close.pk]) not in text
    assert "赵复核" not in text


# --- What every reader is told ------------------------------------------------------------------------------------------
def calendar_of(area):
    ReportCalendar.objects.create(area=area, from_month=date(2000, 1, 1))


def heads(client, months="from=2024-04&to=2024-05"):
    """What the heads of the matrix say of their months."""
    found = client.get(f"/reports/completeness/?{months}").context["months"]
    return [(each["month"].month, each["mark"] and each["mark"].state) for each in found]


def test_an_open_month_is_marked_for_every_reader(office):
    calendar_of(office.district)
    for user, words in ((office.staff, "还没有月结"), (make_user(Role.LEADER, area=office.district), "未月结")):
        page = signed_in(user).get(OVERVIEW).content.decode()
        assert words in page
    assert "应于2024年6月11日前月结" in page  # the 10th is a holiday
    assert heads(signed_in(user)) == [(4, "open"), (5, "open")]
    assert (
        "应于2024年6月11日前月结"
        in signed_in(user).get("/reports/completeness/?from=2024-05&to=2024-05").content.decode()
    )
    close_month(user=office.reviewer, area=office.district, month=MAY)
    assert heads(signed_in(user)) == [(4, "open"), (5, "closed")]
    assert "未月结" not in signed_in(user).get(OVERVIEW).content.decode()


def test_a_month_closed_in_some_jurisdictions_is_marked_as_that(office):
    city = AreaFactory(kind="city")
    west, east = (AreaFactory(parent=city) for _ in range(2))
    for area in (west, east):
        CarrierFactory(area=area)
        calendar_of(area)
    close_month(user=make_user(Role.STAFF, area=west), area=west, month=MAY)
    leader = signed_in(make_user(Role.LEADER, area=city))
    page = leader.get(OVERVIEW).content.decode()
    assert "部分月结" in page
    assert "2个填报区域中1个已月结" in page
    assert heads(leader) == [(4, "open"), (5, "partly")]


def test_a_month_that_goes_on_is_not_marked(office, time_machine):
    time_machine.move_to("2024-05-20T10:00:00+08:00", tick=False)
    leader = signed_in(make_user(Role.LEADER, area=office.district))
    assert "未月结" not in leader.get(OVERVIEW).content.decode()
    assert "应于2024年5月10日前月结" in leader.get("/reports/?month=2024-04").content.decode()


def test_marks_take_no_query_per_month(office):
    calendar_of(office.district)
    close_month(user=office.reviewer, area=office.district, month=MAY)
    leader = signed_in(make_user(Role.LEADER, area=office.district))

    def queries(months):
        with CaptureQueriesContext(connection) as found:
            heads(leader, months)
        return len(found)

    assert queries("from=2022-06&to=2024-05") == queries("from=2024-05&to=2024-05")


def test_an_operator_reads_of_the_close_and_until_when_a_month_is_open_again(time_machine):
    time_machine.move_to("2024-06-20T10:00:00+08:00", tick=False)
    office = make_office()
    office.accepted()
    home = reverse("incubators:report_list")
    form = reverse("incubators:report_edit", args=[office.other.code, "2024-05"])
    person = make_user(Role.OPERATOR, organisation=office.other.operator)
    operator = signed_in(person)
    assert "2024年6月5日截止" in operator.get(home).content.decode()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    page = operator.get(home).content.decode()
    assert "已于2024年6月20日月结" in page
    assert "截止" not in page
    for until in (date(2024, 6, 25), date(2024, 6, 28)):  # the last word holds
        unlock(user=office.reviewer, close=close, carrier=office.other, until=until, reason="资料交接")
    assert "已开放补报至2024年6月28日" in operator.get(home).content.decode()
    assert "开放补报至2024年6月28日,含当日" in operator.get(form).content.decode()
    time_machine.move_to("2024-06-29T10:00:00+08:00", tick=False)
    assert "已于2024年6月20日月结" in signed_in(person).get(home).content.decode()


def test_the_months_before_say_so_too(time_machine):
    time_machine.move_to("2024-07-10T10:00:00+08:00", tick=False)
    office = make_office()
    office.accepted()
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    operator = signed_in(make_user(Role.OPERATOR, organisation=office.other.operator))
    assert "已于2024年7月10日月结" in operator.get("/reports/").content.decode()
    unlock(user=office.reviewer, close=close, carrier=office.other, until=date(2024, 7, 12), reason="资料交接")
    assert "已开放补报至2024年7月12日" in operator.get("/reports/").content.decode()
