"""Finds the numbers in the words of a policy.

A number here is what a reader would hold the government to: 100万元, 60%, 1:1, 2-3个, 一名. Years and
dates are a class of their own; numbers that are part of a name (“1+1+3”, 5G, 世界500强, document
numbers) are found but marked as names; list labels (“3.”, “(一)”) are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["number", "ratio", "range", "year", "date", "name"]

SCALES = {"万亿": 10**12, "千亿": 10**11, "百亿": 10**10, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4}
DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
UNITS = (
    "平方米|亿元|万元|元|家|个方面|个|名|支|件|人|条|项|级|类|次性|次|倍|年|天|日|所|座|种|户|%|\uff05"
)  # fmt: skip
# A Chinese numeral counts something only before one of these, and not inside these words.
COUNTED = "个方面|次性|名|支|类|家|项|级|条|件|户|座|个"
NOT_BEFORE = "第统唯单同另每各某逐归万"


@dataclass(frozen=True)
class NumberSpan:
    """A number and where it stands: ``text[start:end] == words``.

    ``value`` is in plain units (13亿 is 1300000000; 60% is 60 with unit %; 1:1 is 1). For a range,
    ``value`` is its lower and ``upper`` its upper end.
    """

    start: int
    end: int
    words: str
    kind: Kind
    value: Decimal
    unit: str = ""
    upper: Decimal | None = None


_CN = "一二两三四五六七八九十"
_NUM = r"\d+(?:\.\d+)?"
_SCALE = "|".join(SCALES)

LABEL = re.compile(
    rf"^[\s—]*(?:\[[A-Za-z0-9.]+\]\s*)?(?:\d+(?:[、)\uff09]|\.(?!\d))|[(\uff08][{_CN}\d]+[)\uff09]|[{_CN}]+、|[{_CN}]+是)?"
)
PATTERN = re.compile(
    rf"""
    (?P<date>(?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}日|(?:19|20)\d\d-\d\d-\d\d)
  | (?P<docno>[〔﹝\[](?:19|20)\d\d[〕﹞\]]\d+号)
  | (?P<year>(?:19|20)\d\d(?:\s*[-—–]+\s*(?:19|20)\d\d)?年末?|(?:19|20)\d\d[-—–]+(?:19|20)\d\d)
  | (?P<formula>\(?\d+\)?(?:\+[\d(X]+(?:\+\d+)*\)?)+)
  | (?P<proper>\d+(?:G|强|号))
  | (?P<ratio>\d+(?:\.\d+)?[:\uff1a]\d+(?:\.\d+)?)
  | (?P<low>{_NUM})[-—~至](?P<high>{_NUM})(?P<rscale>{_SCALE})?(?P<runit>{UNITS})
  | (?P<num>{_NUM})(?P<scale>{_SCALE})?(?P<about>余)?(?P<unit>{UNITS})?
  | (?P<double>翻(?P<times>[{_CN}])番)
  | (?<![\d{_CN}百千万每])(?P<order>[百千]?(?:亿|万))(?P<ounit>级|元(?=以上))
  | (?<![{NOT_BEFORE}{_CN}])(?P<cn>[{_CN}]+)(?P<cunit>{COUNTED})(?!月|体)
    """,
    re.VERBOSE,
)


def find_numbers(text: str, label: str | None = None) -> list[NumberSpan]:
    """Every number in the text, from left to right.

    ``label`` is the number of a table row printed on a line of its own; it is left out once.
    """
    found: list[NumberSpan] = []
    offset, waiting = 0, label
    for line in text.split("\n"):
        if waiting is not None and line.strip() == waiting:
            waiting = None
        else:
            skip = LABEL.match(line)
            found += _in_line(line, skip.end() if skip else 0, offset)
        offset += len(line) + 1
    return found


def _in_line(line: str, begin: int, offset: int) -> Iterator[NumberSpan]:
    for match in PATTERN.finditer(line, begin):
        kind, value, unit, upper = _read(match)
        yield NumberSpan(match.start() + offset, match.end() + offset, match[0], kind, value, unit, upper)


def _read(match: re.Match[str]) -> tuple[Kind, Decimal, str, Decimal | None]:
    group = match.groupdict()
    if group["date"] or group["year"]:
        return ("date" if group["date"] else "year"), Decimal(match[0][:4]), "", None
    if group["docno"] or group["formula"] or group["proper"]:
        return "name", Decimal(re.findall(r"\d+", match[0])[-1]), "", None
    if group["ratio"]:
        base, added = (Decimal(part) for part in re.split("[:\uff1a]", match[0]))
        return "ratio", added / base if base else Decimal(0), "", None
    if group["low"]:
        unit, times = _unit(group["runit"], group["rscale"])
        return "range", Decimal(group["low"]) * times, unit, Decimal(group["high"]) * times
    if group["num"]:
        unit, times = _unit(group["unit"], group["scale"])
        return "number", Decimal(group["num"]) * times, unit, None
    if group["double"]:
        return "number", Decimal(2) ** DIGITS[group["times"]], "倍", None
    if group["order"]:
        return "number", Decimal(SCALES[group["order"]]), group["ounit"], None
    return "number", Decimal(chinese(group["cn"])), group["cunit"], None


def _unit(unit: str | None, scale: str | None) -> tuple[str, int]:
    times = SCALES[scale] if scale else 1
    for word, more in (("亿元", 10**8), ("万元", 10**4)):
        if unit == word:
            return "元", times * more
    return (unit or "").replace("\uff05", "%"), times


def chinese(words: str) -> int:
    """Value of a Chinese numeral up to 99: 三 is 3, 十五 is 15, 二十 is 20."""
    tens, ten, ones = words.partition("十")
    if not ten:
        return DIGITS[words] if words in DIGITS else int("".join(str(DIGITS[word]) for word in words))
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
