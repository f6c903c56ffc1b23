"""A rule in words: who, when, how much, who pays, how often, what the text leaves open. Read from its own data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.money import wan_text
from plans.models import OpenQuestion
from plans.planfile.vocab import LABELS
from plans.selectors import QuestionView, in_words
from plans.selectors import questions as all_questions
from subsidies.events import day_words
from subsidies.models import PayerGrant, Rule

BENEFICIARIES = {"carrier": "科创载体", "enterprise": "企业", "person": "个人", "other": "其他(文本未限定)"}
EVENTS = {
    "designated": "获得认定",
    "newly_designated": "首次获得认定",
    "municipal_operating_grant": "市级已批准年度运营补贴",
    "municipal_reward_grant": "市级已批准绩效评价后奖励",
    "annual_grade": "年度绩效评价达到等次",
    "yearly_operation": "年度运营",
    "milestone_evaluation": "里程碑绩效评价",
    "outstanding_effect": "成效突出",
    "overseas_recruitment": "引进海外人才",
    "excess_return": "产生超额收益",
    "stage_of_development": "处于不同发展阶段",
    "application": "申请",
    "standard_or_contest": "标准或大赛",
    "construction_progress": "建设进展情况",
    "loan_default_risk": "贷款发生风险",
    "by_cited_document": "按所引文件",
    "by_county_policy": "按县(市、区)政策",
    "not_stated": "文本未写明",
}
HELD_DAYS = {
    "designation": "认定日期",
    "grade_published": "评价结果公布日期",
    "other_payment": "市级资助批准日期",
    "not_stated": "文本未写明",
}
_GRANTS = dict(PayerGrant.Kind.choices)
_COMPUTED = {"fixed", "ceiling", "match"}


def amount_words(definition: dict[str, Any]) -> str:
    """How much, in one phrase: 定额 100 万元, 最高 60 万元, 按市级资助金额 1:1 匹配 ..."""
    amount = definition["amount"]
    form = amount["form"]
    if form == "fixed":
        return f"定额 {wan_text(Decimal(amount['yuan']))}"
    if form == "ceiling":
        return f"最高 {wan_text(Decimal(amount['yuan']))}(上限)"
    if form == "match":
        ratio = amount.get("ratio_stated") or f"{amount.get('wording', '')}(比例未写明)"
        return f"按{_GRANTS.get(amount.get('basis', ''), '其他出资')}匹配:{ratio}"
    word = LABELS["amount_form"].get(form, "文本未写明")
    return f"{word}:{amount['wording']}" if amount.get("wording") else word


def payer_words(definition: dict[str, Any]) -> str:
    """Who pays; what the text does not state is marked as inferred."""
    names = [LABELS["payer"].get(code, "其他") for code in definition.get("payers", ())]
    if not names:
        return "文本未写明"
    return "、".join(names) + ("" if definition.get("payers_stated") else "(推断)")


def is_computed(rule: Rule) -> bool:
    """Whether the text gives what an amount can be computed from."""
    return rule.beneficiary == "carrier" and rule.form in _COMPUTED


def facts(rule: Rule, *, titles: dict[str, str], area: str) -> list[dict[str, Any]]:
    """The rule as items of a list: label, value, note."""
    definition = rule.definition
    who = definition["who"]
    named = "、".join(titles.get(code, code) for code in who.get("titles_any_of", ()))
    grades = _grade_names(rule, who.get("grades_any_of", ()))
    event = EVENTS.get(who["event"], "文本未写明") + (f":{grades}" if grades else "")
    frequency = LABELS["rule_frequency"].get(rule.frequency, "文本未写明")
    return [
        {"label": "给谁", "value": BENEFICIARIES.get(rule.beneficiary, "其他"), "note": named or who.get("text", "")},
        {"label": "什么情形", "value": event, "note": _quoted(who.get("event_quote"))},
        {"label": "给多少", "value": amount_words(definition)},
        {"label": "谁出资", "value": payer_words(definition), "note": definition.get("payers_split", "")},
        {
            "label": "多久一次",
            "value": frequency,
            "note": "" if definition.get("frequency_stated", True) else "文本未写明,按理解",
        },
        {"label": "适用区域", "value": area},
        {"label": "有效期", "value": _period(rule), "note": _period_note(definition)},
        {"label": "以哪一天对照有效期", "value": HELD_DAYS.get(definition["effective_date_of"], "文本未写明")},
    ]


def _quoted(text: str | None) -> str:
    return f"“{text}”" if text else ""


def _grade_names(rule: Rule, codes: list[str]) -> str:
    terms = {term["code"]: term["name"] for term in rule.plan.definition.get("terms", ())} if codes else {}
    return "、".join(terms.get(code, code) for code in codes)


def _period(rule: Rule) -> str:
    if rule.effective_from is None and rule.effective_to is None:
        return "文本未写明"
    start = day_words(rule.effective_from) if rule.effective_from else "起始未写明"
    return f"{start}至{day_words(rule.effective_to)}" if rule.effective_to else f"{start}起,终止未写明"


def _period_note(definition: dict[str, Any]) -> str:
    return "文本未写明,按计划期" if definition["effective"].get("plan_period") else ""


def questions(rule: Rule, on: date) -> list[QuestionView]:
    """The open questions of the rule with what was decided by ``on``, blocking ones first. Four queries at most."""
    codes = rule.definition.get("decisions", [])
    rows: list[OpenQuestion] = list(all_questions().filter(code__in=codes).order_by("-blocking", "code"))
    return in_words(rows, on)
