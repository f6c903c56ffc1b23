"""Schema of a plan file, part two: titles, qualifications and the other words with a level."""

from plans.planfile.base import Cited, Code, Flag, Model, Number, Whole, Words
from plans.planfile.vocab import CarrierKind, TermCategory


class Level(Model):
    """A level of recognition. “X以上” means a rank not below that of X."""

    code: Code
    name: Words
    rank: Whole
    equivalent_to: Code | None = None


class Criteria(Model):
    """What the text says must be met; a missing number is not stated."""

    stated: Flag
    """文中是否写明可判定的标准"""
    text: Words | None = None
    min_floor_area: Number | None = None
    """建筑面积下限,平方米"""
    min_valuation: Number | None = None
    """估值下限,元"""
    output_about: Number | None = None
    """产值量级,元"""
    strict: Flag = False
    """true 表示必须超过(“超”“突破”)"""


class Title(Cited):
    """A title a carrier may hold, or a word that stands for several titles."""

    code: Code
    source_code: Code | None = None
    name: Words
    full_name: Words | None = None
    class_label: Words | None = None
    """文中对该类别的简写"""
    aliases: list[Words] = []
    carrier_kind: CarrierKind
    kind_detail: Code | None = None
    """文中比 carrier_kind 更细的类型"""
    level: Code | None = None
    level_inferred: Flag = False
    rank_at_least: Whole | None = None
    """“X级以上”:级别序号不低于此"""
    awarded: Flag = True
    """false 表示统称或类型,不是授予的称号"""
    ladder: Code | None = None
    """同一升级序列的代码"""
    promotes_to: Code | None = None
    members: list[Code] = []
    members_stated: Flag = True
    """成员称号是否由文中写明"""
    criteria: Criteria | None = None
    capabilities: list[Words] = []
    core_driver: Words | None = None
    definition_clause: Code | None = None
    establish_modes: list[Words] = []
    chain_order: Whole | None = None
    """在孵化链条中的次序"""
    attribute: Code | None = None
    inferred: Flag = False
    """该称号由文意推断"""
    note: Words | None = None


class Qualification(Cited):
    """A quality an enterprise may hold."""

    code: Code
    source_code: Code | None = None
    name: Words
    aliases: list[Words] = []
    level: Code | None = None
    subset_of: Code | None = None
    criteria: Criteria | None = None
    note: Words | None = None


class Term(Cited):
    """Any other word with a place in the plan: platforms, funds, talents, roles, grades ..."""

    code: Code
    source_code: Code | None = None
    name: Words
    category: TermCategory
    aliases: list[Words] = []
    level: Code | None = None
    rank_at_least: Whole | None = None
    rank: Whole | None = None
    """等次的先后,1为最高"""
    order: Whole | None = None
    """阶段或链条中的次序"""
    kinds: list[Words] = []
    members: list[Words] = []
    criteria: Criteria | None = None
    note: Words | None = None
