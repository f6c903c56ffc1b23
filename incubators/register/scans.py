"""Scans of the papers behind a title: the document of its award, and of its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from core.models import Attachment
from core.permits import Refused
from core.saving import held
from core.trail import Actor, record
from incubators.models import Designation
from incubators.register.permits import may_recognise
from incubators.services.evidence import SCANS, examine, files_of, keep, remove

ATTACHED_TO = "incubators.designation"
ACCEPT = ".pdf,.jpg,.jpeg,.png"


def scans_of(designation: Designation) -> QuerySet[Attachment]:
    """The files of a designation, oldest first."""
    return files_of(ATTACHED_TO, designation.pk)


def attach_scans(*, user: Any, designation: Designation, uploads: Sequence[UploadedFile]) -> list[Attachment]:
    """Keep scans with a designation. Raises :class:`Refused` at ``file`` for a wrong one; then none is kept."""
    may_recognise(user, designation.carrier.owner_area.path).require()
    held("" if uploads else "请选择文件", "file")
    files = [examine(upload, only=SCANS) for upload in uploads]
    kept = []
    with transaction.atomic():
        row = Designation.objects.select_for_update().get(pk=designation.pk)
        for file in files:
            kept.append(keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一条认定"))
            after = {"name": file.name, "sha256": file.sha256}
            record(actor=Actor.of(user), action="上传认定文件", target=designation, after=after)
    return kept


def detach_scan(*, user: Any, designation: Designation, attachment_id: Any) -> None:
    """Remove a scan that was kept with a designation by mistake."""
    may_recognise(user, designation.carrier.owner_area.path).require()
    with transaction.atomic():
        attachment = scans_of(designation).select_for_update().filter(pk=attachment_id).first()
        if attachment is None:
            raise Refused("附件已不存在")
        before = {"name": attachment.name, "sha256": attachment.sha256}
        record(actor=Actor.of(user), action="删除认定文件", target=designation, before=before)
        remove(attachment)
