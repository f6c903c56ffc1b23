"""Completeness by carrier, area and month: worked by hand, the same in the overview and in the catalogue, and as a page."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.access import Role
from incubators.indicators import figures
from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting import completeness, overview
from incubators.reporting.calendar import add_months
from incubators.reporting.register import month_end
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    MonthlyReportFactory,
    TownFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)
SPRING = (MARCH, APRIL, MAY)
URL = "/reports/completeness/"


def filed(carrier, month, day=3, state=S.LOCKED, **more):
    """A report of ``month`` that was first submitted on a day of the following month (the 5th is due)."""
    sent = datetime.combine(add_months(month, 1).replace(day=day), datetime.min.time(), SHANGHAI)
    return MonthlyReportFactory(carrier=carrier, month=month, state=state, first_submitted_at=sent, **more)


def matrix(user, months=SPRING):
    return completeness.load(user, overview.carriers_between(user, months[0], months[-1]), months)


def states(found):
    return {row.carrier["code"]: [cell.state for cell in row.cells] for row in found.rows}


@pytest.fixture
def spring():
    """Two towns. A files in time, then late, then not. B opens on the last day of April and is returned in May. C closes
    on 1 April and so reports March alone, which it does; what it sends afterwards counts for nothing. D drafts."""
    district = AreaFactory()
    west, east = TownFactory(parent=district, name="西镇"), TownFactory(parent=district, name="东镇")
    a = CarrierFactory(code="A", area=west)
    b = CarrierFactory(code="B", area=west, opened_on=date(2024, 4, 30))
    c = CarrierFactory(code="C", area=east, closed_on=APRIL)
    d = CarrierFactory(code="D", area=east)
    filed(a, MARCH)
    filed(a, APRIL, day=9)
    filed(b, APRIL, state=S.CHECKED, checked_at=datetime.now(SHANGHAI), checked_by=make_user(Role.STAFF))
    filed(b, MAY, state=S.RETURNED)
    filed(c, MARCH)
    filed(c, APRIL)
    MonthlyReportFactory(carrier=d, month=MARCH, state=S.DRAFT)
    filed(d, APRIL)
    filed(d, MAY, state=S.SUBMITTED)
    return district


def test_worked_by_hand(spring):
    found = matrix(make_user(Role.STAFF, area=spring))
    assert states(found) == {
        "A": ["punctual", "late", "missing"],
        "B": ["not_asked", "punctual", "returned"],
        "C": ["punctual", "not_asked", "not_asked"],
        "D": ["draft", "punctual", "punctual"],
    }
    rates = {row.carrier["code"]: (row.rate.expected, row.rate.filed, row.rate.punctual) for row in found.rows}
    assert rates == {"A": (3, 2, 1), "B": (2, 1, 1), "C": (1, 1, 1), "D": (3, 2, 2)}
    assert [(r.expected, r.filed, r.punctual) for r in found.by_month] == [(3, 2, 2), (3, 3, 2), (3, 1, 1)]
    assert {(g.name, g.carriers, g.rate.expected, g.rate.filed, g.rate.punctual) for g in found.areas} == {
        ("西镇", 2, 5, 3, 2),
        ("东镇", 2, 4, 3, 3),
    }
    assert (found.whole.completeness, found.whole.punctuality) == (Decimal(6) / 9, Decimal(5) / 9)


def test_the_overview_and_the_catalogue_say_the_same(spring):
    user = make_user(Role.STAFF, area=spring)
    found = matrix(user)
    for month, rate in zip(found.months, found.by_month, strict=True):
        there = overview.summarise(overview.month_lines(user, month))
        assert (there.expected, there.filed, there.punctual) == (rate.expected, rate.filed, rate.punctual)
        for code, top in (("report_completeness", rate.filed), ("report_punctuality", rate.punctual)):
            [figure] = figures.compute(code, on=month_end(month), within=spring, user=user)
            assert (figure.numerator, figure.denominator) == (top, rate.expected)


def test_months_before_a_jurisdictions_first_are_not_asked(spring):
    """Neither by the matrix nor by the catalogue; a town that began earlier by its own calendar is."""
    ReportCalendar.objects.create(area=spring, first_month=MAY)
    user = make_user(Role.STAFF, area=spring)
    assert states(matrix(user)) == {
        "A": ["not_asked", "not_asked", "missing"],
        "B": ["not_asked", "not_asked", "returned"],
        "D": ["not_asked", "not_asked", "punctual"],
    }
    months = figures.compute("report_completeness", by="month", start=MARCH, end=month_end(MAY), within=spring)
    assert [(each.numerator, each.denominator) for each in months] == [(0, 0), (0, 0), (1, 3)]
    town = spring.children.get(name="西镇")
    ReportCalendar.objects.create(area=town, first_month=APRIL)
    [april] = figures.compute("report_completeness", on=month_end(APRIL), within=spring)
    assert (april.numerator, april.denominator) == (2, 2)
    assert states(matrix(user))["A"] == ["not_asked", "late", "missing"]


def test_a_correction_being_written_leaves_the_month_filed(spring):
    row = MonthlyReport.objects.get(carrier__code="A", month=MARCH)
    MonthlyReportFactory(
        carrier=row.carrier, month=MARCH, state=S.DRAFT, revision=2, revision_reason="更正", is_current=False
    )
    assert states(matrix(make_user(Role.STAFF, area=spring)))["A"][0] == "punctual"


def test_before_the_due_day_nothing_is_missing_yet(spring):
    line = overview.month_lines(make_user(Role.STAFF, area=spring), MAY)[0]
    assert completeness.state_of(line, date(2024, 6, 5)) == "due"
    assert completeness.state_of(line, date(2024, 6, 6)) == "missing"


# --- The page -----------------------------------------------------------------------------------------------------------
ASKED = {"from": "2024-03", "to": "2024-05"}


def test_the_page_says_each_state_in_words_and_leads_to_the_report(spring):
    client = signed_in(make_user(Role.STAFF, area=spring))
    text = client.get(URL, ASKED).content.decode()
    for word in ("按时", "迟报", "草稿", "退回", "缺报", "不报", "66.7%"):
        assert word in text
    row = MonthlyReport.objects.get(carrier__code="A", month=APRIL)
    assert reverse("incubators:report_detail", args=[row.pk]) in text
    assert reverse("incubators:report_edit", args=["A", "2024-05"]) in text


def test_an_area_is_a_part_of_the_whole(spring):
    client = signed_in(make_user(Role.STAFF, area=spring))
    town = spring.children.get(name="东镇")
    found = client.get(URL, ASKED | {"area": town.code}).context["matrix"]
    assert {row.carrier["code"] for row in found.rows} == {"C", "D"}


def test_an_operator_sees_its_own_carrier_alone(spring):
    carrier = MonthlyReport.objects.filter(carrier__code="A")[0].carrier
    answer = signed_in(make_user(Role.OPERATOR, organisation=carrier.operator)).get(URL, ASKED)
    assert [row.carrier["code"] for row in answer.context["matrix"].rows] == ["A"]
    assert "东镇" not in answer.content.decode()


def test_another_district_sees_nothing_of_it(spring):
    answer = signed_in(make_user(Role.STAFF)).get(URL, ASKED)
    assert "没有应报的载体" in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"from": "2021-01", "to": "2024-05"}, "最多36个月,请从2021年6月起"),
        ({"from": "2024-06", "to": "2024-05"}, "起始月份不能晚于截止月份"),
        ({"from": "上个月"}, "请填月份,如 2026-10"),
        ({"to": "2099-01"}, "还没有结束"),
    ],
)
def test_a_period_that_cannot_be_is_refused_at_its_place(spring, asked, words):
    answer = signed_in(make_user(Role.STAFF, area=spring)).get(URL, asked)
    assert words in answer.content.decode()
    assert "matrix" not in answer.context


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"from": "2024-13"}, "请填月份,如 2026-10"), ({**ASKED, "area": "nowhere"}, "区域")],
)
def test_no_file_is_given_of_what_was_not_asked_for(spring, asked, words):
    answer = signed_in(make_user(Role.STAFF, area=spring)).get(URL, {**asked, "format": "csv"})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "matrix" not in answer.context


def test_the_export_has_the_same_cells_and_rates(spring):
    answer = signed_in(make_user(Role.STAFF, area=spring)).get(URL, ASKED | {"format": "csv"})
    lines = [*csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))]
    a = next(line for line in lines if line["编号"] == "A")
    assert [a[name] for name in ("2024-03", "2024-04", "2024-05", "应报(份)", "已报(份)", "按时(份)")] == [
        "按时", "迟报", "缺报", "3", "2", "1",
    ]  # fmt: skip


def test_more_carriers_and_months_need_no_more_queries(spring):
    client = signed_in(make_user(Role.STAFF, area=spring))

    def queries(**asked):
        with CaptureQueriesContext(connection) as found:
            assert client.get(URL, asked).status_code == 200
        return len(found)

    few = queries(**ASKED)
    for _ in range(60):
        carrier = CarrierFactory(area=spring.children.get(name="西镇"))
        filed(carrier, MARCH)
        filed(carrier, MAY)
    assert queries(**{"from": "2021-06", "to": "2024-05"}) == few <= 12
