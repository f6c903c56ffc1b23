"""The bulletin's first part: who reported the month, who came late and who is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.urls import reverse
from django.utils import timezone

from core.dates import DASH, date_cn, month_cn
from core.papers.content import Block, Cell, Chart, Column, Paragraph, Section, Series, Table
from core.templatetags.portal import pct
from incubators.models import MonthlyReport
from incubators.reporting.bulletin.month import Month, Place
from incubators.reporting.overview import Line, Summary

MOST_NAMED = 12


def filing(known: Month) -> Section:
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


__all__ = ["filing"]
