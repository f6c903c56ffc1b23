"""The plans' pages and REST: all five open, every number is accounted for, doubts are shown, progress is not."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape, strip_tags

from incubators.models import Area
from plans.loading import restore
from plans.models import OpenQuestion, Plan
from plans.planfile.encoding import encode
from plans.reading import read
from targets.models import Progress, Target
from tests.incubators.factories import make_user
from tests.plans.factories import DecisionFactory, PlanFactory, QuestionFactory

pytestmark = pytest.mark.django_db

PLANS = ("JS-2024-2026", "SH-2023-2025", "MH-2024", "YC-2023-2025", "FX-2023-2025")
TABS = ("text", "targets", "rules", "tasks", "frames", "duties", "terms", "questions")
MOST_QUERIES = 12
QUESTIONS_A_PAGE = 25
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def loaded() -> None:
    call_command("load_plans", stdout=StringIO())


@pytest.fixture
def staff(client: Client, loaded: None) -> Client:
    client.force_login(make_user("staff", area=Area.objects.get(code="sh-jinshan")), backend=BACKEND)
    return client


@pytest.fixture
def operator(client: Client, loaded: None) -> Client:
    client.force_login(make_user("operator"), backend=BACKEND)
    return client


def body(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


@pytest.mark.parametrize("code", PLANS)
def test_every_target_stands_beside_the_words_that_made_it(loaded: None, code: str) -> None:
    """Those without a number too: YC-T13 is 优良率显著提高."""
    file = restore(Plan.objects.get(code=code))
    beside = {item.code for block in read(file, lambda section, code: "").blocks for item in block.items}
    assert {target.code for target in file.targets} <= beside
    assert {rule.code for rule in file.subsidy_rules} <= beside


@pytest.mark.parametrize("role", ["staff", "operator"])
def test_all_plans_and_tabs_open_within_the_query_budget(
    role: str, request: pytest.FixtureRequest, django_assert_max_num_queries: Any
) -> None:
    client = request.getfixturevalue(role)
    with django_assert_max_num_queries(MOST_QUERIES):
        page = body(client.get("/plans/"))
    for code in PLANS:
        assert f"/plans/{code}/" in page
        for tab in TABS:
            with django_assert_max_num_queries(MOST_QUERIES):
                assert Plan.objects.get(code=code).title in body(client.get(f"/plans/{code}/", {"tab": tab}))


def test_texts_are_for_signed_in_people_only(client: Client) -> None:
    PlanFactory(code="TEST-P")

    for address in ("/plans/", "/plans/TEST-P/", "/plans/questions/"):
        assert client.get(address).status_code == 302
    assert client.get("/api/v1/plans/").status_code == 401


def test_an_unknown_plan_or_question_is_not_found(staff: Client) -> None:
    assert staff.get("/plans/NO-SUCH/").status_code == 404
    assert staff.get("/plans/questions/NO-SUCH/").status_code == 404


def test_every_number_of_the_jinshan_text_is_linked_or_listed(staff: Client) -> None:
    numbers = encode(restore(Plan.objects.get(code="JS-2024-2026")))
    encoded = [number for number in numbers if number.status == "encoded"]
    passed_over = [number for number in numbers if number.status == "not_encoded"]
    page = body(staff.get("/plans/JS-2024-2026/"))
    text, listing = page.split('id="unencoded"')

    linked = re.findall(r'<a class="plan-num" href="[^"]+" title="([^"]+)">([^<]+)</a>', text)

    assert [words for _, words in linked] == [number.span.words for number in encoded]
    for (title, _), number in zip(linked, encoded, strict=True):
        assert number.items[0].code in title
    assert len(encoded) == 25
    assert re.findall(r'<mark class="plan-num plan-num-open"[^>]*>([^<]+)</mark>', text) == ["三类"]
    assert [number.span.words for number in passed_over] == ["三类"]
    assert re.findall(r'<a href="#l-(\d+)"><b>([^<]+)</b>', listing) == [("47", "三类")]


@pytest.mark.parametrize("code", PLANS)
def test_the_text_is_shown_to_the_letter(staff: Client, code: str) -> None:
    file = restore(Plan.objects.get(code=code))
    reading = read(file, lambda section, code: "")

    shown = {
        line.number: "".join(piece.text for piece in line.pieces) for block in reading.blocks for line in block.lines
    }
    columns = {words for block in reading.blocks for words in block.columns}
    for number, words in enumerate(file.text_lines, 1):
        if words.strip():
            assert shown.get(number) == words or words.strip() in columns
    page = body(staff.get(f"/plans/{code}/"))
    for clause in file.clauses:
        assert f'id="c-{clause.id}"' in page


def test_numbers_lead_to_their_target_or_rule(staff: Client) -> None:
    page = body(staff.get("/plans/JS-2024-2026/"))

    assert re.search(r'title="目标 JS-T08:[^"]+">300家</a>', page)
    assert re.search(r'title="补贴规则 JS-S02:[^"]+">1:1</a>', page)
    assert re.search(r'title="补贴规则 JS-S05:[^"]+">60万元</a>', page)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("YC-2023-2025", ["YC-X02", "分解合计550,全市写“500以上”", "YC-X01", "不得用550替换500"]),
        ("FX-2023-2025", ["FX-X03", "均不足600"]),
    ],
)
def test_contradictions_stand_in_front_and_nothing_is_corrected(staff: Client, code: str, words: list[str]) -> None:
    page = body(staff.get(f"/plans/{code}/"))
    front = page.split('class="plan-read"')[0]

    assert "文中数字不一致,照录不改" in front
    for phrase in words:
        assert escape(phrase) in front


def test_doubts_stand_beside_their_clause(staff: Client) -> None:
    page = body(staff.get("/plans/JS-2024-2026/"))
    block = next(part for part in page.split("<section") if 'id="c-III.6.a"' in part)

    assert 'id="d-JS-X12"' in block
    assert "不得把1:1套用到III.6" in block
    assert 'id="d-JS-X01"' not in block


def test_the_yancheng_table_is_a_table(staff: Client) -> None:
    page = body(staff.get("/plans/YC-2023-2025/"))
    rows = page.split("</thead>")[1].split("</tbody>")[0].split("<tr>")[1:]
    cells = [[strip_tags(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]

    assert cells[2] == ["500以上", "60", "50", "50", "50", "40", "40", "55", "60", "50", "45", "50", "550"]
    assert len(cells) == 4
    assert "市开发区" in page.split("</thead>")[0]
    assert "/targets/" not in rows[2], "the person may not see that city's targets"


def test_numbers_of_the_table_lead_to_the_target_they_became(client: Client, loaded: None) -> None:
    client.force_login(make_user("leader", area=Area.objects.get(code="yc")))
    row = body(client.get("/plans/YC-2023-2025/")).split("</thead>")[1].split("<tr>")[3]

    # The row's head and the city's cell lead to the target, a unit's cell to what is counted of its part.
    assert row.count('href="/targets/YC-T03/"') == 2
    assert "/targets/YC-T03/records/?area=" in row


def test_minhang_says_that_it_is_no_text_of_the_policy(staff: Client) -> None:
    page = body(staff.get("/plans/MH-2024/"))

    assert "不是政策原文" in page
    assert "摘录" in page
    assert "未写明" in page


def test_nothing_of_progress_is_shown(operator: Client) -> None:
    target = Target.objects.get(code="JS-T08")
    Progress.objects.create(
        target=target,
        month="2026-10-01",
        on="2026-10-31",
        value="217.5",
        pace="behind",
        reason="硬科技企业增长放缓之说明",
        fingerprint="x",
    )

    for address in (
        "/plans/",
        "/plans/JS-2024-2026/",
        "/plans/JS-2024-2026/?tab=targets",
        "/api/v1/plans/JS-2024-2026/",
    ):
        page = body(operator.get(address))
        assert "217.5" not in page
        assert "硬科技企业增长放缓" not in page
        assert "滞后" not in page
    assert "/targets/" not in body(operator.get("/plans/JS-2024-2026/?tab=targets"))
    assert "/targets/" not in body(operator.get("/plans/JS-2024-2026/"))


def test_ceilings_and_unstated_amounts_are_said_to_be_so(staff: Client) -> None:
    page = body(staff.get("/plans/JS-2024-2026/", {"tab": "rules"}))
    entries = dict(re.findall(r'id="e-(JS-S\d+)".*?plan-figure num">([^<]+)<', page, re.DOTALL))

    assert entries["JS-S05"] == "最高60 万元"
    assert entries["JS-S01"] == "金额未写明"
    assert entries["JS-S02"] == "资金匹配 1:1"
    assert entries["JS-S09"] == "资金匹配 比例未写明(相应资金匹配)"


def test_questions_are_listed_filtered_and_exported(staff: Client, django_assert_max_num_queries: Any) -> None:
    question = QuestionFactory(code="ZZ-D01", question="测试比例?")
    DecisionFactory(question=question, value="0.6", document="会议纪要〔2024〕9号")

    with django_assert_max_num_queries(MOST_QUERIES):
        everything = body(staff.get("/plans/questions/", {"page": 99}))  # the last one
    decided = body(staff.get("/plans/questions/", {"state": "decided"}))
    undecided = body(staff.get("/plans/questions/", {"state": "open", "plan": "JS-2024-2026"}))
    exported = staff.get("/plans/questions/", {"state": "decided", "format": "csv"})

    assert "测试比例?" in everything
    assert "60%" in decided
    assert "会议纪要〔2024〕9号" in decided
    assert "JS-D01" not in decided
    assert "JS-D01" in undecided
    assert "ZZ-D01" not in undecided
    rows = b"".join(exported.streaming_content) if exported.streaming else exported.content
    assert rows.decode("utf-8-sig").count("ZZ-D01") == 1
    assert "JS-D01" not in rows.decode("utf-8-sig")


def test_counts_on_the_cards_are_the_lists_they_lead_to(staff: Client) -> None:
    for card in staff.get("/plans/").context["cards"]:
        for label, count, tab in card["counts"]:
            page = body(staff.get(f"/plans/{card['plan'].code}/", {"tab": tab}))
            assert page.count('<article class="plan-entry"') == count, (card["plan"].code, label)
        for state, expected in (("open", card["plan"].open_count), ("", card["plan"].question_count)):
            asked = {"plan": card["plan"].code, "state": state}
            answer = staff.get("/plans/questions/", asked)
            assert answer.context["page"].paginator.count == expected
            assert body(answer).count("<tr id=") == min(expected, QUESTIONS_A_PAGE)
            exported = staff.get("/plans/questions/", {**asked, "format": "csv"}).getvalue().decode("utf-8-sig")
            assert len(list(csv.reader(StringIO(exported)))) - 1 == expected


def test_counts_on_the_tabs_are_the_lists_they_lead_to(staff: Client) -> None:
    for code in ("JS-2024-2026", "YC-2023-2025"):
        tabs = staff.get(f"/plans/{code}/").context["tabs"]
        assert len([tab for tab in tabs if tab["count"]]) >= 6
        for tab in tabs:
            if tab["count"] != "":
                page = body(staff.get(tab["url"]))
                listed = page.count('<article class="plan-entry"') + page.count("<tr id=")
                assert listed == tab["count"], (code, tab["label"])


def test_a_decision_without_words_is_refused_by_the_name_of_each_field(staff: Client) -> None:
    page = body(staff.post("/plans/questions/JS-D01/", {}), status=422)
    assert [f"请填写{name}" in page for name in ("比例", "决定日期", "依据文件", "理由")] == [True] * 4


def test_the_list_of_plans_counts_what_is_still_open(staff: Client) -> None:
    before = {plan["code"]: plan for plan in staff.get("/api/v1/plans/").json()["results"]}
    DecisionFactory(question=OpenQuestion.objects.get(code="JS-D01"))
    DecisionFactory(question=OpenQuestion.objects.get(code="JS-D01"))

    after = {plan["code"]: plan for plan in staff.get("/api/v1/plans/").json()["results"]}

    assert before["JS-2024-2026"]["open_count"] == 28
    assert after["JS-2024-2026"]["open_count"] == 27
    assert after["JS-2024-2026"]["question_count"] == 28
    assert after["YC-2023-2025"]["open_count"] == before["YC-2023-2025"]["open_count"]


def test_rest_answers_a_plan_with_clauses_doubts_and_questions(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    DecisionFactory(question=OpenQuestion.objects.get(code="JS-D01"), value="0.5")
    with django_assert_max_num_queries(MOST_QUERIES):
        plan = operator.get("/api/v1/plans/JS-2024-2026/").json()

    assert plan["clauses"][0]["code"] == "N.1"
    assert {"III.2.b", "A.9"} <= {clause["code"] for clause in plan["clauses"]}
    assert {doubt["code"] for doubt in plan["discrepancies"]} >= {"JS-X01", "JS-X16"}
    questions = {question["code"]: question for question in plan["questions"]}
    assert questions["JS-D01"]["decision"]["value"] == "0.5"
    assert questions["JS-D02"]["decision"] is None
    assert questions["JS-D02"]["blocking"] is True


def test_rest_lists_filter_by_kind_and_year(operator: Client) -> None:
    def codes(**query: Any) -> set[str]:
        return {plan["code"] for plan in operator.get("/api/v1/plans/", query).json()["results"]}

    assert codes(kind="policy_measures") == {"MH-2024"}
    assert codes(year=2026) == {"JS-2024-2026", "MH-2024"}
    assert codes(year=2023) == {"SH-2023-2025", "YC-2023-2025", "FX-2023-2025"}
    refused = operator.get("/api/v1/plans/", {"colour": "red"})
    assert refused.status_code == 400
    assert "colour" in refused.json()["errors"]
