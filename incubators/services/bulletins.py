"""Issuing a monthly bulletin (月度通报): kept word for word as it was that day. A close issues its own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core.papers.stored import digest, to_data
from core.trail import Actor, record
from incubators.models import Area, IssuedBulletin, MonthClose
from incubators.permits import may_arrange
from incubators.reporting.bulletin import bulletin, gather


def issue(*, user: Any, area: Area, month: date, close: MonthClose | None = None) -> IssuedBulletin:
    """Keep the bulletin of an area's month as it stands now. Raises :class:`NotPermitted` for who does not close it."""
    may_arrange(user, area).require()
    children = [*Area.objects.filter(parent=area).order_by("order", "path")]
    content = to_data(bulletin(gather(user, area, children, month)))
    row = IssuedBulletin(area=area, month=month, issued_by=user, close=close, content=content, sha256=digest(content))
    with transaction.atomic():
        row.save()
        after = {"month": month, "sha256": row.sha256}
        record(actor=Actor.of(user), action="发布月度通报", target=row, after=after)
    return row


__all__ = ["issue"]
