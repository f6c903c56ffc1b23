"""Reading what was filed with Torch: a pasted block or an uploaded table, one row a carrier, one column an item.

The export of the yearly summary is the empty form: its heads are understood, whatever their order. Money may stand in 千元
(as the heads of the export say), or in 元 or 万元 where a head says so; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.faults import Fault
from core.money import WAN, from_thousands
from core.numerals import NotANumber, folded, typed_number
from core.permits import Refused
from core.quotes import shortened
from core.workbooks import Sheet
from incubators.reporting.torch import BY_CODE, ITEMS, Item

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999999999.99")
MOST_ERRORS = 100
_CODE_HEADS = frozenset({"编号", "载体编号", "代码", "code"})
_NAME_HEADS = frozenset({"名称", "载体", "载体名称"})
# What the export has beside the items; nothing is read from these.
_PASSED_OVER = frozenset({"归属区域", "月报情况", ""})
_UNIT = re.compile(r"(.+?)(?:\((.+)\))?")
_BLANK = frozenset({"", "-", "—", "/"})
_TIMES = {"元": Decimal(1), "千元": Decimal(1000), "万元": WAN}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be taken, by its address in the table."""

    cell: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One carrier's filed figures: item to value (money in yuan). ``place``: the number of its row."""

    place: int
    code: str
    name: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Table:
    """What a table says; ``unknown``: heads that no item has. Where ``wrong`` says something, nothing may be kept."""

    rows: tuple[Row, ...]
    wrong: tuple[Wrong, ...]
    unknown: tuple[str, ...]


def parse(item: Item, typed: Any, unit: str = "") -> Decimal | None:
    """A typed figure as it is kept (money in yuan); None for nothing. ``unit``: of money, if not 千元.

    Raises :class:`Refused` with a sentence for its place."""
    if isinstance(typed, Fault):
        raise Refused(typed.sentence)
    # A spreadsheet's own number is no typing: 0.00001 is 1e-05 to Python.
    text = f"{Decimal(repr(typed)):f}" if isinstance(typed, float) else str(typed)
    if folded(text) in _BLANK:
        return None
    try:
        value = typed_number(text)
    except NotANumber as error:
        raise Refused(str(error)) from None
    if value < 0:
        raise Refused("不能为负数")
    if item.money:
        value = value * _TIMES[unit] if unit else from_thousands(value)
    elif item.unit != "㎡" and value != value.to_integral_value():
        raise Refused(f"应为整数({item.unit})")
    if value > LARGEST:
        raise Refused("数值过大,请核对单位")
    if value != value.quantize(CENT):
        raise Refused("金额最多精确到分" if item.money else "最多两位小数")
    return value.quantize(CENT)


def read(sheet: Sheet) -> Table:
    """The figures of a table whose first row that names 编号 holds the heads.

    Raises :class:`Refused` at ``file`` where there is no such row, or no item in it."""
    top = next((n for n, row in enumerate(sheet.rows[:20]) if _CODE_HEADS & {_folded(cell) for cell in row}), None)
    if top is None:
        raise Refused.at("file", "没有找到表头:须有一列叫“编号”(载体编号),其余列用指标名称,如“载体总收入(千元)”")
    heads = [_folded(cell) for cell in sheet.rows[top]]
    code_at = next(n for n, head in enumerate(heads) if head in _CODE_HEADS)
    name_at = next((n for n, head in enumerate(heads) if head in _NAME_HEADS), None)
    columns, unknown = _columns(heads)
    rows, wrong = [], []
    for number, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        place = sheet.first_row + number
        code, name = _at(cells, code_at), _at(cells, name_at)
        if code == "合计":
            continue
        if code:
            values, mistakes = _values(sheet, place, cells, columns)
            wrong += mistakes
            rows.append(Row(place, code, name, values))
        elif any(_at(cells, at) not in _BLANK for at in columns):
            wrong.append(Wrong(_address(sheet, place, code_at), "", "请填载体编号"))
    wrong += _twice(sheet, rows, code_at)
    if not rows and not wrong:
        raise Refused.at("file", "表头下面没有数据")
    return Table(tuple(rows), tuple(wrong), tuple(unknown))


def _columns(heads: Sequence[str]) -> tuple[dict[int, tuple[Item, str]], list[str]]:
    """Where each item stands, with the unit of its money, and the heads that no item has."""
    columns: dict[int, tuple[Item, str]] = {}
    unknown = []
    for place, head in enumerate(heads):
        if head in _CODE_HEADS | _NAME_HEADS | _PASSED_OVER:
            continue
        found = _item(head)
        if found is None:
            unknown.append(head)
        elif found[0] in {item for item, _ in columns.values()}:
            raise Refused.at("file", f"表头“{found[0].label}”出现了两次")
        else:
            columns[place] = found
    if not columns:
        raise Refused.at("file", f"表头里没有可导入的指标;可用的如“{ITEMS[0].head}”“{BY_CODE['income'].head}”")
    return columns, unknown


def _at(cells: Sequence[Any], place: int | None) -> str:
    return _text(cells[place]) if place is not None and place < len(cells) else ""


def _values(
    sheet: Sheet, place: int, cells: Sequence[Any], columns: Mapping[int, tuple[Item, str]]
) -> tuple[dict[str, Decimal], list[Wrong]]:
    values: dict[str, Decimal] = {}
    wrong = []
    for at, (item, unit) in columns.items():
        if at >= len(cells):
            continue
        try:
            value = parse(item, cells[at], unit)
        except Refused as refused:
            wrong.append(Wrong(_address(sheet, place, at), shortened(str(cells[at])), f"{item.label}:{refused}"))
            continue
        if value is not None:
            values[item.code] = value
    return values, wrong


def _twice(sheet: Sheet, rows: Sequence[Row], code_at: int) -> list[Wrong]:
    seen: set[str] = set()
    wrong = []
    for row in rows:
        if row.code in seen:
            wrong.append(Wrong(_address(sheet, row.place, code_at), row.code, "这个编号出现了两次"))
        seen.add(row.code)
    return wrong


def _item(head: str) -> tuple[Item, str] | None:
    """The item that a head names, and the unit of its money if it says one."""
    told = _UNIT.fullmatch(head)
    label, unit = (told[1], told[2] or "") if told else (head, "")
    item = next((each for each in ITEMS if label in (each.label, each.code)), None)
    if item is None:
        return None
    if not item.money:
        return (item, "") if unit in ("", _folded(item.unit)) else None
    return (item, unit) if not unit or unit in _TIMES else None


def _text(cell: Any) -> str:
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    # A code of digits that a spreadsheet took for a number.
    return text.removesuffix(".0") if isinstance(cell, float) else text


def _folded(cell: Any) -> str:
    """A head without blanks, in half width."""
    return "".join(_text(cell).split())


def _address(sheet: Sheet, place: int, at: int) -> str:
    """``C12`` of a row's number and a column from 0."""
    column, letters = sheet.first_column + at, ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{place}"


__all__ = ["MOST_ERRORS", "Row", "Table", "Wrong", "parse", "read"]
