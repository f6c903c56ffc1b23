"""When a carrier's month came, held against its days: the one home of late and overdue for pages, files and REST.

Asked here of one report; of a set of rows in :mod:`incubators.reporting.conditions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from incubators.reporting.calendar import Days


@dataclass(frozen=True, slots=True)
class Timing:
    """A carrier's month. ``filed``: a submission of it stands; ``sent_at``: when it was first submitted, if ever: a return
    or a correction does not make it later."""

    days: Days
    filed: bool = False
    sent_at: datetime | None = None

    @property
    def late(self) -> bool | None:
        """Whether it was first submitted after the due day; None while it never was."""
        return None if self.sent_at is None else self.sent_at >= self.days.over

    def overdue(self, today: date) -> bool:
        """Whether nothing that stands was filed although the due day has gone by."""
        return not self.filed and self.days.overdue(today)

    def would_be_late(self, today: date) -> bool:
        """Whether what is submitted now for the first time would be late."""
        return self.sent_at is None and self.days.overdue(today)


def first_sent(first_submitted_at: datetime | None, submitted_at: datetime | None) -> datetime | None:
    """When a report was first submitted; one of before that was kept has only its submission."""
    return first_submitted_at or submitted_at


__all__ = ["Timing", "first_sent"]
