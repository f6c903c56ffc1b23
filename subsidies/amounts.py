"""How much, once the conditions hold: one function a form of amount. Decimal yuan; rounded to the cent, half up, at the
last step only. Nothing is guessed: what is missing is named, with the open question that would settle it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.money import round_yuan, wan_text
from subsidies.events import Happened
from subsidies.terms import Missing, RuleTerms, Share, Step, yuan_words

RECEIVED = "到账数"
SAME = "同额"
# Labels of the steps whose number comes from outside the arithmetic.
FIXED, CEILING, BASE, RATIO, DECIDED = "定额", "上限", "匹配基数", "匹配比例", "金额"
PAYERS = {"区级": "district", "市级": "municipal"}


@dataclass(frozen=True, slots=True)
class Computed:
    """Arithmetic and shares, or what is missing for them."""

    steps: tuple[Step, ...] = ()
    shares: tuple[Share, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


def _shares(rule: RuleTerms, *, ceiling: Decimal | None = None, proposed: Decimal | None = None) -> tuple[Share, ...]:
    """The whole to the one payer that was decided, else that the rule names; none named leaves it to the context."""
    decided = _payer_decided(rule)
    payer = decided or next((p for p in rule.payers if p in {"district", "municipal"}), "district")
    stated = rule.payers_stated or bool(decided)
    return (Share(payer=payer, payer_stated=stated, ceiling=ceiling, proposed=proposed),)


def refusal(amount: Decimal, *, ceiling: Decimal | None, proposed: Decimal | None) -> str:
    """Why an officer cannot grant ``amount`` of a share, or nothing. The limit is the ceiling, without one the amount
    the rule computes; what is exactly the limit can be granted, and so can zero."""
    limit = ceiling if ceiling is not None else proposed
    if amount < 0:
        return "金额不能为负数"
    if limit is None or amount > limit:
        return f"不能超过{'上限' if ceiling is not None else '测算金额'} {wan_text(limit)}"
    return ""


def _payer_decided(rule: RuleTerms) -> str:
    question = rule.decision("payer")
    return PAYERS.get(str(question.value), "") if question is not None and question.value is not None else ""


def _payer_missing(rule: RuleTerms) -> tuple[Missing, ...]:
    """Decided that several pay, and not how much each: no amount can be put to anyone."""
    question = rule.decision("payer")
    if question is None or question.value is None or str(question.value) in PAYERS:
        return ()
    return (Missing(what=f"已决定由“{question.value}”,各方出多少未写明", decision=question.code),)


def fixed(rule: RuleTerms, happened: Happened) -> Computed:
    step = Step(label=FIXED, expression=f"文本定额 {wan_text(rule.yuan)},整额给予", value=rule.yuan)
    return Computed((step,), _shares(rule, proposed=rule.yuan))


def ceiling(rule: RuleTerms, happened: Happened) -> Computed:
    step = Step(
        label=CEILING, expression=f"文本写“最高” {wan_text(rule.yuan)}:只是上限,实际金额由人核定", value=rule.yuan
    )
    return Computed((step,), _shares(rule, ceiling=rule.yuan))


def match(rule: RuleTerms, happened: Happened) -> Computed:
    """Ratio times what the other payer approved (or, if so decided, what was received)."""
    ratio, source, missing = _ratio(rule)
    base_choice = rule.decision("match_base")
    by_receipt = base_choice is not None and base_choice.value == RECEIVED
    if not happened.grants:
        missing = (*missing, Missing(what="市级实际批准金额未登记(匹配以它为基数,不以上限为基数)", record="grant"))
    amounts = [g.received if by_receipt else g.approved for g in happened.grants]
    if any(amount is None for amount in amounts):
        missing = (*missing, Missing(what="市级资助到账金额未登记"))
    known = [amount for amount in amounts if amount is not None]
    base = sum(known, Decimal(0)) if known else None
    steps = [
        Step(
            label=BASE,
            expression=f"市级{'到账' if by_receipt else '批准'}金额:" + " + ".join(yuan_words(a) for a in known) + " 元"
            if known
            else "未登记",
            value=base,
        ),
        Step(label=RATIO, expression=source),
    ]
    notes: tuple[str, ...] = ()
    if base_choice is not None and base_choice.value is None:
        notes = (f"基数暂按市级批准数({base_choice.code}未定)",)
    notes += _over_ceiling(rule, happened, base)
    if missing or base is None or ratio is None:
        return Computed(tuple(steps), (), missing, notes)
    amount = round_yuan(base * ratio)
    steps.append(
        Step(
            label="区级匹配",
            expression=f"{yuan_words(base)} × {ratio.normalize():f} = {yuan_words(amount)} 元",
            value=amount,
        )
    )
    return Computed(tuple(steps), _shares(rule, proposed=amount), (), notes)


def _over_ceiling(rule: RuleTerms, happened: Happened, base: Decimal | None) -> tuple[str, ...]:
    """The base is what was approved, also where that is more than the text's own ceiling; but a person must look."""
    limit = rule.base_ceilings.get(happened.grade)
    if base is None or limit is None or base <= limit:
        return ()
    return (f"市级金额 {wan_text(base)} 超过文本所写最高 {wan_text(limit)},请核对登记和批准文件",)


def _ratio(rule: RuleTerms) -> tuple[Decimal | None, str, tuple[Missing, ...]]:
    if rule.ratio is not None:
        return rule.ratio, f"文本写明 {rule.ratio_words or rule.ratio}", ()
    question = rule.decision("ratio")
    if question is not None and question.value is not None:
        ratio = Decimal(str(question.value))
        return ratio, f"{ratio.normalize():f}({question.decided_by}据{question.document}决定)", ()
    code = question.code if question else ""
    return None, "文本只写“相应资金匹配”,没有比例", (Missing(what="匹配比例未定", decision=code),)


def by_decision(rule: RuleTerms, happened: Happened) -> Computed:
    """The text gives no amount: only a decision can, and another may have to say to which titles it applies."""
    question = rule.decision("amount")
    lacking = _same_missing(rule)
    if question is None or question.value is None:
        code = question.code if question else ""
        step = Step(label=DECIDED, expression="文本未给出金额,也没有比例或标准")
        return Computed((step,), (), (Missing(what="文本未给出金额", decision=code), *lacking))
    amount = round_yuan(Decimal(str(question.value)))
    if lacking:
        step = Step(label=DECIDED, expression=f"已决定 {wan_text(amount)},是否适用于本类称号未定")
        return Computed((step,), (), lacking)
    step = Step(
        label=DECIDED, expression=f"{question.decided_by}据{question.document}决定:{wan_text(amount)}", value=amount
    )
    return Computed((step,), _shares(rule, proposed=amount))


def _same_missing(rule: RuleTerms) -> tuple[Missing, ...]:
    """Whether one amount goes for all the titles, where the rule asks: only a clear yes lets it be applied."""
    same = rule.decision("same_amount")
    if same is None or same.value == SAME:
        return ()
    what = "各类称号是否同额未定" if same.value is None else f"已决定“{same.value}”,一个金额不能直接适用,须由人核定"
    return (Missing(what=what, decision=same.code),)


FORMS: dict[str, Callable[[RuleTerms, Happened], Computed]] = {"fixed": fixed, "ceiling": ceiling, "match": match}


def compute(rule: RuleTerms, happened: Happened) -> Computed:
    """The amount of ``rule`` for what happened; forms the text leaves without an amount need a decision."""
    computed = FORMS.get(rule.form, by_decision)(rule, happened)
    if lacking := _payer_missing(rule):
        return Computed(computed.steps, (), computed.missing + lacking, computed.notes)
    return computed
