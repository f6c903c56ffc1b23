"""A month's workbook coming back: upload, look cell by cell, confirm. Nothing is written before the person confirms.

What confirming would do is not guessed: it is tried, and taken back.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from core.models import Change
from core.permits import Refused
from core.quotes import shortened
from core.trail import Actor, record
from core.workbooks import FILE, read
from incubators.exchange.comparing import cell_name
from incubators.exchange.files import marked
from incubators.models import Carrier, ImportFile
from incubators.permits import may_file_report, may_fill_month
from incubators.reporting import context, workbook, workbook_reading, workbook_words
from incubators.reporting.context import MonthContext
from incubators.reporting.findings import EXPLAIN, Finding
from incubators.reporting.overview import expected_carriers
from incubators.reporting.rules_catalogue import name_of
from incubators.reporting.workbook import SHEET, Filled
from incubators.reporting.workbook_enterprises import ENTERPRISE, ENTERPRISES, label_of, parted
from incubators.reporting.workbook_reading import Reading, Uploaded, sheet_of
from incubators.reporting.workbook_words import WORDS
from incubators.reporting.workflow import MISSING, words
from incubators.services.cells import Edit, Outcome, Saved, State, as_typed, explained, save_cells
from incubators.services.enterprise_cells import as_typed as enterprise_typed
from incubators.services.enterprise_cells import save_enterprise_rows
from incubators.services.imports import put_aside

KIND = "month"  # of the kept file; the register's sheets have their own kinds
LARGEST_BYTES = 8 * 1024 * 1024
SHOWN = {
    State.SAVED: "将写入",
    State.CONFLICT: "他人已改",
    State.WRONG: "有误",
    State.REFUSED: "不能写入",
}


def carriers_to_fill(user: Any, month: date, *, code: str = "", area: str = "") -> list[Carrier]:
    """The carriers whose month ``user`` fills in, of one code or area (the path of one) if given."""
    rows = (
        Carrier.objects.visible_to(user)
        .filter(expected_carriers(month))
        .select_related("owner_area", "operator")
        .order_by("owner_area__order", "owner_area__path", "code")
    )
    if code:
        rows = rows.filter(code=code)
    if area:
        rows = rows.filter(owner_area__path__startswith=area)
    return [carrier for carrier in rows if may_file_report(user, carrier)]


def download(user: Any, month: date, carriers: Iterable[Carrier]) -> bytes:
    """The month's workbook of ``carriers``, as it stands now."""
    months = context.load(carriers, month).values()
    return workbook.make([_filled(user, around) for around in months if around.days.asked], month, uuid.uuid4().hex)


def _filled(user: Any, around: MonthContext) -> Filled:
    state = around.latest.state if around.latest is not None else MISSING
    form, typed = around.form, as_typed(around)
    asked = {*form.text_by_code, *(spec.code for spec in form.asked(around.carrier.kind, around.answers()))}
    # What stands in no cell is not held against the workbook when it comes back.
    held = {code: text for code, text in typed.items() if code in asked or text}
    closed = may_fill_month(user, around).reason
    found = workbook_words.listed(around, closed=bool(closed))
    each = {one.uscc: enterprise_typed(one) for one in around.incubatees}
    return Filled(around, words(state, reviewer=True), held, closed, found, each)


def upload(*, user: Any, name: str, content: bytes) -> ImportFile:
    """Take in a workbook and say what it would change. Raises :class:`Refused` at ``file``."""
    if len(content) > LARGEST_BYTES:
        raise Refused.at(FILE, f"文件超过 {LARGEST_BYTES >> 20} MB,月报工作簿不会这么大;请确认选对了文件")
    uploaded = workbook_reading.open_workbook(content)
    carriers = Carrier.objects.visible_to(user).select_related("owner_area", "operator")
    loaded = context.load(carriers.filter(code__in=[*uploaded.base]), uploaded.month)
    months = {around.carrier.code: around for around in loaded.values()}
    _remember(user, uploaded)
    reading = workbook_reading.changed_cells(uploaded, months)
    row = ImportFile(
        kind=KIND,
        user=user,
        name=PurePath(name).name[:200] or "月报工作簿",
        sha256=hashlib.sha256(content).hexdigest(),
        state=ImportFile.State.READY,
    )
    outcomes, told = _try(user, reading)
    row.preview = {**_preview(uploaded, reading, outcomes, months), **told, "download": uploaded.download}
    row.counts = _counts(row.preview)
    row.file.save(f"{row.id}{PurePath(name).suffix.lower()[:5]}", ContentFile(content), save=False)
    with transaction.atomic():
        row.save()
        after = {"month": f"{uploaded.month:%Y-%m}", "sha256": row.sha256}
        record(actor=Actor.of(user), action="上传月报工作簿", target=row, after=after)
    return row


