"""Reading what people upload: XLSX, XLS, ET and CSV files, from Excel, WPS or another system, as rows of plain cells.

Nothing in a file is evaluated: a formula counts as the value it last showed. A file is looked at before it is opened,
because a few hundred bytes can claim a sheet that fills a machine's memory.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import python_calamine

from core import faults, old_workbooks
from core.faults import Fault
from core.permits import Refused
from core.spreadsheets import neutralise

FILE = "file"  # the field of the form at which a file is refused
LARGEST_BYTES = 40 * 1024 * 1024
LARGEST_UNPACKED = 400 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
ACCEPT = ".xlsx,.xls,.et,.csv"

# Rows and cells say where they stand: r="12", r="C12". A sheet is laid out whole in memory, 32 bytes a place, so it may
# be long or wide but not both.
LONG_ROWS, WIDE_COLUMNS = 50_000, 50
# Most files hold no place beyond either bound: one look instead of four.
_LARGE = re.compile(rb' r="(?:[A-Za-z]*(?:[5-9]\d{4}|\d{6,})"|(?:[A-Za-z]{3}|[B-Zb-z][A-Za-z]|[Aa][Y-Zy-z]))')
_FAR_ROW = re.compile(rb' r="[A-Za-z]*([2-9]\d{5}|\d{7,})"')
_LONG = re.compile(rb' r="[A-Za-z]*(?:[5-9]\d{4}|\d{6,})"')
_FAR_CELL = re.compile(rb' r="(?:[A-Za-z]{3}|[H-Zh-z][A-Za-z]|[Gg][S-Zs-z])[A-Za-z]*\d')
_WIDE = re.compile(rb' r="(?:[A-Za-z]{3}|[B-Zb-z][A-Za-z]|[Aa][Y-Zy-z])[A-Za-z]*\d')
_ODD_SPELLING = re.compile(rb" r *= *['\"]([^'\"]*)['\"]")
_BLANKS = bytes.maketrans(b"\n\r\t", b"   ")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UNREADABLE = "无法读取这个文件:不是 Excel 工作簿,或已损坏,或设有密码;请用 Excel 或 WPS 打开后另存为 .xlsx"
_CHUNK = 1 << 20
_TOP = 64 * 1024
_MACROS = "工作簿带有宏,请另存为不带宏的 .xlsx 再传"
_BROKEN = "文件已损坏或没有传完整,请重新保存后再传"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet: ``rows`` are lists of str, float, int, bool, date, datetime, time, :class:`Fault` or
    ``""`` for empty.

    ``first_row`` and ``first_column`` are the numbers (from 1) of the row and column where ``rows`` begins.
    """

    name: str
    rows: list[list[Any]]
    first_row: int = 1
    first_column: int = 1


def read(content: bytes, *, sheet: str = "", hidden: bool = False) -> Sheet:
    """The first sheet with anything on it (or the one named ``sheet``; only then may it be ``hidden``) of an uploaded file.

    Raises :class:`Refused` at ``file``, in a sentence that says what to do, for anything that is not a readable table.
    """
    if len(content) > LARGEST_BYTES:
        raise Refused.at(FILE, f"文件超过 {LARGEST_BYTES >> 20} MB,请拆成几个文件再传")
    if not content.strip():
        raise Refused.at(FILE, "文件是空的,请确认已保存后再传")
    wrong: faults.Found = {}
    if content.startswith(_ZIP):
        wrong = _look_into_zip(content)
    elif content.startswith(_OLE):
        if _ENCRYPTED in content[: 1 << 20] or _ENCRYPTED in content[-(1 << 20) :]:
            raise Refused.at(FILE, "文件设有打开密码,请取消密码后另存再传")
        wrong = _look_into_old(content)
    else:
        _refuse_other_kinds(content)
        return _read_text(content)
    try:
        return _read_workbook(content, sheet, wrong, hidden=hidden)
    except BaseException as crash:
        # How the reader's own mistake over a damaged file comes through; it is no Exception.
        if type(crash).__name__ != "PanicException":
            raise
        raise Refused.at(FILE, _UNREADABLE) from crash


