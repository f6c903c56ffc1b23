"""Two people at once: nothing is lost, nothing is done twice, and nobody sees an error of the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from core.models import Change
from core.permits import Refused
from incubators.models import MonthClose, MonthlyReport, ReportCalendar, TorchFigure
from incubators.reporting import context
from incubators.services import holding
from incubators.services import reports as services
from incubators.services.cells import Edit, State, save_cells
from incubators.services.months import close_month
from incubators.services.reports import NotReady, Seen
from incubators.services.torch import Filed, file_figures
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office

one_writer = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


@pytest.fixture
def office():
    made = Office()
    ReportCalendar.objects.create(area=made.district, from_month=MAY)
    return made


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of each act, started together on connections of their own; a :class:`Refused` is an answer."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [*pool.map(run, acts)]


def submit(office):
    return services.submit(
        user=office.operator, carrier=office.carrier, month=MAY, values=GOOD, texts=TEXTS, seen=Seen()
    )


# --- One after the other ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_cell_in_conflict_begins_no_report(office):
    edit = Edit(office.carrier.code, "mentors", "11", "7")  # who typed saw a 7 that is not there
    saved = save_cells(user=office.staff, month=MAY, edits=[edit])
    assert saved.outcomes[0].state == State.CONFLICT
    assert not MonthlyReport.objects.exists()


@pytest.mark.django_db
def test_a_submission_that_is_not_ready_and_says_nothing_new_saves_nothing(office):
    row = office.draft(mentors=None)
    lines = Change.objects.count()
    for _ in range(2):
        with pytest.raises(NotReady):
            services.submit(user=office.operator, carrier=office.carrier, month=MAY, seen=Seen.of(row))
    assert (MonthlyReport.objects.get().version, Change.objects.count()) == (row.version, lines)


# --- At once ----------------------------------------------------------------------------------------------------------
@one_writer
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_submit_submits_once(office):
    first, second = at_once(lambda: submit(office), lambda: submit(office))
    assert {type(first), type(second)} == {MonthlyReport}
    assert MonthlyReport.objects.get().transitions.filter(to_state="submitted").count() == 1


@one_writer
@pytest.mark.django_db(transaction=True)
def test_two_who_begin_the_same_months_in_another_order_both_save(office):
    other = CarrierFactory(area=office.town, operator=office.carrier.operator)
    there = [office.carrier.code, other.code]
    mentors = [Edit(code, "mentors", "3", "") for code in there]
    events = [Edit(code, "events", "4", "") for code in reversed(there)]
    saved = at_once(
        *(lambda edits=edits: save_cells(user=office.staff, month=MAY, edits=edits) for edits in (mentors, events))
    )
    assert {outcome.state for each in saved for outcome in each.outcomes} == {State.SAVED}
    assert [*MonthlyReport.objects.values_list("mentors", "events")] == [(3, 4), (3, 4)]


@one_writer
@pytest.mark.django_db(transaction=True)
def test_a_month_is_closed_before_or_after_a_submission_never_in_the_middle(office, monkeypatch):
    """The submission stands in the middle of its work when the close begins: the close waits and finds it."""
    working, go_on = threading.Event(), threading.Event()
    hold = holding.hold_closes_of

    def hold_and_wait(around: context.MonthContext) -> None:
        hold(around)
        working.set()
        go_on.wait(5)

    monkeypatch.setattr(services, "hold_closes_of", hold_and_wait)

    def close() -> object:
        working.wait(5)
        threading.Timer(0.3, go_on.set).start()
        return close_month(user=office.reviewer, area=office.district, month=MAY)

    handed_in, closed = at_once(lambda: submit(office), close)
    assert isinstance(handed_in, MonthlyReport)
    assert "1份月报待审核" in str(closed)
    assert not MonthClose.objects.exists()


@one_writer
@pytest.mark.django_db(transaction=True)
def test_two_closes_of_a_month_are_one(office):
    done = at_once(*(lambda: close_month(user=office.staff, area=office.district, month=MAY),) * 2)
    assert sorted(type(each).__name__ for each in done) == ["MonthClose", "Refused"]


@one_writer
@pytest.mark.django_db(transaction=True)
def test_two_who_enter_a_carriers_torch_figures_take_turns(office):
    carrier = type(office.carrier).objects.select_related("owner_area").get(pk=office.carrier.pk)
    entries = [Filed(carrier, "events", 74)]
    done = at_once(*(lambda: file_figures(user=office.staff, year=2024, entries=entries, source="火炬"),) * 2)
    assert sorted(done) == [0, 1]
    assert TorchFigure.objects.count() == 1


@one_writer
@pytest.mark.django_db(transaction=True)
def test_two_drafts_begun_at_once_are_one_and_the_other_is_told(office):
    done = at_once(office.draft, lambda: office.draft(user=office.staff))
    assert sorted(type(each).__name__ for each in done) == ["MonthlyReport", "Stale"]
