"""The bulletin's part on incubatees (企业情况), as an officer can check it by hand, and by whom it is asked.

May: 甲 and 乙 of the first town each 12 people, revenue 20 (90 so far), research 15.5. June as in the figures' cases: 甲 has
30 people, revenue 6 (96 so far), research 24; 乙 12 people and gaps. The second town's carrier files June without rows.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document

from core.papers import word
from core.papers.content import Table
from incubators.indicators import figures
from incubators.indicators.base import Kind
from incubators.indicators.board import Board
from incubators.indicators.tally import month_end
from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting.bulletin import FIGURES, OF_INCUBATEES, bulletin, gather
from tests.incubators.enterprise_cases import EnterpriseOffice
from tests.incubators.factories import CarrierFactory, MonthlyReportFactory, TownFactory
from tests.incubators.report_cases import MAY, Office
from tests.incubators.test_enterprise_figures import JUNE, june
from tests.incubators.test_enterprise_months import accepted

pytestmark = pytest.mark.django_db
JULY_20 = datetime(2024, 7, 20, 4, tzinfo=UTC)


@pytest.fixture
def office():
    with time_machine.travel(JULY_20, tick=False):
        made = EnterpriseOffice()
        made.other = TownFactory(parent=made.district)
        accepted(made)
        june(made)
        MonthlyReportFactory(carrier=CarrierFactory(area=made.other), month=JUNE, state=MonthlyReport.State.ACCEPTED)
        yield made


def paper_of(office, month=JUNE):
    return bulletin(gather(office.staff, office.district, [office.town, office.other], month))


def section_of(paper):
    (found,) = [section for section in paper.sections if section.heading.endswith("、企业情况")]
    return found


def test_the_table_and_the_sentence_are_worked_by_hand(office):
    section = section_of(paper_of(office))
    said, table = section.blocks
    assert "6月末在孵企业从业人员42*人,其中博士—、大专以上—" in said.text
    assert "本月营业收入6.00*万元,本年累计96.00*万元;本年累计研发费用24.00*万元,研发投入强度25.00%*" in said.text
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert list(rows) == [office.town.name, office.other.name, "合计"]
    # People, revenue of the month and the year, research, its share, taxes, rights. 乙's money is a gap, never zero.
    assert rows[office.town.name] == ["42", "6.00*", "96.00*", "24.00*", "25.00%*", "6.00", "6"]
    assert rows[office.other.name] == ["—"] * 7
    assert rows["合计"] == ["42*", "6.00*", "96.00*", "24.00*", "25.00%*", "6.00*", "6*"]
    lacks = "1家载体2024年6月无此项通过数据,未计入"
    assert f"* 从业人员、本年累计实缴税费、有效知识产权:{lacks}。" in table.notes
    assert f"* 本年累计营业收入、本年累计研发费用、研发投入强度:{lacks};1家企业没有此项数,未计入。" in table.notes


def test_a_change_is_told_where_both_months_are_whole(office):
    with_all = gather(office.staff, office.town, [], JUNE)
    said, table = section_of(bulletin(with_all)).blocks
    assert "从业人员42人(比上月末上升75.0%)" in said.text  # 24 in May
    assert [row[0].text for row in table.rows] == ["合计"]


def test_a_month_that_asks_nobody_says_nothing_of_it(office):
    paper_of(office)  # what is kept for the process is known from here on
    ReportCalendar.objects.filter(area=office.district).update(enterprise_months="never")
    with CaptureQueriesContext(connection) as fewer:
        paper = paper_of(office)
    assert not [section for section in paper.sections if section.heading.endswith("企业情况")]
    assert [section.heading[:2] for section in paper.sections] == ["一、", "二、", "三、", "四、"]
    ReportCalendar.objects.filter(area=office.district).update(enterprise_months="monthly")
    with CaptureQueriesContext(connection) as more:
        paper = paper_of(office)
    assert len(more) == len(fewer) + 1
    assert [section.heading[:2] for section in paper.sections] == ["一、", "二、", "三、", "四、", "五、"]


def test_the_boards_figures_of_incubatees_are_the_catalogues(office):
    towns = [office.town, office.other]
    board = Board((*FIGURES, *OF_INCUBATEES), month=JUNE, within=office.district, user=office.staff, areas=towns)
    for code in OF_INCUBATEES:
        flow = board.indicators[code].kind is Kind.FLOW
        for month in (MAY, JUNE):
            days = {"start": month, "end": month_end(month)} if flow else {"on": month_end(month)}
            asked = {"within": office.district, "user": office.staff, **days}
            (one,) = figures.compute(code, **asked)
            got = board.at(code, month)
            assert (got.value, got.numerator, got.denominator, got.missing) == (
                one.value, one.numerator, one.denominator, one.missing
            ), (code, month)  # fmt: skip
            by_town = figures.compute(code, by="area", areas=towns, **asked)
            assert [board.at(code, month, town).value for town in towns] == [each.value for each in by_town], code


def test_word_has_the_table(office):
    paper = paper_of(office)
    document = Document(io.BytesIO(word.write(paper)))
    tables = [table for section in paper.sections for table in section.blocks if isinstance(table, Table)]
    place = [table.caption for table in tables].index("在孵企业情况")
    assert [cell.text for cell in document.tables[place].rows[-1].cells][:3] == ["合计", "42*", "6.00*"]


def test_a_district_of_old_has_no_such_part():
    with time_machine.travel(JULY_20, tick=False):
        plain = Office()
        assert not gather(plain.staff, plain.district, [plain.town], JUNE).asks_enterprises
