"""What a row of the grid says of its month: corrections, months not yet open, a district's own fields; and looking again."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting.calendar import add_months
from incubators.services import reports
from tests.incubators.test_report_grid import act, as_, filled, grid, office, post, row, save

__all__ = ["as_", "office"]  # fixtures: a carrier with the people around it; a client signed in
pytestmark = pytest.mark.django_db


def look(client, *seen, strict=()):
    """The rows that are no longer as ``seen``, by code."""
    body = {"act": "look", "rows": [{"carrier": each["code"], "mark": each["mark"]} for each in seen]}
    answer = post(client, "act", body | {"words": "", "strict": list(strict)})
    assert answer.status_code == 200
    return answer.json()["rows"]


def test_only_rows_that_changed_come_back(office, as_):
    office.submitted()
    seen = row(as_(office.staff), office.carrier)
    assert look(as_(office.staff), seen) == {}
    reports.give_back(user=office.reviewer, report=MonthlyReport.objects.get(), reason="请核对")
    fresh = look(as_(office.staff), seen)[office.carrier.code]
    assert (fresh["word"], fresh["editable"]) == ("已退回", True)
    assert look(as_(office.staff), fresh) == {}
    save(as_(office.operator), (office.carrier, "mentors", "9", "10"))
    again = look(as_(office.staff), fresh, strict=[office.carrier.code])
    assert again[office.carrier.code]["cells"]["mentors"] == "9"


def test_looking_shows_nothing_of_another_district(office, as_):
    seen = row(as_(office.staff), office.carrier)
    assert look(as_(type(office)().staff), seen | {"mark": ""}) == {}


def test_a_whole_screen_is_looked_at_and_not_moved_at_once(office, as_):
    rows = [{"carrier": f"X{n}"} for n in range(51)]
    client = as_(office.staff)
    assert post(client, "act", {"act": "look", "rows": rows, "words": ""}).status_code == 200
    refused = post(client, "act", {"act": "accept", "rows": rows, "words": ""})
    assert (refused.status_code, refused.json()["problem"]) == (400, "请求无法读取,或一次超过 50 项")


def test_an_open_correction_says_what_counts_meanwhile(office, as_):
    accepted = office.accepted()
    assert row(as_(office.staff), office.carrier)["standing"] == []
    reports.correct(user=office.reviewer, report=accepted, reason="导师数有误")
    found = row(as_(office.staff), office.carrier)
    counting = [reverse("incubators:report_detail", args=[accepted.pk]), "第1版"]
    assert (found["state"], found["word"], found["standing"]) == ("draft", "更正中", counting)


def test_a_month_that_is_not_open_says_from_which_day_it_is(office, as_):
    this_month = timezone.localdate().replace(day=1)
    opens = add_months(this_month, 1)
    words = f"{opens.year}年{opens.month}月1日起可以提交"
    client = as_(office.operator)
    page = client.get(reverse("incubators:report_grid"), {"month": f"{this_month:%Y-%m}"})
    assert f"{words},现在填写的存为草稿" in page.content.decode()
    [found] = page.context["grid"]["rows"]
    assert (found["editable"], found["may"]["submit"]) == (True, words)
    body = {"act": "submit", "words": "", "rows": [{"carrier": office.carrier.code, "seen": found["seen"]}]}
    [outcome] = post(client, "act", body, month=f"{this_month:%Y-%m}").json()["outcomes"]
    assert (outcome["done"], outcome["message"]) == (False, words)
    assert (
        "现在填写的存为草稿" not in client.get(reverse("incubators:report_grid"), {"month": "2024-05"}).content.decode()
    )


def test_a_district_s_own_figures_and_words_stand_together(office, as_):
    declared = [
        {"code": "x_1", "label": "在建项目", "unit": "个", "kind": "count", "smallest": "0", "largest": "200"},
        {"code": "x_2", "label": "建设主体", "kind": "choice", "options": ["本区自建", "社会资本"]},
        {"code": "x_3", "label": "走访企业", "unit": "家", "kind": "count"},
    ]
    ReportCalendar.objects.create(area=office.district, from_month=date(2024, 5, 1), declared=declared)
    groups = {each["label"]: each["columns"] for each in grid(as_(office.staff))["columns"]}
    assert [each["label"] for each in groups["本区附加"]] == ["在建项目", "走访企业", "建设主体"]
    assert [each["label"] for each in groups["说明与联系人"]] == ["存在问题与诉求", "填表人", "联系电话"]
    assert [each.get("limits", "") for each in groups["本区附加"]] == ["0 至 200 个", "", ""]


def test_a_row_keeps_its_mark_while_nothing_changes(office, as_):
    client = as_(office.operator)
    filled(client, office.carrier)
    before = row(client, office.carrier)
    assert row(client, office.carrier)["mark"] == before["mark"]
    assert act(client, "submit", before)["rows"][office.carrier.code]["mark"] != before["mark"]
