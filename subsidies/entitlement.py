"""What a rule says of a carrier for a year. Pure: terms and facts in, a finding out; the same today and in ten years.

The order of questions: is the rule in force in the year; is it about carriers and public money at all; did the event
happen, to this carrier, in this area, on a day within the period; was it not paid before; and only then, how much.
A condition that fails makes it not payable, one that cannot be said makes it undecided, and neither becomes zero.
"""

from __future__ import annotations

from datetime import date

from subsidies import amounts, events
from subsidies.events import Happened, day_words
from subsidies.terms import CarrierFacts, Condition, Finding, Missing, RuleTerms, Verdict

PUBLIC_PAYERS = frozenset({"district", "municipal", "city"})
EARLY_YES = "可以"


def evaluate(rule: RuleTerms, facts: CarrierFacts, *, year: int, as_of: date) -> Finding:
    """The finding of ``rule`` for the carrier and ``year``, knowing what was known on ``as_of``."""
    if reason := _not_in_force(rule, year):
        return Finding(verdict=Verdict.NOT_IN_FORCE, reason=reason)
    if reason := _no_claim(rule):
        return Finding(verdict=Verdict.UNDECIDED, reason=reason, missing=(Missing(what="文本未给出金额"),))
    happened = events.read(rule, facts, year, as_of)
    conditions = (_place(rule, facts), *happened.conditions, *_period(rule, happened), *_alive(facts, happened))
    conditions += _only_once(rule, facts, year)
    failed = next((c for c in conditions if c.holds is False), None)
    if failed is not None:
        return Finding(
            verdict=Verdict.NOT_PAYABLE, reason=f"不符合“{failed.text}”:{failed.seen}", conditions=conditions
        )
    missing = happened.missing + _early_missing(rule, happened)
    if missing or any(c.holds is None for c in conditions):
        return _undecided(conditions, missing, happened, rule)
    computed = amounts.compute(rule, happened)
    if computed.missing:
        return Finding(
            verdict=Verdict.UNDECIDED,
            reason=_lacking(computed.missing),
            conditions=conditions,
            steps=computed.steps,
            missing=computed.missing,
            notes=computed.notes,
        )
    return Finding(
        verdict=Verdict.PAYABLE,
        reason=_due(rule),
        conditions=conditions,
        steps=computed.steps,
        shares=computed.shares,
        notes=computed.notes + _payer_note(rule),
    )


def _undecided(
    conditions: tuple[Condition, ...], missing: tuple[Missing, ...], happened: Happened, rule: RuleTerms
) -> Finding:
    """Cannot be said yet; the arithmetic shows as far as it goes, so that the amount's own gaps are named too."""
    computed = amounts.compute(rule, happened)
    every = missing + tuple(m for m in computed.missing if m not in missing and not happened.missing)
    return Finding(
        verdict=Verdict.UNDECIDED, reason=_lacking(every), conditions=conditions, steps=computed.steps, missing=every
    )


def _lacking(missing: tuple[Missing, ...]) -> str:
    return "尚缺:" + ";".join(m.what + (f"({m.decision})" if m.decision else "") for m in missing)


def _not_in_force(rule: RuleTerms, year: int) -> str:
    if rule.effective_from and year < rule.effective_from.year:
        return f"规则自{day_words(rule.effective_from)}起,{year}年度尚未生效"
    if rule.effective_to and year > rule.effective_to.year:
        return f"规则至{day_words(rule.effective_to)}止,{year}年度已失效"
    return ""


def _no_claim(rule: RuleTerms) -> str:
    """Why the rule gives no carrier a claim on public money that could be computed."""
    if rule.beneficiary != "carrier":
        return "受益对象不是科创载体,文本也未给出金额;只作登记,不作计算"
    if rule.payers and not PUBLIC_PAYERS & set(rule.payers):
        return "不是财政资金的应得项;只作登记,不作计算"
    if rule.form not in amounts.FORMS and rule.decision("amount") is None:
        return "文本未给出金额,也没有比例或标准,不能计算"
    return ""


def _place(rule: RuleTerms, facts: CarrierFacts) -> Condition:
    inside = facts.area_path.startswith(rule.area_path)
    return Condition(text="载体在规则适用的区域内", seen=facts.area, holds=inside)


def _period(rule: RuleTerms, happened: Happened) -> tuple[Condition, ...]:
    """The day the rule holds against its period; both ends count."""
    if happened.day is None:
        return ()
    first, last = rule.effective_from, rule.effective_to
    inside = (first is None or first <= happened.day) and (last is None or happened.day <= last)
    text = f"该日在规则有效期内({day_words(first)}至{day_words(last)})" if last else f"该日不早于{day_words(first)}"
    conditions = [Condition(text=text, seen=day_words(happened.day), holds=inside)]
    if inside and _is_early(rule, happened):
        decided = rule.decision("early_recognition")
        value = decided.value if decided else None
        holds = None if value is None else value == EARLY_YES
        seen = f"{day_words(happened.day)}早于印发日{day_words(rule.issued_on)}"
        conditions.append(Condition(text="印发日之前的认定可以享受资助", seen=seen, holds=holds))
    return tuple(conditions)


def _is_early(rule: RuleTerms, happened: Happened) -> bool:
    """Recognised within the period but before the plan was issued, where the plan leaves open whether that counts."""
    if rule.decision("early_recognition") is None or happened.day is None or rule.issued_on is None:
        return False
    return happened.day < rule.issued_on


def _early_missing(rule: RuleTerms, happened: Happened) -> tuple[Missing, ...]:
    decided = rule.decision("early_recognition")
    if _is_early(rule, happened) and decided is not None and decided.value is None:
        return (Missing(what="认定早于印发日,能否享受资助未定", decision=decided.code),)
    return ()


def _alive(facts: CarrierFacts, happened: Happened) -> tuple[Condition, ...]:
    if happened.day is None or facts.closed_on is None:
        return ()
    seen = f"{day_words(facts.closed_on)}关闭"
    return (Condition(text="该日载体未关闭", seen=seen, holds=facts.closed_on > happened.day),)


def _only_once(rule: RuleTerms, facts: CarrierFacts, year: int) -> tuple[Condition, ...]:
    if not rule.one_off:
        return ()
    paid = [p for p in facts.prior if p.rule == rule.code and p.year != year]
    seen = "、".join(f"{p.year}年度已列入" for p in paid) or "此前未列入"
    return (Condition(text="一家载体只给一次", seen=seen, holds=not paid),)


def _due(rule: RuleTerms) -> str:
    if rule.discretionary:
        return "符合条件,文本用“可”:由人裁量"
    return "符合条件,金额在上限内由人核定" if rule.form == "ceiling" else "符合条件"


def _payer_note(rule: RuleTerms) -> tuple[str, ...]:
    return () if rule.payers_stated else ("出资层级文本未写明,按上下文推断,拨付前须确认",)
