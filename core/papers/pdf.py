"""A paper as PDF: A4, numbered pages, tables that repeat their heads, charts drawn as lines and not as pictures.

The font (Noto Sans SC, from set-up) is embedded as far as it is used, so that the file reads the same everywhere. Where it
is not there, the reader's own Chinese font is named instead.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, String
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, KeepTogether, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Paragraph as Flowing
from reportlab.platypus import Table as Grid

from core.papers.content import Chart, Paper, Paragraph, Series, Table

PDF_TYPE = "application/pdf"
_SIDE, _TOP, _BOTTOM = 20 * mm, 20 * mm, 18 * mm
_WIDTH = A4[0] - 2 * _SIDE - 12  # what reportlab's frame leaves free within the margins
_INK, _QUIET, _LINE, _SHADE = HexColor("#17212f"), HexColor("#5d6a7c"), HexColor("#9aa7b5"), HexColor("#eef2f6")
_COLOURS = (HexColor("#1b5096"), HexColor("#d08a0c"), HexColor("#3d9a84"))
_RESERVE = "STSong-Light"
# A word or figure is never cut; a Chinese character is a piece of its own, with the closing signs after it.
_PIECES = re.compile(r"[(《“「]*(?:[\w.,%+−\-/:]*[A-Za-z0-9%][\w.%+−\-/]*(?<![一-鿿])|.)[,。;:、)》”」%!?*]*", re.ASCII)


@cache
def fonts() -> tuple[str, str]:
    """The names of the regular and the bold font, registered once a process."""
    folder = Path(settings.BASE_DIR) / "var" / "fonts"
    try:
        for name in ("Regular", "Bold"):
            pdfmetrics.registerFont(TTFont(f"NotoSansSC-{name}", str(folder / f"NotoSansSC-{name}.ttf")))
    except OSError:
        pdfmetrics.registerFont(UnicodeCIDFont(_RESERVE))
        return _RESERVE, _RESERVE
    return "NotoSansSC-Regular", "NotoSansSC-Bold"


def write(paper: Paper) -> bytes:
    """The file."""
    target = BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=_SIDE, rightMargin=_SIDE, topMargin=_TOP, bottomMargin=_BOTTOM,
        title=paper.title, author="科创载体管理平台", subject=paper.warning,
    )  # fmt: skip
    story = [_flow(paper.title, 17, bold=True, centred=True, after=4)]
    story += [_flow(line, 9.5, centred=True, colour=_QUIET) for line in paper.lines]
    if paper.warning:
        story.append(_flow(paper.warning, 9.5, bold=True, centred=True))
    for section in paper.sections:
        story += [CondPageBreak(40 * mm), _flow(section.heading, 13, bold=True, before=10, after=4)]
        for block in section.blocks:
            if isinstance(block, Paragraph):
                size = 8.5 if block.quiet else 10.5
                story.append(_flow(block.text, size, indent=0 if block.quiet else 2, after=3))
            elif isinstance(block, Table):
                story += _table(block)
            else:
                story.append(_chart(block))
    document.build(story, canvasmaker=_numbered(paper.warning))
    return target.getvalue()


def _numbered(warning: str) -> type[Canvas]:
    """A canvas that knows at its end how many pages there are."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **values: Any) -> None:
            super().__init__(*args, **values)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append({**self.__dict__})
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self.setFont(fonts()[0], 8)
                self.setFillColor(_QUIET)
                self.drawCentredString(A4[0] / 2, 10 * mm, f"第 {number} 页,共 {len(self._pages)} 页")
                if warning:
                    self.drawString(_SIDE, A4[1] - 12 * mm, warning)
                super().showPage()
            super().save()

    return Numbered


# --- Words ------------------------------------------------------------------------------------------------------------
def lines_of(text: str, font: str, size: float, width: float, first: float = 0) -> list[str]:
    """``text`` cut into lines of at most ``width`` points: between Chinese characters, never within a number or before a
    closing sign. ``first``: what the first line is shorter by."""
    lines, line, room = [], "", width - first
    for piece in _PIECES.findall(text):
        if line and pdfmetrics.stringWidth(line + piece, font, size) > room:
            lines.append(line.rstrip())
            line, room = "", width
        for part in _cut(piece, font, size, width):
            if line and pdfmetrics.stringWidth(line + part, font, size) > room:
                lines.append(line.rstrip())
                line, room = "", width
            line += part
    return [*lines, line]


def _cut(piece: str, font: str, size: float, width: float) -> list[str]:
    """A piece that no line can hold, sign by sign."""
    return [piece] if pdfmetrics.stringWidth(piece, font, size) <= width else [*piece]


def _flow(
    text: str, size: float, *, bold: bool = False, centred: bool = False, indent: int = 0, before: float = 0,
    after: float = 2, width: float = _WIDTH, right: bool = False, colour: Any = _INK,
) -> Flowing:  # fmt: skip
    font = fonts()[bold]
    style = ParagraphStyle(
        "text", fontName=font, fontSize=size, leading=size * 1.5, textColor=colour, spaceBefore=before,
        spaceAfter=after, alignment=1 if centred else 2 if right else 0, firstLineIndent=indent * size,
    )  # fmt: skip
    # A hair less than there is: sums of widths differ in the last digit.
    cut = lines_of(text, font, size, width - 0.1, indent * size)
    return Flowing("<br/>".join(escape(line) for line in cut), style)


