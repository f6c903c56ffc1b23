"""What operators wrote beside their figures: explanations where the checks ask for one, and why a figure is not there.

Handed-in reports of the demonstration are what the form would have let through, with the hash it would have kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.demo.build import MONTHS, Builder
from config.demo.histories import add_months
from core.trail_chain import opened
from incubators.models import Carrier, MonthlyReport
from incubators.reporting import checks, context
from incubators.reporting.fields import NOT_APPLICABLE, Gap, GapKind
from incubators.reporting.findings import Finding
from incubators.reporting.fingerprint import content_hash
from incubators.reporting.form import put
from incubators.reporting.workflow import S
from incubators.services.enterprise_rows import rows_of

GAP_MONTHS = 4
MISSING = Gap(GapKind.MISSING, "审计报告尚未出具,下月补报(演示)")
# By the figure a question is shown at.
EXPLANATIONS = {
    "area_leased": "本月集中续租和退租,已与租赁合同核对(演示)",
    "seats_used": "开学季团队进出较多,已按月末工位登记核对(演示)",
    "teams": "本月有团队入驻和转为注册企业,已与入驻协议核对(演示)",
    "mentor_sessions": "辅导按季安排,次数据辅导记录(演示)",
    "events": "与上下月合并安排活动,场次据活动台账(演示)",
    "event_participants": "活动规模与往月不同,人次据签到表(演示)",
    "financing": "入驻企业完成一轮融资,据投资协议(演示)",
    "income": "本月收到年度服务费,据银行回单(演示)",
    "income_non_rent": "技术服务合同集中结算,据发票(演示)",
    "rent_relief": "按本区减租政策一次性兑现,据减免协议(演示)",
    "ip_applied": "企业年末集中申请,据受理通知书(演示)",
    "ip_granted": "集中授权,据专利证书(演示)",
}
REGISTER = "登记材料正在补齐,已与台账核对(演示)"
OTHER = "已与台账核对,情况属实(演示)"


def write_answers(builder: Builder, carriers: Iterable[Carrier]) -> None:
    """Call when months, tenants and resources are written: answers depend on them."""
    own = [*Carrier.objects.filter(pk__in=[carrier.pk for carrier in carriers]).select_related("owner_area")]
    changed: list[MonthlyReport] = []
    for back in reversed(range(MONTHS)):
        for number, around in enumerate(context.load(own, add_months(builder.last_month, -back)).values()):
            row = around.latest
            if row is None or row.state == S.DRAFT:
                continue
            if back < GAP_MONTHS and (number + back) % 7 == 0:
                _leave_out(around, row)
            found = checks.run(around.sheet_of(row))
            row.explanations = {each.key: _words(each) for each in found if each.must_explain}
            if row.explanations or row.gaps:
                row.content_hash = content_hash(row, (), rows_of(row) if around.form.enterprises else ())
                changed.append(row)
    with opened("demonstration"):  # accepted months of a past that is being invented
        for row in changed:  # one by one: a statement over many with so much text each takes far longer
            row.save(update_fields=["explanations", "gaps", "fund_size", "rent_relief", "content_hash"])


def _leave_out(around: context.MonthContext, row: MonthlyReport) -> None:
    """A figure that is late, and one that this kind of carrier does not have."""
    for code, gap in (("fund_size", MISSING), ("rent_relief", NOT_APPLICABLE)):
        spec = around.form.by_code[code]
        if gap.kind == GapKind.MISSING or not spec.required_for(row.carrier.kind):
            put(row, spec, gap)


def _words(found: Finding) -> str:
    return EXPLANATIONS.get(found.place, OTHER) if found.place else REGISTER


__all__ = ["write_answers"]
