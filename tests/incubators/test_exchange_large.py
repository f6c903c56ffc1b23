"""Sheets of many rows: the plain export comes back unchanged, a failed formula is a wrong cell, columns are read whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.trail_chain import first_break
from incubators.exchange import files
from incubators.models import Enterprise
from tests.incubators.exchange_cases import HEADS, Office, lines_of, workbook
from tests.incubators.factories import EnterpriseFactory, ResidencyFactory, uscc
from tests.support.workbooks import by_hand, csv, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def plain(monkeypatch):
    """From the first row on, exports go the way of large ones."""
    monkeypatch.setattr(files, "WITH_DROP_DOWNS", 0)


def test_a_large_export_keeps_text_numbers_and_dates_and_comes_back_unchanged(office, plain):
    values = {"area": office.town, "contact_phone": "02157320000", "remark": "=1+1", "industry": "0012"}
    EnterpriseFactory(
        uscc=uscc(1), founded_on=date(1900, 1, 15), registered_capital=Decimal("12345678901234.5"), **values
    )
    EnterpriseFactory(uscc=uscc(2), founded_on=date(2024, 2, 29), registered_capital=Decimal("1234567.89"), **values)
    EnterpriseFactory(uscc=uscc(3), founded_on=None, registered_capital=None, staff_count=0, area=office.town)
    EnterpriseFactory(uscc=uscc(4), founder_type="returnee", licence_checked=True, staff_count=12, **values)
    content = office.download("exchange_export", "enterprises")
    book = workbook(content)
    page = book["企业"]
    assert page.freeze_panes == "C2"
    assert "填写说明" in book.sheetnames
    place = {cell.value: cell.column for cell in page[1]}
    rows = {row[0].value: row for row in page.iter_rows(min_row=2)}
    second = rows[uscc(2)]
    assert second[place["联系电话"] - 1].value == "02157320000"
    assert second[place["技术领域"] - 1].number_format == "@"
    assert (second[place["备注"] - 1].value, second[place["备注"] - 1].data_type) == ("=1+1", "s")
    founded = second[place["成立日期"] - 1]
    assert (founded.value.date(), founded.number_format) == (date(2024, 2, 29), "yyyy-mm-dd")
    assert second[place["注册资本(万元)"] - 1].value == 123.456789
    assert office.upload("enterprises", content).counts == (0, 0, 4, 0)


def test_a_large_export_of_records_that_name_others_comes_back_unchanged(office, plain):
    for number in range(3):
        company = EnterpriseFactory(uscc=uscc(number), area=office.town)
        ResidencyFactory(enterprise=company, carrier=office.carrier, entered_on=date(2023, 1, 1 + number))
    content = office.download("exchange_export", "residencies")
    assert office.upload("residencies", content).counts == (0, 0, 3, 0)


def test_a_failed_formula_is_a_wrong_cell_and_not_a_blank_one(office):
    EnterpriseFactory(uscc=uscc(1), name="表格企业", area=office.town, industry="新材料")
    cells = [*HEADS["enterprises"], "技术领域"]
    head = "".join(f'<c r="{letter}1" t="str"><v>{cell}</v></c>' for letter, cell in zip("ABCD", cells, strict=True))
    row = f'<c r="A2" t="str"><v>{uscc(1)}</v></c><c r="D2" t="e"><f>VLOOKUP(A2,X:Y,2,0)</f><v>#N/A</v></c>'
    preview = office.upload("enterprises", by_hand(f'<row r="1">{head}</row><row r="2">{row}</row>'))
    assert preview.counts == (0, 0, 0, 1)
    assert (preview.places, preview.sentences) == (["D2"], ["单元格是公式错误#N/A,请改成实际的值"])


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_so_is_its_text(office, kind):
    rows = [[*HEADS["enterprises"], "技术领域"], [*office.enterprise_row(1), " #Ref! "]]
    preview = office.upload("enterprises", xlsx(rows) if kind == "xlsx" else csv(rows), f"表.{kind}")
    assert preview.sentences == ["单元格是公式错误#Ref!,请改成实际的值"]


def test_one_odd_cell_does_not_change_how_the_others_of_its_column_are_read(office):
    remarks = [" 两边有空 ", "第一行\r\n第二行", "", "#1 号楼", "清空", 12.0, "普通"]
    rows = [[*office.enterprise_row(number), remark] for number, remark in enumerate(remarks)]
    office.confirm(office.table("enterprises", rows, "备注"))
    kept = dict(Enterprise.objects.values_list("uscc", "remark"))
    wanted = ["两边有空", "第一行\n第二行", "", "#1 号楼", "", "12", "普通"]
    assert [kept[uscc(number)] for number in range(len(remarks))] == wanted


def test_many_new_records_leave_complete_lines_in_a_whole_chain(office):
    rows = [
        [*office.enterprise_row(number), number or "", '引"号\\与\t制表' if number % 2 else "", number % 3 or ""]
        for number in range(40)
    ]
    office.confirm(office.table("enterprises", rows, "从业人数", "备注", "注册资本(万元)"))
    lines = {line.record_name: line.after for line in lines_of(Enterprise)}
    assert len(lines) == 40
    assert lines["表格企业5"] == {
        "area_id": office.town.pk, "name": "表格企业5", "pinyin": "bgqy5", "uscc": uscc(5), "staff_count": 5,
        "remark": '引"号\\与\t制表', "registered_capital": "20000",
    }  # fmt: skip
    assert lines["表格企业0"].keys() == {"area_id", "name", "pinyin", "uscc"}
    assert first_break() is None
