"""The officers' worked cases, one test each. A case that fails names its rule and situation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from plans.planfile import read_plan
from subsidies.amounts import refusal
from subsidies.entitlement import evaluate
from subsidies.terms import (
    CarrierFacts,
    DecisionFact,
    Finding,
    GradeFact,
    GrantFact,
    PriorFact,
    RuleTerms,
    TitleFact,
    narrow,
)

ROOT = Path(settings.BASE_DIR) / "fixtures"
VERDICTS = {"应予": "payable", "不予": "not_payable", "尚不能定": "undecided", "规则未生效": "not_in_force"}
KNOWN = {"认定", "等次", "市级资助", "已列入", "关闭", "区域", "位于", "决定", "拟核定"}
PARTS = {
    "认定": {"称号", "日期", "终止", "原因"},
    "等次": {"年度", "等次", "称号", "公布"},
    "市级资助": {"种类", "年度", "批准", "批准日", "到账"},
}
DUE = {"结论", "测算", "上限", "尚缺", "理由", "提示", "核定"}
GRANTED = "可以"
AREAS = {"金山区": "/cn/sh/sh-jinshan/", "奉贤区": "/cn/sh/sh-fengxian/"}


def _cases() -> list[Any]:
    files = sorted((ROOT / "cases" / "jinshan").glob("*.yaml"))
    cases = [case for path in files for case in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return [pytest.param(case, id=f"{case['规则']} {case['情形']}") for case in cases]


CASES = _cases()
PLAN = read_plan(ROOT / "plans" / "jinshan-2024-2026.yaml")
RULES = {rule.code: rule for rule in PLAN.subsidy_rules}


def _terms(code: str, decided: dict[str, Any]) -> RuleTerms:
    rule = RULES[code]
    words = {title.code: title.name for title in PLAN.titles}
    decisions = tuple(
        DecisionFact(
            code=d.code,
            role=d.role or "",
            question=d.question,
            blocking=d.blocking,
            value=decided.get(d.code),
            decided_by="测试",
            document="测试文件",
        )
        for d in PLAN.decisions
        if d.code in rule.decisions
    )
    return RuleTerms(
        code=rule.code,
        name=rule.name,
        beneficiary=rule.who.kind,
        event=rule.who.event,
        titles=tuple(rule.who.titles_any_of),
        grades=tuple(rule.who.grades_any_of),
        frame=rule.who.frame or "",
        area_path=AREAS["金山区"],
        form=rule.amount.form,
        yuan=rule.amount.yuan,
        ratio=rule.amount.ratio,
        ratio_words=rule.amount.ratio_stated or "",
        basis=rule.amount.basis or "",
        base_ceilings={
            grade: RULES[other].amount.yuan
            for other in rule.amount.of_rules
            for grade in RULES[other].who.grades_any_of
        },
        payers=tuple(rule.payers),
        payers_stated=rule.payers_stated,
        one_off=rule.frequency == "one_off",
        effective_from=PLAN.plan.period.start,
        effective_to=PLAN.plan.period.end,
        issued_on=PLAN.plan.issued_on,
        title_words=words,
        grade_words={"grade_excellent": "优秀", "grade_good": "优良"},
        decisions=decisions,
    )


def _facts(known: dict[str, Any], rule: str) -> CarrierFacts:
    area, located = known.get("区域", "金山区"), known.get("位于", "")
    titles = tuple(
        TitleFact(
            id=n,
            title=t["称号"],
            name=t["称号"],
            awarded_on=t["日期"],
            ended_on=t.get("终止"),
            end_reason=t.get("原因", ""),
        )
        for n, t in enumerate(known.get("认定", ()))
    )
    grades = tuple(
        GradeFact(
            id=n, frame="JS-E01", year=g["年度"], grade=g["等次"], title=g.get("称号", ""), published_on=g["公布"]
        )
        for n, g in enumerate(known.get("等次", ()))
    )
    grants = tuple(
        GrantFact(
            id=n,
            kind=g["种类"],
            year=g["年度"],
            approved=Decimal(str(g["批准"])),
            approved_on=g["批准日"],
            received=Decimal(str(g["到账"])) if "到账" in g else None,
        )
        for n, g in enumerate(known.get("市级资助", ()))
    )
    prior = tuple(PriorFact(id=n, rule=rule, year=y, state="paid") for n, y in enumerate(known.get("已列入", ())))
    return CarrierFacts(
        id=1,
        code="T1",
        name="测试载体",
        kind="incubator",
        area=area,
        area_path=AREAS[area],
        located_in=located,
        located_path=AREAS[located] if located else "",
        opened_on=date(2015, 1, 1),
        closed_on=known.get("关闭"),
        titles=titles,
        grades=grades,
        grants=grants,
        prior=prior,
    )


def _finding(case: dict[str, Any]) -> Finding:
    known, year = case["已知"], case["年度"]
    as_of = case.get("数据截止", date(year + 1, 12, 31))
    terms = _terms(case["规则"], known.get("决定", {}))
    facts = narrow(terms, _facts(known, case["规则"]), year)
    return evaluate(terms, facts, year=year, as_of=as_of)


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    assert set(case["已知"]) <= KNOWN, "the case names a fact that does not exist"
    for name, parts in PARTS.items():
        assert all(set(entry) <= parts for entry in case["已知"].get(name, ()))
    due = case["应得"]
    assert set(due) <= DUE
    finding = _finding(case)
    assert finding.verdict == VERDICTS[due["结论"]], finding.reason
    proposed = sum((s.proposed for s in finding.shares if s.proposed is not None), Decimal(0))
    ceiling = sum((s.ceiling for s in finding.shares if s.ceiling is not None), Decimal(0))
    assert (proposed if any(s.proposed is not None for s in finding.shares) else None) == _money(due.get("测算"))
    assert (ceiling if any(s.ceiling is not None for s in finding.shares) else None) == _money(due.get("上限"))
    assert due.get("理由", "") in finding.reason
    said = ";".join(m.what + (f"({m.decision})" if m.decision else "") for m in finding.missing)
    assert due.get("尚缺", "") in said
    noted = ";".join(finding.notes)
    assert due.get("提示", "") in noted
    assert ("超过文本所写最高" in noted) == ("超过文本所写最高" in due.get("提示", ""))
    assert ("拟核定" in case["已知"]) == ("核定" in due)
    if "核定" in due:
        (share,) = finding.shares
        reason = refusal(Decimal(str(case["已知"]["拟核定"])), ceiling=share.ceiling, proposed=share.proposed)
        assert (reason or GRANTED) == due["核定"]


@pytest.mark.parametrize("case", CASES)
def test_computed_twice_it_says_the_same(case: dict[str, Any]) -> None:
    """A second time, from what a dossier keeps, after a way through JSON."""
    known, year = case["已知"], case["年度"]
    terms = _terms(case["规则"], known.get("决定", {}))
    facts = narrow(terms, _facts(known, case["规则"]), year)
    as_of = case.get("数据截止", date(year + 1, 12, 31))
    kept_terms = RuleTerms.model_validate_json(terms.model_dump_json())
    kept_facts = CarrierFacts.model_validate_json(facts.model_dump_json())
    assert evaluate(kept_terms, narrow(kept_terms, kept_facts, year), year=year, as_of=as_of) == _finding(case)


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def test_every_rule_of_the_plan_has_cases() -> None:
    assert {case.values[0]["规则"] for case in CASES} == set(RULES)


def _days(value: Any) -> set[date]:
    """Every day written anywhere in a case's facts."""
    if isinstance(value, date):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {day for part in parts for day in _days(part)}


