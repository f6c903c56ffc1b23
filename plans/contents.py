"""What a plan file says, in the words of the plan's page: targets, rules, tasks, frames, duties. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money import wan_text
from plans.decisions import plain_number
from plans.planfile import PlanFile
from plans.planfile.schema_rules import SubsidyRule
from plans.planfile.schema_targets import Target
from plans.planfile.vocab import LABELS

FREQUENCIES = {
    "monthly": "每月", "yearly": "每年", "real_time": "实时", "continuous": "持续", "as_needed": "按需",
    "periodic_unspecified": "定期(未写明周期)", "per_milestone": "按里程碑", "per_batch": "按批次",
    "per_application": "按申请", "milestone_and_periodic": "里程碑与定期", "not_stated": "未写明",
    "one_off": "一次性", "per_evaluation": "每次评价", "per_loan": "每笔贷款", "per_fund_exit": "每次基金退出",
}  # fmt: skip
MEASURES = {"indicator": "由登记数据计算", "outside": "录入外部统计", "person": "人工确认"}
TEXT_KINDS = {
    "full_text": "全文", "full_text_with_annex": "全文与附件", "full_text_with_interpretation": "全文与解读",
    "excerpts": "摘录",
}  # fmt: skip
# What a reader must know before quoting the text.
QUALITY_WARNINGS = {
    "converted_copy": "本文由繁体转换文本还原,用词可能与正式文件有出入,引用前请核对正式文件。",
    "news_paraphrase": "本文是新闻报道的摘录与转述,不是政策原文;条款编号为本系统所加,不得作为政策原文引用。",
    "aggregator": "本文取自转载网站,没有印发日期和文号,引用前请核对正式文件。",
}
PAYERS = LABELS["payer"]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a tab: what it is called, what it says in a few words, where it stands, what hangs on it."""

    code: str
    name: str
    clause: str
    quote: str
    figure: str
    facts: Sequence[tuple[str, str]]
    doubts: Sequence[str] = ()
    questions: Sequence[str] = ()
    tags: Sequence[str] = ()
    url: str = ""


def number(value: Decimal, unit: str | None) -> str:
    """Yuan as 万元, everything else with its own unit."""
    return wan_text(value).replace(" ", "") if unit == "元" else f"{plain_number(value)}{unit or ''}"


def goal(target: Target) -> str:
    """The goal as the text has it: its own wording where that differs, else comparison, number and unit."""
    if target.stated_as:
        return target.stated_as
    if target.value is None:
        return LABELS["comparator"][target.comparator]
    words = number(target.value, target.unit)
    return words if not target.comparator_stated else f"{LABELS['comparator'][target.comparator]}{words}"


def amount(rule: SubsidyRule) -> str:
    """The amount of a rule: a ceiling is said to be one, and what is not stated is said not to be."""
    form, kind = rule.amount, LABELS["amount_form"][rule.amount.form]
    if form.yuan is not None:
        return f"最高{wan_text(form.yuan)}" if form.form == "ceiling" else f"{kind} {wan_text(form.yuan)}"
    if form.form == "match":
        return f"{kind} {form.ratio_stated or f'比例未写明({form.wording})'}"
    return kind


def names_of(file: PlanFile, codes: Sequence[str]) -> str:
    """Names of organisations, areas, titles or terms, in the order given."""
    names: dict[str, str] = {}
    for section in ("terms", "qualifications", "titles", "areas", "organisations"):
        names.update({entry.code: entry.name for entry in getattr(file, section)})
    return "、".join(names.get(code, code) for code in codes)


def target_rows(file: PlanFile) -> list[Row]:
    return [
        Row(
            code=one.code,
            name=one.name,
            clause=one.clause,
            quote=one.quote,
            figure=goal(one),
            facts=_facts(
                ("逐年", ",".join(f"{year}年{number(value, one.unit)}" for year, value in one.per_year.items())),
                ("期限", one.deadline_text or (str(one.deadline) if one.deadline else "")),
                ("责任单位", names_of(file, one.responsible) or "未写明"),
                ("计数", one.counting),
                ("数据来源", MEASURES[one.measure.by]),
            ),
            doubts=one.issues,
            questions=one.decisions,
            tags=(LABELS["target_kind"][one.kind], LABELS["commitment"][one.commitment]),
        )
        for one in file.targets
    ]


