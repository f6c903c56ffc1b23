"""The bulletin's third part: the towns in order."""

from __future__ import annotations

from decimal import Decimal

from core.papers.content import Cell, Chart, Column, Section, Series, Table
from core.templatetags.portal import pct
from incubators.indicators.base import Kind
from incubators.indicators.links import figure_url
from incubators.indicators.tally import month_end
from incubators.models import Carrier
from incubators.reporting.bulletin.figures import MARK, shown, unit_of
from incubators.reporting.bulletin.month import Month, Place

RANKED = ("n_incubatee", "n_incubatee_new", "n_graduate_new", "financing_amount", "ip_granted", "occupancy_rate")
SHORT = {
    "n_incubatee": "期末在孵",
    "n_incubatee_new": "本月新增",
    "n_graduate_new": "本月毕业",
    "financing_amount": "本月融资",
    "ip_granted": "本月授权",
    "occupancy_rate": "入驻率(面积)",
}


def ranking(known: Month) -> Section:
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


__all__ = ["RANKED", "ranking"]
