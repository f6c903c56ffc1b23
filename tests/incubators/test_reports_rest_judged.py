"""Late, overdue and closed as filters of monthly reports over REST: worked by hand, and the same as the fields say."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.access import Role
from incubators.models import Membership, MonthClose, MonthlyReport, ReportCalendar
from incubators.reporting.calendar import add_months
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    MonthlyReportFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)
LIST = reverse("api:monthly-reports-list")


def sent(month, day, hour=9):
    return datetime.combine(add_months(month, 1).replace(day=day), datetime.min.time(), SHANGHAI).replace(hour=hour)


def report(carrier, month, day=None, state=S.LOCKED, **more):
    at = sent(month, day) if day else None
    return MonthlyReportFactory(carrier=carrier, month=month, state=state, first_submitted_at=at, **more)


@pytest.fixture
def country():
    """A city whose days are the usual ones (the 5th), a district in it that is due on the 10th from April on, and a town of
    that district which is due on the 20th; one carrier in each, named after it."""
    city = AreaFactory(code="city")
    district = AreaFactory(code="district", parent=city)
    town = TownFactory(code="town", parent=district)
    ReportCalendar.objects.create(area=district, from_month=APRIL, due_day=10, review_day=12)
    ReportCalendar.objects.create(area=town, due_day=20, review_day=22)
    # Nobody is credited to this one.
    ReportCalendar.objects.create(area=TownFactory(parent=district), due_day=25, review_day=26)
    carriers = {area.code: CarrierFactory(code=area.code, area=area) for area in (city, district, town)}
    return city, carriers


@pytest.fixture
def client(country):
    return signed_in(make_user(Role.STAFF, area=country[0]))


@pytest.fixture
def asked(client):
    def ask(**query):
        answer = client.get(LIST, {"page_size": 500, "ordering": "month,carrier", **query})
        assert answer.status_code == 200, answer.json()
        return [(row["carrier"]["code"], row["month"][5:7]) for row in answer.json()["results"]]

    return ask


def everything(client):
    return client.get(LIST, {"page_size": 500}).json()["results"]


def agree(client, asked, name):
    """The filter gives exactly the rows whose field says so; null is on neither side."""
    rows = everything(client)
    for value in (True, False):
        wanted = {(row["carrier"]["code"], row["month"][5:7]) for row in rows if row[name] is value}
        assert set(asked(**{name: str(value).lower()})) == wanted


def test_late_goes_by_the_calendar_that_held_for_the_month_and_the_place(client, country, asked):
    _, carriers = country
    for carrier in carriers.values():
        report(carrier, MARCH, 8)  # due on the 7th: the 5th of April 2024 was a holiday, and the 6th a Saturday
        report(carrier, APRIL, 10)
        report(carrier, MAY, 21)
    report(CarrierFactory(code="draft", area=carriers["city"].area), MAY, state=S.DRAFT)
    # In March the district had no calendar of its own yet; the 20th of June is met by none, of the town it is.
    assert asked(late="true") == [
        ("city", "03"), ("district", "03"),
        ("city", "04"),
        ("city", "05"), ("district", "05"), ("town", "05"),
    ]  # fmt: skip
    assert asked(late="false") == [("town", "03"), ("district", "04"), ("town", "04")]
    agree(client, asked, "late")
    assert asked(late="true", month="2024-04-01") == [("city", "04")]
    assert asked(late="true", month_from="2024-04-01", month_to="2024-04-01", area="district") == []
    assert asked(late="true", month="2031-01-01") == []


def test_the_due_day_counts_to_its_end_and_a_return_does_not_make_it_later(client, country, asked):
    _, carriers = country
    city = carriers["city"]
    last = sent(MAY, 5, 23).replace(minute=59, second=59)
    MonthlyReportFactory(carrier=city, month=MAY, state=S.SUBMITTED, first_submitted_at=last, submitted_at=sent(MAY, 9))
    over = sent(APRIL, 7, 0)  # the 5th of May 2024 was a holiday, the 6th worked
    MonthlyReportFactory(carrier=city, month=APRIL, state=S.SUBMITTED, first_submitted_at=over)
    # Of before the first submission was kept there is the submission alone.
    MonthlyReportFactory(
        carrier=city, month=MARCH, state=S.SUBMITTED, first_submitted_at=None, submitted_at=sent(MARCH, 9)
    )
    assert asked(late="true") == [("city", "03"), ("city", "04")]
    assert asked(late="false") == [("city", "05")]
    agree(client, asked, "late")


def test_overdue_is_what_was_begun_and_not_handed_in_by_its_day(client, country, asked):
    _, carriers = country
    Membership.objects.update(valid_from=date(2020, 1, 1))
    with time_machine.travel(datetime(2024, 6, 12, 9, tzinfo=SHANGHAI), tick=False):
        report(carriers["city"], MAY, state=S.DRAFT)
        report(carriers["district"], MAY, 3, state=S.RETURNED)
        report(carriers["town"], MAY, state=S.DRAFT)  # due on the 20th; the 10th was a holiday
        report(carriers["city"], APRIL, 3)
        MonthlyReportFactory(
            carrier=carriers["city"], month=APRIL, revision=2, is_current=False, revision_reason="更正", state=S.DRAFT
        )
        assert asked(overdue="true") == [("city", "05"), ("district", "05")]
        agree(client, asked, "overdue")
        assert asked(overdue="true", state="returned") == [("district", "05")]


def test_closed_holds_for_the_jurisdiction_that_closed_alone(client, country, asked):
    city, carriers = country
    staff = make_user(Role.STAFF, area=city)
    for month in (MARCH, APRIL):
        MonthClose.objects.create(area=city, month=month, closed_by=staff)
        for carrier in carriers.values():
            report(carrier, month, 3)
    MonthClose.objects.create(area=carriers["town"].area, month=APRIL, closed_by=staff)
    # The district closes its months itself from April on, the town always.
    assert asked(closed="true") == [("city", "03"), ("district", "03"), ("city", "04"), ("town", "04")]
    assert asked(closed="false") == [("town", "03"), ("district", "04")]
    agree(client, asked, "closed")
    assert asked(closed="true", late="true") == []


def test_without_any_calendar_or_close_nothing_is_closed(client, asked, country):
    ReportCalendar.objects.all().delete()
    report(country[1]["town"], MAY, 3)
    assert (asked(closed="true"), asked(closed="false")) == ([], [("town", "05")])
    assert asked(late="false") == [("town", "05")]


@pytest.mark.parametrize("name", ["late", "overdue", "closed"])
def test_the_queries_do_not_grow_and_other_words_are_refused(client, country, asked, name):
    _, carriers = country
    report(carriers["city"], MAY, 21)
    report(carriers["town"], MAY, state=S.DRAFT)

    def queries():
        with CaptureQueriesContext(connection) as found:
            asked(**{name: "true"})
        return len(found)

    few = queries()
    for back in range(1, 15):
        for carrier in carriers.values():
            report(carrier, add_months(MAY, -back), 21)
    assert queries() == few
    refused = client.get(LIST, {name: "maybe"})
    assert (refused.status_code, [*refused.json()["errors"]]) == (400, [name])


def test_a_file_has_the_rows_of_the_filter(client, country, asked):
    _, carriers = country
    report(carriers["city"], MAY, 21)
    report(carriers["town"], MAY, 3)
    answer = client.get(LIST, {"late": "true", "format": "csv", "fields": "month,late,overdue"})
    assert b"".join(answer.streaming_content).decode("utf-8-sig").split() == [
        "month,late,overdue",
        "2024-05-01,true,false",
    ]
