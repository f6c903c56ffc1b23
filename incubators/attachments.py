"""Who may download a file: whoever may see the record that it belongs to. A kind of record not named here has none.

A higher app adds its own kinds when it starts: ``attachments.register("evaluations.result", rows)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from core.models import Attachment
from incubators.models import (
    Carrier,
    Designation,
    Enterprise,
    GraduationRequest,
    MonthlyReport,
    Residency,
    Roster,
    Visit,
)

Rows = Callable[[Any], QuerySet[Any]]
_owners: dict[str, Rows] = {}


def register(label: str, rows: Rows) -> None:
    """Let files belong to records of ``label`` (app.model); ``rows`` answers those that a user may see."""
    _owners[label.lower()] = rows


def may_download(user: Any, attachment: Attachment) -> bool:
    """Whether the record that the file belongs to is among those that ``user`` may see."""
    rows = _owners.get(attachment.owner_label.lower())
    return rows is not None and attachment.owner_id.isdecimal() and rows(user).filter(pk=attachment.owner_id).exists()


register("incubators.monthlyreport", MonthlyReport.objects.visible_to)
register("incubators.carrier", Carrier.objects.visible_to)
register("incubators.designation", Designation.objects.visible_to)
register("incubators.enterprise", Enterprise.objects.visible_to)
register("incubators.residency", Residency.objects.visible_to)
register("incubators.graduationrequest", GraduationRequest.objects.visible_to)
register("incubators.visit", Visit.objects.visible_to)
# A scan shows the whole list: it is for those who see every line.
register("incubators.roster", Roster.objects.seen_whole)