def _remember(user: Any, uploaded: Uploaded) -> None:
    """Let cells that came from this very copy before be what they were made then: a person goes on in one workbook, and
    what they wrote themselves is nothing new to them."""
    earlier = ImportFile.objects.filter(
        kind=KIND, user=user, state=ImportFile.State.DONE, preview__download=uploaded.download
    )
    for preview in earlier.order_by("finished_at").values_list("preview", flat=True):
        for cell in preview["cells"]:
            known = uploaded.base.get(cell["carrier"], {})
            if "held" in cell and (cell["code"] in known or (known and cell["code"].startswith((EXPLAIN, ENTERPRISE)))):
                uploaded.base[cell["carrier"]][cell["code"]] = cell["held"]
                if cell["held"] != cell["text"]:
                    uploaded.settled[cell["carrier"], cell["code"]] = cell["text"]


def _try(user: Any, reading: Reading) -> tuple[Sequence[Outcome], dict[str, Any]]:
    """What saving all changed cells would come to, and what the checks would then say; nothing of it stays."""
    edits = [Edit(each.carrier, each.code, each.text, each.was) for each in reading.cells]
    if not edits:
        return [], {"findings": [], "idle": []}
    with transaction.atomic():
        saved = _save(user, reading.month, edits)
        told = _told(saved)
        transaction.set_rollback(True)
    return saved.outcomes, told


def _save(user: Any, month: date, edits: Sequence[Edit], **how: str) -> Saved:
    """Save cells of carriers and of their incubatees, each where it belongs: the incubatees first, for words on what is
    found of them are judged with the carrier's own cells."""
    theirs: dict[str, list[tuple[int, Edit]]] = {}
    for place, edit in enumerate(edits):
        if edit.code.startswith(ENTERPRISE):
            uscc, code = parted(edit.code)
            theirs.setdefault(edit.carrier, []).append((place, Edit(uscc, code, edit.text, edit.was)))
    outcomes: dict[int, Outcome] = {}
    months: dict[str, MonthContext] = {}
    if theirs:
        carriers = Carrier.objects.visible_to(user).select_related("owner_area", "operator").filter(code__in=theirs)
        asked = {code: [edit for _, edit in pairs] for code, pairs in theirs.items()}
        done = save_enterprise_rows(user=user, carriers=carriers, month=month, edits=asked, **how)
        for code, (found, around) in done.items():
            months[code] = around
            for (place, _), outcome in zip(theirs[code], found, strict=True):
                outcomes[place] = replace(outcome, carrier=code, code=edits[place].code)
    own = [(place, edit) for place, edit in enumerate(edits) if place not in outcomes]
    saved = save_cells(user=user, month=month, edits=[edit for _, edit in own], **how) if own else Saved([], {})
    outcomes |= {place: outcome for (place, _), outcome in zip(own, saved.outcomes, strict=True)}
    return Saved([outcomes[place] for place in range(len(edits))], {**months, **saved.months})


def _told(saved: Saved) -> dict[str, Any]:
    """What the checks say of every carrier that something was written for (``findings``), and words that answer nothing
    any more (``idle``), as the preview keeps them."""
    findings, idle = [], []
    for code in dict.fromkeys(each.carrier for each in saved.outcomes if each.state == State.SAVED):
        around = saved.months[code]
        found, said = workbook_words.found_so_far(around), explained(around)
        findings += [_finding(around, each, said.get(EXPLAIN + each.key, "")) for each in found]
        asked = {EXPLAIN + each.key for each in found if not each.hard}
        idle += [
            {"carrier": code, "name": around.carrier.name, "label": _label(around, key), "said": text}
            for key, text in said.items()
            if key not in asked
        ]
    return {"findings": findings, "idle": idle}


