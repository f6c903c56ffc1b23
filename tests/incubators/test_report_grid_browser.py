"""The grid in a browser, by keyboard alone: a month of several carriers from a pasted block to its acceptance."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting.fields import BY_CODE, FieldError
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import GOOD, Office, typed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """text => { const kept = new DataTransfer(); kept.setData('text/plain', text);
document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: kept, bubbles: true, cancelable: true})); }"""
COPY = """kind => { const kept = new DataTransfer();
document.activeElement.dispatchEvent(new ClipboardEvent(kind, {clipboardData: kept, bubbles: true, cancelable: true}));
return kept.getData('text/plain'); }"""


@pytest.fixture
def office():
    """An operator with three incubators."""
    made = Office()
    made.carriers = [made.carrier, *(CarrierFactory(area=made.town, operator=made.carrier.operator) for _ in range(2))]
    for number, carrier in enumerate(made.carriers):
        carrier.name, carrier.floor_area = f"测试孵化器{'甲乙丙'[number]}", 6000
        carrier.save()
    return made


def open_grid(page):
    page.goto("/reports/grid/?month=2024-05")
    expect(page.locator("#grid-sink")).to_be_focused()
    return page


def cell(page, carrier, code):
    return page.locator(f"#cell-{carrier.code}-{code}")


def saved(page):
    expect(page.locator("#grid-status")).to_contain_text("已保存")


def go_to(page, code, down=0):
    """The first carrier's cell of a field, by keyboard."""
    page.keyboard.press("Control+Home")
    at = page.evaluate(f"Grid.columns.findIndex(column => column.id === '{code}')")
    for _ in range(at):
        page.keyboard.press("ArrowRight")
    for _ in range(down):
        page.keyboard.press("ArrowDown")


def give_back(page):
    """The first row is returned with a reason, by keyboard."""
    page.locator("[data-grid-act=return]").press("Enter")
    page.locator("[data-grid-yes]").press("Enter")
    expect(page.locator("#grid-reason-problem")).to_be_visible()  # not without words
    expect(page.locator("#grid-reason")).to_be_focused()
    page.keyboard.type("导师应为9人")
    expect(page.locator("#grid-reason-problem")).to_be_hidden()
    page.locator("[data-grid-yes]").press("Enter")
    expect(page.locator("#grid-said")).to_contain_text("已退回 1 家")


def correct(page):
    """What was returned is put right, and handing it in again is asked for."""
    expect(page.locator("#grid-about")).to_contain_text("导师应为9人")
    go_to(page, "mentors")
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Shift+Enter")


def block(carriers):
    """As Excel copies it: a line of heads, then a line per carrier, in another order than the grid's."""
    heads = [
        "载体",
        "可自主支配面积",
        "可入驻面积",
        "已入驻面积",
        "管理服务人员",
        "其中专业服务人员",
        "创业导师",
        "本月辅导次数",
    ]
    heads += [
        "本月活动场次",
        "本月活动人次",
        "本月获投融资企业数",
        "本月获投融资金额",
        "孵化基金规模",
        "本月知识产权申请",
    ]
    heads += ["本月知识产权授权", "填表人", "联系电话"]
    codes = [code for code in GOOD if code not in {"income", "income_non_rent", "rent_relief"}]
    text = {**typed(), "area_controllable": "5,000.00", "financing": "200 万元"}
    line = [text[code] for code in (*codes, "filled_by", "phone")]
    return "\r\n".join("\t".join(each) for each in [heads, *([carrier.name, *line] for carrier in reversed(carriers))])


READ = {"1,234,567.50": "1234567.5", "１，234．5万元": "1234.5", "1,234 万元": "1234", "1 234": "1234", "+007": "7"}
LEFT = ("12,5", "1、2", "3 5", "1234,567", "0,125", "1.2.3", "1e5", "1_0", ".5", "1" * 41, "很多")


