"""A workbook of one sheet, of text and whole numbers only, as fast as its rows come.

Lists over REST have hundreds of thousands of cells of two kinds; a general writer spends most of its time on choices
that they do not have. Workbooks for people are made by :mod:`core.spreadsheets`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter.utility import xl_col_to_name

LONGEST_CELL = 32_767
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Styles: 0 plain, 1 text ("@": a code stays text even when somebody edits it), 2 head.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15" defaultColWidth="20"/><sheetData>'
)
# What cannot stand in XML as it is, and what a reader would take for the escape of such a sign.
_SPECIAL = re.compile("[&<>\x00-\x1f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_|^ | $")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LIKE_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")
_LINES = 500


def write_sheet(file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write ``rows`` of str, int or None under ``heads`` to ``file``. Text is never a formula, a link or a number."""
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=2) as book:
        for name, text in _PARTS.items():
            book.writestr(name, _XML + text)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((_XML + _SHEET).encode())
            block: list[str] = []
            for line in _lines(heads, rows):
                block.append(line)
                if len(block) == _LINES:
                    sheet.write("".join(block).encode())
                    block.clear()
            block.append("</sheetData></worksheet>")
            sheet.write("".join(block).encode())


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    names = [xl_col_to_name(place) for place in range(len(heads))]
    yield _line(1, names, heads, style=2)
    for number, row in enumerate(rows, start=2):
        yield _line(number, names, row, style=1)


def _line(number: int, names: Sequence[str], row: Sequence[Any], *, style: int) -> str:
    cells = []
    for name, value in zip(names, row, strict=True):
        if value is None or value == "":
            continue
        if type(value) is int:
            cells.append(f'<c r="{name}{number}"><v>{value}</v></c>')
        elif _SPECIAL.search(value) or len(value) > LONGEST_CELL:
            text = f'<t xml:space="preserve">{_safe(value)}</t>'
            cells.append(f'<c r="{name}{number}" s="{style}" t="inlineStr"><is>{text}</is></c>')
        else:
            cells.append(f'<c r="{name}{number}" s="{style}" t="inlineStr"><is><t>{value}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def _safe(text: str) -> str:
    """``text`` as XML; what is longer than a cell can hold ends in …, so that nobody takes it for the whole."""
    if len(text) > LONGEST_CELL:
        text = f"{text[: LONGEST_CELL - 1]}…"
    text = _FORBIDDEN.sub(lambda sign: f"_x{ord(sign[0]):04X}_", _LIKE_ESCAPE.sub(r"_x005F_\1", text))
    return escape(text)
