"""After acceptance a value changes by no door, only by a further revision."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from core.permits import NotPermitted
from core.trail_chain import opened
from incubators.models import MonthClose, MonthlyReport, ReportEvent
from incubators.reporting.fields import FIELDS, TEXTS
from incubators.reporting.guards import faults, missing_guards
from incubators.services import reports as services
from incubators.services.cells import Edit, State, save_cells
from incubators.services.reports import Seen
from tests.incubators.report_cases import MAY, Office, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


@pytest.fixture(params=["accepted", "locked"])
def row(office, request):
    return getattr(office, request.param)()


def unchanged(row):
    return MonthlyReport.objects.get(pk=row.pk).mentors == 10 and MonthlyReport.objects.count() == 1


def test_not_by_the_form(office, row, client):
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/reports/edit/{office.carrier.code}/2024-05/", typed(row, mentors="11", action="save"))
    assert answer.status_code == 409
    assert unchanged(row)


def test_not_by_the_grid_or_a_workbook(office, row):
    edit = Edit(office.carrier.code, "mentors", "11", "10")
    assert save_cells(user=office.staff, month=MAY, edits=[edit]).outcomes[0].state == State.REFUSED
    assert unchanged(row)


def test_not_by_the_api(office, row, client):
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    body = {"version": row.version, "mentors": 11}
    answer = client.patch(f"/api/v1/monthly-reports/{row.pk}/", body, content_type="application/json")
    assert answer.status_code == 403
    assert unchanged(row)


def test_not_by_the_service(office, row):
    with pytest.raises(NotPermitted):
        services.save_draft(
            user=office.staff, carrier=office.carrier, month=MAY, values={"mentors": 11}, seen=Seen.of(row)
        )
    assert unchanged(row)


@pytest.mark.parametrize(
    "name", [*(spec.code for spec in FIELDS), *(text.code for text in TEXTS), "gaps", "extra", "extra_fields"]
)
def test_not_by_a_command_or_by_hand(row, name):
    other = {"gaps": {"mentors": {"kind": "not_applicable"}}, "extra": {"x_1": 1}, "extra_fields": {"x_1": {}}}.get(
        name
    )
    value = other or ("另一句" if name in {"issues", "filled_by", "phone"} else None)
    if value is None and getattr(row, name) is None:
        value = 1
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk).update(**{name: value})
    assert unchanged(row)


@pytest.mark.parametrize(
    "change",
    [
        {"first_submitted_at": datetime(2024, 6, 1, tzinfo=UTC)},
        {"checked_at": datetime(2024, 6, 7, tzinfo=UTC)},
        {"is_synthetic": False},
    ],
)
def test_nor_when_it_was_handed_in_or_checked(row, change):
    """Punctuality is counted from it."""
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk).update(**change)


# SQLite alone writes one row over another; PostgreSQL knows no such statement. Both refuse another key.
OVER = [
    "INSERT OR REPLACE INTO incubators_monthlyreport SELECT * FROM incubators_monthlyreport WHERE id = {accepted}",
    "UPDATE OR REPLACE incubators_monthlyreport SET id = {accepted} WHERE id = {draft}",
    "UPDATE OR REPLACE incubators_monthlyreport SET month = '2024-05-01' WHERE id = {draft}",
    "UPDATE incubators_monthlyreport SET id = 999999 WHERE id = {accepted}",
]


@pytest.mark.parametrize("statement", OVER if connection.vendor == "sqlite" else OVER[-1:])
def test_nor_is_another_row_written_over_it(office, row, statement):
    draft = office.draft(month=date(2024, 6, 1))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(accepted=row.pk, draft=draft.pk))
    assert MonthlyReport.objects.get(pk=row.pk).mentors == 10
    assert MonthlyReport.objects.get(pk=draft.pk).month == date(2024, 6, 1)


def test_a_standing_revision_gives_way_to_a_later_accepted_one_only(office, row):
    services.correct(user=office.staff, report=row, reason="人数核错")
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk).update(is_current=False)


def test_the_log_and_a_close_do_not_change(office, row):
    close = MonthClose.objects.create(area=office.district, month=MAY, closed_by=office.staff)
    for act in (
        lambda: ReportEvent.objects.filter(report=row).update(comment="改"),
        lambda: ReportEvent.objects.filter(report=row).delete(),
        lambda: MonthClose.objects.filter(pk=close.pk).update(figures={}),
        close.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_doctor_sees_a_byte_that_was_changed_all_the_same(row):
    assert [*faults()] == []
    with opened("test"):
        MonthlyReport.objects.filter(pk=row.pk).update(mentors=11)
    assert "与通过时的校验值不符" in next(faults())


def test_nor_is_the_table_emptied(row):
    emptied = {"postgresql": "TRUNCATE incubators_monthlyreport CASCADE"}
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        # SQLite has no TRUNCATE.
        cursor.execute(emptied.get(connection.vendor, "DELETE FROM incubators_monthlyreport"))
    assert unchanged(row)


def test_nor_is_it_deleted_or_opened_again(row):
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk)._raw_delete(using="default")
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk).update(state="draft")
    assert unchanged(row)


def test_the_portal_notices_when_the_guards_are_gone():
    assert missing_guards() == []
    table = "" if connection.vendor == "sqlite" else " ON incubators_monthlyreport"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER report_no_delete{table}")
    assert missing_guards() == ["report_no_delete"]


def test_a_further_revision_changes_it_and_the_old_one_stays(office, row):
    new = services.correct(user=office.staff, report=row, reason="人数核错")
    new = services.submit(
        user=office.staff, carrier=office.carrier, month=MAY, values={"mentors": 11}, seen=Seen.of(new)
    )
    services.accept(user=office.reviewer, report=new, seen_hash=new.content_hash)
    assert [*MonthlyReport.objects.order_by("revision").values_list("mentors", "is_current")] == [
        (10, False),
        (11, True),
    ]
