"""Words found in the texts of all plans, however brackets and digits were typed."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.html import strip_tags

from incubators.models import Area
from plans import searching
from plans.models import Plan
from tests.incubators.factories import make_user

pytestmark = pytest.mark.django_db
PAGE = "/plans/search/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(client: Client) -> Client:
    call_command("load_plans", stdout=StringIO())
    client.force_login(make_user("staff", area=Area.objects.get(code="sh-jinshan")))
    return client


def found(client: Client, text: str, **more: object) -> str:
    answer = client.get(PAGE, {"q": text}, **more)  # type: ignore[arg-type]
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    "typed", ["盐政发〔2021〕19号", "盐政发[2021]19号", "盐政发【２０２１】19号", "盐政发(2021)19 号"]
)
def test_a_document_number_is_found_with_any_brackets_and_digits(staff: Client, typed: str) -> None:
    assert "YC-2023-2025" in found(staff, typed)


def test_words_lead_to_the_clause_and_to_what_it_became(staff: Client) -> None:
    page = found(staff, "硬科技")
    assert 'href="/plans/JS-2024-2026/' in page
    assert "JS-T" in page


def test_nothing_found_and_too_short_say_so(staff: Client) -> None:
    assert "没有找到" in strip_tags(found(staff, "不会出现在任何文本里的词"))
    assert "/plans/JS-2024-2026/" not in found(staff, "硬")


def test_the_panel_of_the_portals_search_is_a_part_of_a_page(staff: Client) -> None:
    part = found(staff, "知识产权", headers=HTMX)
    assert "<html" not in part
    assert "知识产权" in strip_tags(part)


def test_rest_lists_are_searched_by_the_same_words(staff: Client) -> None:
    rules = staff.get("/api/v1/rules/", {"q": "1:1"}).json()["results"]
    assert rules
    assert all(rule["code"].startswith("JS-") for rule in rules)
    assert staff.get("/api/v1/rules/", {"q": "不会出现的词"}).json()["results"] == []
    targets = staff.get("/api/v1/targets/", {"q": "硬科技"}).json()["results"]
    assert targets
    assert all(target["code"].startswith("JS-") for target in targets)
    plans = staff.get("/api/v1/plans/", {"q": "盐城"}).json()["results"]
    assert [plan["code"] for plan in plans] == ["YC-2023-2025"]


def test_only_words_of_the_text_stand_as_the_texts_words(staff: Client) -> None:
    page = found(staff, "JS-T01")
    row = next(part for part in page.split("<tr>") if "目标 JS-T01" in part)
    assert "<mark>" not in row
    assert "—" in row.partition('data-label="原文"')[2]
    assert "<mark>硬科技</mark>" in found(staff, "硬科技")


def test_an_entry_is_shown_by_its_quotation_before_its_name() -> None:
    entry = {"code": "X-T01", "name": "孵化器数量", "quote": "到2026年,孵化器数量达到三十家", "clause": "I"}
    hit = searching._entry(Plan(code="X"), "targets", entry, "孵化器数量")
    assert hit is not None
    assert hit.snippet == searching.Snippet("到2026年,", "孵化器数量", "达到三十家")
