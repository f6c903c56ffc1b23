"""The monthly bulletin: its figures are the catalogue's, and page, Word and PDF say the same."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader

from core.models import Change
from core.papers import pdf, word
from core.papers.content import Chart, Series, Table
from core.papers.stored import from_data, to_data
from core.trail_chain import opened
from incubators.access import Role
from incubators.indicators import figures
from incubators.indicators.base import Kind
from incubators.indicators.board import Board
from incubators.indicators.tally import month_end
from incubators.models import IssuedBulletin, MonthClose, MonthlyReport, ReportCalendar
from incubators.reporting.bulletin import FIGURES, RANKED, bulletin, gather
from incubators.reporting.calendar import add_months
from incubators.reporting.fingerprint import content_hash
from incubators.reporting.guards import faults
from incubators.services import reports
from incubators.services.bulletins import issue
from incubators.services.months import close_month
from incubators.services.reports import correct
from tests.incubators.factories import (
    CarrierFactory,
    GraduateFactory,
    MonthlyReportFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
)
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
JUNE_20 = datetime(2024, 6, 20, 4, tzinfo=UTC)  # the month of May has ended and its due day has gone by


def counted(carrier, month, **values):
    """An accepted report with these figures, sent on the 3rd."""
    sent = datetime.combine(add_months(month, 1).replace(day=3), time(10), timezone.get_default_timezone())
    values = {"first_submitted_at": sent, **values}
    return MonthlyReportFactory(carrier=carrier, month=month, state=MonthlyReport.State.ACCEPTED, **values)


@pytest.fixture
def district():
    """Two towns; in the first an incubator and a maker space, in the second an incubator that reports some months only."""
    with time_machine.travel(JUNE_20, tick=False):
        office = Office()
        office.other = TownFactory(parent=office.district)
        makers = CarrierFactory(area=office.town, kind="maker_space")
        distant = CarrierFactory(area=office.other)
        for number in range(17):
            month = add_months(date(2023, 1, 1), number)
            counted(
                office.carrier, month, financing=Decimal(1_000_000 * (number + 1)), ip_granted=number,
                area_leased=Decimal(3000), area_leasable=Decimal(4000), income=Decimal("465000.50"), events=2,
            )  # fmt: skip
            if number % 3 == 0:
                counted(
                    distant, month, financing=Decimal(500_000), area_leased=Decimal(100), area_leasable=Decimal(900)
                )
        counted(makers, MAY, seats_used=30, seats_total=40)
        for day in (date(2022, 3, 1), date(2024, 5, 1), date(2024, 5, 31), date(2023, 5, 9)):
            ResidencyFactory(carrier=office.carrier, entered_on=day)
        ResidencyFactory(carrier=distant, entered_on=date(2023, 1, 1), left_on=date(2024, 4, 30), outcome="moved_out")
        GraduateFactory(carrier=distant, entered_on=date(2021, 1, 1), graduated_on=date(2024, 5, 20))
        yield office


def asked(indicator, first, last):
    """The same question to the catalogue."""
    if indicator.kind is Kind.FLOW:
        return {"start": first, "end": month_end(last)}
    return {"on": month_end(last)}


def test_every_figure_of_the_board_is_the_catalogues(district):
    board = Board(
        FIGURES, month=MAY, within=district.district, user=district.staff, areas=[district.town, district.other]
    )
    for code in FIGURES:
        indicator = board.indicators[code]
        for month in (MAY, date(2024, 4, 1), date(2023, 5, 1)):
            (one,) = figures.compute(
                code, within=district.district, user=district.staff, **asked(indicator, month, month)
            )
            got = board.at(code, month)
            assert (got.value, got.numerator, got.denominator, got.missing) == (
                one.value, one.numerator, one.denominator, one.missing
            ), (code, month)  # fmt: skip
        for month in (MAY, date(2023, 5, 1)):
            (year,) = figures.compute(
                code, within=district.district, user=district.staff, **asked(indicator, month.replace(month=1), month)
            )
            assert (board.so_far(code, month).value, board.so_far(code, month).missing) == (year.value, year.missing)


def test_the_towns_figures_are_the_catalogues_by_area(district):
    towns = [district.town, district.other]
    board = Board(FIGURES, month=MAY, within=district.district, user=district.staff, areas=towns)
    for code in RANKED:
        question = asked(board.indicators[code], MAY, MAY)
        answers = figures.compute(
            code, within=district.district, user=district.staff, by="area", areas=towns, **question
        )
        assert [board.at(code, MAY, town).value for town in towns] == [each.value for each in answers]


def test_the_year_so_far_is_the_sum_of_its_months(district):
    board = Board(FIGURES, month=MAY, within=district.district, user=district.staff, areas=[])
    for code, indicator in board.indicators.items():
        if indicator.kind is Kind.FLOW:
            months = [board.at(code, date(2024, number, 1)).value for number in range(1, 6)]
            known = [value for value in months if value is not None]
            assert board.so_far(code, MAY).value == (sum(known) if known else None), code


def test_a_rate_is_sum_over_sum(district):
    board = Board(FIGURES, month=date(2024, 4, 1), within=district.district, user=district.staff, areas=[])
    # 3000 of 4000 here, 100 of 900 there: not the mean of 75% and 11%.
    assert board.at("occupancy_rate", date(2024, 4, 1)).value == Decimal("0.632653")


def test_the_paper_says_who_is_late_and_who_is_missing(district):
    late = CarrierFactory(area=district.town, name="迟报孵化器")
    CarrierFactory(area=district.other, name="未报孵化器")
    counted(late, MAY, first_submitted_at=datetime.fromisoformat("2024-06-12T10:00+08:00"))
    paper = bulletin(gather(district.staff, district.district, [district.town, district.other], MAY))
    said = paper.sections[0].blocks[0].text
    assert "应报月报的科创载体5家" in said
    assert "迟报1家:迟报孵化器" in said
    assert "未报孵化器" in said
    behind = next(block for block in paper.blocks() if isinstance(block, Table) and "迟报" in block.caption)
    rows = {line[0].text: [cell.text for cell in line] for line in behind.rows}
    assert rows["迟报孵化器"][2:] == ["迟报", "2024年6月5日", "2024年6月12日", "7"]
    assert rows["未报孵化器"][2:] == ["逾期未报", "2024年6月5日", "—", "15"]


def test_what_a_figure_lacks_is_marked_and_said(district):
    paper = bulletin(gather(district.staff, district.district, [district.town, district.other], MAY))
    table = next(block for block in paper.blocks() if isinstance(block, Table) and block.caption == "主要指标")
    financing = next(row for row in table.rows if row[0].text.startswith("获投融资金额"))
    assert financing[1].text == "1,700.00*"
    assert any("本月" in note and "获投融资金额" in note and "份无此项通过数据" in note for note in table.notes)
    assert "financing_amount" in financing[1].href


def figure_rows(office, month):
    """The table of the main figures: rows as texts, by the figure's name without its unit; and the notes."""
    paper = bulletin(gather(office.staff, office.district, [office.town, office.other], month))
    table = next(block for block in paper.blocks() if isinstance(block, Table) and block.caption == "主要指标")
    return {row[0].text.split("(", 1)[0]: [cell.text for cell in row[1:]] for row in table.rows}, table.notes


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        # 1,700万 of financing in May after 1,650万 in April, 500万 in the May before; each the flow of one month.
        (None, ["1,700.00*", "1,650.00*", "+3.0%*", "500.00*", "+240.0%*"]),
        (date(2024, 5, 1), ["1,700.00*", "1,650.00", "—", "500.00", "—"]),
        (date(2024, 4, 1), ["1,700.00*", "1,650.00*", "—", "500.00", "+240.0%*"]),
        (date(2023, 5, 1), ["1,700.00*", "1,650.00*", "+3.0%*", "500.00*", "—"]),
    ],
)
def test_a_month_counted_from_january_is_compared_with_none(district, first, shown):
    ReportCalendar.objects.create(area=district.district, first_month=first, first_is_cumulative=first is not None)
    rows, notes = figure_rows(district, MAY)
    assert rows["获投融资金额"][:5] == shown
    # What the register counts is the month's own, whatever the reports count from.
    assert (rows["新增在孵企业数"][4], rows["在孵企业数"][2]) == ("+100.0%", "+33.3%")
    assert any("数自1月起累计,不作环比、同比" in note and "获投融资金额" in note for note in notes) is bool(first)


