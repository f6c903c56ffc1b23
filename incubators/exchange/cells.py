"""From a spreadsheet's cells to values and back. One reader a sort of column; each says in Chinese what is wrong.

A blank cell means "leave as it is"; the word 清空 empties a field. Cells arrive as a spreadsheet program happened to keep
them: dates as text or numbers, digits in full width, codes as numbers.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.faults import WORDS as FAULT_WORDS
from core.faults import Fault
from core.money import WAN
from core.numerals import NotANumber, typed_number
from core.workbooks import from_serial
from incubators import uscc

CLEAR = "清空"
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?$")
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SERIAL = re.compile(r"^[1-7]\d{4}(?:\.0+)?$")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class CellError(Exception):
    """A cell cannot be taken; ``str(error)`` is what its writer reads."""


class Cleared:
    """The value of a cell that says 清空."""

    def __repr__(self) -> str:
        return CLEAR


CLEARED = Cleared()


def tidy(cell: Any) -> str:
    """A cell as text: full-width digits and letters in half width, no blanks around; whole numbers without a point."""
    if isinstance(cell, str):
        text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
        return text.strip()
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


# Full-width digits and letters only: brackets in the number of a paper are part of it.
_HALF_WIDTH = {ord(sign) + 0xFEE0: sign for sign in string.ascii_letters + string.digits}
_ROUNDED = "长编号被表格软件当作数字存了,尾数已经丢失;请把该列设为文本格式后重新填写"


def _already_rounded(cell: Any) -> bool:
    """Whether a spreadsheet program kept a long code as a number: it keeps 15 digits of it."""
    return isinstance(cell, float | int) and abs(cell) >= 1e15


@dataclass(frozen=True)
class Text:
    """Words, at most ``longest`` of them; ``codelike`` (numbers of papers, phones) takes digits and letters in half width
    and refuses what a spreadsheet has already rounded."""

    longest: int
    codelike: bool = False
    kind = "text"
    empty = ""

    def read_plain(self, cells: Sequence[str]) -> list[str | None] | None:
        """A whole column of words at once, or None where one of them needs to be looked at alone."""
        words = [*map(str.strip, cells)]
        whole = "\n".join(words)
        if CLEAR in whole or "#" in whole or "\r\n" in whole or max(map(len, words)) > self.longest:
            return None
        if self.codelike and not whole.isascii():
            return None
        return [word or None for word in words]

    def read(self, cell: Any) -> Any:
        if self.codelike and _already_rounded(cell):
            raise CellError(_ROUNDED)
        # Words keep their own punctuation; only blanks around and line ends are put right.
        text = cell.strip().replace("\r\n", "\n") if isinstance(cell, str) else tidy(cell)
        if self.codelike:
            text = text.translate(_HALF_WIDTH)
        if len(text) > self.longest:
            raise CellError(f"超过{self.longest}个字(现有{len(text)}个)")
        return text

    def show(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Day:
    """A date, as Excel keeps it or typed in one of the usual ways."""

    kind = "date"
    empty = None

    def read(self, cell: Any) -> Any:
        if isinstance(cell, date):
            return self._within(cell.date() if isinstance(cell, datetime) else cell)
        try:
            if isinstance(cell, float | int) and not isinstance(cell, bool):
                if 19_000_101 <= cell <= 21_001_231:
                    return self.read(str(int(cell)))
                return from_serial(float(cell))
            text = tidy(cell)
            if _SERIAL.match(text):
                return from_serial(float(text))
            found = _DATE.match(text) or _COMPACT_DATE.match(text)
            if found is None:
                raise ValueError(text)
            return self._within(date(*(int(part) for part in found.groups())))
        except ValueError as wrong:
            raise CellError(f"“{tidy(cell)}”不是日期,请写成 2026-10-08 这样") from wrong

    def _within(self, day: date) -> date:
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise CellError(f"“{day.isoformat()}”不在{_FIRST_YEAR}年至{_LAST_YEAR}年之间,请核对年份")
        return day

    def show(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Amount:
    """A number of at most ``digits`` digits before and ``places`` after the point; ``wan``: typed in 万元, kept in yuan."""

    digits: int = 12
    places: int = 2
    wan: bool = False
    lowest: Decimal | None = Decimal(0)
    kind = "number"
    empty = None

    def read(self, cell: Any) -> Any:
        if isinstance(cell, bool):
            raise CellError("应填数字")
        try:
            # A number of a spreadsheet is one, however it would be written; text is read as people type it.
            is_number = isinstance(cell, int | float | Decimal)
            number = Decimal(str(cell)) if is_number else typed_number(tidy(cell), "万元" if self.wan else "元")
        except NotANumber as wrong:
            raise CellError(f"{wrong}" + ("(单位万元)" if self.wan else "")) from wrong
        if not number.is_finite():
            raise CellError(f"“{tidy(cell)}”不是数字")
        if number.adjusted() > self.digits:
            raise CellError("数字过大,请核对单位")
        if self.wan:
            number *= WAN
        if self.lowest is not None and number < self.lowest:
            raise CellError("不能为负数" if self.lowest == 0 else f"不能小于{self.lowest}")
        if isinstance(cell, float):
            # A spreadsheet's own arithmetic leaves tails such as 0.30000000000000004.
            number = round(number, self.places + 4)
        rounded = number.quantize(Decimal(1).scaleb(-self.places))
        if abs(rounded) >= Decimal(10) ** self.digits:
            raise CellError("数字过大,请核对单位")
        if rounded != number:
            raise CellError(f"最多{self.places}位小数" + ("(按元计)" if self.wan else ""))
        return rounded if self.places else int(rounded)

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        return (value / WAN).normalize() if self.wan else value


@dataclass(frozen=True)
class YesNo:
    """是 or 否."""

    kind = "choice"
    empty = False

    def read(self, cell: Any) -> Any:
        text = tidy(cell).lower()
        if text in {"是", "有", "√", "y", "yes", "true", "1"}:
            return True
        if text in {"否", "无", "×", "x", "n", "no", "false", "0"}:
            return False
        raise CellError(f"“{tidy(cell)}”应填“是”或“否”")

    def show(self, value: Any) -> Any:
        return "是" if value else "否"

    @property
    def words(self) -> list[str]:
        return ["是", "否"]


@dataclass(frozen=True)
class Choice:
    """One of the words of ``options`` (value -> label)."""

    options: Mapping[str, str]
    kind = "choice"
    empty = ""

    def read(self, cell: Any) -> Any:
        text = tidy(cell)
        for value, label in self.options.items():
            if text in {label, value} or text == unicodedata.normalize("NFKC", label):
                return value
        raise CellError(f"“{text}”不在可选项中:{'、'.join(self.options.values())}")

    def show(self, value: Any) -> Any:
        return self.options.get(value, value) or None

    @property
    def words(self) -> list[str]:
        return [*self.options.values()]


@dataclass(frozen=True)
class Choices:
    """Any of the words of ``options`` (value -> label), in one cell with 、 or commas between; kept as values with commas,
    in the order of the options."""

    options: Mapping[str, str]
    kind = "text"
    empty = ""

    def read(self, cell: Any) -> Any:
        one = Choice(self.options)
        chosen = {one.read(word) for word in re.split("[、,;\n]", tidy(cell)) if word.strip()}
        return ",".join(value for value in self.options if value in chosen)

    def show(self, value: Any) -> Any:
        return "、".join(self.options.get(each, each) for each in value.split(",") if each) or None if value else None


@dataclass(frozen=True)
class Uscc:
    """A unified social credit code (GB 32100-2015). Its check digit is judged with the whole row: it warns."""

    kind = "text"
    empty = ""

    def read(self, cell: Any) -> Any:
        if isinstance(cell, float | int):
            raise CellError(_ROUNDED)
        code = uscc.normalise(tidy(cell))
        if sentence := uscc.problem(code):
            raise CellError(sentence)
        return code

    def show(self, value: Any) -> Any:
        return value


@dataclass
class Reference:
    """A record named by a code or a name. ``find`` answers, for all names of a column at once, the keys they mean.

    ``find(names)`` returns name -> (key, "") or (None, reason); ``label(keys)`` returns key -> what is written out.
    Names come in half width (NFKC), for brackets of company names are typed in either; ``own_words`` leaves them as they
    were written.
    """

    what: str
    find: Any
    label: Any
    words_of: Any = None
    codelike: bool = False
    own_words: bool = False
    kind = "text"
    empty = None
    found: dict[str, tuple[Any, str]] = field(default_factory=dict)
    shown: dict[Any, str] = field(default_factory=dict)

    def prepare(self, cells: Iterable[Any]) -> None:
        """Look up every name of a column in as few queries as the database needs."""
        names = {self._name(cell) for cell in cells} - {"", CLEAR}
        self.found = self.find(names) if names else {}

    def _name(self, cell: Any) -> str:
        text = cell.strip() if self.own_words and isinstance(cell, str) else tidy(cell)
        return uscc.normalise(text) if self.codelike else text

    def read(self, cell: Any) -> Any:
        if self.codelike and _already_rounded(cell):
            raise CellError(_ROUNDED)
        key, reason = self.found.get(self._name(cell), (None, ""))
        if key is None:
            raise CellError(reason or f"库中没有{self.what}“{self._name(cell)}”")
        return key

    def prepare_show(self, keys: Iterable[Any]) -> None:
        self.shown = self.label({key for key in keys if key is not None})

    def show(self, value: Any) -> Any:
        return self.shown.get(value)

    @property
    def words(self) -> list[str]:
        return self.words_of() if self.words_of else []


Reader = Text | Day | Amount | YesNo | Choice | Choices | Uscc | Reference


def read_column(reader: Reader, cells: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """Values of a whole column (None where blank) and, by position, what is wrong with cells that cannot be taken.

    Every different cell is read once.
    """
    if isinstance(reader, Reference):
        reader.prepare(cells)
    kinds = {*map(type, cells)}
    if isinstance(reader, Uscc) and kinds == {str} and uscc.all_in_shape(cells):
        return [*cells], {}
    if isinstance(reader, Text) and kinds == {str} and (plain := reader.read_plain(cells)) is not None:
        return plain, {}
    # 1, 1.0 and True are one key of a dict but not one cell; words and days are never one key with a number.
    keys: Sequence[Any] = cells if len(kinds - {str, date}) <= 1 else [*zip(map(type, cells), cells, strict=True)]
    alone = keys is cells
    values: dict[Any, Any] = {}
    wrong: dict[Any, str] = {}
    for key in {*keys}:
        try:
            values[key] = _read_one(reader, key if alone else key[1])
        except CellError as error:
            values[key], wrong[key] = None, str(error)
    errors = {place: wrong[key] for place, key in enumerate(keys) if key in wrong} if wrong else {}
    return [*map(values.__getitem__, keys)], errors


def _read_one(reader: Reader, cell: Any) -> Any:
    if cell is None:
        return None
    if isinstance(cell, str):
        stripped = cell.strip()
        if isinstance(cell, Fault) or (stripped[:1] == "#" and stripped.upper() in FAULT_WORDS):
            raise CellError(Fault(stripped).sentence)
        if not stripped:
            return None
        if stripped == CLEAR:
            return CLEARED
    return reader.read(cell)
