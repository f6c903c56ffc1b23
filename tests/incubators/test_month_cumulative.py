"""A first month whose flows count from January on: no month after it is compared with them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from incubators.models import MonthlyReport, ReportCalendar
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import MAY, Office, typed

pytestmark = pytest.mark.django_db
APRIL = date(2024, 4, 1)


@pytest.fixture
def office():
    """A carrier that reported January to April in April: 1,000万 of financing in four months, a fund of 1,000万."""
    made = Office()
    ReportCalendar.objects.create(area=made.district, first_month=APRIL, first_is_cumulative=True)
    made.accepted(month=APRIL, financing=Decimal(10_000_000), event_participants=900)
    return made


def test_a_month_a_tenth_of_four_is_no_slip_of_the_unit(office):
    """1,000万 in four months, then 100万 in one: nothing is asked, and nothing is offered in its place."""
    client = signed_in(office.operator)
    address = f"/reports/edit/{office.carrier.code}/2024-05/"
    client.post(address, {**typed(), "financing": "100", "action": "save"})
    row = MonthlyReport.objects.get(month=MAY)
    assert row.financing == 1_000_000
    assert "约为其" not in client.get(address).content.decode()
    assert client.post(address, {**typed(row), "action": "submit"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "submitted"


def test_its_standing_figures_are_compared_as_ever(office):
    client = signed_in(office.operator)
    address = f"/reports/edit/{office.carrier.code}/2024-05/"
    client.post(address, {**typed(), "fund_size": "100", "action": "save"})
    assert "上月为 1,000 万元,约为其 1/10" in client.get(address).content.decode()


def test_nothing_stands_beside_a_flow_as_last_month(office):
    [row] = signed_in(office.staff).get("/reports/grid/?month=2024-05").context["grid"]["rows"]
    assert "financing" not in row["before"]
    assert not row["series"]["financing"]
    assert row["before"]["fund_size"] == "1,000"
    assert row["series"]["fund_size"][-1] == "1000"


def test_the_workbook_leaves_its_flows_out_of_last_month(office):
    answer = signed_in(office.operator).get("/reports/workbook/download/?month=2024-05")
    last = load_workbook(io.BytesIO(b"".join(answer)))["上月"]
    heads = [str(cell.value).partition("(")[0] for cell in last[1]]
    told = dict(zip(heads, [cell.value for cell in last[2]], strict=True))
    assert told["本月获投融资金额"] is None
    assert told["孵化基金规模"] == 1000


def test_the_report_shows_no_change_against_it(office):
    row = office.submitted(financing=Decimal(1_000_000))
    page = signed_in(office.staff).get(f"/reports/{row.pk}/")
    shown = {line.spec.code: line for _, lines in page.context["sections"] for line in lines}
    assert (shown["financing"].previous, shown["financing"].change) == ("—", "—")
    assert (shown["fund_size"].previous, shown["fund_size"].change) == ("1,000", "0")
