"""``manage.py backup`` and ``restore``: everything, on either database, or a refusal that changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from core.models import Attachment, Change
from core.trail import COMMAND_LINE, record
from core.trail_chain import first_break, missing_guards
from incubators.models import Carrier, MonthlyReport
from tests.incubators.factories import CarrierFactory, MonthlyReportFactory, QualificationFactory, ResidencyFactory
from tests.support.installation import Installation, on_postgresql, on_sqlite, postgresql_server

Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]


def pack(path: Path, members: Members) -> Path:
    """An archive of these members, in their order."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def rows_of(members: Members) -> dict[str, list[Any]]:
    """The rows by table, however the database orders the keys of JSON values; without the line that a restore adds."""
    found = {}
    for name, content in members.items():
        if name.startswith("data/") and name != "data/core.trailhead.jsonl":
            rows = [json.loads(line) for line in content.splitlines()]
            found[name] = [row for row in rows if row.get("action") != "从备份恢复"]
    return found


# --- Between databases ------------------------------------------------------------------------------------------------
ASK = """
from django.test import Client
from accounts.models import User
client = Client()
client.force_login(User.objects.get(username="leader"), backend="django.contrib.auth.backends.ModelBackend")
for indicator in client.get("/api/v1/indicators/").json():
    for more in ("", "&from=2025-01-01", "&by=carrier", "&from=2025-01-01&by=area"):
        answer = client.get(f"/api/v1/figures/?indicator={indicator['code']}&within=sh-jinshan{more}")
        print(indicator["code"], more, answer.status_code, answer.content.decode())
for path in ("/api/v1/progress/?page_size=200", "/api/v1/awards/?page_size=200&fields=verdict,reason,shares"):
    print(path, client.get(path).content.decode())
for path in ("/targets/", "/subsidies/awards/"):
    print(path, client.get(path).status_code)
"""
EVIDENCE = bytes(range(256)) * 40
ATTACH = """
import hashlib
from django.core.files.base import ContentFile
from core.models import Attachment
from incubators.models import MonthlyReport
content = bytes(range(256)) * 40
report = MonthlyReport.objects.exclude(state__in=MonthlyReport.COUNTED).first()  # of accepted ones evidence stays as it is
row = Attachment(owner_label="incubators.monthlyreport", owner_id=str(report.pk), name="汉字 证明.pdf",
    content_type="application/pdf", size=len(content), sha256=hashlib.sha256(content).hexdigest())
row.file.save("evidence.pdf", ContentFile(content), save=False)
row.save()
"""


def ask(installation: Installation) -> str:
    return installation.manage("shell", "-v0", "-c", ASK)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Path]:
    """The demonstration on SQLite with an attachment, and its backup."""
    folder = tmp_path_factory.mktemp("original")
    made = on_sqlite(folder / "var")
    made.manage("prepare_demo")
    made.manage("shell", "-v0", "-c", ATTACH)
    made.manage("backup", "--to", str(folder / "kept"))
    (path,) = (folder / "kept").iterdir()
    return made, path


def _come_back(there: Installation, original: tuple[Installation, Path], folder: Path) -> Path:
    """Restore there, look at everything, and make a backup of it."""
    source, path = original
    there.manage("restore", str(path))
    again = folder / "again.tar.gz"
    there.manage("backup", str(again))
    answers = ask(there)
    assert answers.count(" 200 {") >= 50, "too little was asked to compare"
    assert answers == ask(source), "the figures differ after a restore"
    assert "0 项异常" in there.manage("doctor")
    before, after = members_of(path), members_of(again)
    assert rows_of(after) == rows_of(before)
    files = {name: content for name, content in before.items() if name.startswith("files/")}
    assert len(files) == len(rows_of(before)["data/core.attachment.jsonl"]), "each attachment with its file, once"
    assert EVIDENCE in files.values()
    assert files == {name: content for name, content in after.items() if name.startswith("files/")}
    return again


def test_from_sqlite_to_sqlite(original: tuple[Installation, Path], tmp_path: Path) -> None:
    _come_back(on_sqlite(tmp_path / "var"), original, tmp_path)


