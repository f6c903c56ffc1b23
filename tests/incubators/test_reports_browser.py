"""A month in the browser: typed by keyboard, submitted, returned, corrected, accepted by another person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubators.models import MonthlyReport
from tests.incubators.report_cases import GOOD, Office, typed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_month_from_keyboard_to_acceptance(sign_in, axe):
    office = Office()
    page = sign_in(office.operator)
    page.goto(f"/reports/edit/{office.carrier.code}/2024-05/")
    page.locator("#id_area_controllable").focus()
    # Enter goes to the next figure, in the order of the form.
    for code in GOOD:
        expect(page.locator(f"#id_{code}")).to_be_focused()
        page.keyboard.type(typed()[code])
        page.keyboard.press("Enter")
    page.locator("#id_filled_by").fill("王填报")
    page.locator("#id_phone").fill("021-12345678")
    page.locator("#id_phone").press("Enter")
    expect(page.locator("#save-state")).to_contain_text("已自动保存")
    assert axe() == []
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("2024年5月月报已提交")).to_be_visible()
    row = MonthlyReport.objects.get()
    assert (row.state, row.mentors, row.submitted_by) == ("submitted", 10, office.operator)

    page = sign_in(office.staff)
    page.goto(f"/reports/{row.pk}/")
    page.get_by_label("退回原因").fill("导师应为9人")
    page.get_by_role("button", name="退回修改").click()
    expect(page.get_by_text("已退回,等待重新提交")).to_be_visible()

    page = sign_in(office.operator)
    page.goto("/reports/")
    page.goto(f"/reports/edit/{office.carrier.code}/2024-05/")
    expect(page.get_by_text("导师应为9人")).to_be_visible()
    page.locator("#id_mentors").fill("9")
    # Submitting right after typing does not race with saving while typing.
    page.get_by_role("button", name="提交", exact=True).dblclick()
    expect(page.get_by_text("2024年5月月报已提交")).to_be_visible()

    page = sign_in(office.reviewer)
    page.goto(f"/reports/{row.pk}/")
    assert axe() == []
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("审核通过").first).to_be_visible()
    row.refresh_from_db()
    assert (row.state, row.mentors, row.accepted_by) == ("accepted", 9, office.reviewer)
    assert row.transitions.filter(to_state="submitted").count() == 2


def test_a_question_appears_while_typing_and_its_words_stay(sign_in):
    office = Office()
    office.accepted(month=MonthlyReport._meta.get_field("month").to_python("2024-04-01"))
    page = sign_in(office.operator)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/reports/edit/{office.carrier.code}/2024-05/")
    page.locator("#id_financing").fill("2000000")
    page.locator("#id_financing").press("Tab")
    question = page.get_by_label("是否误用了元/千元/万元")
    expect(question).to_be_visible()
    question.fill("确有一笔大额融资")
    page.locator("#id_mentors").fill("12")
    page.locator("#id_mentors").press("Tab")
    expect(page.locator("#seen")).not_to_have_value("1-1")
    expect(question).to_have_value("确有一笔大额融资")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
