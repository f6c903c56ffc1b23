"""Figures about what carriers incubate with: funds, talents, platforms, activities."""

from __future__ import annotations

from django.db.models import Q

from incubators.indicators.base import End, Indicator, Kind, Question, Rows, Start, Tally, Until
from incubators.models import Fund, FundInvestment, ServicePlatform, Talent, Visit

GROUP = "资源"


def active_funds(question: Question) -> Rows:
    """Funds standing on the day with at least one paid investment in the twelve months up to it."""
    return Rows(
        FundInvestment.objects.all(),
        Fund,
        (Start("paid_on"), Start("fund__established_on")),
        (End("paid_on", Until.MONTHS, 12), End("fund__ended_on")),
        entity="fund_id",
        place="fund__carrier",
        area="fund__area",
    )


def _platforms(question: Question) -> Q:
    kinds = question.params.get("kinds")
    return Q(kind__in=kinds) if kinds else Q()


def standing_platforms(question: Question) -> Rows:
    return Rows(
        ServicePlatform.objects.all(), ServicePlatform, (Start("built_on"),), (End("ended_on"),),
        _platforms(question), area="area",
    )  # fmt: skip


def new_platforms(question: Question) -> Rows:
    return Rows(
        ServicePlatform.objects.all(), ServicePlatform, (Start("built_on"),), where=_platforms(question), area="area"
    )


def new_talents(question: Question) -> Rows:
    where = Q(is_leading=True) if question.params.get("leading") else Q()
    return Rows(Talent.objects.all(), Talent, (Start("arrived_on"),), where=where, area="area")


def visits(question: Question) -> Rows:
    return Rows(Visit.objects.all(), Visit, (Start("visited_on"),))


INDICATORS: tuple[Indicator, ...] = (
    Tally(
        code="n_funds_active", name="有效运行的孵化基金数", unit="支", kind=Kind.STOCK, group=GROUP,
        definition="当日存续、且近12个月内至少有一笔实缴投资的基金(自有、合作或外部),按基金去重。",
        formula="成立 ≤ 当日、未终止,且有实缴日期在当日前12个月内的投资。", source="金山 II.p3(判据由区科委决定)",
        rows=active_funds,
    ),
    Tally(
        code="n_platforms", name="公共服务平台数", unit="家", kind=Kind.STOCK, group=GROUP,
        definition="当日已建成、未停用的公共服务平台。", formula="建成日期 ≤ 当日,且未停用。", source="盐城 III.12",
        params=frozenset({"kinds"}), rows=standing_platforms,
    ),
    Tally(
        code="n_platforms_new", name="新建公共服务平台数", unit="家", kind=Kind.FLOW, group=GROUP,
        definition="期间内建成的公共服务平台。", formula="建成日期在期间内(含首尾两日)。", source="金山 II.p3",
        params=frozenset({"kinds"}), rows=new_platforms,
    ),
    Tally(
        code="n_talents_new", name="引进孵化人才数", unit="名", kind=Kind.FLOW, group=GROUP,
        definition="期间内引进的“六路”孵化人才;只计领军人才时,为已凭文件确认的高端孵化领军人才。",
        formula="引进日期在期间内(含首尾两日)。", source="金山 II.p3", params=frozenset({"leading"}), rows=new_talents,
    ),
    Tally(
        code="n_visits", name="走访次数", unit="次", kind=Kind.FLOW, group=GROUP,
        definition="期间内科技联络员、服务专员和科委人员对载体的走访。", formula="走访日期在期间内(含首尾两日)。",
        source="金山 IV.1", rows=visits,
    ),
)  # fmt: skip
