"""The unified social credit code (统一社会信用代码, GB 32100-2015): how it is written, and what is wrong with one."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import ric as identity_rules
from stdnum.cn import uscc as rules

PATTERN = r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$"
SHAPE = "应为18位,不含字母I、O、S、V、Z"
CHECK_DIGIT = "校验位不符,请核对营业执照"
# What the first two characters may say; an identity card number passes the check digit but not this.
_STARTS = frozenset({"11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49"})
_STARTS |= frozenset({"51", "52", "53", "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89"})
_STARTS |= frozenset({"91", "92", "93", "A1", "A9", "N1", "N2", "N3", "N9", "Y1"})


def normalise(text: str) -> str:
    """The code as it is kept: half width, capitals, without blanks and hyphens."""
    return unicodedata.normalize("NFKC", text).upper().replace(" ", "").replace("-", "").strip()


def problem(code: str) -> str:
    """Why a normalised code cannot be one, in a sentence; empty when it can. The check digit is another question."""
    if not re.match(PATTERN, code):
        return f"“{code}”不是统一社会信用代码:{SHAPE}"
    if identity_rules.is_valid(code) and not check_digit_fits(code):
        return "这是个人身份证号,不是统一社会信用代码,请核对营业执照"
    if code[:2] not in _STARTS:
        return f"“{code}”开头两位不是登记机关与机构类别,像是身份证号或其他编号,请核对营业执照"
    return ""


def check_digit_fits(code: str) -> bool:
    """Whether the last character is the one that the standard computes. Some real codes fail: it warns, no more."""
    return bool(rules.is_valid(code))
