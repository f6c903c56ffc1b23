"""Due days, completeness and punctuality, worked by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, days_of, is_working_day
from incubators.reporting.timing import Timing
from tests.incubators.factories import AreaFactory, CarrierFactory, MonthlyReportFactory, TownFactory, make_user
from tests.incubators.report_cases import MAY

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("month", "due", "review"),
    [
        (date(2024, 5, 1), date(2024, 6, 5), date(2024, 6, 11)),  # the 10th of June 2024 was 端午
        (date(2025, 6, 1), date(2025, 7, 7), date(2025, 7, 10)),  # a Saturday
        (date(2024, 9, 1), date(2024, 10, 8), date(2024, 10, 10)),  # within 国庆; the weekend before is moved along
        (date(2026, 10, 1), date(2026, 11, 5), date(2026, 11, 10)),
        (date(2023, 12, 1), date(2024, 1, 5), date(2024, 1, 10)),
    ],
)
def test_due_days_move_to_the_next_working_day(month, due, review):
    days = days_of(month)
    assert (days.due_on, days.review_on) == (due, review)


def test_a_weekend_worked_in_exchange_is_a_working_day():
    assert is_working_day(date(2024, 10, 12))
    assert not is_working_day(date(2024, 10, 13))


def test_late_begins_after_midnight_in_shanghai():
    days = days_of(MAY)
    assert Timing(days, sent_at=datetime(2024, 6, 5, 23, 59, tzinfo=SHANGHAI)).late is False
    assert Timing(days, sent_at=datetime(2024, 6, 6, 0, 0, tzinfo=SHANGHAI)).late is True
    assert Timing(days).late is None


@pytest.mark.django_db
def test_the_nearest_area_decides():
    district = AreaFactory()
    town = TownFactory(parent=district)
    ReportCalendar.objects.create(area=district, due_day=8, review_day=12)
    assert Calendars().days(town.path, MAY).due_on == date(2024, 6, 11)
    ReportCalendar.objects.create(area=town, due_day=3, review_day=12)
    assert Calendars().days(town.path, MAY).due_on == date(2024, 6, 3)
    assert Calendars().days("/elsewhere/", MAY).due_on == date(2024, 6, 5)


@pytest.mark.django_db
def test_completeness_and_punctuality_worked_by_hand():
    """Eight carriers expected: five filed of which three in time, one draft, one returned, one with nothing."""
    area = AreaFactory()
    in_time, late = datetime(2024, 6, 5, 10, tzinfo=SHANGHAI), datetime(2024, 6, 7, 10, tzinfo=SHANGHAI)
    states = [
        (MonthlyReport.State.ACCEPTED, in_time),
        (MonthlyReport.State.LOCKED, in_time),
        (MonthlyReport.State.SUBMITTED, in_time),
        (MonthlyReport.State.ACCEPTED, late),
        (MonthlyReport.State.SUBMITTED, late),
        (MonthlyReport.State.RETURNED, in_time),
        (MonthlyReport.State.DRAFT, None),
    ]
    for state, when in states:
        MonthlyReportFactory(carrier=CarrierFactory(area=area), month=MAY, state=state, first_submitted_at=when)
    CarrierFactory(area=area, opened_on=date(2024, 5, 31))
    # Not expected: opened after, closed before; a report of theirs counts for nothing.
    gone = CarrierFactory(area=area, closed_on=MAY)
    MonthlyReportFactory(carrier=gone, month=MAY)
    CarrierFactory(area=area, opened_on=date(2024, 6, 1))
    summary = overview.summarise(overview.month_lines(make_user(Role.STAFF, area=area), MAY))
    assert (summary.expected, summary.filed, summary.punctual, summary.overdue) == (8, 5, 3, 3)
    assert summary.completeness == Decimal("0.625")
    assert summary.punctuality == Decimal("0.375")


@pytest.mark.django_db
def test_nothing_expected_has_no_rate():
    summary = overview.summarise(overview.month_lines(make_user(Role.STAFF), MAY))
    assert summary.completeness is None
    assert summary.punctuality is None


@pytest.mark.django_db
def test_an_open_correction_does_not_undo_the_filing():
    area = AreaFactory()
    carrier = CarrierFactory(area=area)
    MonthlyReportFactory(carrier=carrier, month=MAY)
    correction = {"revision": 2, "revision_reason": "更正面积", "is_current": False}
    MonthlyReportFactory(carrier=carrier, month=MAY, state=MonthlyReport.State.DRAFT, **correction)
    [line] = overview.month_lines(make_user(Role.STAFF, area=area), MAY)
    assert line.filed
    assert line.is_correction
    assert overview.summarise([line]).completeness == 1
