"""Rosters in the browser and over REST: each person's part of them, the work on them, papers and files."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import Attachment
from incubators.access import Role
from incubators.models import Qualification, Residency, Roster
from incubators.rosters import content
from incubators.services import rosters
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
YEAR_END = date(2024, 12, 31)
CONFIRMED_ON = date(2025, 1, 20)


class District:
    """A district with two carriers of different operators, a tenant in each, and two of its staff."""

    def __init__(self) -> None:
        self.area = AreaFactory(name="金山区")
        self.mine, self.theirs = CarrierFactory(area=self.area), CarrierFactory(area=self.area)
        self.own: Residency = ResidencyFactory(carrier=self.mine, enterprise__name="自家科技")
        self.foreign: Residency = ResidencyFactory(carrier=self.theirs, enterprise__name="别家科技")
        self.maker = make_user(Role.STAFF, area=self.area, display_name="张三")
        self.checker = make_user(Role.STAFF, area=self.area, display_name="李四")
        self.operator = make_user(Role.OPERATOR, organisation=self.mine.operator)

    def draft(self, kind: str = "incubatees", year: int = 2024) -> Roster:
        return rosters.make(user=self.maker, kind=kind, area=self.area, year=year, as_of=date(year, 12, 31))

    def confirmed(self, year: int = 2024) -> Roster:
        row = self.draft(year=year)
        seen, day = content.digest_now(row), date(year + 1, 1, 20)
        return rosters.confirm(user=self.checker, roster=row, document="金科委3号", confirmed_on=day, seen=seen)


@pytest.fixture
def district() -> District:
    return District()


def page(client: Client, name: str, *arguments: Any, **query: Any) -> Any:
    return client.get(reverse(f"incubators:roster_{name}", args=arguments), query)


def body(answer: Any) -> str:
    content_ = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content_.decode())


# --- The way of a list ------------------------------------------------------------------------------------------------
def test_a_list_is_made_confirmed_by_another_and_corrected(district: District) -> None:
    maker, checker = signed_in(district.maker), signed_in(district.checker)
    form = {"kind": "incubatees", "area": district.area.code, "year": "2024", "as_of": "2024-12-31", "title": ""}
    answer = maker.post(reverse("incubators:roster_create"), form)
    row = Roster.objects.get()
    assert answer.url == reverse("incubators:roster_detail", args=[row.pk])
    shown = body(page(maker, "detail", row.pk))
    assert "请由另一位工作人员核对并确认" in shown
    assert "核对并确认</a>" not in shown
    assert page(maker, "confirm", row.pk).status_code == 409

    ResidencyFactory(carrier=district.mine, enterprise__name="后来登记")
    shown = body(page(checker, "confirm", row.pk))
    assert "后来登记" in shown
    assert "登记簿有而名册没有" in shown
    post = {"document": "", "confirmed_on": "2025-01-20", "seen": content.digest_now(row)}
    answer = checker.post(reverse("incubators:roster_confirm", args=[row.pk]), post)
    assert answer.status_code == 422
    assert "2025-01-20" in body(answer), "what was typed is still there"
    post["document"] = "金科委3号"
    answer = checker.post(reverse("incubators:roster_confirm", args=[row.pk]), post)
    assert "1 处不同" in body(answer)
    assert "金科委3号" in body(answer)
    answer = checker.post(reverse("incubators:roster_confirm", args=[row.pk]), post | {"differences_accepted": "on"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert row.digest[:8] in body(page(checker, "detail", row.pk, tab="record"))
    assert page(checker, "confirm", row.pk).status_code == 409

    answer = maker.post(reverse("incubators:roster_correct", args=[row.pk]), {"reason": "漏列一家"})
    correction = Roster.objects.get(revision=2)
    assert answer.url == reverse("incubators:roster_detail", args=[correction.pk])
    assert correction.entries.count() == row.entries.count() + 1
    assert "正在起草更正版" in body(page(maker, "detail", row.pk))


def test_a_draft_is_brought_up_to_the_register_or_thrown_away(district: District) -> None:
    maker = signed_in(district.maker)
    row = district.draft()
    ResidencyFactory(carrier=district.mine, enterprise__name="后来登记")
    assert "后来登记" in body(page(maker, "detail", row.pk, tab="register"))
    maker.post(reverse("incubators:roster_redraw", args=[row.pk]))
    assert "后来登记" in body(page(maker, "detail", row.pk))
    assert "与登记簿一致" in body(page(maker, "detail", row.pk, tab="register"))
    answer = maker.post(reverse("incubators:roster_discard", args=[row.pk]), follow=True)
    assert "已放弃草稿" in body(answer)
    assert not Roster.objects.exists()


def test_the_year_before_is_shown_with_what_came_and_went(district: District) -> None:
    district.confirmed()
    ResidencyFactory(carrier=district.mine, enterprise__name="今年新来", entered_on=date(2025, 2, 1))
    Residency.objects.filter(pk=district.own.pk).update(left_on=date(2025, 3, 1), outcome="closed")
    row = district.confirmed(year=2025)
    client = signed_in(district.maker)
    context = page(client, "detail", row.pk).context
    assert (context["added_count"], context["dropped_count"], context["change"]) == (1, 1, 0)
    shown = body(page(client, "detail", row.pk, tab="year"))
    assert "今年新来" in shown
    assert "自家科技" in shown
    assert "别家科技" not in shown


def test_candidates_are_searched_pasted_and_kept_on_an_error(district: District) -> None:
    QualificationKindFactory(code="hard_tech", name="硬科技企业")
    one = EnterpriseFactory(area=district.area, name="激光器件")
    two = EnterpriseFactory(area=district.area, name="膜材料")
    row = district.draft("hard_tech")
    client = signed_in(district.maker)
    address = reverse("incubators:roster_candidates", args=[row.pk])
    assert "激光器件" in body(client.get(address, {"q": "激光"}))
    answer = client.post(address, {"lines": f"{two.uscc}\t授权发明专利5项\n{one.uscc}", "basis": ""})
    assert answer.status_code == 422
    assert f"第2行 {one.uscc}:“激光器件”没有写确认依据" in body(answer)
    assert "授权发明专利5项" in body(answer)
    answer = client.post(
        address, {"lines": f"{two.uscc}\t授权发明专利5项", "chosen": [one.uscc], "basis": "专家评审通过"}
    )
    assert answer.status_code == 302
    assert dict(row.entries.values_list("name", "basis")) == {"激光器件": "专家评审通过", "膜材料": "授权发明专利5项"}
    number = row.entries.get(name="膜材料").number
    client.post(reverse("incubators:roster_remove", args=[row.pk]), {"number": number})
    assert [*row.entries.values_list("name", flat=True)] == ["激光器件"]
    post = {"document": "金科委9号", "confirmed_on": "2025-02-01", "seen": content.digest_now(Roster.objects.get())}
    signed_in(district.checker).post(reverse("incubators:roster_confirm", args=[row.pk]), post)
    assert Qualification.objects.get().enterprise == one


# --- Whose lines ------------------------------------------------------------------------------------------------------
def test_an_operator_sees_its_own_lines_everywhere_and_no_others(district: District) -> None:
    row = district.confirmed()
    draft = district.draft("graduates")
    client = signed_in(district.operator)
    shown = page(client, "list")
    assert [each.pk for each in shown.context["page"].object_list] == [row.pk]
    assert shown.context["page"].object_list[0].lines == 1
    assert page(client, "detail", draft.pk).status_code == 404

    for answer in (
        page(client, "detail", row.pk),
        page(client, "print", row.pk),
        page(client, "detail", row.pk, format="csv"),
        page(client, "detail", row.pk, format="csv", q="科技"),
    ):
        text = body(answer)
        assert "自家科技" in text
        assert "别家科技" not in text
        assert district.foreign.enterprise.uscc not in text
    detail = page(client, "detail", row.pk, q="别家")
    assert detail.context["page"].paginator.count == 0
    assert district.theirs.name not in body(detail), "nor is the other carrier a choice of the filter"
    assert page(client, "detail", row.pk, tab="register").context["tab"] == "lines"
    assert "摘录" in body(page(client, "print", row.pk))

    def names(**query: Any) -> list[str]:
        answer = client.get(reverse("api:roster-entries-list", args=[row.pk]), query)
        return [each["name"] for each in answer.json()["results"]]

    assert names() == ["自家科技"]
    assert names(q="别家") == []
    single = client.get(reverse("api:rosters-detail", args=[row.pk])).json()
    assert single["entry_count"] == 1
    assert client.get(reverse("api:rosters-detail", args=[draft.pk])).status_code == 404
    assert client.get(reverse("api:roster-entries-list", args=[draft.pk])).status_code == 404
    refused = client.get(reverse("api:roster-entries-list", args=[row.pk]), {"carrier": district.theirs.code})
    assert refused.status_code == 400


def test_an_operator_verifies_its_own_enterprises_only(district: District) -> None:
    row = district.confirmed()
    client = signed_in(district.operator)
    own = page(client, "verify", uscc=district.own.enterprise.uscc, year=2024)
    line = row.entries.get(name="自家科技")
    assert f"第 {line.number} 号" in body(own)
    assert row.digest[:8] in body(own)
    assert "金科委3号" in body(own)
    foreign = page(client, "verify", uscc=district.foreign.enterprise.uscc, year=2024)
    assert "不在册" in body(foreign)
    assert "别家科技" not in body(foreign)
    staff = page(signed_in(district.maker), "verify", uscc=district.foreign.enterprise.uscc, year=2024)
    assert "别家科技" in body(staff)
    assert "无从核验" in body(page(client, "verify", uscc=district.own.enterprise.uscc, year=2023))
    wrong = page(client, "verify", uscc="123", year="x")
    assert wrong.status_code == 422
    assert "没有核验,请改正下面的内容" in body(wrong)


def test_an_operator_of_no_line_and_another_district_see_nothing(district: District) -> None:
    row = district.confirmed()
    for person in (make_user(Role.OPERATOR), make_user(Role.STAFF), make_user(Role.LEADER)):
        client = signed_in(person)
        assert page(client, "detail", row.pk).status_code == 404
        assert page(client, "print", row.pk).status_code == 404
        assert page(client, "list").context["page"].paginator.count == 0


def test_the_scan_of_the_stamped_list_is_for_those_who_see_all_of_it(district: District) -> None:
    row = district.confirmed()
    scan = b"%PDF-1.4 stamped"
    client = signed_in(district.maker)
    address = reverse("incubators:roster_attach", args=[row.pk])
    client.post(address, {"file": SimpleUploadedFile("盖章.pdf", scan)})
    kept = Attachment.objects.get()
    assert kept.sha256 == hashlib.sha256(scan).hexdigest()
    assert "盖章.pdf" in body(page(client, "detail", row.pk, tab="record"))
    download = reverse("incubators:attachment_download", args=[kept.pk])
    assert b"".join(client.get(download).streaming_content) == scan
    assert signed_in(district.operator).get(download).status_code == 404
    assert "请选择" in body(client.post(address, follow=True))
    answer = client.post(address, {"file": SimpleUploadedFile("坏.pdf", b"MZ")}, follow=True)
    assert "不是 PDF" in body(answer)


# --- Papers and files -------------------------------------------------------------------------------------------------
def test_the_export_says_what_was_confirmed_and_by_which_document(district: District) -> None:
    row = district.confirmed()
    district.own.enterprise.name = "改名科技"
    district.own.enterprise.save()
    client = signed_in(district.maker)
    rows = [*csv.DictReader(io.StringIO(body(page(client, "detail", row.pk, format="csv")).lstrip("\ufeff")))]
    assert [line["企业名称"] for line in rows] == [line["name"] for line in content.lines_of(row)]
    assert {"自家科技", "别家科技"} == {line["企业名称"] for line in rows}
    assert rows[0]["合成数据"] == "是"
    assert rows[0]["在孵起始"] == "2020-01-01"
    assert "毕业编号" not in rows[0]
    workbook = page(client, "detail", row.pk, format="xlsx")
    assert b"".join(workbook.streaming_content).startswith(b"PK")
    workbook.close()


def test_the_paper_has_a_place_for_the_seal_and_says_what_it_is(district: District) -> None:
    shown = body(page(signed_in(district.maker), "print", district.draft("graduates").pk))
    assert "草稿,未经确认" in shown
    row = district.confirmed()
    shown = body(page(signed_in(district.maker), "print", row.pk))
    for words in ("(盖章处)", "金科委3号", "编制:张三", "确认:李四", "共 2 家", row.digest[:8], "合成数据"):
        assert words in shown


def test_the_enterprises_page_says_in_which_list_it_stands(district: District) -> None:
    row = district.confirmed()
    line = row.entries.get(name="自家科技")
    address = reverse("incubators:enterprise_detail", args=[district.own.enterprise.uscc])
    for person in (district.maker, district.operator):
        assert f"{row.title}</a>(第 {line.number} 号)" in body(signed_in(person).get(address))
    other = reverse("incubators:enterprise_detail", args=[EnterpriseFactory(area=district.area).uscc])
    assert "入册" not in body(signed_in(district.maker).get(other))


def test_rest_answers_the_frozen_values_with_filters(district: District) -> None:
    row = district.confirmed()
    district.own.enterprise.name = "改名科技"
    district.own.enterprise.save()
    client = signed_in(district.maker)
    lists = client.get(reverse("api:rosters-list"), {"year": 2024, "state": "in_force"}).json()["results"]
    assert [each["id"] for each in lists] == [row.pk]
    assert (lists[0]["digest"], lists[0]["entry_count"]) == (row.digest, 2)
    entries = client.get(lists[0]["entries"], {"carrier": district.mine.code}).json()["results"]
    assert [each["name"] for each in entries] == ["自家科技"]
    assert entries[0]["uscc"] == district.own.enterprise.uscc
    assert client.get(reverse("api:rosters-list"), {"state": "draft"}).json()["results"] == []


def test_the_area_filter_takes_the_areas_below_and_buttons_follow_the_permits(district: District) -> None:
    town = TownFactory(parent=district.area)
    ResidencyFactory(carrier__area=town)
    below = rosters.make(user=district.maker, kind="incubatees", area=town, year=2024, as_of=YEAR_END)
    row = district.confirmed()
    client = signed_in(district.maker)
    for code, expected in ((district.area.code, {row.pk, below.pk}), (town.code, {below.pk})):
        found = client.get(reverse("api:rosters-list"), {"area": code}).json()["results"]
        assert {each["id"] for each in found} == expected
    assert client.get(reverse("api:rosters-list"), {"area": "nowhere"}).status_code == 400
    correct = reverse("incubators:roster_correct", args=[row.pk])
    assert correct in body(page(client, "detail", row.pk))
    rosters.correct(user=district.checker, roster=row, reason="漏列一家")
    assert correct not in body(page(client, "detail", row.pk))
