"""A whole month of fifty carriers in a browser, by keyboard alone: pasted, checked, submitted, one returned, corrected,
accepted, closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubators.models import MonthClose, MonthlyReport
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import Office
from tests.incubators.test_report_grid_browser import PASTE, block, correct, give_back, open_grid, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARRIERS = 50


@pytest.fixture
def office():
    """A district whose staff file for fifty incubators."""
    made = Office()
    made.carriers = [made.carrier, *(CarrierFactory(area=made.town) for _ in range(CARRIERS - 1))]
    for number, carrier in enumerate(made.carriers):
        carrier.name, carrier.floor_area = f"测试孵化器{number:02}", 6000
        carrier.save()
    return made


def states():
    return {*MonthlyReport.objects.values_list("state", flat=True)}


def test_fifty_carriers_from_paste_to_close_by_keyboard_alone(sign_in, office):
    page = open_grid(sign_in(office.staff))
    page.evaluate(PASTE, block(office.carriers))
    saved(page)
    assert MonthlyReport.objects.filter(mentors=10, financing=2_000_000).count() == CARRIERS
    page.keyboard.press("F9")
    expect(page.locator("#grid-said")).to_contain_text("没有发现问题")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#grid-dialog")).to_contain_text(f"提交 {CARRIERS} 家的月报")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_contain_text(f"已提交 {CARRIERS} 家", timeout=60_000)
    assert states() == {"submitted"}

    # Another member of staff returns the first one, with a reason.
    page = open_grid(sign_in(office.reviewer))
    give_back(page)

    page = open_grid(sign_in(office.staff))
    correct(page)
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_contain_text("已提交 1 家")

    page = open_grid(sign_in(office.reviewer))
    page.keyboard.press("Control+a")
    page.locator("[data-grid-act=accept]").press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_contain_text(f"通过 {CARRIERS} 家", timeout=60_000)
    assert states() == {"accepted"}

    page.get_by_role("main").get_by_role("link", name="月结").press("Enter")
    page.wait_for_url("**/reports/close/**")
    page.locator("#close form button[type=submit]").press("Enter")
    expect(page.locator("#confirm-dialog")).to_contain_text(f"{CARRIERS} 份计入并锁定")
    page.locator("#confirm-dialog [data-confirm-yes]").press("Enter")
    page.wait_for_url("**/reports/close/*/")
    assert states() == {"locked"}
    close = MonthClose.objects.get()
    assert (close.figures["expected"], close.figures["filed"]) == (CARRIERS, CARRIERS)
