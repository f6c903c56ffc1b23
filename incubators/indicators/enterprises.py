"""Figures about enterprises: in incubation, graduated, qualified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

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
from incubators.models import Enterprise, Fund, Mentorship, Qualification, Residency
from incubators.register.overdue import Overdue

GROUP = "企业"
INCUBATING = ((Start("incubating_from"),), (End("left_on"), End("graduated_on")))
RESIDENT = ((Start("entered_on"),), (End("left_on"),))
POPULATIONS = ("district", "incubatees", "residents")
BECAME = (Start("valid_from"),)


def incubatees(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, entity="enterprise_id")


def residents(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *RESIDENT, entity="enterprise_id")


# Stays that were in incubation at all: one that left before it was to begin never was. The same as in the counts
# that a monthly report takes from the register, so that begin + new - graduated - left = end holds.
BEGAN = Q(incubating_from__isnull=False) & (Q(left_on=None) | Q(left_on__gte=F("incubating_from")))


def began_incubation(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Residency, (Start("incubating_from"),), where=BEGAN)


def graduated(question: Question) -> Rows:
    stayed = Q(left_on=None) | Q(left_on__gte=F("graduated_on"))
    return Rows(Residency.objects.all(), Residency, (Start("graduated_on"),), where=BEGAN & stayed)


def left_without_graduating(question: Question) -> Rows:
    """Ends of incubation by leaving: not those of service tenants, nor of graduates that stayed on as tenants."""
    not_graduated = Q(graduated_on=None) | Q(graduated_on__gt=F("left_on"))
    return Rows(Residency.objects.all(), Residency, (Start("left_on"),), where=BEGAN & not_graduated)


def overdue(question: Question) -> Rows:
    """In incubation beyond the limit of the rule that holds, and not extended. The day of the limit is still inside."""
    limits = question.known.setdefault("incubation limits", Overdue())
    beyond = limits.condition(question.day)
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, where=beyond, entity="enterprise_id")


def mentored(question: Question) -> Rows:
    """Incubatees guided on the day by a mentor of their carrier, and those declared to be without naming one."""
    pairs = Mentorship.objects.valid_on(question.day).filter(enterprise__residencies__carrier=F("mentor__carrier"))
    guided = Q(mentored=True) | Q(pk__in=pairs.order_by().values("enterprise__residencies"))
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, where=guided, entity="enterprise_id")


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
    where = Q(kind__code=code)
    if population == "district":
        return Rows(first, Qualification, BECAME, where=where, place=None, area="enterprise__area")
    carrier = "enterprise__residencies__carrier"
    lived = _living_then(population == "incubatees")
    return Rows(first, Qualification, BECAME, where=where & lived, place=carrier, area=f"{carrier}__owner_area")


def _living_then(incubating: bool) -> Q:
    """The stay in which an enterprise was on the day its qualification began: that carrier is credited, no other."""
    stay = "enterprise__residencies__"
    began = "incubating_from" if incubating else "entered_on"
    lived = Q(**{f"{stay}{began}__lte": F("valid_from")})
    for end in ("left_on", "graduated_on") if incubating else ("left_on",):
        lived &= Q(**{f"{stay}{end}": None}) | Q(**{f"{stay}{end}__gt": F("valid_from")})
    return lived


def fixed(rows: Callable[[Question], Rows], **params: Any) -> Callable[[Question], Rows]:
    """The same rows with parameters given for good: 有效期内高新技术企业 is ``qualified`` for ``high_tech``."""

    def fixed_rows(question: Question) -> Rows:
        return rows(question.with_params(**params))

    return fixed_rows


VALID = {"year": Until.YEAR, "day": Until.THROUGH}


def tech_smes(question: Question) -> Rows:
    until = VALID.get(question.params.get("valid", "year"))
    if until is None:
        raise BadQuestion(errors={"valid": [f"有效口径应为 {'、'.join(VALID)} 之一"]})
    return qualified_with(question.with_params(qualification="tech_sme", population="incubatees"), until)


def invested(question: Question) -> Rows:
    """In incubation with a paid investment of an own or joint fund in the twelve months up to the day."""
    paid = "enterprise__fund_investments__"
    return Rows(
        Residency.objects.all(),
        Enterprise,
        (*INCUBATING[0], Start(f"{paid}paid_on")),
        (*INCUBATING[1], End(f"{paid}paid_on", Until.MONTHS, 12)),
        Q(**{f"{paid}fund__kind__in": (Fund.Kind.OWN, Fund.Kind.JOINT)}),
        entity="enterprise_id",
    )


FIELD_KNOWN = ~Q(carrier__industry="")


def in_leading_field(question: Question) -> Rows:
    where = FIELD_KNOWN & Q(enterprise__industry=F("carrier__industry"))
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, where=where, entity="enterprise_id")


def in_specialised_carriers(question: Question) -> Rows:
    return Rows(Residency.objects.all(), Enterprise, *INCUBATING, where=FIELD_KNOWN, entity="enterprise_id")


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
        definition="期间内开始孵化的企业,按载体各计;离开后再次入孵和由其他载体转入的,是另一次入孵。", formula="在孵起始日期在期间内(含首尾两日)。",
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
        definition="期间内未毕业而结束孵化的企业:迁出、注销、清退,以及转移到其他载体(转出的载体计)。服务类租户和已毕业企业搬离不计。",
        formula="曾在孵,离开日期在期间内,且离开前未毕业。",
        source="月报 M10", rows=left_without_graduating,
    ),
    Tally(
        code="n_overdue", name="超期在孵企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="在孵超过所适用孵化规则的时限、又没有在有效延期内的企业;期满当日仍在期内。时限自在孵起始计,区内转移的连续计算。",
        formula="孵化期限 < 当日,且仍在孵、未延期;按企业去重。", source="国科发区〔2018〕300号", rows=overdue,
    ),
    Tally(
        code="n_qualified", name="持有资质的企业数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="当日持有有效资质的企业。范围可为区域内注册的全部企业、在孵企业或入驻企业。",
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
        rows=fixed(newly_qualified, qualification=kind, population="incubatees"),
    )
    for code, name, kind in FLOWS
)  # fmt: skip

_RATIOS: tuple[Indicator, ...] = (
    Ratio(
        code="tech_sme_ratio", name="在孵企业通过科技型中小企业评价占比", unit="%", group=GROUP,
        definition=f"当日在孵企业中,{VALID_IN_YEAR}的科技型中小企业所占比例;有效口径选“当日有效”时,只计当日有效的。",
        params=frozenset({"valid"}), defaults={"valid": "year"},
        formula="在孵科技型中小企业数 ÷ 在孵企业数", source="盐城 II、III.6",
        top=(Part(rows=tech_smes, kind=Kind.STOCK),),
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
        definition="当日在孵企业中,已与创业导师建立辅导关系的比例:登记了与所在载体导师的辅导且当日未结束的,或入驻记录标明已建立的。",
        formula="有导师辅导的在孵企业数 ÷ 在孵企业数",
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
    Ratio(
        code="equity_invested_ratio", name="获孵化基金投资的在孵企业占比", unit="%", group=GROUP,
        definition="当日在孵企业中,近12个月内获自有或合作孵化基金实缴投资的比例。", formula="获投在孵企业数 ÷ 在孵企业数",
        source="工信部科〔2025〕131号", top=(Part(rows=invested, kind=Kind.STOCK),),
        bottom=(Part(rows=incubatees, kind=Kind.STOCK),), empty="当日没有在孵企业",
    ),
    Ratio(
        code="same_industry_ratio", name="同一产业领域企业占比", unit="%", group=GROUP,
        definition="当日在孵企业中,技术领域与所在载体主导领域相同的比例;未登记主导领域的载体不计。",
        formula="与载体主导领域相同的在孵企业数 ÷ 有主导领域载体的在孵企业数", source="国科发区〔2018〕300号",
        top=(Part(rows=in_leading_field, kind=Kind.STOCK),),
        bottom=(Part(rows=in_specialised_carriers, kind=Kind.STOCK),), empty="没有登记主导领域的载体或当日没有在孵企业",
    ),
)  # fmt: skip

INDICATORS: tuple[Indicator, ...] = _COUNTS + _BY_KIND + _RATIOS
