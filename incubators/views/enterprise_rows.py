"""What the sheet of a carrier's incubatees shows: its columns, and one enterprise's row with everything beside its cells.
As JSON values, of the shape that the month's grid has."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.permits import Permit
from core.templatetags.badge_words import BADGES
from incubators.models import EnterpriseMonth, Qualification
from incubators.reporting.calendar import add_months
from incubators.reporting.context import HISTORY_MONTHS, MonthContext
from incubators.reporting.enterprise_checks import SLIP, Look, of_one, slips
from incubators.reporting.enterprise_fields import (
    ENTERPRISE_BY_CODE,
    ENTERPRISE_FIELDS,
    ENTERPRISE_GROUPS,
    REQUIRED,
    answers_of,
)
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fields import FieldError, Gap, ReportField
from incubators.reporting.register import month_end
from incubators.services.enterprise_cells import as_typed

REMOVED = "已移出"  # by a correction
HOW_TO_LEAVE_OUT = "没有填 0,暂时缺数填“缺:原因”"


def columns() -> list[dict[str, Any]]:
    """Groups of columns, in the order of the fields."""
    return [
        {"label": group.label, "columns": [_column(spec) for spec in ENTERPRISE_FIELDS if spec.group == group.code]}
        for group in ENTERPRISE_GROUPS
    ]


def _column(spec: ReportField) -> dict[str, Any]:
    shown = {"id": spec.code, "code": spec.code, "label": spec.label, "help": spec.help, "unit": spec.unit}
    return shown | {"kind": spec.kind.value, "limits": "", "summed": True}


def state_of(each: Incubatee) -> str:
    """How far an enterprise's row is: complete, begun, wrong, or missing."""
    if each.row is None:
        return "missing"
    if each.row.unread:
        return "wrong"
    return "complete" if each.complete else "begun"


def mark_of(each: Incubatee, permit: Permit) -> str:
    """Changes whenever something of the row does that its reader should see."""
    return f"{zlib.crc32(repr((as_typed(each), state_of(each), permit.reason)).encode()):08x}"


def enterprise_row(around: MonthContext, each: Incubatee, permit: Permit, *, strict: bool = False) -> dict[str, Any]:
    """One enterprise's row: cells as typed, what is wrong and found. Asks the database nothing. ``strict``: after a check,
    what is missing is a finding too."""
    state, unread = state_of(each), each.row.unread if each.row is not None else {}
    badge = BADGES["enterprise_month"][state]
    return {
        "code": each.uscc,
        "name": each.name,
        "state": state,
        "word": badge.word,
        "tone": badge.tone,
        "icon": badge.icon,
        "marks": [],
        "standing": [],
        "submitter": "",
        "detail": "",
        "mark": mark_of(each, permit),
        "seen": "",
        "hash": "",
        "editable": bool(permit),
        "why": permit.reason,
        "may": {},
        "cells": as_typed(each),
        "none": [],
        "wrong": {code: _sentence(code, text) for code, text in unread.items() if code in ENTERPRISE_BY_CODE},
        "findings": row_findings(around, each, strict=strict),
        "before": _before(each),
        "known": {"staff": [str(each.staff_count), _page(each)]} if each.staff_count is not None else {},
        "edit": reverse("incubators:report_enterprise", args=[around.carrier.code, f"{around.month:%Y-%m}", each.uscc]),
        "file": _page(each),
        "previous": reverse("incubators:report_detail", args=[each.before.report_id])
        if each.before is not None
        else "",
    }


def _page(each: Incubatee) -> str:
    return reverse("incubators:enterprise_detail", args=[each.uscc])


def _sentence(code: str, text: str) -> str:
    """Why what waits as typed is no value."""
    try:
        ENTERPRISE_BY_CODE[code].parse(text)
    except FieldError as error:
        return str(error)
    return "请核对后再按一次回车"


def _before(each: Incubatee) -> dict[str, str]:
    held = each.previous or {}
    return {code: ENTERPRISE_BY_CODE[code].show(held[code], unit=False) for code in held if held[code] is not None}


def row_findings(around: MonthContext, each: Incubatee, *, strict: bool = False) -> list[dict[str, Any]]:
    """What is found in one enterprise's row, each at its figure; ``fix``: what was probably meant, as a cell holds it and in
    words. ``strict``: also what nobody has answered. Asks the database nothing."""
    said = []
    for look, words in of_one(each, around.month) if each.row is not None else ():
        if look is SLIP:  # of each amount apart, for each is put right by itself
            for slip in slips(each, around.month):
                spec = ENTERPRISE_BY_CODE[slip.code]
                fix = [spec.typed(slip.meant), spec.show(slip.meant)]
                said.append(_said(look, (slip.code,), slip.words, fix=fix, key=f"{look.key}:{slip.code}"))
        else:
            said.append(_said(look, look.at, words))
    if strict:
        unread = each.row.unread if each.row is not None else {}
        held = as_typed(each) if each.row is not None else {}
        said += [
            _finding("", f"M:{spec.code}", (spec.code,), f"请填{spec.label}({spec.unit}),{HOW_TO_LEAVE_OUT}", hard=True)
            for spec in REQUIRED
            if not held.get(spec.code) and spec.code not in unread
        ]
    return said


