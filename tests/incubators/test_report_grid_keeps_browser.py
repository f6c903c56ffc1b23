"""What is typed into the grid is safe on the machine: when the browser is killed, and beside a second tab."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.test_report_grid_browser import cell, go_to, office, open_grid, saved
from tests.support.chromium import ARGUMENTS, find_chromium

__all__ = ["office"]  # the fixture: an operator with three incubators
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BEFORE_IT_IS_WRITTEN = 1  # seconds; Chromium writes localStorage after about five


def browser_process(profile):
    """The process of the browser with this profile: the one of them that no other started."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # ended meanwhile
            continue
        if str(profile) in command and "--type=" not in command:
            found[int(folder.name)] = command
    return max(found)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process of the browser in /proc")
def test_a_browser_that_is_killed_loses_nothing(browser, live_url, tmp_path, office):
    client = Client()
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def start():
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=find_chromium(), args=ARGUMENTS, base_url=live_url, locale="zh-CN"
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_url}])
        page = context.pages[0]
        page.set_viewport_size({"width": 1440, "height": 1000})
        return context, page

    _, page = start()
    page.route("**/cells/", lambda route: route.fulfill(status=503))
    open_grid(page)
    go_to(page, "mentors")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.keyboard.type("15")  # the cell is not even left
    time.sleep(BEFORE_IT_IS_WRITTEN)
    os.kill(browser_process(tmp_path / "profile"), signal.SIGKILL)
    assert not MonthlyReport.objects.exists()

    context, page = start()
    open_grid(page)
    expect(page.locator("#grid-offer")).to_contain_text("2 格填写后没有存上")
    page.get_by_role("button", name="恢复并保存").click()
    saved(page)
    assert [*MonthlyReport.objects.order_by("carrier__code").values_list("mentors", flat=True)] == [12, 15]
    context.close()


def test_a_second_tab_leaves_what_is_being_typed_to_the_first(sign_in, office):
    page = open_grid(sign_in(office.operator))
    go_to(page, "mentors")
    page.keyboard.type("12")
    second = page.context.new_page()
    open_grid(second)
    go_to(second, "events")
    second.keyboard.type("3")
    second.keyboard.press("Enter")
    saved(second)
    expect(second.locator("#grid-offer")).to_have_count(0)
    # The first tab is killed now: its copy is still there, and offered.
    page.evaluate("Grid.store.lastTry = () => {}")
    page.route("**/cells/", lambda route: route.abort())
    page.close(run_before_unload=False)
    second.reload()
    expect(second.locator("#grid-offer")).to_contain_text("1 格填写后没有存上")
    second.get_by_role("button", name="恢复并保存").click()
    saved(second)
    expect(cell(second, office.carrier, "mentors")).to_have_text("12")
    second.reload()
    expect(second.locator("#grid-sink")).to_be_focused()
    time.sleep(0.5)  # what other tabs are given to answer
    expect(second.locator("#grid-offer")).to_have_count(0)
