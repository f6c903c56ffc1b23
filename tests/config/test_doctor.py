"""``manage.py doctor``: says of a sound installation that it is, and finds each thing that is not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.models import User
from core.models import Attachment, Change, Job
from core.trail import COMMAND_LINE, record
from core.trail_chain import opened
from plans.models import Plan

pytestmark = pytest.mark.django_db
NAMES = ["数据库", "变更记录", "名册", "月报", "附件", "后台任务", "规划引文", "设置", "磁盘", "前端文件"]


def doctor(*arguments: str) -> tuple[int, list[str]]:
    """Exit code and lines."""
    out, code = StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue().splitlines()


def wrong(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("[异常]")]


@pytest.fixture(autouse=True)
def sound(settings: Any, tmp_path: Path) -> None:
    """An installation of its own with three lines in the trail."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SECRET_KEY = "a-Key_of-this-Test-0123456789-abcdefghijklmnopqrstuvwxyz"
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DEBUG = False
    person = User.objects.create(username="zhang", display_name="张三")
    for action in ("甲", "乙", "丙"):
        record(actor=COMMAND_LINE, action=action, target=person)


def attach(content: bytes = b"%PDF-1.7 evidence") -> Attachment:
    row = Attachment(
        owner_label="incubators.carrier",
        owner_id="1",
        name="协议.pdf",
        content_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    row.file.save("x.pdf", ContentFile(content), save=False)
    row.save()
    return row


def test_a_sound_installation_has_one_line_a_check_and_ends_well() -> None:
    attach()
    code, lines = doctor()
    assert [line.split("] ")[1].split(":")[0] for line in lines[:-1]] == NAMES
    assert wrong(lines) == []
    assert code == 0
    assert "1 个附件" in lines[4]
    assert "0 项异常" in lines[-1]


def test_a_flipped_byte_in_the_trail_is_found_and_its_line_named() -> None:
    with opened("tests"), connection.cursor() as cursor:
        cursor.execute("UPDATE core_change SET record_name = '张二' WHERE number = 2")
    code, lines = doctor()
    assert code == 1
    assert len(wrong(lines)) == 1
    assert "变更记录:第2条与其校验值不符" in wrong(lines)[0]


def test_a_trigger_that_was_taken_away_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER trail_no_delete" + (" ON core_change" if connection.vendor == "postgresql" else "")
        )
    code, lines = doctor()
    assert code == 1
    assert "trail_no_delete" in wrong(lines)[0]


def test_a_figure_on_paper_is_compared() -> None:
    line = Change.objects.get(number=2)
    spaced = " ".join(line.digest[place : place + 8] for place in range(0, 64, 8))
    assert doctor("--figure", f"2:{spaced}")[0] == 0
    code, lines = doctor("--figure", f"2:{'0' * 64}", "--figure", f"2:{line.digest}")
    assert code == 1
    assert wrong(lines) == ["[异常] 变更记录:第 2 条与纸上的校验值不符,签字之后记录被改动过"]
    with pytest.raises(CommandError, match="条数:校验值"):
        doctor("--figure", "2")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_flip, "内容与登记的校验值不符"),
        (lambda path: path.unlink(), "丢失"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "大小不符"),
    ],
    ids=["flipped", "missing", "shorter"],
)
def test_a_harmed_attachment_is_found_and_named(harm: Any, words: str) -> None:
    attach(b"the other one")
    row = attach()
    harm(Path(portal.MEDIA_ROOT, row.file.name))
    code, lines = doctor()
    assert code == 1
    assert len(wrong(lines)) == 1
    assert "协议.pdf" in wrong(lines)[0]
    assert words in wrong(lines)[0]
    assert row.file.name in wrong(lines)[0]


def test_many_missing_files_are_counted_not_listed() -> None:
    for number in range(9):
        Path(portal.MEDIA_ROOT, attach(f"file {number}".encode()).file.name).unlink()
    found = wrong(doctor()[1])
    assert len(found) == 6
    assert "另有 4 个" in found[-1]


