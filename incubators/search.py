"""Finding by pinyin initials: 华东无人机基地 is found by ``hdwrjjd``."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, pinyin


@lru_cache(maxsize=20_000)
def _letter(character: str) -> str:
    return pinyin(character, style=Style.FIRST_LETTER, strict=False)[0][0][:1].lower()


def initials(name: str) -> str:
    """Lower-case initials of ``name``; letters and digits stay, other signs fall away."""
    return "".join(_letter(c) for c in name if c.isalnum())[:120]
