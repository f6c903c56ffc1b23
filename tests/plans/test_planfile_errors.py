"""Wrong plan files: each fault is named with its file, line and field, in Chinese.

The plan that is spoilt here is the one of docs/plan-files.md, so that the guide is tested too.
"""

import hashlib
import re
from pathlib import Path

import pytest
import yaml

from plans.planfile import PlanFileError, read_plan, read_plans
from plans.planfile.encoding import encode

GUIDE = (Path(__file__).parents[2] / "docs" / "plan-files.md").read_text(encoding="utf-8")


def example(kind):
    return re.search(rf"<!-- example: {kind} -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)[1]


TEXT, PLAN = example("text"), example("plan")


def write(folder, plan, text=TEXT, name="example"):
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts" / "example.txt").write_text(text, encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(plan, encoding="utf-8")
    return path


def faults(path):
    with pytest.raises(PlanFileError) as caught:
        read_plan(path)
    return caught.value.problems


def spoil(old, new):
    assert old in PLAN, f"the guide no longer holds: {old}"
    return PLAN.replace(old, new, 1)


def test_the_plan_of_the_guide_is_right(tmp_path):
    plan = read_plan(write(tmp_path, PLAN))
    assert [target.code for target in plan.targets] == ["EX-T01", "EX-T02"]
    assert plan.clause_text("II.1").endswith("一次性50万元资助。")
    became = [(n.span.words, n.items[0].code) for n in encode(plan) if n.status == "encoded"]
    assert became == [("3家", "EX-T01"), ("一次性", "EX-S01"), ("50万元", "EX-S01"), ("20万元", "EX-S02")]
    assert [n.span.words for n in encode(plan) if n.status == "not_encoded"] == []


CASES = yaml.safe_load((Path(__file__).parent / "planfile_faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_fault_is_named(tmp_path, case):
    spoilt = spoil(case["replace"].rstrip("\n"), case["by"].rstrip("\n"))
    path = write(tmp_path, spoilt)
    problems = faults(path)
    found = [p for p in problems if p.field == case["field"] and case["says"] in p.message_zh]
    assert found, [str(problem) for problem in problems]
    assert found[0].file == str(path)
    lines = [number for number, line in enumerate(spoilt.split("\n"), 1) if case["at"] in line]
    assert found[0].line in lines


@pytest.mark.parametrize(
    ("old", "new", "words", "message"),
    [
        ("    unit: 家\n", "\tunit: 家\n", "\tunit: 家", "制表符"),
        ("    name: 示例区\n", "    name: 示例区: 区\n", "name: 示例区: 区", "单引号"),
        ("    aliases: [区科委]", "    aliases: [区科委", "type: district_department", "逗号"),
        ("    name: 各镇\n", "   name: 各镇\n", "   name: 各镇", "缩进"),
        ("    name: 各镇\n", "    name: '各镇\n", None, "引号"),
        ("    name: 各镇\n", "    name: &a [*a]\n", "[*a]", "引用别处"),
        ("    rank: 1\n", "    rank: !!python/name:os.system\n", "os.system", "YAML 写法有误"),
    ],
)
def test_yaml_that_cannot_be_read(tmp_path, old, new, words, message):
    spoilt = spoil(old, new)
    (problem,) = faults(write(tmp_path, spoilt))
    assert message in problem.message_zh
    assert problem.field == "(写法)"
    if words:
        assert words in spoilt.split("\n")[problem.line - 1]


def test_a_number_too_long_to_read(tmp_path):
    (problem,) = faults(write(tmp_path, spoil("    rank: 1\n", f"    rank: {'9' * 5000}\n")))
    assert "过长的数字" in problem.message_zh


def test_every_fault_is_listed_in_the_order_of_the_lines(tmp_path):
    spoilt = spoil("    value: 3\n", "    value: 三\n").replace("    rank: 1\n", "    rank: 一\n")
    found = faults(write(tmp_path, spoilt))
    assert [problem.field for problem in found] == ["terms.grade_excellent.rank", "targets.EX-T01.value"]


def test_match_without_ratio_must_ask_for_one(tmp_path):
    spoilt = spoil("    value_kind: ratio", "    value_kind: text")
    assert any("不得默认比例" in problem.message_zh for problem in faults(write(tmp_path, spoilt)))


def test_unquoted_ratio_and_no_stay_words(tmp_path):
    plan = spoil("      wording: 相应资金匹配", "      ratio: 1\n      ratio_stated: 1:1").replace(
        "    name: 各镇", "    name: no"
    )
    loaded = read_plan(write(tmp_path, plan))
    assert loaded.subsidy_rules[2].amount.ratio_stated == "1:1"
    assert loaded.area_groups[0].name == "no"


def test_in_force_before_it_was_issued_is_allowed(tmp_path):
    plan = spoil("    stated: false\n    fallback_from: 2024-01-15\n    fallback_reason: 文中没有施行日,以印发日暂代",
                 "    from: 2024-01-01\n    stated: true")  # fmt: skip
    assert read_plan(write(tmp_path, plan)).plan.effective.start.isoformat() == "2024-01-01"


def second_version(effective):
    rule = PLAN[PLAN.index("  - code: EX-S01") : PLAN.index("  - code: EX-S02")]
    newer = rule.replace("  - code: EX-S01", "  - code: EX-S01\n    version: 2").replace(
        "    effective:\n      plan_period: true", f"    effective: {effective}"
    )
    return PLAN.replace("  - code: EX-S02", newer + "  - code: EX-S02", 1).replace(
        "    effective:\n      plan_period: true", "    effective: {from: 2024-01-01, to: 2024-12-31}", 1
    )


def test_versions_of_a_rule_follow_each_other(tmp_path):
    plan = read_plan(write(tmp_path, second_version("{from: 2025-01-01}")))
    assert [rule.version for rule in plan.subsidy_rules if rule.code == "EX-S01"] == [1, 2]


def test_versions_of_a_rule_may_not_overlap(tmp_path):
    (problem,) = faults(write(tmp_path, second_version("{from: 2024-12-31}")))
    assert "第2版与第1版的有效期重叠" in problem.message_zh


ALLOCATED = (
    "    value: 3\n    allocations:\n      - {{area: example, value: {share}}}\n    allocations_period: whole_period\n"
)
CHECK = "    allocations_check: {{whole_cell: '3', whole: 3, total: {total}, agrees: {agrees}}}\n"


def shared(share, total, agrees):
    return spoil("    value: 3\n", ALLOCATED.format(share=share) + CHECK.format(total=total, agrees=agrees))


def test_shares_that_do_not_add_up_are_reported_not_corrected(tmp_path):
    target = read_plan(write(tmp_path, shared(5, 5, "false"))).targets[0]
    assert (target.value, target.allocations_check.total, target.allocations_check.agrees) == (3, 5, False)


@pytest.mark.parametrize(
    ("total", "agrees", "message"),
    [(3, "true", "各单位合计应为 5,写的是 3"), (5, "true", "合计 5,总数 3,此处应写 false")],
)
def test_a_sum_may_not_be_misstated(tmp_path, total, agrees, message):
    assert message in [problem.message_zh for problem in faults(write(tmp_path, shared(5, total, agrees)))]


def test_shares_need_their_check(tmp_path):
    spoilt = spoil("    value: 3\n", ALLOCATED.format(share=5))
    assert any("须写 allocations_check" in problem.message_zh for problem in faults(write(tmp_path, spoilt)))


def test_a_changed_text_is_noticed(tmp_path):
    changed = TEXT.replace("3家", "4家")
    found = faults(write(tmp_path, PLAN, changed))
    digest = hashlib.sha256(changed.encode()).hexdigest()
    assert any(problem.field == "plan.text.sha256" and digest in problem.message_zh for problem in found)


@pytest.mark.parametrize(
    ("file", "message"), [("texts/none.txt", "读不到文本文件"), ("../other.txt", "须放在计划文件所在目录之内")]
)
def test_the_text_must_be_there(tmp_path, file, message):
    (problem,) = faults(write(tmp_path, spoil("file: texts/example.txt", f"file: {file}")))
    assert problem.field == "plan.text.file"
    assert message in problem.message_zh


def test_no_such_file(tmp_path):
    (problem,) = faults(tmp_path / "none.yaml")
    assert (problem.line, problem.message_zh) == (1, "找不到这个文件")


@pytest.mark.parametrize("content", ["", "- 一\n- 二\n", "只是一句话\n"])
def test_a_file_that_is_no_plan(tmp_path, content):
    (problem,) = faults(write(tmp_path, content))
    assert "字段: 值" in problem.message_zh


def other(name="示例区"):
    """The same plan under another prefix, its area perhaps under another name."""
    return PLAN.replace("EX-", "OT-").replace("    name: 示例区\n", f"    name: {name}\n")


def test_files_that_agree_are_read_together(tmp_path):
    first, second = write(tmp_path, PLAN), write(tmp_path, other(), name="other")
    assert [plan.plan.code for plan in read_plans([first, second])] == ["EX-2024-2026", "OT-2024-2026"]


def test_one_code_may_not_mean_two_things(tmp_path):
    first, second = write(tmp_path, PLAN), write(tmp_path, other(name="别的区"), name="other")
    with pytest.raises(PlanFileError) as caught:
        read_plans([first, second])
    (problem,) = caught.value.problems
    assert (problem.file, problem.field) == (str(second), "areas.example.name")
    assert "同一编号在各文件中须指同一事物" in problem.message_zh


def test_two_files_may_not_be_one_plan(tmp_path):
    first, second = write(tmp_path, PLAN), write(tmp_path, PLAN, name="copy")
    with pytest.raises(PlanFileError) as caught:
        read_plans([first, second])
    assert any("计划编号“EX-2024-2026”" in problem.message_zh for problem in caught.value.problems)


def test_a_rule_named_in_another_plan_must_exist_there(tmp_path):
    asking = other().replace("    payers: [district]\n", "    depends_on: [EX-S99]\n    payers: [district]\n", 1)
    first, second = write(tmp_path, PLAN), write(tmp_path, asking, name="other")
    assert read_plan(second).subsidy_rules[0].depends_on == ["EX-S99"]
    with pytest.raises(PlanFileError) as caught:
        read_plans([first, second])
    assert "没有编号为“EX-S99”的资助规则" in str(caught.value)


def test_if_one_file_is_wrong_none_is_returned(tmp_path):
    first, second = write(tmp_path, PLAN), write(tmp_path, other().replace("value: 3\n", "value: 三\n"), name="other")
    with pytest.raises(PlanFileError) as caught:
        read_plans([first, second])
    assert {problem.file for problem in caught.value.problems} == {str(second)}
