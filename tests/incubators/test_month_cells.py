"""A month cell by cell: nobody overwrites anybody unseen, nothing typed is lost."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Change
from incubators.access import Role
from incubators.models import MonthlyReport
from incubators.services.cells import Edit, State, as_typed, save_cells
from tests.incubators.factories import CarrierFactory, make_user
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def put(office, code, text, was="", user=None, carrier=None):
    saved = save_cells(
        user=user or office.staff, month=MAY, edits=[Edit((carrier or office.carrier).code, code, text, was)]
    )
    return saved.outcomes[0]


def test_the_first_cell_begins_the_month(office):
    outcome = put(office, "mentors", "12")
    assert (outcome.state, outcome.text) == (State.SAVED, "12")
    assert MonthlyReport.objects.get().mentors == 12
    assert Change.objects.filter(action="填报月报").count() == 1


def test_last_months_standing_figures_come_along(office):
    office.accepted(month=date(2024, 4, 1))
    put(office, "events", "3")
    row = MonthlyReport.objects.get(month=MAY)
    assert (row.events, row.mentors, row.mentor_sessions) == (3, 10, None)


def test_money_is_typed_in_wan_and_kept_in_yuan(office):
    assert put(office, "financing", "52.5").text == "52.5"
    assert MonthlyReport.objects.get().financing == 525_000


def test_a_cell_that_changed_meanwhile_is_not_overwritten(office):
    put(office, "mentors", "12", user=office.operator)
    outcome = put(office, "mentors", "9", was="")
    assert (outcome.state, outcome.text, outcome.by) == (State.CONFLICT, "12", "李运营")
    assert "12" in outcome.message
    assert MonthlyReport.objects.get().mentors == 12
    assert put(office, "mentors", "9", was="12").state == State.SAVED


def test_the_same_edit_sent_again_does_not_quarrel_with_itself(office):
    assert put(office, "mentors", "缺 换届").text == "缺:换届"
    again = put(office, "mentors", "缺 换届")
    assert (again.state, again.text) == (State.SAVED, "缺:换届")


def test_two_people_in_different_cells_of_one_report_both_win(office):
    put(office, "mentors", "12", user=office.operator)
    assert put(office, "events", "2").state == State.SAVED
    row = MonthlyReport.objects.get()
    assert (row.mentors, row.events) == (12, 2)


def test_what_cannot_be_read_waits_as_typed(office):
    outcome = put(office, "mentors", "十二位")
    assert outcome.state == State.WRONG
    row = MonthlyReport.objects.get()
    assert (row.mentors, row.unread) == (None, {"mentors": "十二位"})
    assert put(office, "mentors", "12", was="十二位").state == State.SAVED
    row.refresh_from_db()
    assert (row.mentors, row.unread) == (12, {})


def test_figures_that_contradict_each_other_wait_too(office):
    put(office, "staff_total", "5")
    outcome = put(office, "staff_professional", "8")
    assert outcome.state == State.WRONG
    assert "大于" in outcome.message
    assert MonthlyReport.objects.get().unread == {"staff_professional": "8"}


def test_a_submitted_month_is_refused_with_why(office):
    office.submitted()
    outcome = put(office, "mentors", "11", was="10")
    assert (outcome.state, outcome.text) == (State.REFUSED, "10")
    assert "等待审核" in outcome.message


def test_other_peoples_carriers_do_not_exist(office):
    stranger = make_user(Role.STAFF, area=Office().district)
    assert put(office, "mentors", "11", user=stranger).state == State.REFUSED
    assert not MonthlyReport.objects.exists()


def test_many_carriers_are_read_in_a_fixed_number_of_queries(office):
    few = [CarrierFactory(area=office.town) for _ in range(2)]
    many = [CarrierFactory(area=office.town) for _ in range(20)]

    def reads(carriers):
        edits = [Edit(each.code, "mentors", "5", "") for each in carriers]
        with CaptureQueriesContext(connection) as queries:
            save_cells(user=office.staff, month=MAY, edits=edits)
        return sum(query["sql"].startswith("SELECT") for query in queries)

    reads(few[:1])
    assert reads(few) == reads(many)


def test_the_cells_of_a_month_are_what_was_typed(office):
    put(office, "mentors", "缺:换届")
    saved = save_cells(
        user=office.staff, month=MAY, edits=[Edit(office.carrier.code, "financing", "1,200.50 万元", "")]
    )
    held = as_typed(saved.months[office.carrier.code])
    assert (held["mentors"], held["financing"], held["events"]) == ("缺:换届", "1200.5", "")
