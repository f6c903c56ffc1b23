"""A backup: one file with everything that people entered and attached, in a form that any installation can read.

``manifest.json`` comes first and names every other member with its size and SHA-256; ``data/app.model.jsonl`` holds the
rows of a table, ``files/…`` the files that rows refer to. The data are those of one moment, however long it takes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.maintenance import portable
from core.models import TrailHead
from core.permits import Refused

FORMAT = 1
MANIFEST = "manifest.json"
_BLOCK = 1024 * 1024
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds: rows, files, bytes of the file, and files that rows name but the disk does not have."""

    path: Path
    rows: int
    files: int
    size: int
    missing: list[str]


def data_member(label: str) -> str:
    return f"data/{label}.jsonl"


def file_member(name: str) -> str:
    return f"files/{name}"


def applied_migrations() -> list[str]:
    """The version of the tables: every migration that was applied."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def write(path: Path, say: Say = lambda words: None) -> Written:
    """Write a backup to ``path``, readable by its owner only. Raises :class:`Refused` when the file exists already."""
    if path.exists():
        raise Refused(f"“{path}”已存在,不覆盖;请换一个文件名")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with tempfile.TemporaryDirectory(prefix="backup-", dir=path.parent) as folder:
        work = Path(folder)
        with _one_moment():
            members, counts = _write_tables(work, say)
            head = TrailHead.objects.first()
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "made_at": timezone.now().isoformat(),
                "database": connection.vendor,
                "migrations": applied_migrations(),
                "counts": counts,
                "last_keys": portable.last_keys(),
                "trail": {"number": head.number, "digest": head.digest} if head else None,
            }
            names = list(portable.stored_files())
        files, missing = _list_files(names)
        manifest["missing_files"] = missing
        manifest["members"] = {name: _stamp(source) for name, source in (members | files).items()}
        try:
            _pack(part, manifest, members | files)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    return Written(path, sum(counts.values()), len(files), path.stat().st_size, missing)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Everything read inside is of the same moment, and nobody has to wait for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not transaction.atomic(): that takes the write lock here, and a reader needs none.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _write_tables(folder: Path, say: Say) -> tuple[dict[str, Path], dict[str, int]]:
    members: dict[str, Path] = {}
    counts: dict[str, int] = {}
    for model in portable.tables():
        label = portable.label(model)
        path = folder / f"{label}.jsonl"
        count = 0
        with path.open("wb") as file:
            for row in portable.rows_of(model):
                file.write(portable.write_line(row))
                count += 1
        members[data_member(label)], counts[label] = path, count
        if count:
            say(f"{model._meta.verbose_name} {count} 条")
    return members, counts


def _list_files(names: list[str]) -> tuple[dict[str, Path], list[str]]:
    root = Path(settings.MEDIA_ROOT)
    there = {file_member(name): root / name for name in names if (root / name).is_file()}
    return there, [name for name in names if file_member(name) not in there]


def _stamp(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {"size": path.stat().st_size, "sha256": digest.hexdigest()}


def _pack(target: Path, manifest: dict[str, Any], members: dict[str, Path]) -> None:
    content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    # Password digests and evidence are inside: created readable by its owner only.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(content), 0o600
        archive.addfile(entry, io.BytesIO(content))
        for name, path in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as file:
                archive.addfile(entry, file)
