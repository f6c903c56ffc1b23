"""Looking after frozen rosters: what no longer fits its digest, and the guards in the database (migration 0009)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from core.trail_chain import missing_triggers
from incubators.models import Roster, RosterEntry
from incubators.rosters.content import SAID, digest_of, digest_of_line

_GUARDS = {
    "roster_no_update",
    "roster_no_delete",
    "roster_entry_no_insert",
    "roster_entry_no_update",
    "roster_entry_no_delete",
}
_MOST_NAMED = 5  # lines of one roster that are named; the rest is counted


def faults() -> Iterator[tuple[Roster, list[str]]]:
    """Every confirmed roster with what differs in it, in words; nothing where it is what was confirmed. Lines are read
    in constant memory, a query a roster."""
    for roster in Roster.objects.filter(state=Roster.State.CONFIRMED).select_related("area").order_by("pk"):
        yield roster, _faults_of(roster)


def _faults_of(roster: Roster) -> list[str]:
    changed: list[str] = []
    digests: list[str] = []
    names = ("number", *SAID, "is_synthetic", "digest")
    for line in RosterEntry.objects.filter(roster=roster).order_by("number").values(*names).iterator(chunk_size=2000):
        digests.append(line["digest"])
        if digest_of_line(line) != line["digest"]:
            changed.append(f"第{line['number']}号“{line['name']}”")
    words = [f"{'、'.join(changed[:_MOST_NAMED])}等{len(changed)}行的内容与校验值不符"] if changed else []
    if digest_of(roster, digests) != roster.digest:
        words.append(f"名册本身或其行数(现有{len(digests)}行)与确认时的校验值不符")
    return words


def missing_guards() -> list[str]:
    """Triggers that should refuse changes of confirmed rosters and are not there, or switched off."""
    more = {"roster_no_truncate", "roster_entry_no_truncate"} if connection.vendor == "postgresql" else set()
    return missing_triggers(_GUARDS | more)
