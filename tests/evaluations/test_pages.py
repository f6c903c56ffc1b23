"""Pages of evaluations: who sees what, what stands on them, and how many queries they take."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import Job
from core.trail import COMMAND_LINE
from evaluations import services
from evaluations.models import GradeRecord, Result
from tests.evaluations.factories import (
    EXPERT,
    YEAR,
    GradeRecordFactory,
    carrier_with,
    incubatees,
    make_cycle,
    make_experts,
    make_frame,
)
from tests.incubators.factories import AreaFactory, make_user

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def area():
    return AreaFactory()


@pytest.fixture
def cycle(area):
    """Three carriers; the third lacks its expert score and has no total."""
    carriers = [carrier_with(area, 12, name=f"甲{n}孵化器", code=f"C{n}") for n in range(3)]
    made = make_cycle(area, [incubatees(60), EXPERT])
    services.assign_experts(cycle=made, users=make_experts(1, area), actor=COMMAND_LINE)
    made.expert_scores.filter(carrier=carriers[0]).update(score=90, reason="好")
    made.expert_scores.filter(carrier=carriers[1]).update(score=50, reason="中")
    services.score_cycle(cycle=made, actor=COMMAND_LINE)
    return made


def address(name: str, *args) -> str:
    return reverse(f"evaluations:{name}", args=args)


def open_page(client, user, url: str, status: int = 200) -> str:
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


@pytest.mark.parametrize("role", ["staff", "leader", "auditor"])
def test_the_ranking_is_for_who_oversees_the_area(client, area, cycle, role):
    text = open_page(client, make_user(role, area=area), address("cycle_detail", cycle.code))
    assert "演示方案,不是政策" in text
    assert "96.000" in text
    assert "80.000" in text
    assert "缺数据,不能给出总分" in text
    assert "专家评分未完成(0/1)" in text
    assert (address("cycle_score", cycle.code) in text) is (role == "staff")
    assert text.index("甲0孵化器") < text.index("甲1孵化器") < text.index("甲2孵化器")


def test_another_district_sees_nothing(client, cycle):
    stranger = make_user("staff")
    assert "还没有与您有关的评价" in open_page(client, stranger, address("cycle_list"))
    open_page(client, stranger, address("cycle_detail", cycle.code), 404)
    open_page(client, stranger, address("result_detail", cycle.code, "C0"), 404)
    open_page(client, stranger, address("carrier_panel", "C0"), 404)
    client.force_login(stranger)
    assert client.post(address("cycle_score", cycle.code)).status_code == 404


def test_an_operator_sees_its_own_result_only(client, cycle):
    own = Result.objects.get(carrier__code="C1").carrier
    operator = make_user("operator", organisation=own.operator)
    text = open_page(client, operator, address("cycle_detail", cycle.code))
    assert "甲1孵化器" in text
    assert "甲0孵化器" not in text
    assert "甲2孵化器" not in text
    assert "96.000" not in text
    assert "专家评分进度" not in text
    assert "80.000" in open_page(client, operator, address("result_detail", cycle.code, "C1"))
    open_page(client, operator, address("result_detail", cycle.code, "C0"), 404)
    rows = client.get(address("cycle_detail", cycle.code), {"format": "csv", "state": "all"})
    assert b"".join(rows).decode("utf-8-sig").count("孵化器") == 2, "one row: its name and its kind"
    client.force_login(operator)
    assert client.post(address("cycle_score", cycle.code)).status_code == 403


@pytest.mark.parametrize("role", ["expert", "administrator", "liaison"])
def test_others_see_no_evaluation(client, area, cycle, role):
    user = make_user(role, area=area)
    for url in (
        address("cycle_list"),
        address("cycle_detail", cycle.code),
        address("result_detail", cycle.code, "C0"),
        address("scheme_detail", cycle.scheme.code, 1),
        address("carrier_panel", "C0"),
        address("grade_list"),
        address("grade_record_create"),
    ):
        open_page(client, user, url, 403)


def test_a_result_shows_every_step_and_adds_up_again(client, area, cycle):
    text = open_page(client, make_user("leader", area=area), address("result_detail", cycle.code, "C0"))
    assert "12家 × 5分,满60分为限 → 60" in text
    assert "40 × 90 ÷ 100 = 36" in text
    assert "本页已重新加总,与存档一致" in text
    assert reverse("incubators:indicator_detail", args=["n_incubatee"]) + "?carrier=C0&amp;on=2025-12-31" in text
    assert reverse("incubators:indicator_records", args=["n_incubatee"]) in text


def test_a_share_of_a_whole_year_leads_to_its_figure_and_its_records(client, area):
    """A share is asked for as of a day: with a period in its address it would be refused."""
    carrier = carrier_with(area, 4, code="G0")
    share = incubatees(100, figure={"indicator": "graduation_rate"}, method={"kind": "linear", "low": 0, "high": "0.2"})
    cycle = make_cycle(area, [share], code="share")
    services.score_cycle(cycle=cycle, actor=COMMAND_LINE)
    leader = make_user("leader", area=area)
    page = open_page(client, leader, address("result_detail", cycle.code, carrier.code))
    found = re.findall(r'href="(/indicators/graduation_rate/[^"]*)"', page)
    assert len(found) == 2
    for url in found:
        assert "on=2025-12-31" in url
        open_page(client, leader, url.replace("&amp;", "&"))


def test_a_total_that_was_tampered_with_is_noticed(client, area, cycle):
    Result.objects.filter(carrier__code="C0").update(score="97.000")
    text = open_page(client, make_user("leader", area=area), address("result_detail", cycle.code, "C0"))
    assert "重新加总与存档不一致" in text


def test_filters_and_what_lacks_data_apart(client, area, cycle):
    staff = make_user("staff", area=area)
    url = address("cycle_detail", cycle.code)
    assert "甲0孵化器" not in open_page(client, staff, f"{url}?q=甲1")
    text = open_page(client, staff, f"{url}?state=missing")
    assert "甲2孵化器" in text
    assert "甲0孵化器" not in text


def test_the_export_says_that_it_is_a_demonstration(client, area, cycle):
    client.force_login(make_user("staff", area=area))
    response = client.get(address("cycle_detail", cycle.code), {"format": "xlsx", "state": "all"})
    book = load_workbook(BytesIO(b"".join(response)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = rows[0]
    assert [row[head.index("总分")] for row in rows[1:4]] == [96, 80, None]
    assert {row[head.index("演示方案")] for row in rows[1:4]} == {"是"}
    words = " ".join(
        str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row
    )
    assert "演示方案,不是政策" in words


def test_scoring_anew_runs_as_a_job_with_progress(client, area, cycle, django_capture_on_commit_callbacks):
    client.force_login(make_user("staff", area=area))
    Result.objects.filter(carrier__code="C0").delete()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("cycle_score", cycle.code))
    job = Job.objects.get()
    assert response["Location"] == f"{address('cycle_detail', cycle.code)}?job={job.pk}"
    assert (job.state, job.result["changed"]) == ("succeeded", 1)
    assert job.result["url"] == address("cycle_detail", cycle.code)
    assert f"job-{job.pk}" in client.get(response["Location"]).content.decode()
    client.force_login(make_user("leader", area=area))
    assert f"job-{job.pk}" not in client.get(response["Location"]).content.decode()


def test_the_page_to_publish_refuses_a_demonstration(client, area, cycle):
    staff = make_user("staff", area=area)
    assert "不能登记为正式等次" in open_page(client, staff, address("cycle_publish", cycle.code))
    frame = make_frame(area)
    values = {"frame": frame.code, "published_on": "2026-06-01", "document": "文件"}
    response = client.post(address("cycle_publish", cycle.code), values)
    assert response.status_code == 422
    assert not GradeRecord.objects.exists()


def test_the_scheme_reads_as_a_table(client, area, cycle):
    text = open_page(client, make_user("leader", area=area), address("scheme_detail", cycle.scheme.code, 1))
    assert "按数量:每1家计5分,最多60分" in text
    assert "80分及以上" in text
    assert "是否有创新" in text
    open_page(client, make_user("leader", area=area), address("scheme_detail", cycle.scheme.code, 9), 404)


def test_recording_a_grade_by_form(client, area):
    carrier, frame = carrier_with(area, 0, name="乙孵化器", code="B1"), make_frame(area)
    other = carrier_with(AreaFactory(), 0, name="外区孵化器")
    staff = make_user("staff", area=area)
    url = address("grade_record_create")
    text = open_page(client, staff, f"{url}?carrier=B1")
    assert '<option value="B1" selected>' in text
    assert "外区孵化器" not in text
    values = {
        "carrier": "B1",
        "frame_grade": f"{frame.code}:grade_excellent",
        "year": "2025",
        "published_on": "2024-06-20",
        "document": "测试文件1号",
    }
    response = client.post(url, values)
    text = response.content.decode()
    assert response.status_code == 422
    assert "公布日期早于评价年度2025年" in text
    assert "测试文件1号" in text, "nothing typed is lost"
    for wrong in ({"carrier": other.code}, {"year": "去年"}, {"document": ""}, {"frame_grade": "x:y"}):
        assert client.post(url, {**values, "published_on": "2026-06-20", **wrong}).status_code == 422
    assert not GradeRecord.objects.exists()
    assert client.post(url, {**values, "published_on": "2026-06-20"}).status_code == 302
    row = GradeRecord.objects.get()
    assert (row.carrier, row.frame, row.grade, row.recorded_by) == (carrier, frame, "grade_excellent", staff)
    text = open_page(client, staff, address("grade_list"))
    assert "优秀" in text
    assert "grade_excellent" not in text, "people read words, not codes"


def test_official_grades_of_ones_own_carriers_only(client, area):
    frame = make_frame(area)
    own = GradeRecordFactory(carrier=carrier_with(area, 0, name="丙孵化器"), frame=frame)
    GradeRecordFactory(carrier=carrier_with(AreaFactory(), 0, name="丁孵化器"), frame=frame)
    text = open_page(client, make_user("leader", area=area), address("grade_list"))
    assert "丙孵化器" in text
    assert "丁孵化器" not in text
    operator = make_user("operator", organisation=own.carrier.operator)
    panel = open_page(client, operator, address("carrier_panel", own.carrier.code))
    assert "优秀" in panel
    assert "登记正式等次" not in panel


PAGES = [
    ("cycle_list", ()),
    ("cycle_detail", ("test-2025",)),
    ("result_detail", ("test-2025", "Q0")),
    ("scheme_detail", ("s-test-2025", 1)),
    ("carrier_panel", ("Q0",)),
    ("grade_list", ()),
    ("grade_record_create", ()),
]


@pytest.mark.parametrize(("name", "args"), PAGES, ids=[name for name, _ in PAGES])
def test_pages_take_few_queries_whatever_the_size(client, area, name, args, django_assert_max_num_queries):
    frame = make_frame(area)
    cycle = make_cycle(area, [incubatees(60), EXPERT])
    client.force_login(make_user("staff", area=area))
    counts = []
    for size in (1, 5):
        for number in range(size):
            carrier = carrier_with(area, 1, code=f"Q{number + len(counts)}")
            GradeRecordFactory(carrier=carrier, frame=frame, year=YEAR, published_on=date(2026, 6, 1))
        services.assign_experts(cycle=cycle, users=make_experts(1, area), actor=COMMAND_LINE)
        services.score_cycle(cycle=cycle, actor=COMMAND_LINE)
        client.get(address(name, *args))
        with django_assert_max_num_queries(MOST_QUERIES) as captured:
            assert client.get(address(name, *args)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
