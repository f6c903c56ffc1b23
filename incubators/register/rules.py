"""Rules of the register that forms, sheets and services share. Each answers what is wrong in a sentence, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from core.dates import date_cn
from core.money import WAN
from incubators.models import Carrier, Residency, Title
from incubators.models.carriers import ANY_KIND
from incubators.register.lifecycle import months_after
from incubators.register.rulefile import Ground, RuleFile


def before_opening(day: date, opened_on: date) -> str:
    """Nobody moves in, and no title is given, before the carrier opened."""
    return f"不能早于载体开办日期{date_cn(opened_on)}" if day < opened_on else ""


def unfit(title: Title, carrier_kind: str, *paths: str) -> str:
    """A title for one kind of carrier is not given to another, nor outside its own province. ``paths``: of the areas
    where the carrier stands and to which it is credited. Needs ``title.area``."""
    if title.carrier_kind not in (*ANY_KIND, carrier_kind):
        return f"这个称号不适用于{Carrier.Kind(carrier_kind).label}"
    if title.area is not None and not any(path.startswith(title.area.path) for path in paths):
        return f"这个称号只授予{title.area.name}的载体"
    return ""


def place(title: Title) -> tuple[int, int]:
    """Where a title stands on its ladder: by rank of its level, then by its step. Needs ``title.level``."""
    return (title.level.rank if title.level else 0, title.step)


def not_lower(title: Title, than: Title) -> str:
    """A downgrade leads down the same ladder."""
    if not than.ladder or title.ladder != than.ladder:
        return "须是同一序列的称号"
    return "" if place(title) < place(than) else f"须低于“{than.name}”"


def by_event(before: Any, after: Any) -> bool:
    """Whether a known value of a carrier is changed: that is an event with a date and a duty, not a correction in
    passing. Filling in what was blank is none."""
    return before not in (None, "") and after != before


def unproven(certificate: str | None, basis: str | None) -> str:
    """A qualification rests on a certificate, or on a list that confirms it (硬科技)."""
    return "" if certificate or basis else "请填证书或登记编号;以名单确认的资质请填依据"


# Has no public definition: the commission confirms enterprise by enterprise on what it rests.
HARD_TECH = "hard_tech"


def unbased(kind: str, basis: str | None) -> str:
    """硬科技 is never self-declared: whatever certificate there is, it rests on a basis in words."""
    return "硬科技以科委确认的名单为准,请填依据(名单文号、评审意见等)" if kind == HARD_TECH and not basis else ""


def entry_remark(entered_on: date, founded_on: date | None, most_months: int | None) -> str:
    """What is unusual about an enterprise's age at entry: a remark, it does not stop anything."""
    if founded_on is None:
        return ""
    if entered_on < founded_on:
        return f"入驻日期早于成立日期{date_cn(founded_on)},请核对"
    if most_months is not None and entered_on > months_after(founded_on, most_months):
        return f"入驻时成立已超过{most_months}个月,请核对是否符合在孵条件"
    return ""


def not_exceeding(ground: Ground, amount: Decimal | None) -> str:
    """An amount that a ground of graduation counts must be strictly more than the rule's (超过)."""
    if ground.exceeds is None or amount is None or amount > ground.exceeds:
        return ""
    return f"须超过{_wan(ground.exceeds)}万元,现为{_wan(amount)}万元"


def _wan(amount: Decimal) -> str:
    text = f"{amount / WAN:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# What must be known of a graduation on a ground that counts an amount. Of the last one is said that it is too little.
GROUND_FIELDS: dict[str, tuple[str, ...]] = {
    Residency.GraduationGround.INVESTED: ("invested_amount",),
    Residency.GraduationGround.REVENUE: ("revenue_from_year", "revenue_first", "revenue_second"),
}


def ground_amount(code: str, values: Callable[[str], Decimal | None]) -> Decimal | None:
    """The amount that a ground rests on, from ``values(name)``: investments, or the revenue of both years."""
    amounts = [values(name) for name in GROUND_FIELDS.get(code, ()) if name != "revenue_from_year"]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None


def too_few_grounds(rule: RuleFile | None, count: int) -> str:
    """A graduation rests on as many grounds as the rule asks; without a rule, on one."""
    least = rule.min_grounds if rule is not None else 1
    if count >= least:
        return ""
    return f"按《{rule.name}》须符合至少{least}项毕业依据" if rule is not None and least > 1 else "请选择毕业依据"


def ended_wrongly(
    *, outcome: str | None, graduated_on: date | None, left_on: date | None, destination: str | None, place: str | None
) -> tuple[str, str] | None:
    """What does not go together about how a stay ended and where a graduate went: the field and a sentence."""
    if graduated_on is None:
        if outcome == Residency.Outcome.GRADUATED:
            return "outcome", "没有登记毕业,请选迁出、注销或清退"
        if destination or place:
            return ("destination" if destination else "destination_place"), "毕业企业才登记去向"
    if left_on is not None and destination == Residency.Destination.STAYED:
        return "destination", f"已于{date_cn(left_on)}离开,去向不能是在驻"
    if left_on is None and destination not in (None, "", Residency.Destination.STAYED):
        return "destination", "尚未登记离开;请在登记离开时一并填写去向"
    return None
