"""The grid under the hands of somebody who works in a spreadsheet all day: mouse, keys and the clipboard of the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.test_report_grid_browser import cell, office, open_grid, saved

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
