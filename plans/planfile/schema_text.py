"""Schema of a plan file, part one: the document, its clauses, places and bodies."""

from typing import Annotated

from pydantic import Field

from plans.planfile.base import Citation, Cited, Code, Day, Flag, Model, Number, Whole, Words
from plans.planfile.vocab import ClauseKind, DiscrepancyKind, PlanKind, TextKind, TextQuality


class Period(Model):
    """The years the plan speaks of; exact days are often our reading."""

    start: Day = Field(alias="from")
    """计划期首日"""
    end: Day | None = Field(None, alias="to")
    """计划期末日;文中没有则不写"""
    stated_as: Words | None = None
    """文中写法,如 2024—2026年"""
    exact_days_stated: Flag = False
    """文中是否写明具体日期"""
    basis: Words | None = None
    """首日的依据,未写明时说明推断"""


class Effective(Model):
    """From when the document is in force, or the day we fall back on."""

    start: Day | None = Field(None, alias="from")
    """施行日,只在文中写明时填写"""
    end: Day | None = Field(None, alias="to")
    """失效日,只在文中写明时填写"""
    stated: Flag = False
    """文中是否写明施行日"""
    fallback_start: Day | None = Field(None, alias="fallback_from")
    """未写明时暂用的日期,可由人改定"""
    fallback_reason: Words | None = None
    """暂用日期的理由"""
    source: Citation | None = None
    """施行日的原文出处"""


class PlanText(Model):
    """The text file beside the plan file, on which all line numbers and quotations rest."""

    file: Words
    """文本文件,相对计划文件所在目录"""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """文本文件的 SHA-256,防止文本被改动而行号失准"""
    kind: TextKind
    """全文或摘录"""
    quality: TextQuality
    """文本质量"""
    origin: Words
    """文本来自何处、做过什么处理、可信程度"""


class ParentPolicy(Model):
    """A policy this one rests on."""

    title: Words
    plan: Code | None = None
    """若该文件也有计划文件,写其 code"""
    document_number: Words | None = None
    year: Whole | None = None
    issuer: Words | None = None
    stated: Flag = True
    """文中是否点名该文件"""
    source: Citation | None = None
    note: Words | None = None


class AnnouncedMeasure(Cited):
    """A document the text promises."""

    title: Words
    status: Annotated[str, Field(pattern="^(to_be_made|to_be_revised)$")]


class Slogan(Cited):
    """A formula such as “1+1+3” and the targets it stands for."""

    name: Words
    parts: list[Code] = []


class MeasureCount(Cited):
    """How many measures the text says it has."""

    stated: Whole
    by_aspect: list[Whole] = []


class PlanHead(Model):
    """The document itself."""

    code: Code
    title: Words
    short_title: Words
    """本系统所用简称"""
    title_variants: list[Words] = []
    title_note: Words | None = None
    kind: PlanKind
    document_number: Words | None = None
    document_number_note: Words | None = None
    issuer: Code
    """印发机关,见 organisations"""
    issuer_stated_as: Words | None = None
    addressees: Words | None = None
    issued_on: Day | None = None
    issued_on_source: Citation | None = None
    issued_on_note: Words | None = None
    published_on: Day | None = None
    published_on_source: Citation | None = None
    published_on_note: Words | None = None
    effective: Effective
    period: Period
    area: Code
    """适用区域,见 areas"""
    implementing_area: Code | None = None
    """实施区域,与适用区域不同时填写"""
    text: PlanText
    strategies: list[Words] = []
    topics: list[Words] = []
    policy_level: Words | None = None
    """网页或文件标注的政策级别"""
    parent_policies: list[ParentPolicy] = []
    announced_measures: list[AnnouncedMeasure] = []
    slogans: list[Slogan] = []
    measure_count: MeasureCount | None = None


class Clause(Model):
    """A numbered place in the text."""

    id: Code
    parent: Code | None = None
    kind: ClauseKind
    label: Words | None = None
    """文中编号,照印"""
    label_corrected: Words | None = None
    """编号印错时的正确编号"""
    heading: Words
    lines: Annotated[list[Whole], Field(min_length=2, max_length=2)]
    """文本文件中的起止行号,从1开始"""
    quote: Words
    binding: Flag = True
    """解读、报道等不具约束力的文字写 false"""
    columns: list[Words] = []
    measure_count: Whole | None = None
    note: Words | None = None


class Area(Model):
    """A place: province, city, district, town, park, functional area or region."""

    code: Code
    name: Words
    type: Code
    rank: Code | None = None
    parent: Code | None = None
    parent_inferred: Flag = False
    parent_unknown: Flag = False
    """文中未写明上级区域"""
    stated: Flag = True
    clause: Code
    aliases: list[Words] = []
    alias_inferred: Flag = False
    allocation_unit: Flag = False
    """是否为分解表中的一栏"""
    column: Whole | None = None
    name_as_column: Words | None = None
    role: Code | None = None
    status: Citation | None = None
    note: Words | None = None


class AreaGroup(Model):
    """Several areas named together; the members are often for a person to supply."""

    code: Code
    name: Words
    aliases: list[Words] = []
    parent: Code
    clause: Code
    members: list[Code] = []
    members_stated: Flag
    """文中是否列出全部成员"""
    members_named: list[Code] = []
    """文中他处出现、可能属于本组的区域"""
    list_is_open: Flag = False
    is_partition: Flag = False
    """按互斥分区处理(推断)"""
    note: Words | None = None


class Organisation(Model):
    """A body, a group of bodies, or a role that has duties."""

    code: Code
    name: Words
    aliases: list[Words] = []
    type: Code
    area: Code | None = None
    area_group: Code | None = None
    is_group: Flag = False
    stated_as: list[Words] = []
    full_name_inferred: Flag = False
    """全称为推断"""
    clause: Code
    note: Words | None = None


class NamedEntity(Cited):
    """A carrier, park, fund, programme or the like that the text calls by name."""

    code: Code
    name: Words
    aliases: list[Words] = []
    kind: Code
    area: Code | None = None
    area_inferred: Flag = False
    name_derived: Flag = False
    role: Code | None = None
    status_stated: Words | None = None
    document_number: Words | None = None
    restated_in: list[Citation] = []
    note: Words | None = None


class Definition(Cited):
    """A term the text coins or uses in its own way."""

    term: Words
    meaning: Words


class Industry(Cited):
    """An industry or group of industries the text speaks of."""

    code: Code
    name: Words
    members_stated: Flag = True
    count: Number | None = None
    restated_in: list[Citation] = []


class Discrepancy(Model):
    """An ambiguity, inconsistency, gap or typo of the text, and how this portal deals with it."""

    code: Code
    clause: Code
    kind: DiscrepancyKind
    text: Words
    handling: Words