def _of(rule: str) -> list[dict[str, Any]]:
    return [case.values[0] for case in CASES if case.values[0]["规则"] == rule]


MONEY = sorted(set(RULES) - {"JS-S11"})
GRADED = [code for code in MONEY if RULES[code].who.event == "annual_grade"]


@pytest.mark.parametrize("rule", MONEY)
def test_every_rule_has_cases_at_the_edges_of_its_period(rule: str) -> None:
    start, end = PLAN.plan.period.start, PLAN.plan.period.end
    edges = {start - timedelta(days=1), start, end, end + timedelta(days=1)}
    # After the period the rule is expired, whatever the day; so a later year stands for the day after.
    later = any(case["年度"] > end.year and case["应得"]["结论"] == "规则未生效" for case in _of(rule))
    days = {day for case in _of(rule) for day in _days(case["已知"])} | ({end + timedelta(days=1)} if later else set())
    assert edges <= days


@pytest.mark.parametrize("rule", MONEY)
def test_every_rule_has_a_withdrawal_another_district_and_all_four_answers(rule: str) -> None:
    cases = _of(rule)
    assert {case["应得"]["结论"] for case in cases} == set(VERDICTS)
    assert any("终止" in title for case in cases for title in case["已知"].get("认定", ()))
    assert any(case["已知"].get("区域") == "奉贤区" for case in cases)
    assert any("数据截止" in case for case in cases)


@pytest.mark.parametrize("rule", MONEY)
def test_every_amount_has_grants_at_and_above_its_limit(rule: str) -> None:
    asked = [case for case in _of(rule) if "拟核定" in case["已知"]]
    against = [
        (Decimal(str(case["已知"]["拟核定"])) - _money(case["应得"].get("上限", case["应得"].get("测算"))), case)
        for case in asked
    ]
    assert any(over == Decimal("0.01") and "不能超过" in case["应得"]["核定"] for over, case in against)
    if rule != "JS-S01":
        assert any(over == 0 and case["应得"]["核定"] == GRANTED for over, case in against)


@pytest.mark.parametrize("rule", GRADED)
def test_every_graded_rule_has_a_grade_not_recorded_and_one_it_does_not_name(rule: str) -> None:
    known = [(case["已知"].get("等次"), case["应得"]["结论"]) for case in _of(rule)]
    assert (None, "尚不能定") in known
    named = set(RULES[rule].who.grades_any_of)
    assert any(grades and verdict == "不予" and grades[0]["等次"] not in named for grades, verdict in known)


def test_unknown_never_becomes_zero() -> None:
    """Where something is missing there is no share at all, and a share of zero is computed, not assumed."""
    for case in CASES:
        finding = _finding(case.values[0])
        if finding.verdict != "payable":
            assert finding.shares == ()


def test_a_title_the_rule_does_not_name_is_still_shown_by_its_name() -> None:
    """A maker space's rule asked of an incubator says 市级科技企业孵化器, not the title's code."""
    case = {
        "规则": "JS-S07",
        "年度": 2025,
        "已知": {
            "认定": [{"称号": "incubator_municipal_sh", "日期": date(2021, 11, 20)}],
            "等次": [
                {"年度": 2025, "等次": "grade_excellent", "称号": "incubator_municipal_sh", "公布": date(2026, 6, 20)}
            ],
        },
    }
    facts = _facts(case["已知"], "JS-S07")
    named = facts.model_copy(
        update={"titles": tuple(t.model_copy(update={"name": "市级科技企业孵化器"}) for t in facts.titles)}
    )
    finding = evaluate(_terms("JS-S07", {}), named, year=2025, as_of=date(2026, 12, 31))
    assert "评价结果登记的称号:市级科技企业孵化器" in finding.reason
