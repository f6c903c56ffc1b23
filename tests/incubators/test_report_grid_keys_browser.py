"""The keys that somebody brings along from a spreadsheet, in the grid."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.test_report_grid_browser import COPY, PASTE, cell, go_to, office, open_grid, saved

__all__ = ["office"]  # the fixture: an operator with three incubators
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(sign_in, office):
    """The grid, with the first carrier's 本月活动场次 as the active cell."""
    page = open_grid(sign_in(office.operator))
    go_to(page, "events")
    return page


@pytest.fixture
def at(page):
    """Where one types: carriers down from the first, columns right of 本月活动场次."""

    def where():
        row, col, events = page.evaluate(
            "[Grid.chosen().row, Grid.chosen().col, Grid.columns.findIndex(column => column.id === 'events')]"
        )
        return row, col - events

    return where


@pytest.fixture
def press(page):
    """Presses keys one after the other; digits are typed."""
    return lambda *keys: [page.keyboard.press(key) for key in keys]


def test_enter_after_tabs_goes_back_to_where_the_run_began(press, at):
    press("1", "Tab", "2", "Tab", "Enter")
    assert at() == (1, 0)
    press("Tab", "3", "Enter")
    assert at() == (2, 0)
    press("Tab", "ArrowRight", "Shift+Enter")  # an arrow ends the run
    assert at() == (1, 2)


def test_enter_and_tab_stay_within_several_chosen_cells(page, office, press, at):
    press("Shift+ArrowDown", "Shift+ArrowRight")
    press("1", "Enter", "2", "Enter", "3", "Enter", "4", "Enter")
    assert at() == (0, 0)
    first, second, _ = office.carriers
    expect(cell(page, first, "event_participants")).to_have_text("3")
    expect(cell(page, second, "event_participants")).to_have_text("4")
    press("Tab")
    assert at() == (0, 1)
    press("Tab")
    assert at() == (1, 0)
    press("Shift+Enter")
    assert at() == (0, 0)
    press("ArrowDown")  # an arrow leaves the selection
    assert at() == (1, 0)
    saved(page)
    found = MonthlyReport.objects.order_by("carrier__code").values_list("events", "event_participants")
    assert [*found] == [(1, 3), (2, 4)]


def test_control_enter_fills_the_selection_and_submits_nothing(page, office, press):
    press("Shift+ArrowDown", "Shift+ArrowDown", "7", "Control+Enter")
    for carrier in office.carriers:
        expect(cell(page, carrier, "events")).to_have_text("7")
    press("Control+Enter")
    expect(page.locator("#grid-dialog")).to_be_hidden()
    saved(page)
    assert [*MonthlyReport.objects.values_list("events", flat=True)] == [7, 7, 7]


def test_home_and_end_extend_with_shift(page, press):
    chosen = "(({top, bottom, left, right}) => [top, bottom, left, right])(Grid.chosen())"
    last, events = page.evaluate("[Grid.columns.length - 1, Grid.chosen().col]")
    press("ArrowDown", "Shift+Home")
    assert page.evaluate(chosen) == [1, 1, 0, events]
    press("Shift+End")
    assert page.evaluate(chosen) == [1, 1, events, last]
    press("Control+Shift+End")
    assert page.evaluate(chosen) == [1, 2, events, last]
    press("Control+Shift+Home")
    assert page.evaluate(chosen) == [0, 1, 0, events]


def test_one_cell_is_filled_from_above_and_from_the_left(page, office, press):
    loads = []
    page.on("load", lambda: loads.append("load"))
    press("3", "Enter", "Control+d", "ArrowRight", "Control+r")
    second = office.carriers[1]
    expect(cell(page, second, "events")).to_have_text("3")
    expect(cell(page, second, "event_participants")).to_have_text("3")
    press("Control+Home", "ArrowDown", "Control+r")
    expect(page.locator("#grid-said")).to_have_text("左面没有可填充的")
    assert loads == []


def test_a_block_pasted_while_typing_goes_into_the_cells(page, office, press):
    first, second, _ = office.carriers
    press("F2", "9")
    page.evaluate(PASTE, "4\t60\n5\t70\n")
    expect(cell(page, first, "event_participants")).to_have_text("60")
    expect(cell(page, second, "events")).to_have_text("5")
    saved(page)
    found = MonthlyReport.objects.order_by("carrier__code").values_list("events", "event_participants")
    assert [*found] == [(4, 60), (5, 70)]


