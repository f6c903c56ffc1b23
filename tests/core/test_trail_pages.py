"""The auditor's pages of the trail: found by words, read in words, taken away as files, signed day by day."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Change
from core.trail import Actor, acting, record, record_many
from incubators.access import Role
from incubators.models import Enterprise, Residency
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    MonthlyReportFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def area() -> Any:
    return AreaFactory()


@pytest.fixture
def staff(area: Any) -> Any:
    return make_user(Role.STAFF, area=area, display_name="张三")


@pytest.fixture
def auditor(area: Any) -> Client:
    client = Client()
    client.force_login(make_user(Role.AUDITOR, area=area), backend="django.contrib.auth.backends.ModelBackend")
    return client


def found(client: Client, **query: str) -> list[str]:
    return [row.action for row in client.get("/changes/", query).context["page"].object_list]


def note(staff: Any, action: str, target: Any, **values: Any) -> Change:
    return record(actor=Actor.of(staff), action=action, target=target, **values)


# --- Reading ----------------------------------------------------------------------------------------------------------
def test_fields_and_values_are_read_in_words(area: Any, staff: Any, auditor: Client) -> None:
    carrier = CarrierFactory(area=area)
    kind = QualificationKindFactory(code="high_tech", name="高新技术企业")
    other = AreaFactory(name="另一区")
    report = MonthlyReportFactory(carrier=carrier)
    residency = ResidencyFactory(carrier=carrier)
    note(staff, "退回月报", report, before={"state": "submitted"}, after={"state": "returned"})
    note(staff, "改载体", carrier, before={"opened_on": date(2020, 1, 5)}, after={"opened_on": None, "industry": ""})
    ground, ground_words = Residency._meta.get_field("graduation_ground").choices[0]
    note(staff, "登记毕业", residency, after={"ground": ground})
    qualified = QualificationFactory(enterprise=EnterpriseFactory(area=area), kind=kind)
    note(staff, "导入载体", carrier, before={"area_id": area.pk}, after={"area_id": other.pk})
    note(staff, "登记资质", qualified, after={"kind": "high_tech", "found": [True, "甲"], "counts": {"rows": 3}})
    shown = {row.action: row.differences for row in auditor.get("/changes/").context["page"].object_list}
    assert shown["退回月报"] == [("状态", "已提交", "已退回")]
    assert [values[1:] for values in shown["改载体"]] == [("(空)", "(空)"), ("2020年1月5日", "(空)")]
    # A sheet writes keys; people read names.
    assert shown["导入载体"] == [("所在区域", area.name, other.name)]
    assert shown["登记毕业"][0][2] == ground_words
    assert [after for _, _, after in shown["登记资质"]] == ["高新技术企业", "条数:3", "是、甲"]


def test_the_page_asks_the_same_number_of_queries_however_many_lines(area: Any, staff: Any, auditor: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            auditor.get("/changes/")
        return len(queries)

    QualificationKindFactory(code="high_tech")
    note(staff, "甲", EnterpriseFactory(area=area), after={"name": "1"})
    few = count()
    rows = ((enterprise.pk, str(enterprise), {}, {"name": "2"}) for enterprise in EnterpriseFactory.create_batch(25))
    record_many(actor=Actor.of(staff), action="导入", model=Enterprise, rows=rows)
    assert count() == few


def test_lines_stand_in_the_order_in_which_they_were_added(area: Any, staff: Any, auditor: Client) -> None:
    rows = [(enterprise.pk, f"企业{n}", {}, {}) for n, enterprise in enumerate(EnterpriseFactory.create_batch(3))]
    record_many(actor=Actor.of(staff), action="导入", model=Enterprise, rows=rows)
    names = [row.record_name for row in auditor.get("/changes/").context["page"].object_list]
    assert names == ["企业2", "企业1", "企业0"]


# --- Finding ----------------------------------------------------------------------------------------------------------
def test_words_are_found_in_before_in_after_and_in_the_reason(area: Any, staff: Any, auditor: Client) -> None:
    carrier = CarrierFactory(area=area)
    note(staff, "一", carrier, before={"industry": "无人机与“低空”"})
    note(staff, "二", carrier, after={"note": {"文": ["Drone 无人机"]}})
    note(staff, "三", carrier, reason="与无人机有关")
    note(staff, "四", carrier, after={"industry": '说"引号"的'})
    assert found(auditor, words="无人机") == ["三", "二", "一"]
    assert found(auditor, words="“低空”") == ["一"]
    assert found(auditor, words='"引号"') == ["四"]
    assert found(auditor, words="drone") == ["二"]
    assert found(auditor, words="没有这个词") == []


def test_what_was_done_at_once_is_found_together(area: Any, staff: Any, auditor: Client) -> None:
    carrier = CarrierFactory(area=area)
    note(staff, "之前", carrier)
    with acting("a1b2", Change.Channel.BULK):
        note(staff, "一", carrier)
        note(staff, "二", carrier)
    page = auditor.get("/changes/").content.decode()
    assert 'href="?q=a1b2"' in page
    assert found(auditor, q="a1b2") == ["二", "一"]
    assert found(auditor, channel="bulk") == ["二", "一"]


# --- Files ------------------------------------------------------------------------------------------------------------
def test_both_files_hold_every_line_with_its_digest(area: Any, staff: Any, auditor: Client) -> None:
    carrier = CarrierFactory(area=area, name="甲载体")
    line = note(staff, "改面积", carrier, before={"floor_area": Decimal("1.5")}, after={"floor_area": 2}, reason="实测")
    answer = auditor.get("/changes/", {"format": "csv"})
    assert answer.streaming
    heads, row = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[arg-type]
    told = dict(zip(heads, row, strict=True))
    assert (told["序号"], told["操作人"], told["记录类型"], told["原因"]) == ("1", "张三", "科创载体", "实测")
    assert told["变更内容"] == "建筑面积(㎡):1.5 → 2"
    assert told["校验值"] == line.digest
    answer = auditor.get("/changes/", {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["数据"]  # type: ignore[arg-type]
    assert [cell.value for cell in sheet[2]][-1] == line.digest


# --- Days -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def yesterday(area: Any, staff: Any, monkeypatch: pytest.MonkeyPatch) -> Change:
    """A line of yesterday, and one of today."""
    carrier = CarrierFactory(area=area)
    day = timezone.now() - timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr("core.trail.timezone.now", lambda: day)
        line = note(staff, "昨天", carrier)
    note(staff, "今天", carrier)
    return line


def test_the_paper_of_a_day_has_its_figure_and_a_place_to_sign(auditor: Client, yesterday: Change) -> None:
    day = timezone.localtime(yesterday.at).date()
    listing = auditor.get("/changes/days/")
    assert [(each.day, each.number) for each in listing.context["figures"]][1] == (day, 1)
    assert f"/changes/days/{day}/" in listing.content.decode()
    paper = auditor.get(f"/changes/days/{day}/").content.decode()
    for group in (yesterday.digest[:8], yesterday.digest[-8:], "审计员(签字)", "累计条数"):
        assert group in paper


def test_a_day_that_has_not_ended_or_is_none_has_no_paper(auditor: Client, yesterday: Change) -> None:
    for day in (timezone.localdate().isoformat(), "2999-01-01", "2026-02-30", "0001-01-01", "x"):
        assert auditor.get(f"/changes/days/{day}/").status_code == 404, day


def test_a_figure_typed_from_paper_is_compared(auditor: Client, yesterday: Change) -> None:
    typed = " ".join([yesterday.digest[:32].upper(), yesterday.digest[32:]])
    assert "相符" in auditor.get("/changes/days/", {"number": "1", "digest": typed}).content.decode()
    wrong = auditor.get("/changes/days/", {"number": "2", "digest": typed})
    assert "不相符" in wrong.content.decode()
    short = auditor.get("/changes/days/", {"number": "", "digest": "abc"})
    assert set(short.context["form"].errors) == {"number", "digest"}
    assert 'value="abc"' in short.content.decode()


def test_the_days_are_for_auditors(area: Any) -> None:
    client = Client()
    client.force_login(make_user(Role.STAFF, area=area), backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/changes/days/", "/changes/days/2025-01-01/"):
        assert client.get(path).status_code == 403
