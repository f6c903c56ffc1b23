"""The monthly bulletin (月度通报) of an area: who reported and when, the core figures, the towns in order.

Built once, as plain content, from the month's lines and the catalogue's figures; page, Word and PDF write the same. What a
figure lacks is marked at it and said below its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.dates import DASH, date_cn, month_cn
from core.money import to_wan
from core.papers.content import Block, Cell, Chart, Column, Paper, Paragraph, Section, Series, Table
from core.templatetags.portal import number, pct, signed, wan_number
from incubators.indicators.base import Figure, Indicator, Kind
from incubators.indicators.board import Board
from incubators.indicators.links import figure_url
from incubators.indicators.tally import month_end
from incubators.models import Area, Carrier, MonthlyReport
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.closing import Closes
from incubators.reporting.overview import Line, Summary

FIGURES = (
    "n_incubatee",
    "n_incubatee_new",
    "n_graduate_new",
    "n_exit_new",
    "occupancy_rate",
    "seat_occupancy_rate",
    "financing_amount",
    "financed_n",
    "ip_applied",
    "ip_granted",
    "income_total",
    "events_n",
    "events_people",
)
RANKED = ("n_incubatee", "n_incubatee_new", "n_graduate_new", "financing_amount", "ip_granted", "occupancy_rate")
SHORT = {
    "n_incubatee": "期末在孵",
    "n_incubatee_new": "本月新增",
    "n_graduate_new": "本月毕业",
    "financing_amount": "本月融资",
    "ip_granted": "本月授权",
    "occupancy_rate": "入驻率(面积)",
}
MONTH, LAST, YEAR_AGO, SO_FAR, SO_FAR_AGO = "本月", "上月", "上年同月", "本年累计", "上年同期累计"
MADE_UP = "演示用合成数据,不是真实情况"
MARK = "*"
SUMMED = "有载体为首个报告月,数自1月起累计,不作环比、同比"
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the tables by area: a child of the area, or what is credited to the area itself (``area`` None)."""

    name: str
    lines: tuple[Line, ...]
    area: Area | None

    @property
    def summary(self) -> Summary:
        return overview.summarise(self.lines)


@dataclass(frozen=True, slots=True)
class Month:
    """Everything that the bulletin is made from. ``summed``: those of the months compared in which flows of a carrier's
    reports count from January on."""

    area: Area
    month: date
    today: date
    lines: tuple[Line, ...]
    places: tuple[Place, ...]
    board: Board
    closed_on: date | None
    summed: frozenset[date]

    @property
    def summary(self) -> Summary:
        return overview.summarise(self.lines)

    def comparable(self, code: str, month: date) -> bool:
        """Whether the figure of ``month`` is that month's alone."""
        flow = self.board.indicators[code].kind is Kind.FLOW and self.board.reported(code)
        return not (flow and month in self.summed)


def gather(user: Any, area: Area, children: Sequence[Area], month: date) -> Month:
    """What the bulletin of an area says of a month that has ended, as the person may see it. Eight queries."""
    calendars = Calendars()
    found = overview.month_lines(user, month, calendars)
    lines = tuple(line for line in found if line.area_path.startswith(area.path))
    places = []
    rest = list(lines)
    for child in children:
        inside = tuple(line for line in rest if line.area_path.startswith(child.path))
        rest = [line for line in rest if not line.area_path.startswith(child.path)]
        if inside:
            places.append(Place(child.name, inside, child))
    if rest and places:
        places.append(Place(f"{area.name}本级", tuple(rest), None))
    own = [place.area for place in places if place.area is not None]
    board = Board(FIGURES, month=month, within=area, user=user, areas=own, calendars=calendars)
    closed = Closes([month], calendars).closed_on(area.path, month)
    paths = {line.area_path for line in lines}
    summed = frozenset(
        each
        for each in (month, add_months(month, -1), board.year_ago)
        if any(calendars.days(path, each).counts_earlier(each) for path in paths)
    )
    return Month(area, month, timezone.localdate(), lines, tuple(places), board, closed, summed)


