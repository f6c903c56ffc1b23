"""What incubatees employ, earn, research and own, where the month asked of each of them (企业情况): in words and by area."""

from __future__ import annotations

from core.dates import DASH
from core.papers.content import Cell, Column, Paragraph, Section, Table
from incubators.indicators.base import Kind
from incubators.indicators.links import figure_url
from incubators.indicators.tally import month_end
from incubators.models import Area
from incubators.reporting.bulletin.figures import MARK, change, shown, unit_of
from incubators.reporting.bulletin.month import Month
from incubators.reporting.calendar import add_months

# The columns of the table: name and figure of the catalogue.
SHORT = {
    "employees": "从业人员",
    "revenue": "本月营业收入",
    "revenue_ytd": "本年累计营业收入",
    "rd_expense": "本年累计研发费用",
    "rd_intensity": "研发投入强度",
    "tax_paid": "本年累计实缴税费",
    "ip_valid": "有效知识产权",
}


def incubatees(known: Month) -> Section:
    """Call where :attr:`Month.asks_enterprises`."""
    places = [place.area for place in known.places if place.area is not None]
    rows = [_row(known, place.name, place) for place in places]
    rows.append(_row(known, "合计", None))
    columns = (
        Column("区域", width=3),
        *(Column(name, unit_of(known.board.indicators[code]), num=True) for code, name in SHORT.items()),
    )
    notes = ["各家填报数之和;研发投入强度为研发费用之和除以营业收入之和。企业名单取自登记库月末在孵。"]
    own = [place.name for place in known.places if place.area is None]
    if own:
        notes.append(f"合计含{own[0]}的载体。")
    lacking: dict[str, list[str]] = {}
    for code, name in SHORT.items():
        figure = known.board.at(code, known.month)
        if figure.missing and figure.value is not None:
            lacking.setdefault(figure.missing, []).append(name)
    notes += [f"{MARK} {'、'.join(names)}:{words}。" for words, names in lacking.items()]
    table = Table("在孵企业情况", columns, tuple(rows), tuple(notes))
    return Section("企业情况", (Paragraph(_said(known)), table))


def _row(known: Month, name: str, area: Area | None) -> tuple[Cell, ...]:
    cells = [Cell(name)]
    for code in SHORT:
        indicator = known.board.indicators[code]
        last = month_end(known.month)
        asked = {"from_": known.month, "to": last} if indicator.kind is Kind.FLOW else {"on": last}
        address = figure_url(code, within=(area or known.area).code, **asked)
        cells.append(Cell(_text(known, code, area), address))
    return tuple(cells)


def _text(known: Month, code: str, area: Area | None = None) -> str:
    figure = known.board.at(code, known.month, area)
    text = shown(known.board.indicators[code], figure.value)
    return text + (MARK if figure.missing and text != DASH else "")


def _said(known: Month) -> str:
    def value(code: str) -> str:
        text, unit = _text(known, code), unit_of(known.board.indicators[code])
        return text if text == DASH or unit == "%" else text + unit

    return (
        f"{known.month.month}月末在孵企业从业人员{value('employees')}{_against_last(known, 'employees')},"
        f"其中博士{value('employees_doctor')}、大专以上{value('employees_college')}。"
        f"本月营业收入{value('revenue')},本年累计{value('revenue_ytd')}{_against_last_year(known, 'revenue_ytd')};"
        f"本年累计研发费用{value('rd_expense')},研发投入强度{value('rd_intensity')};实缴税费{value('tax_paid')}。"
        f"拥有有效知识产权{value('ip_valid')}。"
    )


def _against_last(known: Month, code: str) -> str:
    board = known.board
    now, before = board.at(code, known.month), board.at(code, add_months(known.month, -1))
    return _moved("比上月末", change(board.indicators[code], now.value, before.value), now.missing or before.missing)


def _against_last_year(known: Month, code: str) -> str:
    board = known.board
    now, before = board.at(code, known.month), board.at(code, board.year_ago)
    return _moved("同比", change(board.indicators[code], now.value, before.value), now.missing or before.missing)


def _moved(beside: str, words: str, missing: str) -> str:
    """Nothing where one of the two lacks carriers: what moved may be who told."""
    if words == DASH or missing:
        return ""
    if words[0] not in "+−":
        return f"({beside}持平)"
    return f"({beside}{'上升' if words[0] == '+' else '下降'}{words[1:]})"


__all__ = ["incubatees"]
