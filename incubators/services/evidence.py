"""Files that belong to a record: recognised by content, bounded in size, never executed; and those of reports."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from core.models import Attachment, Change
from core.permits import Refused
from core.spreadsheets import XLSX_TYPE
from core.trail import Actor, record
from incubators.models import MonthlyReport
from incubators.permits import may_edit_report

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_UNPACKED = 100 * 1024 * 1024
MOST_FILES = 20
ACCEPT = ".pdf,.jpg,.jpeg,.png,.xlsx"
# What a scan of a paper or a photo may be, see :func:`examine`.
SCANS = frozenset({"application/pdf", "image/jpeg", "image/png"})
ATTACHED_TO = "incubators.monthlyreport"
_SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    XLSX_TYPE: (".xlsx",),
}


def recognise(content: bytes) -> str | None:
    """The media type told by the content itself, of the four accepted ones; ``None`` for anything else."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return XLSX_TYPE if content.startswith(b"PK\x03\x04") and _is_workbook(content) else None


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        return False
    names = {entry.filename for entry in entries}
    size = sum(entry.file_size for entry in entries)
    macros = any(name.endswith("vbaProject.bin") for name in names)
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names and size <= LARGEST_UNPACKED and not macros


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was recognised by its content: its own name, media type, suffix, bytes and their digest."""

    name: str
    media_type: str
    suffix: str
    content: bytes
    sha256: str


def examine(upload: UploadedFile, *, only: frozenset[str] | None = None) -> Examined:
    """Look at an uploaded file. Raises :class:`Refused` at ``file`` for one that is too large, of no accepted type (or
    not of the types in ``only``), or named as something else."""
    name = PurePath(str(upload.name or "")).name[:200] or "附件"
    if (upload.size or 0) > LARGEST_BYTES:
        raise Refused.at("file", f"“{name}”超过 10 MB,请压缩或拆分后再传")
    content = upload.read()
    media_type = recognise(content)
    if media_type is None:
        raise Refused.at("file", f"“{name}”不是 PDF、JPG、PNG 或 XLSX 文件(按内容识别)")
    suffixes = _SUFFIXES[media_type]
    if PurePath(name).suffix.lower() not in suffixes:
        raise Refused.at("file", f"“{name}”的内容是 {suffixes[0][1:].upper()},与扩展名不符")
    if only is not None and media_type not in only:
        raise Refused.at("file", f"“{name}”不是这里可以上传的类型")
    return Examined(name, media_type, suffixes[0], content, hashlib.sha256(content).hexdigest())


def keep(file: Examined, *, owner_label: str, owner_id: str, by: str, what: str) -> Attachment:
    """Keep an examined file with a record; ``what`` names the record in words. Call inside a transaction.

    Raises :class:`Refused` at ``file`` when the record has it already or has as many as it may.
    """
    held = list(files_of(owner_label, owner_id).values_list("sha256", flat=True))
    if file.sha256 in held:
        raise Refused.at("file", f"“{file.name}”已经上传过了")
    if len(held) >= MOST_FILES:
        raise Refused.at("file", f"{what}最多 {MOST_FILES} 个附件")
    # Stored under a name of ours, so that nothing typed by a person becomes a path.
    attachment = Attachment(
        owner_label=owner_label,
        owner_id=owner_id,
        name=file.name,
        content_type=file.media_type,
        size=len(file.content),
        sha256=file.sha256,
        uploaded_by_name=by,
    )
    attachment.file.save(f"{attachment.id}{file.suffix}", ContentFile(file.content), save=False)
    attachment.save()
    return attachment


def files_of(label: str, key: Any) -> QuerySet[Attachment]:
    """The files of the record ``key`` of the kind ``label`` (app.model), oldest first."""
    return Attachment.objects.filter(owner_label=label, owner_id=str(key))


def remove(attachment: Attachment) -> None:
    """Take a file off its record. Call inside a transaction: the file itself goes when that is committed."""
    file = attachment.file
    attachment.delete()
    transaction.on_commit(lambda: file.storage.delete(file.name))


def attachments_of(report: MonthlyReport) -> QuerySet[Attachment]:
    """The files attached to a report, oldest first."""
    return files_of(ATTACHED_TO, report.pk)


def evidence_hashes(report: MonthlyReport) -> list[str]:
    """Hashes of the files attached to a report."""
    return [] if report.pk is None else [*attachments_of(report).values_list("sha256", flat=True)]


def attach(*, user: Any, report: MonthlyReport, upload: UploadedFile, channel: str = Change.Channel.PAGE) -> Attachment:
    """Attach a file to a report that may still be changed. Raises :class:`Refused` at ``file`` for a wrong one."""
    file = examine(upload)
    with transaction.atomic():
        row = MonthlyReport.objects.select_for_update().get(pk=report.pk)
        row.carrier = report.carrier
        may_edit_report(user, row).require()
        attachment = keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一份月报")
        after = {"name": file.name, "sha256": file.sha256}
        record(actor=Actor.of(user, channel), action="上传月报附件", target=row, after=after)
    return attachment


def detach(*, user: Any, report: MonthlyReport, attachment_id: Any, channel: str = Change.Channel.PAGE) -> None:
    """Remove a file from a report that may still be changed."""
    with transaction.atomic():
        row = MonthlyReport.objects.select_for_update().get(pk=report.pk)
        row.carrier = report.carrier
        may_edit_report(user, row).require()
        attachment = attachments_of(row).filter(pk=attachment_id).first()
        if attachment is None:
            raise Refused("附件已不存在")
        before = {"name": attachment.name, "sha256": attachment.sha256}
        record(actor=Actor.of(user, channel), action="删除月报附件", target=row, before=before)
        remove(attachment)