def _said(look: Look, at: tuple[str, ...], words: str, *, fix: Sequence[str] = (), key: str = "") -> dict[str, Any]:
    message = f"{look.words}:{words}" + ("" if look.hard else ";属实的在月报中说明原因")
    return _finding(look.rule, key or look.key, at, message, hard=look.hard, fix=fix)


def _finding(
    rule: str, key: str, at: tuple[str, ...], message: str, *, hard: bool, fix: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "rule": rule,
        "key": key,
        "hard": hard,
        "asks": False,
        "elsewhere": not hard,  # words on it are asked for in the report
        "at": at[0],
        "fields": [*at],
        "message": message,
        "text": "",
        "fix": [*fix],
    }


def about_enterprises(around: MonthContext) -> dict[int, dict[str, str]]:
    """What the register says of each: its field of technology, and the qualifications valid at the end of the month.
    One query."""
    held: dict[int, list[str]] = defaultdict(list)
    rows = Qualification.objects.valid_on(month_end(around.month)).filter(
        enterprise__in=[each.pk for each in around.incubatees]
    )
    for key, name in rows.order_by("kind__name").values_list("enterprise_id", "kind__name"):
        if name not in held[key]:
            held[key].append(name)
    return {
        each.pk: {"kind": each.industry or "未登记技术领域", "area": "、".join(held[each.pk]) or "无资质"}
        for each in around.incubatees
    }


def series_of(around: MonthContext) -> dict[int, dict[str, list[str]]]:
    """Each figure's twelve months before, oldest first, as typed, by enterprise and code. One query."""
    by_month = {row.month: row.pk for row in around.history}
    rows = EnterpriseMonth.objects.filter(report__in=by_month.values()).order_by()
    found: dict[tuple[int, int], dict[str, Any]] = {
        (row["enterprise_id"], row["report_id"]): row
        for row in rows.values("enterprise_id", "report_id", *ENTERPRISE_BY_CODE)
    }
    months = [by_month.get(add_months(around.month, -back), 0) for back in range(HISTORY_MONTHS, 0, -1)]
    lines: dict[int, dict[str, list[str]]] = {}
    for key in {enterprise for enterprise, _ in found}:
        held = [found.get((key, report), {}) for report in months]
        lines[key] = {code: [spec.typed(each.get(code)) for each in held] for code, spec in ENTERPRISE_BY_CODE.items()}
    return lines


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One answer as it is read: in the report, in the report before that asked, and in the revision it corrects."""

    text: str
    previous: str
    former: str
    is_gap: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ShownEnterprise:
    """One enterprise of a report. ``note``: that a correction brought it in, or took it out. ``is_astray``: that the register
    does not count it among the month's incubatees (any more)."""

    name: str
    uscc: str
    cells: list[ShownCell]
    note: str = ""
    is_astray: bool = False

    @property
    def is_changed(self) -> bool:
        return bool(self.note) or any(cell.is_changed for cell in self.cells)


def shown_rows(
    around: MonthContext, rows: Sequence[EnterpriseMonth], former: Sequence[EnterpriseMonth] | None
) -> list[ShownEnterprise]:
    """The rows of a report to read. ``former``: those of the revision that it corrects. Both with their enterprises."""
    before = {each.pk: each.previous or {} for each in around.incubatees}
    old = {row.enterprise_id: row for row in former or ()}
    now = {row.enterprise_id: row for row in rows}
    shown = []
    for key, row in {**old, **now}.items():
        held, was = answers_of(now.get(key, row)), answers_of(old.get(key, row))
        note = "" if former is None or (key in now and key in old) else ("新增" if key in now else REMOVED)
        cells = [
            ShownCell(
                spec.show(held[code], unit=False),
                spec.show(before.get(key, {}).get(code), unit=False),
                spec.show(was[code], unit=False),
                isinstance(held[code], Gap),
                held[code] != was[code],
            )
            for code, spec in ENTERPRISE_BY_CODE.items()
        ]
        shown.append(ShownEnterprise(row.enterprise.name, row.enterprise.uscc, cells, note, key not in before))
    return sorted(shown, key=lambda each: each.name)


__all__ = [
    "REMOVED",
    "about_enterprises",
    "columns",
    "enterprise_row",
    "mark_of",
    "row_findings",
    "series_of",
    "shown_rows",
    "state_of",
]
