"""Asking for a correction of an accepted report: the operator asks, staff grant by opening it or decline with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.models import Change
from core.permits import Refused
from core.saving import save
from core.trail import Actor, record
from incubators.models import CorrectionRequest, MonthlyReport
from incubators.permits import may_ask_correction, may_review_reports
from incubators.reporting.workflow import COUNTED
from incubators.scope import Scope
from incubators.services.holding import held_latest
from incubators.services.wording import LONGEST_CORRECTION, reason_of

WAITING, GRANTED, DECLINED = (
    CorrectionRequest.State.WAITING,
    CorrectionRequest.State.GRANTED,
    CorrectionRequest.State.DECLINED,
)
TOLD_FOR = timedelta(days=60)  # how long a refusal stands on the operator's own page


@dataclass(frozen=True, slots=True)
class Told:
    """What an operator's own page says of corrections. ``opened``: drafts that staff opened, each with the standing
    revision in ``stands``; ``declined``: requests that were refused and not asked again."""

    opened: Sequence[MonthlyReport]
    declined: Sequence[CorrectionRequest]


def ask_correction(
    *, user: Any, report: MonthlyReport, reason: str, channel: str = Change.Channel.PAGE
) -> CorrectionRequest:
    """The operator asks that an accepted report be corrected. Raises :class:`Refused` at ``reason``, or when a correction
    is open or asked for already."""
    may_ask_correction(user, report).require()
    words = reason_of(reason, "更正", most=LONGEST_CORRECTION)
    with transaction.atomic():
        # Held against a correction that is being opened.
        latest = held_latest(report.carrier, report.month) or report
        if latest.pk != report.pk:
            raise Refused(f"这份月报的更正已在办理(第 {latest.revision} 版),不必再申请")
        may_ask_correction(user, latest).require()
        if CorrectionRequest.objects.waiting().filter(report=latest).exists():
            raise Refused("这份月报已申请更正,正等待答复")
        row = CorrectionRequest(report=latest, reason=words, asked_by=user)
        save(row)
        record(actor=Actor.of(user, channel), action="申请更正月报", target=row, after={"reason": words}, reason=words)
    return row


def decline_correction(
    *, user: Any, report: MonthlyReport, reason: str, channel: str = Change.Channel.PAGE
) -> CorrectionRequest:
    """Decline what waits for the report, with the reason. Raises :class:`Refused` at ``reason``, or when nothing waits."""
    may_review_reports(user, report.carrier).require()
    words = reason_of(reason, "不同意的", most=LONGEST_CORRECTION)
    with transaction.atomic():
        row = held_request(report)
        _answer(user, row, DECLINED, words, channel)
    return row


def held_request(report: MonthlyReport) -> CorrectionRequest:
    """The request that waits for the report, held in the caller's transaction. Raises :class:`Refused` where none waits."""
    row = CorrectionRequest.objects.select_for_update().waiting().filter(report=report).first()
    if row is None:
        raise Refused("这份月报没有待答复的更正申请")
    row.report = report
    return row


def grant_waiting(*, user: Any, report: MonthlyReport, channel: str) -> None:
    """A correction of ``report`` is being opened, in the caller's transaction: what waited for it is granted by that."""
    row = CorrectionRequest.objects.select_for_update().waiting().filter(report=report).first()
    if row is not None:
        row.report = report
        _answer(user, row, GRANTED, "", channel)


def _answer(user: Any, row: CorrectionRequest, state: CorrectionRequest.State, words: str, channel: str) -> None:
    row.state, row.answer = state, words
    row.answered_at, row.answered_by = timezone.now(), user
    save(row)
    action = "不同意更正申请" if state == DECLINED else "同意更正申请"
    told = {"before": {"state": WAITING.value}, "after": {"state": state.value}}
    record(actor=Actor.of(user, channel), action=action, target=row, **told, reason=words)


def waiting_for(user: Any) -> list[CorrectionRequest]:
    """Requests that this person is to answer, the oldest first. One query; none for who reviews nothing."""
    scope = Scope.of(user)
    if not scope.write_paths:
        return []
    rows = CorrectionRequest.objects.waiting().filter(scope.writes("report__carrier__owner_area__"))
    return [*rows.select_related("report__carrier").order_by("asked_at", "pk")]


def last_request(report: MonthlyReport) -> CorrectionRequest | None:
    """The last request for this revision, however it was answered. One query."""
    return report.correction_requests.select_related("asked_by", "answered_by").order_by("-pk").first()


def told(user: Any) -> Told:
    """What was opened and what was declined of an operator's own reports, whatever their month. Two queries."""
    own = Scope.of(user).organisation_ids
    standing = MonthlyReport.objects.current().filter(carrier=OuterRef("carrier"), month=OuterRef("month"))
    opened = (
        MonthlyReport.objects.filter(state=MonthlyReport.State.DRAFT, revision__gt=1, carrier__operator__in=own)
        .annotate(stands=standing.values("pk")[:1])
        .select_related("carrier")
        .order_by("month", "carrier__name")
    )
    later = CorrectionRequest.objects.filter(report=OuterRef("report"), pk__gt=OuterRef("pk"))
    newer = MonthlyReport.objects.filter(
        carrier=OuterRef("report__carrier"), month=OuterRef("report__month"), revision__gt=OuterRef("report__revision")
    )
    declined = CorrectionRequest.objects.filter(
        ~Exists(later),
        ~Exists(newer),
        state=DECLINED,
        answered_at__gte=timezone.now() - TOLD_FOR,
        report__state__in=COUNTED,
        report__carrier__operator__in=own,
    )
    return Told([*opened], [*declined.select_related("report__carrier").order_by("answered_at")])


__all__ = [
    "Told",
    "ask_correction",
    "decline_correction",
    "grant_waiting",
    "held_request",
    "last_request",
    "told",
    "waiting_for",
]