def test_the_page_reads_numbers_as_the_server_does_and_leaves_the_rest_to_it(sign_in, office):
    page = open_grid(sign_in(office.operator))
    normal = "texts => texts.map(text => Grid.normal(text, {kind: 'money', unit: '万元'}))"
    assert page.evaluate(normal, [*READ, *LEFT]) == [*READ.values(), *LEFT]
    spec = BY_CODE["financing"]
    assert [spec.typed(spec.parse(text)) for text in READ] == [*READ.values()]
    for text in LEFT:
        with pytest.raises(FieldError):
            spec.parse(text)


def test_a_month_of_several_carriers_from_paste_to_acceptance(sign_in, office, axe):
    page = open_grid(sign_in(office.operator))
    page.evaluate(PASTE, block(office.carriers))
    expect(cell(page, office.carrier, "area_controllable")).to_have_text("5,000")
    saved(page)
    assert MonthlyReport.objects.filter(mentors=10, financing=2_000_000).count() == 3
    assert axe() == []

    # One mistake is found and put right.
    go_to(page, "mentors")
    page.keyboard.press("Delete")
    page.keyboard.press("F9")
    expect(page.locator("#grid-said")).to_contain_text("1 处须改正")
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    expect(page.locator("#grid-findings")).to_contain_text("请填创业导师")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    saved(page)

    page.keyboard.press("Control+a")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#grid-dialog")).to_contain_text("提交 3 家的月报")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_contain_text("已提交 3 家")
    assert set(MonthlyReport.objects.values_list("state", flat=True)) == {"submitted"}

    page = open_grid(sign_in(office.staff))
    give_back(page)

    page = open_grid(sign_in(office.operator))
    correct(page)
    # A second press while the first one is under way does nothing.
    page.locator("#grid-dialog [data-grid-yes]").dblclick()
    expect(page.locator("#grid-said")).to_contain_text("已提交 1 家")
    row = MonthlyReport.objects.get(carrier=office.carrier)
    assert (row.state, row.mentors, row.transitions.filter(to_state="submitted").count()) == ("submitted", 9, 2)

    page = open_grid(sign_in(office.reviewer))
    page.keyboard.press("Control+a")
    page.locator("[data-grid-act=accept]").press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_contain_text("通过 3 家")
    assert set(MonthlyReport.objects.values_list("state", flat=True)) == {"accepted"}
    page.keyboard.type("7")
    expect(page.locator("#grid-said")).to_contain_text("不能再改")


def test_a_page_that_is_killed_while_typing_loses_nothing(sign_in, office):
    page = open_grid(sign_in(office.operator))
    page.route("**/cells/", lambda route: route.fulfill(status=503))
    go_to(page, "mentors")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.keyboard.type("15")  # the cell is not even left
    expect(page.locator("#grid-status")).to_contain_text("1格待保存")
    page.evaluate("Grid.store.lastTry = () => {}")  # who is killed says no goodbye
    again = page.context.new_page()
    page.close(run_before_unload=False)
    assert not MonthlyReport.objects.exists()

    open_grid(again)
    expect(again.locator("#grid-offer")).to_contain_text("2 格填写后没有存上")
    again.get_by_role("button", name="恢复并保存").click()
    saved(again)
    assert [*MonthlyReport.objects.order_by("carrier__code").values_list("mentors", flat=True)] == [12, 15]
    again.reload()
    expect(cell(again, office.carrier, "mentors")).to_have_text("12")
    expect(again.locator("#grid-offer")).to_have_count(0)


