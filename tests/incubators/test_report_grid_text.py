"""How the grid reads figures and blocks of cells: its scripts in a browser, on a page with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.browser

WAN = {"kind": "money", "unit": "万元"}
# Carriers and columns of the grid in these tests; 丙 there is twice.
NAMES = ["甲孵化器", "乙孵化器", "丙孵化器(一期)", "丙孵化器(二期)", "丁众创空间", "丁众创空间"]
ROWS = [{"code": f"ZX-{n}", "name": name} for n, name in enumerate(NAMES, 1)]
COLUMNS = [
    {"id": "area", "label": "可自主支配面积", "unit": "㎡", "kind": "area"},
    {"id": "mentors", "label": "创业导师", "unit": "人", "kind": "count"},
    {"id": "financing", "label": "本月获投融资金额", "unit": "万元", "kind": "money"},
    {"id": "filled_by", "label": "填表人", "unit": "", "kind": "text"},
]


@pytest.fixture(scope="module")
def grid(browser):
    """Calls a function of the grid: ``grid("normal", "1,280", {...})``."""
    page = browser.new_page()
    for name in ("grid-text.js", "grid-block.js"):
        page.add_script_tag(path=Path(settings.BASE_DIR, "static", "js", name))
    yield lambda name, *given: page.evaluate(f"given => Grid.{name}(...given)", list(given))
    page.close()


@pytest.fixture
def pasted(grid):
    """Where a copied text goes: {"甲孵化器": {"mentors": "12"}}, and what was left out, in words."""

    def paste(text, row=0, col=0):
        found = grid("align", grid("parseBlock", text), ROWS, COLUMNS, {"row": row, "col": col})
        cells: dict[str, dict[str, str]] = {}
        for each in found["cells"]:
            cells.setdefault(ROWS[each["row"]]["name"], {})[COLUMNS[each["col"]]["id"]] = each["text"]
        return cells, grid("leftOut", found)

    return paste


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("1,280", "1280"),
        (" 007.50 ", "7.5"),
        ("12.5 万元", "12.5"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("-3", "-3"),
        ("缺:账单未到", "缺:账单未到"),
        (" -   ", "-"),  # an accountant's dash is for the server to judge
        ("12,5", "12,5"),
        ("1e5", "1e5"),
    ],
)
def test_a_figure_as_the_server_would_write_it(grid, typed, text):
    assert grid("normal", typed, WAN) == text


@pytest.mark.parametrize(
    ("texts", "sums"),
    [
        (["1", "2", "4"], {"count": 3, "sum": "7", "mean": "2.33"}),
        (["0.1", "0.2", "", "缺:账单"], {"count": 3, "sum": "0.3", "mean": "0.15"}),
        (["99999999999999.99", "0.01"], {"count": 2, "sum": "100000000000000", "mean": "50000000000000"}),
        (["-1", "0.995"], {"count": 2, "sum": "-0.005", "mean": "0"}),
        (["李运营", ""], {"count": 1, "sum": "", "mean": ""}),
    ],
)
def test_chosen_cells_are_counted_and_summed_exactly(grid, texts, sums):
    assert grid("sums", texts) == sums


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("5\n\n7", [["5"], [""], ["7"]]),
        ('"两行\n字"\t"引""号"', [["两行\n字", '引"号']]),
        ("", [[""]]),
    ],
)
def test_a_block_as_excel_copies_it(grid, text, rows):
    assert grid("parseBlock", text) == rows
    assert grid("parseBlock", grid("writeBlock", rows)) == rows


@pytest.mark.parametrize(
    ("block", "height", "width", "made"),
    [
        ([["5"]], 2, 2, [["5", "5"], ["5", "5"]]),
        ([["1"], ["2"]], 4, 1, [["1"], ["2"], ["1"], ["2"]]),
        ([["1"], ["2"]], 3, 1, [["1"], ["2"]]),
    ],
)
def test_a_block_fills_a_selection_as_often_as_it_fits(grid, block, height, width, made):
    assert grid("filled", block, height, width) == made


def test_a_block_without_names_goes_down_and_right(pasted):
    assert pasted("5\t60\n\t70", row=1, col=1) == (
        {"乙孵化器": {"mentors": "5", "financing": "60"}, "丙孵化器(一期)": {"mentors": "", "financing": "70"}},
        "",
    )
    assert pasted("5\n\n7", col=1)[0] == {
        "甲孵化器": {"mentors": "5"},
        "乙孵化器": {"mentors": ""},
        "丙孵化器(一期)": {"mentors": "7"},
    }


BOTH = {"乙孵化器": {"area": "5100", "mentors": "9"}, "甲孵化器": {"area": "6000", "mentors": "12"}}
HEADS = "载体名称\t可自主支配面积\t创业导师"
LINES = "乙孵化器\t5100\t9\n甲孵化器\t6000\t12"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{HEADS}\n{LINES}", ""),
        (LINES, ""),
        (f"{LINES}\n合计\t11100\t21", "没有找到:合计"),
        (f"{HEADS}\n{LINES}\n\t\t", ""),
        (f"{HEADS}\n{LINES}\n\n", ""),
        (f"{HEADS}\n{LINES}\n廊下\t1\t1\n合计\t2\t2", "没有找到:廊下、合计"),
        ("名称\t可自主支配面积\t备注\t创业导师\n乙孵化器\t5100\t新增\t9\n甲孵化器\t6000\t\t12", "没有这一列:备注"),
        ("编号\t名称\t可自主支配面积\t创业导师\nZX-2\t乙孵化器\t5100\t9\nZX-1\t甲孵化器\t6000\t12", ""),
        ("ZX-2\t乙孵化器\t5100\t9\nZX-1\t甲孵化器\t6000\t12", ""),
        ("序号\t载体\t可自主支配面积\t创业导师\n1\t乙孵化器\t5100\t9\n2\t甲孵化器\t6000\t12", ""),
        ("1\t乙孵化器\t5100\t9\n2\t甲孵化器\t6000\t12\n3\t合计\t11100\t21", "没有找到:合计"),
        (f"2024年5月月报\t\t\n{HEADS}\n{LINES}", ""),
        (f"{HEADS}\n\t㎡\t人\n{LINES}", ""),
        ("载体\t可自主支配面积(平方米)\t创业导师(名)\n" + LINES, ""),
    ],
)
def test_what_has_a_name_goes_where_the_name_is(pasted, text, left):
    assert pasted(text, row=3, col=0) == (BOTH, left)


@pytest.mark.parametrize(
    "text",
    [
        "戊孵化器\t5100\t9\n己孵化器\t6000\t12",
        f"{HEADS}\n戊孵化器\t5100\t9\n己孵化器\t6000\t12",
        "序号\t名称\t创业导师\n1\t戊孵化器\t5\n2\t己孵化器\t7",
        "1\t戊孵化器\t5\n2\t己孵化器\t7",
    ],
)
def test_names_none_of_which_is_in_the_grid_are_not_put_by_position(pasted, text):
    assert pasted(text) == ({}, "没有找到:戊孵化器、己孵化器")


def test_many_that_are_left_out_are_counted(pasted):
    lines = "\n".join(f"别处{n}孵化器\t{n}" for n in range(9))
    assert pasted(lines)[1].endswith("别处5孵化器等 9 处")


def test_a_head_without_names_goes_down_from_the_cell(pasted):
    assert pasted("创业导师\n9\n12", row=1, col=0)[0] == {
        "乙孵化器": {"mentors": "9"},
        "丙孵化器(一期)": {"mentors": "12"},
    }


def test_gaps_and_units_in_cells_are_no_names(pasted):
    text = "缺:账单未到\t1\n200 万元\t2"
    assert pasted(text, col=0)[0] == {
        "甲孵化器": {"area": "缺:账单未到", "mentors": "1"},
        "乙孵化器": {"area": "200 万元", "mentors": "2"},
    }


@pytest.mark.parametrize(
    ("head", "typed", "text"),
    [
        ("本月获投融资金额(元)", "3200000", "320"),
        ("本月获投融资金额(元)", "3,200,000.50元", "320.00005"),
        ("本月获投融资金额(元)", "5", "0.0005"),
        ("本月获投融资金额（单位：元）", "-32000", "-3.2"),
        ("本月获投融资金额(千元)", "3200", "320"),
        ("本月获投融资金额(万元)", "320", "320"),
        ("本月获投融资金额", "320", "320"),
        ("本月获投融资金额(元)", "0", "0"),
        ("本月获投融资金额(元)", "缺:未到账", "缺:未到账"),
        ("本月获投融资金额(元)", "约三百万", "约三百万"),
    ],
)
def test_the_unit_of_a_head_is_converted(pasted, head, typed, text):
    assert pasted(f"载体\t{head}\n甲孵化器\t{typed}") == ({"甲孵化器": {"financing": text}}, "")


def test_a_unit_above_or_below_the_heads_is_converted_too(pasted):
    in_wan = {"甲孵化器": {"mentors": "12", "financing": "320"}}
    assert pasted("单位:元\n载体\t创业导师\t本月获投融资金额\n甲孵化器\t12\t3200000")[0] == in_wan
    assert pasted("载体\t创业导师\t本月获投融资金额\n\t人\t元\n甲孵化器\t12\t3200000")[0] == in_wan


@pytest.mark.parametrize(
    "head", ["本月获投融资金额(美元)", "本月获投融资金额(亿元)", "可自主支配面积(亩)", "创业导师(万人)"]
)
def test_a_column_in_another_unit_is_left_out_and_named(pasted, head):
    text = f"载体\t{head}\t填表人\n甲孵化器\t3\t李运营"
    assert pasted(text) == ({"甲孵化器": {"filled_by": "李运营"}}, f"单位不同,没有粘贴:{head}")


def test_names_that_differ_in_a_bracket_are_two(pasted):
    text = "载体\t创业导师\n丙孵化器（二期）\t5\n丙孵化器(一期)\t7"
    assert pasted(text)[0] == {"丙孵化器(二期)": {"mentors": "5"}, "丙孵化器(一期)": {"mentors": "7"}}
    assert pasted("载体\t创业导师\n丙孵化器\t5") == ({}, "没有找到:丙孵化器")


def test_a_name_of_two_carriers_asks_for_the_number(grid, pasted):
    assert pasted("载体\t创业导师\n丁众创空间\t5\n甲孵化器\t7") == (
        {"甲孵化器": {"mentors": "7"}},
        "名称有两家,请加编号:丁众创空间",
    )
    block = [["编号", "载体", "创业导师"], ["ZX-6", "丁众创空间", "5"], ["ZX-1", "乙孵化器", "7"]]
    found = grid("align", block, ROWS, COLUMNS, {"row": 0, "col": 0})
    assert found["cells"] == [{"row": 5, "col": 1, "text": "5"}]
    assert grid("leftOut", found) == "编号与名称不符或重复:乙孵化器"
