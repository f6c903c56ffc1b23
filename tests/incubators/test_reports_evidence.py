"""Files attached to a report: recognised by content, bounded, removable only while the report is open."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Attachment
from core.permits import NotPermitted, Refused
from core.spreadsheets import XLSX_TYPE
from incubators.access import Role
from incubators.reporting.fingerprint import content_hash
from incubators.services import evidence
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import make_user
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 test"


def workbook(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return target.getvalue()


@pytest.fixture
def office():
    return Office()


def attach(office, name="照片.pdf", content=PDF, user=None, report=None):
    upload = SimpleUploadedFile(name, content)
    return evidence.attach(user=user or office.operator, report=report or office.draft(), upload=upload)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\xff\xd8\xff\xe0 jpg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n png", "image/png"),
        (workbook("[Content_Types].xml", "xl/workbook.xml"), XLSX_TYPE),
        (workbook("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), None),
        (workbook("[Content_Types].xml", "word/document.xml"), None),
        (b"PK\x03\x04 broken", None),
        (b"MZ program", None),
        (b"<html>", None),
        (b"", None),
    ],
    ids=["pdf", "jpg", "png", "xlsx", "macros", "docx", "broken zip", "program", "page", "nothing"],
)
def test_a_file_is_what_its_content_says(content, media_type):
    assert evidence.recognise(content) == media_type


def test_a_file_is_kept_under_a_name_of_ours(office):
    kept = attach(office, name="../../路演.PDF")
    assert (kept.name, kept.content_type, kept.size) == ("路演.PDF", "application/pdf", len(PDF))
    assert kept.file.name.endswith(f"{kept.pk}.pdf")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"MZ", "不是 PDF"),
        ("a.png", PDF, "与扩展名不符"),
        ("a.pdf", PDF + b"0" * (10 * 1024 * 1024), "超过 10 MB"),
    ],
    ids=["program", "misnamed", "too large"],
)
def test_other_files_are_refused(office, name, content, sentence):
    with pytest.raises(Refused, match=sentence):
        attach(office, name=name, content=content)
    assert not Attachment.objects.exists()


def test_the_same_file_once(office):
    row = office.draft()
    attach(office, report=row)
    with pytest.raises(Refused, match="已经上传"):
        attach(office, report=row, name="另一个名字.pdf")


def test_evidence_belongs_to_what_is_accepted(office):
    row = office.draft()
    without = content_hash(row, evidence.evidence_hashes(row))
    attach(office, report=row)
    assert content_hash(row, evidence.evidence_hashes(row)) != without


def test_nothing_is_added_or_removed_once_submitted(office):
    row = office.draft()
    kept = attach(office, report=row)
    row = services.submit(user=office.operator, carrier=office.carrier, month=MAY, seen=Seen.of(row))
    with pytest.raises(NotPermitted):
        attach(office, report=row, content=PDF + b"2")
    with pytest.raises(NotPermitted):
        evidence.detach(user=office.staff, report=row, attachment_id=kept.pk)
    assert Attachment.objects.count() == 1


def test_upload_and_removal_by_the_page(client, office):
    row = office.draft()
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("incubators:report_attach", args=[row.pk])
    page = client.post(url, {"file": SimpleUploadedFile("照片.pdf", PDF)}, follow=True).content.decode()
    assert "已上传“照片.pdf”" in page
    kept = Attachment.objects.get()
    download = client.get(reverse("incubators:attachment_download", args=[kept.pk]))
    assert b"".join(download.streaming_content) == PDF
    page = client.post(url, {"file": SimpleUploadedFile("x.exe", b"MZ")}, follow=True).content.decode()
    assert "不是 PDF" in page
    client.post(reverse("incubators:report_detach", args=[row.pk, kept.pk]))
    assert not Attachment.objects.exists()


def test_others_neither_upload_nor_download(client, office):
    row = office.draft()
    kept = attach(office, report=row)
    client.force_login(make_user(Role.OPERATOR), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("incubators:report_attach", args=[row.pk])
    assert client.post(url, {"file": SimpleUploadedFile("b.pdf", PDF)}).status_code == 404
    assert client.get(reverse("incubators:attachment_download", args=[kept.pk])).status_code == 404
