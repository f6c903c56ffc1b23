"""What only a browser shows of the registry's pages: menus on a small screen, and a key that must not decide."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.incubators.report_cases import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [360, 390, 560, 1440])
def test_a_menu_opens_within_the_screen(sign_in: Any, width: int) -> None:
    office = Office()
    page = sign_in(office.operator)
    page.set_viewport_size({"width": width, "height": 844})
    for address in ("/carriers/", f"/carriers/{office.carrier.code}/"):
        page.goto(address)
        page.locator("details.menu summary").first.click()
        box = page.locator(".menu-items").first.bounding_box()
        assert box["x"] >= 0, address
        assert box["x"] + box["width"] <= width, address


def test_the_key_for_accepting_leads_to_the_button_and_no_further(sign_in: Any) -> None:
    office = Office()
    row = office.submitted()
    page = sign_in(office.reviewer)
    page.goto(f"/reports/{row.pk}/")
    page.keyboard.press("a")
    expect(page.locator("#accept")).to_be_focused()
    row.refresh_from_db()
    assert row.state == "submitted"
    page.keyboard.press("Enter")
    expect(page.get_by_text("已通过,数据计入统计")).to_be_visible()
