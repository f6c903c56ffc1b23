"""What a jurisdiction decides about its months: calendar, own fields, the town's check, close and unlock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import MonthClose, MonthlyReport, ReportCalendar, Unlock
from incubators.permits import may_edit_report
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.closing import Closes, fillable
from incubators.services import reports as services
from incubators.services.cells import Edit, State, save_cells
from incubators.services.months import close_month, first_free_month, set_calendar, unlock
from incubators.services.reports import Seen
from tests.incubators.factories import CarrierFactory, TownFactory, make_user, signed_in
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
DAYS = {"opens_day": 1, "due_day": 5, "town_day": None, "review_day": 10}
PARKS = {"code": "", "label": "路演场次", "unit": "场", "kind": "count", "required": True, "largest": "50"}


@pytest.fixture
def office():
    return Office()


def arrange(office, from_month=date(2024, 1, 1), days=None, declared=(), **more):
    return set_calendar(
        user=office.staff, area=office.district, from_month=from_month, days=days or DAYS, declared=declared, **more
    )


# --- The calendar -----------------------------------------------------------------------------------------------------
def test_a_later_version_judges_no_month_of_before(office):
    ReportCalendar.objects.create(area=office.district, from_month=date(2024, 1, 1), due_day=5)
    ReportCalendar.objects.create(area=office.district, from_month=date(2024, 6, 1), due_day=8)
    calendars, path = Calendars(), office.town.path
    assert calendars.days(path, date(2024, 5, 1)).due_on == date(2024, 6, 5)
    assert calendars.days(path, date(2024, 6, 1)).due_on == date(2024, 7, 8)


def test_nothing_changes_under_a_month_that_may_have_begun(office):
    office.draft()
    with pytest.raises(Refused) as refused:
        arrange(office, from_month=timezone.localdate().replace(day=1))
    assert "from_month" in refused.value.errors
    assert arrange(office, from_month=first_free_month(timezone.localdate())).due_day == 5


def test_the_first_month_may_count_from_january(office):
    arrange(office, first_month=MAY, first_is_cumulative=True)
    calendars, path = Calendars(), office.town.path
    assert calendars.days(path, MAY).counts_from == date(2024, 1, 1)
    assert calendars.days(path, add_months(MAY, 1)).counts_from == date(2024, 6, 1)
    assert not calendars.days(path, date(2024, 4, 1)).asked


# --- Own fields -------------------------------------------------------------------------------------------------------
def test_a_declared_field_is_asked_checked_and_kept(office):
    arrange(office, declared=[PARKS])
    with pytest.raises(services.NotReady) as refused:
        office.submitted()
    assert refused.value.errors["x_1"] == ["请填路演场次(场),没有填 0"]
    row = refused.value.row
    row = services.submit(user=office.operator, carrier=office.carrier, month=MAY, values={"x_1": 6}, seen=Seen.of(row))
    assert (row.state, row.extra) == (S.SUBMITTED, {"x_1": 6})


def test_its_limits_are_its_own(office):
    arrange(office, declared=[PARKS])
    spec = Calendars().form(office.town.path, MAY).by_code["x_1"]
    with pytest.raises(ValueError, match="不能大于 50 场"):
        spec.parse("51")


def test_limits_are_kept_as_plain_numbers(office):
    row = arrange(office, declared=[PARKS | {"smallest": "0", "largest": "１，500场"}])
    assert (row.declared[0]["smallest"], row.declared[0]["largest"]) == ("0", "1500")
    with pytest.raises(ValueError, match="不能大于 1,500 场"):
        Calendars().form(office.town.path, MAY).by_code["x_1"].parse("1501")


def test_a_limit_of_before_that_nothing_could_hold_does_not_break_the_month(office):
    broken = {**PARKS, "code": "x_1", "smallest": "-", "largest": "1e999999"}
    ReportCalendar.objects.create(area=office.district, declared=[broken])
    spec = Calendars().form(office.town.path, MAY).by_code["x_1"]
    assert (spec.smallest, spec.largest) == (0, 2_000_000_000)


def test_another_district_asks_nothing_more(office):
    arrange(office, declared=[PARKS])
    assert "x_1" not in Calendars().form(Office().town.path, MAY).by_code


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"label": ""}, "名称"),
        ({"label": "创业导师"}, "重复"),
        ({"unit": ""}, "单位"),
        ({"kind": "choice", "options": "甲"}, "选项"),
        ({"smallest": "9", "largest": "3"}, "下限不能大于上限"),
        ({"code": "mentors"}, "x_"),
    ],
)
def test_a_wrong_field_is_named_by_its_line(office, entry, why):
    with pytest.raises(Refused) as refused:
        arrange(office, declared=[PARKS | entry])
    assert refused.value.errors["declared"][0].startswith("第1项")
    assert why in refused.value.errors["declared"][0]


# --- The town's check -------------------------------------------------------------------------------------------------
@pytest.fixture
def checked(office):
    arrange(office, days=DAYS | {"town_day": 7})
    office.clerk = make_user(Role.STAFF, area=office.town, display_name="镇办")
    return office


def test_a_town_checks_and_the_district_accepts(checked):
    row = checked.submitted()
    with pytest.raises(NotPermitted, match="须先经镇审"):
        services.accept(user=checked.reviewer, report=row, seen_hash=row.content_hash)
    row = services.check(user=checked.clerk, report=row, seen_hash=row.content_hash)
    assert row.state == S.CHECKED
    with pytest.raises(NotPermitted, match="镇级"):
        services.accept(user=checked.clerk, report=row, seen_hash=row.content_hash)
    row = services.accept(user=checked.reviewer, report=row, seen_hash=row.content_hash)
    assert (row.state, row.checked_by, row.accepted_by) == (S.ACCEPTED, checked.clerk, checked.reviewer)


def test_who_submitted_does_not_check(checked):
    row = checked.submitted(user=checked.clerk)
    with pytest.raises(NotPermitted):
        services.check(user=checked.clerk, report=row, seen_hash=row.content_hash)


def test_what_was_checked_may_still_be_returned_and_is_checked_anew(checked):
    row = checked.submitted()
    services.check(user=checked.clerk, report=row, seen_hash=row.content_hash)
    row = services.give_back(user=checked.reviewer, report=row, reason="请核对")
    row = services.submit(user=checked.operator, carrier=checked.carrier, month=MAY, seen=Seen.of(row))
    assert (row.state, row.checked_by) == (S.SUBMITTED, None)


def test_who_checked_for_the_town_does_not_accept(checked):
    """Two levels are two people, also where one has the rights of both."""
    row = checked.submitted()
    row = services.check(user=checked.staff, report=row, seen_hash=row.content_hash)
    with pytest.raises(NotPermitted, match="镇审是您作的"):
        services.accept(user=checked.staff, report=row, seen_hash=row.content_hash)
    assert services.accept(user=checked.reviewer, report=row, seen_hash=row.content_hash).state == S.ACCEPTED


def test_without_a_town_day_nobody_checks(office):
    row = office.submitted()
    with pytest.raises(NotPermitted, match="不经镇审"):
        services.check(user=office.staff, report=row, seen_hash=row.content_hash)


# --- The close --------------------------------------------------------------------------------------------------------
def test_a_close_locks_what_was_accepted_and_keeps_how_it_stood(office):
    row = office.accepted()
    CarrierFactory(area=office.town)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    row.refresh_from_db()
    assert row.state == S.LOCKED
    assert (close.figures["expected"], close.figures["filed"]) == (2, 1)


def test_a_month_with_reports_to_review_is_not_closed(office):
    office.submitted()
    with pytest.raises(Refused, match="待审核"):
        close_month(user=office.reviewer, area=office.district, month=MAY)


def test_a_month_from_before_anybody_reported_is_not_closed(office):
    with pytest.raises(Refused, match="开始填报之前"):
        close_month(user=office.reviewer, area=office.district, month=date(2020, 1, 1))
    arrange(office, first_month=date(2024, 6, 1))
    with pytest.raises(Refused, match="开始填报之前"):
        close_month(user=office.reviewer, area=office.district, month=MAY)


def test_a_running_month_is_not_closed(office):
    with pytest.raises(Refused, match="截止"):
        close_month(user=office.reviewer, area=office.district, month=timezone.localdate().replace(day=1))


def test_after_the_close_only_an_unlock_lets_a_report_in(office):
    arrange(office)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    with pytest.raises(NotPermitted, match="月结"):
        office.draft()
    today = timezone.localdate()
    unlock(user=office.staff, close=close, carrier=office.carrier, until=today, reason="系统故障未能报送")
    assert office.draft().state == S.DRAFT


def test_an_unlock_ends(office):
    arrange(office)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(Refused, match="不能早于今天"):
        unlock(user=office.staff, close=close, carrier=office.carrier, until=yesterday, reason="补报")
    unlock(user=office.staff, close=close, carrier=office.carrier, until=timezone.localdate(), reason="补报")
    Unlock.objects.update(until=yesterday)  # the day goes by
    with pytest.raises(NotPermitted, match="月结"):
        office.draft()


def test_the_last_word_of_an_unlock_counts(office):
    arrange(office)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    today = timezone.localdate()
    with pytest.raises(Refused, match="最多开放31天"):
        unlock(user=office.staff, close=close, carrier=office.carrier, until=today + timedelta(days=32), reason="补报")
    for until in (today + timedelta(days=20), today):  # shortened to today
        unlock(user=office.staff, close=close, carrier=office.carrier, until=until, reason="补报")
    path = office.town.path
    assert Closes([MAY]).of(path, MAY)[0].opened == {office.carrier.pk: today}
    with time_machine.travel(datetime.combine(today + timedelta(days=1), time(12), UTC)):
        assert "月结" in Closes([MAY]).refusal(office.carrier.pk, path, MAY)


def test_what_is_accepted_in_a_closed_month_is_locked_at_once(office):
    arrange(office)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    unlock(user=office.staff, close=close, carrier=office.carrier, until=timezone.localdate(), reason="系统故障")
    row = office.accepted()
    assert row.state == S.LOCKED
    assert [each.to_state for each in row.transitions.order_by("pk")][-2:] == [S.ACCEPTED, S.LOCKED]
    again = services.correct(user=office.staff, report=row, reason="面积核错")
    again = services.submit(user=office.staff, carrier=office.carrier, month=MAY, seen=Seen.of(again))
    again = services.accept(user=office.reviewer, report=again, seen_hash=again.content_hash)
    assert (again.revision, again.state, again.is_current) == (2, S.LOCKED, True)


def test_a_correction_needs_no_unlock(office):
    row = office.accepted()
    close_month(user=office.reviewer, area=office.district, month=MAY)
    row.refresh_from_db()
    row = services.correct(user=office.staff, report=row, reason="面积核错")
    row = services.save_draft(
        user=office.staff, carrier=office.carrier, month=MAY, values={"mentors": 11}, seen=Seen.of(row)
    )
    assert (row.revision, row.mentors) == (2, 11)


def test_an_area_with_a_calendar_of_its_own_is_not_closed_from_above(office):
    """The park's month is due on the 20th; the district closes on the 10th."""
    park = TownFactory(parent=office.district)
    there = CarrierFactory(area=park)
    arrange(office)
    ReportCalendar.objects.create(area=park, from_month=date(2024, 1, 1), due_day=20, review_day=25)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    assert close.figures["expected"] == 1
    assert Closes([MAY]).refusal(there.pk, park.path, MAY) == ""
    assert "月结" in Closes([MAY]).refusal(office.carrier.pk, office.town.path, MAY)
    assert [each.code for each, fill in fillable(overview.month_lines(office.staff, MAY)) if fill] == [there.code]


