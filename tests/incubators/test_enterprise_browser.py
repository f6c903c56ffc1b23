"""The sheet of incubatees in a browser: pasted from Excel, put right by keyboard, handed in, read and accepted; on a phone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE
from incubators.services import reports as services
from tests.incubators.enterprise_cases import TYPED, EnterpriseOffice
from tests.incubators.report_cases import GOOD
from tests.incubators.test_enterprise_months import SUMS, submit
from tests.incubators.test_report_grid_browser import PASTE, go_to, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHEET = "/reports/edit/{}/2024-05/enterprises/"
MANY = 10  # beside the two of the office


@pytest.fixture
def office():
    made = EnterpriseOffice()
    made.all = [made.first, made.second, *(made.tenant(f"第{number:02}家科技") for number in range(MANY))]
    return made


def block(enterprises):
    """As Excel copies it: heads, then a line for each enterprise, by its credit code, money in 元."""
    heads = [
        "统一社会信用代码",
        *(f"{spec.label}(元)" if spec.unit == "万元" else spec.label for spec in map(ENTERPRISE_BY_CODE.get, TYPED)),
    ]
    money = {code for code in TYPED if ENTERPRISE_BY_CODE[code].unit == "万元"}
    line = [f"{Decimal(text) * 10_000:.0f}" if code in money else text for code, text in TYPED.items()]
    return "\r\n".join("\t".join(each) for each in [heads, *([each.uscc, *line] for each in enterprises)])


def test_a_block_of_enterprises_from_excel_to_the_accepted_report(sign_in, office, axe):
    office.draft(**{**GOOD, **SUMS, "ip_applied": len(office.all)})
    page = sign_in(office.operator)
    page.goto(SHEET.format(office.carrier.code))
    expect(page.locator("#grid-sink")).to_be_focused()
    page.evaluate(PASTE, block(reversed(office.all)))
    expect(page.locator("[data-sheet-progress]")).to_have_text("已填 12/12 家")
    saved(page)
    assert axe() == []
    # A part larger than its whole is said at the cell, and put right there.
    go_to(page, "staff_doctor")
    page.keyboard.type("13")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#grid-findings")).to_contain_text("其中博士 13 人,大于从业人数 12 人")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#grid-findings")).to_contain_text("没有提示")
    page.get_by_role("link", name="回到月报").click()
    expect(page.locator("#enterprises")).to_contain_text("已填 12/12 家")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("月报已提交")).to_be_visible()
    assert EnterpriseMonth.objects.filter(revenue=200_000, research_ytd=155_000).count() == len(office.all)

    page = sign_in(office.reviewer)
    page.goto(f"/reports/{MonthlyReport.objects.get().pk}/")
    expect(page.locator("#enterprises tfoot")).to_contain_text("144")  # 12 enterprises of 12 people
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已通过").first).to_be_visible()
    assert MonthlyReport.objects.get().state == "accepted"


def test_an_amount_in_another_unit_is_marked_and_put_right_with_one_press(sign_in, office):
    for each in office.all:
        office.type(each, TYPED)
    row = submit(office, ip_applied=len(office.all))
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    page = sign_in(office.operator)
    page.goto(f"/reports/edit/{office.carrier.code}/2024-06/enterprises/")
    expect(page.locator("#grid-sink")).to_be_focused()
    go_to(page, "revenue")
    page.keyboard.type("200000")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("F9")
    expect(page.locator("#grid-said")).to_contain_text("1 处请核对")
    go_to(page, "revenue")
    expect(page.locator("#grid-findings")).to_contain_text("上次 20 万元,约为其 10000 倍")
    page.get_by_role("button", name="改为 20 万元").click()
    saved(page)
    expect(page.locator("#grid-findings")).not_to_contain_text("10000 倍")
    assert EnterpriseMonth.objects.get(report__month="2024-06-01").revenue == 200_000


def test_a_whole_row_without_figures_is_one_step(sign_in, office):
    page = sign_in(office.operator)
    page.goto(SHEET.format(office.carrier.code))
    expect(page.locator("#grid-sink")).to_be_focused()
    page.keyboard.press("Shift+Space")
    page.keyboard.type("缺:企业未报")
    page.keyboard.press("Control+Enter")
    saved(page)
    row = EnterpriseMonth.objects.get()
    assert {gap["reason"] for gap in row.gaps.values()} == {"企业未报"}
    assert row.gaps.keys() == ENTERPRISE_BY_CODE.keys()
    expect(page.locator("[data-sheet-progress]")).to_have_text("已填 1/12 家")


def test_two_people_in_one_sheet_do_not_overwrite_each_other(sign_in, office):
    page = sign_in(office.operator)
    page.goto(SHEET.format(office.carrier.code))
    expect(page.locator("#grid-sink")).to_be_focused()
    first = min(office.all, key=lambda each: [row.name for row in office.around().incubatees].index(each.name))
    office.type(first, {"staff": "30"}, user=office.staff)
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#grid-findings")).to_contain_text("已被改为“30”,您填的是“12”")
    page.get_by_role("button", name="用我的").click()
    saved(page)
    assert office.row(first).staff == 12


def test_on_a_phone_one_enterprise_after_the_other(sign_in, office):
    page = sign_in(office.operator)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(SHEET.format(office.carrier.code))
    page.get_by_role("link", name="甲科技").click()
    for code, text in TYPED.items():
        page.locator(f"#id_{code}").fill(text)
    page.locator("#id_staff").fill("十二")
    page.get_by_role("button", name="保存,下一家").click()
    expect(page.locator("#id_staff")).to_have_value("十二")
    page.locator("#id_staff").fill("12")
    page.get_by_role("button", name="保存,下一家").click()
    expect(page.get_by_text("甲科技已保存")).to_be_visible()
    assert office.row(office.first).staff == 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
