"""Looking after accepted reports: the guards in the database that refuse changes of them (migration 0016)."""

from __future__ import annotations

from core.trail_chain import missing_triggers

GUARDS = ("report_no_update", "report_no_delete")


def missing_guards() -> list[str]:
    """Triggers that should refuse changes of accepted reports and are not there, or switched off."""
    return missing_triggers(GUARDS)
