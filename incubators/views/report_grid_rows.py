"""What the grid of a month shows: its columns, and one carrier's row with everything beside its cells. As JSON values."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.dates import date_cn
from core.templatetags.badge_words import BADGES
from incubators.models import Carrier
from incubators.permits import may_fill_month, may_move_report, may_review_reports
from incubators.reporting import checks
from incubators.reporting.calendar import add_months
from incubators.reporting.context import HISTORY_MONTHS, MonthContext
from incubators.reporting.drafts import figures, savable
from incubators.reporting.fields import GROUPS, FieldError, Kind, ReportField, TextField, Value, phone_problem
from incubators.reporting.findings import Finding
from incubators.reporting.form import DECLARED, LARGEST, MonthForm, column_id
from incubators.reporting.workflow import COUNTED, EDITABLE, MISSING, OPEN, WAITING
from incubators.services import cells
from incubators.services.reports import Seen
from incubators.views.report_form import known_of, previous_url

WORDS = "说明与联系人"
CORRECTING = "更正中"
REVIEWS = ("return", "check", "accept")
# Long words have a column of their own width.
LONG_TEXT = 100


def _specs(form: MonthForm) -> Iterable[ReportField | TextField]:
    yield from form.figures
    yield from form.texts


def columns(months: Iterable[MonthContext]) -> list[dict[str, Any]]:
    """Groups of columns over all forms of these months, in the order of the form."""
    forms = {id(around.form): around.form for around in months}
    specs = {column_id(spec): spec for form in forms.values() for spec in _specs(form)}
    labels = [*((group.code, group.label) for group in GROUPS), ("", WORDS)]
    groups = [
        {"label": label, "columns": [_column(key, spec) for key, spec in specs.items() if _group(spec) == code]}
        for code, label in labels
    ]
    return [group for group in groups if group["columns"]]


def _group(spec: ReportField | TextField) -> str:
    """Code of the group that a field stands in; empty for the words that every month asks for."""
    if isinstance(spec, ReportField):
        return spec.group
    return DECLARED if spec.declared else ""


def _column(key: str, spec: ReportField | TextField) -> dict[str, Any]:
    shown = {"id": key, "code": spec.code, "label": spec.label, "help": spec.help, "unit": "", "kind": "text"}
    if isinstance(spec, ReportField):
        # Of a declared number nobody knows whether it is a rate, which has no sum.
        summed = spec.kind != Kind.NUMBER
        return shown | {"unit": spec.unit, "kind": spec.kind.value, "limits": _limits(spec), "summed": summed}
    return shown | {"long": spec.longest > LONG_TEXT, "options": list(spec.options)}


def _limits(spec: ReportField) -> str:
    """The limits that a district set for its own figure, in words: 0 至 200 家; empty where it set none."""
    if not spec.declared or (spec.largest == LARGEST[spec.kind] and not spec.smallest):
        return ""
    if spec.largest == LARGEST[spec.kind]:
        return f"不小于 {spec.show(spec.smallest)}"
    return f"{spec.show(spec.smallest, unit=False)} 至 {spec.show(spec.largest)}"


def row_of(user: Any, around: MonthContext, *, strict: bool = False) -> dict[str, Any]:
    """One carrier's row: state, cells as typed, what may be done, findings. Asks the database nothing.

    ``strict``: after an attempt to submit, what is missing is a finding too.
    """
    row, carrier = around.latest, around.carrier
    permit = may_fill_month(user, around)
    typed, held = cells.as_typed(around), figures(around.answers())
    unread = row.unread if row is not None else {}
    return {
        "code": carrier.code,
        **_standing(around),
        "mark": mark_of(user, around),
        "seen": f"{Seen.of(row).revision}-{Seen.of(row).version}",
        "hash": row.content_hash if row is not None and row.state in WAITING else "",
        "editable": bool(permit),
        "why": permit.reason,
        "may": _moves(user, around),
        "cells": {column_id(spec): typed[spec.code] for spec in _specs(around.form)},
        "none": [
            column_id(spec)
            for spec in around.form.figures
            if spec.code not in unread and not spec.concerns(carrier.kind, held[spec.code])
        ],
        "wrong": {_id(around, code): sentence for code, sentence in _wrong(around, unread).items()},
        "findings": [_finding(around, each) for each in _findings(around, strict=strict)],
    }


def beside(around: MonthContext) -> dict[str, Any]:
    """What stands beside a row's cells and does not change by typing: last month, twelve months, the register."""
    carrier, form, previous = around.carrier, around.form, around.previous
    before = {**around.answers_in(previous), **form.texts_of(previous)} if previous is not None else {}
    earlier = around.values_before()
    known = {column_id(spec): known_of(around, spec) for spec in form.figures if spec.register}
    return {
        "name": carrier.name,
        "kind": str(Carrier.Kind(carrier.kind).label),
        "area": carrier.owner_area.name,
        **_enterprises(around),
        "edit": reverse("incubators:report_edit", args=[carrier.code, f"{around.month:%Y-%m}"]),
        "file": reverse("incubators:carrier_detail", args=[carrier.code]),
        "previous": previous_url(around),
        "before": {
            column_id(spec): _shown(spec, before[spec.code])
            for spec in _specs(form)
            if before.get(spec.code) not in {None, ""}
        },
        "series": {column_id(spec): _series(around.month, earlier, spec) for spec in form.figures},
        "known": {key: list(pair) for key, pair in known.items() if pair[0]},
    }


def _enterprises(around: MonthContext) -> dict[str, str]:
    """The way to the sheet of the incubatees, and how far it is, where the month asks."""
    if not around.form.enterprises:
        return {}
    known = around.incubatees
    sheet = reverse("incubators:report_enterprises", args=[around.carrier.code, f"{around.month:%Y-%m}"])
    return {"sheet": sheet, "sheet_words": f"企业情况 {sum(each.complete for each in known)}/{len(known)}"}


