"""The form of one month by keyboard: an answer that is no figure, and what was probably meant."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.report_cases import MAY, Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_missing_is_chosen_by_keyboard_and_a_slip_of_the_unit_put_right_with_one_click(sign_in, axe):
    office = Office()
    office.accepted(month=date(2024, 4, 1))
    page = sign_in(office.operator)
    page.goto(f"/reports/edit/{office.carrier.code}/2024-05/")
    page.locator("#id_mentors").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert axe() == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_mentors")).to_be_focused()
    page.keyboard.type("换届")
    page.keyboard.press("Tab")  # goes to the next figure, past the menu
    expect(page.locator("#id_mentor_sessions")).to_be_focused()
    expect(page.locator("#save-state")).to_contain_text("已自动保存")

    page.locator("#id_financing").fill("2000000")
    page.locator("#id_financing").press("Tab")
    button = page.get_by_role("button", name="改为 200 万元")
    expect(button).to_be_visible()
    button.click()
    expect(page.locator("#id_financing")).to_have_value("200")
    expect(button).to_be_hidden()
    row = MonthlyReport.objects.get(month=MAY)
    assert (row.gaps, row.financing) == ({"mentors": {"kind": "missing", "reason": "换届"}}, 2_000_000)
