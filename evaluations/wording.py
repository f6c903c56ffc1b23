"""Methods and sums in words a person can check with a pocket calculator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch

from evaluations.schemefile.methods import (
    Bands,
    Expert,
    Linear,
    Method,
    PerUnit,
    Proportional,
    RankInPeers,
    RelativeToBest,
    Step,
    YesNo,
)
from evaluations.schemefile.schema import Grade, Veto
from evaluations.scoring import Panel, rank_of, rounded, steps_beyond
from incubators.models import Carrier

WAN = 10_000
AMONG = {"kind": "同类型载体", "all": "全部参评载体"}


def bare(value: Fraction | Decimal | int) -> str:
    """At most three decimals, closing zeros dropped, thousands separated."""
    number = rounded(Fraction(value)).normalize()
    return f"{number:,f}" if number else "0"


def say(value: Fraction | Decimal | int, unit: str) -> str:
    """A value with its unit as pages show it: fractions as %, yuan as 万元."""
    exact = Fraction(value)
    if unit == "%":
        return f"{bare(exact * 100)}%"
    if unit == "元":
        return f"{bare(exact / WAN)}万元"
    return f"{bare(exact)}{unit}"


def kinds_words(kinds: Sequence[str] | None) -> str:
    """``全部载体`` or the names of the kinds."""
    return "、".join(Carrier.Kind(kind).label for kind in kinds) if kinds else "全部载体"


@singledispatch
def method_words(method: Method, weight: Decimal, unit: str) -> str:
    """The method as a sentence of the scheme. ``unit`` of the figure."""
    raise TypeError(f"no words for {type(method).__name__}")


@method_words.register
def _(method: Proportional, weight: Decimal, unit: str) -> str:
    cap = "" if method.cap == 1 else f",最多得权重的{bare(method.cap * 100)}%"
    return f"按目标完成比例:达到{say(method.target, unit)}得满分{bare(weight)}分,不足按比例{cap}"


@method_words.register
def _(method: Bands, weight: Decimal, unit: str) -> str:
    rows = [f"达到{say(band.at_least, unit)}得{bare(band.points)}分" for band in method.table]
    return "分档:" + ",".join(rows) + ";不到最低档不得分"


@method_words.register
def _(method: Linear, weight: Decimal, unit: str) -> str:
    low, high = say(method.low, unit), say(method.high, unit)
    if method.falling:
        return f"区间线性:{low}及以下得满分{bare(weight)}分,{high}及以上不得分,其间按比例"
    return f"区间线性:{high}及以上得满分{bare(weight)}分,{low}及以下不得分,其间按比例"


@method_words.register
def _(method: PerUnit, weight: Decimal, unit: str) -> str:
    above = f"超过{say(method.above, unit)}的部分" if method.above else ""
    each = {"%": "个单位(100%)", "元": "元"}.get(unit, unit)
    return f"按数量:{above}每1{each}计{bare(method.points)}分,最多{bare(_cap(method, weight))}分"


@method_words.register
def _(method: Step, weight: Decimal, unit: str) -> str:
    return (
        f"达标后递增:达到{say(method.threshold, unit)}得{bare(method.base)}分,"
        f"此后每满{say(method.every, unit)}加{bare(method.points)}分,最多{bare(_cap(method, weight))}分"
    )


@method_words.register
def _(method: RelativeToBest, weight: Decimal, unit: str) -> str:
    return f"与最优值比较:{AMONG[method.among]}中的最高值得满分{bare(weight)}分,其余按比例"


@method_words.register
def _(method: RankInPeers, weight: Decimal, unit: str) -> str:
    return f"按名次:{AMONG[method.among]}中第1名得满分{bare(weight)}分,每降1名减少同等分值,并列同分"


@method_words.register
def _(method: YesNo, weight: Decimal, unit: str) -> str:
    return f"达标:达到{say(method.at_least, unit)}得{bare(weight)}分,否则不得分"


@method_words.register
def _(method: Expert, weight: Decimal, unit: str) -> str:
    return (
        f"专家评分:百分制平均分乘权重{bare(weight)}分;专家不少于{method.drop_from}位时,去掉一个最高分和一个最低分后平均"
    )


def _cap(method: PerUnit | Step, weight: Decimal) -> Decimal:
    return method.cap if method.cap is not None else weight


@dataclass(frozen=True, slots=True)
class Sum:
    """What a sum is written from: the weight, the value with its unit, those compared with (in rising order) and the
    points it led to."""

    weight: Decimal
    value: Fraction
    unit: str
    peers: Sequence[Fraction]
    earned: Fraction

    def say(self, value: Fraction | Decimal) -> str:
        return say(value, self.unit)

    @property
    def given(self) -> str:
        return self.say(self.value)


@singledispatch
def arithmetic(method: Method, sum_: Sum) -> str:
    """The sum that led from the value to the points."""
    raise TypeError(f"no words for {type(method).__name__}")


@arithmetic.register
def _(method: Proportional, sum_: Sum) -> str:
    expression = f"{bare(sum_.weight)} × {sum_.given} ÷ {sum_.say(method.target)}"
    return _limited(expression, sum_.earned, sum_.weight * method.cap)


@arithmetic.register
def _(method: Bands, sum_: Sum) -> str:
    reached = [band for band in method.table if sum_.value >= Fraction(band.at_least)]
    place = f"达到{sum_.say(reached[-1].at_least)}档" if reached else "不到最低档"
    return f"{sum_.given},{place},得 {bare(sum_.earned)}"


@arithmetic.register
def _(method: Linear, sum_: Sum) -> str:
    low, high = sum_.say(method.low), sum_.say(method.high)
    part = f"({high} − {sum_.given})" if method.falling else f"({sum_.given} − {low})"
    return _limited(f"{bare(sum_.weight)} × {part} ÷ ({high} − {low})", sum_.earned, sum_.weight)


@arithmetic.register
def _(method: PerUnit, sum_: Sum) -> str:
    above = f"({sum_.given} − {sum_.say(method.above)})" if method.above else sum_.given
    return _limited(f"{above} × {bare(method.points)}分", sum_.earned, _cap(method, sum_.weight))


@arithmetic.register
def _(method: Step, sum_: Sum) -> str:
    if sum_.value < Fraction(method.threshold):
        return f"{sum_.given},未达到{sum_.say(method.threshold)},得 0"
    more = steps_beyond(method, sum_.value)
    expression = f"{bare(method.base)} + {more} × {bare(method.points)}"
    return _limited(expression, sum_.earned, _cap(method, sum_.weight))


@arithmetic.register
def _(method: RelativeToBest, sum_: Sum) -> str:
    best = sum_.peers[-1] if sum_.peers else sum_.value
    if best <= 0:
        return f"{AMONG[method.among]}的最高值为{sum_.say(best)},均不得分"
    return f"{bare(sum_.weight)} × {sum_.given} ÷ 最高值{sum_.say(best)} = {bare(sum_.earned)}"


@arithmetic.register
def _(method: RankInPeers, sum_: Sum) -> str:
    place, count = rank_of(sum_.value, sum_.peers), len(sum_.peers)
    expression = f"{bare(sum_.weight)} × ({count} − {place} + 1) ÷ {count}"
    return f"{count} 家中第 {place} 名:{expression} = {bare(sum_.earned)}"


@arithmetic.register
def _(method: YesNo, sum_: Sum) -> str:
    reached = "达到" if sum_.value >= Fraction(method.at_least) else "未达到"
    return f"{sum_.given},{reached}{sum_.say(method.at_least)},得 {bare(sum_.earned)}"


@arithmetic.register
def _(method: Expert, sum_: Sum) -> str:
    return f"{bare(sum_.weight)} × {bare(sum_.value)} ÷ 100 = {bare(sum_.earned)}"


def _limited(expression: str, earned: Fraction, cap: Decimal) -> str:
    """``expression = earned``, saying when the floor of zero or the cap decided."""
    if earned == Fraction(cap):
        return f"{expression},满{bare(cap)}分为限 → {bare(earned)}"
    if earned == 0:
        return f"{expression} → 0"
    return f"{expression} = {bare(earned)}"


def panel_words(found: Panel) -> str:
    """How the experts' mean was made, without anyone's own score."""
    if found.kept < found.given:
        return f"{found.given}位专家,去掉一个最高分和一个最低分后 {bare(found.total)} ÷ {found.kept} = {bare(found.mean)}分"
    return f"{found.given}位专家,{bare(found.total)} ÷ {found.kept} = {bare(found.mean)}分"


def veto_words(veto: Veto, unit: str, grade: Grade | None) -> str:
    bound = (
        f"不少于{say(veto.at_least, unit)}" if veto.at_least is not None else f"不超过{say(veto.at_most or 0, unit)}"
    )
    return f"{bound}的,直接评为{grade.name if grade else veto.grade}"


def grade_words(grade: Grade) -> str:
    """When a grade is given."""
    parts = []
    if grade.at_least:
        parts.append(f"{bare(grade.at_least)}分及以上")
    if grade.share is not None:
        parts.append(f"名额不超过参评的{bare(grade.share * 100)}%(向下取整,与更好等次合并计算;末位并列同等次)")
    return ",且".join(parts) or "其余"
