"""A month by Excel is held against the same checks as its form: in the preview, in the marked workbook, in its cells."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from incubators.models import Carrier, MonthlyReport
from incubators.services.cells import Edit, save_cells
from tests.incubators.factories import CarrierFactory, signed_in
from tests.incubators.report_cases import MAY, Office
from tests.incubators.test_month_workbook import (
    APRIL,
    PAGE,
    as_file,
    column,
    confirm,
    download,
    fill,
    page_of,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = Office()
    made.accepted(month=APRIL)
    return made


@pytest.fixture
def operator(office):
    return signed_in(office.operator)


def refusal(client, book):
    answer = client.post(PAGE, {"file": as_file(book)})
    assert answer.status_code == 422
    return answer.content.decode()


def stored():
    return MonthlyReport.objects.get(month=MAY)


def marked(client, row):
    answer = client.get(reverse("incubators:report_workbook_marked", args=[row.pk]))
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def test_income_in_yuan_is_asked_about_and_put_right_with_one_choice(operator, office):
    book = download(operator)
    fill(book, 2, 载体本月收入=500000, 其中非房租物业收入=20, 创业导师="不适用")
    row = send(operator, book)
    body = page_of(operator, row)
    assert "是否误用了元/千元/万元" in body
    assert "改为写入 50 万元" in body
    assert "不能填不适用" in body
    assert "1 处须改正" in body
    assert not MonthlyReport.objects.filter(month=MAY).exists()
    place = next(n for n, cell in enumerate(row.preview["cells"]) if cell["code"] == "income")
    confirm(operator, row, take=str(place))
    assert stored().income == 500_000
    body = page_of(operator, row)
    assert "误用了" not in body
    assert reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"]) in body
    # The marked workbook says what is left; the cell that was put right in the portal is nothing new.
    again = marked(operator, row)
    words = again["月报"].cell(2, column(again["月报"], "核对提示")).value
    assert "不能填不适用" in words
    assert "误用了" not in words
    assert send(operator, again).counts["saved"] == 0


def test_where_explanations_are_written_is_said(operator, office):
    book = download(operator)
    assert "在“说明”列写明原因" in " ".join(str(row[0].value) for row in book["填写说明"].iter_rows())
    fill(book, 2, 创业导师=40)
    row = send(operator, book)
    confirm(operator, row)
    body = page_of(operator, row)
    assert "在“核对说明”表里逐条写明原因,再传一次" in body
    assert "1 处须说明" in body


def test_cells_warn_and_colour_by_themselves_and_come_through_unharmed(operator, office):
    book = download(operator)
    page = book["月报"]
    rules = {str(each.sqref): each for each in page.data_validations.dataValidation}
    mentors = page.cell(2, column(page, "创业导师(人)")).coordinate
    assert rules[mentors].errorStyle == "warning"
    assert "ISNUMBER" in rules[mentors].formula1
    coloured = {str(each.sqref) for each in page.conditional_formatting}
    for heading in ("已入驻面积(㎡)", "其中专业服务人员(人)", "其中非房租物业收入(万元)", "本月获投融资金额(万元)"):
        assert page.cell(2, column(page, heading)).coordinate in coloured
    assert page.cell(2, column(page, "可入驻面积(㎡)")).number_format == "General"
    assert send(operator, book).counts["saved"] == 0


def test_a_value_in_a_grey_cell_is_told(client, office):
    CarrierFactory(area=office.town, kind=Carrier.Kind.MAKER_SPACE)
    staff = signed_in(office.staff)
    book = download(staff)
    fill(book, 2, 工位数=40)
    row = send(staff, book)
    assert row.counts["bad"] == 1
    assert "不填此项,“40”没有采用" in page_of(staff, row)


def test_a_row_that_was_deleted_leaves_the_headings_known(client, office):
    CarrierFactory(area=office.town, kind=Carrier.Kind.MAKER_SPACE)
    staff = signed_in(office.staff)
    book = download(staff)
    book["月报"].delete_rows(3)
    assert send(staff, book).preview["ignored"] == []
    book["月报"].delete_rows(2)
    assert "没有载体行" in refusal(staff, book)


def test_a_heading_that_was_renamed_is_not_called_unchanged(operator, office):
    book = download(operator)
    book["月报"].cell(1, column(book["月报"], "创业导师(人)")).value = "导师啊"
    body = page_of(operator, send(operator, book))
    assert "导师啊" in body
    assert "工作簿与下载时一样" not in body


def test_a_formula_that_nothing_has_worked_out_empties_nothing(operator, office):
    book = download(operator)
    fill(book, 2, 创业导师="=3+4")
    row = send(operator, book)
    assert (row.counts["saved"], row.counts["bad"]) == (0, 1)
    assert "公式没有结果" in page_of(operator, row)


def test_a_sheet_that_was_renamed_is_found_where_it_is_the_only_one(operator, office):
    book = download(operator)
    fill(book, 2, 本月活动场次=3)
    book["月报"].title = "五月"
    row = send(operator, book)
    confirm(operator, row)
    assert stored().events == 3
    book.copy_worksheet(book["五月"])
    assert "请把它的名称改回“月报”" in refusal(operator, book)


def test_a_cell_that_changed_before_the_confirmation_shows_what_it_is_now(operator, office):
    book = download(operator)
    fill(book, 2, 创业导师=12)
    row = send(operator, book)
    save_cells(user=office.staff, month=MAY, edits=[Edit(office.carrier.code, "mentors", "9", "10")])
    answer = operator.post(reverse("incubators:report_workbook_confirm", args=[row.pk]), follow=True)
    body = answer.content.decode()
    assert "没有写入任何内容" in body
    assert "已写入 0 格" not in body
    row.refresh_from_db()
    assert row.preview["cells"][0]["now"] == "9"
