"""The whole way in a browser: take the register out, change cells, send it in, look, mark, confirm, find it changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from incubators.access import Role
from incubators.models import Enterprise
from tests.incubators.exchange_cases import Office, lines_of, whole
from tests.incubators.factories import EnterpriseFactory, make_user, uscc

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def taken(page: Any, link: Any, folder: Path, name: str) -> Path:
    """What a link downloads, kept in ``folder``."""
    with page.expect_download() as download:
        link.click()
    file = folder / name
    download.value.save_as(file)
    return file


def test_a_sheet_out_changed_and_in_again(sign_in: Any, axe: Any, tmp_path: Path) -> None:
    office = Office()
    for number, name in enumerate(("要改的企业", "不动的企业", "写错的企业")):
        EnterpriseFactory(
            uscc=uscc(number), name=name, area=office.town, industry="新材料", founded_on=date(2020, 1, 2)
        )
    page = sign_in(office.user)
    page.goto("/exchange/")
    assert axe() == []
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="企业", exact=True))
    file = taken(page, row.get_by_role("link", name="Excel"), tmp_path, "企业.xlsx")

    book = openpyxl.load_workbook(file)
    sheet = book["企业"]
    heads = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    lines = {sheet.cell(line, 1).value: line for line in range(2, sheet.max_row + 1)}
    sheet.cell(lines[uscc(0)], heads["技术领域"]).value = "无人机"
    sheet.cell(lines[uscc(2)], heads["成立日期"]).value = "明年"
    book.save(file)

    row.get_by_role("link", name="导入企业").click()
    page.get_by_label(re.compile("选择 Excel 文件")).set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("企业.xlsx")
    wrong = page.get_by_role("row").filter(has_text="写错的企业")
    expect(wrong).to_contain_text("“明年”不是日期,请写成 2026-10-08 这样")
    assert axe() == []
    page.get_by_role("link", name="变更 1").click()
    changed = page.get_by_role("row").filter(has_text="要改的企业")
    expect(changed.locator("del")).to_have_text("新材料")
    expect(changed.locator("strong")).to_have_text("无人机")
    assert Enterprise.objects.get(uscc=uscc(0)).industry == "新材料"

    marked = taken(page, page.get_by_role("link", name="下载标好错误的文件"), tmp_path, "标好.xlsx")
    cell = openpyxl.load_workbook(marked)["企业"].cell(lines[uscc(2)], heads["成立日期"])
    assert (cell.value, "不是日期" in cell.comment.text) == ("明年", True)

    page.get_by_role("button", name="只导入正确的 1 行").click()
    expect(page.get_by_text("1 行有误的不写入")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="导入正确的行").click()
    expect(page.get_by_text("已导入:新增 0,变更 1")).to_be_visible()
    assert {*Enterprise.objects.values_list("uscc", "industry")} == {
        (uscc(0), "无人机"),
        (uscc(1), "新材料"),
        (uscc(2), "新材料"),
    }
    assert [line.record_name for line in lines_of(Enterprise)] == ["要改的企业"]
    assert whole()
    page.goto(f"/enterprises/{uscc(0)}/")
    expect(page.get_by_text("无人机").first).to_be_visible()

    page = sign_in(make_user(Role.AUDITOR, area=office.area))
    page.goto("/changes/")
    line = page.get_by_role("row").filter(has_text="要改的企业")
    expect(line).to_contain_text("导入更新企业")
    expect(line).to_contain_text("导入文件“企业.xlsx”")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_but_tables_scrolls_sideways(sign_in: Any, width: int) -> None:
    office = Office()
    EnterpriseFactory(uscc=uscc(1), name="很长" * 40, area=office.town, remark="很长的备注" * 30)
    preview = office.table(
        "enterprises", [[uscc(1), "更长" * 50, "甲镇", "另一段备注" * 40], [uscc(2), "新" * 60, "没有的镇", ""]], "备注"
    )
    page = sign_in(office.user)
    page.set_viewport_size({"width": width, "height": 844})
    for address in (
        "/exchange/",
        "/exchange/enterprises/",
        *(f"/exchange/imports/{preview.row.pk}/{q}" for q in ("", "?rows=changed")),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
