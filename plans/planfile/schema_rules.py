"""Schema of a plan file, part four: money, decisions, evaluation and reporting."""

from pydantic import Field

from plans.planfile.base import Citation, Cited, Code, Day, Flag, Model, Number, Whole, Words
from plans.planfile.vocab import (
    AmountBasis,
    AmountForm,
    DecisionRole,
    DecisionValue,
    DutyFrequency,
    HeldDay,
    MunicipalShare,
    Payer,
    RuleEvent,
    RuleFrequency,
    WhoKind,
)


class Who(Model):
    """To whom a rule speaks, and what must have happened."""

    kind: WhoKind
    text: Words | None = None
    """文中对受益对象的说法"""
    titles_any_of: list[Code] = []
    titles_open: list[Code] = []
    """是否适用未写明的称号"""
    qualifications_any_of: list[Code] = []
    terms_any_of: list[Code] = []
    event: RuleEvent
    event_quote: Words | None = None
    grades_any_of: list[Code] = []
    frame: Code | None = None
    """所依据的评价体系,见 evaluation_frames"""
    platforms: list[Code] = []
    area: Code


class Amount(Model):
    """How much: a number only where the text gives one. A ceiling is not an amount."""

    form: AmountForm
    yuan: Number | None = None
    """金额,元"""
    ratio: Number | None = None
    """匹配比例,小数,如 1:1 写 1"""
    ratio_stated: Words | None = None
    """文中写法,如 '1:1'(加引号)"""
    wording: Words | None = None
    """文中没有比例时的说法,如 相应资金匹配"""
    basis: AmountBasis | None = None
    """以什么金额为基数"""
    of_rules: list[Code] = []
    """以哪些规则的实发额为基数"""


class RuleEffective(Model):
    """When the rule is in force; without own days, the period of the plan."""

    start: Day | None = Field(None, alias="from")
    end: Day | None = Field(None, alias="to")
    plan_period: Flag = False
    """未写明时按计划期"""


class SubsidyRule(Cited):
    """One way money may be due."""

    code: Code
    version: Whole = 1
    name: Words
    extra_quotes: list[Citation] = []
    who: Who
    amount: Amount
    payers: list[Payer] = []
    payers_stated: Flag
    payers_split: Words | None = None
    municipal_share: MunicipalShare | None = None
    frequency: RuleFrequency
    frequency_stated: Flag = True
    discretionary: Flag = False
    """文中用“可”,属裁量,不是应得"""
    effective: RuleEffective
    effective_date_of: HeldDay
    """以哪一天对照有效期"""
    modes: list[Words] = []
    left_open: list[Words] = []
    """文中没有写明的事项"""
    human_must_supply: list[Words] = []
    """须由人补充的材料"""
    reading: Words
    """稳妥的理解"""
    depends_on: list[Code] = []
    related: list[Code] = []
    decisions: list[Code] = []


class Decision(Model):
    """A question the text leaves open. A named person answers it once, with a reason.

    There is no default: until it is answered nothing is guessed.
    """

    code: Code
    question: Words
    clause: Code
    value_kind: DecisionValue
    choices: list[Words] = []
    blocking: Flag
    """true:未决定前不得出数;false:未决定前按 meanwhile 处理并标明"""
    meanwhile: Words
    """未决定前怎样处理"""
    used_by: list[Code]
    """用到它的目标、规则、评价或报送事项"""
    role: DecisionRole | None = None
    """测算中作什么用:amount 金额、ratio 匹配比例、match_base 匹配基数、early_recognition 印发日之前的认定、
    same_amount 各类称号是否同额、start_day 新增的起算日、payer 出资层级、graded_title 按哪个称号参评"""
    issues: list[Code] = []
    default: None = None
    """恒为空:不得预设"""
    note: Words | None = None


class Support(Cited):
    """Support that is not money, or has no price in the text."""

    code: Code
    kind: Code
    beneficiary: Words
    benefits: list[Code] = []
    amount_stated: Flag = False
    policy_areas: list[Words] = []


class Dimension(Model):
    """One thing an evaluation looks at."""

    code: Code
    name: Words
    unit: Words | None = None
    from_register: Flag = False
    """可由名册与月报算出"""
    target: Code | None = None
    note: Words | None = None


class Step(Model):
    """A step of a consequence, in order."""

    order: Whole
    code: Code
    name: Words
    deadline_stated: Flag = False


class FrameGrade(Model):
    """A grade and what follows from it."""

    grade: Code
    rules: list[Code] = []
    consequence: Words | None = None
    quote: Words | None = None
    steps: list[Step] = []


class EvaluationFrame(Cited):
    """What the plan says of an evaluation: who is judged, on what, with which consequences."""

    code: Code
    name: Words
    assessors: list[Code] = []
    assessors_inferred: Flag = False
    assessor_note: Words | None = None
    assessed: list[Code] = []
    assessed_text: Words | None = None
    assessed_kind: Code | None = None
    frequency: DutyFrequency
    frequency_note: Words | None = None
    review: Words | None = None
    instrument: Words | None = None
    dimensions: list[Dimension] = []
    dimensions_open: Flag = False
    """文中以“等”结尾"""
    weights_stated: Flag = False
    grades: list[FrameGrade] = []
    other_grades_stated: Flag = False
    negative_consequences: Words | None = None
    rules: list[Code] = []
    mechanisms: list[Words] = []
    entry_modes: list[Words] = []
    classes: list[Code] = []
    extra_quotes: list[Citation] = []
    target: Code | None = None
    area_note: Words | None = None
    decisions: list[Code] = []


class ReportingDuty(Cited):
    """Who reports, visits or watches, and how often."""

    code: Code
    name: Words
    frequency: DutyFrequency
    duty_holder: Code | None = None
    duty_holder_inferred: Flag = False
    provider: Code | None = None
    carried_out_by_maybe: Code | None = None
    about: Code | None = None
    contents: list[Words] = []
    output: Words | None = None
    cardinality: Words | None = None
    due_day_stated: Flag = False
    sanction_stated: Flag = False
    frame: Code | None = None
    decisions: list[Code] = []
    note: Words | None = None
