"""One enterprise incubates in one carrier at a time, on every day of the past too, unless an officer says otherwise.

Incubation runs from its first day to the day before it graduates or leaves: who leaves one carrier may begin in another
on the same day. A stay with an officer's words (``overlap_reason``) is excused, and excuses whom it overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.dates import date_cn
from incubators.models import Residency


@dataclass(frozen=True, slots=True)
class Span:
    """The incubation of one stay; ``end`` is the first day after it, None while it goes on."""

    begun: date
    end: date | None
    reason: str = ""

    @classmethod
    def of(cls, begun: date | None, graduated: date | None, left: date | None, reason: str | None) -> Span | None:
        """None for a stay that never was in incubation, be it that it ended before incubation was to begin."""
        if begun is None:
            return None
        end = min((day for day in (graduated, left) if day is not None), default=None)
        return cls(begun, end, reason or "") if end is None or end > begun else None

    def clashes(self, other: Span) -> bool:
        """Whether both are in incubation on some day and neither is excused."""
        if self.reason or other.reason:
            return False
        return (other.end is None or self.begun < other.end) and (self.end is None or other.begun < self.end)

    @property
    def words(self) -> str:
        if self.end is None:
            return f"自{date_cn(self.begun)}起已"
        return f"{date_cn(self.begun)}至{date_cn(self.end)}已"


def sentence(where: str, span: Span) -> str:
    """What the person reads who recorded a second incubation; ``where`` names the other carrier. Empty: which one, and
    since when, is not theirs to know."""
    what = f"{span.words}在{where}在孵" if where else "已在另一家载体在孵"
    return f"该企业{what},同时只能在一家载体在孵;确有需要的,由区科委填写“同时在孵说明”"


FIELDS = ("pk", "enterprise_id", "incubating_from", "graduated_on", "left_on", "overlap_reason")


def recorded(
    companies: Iterable[Any], named: Callable[[str], bool], own: Any = None
) -> dict[Any, list[tuple[Any, Span, str]]]:
    """What the register says of these enterprises: enterprise -> (key of the stay, its span, the carrier in words).

    ``named(path)`` says whether a carrier credited to that area may be named to the person; others are "".
    ``own``: the key of the carrier that they are recording for, which is no secret to them.
    """
    found: dict[Any, list[tuple[Any, Span, str]]] = {}
    rows = Residency.objects.filter(enterprise__in=[*companies], incubating_from__isnull=False).order_by("pk")
    carrier = ("carrier_id", "carrier__name", "carrier__owner_area__path")
    for pk, company, begun, graduated, left, reason, key, name, path in rows.values_list(*FIELDS, *carrier):
        span = Span.of(begun, graduated, left, reason)
        if span is not None:
            where = "本载体" if key == own else f"“{name}”" if named(path) else ""
            found.setdefault(company, []).append((pk, span, where))
    return found


def clash_of(row: Residency, named: Callable[[str], bool]) -> str:
    """A sentence when this stay, as it is about to be saved, overlaps another of its enterprise; else empty. ``named``:
    see :func:`recorded`."""
    span = Span.of(row.incubating_from, row.graduated_on, row.left_on, row.overlap_reason)
    if span is None:
        return ""
    others = recorded([row.enterprise_id], named, own=row.carrier_id).get(row.enterprise_id, [])
    return next((sentence(where, other) for pk, other, where in others if pk != row.pk and span.clashes(other)), "")
