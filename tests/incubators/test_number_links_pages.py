"""Every number on a page leads to what was counted in it, and what is listed there is as many; filters cost no queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import Attachment
from core.templatetags.portal import pct, written
from incubators.indicators.links import figure_url
from incubators.models import MonthlyReport
from tests.incubators.factories import (
    ActivityFactory,
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    FundFactory,
    FundInvestmentFactory,
    GraduateFactory,
    MentorFactory,
    MonthlyReportFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TownFactory,
)
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
S = MonthlyReport.State
# A number that leads somewhere, as the figure tag writes it.
LINKED = re.compile(r'<a class="figure-link" href="([^"]*)"[^>]*>(?:<strong class="num">|<span class="num">)([^<]+)<')


@pytest.fixture
def office() -> Office:
    """A district whose carrier reported May 2024, with tenants of every sort, and carriers in other states."""
    office = Office()
    carrier = office.carrier
    for kind in ("high_tech", "hard_tech", "tech_sme"):
        stay = ResidencyFactory(carrier=carrier, floor_area=120)
        paper = {"certificate": f"测试证书{kind}", "valid_to": date(2027, 1, 1)}
        QualificationFactory(enterprise=stay.enterprise, kind=QualificationKindFactory(code=kind, name=kind), **paper)
    ResidencyFactory(carrier=carrier, entered_on=date(2024, 5, 10), floor_area=80)
    ResidencyFactory(carrier=carrier, incubating_from=None, floor_area=40)
    graduate = GraduateFactory(carrier=carrier, graduated_on=date(2024, 5, 20), floor_area=60)
    paper = {"name": "证明.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64, "file": "none.pdf"}
    Attachment.objects.create(owner_label="incubators.residency", owner_id=str(graduate.pk), **paper)
    ResidencyFactory(carrier=carrier, left_on=date(2024, 5, 15), outcome="moved_out")
    MentorFactory(carrier=carrier)
    MentorFactory(carrier=carrier, engaged_on=date(2024, 6, 1))
    ActivityFactory(carrier=carrier, held_on=date(2024, 5, 20), participants=40)
    ActivityFactory(carrier=carrier, held_on=date(2024, 4, 20), participants=7)
    office.accepted(month=date(2024, 4, 1))
    for state in (S.SUBMITTED, S.RETURNED, S.DRAFT, S.ACCEPTED):
        MonthlyReportFactory(carrier=CarrierFactory(area=office.district), month=MAY, state=state)
    CarrierFactory(area=TownFactory(parent=office.district), kind="maker_space")
    CarrierFactory()  # another district's
    return office


@pytest.fixture
def staff(client: Any, office: Office) -> Any:
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def numbers(client: Any, address: str) -> Iterator[tuple[str, str]]:
    """(number as written, address it leads to) of every number that leads somewhere on the page."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    for href, text in LINKED.findall(answer.content.decode()):
        target = unescape(href)
        yield text.strip(), target if target.startswith("/") else address.partition("?")[0] + target


