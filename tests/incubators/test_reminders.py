"""Asking carriers for their month: by a click, by the daily run, after a return; letters, channels, notices."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.dates import month_cn
from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import CarrierContact, Delivery, Occasion, Reminder, ReminderBatch, ReportCalendar
from incubators.reminding.channels import Undelivered
from incubators.reporting.calendar import last_full_month, next_working_day
from incubators.services import deliveries, reminders, reports
from incubators.services.letters import reset_letter, set_letter, set_rule
from incubators.services.months import close_month
from incubators.services.reports import Seen
from incubators.tasks import remind_daily
from tests.incubators.factories import CarrierFactory, TownFactory, make_user, signed_in
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
LIST = "/reports/chasing/"


@pytest.fixture
def office():
    office = Office()
    office.operator.email = "li@example.cn"
    office.operator.phone = "13800000001"
    office.operator.save()
    # The daily run is looked at on days long ago.
    office.operator.memberships.update(valid_from=date(2020, 1, 1))
    return office


@pytest.fixture
def calendar(office):
    """The first month is May 2024: opened on the 1st of June, a Saturday; due on Wednesday the 12th."""
    return ReportCalendar.objects.create(area=office.district, first_month=MAY, due_day=12, review_day=18)


def ask(office, *carriers, user=None, month=MAY, note=""):
    codes = [carrier.code for carrier in carriers or [office.carrier]]
    return reminders.remind(user=user or office.staff, month=month, codes=codes, note=note)


def occasions(carrier):
    return [*Reminder.objects.filter(carrier=carrier).order_by("asked_on").values_list("occasion", flat=True)]


# --- By a click -------------------------------------------------------------------------------------------------------
def test_a_click_previews_sends_and_says_who_got_it(office, django_capture_on_commit_callbacks):
    silent = CarrierFactory(area=office.town, name="没有账号的孵化器")
    client = signed_in(office.staff)
    page = client.get(LIST, {"month": "2024-05"}).content.decode()
    assert "13800000001" in page
    assert "li@example.cn" in page
    assert "催本区域 1 家" in page
    shown = client.post(f"{LIST}preview/", {"month": "2024-05", "town": office.town.code}).content.decode()
    assert "将催报 1 家载体" in shown
    assert "发送给 1 家" in shown
    assert "没有能收信的账号,请打电话" in shown
    assert not Reminder.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        codes = [office.carrier.code, silent.code]
        answer = client.post(f"{LIST}send/", {"month": "2024-05", "carrier": codes, "note": "周五前"}, follow=True)
    page = answer.content.decode()
    assert "已催报 1 家;1 家没有能收信的账号,请打电话" in page
    assert "li@example.cn" in page
    (letter,) = mail.outbox
    assert letter.to == ["li@example.cn"]
    assert letter.subject == "请提交2024年5月月报"
    assert "周五前" in letter.body
    assert f"/reports/edit/{office.carrier.code}/2024-05/" in letter.body
    states = Delivery.objects.order_by("pk").values_list("channel", "state")
    assert [*states] == [("portal", "sent"), ("email", "sent")]


def test_who_can_be_reached_by_nobody_is_not_asked_and_it_is_said_whom_to_call(office):
    silent = CarrierFactory(area=office.town)
    client, new_contact = signed_in(office.staff), reverse("incubators:record_create", args=["carrier-contacts"])
    sent = client.post(f"{LIST}send/", {"month": "2024-05", "carrier": silent.code})
    page = sent.content.decode()
    assert sent.status_code == 422
    assert "0 家收到,1 家没有能收信的账号,请打电话" in page
    assert "联系人未登记" in page
    assert f"{new_contact}?carrier_id={silent.code}" in page
    CarrierContact.objects.create(carrier=silent, name="陈主任", duty="负责人", phone="021-57770001")
    for page in (
        client.get(LIST, {"month": "2024-05"}),
        client.post(f"{LIST}preview/", {"month": "2024-05", "carrier": silent.code}),
    ):
        assert "021-57770001" in page.content.decode()
        assert f"carrier_id={silent.code}" not in page.content.decode()
    assert not Reminder.objects.exists()


def test_a_letter_that_reached_nobody_holds_up_no_other(office, settings, django_capture_on_commit_callbacks):
    settings.REMINDER_CHANNELS = [f"{__name__}.Pigeon"]
    Pigeon.sent = []
    with django_capture_on_commit_callbacks(execute=True):
        lost = ask(office)
    assert Delivery.objects.get().error == "鸽子迷路了"
    client = signed_in(office.staff)
    page = client.get(f"{LIST}sent/{lost.pk}/").content.decode()
    assert "1 家什么渠道都没有收到" in page
    assert 'href="tel:13800000001"' in page
    settings.REMINDER_CHANNELS = ["incubators.reminding.channels.PortalNotice"]
    again = ask(office, note="再次")
    row = Reminder.objects.get()
    assert (row.batch, row.reason) == (again, "再次")
    assert [*row.deliveries.values_list("channel", "state")] == [("portal", "sent")]
    with pytest.raises(Refused, match="今天已催过"):
        ask(office)


def test_nobody_is_asked_twice_a_day_and_who_was_left_out_is_said(office):
    other = CarrierFactory(area=office.town, operator=office.carrier.operator)
    ask(office)
    batch = ask(office, office.carrier, other)
    assert [row.carrier for row in batch.reminders.all()] == [other]
    assert [row["name"] for row in batch.left_out] == [office.carrier.name]
    assert batch.left_out[0]["why"] == "今天已催过(张科员,人工催报)"
    page = signed_in(office.staff).get(f"{LIST}sent/{batch.pk}/").content.decode()
    assert "今天已催过" in page
    with pytest.raises(Refused, match="今天已催过"):
        ask(office)
    answer = signed_in(office.staff).post(f"{LIST}send/", {"month": "2024-05", "carrier": office.carrier.code})
    assert answer.status_code == 422
    assert Reminder.objects.count() == 2


def test_the_database_holds_it_too(office):
    batch = ask(office)
    again = {"carrier": office.carrier, "month": MAY, "occasion": Occasion.OVERDUE, "asked_on": timezone.localdate()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(batch=batch, subject="再催", body="再催", **again)


def test_another_month_waits_for_another_day(office):
    ask(office)
    with pytest.raises(Refused, match="今天已催过\\(张科员,2024年5月人工催报\\)"):
        ask(office, month=date(2024, 4, 1))
    Reminder.objects.update(asked_on=timezone.localdate() - timedelta(days=1))
    assert ask(office, month=date(2024, 4, 1)).reminders.count() == 1


def test_who_was_told_of_a_return_today_is_not_asked_as_well(office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        reports.give_back(user=office.reviewer, report=office.submitted(), reason="请核对")
    with pytest.raises(Refused, match="今天已催过\\(赵复核,月报退回\\)"):
        ask(office)


def test_the_month_that_goes_on_is_not_offered(office):
    client, today = signed_in(office.staff), timezone.localdate()
    page = client.get(LIST, {"month": f"{last_full_month(today):%Y-%m}"}).content.decode()
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    page = client.get(LIST, {"month": f"{today:%Y-%m}"}).content.decode()
    assert f"{month_cn(today)}还没有结束;下面是{month_cn(last_full_month(today))}" in page


@pytest.mark.parametrize("how", ["filed", "closed", "not open"])
def test_who_need_not_or_cannot_file_is_not_asked(office, how):
    month = MAY
    if how == "filed":
        office.submitted()
    elif how == "closed":
        ReportCalendar.objects.create(area=office.district, from_month=MAY)
        close_month(user=office.staff, area=office.district, month=MAY)
    else:
        month = timezone.localdate().replace(day=1)
    words = {"filed": "已报送", "closed": "月结", "not open": "才开始填报"}[how]
    with pytest.raises(Refused, match=words):
        ask(office, month=month)


def test_only_staff_of_the_area_ask(office):
    stranger = make_user(Role.STAFF, area=Office().district)
    with pytest.raises(Refused, match="不在您的范围内"):
        ask(office, user=stranger)
    with pytest.raises(NotPermitted):
        ask(office, user=office.operator)
    batch = ask(office)
    assert signed_in(stranger).get(f"{LIST}sent/{batch.pk}/").status_code == 404
    assert office.carrier.name not in signed_in(stranger).get(LIST, {"month": "2024-05"}).content.decode()


def test_every_letter_leaves_lines_in_the_trail(office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask(office, note="请尽快")
    lines = Change.objects.filter(record_label="incubators.reminder").order_by("number")
    assert [(line.action, line.actor_name) for line in lines] == [("催报", "张科员"), ("送出催报", "系统")]
    assert lines[0].reason == "请尽快"
    assert lines[0].after["deliveries"] == ["站内通知:李运营", "电子邮件:李运营"]
    assert lines[1].after == {"channel": "电子邮件", "recipient": "李运营", "state": "已送出", "error": ""}


def test_a_note_that_is_too_long_is_said_at_its_place_and_stays(office):
    typed = {"month": "2024-05", "carrier": office.carrier.code, "note": "催" * 301}
    answer = signed_in(office.staff).post(f"{LIST}send/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "附言最多300个字(现有301个)" in page
    assert typed["note"] in page


# --- The daily run ----------------------------------------------------------------------------------------------------
def test_the_daily_run_follows_the_calendar(office, calendar):
    for day in range(1, 31):
        reminders.send_due(date(2024, 6, day))
    asked = Reminder.objects.filter(carrier=office.carrier, month=MAY).order_by("asked_on")
    assert [(row.occasion, row.asked_on.day) for row in asked][:4] == [
        ("opening", 3),  # the 1st is a Saturday
        ("before_due", 7),  # two working days before: the 10th is a holiday after a weekend
        ("overdue", 13),
        ("overdue", 17),  # three days on is a Sunday
    ]


def test_run_twice_it_sends_once(office, calendar):
    assert len(reminders.send_due(date(2024, 6, 3))) == 1
    assert reminders.send_due(date(2024, 6, 3)) == []
    assert reminders.send_due(date(2024, 6, 4)) == []
    assert occasions(office.carrier) == ["opening"]


def test_a_missed_day_is_made_up_for_by_the_most_pressing_letter_alone(office, calendar):
    reminders.send_due(date(2024, 6, 11))
    assert occasions(office.carrier) == ["before_due"]


def test_it_does_not_ask_whom_somebody_asked_today(office, calendar):
    day = date(2024, 6, 13)
    ask(office)
    Reminder.objects.update(asked_on=day)
    assert reminders.send_due(day) == []
    assert len(reminders.send_due(date(2024, 6, 14))) == 1


def test_a_report_that_was_filed_stops_it(office, calendar):
    reminders.send_due(date(2024, 6, 3))
    office.submitted()
    reminders.send_due(date(2024, 6, 13))
    assert occasions(office.carrier) == ["opening"]


def test_nothing_is_sent_on_days_off_nor_without_a_calendar(office, calendar):
    assert reminders.send_due(date(2024, 6, 8)) == []
    calendar.delete()
    assert reminders.send_due(date(2024, 6, 13)) == []


def test_the_nearest_rule_decides(office, calendar):
    quiet = TownFactory(parent=office.district)
    carrier = CarrierFactory(area=quiet, operator=office.carrier.operator)
    set_rule(user=office.staff, area=quiet, opening=False, days_before=0, overdue_every=0)
    for day in (3, 12, 13):
        reminders.send_due(date(2024, 6, day))
    assert occasions(carrier) == []
    assert occasions(office.carrier) == ["opening", "before_due", "overdue"]


def test_the_scheduled_task_asks_and_sends(office, django_capture_on_commit_callbacks):
    ReportCalendar.objects.create(area=office.district, due_day=5)
    day = next_working_day(timezone.localdate())
    with django_capture_on_commit_callbacks(execute=True):
        remind_daily(day.isoformat())
        remind_daily(day.isoformat())
    assert len(mail.outbox) == Reminder.objects.filter(asked_on=day).count() == 1
    assert {batch.made_by for batch in ReminderBatch.objects.all()} == {None}


# --- A return ---------------------------------------------------------------------------------------------------------
def test_a_return_is_told_at_once_with_its_reason(office, django_capture_on_commit_callbacks):
    row = office.submitted()
    with django_capture_on_commit_callbacks(execute=True):
        reports.give_back(user=office.reviewer, report=row, reason="收入与上月相差过大")
    (letter,) = mail.outbox
    assert letter.subject == "2024年5月月报已退回,请修改后重新提交"
    assert "收入与上月相差过大" in letter.body
    page = signed_in(office.operator).get("/reports/").content.decode()
    assert "退回原因:收入与上月相差过大" in page
    assert Reminder.objects.get().batch.made_by == office.reviewer


def test_a_return_is_told_although_the_carrier_was_asked_today(office, django_capture_on_commit_callbacks):
    ask(office)
    row = office.submitted()
    for reason in ("一", "二"):
        with django_capture_on_commit_callbacks(execute=True):
            row = reports.give_back(user=office.reviewer, report=row, reason=reason)
        row = reports.submit(user=office.operator, carrier=office.carrier, month=MAY, seen=Seen.of(row))
    assert Reminder.objects.filter(occasion=Occasion.RETURNED).count() == 2


def test_a_return_that_nobody_was_told_of_is_told_by_the_daily_run_once(office):
    # The process ended between the return and the letter.
    reports.give_back(user=office.reviewer, report=office.submitted(), reason="请核对")
    assert not Reminder.objects.exists()
    assert len(reminders.send_due()) == 1
    assert reminders.send_due() == []


# --- Notices ----------------------------------------------------------------------------------------------------------
def test_an_operator_sees_open_notices_of_its_own_until_the_month_is_filed(office):
    other = Office()
    ask(office, note="盼复")
    ask(other)
    client = signed_in(office.operator)
    page = client.get("/reports/").content.decode()
    assert "请提交2024年5月月报" in page
    assert "盼复" in page
    assert reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"]) in page
    assert other.carrier.name not in page
    office.submitted()
    assert "请提交2024年5月月报" not in client.get("/reports/").content.decode()


def test_of_a_month_that_was_closed_no_notice_is_left(office):
    ReportCalendar.objects.create(area=office.district, from_month=MAY)
    ask(office)
    close_month(user=office.staff, area=office.district, month=MAY)
    assert reminders.notices(office.operator) == []


# --- Letters ----------------------------------------------------------------------------------------------------------
def letter(office, area=None, occasion="asked", subject="请报{月份}", body="{载体}:请到{地址}填报"):
    set_letter(user=office.staff, area=area or office.district, occasion=occasion, subject=subject, body=body)


def test_an_areas_own_words_hold_for_its_carriers_and_the_nearest_wins(office):
    letter(office)
    letter(office, area=office.town, subject="{截止日}前请报")
    elsewhere = CarrierFactory(area=office.district, operator=office.carrier.operator)
    batch = ask(office, office.carrier, elsewhere)
    subjects = dict(batch.reminders.values_list("carrier__code", "subject"))
    assert subjects == {office.carrier.code: "2024年6月5日前请报", elsewhere.code: "请报2024年5月"}
    reset_letter(user=office.staff, area=office.town, occasion="asked")
    Reminder.objects.update(asked_on=timezone.localdate() - timedelta(days=1))
    assert ask(office, month=date(2024, 4, 1)).reminders.get().subject == "请报2024年4月"


@pytest.mark.parametrize(
    ("occasion", "body", "why"),
    [
        ("asked", "{载休}请到{地址}", "没有“{载休}”这个占位,可用的有{载体}"),
        ("asked", "{载体请到{地址}", "大括号没有成对"),
        ("asked", "请尽快填报", "请在正文中加上{地址}"),
        ("returned", "请到{地址}修改", "退回的信须写明原因"),
        ("opening", "{原因}{地址}", "只有退回和人工催报的信有{原因}"),
    ],
)
def test_a_wrong_placeholder_is_said_at_its_field_and_what_was_typed_stays(office, occasion, body, why):
    where = reverse("incubators:letter_edit", args=[office.district.code, occasion])
    answer = signed_in(office.staff).post(where, {"action": "save", "subject": "标题", "body": body})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert body in page


def test_full_width_braces_are_taken_and_a_value_with_braces_is_no_placeholder(office):
    letter(office, body="｛载体｝ {地址} {原因}")
    assert "{地址}是什么" in ask(office, note="{地址}是什么").reminders.get().body


def test_a_letter_is_looked_at_with_a_real_carrier_before_it_is_saved(office):
    where = reverse("incubators:letter_edit", args=[office.district.code, "overdue"])
    typed = {"action": "look", "subject": "逾期:{载体}", "body": "请到{地址}补报", "carrier": office.carrier.code}
    page = signed_in(office.staff).post(where, typed).content.decode()
    assert f"逾期:{office.carrier.name}" in page
    assert "还没有保存" in page
    assert not office.district.letter_templates.exists()


def test_only_the_areas_staff_write_its_letters(office):
    stranger = make_user(Role.STAFF, area=Office().district)
    where = reverse("incubators:letter_edit", args=[office.district.code, "asked"])
    assert signed_in(stranger).get(where).status_code == 404
    assert signed_in(office.operator).get(where).status_code == 403


# --- Channels ---------------------------------------------------------------------------------------------------------
class Pigeon:
    """A channel of somebody else's: it refuses the first letter and breaks at the second."""

    code, name, missing, at_once = "pigeon", "信鸽", "没有电话", False
    sent: list[str] = []

    def address(self, person):
        return person.phone

    @contextmanager
    def session(self):
        def send(each):
            self.sent.append(each.address)
            if len(self.sent) == 1:
                raise Undelivered("鸽子迷路了")
            raise RuntimeError("a broken channel")

        yield send


