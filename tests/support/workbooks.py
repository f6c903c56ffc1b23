"""Workbooks for tests: as people make them, and as nobody should."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def xlsx(rows: Iterable[Sequence[Any]], *, title: str = "", hidden: Sequence[Sequence[Any]] = ()) -> bytes:
    """Rows as a workbook: text as text, numbers as numbers, dates as dates. ``title`` stands in merged cells above the
    rows; ``hidden`` is a hidden sheet before theirs."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
    if hidden:
        away = book.add_worksheet("藏着")
        for line, row in enumerate(hidden):
            away.write_row(line, 0, row)
    page = book.add_worksheet("数据")
    if hidden:
        page.activate()
        away.hide()
    lines = [*rows]
    if title:
        page.merge_range(0, 0, 1, max(map(len, lines)) - 1, title)
    for line, row in enumerate(lines, start=2 if title else 0):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(line, place, cell)
            elif isinstance(cell, str):
                page.write_string(line, place, cell)
            elif cell is not None:
                page.write(line, place, cell)
    book.close()
    return target.getvalue()


def csv(rows: Iterable[Sequence[str]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Rows as a CSV file without any quoting."""
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)


def by_hand(sheet: str, *, part: str = "xl/worksheets/sheet1.xml", more: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose one sheet holds the XML ``sheet``, kept in the part named ``part``; ``more`` parts are added."""
    target = io.BytesIO()
    start = '<?xml version="1.0"?>'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'{start}<Types xmlns="{_TYPES}"/>')
        archive.writestr(
            "_rels/.rels",
            f'{start}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'{start}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{start}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
            f'Target="/{part}"/></Relationships>',
        )
        archive.writestr(part, f'{start}<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>')
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return target.getvalue()


def claiming(content: bytes, part: str, size: int) -> bytes:
    """The same archive, in which ``part`` claims to be ``size`` bytes long; its checksum is left as it is."""
    changed = bytearray(content)
    name = part.encode()
    for mark, at, named in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            if content[place + named :].startswith(name):
                struct.pack_into("<I", changed, place + at, size)
    return bytes(changed)


def padded(content: bytes, size: int = 250 * 1024) -> bytes:
    """The same workbook with a picture of ``size`` bytes: too large for an answer at once, so that a job takes it."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG" + bytes(size))
    return target.getvalue()


def flagged_encrypted(content: bytes) -> bytes:
    """The same archive, whose entries say that they are encrypted."""
    changed = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            changed[place + at] |= 1
    return bytes(changed)


@dataclass(frozen=True, slots=True)
class XlsFault:
    """A cell of :func:`xls` that shows the fault of this code (0x2A: #N/A), as a value or as what a formula came to."""

    code: int
    formula: bool = False


XlsRows = Sequence[Sequence[str | float | XlsFault]]


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(rows: XlsRows, *, locked: bool = False, behind: XlsRows = (), macros: bool = False) -> bytes:
    """Rows as a workbook of Excel 97 (BIFF8 in a compound file), as old systems still send; ``locked`` by a password;
    ``behind`` are the rows of a second sheet."""

    def begin(what: int) -> bytes:
        return _record(0x809, struct.pack("<HHHHII", 0x600, what, 0xDBB, 0x7CC, 0, 6))

    head = (
        begin(5) + (_record(0x2F, b"\1".ljust(54, b"\0")) if locked else b"") + _record(0x42, struct.pack("<H", 1200))
    )
    pages = {"S": rows, "背面": behind} if behind else {"S": rows}
    sheets = [begin(0x10) + b"".join(_cells(page)) + _record(0xA) for page in pages.values()]

    def bound(place: int) -> bytes:
        return b"".join(
            _record(0x85, struct.pack("<IBBBB", place + sum(map(len, sheets[:each])), 0, 0, len(name), 1) + text)
            for each, name in enumerate(pages)
            if (text := name.encode("utf-16-le"))
        )

    start = len(head) + len(bound(0)) + 4
    return _compound("Workbook", head + bound(start) + _record(0xA) + b"".join(sheets), macros=macros)


def _cells(rows: XlsRows) -> Iterator[bytes]:
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            where = struct.pack("<HHH", line, place, 0)
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                yield _record(0x204, where + struct.pack("<HB", len(cell), 1) + text)
            elif isinstance(cell, XlsFault) and cell.formula:
                # What it came to, then flags and the formula itself: NA().
                shown = struct.pack("<BxBxxxH", 2, cell.code, 0xFFFF)
                yield _record(0x6, where + shown + struct.pack("<HIHBH", 0, 0, 3, 0x21, 10))
            elif isinstance(cell, XlsFault):
                yield _record(0x205, where + bytes([cell.code, 1]))
            else:
                yield _record(0x203, where + struct.pack("<d", cell))


def _compound(name: str, stream: bytes, *, macros: bool = False) -> bytes:
    """A compound file with one stream: header, table of sectors, directory, stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    own = next(number for number in range(1, 100) if number * 128 >= count + number + 1)  # sectors of the table itself
    last, end, free = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
    table = [*[last] * own, end, *range(own + 2, own + 1 + count), end]
    header = OLE + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, own, own, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *range(own), *[free] * (109 - own))

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = title.encode("utf-16-le")
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text) + 2 if title else 0, kind, 1, free, free, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    empty = entry("", 0, free, 0, 0)
    folder = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, own + 1, len(stream))
    folder += entry("_VBA_PROJECT_CUR", 1, free, 0, 0) + empty if macros else empty * 2
    return header + struct.pack(f"<{own * 128}I", *table, *[free] * (own * 128 - len(table))) + folder + stream