def test_whole_rows_are_copied_with_names_and_heads(page, office, press):
    first, second, third = office.carriers
    press("1", "Enter", "2", "Enter", "3", "Enter", "Control+a")
    lines = page.evaluate(COPY, "copy").split("\n")
    assert lines[0].startswith("载体\t可自主支配面积(㎡)\t可入驻面积(㎡)\t")
    assert [line.split("\t")[0] for line in lines[1:]] == [carrier.name for carrier in office.carriers]
    # In Excel two lines change places and one is left out: each comes back to its own carrier.
    column = lines[0].split("\t").index("本月活动场次(场)")
    back = [lines[3].split("\t"), lines[1].split("\t")]
    back[0][column], back[1][column] = "30", "10"
    page.evaluate(PASTE, "\n".join("\t".join(line) for line in [lines[0].split("\t"), *back]))
    for carrier, text in ((first, "10"), (second, "2"), (third, "30")):
        expect(cell(page, carrier, "events")).to_have_text(text)
    saved(page)


def test_what_is_chosen_is_counted_and_summed(page, press):
    press("3", "Enter", "4", "Enter", "ArrowUp", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowDown")
    expect(page.locator("#grid-sum")).to_have_text("计数 2 · 合计 7 场 · 平均 3.5")
    press("Shift+ArrowRight")  # 场 and 人次 have no sum
    expect(page.locator("#grid-sum")).to_have_text("计数 2")
    press("ArrowUp")
    expect(page.locator("#grid-sum")).to_have_text("")


def test_the_line_of_totals_follows_what_is_typed(page, press):
    total = page.locator(".tabulator-calcs-bottom [tabulator-field=events]")
    expect(total).to_have_text("")
    press("3", "Enter", "4", "Enter")
    expect(total).to_have_text("7")
    expect(total).to_have_attribute("title", "本月活动场次合计:2/3 家有数")
    press("ArrowUp", "Delete")
    expect(total).to_have_text("3")
    press("Control+z")
    expect(total).to_have_text("7")
    expect(page.locator(".tabulator-calcs-bottom [tabulator-field=filled_by]")).to_have_text("")


def test_the_grid_takes_the_whole_window_and_remembers_it(page, press, axe):
    def lines():  # those that move, and the total
        return page.evaluate("document.querySelector('.tabulator-tableholder').clientHeight / 29 + 1")

    page.set_viewport_size({"width": 1366, "height": 657})
    page.evaluate("document.getElementById('grid-frame').style.height = '2000px'")  # as of many carriers
    assert lines() >= 10
    press("Control+F1")
    expect(page.get_by_role("navigation", name="主导航")).to_be_hidden()
    assert lines() >= 14
    press("5", "Enter")
    page.reload()
    expect(page.get_by_role("button", name="退出全屏")).to_be_visible()
    assert axe() == []
    page.get_by_role("button", name="展开当前格的说明").click()
    expect(page.locator("#grid-sink")).to_be_focused()
    press("Control+F1")
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def test_a_notice_leaves_everything_on_the_screen(page):
    page.set_viewport_size({"width": 1366, "height": 657})
    page.evaluate("""document.getElementById('grid-notes').innerHTML =
        '<div class="note note-info"><div class="note-text">' + '一条提示。'.repeat(200) + '</div></div>'""")
    bottom = page.evaluate("document.querySelector('.grid-strip').getBoundingClientRect().bottom")
    assert bottom <= 657


def test_what_others_write_is_seen_when_the_window_is_looked_at_again(page, office):
    office.draft(user=office.staff, mentors=11)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(cell(page, office.carrier, "mentors")).to_have_text("11")
    expect(page.locator("#grid")).to_contain_text("草稿")


def test_a_cell_that_others_wrote_while_one_typed_is_not_overwritten_unseen(page, office, press):
    go_to(page, "mentors")
    press("9")
    office.draft(user=office.staff, mentors=11)
    # The row comes back with another cell's answer, while this one is still being typed.
    page.evaluate(
        "code => Grid.ask(Grid.data.act_url, {act: 'look', words: '', rows: [{carrier: code}]})"
        ".then(said => Grid.store.merge(said.rows))",
        office.carrier.code,
    )
    press("Enter")
    expect(page.locator("#grid-status")).to_contain_text("1格要您决定")
    assert MonthlyReport.objects.get().mentors == 11


def test_rows_that_could_not_be_submitted_are_counted_so(page, office, press):
    office.draft()
    page.reload()
    press("Control+a", "Control+Shift+Enter")
    expect(page.locator("#grid-dialog")).to_contain_text("提交 3 家的月报")
    press("Enter")
    expect(page.locator("#grid-said")).to_have_text("已提交 1 家,没有提交成功 2 家")
    expect(page.locator("#grid-outcome")).to_contain_text("没有提交成功 2 家")
