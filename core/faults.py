"""Formulas that came to nothing (#N/A, #REF!): which cells of an uploaded workbook show one.

The reader of workbooks gives such a cell as an empty one, and an empty cell means "leave as it is": without this, a
formula that failed would go unnoticed.
"""

from __future__ import annotations

import re
import zipfile
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

# What a program shows, also as text in a CSV file or pasted as a value.
WORDS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"}
)
MOST = 2_000
NOWHERE = "?"  # the address of a cell that does not tell it
_NAMED = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_SMALL = 4 << 20
# A cell of kind "e", with its formula and what it shows. No part goes past the next "<": each byte is looked at a few
# times, whatever somebody wrote there.
_CELL = re.compile(
    rb"<(?:\w+:)?c (?=[^<>]*\bt *= *[\"']e[\"'])([^<>]*)>"
    rb" *(?:<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f *>)?)? *(?:<(?:\w+:)?v[^<>]*>([^<]*)<)?"
)
_PLACE = re.compile(rb"\br *= *[\"']([A-Za-z]+\d+)[\"']")

# What the cells show by their address, for each part of a workbook.
Found = dict[str, dict[str, str]]


class Fault(str):
    """A cell whose formula came to nothing, with what it shows: neither blank nor a text."""

    __slots__ = ()

    @property
    def sentence(self) -> str:
        return f"单元格是公式错误{self},请改成实际的值"


def look(text: bytes, found: dict[str, str]) -> None:
    """Add the faults in a piece of a sheet's XML to ``found``, until there are ``MOST``."""
    if b'"e"' not in text and b"'e'" not in text:
        return
    for cell in _CELL.finditer(text):
        if len(found) >= MOST:
            return
        place = _PLACE.search(cell[1])
        address = place[1].decode().upper() if place else NOWHERE
        # Pieces overlap: what the end of one cut off stands whole in the next.
        found[address] = (cell[2] or b"").decode("utf-8", "replace").strip() or found.get(address, "")


def of_sheet(content: Any, found: Found, name: str) -> dict[str, str]:
    """Those of the sheet called ``name``, by address. Where the workbook does not say plainly which part that is, those
    of all parts."""
    part = _parts(content).get(name, "")
    return found.get(part, {}) if part else {place: word for each in found.values() for place, word in each.items()}


def of_names(found: Found, name: str) -> dict[str, str]:
    """Those of the sheet called ``name`` where ``found`` tells sheets by name; all, where it could not read the names."""
    if "" not in found:
        return found.get(name, {})
    return {place: word for each in found.values() for place, word in each.items()}


def _parts(content: Any) -> dict[str, str]:
    """The parts of a workbook that hold its sheets, by their names."""
    try:
        with zipfile.ZipFile(content) as archive:
            trees = []
            for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
                with archive.open(part) as file:
                    trees.append(ElementTree.fromstring(file.read(_SMALL)))
    except (KeyError, ElementTree.ParseError, DefusedXmlException):
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in trees[1]}
    parts = {}
    for sheet in trees[0].iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.items() if name.endswith("}id")), "")
            target = targets.get(key, "")
            if target:
                parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def place(address: str) -> tuple[int, int] | None:
    """Row and column (from 1) of ``C12``."""
    told = _NAMED.fullmatch(address)
    if told is None:
        return None
    column = 0
    for letter in told[1]:
        column = column * 26 + ord(letter) - 64
    return int(told[2]), column


def letters(column: int) -> str:
    """The letters of a column counted from 1: 28 is AB."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def listed(found: dict[str, str], most: int = 5) -> str:
    """The first cells in words: C5(#N/A)、D7(#REF!)等7处."""
    cells = sorted((at, where, word) for where, word in found.items() if (at := place(where)) is not None)
    words = "、".join(f"{where}({word or '公式错误'})" for _, where, word in cells[:most])
    return f"{words}等{len(found)}处" if len(found) > most else words
