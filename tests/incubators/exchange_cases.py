"""A district with its staff, and the pages of sheets as a person uses them: upload, look, confirm, download."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import Change
from core.trail_chain import first_break
from incubators.access import Role
from incubators.models import ImportFile
from tests.incubators.factories import AreaFactory, CarrierFactory, TitleFactory, TownFactory, make_user, uscc
from tests.support.workbooks import xlsx

# The headings that each kind's new rows need, in the order in which the tests give their cells.
HEADS = {
    "enterprises": ["统一社会信用代码", "企业名称", "注册区域"],
    "carriers": ["载体编号", "载体名称", "类型", "运营机构", "所在区域", "归属区域", "开办日期"],
    "designations": ["载体编号", "称号", "认定日期", "认定文号"],
    "residencies": ["统一社会信用代码", "载体编号", "入驻日期"],
    "qualifications": ["统一社会信用代码", "资质", "生效日期", "证书或登记编号"],
}


@dataclass
class Preview:
    """What the page of an uploaded file says."""

    answer: Any
    row: ImportFile

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """New, changed, unchanged, wrong."""
        counts = self.row.counts
        return counts["new"], counts["changed"], counts["unchanged"], counts["wrong"]

    @property
    def text(self) -> str:
        return str(self.answer.content.decode())

    @property
    def sentences(self) -> list[str]:
        """What is wrong, row by row."""
        return [sentence for _, _, mistakes in self.row.preview["wrong"] for _, _, _, sentence in mistakes]

    @property
    def places(self) -> list[str]:
        """The cells that are wrong."""
        return [where for _, _, mistakes in self.row.preview["wrong"] for where, _, _, _ in mistakes]


class Office:
    """A district with a town, a carrier, a title and a person of its staff who is signed in; and a district beside it."""

    def __init__(self) -> None:
        self.area = AreaFactory(name="甲区")
        self.town = TownFactory(parent=self.area, name="甲镇")
        self.carrier = CarrierFactory(
            code="EX01", name="甲区孵化器", area=self.town, owner_area=self.area, opened_on=date(2021, 5, 1)
        )
        self.title = TitleFactory()
        self.elsewhere = AreaFactory(name="乙区")
        self.foreign = CarrierFactory(code="FX01", name="乙区秘密孵化器", area=self.elsewhere)
        self.user = make_user(Role.STAFF, area=self.area)
        self.client = sign_in(self.user)

    def enterprise_row(self, number: int, **cells: Any) -> list[Any]:
        """The required cells of an enterprise; further ones are the test's own."""
        return [uscc(number), f"表格企业{number}", "甲镇"]

    def post(self, kind: str, content: bytes, name: str = "表格.xlsx") -> Any:
        """Send a file in by its page."""
        file = SimpleUploadedFile(name, content)
        return self.client.post(reverse("incubators:exchange_upload", args=[kind]), {"file": file})

    def upload(self, kind: str, content: bytes, name: str = "表格.xlsx") -> Preview:
        """Send in a file that can be read, and open its preview."""
        answer = self.post(kind, content, name)
        assert answer.status_code == 302, words(answer)
        return self.look(ImportFile.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[-1]))

    def table(self, kind: str, rows: list[list[Any]], *more: str) -> Preview:
        """Upload rows under the usual headings of a kind and ``more`` ones."""
        return self.upload(kind, xlsx([[*HEADS[kind], *more], *rows]))

    def look(self, row: ImportFile) -> Preview:
        row.refresh_from_db()
        answer = self.client.get(reverse("incubators:import_detail", args=[row.pk]))
        assert answer.status_code == 200
        return Preview(answer, row)

    def act(self, preview: Preview, what: str, **sent: str) -> Any:
        """Confirm or discard a file by its button."""
        return self.client.post(reverse(f"incubators:import_{what}", args=[preview.row.pk]), sent)

    def confirm(self, preview: Preview, **sent: str) -> None:
        """Confirm a file that must go in."""
        answer = self.act(preview, "confirm", **sent)
        assert answer.status_code == 302, words(answer)
        preview.row.refresh_from_db()
        assert preview.row.state == "done"

    def download(self, name: str, *args: Any, query: str = "") -> bytes:
        answer = self.client.get(reverse(f"incubators:{name}", args=args) + query)
        assert answer.status_code == 200
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


def sign_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(answer: Any) -> str:
    """The words of a page, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def workbook(content: bytes) -> Any:
    """A downloaded workbook, as openpyxl sees it."""
    return openpyxl.load_workbook(io.BytesIO(content))


def lines_of(model: Any) -> list[Change]:
    """The trail of the records of a model."""
    return [*Change.objects.filter(record_label=model._meta.label_lower).order_by("number")]


def whole() -> bool:
    """Whether the chain of the trail is unbroken."""
    return first_break() is None
