"""Scans of the papers behind a title: the document of its award, and of its end."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from core.models import Attachment
from core.permits import Refused
from core.trail import Actor, record
from incubators.models import Designation
from incubators.register.permits import may_recognise
from incubators.services.evidence import examine, keep

ATTACHED_TO = "incubators.designation"
SCANS = frozenset({"application/pdf", "image/jpeg", "image/png"})
ACCEPT = ".pdf,.jpg,.jpeg,.png"


def scans_of(designation: Designation) -> QuerySet[Attachment]:
    """The files of a designation, oldest first."""
    return Attachment.objects.filter(owner_label=ATTACHED_TO, owner_id=str(designation.pk))


def attach_scan(*, user: Any, designation: Designation, upload: UploadedFile) -> Attachment:
    """Keep a scan with a designation. Raises :class:`Refused` at ``file`` for a wrong one."""
    may_recognise(user, designation.carrier.owner_area.path).require()
    file = examine(upload, only=SCANS)
    with transaction.atomic():
        row = Designation.objects.select_for_update().get(pk=designation.pk)
        attachment = keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一条认定")
        after = {"name": file.name, "sha256": file.sha256}
        record(actor=Actor.of(user), action="上传认定文件", target=designation, after=after)
    return attachment


def detach_scan(*, user: Any, designation: Designation, attachment_id: Any) -> None:
    """Remove a scan that was kept with a designation by mistake."""
    may_recognise(user, designation.carrier.owner_area.path).require()
    with transaction.atomic():
        attachment = scans_of(designation).select_for_update().filter(pk=attachment_id).first()
        if attachment is None:
            raise Refused("附件已不存在")
        before = {"name": attachment.name, "sha256": attachment.sha256}
        record(actor=Actor.of(user), action="删除认定文件", target=designation, before=before)
        file = attachment.file
        attachment.delete()
        transaction.on_commit(lambda: file.storage.delete(file.name))
