"""What is typed into a month stays: through a session that ends, a browser that dies, a network that goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from incubators.services.cells import Edit, save_cells
from incubators.services.months import close_month
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import MAY, Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EXPIRED = "登录已过期,没有保存;请在另一个窗口登录后继续"
OFFLINE = "没有保存(连不上服务器),恢复后自动保存"


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def context(browser, live_url):
    """A browser of its own: here requests fail on purpose, which its console reports."""
    made = browser.new_context(base_url=live_url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield made
    made.close()


def enter(context, user, live_url):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_url}])


def opened(context, office):
    page = context.new_page()
    page.goto(f"/reports/edit/{office.carrier.code}/2024-05/")
    return page


def state(page):
    return page.locator("#save-state")


def stored():
    return MonthlyReport.objects.get(month=MAY)


def test_a_session_that_ends_is_told_and_typing_goes_on_after_signing_in_elsewhere(office, context, live_url):
    enter(context, office.operator, live_url)
    page = opened(context, office)
    page.locator("#id_events").fill("3")
    expect(state(page)).to_contain_text("已自动保存")  # without leaving the field
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("#id_events").fill("4")
    expect(state(page)).to_contain_text(EXPIRED)
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(state(page)).to_contain_text("登录已过期,没有提交")
    # The other window has a new session, and a new token with it.
    enter(context, office.operator, live_url)
    context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    context.new_page().goto("/accounts/password/")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(page)).to_contain_text("已自动保存")
    assert stored().events == 4
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()


def test_without_its_cookie_the_page_stays_and_says_so(office, context, live_url):
    enter(context, office.operator, live_url)
    page = opened(context, office)
    context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    page.locator("#id_events").fill("4")
    expect(state(page)).to_contain_text("没有保存")
    page.get_by_role("button", name="保存草稿").click()
    expect(state(page)).to_contain_text("请在另一个窗口登录后继续")
    expect(page.locator("#id_events")).to_have_value("4")


def test_without_a_network_nothing_moves_and_saving_goes_on_when_it_is_back(office, context, live_url):
    enter(context, office.operator, live_url)
    page = opened(context, office)
    page.locator("#id_income").scroll_into_view_if_needed()
    page.locator("#id_income").focus()
    place = page.evaluate("scrollY")
    assert place > 0
    context.set_offline(True)
    page.locator("#id_income").fill("50")
    expect(state(page)).to_contain_text(OFFLINE)
    assert page.evaluate("scrollY") == place
    page.get_by_role("button", name="提交", exact=True).click()
    expect(state(page)).to_contain_text("没有提交(连不上服务器)")
    expect(page.locator("#messages .note")).to_have_count(0)
    context.set_offline(False)
    expect(state(page)).to_contain_text("已自动保存")
    assert stored().income == 500_000
    expect(page.locator("#id_income")).to_have_value("50")


def test_what_did_not_reach_the_server_is_offered_beside_a_field_with_an_error(office, context, live_url):
    enter(context, office.operator, live_url)
    page = opened(context, office)
    page.locator("#id_mentors").fill("很多")
    expect(state(page)).to_contain_text("1 处须改正")
    context.set_offline(True)
    page.locator("#id_events").fill("7")
    expect(state(page)).to_contain_text(OFFLINE)
    page.close()
    context.set_offline(False)
    page = opened(context, office)
    expect(page.locator("#id_mentors")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#id_events")).to_have_value("7")
    expect(state(page)).to_contain_text("1 处须改正")
    assert stored().events == 7


def test_an_error_found_while_typing_is_marked_once_the_field_is_left(office, context, live_url):
    enter(context, office.operator, live_url)
    page = opened(context, office)
    field = page.locator("#id_mentors")
    field.press_sequentially("缺:")
    expect(state(page).get_by_role("link", name="1 处须改正")).to_be_visible()
    expect(page.locator("#notes-mentors")).not_to_contain_text("缺数须写明原因")
    field.press("Tab")
    expect(page.locator("#notes-mentors")).to_contain_text("缺数须写明原因")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert "id_mentors_error" in field.get_attribute("aria-describedby").split()
    field.fill("缺:换届")
    field.press("Tab")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".report-row.has-error")).to_have_count(0)


def test_a_colleagues_figure_comes_into_the_page(office, context, live_url):
    office.draft()
    enter(context, office.operator, live_url)
    page = opened(context, office)
    edits = [Edit(office.carrier.code, "mentors", "11", "10"), Edit(office.carrier.code, "events", "5", "2")]
    save_cells(user=office.staff, month=MAY, edits=edits)
    page.locator("#id_events").fill("4")
    expect(page.locator("#id_mentors")).to_have_value("11")
    expect(page.locator("#conflict")).to_contain_text("创业导师:11")
    expect(page.locator("#conflict")).to_contain_text("1 项与您填的不同")
    assert (stored().mentors, stored().events) == (11, 5)
    page.locator("#conflict").get_by_label("4", exact=True).check()
    page.get_by_role("button", name="按选定的保存").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert (stored().mentors, stored().events) == (11, 4)


def test_a_form_that_was_taken_and_comes_back_to_its_page_offers_nothing(office, sign_in):
    office.accepted()
    CarrierFactory(area=office.town)
    close = close_month(user=office.reviewer, area=office.district, month=MAY)
    page = sign_in(office.staff)
    page.goto(f"/reports/close/{close.pk}/")
    page.locator("[name=carrier]").select_option(index=1)
    page.locator("[name=until]").fill(f"{timezone.localdate() + timedelta(days=3):%Y-%m-%d}")
    page.locator("[name=reason]").fill("资料交接")
    page.wait_for_timeout(700)
    page.locator("main form").get_by_role("button").last.click()
    expect(page.locator("main")).to_contain_text("资料交接")
    expect(page.locator(".draft-bar")).to_have_count(0)
    page.reload()
    expect(page.locator(".draft-bar")).to_have_count(0)