def test_only_who_closed_opens_again(office):
    """An area that has no calendar and the one above were both closed: opening the lower one is not enough."""
    arrange(office)
    above = close_month(user=office.reviewer, area=office.district, month=MAY)
    below = MonthClose.objects.create(area=office.town, month=MAY, closed_by=office.staff)
    today = timezone.localdate()
    unlock(user=office.staff, close=below, carrier=office.carrier, until=today, reason="补报")
    with pytest.raises(NotPermitted, match=office.district.name):
        office.draft()
    unlock(user=office.staff, close=above, carrier=office.carrier, until=today, reason="补报")
    assert office.draft().state == S.DRAFT


def test_a_month_before_the_first_one_is_not_filed(office):
    arrange(office, first_month=date(2024, 6, 1), first_is_cumulative=True)
    with pytest.raises(Refused, match="首个报告月之前"):
        office.draft()
    edit = Edit(office.carrier.code, "mentors", "3", "")
    assert save_cells(user=office.staff, month=MAY, edits=[edit]).outcomes[0].state == State.REFUSED
    page = signed_in(office.operator).get(f"/reports/edit/{office.carrier.code}/2024-05/")
    assert (page.status_code, "首个报告月之前" in page.content.decode()) == (404, True)


def test_only_the_areas_own_staff_close(office):
    stranger = make_user(Role.STAFF, area=Office().district)
    for user in (stranger, office.operator):
        with pytest.raises(NotPermitted):
            close_month(user=user, area=office.district, month=MAY)


def test_evidence_of_a_closed_month_stays_as_it_is(office):
    row = office.draft()
    close_month(user=office.reviewer, area=office.district, month=MAY)
    permit = may_edit_report(office.operator, row)
    assert not permit
    assert "月结" in permit.reason