def bulletin(known: Month) -> Paper:
    """The bulletin."""
    closed = f"本月已于{date_cn(known.closed_on)}月结" if known.closed_on else "本月尚未月结,数据可能还会变化"
    sections = [_reporting(known), _figures(known)]
    if len(known.places) > 1:
        sections.append(_ranking(known))
    sections.append(_remarks(known))
    return Paper(
        f"{known.area.name}科创载体运行情况月度通报",
        (month_cn(known.month), f"数据截至{date_cn(known.today)};{closed}"),
        tuple(
            Section(f"{ordinal}、{section.heading}", section.blocks)
            for ordinal, section in zip("一二三四", sections, strict=False)
        ),
        MADE_UP if known.board.synthetic else "",
    )


# --- Who reported -----------------------------------------------------------------------------------------------------
def _reporting(known: Month) -> Section:
    whole = known.summary
    if not whole.expected:
        return Section("报送情况", (Paragraph(f"{month_cn(known.month)}没有应报月报的科创载体。"),))
    late = [line for line in known.lines if line.filed and line.late]
    overdue = [line for line in known.lines if line.overdue]
    waiting = whole.expected - whole.filed - len(overdue)
    said = (
        f"{month_cn(known.month)}应报月报的科创载体{whole.expected}家,已报{whole.filed}家,填报率{pct(whole.completeness)};"
        f"按时报送{whole.punctual}家,及时率{pct(whole.punctuality)}。"
    )
    said += f"迟报{len(late)}家{_named(late)}。" if late else "没有迟报。"
    said += f"逾期未报{len(overdue)}家{_named(overdue)}。" if overdue else "没有逾期未报。"
    if waiting:
        said += f"另有{waiting}家尚未报送,未到截止日期。"
    blocks: list[Block] = [Paragraph(said)]
    if len(known.places) > 1:
        blocks += [_by_place(known), _rates(known)]
    if late or overdue:
        blocks.append(_behind([*overdue, *late], known.today))
    return Section("报送情况", tuple(blocks))


def _named(lines: Sequence[Line]) -> str:
    words = "、".join(line.name for line in lines[:MOST_NAMED])
    return f":{words}{'等' if len(lines) > MOST_NAMED else ''}"


def _by_place(known: Month) -> Table:
    def row(name: str, counted: Summary, href: str = "") -> tuple[Cell, ...]:
        late = counted.filed - counted.punctual
        reported = (counted.expected, counted.filed, pct(counted.completeness))
        in_time = (counted.punctual, pct(counted.punctuality), late, counted.overdue)
        return (Cell(name, href), *(Cell(str(each)) for each in (*reported, *in_time, counted.accepted)))

    rows = [row(place.name, place.summary, _month_page(known.month, place)) for place in known.places]
    heads = ("应报", "已报", "填报率", "按时", "及时率", "迟报", "逾期未报", "审核通过")
    units = {"填报率": "%", "及时率": "%"}
    columns = (Column("区域", width=3), *(Column(head, "" if head in units else "家", num=True) for head in heads))
    return Table("各区域月报报送情况", columns, (*rows, row("合计", known.summary)))


def _month_page(month: date, place: Place) -> str:
    if place.area is None:
        return ""
    return f"{reverse('incubators:report_list')}?month={month:%Y-%m}&area={place.area.code}"


def _rates(known: Month) -> Chart:
    def percents(of: Callable[[Summary], Decimal | None]) -> tuple[Decimal | None, ...]:
        return tuple(_percent(of(place.summary)) for place in known.places)

    return Chart(
        "bulletin-rates",
        "各区域月报填报率和及时率",
        tuple(place.name for place in known.places),
        (
            Series("填报率", percents(lambda counted: counted.completeness)),
            Series("及时率", percents(lambda counted: counted.punctuality)),
        ),
        unit="%",
        highest=100,
        category_label="区域",
        links=tuple(_month_page(known.month, place) for place in known.places),
    )


