"""The sheet 企业情况 of the month's workbook: taken away, filled in, brought back."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.models import Carrier, EnterpriseMonth, MonthlyReport
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE
from incubators.services import cells, month_files
from incubators.services.cells import Edit
from tests.incubators.enterprise_cases import TYPED, EnterpriseOffice
from tests.incubators.report_cases import MAY, Office
from tests.incubators.test_enterprise_months import accepted
from tests.incubators.test_month_workbook import confirm, download, enter, page_of, send

pytestmark = pytest.mark.django_db
SHEET = "企业情况"


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return EnterpriseOffice()


def places(page):
    return {str(cell.value).split("(")[0]: cell.column for cell in page[1]}


def fill(book, name, **values):
    """Put values, by figure, into an enterprise's row."""
    page = book[SHEET]
    at = places(page)
    line = next(row[0].row for row in page.iter_rows(min_row=2) if row[at["企业"] - 1].value == name)
    for code, value in values.items():
        page.cell(line, at[ENTERPRISE_BY_CODE[code].label]).value = value


def numbers():
    return {code: float(text) for code, text in TYPED.items()}


def test_the_sheet_lists_the_incubatees_and_only_where_it_is_asked(client, office):
    accepted(office)
    page = download(enter(client, office.operator), month="2024-06")[SHEET]
    at = places(page)
    assert [page.cell(line, at["企业"]).value for line in (2, 3)] == ["乙科技", "甲科技"]
    assert page.cell(3, at["统一社会信用代码"]).value == office.first.uscc
    assert (page.cell(3, at["从业人数"]).value, page.cell(3, at["本月营业收入"]).value) == (12, None)
    assert not page.cell(3, at["从业人数"]).protection.locked
    plain = Office()
    assert SHEET not in download(enter(client, plain.operator)).sheetnames


def test_untouched_it_changes_nothing(client, office):
    enter(client, office.operator)
    row = send(client, download(client))
    assert "没有动过的格" in page_of(client, row)
    assert confirm(client, row).status_code == 422


def test_what_was_typed_is_previewed_and_written_with_the_carriers_own_figures(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, "甲科技", **numbers())
    book["月报"].cell(2, next(cell.column for cell in book["月报"][1] if cell.value == "创业导师(人)")).value = 9
    row = send(client, book)
    assert "甲科技 本月营业收入" in page_of(client, row)
    assert not EnterpriseMonth.objects.exists(), "a preview writes nothing"
    confirm(client, row)
    kept = office.row(office.first)
    assert (kept.staff, kept.revenue, kept.research_ytd) == (12, 200_000, 155_000)
    assert MonthlyReport.objects.get().mentors == 9
    # The same copy once more: what it wrote is nothing new to it.
    assert send(client, book).counts["saved"] == 0


def test_only_what_was_changed_changes(client, office):
    office.fill()
    enter(client, office.operator)
    book = download(client)
    office.type(office.first, {"staff": "15"}, user=office.staff)
    fill(book, "甲科技", revenue=21)
    confirm(client, send(client, book))
    assert (office.row(office.first).staff, office.row(office.first).revenue) == (15, 210_000)


def test_what_others_changed_is_shown_and_not_overwritten(client, office):
    office.fill()
    enter(client, office.operator)
    book = download(client)
    office.type(office.first, {"staff": "15"}, user=office.staff)
    fill(book, "甲科技", staff=13)
    row = send(client, book)
    assert row.counts["conflict"] == 1
    confirm(client, row, mine=["0"])
    assert office.row(office.first).staff == 13


def test_mistakes_are_marked_on_the_sheet(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, "甲科技", staff="十二", revenue=20)
    page = book[SHEET]
    page.cell(4, 1).value, page.cell(4, places(page)["统一社会信用代码"]).value = (
        office.carrier.code,
        "91310116MA00000000",
    )
    row = send(client, book)
    assert row.counts["saved"] == 1
    marked = openpyxl.load_workbook(io.BytesIO(month_files.marked_file(row)))[SHEET]
    assert "不是数" in marked.cell(3, places(page)["从业人数"]).comment.text
    assert "名单来自登记库" in marked.cell(4, places(page)["统一社会信用代码"]).comment.text
    answer = client.get(reverse("incubators:report_workbook_marked", args=[row.pk]))
    assert answer.status_code == 200


def test_rows_may_be_sorted_and_a_question_that_came_up_is_answered_in_the_same_workbook(client, office):
    enter(client, office.operator)
    book = download(client)
    for name in ("甲科技", "乙科技"):
        fill(book, name, **numbers() | {"research_ytd": 95})
    page = book[SHEET]
    for place in range(1, page.max_column + 1):
        page.cell(2, place).value, page.cell(3, place).value = page.cell(3, place).value, page.cell(2, place).value
    row = send(client, book)
    confirm(client, row)
    assert EnterpriseMonth.objects.filter(research_ytd=950_000).count() == 2
    row.refresh_from_db()
    marked = openpyxl.load_workbook(io.BytesIO(month_files.marked_file(row)))
    words = marked["核对说明"]
    heads = {cell.value: cell.column for cell in words[1]}
    line = next(cells[0].row for cells in words.iter_rows(min_row=2) if cells[heads["规则"] - 1].value == "R10")
    assert "大于本年累计营业收入" in words.cell(line, heads["核对提示"]).value
    words.cell(line, heads["说明"]).value = "研发先于收入"
    confirm(client, send(client, marked))
    assert [*MonthlyReport.objects.get().explanations.values()] == ["研发先于收入"]


def test_a_sheet_of_many_carriers_is_previewed_in_as_many_queries(client, office):
    enter(client, office.staff)

    def queries():
        book = download(client)
        page = book[SHEET]
        for line in range(2, page.max_row + 1):
            page.cell(line, places(page)["从业人数"]).value = 5
        for carrier in Carrier.objects.all():  # begun, so that nothing is to be begun one by one
            cells.save_cells(user=office.staff, month=MAY, edits=[Edit(carrier.code, "mentors", "9", "")])
        with CaptureQueriesContext(connection) as seen:
            row = send(client, book)
        assert row.counts["saved"] == page.max_row - 1
        month_files.discard(user=office.staff, row=row)
        return len(seen)

    few = queries()
    for _ in range(4):
        EnterpriseOffice.beside(office)
    assert queries() == few