# --- Tables -----------------------------------------------------------------------------------------------------------
def _table(block: Table) -> list[Any]:
    shares, pad, size = sum(column.width for column in block.columns), 3, 8
    widths = [_WIDTH * column.width / shares for column in block.columns]
    inner = [width - 2 * pad - 1 for width in widths]
    head = [
        _flow(column.head, size, bold=True, centred=True, after=0, width=inner[place])
        for place, column in enumerate(block.columns)
    ]
    rows = [
        [
            _flow(cell.text, size, after=0, width=inner[place], right=block.columns[place].num)
            for place, cell in enumerate(row)
        ]
        for row in block.rows
    ]
    grid = Grid([head, *rows], colWidths=widths, repeatRows=1)
    grid.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
                ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), pad),
                ("RIGHTPADDING", (0, 0), (-1, -1), pad),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    caption = _flow(block.caption, 9.5, bold=True, centred=True, before=6, after=3)
    notes = [_flow(note, 8, colour=_QUIET) for note in block.notes]
    # A caption that is kept with its table would take a long table to the next page with it.
    return [CondPageBreak(30 * mm), caption, grid, Spacer(1, 3), *notes]


# --- Charts -----------------------------------------------------------------------------------------------------------
def _chart(block: Chart) -> KeepTogether:
    tall = 60 + 15 * len(block.categories) if block.horizontal else 165
    drawing = Drawing(_WIDTH, tall)
    # A bar on its side needs room for its name; numbers above it stand short.
    left = 82 if block.horizontal else 44
    figure = _shape(block)
    figure.x, figure.y, figure.width, figure.height = left, 26, _WIDTH - left - 14, tall - 48
    figure.data = [[None if value is None else float(value) for value in line.data] for line in block.series]
    names, values = figure.categoryAxis, figure.valueAxis
    room = (_WIDTH - left) / max(1, len(block.categories))
    names.categoryNames = [each if block.horizontal else _stacked(each, room) for each in block.categories]
    for each in (names, values):
        each.labels.fontName, each.labels.fontSize, each.labels.fillColor = fonts()[0], 7, _QUIET
        each.strokeColor = _LINE
    if block.horizontal:
        names.reverseDirection = 1
        names.labels.boxAnchor, names.labels.dx = "e", -4
    values.valueMin, values.visibleGrid, values.gridStrokeColor = 0, 1, HexColor("#e2e7ee")
    values.labelTextFormat = _written
    known = [value for line in block.series for value in line.data if value]
    if not known:
        values.valueMax, values.valueStep = 1, 1
    elif block.highest:
        values.valueMax, values.valueStep = block.highest, block.highest / 4
    else:
        values.valueMax, values.valueStep = axis(max(known))
    drawing.add(figure)
    if block.unit:
        drawing.add(String(0, tall - 12, f"单位:{block.unit}", fontName=fonts()[0], fontSize=7.5, fillColor=_QUIET))
    if len(block.series) > 1:
        drawing.add(_legend(block, tall))
    title = _flow(block.title, 9.5, bold=True, centred=True, before=8, after=2)
    return KeepTogether([title, drawing, Spacer(1, 4)])


def axis(highest: Decimal) -> tuple[float, float]:
    """Where an axis from 0 ends that holds ``highest`` (above 0), and its step: 1, 2 or 5 times a power of ten, five at
    most. Left to itself the axis would end below the highest bar."""
    rough = Decimal(highest) / 5
    power = Decimal(10) ** rough.adjusted()
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    return float(math.ceil(Decimal(highest) / step) * step), float(step)


def _shape(block: Chart) -> Any:
    if block.form == "line":
        lines = HorizontalLineChart()
        # A known month between unknown ones has nothing to be joined to: then marks stand alone.
        lines.joinedLines = int(all(_joined(line) for line in block.series))
        for place in range(len(block.series)):
            lines.lines[place].strokeColor, lines.lines[place].strokeWidth = _COLOURS[place % 3], 1.6
            lines.lines[place].symbol = makeMarker("FilledCircle", size=4)
        return lines
    bars = HorizontalBarChart() if block.horizontal else VerticalBarChart()
    bars.groupSpacing, bars.barSpacing = 8, 1
    for place in range(len(block.series)):
        bars.bars[place].fillColor, bars.bars[place].strokeColor = _COLOURS[place % 3], white
    return bars


def _stacked(name: str, room: float) -> str:
    """A name below a chart in lines that fit the room of one category."""
    return "\n".join(lines_of(name, fonts()[0], 7, max(room - 2, 14)))


def _joined(line: Series) -> bool:
    """Whether each known value has a known neighbour."""
    runs = "".join(" " if value is None else "x" for value in line.data).split()
    return bool(runs) and all(len(run) > 1 for run in runs)


def _legend(block: Chart, tall: float) -> Legend:
    legend = Legend()
    legend.x, legend.y, legend.boxAnchor = _WIDTH - 14, tall - 4, "ne"
    legend.fontName, legend.fontSize, legend.fillColor = fonts()[0], 7.5, _INK
    legend.columnMaximum, legend.alignment, legend.dx, legend.dy = 1, "right", 7, 7
    legend.deltax, legend.strokeWidth = 60, 0
    legend.colorNamePairs = [(_COLOURS[place % 3], line.name) for place, line in enumerate(block.series)]
    return legend


def _written(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


__all__ = ["PDF_TYPE", "axis", "fonts", "lines_of", "write"]
