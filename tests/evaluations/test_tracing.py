"""Every count of an evaluation leads to the list that holds exactly what was counted."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from core.trail import COMMAND_LINE
from evaluations import services
from tests.evaluations.factories import EXPERT, GradeRecordFactory, carrier_with, incubatees, make_cycle, make_frame
from tests.evaluations.test_pages import address
from tests.incubators.factories import AreaFactory, CarrierFactory, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def area() -> Any:
    return AreaFactory()


@pytest.fixture
def expert(area: Any) -> Any:
    return make_user("expert", area=area)


@pytest.fixture
def cycle(area: Any, expert: Any) -> Any:
    """Three carriers, two of them scored by the expert: one 优秀, one 不合格."""
    carriers = [carrier_with(area, count, code=f"C{count}") for count in (12, 2, 1)]
    made = make_cycle(area, [incubatees(60), EXPERT])
    services.assign_experts(cycle=made, users=[expert], actor=COMMAND_LINE)
    made.expert_scores.filter(carrier=carriers[0]).update(score=90, reason="好")
    made.expert_scores.filter(carrier=carriers[1]).update(score=0, reason="差")
    services.score_cycle(cycle=made, actor=COMMAND_LINE)
    made.refresh_from_db()
    return made


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(client: Client, href: str) -> list[str]:
    response = client.get(href)
    assert response.status_code == 200, href
    assert not response.context["listing"].form.errors, href
    return [row.carrier.code for row in response.context["page"]]


def test_the_counts_of_a_cycle_lead_to_their_results(area: Any, cycle: Any) -> None:
    client = client_of(make_user("leader", area=area))
    url = address("cycle_detail", cycle.code)
    page = unescape(client.get(url).content.decode())
    found = dict(re.findall(r'href="(\?state=[^"]+)"[^>]*>(?:<strong class="num">|<span class="num">)(\d+)<', page))
    assert {href: int(count) for href, count in found.items()} == {
        "?state=all": 3,
        "?state=scored": 2,
        "?state=missing": 1,
        "?state=all&grade=%E4%BC%98%E7%A7%80": 1,
        "?state=all&grade=%E4%B8%8D%E5%90%88%E6%A0%BC": 1,
    }
    for href, count in found.items():
        assert len(rows(client, url + href)) == int(count), href
    assert rows(client, url + "?state=missing") == ["C1"]


def test_the_list_of_cycles_leads_to_what_it_counts(area: Any, cycle: Any) -> None:
    client = client_of(make_user("auditor", area=area))
    page = unescape(client.get(address("cycle_list")).content.decode())
    found = re.findall(r'href="([^"]+\?state=\w+)"[^>]*><span class="num">(\d+)<', page)
    assert [count for _, count in found] == ["3", "2"]
    for href, count in found:
        assert len(rows(client, href)) == int(count)


def test_an_experts_progress_leads_to_the_carriers_for_organisers_alone(area: Any, cycle: Any, expert: Any) -> None:
    url = address("cycle_detail", cycle.code)
    staff = client_of(make_user("staff", area=area))
    (progress,) = staff.get(url).context["experts"]
    assert (progress.total, progress.done, progress.left) == (3, 2, 1)
    asked = f"{url}?state=all&expert={expert.username}"
    assert len(rows(staff, asked)) == 3
    assert rows(staff, f"{asked}&done=no") == ["C1"]
    assert set(rows(staff, f"{asked}&done=yes")) == {"C12", "C2"}
    assert rows(staff, f"{url}?state=all&expert=nobody") == []
    # For everybody else the question is not asked: who judges whom is not for them to find out.
    leader = client_of(make_user("leader", area=area))
    assert len(rows(leader, f"{url}?state=all&expert=nobody&done=no")) == 3


def test_a_carrier_that_left_is_no_longer_to_be_scored(area: Any, cycle: Any) -> None:
    cycle.results.filter(carrier__code="C1").delete()
    (progress,) = client_of(make_user("staff", area=area)).get(address("cycle_detail", cycle.code)).context["experts"]
    assert (progress.total, progress.left) == (2, 0)


def test_points_lead_to_their_place_in_the_result(area: Any, cycle: Any) -> None:
    client = client_of(make_user("staff", area=area))
    result = address("result_detail", cycle.code, "C12")
    assert f'href="{result}#part-all"' in client.get(address("cycle_detail", cycle.code)).content.decode()
    page = client.get(result).content.decode()
    assert 'id="part-all"' in page
    assert 'id="sum"' in page


def test_an_experts_own_list_by_state(cycle: Any, expert: Any) -> None:
    client = client_of(expert)
    for tab in client.get(address("expert_list")).context["tabs"]:
        shown = client.get(address("expert_list") + tab["url"]).context["page"]
        assert shown.paginator.count == tab["count"]
    assert [row.carrier.code for row in client.get(address("expert_list") + "?state=open").context["page"]] == ["C1"]


def test_the_evidence_says_how_its_figures_are_made(cycle: Any, expert: Any) -> None:
    ((names, definition),) = client_of(expert).get(address("expert_form", cycle.code, "C1")).context["evidence_words"]
    assert names == "创新创业活动场次"
    assert "月报" in definition


def test_grades_of_one_carrier(area: Any) -> None:
    frame = make_frame(area)
    one, other = CarrierFactory(area=area), CarrierFactory(area=area)
    for carrier in (one, other):
        GradeRecordFactory(carrier=carrier, frame=frame)
    client = client_of(make_user("staff", area=area))
    assert rows(client, f"{address('grade_list')}?carrier={one.code}") == [one.code]
    assert len(rows(client, address("grade_list"))) == 2