def test_what_is_made_of_a_figure_that_lacks_is_marked_and_the_sentence_counts_who_is_left_out(district):
    paper = bulletin(gather(district.staff, district.district, [district.town, district.other], MAY))
    section = paper.sections[1]
    table = next(block for block in section.blocks if isinstance(block, Table))
    financing = next([cell.text for cell in row] for row in table.rows if row[0].text.startswith("获投融资金额"))
    # 17,000,000 of May against 16,500,000 of April: in both the maker space, in May the distant carrier too, is not there.
    assert financing[1:4] == ["1,700.00*", "1,650.00*", "+3.0%*"]
    said = section.blocks[0].text
    assert "本月获投融资1,700.00万元*,本年累计" in said
    assert "获投融资金额、" in said
    assert "另有2家未计入" in said
    # Of the two that have floor areas one is not there, of the one maker space none.
    assert "入驻率(面积)另有1家未计入" in said
    assert "入驻率(工位)75.00%。" in said
    assert "在孵企业3家*" not in said


def test_a_month_that_lacks_nothing_is_said_without_a_mark(district):
    with_all = CarrierFactory(area=TownFactory(parent=district.district))
    counted(with_all, MAY, financing=Decimal(10_000), ip_granted=1, income=Decimal(500_000), events=1, area_leased=1,
            area_leasable=2)  # fmt: skip
    said = bulletin(gather(district.staff, with_all.owner_area, [], MAY)).sections[1].blocks[0].text
    assert "本月获投融资1.00万元," in said
    assert "未计入" not in said


