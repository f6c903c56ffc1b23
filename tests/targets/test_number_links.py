"""Every number of the targets' pages leads to the records counted or to how it is made, and they agree."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.trail import COMMAND_LINE
from incubators.models import Area, AreaGroup
from targets.models import Target
from targets.services import compute
from tests.incubators.factories import CarrierFactory, TownFactory, make_user
from tests.plans.factories import DecisionFactory, PlanFactory, QuestionFactory
from tests.targets.factories import (
    TODAY,
    AllocationFactory,
    IncubateeTargetFactory,
    MilestoneFactory,
    OutsideFigureFactory,
    OutsideTargetFactory,
    TargetFactory,
    TaskFactory,
    incubate,
    qualify,
)

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a[^>]*?href="(?P<href>[^"]+)"[^>]*>(?P<text>.*?)</a>', re.DOTALL)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' today: the middle of the plan."""
    monkeypatch.setattr(timezone, "localdate", lambda *given: TODAY)


def leader(area: Area) -> Client:
    client = Client()
    client.force_login(make_user("leader", area=area))
    return client


def body(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def all_links(page: str) -> list[tuple[str, str]]:
    """Address and words of each link, without marks."""
    return [
        (unescape(found["href"]), " ".join(re.sub(r"<[^>]+>", " ", found["text"]).split()))
        for found in LINK.finditer(page)
    ]


def links(page: str) -> dict[str, str]:
    return dict(all_links(page))


def counted(client: Client, address: str) -> int:
    """How many records an address lists; its page, its rows over all pages and its export agree."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    pages = answer.context["page_obj"].paginator
    joint = "&" if "?" in address else "?"
    rows = sum(len(client.get(f"{address}{joint}page={number}").context["rows"]) for number in pages.page_range)
    export = client.get(f"{address}{joint}format=csv").getvalue().decode("utf-8-sig")
    assert pages.count == rows == len(list(csv.reader(io.StringIO(export)))) - 1, address
    return int(pages.count)


def page_of(route: str, code: str) -> str:
    return reverse(f"targets:{route}", args=[code])


def yearly() -> tuple[Target, list[Area]]:
    """As Yancheng: a target of every year with a part for each of two units; the second unit has nothing in 2025."""
    target = IncubateeTargetFactory()
    towns = TownFactory.create_batch(2, parent=target.area)
    for town, value in zip(towns, (3, 2), strict=True):
        AllocationFactory(target=target, area=town, value=value)
    incubate(CarrierFactory(area=towns[0]), date(2024, 3, 1), date(2025, 2, 1), date(2025, 3, 1))
    incubate(CarrierFactory(area=towns[1]), date(2024, 5, 1), date(2024, 6, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    return target, towns


def test_the_value_of_a_card_is_as_many_records_as_it_says() -> None:
    target = TargetFactory(value=80)
    qualify(target.area, *[date(2024, 1 + number % 12, 5) for number in range(55)])
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(target.area)
    for address in (reverse("targets:dashboard"), page_of("plan_progress", target.plan.code)):
        assert links(body(client, address))[page_of("target_records", target.code)] == "55 家"
    assert counted(client, page_of("target_records", target.code)) == 55


def test_counts_of_the_headline_lead_to_those_targets() -> None:
    plan = PlanFactory()
    qualify(plan.area, date(2025, 1, 1))
    TargetFactory(plan=plan, value=1, name="甲已达成")
    TargetFactory.create_batch(2, plan=plan, value=100)
    MilestoneFactory(plan=plan)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(plan.area)
    page = body(client, reverse("targets:dashboard"))
    said = {href: text for href, text in links(page).items() if re.fullmatch(r"\d+ 项.+", text) and "show=" in href}
    assert sorted(said.values()) == ["1 项已达成", "1 项待录入", "2 项有风险"]
    for href, text in said.items():
        cards = body(client, href).count('<article class="target-card">')
        assert text.startswith(f"{cards} 项")
    assert "甲已达成" in body(client, reverse("targets:dashboard"), plan=plan.code, show="met")
    assert "甲已达成" not in body(client, reverse("targets:dashboard"), plan=plan.code, show="at_risk")


def test_cells_of_the_table_by_area_lead_to_their_records() -> None:
    target, towns = yearly()
    client = leader(target.area)
    found = links(body(client, page_of("plan_progress", target.plan.code)))
    records = page_of("target_records", target.code)
    for town, value in zip(towns, (2, 0), strict=True):
        address = f"{records}?area={town.code}"
        assert found[address].startswith(f"{value} 目标")
        assert counted(client, address) == value
    assert found[f"{page_of('target_detail', target.code)}#shares"] == "5"


def test_each_year_of_the_whole_and_of_a_unit_leads_to_its_records() -> None:
    target, towns = yearly()
    client = leader(target.area)
    found = links(body(client, page_of("target_detail", target.code)))
    question = reverse("incubators:indicator_records", args=["n_incubatee_new"])

    def address(area: Area, year: int, last: str) -> str:
        return f"{question}?within={area.code}&from={year}-01-01&to={year}-{last}"

    expected = {
        address(target.area, 2024, "12-31"): 3,
        address(target.area, 2025, "07-01"): 2,
        address(towns[0], 2024, "12-31"): 1,
        address(towns[1], 2024, "12-31"): 2,
    }
    for href, value in expected.items():
        assert found[href].startswith(str(value)), href
        assert counted(client, href) == value


def test_each_month_behind_the_chart_leads_to_its_records() -> None:
    target = TargetFactory(value=9)
    qualify(target.area, date(2024, 5, 1), date(2024, 8, 31), date(2025, 2, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(target.area)
    context = client.get(page_of("target_detail", target.code)).context
    chart = context["chart"]
    values = dict(zip(chart["categories"], chart["series"][0]["data"], strict=True))
    hrefs = dict(zip(chart["categories"], chart["links"], strict=False))
    for month in ("2024-04", "2024-05", "2024-08", "2025-01", "2025-07"):
        assert counted(client, hrefs[month]) == values[month], month
    assert "2026-12" not in hrefs


def test_both_terms_of_a_share_are_listed() -> None:
    measure = {"by": "indicator", "indicator": "n_liaison_coverage"}
    target = TargetFactory(
        kind="ratio", unit="%", value=100, indicator="n_liaison_coverage", definition={"measure": measure}
    )
    CarrierFactory.create_batch(3, area=target.area)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(target.area)
    address = page_of("target_records", target.code)
    found = links(body(client, address))
    assert (found["?term=0"], found["?term=1"]) == ("分子 0", "分母 3")
    assert (counted(client, f"{address}?term=0"), counted(client, f"{address}?term=1")) == (0, 3)


def test_coverage_lists_its_areas_and_does_not_take_carriers_for_areas() -> None:
    plan = PlanFactory()
    question = QuestionFactory(plan=plan, value_kind="list")
    AreaGroup.objects.create(code="grp-links", name="各镇", parent=plan.area)
    measure = {"by": "indicator", "indicator": "area_coverage", "params": {"group": "grp-links"}}
    target = TargetFactory(
        plan=plan, kind="coverage", value=100, unit="%", indicator="area_coverage",
        definition={"decisions": [question.code], "measure": measure},
    )  # fmt: skip
    towns = TownFactory.create_batch(3, parent=plan.area)
    CarrierFactory.create_batch(2, area=towns[0])
    CarrierFactory(area=towns[1])
    DecisionFactory(question=question, value=[town.code for town in towns], decided_on=date(2025, 1, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(plan.area)
    address = page_of("target_records", target.code)
    page = body(client, address)
    assert "3 个区域中 2 个已有载体" in page
    assert [(member.label, bool(member.value)) for member in client.get(address).context["members"]] == [
        (town.name, place < 2) for place, town in enumerate(towns)
    ]
    assert "登记数据在进度计算之后有变动" not in page
    assert counted(client, address) == 3


def test_an_entered_value_leads_to_what_was_entered_and_an_unknown_one_to_why() -> None:
    question = QuestionFactory(blocking=True, question="包括哪些?")
    outside = OutsideTargetFactory(plan=question.plan)
    OutsideFigureFactory(target=outside)
    blocked = TargetFactory(plan=question.plan)
    blocked.definition["decisions"] = [question.code]
    blocked.save()
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(question.plan.area)
    page = body(client, reverse("targets:dashboard"))
    found, why = links(page), f"{page_of('target_detail', blocked.code)}#why"
    assert found[f"{page_of('target_detail', outside.code)}#entered"] == "10 亿元"
    assert [text for href, text in all_links(page) if href == why] == ["尚不能计算", "—"]
    assert "包括哪些?" in found[reverse("plans:question_detail", args=[question.code])]
    assert 'id="entered"' in body(client, page_of("target_detail", outside.code))
    assert 'id="why"' in body(client, page_of("target_detail", blocked.code))
    assert "没有可列出的记录" in body(client, page_of("target_records", blocked.code))


def test_the_net_change_leads_to_its_two_stocks() -> None:
    target = TargetFactory(value=9)
    qualify(target.area, date(2023, 5, 1), date(2024, 5, 1))
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(target.area)
    stocks = {text: href for href, text in links(body(client, page_of("target_detail", target.code))).items()}
    assert [counted(client, stocks[words]) for words in ("期初存量", "期末存量")] == [1, 2]


def test_a_task_leads_to_its_place_in_the_plan() -> None:
    target = TargetFactory()
    task = TaskFactory(plan=target.plan, title="测试任务甲")
    task.targets.add(target)
    client = leader(target.area)
    place = f"{reverse('plans:plan_detail', args=[target.plan.code])}?tab=tasks#e-{task.code}"
    assert links(body(client, reverse("targets:task_list")))[place].startswith("测试任务甲")
    assert links(body(client, page_of("target_detail", target.code)))[place] == "测试任务甲"


def test_what_an_area_asks_of_a_share_stays_with_the_area() -> None:
    measure: dict[str, Any] = {"by": "indicator", "indicator": "n_liaison_coverage"}
    target = TargetFactory(
        kind="ratio", unit="%", value=100, indicator="n_liaison_coverage", definition={"measure": measure}
    )
    town = TownFactory(parent=target.area)
    AllocationFactory(target=target, area=town, value=100)
    CarrierFactory.create_batch(2, area=town)
    CarrierFactory(area=target.area)
    compute(on=TODAY, actor=COMMAND_LINE)
    client = leader(target.area)
    page = body(client, page_of("target_records", target.code), area=town.code)
    address = next(href for href, text in links(page).items() if text.startswith("分母"))
    assert counted(client, page_of("target_records", target.code) + address) == 2
