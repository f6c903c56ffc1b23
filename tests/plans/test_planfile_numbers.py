"""Numbers in the words of a policy, and what they became."""

from decimal import Decimal
from pathlib import Path

import pytest

from plans.planfile import read_plan
from plans.planfile.encoding import encode
from plans.planfile.numbers import chinese, find_numbers

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("给予一次性100万元资助", [("一次性", 1, "次性"), ("100万元", 1000000, "元")]),
        ("分别给予最高60万元、30万元补贴", [("60万元", 600000, "元"), ("30万元", 300000, "元")]),
        ("分别达60%、65%、70%", [("60%", 60, "%"), ("65%", 65, "%"), ("70%", 70, "%")]),
        ("占比达12.5％", [("12.5％", Decimal("12.5"), "%")]),
        ("孵化培育1万家科技型中小企业", [("1万家", 10000, "家")]),
        ("科技投入达到13亿以上", [("13亿", 1300000000, "")]),
        ("规模达到1000亿元", [("1000亿元", 100000000000, "元")]),
        ("不低于15万平方米", [("15万平方米", 150000, "平方米")]),
        ("汇聚4000余家硬科技企业", [("4000余家", 4000, "家")]),
        ("千亿级产值规模", [("千亿级", 100000000000, "级")]),
        ("估值亿元以上企业", [("亿元", 100000000, "元")]),
        ("配备一名服务专员", [("一名", 1, "名")]),
        ("不少于一支种子基金", [("一支", 1, "支")]),
        ("等三类资金资助", [("三类", 3, "类")]),
        ("等五个方面", [("五个方面", 5, "个方面")]),
        ("聘请十五名导师", [("十五名", 15, "名")]),
        ("认定数量翻一番", [("翻一番", 2, "倍")]),
        ("每万名从业人员500人", [("500人", 500, "人")]),
        ("每万人口拥有量达到20件", [("20件", 20, "件")]),
        ("23条重点产业链", [("23条", 23, "条")]),
    ],
)
def test_numbers_that_count(words, found):
    assert [(n.words, n.value, n.unit) for n in find_numbers(words)] == found
    assert {n.kind for n in find_numbers(words)} == {"number"}


@pytest.mark.parametrize(
    "words",
    [
        "一批硬科技企业", "形成若干孵化集群", "一体一策", "“一对一”指导", "一流孵化人才", "唯一一个功能区",
        "一站式服务", "每个园区", "统一标准", "第一名", "党的二十大精神", "“六路”孵化人才", "给予一定比例的补贴",
        "(一)构建机制", "一、总体要求", "一是促进成果转化", "3.建设综合平台", "15、探索建设", "——优化布局",
    ],
)  # fmt: skip
def test_words_that_count_nothing(words):
    assert find_numbers(words) == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("到2026年", "year"), ("2024—2026年", "year"), ("2023-2025年", "year"), ("至2025年末", "year"),
        ("2024年1月31日", "date"), ("2024-01-10", "date"),
        ("“1+1+3”", "name"), ("“2+(3+6)+(4+5)”", "name"), ("“1+1+X”", "name"), ("5G网络", "name"),
        ("世界500强", "name"), ("盐政发﹝2021﹞19号", "name"), ("沪奉府发〔2022〕7号", "name"),
        ("1:1比例", "ratio"), ("2-3个", "range"), ("4000-5000个", "range"),
    ],
)  # fmt: skip
def test_classes(words, kind):
    assert [number.kind for number in find_numbers(words)] == [kind]


def test_ratio_and_range_values():
    (ratio,) = find_numbers("按1:0.5比例")
    assert ratio.value == Decimal("0.5")
    (span,) = find_numbers("打造2-3个")
    assert (span.value, span.upper, span.unit) == (2, 3, "个")


def test_spans_point_into_the_text():
    text = "第一行\n新增300家企业,\n200家高企"
    assert [text[n.start : n.end] for n in find_numbers(text)] == ["300家", "200家"]


def test_the_number_of_a_row_is_left_out_once():
    assert [n.words for n in find_numbers("2\n新增数\n20\n2", label="2")] == ["20", "2"]


@pytest.mark.parametrize(("words", "value"), [("两", 2), ("十", 10), ("十五", 15), ("二十", 20), ("三十六", 36)])
def test_chinese_numerals(words, value):
    assert chinese(words) == value


def linked(name):
    """What each number of a plan became: clause, words, best entry (or None), in order."""
    plan = read_plan(FIXTURES / f"{name}.yaml")
    return [
        (n.clause, n.span.words, n.items[0].code if n.items else None)
        for n in encode(plan)
        if n.status in ("encoded", "not_encoded")
    ]


def test_every_number_of_jinshan():
    assert linked("jinshan-2024-2026") == [
        ("II.p2", "1家", "JS-T01"), ("II.p2", "1家", "JS-T02"), ("II.p2", "3家", "JS-T03"),
        ("II.p3", "1名", "JS-T04"), ("II.p3", "1家", "JS-T05"), ("II.p3", "3个", "JS-T06"),
        ("II.p4", "300家", "JS-T08"), ("II.p4", "200家", "JS-T09"),
        ("III.2.a", "1家", "JS-T01"), ("III.2.a", "1家", "JS-T02"),
        ("III.2.b", "三类", None), ("III.2.b", "1:1", "JS-S02"),
        ("III.2.b", "一次性", "JS-S04"), ("III.2.b", "100万元", "JS-S04"),
        ("III.6.a", "60万元", "JS-S05"), ("III.6.a", "30万元", "JS-S06"),
        ("III.6.a", "40万元", "JS-S07"), ("III.6.a", "20万元", "JS-S08"),
        ("A.1", "1家", "JS-T01"), ("A.2", "1家", "JS-T02"), ("A.3", "3家", "JS-T03"), ("A.4", "1名", "JS-T04"),
        ("A.5", "1家", "JS-T05"), ("A.6", "3个", "JS-T06"), ("A.8", "300家", "JS-T08"), ("A.9", "200家", "JS-T09"),
    ]  # fmt: skip


def test_one_number_may_have_become_two_rules():
    plan = read_plan(FIXTURES / "jinshan-2024-2026.yaml")
    (ratio,) = [number for number in encode(plan) if number.span.kind == "ratio"]
    assert [(item.code, item.exact) for item in ratio.items] == [("JS-S02", True), ("JS-S03", True)]


@pytest.mark.parametrize(
    ("name", "passed_over"),
    [
        ("fengxian-2023-2025", []),
        ("minhang-dalinghaowan-2024", []),
        ("shanghai-hq-2023-2025", [("X.2.p2", "两类", None), ("X.2.p3", "两项", None)]),
        ("yancheng-2023-2025", []),
    ],
)
def test_numbers_passed_over(name, passed_over):
    assert [number for number in linked(name) if number[2] is None] == passed_over


def test_the_cells_of_the_yancheng_table():
    cells = [item for item in linked("yancheng-2023-2025") if item[0] and item[0].startswith("T.")]
    assert len(cells) == 4 * 12
    assert {item[2] for item in cells if item[0] == "T.3"} == {"YC-T03"}
    assert [item[1] for item in cells if item[0] == "T.3"] == [
        "500", "60", "50", "50", "50", "40", "40", "55", "60", "50", "45", "50",
    ]  # fmt: skip
