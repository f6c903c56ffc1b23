"""How a target is measured: by the catalogue of indicators, by outside statistics, or by a person."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from plans.planfile.base import Code, Flag, Model, Number, Whole, Words
from plans.planfile.vocab import CarrierKind, Population

# Parameters each indicator takes. The catalogue holds the queries; a plan file only names them.
INDICATOR_PARAMS: dict[str, frozenset[str]] = {
    "n_carriers": frozenset(
        {"kinds", "titles", "rank_at_least", "min_floor_area", "outside_owner", "opened_in_period"}
    ),
    "n_carriers_new_title": frozenset({"titles", "kinds", "rank_at_least"}),
    "n_carriers_new": frozenset({"kinds"}),
    "area_coverage": frozenset({"group", "kinds", "min_floor_area"}),
    "n_incubatee": frozenset(),
    "n_incubatee_new": frozenset(),
    "n_graduate_new": frozenset(),
    "tech_sme_ratio": frozenset({"valid"}),
    "n_qualified": frozenset({"qualification", "population"}),
    "n_qualified_new": frozenset({"qualification", "population"}),
    "n_platforms": frozenset({"kinds"}),
    "n_platforms_new": frozenset({"kinds"}),
    "n_funds_active": frozenset(),
    "n_talents_new": frozenset({"leading"}),
    "n_liaison_coverage": frozenset({"titles"}),
    "excellent_ratio": frozenset({"titles"}),
}
REQUIRED_PARAMS: dict[str, frozenset[str]] = {
    "area_coverage": frozenset({"group"}),
    "n_qualified": frozenset({"qualification", "population"}),
    "n_qualified_new": frozenset({"qualification", "population"}),
}
PLATFORM_INDICATORS = frozenset({"n_platforms", "n_platforms_new"})
# What the register holds. A kind it does not hold would always count nothing, and nothing is not zero.
CARRIER_KINDS: frozenset[str] = frozenset(get_args(CarrierKind)) - {"any"}
PLATFORM_KINDS = frozenset({"public_service", "proof_of_concept", "testing", "certification", "finance_station"})


class Params(Model):
    """What narrows an indicator. Which of them may be given depends on the indicator."""

    kinds: list[Code] = []
    """载体类型;平台类指标则为平台类型"""
    titles: list[Code] = []
    rank_at_least: Whole | None = None
    min_floor_area: Number | None = None
    """建筑面积下限,平方米"""
    outside_owner: Flag | None = None
    """true:设在本区域之外、由本区域设立"""
    opened_in_period: Flag | None = None
    group: Code | None = None
    """区域组,作覆盖率的分母"""
    qualification: Code | None = None
    population: Population | None = None
    """全区企业、在孵企业或入驻企业"""
    leading: Flag | None = None
    """true:只计领军人才"""
    valid: Literal["year"] | None = None
    """按年度有效入库计"""


class ByIndicator(Model):
    """The catalogue computes the figure."""

    by: Literal["indicator"]
    indicator: Code
    params: Params = Params()
    needs: Words | None = None
    """工作人员须先确认或录入什么,数字才可信"""

    @model_validator(mode="after")
    def params_fit_indicator(self) -> "ByIndicator":
        """Refuse unknown indicators and parameters the indicator does not take."""
        allowed = INDICATOR_PARAMS.get(self.indicator)
        if allowed is None:
            known = "、".join(INDICATOR_PARAMS)
            raise ValueError(f"指标“{self.indicator}”不在指标目录中;可用的有:{known}")
        given = self.params.model_fields_set
        if extra := sorted(given - allowed):
            takes = "、".join(sorted(allowed)) or "(无)"
            raise ValueError(f"指标 {self.indicator} 不接受参数“{'、'.join(extra)}”;它接受:{takes}")
        if lacking := sorted(REQUIRED_PARAMS.get(self.indicator, frozenset()) - given):
            raise ValueError(f"指标 {self.indicator} 缺少参数“{'、'.join(lacking)}”")
        platforms = self.indicator in PLATFORM_INDICATORS
        kinds = PLATFORM_KINDS if platforms else CARRIER_KINDS
        if unknown := [kind for kind in self.params.kinds if kind not in kinds]:
            word = "平台类型" if platforms else "载体类型"
            known = "、".join(sorted(kinds))
            raise ValueError(f"名册中没有{word}“{'、'.join(unknown)}”(可改由人认定:by: person);可用:{known}")
        return self


class ByOutside(Model):
    """The figure is entered from outside statistics, with its source."""

    by: Literal["outside"]
    needs: Words
    """需要哪个统计来源"""


class ByPerson(Model):
    """An officer ticks or enters it, with evidence."""

    by: Literal["person"]
    criterion: Words
    """凭什么认定完成"""


Measure = Annotated[ByIndicator | ByOutside | ByPerson, Field(discriminator="by")]