def test_a_migration_that_was_not_run_is_named_and_the_data_are_left_alone() -> None:
    MigrationRecorder(connection).migration_qs.filter(app="core", name="0002_trail_chain").delete()
    code, lines = doctor()
    assert code == 1
    assert "core.0002_trail_chain" in wrong(lines)[0]
    assert "migrate" in wrong(lines)[0]
    assert not [line for line in lines if "变更记录:" in line]


@pytest.mark.parametrize(
    ("values", "level", "words"),
    [
        ({"SECRET_KEY": "short"}, "异常", "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "异常", "SECRET_KEY"),
        ({"DEBUG": True}, "警告", "DEBUG"),
        ({"DEBUG": True, "ALLOWED_HOSTS": ["portal.gov.cn"], "HTTPS": True}, "异常", "DEBUG"),
        ({"ALLOWED_HOSTS": ["*"], "HTTPS": True}, "异常", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": []}, "异常", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["portal.gov.cn"], "HTTPS": False}, "警告", "HTTPS"),
    ],
)
def test_dangerous_settings_are_named(settings: Any, values: dict[str, Any], level: str, words: str) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    code, lines = doctor()
    assert [line for line in lines if line.startswith(f"[{level}] 设置:") and words in line]
    assert code == (1 if level == "异常" else 0)


def test_a_quotation_that_no_longer_stands_is_found() -> None:
    call_command("load_plans", verbosity=0, stdout=StringIO())
    assert doctor()[0] == 0
    plan = Plan.objects.get(code="JS-2024-2026")
    clause = plan.clauses.exclude(quote="").order_by("order").last()
    assert clause is not None
    words = clause.quote.split("\n")[0]
    assert words in plan.text
    Plan.objects.filter(pk=plan.pk).update(text=plan.text.replace(words, "偷换的文字"))
    code, said = doctor()
    assert code == 1
    assert any(f"JS-2024-2026 条款 {clause.code}" in line for line in wrong(said))
    assert any("与载入时不同" in line for line in wrong(said))


@pytest.mark.parametrize(("free", "level"), [(100 * 1024**2, "异常"), (1024**3, "警告"), (100 * 1024**3, "正常")])
def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    usage = SimpleNamespace(total=200 * 1024**3, free=free, used=0)
    monkeypatch.setattr("config.maintenance.checks.shutil.disk_usage", lambda folder: usage)
    assert [line for line in doctor()[1] if line.startswith(f"[{level}] 磁盘:")]


def test_missing_front_end_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.maintenance.checks.finders.find", lambda name: None)
    code, lines = doctor()
    assert code == 1
    assert "vendor/tabler.min.css" in wrong(lines)[0]


def test_jobs_that_wait_too_long_are_a_warning_only() -> None:
    job = Job.objects.create(kind="x", title="x")
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(hours=1))
    code, lines = doctor()
    assert code == 0
    assert [line for line in lines if line.startswith("[警告] 后台任务:1 个任务排队")]


def test_a_check_that_breaks_down_is_itself_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Any) -> None:
        raise PermissionError("no")

    monkeypatch.setattr("config.maintenance.checks.shutil.disk_usage", fail)
    code, lines = doctor()
    assert code == 1
    assert "磁盘:检查没有完成" in wrong(lines)[0]
    assert lines[-2].startswith("[正常] 前端文件")


def test_without_a_database_the_rest_is_still_checked(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        "VAR_DIR": str(tmp_path),
        "REDIS_URL": "",
    }
    command = [sys.executable, "manage.py", "doctor"]
    done = subprocess.run(command, cwd=portal.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stderr
    assert lines[0].startswith("[异常] 数据库:连接不上")
    assert [line.split("] ")[1].split(":")[0] for line in lines[1:-1]] == ["设置", "磁盘", "前端文件"]
    assert "Traceback" not in done.stderr
