"""Scheme files: the one that comes with the portal, and what a wrong one is told, with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluations.scheme_loading import default_files
from evaluations.schemefile.reading import SchemeFileError, read_scheme

GOOD = """\
code: mine
version: 1
name: 我的方案
demonstration: false
source: 测试文件
grades:
  by: score
  set:
    - { code: good, name: 优良, rank: 1, at_least: 60 }
    - { code: bad, name: 不合格, rank: 2 }
dimensions:
  - code: all
    name: 综合
    indicators:
      - code: incubatees
        name: 在孵企业
        weight: 100
        figure: { indicator: n_incubatee }
        method: { kind: per_unit, points: 5 }
"""


def problems(folder: Path, old: str, new: str) -> list[tuple[int, str, str]]:
    """Line, field and sentence of each fault after ``old`` was replaced by ``new``."""
    assert old in GOOD
    path = folder / "mine.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(SchemeFileError) as caught:
        read_scheme(path)
    assert {Path(each.file).name for each in caught.value.problems} == {"mine.yaml"}
    return [(each.line, each.field, each.message_zh) for each in caught.value.problems]


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_scheme(path).indicators[0].weight == 100


def test_the_demonstration_scheme_says_that_it_is_no_policy() -> None:
    (path,) = default_files()
    scheme = read_scheme(path)
    assert scheme.demonstration
    assert "演示方案,不是政策" in scheme.source
    assert [(each.name, int(each.weight)) for each in scheme.dimensions] == [
        ("服务能力", 30),
        ("服务成效", 40),
        ("可持续发展", 20),
        ("创新服务", 10),
    ]


INDICATOR = "dimensions.all.indicators.incubatees"
FAULTS = [
    ("weight: 100", "weight: 90", 11, "dimensions", "权重合计应为 100,现为 90(综合 90)"),
    ("weight: 100", "weight: 0", 17, f"{INDICATOR}.weight", "须大于0"),
    ("weight: 100", "wieght: 100", 17, f"{INDICATOR}.wieght", "不认识的字段“wieght”"),
    ("n_incubatee", "n_incubatees", 18, f"{INDICATOR}.figure.indicator", "指标目录中没有“n_incubatees”;是否想写"),
    ("n_incubatee", "area_coverage", 18, f"{INDICATOR}.figure.indicator", "不能按载体计算"),
    ("n_incubatee }", "n_incubatee, params: { x: 1 } }", 18, f"{INDICATOR}.figure.params", "不接受此参数"),
    ("kind: per_unit", "kind: per_unt", 19, f"{INDICATOR}.method", "是否想写“per_unit”"),
    ("points: 5 }", "point: 5 }", 19, f"{INDICATOR}.method.points", "缺少必填项“points”"),
    ("points: 5 }", "points: 五 }", 19, f"{INDICATOR}.method.points", "应为数字"),
    ("points: 5 }", "points: 5, cap: 120 }", 15, INDICATOR, "得分 120 超过该指标的权重 100"),
    ("rank: 2", "rank: 3", 6, "grades", "rank 依次为 1、2、3"),
    ("at_least: 60 ", "", 6, "grades", "除最后一个外,每个等次都须写 at_least"),
    ("demonstration: false", "demonstration: 否", 4, "demonstration", "只能写 true 或 false"),
    ("source: 测试文件\n", "", 1, "source", "缺少必填项“source”"),
    ("by: score", "by: scores", 7, "grades.by", "可用的有:score、quota"),
    ("{ indicator: n_incubatee }", "{ indicator: n_incubatee", 19, "(写法)", "方括号或花括号"),
]


@pytest.mark.parametrize(("old", "new", "line", "field", "words"), FAULTS, ids=[row[1][:24] for row in FAULTS])
def test_a_fault_is_named_with_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    found = problems(tmp_path, old, new)
    assert [each for each in found if each[0] == line and each[1] == field and words in each[2]], found


def test_an_expert_indicator_needs_a_criterion(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "figure: { indicator: n_incubatee }\n        method: { kind: per_unit, points: 5 }",
        "expert: true\n        method: { kind: expert }",
    )
    assert "须写评分标准 criterion" in found[0][2]


def test_missing_must_be_reasoned(tmp_path: Path) -> None:
    found = problems(tmp_path, "weight: 100", "weight: 100\n        missing: zero")
    assert "missing_reason" in found[0][2]


def test_a_veto_names_a_grade_of_the_scheme(tmp_path: Path) -> None:
    veto = "vetoes:\n  - { code: v, name: 空, figure: { indicator: n_incubatee }, at_most: 0, grade: worst }\n"
    found = problems(tmp_path, "dimensions:", f"{veto}dimensions:")
    assert found == [(12, "vetoes.v.grade", "等次“worst”不在 grades 中")]


def test_the_example_of_the_guide_is_a_sound_scheme(tmp_path: Path, settings) -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "schemes.md").read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(guide.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    scheme = read_scheme(path)
    assert (scheme.demonstration, len(scheme.indicators)) == (False, 3)