def test_without_a_connection_cells_wait_and_go_by_themselves(sign_in, office):
    page = open_grid(sign_in(office.operator))
    page.route("**/cells/", lambda route: route.fulfill(status=503))
    go_to(page, "events")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-status")).to_contain_text("已留在本机")
    page.unroute("**/cells/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert MonthlyReport.objects.get().events == 3


def test_two_people_on_one_cell_are_both_told(sign_in, browser, live_url, office):
    page = open_grid(sign_in(office.operator))
    client = Client()
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    other = browser.new_context(base_url=live_url, viewport={"width": 1440, "height": 1000}, locale="zh-CN")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    other.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_url}])
    second = open_grid(other.new_page())
    for one, text in ((page, "12"), (second, "9")):
        go_to(one, "mentors")
        one.keyboard.type(text)
        one.keyboard.press("Enter")
        expect(one.locator("#grid-status")).to_contain_text("已保存")
    expect(second.locator("#grid-status")).to_contain_text("1格要您决定")
    second.keyboard.press("ArrowUp")
    expect(second.locator("#grid-findings")).to_contain_text("李运营已改为“12”,您填的是“9”")
    assert MonthlyReport.objects.get().mentors == 12
    second.keyboard.press("F6")
    expect(second.get_by_role("button", name="用我的")).to_be_focused()
    second.keyboard.press("Enter")
    expect(second.locator("#grid-status")).not_to_contain_text("要您决定")
    expect(second.locator("#grid-status")).not_to_contain_text("待保存")
    assert MonthlyReport.objects.get().mentors == 9
    other.close()


def test_the_keys_of_a_spreadsheet(sign_in, office):
    page = open_grid(sign_in(office.operator))
    first, second, third = office.carriers
    go_to(page, "events")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.type("1,280")
    page.keyboard.press("Enter")
    expect(cell(page, first, "event_participants")).to_have_text("1,280")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate(COPY, "copy") == "3\t1280"
    page.keyboard.press("ArrowDown")
    go_to(page, "events", down=1)
    page.keyboard.press("Shift+ArrowDown")
    page.evaluate(PASTE, "4\t60\n5\t7０\n")
    expect(cell(page, third, "event_participants")).to_have_text("70")
    page.keyboard.press("Control+z")
    expect(cell(page, second, "events")).to_have_text("")
    page.keyboard.press("Control+y")
    expect(cell(page, second, "events")).to_have_text("4")
    # What is begun with F2 and given up leaves the cell as it was.
    go_to(page, "events", down=1)
    page.keyboard.press("F2")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(cell(page, second, "events")).to_have_text("4")
    saved(page)
    assert MonthlyReport.objects.get(carrier=second).events == 4


def test_a_month_that_closes_while_typing_keeps_what_was_typed(sign_in, office):
    page = open_grid(sign_in(office.operator))
    office.submitted()
    go_to(page, "mentors")
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-status")).to_contain_text("1格要您决定")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#grid-findings")).to_contain_text("等待审核")
    expect(page.locator("#grid-findings")).to_contain_text("您填的“11”留在本机")
    expect(cell(page, office.carrier, "mentors")).to_have_text("11")
    assert MonthlyReport.objects.get().mentors == 10


