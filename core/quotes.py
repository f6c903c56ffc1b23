"""What a person typed, repeated in a sentence."""

from __future__ import annotations

import re

# Longer than any name or number that a sentence has reason to repeat whole; and how much of it is.
_LONGEST, _SHOWN = 50, 20
_QUOTE = re.compile("“([^”]*)”")


def shortened(text: str) -> str:
    """A text as one line, short enough to be repeated in a sentence."""
    words = " ".join(text.split())
    return words if len(words) < _LONGEST else f"{words[:_SHOWN]}…"


def with_short_quotes(sentence: str) -> str:
    """A sentence in which each text between “ and ” is :func:`shortened`."""
    return _QUOTE.sub(lambda found: f"“{shortened(found[1])}”", sentence)
