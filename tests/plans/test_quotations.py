"""Every quotation stands in the text, in the lines of its clause. Read without the plan file checks."""

from pathlib import Path

import pytest
import yaml

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
FILES = sorted(FIXTURES.glob("*.yaml"))
WITHOUT_CLAUSE = ("event_quote", "responsible_quote")
# How many quotations each file holds; a lost one must be noticed.
HOW_MANY = {
    "fengxian-2023-2025": 166,
    "jinshan-2024-2026": 165,
    "minhang-dalinghaowan-2024": 147,
    "shanghai-hq-2023-2025": 165,
    "yancheng-2023-2025": 177,
}


def quotations(node, clause=None):
    """Every (clause, words) of a file; words without a clause of their own take that around them."""
    if isinstance(node, dict):
        clause = node.get("clause", node.get("id") if "lines" in node else clause)
        for key in ("quote", *WITHOUT_CLAUSE):
            if key in node:
                yield clause, node[key]
        for value in node.values():
            yield from quotations(value, clause)
    elif isinstance(node, list):
        for item in node:
            yield from quotations(item, clause)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_quotations_stand_in_their_clause(path):
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    lines = (FIXTURES / data["plan"]["text"]["file"]).read_text(encoding="utf-8").split("\n")
    spans = {clause["id"]: clause["lines"] for clause in data["clauses"]}
    found = [(clause, str(words)) for clause, words in quotations(data)]
    astray = [
        (clause, words)
        for clause, words in found
        if words not in "\n".join(lines[spans[clause][0] - 1 : spans[clause][1]])
    ]
    assert astray == []
    assert len(found) == HOW_MANY[path.stem]


def test_texts_carry_no_remains_of_web_pages():
    rubbish = ("Baidu", "点赞", "收藏", "转发", "\u00a0", "\u2003")
    for path in (FIXTURES / "texts").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert [word for word in rubbish if word in text] == [], path.name


def test_the_shanghai_text_is_simplified_and_its_words_restored():
    text = (FIXTURES / "texts" / "shanghai-hq-2023-2025.txt").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 61
    for restored in ("知识产权", "优化", "应用场景", "创新计划", "人工智能", "资金链", "复合型", "着力点", "宣传报道"):
        assert restored in text
    for converted in ("智慧财产", "最佳化", "套用", "计画", "人工智慧", "网路", "覆合", "報", "個", "億"):
        assert converted not in text


def test_fengxian_text_ends_with_its_last_row():
    lines = (FIXTURES / "texts" / "fengxian-2023-2025.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 214
    assert lines[-1] == "各相关单位"
