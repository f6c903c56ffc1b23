"""The scoring methods a scheme may name, with their parameters. How each counts: :mod:`evaluations.scoring`."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plans.planfile.base import Flag, Model, Number

Above = Annotated[Number, Field(gt=0)]
NotBelow = Annotated[Number, Field(ge=0)]
Among = Literal["kind", "all"]


class Proportional(Model):
    """Value over target, times the weight; at most ``cap`` of the weight."""

    kind: Literal["proportional"]
    target: Above
    """得满分的目标值"""
    cap: Annotated[Number, Field(gt=0, le=1)] = Decimal(1)
    """最多得权重的几成,1 为满分"""


class Band(Model):
    """From this value on, these points."""

    at_least: Number
    points: NotBelow


class Bands(Model):
    """The points of the highest band reached; below the first band none."""

    kind: Literal["bands"]
    table: Annotated[list[Band], Field(min_length=1)]
    """各档由低到高"""

    @model_validator(mode="after")
    def rising(self) -> "Bands":
        floors = [band.at_least for band in self.table]
        if floors != sorted(set(floors)):
            raise ValueError("各档的 at_least 须由低到高,且不重复")
        return self


class Linear(Model):
    """Nothing at ``low`` and below, the whole weight at ``high`` and above, in proportion between."""

    kind: Literal["linear"]
    low: Number
    high: Number
    falling: Flag = False
    """true:越低越好,low 及以下得满分,high 及以上不得分"""

    @model_validator(mode="after")
    def in_order(self) -> "Linear":
        if self.low >= self.high:
            raise ValueError("low 须小于 high")
        return self


class PerUnit(Model):
    """Points for each unit (above ``above``), up to ``cap``."""

    kind: Literal["per_unit"]
    points: Above
    """每单位得分"""
    above: NotBelow = Decimal(0)
    """从超过多少起计"""
    cap: Above | None = None
    """最多得几分;不写则为权重"""


class Step(Model):
    """``base`` points once ``threshold`` is reached, then ``points`` for every full ``every`` beyond it, up to ``cap``."""

    kind: Literal["step"]
    threshold: Number
    base: NotBelow
    every: Above
    points: Above
    cap: Above | None = None


class RelativeToBest(Model):
    """Value over the best value among the peers, times the weight."""

    kind: Literal["relative_to_best"]
    among: Among = "kind"


class RankInPeers(Model):
    """By rank among the peers: first the whole weight, last one share of it. Ties share a rank."""

    kind: Literal["rank_in_peers"]
    among: Among = "kind"


class YesNo(Model):
    """The whole weight from ``at_least`` on, else none."""

    kind: Literal["yes_no"]
    at_least: Number = Decimal(1)


class Expert(Model):
    """The mean of the experts' scores (0 to 100) as a part of the weight; highest and lowest dropped from ``drop_from``
    experts on."""

    kind: Literal["expert"]
    drop_from: Annotated[int, Field(ge=3, strict=True)] = 5
    """专家不少于几位时去掉一个最高分和一个最低分"""


Method = Annotated[
    Proportional | Bands | Linear | PerUnit | Step | RelativeToBest | RankInPeers | YesNo | Expert,
    Field(discriminator="kind"),
]
METHOD_WORDS = {
    "proportional": "按目标完成比例",
    "bands": "分档",
    "linear": "区间线性",
    "per_unit": "按数量",
    "step": "达标后递增",
    "relative_to_best": "与最优值比较",
    "rank_in_peers": "按名次",
    "yes_no": "达标",
    "expert": "专家评分",
}
