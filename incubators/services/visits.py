"""Visits to carriers: what a liaison found, what follows by when, photos, and closing what was to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.dates import date_cn
from core.models import Attachment
from core.permits import ALLOWED, Permit, Refused, refuse
from core.saving import not_future, save
from core.trail import Actor, record
from incubators.access import Capability
from incubators.models import Carrier, Visit
from incubators.scope import Scope
from incubators.services.evidence import SCANS, Examined, examine, files_of, keep

ATTACHED_TO = "incubators.visit"
NOTHING_FOUND = "无问题"


def may_visit(user: Any, carrier: Carrier) -> Permit:
    """Record a visit: liaisons and staff whose areas cover the carrier."""
    scope = Scope.of(user)
    if scope.can(Capability.VISIT_WRITE) and (scope.covers(carrier.owner_area.path) or scope.covers(carrier.area.path)):
        return ALLOWED
    return refuse("只有该载体所在区域的科技联络员和科委工作人员可以登记走访")


def photos_of(visit: Visit) -> QuerySet[Attachment]:
    """The photos of a visit, oldest first."""
    return files_of(ATTACHED_TO, visit.pk)


def record_visit(
    *,
    user: Any,
    carrier: Carrier,
    visited_on: date,
    findings: str,
    follow_up: str = "",
    follow_up_due: date | None = None,
    photos: Sequence[UploadedFile] = (),
) -> Visit:
    """A visit with what was found. Raises :class:`Refused` by field; a wrong photo refuses the whole."""
    may_visit(user, carrier).require()
    not_future(visited_on, "visited_on", "走访日期")
    if not findings.strip():
        raise Refused.at("findings", "请写明发现的问题;没有问题的,写“无问题”")
    if follow_up_due is not None and not follow_up:
        raise Refused.at("follow_up", "填了办结期限,请写明后续事项")
    if follow_up and follow_up_due is None:
        raise Refused.at("follow_up_due", "写了后续事项,请填办结期限")
    if follow_up_due is not None and follow_up_due < visited_on:
        raise Refused.at("follow_up_due", "办结期限不能早于走访日期")
    files = _examined(photos)
    row = Visit(
        carrier=carrier,
        visitor=user,
        visited_on=visited_on,
        findings=findings,
        follow_up=follow_up,
        follow_up_due=follow_up_due,
        is_synthetic=carrier.is_synthetic,
    )
    with transaction.atomic():
        save(row)
        for file in files:
            keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一次走访")
        after = {"visited_on": visited_on, "follow_up": follow_up, "follow_up_due": follow_up_due, "photos": len(files)}
        record(actor=Actor.of(user), action="登记走访", target=row, after=after)
    return row


def _examined(photos: Sequence[UploadedFile]) -> list[Examined]:
    files = []
    for photo in photos:
        try:
            files.append(examine(photo, only=SCANS))
        except Refused as refused:
            raise Refused(errors={"photos": refused.errors["file"]}) from refused
    return files


def add_photos(*, user: Any, visit: Visit, photos: Sequence[UploadedFile]) -> int:
    """More photos for a visit. Raises :class:`Refused` at ``photos``; then none is kept."""
    may_visit(user, visit.carrier).require()
    files = _examined(photos)
    if not files:
        raise Refused.at("photos", "请选择照片")
    with transaction.atomic():
        for file in files:
            try:
                keep(file, owner_label=ATTACHED_TO, owner_id=str(visit.pk), by=str(user), what="一次走访")
            except Refused as refused:
                raise Refused(errors={"photos": refused.errors["file"]}) from refused
        after = {"photos": [file.name for file in files]}
        record(actor=Actor.of(user), action="补充走访照片", target=visit, after=after)
    return len(files)


def close_follow_up(*, user: Any, visit: Visit, closed_on: date, outcome: str) -> Visit:
    """What was to follow has been done; ``outcome`` says how."""
    may_visit(user, visit.carrier).require()
    if not outcome:
        raise Refused.at("outcome", "请写明办理结果")
    if closed_on > timezone.localdate():
        raise Refused.at("closed_on", "办结日期不能晚于今天")
    with transaction.atomic():
        row = Visit.objects.select_for_update().get(pk=visit.pk)
        if not row.follow_up:
            raise Refused("这次走访没有后续事项")
        if row.closed_on is not None:
            raise Refused(f"已于{date_cn(row.closed_on)}办结")
        if closed_on < row.visited_on:
            raise Refused.at("closed_on", "办结日期不能早于走访日期")
        row.closed_on, row.outcome = closed_on, outcome
        row.save(update_fields=["closed_on", "outcome"])
        after = {"closed_on": closed_on, "outcome": outcome}
        record(actor=Actor.of(user), action="办结走访事项", target=row, before={"closed_on": None}, after=after)
    return row
