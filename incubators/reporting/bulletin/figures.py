"""The bulletin's second part: the main figures beside other months, in a sentence, a table and two lines of months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from core.dates import DASH
from core.money import to_wan
from core.papers.content import Cell, Chart, Column, Paragraph, Section, Series, Table
from core.templatetags.portal import number, pct, signed, wan_number
from incubators.indicators.base import Figure, Indicator, Kind
from incubators.indicators.links import figure_url
from incubators.indicators.tally import month_end
from incubators.reporting.bulletin.month import FIGURES, Month
from incubators.reporting.calendar import add_months

MONTH, LAST, YEAR_AGO, SO_FAR, SO_FAR_AGO = "本月", "上月", "上年同月", "本年累计", "上年同期累计"
MARK = "*"
SUMMED = "有载体为首个报告月,数自1月起累计,不作环比、同比"


def shown(indicator: Indicator, value: Decimal | None) -> str:
    """A figure as the bulletin writes it: 万元 for money, per cent for rates."""
    if indicator.unit == "元":
        return str(wan_number(value, 2))
    return str(pct(value) if indicator.unit == "%" else number(value))


def unit_of(indicator: Indicator) -> str:
    """The unit in which :func:`shown` writes."""
    return "万元" if indicator.unit == "元" else indicator.unit


def change(indicator: Indicator, now: Decimal | None, before: Decimal | None) -> str:
    """What a figure moved by against an earlier one: a share of it, for rates percentage points; — where unknown."""
    if now is None or before is None:
        return DASH
    if indicator.unit == "%":
        return f"{signed((now - before) * 100, 2)}百分点"
    if not before:
        return DASH
    moved = (now - before) / before * 100
    return f"{signed(moved, 1)}%"


def figures(known: Month) -> Section:
    board, month = known.board, known.month
    periods: dict[str, Callable[[str], Figure]] = {
        MONTH: lambda code: board.at(code, month),
        LAST: lambda code: board.at(code, add_months(month, -1)),
        YEAR_AGO: lambda code: board.at(code, board.year_ago),
        SO_FAR: lambda code: board.so_far(code, month),
        SO_FAR_AGO: lambda code: board.so_far(code, board.year_ago),
    }
    found = {code: {name: ask(code) for name, ask in periods.items()} for code in FIGURES}
    months = {MONTH: month, LAST: add_months(month, -1), YEAR_AGO: board.year_ago}
    rows = []
    lacking: dict[tuple[str, str], list[str]] = {}
    for code, answers in found.items():
        indicator = board.indicators[code]
        rows.append(_figure_row(known, indicator, answers))
        for name, figure in answers.items():
            if figure.missing and (indicator.kind is Kind.FLOW or name not in {SO_FAR, SO_FAR_AGO}):
                lacking.setdefault((name, figure.missing), []).append(indicator.name)
        for name, each in months.items():
            if not known.comparable(code, each):
                lacking.setdefault((name, SUMMED), []).append(indicator.name)
    columns = (
        Column("指标", width=8),
        Column(MONTH, num=True, width=5),
        Column(LAST, num=True, width=5),
        Column("环比", num=True, width=4),
        Column(YEAR_AGO, num=True, width=5),
        Column("同比", num=True, width=4),
        Column(SO_FAR, num=True, width=5),
        Column("上年同期", num=True, width=5),
        Column("同比", num=True, width=4),
    )
    notes = tuple(f"{MARK} {name}({'、'.join(codes)}):{words}。" for (name, words), codes in lacking.items())
    table = Table("主要指标", columns, tuple(rows), notes)
    return Section("主要指标", (Paragraph(_said(known, found)), table, *_trends(known)))


def _figure_row(known: Month, indicator: Indicator, answers: dict[str, Figure]) -> tuple[Cell, ...]:
    month, year_ago = known.month, known.board.year_ago
    flow = indicator.kind is Kind.FLOW

    def cell(name: str, last: date, first: date | None = None) -> Cell:
        figure = answers[name]
        asked = {"from_": first or last, "to": month_end(last)} if flow else {"on": month_end(last)}
        alone = name in {SO_FAR, SO_FAR_AGO} or known.comparable(indicator.code, last)
        text = shown(indicator, figure.value) + (MARK if figure.missing or not alone else "")
        return Cell(text, figure_url(indicator.code, within=known.area.code, **asked))

    def moved(now: str, before: str, *months: date) -> Cell:
        if not all(known.comparable(indicator.code, each) for each in months):
            return Cell(DASH)
        text = change(indicator, answers[now].value, answers[before].value)
        return Cell(text + _mark(text, answers[now], answers[before]))

    nothing = Cell(DASH)
    return (
        Cell(f"{indicator.name}({unit_of(indicator)})"),
        cell(MONTH, month),
        cell(LAST, add_months(month, -1)),
        moved(MONTH, LAST, month, add_months(month, -1)),
        cell(YEAR_AGO, year_ago),
        moved(MONTH, YEAR_AGO, month, year_ago),
        cell(SO_FAR, month, month.replace(month=1)) if flow else nothing,
        cell(SO_FAR_AGO, year_ago, year_ago.replace(month=1)) if flow else nothing,
        moved(SO_FAR, SO_FAR_AGO) if flow else nothing,
    )


def _mark(text: str, *figures: Figure) -> str:
    """The mark at what is made from figures that lack something, where there is anything to mark."""
    return MARK if text != DASH and any(figure.missing for figure in figures) else ""


def _said(known: Month, found: dict[str, dict[str, Figure]]) -> str:
    indicators = known.board.indicators

    def value(code: str, name: str = MONTH) -> str:
        figure = found[code][name]
        text = shown(indicators[code], figure.value)
        unit = "" if text == DASH or text.endswith("%") else unit_of(indicators[code])
        return f"{text}{unit}{_mark(text, figure)}"

    def against(code: str, now: str, before: str) -> str:
        words = change(indicators[code], found[code][now].value, found[code][before].value)
        if words == DASH:
            return "无可比数"
        mark = _mark(words, found[code][now], found[code][before])
        if words.startswith(("+", "−")):
            return f"{'上升' if words[0] == '+' else '下降'}{words[1:]}{mark}"
        return f"持平{mark}"

    return (
        f"{known.month.month}月末在孵企业{value('n_incubatee')},比上月末{against('n_incubatee', MONTH, LAST)},"
        f"比上年同月末{against('n_incubatee', MONTH, YEAR_AGO)};本月新增在孵{value('n_incubatee_new')}、"
        f"毕业{value('n_graduate_new')}、退出{value('n_exit_new')},本年累计新增{value('n_incubatee_new', SO_FAR)}、"
        f"毕业{value('n_graduate_new', SO_FAR)}、退出{value('n_exit_new', SO_FAR)}。"
        f"本月获投融资{value('financing_amount')},本年累计{value('financing_amount', SO_FAR)},"
        f"累计同比{against('financing_amount', SO_FAR, SO_FAR_AGO)};知识产权授权本月{value('ip_granted')},"
        f"本年累计{value('ip_granted', SO_FAR)}。载体收入本月{value('income_total')},本年累计{value('income_total', SO_FAR)};"
        f"举办活动本月{value('events_n')},本年累计{value('events_n', SO_FAR)}。"
        f"入驻率(面积){value('occupancy_rate')},入驻率(工位){value('seat_occupancy_rate')}。"
        f"{_left_out(known)}"
    )


SAID_OF_REPORTS = (
    "financing_amount",
    "ip_granted",
    "income_total",
    "events_n",
    "occupancy_rate",
    "seat_occupancy_rate",
)


def _left_out(known: Month) -> str:
    """How many carriers the month's figures of the sentence leave out, figures with the same number together."""
    by: dict[int, list[str]] = {}
    for code in SAID_OF_REPORTS:
        if lacking := known.board.lacking(code, known.month):
            by.setdefault(lacking, []).append(known.board.indicators[code].name)
    if not by:
        return ""
    named = ",".join(f"{'、'.join(names)}另有{count}家未计入" for count, names in by.items())
    return f"带{MARK}的数不完整:本月{named};其余月份见下表的注。"


def _trends(known: Month) -> tuple[Chart, Chart]:
    board = known.board
    months = [add_months(known.month, -back) for back in range(12, -1, -1)]
    names = tuple(f"{month:%Y-%m}" for month in months)

    def links(code: str) -> tuple[str, ...]:
        flow = board.indicators[code].kind is Kind.FLOW
        asked = [{"from_": m, "to": month_end(m)} if flow else {"on": month_end(m)} for m in months]
        return tuple(figure_url(code, within=known.area.code, **each) for each in asked)

    money = [board.at("financing_amount", month).value for month in months]
    return (
        Chart(
            "bulletin-incubatees",
            "近13个月期末在孵企业数",
            names,
            (Series("在孵企业数", tuple(board.at("n_incubatee", month).value for month in months)),),
            form="line",
            unit="家",
            category_label="月份",
            links=links("n_incubatee"),
        ),
        Chart(
            "bulletin-financing",
            "近13个月获投融资金额",
            names,
            (Series("获投融资金额", tuple(None if each is None else to_wan(each) for each in money)),),
            unit="万元",
            category_label="月份",
            links=links("financing_amount"),
        ),
    )


__all__ = ["MARK", "change", "figures", "shown", "unit_of"]