def test_a_town_of_maker_spaces_has_no_floor_areas_and_no_mark(district):
    town = TownFactory(parent=district.district, name="众创镇")
    counted(CarrierFactory(area=town, kind="maker_space"), MAY, seats_used=1, seats_total=2, financing=Decimal(1),
            ip_granted=1)  # fmt: skip
    towns = [district.town, district.other, town]
    paper = bulletin(gather(district.staff, district.district, towns, MAY))
    table = next(
        block for block in paper.blocks() if isinstance(block, Table) and block.caption == "各区域主要指标排名"
    )
    at = next(at for at, column in enumerate(table.columns) if column.head.startswith("入驻率(面积)"))
    rates = {row[0].text: row[at].text for row in table.rows}
    assert rates["众创镇"] == "—"
    assert rates[district.town.name] == "75.00%"  # its maker space is accepted, and has no floor areas
    assert rates[district.other.name].endswith("*")
    assert any("只有众创空间的区域写“—”" in note for note in table.notes)


def test_made_up_data_says_so_in_every_form(district):
    paper = bulletin(gather(district.staff, district.district, [], MAY))
    assert "合成数据" in paper.warning
    assert "合成数据" in "".join(paragraph.text for paragraph in Document(io.BytesIO(word.write(paper))).paragraphs)
    assert "合成数据" in _pdf_text(pdf.write(paper))


def test_what_was_accepted_stays_accepted_while_a_correction_of_it_is_open(district):
    correct(user=district.staff, report=MonthlyReport.objects.get(carrier=district.carrier, month=MAY), reason="漏填")
    paper = bulletin(gather(district.staff, district.district, [district.town, district.other], MAY))
    table = next(block for block in paper.blocks() if isinstance(block, Table) and "报送情况" in block.caption)
    heads = [column.label for column in table.columns]
    rows = {row[0].text: dict(zip(heads, [cell.text for cell in row], strict=True)) for row in table.rows}
    told = rows[district.town.name]
    assert (told["应报"], told["已报"], told["审核通过"]) == ("2", "2", "2")
    assert rows["合计"]["审核通过"] == "2"  # the one in the other town has not reported
    # The figures of the close are the same counts.
    close = close_month(user=district.staff, area=district.district, month=MAY)
    assert (close.figures["filed"], close.figures["accepted"]) == (2, 2)


def test_a_closed_month_says_when(district):
    MonthClose.objects.create(area=district.district, month=MAY, closed_by=district.staff)
    paper = bulletin(gather(district.staff, district.district, [], MAY))
    assert "本月已于2024年6月20日月结" in paper.lines[1]


