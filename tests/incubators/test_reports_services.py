"""The way of a report: who may move it, what is refused, what is kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar, ReportEvent
from incubators.reporting.fingerprint import content_hash
from incubators.services import reports as services
from incubators.services.reports import NotReady, Seen, Stale
from tests.incubators.factories import make_user
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office

pytestmark = pytest.mark.django_db
S = MonthlyReport.State


@pytest.fixture
def office():
    return Office()


def save(office, user, seen, **values):
    return services.save_draft(user=user, carrier=office.carrier, month=MAY, values=values, seen=seen)


def test_a_draft_keeps_what_is_not_given_and_leaves_a_trail(office):
    row = office.draft()
    row = save(office, office.operator, Seen.of(row), mentors=11)
    assert (row.mentors, row.events, row.version) == (11, 2, 2)
    change = Change.objects.filter(record_id=str(row.pk)).latest("id")
    assert (change.action, change.before, change.after) == ("填报月报", {"mentors": 10}, {"mentors": 11})


def test_saving_the_same_again_changes_nothing(office):
    row = office.draft()
    again = save(office, office.operator, Seen.of(row), mentors=10)
    assert again.version == row.version == 1
    assert Change.objects.filter(record_id=str(row.pk)).count() == 1


def test_a_second_editor_overwrites_nothing(office):
    row = office.draft()
    seen = Seen.of(row)
    save(office, office.operator, seen, mentors=11)
    with pytest.raises(Stale) as stale:
        save(office, office.staff, seen, mentors=9)
    assert stale.value.row.mentors == 11
    assert MonthlyReport.objects.get().mentors == 11


def test_two_people_starting_the_same_month(office):
    office.draft()
    with pytest.raises(Stale):
        save(office, office.staff, Seen(), mentors=9)


def test_submission_keeps_the_registers_counts_and_the_hash(office):
    row = office.submitted()
    assert row.state == S.SUBMITTED
    assert row.register["n_incubatee"] == 0
    assert row.first_submitted_at == row.submitted_at
    assert row.content_hash == content_hash(row, [])
    assert list(row.transitions.values_list("from_state", "to_state")) == [("", "submitted")]


def test_submitting_twice_is_once(office):
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY, "values": GOOD, "texts": TEXTS}
    first = services.submit(**ask, seen=Seen())
    second = services.submit(**ask, seen=Seen())
    assert (second.pk, second.version) == (first.pk, first.version)
    assert ReportEvent.objects.filter(report=first, to_state=S.SUBMITTED).count() == 1


def test_what_the_checks_block_is_saved_as_a_draft(office):
    with pytest.raises(NotReady) as blocked:
        office.submitted(enterprises_financed=0)
    assert list(blocked.value.errors) == ["enterprises_financed"]
    row = MonthlyReport.objects.get()
    assert (row.state, row.enterprises_financed) == (S.DRAFT, 0)


def test_a_soft_finding_wants_an_explanation_and_takes_it(office):
    office.accepted(month=MAY.replace(month=4))
    with pytest.raises(NotReady) as blocked:
        office.submitted(mentors=20)
    assert list(blocked.value.errors) == ["explain:R15:mentors"]
    row = MonthlyReport.objects.get(month=MAY)
    explained = {"R15:mentors": "新聘产业导师10人", "R15:gone": "旧的说明"}
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY}
    row = services.submit(**ask, explanations=explained, seen=Seen.of(row))
    assert row.state == S.SUBMITTED
    assert row.explanations == {"R15:mentors": "新聘产业导师10人"}


def test_contradicting_figures_are_refused_whole(office):
    with pytest.raises(Refused) as refused:
        office.draft(area_leased=Decimal("4000.01"))
    assert list(refused.value.errors) == ["area_leased"]
    assert not MonthlyReport.objects.exists()


def test_who_submitted_does_not_accept(office):
    row = office.submitted(user=office.staff)
    with pytest.raises(NotPermitted, match="另一位"):
        services.accept(user=office.staff, report=row, seen_hash=row.content_hash)
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthlyReport.objects.filter(pk=row.pk).update(
            state=S.ACCEPTED, accepted_by=office.staff, accepted_at=timezone.now()
        )
    accepted = services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    assert (accepted.state, accepted.accepted_by) == (S.ACCEPTED, office.reviewer)


def test_operators_and_other_districts_do_not_review(office):
    row = office.submitted()
    for person in (office.operator, make_user(Role.STAFF), make_user(Role.LEADER, area=office.district)):
        with pytest.raises(NotPermitted):
            services.accept(user=person, report=row, seen_hash=row.content_hash)


def test_acceptance_is_of_what_was_seen(office):
    row = office.submitted()
    seen = row.content_hash
    row = services.give_back(user=office.reviewer, report=row, reason="请核对导师数")
    row = services.submit(
        user=office.operator, carrier=office.carrier, month=MAY, values={"mentors": 11}, seen=Seen.of(row)
    )
    with pytest.raises(Stale):
        services.accept(user=office.reviewer, report=row, seen_hash=seen)
    assert MonthlyReport.objects.get().state == S.SUBMITTED
    assert services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash).state == S.ACCEPTED


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_return_needs_its_reason(office, reason):
    row = office.submitted()
    with pytest.raises(Refused) as refused:
        services.give_back(user=office.reviewer, report=row, reason=reason)
    assert list(refused.value.errors) == ["reason"]
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportEvent.objects.create(report=row, actor=office.reviewer, from_state="submitted", to_state="returned")


def test_resubmission_keeps_the_first_date(office):
    row = office.submitted()
    first = row.first_submitted_at
    row = services.give_back(user=office.reviewer, report=row, reason="请核对")
    row = services.submit(user=office.operator, carrier=office.carrier, month=MAY, seen=Seen.of(row))
    assert row.first_submitted_at == first
    assert row.submitted_at > first
    states = list(row.transitions.values_list("to_state", flat=True))
    assert states == ["submitted", "returned", "submitted"]


@pytest.mark.parametrize("state", ["submitted", "accepted", "locked"])
def test_what_is_closed_is_not_written(office, state):
    row = getattr(office, state)()
    before = content_hash(row, [])
    for person in (office.operator, office.staff):
        with pytest.raises(NotPermitted):
            save(office, person, Seen.of(row), mentors=1)
        with pytest.raises(NotPermitted):
            services.submit(user=person, carrier=office.carrier, month=MAY, values={"mentors": 1}, seen=Seen.of(row))
    row.refresh_from_db()
    assert content_hash(row, []) == before


def test_a_locked_report_moves_only_to_a_correction(office):
    row = office.locked()
    for move in (
        lambda: services.give_back(user=office.reviewer, report=row, reason="再看"),
        lambda: services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash),
        lambda: services.lock(user=office.reviewer, report=row),
    ):
        with pytest.raises(NotPermitted, match="已锁定"):
            move()


def test_a_correction_counts_only_once_accepted(office):
    old = office.locked()
    new = services.correct(user=office.reviewer, report=old, reason="面积填错")
    counted = MonthlyReport.objects.counted()
    assert (new.revision, new.is_current, new.state, new.mentors) == (2, False, S.DRAFT, 10)
    assert list(counted) == [old]
    new = services.submit(
        user=office.operator, carrier=office.carrier, month=MAY, values={"mentors": 9}, seen=Seen.of(new)
    )
    assert list(counted.all()) == [old]
    assert list(MonthlyReport.objects.latest()) == [new]
    services.accept(user=office.reviewer, report=new, seen_hash=new.content_hash)
    assert list(counted.all()) == [new]
    old.refresh_from_db()
    assert (old.is_current, old.state, old.mentors) == (False, S.LOCKED, 10)


def test_a_correction_needs_a_reason_and_there_is_one_at_a_time(office):
    old = office.locked()
    with pytest.raises(Refused):
        services.correct(user=office.reviewer, report=old, reason=" ")
    services.correct(user=office.reviewer, report=old, reason="面积填错")
    with pytest.raises(Stale):
        services.correct(user=office.staff, report=old, reason="导师填错")
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthlyReport.objects.create(
            carrier=office.carrier, month=MAY, revision=3, revision_reason="又一份", is_current=False
        )


def test_an_open_correction_cannot_be_made_to_count(office):
    new = services.correct(user=office.reviewer, report=office.locked(), reason="面积填错")
    for revision, current in ((1, False), (2, True)):
        with pytest.raises(IntegrityError), transaction.atomic():
            MonthlyReport.objects.filter(revision=revision).update(is_current=current)
    assert MonthlyReport.objects.get(is_current=True).revision == new.revision - 1


def test_who_wrote_into_a_report_does_not_accept_it(office):
    """The reviewer types a figure, the operator submits: somebody else accepts."""
    row = office.draft()
    row = services.save_draft(
        user=office.reviewer, carrier=office.carrier, month=MAY, values={"mentors": 11}, seen=Seen.of(row)
    )
    row = services.submit(user=office.operator, carrier=office.carrier, month=MAY, seen=Seen.of(row))
    with pytest.raises(NotPermitted, match="您填写过"):
        services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    assert services.accept(user=office.staff, report=row, seen_hash=row.content_hash).state == S.ACCEPTED


def test_months_outside_the_carriers_life_or_ahead_are_refused(office):
    for month, sentence in ((MAY.replace(year=2019), "开办"), (MAY.replace(year=2099), "未来")):
        with pytest.raises(Refused, match=sentence):
            office.draft(month=month)


def test_outsiders_do_not_file(office):
    for person in (make_user(Role.OPERATOR), make_user(Role.STAFF), make_user(Role.LIAISON, area=office.district)):
        with pytest.raises(NotPermitted):
            office.draft(user=person)


def test_staff_file_on_behalf(office):
    assert office.submitted(user=office.staff).submitted_by == office.staff


# --- Words that do not fit ----------------------------------------------------------------------------------------------
def test_no_door_lets_in_a_word_that_is_no_option(office):
    entry = {"code": "x_1", "label": "运营方式", "unit": "", "kind": "choice", "options": ["甲", "乙"]}
    ReportCalendar.objects.create(area=office.district, declared=[entry])
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY, "values": GOOD}
    for write in (services.save_draft, services.submit):
        with pytest.raises(Refused) as refused:
            write(**ask, texts={**TEXTS, "x_1": "丙"}, seen=Seen())
        assert refused.value.errors == {"x_1": ["请从中选一项:甲、乙"]}
    assert not MonthlyReport.objects.exists()
    assert services.submit(**ask, texts={**TEXTS, "x_1": " 甲 "}, seen=Seen()).extra == {"x_1": "甲"}


def test_words_longer_than_their_column_are_refused(office):
    with pytest.raises(Refused) as refused:
        services.save_draft(
            user=office.operator,
            carrier=office.carrier,
            month=MAY,
            values={},
            texts={"filled_by": "王" * 41},
            seen=Seen(),
        )
    assert refused.value.errors == {"filled_by": ["最多40字"]}


def test_an_explanation_is_kept_whole_or_refused(office):
    row = office.draft()
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY, "values": {}}
    row = services.save_draft(**ask, explanations={"R15:mentors": "因" * 500}, seen=Seen.of(row))
    assert row.explanations == {"R15:mentors": "因" * 500}
    with pytest.raises(Refused) as refused:
        services.save_draft(**ask, explanations={"R15:mentors": "因" * 501}, seen=Seen.of(row))
    assert [*refused.value.errors] == ["explain:R15:mentors"]
    assert "最多500字" in str(refused.value)


def test_the_reason_of_a_correction_is_kept_whole_or_refused(office):
    row = office.accepted()
    with pytest.raises(Refused, match="最多300字") as refused:
        services.correct(user=office.staff, report=row, reason="因" * 301)
    assert [*refused.value.errors] == ["reason"]
    assert services.correct(user=office.staff, report=row, reason="因" * 300).revision_reason == "因" * 300


def test_the_reason_of_a_return_may_be_longer(office):
    row = office.submitted()
    with pytest.raises(Refused, match="最多500字"):
        services.give_back(user=office.staff, report=row, reason="因" * 501)
    row = services.give_back(user=office.staff, report=row, reason="因" * 500)
    assert row.transitions.get(to_state=S.RETURNED).comment == "因" * 500
