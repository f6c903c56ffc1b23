"""Looking after accepted reports, closes and issued bulletins: the guards in the database that refuse changes of them
(migrations 0016, 0020, 0022), and whether they still are what their digests say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db import connection

from core.models import Attachment
from core.papers.stored import digest
from core.trail_chain import missing_triggers
from incubators.models import EnterpriseMonth, IssuedBulletin, MonthlyReport
from incubators.reporting.fingerprint import content_hash

CHUNK = 500
_REPORT = {"report_no_update", "report_no_delete", "report_no_redating"}
_ENTERPRISES = {f"enterprise_month_no_{event}" for event in ("insert", "update", "delete")}
_KEPT = ("report_event", "month_close", "bulletin")  # their rows never change
_MORE = {
    "sqlite": {"report_no_replacing", "report_no_moving", *(f"{name}_no_replacing" for name in _KEPT)},
    "postgresql": {"report_no_truncate", "enterprise_month_no_truncate", *(f"{name}_no_truncate" for name in _KEPT)},
}


def missing_guards() -> list[str]:
    """Triggers that should refuse changes of accepted reports, of their log, of closes and of issued bulletins, and are
    not there, or switched off."""
    kept = {f"{name}_no_{event}" for name in _KEPT for event in ("update", "delete")}
    return missing_triggers(_REPORT | _ENTERPRISES | kept | _MORE[connection.vendor])


def faults() -> Iterator[str]:
    """What of an accepted report or an issued bulletin is not what its digest says, in words. Reads in constant memory."""
    reports = MonthlyReport.objects.filter(state__in=MonthlyReport.COUNTED).exclude(content_hash="")
    rows = reports.select_related("carrier").order_by("pk").iterator(chunk_size=CHUNK)
    while batch := [*islice(rows, CHUNK)]:
        evidence, enterprises = _evidence(batch), _enterprises(batch)
        for row in batch:
            if content_hash(row, evidence.get(row.pk, ()), enterprises.get(row.pk, ())) != row.content_hash:
                yield f"{row}(第{row.revision}版)的内容与通过时的校验值不符"
    for issued in IssuedBulletin.objects.select_related("area").order_by("pk").iterator(chunk_size=100):
        if digest(issued.content) != issued.sha256:
            yield f"{issued}的内容与发布时的校验值不符"


def _evidence(rows: Sequence[MonthlyReport]) -> dict[int, list[str]]:
    """Hashes of the files attached to each of the reports. One query."""
    found: dict[int, list[str]] = {}
    files = Attachment.objects.filter(
        owner_label=MonthlyReport._meta.label_lower, owner_id__in=[str(row.pk) for row in rows]
    )
    for key, sha256 in files.values_list("owner_id", "sha256"):
        found.setdefault(int(key), []).append(sha256)
    return found


def _enterprises(rows: Sequence[MonthlyReport]) -> dict[int, list[EnterpriseMonth]]:
    """What is reported of each incubatee, by report. One query."""
    found: dict[int, list[EnterpriseMonth]] = {}
    kept = EnterpriseMonth.objects.filter(report__in=[row.pk for row in rows]).select_related("enterprise")
    for each in kept.order_by():
        found.setdefault(each.report_id, []).append(each)
    return found


__all__ = ["faults", "missing_guards"]
