"""Forms in a real browser: fields large enough for a finger, nothing behind a bar, keys that do what they say."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.report_cases import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Every field of the page that a finger may touch: what it is, its height and its letters in px.
MEASURE = """() => [...document.querySelectorAll('main :is(input, select, textarea)')]
  .filter((field) => !['hidden', 'checkbox', 'radio'].includes(field.type) && field.offsetParent)
  .map((field) => [field.name, field.offsetHeight, parseFloat(getComputedStyle(field).fontSize)])"""
# Whether the focused element is covered by the bar that stays at the bottom, and what it is.
COVERED = """() => {
  const here = document.activeElement, bar = document.querySelector('.report-bar');
  if (bar.contains(here)) return ['bar', false];
  const box = here.getBoundingClientRect();
  return [here.tagName, box.bottom > bar.getBoundingClientRect().top && !document.querySelector('aside.stack').contains(here)];
}"""


def edit(office):
    return f"/reports/edit/{office.carrier.code}/2024-05/"


def test_fields_are_large_enough_for_a_finger(sign_in):
    office = Office()
    for user, path in (
        (office.operator, edit(office)),
        (office.operator, f"/carriers/{office.carrier.code}/register/admit/"),
        (office.staff, "/reports/?month=2024-05"),
        (office.staff, "/carriers/"),
        (office.staff, "/visits/new/"),
    ):
        page = sign_in(user)
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(path)
        measured = page.evaluate(MEASURE)
        assert measured, path
        assert [each for each in measured if each[1] < 42 or each[2] < 16] == [], path


def test_the_tab_key_goes_from_figure_to_figure_and_never_behind_the_bar(sign_in):
    office = Office()
    office.accepted(month=date(2024, 4, 1))
    page = sign_in(office.operator)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(edit(office))
    page.locator("#id_area_controllable").focus()
    seen = []
    for _ in range(24):
        page.keyboard.press("Tab")
        tag, covered = page.evaluate(COVERED)
        assert not covered
        seen.append(tag)
        if tag == "bar":
            break
    assert seen.count("A") == 0
    assert seen[-1] == "bar"
    # What stands beside a figure is read aloud with it.
    beside = page.locator("#id_mentors").get_attribute("aria-describedby")
    expect(page.locator(f"#{beside.split()[-1]}")).to_contain_text("上月 10")


def test_ctrl_enter_keeps_a_month_as_a_draft(sign_in):
    office = Office()
    page = sign_in(office.operator)
    page.goto(edit(office))
    page.locator("#id_events").fill("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert MonthlyReport.objects.get().state == "draft"


def test_the_page_one_is_on_is_in_view_in_the_menu(sign_in):
    page = sign_in(Office().staff)
    page.set_viewport_size({"width": 1366, "height": 600})
    page.goto("/jobs/")
    menu = page.locator(".sidebar-nav").bounding_box()
    here = page.locator(".sidebar-nav [aria-current]").bounding_box()
    assert menu["y"] <= here["y"]
    assert here["y"] + here["height"] <= menu["y"] + menu["height"]


def test_an_expired_page_leads_back_to_what_was_typed(sign_in):
    office = Office()
    page = sign_in(office.staff)
    page.goto("/visits/new/")
    page.locator("#id_findings").fill("缺检测设备")
    page.context.clear_cookies()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="页面已过期")).to_be_visible()
    assert "next=" in page.get_by_role("link", name="登录并回到那一页").get_attribute("href")
    page.get_by_role("link", name="返回上一页").click()
    page.wait_for_url("**/visits/new/**")


def test_every_row_is_chosen_at_once(sign_in):
    office = Office()
    page = sign_in(office.staff)
    page.goto("/records/carriers/")
    page.get_by_label("选取本页全部").check()
    expect(page.get_by_label("选取第 1 行")).to_be_checked()
    page.get_by_role("button", name="批量修改选取的记录").click()
    page.get_by_label("栏目").select_option(label="建筑面积(㎡)")
    expect(page.locator("#chosen-records")).to_contain_text("6000")
