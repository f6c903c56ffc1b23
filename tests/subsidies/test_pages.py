"""Pages of subsidies: what they show to whom, what they refuse, and how many queries they need."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subsidies.models import Award, AwardRun, PayerGrant
from tests.incubators.factories import CarrierFactory
from tests.subsidies.factories import award, designate, grade, jinshan_carrier, run

MOST_QUERIES = 12


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, *args: Any) -> str:
    return reverse(f"subsidies:{name}", args=args)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def every_page(district: Any) -> list[str]:
    rules = ["JS-S02", "JS-S04", "JS-S05", "JS-S09"]
    return [
        *[address(name) for name in ("award_list", "run_list", "rule_list", "payer_grant_list")],
        *[address("award_detail", award(district.carrier, rule).pk) for rule in rules],
        *[address("rule_detail", rule) for rule in [*rules, "JS-S11"]],
        address("run_detail", AwardRun.objects.latest("pk").pk),
    ]


def test_pages_need_few_queries_whatever_the_number_of_carriers(district: Any) -> None:
    client = client_of(district.staff)
    client.get(address("award_list"))

    def queries() -> dict[str, int]:
        found = {}
        for page in every_page(district):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(page).status_code == 200
            found[page.rsplit("/", 2)[0] if "runs" in page else page] = len(seen)
        return found

    few = queries()
    for _ in range(12):
        more = jinshan_carrier()
        designate(more, "incubator_municipal_sh")
        grade(more)
    run()
    assert queries() == few
    assert max(few.values()) <= MOST_QUERIES


def test_the_list_sums_ceilings_computed_and_granted_apart(district: Any) -> None:
    share = award(district.carrier, "JS-S05").shares.get()
    share.granted = Decimal(550_000)
    share.save()
    response = client_of(district.staff).get(address("award_list"))
    sums = {row.payer: row for row, _ in response.context["sums"]}
    assert (sums["municipal"].ceiling, sums["municipal"].proposed, sums["municipal"].granted) == (
        600_000,
        None,
        550_000,
    )
    assert (sums["district"].ceiling, sums["district"].proposed, sums["district"].granted) == (None, 800_000, None)
    shown = set(re.findall(r'class="num">([\d.,]+)<', text_of(response).split("<tbody>")[1]))
    assert {"80", "60", "55"} <= shown
    assert not {"140", "135"} & shown, "what two payers give is never one sum"


def test_tabs_count_what_each_would_show(district: Any) -> None:
    client = client_of(district.staff)
    tabs = {tab["label"]: tab for tab in client.get(address("award_list")).context["tabs"]}
    assert {label: tab["count"] for label, tab in tabs.items()} == {
        "全部": 10, "应予": 2, "不予": 5, "尚不能定": 3, "规则未生效": 0,
    }  # fmt: skip
    page = client.get(address("award_list") + tabs["应予"]["url"]).context["page"]
    assert ({row.verdict for row in page}, page.paginator.count) == ({"payable"}, 2)


def test_filters_that_make_no_sense_say_so_and_list_nothing(district: Any) -> None:
    response = client_of(district.staff).get(address("award_list"), {"year": "明年"})
    assert response.status_code == 200
    assert list(response.context["page"]) == []
    assert response.context["listing"].form.errors["year"]


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_the_export_is_what_is_listed(district: Any, fmt: str) -> None:
    response = client_of(district.staff).get(address("award_list"), {"verdict": "payable", "format": fmt})
    body = b"".join(response.streaming_content)
    assert response.status_code == 200
    if fmt == "csv":
        lines = body.decode("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert "上限(万元)" in lines[0]
        assert ",60," in body.decode("utf-8-sig")


def test_the_dossier_shows_clause_inputs_arithmetic_and_what_is_open(district: Any) -> None:
    page = text_of(client_of(district.staff).get(address("award_detail", award(district.carrier, "JS-S02").pk)))
    for piece in (
        "由区级按市级资助金额的1:1比例给予支持",
        "#c-III.2.b",
        "800,000 × 1 = 800,000 元",
        "测试批复",
        "上海市高质量孵化器",
        reverse("plans:question_detail", args=["JS-D12"]),
        reverse("incubators:carrier_detail", args=[district.carrier.code]),
        "复算一致",
    ):
        assert piece in page, piece
    assert "operating_grant" not in page.replace("kind=operating_grant", ""), "codes are for addresses only"


def test_an_undecided_award_says_what_is_missing_and_where_to_settle_it(district: Any) -> None:
    page = text_of(client_of(district.staff).get(address("award_detail", award(district.carrier, "JS-S09").pk)))
    assert "匹配比例未定" in page
    assert reverse("plans:question_detail", args=["JS-D01"]) in page
    assert "未知不等于零" in page


def test_a_dossier_that_no_longer_computes_the_same_is_flagged(district: Any) -> None:
    row = award(district.carrier, "JS-S02")
    row.dossier["facts"]["grants"][0]["approved"] = "1"
    row.save()
    assert "结果与存档不同" in text_of(client_of(district.staff).get(address("award_detail", row.pk)))


def test_operators_see_their_own_awards_and_why_and_nothing_of_others(district: Any) -> None:
    other = jinshan_carrier(name="别家孵化器")
    designate(other, "incubator_municipal_sh")
    run()
    client = client_of(district.operator)
    listed = client.get(address("award_list"))
    assert {row.carrier_id for row in Award.objects.filter(pk__in=[row.pk for row in listed.context["page"]])} == {
        district.carrier.pk
    }
    assert "别家孵化器" not in text_of(listed)
    own = client.get(address("award_detail", award(district.carrier, "JS-S02").pk))
    assert own.status_code == 200
    assert "保存核定金额" not in text_of(own)
    assert "由区科委办理" in text_of(own)
    foreign = award(other, "JS-S05").pk
    assert client.get(address("award_detail", foreign)).status_code == 404
    assert client.get(address("carrier_panel", other.code)).status_code == 404
    for move in ("award_grant", "award_advance", "award_send_back"):
        assert client.post(address(move, foreign)).status_code in {403, 404}
    assert client.get(address("run_detail", AwardRun.objects.latest("pk").pk)).status_code == 404
    assert list(client.get(address("run_list")).context["page"]) == []


@pytest.mark.parametrize("who", ["stranger", "other_operator"])
def test_another_districts_people_see_nothing(district: Any, who: str) -> None:
    client = client_of(getattr(district, who))
    assert list(client.get(address("award_list")).context["page"]) == []
    assert list(client.get(address("payer_grant_list")).context["page"]) == []
    assert client.get(address("award_detail", award(district.carrier, "JS-S02").pk)).status_code == 404


def test_too_much_is_refused_at_its_field_and_kept_as_typed(district: Any) -> None:
    row = award(district.carrier, "JS-S05")
    name = f"granted-{row.shares.get().pk}"
    client = client_of(district.staff)
    response = client.post(address("award_grant", row.pk), {name: "60.01"})
    assert response.status_code == 422
    assert "不能超过上限 60 万元" in response.context["form"].errors[name][0]
    assert 'value="60.01"' in text_of(response)
    response = client.post(address("award_grant", row.pk), {name: "六十"})
    assert (response.status_code, 'value="六十"' in text_of(response)) == (422, True)
    response = client.post(address("award_grant", row.pk), {name: "60"})
    assert response.status_code == 302
    assert row.shares.get().granted == Decimal(600_000)


def test_a_step_is_taken_from_the_page_and_a_stale_page_takes_none(district: Any) -> None:
    row = award(district.carrier, "JS-S05")
    client = client_of(district.staff)
    assert client.post(address("award_advance", row.pk), {"state": "proposed", "comment": "同意"}).status_code == 302
    response = client.post(address("award_advance", row.pk), {"state": "proposed", "comment": "再来一次"})
    assert response.status_code == 422
    assert "状态已有变化" in text_of(response)
    assert 'value="再来一次"' in text_of(response)
    assert award(district.carrier, "JS-S05").state == "reviewed"
    response = client.post(address("award_send_back", row.pk), {"state": "reviewed", "comment": ""})
    assert (response.status_code, "退回须写明理由" in text_of(response)) == (422, True)
    client.post(address("award_send_back", row.pk), {"state": "reviewed", "comment": "重看"})
    assert award(district.carrier, "JS-S05").state == "proposed"


def test_leaders_read_and_cannot_act(district: Any) -> None:
    client = client_of(district.leader)
    row = award(district.carrier, "JS-S05")
    page = text_of(client.get(address("award_detail", row.pk)))
    assert "保存核定金额" not in page
    assert client.post(address("award_advance", row.pk), {"state": "proposed"}).status_code == 403
    assert client.get(address("run_create")).status_code == 403


def test_a_computation_started_from_the_page(district: Any, django_capture_on_commit_callbacks: Any) -> None:
    client = client_of(district.staff)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            address("run_create"), {"plan": district.plan.code, "year": "2024", "as_of": "2026-01-31"}
        )
    assert response.status_code == 302
    found = AwardRun.objects.latest("pk")
    assert (found.year, found.as_of) == (2024, date(2026, 1, 31))
    assert "查看测算结果" in text_of(client.get(response.url))
    assert client.get(address("run_detail", found.pk)).status_code == 200


def test_a_computation_of_another_districts_plan_or_of_a_future_day_is_refused(district: Any) -> None:
    asked = {"plan": district.plan.code, "year": "2025", "as_of": "2999-01-01"}
    response = client_of(district.staff).post(address("run_create"), asked)
    assert response.status_code == 422
    assert "不能晚于今天" in response.context["form"].errors["as_of"][0]
    response = client_of(district.stranger).post(address("run_create"), asked | {"as_of": "2026-01-31"})
    assert response.status_code == 422
    assert response.context["form"].errors["plan"]


def test_a_municipal_grant_recorded_from_the_page(district: Any) -> None:
    client = client_of(district.staff)
    sent = {
        "carrier": district.carrier.code,
        "kind": "grade_grant",
        "year": "2025",
        "approved": "52.5",
        "approved_on": "2026-07-15",
        "document": "测试批复9号",
    }
    wrong = client.post(address("payer_grant_create"), sent | {"approved": "很多"})
    assert (wrong.status_code, 'value="测试批复9号"' in text_of(wrong)) == (422, True)
    assert client.post(address("payer_grant_create"), sent).status_code == 302
    assert PayerGrant.objects.get(document="测试批复9号").approved == Decimal(525_000)
    foreign = client.post(address("payer_grant_create"), sent | {"carrier": CarrierFactory().code, "document": "x"})
    assert (foreign.status_code, "carrier" in foreign.context["form"].errors) == (422, True)


def test_a_municipal_grant_left_empty_or_below_zero_is_named_in_plain_words(district: Any) -> None:
    form = client_of(district.staff).post(address("payer_grant_create"), {"approved": "-3", "received": "三"})
    errors = {name: texts[0] for name, texts in form.context["form"].errors.items()}
    assert errors == {
        "carrier": "请选择载体",
        "kind": errors["kind"],
        "year": "请填写年度",
        "approved": "不能为负数",
        "approved_on": "请填批准日期",
        "document": "请写明批准文件",
        "received": "“三”不是数字,请填如 52.5(单位万元)",
    }


def test_the_panel_of_a_carrier_shows_what_is_due_or_open(district: Any) -> None:
    client = client_of(district.operator)
    panel = client.get(address("carrier_panel", district.carrier.code), headers={"HX-Request": "true"})
    assert {row.verdict for row in panel.context["awards"]} == {"payable", "undecided"}
    assert panel.context["other"] == 5
    opened = client.get(address("carrier_panel", district.carrier.code))
    assert opened.url == f"{address('award_list')}?carrier={district.carrier.code}"


def test_a_rule_stands_beside_its_clause_with_its_worked_cases(district: Any) -> None:
    page = text_of(client_of(district.operator).get(address("rule_detail", "JS-S04")))
    for piece in (
        "定额 100 万元",
        "区级(推断)",
        "对新增的国家级科技企业孵化器给予一次性100万元资助",
        "计划期最后一天认定",
        "JS-D14",
    ):
        assert piece in page, piece
    rent = text_of(client_of(district.staff).get(address("rule_detail", "JS-S11")))
    assert "不出数" in rent
