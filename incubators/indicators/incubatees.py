"""Figures from what accepted reports say of each incubatee (企业情况). A month that did not ask, or has no accepted report,
is missing, never zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from incubators.indicators.base import Indicator, Kind, Part, Question, Ratio, Rows, Start, Tally
from incubators.indicators.reports import KNOWN_ON, PARAMS
from incubators.indicators.tally import report_month
from incubators.models import Enterprise, EnterpriseMonth, MonthlyReport

GROUP = "企业情况"


def told(*columns: str, where: Q | None = None) -> Callable[[Question], Rows]:
    """Rows of incubatees in accepted reports, adding up the first of ``columns``; rows that leave one of them empty do not
    count, so that the terms of a ratio come from the same enterprises."""

    def rows(question: Question) -> Rows:
        condition, gap = where or Q(), Q()
        for column in columns:
            condition &= Q(**{f"{column}__isnull": False})
            gap |= Q(**{f"{column}__isnull": True})
        return Rows(
            _accepted(question),
            EnterpriseMonth,
            (Start("report__month"),),
            where=condition,
            place="report__carrier",
            area="report__carrier__owner_area",
            total=columns[0] if columns else None,
            monthly=True,
            report="report_id",
            without=gap,
            plain=True,
        )

    return rows


def _accepted(question: Question) -> Any:
    """Rows of accepted reports, as they stand now or were known on a day."""
    known_on = question.params.get(KNOWN_ON)
    if known_on:
        return EnterpriseMonth.objects.filter(report__in=MonthlyReport.objects.known_on(known_on))
    return EnterpriseMonth.objects.counted()


def _financed(question: Question) -> Rows:
    """Who was financed since January and is still told of by the same carrier in the last month, so that nobody is counted
    who is not among those that the share is of."""
    last = _accepted(question).filter(report__month=report_month(question.day))
    still = last.filter(enterprise=OuterRef("enterprise"), report__carrier=OuterRef("report__carrier"))
    return enterprises("financing", where=Q(financing__gt=0) & Q(Exists(still)))(question)


def enterprises(*columns: str, where: Q | None = None) -> Callable[[Question], Rows]:
    """The enterprises behind such rows, each counted once, whatever the months and carriers it was told of in."""

    def rows(question: Question) -> Rows:
        made = told(*columns, where=where)(question)
        return replace(
            made, total=None, counted=Enterprise, entity="enterprise_id", report="", without=None, plain=False
        )

    return rows


def _year(question: Question) -> Question:
    return question.during(date(question.day.year, 1, 1), question.day)


STOCK_NOTE = "取截至当日最近一个已结束月份中审核通过的月报里月末在孵企业逐家填报的数;没有收集或没有通过的载体不计入,并注明家数;填“缺”或“不适用”的企业不计入。"
YEAR_NOTE = f"当年1月起至该月末的累计数。{STOCK_NOTE}"
FLOW_NOTE = "期间各月审核通过的月报里在孵企业逐家填报的当月数之和;没有收集或没有通过的月份不计入,并注明份数。"
EMPTY = "没有可用的企业情况"


def _sum(code: str, name: str, unit: str, column: str, note: str, kind: Kind = Kind.STOCK) -> Tally:
    months = "各月" if kind is Kind.FLOW else ""
    return Tally(
        code=code, name=name, unit=unit, kind=kind, group=GROUP, definition=note, formula=f"Σ各在孵企业{months}“{name}”",
        source="月报企业情况", rows=told(column), params=PARAMS, monthly=True,
    )  # fmt: skip


def _ratio(code: str, name: str, formula: str, source: str, note: str, top: Part, bottom: Part, **more: Any) -> Ratio:
    return Ratio(
        code=code, name=name, unit="%", group=GROUP, definition=note, formula=formula, source=source, top=(top,),
        bottom=(bottom,), params=PARAMS, empty=EMPTY, **more,
    )  # fmt: skip


INDICATORS: tuple[Indicator, ...] = (
    _sum("employees", "在孵企业从业人员", "人", "staff", STOCK_NOTE),
    _sum("employees_doctor", "在孵企业博士人数", "人", "staff_doctor", STOCK_NOTE),
    _sum("employees_college", "在孵企业大专以上人数", "人", "staff_college", STOCK_NOTE),
    _sum("employees_fresh_grad", "吸纳应届大学毕业生", "人", "staff_fresh", STOCK_NOTE),
    _sum("revenue", "在孵企业营业收入", "元", "revenue", FLOW_NOTE, Kind.FLOW),
    _sum("revenue_ytd", "在孵企业本年累计营业收入", "元", "revenue_ytd", YEAR_NOTE),
    _sum("rd_expense", "在孵企业本年累计研发费用", "元", "research_ytd", YEAR_NOTE),
    _sum("tax_paid", "在孵企业本年累计实缴税费", "元", "tax_ytd", YEAR_NOTE),
    _sum("ip_valid", "在孵企业有效知识产权", "件", "ip_valid", STOCK_NOTE),
    _ratio(
        "rd_intensity", "研发投入强度", "Σ本年累计研发费用 ÷ Σ本年累计营业收入,不取各家比率的平均", "月报企业情况", YEAR_NOTE,
        Part(rows=told("research_ytd", "revenue_ytd"), kind=Kind.STOCK),
        Part(rows=told("revenue_ytd", "research_ytd"), kind=Kind.STOCK), term_units=("元", "元"),
    ),
    _ratio(
        "ip_owned_ratio", "拥有有效知识产权的在孵企业占比", "有效知识产权不少于1件的企业 ÷ 填报有效知识产权的在孵企业",
        "国科发区〔2018〕300号", STOCK_NOTE,
        Part(rows=enterprises("ip_valid", where=Q(ip_valid__gte=1)), kind=Kind.STOCK),
        Part(rows=enterprises("ip_valid"), kind=Kind.STOCK),
    ),
    _ratio(
        "financed_ratio", "获得投融资的在孵企业占比", "当年1月起填报过投融资金额大于0、且仍在最近一月名单中的企业 ÷ 最近一月填报的在孵企业",
        "国科发区〔2018〕300号", f"分子按企业去重,一家当年多次融资只计一次,已毕业、离开的不计。{STOCK_NOTE}",
        Part(rows=_financed, kind=Kind.FLOW, ask=_year),
        Part(rows=enterprises(), kind=Kind.STOCK),
    ),
)  # fmt: skip
