"""A number as people type it: half or full width, with the separators of thousands, maybe with its unit behind it.

Nothing is guessed. A comma or a blank is taken for a separator only where it parts thousands, so ``12,5`` is refused and
not read as 125; ``1e5``, ``1_0`` and other spellings that only programs understand are none. ``static/js/grid-text.js``
reads by the same rules.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from core.quotes import shortened

LONGEST = 40  # digits and all; far beyond what any column holds, and short enough to reckon with
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}([, ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_PARTED = re.compile(r"[+-]?[0-9][0-9.]*([,、;: ]+[0-9.]+)+")


class NotANumber(ValueError):
    """What was typed is no number; ``str(error)`` is the Chinese sentence for its place."""


def folded(text: str, unit: str = "") -> str:
    """What was typed in half width, without blanks around it and without its unit."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return plain.removesuffix(unicodedata.normalize("NFKC", unit)).strip()


def plain_number(text: str) -> Decimal | None:
    """The number that ``text`` is, digits and a point and nothing else; None for everything else."""
    return Decimal(text) if len(text) <= LONGEST and _PLAIN.fullmatch(text) else None


def typed_number(text: str, unit: str = "", example: str = "1250.5") -> Decimal:
    """The number that a person typed. Raises :class:`NotANumber`; ``example`` is one that would do."""
    cleaned = folded(text, unit)
    if _GROUPED.fullmatch(cleaned):
        cleaned = re.sub("[, ]", "", cleaned)
    number = plain_number(cleaned)
    if number is not None:
        return number
    if _PARTED.fullmatch(cleaned):
        raise NotANumber(f"“{shortened(text)}”像是几个数,或分隔有误:千位分隔如 1,234,567,小数用点,如 {example}")
    if _PLAIN.fullmatch(cleaned):
        raise NotANumber("数值过大或小数过长,请核对")
    raise NotANumber(f"“{shortened(text)}”不是数字,请填如 {example}")


__all__ = ["NotANumber", "folded", "plain_number", "typed_number"]