def test_from_sqlite_to_postgresql_and_back(original: tuple[Installation, Path], tmp_path: Path) -> None:
    server = postgresql_server()
    if not server:
        pytest.skip("no PostgreSQL answers: set TEST_DATABASE_URL")
    with on_postgresql(tmp_path / "var", server) as there:
        again = _come_back(there, original, tmp_path)
        # Keys go on: what is added now meets no row that is there.
        there.manage("shell", "-v0", "-c", "from accounts.models import User; User.objects.create(username='next')")
        home = on_sqlite(tmp_path / "home")
        home.manage("restore", str(again))
        assert ask(home) == ask(original[0])
        assert "0 项异常" in home.manage("doctor")


# --- In place ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Path:
    """A little of everything, with a file; returns the folder for backups."""
    settings.MEDIA_ROOT = tmp_path / "media"
    carrier = CarrierFactory(name="名称带“引号”\n换行\t和 \\ 反斜线 😀")
    MonthlyReportFactory(carrier=carrier, month=date(2025, 3, 1), explanations={"乙": "2", "甲": "1"})
    ResidencyFactory(carrier=carrier, floor_area=Decimal("120.50"))
    QualificationFactory()
    content = b"%PDF-1.7 evidence"
    digest = hashlib.sha256(content).hexdigest()
    file = Attachment(owner_label="incubators.carrier", owner_id=str(carrier.pk), name="证.pdf", size=17, sha256=digest)
    file.file.save("x.pdf", ContentFile(content), save=False)
    file.save()
    for number in range(3):
        record(actor=COMMAND_LINE, action=f"第{number}件", target=carrier, after={"area": Decimal("1.10")})
    return tmp_path


def backup(folder: Path, name: str = "a.tar.gz") -> Path:
    call_command("backup", str(folder / name), stdout=StringIO())
    return folder / name


def restore(path: Path, *, replace: bool = True) -> str:
    out = StringIO()
    call_command("restore", str(path), replace=replace, stdout=out, stderr=out)
    return out.getvalue()


def test_what_was_changed_since_is_replaced_and_nothing_else_differs(world: Path) -> None:
    path = backup(world)
    before = members_of(path)
    stamp: datetime = MonthlyReport.objects.get().updated_at
    kept = Attachment.objects.get().file.name
    user = User.objects.create(username="later")
    Carrier.objects.update(name="改了名")
    record(actor=COMMAND_LINE, action="之后的事", target=user)
    later = Attachment(owner_label="x", owner_id="1", name="后来.pdf", size=1, sha256="0" * 64)
    later.file.save("later.pdf", ContentFile(b"1"), save=False)
    later.save()
    Path(portal.MEDIA_ROOT, kept).write_bytes(b"spoilt")

    said = restore(path)

    assert rows_of(members_of(backup(world, "b.tar.gz"))) == rows_of(before)
    assert Path(portal.MEDIA_ROOT, kept).read_bytes() == b"%PDF-1.7 evidence"
    assert not Path(portal.MEDIA_ROOT, later.file.name).exists()
    assert MonthlyReport.objects.get().updated_at == stamp, "a restore is no change of a report"
    assert first_break() is None
    assert missing_guards() == []
    assert list(Change.objects.order_by("number").values_list("action", flat=True))[-2:] == ["第2件", "从备份恢复"]
    assert "校验值" in said
    assert User.objects.create(username="next").pk > 0


def test_a_key_that_was_given_out_is_not_given_again(world: Path) -> None:
    gone = User.objects.create(username="gone")
    key = gone.pk
    gone.delete()
    path = backup(world)
    with connection.cursor() as cursor:  # an installation that never had it
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'accounts_user'")
        else:
            cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), 1)")
    restore(path)
    assert User.objects.create(username="next").pk > key


def test_a_backup_is_its_owners_alone_and_never_overwrites(world: Path) -> None:
    path = backup(world)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    with pytest.raises(CommandError, match="已存在"):
        backup(world)
    assert path.read_bytes() == content
    assert sorted(each.name for each in world.iterdir()) == ["a.tar.gz", "media"], "something was left lying about"


def test_a_backup_names_the_files_that_it_could_not_find(world: Path) -> None:
    name = Attachment.objects.get().file.name
    Path(portal.MEDIA_ROOT, name).unlink()
    errors = StringIO()
    with pytest.raises(CommandError, match="1 个附件"):
        call_command("backup", str(world / "a.tar.gz"), stdout=StringIO(), stderr=errors)
    assert name in errors.getvalue()
    assert "1 个附件缺失" in restore(world / "a.tar.gz")


