"""Workbooks of Excel 97 to 2003 (.xls, .et): compound files with a stream of records. What the reader of workbooks does
not tell of them is looked up here: cells whose formulas came to nothing, and macros.

Written after Microsoft's open specifications MS-CFB and MS-XLS; only as much as this needs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from core.faults import MOST, Found, letters

_END = 0xFFFFFFFA  # this and above are no sectors
_ENTRY = 128
_BOUNDSHEET, _BOF, _EOF = 0x85, (0x09, 0x209, 0x409, 0x809), 0x0A
_FORMULA, _BOOL_OR_FAULT = (0x06, 0x206, 0x406), 0x205
_WORDS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


class Unreadable(Exception):
    """The file is not laid out as a compound file with a workbook is."""


class _Compound:
    """The streams of a compound file by name. Raises :class:`Unreadable` for one that is cut or goes round in circles."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        try:
            shift, small_shift = struct.unpack_from("<HH", content, 30)
            if shift not in (9, 12) or small_shift != 6:
                raise Unreadable
            self.size, self.small = 1 << shift, 1 << small_shift
            folder, self.cutoff, small_table = struct.unpack_from("<I4xII", content, 48)
            self.table = self._numbers(self._table_sectors())
            self.small_table = self._numbers(self._chain(small_table, self.table))
            self.entries = [*self._entries(folder)]
        except (struct.error, IndexError, UnicodeDecodeError) as wrong:
            raise Unreadable from wrong

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        piece = self.content[start : start + self.size]
        if not piece:
            raise Unreadable
        return piece

    def _numbers(self, sectors: Iterator[int]) -> list[int]:
        return [
            number
            for each in sectors
            for (number,) in struct.iter_unpack("<I", self._sector(each).ljust(self.size, b"\xff"))
        ]

    def _table_sectors(self) -> Iterator[int]:
        """Sectors that hold the table of sectors: the first 109 in the header, others in a chain of their own."""
        yield from (number for number in struct.unpack_from("<109I", self.content, 76) if number < _END)
        (further,) = struct.unpack_from("<I", self.content, 68)
        for _ in range(len(self.content) // self.size + 1):
            if further >= _END:
                return
            *numbers, further = struct.unpack(f"<{self.size // 4}I", self._sector(further))
            yield from (number for number in numbers if number < _END)
        raise Unreadable

    @staticmethod
    def _chain(first: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table) + 1):
            if first >= _END:
                return
            yield first
            first = table[first]
        raise Unreadable

    def _entries(self, folder: int) -> Iterator[tuple[str, int, int, int]]:
        """Name, kind (2: stream, 5: root), first sector and size of everything in the file."""
        whole = b"".join(map(self._sector, self._chain(folder, self.table)))
        for at in range(0, len(whole) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", whole, at + 64)
            if kind and 2 <= length <= 64:
                start, size = struct.unpack_from("<II", whole, at + 116)
                yield whole[at : at + length - 2].decode("utf-16-le"), kind, start, size

    def stream(self, *names: str) -> bytes:
        """The first of ``names`` that there is."""
        found = {name: (start, size) for name, kind, start, size in self.entries if kind == 2}
        start, size = next((found[name] for name in names if name in found), (_END, 0))
        try:
            if size >= self.cutoff:
                return b"".join(map(self._sector, self._chain(start, self.table)))[:size]
            root = next((first for _, kind, first, _ in self.entries if kind == 5), _END)
            within = b"".join(map(self._sector, self._chain(root, self.table)))
            pieces = (within[n * self.small : (n + 1) * self.small] for n in self._chain(start, self.small_table))
            return b"".join(pieces)[:size]
        except IndexError as wrong:
            raise Unreadable from wrong


def look(content: bytes) -> tuple[Found, bool]:
    """The cells of each sheet, by its name, that show a fault, and whether the workbook carries macros.

    Raises :class:`Unreadable`. Two sheets are never one name, so a name that cannot be read is told by its place.
    """
    book = _Compound(content)
    macros = any(name.startswith("_VBA_PROJECT") for name, *_ in book.entries)
    return _faults(book.stream("Workbook", "Book")), macros


def _faults(records: bytes) -> Found:
    names: dict[int, str] = {}
    found: Found = {}
    sheet, depth, at = "", 0, 0
    while at + 4 <= len(records):
        kind, length = struct.unpack_from("<HH", records, at)
        body = records[at + 4 : at + 4 + length]
        if kind == _BOUNDSHEET and length > 7:
            names[struct.unpack_from("<I", body)[0]] = _name(body)
        elif kind in _BOF:
            sheet, depth = (names.get(at, "") if depth == 0 else sheet), depth + 1
        elif kind == _EOF:
            depth = max(0, depth - 1)
        elif depth == 1 and (code := _fault(kind, body)) is not None:
            row, column = struct.unpack_from("<HH", body)
            cells = found.setdefault(sheet, {})
            if len(cells) < MOST:
                cells[f"{letters(column + 1)}{row + 1}"] = _WORDS.get(code, "")
        at += 4 + length
    return found


def _fault(kind: int, body: bytes) -> int | None:
    """The code of the fault that a record of a cell shows."""
    if kind == _BOOL_OR_FAULT and len(body) >= 8 and body[7]:
        return body[6]
    if kind in _FORMULA and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":
        return body[8]
    return None


def _name(body: bytes) -> str:
    """A sheet's name: in two bytes a sign, in one, or (before Excel 97) in the code page of the place."""
    length, wide = body[6], body[7]
    if len(body) == 7 + length:  # no byte that tells the width: the older kind
        return body[7:].decode("gb18030", "replace")
    text = body[8:]
    return text[: 2 * length].decode("utf-16-le", "replace") if wide & 1 else text[:length].decode("latin-1")