def _finding(around: MonthContext, each: Finding, said: str) -> dict[str, Any]:
    return {
        "carrier": around.carrier.code,
        "name": around.carrier.name,
        "key": each.key,
        "fields": [*each.fields],
        "words": workbook.found_words([each]),
        "told": workbook_words.told(around, each),
        "hard": each.hard,
        "asks": each.must_explain and not said,
        "said": said,
        "take": _taken(around, each),
    }


def _label(around: MonthContext, code: str) -> str:
    """The name of a field; of words on a finding, its rule and field."""
    if code.startswith(ENTERPRISE):
        return label_of(around, code)
    if not code.startswith(EXPLAIN):
        return around.form.label_of(code)
    rule, _, place = code.removeprefix(EXPLAIN).partition(":")
    place = place.partition(":")[0]
    about = around.form.label_of(place) if place in around.form.codes else ""
    return " ".join(part for part in ("说明", shortened(name_of(rule)), about) if part)


def _taken(around: MonthContext, each: Finding) -> list[str]:
    """What was probably meant, as a cell holds it and in words; empty where nothing is offered."""
    if each.suggestion is None:
        return []
    spec = around.form.by_code[each.place]
    return [spec.typed(each.suggestion), spec.show(each.suggestion)]


def _place(uploaded: Uploaded, line: int, place: int, on: str) -> str:
    """The name of a cell; of one that is not on the sheet of figures, with its sheet."""
    sheet = {WORDS: uploaded.words, ENTERPRISES: uploaded.enterprises}.get(on) or uploaded.sheet
    name = cell_name(line, sheet.first_column - 1 + place)
    return name if sheet is uploaded.sheet else f"{sheet.name}!{name}"


def _preview(
    uploaded: Uploaded, reading: Reading, outcomes: Sequence[Outcome], months: Mapping[str, MonthContext]
) -> dict[str, Any]:
    """What the page shows and what confirming writes."""
    cells = []
    for each, outcome in zip(reading.cells, outcomes, strict=True):
        around = months[each.carrier]
        cells.append(
            {
                "carrier": each.carrier,
                "name": around.carrier.name,
                "code": each.code,
                "label": _label(around, each.code),
                "text": each.text,
                "was": each.was,
                "now": outcome.text if outcome.state == State.CONFLICT else each.was,
                "cell": _place(uploaded, each.line, each.place, each.on),
                "at": [each.line, each.place],
                "state": outcome.state.value,
                "message": outcome.message,
                "by": outcome.by,
            }
        )
    wrong = [
        {
            "cell": _place(uploaded, line, place, on),
            "at": [line, place],
            "message": sentence,
            "on": on,
        }
        for found, on in (
            (reading.wrong, SHEET),
            (reading.wrong_words, WORDS),
            (reading.wrong_enterprises, ENTERPRISES),
        )
        for line, place, sentence in found
    ]
    return {
        "month": reading.month.isoformat(),
        "cells": cells,
        "rows": wrong,
        "ignored": reading.ignored,
        "unchanged": reading.unchanged,
        "sheet": uploaded.sheet.name,
        "enterprises": uploaded.enterprises.name if uploaded.enterprises is not None else "",
        "lines": reading.lines,
        "found_place": reading.found_place,
    }


def _counts(preview: Mapping[str, Any]) -> dict[str, int]:
    counted = Counter(cell["state"] for cell in preview["cells"])
    found = {state.value: counted[state.value] for state in State}
    bad = sum(found[state] for state in State if state != State.SAVED) + len(preview["rows"])
    return {**found, "bad": bad, "rows": len(preview["rows"]), "unchanged": preview["unchanged"]}


