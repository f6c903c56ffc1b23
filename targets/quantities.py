"""How a target's number is written: with its unit, never rounded into looking reached.

Amounts of money are held in yuan and written in 万元 or 亿元; shares are held in per cent (70 means 70%).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

WAN: Final = Decimal(10_000)
YI: Final = Decimal(100_000_000)
UNKNOWN: Final = "—"
# Units that are measured, with their decimals in a column (in a sentence closing zeros fall away). Every other unit
# counts things, and those are whole.
PLACES: Final[dict[str, int]] = {"%": 2, "元": 2}

COMPARATOR_WORDS: Final[dict[str, str]] = {
    "at_least": "不少于",
    "more_than": "多于",
    "between": "达到",
    "about": "约",
    "increase": "多于",
}


def is_counted(unit: str) -> bool:
    """Whether ``unit`` counts things (家, 名): half of one is none. Shares and money are measured."""
    return unit not in PLACES


def plain(value: Decimal, places: int = 2) -> str:
    """``1234.50`` -> ``1,234.5``: half up to ``places`` decimals, without closing zeros."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def scaled(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """The number and unit as people write them: yuan become 亿元 from one 亿 on, else 万元."""
    if unit != "元":
        return value, unit
    return (value / YI, "亿元") if abs(value) >= YI else (value / WAN, "万元")


def written(value: Decimal | None, unit: str, goal: Decimal | None = None) -> tuple[str, str]:
    """Number and unit for display. Given ``goal``, decimals are added until a value that misses it looks different.

    59.996 per cent against 60 is written ``59.996``, not ``60``.
    """
    if value is None:
        return UNKNOWN, ""
    shown, word = scaled(value, unit)
    places = 2
    if goal is not None and value != goal:
        aim = scaled(goal, unit)[0]
        while places < 6 and plain(shown, places) == plain(aim, places):
            places += 1
    return plain(shown, places), word


def quantity(value: Decimal | None, unit: str, goal: Decimal | None = None) -> str:
    """``182 家``, ``69.5%``, ``13 亿元``; ``—`` when unknown."""
    return _with_unit(*written(value, unit, goal))


def aligned(value: Decimal | None, unit: str, goal: Decimal | None = None) -> str:
    """As :func:`quantity`, for a column of one unit: its decimals are those of :data:`PLACES`, so that points line up."""
    number, word = written(value, unit, goal)
    places, (whole, _, decimals) = PLACES.get(unit, 0), number.partition(".")
    if value is not None and places:
        number = f"{whole}.{decimals.ljust(places, '0')}"
    return _with_unit(number, word)


def _with_unit(number: str, word: str) -> str:
    return f"{number}{'' if word in ('%', '') else ' '}{word}"


def change(value: Decimal | None, unit: str) -> str:
    """A difference: of shares in 个百分点, of everything else as :func:`quantity`."""
    return quantity(value, "个百分点" if unit == "%" else unit)


def goal_words(comparator: str, value: Decimal | None, value_max: Decimal | None, unit: str) -> str:
    """What is to be reached, in words: ``不少于 300 家``, ``多于 50 家``, ``2–3 个``, ``完成``, ``一批(没有数值)``."""
    if comparator == "done":
        return "完成" if value is None else f"完成({quantity(value, unit)})"
    if comparator == "some":
        return "一批(没有数值)"
    if value is None:
        return "逐年提高" if comparator == "increase" else "没有数值"
    if comparator == "between" and value_max is not None:
        low, word = written(value, unit)
        high = written(value_max, unit)[0]
        return f"{low}–{high}{'' if word == '%' else ' '}{word}"
    return f"{COMPARATOR_WORDS[comparator]} {quantity(value, unit)}"


__all__ = [
    "COMPARATOR_WORDS",
    "PLACES",
    "aligned",
    "change",
    "goal_words",
    "is_counted",
    "plain",
    "quantity",
    "scaled",
    "written",
]
