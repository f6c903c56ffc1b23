"""Monthly reports over REST: the same services, the same refusals."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Change
from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar
from incubators.services import reports as services
from incubators.services.months import close_month
from tests.incubators.factories import make_user
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office

pytestmark = pytest.mark.django_db
LIST = "api:monthly-reports-list"


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def call(client, office):
    """Send JSON as a person; returns the answer."""

    def send(user, method, name, *args, **body):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        url = reverse(f"api:monthly-reports-{name}", args=args)
        return getattr(client, method)(url, body or None, content_type="application/json")

    return send


def full(**changes):
    return {**{code: str(value) for code, value in GOOD.items()}, **TEXTS, **changes}


def test_the_journey_over_rest(call, office):
    start = {"carrier": office.carrier.code, "month": "2024-05-01", "version": 0}
    created = call(office.operator, "post", "list", **full(**start)).json()
    assert (created["state"], created["version"], created["mentors"]) == ("draft", 1, 10)
    pk = created["id"]
    assert call(office.operator, "patch", "detail", pk, version=1, mentors=11).json()["version"] == 2
    submitted = call(office.operator, "post", "submit", pk, version=2).json()
    assert (submitted["state"], submitted["mentors"]) == ("submitted", 11)
    assert call(office.staff, "post", "return", pk, reason="请核对").json()["state"] == "returned"
    submitted = call(office.staff, "post", "submit", pk, version=4).json()
    assert call(office.staff, "post", "accept", pk, content_hash=submitted["content_hash"]).status_code == 403
    accepted = call(office.reviewer, "post", "accept", pk, content_hash=submitted["content_hash"])
    assert accepted.json()["state"] == "accepted"
    assert call(office.reviewer, "post", "lock", pk).json()["state"] == "locked"
    correction = call(office.reviewer, "post", "correct", pk, reason="面积填错")
    assert (correction.status_code, correction.json()["revision"]) == (201, 2)
    channels = set(Change.objects.filter(record_id=str(pk)).values_list("channel", flat=True))
    assert channels == {"api"}


def test_a_stale_version_is_a_conflict(call, office):
    row = office.draft()
    call(office.staff, "patch", "detail", row.pk, version=1, mentors=11)
    answer = call(office.operator, "patch", "detail", row.pk, version=1, mentors=9)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    row.refresh_from_db()
    assert row.mentors == 11


def test_a_stale_hash_is_a_conflict(call, office):
    row = office.submitted()
    assert call(office.reviewer, "post", "accept", row.pk, content_hash="0" * 64).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mentors": "many"}, "mentors"),
        ({"mentors": 1.5}, "mentors"),
        ({"mentors": True}, "mentors"),
        ({"financing": -1}, "financing"),
        ({"financing": "NaN"}, "financing"),
        ({"phone": 5}, "phone"),
        ({"state": "accepted"}, "state"),
        ({"content_hash": "x"}, "content_hash"),
        ({"area_leased": 4001}, "area_leased"),
        ({"explanations": ["x"]}, "explanations"),
    ],
)
def test_errors_are_named_by_field_and_nothing_is_saved(call, office, body, field):
    row = office.draft()
    answer = call(office.operator, "patch", "detail", row.pk, version=1, events=9, **body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    row.refresh_from_db()
    assert (row.events, row.version) == (2, 1)


def test_a_version_is_asked_for(call, office):
    row = office.draft()
    assert "version" in call(office.operator, "patch", "detail", row.pk, mentors=9).json()["errors"]


def test_a_locked_report_is_not_written(call, office):
    row = office.locked()
    for method, name in (("patch", "detail"), ("post", "submit")):
        assert call(office.operator, method, name, row.pk, version=row.version, mentors=1).status_code == 403
    assert call(office.staff, "post", "return", row.pk, reason="x").status_code == 403
    row.refresh_from_db()
    assert (row.mentors, row.state) == (10, "locked")


def test_a_return_without_a_reason(call, office):
    row = office.submitted()
    assert call(office.staff, "post", "return", row.pk, reason=" ").status_code == 400


def test_other_peoples_reports_do_not_exist(call, office):
    row = office.draft()
    stranger = make_user(Role.OPERATOR)
    assert call(stranger, "patch", "detail", row.pk, version=1, mentors=1).status_code == 404
    start = {"carrier": office.carrier.code, "month": "2024-06-01", "version": 0}
    assert "carrier" in call(stranger, "post", "list", **start).json()["errors"]
    assert MonthlyReport.objects.count() == 1


def test_lists_filter_and_export(client, office):
    office.submitted()
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"month": "2024-05-01", "state": "submitted", "area": office.district.code, "fields": "month,income"}
    assert client.get(reverse(LIST), asked).json()["results"] == [{"month": "2024-05-01", "income": "500000.00"}]
    assert client.get(reverse(LIST), {"state": "locked"}).json()["results"] == []
    for name, value in {"area": "nowhere", "carrier": "nobody", "month": "2024-05-03", "is_current": "maybe"}.items():
        assert list(client.get(reverse(LIST), {name: value}).json()["errors"]) == [name]
    text = b"".join(client.get(reverse(LIST), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert office.carrier.code in text


@pytest.mark.parametrize("sent", ["1e999999", "1e30", "1_0", "12,5", "NaN", 1e300, True])
def test_a_figure_is_plain_digits_that_the_column_can_hold(office, call, sent):
    row = office.draft()
    answer = call(office.staff, "patch", "detail", row.pk, version=row.version, income=sent)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["income"])


def test_the_reason_of_a_gap_is_measured_as_a_page_measures_it(office, call):
    """A hundred signs without the blanks around them; one more is too long here as there."""
    row = office.draft()
    for reason, status in (("  " + "长" * 100 + "  ", 200), ("长" * 101, 400), ("  ", 400), (5, 400)):
        gaps = {"income": {"kind": "missing", "reason": reason}}
        answer = call(office.staff, "patch", "detail", row.pk, version=row.version, income=None, gaps=gaps)
        assert answer.status_code == status, reason
        row.refresh_from_db()
    assert row.gaps["income"]["reason"] == "长" * 100


def test_words_that_are_too_long_are_refused_and_not_cut(office, call):
    row = office.draft()
    explained = {"explanations": {"R15:mentors": "因" * 501}}
    answer = call(office.staff, "patch", "detail", row.pk, version=row.version, **explained)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["explain:R15:mentors"])
    other = office.accepted(month=date(2024, 4, 1))
    answer = call(office.staff, "post", "correct", other.pk, reason="因" * 301)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["reason"])


def ask(client, user, **asked):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(LIST), asked)


def test_a_report_says_when_it_came_who_checked_it_and_whether_its_month_is_closed(client, office):
    ReportCalendar.objects.create(area=office.district, from_month=date(2000, 1, 1), town_day=7)
    town = make_user(Role.STAFF, area=office.town, display_name="镇科员")
    row = office.submitted()  # long after the 5th of June
    services.check(user=town, report=row, seen_hash=row.content_hash)
    fields = "first_submitted_at,late,checked_at,checked_by,closed"
    [found] = ask(client, office.staff, fields=fields).json()["results"]
    assert (found["late"], found["closed"], found["checked_by"]) == (True, False, "镇科员")
    assert found["first_submitted_at"] is not None
    assert found["checked_at"] is not None
    row.refresh_from_db()
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    close_month(user=office.reviewer, area=office.district, month=MAY)
    assert ask(client, office.staff, fields="closed").json()["results"] == [{"closed": True}]
    text = b"".join(ask(client, office.staff, fields="late,closed,checked_by", format="csv").streaming_content)
    assert text.decode("utf-8-sig").split() == ["late,closed,checked_by", "true,true,镇科员"]


def test_what_was_not_submitted_is_neither_late_nor_in_time(client, office):
    office.draft()
    assert ask(client, office.staff, fields="late").json()["results"] == [{"late": None}]


def test_late_and_closed_take_the_same_queries_for_any_months(client, office):
    ReportCalendar.objects.create(area=office.district, from_month=date(2024, 1, 1))
    close_month(user=office.reviewer, area=office.district, month=MAY)

    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse(LIST)).status_code == 200
        return len(found)

    office.accepted(month=date(2024, 4, 1))
    few = queries()
    for month in (1, 2, 3):
        office.accepted(month=date(2024, month, 1))
    assert queries() == few


@pytest.mark.parametrize("name", ["month", "month_from", "month_to"])
def test_a_month_is_named_by_its_first_day(client, office, name):
    office.submitted()
    answer = ask(client, office.staff, **{name: "2024-05-05"})
    assert answer.status_code == 400
    assert answer.json()["errors"][name] == ["“2024-05-05”不是月份的首日,请写成 2024-05-01"]
    assert len(ask(client, office.staff, **{name: "2024-05-01"}).json()["results"]) == 1


def test_an_area_of_which_the_person_sees_nothing_is_refused(client, office):
    office.submitted()
    for user in (office.staff, make_user(Role.STAFF, area=office.town), office.operator):
        assert len(ask(client, user, area=office.district.code).json()["results"]) == 1
    answer = ask(client, make_user(Role.STAFF), area=office.district.code)
    assert answer.status_code == 400
    assert answer.json()["errors"]["area"] == [f"“{office.district.name}”不在您的权限范围内"]


def test_a_refused_submission_says_from_which_version_to_go_on_and_takes_its_own_keys(call, office):
    office.accepted(month=date(2024, 4, 1))
    row = office.draft(financing=GOOD["financing"] * 10_000)
    refused = call(office.operator, "post", "submit", row.pk, version=1, mentors=11)
    told = refused.json()
    row.refresh_from_db()
    assert (refused.status_code, told["version"], row.version, row.mentors) == (400, 2, 2, 11)
    wanted = [key for key in told["errors"] if key.startswith("explain:")]
    assert wanted
    assert wanted == [*told["errors"]]
    sent = call(
        office.operator,
        "post",
        "submit",
        row.pk,
        version=told["version"],
        explanations=dict.fromkeys(wanted, "确有大额"),
    )
    assert sent.status_code == 200
    assert sent.json()["explanations"] == {key.removeprefix("explain:"): "确有大额" for key in wanted}
