"""Reading what people upload: XLSX, XLS, ET and CSV files, from Excel, WPS or another system, as rows of plain cells.

Nothing in a file is evaluated: a formula counts as the value it last showed. A file is looked at before it is opened,
because a few hundred bytes can claim a sheet that fills a machine's memory.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import python_calamine

from core.permits import Refused

LARGEST_BYTES = 40 * 1024 * 1024
LARGEST_UNPACKED = 400 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
ACCEPT = ".xlsx,.xls,.et,.csv"

_ROW = re.compile(rb'<(?:x:)?row [^>]*?\br="(\d{6,})"')
_FAR_CELL = re.compile(rb'\br="[A-Z]{3,}\d')
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet: ``rows`` are lists of str, float, int, bool, date, datetime, time or ``""`` for empty.

    ``first_row`` and ``first_column`` are the numbers (from 1) of the row and column where ``rows`` begins.
    """

    name: str
    rows: list[list[Any]]
    first_row: int = 1
    first_column: int = 1


def read(content: bytes, *, sheet: str = "") -> Sheet:
    """The first sheet with anything on it (or the one named ``sheet``) of an uploaded file.

    Raises :class:`Refused` at ``file``, in a sentence that says what to do, for anything that is not a readable table.
    """
    if len(content) > LARGEST_BYTES:
        raise _refused(f"文件超过 {LARGEST_BYTES >> 20} MB,请拆成几个文件再传")
    if not content.strip():
        raise _refused("文件是空的,请确认已保存后再传")
    if content.startswith(_ZIP):
        _look_into_zip(content)
    elif content.startswith(_OLE):
        if _ENCRYPTED in content[: 1 << 20] or _ENCRYPTED in content[-(1 << 20) :]:
            raise _refused("文件设有打开密码,请取消密码后另存再传")
    else:
        return _read_text(content)
    return _read_workbook(content, sheet)


def _refused(sentence: str) -> Refused:
    return Refused(errors={"file": [sentence]})


def _look_into_zip(content: bytes) -> None:
    """Refuse what is no workbook, carries macros, or would unpack to more than a table ever needs."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise _refused("这不是 Excel 工作簿(内容是另一种压缩文件),请用 .xlsx、.xls 或 .csv")
            if any(name.endswith("vbaProject.bin") for name in names):
                raise _refused("工作簿带有宏,请另存为不带宏的 .xlsx 再传")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise _refused("文件设有打开密码,请取消密码后另存再传")
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise _refused("工作簿展开后过大,请删去多余的工作表、图片和格式,或拆成几个文件再传")
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    with archive.open(entry) as part:
                        _measure(part, entry.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as broken:
        raise _refused("文件已损坏或没有传完整,请重新保存后再传") from broken


def _measure(part: Any, claimed: int) -> None:
    """Refuse a sheet whose cells lie too far out: it would be laid out whole in memory."""
    seen, tail = 0, b""
    while chunk := part.read(_CHUNK):
        seen += len(chunk)
        if seen > max(claimed, 1):
            raise _refused("文件已损坏或没有传完整,请重新保存后再传")
        text = tail + chunk
        last = max((int(found.group(1)) for found in _ROW.finditer(text)), default=0)
        if last > MOST_ROWS:
            raise _refused(f"表格延伸到第 {last} 行(一次最多 {MOST_ROWS} 行);若后面都是空行,请删除这些空行后另存再传")
        if _FAR_CELL.search(text):
            raise _refused("表格的列延伸得太远,请删除右侧多余的空列后另存再传")
        tail = chunk[-64:]


def _read_workbook(content: bytes, wanted: str) -> Sheet:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [
            item.name
            for item in book.sheets_metadata
            if item.typ == python_calamine.SheetTypeEnum.WorkSheet
            and item.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        if wanted:
            names = [name for name in names if name == wanted]
        for name in names:
            page = book.get_sheet_by_name(name)
            if not page.height:
                continue
            if page.total_height > MOST_ROWS or page.width > MOST_COLUMNS:
                raise _refused(f"表格超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列,请删去空行空列或拆成几个文件再传")
            row, column = page.start or (0, 0)
            return Sheet(name, page.to_python(skip_empty_area=True), row + 1, column + 1)
    except python_calamine.PasswordError as locked:
        raise _refused("文件设有打开密码,请取消密码后另存再传") from locked
    except python_calamine.CalamineError as broken:
        raise _refused("无法读取这个文件:不是 Excel 工作簿,或已损坏;请用 Excel 或 WPS 打开后另存为 .xlsx") from broken
    raise _refused(f"文件里没有名为“{wanted}”的工作表" if wanted else "工作簿里没有内容,请填好后再传")


def _read_text(content: bytes) -> Sheet:
    """A CSV file in UTF-8 or GB18030, separated by commas, tabs or semicolons."""
    text = _decode(content)
    if "\x00" in text:
        raise _refused("这不是 Excel 或 CSV 文件,请用 .xlsx、.xls 或 .csv")
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",\t;", key=first_line.count)
    csv.field_size_limit(1 << 20)
    try:
        rows = [[*row] for row in _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=separator))]
    except csv.Error as broken:
        raise _refused("CSV 文件有一格没有正确结束(引号不成对),请用 Excel 打开后另存再传") from broken
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise _refused("文件里没有内容,请填好后再传")
    return Sheet("CSV", rows)


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise _refused(f"文件超过 {MOST_ROWS} 行,请拆成几个文件再传")
        # The apostrophe that exports put before what could be a formula is taken off again.
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@\t＝＋－＠|" else cell for cell in row[:MOST_COLUMNS]]


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused("无法识别文件的文字编码;请用 Excel 另存为 .xlsx 再传")


def from_serial(number: float) -> date:
    """The day that a spreadsheet counts as ``number`` (1900 system). Raises ValueError outside 1930 to 2100."""
    if not 10_959 <= number <= 73_415:
        raise ValueError(number)
    return date(1899, 12, 30) + timedelta(days=int(number))