def told(client: Any, address: str) -> set[str]:
    """What the page at ``address`` says the number is: rows listed, or the figure in each way of writing it."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    context = answer.context
    if "figure" in context and "indicator" in context:
        value = context["figure"].value
        money = written(None if value is None else value / 10_000)
        return {written(value), pct(value, 1), pct(value), money}
    page = context["page_obj" if "page_obj" in context else "page"]
    return {written(page.paginator.count)}


def pages(office: Office) -> dict[str, str]:
    row = office.accepted()
    return {
        "carriers": reverse("incubators:carrier_list"),
        "carrier": reverse("incubators:carrier_detail", args=[office.carrier.code]),
        "enterprises": reverse("incubators:enterprise_list"),
        "overview": reverse("incubators:report_list") + "?month=2024-05",
        "overview of a town": reverse("incubators:report_list") + f"?month=2024-05&area={office.town.code}",
        "overview of the district": reverse("incubators:report_list") + f"?month=2024-05&area={office.district.code}",
        "report": reverse("incubators:report_detail", args=[row.pk]),
        "form": reverse("incubators:report_edit", args=[office.carrier.code, "2024-06"]),
        "figure": figure_url("n_incubatee", on="2024-05-31"),
        "flow": figure_url("n_incubatee_new", from_="2024-05-01", to="2024-05-31"),
    }


# How many numbers each page has at least; a page that lost its links must not pass.
EXPECTED = {
    "carriers": 14, "carrier": 2, "enterprises": 2, "overview": 10, "overview of a town": 10,
    "overview of the district": 10, "report": 20, "form": 10, "figure": 24, "flow": 24,
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_number_and_what_it_leads_to_are_the_same(staff: Any, office: Office, name: str) -> None:
    found = list(numbers(staff, pages(office)[name]))
    assert len(found) >= EXPECTED[name]
    for text, target in found:
        assert text in told(staff, target), (name, text, target)


def test_the_overviews_numbers_are_not_all_the_same(staff: Any, office: Office) -> None:
    """Otherwise every number could lead to one list and the test above would not see it."""
    texts = [text for text, _ in numbers(staff, pages(office)["overview"])]
    assert len(set(texts)) >= 4


def test_both_terms_of_a_ratio_lead_to_their_records(staff: Any, office: Office) -> None:
    found = list(numbers(staff, figure_url("hardtech_ratio", on="2024-05-31", carrier=office.carrier.code)))
    top, bottom = [(text, target) for text, target in found if "/records/" in target][-2:]
    assert (top[0], bottom[0]) == ("1", "4")
    for text, target in (top, bottom):
        assert text in told(staff, target)
    assert "以下为分母" in staff.get(bottom[1]).content.decode()


@pytest.mark.parametrize("term", ["9", "x", "1000"])
def test_a_term_that_a_figure_does_not_have_is_refused(staff: Any, term: str) -> None:
    answer = staff.get(reverse("incubators:indicator_records", args=["hardtech_ratio"]), {"term": term})
    assert answer.status_code == 400
    assert "分母项:" in answer.content.decode()


def test_the_tabs_of_the_tenants_count_what_they_list(staff: Any, office: Office) -> None:
    address = reverse("incubators:carrier_detail", args=[office.carrier.code])
    tabs = staff.get(address, {"tab": "enterprises", "on": "2024-05-31"}).context["lists"]
    counts = {}
    for tab in tabs:
        listed = staff.get(address + tab["url"]).context["page"]
        assert listed.paginator.count == tab["count"] == len(listed.object_list), tab["label"]
        counts[tab["label"]] = tab["count"]
    assert counts == {"在孵": 4, "其他入驻": 2, "全部在驻": 6, "已毕业": 1, "已离开": 1}


def test_what_the_form_says_of_the_register_is_listed_there(staff: Any, office: Office) -> None:
    page = staff.get(reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"]))
    known = {line.spec.register: line for _, lines, _ in page.context["sections"] for line in lines if line.known}
    residents = staff.get(known["n_mentor"].known_url).context
    assert known["n_mentor"].known == "1" == str(len(residents["mentors"]))
    assert known["n_activity"].known == "1" == str(len(residents["activities"]))
    assert known["n_participant"].known == "40" == str(residents["participants"])
    let = staff.get(known["floor_area"].known_url)
    assert known["floor_area"].known == "540" == written(let.context["floor_area"])
    assert "合计" in let.content.decode()


def test_a_funds_investments_are_as_many_as_counted(staff: Any, office: Office) -> None:
    fund = FundFactory(carrier=office.carrier)
    paid = [FundInvestmentFactory(fund=fund, enterprise=EnterpriseFactory(area=office.town)) for _ in range(3)]
    page = staff.get(reverse("incubators:carrier_detail", args=[office.carrier.code]), {"tab": "resources"})
    body = page.content.decode()
    assert "<summary>3" in body
    assert all(each.enterprise.name in body for each in paid)


def test_an_unknown_rate_leads_to_why(staff: Any, office: Office) -> None:
    CarrierFactory(area=office.town, code="NEW1")
    page = staff.get(reverse("incubators:carrier_list"), {"q": "NEW1"})
    carrier = page.context["page"].object_list[0]
    assert carrier.occupancy is None
    assert "没有可用的通过月报" in staff.get(carrier.occupancy_url).content.decode()


def test_filtering_the_overview_stays_in_its_month(staff: Any, office: Office) -> None:
    address = reverse("incubators:report_list")
    page = staff.get(address, {"month": "2024-05", "state": "submitted"}).content.decode()
    assert '<input type="hidden" name="month" value="2024-05">' in page
    assert 'href="?month=2024-05">清除</a>' in page


def walk(client: Any, address: str, choices: dict[str, str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Queries of the list for every combination of filters."""
    for size in range(len(choices) + 1):
        for names in combinations(choices, size):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address, {name: choices[name] for name in names})
            assert answer.status_code == 200
            assert not getattr(answer.context.get("listing"), "form", answer.context.get("form")).errors, names
            yield names, len(queries)


def test_no_combination_of_filters_needs_more_queries_than_a_page_may(staff: Any, office: Office) -> None:
    title = DesignationFactory(carrier=office.carrier).title
    stay = office.carrier.residencies.first()
    lists = {
        "carrier_list": {
            "q": office.carrier.code,
            "kind": "incubator",
            "area": office.town.code,
            "level": title.level.code,
            "title": title.code,
            "state": "operating",
            "industry": office.carrier.industry,
        },
        "enterprise_list": {
            "q": "测试",
            "area": office.town.code,
            "qualification": "high_tech",
            "place": "inside",
            "carrier": office.carrier.code,
            "industry": stay.enterprise.industry,
        },
        "report_list": {"q": office.carrier.code, "state": "missing", "area": office.town.code, "month": "2024-05"},
    }
    for name, choices in lists.items():
        counts = dict(walk(staff, reverse(f"incubators:{name}"), choices))
        most = max(counts, key=counts.__getitem__)
        assert counts[most] <= MOST_QUERIES, (name, most)


def test_a_choice_is_found_among_those_drawn_and_no_other(staff: Any, office: Office) -> None:
    found = staff.get(reverse("incubators:carrier_list"), {"area": office.town.code})
    assert [carrier.code for carrier in found.context["page"].object_list] == [office.carrier.code]
    elsewhere = CarrierFactory().area.code
    for value in (elsewhere, "nowhere"):
        page = staff.get(reverse("incubators:carrier_list"), {"area": value})
        assert page.context["listing"].form.errors["area"]
        assert page.context["page"].paginator.count == 0


def test_the_overviews_late_and_overdue_are_two_things(staff: Any, office: Office) -> None:
    late = MonthlyReportFactory(carrier=CarrierFactory(area=office.district), month=MAY, state=S.SUBMITTED)
    MonthlyReport.objects.filter(pk=late.pk).update(first_submitted_at=timezone.now() - timedelta(days=1))
    address = reverse("incubators:report_list")

    def lines(state: str) -> list[Any]:
        return list(staff.get(address, {"month": "2024-05", "state": state}).context["page_obj"])

    assert late.carrier.code in {line.code for line in lines("late")}
    assert lines("overdue")
    assert all(line.overdue and not line.filed for line in lines("overdue"))
    assert not {line.code for line in lines("late")} & {line.code for line in lines("overdue")}
