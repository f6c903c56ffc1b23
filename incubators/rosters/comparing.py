"""How two sets of lines differ: a draft and the register as it is now, a year's list and the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from incubators.models import Roster, RosterEntry
from incubators.rosters.content import Line, drawn, held_on, lines_of, said_by


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that says something else now: its line, and (heading, what it says, what the register says)."""

    line: Line
    cells: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the register has and the list has not (``new``), the other way round (``gone``), and what differs."""

    new: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.new) + len(self.gone) + len(self.differing)


def _words(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def compare(held: Sequence[Line], now: Sequence[Line], columns: dict[str, str]) -> Comparison:
    """``held`` against ``now``, by enterprise; ``columns`` are those compared."""
    before = {line["enterprise_id"]: line for line in held}
    after = {line["enterprise_id"]: line for line in now}
    found = Comparison(
        [line for key, line in after.items() if key not in before],
        [line for key, line in before.items() if key not in after],
    )
    for key, line in before.items():
        if key in after:
            cells = [
                (label, _words(line[name]), _words(after[key][name]))
                for name, label in columns.items()
                if line[name] != after[key][name]
            ]
            if cells:
                found.differing.append(Difference(line, cells))
    return found


def against_register(roster: Roster) -> Comparison:
    """A roster against the register as it stands now, as of the roster's own day.

    A list that is confirmed one by one has what people put on it; what the register can add is who holds the
    qualification on the day it speaks of and is not on it.
    """
    held = lines_of(roster)
    columns = said_by(roster.kind)
    if roster.kind != Roster.Kind.HARD_TECH:
        return compare(held, drawn(roster), columns)
    bases = {line["enterprise_id"]: line["basis"] for line in held}
    unlisted = {
        row.enterprise_id: row.basis or row.certificate for row in held_on(roster) if row.enterprise_id not in bases
    }
    return compare(held, drawn(roster, {**bases, **unlisted}), columns)


def year_before(roster: Roster, user: Any) -> Roster | None:
    """The list of the same kind and area in force for the year before, if the person may see it."""
    rows = Roster.objects.visible_to(user).in_force()
    return rows.filter(kind=roster.kind, area=roster.area_id, year=roster.year - 1).first()


def added(roster: Roster, before: Roster, user: Any) -> Any:
    """Lines of ``roster`` whose enterprise was not on ``before``, of those that the person may see."""
    return _only(roster, before, user)


def dropped(roster: Roster, before: Roster, user: Any) -> Any:
    """Lines of ``before`` whose enterprise is not on ``roster``, of those that the person may see."""
    return _only(before, roster, user)


def _only(one: Roster, other: Roster, user: Any) -> Any:
    there = RosterEntry.objects.filter(roster=other, enterprise=OuterRef("enterprise"))
    rows = RosterEntry.objects.visible_to(user).filter(~Exists(there), roster=one)
    return rows.order_by("number")
