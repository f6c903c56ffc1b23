"""A paper as a Word document (.docx): A4, numbered pages, tables that repeat their heads, charts that stay editable.

A chart is the one that XlsxWriter puts into a workbook; the workbook goes along inside the document, so that Word opens
the very numbers behind it ("edit data").
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import xlsxwriter
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Emu, Pt, RGBColor

from core.papers.content import Chart, Paper, Paragraph, Section, Table
from core.spreadsheets import XLSX_TYPE

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_CHART_XML = "xl/charts/chart1.xml"
_CHART_NS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_WIDTH = Cm(16.6)
_HEAD_FONT, _TEXT_FONT, _LATIN = "黑体", "宋体", "Times New Roman"
_COLOURS = ("#1B5096", "#D08A0C", "#3D9A84")


def write(paper: Paper) -> bytes:
    """The document."""
    document = Document()
    _set_up(document, paper)
    title = document.add_paragraph(style="Title")
    title.add_run(paper.title)
    for line in paper.lines:
        _line(document, line, centred=True)
    if paper.warning:
        _line(document, paper.warning, centred=True, bold=True)
    charts = 0
    for section in paper.sections:
        charts = _section(document, section, charts)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _set_up(document: Any, paper: Paper) -> None:
    """Page, fonts and foot."""
    document.core_properties.title = paper.title
    document.core_properties.author = "科创载体管理平台"
    page = document.sections[0]
    page.orientation = WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    page.top_margin, page.bottom_margin = Cm(2.2), Cm(2)
    for name, font, size in (("Normal", _TEXT_FONT, 11), ("Title", _HEAD_FONT, 18), ("Heading 1", _HEAD_FONT, 14)):
        style = document.styles[name]
        style.font.name, style.font.size = _LATIN, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
        fonts.set(qn("w:eastAsia"), font)
    title = document.styles["Title"]
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(6)
    title.font.bold = True
    for border in title.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if paper.warning:
        foot.add_run(f"{paper.warning}    ").font.size = Pt(8)
    for words, code in (("第 ", "PAGE"), (" 页,共 ", "NUMPAGES"), (" 页", "")):
        foot.add_run(words).font.size = Pt(8)
        if code:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), code)
            field.append(parse_xml(f'<w:r {nsdecls("w")}><w:rPr><w:sz w:val="16"/></w:rPr><w:t>1</w:t></w:r>'))
            foot._p.append(field)  # noqa: SLF001 - python-docx has no fields of its own


def _section(document: Any, section: Section, charts: int) -> int:
    document.add_heading(section.heading, level=1)
    for block in section.blocks:
        if isinstance(block, Paragraph):
            _line(document, block.text, indent=not block.quiet, small=block.quiet)
        elif isinstance(block, Table):
            _table(document, block)
        else:
            charts += 1
            _chart(document, block, charts)
    return charts


def _line(
    document: Any, text: str, *, centred: bool = False, bold: bool = False, indent: bool = False, small: bool = False
) -> Any:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.bold = bold
    if small:
        run.font.size = Pt(9)
    shape = paragraph.paragraph_format
    shape.space_after, shape.line_spacing = Pt(3), 1.35
    if centred:
        shape.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        shape.first_line_indent = Pt(22)
    return paragraph


def _table(document: Any, block: Table) -> None:
    caption = _line(document, block.caption, bold=True, centred=True)
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(8)
    table = document.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    shares = sum(column.width for column in block.columns)
    widths = [Emu(int(_WIDTH * column.width / shares)) for column in block.columns]
    margins = "".join(f'<w:{side} w:w="50" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
    table._tbl.tblPr.append(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{margins}</w:tblCellMar>"))  # noqa: SLF001 - nor margins
    for place, column in enumerate(block.columns):
        table.columns[place].width = widths[place]
        _fill(table.rows[0].cells[place], column.head, widths[place], right=False, head=True)
    head = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no repeated heads of its own
    head.append(OxmlElement("w:tblHeader"))
    for row in block.rows:
        line = table.add_row()
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - nor rows kept whole
        # Asking for a row's cells walks the table: once a row, not once a cell.
        for place, (cell, column) in enumerate(zip(line.cells, block.columns, strict=True)):
            _fill(cell, row[place].text, widths[place], right=column.num)
    for place, note in enumerate(block.notes):
        shape = _line(document, note, small=True).paragraph_format
        shape.space_before = Pt(0 if place else 4)


def _fill(cell: Any, text: str, width: Any, *, right: bool, head: bool = False) -> None:
    cell.width = width
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size = Pt(8.5)
    run.bold = head
    if head:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF2F6")):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - nor shading
    elif right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def chart_workbook(block: Chart) -> bytes:
    """A workbook with the numbers of the chart and the chart itself."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("数据")
    sheet.write_string(0, 0, block.category_label)
    sheet.write_column(1, 0, block.categories)
    shape = {"type": "line"} if block.form == "line" else {"type": "bar" if block.horizontal else "column"}
    chart = book.add_chart(shape)
    last = len(block.categories)
    for place, line in enumerate(block.series, start=1):
        sheet.write_string(0, place, line.name)
        for row, value in enumerate(line.data, start=1):
            if value is not None:
                sheet.write_number(row, place, float(value))
        colour = _COLOURS[(place - 1) % len(_COLOURS)]
        look = {"line": {"color": colour, "width": 2}, "marker": {"type": "circle", "size": 5}}
        chart.add_series(
            {
                "name": ["数据", 0, place],
                "categories": ["数据", 1, 0, last, 0],
                "values": ["数据", 1, place, last, place],
                **(look if block.form == "line" else {"fill": {"color": colour}, "gap": 60}),
            }
        )
    chart.set_title({"name": block.title, "name_font": {"size": 11, "bold": True}, "overlay": False})
    values: dict[str, Any] = {
        "num_font": {"size": 9},
        "major_gridlines": {"visible": True, "line": {"color": "#D9DFE6"}},
        "min": 0,
    }
    if block.highest:
        values["max"] = block.highest
    if block.unit:
        values |= {"name": block.unit, "name_font": {"size": 9, "bold": False}}
    names: dict[str, Any] = {"num_font": {"size": 9}}
    if block.horizontal:
        # The first name on top, and the numbers below all the same.
        chart.set_y_axis(names | {"reverse": True, "interval_unit": 1})
        chart.set_x_axis(values | {"label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(values)
    chart.set_legend({"position": "bottom"} if len(block.series) > 1 else {"none": True})
    sheet.insert_chart("E2", chart)
    book.close()
    return target.getvalue()


def _chart(document: Any, block: Chart, number: int) -> None:
    book = chart_workbook(block)
    with zipfile.ZipFile(BytesIO(book)) as archive:
        drawn = archive.read(_CHART_XML)
    if block.form == "line":
        # XlsxWriter writes nothing for a straight line, and Word takes that for a curve.
        drawn = drawn.replace(b"</c:ser>", b'<c:smooth val="0"/></c:ser>')
    package = document.part.package
    inside = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), XLSX_TYPE, book, package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, b"", package)
    link = part.relate_to(inside, RELATIONSHIP_TYPE.PACKAGE)
    data = f'<c:externalData r:id="{link}"><c:autoUpdate val="0"/></c:externalData>'.encode()
    # In the order that the format asks for: after the chart, before the settings of printing.
    part._blob = drawn.replace(b"<c:printSettings>", data + b"<c:printSettings>", 1)  # noqa: SLF001 - made in two steps
    if data not in part.blob:
        part._blob = drawn.replace(b"</c:chartSpace>", data + b"</c:chartSpace>", 1)  # noqa: SLF001 - made in two steps
    key = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run()._r.append(_frame(block, key, number))  # noqa: SLF001 - python-docx has no charts of its own


def _frame(block: Chart, key: str, number: int) -> Any:
    """Where the chart stands in the text, with its title as the words for who cannot see it."""
    height = Cm(max(7.0, 2.4 + 0.75 * len(block.categories)) if block.horizontal else 7.0)
    frame = parse_xml(
        f'<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline><wp:extent cx="{int(_WIDTH)}" cy="{int(height)}"/>'
        f'<wp:docPr id="{1000 + number}" name="chart{number}"/><a:graphic>'
        f'<a:graphicData uri="{_CHART_NS}"><c:chart xmlns:c="{_CHART_NS}" r:id="{key}"/></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing>"
    )
    frame.find(f".//{qn('wp:docPr')}").set("descr", block.title)
    return frame


__all__ = ["DOCX_TYPE", "chart_workbook", "write"]
