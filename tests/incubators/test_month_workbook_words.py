"""Explanations in a month's workbook: written on its sheet 核对说明, looked at, kept as those of the form are."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.models import Change
from incubators.models import MonthlyReport
from incubators.services.cells import Edit, State, save_cells
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import MAY, Office
from tests.incubators.test_month_workbook import APRIL, confirm, download, fill, page_of, send
from tests.incubators.test_month_workbook_checks import marked

pytestmark = pytest.mark.django_db
MENTORS = "R15:mentors"  # of what moved by more than 30 % since April


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = Office()
    made.accepted(month=APRIL)
    return made


@pytest.fixture
def operator(office):
    return signed_in(office.operator)


def edit(office, code, text, was="", user=None):
    done = save_cells(user=user or office.operator, month=MAY, edits=[Edit(office.carrier.code, code, text, was)])
    assert done.outcomes[0].state == State.SAVED, done.outcomes


def asked(office, said=""):
    """A draft whose mentors moved, with what was said of it."""
    edit(office, "mentors", "40", "10")
    if said:
        edit(office, f"explain:{MENTORS}", said)


def line_of(book, key=MENTORS, sheet="核对说明"):
    """The cells of a finding's row by their headings."""
    page = book[sheet]
    heads = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        if row[heads.index("标识")].value == key:
            return dict(zip(heads, row, strict=False))
    return None


def stored():
    return MonthlyReport.objects.get(month=MAY)


def test_each_finding_has_a_row_with_both_figures_and_what_was_said(operator, office):
    asked(office, "新聘一批导师")
    edit(office, "staff_total", "", "12")
    edit(office, "income", "20")
    edit(office, "income_non_rent", "")
    edit(office, "enterprises_financed", "1")
    edit(office, "financing", "0")
    book = download(operator)
    row = line_of(book)
    assert row["载体编号"].value == office.carrier.code
    assert (row["性质"].value, row["规则"].value, row["项目"].value) == ("须说明", "R15", "创业导师")
    assert "40" in row["核对提示"].value
    assert "10" in row["核对提示"].value
    assert row["说明"].value == "新聘一批导师"
    assert not row["说明"].protection.locked
    hard = line_of(book, "R11:enterprises_financed")
    assert hard["性质"].value == "须改正"
    assert hard["说明"].protection.locked
    assert book["核对说明"].column_dimensions["H"].hidden
    row = send(operator, book)
    assert (row.counts["saved"], row.counts["bad"]) == (0, 0)
    assert "没有动过的格" in page_of(operator, row)


def test_a_month_without_findings_says_so_and_comes_back_unchanged(operator, office):
    book = download(operator)
    assert "目前没有核对提示" in str(book["核对说明"].cell(2, 6).value)
    assert send(operator, book).counts["bad"] == 0


def test_what_is_typed_there_is_looked_at_and_kept_as_if_typed_on_the_page(operator, office):
    asked(office)
    book = download(operator)
    line_of(book)["说明"].value = "新聘一批导师"
    row = send(operator, book)
    body = page_of(operator, row)
    assert "确认写入 1 格" in body
    assert "说明 R15 创业导师" in body
    assert "核对说明!G2" in body
    assert stored().explanations == {}
    confirm(operator, row)
    assert stored().explanations == {MENTORS: "新聘一批导师"}
    assert stored().writers == [office.operator.pk]
    line = Change.objects.filter(action="填报月报", record_id=str(stored().pk)).latest("number")
    assert line.after == {"explanations": {MENTORS: "新聘一批导师"}}
    assert line.channel == Change.Channel.IMPORT
    assert "0 处须说明" not in page_of(operator, row)
    assert send(operator, book).counts["saved"] == 0  # one goes on in the same copy
    line_of(book)["说明"].value = None
    confirm(operator, send(operator, book))
    assert stored().explanations == {}


