"""Names for the cells of a table whose rows stand as cards on a phone: those its own heads have."""

from __future__ import annotations

import re
from typing import Final

from django.utils.html import strip_tags

HEAD: Final = re.compile(r"<th\b([^>]*)>(.*?)</th>", re.DOTALL)
UNIT: Final = re.compile(r'<span class="unit">(.*?)</span>', re.DOTALL)
CELL: Final = re.compile(r"<(tr|td|th)\b([^>]*)>")
COLSPAN: Final = re.compile(r'\bcolspan="(\d+)"')
# Cells that need no name: they say it themselves, or have one.
SPEAKING: Final = ("data-label=", "card-state", "card-none", "actions")


def with_labels(content: str) -> str:
    """``content`` (a thead and what follows) with a ``data-label`` on every cell but the first of its row: the text of
    its column's head, the unit in brackets. A cell over several columns, and one of :data:`SPEAKING`, stays as it is."""
    head, end, rows = content.partition("</thead>")
    labels = [_label(attributes, text) for attributes, text in HEAD.findall(head)]
    place = 0

    def named(found: re.Match[str]) -> str:
        nonlocal place
        tag, attributes = found.groups()
        if tag == "tr":
            place = 0
            return found[0]
        across = COLSPAN.search(attributes)
        here, place = place, place + (int(across[1]) if across else 1)
        plain = across is None and not any(word in attributes for word in SPEAKING)
        if not here or not plain or here >= len(labels) or not labels[here]:
            return found[0]
        return f'<{tag}{attributes} data-label="{labels[here]}">'

    return head + end + CELL.sub(named, rows)


def _label(attributes: str, text: str) -> str:
    """A head in one line, still escaped; nothing for one that is only read aloud."""
    if "visually-hidden" in text or "visually-hidden" in attributes or "<input" in text:
        return ""
    return " ".join(strip_tags(UNIT.sub(r"(\1)", text)).split()).replace('"', "&quot;")
