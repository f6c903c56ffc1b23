"""Evidence is downloaded by who may see its record; the trail is read within the auditor's areas."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from core.models import Attachment, Change
from core.trail import COMMAND_LINE, Actor, record
from incubators.access import Role
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    MonthlyReportFactory,
    OrganisationFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db


def evidence(label: str, owner: Any) -> Attachment:
    file = Attachment(
        owner_label=label, owner_id=str(owner), name="在孵协议.html", content_type="text/html", size=9, sha256="0" * 64
    )
    file.file.save("agreement.html", ContentFile(b"<script/>"), save=False)
    file.save()
    return file


def test_a_file_is_saved_and_never_shown_in_place() -> None:
    carrier = CarrierFactory()
    file = evidence("incubators.monthlyreport", MonthlyReportFactory(carrier=carrier).pk)
    answer = signed_in(make_user(Role.STAFF, area=carrier.area)).get(f"/attachments/{file.pk}/")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"<script/>"  # type: ignore[arg-type]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_of_a_record_of_others_is_not_found() -> None:
    carrier = CarrierFactory()
    file = evidence("incubators.monthlyreport", MonthlyReportFactory(carrier=carrier).pk)
    for user in (
        make_user(Role.STAFF),
        make_user(Role.OPERATOR),
        make_user(Role.EXPERT, area=carrier.area),
        make_user(Role.ADMINISTRATOR, area=carrier.area),
    ):
        assert signed_in(user).get(f"/attachments/{file.pk}/").status_code == 404
    own = make_user(Role.OPERATOR, organisation=carrier.operator)
    assert b"".join(signed_in(own).get(f"/attachments/{file.pk}/").streaming_content)  # type: ignore[arg-type]
    assert Client().get(f"/attachments/{file.pk}/").status_code == 302


@pytest.mark.parametrize(("label", "owner"), [("accounts.user", "1"), ("no.such", "1"), ("incubators.carrier", "x y")])
def test_a_file_of_an_unknown_kind_of_record_has_no_reader(label: str, owner: str) -> None:
    file = evidence(label, owner)
    assert signed_in(make_user(Role.STAFF)).get(f"/attachments/{file.pk}/").status_code == 404


@pytest.fixture
def area() -> Any:
    return AreaFactory()


def test_an_auditor_reads_what_concerns_the_own_areas(area: Any) -> None:
    own, other = CarrierFactory(area=area), CarrierFactory()
    staff_here, staff_there = make_user(Role.STAFF, area=area), make_user(Role.STAFF)
    operator_here = make_user(Role.OPERATOR, organisation=OrganisationFactory(area=area))
    record(actor=Actor.of(staff_there), action="改这里的载体", target=own)
    record(actor=Actor.of(staff_here), action="这里的人做的", target=other)
    record(actor=Actor.of(operator_here), action="这里的运营方做的", target=other)
    record(actor=Actor.of(staff_there), action="别处的事", target=other)
    record(actor=COMMAND_LINE, action="别处的命令", target=other)
    client = signed_in(make_user(Role.AUDITOR, area=area))
    rows = client.get("/changes/").context["page"].object_list
    assert {row.action for row in rows} == {"改这里的载体", "这里的人做的", "这里的运营方做的"}


def test_a_change_tells_field_by_field_and_leaves_as_a_safe_file(area: Any) -> None:
    carrier = CarrierFactory(area=area, name="甲载体")
    person = make_user(Role.STAFF, area=area, display_name="张三")
    values = {"floor_area": 5000, "industry": ""}, {"floor_area": 6000, "industry": "=1+1"}
    record(
        actor=Actor.of(person), action="改面积", target=carrier, before=values[0], after=values[1], reason="=SUM(A1)"
    )
    client = signed_in(make_user(Role.AUDITOR, area=area))
    page = client.get("/changes/", {"q": "改面积", "actor_name": "张三"}).content.decode()
    for words in ("建筑面积(㎡)", "5000", "6000", "主导领域", "(空)", "科创载体"):
        assert words in page, words
    text = b"".join(client.get("/changes/", {"format": "csv"}).streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) == 1 + Change.objects.count()
    assert lines[1][lines[0].index("原因")] == "'=SUM(A1)"


@pytest.mark.parametrize("query", ["q=改名", "record_label=incubators.enterprise", "channel=import", "actor_name=李四"])
def test_filters_of_the_trail_leave_out_what_does_not_fit(area: Any, query: str) -> None:
    record(actor=Actor.of(make_user(Role.STAFF, area=area)), action="改面积", target=CarrierFactory(area=area))
    client = signed_in(make_user(Role.AUDITOR, area=area))
    assert len(client.get("/changes/").context["page"].object_list) == 1
    assert client.get(f"/changes/?{query}").context["page"].object_list == []


def test_the_trail_is_filtered_by_day(area: Any) -> None:
    record(actor=Actor.of(make_user(Role.STAFF, area=area)), action="改面积", target=CarrierFactory(area=area))
    client = signed_in(make_user(Role.AUDITOR, area=area))
    assert len(client.get("/changes/?at_after=2020-01-01&at_before=2999-01-01").context["page"].object_list) == 1
    assert client.get("/changes/?at_after=2999-01-01").context["page"].object_list == []
    wrong = client.get("/changes/?at_after=2026-13-45")
    assert wrong.context["page"].object_list == []
    assert wrong.context["listing"].form.errors
