"""Figures from accepted monthly reports. A month without an accepted report is missing, never zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F, IntegerField, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from incubators.indicators.base import Indicator, Kind, Part, Question, Ratio, Rows, Start, Tally
from incubators.indicators.carriers import asked_to_report, known_calendars, reporting_carriers
from incubators.indicators.tally import month_end, report_month
from incubators.models import MonthlyReport
from incubators.reporting.conditions import SENT, with_sent
from incubators.reporting.workflow import FILED

GROUP = "月报"
ROOT = "/"  # every area's path begins so: whoever has no calendar of their own has the default days
SPACE = ("incubator", "accelerator", "science_park", "enclave")


# The figure as the reports accepted by that day gave it.
KNOWN_ON = "known_on"
PARAMS = frozenset({KNOWN_ON})
# What the register knew when the report was submitted, kept with it: incubatees at the month's end.
INCUBATEES = "incubatees_then"


def reported(*columns: str, kinds: tuple[str, ...] = ()) -> Callable[[Question], Rows]:
    """Accepted reports, adding up the first of ``columns``; reports that leave one of them empty do not count, so that
    the terms of a ratio come from the same reports. ``kinds``: only carriers of these report it."""

    def rows(question: Question) -> Rows:
        where = Q(carrier__kind__in=kinds) if kinds else Q()
        for column in columns:
            where &= Q(**{f"{column}__isnull": False})
        known_on = question.params.get(KNOWN_ON)
        counted = MonthlyReport.objects.known_on(known_on) if known_on else MonthlyReport.objects.counted()
        if INCUBATEES in columns:
            known = Cast(KeyTextTransform("n_incubatee", "register"), IntegerField())
            counted = counted.annotate(**{INCUBATEES: known})
        return Rows(
            counted,
            MonthlyReport,
            (Start("month"),),
            where=where,
            total=columns[0],
            monthly=True,
            reporting=kinds,
            plain=True,
        )

    return rows


def filed(question: Question) -> Rows:
    """Reports of the month that were submitted and not returned, of carriers that were to report it."""
    month = report_month(question.day)
    expected = Q(carrier__closed_on=None) | Q(carrier__closed_on__gt=F("month"))
    return Rows(
        MonthlyReport.objects.current(),
        MonthlyReport,
        (Start("month"),),
        where=Q(state__in=FILED)
        & expected
        & Q(carrier__opened_on__lte=month_end(month))
        & asked_to_report(question, month, "carrier__owner_area__"),
        monthly=True,
    )


def punctual(question: Question) -> Rows:
    """As :func:`filed`, first submitted by the end of the due day of the carrier's own calendar."""
    calendars = known_calendars(question)
    month = report_month(question.day)
    in_time, nearer = Q(pk__in=()), Q()
    for prefix in (*calendars.prefixes, ROOT):
        here = Q(carrier__owner_area__path__startswith=prefix)
        in_time |= here & ~nearer & Q(**{f"{SENT}__lt": calendars.days(prefix, month).over})
        nearer |= here
    rows = filed(question)
    return replace(rows, queryset=with_sent(rows.queryset), where=rows.where & in_time)


def _month_end(question: Question) -> Question:
    return question.at(month_end(report_month(question.day)))


NOTE = "取截至当日最近一个已结束月份中审核通过的月报;无通过月报的载体不计入,并注明家数。"
FLOW_NOTE = "期间各月审核通过的月报之和;无通过月报的月份不计入,并注明份数。"
PER_NOTE = f"在孵企业数取月报提交时登记库的月末数,与月报同源。{NOTE}"

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
        formula=f"各载体“{name}”之和", source="月报", rows=reported(column), params=PARAMS, monthly=True,
    )
    for code, name, unit, column in _STOCKS
) + tuple(
    Tally(
        code=code, name=name, unit=unit, kind=Kind.FLOW, group=GROUP, definition=FLOW_NOTE,
        formula=f"各载体各月“{name}”之和", source="月报", rows=reported(column), params=PARAMS, monthly=True,
    )
    for code, name, unit, column in _FLOWS
)  # fmt: skip


# Unit of a report's column, for the two terms of a ratio.
_UNITS = {column: unit for _, _, unit, column in (*_STOCKS, *_FLOWS)} | {INCUBATEES: "家"}