def test_the_manifest_says_what_is_inside(world: Path) -> None:
    members = members_of(backup(world))
    assert next(iter(members)) == "manifest.json"
    manifest = json.loads(members["manifest.json"])
    assert manifest["counts"]["core.change"] == 3
    assert manifest["trail"]["number"] == 3
    assert "core.0002_trail_chain" in manifest["migrations"]
    for name, stamp in manifest["members"].items():
        assert stamp == {"size": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()}
    assert set(manifest["members"]) == set(members) - {"manifest.json"}
    assert not [name for name in members if "session" in name]


def test_a_database_in_use_is_not_overwritten_by_accident(world: Path) -> None:
    path = backup(world)
    Carrier.objects.update(name="改了名")
    with pytest.raises(CommandError, match="--replace"):
        restore(path, replace=False)
    assert Carrier.objects.get().name == "改了名"


def _stamped(members: Members, name: str, content: bytes) -> Members:
    """With a member replaced and the manifest made to agree."""
    manifest = json.loads(members["manifest.json"])
    manifest["members"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {**members, name: content, "manifest.json": json.dumps(manifest).encode()}


def _manifest(members: Members, **values: Any) -> Members:
    manifest = json.loads(members["manifest.json"])
    return {**members, "manifest.json": json.dumps(manifest | values).encode()}


USERS = "data/incubators.carrier.jsonl"
DAMAGE: dict[str, tuple[Callable[[Members], Members], str]] = {
    "a byte": (lambda m: {**m, USERS: m[USERS].replace(b"carrier", b"carriEr", 1) + b" "}, "与清单不符"),
    "a file": (lambda m: {n: (c[:-1] + b"x" if n.startswith("files/") else c) for n, c in m.items()}, "与清单不符"),
    "a member missing": (lambda m: {n: c for n, c in m.items() if n != USERS}, "缺少"),
    "a member more": (lambda m: {**m, "data/other.jsonl": b""}, "清单以外"),
    "no manifest": (lambda m: {n: c for n, c in m.items() if n != "manifest.json"}, "没有清单"),
    "a manifest of words": (lambda m: {**m, "manifest.json": b"[]"}, "无法读取"),
    "another format": (lambda m: _manifest(m, format=99), "格式是第 99 版"),
    "another version": (lambda m: _manifest(m, migrations=["core.0001_initial"]), "另一版本"),
    "another table": (lambda m: _manifest(m, counts={"x.y": 1}), "不符"),
    "a row less": (lambda m: _stamped(m, USERS, b""), "应有 1 条,备份中是 0 条"),
    "a row of nonsense": (lambda m: _stamped(m, USERS, b"{}\n"), "不能接受"),
    "a way out": (lambda m: _stamped(m, "files/../../out.txt", b"x"), "不可接受"),
    "an absolute way out": (lambda m: _stamped(m, "/etc/out.txt", b"x"), "不可接受"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_and_changes_nothing(world: Path, damage: str) -> None:
    change, words = DAMAGE[damage]
    wrong = pack(world / "wrong.tar.gz", change(members_of(backup(world))))
    Carrier.objects.update(name="改了名")
    with pytest.raises(CommandError, match=words):
        restore(wrong)
    assert Carrier.objects.get().name == "改了名"
    assert Change.objects.count() == 3
    assert Path(portal.MEDIA_ROOT, Attachment.objects.get().file.name).read_bytes() == b"%PDF-1.7 evidence"
    assert not (world / "out.txt").exists()
    assert sorted(each.name for each in world.iterdir()) == ["a.tar.gz", "media", "wrong.tar.gz"]


@pytest.mark.parametrize("part", [0.3, 0.98])
def test_half_a_backup_is_refused(world: Path, part: float) -> None:
    content = backup(world).read_bytes()
    half = world / "half.tar.gz"
    half.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(CommandError, match=r"不完整或已损坏|缺少"):
        restore(half)
    assert Change.objects.count() == 3


@pytest.mark.django_db
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="没有“"):
        restore(tmp_path / "nothing.tar.gz")
    (tmp_path / "words.txt").write_text("no archive", encoding="utf-8")
    with pytest.raises(CommandError, match="已损坏"):
        restore(tmp_path / "words.txt")
    with pytest.raises(CommandError, match="二选一"):
        call_command("backup")