def test_a_small_screen_leads_to_the_forms(sign_in, office, axe):
    page = sign_in(office.operator)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/reports/grid/?month=2024-05")
    expect(page.get_by_text("表格要在宽一些的屏幕上用")).to_be_visible()
    expect(page.get_by_role("link", name="测试孵化器甲")).to_have_attribute(
        "href", f"/reports/edit/{office.carrier.code}/2024-05/"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe() == []


STORAGE = {
    "kept": "",
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    "IDBObjectStore.prototype.put = Storage.prototype.setItem;",
    "stuck": "for (const each of ['getItem', 'setItem', 'removeItem']) "
    "Storage.prototype[each] = () => { throw new DOMException('no', 'SecurityError'); };",
    "forbidden": "for (const each of ['localStorage', 'indexedDB']) Object.defineProperty(window, each, "
    "{ get() { throw new DOMException('no', 'SecurityError'); } });",
}


@pytest.mark.parametrize("storage", STORAGE)
def test_a_big_move_is_explained_beside_the_grid(sign_in, office, storage):
    """Also on a machine that keeps nothing: what is typed is saved once, and words are sent."""
    office.accepted(month=date(2024, 4, 1))
    page = sign_in(office.operator)
    page.add_init_script(STORAGE[storage])
    faults, sent = [], []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/cells/") else None)
    open_grid(page)
    go_to(page, "mentors")
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    expect(page.locator("#grid-about")).to_contain_text("创业导师")
    expect(page.locator("#grid-findings")).to_contain_text("R15")
    page.keyboard.press("F6")
    page.keyboard.type("新聘二十位")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-said")).to_have_text("说明已保存")
    expect(page.locator("#grid-sink")).to_be_focused()
    assert [*MonthlyReport.objects.get(month="2024-05-01").explanations.values()] == ["新聘二十位"]
    assert (faults, len(sent)) == ([], 1)


def test_cutting_jumping_and_filling(sign_in, office):
    page = open_grid(sign_in(office.operator))
    _, second, third = office.carriers
    go_to(page, "ip_applied")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Control+ArrowDown")
    page.keyboard.press("Control+d")
    expect(cell(page, third, "ip_applied")).to_have_text("5")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(COPY, "cut") == "5"
    expect(cell(page, second, "ip_applied")).to_have_text("")
    page.keyboard.press("End")
    page.keyboard.type("021-57921234")
    page.keyboard.press("Tab")  # on to the next line
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Home")
    assert page.evaluate("[Grid.chosen().row, Grid.chosen().col]") == [2, 0]
    saved(page)
    found = MonthlyReport.objects.order_by("carrier__code").values_list("ip_applied", "phone")
    assert [*found] == [(5, ""), (None, "021-57921234"), (5, "")]


def test_one_of_some_words_is_chosen_from_a_list(sign_in, office):
    options = ["本区自建", "社会资本", "高校院所"]
    entry = {"code": "x_1", "label": "建设主体", "kind": "choice", "options": options}
    ReportCalendar.objects.create(area=office.district, from_month=date(2024, 5, 1), declared=[entry])
    page = open_grid(sign_in(office.operator))
    at = page.evaluate("Grid.columns.findIndex(column => column.label === '建设主体')")
    code = page.evaluate(f"Grid.columns[{at}].id")
    go_to(page, code)
    page.keyboard.press("Alt+ArrowDown")
    listed = page.locator("#grid-options [role=option]")
    expect(listed).to_have_text(options)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(cell(page, office.carriers[0], code)).to_have_text("社会资本")
    page.keyboard.insert_text("院所")  # narrows the list
    expect(listed).to_have_text(["高校院所"])
    page.keyboard.press("Enter")
    expect(cell(page, office.carriers[1], code)).to_have_text("高校院所")
    page.keyboard.press("Alt+ArrowDown")
    listed.first.click()
    expect(cell(page, office.carriers[2], code)).to_have_text("本区自建")
    expect(page.locator("#grid-options")).to_be_hidden()
    saved(page)
    assert [*MonthlyReport.objects.order_by("carrier__code").values_list("extra__x_1", flat=True)] == [
        "社会资本",
        "高校院所",
        "本区自建",
    ]


def test_a_unit_slip_is_put_right_with_one_press(sign_in, office):
    office.accepted(month=date(2024, 4, 1), fund_size=8_000_000)
    page = open_grid(sign_in(office.operator))
    go_to(page, "fund_size")
    page.keyboard.type("8000000")  # yuan, where ten thousands are asked for
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="改为 800 万元").press("Enter")
    expect(cell(page, office.carrier, "fund_size")).to_have_text("800")
    expect(page.locator("#grid-sink")).to_be_focused()
    saved(page)
    assert MonthlyReport.objects.get(month="2024-05-01").fund_size == 8_000_000


def test_an_input_method_composes_from_the_first_key(sign_in, office):
    page = open_grid(sign_in(office.operator))
    go_to(page, "issues")
    method = page.context.new_cdp_session(page)
    for letters in ("l", "lu", "lu y", "lu yan"):  # as an input method for Pinyin shows it while it composes
        method.send(
            "Input.imeSetComposition", {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)}
        )
    expect(page.locator("#grid-sink")).to_have_value("lu yan")
    method.send("Input.insertText", {"text": "路演场地不足"})
    page.keyboard.press("Enter")
    expect(cell(page, office.carrier, "issues")).to_have_text("路演场地不足")
    saved(page)
    assert MonthlyReport.objects.get().issues == "路演场地不足"