def confirm(*, user: Any, row: ImportFile, mine: Collection[int] = (), take: Collection[int] = ()) -> None:
    """Write the cells that the preview shows as good; of those that somebody else changed, the ones whose places in the
    preview are in ``mine``: the person has seen both. Of cells at ``take``, what was probably meant is written in place
    of what they say. Wrong cells stay in the workbook.

    Raises :class:`Refused` when there is nothing to write or the file was dealt with already.
    """
    with transaction.atomic():
        locked = ImportFile.objects.select_for_update().get(pk=row.pk, kind=KIND, user=user)
        if locked.state != ImportFile.State.READY:
            raise Refused(f"这个工作簿{locked.get_state_display()},不能再次写入")
        cells = locked.preview["cells"]
        chosen = [
            (place, cell)
            for place, cell in enumerate(cells)
            if cell["state"] == State.SAVED or (cell["state"] == State.CONFLICT and place in mine)
        ]
        if not chosen:
            raise Refused("没有可写入的内容")
        meant = {
            (each["carrier"], each["fields"][0]): each["take"][0]
            for each in locked.preview.get("findings", ())
            if each["take"]
        }
        # What was seen: for a cell that somebody else changed, what they made of it.
        edits = [
            Edit(
                cell["carrier"],
                cell["code"],
                meant.get((cell["carrier"], cell["code"]), cell["text"]) if place in take else cell["text"],
                cell["now"],
            )
            for place, cell in chosen
        ]
        saved = _save(
            user,
            date.fromisoformat(locked.preview["month"]),
            edits,
            channel=Change.Channel.IMPORT,
            reason=f"月报工作簿“{locked.name}”(校验值 {locked.sha256[:12]})",
        )
        for (_, cell), outcome in zip(chosen, saved.outcomes, strict=True):
            cell |= {"state": outcome.state.value, "message": outcome.message, "by": outcome.by}
            if outcome.state == State.SAVED:
                cell["held"] = outcome.text
            elif outcome.state == State.CONFLICT:
                cell["now"] = outcome.text
        locked.preview |= _told(saved)
        locked.counts = _counts(locked.preview)
        locked.state, locked.finished_at = ImportFile.State.DONE, timezone.now()
        locked.save(update_fields=["preview", "counts", "state", "finished_at"])
        record(
            actor=Actor.of(user, Change.Channel.IMPORT),
            action="写入月报工作簿",
            target=locked,
            after=dict(locked.counts),
        )
    row.refresh_from_db()


def discard(*, user: Any, row: ImportFile) -> None:
    """Put a workbook aside without writing anything; the uploaded copy is removed."""
    with transaction.atomic():
        locked = ImportFile.objects.select_for_update().get(pk=row.pk, kind=KIND, user=user)
        if locked.state != ImportFile.State.READY:
            raise Refused(f"这个工作簿{locked.get_state_display()},不能放弃")
        put_aside(user, locked, "放弃月报工作簿")


def mistakes(row: ImportFile, on: str = SHEET) -> list[tuple[int, int, str]]:
    """Cells of one of the sheets that were not written, with why: line, place, sentence."""
    found = [(*problem["at"], problem["message"]) for problem in row.preview["rows"] if problem.get("on", SHEET) == on]
    for cell in row.preview["cells"]:
        if cell["state"] != State.SAVED and sheet_of(cell["code"]) == on:
            by = f"({cell['by']})" if cell["by"] else ""
            found.append((*cell["at"], f"{cell['message']}{by}"))
    return found


def marked_file(row: ImportFile) -> bytes:
    """The uploaded workbook with the cells that are wrong, taken or closed coloured and commented, and what the checks
    say now at the end of each row that something was written for and on the sheet 核对说明."""
    with row.file.open("rb") as file:
        content = file.read()
    preview, told = row.preview, dict[tuple[int, int], str]()
    findings = preview.get("findings", ())
    written = {cell["carrier"] for cell in preview["cells"] if cell["state"] == State.SAVED}
    if preview.get("found_place") is not None:
        for carrier in written & preview["lines"].keys():
            found = [each["words"] for each in findings if each["carrier"] == carrier]
            told[preview["lines"][carrier], preview["found_place"]] = ";".join(found)
    renew = partial(
        workbook_words.renew,
        base=workbook.BASE,
        carriers=written,
        found=[each for each in findings if "told" in each],
        wrong=mistakes(row, WORDS),
    )
    if wrong := mistakes(row, ENTERPRISES):
        content = marked(content, read(content, sheet=preview["enterprises"]), wrong)
    sheet = read(content, sheet=preview.get("sheet", SHEET))
    return marked(content, sheet, mistakes(row), told, renew)


__all__ = [
    "KIND",
    "SHOWN",
    "carriers_to_fill",
    "confirm",
    "discard",
    "download",
    "marked_file",
    "mistakes",
    "upload",
]
