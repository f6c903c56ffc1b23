"""What a rule says of a carrier for a year. Pure: terms and facts in, a finding out; the same today and in ten years.

The order of questions: is the rule in force in the year; is it about carriers and public money at all; did the event
happen, to this carrier, in this area, on a day within the period; was it not paid before; and only then, how much.
A condition that fails makes it not payable, one that cannot be said makes it undecided, and neither becomes zero.
"""

from __future__ import annotations

from datetime import date

from subsidies import amounts, events
from subsidies.events import Happened, day_words, in_period
from subsidies.terms import CarrierFacts, Condition, Finding, Missing, RuleTerms, Verdict

PUBLIC_PAYERS = frozenset({"district", "municipal", "city", "county"})
EARLY_YES = "可以"
# Roles whose answer the engine applies; any other answer is shown for a person to apply.
APPLIED = frozenset(
    {"amount", "ratio", "match_base", "early_recognition", "same_amount", "start_day", "payer", "graded_title"}
)


def in_force(rule: RuleTerms, year: int) -> bool:
    """Whether the rule can say anything of ``year``."""
    return not _not_in_force(rule, year)


def has_claim(rule: RuleTerms) -> bool:
    """Whether the rule can give a carrier a claim on public money; without one no award is kept for it."""
    return not _no_claim(rule)


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
    return _conclude(rule, facts, happened, conditions, as_of)


def _conclude(
    rule: RuleTerms, facts: CarrierFacts, happened: Happened, conditions: tuple[Condition, ...], as_of: date
) -> Finding:
    """No condition fails: due, or undecided with everything that is missing named at once."""
    computed = amounts.compute(rule, happened)
    missing = happened.missing + _place_missing(conditions) + _early_missing(rule, happened)
    # Without the event's own record its amount is missing too, and need not be said twice.
    stated = rule.form in amounts.FORMS
    missing += tuple(m for m in computed.missing if m.decision or not stated or not happened.missing)
    missing += _blocking(rule)
    notes = happened.notes + computed.notes + _decided_notes(rule) + _closed_note(facts, happened, as_of)
    undecided = bool(missing) or any(c.holds is None for c in conditions)
    return Finding(
        verdict=Verdict.UNDECIDED if undecided else Verdict.PAYABLE,
        reason=_lacking(missing) if undecided else _due(rule),
        conditions=conditions,
        steps=computed.steps,
        shares=() if undecided else computed.shares,
        missing=missing,
        notes=notes if undecided else notes + _payer_note(computed),
    )


def _lacking(missing: tuple[Missing, ...]) -> str:
    return "尚缺:" + ";".join(m.what + (f"({m.decision})" if m.decision else "") for m in missing)


def _not_in_force(rule: RuleTerms, year: int) -> str:
    """A designation belongs to the year of its day. A grade or another payer's money may be published the year after, so
    the year before the period is still looked at: there the day decides."""
    earliest = 0 if rule.event in {"designated", "newly_designated"} else 1
    if rule.effective_from and year < rule.effective_from.year - earliest:
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
    return ""


def _place(rule: RuleTerms, facts: CarrierFacts) -> Condition:
    """Credited to and located in the area. An enclave is one and not the other, and the text does not say which counts."""
    credited = facts.area_path.startswith(rule.area_path)
    located = (facts.located_path or facts.area_path).startswith(rule.area_path)
    apart = f"归属{facts.area},位于{facts.located_in}"
    seen = facts.area if credited == located and not facts.located_in else apart
    return Condition(text=PLACE, seen=seen, holds=credited if credited == located else None)


PLACE = "载体在规则适用的区域内"


def _place_missing(conditions: tuple[Condition, ...]) -> tuple[Missing, ...]:
    place = conditions[0]
    what = f"载体归属与所在地分属两区,是否适用文本未写明:{place.seen}"
    return (Missing(what=what),) if place.holds is None else ()


def _period(rule: RuleTerms, happened: Happened) -> tuple[Condition, ...]:
    """The day the rule holds against its period; both ends count."""
    if happened.day is None:
        return ()
    first, last = rule.effective_from, rule.effective_to
    inside = in_period(rule, happened.day)
    if last:
        text = f"该日在规则有效期内({day_words(first)}至{day_words(last)})"
    else:
        text = f"该日不早于{day_words(first)}" if first else "该日在规则有效期内(文本未写明起止)"
    conditions = [Condition(text=text, seen=day_words(happened.day), holds=inside)]
    start = rule.decision("start_day")
    if inside and start is not None and start.value is not None:
        begins = date.fromisoformat(str(start.value))
        text = f"“新增”自{day_words(begins)}起算({start.code})"
        conditions.append(Condition(text=text, seen=day_words(happened.day), holds=happened.day >= begins))
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


def _blocking(rule: RuleTerms) -> tuple[Missing, ...]:
    """Open questions that hold every amount back and that no part of the computing has asked already."""
    return tuple(
        Missing(what=d.question, decision=d.code)
        for d in rule.decisions
        if d.blocking and not d.role and d.value is None
    )


def _decided_notes(rule: RuleTerms) -> tuple[str, ...]:
    return tuple(
        f"已决定“{d.value}”({d.code}),不自动套用,核定时请对照"
        for d in rule.decisions
        if d.value is not None and d.role not in APPLIED
    )


def _alive(facts: CarrierFacts, happened: Happened) -> tuple[Condition, ...]:
    if happened.day is None or facts.closed_on is None:
        return ()
    seen = f"{day_words(facts.closed_on)}关闭"
    return (Condition(text="该日载体未关闭", seen=seen, holds=facts.closed_on > happened.day),)


def _closed_note(facts: CarrierFacts, happened: Happened, as_of: date) -> tuple[str, ...]:
    if facts.closed_on is None or facts.closed_on > as_of or happened.day is None:
        return ()
    return (f"载体已于{day_words(facts.closed_on)}关闭,拨付前须核实",)


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


def _payer_note(computed: amounts.Computed) -> tuple[str, ...]:
    inferred = any(not share.payer_stated for share in computed.shares)
    return ("出资层级文本未写明,按上下文推断,拨付前须确认",) if inferred else ()
