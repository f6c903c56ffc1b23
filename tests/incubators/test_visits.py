"""Visits: two minutes on a phone, photos told by content, what was promised closed once, only one's own carriers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Attachment, Change
from incubators.access import Role
from incubators.models import MonthlyReport, Visit
from tests.incubators.factories import CarrierFactory, MonthlyReportFactory, VisitFactory, make_user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def carrier():
    return CarrierFactory(code="VISIT1", name="走访测试孵化器")


@pytest.fixture
def liaison(carrier):
    return make_user(Role.LIAISON, area=carrier.owner_area)


@pytest.fixture
def client(liaison):
    client = Client()
    client.force_login(liaison, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(**changes):
    return {"carrier": "VISIT1", "visited_on": "2026-10-08", "findings": "缺检测设备"} | changes


def test_a_visit_with_photos_and_a_promise(client, liaison, carrier):
    photos = [SimpleUploadedFile("现场.png", PNG), SimpleUploadedFile("现场2.png", PNG + b"1")]
    answer = client.post(
        reverse("incubators:visit_create"),
        sent(follow_up="联系检测平台", follow_up_due="2026-10-31", photos=photos),
    )
    row = Visit.objects.get()
    assert answer.url == reverse("incubators:visit_detail", args=[row.pk])
    assert (row.visitor, row.follow_up, row.follow_up_due) == (liaison, "联系检测平台", date(2026, 10, 31))
    assert Attachment.objects.filter(owner_label="incubators.visit", owner_id=str(row.pk)).count() == 2
    assert Change.objects.get().action == "登记走访"
    assert "现场.png" in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"carrier": ""}, "carrier", "请选择载体"),
        ({"carrier": "zzz"}, "carrier", "请从列表中选择载体"),
        ({"visited_on": "不知道"}, "visited_on", "走访日期应为日期,请写成 2026-10-08 这样"),
        ({"follow_up": "办" * 400}, "follow_up", "超过300个字(现有400个)"),
        ({"findings": " "}, "findings", "请写明发现的问题;没有问题的,勾选“无问题”"),
        ({"none_found": "on"}, "findings", "请取消勾选“无问题”"),
        ({"visited_on": (timezone.localdate() + timedelta(days=2)).isoformat()}, "visited_on", "不能晚于今天"),
        ({"follow_up": "办事", "follow_up_due": "2026-10-01"}, "follow_up_due", "不能早于走访日期"),
        ({"follow_up_due": "2026-10-31"}, "follow_up", "请写明后续事项"),
        ({"follow_up": "办事"}, "follow_up_due", "请填办结期限"),
    ],
)
def test_wrong_input_is_said_at_the_field_and_nothing_typed_is_lost(client, carrier, changes, field, sentence):
    answer = client.post(reverse("incubators:visit_create"), sent(**changes))
    form = answer.context["form"]
    assert answer.status_code == 422
    assert any(sentence in error for error in form.errors[field])
    assert form["findings"].value() == sent(**changes)["findings"]
    assert not Visit.objects.exists()


def test_a_visit_that_found_nothing_says_so(client, carrier):
    assert client.post(reverse("incubators:visit_create"), sent(findings="", none_found="on")).status_code == 302
    assert Visit.objects.get().findings == "无问题"


def test_a_photo_is_told_by_its_content(client, carrier):
    answer = client.post(
        reverse("incubators:visit_create"), sent(photos=SimpleUploadedFile("照片.png", b"MZ not a picture"))
    )
    assert answer.status_code == 422
    assert "照片.png" in answer.context["photo_errors"][0]
    assert not Visit.objects.exists()
    assert not Attachment.objects.exists()


def test_a_promise_is_closed_once_with_its_outcome(client, carrier):
    row = VisitFactory(carrier=carrier, visited_on=date(2026, 9, 1), follow_up="联系银行", closed_on=None)
    address = reverse("incubators:visit_close", args=[row.pk])
    assert client.post(address, {"closed_on": "2026-08-01", "outcome": "已办"}).status_code == 422
    assert client.post(address, {"closed_on": "2026-09-10", "outcome": ""}).status_code == 422
    assert client.post(address, {"closed_on": "2026-09-10", "outcome": "银行已对接"}).status_code == 302
    assert client.post(address, {"closed_on": "2026-09-11", "outcome": "再办"}).status_code == 422
    row.refresh_from_db()
    assert (row.closed_on, row.outcome) == (date(2026, 9, 10), "银行已对接")


def test_overdue_promises_come_first_and_other_districts_are_not_there(client, carrier):
    late = VisitFactory(
        carrier=carrier, visited_on=date(2026, 1, 5), follow_up="早该办的", follow_up_due=date(2026, 2, 1)
    )
    VisitFactory(carrier=carrier, visited_on=date(2026, 1, 6), follow_up="不急的", follow_up_due=None)
    other = VisitFactory(follow_up="外区的")
    page = client.get(reverse("incubators:visit_list"))
    assert [row.follow_up for row in page.context["page"].object_list] == ["早该办的", "不急的"]
    assert "逾期" in page.content.decode()
    assert client.get(reverse("incubators:visit_detail", args=[other.pk])).status_code == 404
    assert client.get(reverse("incubators:visit_detail", args=[late.pk])).status_code == 200


def test_what_an_operator_asked_for_waits_until_somebody_goes(client, carrier):
    now = timezone.now()
    MonthlyReportFactory(
        carrier=carrier,
        month=(timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1),
        state=MonthlyReport.State.SUBMITTED,
        submitted_at=now - timedelta(days=3),
        submitted_by=make_user(Role.OPERATOR, organisation=carrier.operator),
        issues="希望引进检测设备",
    )
    address = reverse("incubators:visit_list")
    assert "希望引进检测设备" in client.get(address).content.decode()
    form = reverse("incubators:visit_create")
    assert "希望引进检测设备" in client.get(form, {"carrier": carrier.code}).content.decode()
    assert "希望引进检测设备" not in client.get(form).content.decode()
    own = reverse("incubators:carrier_detail", args=[carrier.code]) + "?tab=service"
    assert "希望引进检测设备" in client.get(own).content.decode()
    VisitFactory(carrier=carrier, visited_on=timezone.localdate())
    assert "希望引进检测设备" not in client.get(address).content.decode()
    assert "希望引进检测设备" not in client.get(own).content.decode()


def test_leaders_read_and_do_not_write(carrier):
    leader = Client()
    leader.force_login(
        make_user(Role.LEADER, area=carrier.owner_area), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert leader.get(reverse("incubators:visit_list")).status_code == 200
    assert leader.get(reverse("incubators:visit_create")).status_code == 403