# --- The files --------------------------------------------------------------------------------------------------------
def _client(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _pdf_text(content):
    # Lines are broken where the page ends, not where words do.
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


def test_the_page_opens_for_leaders_and_not_for_operators(district):
    leader = make_user(Role.LEADER, area=district.district)
    answer = _client(leader).get("/reports/bulletin/?month=2024-05")
    assert answer.status_code == 200
    assert "月度通报" in answer.content.decode()
    assert _client(district.operator).get("/reports/bulletin/").status_code == 403


def test_word_and_pdf_hold_the_figures_of_the_page(district):
    client = _client(district.staff)
    address = "/reports/bulletin/?month=2024-05"
    page = client.get(address)
    paper = page.context["paper"]
    document = client.get(f"{address}&format=docx")
    read = Document(io.BytesIO(document.content))
    text = "".join(paragraph.text for paragraph in read.paragraphs)
    cells = {cell.text for table in read.tables for row in table.rows for cell in row.cells}
    printed = _pdf_text(client.get(f"{address}&format=pdf").content)
    assert "月度通报202405.docx" in _name(document)
    for block in paper.blocks():
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    assert cell.text in page.content.decode()
                    assert cell.text in cells
                    assert "".join(cell.text.split()) in printed
        elif not isinstance(block, Chart):
            assert block.text in text
            assert "".join(block.text.split()) in printed


def _name(answer):
    from urllib.parse import unquote

    return unquote(answer["Content-Disposition"])


def test_a_chart_in_word_is_native_and_carries_its_numbers(district):
    paper = bulletin(gather(district.staff, district.district, [], MAY))
    charts = [block for block in paper.blocks() if isinstance(block, Chart)]
    with zipfile.ZipFile(io.BytesIO(word.write(paper))) as archive:
        names = archive.namelist()
        for number, chart in enumerate(charts, start=1):
            drawn = archive.read(f"word/charts/chart{number}.xml").decode()
            assert "externalData" in drawn
            assert f"word/charts/_rels/chart{number}.xml.rels" in names
            book = load_workbook(io.BytesIO(archive.read(f"word/embeddings/chart{number}.xlsx")))
            rows = [*book["数据"].iter_rows(min_row=2, values_only=True)]
            assert [row[0] for row in rows] == list(chart.categories)
            assert [row[1] for row in rows] == [None if v is None else float(v) for v in chart.series[0].data]
    assert charts


def test_a_line_in_word_goes_straight_from_month_to_month(district):
    paper = bulletin(gather(district.staff, district.district, [], MAY))
    with zipfile.ZipFile(io.BytesIO(word.write(paper))) as archive:
        drawn = [archive.read(name).decode() for name in archive.namelist() if name.startswith("word/charts/chart")]
    lines = [text for text in drawn if "<c:lineChart>" in text]
    assert lines
    # Without a word about it Word draws curves, which show values that no month has.
    assert all(text.count('<c:smooth val="0"/>') == text.count("<c:ser>") for text in lines)


@pytest.mark.parametrize(
    ("highest", "top", "step"),
    [
        (3, 3, 1),
        (4, 4, 1),
        (17, 20, 5),
        (1894, 2000, 500),
        (2001, 2500, 500),
        (Decimal("0.35"), Decimal("0.4"), Decimal("0.1")),
    ],
)
def test_the_axis_of_a_chart_ends_at_a_round_number_that_holds_the_highest_value(highest, top, step):
    assert pdf.axis(Decimal(highest)) == (pytest.approx(float(top)), pytest.approx(float(step)))


def test_tables_repeat_their_heads_and_pages_are_numbered(district):
    for number in range(60):
        CarrierFactory(area=district.town, name=f"未报孵化器{number:02}")
    paper = bulletin(gather(district.staff, district.district, [district.town, district.other], MAY))
    pages = PdfReader(io.BytesIO(pdf.write(paper))).pages
    with_head = [page for page in pages if "首次提交" in page.extract_text()]
    assert len(with_head) > 1
    assert f"第 {len(pages)} 页,共 {len(pages)} 页" in pages[-1].extract_text()
    assert float(pages[0].mediabox.width) == pytest.approx(595.28, abs=0.1)
    tables = Document(io.BytesIO(word.write(paper))).tables
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in tables)


def test_a_number_is_never_cut_at_the_end_of_a_line():
    text = "本月获投融资12,345.67万元(比上月增加1,234.5万元),完成全年目标的56.78%。"
    font = pdf.fonts()[0]
    for width in range(60, 300, 7):
        lines = pdf.lines_of(text, font, 10, width)
        assert "".join(lines) == text
        assert any("12,345.67" in line for line in lines)
        assert not any(line.startswith((",", "。", ")", "%")) for line in lines)


def test_a_chart_with_nothing_known_is_still_drawn():
    from core.papers.content import Paper, Section

    empty = Chart("none", "空", ("甲", "乙"), (Series("数", (None, None)),), form="line")
    paper = Paper("题", (), (Section("一", (empty,)),))
    assert PdfReader(io.BytesIO(pdf.write(paper))).pages
    assert Document(io.BytesIO(word.write(paper))).paragraphs