def _refuse_other_kinds(content: bytes) -> None:
    """Say what a file really is, whatever its name says."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf"):
        raise Refused.at(FILE, "这是 PDF 文件,不是表格;请用 .xlsx、.xls 或 .csv")
    if start.startswith((b"\x89png", b"\xff\xd8\xff", b"gif8")):
        raise Refused.at(FILE, "这是图片,不是表格;请用 .xlsx、.xls 或 .csv")
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head")):
        # Many systems send a web page under the name of a workbook.
        raise Refused.at(FILE, "这是网页格式的表格(只是名字叫 .xls),请用 Excel 或 WPS 打开后另存为 .xlsx 再传")


def _look_into_zip(content: bytes) -> faults.Found:
    """Refuse what is no workbook, carries macros, or would unpack to more than a table ever needs. Returns the cells of
    its parts whose formulas came to nothing."""
    wrong: faults.Found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise Refused.at(FILE, "这不是 Excel 工作簿(内容是另一种压缩文件),请用 .xlsx、.xls 或 .csv")
            if any(name.endswith("vbaProject.bin") for name in names):
                raise Refused.at(FILE, _MACROS)
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise Refused.at(FILE, "文件设有打开密码,请取消密码后另存再传")
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise Refused.at(FILE, "工作簿展开后过大,请删去多余的工作表、图片和格式,或拆成几个文件再传")
            for entry in entries:
                # Any part may be a sheet: the workbook names it as it likes.
                if not entry.filename.startswith("xl/media/"):
                    wrong[entry.filename] = _measure(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as broken:
        raise Refused.at(FILE, _BROKEN) from broken
    return {name: cells for name, cells in wrong.items() if cells}


def _look_into_old(content: bytes) -> faults.Found:
    """The same for workbooks of the older kind. What cannot be followed is refused: a fault in it would be
    taken for a blank."""
    try:
        wrong, macros = old_workbooks.look(content)
    except old_workbooks.Unreadable:
        raise Refused.at(FILE, _UNREADABLE) from None
    if macros:
        raise Refused.at(FILE, _MACROS)
    return wrong


def _measure(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> dict[str, str]:
    """Refuse a sheet whose cells lie too far out, and a part that holds more than it says. Returns the cells whose
    formulas came to nothing."""
    whole = copy(entry)
    whole.file_size = LARGEST_UNPACKED + 1  # read to the end of the stream, whatever size is claimed
    seen, tail, long, wide = 0, b"", False, False
    wrong: dict[str, str] = {}
    with archive.open(whole) as part:
        while chunk := part.read(_CHUNK):
            seen += len(chunk)
            if seen > entry.file_size:
                raise Refused.at(FILE, _BROKEN)
            text = tail + chunk
            if b"\n" in text or b"\r" in text or b"\t" in text:
                text = text.translate(_BLANKS)
            tail = chunk[-1024:]
            # What the ends cut through stands whole in the piece before or after.
            cut = text.startswith(b"r=") + text.endswith(b" r=")
            if text.count(b"r=") != text.count(b' r="') + cut or b"r " in text:
                text = _ODD_SPELLING.sub(rb' r="\1"', text)
            faults.look(text, wrong)
            if _LARGE.search(text):
                long, wide = _bounded_places(text, long, wide)
    if seen != entry.file_size:
        raise Refused.at(FILE, _BROKEN)
    return wrong


def _bounded_places(text: bytes, long: bool, wide: bool) -> tuple[bool, bool]:
    """Whether the cells so far and those of ``text`` make the sheet long or wide. Refuses both, and what is beyond."""
    last = max((int(found.group(1)) for found in _FAR_ROW.finditer(text)), default=0)
    if last > MOST_ROWS:
        raise Refused.at(
            FILE, f"表格延伸到第 {last} 行(一次最多 {MOST_ROWS} 行);若后面都是空行,请删除这些空行后另存再传"
        )
    if _FAR_CELL.search(text):
        raise Refused.at(FILE, "表格的列延伸得太远,请删除右侧多余的空列后另存再传")
    long = long or _LONG.search(text) is not None
    wide = wide or _WIDE.search(text) is not None
    if long and wide:
        raise Refused.at(
            FILE, f"表格既超过 {LONG_ROWS} 行又超过 {WIDE_COLUMNS} 列,请删去多余的行列后另存,或拆成几个文件再传"
        )
    return long, wide


def _many_faults(wrong: dict[str, str]) -> str:
    return f"表格里有公式错误的单元格({faults.listed(wrong) or '如#N/A'}),请改成实际的值后再传"


def _read_workbook(content: bytes, wanted: str, wrong: faults.Found, *, hidden: bool) -> Sheet:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [
            item.name
            for item in book.sheets_metadata
            if item.typ == python_calamine.SheetTypeEnum.WorkSheet
            and (hidden or item.visible == python_calamine.SheetVisibleEnum.Visible)
        ]
        if wanted:
            names = [name for name in names if name == wanted]
        for name in names:
            page = book.get_sheet_by_name(name)
            if not page.height:
                continue
            if page.total_height > MOST_ROWS or page.width > MOST_COLUMNS:
                raise Refused.at(FILE, f"表格超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列,请删去空行空列或拆成几个文件再传")
            row, column = page.start or (0, 0)
            sheet = Sheet(name, page.to_python(skip_empty_area=True), row + 1, column + 1)
            if wrong:
                old = content.startswith(_OLE)
                found = faults.of_names(wrong, name) if old else faults.of_sheet(io.BytesIO(content), wrong, name)
                _put_faults(sheet, found)
            return sheet
    except python_calamine.PasswordError as locked:
        raise Refused.at(FILE, "文件设有打开密码,请取消密码后另存再传") from locked
    except python_calamine.CalamineError as broken:
        if wrong:  # a fault of a kind that the reader does not know
            every = {place: word for cells in wrong.values() for place, word in cells.items()}
            raise Refused.at(FILE, _many_faults(every)) from broken
        raise Refused.at(FILE, _UNREADABLE) from broken
    raise Refused.at(FILE, f"文件里没有名为“{wanted}”的工作表" if wanted else "工作簿里没有内容,请填好后再传")


def _put_faults(sheet: Sheet, wrong: dict[str, str]) -> None:
    """Put what failed formulas show where the reader left blanks; refuse what is too much to mark, or without a place."""
    if len(wrong) >= faults.MOST or faults.NOWHERE in wrong:
        raise Refused.at(FILE, _many_faults(wrong))
    for address, word in wrong.items():
        row, column = faults.place(address) or (0, 0)
        line, place = row - sheet.first_row, column - sheet.first_column
        if 0 <= line < len(sheet.rows) and 0 <= place < len(sheet.rows[line]) and sheet.rows[line][place] == "":
            sheet.rows[line][place] = Fault(word or "(不明)")


def _read_text(content: bytes) -> Sheet:
    """A CSV file in UTF-8, GB18030 or UTF-16, separated by commas, tabs or semicolons."""
    text = _decode(content)
    if "\x00" in text:
        raise Refused.at(FILE, "这不是 Excel 或 CSV 文件,请用 .xlsx、.xls 或 .csv")
    top = "\n".join([line for line in text[:_TOP].splitlines() if line.strip()][:15])
    separator = max(",\t;", key=top.count)
    csv.field_size_limit(1 << 20)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = [[*row] for row in _bounded(lines)]
    except csv.Error as broken:
        raise Refused.at(FILE, "CSV 文件有一格没有正确结束(引号不成对),请用 Excel 打开后另存再传") from broken
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise Refused.at(FILE, "文件里没有内容,请填好后再传")
    return Sheet("CSV", rows)


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise Refused.at(FILE, f"文件超过 {MOST_ROWS} 行,请拆成几个文件再传")
        # The apostrophe that exports put before what could be a formula is taken off again.
        yield [cell[1:] if cell[:1] == "'" and neutralise(cell[1:]) == cell else cell for cell in row[:MOST_COLUMNS]]


def _decode(content: bytes) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused.at(FILE, "无法识别文件的文字编码;请用 Excel 另存为 .xlsx 再传")


def from_serial(number: float) -> date:
    """The day that a spreadsheet counts as ``number`` (1900 system). Raises ValueError outside 1930 to 2100."""
    if not 10_959 <= number < 73_416:
        raise ValueError(number)
    return date(1899, 12, 30) + timedelta(days=int(number))
