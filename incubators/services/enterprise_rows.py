"""The rows of incubatees as a part of their report: hashed with it, copied into its correction, cleared at hand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from core.trail import Actor, plain, record_many
from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, answers_of
from incubators.reporting.fingerprint import content_hash
from incubators.services.evidence import evidence_hashes

COPIED = (*ENTERPRISE_BY_CODE, "gaps", "unread")


def rows_of(report: MonthlyReport) -> QuerySet[EnterpriseMonth]:
    """What a report holds of each incubatee, by name, with the enterprises."""
    return EnterpriseMonth.objects.filter(report=report).select_related("enterprise").order_by("enterprise__name", "pk")


def fingerprint(report: MonthlyReport) -> str:
    """The fingerprint of a report as the database holds its files and its incubatees now."""
    return content_hash(report, evidence_hashes(report), [] if report.pk is None else rows_of(report))


def copy_rows(source: MonthlyReport, target: MonthlyReport) -> None:
    """Begin a correction with the rows of the revision that it corrects."""
    EnterpriseMonth.objects.bulk_create(
        EnterpriseMonth(report=target, enterprise_id=row.enterprise_id, **{name: getattr(row, name) for name in COPIED})
        for row in rows_of(source)
    )


def drop_astray(*, user: Any, around: MonthContext, channel: str) -> Sequence[EnterpriseMonth]:
    """Take out the rows of enterprises that the register does not count as incubatees of the month; the trail keeps what
    they held. Returns them."""
    astray = around.enterprises.astray(around.carrier.pk)
    if astray:
        told = [(row.pk, str(row), plain(said(row)), {}) for row in astray]
        actor = Actor.of(user, channel)
        record_many(actor=actor, action="移除企业情况", model=EnterpriseMonth, rows=told, reason="不在本月末在孵名单")
        EnterpriseMonth.objects.filter(pk__in=[row.pk for row in astray]).delete()
    return astray


def said(row: EnterpriseMonth) -> dict[str, Any]:
    """What a row holds, for the trail: figures by code, gaps in words, and what waits as typed."""
    held = {code: answer for code, answer in answers_of(row).items() if answer is not None}
    figures = {code: answer if isinstance(answer, int) else str(answer) for code, answer in held.items()}
    return figures | ({"unread": row.unread} if row.unread else {})


__all__ = ["copy_rows", "drop_astray", "fingerprint", "rows_of", "said"]
