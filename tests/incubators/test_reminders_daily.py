"""The daily run over many days: one letter a carrier a day, of two months too, and the command that runs it by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incubators.models import Occasion, Reminder, ReportCalendar
from incubators.reporting.calendar import is_working_day, last_full_month, next_working_day
from incubators.services import reminders, reports
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
JUNE = date(2024, 6, 1)
# May is due on Monday the 17th of June (the 15th is a Saturday) and asked for until the 17th of July; June is due on Monday
# the 15th of July.


@pytest.fixture
def office():
    office = Office()
    office.operator.memberships.update(valid_from=date(2020, 1, 1))
    ReportCalendar.objects.create(area=office.district, first_month=MAY, due_day=15, review_day=18)
    return office


def letters(carrier):
    """Day, month and occasion of each letter, by day."""
    rows = Reminder.objects.filter(carrier=carrier).order_by("asked_on", "pk")
    return [(row.asked_on, row.month, row.occasion) for row in rows]


def test_over_two_months_nobody_gets_two_letters_a_day(office):
    silent = CarrierFactory(area=office.town)
    other = CarrierFactory(area=office.town, operator=office.carrier.operator)
    for days in range(58):
        for _ in range(2):
            reminders.send_due(date(2024, 6, 3) + timedelta(days=days))
    for carrier in (office.carrier, other):
        sent = letters(carrier)
        assert max(Counter(day for day, *_ in sent).values()) == 1
        assert all(is_working_day(day) for day, *_ in sent)
        for month in (MAY, JUNE):
            days = [day for day, of, occasion in sent if (of, occasion) == (month, Occasion.OVERDUE)]
            assert len(days) >= 3
            assert min(later - day for day, later in pairwise(days)) >= timedelta(days=3)
    assert letters(silent) == []


def test_two_months_that_are_due_stand_in_one_letter_of_the_older(office):
    day = date(2024, 7, 16)
    reminders.send_due(day)
    (row,) = Reminder.objects.all()
    assert (row.month, row.occasion) == (MAY, Occasion.OVERDUE)
    assert row.subject == "2024年5月月报已逾期,请尽快提交(另有2024年6月月报)"
    said, address = row.body.split("\n\n")[2:4]
    assert said.startswith("另外,2024年6月月报已于2024年7月15日截止,也还没有收到,请一并补报: http")
    assert said.endswith(f"/reports/edit/{office.carrier.code}/2024-06/")
    assert address.startswith("填报地址: ")
    assert "/2024-05/" in address
    # Named is asked: June is not asked for by itself before its three days are over.
    for later in (17, 18, 19):
        reminders.send_due(date(2024, 7, later))
    assert letters(office.carrier)[1:] == [(date(2024, 7, 19), JUNE, Occasion.OVERDUE)]


def test_the_letter_of_an_overdue_month_tells_that_the_next_has_opened(office):
    reminders.send_due(date(2024, 7, 2))
    (row,) = Reminder.objects.all()
    assert (row.month, row.occasion) == (MAY, Occasion.OVERDUE)
    assert "另外,2024年6月月报也在填报中,请在2024年7月15日(含当日)前提交: " in row.body
    reminders.send_due(date(2024, 7, 3))
    assert Reminder.objects.count() == 1


def test_a_report_that_was_begun_is_not_told_that_it_has_opened(office):
    office.draft()
    reminders.send_due(date(2024, 6, 3))
    assert letters(office.carrier) == []
    reminders.send_due(date(2024, 6, 13))
    assert letters(office.carrier) == [(date(2024, 6, 13), MAY, Occasion.BEFORE_DUE)]


def test_who_is_told_of_a_return_is_asked_for_nothing_on_that_day(office):
    day = next_working_day(timezone.localdate())
    # The process ended between the return and the letter.
    reports.give_back(user=office.reviewer, report=office.submitted(month=last_full_month(day)), reason="请核对")
    reminders.send_due(day)
    reminders.send_due(day)
    assert [(when, occasion) for when, _, occasion in letters(office.carrier)] == [(day, Occasion.RETURNED)]


# --- By hand ----------------------------------------------------------------------------------------------------------
def test_the_command_shows_what_it_would_send_and_sends_it_once(office, capsys):
    call_command("remind_daily", day="2024-07-02", dry_run=True)
    said = capsys.readouterr().out
    assert f"2024年5月逾期催报 1 家\n  {office.carrier.code} {office.carrier.name},另提2024年6月" in said
    assert not Reminder.objects.exists()
    call_command("remind_daily", day="2024-07-02")
    assert "2024年5月逾期催报 1 家" in capsys.readouterr().out
    assert letters(office.carrier) == [(date(2024, 7, 2), MAY, Occasion.OVERDUE)]
    call_command("remind_daily", day="2024-07-02")
    assert "没有要发的信" in capsys.readouterr().out
    assert Reminder.objects.count() == 1


def test_the_command_tells_of_a_return_and_says_so(office, capsys):
    reports.give_back(user=office.reviewer, report=office.submitted(), reason="请核对")
    call_command("remind_daily", day="2024-07-06", dry_run=True)  # a Saturday: nobody is asked, returns are told
    assert "通知月报退回 1 封" in capsys.readouterr().out
    call_command("remind_daily", day="2024-07-06")
    assert Reminder.objects.get().occasion == Occasion.RETURNED


def test_a_day_that_is_none_is_refused_in_words():
    with pytest.raises(CommandError, match="不是日期"):
        call_command("remind_daily", day="7月2日")