def _shown(spec: ReportField | TextField, answer: Any) -> str:
    return spec.show(answer, unit=False) if isinstance(spec, ReportField) else str(answer)


def _series(month: date, earlier: Mapping[date, Mapping[str, Value]], spec: ReportField) -> list[str]:
    """A figure's twelve months before, oldest first, as typed; empty where there is none."""
    months = (add_months(month, -back) for back in range(HISTORY_MONTHS, 0, -1))
    line = [spec.typed(earlier[each][spec.code]) if each in earlier else "" for each in months]
    return line if any(line) else []


def _standing(around: MonthContext) -> dict[str, Any]:
    row, today = around.latest, timezone.localdate()
    state = row.state if row is not None else MISSING
    overdue = around.timing.overdue(today)
    correcting = row is not None and row.revision > 1 and row.state in OPEN
    badge = BADGES["report"]["overdue" if overdue and state == MISSING else state]
    # A correction that was begun is no unfiled draft: the accepted revision counts until this one is accepted.
    word = CORRECTING if correcting and state in EDITABLE else badge.word
    marks = [
        word
        for word, there in (
            ("逾期", overdue and state != MISSING),
            ("迟报", around.timing.late),
            ("更正", correcting),
        )
        if there
    ]
    detail = reverse("incubators:report_detail", args=[row.pk]) if row is not None and row.pk else ""
    return {
        "state": str(state),
        "word": word,
        "tone": badge.tone,
        "icon": badge.icon,
        "marks": marks,
        "submitter": str(row.submitted_by) if row is not None and row.submitted_by_id else "",
        "detail": detail,
        "standing": _counting(around) if correcting else [],
    }


def _counting(around: MonthContext) -> list[str]:
    """Address and words of the revision that counts while a correction of it is open."""
    held = around.standing
    if held is None or held.state not in COUNTED:
        return []
    return [reverse("incubators:report_detail", args=[held.pk]), f"第{held.revision}版"]


def not_open(around: MonthContext) -> str:
    """From which day the month can be submitted; empty once it can."""
    opens_on = around.days.opens_on
    return f"{date_cn(opens_on)}起可以提交" if timezone.localdate() < opens_on else ""


def mark_of(user: Any, around: MonthContext) -> str:
    """Changes whenever something of the row does that its reader should see: figures, state, what may be done."""
    row, permit = around.latest, may_fill_month(user, around)
    told = (Seen.of(row).revision, Seen.of(row).version, row.state if row is not None else "", permit.reason)
    return f"{zlib.crc32(repr((*told, _moves(user, around))).encode()):08x}"


def _moves(user: Any, around: MonthContext) -> dict[str, str]:
    """Why this person may not submit or review the row now, by move; empty words where they may."""
    permit = may_fill_month(user, around)
    moves = {"submit": permit.reason or not_open(around)}
    if not may_review_reports(user, around.carrier):
        return moves
    for move in REVIEWS:
        row = around.latest
        moves[move] = may_move_report(user, row, move, around.days).reason if row is not None else "还没有填报"
    return moves


def _id(around: MonthContext, code: str) -> str:
    spec = around.form.by_code.get(code) or around.form.text_by_code.get(code)
    return column_id(spec) if spec is not None else ""


def _wrong(around: MonthContext, unread: Mapping[str, str]) -> dict[str, str]:
    """Why what waits as typed is no value yet, by code."""
    form, found, parsed = around.form, {}, {}
    for code, text in unread.items():
        if code in form.by_code:
            try:
                parsed[code] = form.by_code[code].parse(text)
            except FieldError as error:
                found[code] = str(error)
        elif code in form.text_by_code:
            found[code] = form.text_by_code[code].problem(text) or (phone_problem(text) if code == "phone" else "")
    held = form.answers_of(around.latest) if around.latest is not None else {}
    found |= {code: ";".join(sentences) for code, sentences in savable(around.carrier, held, parsed).wrong.items()}
    return {code: found.get(code) or "请核对后再按一次回车" for code in unread if code in form.codes}


def _findings(around: MonthContext, *, strict: bool) -> list[Finding]:
    """Findings now; of what was submitted, by the counts kept with it; none of what was accepted."""
    row = around.latest
    if row is not None and row.state in COUNTED:
        return []
    open_ = row is None or row.state in EDITABLE
    if row is not None and not open_:
        sheet = around.sheet_of(row)
    else:
        sheet = around.sheet(around.answers(), around.texts(), today=timezone.localdate() if strict else None)
    waiting = row.unread if row is not None else {}
    found = checks.run(sheet)
    return [each for each in found if each.rule != "M" or (strict and open_ and each.place not in waiting)]


def _finding(around: MonthContext, each: Finding) -> dict[str, Any]:
    words = around.latest.explanations.get(each.key, "") if around.latest is not None else ""
    return {
        "rule": each.rule if each.rule[1:].isdigit() else "",
        "key": each.key,
        "hard": each.hard,
        "asks": each.must_explain,
        "at": _id(around, each.place) if each.place else "",
        "fields": [_id(around, code) for code in each.fields],
        "message": each.message,
        "text": words,
        "fix": _fix(around, each),
    }


def _fix(around: MonthContext, each: Finding) -> list[str]:
    """What was probably meant (another unit), as the cell would hold it and in words; empty where nothing is offered."""
    if each.suggestion is None:
        return []
    spec = around.form.by_code[each.place]
    return [spec.typed(each.suggestion), spec.show(each.suggestion)]


__all__ = ["beside", "columns", "mark_of", "not_open", "row_of"]
