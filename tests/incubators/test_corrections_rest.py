"""Corrections over REST: an operator's program asks, staff grant or decline; the same refusals as on the page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import ApiToken
from core.models import Change
from incubators.access import Role
from incubators.models import CorrectionRequest, MonthlyReport
from incubators.services import corrections
from incubators.services import reports as services
from tests.incubators.factories import make_user
from tests.incubators.report_cases import Office

pytestmark = pytest.mark.django_db
LIST = reverse("api:correction-requests-list")
REASON = "融资金额少填一笔,应为300万元"


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def call(client, office):
    """Send JSON with a person's token."""
    tokens = {}

    def send(user, move, row, **body):
        if user.pk not in tokens:
            tokens[user.pk] = ApiToken.issue(user=user, name="测试")[1]
        address = reverse(f"api:monthly-reports-{move}-correction", args=[row.pk])
        headers = {"Authorization": f"Bearer {tokens[user.pk]}"}
        return client.post(address, body, content_type="application/json", headers=headers)

    return send


def enter(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_asked_found_and_granted_with_the_operators_reason(client, call, office):
    row = office.accepted()
    asked = call(office.operator, "ask", row, reason=f" {REASON} ")
    assert (asked.status_code, asked.json()["state"], asked.json()["reason"]) == (201, "waiting", REASON)

    [found] = enter(client, office.staff).get(LIST, {"state": "waiting"}).json()["results"]
    assert (found["carrier"]["code"], found["month"], found["asked_by"]) == (
        office.carrier.code,
        "2024-05-01",
        "李运营",
    )
    assert client.get(found["report"]).json()["id"] == row.pk
    client.logout()

    granted = call(office.staff, "grant", row)
    assert granted.status_code == 201
    told = granted.json()
    assert (told["revision"], told["state"], told["revision_reason"]) == (2, "draft", REASON)
    assert CorrectionRequest.objects.get().state == "granted"
    lines = Change.objects.filter(record_label="incubators.correctionrequest").order_by("pk")
    assert [(line.action, line.channel) for line in lines] == [("申请更正月报", "api"), ("同意更正申请", "api")]
    again = call(office.staff, "grant", row)
    assert (again.status_code, again.json()["errors"]) == (400, {"non_field_errors": ["这份月报没有待答复的更正申请"]})
    assert MonthlyReport.objects.count() == 2


def test_declined_with_a_reason_that_the_operators_program_reads(client, call, office):
    row = office.accepted()
    call(office.operator, "ask", row, reason=REASON)
    for reason in ("  ", "多" * 301):
        refused = call(office.staff, "decline", row, reason=reason)
        assert (refused.status_code, [*refused.json()["errors"]]) == (400, ["reason"])
    declined = call(office.staff, "decline", row, reason="凭证是六月的")
    assert (declined.status_code, declined.json()["state"], declined.json()["answered_by"]) == (
        200,
        "declined",
        "张科员",
    )
    assert call(office.staff, "decline", row, reason="再答一次").status_code == 400
    assert call(office.staff, "grant", row).status_code == 400
    [found] = enter(client, office.operator).get(LIST).json()["results"]
    assert (found["state"], found["answer"]) == ("declined", "凭证是六月的")


def test_the_limit_of_a_reason_is_one_and_says_how_long_it_is(call, office):
    row = office.accepted()
    sentence = "更正原因最多300字,现有301字"
    asked = call(office.operator, "ask", row, reason="多" * 301)
    assert asked.json()["errors"] == {"reason": [sentence]}
    assert call(office.operator, "ask", row, reason=5).json()["errors"] == {"reason": ["应为文字"]}
    assert call(office.operator, "ask", row).json()["errors"] == {"reason": ["请写明更正原因"]}
    with pytest.raises(services.Refused, match=sentence):
        services.correct(user=office.staff, report=row, reason="多" * 301)
    assert call(office.operator, "ask", row, reason="多" * 300).status_code == 201


def test_nobody_else_asks_or_answers(client, call, office):
    row, other = office.accepted(), Office()
    assert call(office.staff, "ask", row, reason=REASON).status_code == 403
    assert call(other.operator, "ask", row, reason=REASON).status_code == 404
    corrections.ask_correction(user=office.operator, report=row, reason=REASON)
    leader = make_user(Role.LEADER, area=office.district)
    for move in ("grant", "decline"):
        assert call(office.operator, move, row, reason="自己答复").status_code == 403
        assert call(leader, move, row, reason="只看").status_code == 403
        assert call(other.staff, move, row, reason="别区").status_code == 404
    assert enter(client, other.staff).get(LIST).json()["results"] == []
    assert enter(client, other.operator).get(LIST).json()["results"] == []
    assert CorrectionRequest.objects.get().state == "waiting"


def test_what_was_not_accepted_or_is_being_corrected_is_not_asked_for(call, office):
    draft = office.draft()
    assert call(office.operator, "ask", draft, reason=REASON).status_code == 403
    row = office.locked(month=draft.month.replace(month=4))
    services.correct(user=office.staff, report=row, reason="面积填错")
    refused = call(office.operator, "ask", row, reason=REASON)
    assert refused.status_code == 400
    assert "第 2 版" in refused.json()["errors"]["non_field_errors"][0]


def test_requests_are_filtered(client, office):
    row = office.accepted()
    corrections.ask_correction(user=office.operator, report=row, reason=REASON)
    enter(client, office.staff)
    for query, count in (
        ({"month": "2024-05-01"}, 1),
        ({"month": "2024-04-01"}, 0),
        ({"carrier": office.carrier.code}, 1),
        ({"area": office.town.code}, 1),
        ({"state": "declined"}, 0),
    ):
        assert len(client.get(LIST, query).json()["results"]) == count, query
    for name, value in {"month": "2024-05-02", "carrier": "nobody", "area": "nowhere", "state": "open"}.items():
        assert [*client.get(LIST, {name: value}).json()["errors"]] == [name]
    text = b"".join(client.get(LIST, {"format": "csv", "fields": "carrier,month,reason"}).streaming_content)
    assert REASON in text.decode("utf-8-sig")
