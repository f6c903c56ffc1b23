"""What a cell may say and what it comes to; what it may not, with the sentence at its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from incubators.models import Carrier, Enterprise, Organisation, Qualification, Residency
from tests.incubators.exchange_cases import HEADS, Office, lines_of, whole
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    OrganisationFactory,
    QualificationKindFactory,
    TownFactory,
    uscc,
)
from tests.support.workbooks import csv, xlsx

pytestmark = pytest.mark.django_db
ROW = [uscc(1), "表格企业", "甲镇"]


@pytest.fixture
def office():
    return Office()


def one(office, head: str, cell) -> Enterprise:
    """The enterprise that a sheet with one more column makes."""
    office.confirm(office.table("enterprises", [[*ROW, cell]], head))
    return Enterprise.objects.get()


def sentence(office, head: str, cell) -> str:
    """What is wrong with a cell of a further column. Nothing is written."""
    preview = office.table("enterprises", [[*ROW, cell]], head)
    assert preview.counts == (0, 0, 0, 1)
    assert preview.places == ["D2"]
    assert preview.sentences[0] in preview.text.replace("&quot;", '"')
    assert not Enterprise.objects.exists()
    return preview.sentences[0]


# --- Dates ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 3, 9), "2024-03-09", "2024-3-9", "2024/3/9", "2024.03.09", "2024年3月9日", "2024 年 03 月 09 日",
        "２０２４－０３－０９", "２０２４年３月９日", "20240309", 20240309, 45360, 45360.0, "45360", " 2024-03-09 00:00:00 ",
    ],
    ids=repr,
)  # fmt: skip
def test_a_date_in_every_usual_spelling(office, cell):
    assert one(office, "成立日期", cell).founded_on == date(2024, 3, 9)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2024-02-30", "“2024-02-30”不是日期,请写成 2026-10-08 这样"),
        ("去年", "“去年”不是日期"),
        ("2024年3月", "“2024年3月”不是日期"),
        ("9/3/2024", "“9/3/2024”不是日期"),
        (12, "“12”不是日期"),
        (1e300, "不是日期"),
        (True, "“是”不是日期"),
        ("0024-03-09", "不在1900年至2100年之间"),
        ("2999-01-01", "不在1900年至2100年之间"),
        (date(2099, 1, 1), "成立日期不能晚于今天"),
    ],
)
def test_what_is_no_date(office, cell, words):
    assert words in sentence(office, "成立日期", cell)


# --- Numbers ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        (300, "3000000"), (0.1 + 0.2, "3000"), ("３００", "3000000"), ("1,234.56", "12345600"), ("1，234.5", "12345000"),
        ("300万元", "3000000"), (0, "0"), (0.000001, "0.01"), ("12345678901.2345", "123456789012345"),
    ],
    ids=repr,
)  # fmt: skip
def test_money_is_typed_in_wan_and_kept_in_yuan(office, cell, yuan):
    assert one(office, "注册资本(万元)", cell).registered_capital == Decimal(yuan)


@pytest.mark.parametrize(
    ("head", "cell", "words"),
    [
        ("注册资本(万元)", "三百", "“三百”不是数字,请填如 1250.5(单位万元)"),
        ("注册资本(万元)", -1, "不能为负数"),
        ("注册资本(万元)", 0.0000001, "最多2位小数(按元计)"),
        ("注册资本(万元)", True, "应填数字"),
        ("从业人数", 1.5, "最多0位小数"),
        ("从业人数", "12345678", "数字过大,请核对单位"),
        ("从业人数", "9" * 60, "数值过大"),
        ("从业人数", "12,5", "像是几个数"),
        ("从业人数", "1e999999", "不是数字"),
        ("从业人数", "NaN", "不是数字"),
        ("从业人数", "Infinity", "不是数字"),
    ],
)
def test_what_is_no_number(office, head, cell, words):
    assert words in sentence(office, head, cell)


# --- Codes ------------------------------------------------------------------------------------------------------------
WRONG_DIGIT = uscc(7)[:-1] + ("0" if uscc(7)[-1] != "0" else "1")
IDENTITY_CARD = "11010519491231002X"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("123", "不是统一社会信用代码:应为18位,不含字母I、O、S、V、Z"),
        ("9131O116MA0000001X", "不含字母I、O、S、V、Z"),
        (IDENTITY_CARD, "这是个人身份证号"),
        ("88" + uscc(1)[2:], "像是身份证号或其他编号,请核对营业执照"),
        (913101160000000010.0, "被表格软件当作数字存了,尾数已经丢失"),
        (913101160000000010, "被表格软件当作数字存了,尾数已经丢失"),
        (WRONG_DIGIT, "校验位不符,请核对营业执照;确认无误请在“已核对营业执照”列填“是”"),
        (None, "统一社会信用代码不能为空"),
        ("清空", "统一社会信用代码不能为空"),
    ],
)
def test_what_is_no_code_of_an_enterprise(office, cell, words):
    preview = office.table("enterprises", [[cell, *ROW[1:]]])
    assert preview.counts == (0, 0, 0, 1)
    assert words in preview.sentences[0]
    assert preview.places == ["A2"]


@pytest.mark.parametrize(
    "cell", [uscc(1).lower(), f" {uscc(1)} ", f"{uscc(1)[:8]} {uscc(1)[8:]}", uscc(1).replace("9", "９")]
)
def test_a_code_in_small_letters_with_blanks_or_full_width_is_the_same_code(office, cell):
    office.confirm(office.table("enterprises", [[cell, *ROW[1:]]]))
    assert Enterprise.objects.get().uscc == uscc(1)


@pytest.mark.parametrize(
    ("checked", "counts"), [("是", (1, 0, 0, 0)), ("√", (1, 0, 0, 0)), ("否", (0, 0, 0, 1)), ("", (0, 0, 0, 1))]
)
def test_a_wrong_check_digit_goes_in_once_the_licence_was_looked_at(office, checked, counts):
    assert office.table("enterprises", [[WRONG_DIGIT, *ROW[1:], checked]], "已核对营业执照").counts == counts


def test_a_code_that_a_program_kept_as_a_number_is_told_from_an_unknown_one(office):
    preview = office.table("residencies", [[913101160000000010.0, "EX01", date(2024, 1, 1)]])
    assert "尾数已经丢失" in preview.sentences[0]


@pytest.mark.parametrize("cell", ["02157320000", "０２１５７３２００００"])
def test_a_phone_keeps_its_zeros(office, cell):
    assert one(office, "联系电话", cell).contact_phone == "02157320000"


def test_a_phone_keeps_its_zeros_in_csv_and_a_number_keeps_all_digits(office):
    head = [*HEADS["enterprises"], "电话"]
    office.confirm(office.upload("enterprises", csv([head, [*ROW, "02157320000"]]), "a.csv"))
    office.confirm(office.upload("enterprises", xlsx([head, [uscc(2), "乙", "甲镇", 13800000000]])))
    assert [*Enterprise.objects.order_by("pk").values_list("contact_phone", flat=True)] == [
        "02157320000",
        "13800000000",
    ]


# --- Words ------------------------------------------------------------------------------------------------------------
def test_text_longer_than_its_field_is_counted(office):
    assert sentence(office, "技术领域", "长" * 41) == "超过40个字(现有41个)"


def test_a_choice_outside_the_list_shows_the_list(office):
    assert sentence(office, "创业者类型", "明星").startswith("“明星”不在可选项中:大学生、留学人员")


def test_yes_and_no_say_nothing_else(office):
    assert sentence(office, "已核对营业执照", "也许") == "“也许”应填“是”或“否”"


def test_what_looks_like_a_formula_stays_words(office):
    row = one(office, "备注", '=HYPERLINK("http://x","点我")')
    assert row.remark == '=HYPERLINK("http://x","点我")'


# --- Leaving and emptying ---------------------------------------------------------------------------------------------
def test_a_blank_cell_leaves_and_the_word_empties(office):
    EnterpriseFactory(
        uscc=uscc(1),
        area=office.town,
        industry="新材料",
        contact_name="张三",
        founded_on=date(2020, 1, 1),
        staff_count=9,
    )
    preview = office.upload(
        "enterprises",
        xlsx(
            [
                ["统一社会信用代码", "技术领域", "联系人", "成立日期", "从业人数"],
                [uscc(1), "", "清空", " 清空 ", "清空"],
            ]
        ),
    )
    assert preview.counts == (0, 1, 0, 0)
    office.confirm(preview)
    row = Enterprise.objects.get()
    assert (row.industry, row.contact_name, row.founded_on, row.staff_count) == ("新材料", "", None, None)
    line = lines_of(Enterprise)[0]
    assert line.before == {"contact_name": "张三", "founded_on": "2020-01-01", "staff_count": 9}
    assert line.after == {"contact_name": "", "founded_on": None, "staff_count": None}
    assert whole()


@pytest.mark.parametrize("head", ["企业名称", "注册区域"])
def test_what_a_record_needs_cannot_be_emptied(office, head):
    EnterpriseFactory(uscc=uscc(1), area=office.town)
    preview = office.upload("enterprises", xlsx([["统一社会信用代码", head], [uscc(1), "清空"]]))
    assert preview.sentences == [f"{head}不能清空"]


# --- Names of other records -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("上海（集团）公司", "上海（集团）公司"),
        ("上海（集团）公司", "上海(集团)公司"),
        ("上海(集团)公司", "上海（集团）公司"),
    ],
)
def test_brackets_of_either_width_name_the_same_operator(office, stored, typed):
    operator = OrganisationFactory(name=stored)
    office.confirm(
        office.table("carriers", [["EX09", "新孵化器", "科技企业孵化器", typed, "甲镇", "甲区", date(2022, 1, 1)]])
    )
    assert Carrier.objects.get(code="EX09").operator == operator
    assert Organisation.objects.filter(name=typed).count() == (stored == typed)


def test_new_operators_are_registered_once_with_a_line_each(office):
    rows = [
        ["EX11", "一号孵化器", "科技企业孵化器", "全新（集团）公司", "甲镇", "甲区", date(2022, 1, 1)],
        ["EX12", "二号孵化器", "众创空间", "全新(集团)公司", "甲镇", "甲区", date(2022, 1, 1)],
    ]
    office.confirm(office.table("carriers", rows))
    made = Organisation.objects.get(name__startswith="全新")
    assert {row.operator_id for row in Carrier.objects.filter(code__in=["EX11", "EX12"])} == {made.pk}
    assert [line.record_id for line in lines_of(Organisation)] == [str(made.pk)]
    assert len(lines_of(Carrier)) == 2
    assert whole()


def test_a_new_operator_keeps_the_brackets_it_was_written_with(office):
    office.confirm(
        office.table("carriers", [["EX11", "一号", "众创空间", "全新（集团）公司", "甲镇", "甲区", "2022-1-1"]])
    )
    assert Carrier.objects.get(code="EX11").operator.name == "全新（集团）公司"


def test_an_operator_with_too_long_a_name_is_not_cut(office):
    row = ["EX11", "一号", "众创空间", "长" * 121, "甲镇", "甲区", "2022-1-1"]
    assert office.table("carriers", [row]).sentences == ["运营机构名称超过120个字"]


def test_a_name_that_several_bear_asks_for_the_code(office):
    first = OrganisationFactory(name="同名公司", code="same-1")
    OrganisationFactory(name="同名公司", code="same-2")
    CarrierFactory(name="甲区孵化器", code="EX02", area=office.town, owner_area=office.area)
    TownFactory(name="甲镇", parent=office.area, code="twice")

    def row(operator, town):
        return ["EX20", "又一家", "科技企业孵化器", operator, town, "甲区", date(2022, 1, 1)]

    preview = office.table("carriers", [row("同名公司", "甲镇")])
    assert any("有几家单位都叫“同名公司”,请改填代码(same-1、same-2)" in words for words in preview.sentences)
    assert any("有2个区域都叫“甲镇”,请改填区域代码" in words for words in preview.sentences)
    office.confirm(office.table("carriers", [row("same-1", "twice")]))
    assert Carrier.objects.get(code="EX20").operator == first
    EnterpriseFactory(uscc=uscc(1), area=office.town)
    named = office.table("residencies", [[uscc(1), "甲区孵化器", date(2024, 1, 1)]])
    assert named.sentences == ["有几家载体都叫“甲区孵化器”,请改填编号"]


def test_a_carrier_may_be_named_and_a_qualification_typed_in_either_width(office):
    QualificationKindFactory(code="srdi", name="专精特新（小巨人）")
    EnterpriseFactory(uscc=uscc(1), area=office.town)
    office.confirm(office.table("residencies", [[uscc(1), "甲区孵化器", "2024-01-01"]]))
    office.confirm(office.table("qualifications", [[uscc(1), "专精特新(小巨人)", "2024-01-01", "GR1"]]))
    assert Residency.objects.get().carrier == office.carrier
    assert Qualification.objects.get().kind.code == "srdi"