def test_a_new_figure_that_asks_comes_back_with_an_empty_cell_for_the_answer(operator, office):
    book = download(operator)
    assert line_of(book) is None
    fill(book, 2, 创业导师=40)
    row = send(operator, book)
    confirm(operator, row)
    again = marked(operator, row)
    cells = line_of(again)
    assert (cells["性质"].value, cells["说明"].value) == ("须说明", None)
    assert "40" in cells["核对提示"].value
    assert not cells["说明"].protection.locked
    assert "请写明原因" in cells["说明"].comment.text
    assert again["核对说明"].protection.sheet
    assert send(operator, again).counts["saved"] == 0
    cells["说明"].value = "新聘一批导师"
    second = send(operator, again)
    assert (second.counts["saved"], second.counts["bad"]) == (1, 0)
    confirm(operator, second)
    assert stored().explanations == {MENTORS: "新聘一批导师"}
    cells = line_of(marked(operator, second))
    assert cells["说明"].value == "新聘一批导师"


def test_figure_and_answer_may_come_together_from_the_workbook_marked_before_confirming(operator, office):
    book = download(operator)
    fill(book, 2, 创业导师=40)
    again = marked(operator, send(operator, book))
    assert not MonthlyReport.objects.filter(month=MAY).exists()
    line_of(again)["说明"].value = "新聘一批导师"
    row = send(operator, again)
    assert row.counts["saved"] == 2
    confirm(operator, row)
    assert (stored().mentors, stored().explanations) == (40, {MENTORS: "新聘一批导师"})


def test_an_answer_to_what_is_asked_no_more_is_told_and_not_kept(operator, office):
    asked(office)
    book = download(operator)
    line_of(book)["说明"].value = "新聘一批导师"
    fill(book, 2, 创业导师=11)
    row = send(operator, book)
    assert (row.counts["saved"], row.counts["refused"]) == (1, 1)
    assert "这条核对提示现已不再出现,所写说明“新聘一批导师”没有采用" in page_of(operator, row)
    confirm(operator, row)
    assert (stored().mentors, stored().explanations) == (11, {})
    cells = line_of(marked(operator, row))
    assert cells["性质"].value == "已不再提示"
    assert cells["说明"].value == "新聘一批导师"
    assert "现已不再出现" in cells["说明"].comment.text


def test_words_that_were_kept_and_answer_nothing_any_more_are_named(operator, office):
    asked(office, "新聘一批导师")
    book = download(operator)
    fill(book, 2, 创业导师=11)
    body = page_of(operator, send(operator, book))
    assert "这些说明所答的提示已不再出现" in body
    assert "说明 R15 创业导师:新聘一批导师" in body


def test_words_on_what_must_be_put_right_are_not_taken(operator, office):
    edit(office, "enterprises_financed", "1")
    edit(office, "financing", "0")
    book = download(operator)
    line_of(book, "R11:enterprises_financed")["说明"].value = "另有说明"
    body = page_of(operator, send(operator, book))
    assert "须改正数,不收说明,所写说明“另有说明”没有采用" in body


def test_words_alone_that_are_not_taken_begin_no_report(office):
    done = save_cells(
        user=office.operator, month=MAY, edits=[Edit(office.carrier.code, f"explain:{MENTORS}", "没有的事", "")]
    )
    assert done.outcomes[0].state == State.REFUSED
    assert not MonthlyReport.objects.filter(month=MAY).exists()


def test_too_many_words_are_wrong_as_on_the_page_and_stay_marked(operator, office):
    asked(office)
    book = download(operator)
    line_of(book)["说明"].value = "长" * 501
    row = send(operator, book)
    assert row.counts["wrong"] == 1
    assert "有501字,最多500字" in page_of(operator, row)
    cells = line_of(marked(operator, row))
    assert "最多500字" in cells["说明"].comment.text
    line_of(book)["说明"].value = "长" * 500
    assert send(operator, book).counts["saved"] == 1


def test_what_somebody_else_said_meanwhile_is_shown_and_kept_unless_one_says_otherwise(operator, office):
    asked(office)
    book = download(operator)
    line_of(book)["说明"].value = "我的话"
    edit(office, f"explain:{MENTORS}", "他的话", user=office.staff)
    row = send(operator, book)
    body = page_of(operator, row)
    assert row.counts["conflict"] == 1
    assert "他的话" in body
    assert "张科员" in body
    confirm(operator, row, mine="0")
    assert stored().explanations == {MENTORS: "我的话"}


