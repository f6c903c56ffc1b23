"""Every count and sum leads to the list that holds exactly what was counted or added up."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from subsidies.models import Award, AwardRun
from subsidies.services import advance
from tests.subsidies.factories import award, decide, designate, grade, jinshan_carrier, run
from tests.subsidies.test_pages import address, client_of, text_of


def listed(client: Client, href: str) -> Any:
    response = client.get(href)
    assert response.status_code == 200, href
    assert not response.context["listing"].form.errors, href
    return response.context["page"]


@pytest.fixture
def two(district: Any) -> Any:
    """A second carrier with another grade, computed too."""
    other = jinshan_carrier()
    designate(other, "incubator_municipal_sh")
    grade(other, "grade_good")
    run()
    return district


def test_a_runs_counts_lead_to_their_awards(two: Any) -> None:
    client = client_of(two.staff)
    latest = AwardRun.objects.latest("pk")
    response = client.get(address("run_detail", latest.pk))
    shown = response.context["run"].verdicts
    assert {each.count for each in shown} > {0}
    for each in shown:
        assert listed(client, each.href).paginator.count == each.count, each
    new = next(each for each in response.context["run"].written if each.code == "new")
    page = listed(client, new.href)
    assert page.paginator.count == new.count == 10
    assert {row.run_id for row in page} == {latest.pk}
    for code, count in re.findall(r"[?;]rule=([\w-]+)\">(\d+)<", text_of(response)):
        assert listed(client, address("award_list") + f"?year=2025&rule={code}").paginator.count == int(count)


def test_a_run_that_was_superseded_leads_to_its_own_page_not_to_what_is_there_now(two: Any) -> None:
    client = client_of(two.staff)
    first = AwardRun.objects.order_by("pk").first()
    assert first is not None
    row = next(run for run in client.get(address("run_list")).context["page"] if run.pk == first.pk)
    assert {each.href for each in row.verdicts} == {address("run_detail", first.pk)}
    detail = client.get(address("run_detail", first.pk))
    assert {each.href for each in detail.context["run"].verdicts} == {"#by-rule"}
    assert "此后又测算过一次" in text_of(detail)


def test_the_latest_run_in_the_list_leads_to_its_awards(two: Any) -> None:
    client = client_of(two.staff)
    row = client.get(address("run_list")).context["page"][0]
    for each in row.verdicts:
        assert listed(client, each.href).paginator.count == each.count


def test_where_a_reviewed_award_was_left_alone_the_count_is_not_passed_off_as_the_list(district: Any) -> None:
    settled = award(district.carrier, "JS-S02")
    advance(user=district.staff, award=settled)
    district.carrier.payer_grants.update(approved=Decimal(900_000))
    district.carrier.designations.filter(title__code="high_quality").update(ended_on="2026-01-01", end_reason="退出")
    decide("JS-D12", "批准数")
    run()
    response = client_of(district.staff).get(address("run_detail", AwardRun.objects.latest("pk").pk))
    verdicts = {each.code: each for each in response.context["run"].verdicts}
    assert (verdicts["payable"].count, verdicts["payable"].href) == (1, "#by-rule")
    (differing,) = response.context["differences"]
    assert differing.found_parts == "结论、金额、条件对照、算式、待定事项的决定、所用记录"
    assert 'id="differences"' in text_of(response)


@pytest.mark.parametrize("amount", ["ceiling", "proposed", "granted"])
def test_every_sum_is_the_sum_of_the_awards_it_leads_to(two: Any, amount: str) -> None:
    share = award(two.carrier, "JS-S05").shares.get()
    share.granted = Decimal("555000.01")
    share.save()
    client = client_of(two.staff)
    checked = 0
    for row, links in client.get(address("award_list")).context["sums"]:
        value, count = getattr(row, amount), getattr(row, f"{amount}_count")
        if count:
            page = listed(client, links[amount])
            shares = [s for one in page for s in one.shares.all() if s.payer == row.payer]
            assert sum(getattr(s, amount) for s in shares) == value
            assert page.paginator.count == count
            assert f'href="{links[amount]}"' in unescape(text_of(client.get(address("award_list"))))
            checked += 1
    assert checked


def test_the_sums_links_keep_the_filters_of_the_list(two: Any) -> None:
    client = client_of(two.staff)
    ((row, links),) = client.get(address("award_list"), {"rule": "JS-S06"}).context["sums"]
    assert (row.payer, row.ceiling) == ("municipal", 300_000)
    assert {one.rule.code for one in listed(client, links["ceiling"])} == {"JS-S06"}


def test_a_rules_counts_lead_to_their_awards(two: Any) -> None:
    client = client_of(two.staff)
    page = unescape(text_of(client.get(address("rule_detail", "JS-S05"))))
    found = re.findall(r'href="([^"]+verdict=\w+)"[^>]*><span class="num">(\d+)<', page)
    assert len(found) == len(Award.Verdict.choices)
    for href, count in found:
        assert listed(client, href).paginator.count == int(count)


def test_the_inputs_of_a_dossier_lead_to_exactly_the_records_used(two: Any) -> None:
    client = client_of(two.staff)
    used = client.get(address("award_detail", award(two.carrier, "JS-S05").pk)).context["inputs"]
    (graded,) = [one for one in used if one.kind == "评价等次"]
    assert [(row.carrier_id, row.year) for row in listed(client, graded.href)] == [(two.carrier.pk, 2025)]
    dossier = client.get(address("award_detail", award(two.carrier, "JS-S02").pk))
    (base,) = [step for step in dossier.context["arithmetic"] if step["label"] == "匹配基数"]
    assert [row.approved for row in listed(client, base["href"])] == [Decimal(800_000)]


def test_every_step_with_a_number_from_outside_says_where_it_is_from(two: Any) -> None:
    client = client_of(two.staff)
    for rule in ("JS-S02", "JS-S05", "JS-S09"):
        page = client.get(address("award_detail", award(two.carrier, rule).pk))
        for step in page.context["arithmetic"]:
            if step["label"] != "区级匹配":
                assert client.get(step["href"].split("#")[0]).status_code == 200, step


def test_links_narrow_the_list_and_it_says_so(two: Any) -> None:
    client = client_of(two.staff)
    response = client.get(address("award_list"), {"payer": "municipal", "amount": "ceiling"})
    assert "只列市级出资的、有上限的补贴。" in text_of(response)
    assert {one.rule.code for one in response.context["page"]} == {"JS-S05", "JS-S06"}
    nonsense = client.get(address("award_list"), {"amount": "上限", "written": "99999999999999999999"})
    assert nonsense.status_code == 200
    assert list(nonsense.context["page"]) == []
