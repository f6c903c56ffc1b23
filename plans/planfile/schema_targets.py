"""Schema of a plan file, part three: targets, baselines, tasks and tables."""

from plans.planfile.base import Citation, Cited, Code, Day, Flag, Model, Number, Whole, Words
from plans.planfile.measures import Measure
from plans.planfile.vocab import AllocationPeriod, BaselineStatus, Basis, Commitment, Comparator, TargetKind


class TargetBaseline(Model):
    """From what the target starts."""

    status: BaselineStatus
    value: Number | None = None
    comparator: Comparator | None = None
    text: Words | None = None
    clause: Code | None = None
    estimate: Number | None = None
    """由文中其他数字推得,仅供核对"""
    estimate_how: Words | None = None


class PerItem(Model):
    """How many each member of a coverage target must have."""

    value: Number
    stated_as: Words
    unit: Words


class Threshold(Model):
    """A second number each counted thing must reach."""

    metric: Words
    comparator: Comparator
    value: Number
    stated_as: Words
    unit: Words


class Allocation(Model):
    """The share of one area."""

    area: Code
    value: Number


class AllocationCheck(Model):
    """What the table says beside what its columns add up to. Reported, never corrected."""

    whole_cell: Words
    """全市一栏原样"""
    whole: Number
    total: Number
    """各单位合计"""
    agrees: Flag
    text_value: Number | None = None
    """正文中的对应数"""
    text_basis: Words | None = None
    text_agrees: Flag | None = None
    note: Words | None = None


class CountedThings(Model):
    """What is counted, as titles, qualifications or terms of this file."""

    titles: list[Code] = []
    qualifications: list[Code] = []
    terms: list[Code] = []
    titles_open: list[Code] = []
    """是否计入未写明的称号"""


class Target(Cited):
    """One thing the plan wants reached."""

    code: Code
    name: Words
    kind: TargetKind
    comparator: Comparator
    comparator_stated: Flag = True
    """文中有“不少于、以上、达到”等字样;只写数字时为 false"""
    value: Number | None = None
    value_stated: Flag = True
    value_min: Number | None = None
    value_max: Number | None = None
    stated_as: Words | None = None
    """文中写法,与数值写法不同时填写"""
    unit: Words | None = None
    unit_stated: Flag = True
    per: Words | None = None
    """每……,如 每万人口"""
    per_item: PerItem | None = None
    threshold: Threshold | None = None
    relative_to: Code | None = None
    """门槛是另一区域的统计数时,写该区域"""
    commitment: Commitment
    deadline: Day | None = None
    deadline_text: Words | None = None
    deadline_inherited: Flag = False
    """期限承上文,本句未写"""
    area: Code
    areas: list[Code] = []
    area_note: Words | None = None
    baseline: TargetBaseline
    per_year: dict[Whole, Number] = {}
    implied_total: Number | None = None
    """逐年之和,仅供核对"""
    allocations: list[Allocation] = []
    allocations_period: AllocationPeriod | None = None
    allocations_clause: Code | None = None
    allocations_check: AllocationCheck | None = None
    of: CountedThings | None = None
    coverage_of: Code | None = None
    denominator_stated: Flag = True
    numerator: Words | None = None
    denominator: Words | None = None
    responsible: list[Code] = []
    """责任单位,按文中次序;文中没有牵头之分"""
    responsible_basis: Basis
    responsible_clause: Code | None = None
    restated_in: list[Citation] = []
    subtarget_of: Code | None = None
    counting: Words
    """怎样计数,由本系统写明"""
    measure: Measure
    issues: list[Code] = []
    """涉及的歧义与问题,见 discrepancies"""
    decisions: list[Code] = []
    """须由人决定的事项,见 decisions"""


class Baseline(Cited):
    """A figure the text gives for a day that is past."""

    code: Code
    name: Words
    comparator: Comparator
    value: Number
    value_min: Number | None = None
    stated_as: Words | None = None
    unit: Words
    as_of: Day | None = None
    as_of_text: Words
    area: Code
    of: Code | None = None
    """所计的称号、企业资质或词条"""
    target: Code | None = None
    implied: Flag = False
    note: Words | None = None


class Task(Model):
    """A piece of work the plan gives to somebody."""

    code: Code
    clause: Code
    number_stated: Words | None = None
    number_corrected: Words | None = None
    title: Words
    title_likely: Words | None = None
    section: Code | None = None
    """所属的部分(条款编号)"""
    group: Words | None = None
    """清单中的领域或目标一栏"""
    group_merged: Flag = False
    subrow: Flag = False
    summary: Words
    responsible: list[Code] = []
    responsible_basis: Basis
    responsible_units: Code | None = None
    responsible_quote: Words | None = None
    named: list[Code] = []
    targets: list[Code] = []
    subsidy_rules: list[Code] = []
    supports: list[Code] = []
    frames: list[Code] = []
    duties: list[Code] = []


class TableRow(Model):
    """A row: the cell for the whole and the cells of the units, as printed."""

    row_no: Whole
    clause: Code
    indicator: Words
    whole_cell: Words
    whole: Number
    values: list[Number]
    total: Number
    target: Code


class Table(Model):
    """A table that shares targets out among areas."""

    clause: Code
    title: Words
    units: list[Code]
    rows: list[TableRow]


__all__ = ["Baseline", "Table", "Target", "Task"]
