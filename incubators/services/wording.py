"""Reasons as people give them: asked for, and of a length, in one way at every door."""

from __future__ import annotations

from core.permits import Refused
from incubators.models.reports import LONGEST_CORRECTION
from incubators.reporting.findings import LONGEST_WORDS


def reason_of(words: str, label: str, *, most: int = LONGEST_WORDS, required: bool = True) -> str:
    """The reason without the blanks around it. ``label``: of what (``退回``). Raises :class:`Refused` at ``reason`` where it
    is missing or longer than ``most``: nothing is cut."""
    words = words.strip()
    if required and not words:
        raise Refused.at("reason", f"请写明{label}原因")
    if len(words) > most:
        raise Refused.at("reason", f"{label}原因最多{most}字,现有{len(words)}字")
    return words


__all__ = ["LONGEST_CORRECTION", "LONGEST_WORDS", "reason_of"]
