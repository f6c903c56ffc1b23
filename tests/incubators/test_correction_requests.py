"""An operator asks for a correction of what was accepted; staff grant or decline it, and the operator reads which."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.models import Change
from incubators.access import Role
from incubators.models import CorrectionRequest, MonthlyReport
from incubators.services import corrections
from incubators.services import reports as services
from tests.incubators.factories import make_user
from tests.incubators.report_cases import Office

pytestmark = pytest.mark.django_db
LIST = reverse("incubators:report_list")
REASON = "融资金额少填一笔,应为300万元"


@pytest.fixture
def office():
    return Office()


def enter(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def detail_url(row):
    return reverse("incubators:report_detail", args=[row.pk])


def body(client, address, **asked):
    return client.get(address, asked).content.decode()


def ask(client, row, reason=REASON):
    return client.post(reverse("incubators:report_ask", args=[row.pk]), {"reason": reason})


def move(client, row, name, **sent):
    return client.post(reverse("incubators:report_move", args=[row.pk, name]), sent)


def test_asked_seen_granted_and_corrected(client, office):
    row = office.accepted()
    enter(client, office.operator)
    assert "申请更正" in body(client, detail_url(row))
    answer = ask(client, row)
    assert (answer.status_code, answer.url) == (302, detail_url(row))
    waiting = body(client, detail_url(row))
    assert REASON in waiting
    assert reverse("incubators:report_ask", args=[row.pk]) not in waiting

    enter(client, office.staff)
    # The page that staff begin on names it, whatever month it shows; the month's line carries it.
    assert REASON in body(client, LIST)
    assert "1 份更正申请待答复" in body(client, LIST)
    month = body(client, LIST, month="2024-05")
    assert month.count("申请更正") == 1
    page = body(client, detail_url(row))
    assert "运营方申请更正" in page
    assert "同意更正" in page
    granted = move(client, row, "correct", reason=REASON, requested="1")
    made = MonthlyReport.objects.get(revision=2)
    assert (granted.status_code, granted.url) == (302, detail_url(made))
    assert (made.state, made.revision_reason) == ("draft", REASON)
    assert CorrectionRequest.objects.get().state == "granted"
    assert REASON not in body(client, LIST)

    enter(client, office.operator)
    own = body(client, LIST)
    assert f"更正原因:{REASON}" in own
    assert detail_url(row) in own
    assert reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"]) in own


def test_declined_with_a_reason_that_the_operator_reads_and_may_ask_again(client, office):
    row = office.accepted()
    ask(enter(client, office.operator), row)
    enter(client, office.staff)
    refused = move(client, row, "decline", reason="  ")
    assert refused.status_code == 422
    assert "请写明不同意的原因" in refused.content.decode()
    move(client, row, "decline", reason="凭证是六月的,记入六月")
    assert "更正申请待答复" not in body(client, LIST)
    # A second click, or another officer's page that was open: nothing waits any more.
    assert move(client, row, "decline", reason="再答一次").status_code == 422

    enter(client, office.operator)
    assert "凭证是六月的,记入六月" in body(client, LIST)
    assert "再次申请更正" in body(client, detail_url(row))
    ask(client, row, "六月凭证之外还有一笔")
    assert "凭证是六月的,记入六月" not in body(client, LIST)
    assert [each.state for each in CorrectionRequest.objects.order_by("pk")] == ["declined", "waiting"]


def test_asking_says_what_is_missing_and_keeps_what_was_typed(client, office):
    row = office.accepted()
    enter(client, office.operator)
    empty = ask(client, row, " ")
    assert empty.status_code == 422
    assert "请写明更正原因" in empty.content.decode()
    long = ask(client, row, "多" * 301)
    assert long.status_code == 422
    assert "多" * 301 in long.content.decode()
    ask(client, row)
    assert "正等待答复" in ask(client, row, "再来一次").content.decode()
    assert CorrectionRequest.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_only_what_was_accepted_is_asked_for(client, office, state):
    row = getattr(office, state)()
    enter(client, office.operator)
    assert 'id="ask"' not in body(client, detail_url(row))
    assert ask(client, row).status_code == 403
    assert not CorrectionRequest.objects.exists()


def test_what_is_being_corrected_is_not_asked_for(client, office):
    row = office.locked()
    services.correct(user=office.staff, report=row, reason="面积填错")
    enter(client, office.operator)
    assert "更正正在办理" in body(client, detail_url(row))
    assert "第 2 版" in ask(client, row).content.decode()
    # Nobody asked, and the operator is told all the same, with the reason and what counts until then.
    own = body(client, LIST)
    assert "更正原因:面积填错" in own
    assert detail_url(row) in own


def test_a_correction_by_another_door_answers_what_waits(office):
    row = office.accepted()
    corrections.ask_correction(user=office.operator, report=row, reason=REASON)
    services.correct(user=office.staff, report=row, reason="财务核对后更正", channel=Change.Channel.API)
    asked = CorrectionRequest.objects.get()
    assert (asked.state, asked.answered_by) == ("granted", office.staff)


def test_nobody_else_asks_or_answers(client, office):
    row = office.accepted()
    assert ask(enter(client, office.staff), row).status_code == 403
    other = Office()
    assert ask(enter(client, other.operator), row).status_code == 404
    ask(enter(client, office.operator), row)
    assert move(client, row, "decline", reason="自己答复").status_code == 403
    assert REASON not in body(enter(client, other.staff), LIST)
    assert move(client, row, "decline", reason="别区").status_code == 404
    leader = make_user(Role.LEADER, area=office.district)
    assert "更正申请待答复" not in body(enter(client, leader), LIST, month="2024-05")
    assert CorrectionRequest.objects.get().state == "waiting"


def test_each_step_leaves_a_line(office):
    row = office.accepted()
    corrections.ask_correction(user=office.operator, report=row, reason=REASON)
    corrections.decline_correction(user=office.staff, report=row, reason="不必更正")
    corrections.ask_correction(user=office.operator, report=row, reason=REASON)
    services.correct(user=office.staff, report=row, reason=REASON)
    lines = Change.objects.filter(record_label="incubators.correctionrequest").order_by("pk")
    told = [(line.action, line.actor_name, line.reason) for line in lines]
    assert told == [
        ("申请更正月报", "李运营", REASON),
        ("不同意更正申请", "张科员", "不必更正"),
        ("申请更正月报", "李运营", REASON),
        ("同意更正申请", "张科员", ""),
    ]
