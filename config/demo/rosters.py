"""Rosters of the demonstration: two years of Jinshan's, confirmed by the second pair of eyes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from config.demo.build import DOCUMENT, Builder
from incubators.models import Roster
from incubators.services import rosters

YEARS = 2  # so many whole years up to the last
MADE_AFTER, CONFIRMED_AFTER = timedelta(days=8), timedelta(days=19)  # from a list's own day


def write_rosters(builder: Builder) -> None:
    """The lists of the last whole years. Made and confirmed by the services, with their trail."""
    staff, reviewer = builder.users["staff"], builder.users["reviewer"]
    # No list before its day has come, by the demonstration's calendar and by the clock that the services go by.
    last = (min(builder.today, timezone.localdate()) - CONFIRMED_AFTER).year - 1
    for year in range(last - YEARS + 1, last + 1):
        as_of = date(year, 12, 31)
        for number, kind in enumerate(Roster.Kind.values, start=31):
            row = rosters.make(user=staff, kind=kind, area=builder.areas["sh-jinshan"], year=year, as_of=as_of)
            if not row.entries.exists():
                rosters.discard(user=staff, roster=row)  # the demonstration's past does not reach that far back
                continue
            # Made when such a list would be, and not when the demonstration is written.
            row.made_at = datetime.combine(as_of + MADE_AFTER, time(2, 30), tzinfo=UTC)
            row.save(update_fields=["made_at"])
            rosters.confirm(
                user=reviewer,
                roster=row,
                document=DOCUMENT.format(year=year + 1, number=number),
                confirmed_on=as_of + CONFIRMED_AFTER,
                seen=rosters.content.digest_now(row),
            )
