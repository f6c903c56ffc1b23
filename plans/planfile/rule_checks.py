"""Checks of subsidy rules and of the decisions they wait for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from plans.planfile.schema import PlanFile
from plans.planfile.schema_rules import EvaluationFrame, ReportingDuty, SubsidyRule
from plans.planfile.schema_targets import Target
from plans.planfile.source import Path_, Source


def check_rules(plan: PlanFile, source: Source) -> None:
    """Amounts fit their form, grades exist in the evaluation, versions do not overlap."""
    grade_terms = {term.code for term in plan.terms if term.category == "grade"}
    frames = {frame.code: {grade.grade for grade in frame.grades} for frame in plan.evaluation_frames}
    kinds = {decision.code: decision.value_kind for decision in plan.decisions}
    for index, rule in enumerate(plan.subsidy_rules):
        path: Path_ = ("subsidy_rules", index)
        _check_amount(rule, path, source)
        _check_match(rule, path, kinds, source)
        _check_grades(rule, path, grade_terms, frames, source)
    _check_versions(plan, source)


def _check_amount(rule: SubsidyRule, path: Path_, source: Source) -> None:
    amount = rule.amount
    if amount.form in ("fixed", "ceiling"):
        if amount.yuan is None or amount.yuan <= 0:
            word = "定额" if amount.form == "fixed" else "最高额"
            source.complain((*path, "amount", "yuan"), f"{word}规则须写 yuan(元),如 100万元写 1000000")
    elif amount.yuan is not None:
        source.complain((*path, "amount", "yuan"), f"form 为 {amount.form} 时没有金额,不写 yuan")
    if rule.payers_stated and not rule.payers:
        source.complain((*path, "payers"), "payers_stated 为 true,却没有写 payers")


def _check_match(rule: SubsidyRule, path: Path_, kinds: Mapping[str, str], source: Source) -> None:
    amount = rule.amount
    if amount.form != "match":
        return
    if amount.basis is None:
        source.complain((*path, "amount", "basis"), "资金匹配须写 basis:以哪笔金额为基数")
    if amount.ratio is not None:
        if amount.ratio_stated is None or ratio_of(amount.ratio_stated) != amount.ratio:
            source.complain(
                (*path, "amount", "ratio_stated"), f"ratio 为 {amount.ratio},须同时照文中写法写 ratio_stated,如 '1:1'"
            )
    elif not any(kinds.get(code) == "ratio" for code in rule.decisions):
        source.complain(
            (*path, "decisions"), "文中没有匹配比例时,须列出一项 value_kind 为 ratio 的待决事项,不得默认比例"
        )


def ratio_of(stated: str) -> Decimal | None:
    """Share paid on top of one yuan of the other payer: “1:1” gives 1, “1:0.5” gives 0.5."""
    parts = stated.replace("：", ":").split(":")
    try:
        base, added = (Decimal(part) for part in parts)
        return added / base
    except (ArithmeticError, ValueError):
        return None


def _check_grades(rule: SubsidyRule, path: Path_, terms: set[str], frames: dict[str, set[str]], source: Source) -> None:
    who = rule.who
    if who.event == "annual_grade" and not who.grades_any_of:
        source.complain((*path, "who", "grades_any_of"), "按评价等次给予的,须写明等次")
    if who.grades_any_of and who.frame is None:
        source.complain((*path, "who", "frame"), "写了等次,须写明是哪个评价(evaluation_frames)的等次")
    known = frames.get(who.frame or "", terms)
    for position, grade in enumerate(who.grades_any_of):
        if grade in terms and grade not in known:
            source.complain((*path, "who", "grades_any_of", position), f"评价 {who.frame} 没有等次“{grade}”")


def _check_versions(plan: PlanFile, source: Source) -> None:
    """Of one rule, no two versions are in force on one day."""
    period = plan.plan.period
    far = dt.date.max
    seen: dict[str, list[tuple[dt.date, dt.date, int]]] = {}
    for index, rule in enumerate(plan.subsidy_rules):
        first = rule.effective.start or period.start
        last = rule.effective.end or (far if rule.effective.start else period.end or far)
        for other_first, other_last, version in seen.get(rule.code, []):
            if version == rule.version:
                source.complain(
                    ("subsidy_rules", index, "code"), f"规则 {rule.code} 的第{version}版写了两次,请另写 version"
                )
            elif first <= other_last and other_first <= last:
                source.complain(
                    ("subsidy_rules", index, "effective"),
                    f"规则 {rule.code} 第{rule.version}版与第{version}版的有效期重叠",
                )
        seen.setdefault(rule.code, []).append((first, last, rule.version))


def check_decisions(plan: PlanFile, source: Source) -> None:
    """A decision and what waits for it name each other; only choices have choices."""
    waiting: dict[str, set[str]] = {}
    entries: tuple[tuple[str, Sequence[Target | SubsidyRule | EvaluationFrame | ReportingDuty]], ...] = (
        ("targets", plan.targets),
        ("subsidy_rules", plan.subsidy_rules),
        ("evaluation_frames", plan.evaluation_frames),
        ("reporting_duties", plan.reporting_duties),
    )
    used = {decision.code: set(decision.used_by) for decision in plan.decisions}
    for section, items in entries:
        for index, item in enumerate(items):
            waiting[item.code] = waiting.get(item.code, set()) | set(item.decisions)
            for position, code in enumerate(item.decisions):
                if item.code not in used.get(code, {item.code}):
                    source.complain(
                        (section, index, "decisions", position),
                        f"待决事项 {code} 的 used_by 里没有 {item.code},两处须一致",
                    )
    for index, decision in enumerate(plan.decisions):
        path: Path_ = ("decisions", index)
        for position, code in enumerate(decision.used_by):
            if code in waiting and decision.code not in waiting[code]:
                source.complain((*path, "used_by", position), f"{code} 的 decisions 里没有 {decision.code},两处须一致")
        if (decision.value_kind == "choice") != bool(decision.choices):
            source.complain((*path, "choices"), "value_kind 为 choice 时须列出 choices,其他类型不列")
        elif len(decision.choices) == 1:
            source.complain((*path, "choices"), "至少要有两个选项")
