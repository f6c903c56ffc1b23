"""Looking after accepted reports: the guards in the database that refuse changes of them (migrations 0016, 0019)."""

from __future__ import annotations

from django.db import connection

from core.trail_chain import missing_triggers

_GUARDS = {"report_no_update", "report_no_delete", "report_no_redating"}


def missing_guards() -> list[str]:
    """Triggers that should refuse changes of accepted reports and are not there, or switched off."""
    return missing_triggers(_GUARDS | ({"report_no_truncate"} if connection.vendor == "postgresql" else set()))