def rule_rows(file: PlanFile) -> list[Row]:
    return [
        Row(
            code=one.code,
            name=one.name,
            clause=one.clause,
            quote=one.quote,
            figure=amount(one),
            facts=_facts(
                ("对象", one.who.text or names_of(file, (*one.who.titles_any_of, *one.who.qualifications_any_of))),
                ("等次", names_of(file, one.who.grades_any_of)),
                ("出资", _payers(one)),
                ("频次", FREQUENCIES[one.frequency] + ("" if one.frequency_stated else "(推断)")),
                ("文中未写明", "、".join(one.left_open)),
                ("稳妥理解", one.reading),
            ),
            questions=one.decisions,
            tags=("可由主管部门裁量",) if one.discretionary else (),
        )
        for one in file.subsidy_rules
    ]


def _payers(rule: SubsidyRule) -> str:
    words = "、".join(PAYERS[payer] for payer in rule.payers) or "未写明"
    return words if rule.payers_stated or not rule.payers else f"{words}(推断,文中未写明)"


def task_rows(file: PlanFile) -> list[Row]:
    return [
        Row(
            code=one.code,
            name=one.title,
            clause=one.clause,
            quote="",
            figure="",
            facts=_facts(
                ("内容", one.summary),
                ("责任单位", names_of(file, one.responsible) or "未写明"),
                ("对应目标", "、".join(one.targets)),
                ("对应规则", "、".join(one.subsidy_rules)),
            ),
            tags=(one.group,) if one.group else (),
        )
        for one in file.tasks
    ]


def frame_rows(file: PlanFile) -> list[Row]:
    return [
        Row(
            code=one.code,
            name=one.name,
            clause=one.clause,
            quote=one.quote,
            figure="",
            facts=_facts(
                ("评价主体", names_of(file, one.assessors) or one.assessor_note or "未写明"),
                ("评价对象", one.assessed_text or names_of(file, one.assessed)),
                ("周期", FREQUENCIES[one.frequency]),
                ("内容", "、".join(d.name for d in one.dimensions) + ("等" if one.dimensions_open else "")),
                ("权重", "文中写明" if one.weights_stated else "文中未写明"),
                ("等次", names_of(file, [grade.grade for grade in one.grades])),
                ("后果", ";".join(grade.consequence for grade in one.grades if grade.consequence)),
            ),
            questions=one.decisions,
        )
        for one in file.evaluation_frames
    ]


def duty_rows(file: PlanFile) -> list[Row]:
    return [
        Row(
            code=one.code,
            name=one.name,
            clause=one.clause,
            quote=one.quote,
            figure=FREQUENCIES[one.frequency],
            facts=_facts(
                ("责任单位", names_of(file, [one.duty_holder]) if one.duty_holder else "未写明"),
                ("报送或接受方", names_of(file, [one.provider]) if one.provider else ""),
                ("内容", "、".join(one.contents)),
                ("截止日", "" if one.due_day_stated or one.frequency not in {"monthly", "yearly"} else "文中未写明"),
            ),
            questions=one.decisions,
        )
        for one in file.reporting_duties
    ]


def support_rows(file: PlanFile) -> list[Row]:
    return [
        Row(one.code, one.beneficiary, one.clause, one.quote, "", _facts(("惠及", names_of(file, one.benefits))))
        for one in file.supports
    ]


def term_rows(file: PlanFile) -> list[tuple[str, list[Row]]]:
    """Words by group; a group without entries is left out."""
    groups = [
        ("文中概念", [_word(one.term, one.term, one, one.meaning) for one in file.definitions]),
        ("称号与载体类型", [_word(one.code, one.name, one, one.note or "") for one in file.titles]),
        ("企业资质", [_word(one.code, one.name, one, one.note or "") for one in file.qualifications]),
        ("平台、基金、人才等", [_word(one.code, one.name, one, one.note or "") for one in file.terms]),
        ("产业", [_word(one.code, one.name, one, "") for one in file.industries]),
        ("点名的载体、园区与项目", [_word(one.code, one.name, one, one.note or "") for one in file.named_entities]),
        ("基期数据", [_baseline(one) for one in file.baselines]),
    ]
    return [(title, rows) for title, rows in groups if rows]


def _word(code: str, name: str, entry: Any, meaning: str) -> Row:
    return Row(code, name, entry.clause, entry.quote, "", _facts(("说明", meaning)))


def _baseline(entry: Any) -> Row:
    figure = entry.stated_as or number(entry.value, entry.unit)
    return Row(entry.code, entry.name, entry.clause, entry.quote, figure, _facts(("时点", entry.as_of_text)))


def _facts(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(label, words) for label, words in pairs if words]