def _ratio(
    code: str, name: str, formula: str, source: str, terms: tuple[str, str], *, note: str = NOTE,
    kind: Kind = Kind.STOCK, kinds: tuple[str, ...] = (), **more: Any,
) -> Ratio:  # fmt: skip
    top, bottom = terms
    return Ratio(
        code=code, name=name, group=GROUP, definition=note, formula=formula, source=source,
        top=(Part(rows=reported(top, bottom, kinds=kinds), kind=kind),),
        bottom=(Part(rows=reported(bottom, top, kinds=kinds), kind=kind),),
        term_units=(_UNITS[top], _UNITS[bottom]), empty="没有可用的通过月报", params=PARAMS, **{"unit": "%", **more},
    )  # fmt: skip


_RATIOS: tuple[Indicator, ...] = (
    _ratio(
        "occupancy_rate", "入驻率(面积)", "Σ已入驻面积 ÷ Σ可入驻面积,不取各家比率的平均", "金山 IV.3(分母由区科委决定)",
        ("area_leased", "area_leasable"), note=f"孵化器、加速器、大学科技园和飞地按面积计;众创空间见“入驻率(工位)”。{NOTE}",
        kinds=SPACE,
    ),
    _ratio(
        "seat_occupancy_rate", "入驻率(工位)", "Σ已用工位 ÷ Σ工位", "金山 IV.3(分母由区科委决定)",
        ("seats_used", "seats_total"), note=f"众创空间按工位计。{NOTE}", kinds=("maker_space",),
    ),
    _ratio(
        "staff_pro_ratio", "专业孵化服务人员占比", "Σ专业人员 ÷ Σ管理服务人员", "月报",
        ("staff_professional", "staff_total"),
    ),
    _ratio(
        "staff_pro_per10", "每10家在孵企业专业服务人员", "Σ专业人员 ÷ Σ月末在孵企业 × 10", "国科发区〔2018〕300号",
        ("staff_professional", INCUBATEES), note=PER_NOTE, unit="人", scale=Decimal(10),
    ),
    _ratio(
        "mentors_per10", "每10家在孵企业创业导师", "Σ创业导师 ÷ Σ月末在孵企业 × 10", "国科发区〔2018〕300号",
        ("mentors", INCUBATEES), note=PER_NOTE, unit="人", scale=Decimal(10),
    ),
    _ratio(
        "incubatee_density", "每千平方米在孵企业数", "Σ月末在孵企业 ÷ Σ可自主支配面积 × 1000", "国科发区〔2018〕300号",
        (INCUBATEES, "area_controllable"), note=PER_NOTE, unit="家/千㎡", scale=Decimal(1000),
    ),
    _ratio(
        "income_nonrent_ratio", "非房租物业收入占比", "Σ非房租物业收入 ÷ Σ总收入", "月报",
        ("income_non_rent", "income"), note=FLOW_NOTE, kind=Kind.FLOW,
    ),
    Ratio(
        code="report_completeness", name="月报填报率", unit="%", group=GROUP,
        definition="最近一个已结束月份中,已提交(含镇审通过、已通过)月报的载体占应报载体的比例;草稿和退回的不算。当月有一日在运营、且当地已开始月报的即应报。",
        formula="已提交月报的载体数 ÷ 应报载体数", source="金山 IV.1",
        top=(Part(rows=filed, kind=Kind.STOCK, ask=_month_end),),
        bottom=(Part(rows=reporting_carriers, kind=Kind.STOCK, ask=_month_end),), empty="当月没有应报的载体",
    ),
    Ratio(
        code="report_punctuality", name="月报及时率", unit="%", group=GROUP,
        definition="最近一个已结束月份中,截止日(遇休息日顺延)当日及以前首次提交月报的载体占应报载体的比例;退回后补正的,以首次提交为准。",
        formula="按时提交月报的载体数 ÷ 应报载体数", source="金山 IV.1",
        top=(Part(rows=punctual, kind=Kind.STOCK, ask=_month_end),),
        bottom=(Part(rows=reporting_carriers, kind=Kind.STOCK, ask=_month_end),), empty="当月没有应报的载体",
    ),
)  # fmt: skip

INDICATORS: tuple[Indicator, ...] = _SUMS + _RATIOS
