"""Figures about enterprises: in incubation, graduated, qualified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q

from incubators.indicators.base import (
    BadQuestion,
    End,
    Indicator,
    Kind,
    Part,
    Question,
    Ratio,
    Rows,
    Start,
    Tally,
    Until,
)
from incubators.models import Enterprise, Qualification, Residency

GROUP = "企业"
INCUBATING = ((Start("incubating_from"),), (End("left_on"), End("graduated_on")))
RESIDENT = ((Start("entered_on"),), (End("left_on"),))
POPULATIONS = {"district": "区域内注册的全部企业", "incubatees": "在孵企业", "residents": "入驻企业"}
# Months of incubation (national rule of 2018); longer for the fields listed.
LIMIT_MONTHS, LONG_LIMIT_MONTHS = 48, 60
LONG_FIELDS = ("生物医药与医疗器械", "现代农业")


def incubatees(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, entity="enterprise_id")


def residents(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *RESIDENT, entity="enterprise_id")


def began_incubation(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Residency, (Start("incubating_from"),))


def graduated(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Residency, (Start("graduated_on"),))


def left_without_graduating(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Residency, (Start("left_on"),), where=~Q(outcome=Residency.Outcome.GRADUATED))


def overdue(question: Question) -> Rows:
    """In incubation beyond the limit. The day of the limit is still inside."""
    rows = incubatees(question)
    day = question.day
    late = Q(incubating_from__lt=day - relativedelta(months=LIMIT_MONTHS)) & ~Q(enterprise__industry__in=LONG_FIELDS)
    very_late = Q(incubating_from__lt=day - relativedelta(months=LONG_LIMIT_MONTHS))
    return Rows(rows.queryset, Enterprise, *INCUBATING, where=late | very_late, entity="enterprise_id")


def mentored(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, where=Q(mentored=True), entity="enterprise_id")


def _population(params: Any) -> str:
    population: str = params.get("population", "incubatees")
    if population not in POPULATIONS:
        raise BadQuestion(errors={"population": [f"范围应为 {'、'.join(POPULATIONS)} 之一"]})
    return population


def qualified(question: Question) -> Rows:
    """Enterprises holding a valid qualification on the day, of the population asked for."""
    return qualified_with(question, Until.THROUGH)


def qualified_with(question: Question, until: Until) -> Rows:
    code, population = question.params["qualification"], _population(question.params)
    if population == "district":
        return Rows(
            Qualification.objects.all(),
            Enterprise,
            (Start("valid_from"),),
            (End("valid_to", until),),
            Q(kind__code=code),
            entity="enterprise_id",
            place=None,
            area="enterprise__area",
        )
    starts, ends = INCUBATING if population == "incubatees" else RESIDENT
    held = "enterprise__qualifications__"
    return Rows(
        Residency.objects.all(),
        Enterprise,
        (*starts, Start(f"{held}valid_from")),
        (*ends, End(f"{held}valid_to", until)),
        Q(**{f"{held}kind__code": code}),
        entity="enterprise_id",
    )


def newly_qualified(question: Question) -> Rows:
    """First qualification of the kind per enterprise: a renewal is not new."""
    code, population = question.params["qualification"], _population(question.params)
    earlier = Qualification.objects.filter(
        kind__code=code, enterprise=OuterRef("enterprise"), valid_from__lt=OuterRef("valid_from")
    )
    first = Qualification.objects.filter(~Exists(earlier))
    if population != "district":
        lived = Residency.objects.filter(
            Q(left_on=None) | Q(left_on__gt=OuterRef("valid_from")), enterprise=OuterRef("enterprise")
        )
        if population == "incubatees":
            lived = lived.filter(
                Q(graduated_on=None) | Q(graduated_on__gt=OuterRef("valid_from")),
                incubating_from__lte=OuterRef("valid_from"),
            )
        else:
            lived = lived.filter(entered_on__lte=OuterRef("valid_from"))
        first = first.filter(Exists(lived))
    return Rows(
        first,
        Qualification,
        (Start("valid_from"),),
        where=Q(kind__code=code),
        place=None,
        area="enterprise__area",
    )


def newly_qualified_tenants(question: Question) -> Rows:
    """As :func:`newly_qualified` for those in incubation at the time, on the carrier where they were."""
    code = question.params["qualification"]
    earlier = Qualification.objects.filter(
        kind__code=code, enterprise=OuterRef("enterprise"), valid_from__lt=OuterRef("valid_from")
    )
    here = Residency.objects.filter(
        Q(left_on=None) | Q(left_on__gt=OuterRef("valid_from")),
        Q(graduated_on=None) | Q(graduated_on__gt=OuterRef("valid_from")),
        enterprise=OuterRef("enterprise"),
        incubating_from__lte=OuterRef("valid_from"),
    )
    first = Qualification.objects.filter(~Exists(earlier)).filter(Exists(here))
    return Rows(
        first,
        Qualification,
        (Start("valid_from"),),
        where=Q(kind__code=code),
        place="enterprise__residencies__carrier",
        area="enterprise__residencies__carrier__owner_area",
    )


def fixed(rows: Callable[[Question], Rows], **params: Any) -> Callable[[Question], Rows]:
    """The same rows with parameters given for good: 有效期内高新技术企业 is ``qualified`` for ``high_tech``."""

    def fixed_rows(question: Question) -> Rows:
        return rows(question.with_params(**params))

    return fixed_rows


def _year_so_far(question: Question) -> Question:
    return question.during(date(question.day.year, 1, 1), question.day)


def _year_begin(question: Question) -> Question:
    return question.at(date(question.day.year - 1, 12, 31))


VALID_IN_YEAR = "登记编号在该日所在年度内有效"
STOCKS = (
    ("n_tech_sme", "科技型中小企业数", "tech_sme"),
    ("n_hnte", "高新技术企业数", "high_tech"),
    ("n_hardtech", "硬科技企业数", "hard_tech"),
    ("n_gazelle", "瞪羚企业数", "gazelle"),
    ("n_little_giant_sh", "市级科技小巨人企业数", "little_giant_municipal"),
    ("n_srdi_municipal", "市级专精特新企业数", "srdi_municipal"),
    ("n_srdi_national", "国家级专精特新小巨人企业数", "srdi_national"),
    ("n_listed", "上市(挂牌)企业数", "listed"),
)
FLOWS = (
    ("n_hnte_new", "新增高新技术企业数", "high_tech"),
    ("n_hardtech_new", "新增硬科技企业数", "hard_tech"),
)

_COUNTS: tuple[Indicator, ...] = (
    Tally(
        code="n_resident", name="入驻企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="当日在载体内的全部企业:在孵企业、毕业后仍入驻的企业和服务类租户。离开当日不计。",
        formula="入驻日期 ≤ 当日,且未离开;按企业去重。", source="月报 M06", rows=residents,
    ),
    Tally(
        code="n_incubatee", name="在孵企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="当日处于孵化期的企业:已签订孵化协议,尚未毕业或离开。起始当日计入,毕业或离开当日不计。",
        formula="在孵起始 ≤ 当日,且未毕业、未离开;按企业去重。", source="金山 IV.3、盐城 II", rows=incubatees,
    ),
    Tally(
        code="n_incubatee_new", name="新增在孵企业数", unit="家", kind=Kind.FLOW, group=GROUP,
        definition="期间内开始孵化的企业,按载体各计一次。", formula="在孵起始日期在期间内(含首尾两日)。",
        source="盐城 II、T.3", rows=began_incubation,
    ),
    Tally(
        code="n_graduate_new", name="毕业企业数(当期)", unit="家", kind=Kind.FLOW, group=GROUP,
        definition="期间内毕业的企业,须有毕业依据。", formula="毕业日期在期间内(含首尾两日)。",
        source="盐城 II", rows=graduated,
    ),
    Tally(
        code="n_graduate_cum", name="累计毕业企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="截至当日累计毕业的企业,不因离开或关闭而减少。", formula="毕业日期 ≤ 当日。",
        source="金山 IV.3", rows=graduated,
    ),
    Tally(
        code="n_exit_new", name="退出企业数", unit="家", kind=Kind.FLOW, group=GROUP,
        definition="期间内未毕业而离开的企业:迁出、注销、清退。", formula="离开日期在期间内,且结果不是毕业。",
        source="月报 M10", rows=left_without_graduating,
    ),
    Tally(
        code="n_overdue", name="超期在孵企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition=f"在孵超过{LIMIT_MONTHS}个月的企业;生物医药、现代农业为{LONG_LIMIT_MONTHS}个月(待核实)。期满当日仍在期内。",
        formula="在孵起始 < 当日前48(60)个月,且仍在孵。", source="国科发区〔2018〕300号", rows=overdue,
    ),
    Tally(
        code="n_qualified", name="持有资质的企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="当日持有有效资质的企业。范围可为全区注册企业(district)、在孵企业(incubatees)、入驻企业(residents)。",
        formula="生效日期 ≤ 当日 ≤ 失效日期;按企业去重。", source="金山 II.p4、奉贤 II.b2",
        params=frozenset({"qualification", "population"}), required=frozenset({"qualification"}),
        defaults={"population": "incubatees"}, rows=qualified,
    ),
    Tally(
        code="n_qualified_new", name="新增资质企业数", unit="家", kind=Kind.FLOW, group=GROUP,
        definition="期间内首次取得资质的企业;复审换证不重复计。范围同上,以取得之日为准。",
        formula="首次生效日期在期间内(含首尾两日)。", source="金山 II.p4",
        params=frozenset({"qualification", "population"}), required=frozenset({"qualification"}),
        defaults={"population": "district"}, rows=newly_qualified,
    ),
)  # fmt: skip

_BY_KIND: tuple[Indicator, ...] = tuple(
    Tally(
        code=code, name=f"在孵{name}", unit="家", kind=Kind.STOCK, group=GROUP,
        definition=f"当日在孵且持有有效“{name.removesuffix('数')}”资质的企业。",
        formula="在孵,且生效日期 ≤ 当日 ≤ 失效日期;按企业去重。", source="金山 IV.3、上海 I.4",
        rows=fixed(qualified, qualification=kind, population="incubatees"),
    )
    for code, name, kind in STOCKS
) + tuple(
    Tally(
        code=code, name=f"在孵企业{name}", unit="家", kind=Kind.FLOW, group=GROUP,
        definition=f"期间内在孵企业中首次取得资质的家数({name}),计入当时所在载体。",
        formula="首次生效日期在期间内,且当日在孵。", source="金山 II.p4",
        rows=fixed(newly_qualified_tenants, qualification=kind),
    )
    for code, name, kind in FLOWS
)  # fmt: skip

_RATIOS: tuple[Indicator, ...] = (
    Ratio(
        code="tech_sme_ratio", name="在孵企业通过科技型中小企业评价占比", unit="%", group=GROUP,
        definition=f"当日在孵企业中,{VALID_IN_YEAR}的科技型中小企业所占比例。", params=frozenset({"valid"}),
        formula="在孵科技型中小企业数 ÷ 在孵企业数", source="盐城 II、III.6",
        top=(Part(rows=lambda q: qualified_with(q.with_params(qualification="tech_sme", population="incubatees"), Until.YEAR), kind=Kind.STOCK),),
        bottom=(Part(rows=incubatees, kind=Kind.STOCK),), empty="当日没有在孵企业",
    ),
    Ratio(
        code="graduation_rate", name="毕业率", unit="%", group=GROUP,
        definition="当年毕业企业占年初在孵与当年新增在孵之和的比例。",
        formula="当年毕业 ÷(年初在孵 + 当年新增在孵)", source="本系统约定",
        top=(Part(rows=graduated, kind=Kind.FLOW, ask=_year_so_far),),
        bottom=(Part(rows=incubatees, kind=Kind.STOCK, ask=_year_begin), Part(rows=began_incubation, kind=Kind.FLOW, ask=_year_so_far)),
        empty="年初无在孵企业,当年也无新增",
    ),
    Ratio(
        code="mentored_ratio", name="建立导师辅导关系的在孵企业占比", unit="%", group=GROUP,
        definition="当日在孵企业中,已与创业导师建立辅导关系的比例。", formula="有导师辅导的在孵企业数 ÷ 在孵企业数",
        source="火炬统计口径", top=(Part(rows=mentored, kind=Kind.STOCK),),
        bottom=(Part(rows=incubatees, kind=Kind.STOCK),), empty="当日没有在孵企业",
    ),
    Ratio(
        code="hardtech_ratio", name="硬科技企业占在孵企业比例", unit="%", group=GROUP,
        definition="当日在孵企业中,已确认的硬科技企业所占比例。", formula="在孵硬科技企业数 ÷ 在孵企业数",
        source="演示方案",
        top=(Part(rows=fixed(qualified, qualification="hard_tech", population="incubatees"), kind=Kind.STOCK),),
        bottom=(Part(rows=incubatees, kind=Kind.STOCK),), empty="当日没有在孵企业",
    ),
)  # fmt: skip

INDICATORS: tuple[Indicator, ...] = _COUNTS + _BY_KIND + _RATIOS