def _percent(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else (fraction * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _behind(lines: Iterable[Line], today: date) -> Table:
    """Who is missing, then who came late, each with by how many days."""

    def row(line: Line) -> tuple[Cell, ...]:
        sent = timezone.localdate(line.first_submitted_at) if line.first_submitted_at else None
        if line.filed and sent:
            word, days = "迟报", (sent - line.days.due_on).days
        else:
            days = (today - line.days.due_on).days
            word = "退回后未再报" if line.state == MonthlyReport.State.RETURNED else "逾期未报"
        shown = date_cn(sent) if line.filed else DASH
        return tuple(
            Cell(text) for text in (line.name, line.area_name, word, date_cn(line.days.due_on), shown, str(days))
        )

    columns = (
        Column("载体", width=5),
        Column("归属区域", width=2),
        Column("情况", width=2),
        Column("截止日期", width=3),
        Column("首次提交", width=3),
        Column("晚", "天", num=True, width=1),
    )
    return Table("逾期未报和迟报的载体", columns, tuple(row(line) for line in lines))


# --- Figures ----------------------------------------------------------------------------------------------------------
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


def _figures(known: Month) -> Section:
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


# --- Towns in order ---------------------------------------------------------------------------------------------------
def _ranking(known: Month) -> Section:
    board = known.board
    places = [place for place in known.places if place.area is not None]
    found = {place.name: {code: board.at(code, known.month, place.area) for code in RANKED} for place in places}

    def incubatees(place: Place) -> Decimal:
        return found[place.name]["n_incubatee"].value or Decimal(0)

    ordered = sorted(places, key=lambda place: -incubatees(place))
    counts = [incubatees(place) for place in ordered]
    rows = []
    lacking = False
    for place in ordered:
        cells = [Cell(place.name), Cell(str(counts.index(incubatees(place)) + 1))]
        for code in RANKED:
            figure = found[place.name][code]
            indicator = board.indicators[code]
            unasked = known.board.owed(code, known.month, place.area) == 0
            lacks = bool(figure.missing) and not unasked
            lacking = lacking or lacks
            flow = indicator.kind is Kind.FLOW
            asked = {"from_": known.month, "to": month_end(known.month)} if flow else {"on": month_end(known.month)}
            address = figure_url(code, within=place.area.code if place.area else "", **asked)
            cells.append(Cell(shown(indicator, figure.value) + (MARK if lacks else ""), address))
        cells.append(Cell(str(pct(place.summary.completeness))))
        rows.append(tuple(cells))
    columns = (
        Column("区域", width=3),
        Column("位次", num=True, width=1),
        *(Column(SHORT[code], unit_of(board.indicators[code]), num=True) for code in RANKED),
        Column("填报率", "%", num=True),
    )
    notes = ["按期末在孵企业数由多到少排列,相同的并列。"]
    if lacking:
        notes.append(f"{MARK} 有载体无此项审核通过的数据,未计入。")
    if any(line.kind == Carrier.Kind.MAKER_SPACE for place in places for line in place.lines):
        notes.append("入驻率(面积)不含众创空间:众创空间按工位计,见“主要指标”;只有众创空间的区域写“—”。")
    own = [place.name for place in known.places if place.area is None]
    if own:
        notes.append(f"{own[0]}的载体不参加排名。")
    chart = Chart(
        "bulletin-ranking",
        f"各区域{known.month.month}月末在孵企业数",
        tuple(place.name for place in ordered),
        (Series("在孵企业数", tuple(counts)),),
        unit="家",
        horizontal=True,
        category_label="区域",
    )
    return Section("各区域排名", (Table("各区域主要指标排名", columns, tuple(rows), tuple(notes)), chart))


# --- Remarks ----------------------------------------------------------------------------------------------------------
def _remarks(known: Month) -> Section:
    said = [
        "报送情况按载体归属区域统计;首次提交不晚于截止日(遇休息日顺延)的为按时,退回后补正的以首次提交为准。",
        (
            "企业数取自登记库;场地、融资、知识产权、收入、活动取自审核通过的月报,更正通过后以更正版为准。"
            "本年累计为1月至本月各月之和。各指标的定义见平台“指标口径”。"
        ),
        "环比、同比为增减百分比,比率为增减百分点;没有基数的、一方是自1月起累计的首个报告月的写“—”。",
    ]
    cumulative = [line for line in known.lines if line.days.counts_earlier(known.month)]
    if cumulative:
        said.append(f"{len(cumulative)}家载体本月为首个报告月,当期数自1月起累计。")
    if known.board.synthetic:
        said.append(f"本通报使用{MADE_UP}。")
    return Section("数据说明", tuple(Paragraph(f"{place}.{text}", quiet=True) for place, text in enumerate(said, 1)))


__all__ = ["FIGURES", "Month", "bulletin", "change", "gather", "shown", "unit_of"]
