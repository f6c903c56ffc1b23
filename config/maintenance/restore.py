"""The way back from a backup: checked as a whole before anything is touched, then all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from config.maintenance import portable
from config.maintenance.backup import FORMAT, MANIFEST, applied_migrations, data_member, file_member
from core.models import TrailHead
from core.permits import Refused
from core.trail import COMMAND_LINE, record
from core.trail_chain import opened

_BLOCK = 1024 * 1024
_LONGEST_MANIFEST = 64 * _BLOCK
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: the manifest, and how many rows and files."""

    manifest: dict[str, Any]
    rows: int
    files: int


def in_use() -> list[str]:
    """Names of the tables that hold something a person or program put there."""
    found = []
    for model in portable.tables():
        if portable.label(model) in portable.OF_DJANGO:
            continue
        rows = TrailHead.objects.exclude(number=0) if model is TrailHead else model._default_manager.all()
        if rows.exists():
            found.append(str(model._meta.verbose_name))
    return found


def restore(path: Path, *, replace: bool = False, say: Say = lambda words: None) -> Restored:
    """Bring database and files to what the backup holds. Raises :class:`Refused` and changes nothing when the file is
    damaged or of another version, or the database is in use and ``replace`` was not asked for."""
    _check_tables()
    if not replace and (used := in_use()):
        shown = "、".join(used[:5]) + (" 等" if len(used) > 5 else "")
        raise Refused(f"库中已有数据({shown}),没有恢复;确要以备份取代全部现有数据和附件,请加 --replace")
    media = Path(settings.MEDIA_ROOT)
    media.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=media.parent) as folder:
        work = Path(folder)
        say("正在核对备份文件")
        manifest, stamp = _unpack(path, work)
        former = set(portable.stored_files())
        rows = _load(work, manifest, say)
        names = _file_names(manifest)
        _place(work, media, names, former)
    with transaction.atomic():
        head = TrailHead.objects.get()
        after = {"made_at": manifest["made_at"], "rows": rows, "sha256": stamp}
        record(actor=COMMAND_LINE, action="从备份恢复", target=head, after=after, reason=path.name)
    return Restored(manifest, rows, len(names))


def _check_tables() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refused("数据库的表还没有建好或不是最新,请先执行 manage.py migrate")


def _file_names(manifest: dict[str, Any]) -> list[str]:
    start = file_member("")
    return [name.removeprefix(start) for name in manifest["members"] if name.startswith(start)]


# --- Checking ---------------------------------------------------------------------------------------------------------
def _unpack(path: Path, folder: Path) -> tuple[dict[str, Any], str]:
    """Take the archive apart into ``folder``; every member must be named by the manifest and be what it says. Returns
    the manifest and its SHA-256."""
    try:
        with tarfile.open(path, "r|gz") as archive:
            return _take_apart(archive, folder)
    except FileNotFoundError:
        raise Refused(f"没有“{path}”这个文件") from None
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise Refused(f"备份文件不完整或已损坏({error}),没有恢复") from error


def _take_apart(archive: tarfile.TarFile, folder: Path) -> tuple[dict[str, Any], str]:
    first = archive.next()
    source = archive.extractfile(first) if first is not None and first.isfile() else None
    if first is None or source is None or first.name != MANIFEST or first.size > _LONGEST_MANIFEST:
        raise Refused("这不是本平台的备份文件:开头没有清单")
    content = source.read()
    manifest = _read_manifest(content)
    wanted: dict[str, Any] = dict(manifest["members"])
    while (entry := archive.next()) is not None:
        stamp = wanted.pop(entry.name, None)
        source = archive.extractfile(entry) if entry.isfile() else None
        if stamp is None or source is None:
            raise Refused(f"备份文件中有清单以外的内容“{entry.name}”,没有恢复")
        target = folder / _safe(entry.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if _copy(source, target) != (stamp["size"], stamp["sha256"]):
            raise Refused(f"备份文件中的“{entry.name}”与清单不符,没有恢复")
    if wanted:
        raise Refused(f"备份文件缺少“{next(iter(wanted))}”等 {len(wanted)} 项,没有恢复")
    return manifest, hashlib.sha256(content).hexdigest()


def _read_manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(content)
        kind, there, counts = manifest["format"], set(manifest["migrations"]), manifest["counts"]
        members = set(manifest["members"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("备份文件的清单无法读取,没有恢复") from error
    if kind != FORMAT:
        raise Refused(f"备份文件的格式是第 {kind} 版,本程序读第 {FORMAT} 版")
    here = set(applied_migrations())
    if there != here:
        odd = "、".join(sorted(there ^ here)[:3])
        raise Refused(f"备份来自另一版本的程序(相差 {odd} 等);请用同一版本的程序恢复,然后再升级")
    tables = {portable.label(model) for model in portable.tables()}
    if set(counts) != tables or not members >= {data_member(label) for label in tables}:
        raise Refused("备份文件的清单与数据库的表不符,没有恢复")
    return manifest


def _safe(name: str) -> PurePosixPath:
    """A member's name as a path that stays inside. Raises Refused for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] not in {("data",), ("files",)}:
        raise Refused(f"备份文件中的名称“{name}”不可接受,没有恢复")
    return path


def _copy(source: IO[bytes], target: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


# --- Writing ----------------------------------------------------------------------------------------------------------
def _load(folder: Path, manifest: dict[str, Any], say: Say) -> int:
    models = portable.tables()
    sessions = [m for m in _sessions() if m not in models]
    total = 0
    with transaction.atomic(), opened("restore"):
        portable.empty([*models, *sessions])
        for model in models:
            total += _load_table(model, folder, manifest["counts"][portable.label(model)], say)
        try:
            connection.check_constraints()
        except DatabaseError as error:
            raise Refused(f"备份中的记录互相对不上({error}),没有恢复") from error
        portable.continue_keys(manifest["last_keys"])
    return total


def _sessions() -> list[Any]:
    from django.contrib.sessions.models import Session

    return [Session]


def _load_table(model: Any, folder: Path, expected: int, say: Say) -> int:
    label = portable.label(model)
    try:
        count = portable.insert(model, portable.lines_of(folder / data_member(label)))
    except (DatabaseError, ValidationError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"“{model._meta.verbose_name}”({label})中有目标库不能接受的记录({error}),没有恢复") from error
    if count != expected:
        raise Refused(f"“{model._meta.verbose_name}”应有 {expected} 条,备份中是 {count} 条,没有恢复")
    if count:
        say(f"{model._meta.verbose_name} {count} 条")
    return count


def _place(folder: Path, media: Path, names: list[str], former: set[str]) -> None:
    """Put the files in their places, and take away those that only the data before the restore referred to."""
    for name in names:
        target = media / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder / file_member(name), target)
    for name in former - set(names):
        if ".." not in PurePosixPath(name).parts:
            (media / name).unlink(missing_ok=True)