@pytest.mark.parametrize(
    ("asked_for", "words"), [("2024-13", "不是月份"), ("2024-06", "还没有结束"), ("五月", "不是月份")]
)
def test_a_month_that_cannot_be_shown_is_named(district, asked_for, words):
    answer = _client(district.staff).get(f"/reports/bulletin/?month={asked_for}")
    assert words in answer.content.decode()
    assert answer.context["month_text"] == "2024-05"


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_no_file_is_given_of_what_was_not_asked_for(district, form):
    client = _client(district.staff)
    for asked_for, words in (("month=2024-13", "不是月份"), ("month=2024-05&area=nowhere", "没有“nowhere”这个区域")):
        answer = client.get(f"/reports/bulletin/?{asked_for}&format={form}")
        assert answer.status_code == 400
        assert words in answer.content.decode()


def test_another_districts_bulletin_is_not_given(district):
    stranger = Office()
    answer = _client(district.staff).get(f"/reports/bulletin/?area={stranger.district.code}")
    assert "不在您的权限范围内" in answer.content.decode()
    assert stranger.carrier.name not in answer.content.decode()


def test_the_queries_do_not_grow_with_the_carriers(district):
    client = _client(district.staff)

    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get("/reports/bulletin/?month=2024-05")
        return len(found)

    few = queries()
    for _ in range(30):
        counted(CarrierFactory(area=district.town), MAY, financing=Decimal(1000))
    assert queries() == few <= 13


# --- As it was issued -------------------------------------------------------------------------------------------------
def test_a_paper_is_kept_as_data_and_comes_back_the_same(district):
    paper = bulletin(gather(district.staff, district.district, [], MAY))
    assert from_data(json.loads(json.dumps(to_data(paper)))) == paper


def test_a_close_issues_the_bulletin_and_later_corrections_do_not_change_it(district):
    client = _client(district.staff)
    address = f"/reports/bulletin/?month=2024-05&area={district.district.code}"
    close = close_month(user=district.staff, area=district.district, month=MAY)
    issued = IssuedBulletin.objects.get(close=close)
    then = client.get(f"{address}&issued={issued.pk}").context["paper"]
    row = MonthlyReport.objects.counted().filter(month=MAY, financing__gt=0).first()
    again = reports.correct(user=district.staff, report=row, reason="合同作废")
    sent = {"state": "submitted", "submitted_by": district.operator, "submitted_at": timezone.now()}
    MonthlyReport.objects.filter(pk=again.pk).update(financing=Decimal(0), enterprises_financed=0, **sent)
    again.refresh_from_db()
    reports.accept(user=district.staff, report=again, seen_hash=content_hash(again, []))
    kept = client.get(f"{address}&issued={issued.pk}")
    assert kept.context["paper"] == then
    assert "已发布的通报,原文留存" in kept.content.decode()
    now = client.get(address)
    assert "获投融资金额(万元)" in {each.row for each in now.context["changed"]}
    assert "下面的数有变化" in now.content.decode()
    # Years later, the same file.
    assert _pdf_text(client.get(f"{address}&issued={issued.pk}&format=pdf").content) == _pdf_text(pdf.write(then))


def test_staff_issue_one_more_and_leaders_do_not(district):
    address = f"/reports/bulletin/?month=2024-05&area={district.district.code}"
    leader = make_user(Role.LEADER, area=district.district)
    _client(leader).post(address)
    assert not IssuedBulletin.objects.exists()
    answer = _client(district.staff).post(address)
    row = IssuedBulletin.objects.get()
    assert f"issued={row.pk}" in answer.url
    assert Change.objects.filter(action="发布月度通报", record_id=str(row.pk)).count() == 1
    assert _client(leader).get(f"{address}&issued={row.pk}").status_code == 200
    assert _client(leader).get(f"{address}&issued={row.pk + 1}").status_code == 404


def test_an_issued_bulletin_is_not_changed_by_hand(district):
    row = issue(user=district.staff, area=district.district, month=MAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        IssuedBulletin.objects.filter(pk=row.pk).update(sha256="")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    assert [*faults()] == []
    with opened("test"):
        IssuedBulletin.objects.filter(pk=row.pk).update(content={**row.content, "title": "改过的"})
    assert "与发布时的校验值不符" in next(faults())
