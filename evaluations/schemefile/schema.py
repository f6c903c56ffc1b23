"""What a scheme file says: grades, dimensions, indicators with weights and methods, bonus, deduction, vetoes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from evaluations.schemefile.methods import Expert, Method, PerUnit, Step
from plans.planfile.base import Code, Flag, Model, Number, Whole, Words

CarrierKind = Literal["incubator", "maker_space", "accelerator", "science_park", "enclave"]
ALL_KINDS: tuple[CarrierKind, ...] = ("incubator", "maker_space", "accelerator", "science_park", "enclave")
Points = Annotated[Number, Field(gt=0)]


class FigureOf(Model):
    """A figure of the indicator catalogue."""

    indicator: Code
    """指标目录中的代码"""
    params: dict[str, Any] = {}
    months_at_least: Annotated[int, Field(ge=1, le=12, strict=True)] | None = None
    """取自月报的当期数:至少几个月有审核通过的月报才可用,不足即为缺数据"""


class Counted(Model):
    """Something that is scored: where its figure comes from and what it is called."""

    code: Code
    name: Words
    figure: FigureOf | None = None
    figure_for: dict[CarrierKind, FigureOf] = {}
    """某类载体改用另一指标,如众创空间按工位计入驻率"""
    kinds: Annotated[list[CarrierKind], Field(min_length=1)] | None = None
    """适用的载体类型;不写则全部适用"""

    def figure_of(self, kind: str) -> FigureOf | None:
        return self.figure_for.get(kind, self.figure)  # type: ignore[call-overload,no-any-return]

    def applies_to(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds


class Indicator(Counted):
    """An indicator with its weight. ``expert``: a person judges it by ``criterion``, looking at ``evidence``."""

    weight: Points
    method: Method
    expert: Flag = False
    criterion: Words | None = None
    """专家评分标准"""
    evidence: list[Code] = []
    """评分时列出的各月数据:指标目录中的代码"""
    missing: Literal["unknown", "zero", "leave_out"] = "unknown"
    """缺数据时:unknown 不给总分,zero 计零分,leave_out 移出并折算"""
    missing_reason: Words | None = None

    @model_validator(mode="after")
    def whole(self) -> Indicator:
        if self.expert != isinstance(self.method, Expert):
            raise ValueError("专家评分的指标须写 expert: true,且 method 的 kind 为 expert")
        if self.expert and not self.criterion:
            raise ValueError("专家评分的指标须写评分标准 criterion")
        if self.expert and (self.figure or self.figure_for):
            raise ValueError("专家评分的指标不取指标目录的数,请删去 figure")
        if not self.expert and self.figure is None:
            raise ValueError("须写明取哪个指标(figure),或写 expert: true")
        if self.missing != "unknown" and not self.missing_reason:
            raise ValueError("缺数据时不按“不给总分”处理的,须写明理由 missing_reason")
        return self._points_within(self.weight)

    def _points_within(self, most: Decimal) -> Indicator:
        bands = getattr(self.method, "table", [])
        cap = getattr(self.method, "cap", None) if isinstance(self.method, PerUnit | Step) else None
        over = [p for p in (*(band.points for band in bands), *([cap] if cap else [])) if p > most]
        if over:
            raise ValueError(f"得分 {over[0]} 超过该指标的权重 {most}")
        return self


class Extra(Counted):
    """A bonus or deduction item: points outside the weights, capped."""

    method: Method
    cap: Points

    @model_validator(mode="after")
    def whole(self) -> Extra:
        if self.figure is None:
            raise ValueError("须写明取哪个指标(figure)")
        if self.method.kind in {"expert", "relative_to_best", "rank_in_peers"}:
            raise ValueError("加分、扣分项不能用专家评分、最优值比较或名次")
        return self


class Extras(Model):
    """Bonus or deduction items with the cap of their sum."""

    cap: Points
    items: Annotated[list[Extra], Field(min_length=1)]


class Veto(Counted):
    """A fact that decides the grade whatever the score: the figure is at least / at most the bound."""

    grade: Code
    """直接评定的等次"""
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def whole(self) -> Veto:
        if self.figure is None:
            raise ValueError("须写明取哪个指标(figure)")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("at_least 和 at_most 须写且只写一个")
        return self


class Dimension(Model):
    code: Code
    name: Words
    indicators: Annotated[list[Indicator], Field(min_length=1)]

    @property
    def weight(self) -> Decimal:
        return sum((indicator.weight for indicator in self.indicators), Decimal(0))


class Grade(Model):
    """One grade. ``at_least``: score from which it is given; ``share``: part of those ranked, at most, cumulated from
    the best. Both given: both must hold."""

    code: Code
    name: Words
    rank: Annotated[Whole, Field(ge=1)]
    """1 为最好"""
    good_or_better: Flag = False
    """是否计入优良率"""
    at_least: Annotated[Number, Field(ge=0)] | None = None
    share: Annotated[Number, Field(gt=0, le=1)] | None = None
    frame_grade: Code | None = None
    """公布时登记为评价框架中的哪个等次"""


class Grades(Model):
    by: Literal["score", "quota"]
    set: Annotated[list[Grade], Field(min_length=2)]

    @model_validator(mode="after")
    def in_order(self) -> Grades:
        ranks = [grade.rank for grade in self.set]
        if ranks != list(range(1, len(ranks) + 1)):
            raise ValueError("等次由好到差排列,rank 依次为 1、2、3……")
        if len({grade.code for grade in self.set}) != len(self.set):
            raise ValueError("等次代码重复")
        last = self.set[-1]
        if last.share is not None or (last.at_least or 0) != 0:
            raise ValueError(f"最后一个等次“{last.name}”须容纳其余全部载体:不写 share,at_least 写 0 或不写")
        if any(not given for given in (self._bounds(grade) for grade in self.set[:-1])):
            word = "at_least" if self.by == "score" else "share"
            raise ValueError(f"除最后一个外,每个等次都须写 {word}")
        cuts = [grade.at_least for grade in self.set[:-1] if grade.at_least is not None]
        if cuts != sorted(set(cuts), reverse=True):
            raise ValueError("各等次的 at_least 须由高到低,且不重复")
        if sum((grade.share or 0 for grade in self.set), Decimal(0)) > 1:
            raise ValueError("各等次的 share 之和不能超过 1")
        return self

    def _bounds(self, grade: Grade) -> bool:
        return (grade.at_least if self.by == "score" else grade.share) is not None

    def get(self, code: str) -> Grade | None:
        return next((grade for grade in self.set if grade.code == code), None)


class SchemeFile(Model):
    """A whole scheme."""

    code: Code
    version: Annotated[Whole, Field(ge=1)]
    name: Words
    demonstration: Flag
    """true:演示方案,不是政策"""
    source: Words
    """依据的文件;演示方案写明自拟"""
    kinds: Annotated[list[CarrierKind], Field(min_length=1)] = list(ALL_KINDS)
    """参评的载体类型"""
    rank_within: Literal["all", "kind"] = "all"
    """全部载体一起排名,或同类型内排名"""
    grades: Grades
    dimensions: Annotated[list[Dimension], Field(min_length=1)]
    bonus: Extras | None = None
    deduction: Extras | None = None
    vetoes: list[Veto] = []

    @property
    def indicators(self) -> list[Indicator]:
        return [indicator for dimension in self.dimensions for indicator in dimension.indicators]

    @property
    def expert_indicators(self) -> list[Indicator]:
        return [indicator for indicator in self.indicators if indicator.expert]

    def counted(self) -> Iterator[Counted]:
        """Everything that takes a figure: indicators, bonus, deduction, vetoes."""
        yield from self.indicators
        for extras in (self.bonus, self.deduction):
            yield from extras.items if extras else ()
        yield from self.vetoes
