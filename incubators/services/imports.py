"""Taking in a sheet: upload, look, confirm. Nothing is written to the register before the person confirms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from core import bulk, jobs
from core.models import Change, Job
from core.models.jobs import JobState
from core.permits import Refused
from core.trail import Actor, record
from core.workbooks import LARGEST_BYTES, read
from incubators.exchange import KINDS
from incubators.exchange.comparing import Comparison, Progress, cell_name, compare, shown, wrong_cells
from incubators.exchange.files import marked
from incubators.exchange.kinds import CHANGED, NEW, WRONG, Context, Kind
from incubators.exchange.writing import dump_plan, load_plan, write_plan
from incubators.models import ImportFile
from incubators.register.permits import may_write_register

# Up to here a person waits for the answer; beyond, a job with a progress bar takes over.
AT_ONCE_BYTES = 200 * 1024
SAMPLE_ROWS = 500
CHECK_JOB, WRITE_JOB = "check_import", "write_import"
State = ImportFile.State


def upload(*, user: Any, kind: Kind, name: str, content: bytes) -> ImportFile:
    """Take in a file and compare it with the register, at once or as a job. Raises :class:`Refused` at ``file``."""
    may_write_register(user).require()
    if len(content) > LARGEST_BYTES:
        raise Refused.at("file", f"文件超过 {LARGEST_BYTES >> 20} MB,请拆成几个文件再传")
    large = len(content) > AT_ONCE_BYTES
    if not large:
        read(content)  # a file that cannot be read is refused before anything is kept
    row = ImportFile(
        kind=kind.code,
        user=user,
        name=PurePath(name).name[:200] or "表格",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    row.file.save(f"{row.id}{PurePath(name).suffix.lower()[:5]}", ContentFile(content), save=False)
    with transaction.atomic():
        row.save()
        if large:
            title = f"核对导入文件“{row.name}”"
            job = jobs.submit(kind=CHECK_JOB, title=title, actor=Actor.of(user), params={"file": str(row.pk)})
            row.job_id = job.pk
            row.save(update_fields=["job_id"])
        record(
            actor=Actor.of(user), action="上传导入文件", target=row, after={"kind": kind.title, "sha256": row.sha256}
        )
    if not large:
        check(row)
        if row.state == State.REFUSED:
            raise Refused.at("file", row.problem)
    return row


def settle(rows: Iterable[ImportFile]) -> None:
    """Say of files whose job was cancelled or failed what that means for them, in memory: a check has to be asked for
    again, a confirmed file can be confirmed again. One query for all."""
    waiting = {row.job_id: row for row in rows if row.job_id and row.state in {State.CHECKING, State.WRITING}}
    if not waiting:
        return
    stopped = (JobState.CANCELLED, JobState.FAILED)
    for job_id, message in Job.objects.filter(pk__in=waiting, state__in=stopped).values_list("pk", "message"):
        row = waiting[job_id]
        if row.state == State.WRITING:
            row.state = State.READY
        else:
            row.state, row.problem = State.REFUSED, f"核对没有完成({message or '已取消'}),请重新上传"


def check(row: ImportFile, progress: Progress = lambda *_: None) -> None:
    """Compare an uploaded file with the register and keep what it would do."""
    kind = KINDS[row.kind]
    try:
        with bulk.undisturbed():
            comparison = _compare(row, progress)
            row.counts = comparison.counts()
            row.preview = _preview(comparison)
            plan = dump_plan(comparison)
    except Refused as refused:
        row.state, row.problem = State.REFUSED, str(refused)[:500]
        row.save(update_fields=["state", "problem"])
        return
    row.state = State.READY
    row.plan.save(f"{row.id}.plan", ContentFile(plan), save=False)
    earlier = ImportFile.objects.filter(
        kind=kind.code, user_id=row.user_id, sha256=row.sha256, state=State.DONE
    ).first()
    if earlier is not None and earlier.finished_at is not None:
        row.preview["again"] = timezone.localtime(earlier.finished_at).strftime("%Y-%m-%d %H:%M")
    row.save(update_fields=["counts", "preview", "state", "plan"])


def _compare(row: ImportFile, progress: Progress) -> Comparison:
    with row.file.open("rb") as file:
        sheet = read(file.read())
    return compare(KINDS[row.kind], sheet, Context(row.user), progress)


def confirm(*, user: Any, row: ImportFile, only_right: bool) -> None:
    """Write what was shown: all rows, or only the right ones where the person says so. Large files go by a job.

    Raises :class:`Refused` when there are wrong rows and ``only_right`` is not chosen, or when nothing would change.
    """
    may_write_register(user).require()
    with transaction.atomic():
        locked = ImportFile.objects.select_for_update().get(pk=row.pk)
        settle([locked])
        if locked.state != State.READY:
            raise Refused(f"这个文件{locked.get_state_display()},不能再次导入")
        if locked.counts[WRONG] and not only_right:
            raise Refused(f"有 {locked.counts[WRONG]} 行需要改正;请改正后重新上传,或选择只导入正确的行")
        if not locked.counts[NEW] + locked.counts[CHANGED]:
            raise Refused("没有可写入的内容" if locked.counts[WRONG] else "文件与库中一致,没有可写入的内容")
        locked.only_right = only_right
        locked.state = State.WRITING
        large = locked.file.size > AT_ONCE_BYTES
        if large:
            title = f"导入“{locked.name}”"
            job = jobs.submit(kind=WRITE_JOB, title=title, actor=Actor.of(user), params={"file": str(locked.pk)})
            locked.job_id = job.pk
        locked.save(update_fields=["only_right", "state", "job_id"])
        if not large:
            write(locked)
    row.refresh_from_db()


def write(row: ImportFile, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Write a confirmed file. When that fails, the file is ready again and nothing was written."""
    try:
        with transaction.atomic(), bulk.undisturbed():
            locked = ImportFile.objects.select_for_update().get(pk=row.pk)
            if locked.state == State.DONE:
                return {name: locked.counts[name] for name in (NEW, CHANGED)}
            if locked.state != State.WRITING:
                raise Refused(f"这个文件{locked.get_state_display()},没有写入")
            with locked.plan.open("rb") as file:
                plan = load_plan(file.read())
            actor = Actor.of(locked.user, Change.Channel.IMPORT)
            reason = f"导入文件“{locked.name}”(校验值 {locked.sha256[:12]})"
            written = write_plan(
                KINDS[locked.kind], plan, user=locked.user, actor=actor, reason=reason, progress=progress
            )
            locked.state, locked.finished_at = State.DONE, timezone.now()
            locked.save(update_fields=["state", "finished_at"])
            record(actor=actor, action=f"导入{KINDS[locked.kind].title}", target=locked, after=dict(locked.counts))
    except BaseException:
        ImportFile.objects.filter(pk=row.pk, state=State.WRITING).update(state=State.READY)
        raise
    row.refresh_from_db()
    return written


