"""Figures from accepted monthly reports. A month without an accepted report is missing, never zero."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F, Q

from incubators.indicators.base import Indicator, Kind, Part, Question, Ratio, Rows, Start, Tally
from incubators.indicators.carriers import standing_carriers
from incubators.indicators.tally import report_month
from incubators.models import MonthlyReport

GROUP = "月报"
SPACE = ("incubator", "accelerator", "science_park", "enclave")


def reported(column: str, where: Q | None = None) -> Callable[[Question], Rows]:
    """Accepted reports, adding up ``column``; rows that leave it empty do not count."""

    def rows(question: Question) -> Rows:
        filled = Q(**{f"{column}__isnull": False})
        return Rows(
            MonthlyReport.objects.counted(),
            MonthlyReport,
            (Start("month"),),
            where=filled & where if where is not None else filled,
            total=column,
            monthly=True,
        )

    return rows


def both(column: str, beside: str, where: Q | None = None) -> Callable[[Question], Rows]:
    """As :func:`reported`, of reports that give ``beside`` too: a ratio's terms come from the same reports."""
    given = Q(**{f"{beside}__isnull": False})
    return reported(column, given & where if where is not None else given)


def filed(question: Question) -> Rows:
    """Reports of the month that were submitted and not returned, of carriers operating in it."""
    states = (MonthlyReport.State.SUBMITTED, MonthlyReport.State.ACCEPTED, MonthlyReport.State.LOCKED)
    return Rows(
        MonthlyReport.objects.current(),
        MonthlyReport,
        (Start("month"),),
        where=Q(state__in=states) & (Q(carrier__closed_on=None) | Q(carrier__closed_on__gt=F("month"))),
        entity="carrier_id",
        monthly=True,
    )


def _month_end(question: Question) -> Question:
    from calendar import monthrange

    month = report_month(question.day)
    return question.at(month.replace(day=monthrange(month.year, month.month)[1]))


NOTE = "取截至当日最近一个已结束月份中审核通过的月报;无通过月报的载体不计入,并注明家数。"
FLOW_NOTE = "期间各月审核通过的月报之和;无通过月报的月份不计入。"

# (code, name, unit, column): stocks of the month, then flows.
_STOCKS = (
    ("area_controllable", "可自主支配面积", "㎡", "area_controllable"),
    ("area_leasable", "可入驻面积", "㎡", "area_leasable"),
    ("area_leased", "已入驻面积", "㎡", "area_leased"),
    ("seats_total", "工位数", "个", "seats_total"),
    ("seats_used", "已用工位数", "个", "seats_used"),
    ("staff_total", "管理服务人员数", "人", "staff_total"),
    ("staff_pro", "专业孵化服务人员数", "人", "staff_professional"),
    ("mentors", "创业导师数", "人", "mentors"),
    ("fund_total", "孵化基金规模", "元", "fund_size"),
)
_FLOWS = (
    ("events_n", "创新创业活动场次", "场", "events"),
    ("events_people", "活动参与人次", "人次", "event_participants"),
    ("mentor_sessions", "导师辅导次数", "次", "mentor_sessions"),
    ("financed_n", "获投融资企业数", "家次", "enterprises_financed"),
    ("financing_amount", "获投融资金额", "元", "financing"),
    ("income_total", "载体总收入", "元", "income"),
    ("income_nonrent", "非房租物业收入", "元", "income_non_rent"),
    ("rent_relief", "房租减免额", "元", "rent_relief"),
    ("ip_applied", "知识产权申请数", "件", "ip_applied"),
    ("ip_granted", "知识产权授权数", "件", "ip_granted"),
)

_SUMS: tuple[Indicator, ...] = tuple(
    Tally(
        code=code, name=name, unit=unit, kind=Kind.STOCK, group=GROUP, definition=NOTE,
        formula=f"各载体“{name}”之和", source="月报", rows=reported(column),
    )
    for code, name, unit, column in _STOCKS
) + tuple(
    Tally(
        code=code, name=name, unit=unit, kind=Kind.FLOW, group=GROUP, definition=FLOW_NOTE,
        formula=f"各载体各月“{name}”之和", source="月报", rows=reported(column),
    )
    for code, name, unit, column in _FLOWS
)  # fmt: skip


def _ratio(
    code: str, name: str, formula: str, source: str, top: str, bottom: str, note: str = NOTE, **more: object
) -> Ratio:
    kind = more.pop("kind", Kind.STOCK)
    where = more.pop("where", None)
    return Ratio(
        code=code, name=name, unit="%", group=GROUP, definition=note, formula=formula, source=source,
        top=(Part(rows=both(top, bottom, where), kind=kind),),  # type: ignore[arg-type]
        bottom=(Part(rows=both(bottom, top, where), kind=kind),),  # type: ignore[arg-type]
        empty="没有可用的通过月报",
    )  # fmt: skip


_RATIOS: tuple[Indicator, ...] = (
    _ratio(
        "occupancy_rate", "入驻率(面积)", "Σ已入驻面积 ÷ Σ可入驻面积,不取各家比率的平均", "金山 IV.3(分母由区科委决定)",
        "area_leased", "area_leasable", note=f"孵化器、加速器、大学科技园和飞地按面积计;众创空间见“工位使用率”。{NOTE}",
        where=Q(carrier__kind__in=SPACE),
    ),
    _ratio(
        "seat_occupancy_rate", "入驻率(工位)", "Σ已用工位 ÷ Σ工位", "金山 IV.3(分母由区科委决定)",
        "seats_used", "seats_total", note=f"众创空间按工位计。{NOTE}", where=Q(carrier__kind="maker_space"),
    ),
    _ratio("staff_pro_ratio", "专业孵化服务人员占比", "Σ专业人员 ÷ Σ管理服务人员", "月报", "staff_professional", "staff_total"),
    _ratio(
        "income_nonrent_ratio", "非房租物业收入占比", "Σ非房租物业收入 ÷ Σ总收入", "月报",
        "income_non_rent", "income", note=FLOW_NOTE, kind=Kind.FLOW,
    ),
    Ratio(
        code="report_completeness", name="月报填报率", unit="%", group=GROUP,
        definition="最近一个已结束月份中,已提交(含已通过)月报的载体占当月在运营载体的比例;草稿和退回的不算。",
        formula="已提交月报的载体数 ÷ 当月末在运营载体数", source="金山 IV.1",
        top=(Part(rows=filed, kind=Kind.STOCK, ask=_month_end),),
        bottom=(Part(rows=standing_carriers, kind=Kind.STOCK, ask=_month_end),), empty="当月没有在运营的载体",
    ),
)  # fmt: skip

INDICATORS: tuple[Indicator, ...] = _SUMS + _RATIOS