def test_a_channel_that_fails_stops_no_other(office, settings, django_capture_on_commit_callbacks):
    Pigeon.sent = []
    settings.REMINDER_CHANNELS = [f"{__name__}.Pigeon", *settings.REMINDER_CHANNELS]
    other = CarrierFactory(area=office.town, operator=office.carrier.operator)
    with django_capture_on_commit_callbacks(execute=True):
        batch = ask(office, office.carrier, other)
    errors = Delivery.objects.filter(channel="pigeon").order_by("pk").values_list("state", "error")
    assert [*errors] == [("failed", "鸽子迷路了"), ("failed", "信鸽出错,已记录日志,可稍后重新发送")]
    assert len(mail.outbox) == 2
    page = signed_in(office.staff).get(f"{LIST}sent/{batch.pk}/").content.decode()
    assert "鸽子迷路了" in page


def test_without_a_mail_server_it_is_said_and_can_be_sent_again(office, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    with django_capture_on_commit_callbacks(execute=True):
        batch = ask(office)
    assert Delivery.objects.get(channel="email").error.startswith("连不上邮件服务器")
    assert Delivery.objects.get(channel="portal").state == "sent"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(office.staff).post(f"{LIST}sent/{batch.pk}/retry/", follow=True)
    assert "正在重新发送 1 封" in answer.content.decode()
    assert Delivery.objects.get(channel="email").state == "sent"
    assert len(mail.outbox) == 1


def test_a_letter_whose_sending_was_cut_off_is_not_sent_again_by_itself(office):
    batch = ask(office)
    Delivery.objects.filter(channel="email").update(state="sending")
    deliveries.deliver(batch.pk)
    assert mail.outbox == []
    assert "不能确定是否送达" in Delivery.objects.get(channel="email").error


def test_what_waits_in_vain_is_said_and_can_be_sent_again(office, django_capture_on_commit_callbacks):
    batch = ask(office)  # its job never runs
    client = signed_in(office.staff)
    assert "本页会自己更新" in client.get(f"{LIST}sent/{batch.pk}/").content.decode()
    ReminderBatch.objects.update(made_at=timezone.now() - timedelta(hours=1))
    assert "一直没有发出" in client.get(f"{LIST}sent/{batch.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{LIST}sent/{batch.pk}/retry/")
    assert len(mail.outbox) == 1
    deliveries.deliver(batch.pk)
    assert len(mail.outbox) == 1


def test_an_account_that_ended_gets_nothing(office):
    membership = office.operator.memberships.get()
    membership.valid_to = timezone.localdate() - timedelta(days=1)
    membership.save()
    with pytest.raises(Refused, match="没有能收信的账号"):
        ask(office)


def test_an_account_without_an_address_still_has_its_notice(office):
    office.operator.email = ""
    office.operator.save()
    ask(office)
    told = dict(Delivery.objects.values_list("channel", "error"))
    assert told == {"portal": "", "email": "运营机构的账号没有登记电子邮箱"}
