"""The grid under the hands of somebody who works in a spreadsheet all day: mouse, keys and the clipboard of the browser."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.test_report_grid_browser import PASTE, cell, office, open_grid, saved

__all__ = ["office"]  # the fixture: an operator with three incubators
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_was_clicked_is_typed_into_copied_and_pasted(sign_in, office):
    page = open_grid(sign_in(office.operator))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first, second, third = office.carriers
    cell(page, second, "mentors").click()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(cell(page, second, "mentors")).to_have_text("12")
    cell(page, second, "mentors").click()
    page.keyboard.press("Control+c")
    cell(page, third, "mentors").click()
    page.keyboard.press("Control+v")
    expect(cell(page, third, "mentors")).to_have_text("12")
    cell(page, second, "mentors").click()
    page.keyboard.press("Control+x")
    expect(cell(page, second, "mentors")).to_have_text("")
    cell(page, first, "mentors").click()
    page.keyboard.press("Control+v")
    expect(cell(page, first, "mentors")).to_have_text("12")
    saved(page)
    holding = MonthlyReport.objects.filter(mentors=12).order_by("carrier__code")
    assert [row.carrier for row in holding] == [first, third]


def test_a_block_with_a_total_and_an_unknown_column_says_what_it_left_out(sign_in, office):
    page = open_grid(sign_in(office.operator))
    first, second, third = office.carriers
    cell(page, third, "mentors").click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    saved(page)
    cell(page, second, "events").click()
    page.evaluate(
        PASTE,
        "载体\t创业导师\t本月获投融资金额(元)\t备注\n"
        f"{third.name}\t\t3200000\t\n{first.name}\t12\t0\t新增\n合计\t12\t3200000\t",
    )
    expect(page.locator("#grid-said")).to_have_text("粘贴 4 格,其中清空 1 格")
    expect(page.locator("#grid-left-out")).to_have_text("没有找到:合计;没有这一列:备注")
    expect(cell(page, third, "financing")).to_have_text("320")
    expect(cell(page, second, "events")).to_have_text("")
    saved(page)
    found = MonthlyReport.objects.order_by("carrier__code").values_list("carrier", "mentors", "financing")
    assert [*found] == [(first.pk, 12, 0), (third.pk, None, 3_200_000)]


def test_who_accepts_is_told_of_questions_that_nobody_answered(sign_in, office):
    office.submitted()
    office.accepted(month=date(2024, 4, 1), mentors=2)  # filed later: ten mentors are a jump now
    page = open_grid(sign_in(office.reviewer))
    page.keyboard.press("Control+a")
    page.locator("[data-grid-act=accept]").press("Enter")
    expect(page.locator("#grid-dialog")).to_contain_text("测试孵化器甲有疑问没有说明")
