"""The unified social credit code (统一社会信用代码, GB 32100-2015): how it is written, and what is wrong with one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from operator import mul

from stdnum.cn import ric as identity_rules

PATTERN = r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
_PATTERN = re.compile(PATTERN)
_PATTERN_ALL = re.compile(f"(?:{PATTERN.strip('^$')}\n)*")
SHAPE = "应为18位,不含字母I、O、S、V、Z"
CHECK_DIGIT = "校验位不符,请核对营业执照"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {sign: value for value, sign in enumerate(SIGNS)}
_WEIGHTS = [pow(3, place, 31) for place in range(17)]
# What the first two characters may say; an identity card number passes the check digit but not this.
_STARTS = frozenset({"11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49"})
_STARTS |= frozenset({"51", "52", "53", "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89"})
_STARTS |= frozenset({"91", "92", "93", "A1", "A9", "N1", "N2", "N3", "N9", "Y1"})


def normalise(text: str) -> str:
    """The code as it is kept: half width, capitals, without blanks and hyphens."""
    return unicodedata.normalize("NFKC", text).upper().replace(" ", "").replace("-", "").strip()


def problem(code: str) -> str:
    """Why a normalised code cannot be one, in a sentence; empty when it can. The check digit is another question."""
    if not _PATTERN.match(code):
        return f"“{code}”不是统一社会信用代码:{SHAPE}"
    if code[:17].isdecimal() and identity_rules.is_valid(code) and not check_digit_fits(code):
        return "这是个人身份证号,不是统一社会信用代码,请核对营业执照"
    if code[:2] not in _STARTS:
        return f"“{code}”开头两位不是登记机关与机构类别,像是身份证号或其他编号,请核对营业执照"
    return ""


def all_in_shape(codes: Sequence[str]) -> bool:
    """Whether nothing is wrong with any of ``codes``, written as they are kept: one look at thousands of them."""
    if not _PATTERN_ALL.fullmatch("".join([code + "\n" for code in codes])):
        return False
    return _STARTS.issuperset({code[:2] for code in codes}) and not any(code[:17].isdecimal() for code in codes)


def check_digit(body: str) -> str:
    """The last character that the standard computes for the first seventeen."""
    return SIGNS[-sum(map(mul, map(_VALUES.__getitem__, body), _WEIGHTS)) % 31]


def check_digit_fits(code: str) -> bool:
    """Whether the last character is the one that the standard computes. Some real codes fail: it warns, no more."""
    if len(code) != 18 or not code.isascii() or not code[:8].isdecimal() or not _VALUES.keys() >= {*code}:
        return False
    return code[17] == check_digit(code[:17])