def discard(*, user: Any, row: ImportFile) -> None:
    """Put a file aside without writing anything; the uploaded copy is removed."""
    may_write_register(user).require()
    with transaction.atomic():
        locked = ImportFile.objects.select_for_update().get(pk=row.pk)
        settle([locked])
        if locked.state not in {State.READY, State.REFUSED}:
            raise Refused(f"这个文件{locked.get_state_display()},不能放弃")
        put_aside(user, locked, "放弃导入文件")


def put_aside(user: Any, locked: ImportFile, action: str) -> None:
    """An uploaded file, locked by the caller's transaction, is done with: its copies go when that is committed."""
    locked.state, locked.finished_at = State.DISCARDED, timezone.now()
    files = [file for file in (locked.file, locked.plan) if file]
    locked.save(update_fields=["state", "finished_at"])
    record(actor=Actor.of(user), action=action, target=locked)
    transaction.on_commit(lambda: [file.storage.delete(file.name) for file in files] and None)


def marked_file(row: ImportFile) -> bytes:
    """The uploaded workbook with its wrong cells marked."""
    with row.file.open("rb") as file:
        content = file.read()
    comparison = compare(KINDS[row.kind], read(content), Context(row.user))
    return marked(content, read(content), [*wrong_cells(comparison)])


def _preview(comparison: Comparison) -> dict[str, Any]:
    """Samples for the page: of each outcome the first rows, values in the words of a reader."""
    table = comparison.table
    columns = table.columns
    chosen: dict[str, list[Any]] = {NEW: [], CHANGED: [], WRONG: []}
    for row in table.rows:
        if row.outcome in chosen and len(chosen[row.outcome]) < SAMPLE_ROWS:
            chosen[row.outcome].append(row)
    changes = {row.line: comparison.changes(row) for row in chosen[CHANGED]}
    naming = table.places(*table.kind.naming)
    pairs = [(place, value) for found in changes.values() for place, *both in found for value in both]
    pairs += [
        (place, row.now(place))
        for rows in chosen.values()
        for row in rows
        for place in naming
        if _plain(row.now(place))
    ]
    pairs += [(p, v) for row in chosen[NEW] for p, v in enumerate(row.values) if v is not None and _plain(v)]
    words = shown(columns, pairs)

    def name(row: Any) -> str:
        return " · ".join(words.get((p, row.now(p)), "") for p in naming if row.now(p) is not None) or "(未填)"

    return {
        "header_line": comparison.header_line,
        "ignored": comparison.ignored,
        NEW: [
            [
                row.line,
                name(row),
                [[columns[p].label, words[p, v]] for p, v in enumerate(row.values) if (p, v) in words],
            ]
            for row in chosen[NEW]
        ],
        CHANGED: [
            [row.line, name(row), [[columns[p].label, words[p, a], words[p, b]] for p, a, b in changes[row.line]]]
            for row in chosen[CHANGED]
        ],
        WRONG: [[row.line, name(row), _mistakes(comparison, row)] for row in chosen[WRONG]],
    }


def _plain(value: Any) -> bool:
    return value is not None and value.__class__.__name__ != "Cleared"


def _mistakes(comparison: Comparison, row: Any) -> list[list[str]]:
    found = []
    for place, sentence in sorted(row.errors.items()):
        source = comparison.where.get(place)
        text = str(row.cells[source])[:60] if source is not None and source < len(row.cells) else ""
        where = cell_name(row.line, comparison.first_column - 1 + source) if source is not None else ""
        found.append([where, comparison.table.columns[place].label, text, sentence])
    return found