def test_words_of_several_lines_from_the_page_are_no_change_and_a_formula_stays_words(operator, office):
    asked(office)
    edit(office, f"explain:{MENTORS}", "x")
    report = stored()
    report.explanations = {MENTORS: "=HYPERLINK(1)\r\n第二行"}
    report.save(update_fields=["explanations"])
    book = download(operator)
    cell = line_of(book)["说明"]
    assert (cell.data_type, cell.value) == ("s", "=HYPERLINK(1)\n第二行")
    assert send(operator, book).counts["saved"] == 0
    cell.value, cell.data_type = "=HYPERLINK(1)\n第三行", "s"
    row = send(operator, book)
    assert (row.counts["saved"], row.counts["conflict"]) == (1, 0)
    assert line_of(marked(operator, row))["说明"].data_type == "s"


def test_a_formula_without_a_result_takes_no_words_away(operator, office):
    asked(office, "新聘一批导师")
    book = download(operator)
    line_of(book)["说明"].value = "=3+4"
    row = send(operator, book)
    assert (row.counts["saved"], row.counts["bad"]) == (0, 1)
    body = page_of(operator, row)
    assert "核对说明!G2" in body
    assert "公式没有结果" in body


def test_a_row_of_ones_own_and_one_that_stands_twice_are_told(operator, office):
    asked(office)
    book = download(operator)
    page = book["核对说明"]
    page.append([office.carrier.code, "", "", "", "", "", "没有标识"])
    page.append([office.carrier.code, "", "", "", "", "", "又一次", MENTORS])
    body = page_of(operator, send(operator, book))
    assert "这一行不是门户列出的核对提示" in body
    assert "在上面已有一行" in body


def test_other_peoples_findings_are_not_answered(office):
    asked(office)
    stranger = Office()
    book = download(signed_in(office.operator))
    line_of(book)["说明"].value = "别人的话"
    other = signed_in(stranger.staff)
    row = send(other, book)
    assert row.counts["saved"] == 0
    assert office.carrier.name not in page_of(other, row)
    assert stored().explanations == {}


def test_the_sheet_is_found_under_another_name_and_in_another_order(operator, office):
    asked(office)
    book = download(operator)
    line_of(book)["说明"].value = "新聘一批导师"
    book["核对说明"].title = "要说明的"
    book["月报"].title = "五月"
    book["要说明的"].insert_rows(1)
    assert send(operator, book).counts["saved"] == 1


def test_a_workbook_without_the_sheet_still_takes_figures_and_gets_it_back(operator, office):
    book = download(operator)
    book.remove(book["核对说明"])
    fill(book, 2, 创业导师=40)
    row = send(operator, book)
    confirm(operator, row)
    again = marked(operator, row)
    cells = line_of(again)
    cells["说明"].value = "新聘一批导师"
    confirm(operator, send(operator, again))
    assert stored().explanations == {MENTORS: "新聘一批导师"}


def test_what_was_handed_in_is_shown_and_not_changed(operator, office):
    asked(office, "新聘一批导师")
    edit(office, "events", "2")
    for code, text in (("mentor_sessions", "6"), ("event_participants", "80"), ("financing", "200")):
        edit(office, code, text)
    rest = {"enterprises_financed": "1", "ip_applied": "5", "ip_granted": "3", "income": "50", "income_non_rent": "20"}
    for code, text in {**rest, "rent_relief": "0", "phone": "021-12345678"}.items():
        edit(office, code, text, was="021-12345678" if code == "phone" else "")
    page = operator.post(
        reverse("incubators:report_grid_act", args=["2024-05"]),
        {"act": "submit", "rows": [{"carrier": office.carrier.code, "seen": f"1-{stored().version}"}]},
        content_type="application/json",
    )
    assert page.json()["outcomes"][0]["done"], page.json()["outcomes"]
    book = download(operator)
    cells = line_of(book)
    assert cells["说明"].value == "新聘一批导师"
    assert cells["说明"].protection.locked
    cells["说明"].value = "改口"
    row = send(operator, book)
    assert row.counts["refused"] == 1
    assert stored().explanations == {MENTORS: "新聘一批导师"}


def test_words_that_are_not_taken_are_not_kept_beside_a_figure_that_is(office):
    edits = [
        Edit(office.carrier.code, f"explain:{MENTORS}", "没有的事", ""),
        Edit(office.carrier.code, "events", "3", ""),
    ]
    done = save_cells(user=office.operator, month=MAY, edits=edits)
    assert [each.state for each in done.outcomes] == [State.REFUSED, State.SAVED]
    assert (stored().events, stored().explanations) == (3, {})
