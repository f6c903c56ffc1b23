"""Reading rosters: in which an enterprise stands."""

from __future__ import annotations

from typing import Any

from incubators.models import Roster, RosterEntry


def standing_in(user: Any, **named: Any) -> Any:
    """Lines of confirmed rosters in force that name an enterprise (``uscc=`` as it stands in the list, or
    ``enterprise=``), of those that the person may see, the latest year first."""
    rows = RosterEntry.objects.visible_to(user).filter(roster__in=Roster.objects.in_force(), **named)
    return rows.select_related("roster__area").order_by("-roster__year", "roster__kind", "pk")
