"""Figures from what is reported of each incubatee, as an officer can check them by hand.

May: 甲 and 乙 each 12 people, revenue 20 (90 so far), research 15.5, 6 rights. June: 甲 alone is told of with figures, 乙 has
gaps. The amounts of a figure are yuan.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from core.trail_chain import opened
from incubators.indicators import figures
from incubators.models import EnterpriseMonth, MonthlyReport, TorchFigure
from incubators.reporting.torch import BY_CODE, Source, year_of
from incubators.services import reports as services
from tests.incubators.enterprise_cases import TYPED, EnterpriseOffice
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import Office
from tests.incubators.test_enterprise_months import accepted, submit

pytestmark = pytest.mark.django_db
MAY_END, JUNE, JUNE_END = date(2024, 5, 31), date(2024, 6, 1), date(2024, 6, 30)


@pytest.fixture
def office():
    return EnterpriseOffice()


def value(code, **asked):
    return figures.compute(code, **asked)[0].value


def june(office):
    """甲: 30 people, 6 more revenue with 20 financing; 乙 did not answer on money, and has no rights."""
    office.type(
        office.first,
        TYPED | {"staff": "30", "revenue": "6", "revenue_ytd": "96", "research_ytd": "24", "financing": "20"},
        month=JUNE,
    )
    office.type(
        office.second,
        TYPED | {"ip_valid": "0", **dict.fromkeys(("revenue", "revenue_ytd", "research_ytd", "financing"), "缺:未报")},
        month=JUNE,
    )
    row = submit(office, JUNE, enterprises_financed=1, financing=Decimal(200_000))
    return services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)


def test_nothing_is_counted_before_it_is_accepted(office):
    office.fill()
    submit(office)
    answer = figures.compute("employees", on=MAY_END)[0]
    assert answer.value is None


def test_stocks_are_the_months_and_flows_the_periods(office):
    accepted(office)
    june(office)
    assert value("employees", on=MAY_END) == 24
    assert value("employees", on=JUNE_END) == 42
    assert value("revenue", start=date(2024, 5, 1), end=JUNE_END) == 460_000  # 20 + 20 + 6
    assert value("revenue_ytd", on=JUNE_END) == 960_000  # 乙 did not answer
    assert value("ip_valid", on=JUNE_END) == 6


def test_a_ratio_is_sum_over_sum_of_the_same_enterprises(office):
    accepted(office)
    june(office)
    # May: (15.5 + 15.5) / (90 + 90); June: 甲 alone, 24 / 96.
    assert value("rd_intensity", on=MAY_END) == Decimal("0.172222")
    assert value("rd_intensity", on=JUNE_END) == Decimal("0.250000")
    # June: 甲 of 甲 and 乙 owns rights, and was financed in the year.
    assert value("ip_owned_ratio", on=JUNE_END) == Decimal("0.500000")
    assert value("financed_ratio", on=JUNE_END) == Decimal("0.500000")


def test_a_share_of_the_financed_is_of_those_that_are_there(office):
    office.fill(financing="50")
    row = submit(office, enterprises_financed=2, financing=Decimal(1_000_000))
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    june(office)  # 乙 has a gap in June, and is still there: it was financed in May
    assert value("financed_ratio", on=MAY_END) == Decimal("1.000000")
    assert value("financed_ratio", on=JUNE_END) == Decimal("1.000000")
    # Another carrier's incubatees, neither of them financed: two of four.
    other = EnterpriseOffice.beside(office)
    other.fill(JUNE, financing="0")
    row = submit(other, JUNE)
    services.accept(user=other.reviewer, report=row, seen_hash=row.content_hash)
    assert value("financed_ratio", on=JUNE_END) == Decimal("0.500000")
    # What the first carrier's June says is not accepted: of its two nobody is counted, above nor below.
    with opened("test"):
        MonthlyReport.objects.filter(carrier=office.carrier, month=JUNE).update(state="submitted")
    assert value("financed_ratio", on=JUNE_END) == Decimal("0.000000")


def test_the_records_are_the_enterprises_rows(office):
    accepted(office)
    june(office)
    rows = figures.records("revenue_ytd", on=JUNE_END)
    assert [(row.enterprise.name, row.revenue_ytd) for row in rows] == [("甲科技", Decimal(960_000))]
    assert [each.name for each in figures.records("financed_ratio", on=JUNE_END)] == ["甲科技"]


def test_enterprises_that_say_nothing_of_a_figure_are_counted(office):
    accepted(office)
    june(office)
    june_end = {"on": JUNE_END, "within": office.district}
    for by in ({}, {"by": "carrier"}, {"by": "area", "areas": [office.district]}):
        (answer,) = figures.compute("revenue_ytd", **june_end, **by)
        assert (answer.value, answer.missing) == (Decimal(960_000), "1家企业没有此项数,未计入"), by
        (answer,) = figures.compute("employees", **june_end, **by)
        assert answer.missing == "", by
    (answer,) = figures.compute("rd_intensity", **june_end)
    assert answer.missing == "1家企业没有此项数,未计入"
    (answer,) = figures.compute("revenue", start=date(2024, 5, 1), end=JUNE_END, within=office.district)
    assert answer.missing == "1份企业数据没有此项数,未计入"


def test_what_lacks_is_counted_in_reports(office):
    other = EnterpriseOffice.beside(office)
    accepted(office)
    answer = figures.compute("employees", on=MAY_END, within=office.district)[0]
    assert (answer.value, answer.missing) == (Decimal(24), "1家载体2024年5月无此项通过数据,未计入")
    accepted(other)
    answer = figures.compute("employees", on=MAY_END, within=office.district)[0]
    assert (answer.value, answer.missing) == (Decimal(48), "")
    by_carrier = {each.label: each.value for each in figures.compute("employees", on=MAY_END, by="carrier")}
    assert by_carrier == {office.carrier.name: 24, other.carrier.name: 24}


def test_months_and_areas_add_up_to_the_whole(office):
    accepted(office)
    june(office)
    span = {"start": date(2024, 5, 1), "end": JUNE_END}
    by_month = figures.compute("revenue", by="month", **span)
    assert [each.value for each in by_month] == [400_000, 60_000]
    assert sum(each.value for each in by_month) == value("revenue", **span)
    by_area = figures.compute("revenue", by="area", within=office.district, **span)
    assert [each.value for each in by_area] == [460_000]
    cells = figures.compute("revenue", by="area_month", within=office.district, **span)
    assert [each.value for each in cells] == [400_000, 60_000]


def test_a_correction_counts_from_its_acceptance_and_what_was_known_before_can_be_asked(office):
    report = accepted(office)
    with opened("test"):  # as if it had been accepted a week ago
        MonthlyReport.objects.filter(pk=report.pk).update(accepted_at=timezone.now() - timezone.timedelta(days=7))
    services.correct(user=office.staff, report=MonthlyReport.objects.get(pk=report.pk), reason="人数核错")
    office.type(office.first, {"staff": "13"}, user=office.staff)
    assert value("employees", on=MAY_END) == 24
    row = submit(office, user=office.staff)
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    assert value("employees", on=MAY_END) == 25
    yesterday = timezone.localdate() - timezone.timedelta(days=1)
    assert value("employees", on=MAY_END, params={"known_on": yesterday}) == 24
    assert EnterpriseMonth.objects.count() == 4


# --- The year for Torch -----------------------------------------------------------------------------------------------
def test_the_year_sums_what_incubatees_said_in_the_last_month_that_asked(office):
    accepted(office)
    june(office)
    year = year_of(office.staff, office.district, 2024)
    row = year.rows[0]
    said = {item.code: row.amounts[item.code].shown for item in year.items if item.source is Source.ENTERPRISES}
    # June: 30 + 12 people; 甲 alone answered on money: 96, 24 and 3 of 万元 are 960, 240 and (乙 3 too) 60 of 千元.
    assert (said["employees"], said["revenue_ytd"], said["rd_expense"], said["tax_paid"]) == (42, 960, 240, 60)
    assert said["employees_doctor"] is None
    assert row.expression("revenue_ytd") == "取6月 960"
    # 乙 said nothing of its revenue, and the figure says that; of nobody's doctors nothing is known, for all its being asked.
    assert row.unsaid("revenue_ytd") == "1家企业没有此项数,未计入"
    assert row.unsaid("employees") == ""
    detail = signed_in(office.operator).get(f"/reports/torch/{office.carrier.code}/2024/").content.decode()
    assert "1家企业没有此项数,未计入" in detail
    assert row.asked("employees_doctor")
    assert year.total(BY_CODE["employees"]) == 42


def test_a_year_of_which_nobody_was_asked_has_no_such_items():
    office = Office()
    office.accepted()
    year = year_of(office.staff, office.district, 2024)
    assert not [item for item in year.items if item.source is Source.ENTERPRISES]


def test_what_was_filed_of_incubatees_is_compared(office):
    accepted(office)
    TorchFigure.objects.create(
        carrier=office.carrier,
        year=2024,
        code="employees",
        value=30,
        source="火炬年报",
        entered_by=office.staff,
        entered_at=timezone.now(),
    )
    differing = year_of(office.staff, office.district, 2024).differences
    assert [(item.code, compared.ours, compared.filed) for _, item, compared, _ in differing] == [("employees", 24, 30)]
    page = (
        signed_in(office.staff).get("/reports/torch/", {"year": "2024", "area": office.district.code}).content.decode()
    )
    assert "在孵企业总收入" in page
    detail = signed_in(office.operator).get(f"/reports/torch/{office.carrier.code}/2024/").content.decode()
    assert "企业情况之和" in detail
