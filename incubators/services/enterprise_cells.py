"""Writing what is reported of each incubatee, cell by cell, as :mod:`incubators.services.cells` writes the months of
carriers: nobody's cell is overwritten unseen, and what is no value yet waits as typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.dates import month_cn
from core.models import Change
from core.permits import Refused
from core.quotes import shortened
from core.trail import Actor, plain, record_many
from incubators.models import Carrier, EnterpriseMonth, MonthlyReport
from incubators.permits import may_fill_month
from incubators.reporting import context
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, put_answers
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fields import Answer, FieldError
from incubators.services import reports
from incubators.services.cells import LONGEST_CELL, Edit, Outcome, State
from incubators.services.enterprise_rows import COPIED, said
from incubators.services.reports import Seen

NOT_ASKED = "本月不收集企业情况"
NOT_HERE = "不在本月末的在孵名单中"


def as_typed(each: Incubatee) -> dict[str, str]:
    """Every cell of an enterprise's row as a person would type it, by code: what is no value yet as it was typed."""
    answers = each.answers
    figures = {code: spec.typed(answers[code]) for code, spec in ENTERPRISE_BY_CODE.items()}
    return figures | (dict(each.row.unread) if each.row is not None else {})


@dataclass(slots=True)
class _Work:
    """One enterprise's row in the making."""

    row: EnterpriseMonth
    typed: dict[str, str]
    before: dict[str, Any]
    answers: dict[str, Answer] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def save_enterprise_cells(
    *, user: Any, carrier: Carrier, month: date, edits: Sequence[Edit], channel: str = Change.Channel.PAGE
) -> tuple[list[Outcome], MonthContext]:
    """Save ``edits`` of one carrier's month, as :func:`save_enterprise_rows` does. Raises :class:`Refused` where the month
    asks for no enterprises."""
    outcomes, around = save_enterprise_rows(
        user=user, carriers=[carrier], month=month, edits={carrier.code: edits}, channel=channel
    )[carrier.code]
    if not around.form.enterprises:
        raise Refused(NOT_ASKED)
    return outcomes, around


def save_enterprise_rows(
    *,
    user: Any,
    carriers: Iterable[Carrier],
    month: date,
    edits: Mapping[str, Sequence[Edit]],
    channel: str = Change.Channel.PAGE,
    reason: str = "",
) -> dict[str, tuple[list[Outcome], MonthContext]]:
    """Save ``edits``, by the carrier's code, whose ``carrier`` is the enterprise's credit code: what became of each, in
    their order, and the month as it stands then. A report begins here where nobody has begun it. ``carriers``: that
    ``user`` may see, with their areas loaded.
    """
    rows = [carrier for carrier in carriers if carrier.code in edits]
    try:
        return _save(user, rows, month, edits, channel, reason)
    except (reports.Stale, IntegrityError):  # two people began the same month at once: now it has begun
        return _save(user, rows, month, edits, channel, reason)


def _save(
    user: Any, rows: Sequence[Carrier], month: date, edits: Mapping[str, Sequence[Edit]], channel: str, reason: str
) -> dict[str, tuple[list[Outcome], MonthContext]]:
    with transaction.atomic():
        # Whoever writes the same reports waits here; what is read afterwards is what they left.
        held = MonthlyReport.objects.filter(carrier__in=rows, month=month).order_by("carrier", "revision")
        [*held.select_for_update(of=("self",)).values_list("pk")]
        months = {around.carrier.code: around for around in context.load(rows, month).values()}
        found = {code: _judged(user, around, edits[code]) for code, around in months.items()}
        touched = {code: works for code, (_, works) in found.items() if works}
        begun = {
            code: months[code] if months[code].latest is not None else _begin(user, months[code], channel)
            for code in touched
        }
        _write(user, [(begun[code], works) for code, works in touched.items()], channel, reason)
        fresh = context.load([months[code].carrier for code in touched], month).values() if touched else ()
    months |= {around.carrier.code: around for around in fresh}
    return {code: (_told(outcomes, months[code]), months[code]) for code, (outcomes, _) in found.items()}


def _judged(user: Any, around: MonthContext, edits: Sequence[Edit]) -> tuple[list[Outcome], list[_Work]]:
    """What becomes of each edit of one carrier, and the rows that it makes."""
    by_code = {each.uscc: each for each in around.incubatees}
    permit = may_fill_month(user, around)
    why = permit.reason if around.form.enterprises else NOT_ASKED
    if not permit or not around.form.enterprises:
        return [_refused(by_code, each, why) for each in edits], []
    works: dict[str, _Work] = {}
    return [_take(by_code, works, each) for each in edits], [*works.values()]


def _told(outcomes: list[Outcome], around: MonthContext) -> list[Outcome]:
    """Outcomes with what their cells hold now."""
    held = {each.uscc: as_typed(each) for each in around.incubatees}
    return [
        replace(each, text=held[each.carrier][each.code]) if each.state == State.SAVED else each for each in outcomes
    ]


def _refused(by_code: Mapping[str, Incubatee], edit: Edit, why: str) -> Outcome:
    each = by_code.get(edit.carrier)
    held = as_typed(each).get(edit.code, edit.was) if each is not None else edit.was
    return Outcome(edit.carrier, edit.code, State.REFUSED, held, why)


def _take(by_code: Mapping[str, Incubatee], works: dict[str, _Work], edit: Edit) -> Outcome:
    """Judge one edit and put it on its enterprise's work."""
    each = by_code.get(edit.carrier)
    if each is None:
        return Outcome(edit.carrier, edit.code, State.REFUSED, edit.was, NOT_HERE)
    if edit.code not in ENTERPRISE_BY_CODE:
        return Outcome(edit.carrier, edit.code, State.REFUSED, edit.was, "没有这个字段")
    begun = works.get(edit.carrier)
    typed = begun.typed if begun is not None else as_typed(each)
    now, text = typed[edit.code], edit.text.replace("\0", "").strip()
    if now not in {edit.was.strip(), text, _spelled(edit.code, text)}:
        message = f"已被改为“{shortened(now) or '空'}”,您填的“{shortened(text) or '空'}”没有覆盖它"
        return Outcome(edit.carrier, edit.code, State.CONFLICT, now, message)
    work = begun or works.setdefault(edit.carrier, _start(each, typed))
    problem = _read(work, edit.code, text)
    work.typed[edit.code] = text
    return Outcome(edit.carrier, edit.code, State.WRONG if problem else State.SAVED, text, problem)


def _spelled(code: str, text: str) -> str:
    """What was typed as the cell would show it once saved; itself where it is no value."""
    spec = ENTERPRISE_BY_CODE[code]
    try:
        return spec.typed(spec.parse(text))
    except FieldError:
        return text


def _start(each: Incubatee, typed: dict[str, str]) -> _Work:
    if each.row is not None:
        return _Work(each.row, typed, said(each.row))
    # What the sheet offers from the month before is the start of this one.
    held = {code: answer for code, answer in each.answers.items() if answer is not None}
    return _Work(EnterpriseMonth(enterprise_id=each.pk), typed, {}, answers=held)


def _read(work: _Work, code: str, text: str) -> str:
    """Put what was typed on the work; why it is no value of the field, empty when it is one."""
    for kept in (work.answers, work.unread):
        kept.pop(code, None)
    spec, problem = ENTERPRISE_BY_CODE[code], f"最多{LONGEST_CELL}字" if len(text) > LONGEST_CELL else ""
    if not problem:
        try:
            work.answers[code] = spec.parse(text)
        except FieldError as error:
            problem = str(error)
    if problem:
        work.unread[code] = text[:LONGEST_CELL]
    return problem


def _begin(user: Any, around: MonthContext, channel: str) -> MonthContext:
    """Begin the report with what its form offers from last month."""
    reports.save_draft(
        user=user,
        carrier=around.carrier,
        month=around.month,
        values={code: answer for code, answer in around.answers().items() if answer is not None},
        texts={code: text for code, text in around.texts().items() if text},
        seen=Seen(),
        channel=channel,
    )
    return context.load([around.carrier], around.month)[around.carrier.pk]


def _write(user: Any, months: Iterable[tuple[MonthContext, Sequence[_Work]]], channel: str, reason: str) -> None:
    """Store what changed in reports that have begun, with a line of the trail for each enterprise; in sets."""
    new: list[EnterpriseMonth] = []
    old: list[EnterpriseMonth] = []
    lines, written = [], []
    for around, works in months:
        changed = [work for work in works if _put(work, around)]
        names = {each.pk: each.name for each in around.incubatees}
        for work in changed:
            (new if work.row.pk is None else old).append(work.row)
            name = f"{names[work.row.enterprise_id]} {month_cn(around.month)}企业情况"
            lines.append((work.row, name, *_changed(work.before, said(work.row))))
        if changed and around.latest is not None:
            reports.wrote(around.latest, user)
            around.latest.updated_at = timezone.now()
            written.append(around.latest)
    EnterpriseMonth.objects.bulk_create(new)
    EnterpriseMonth.objects.bulk_update(old, COPIED)
    MonthlyReport.objects.bulk_update(written, ["writers", "updated_at"])
    told = [(row.pk, name, before, after) for row, name, before, after in lines]
    if told:
        actor = Actor.of(user, channel)
        record_many(actor=actor, action="填报企业情况", model=EnterpriseMonth, rows=told, reason=reason)


def _put(work: _Work, around: MonthContext) -> bool:
    """Put what was typed on the row; whether that changes it."""
    row = work.row
    if around.latest is None:
        raise RuntimeError("rows of incubatees are written into a report that has begun")
    row.report = around.latest
    put_answers(row, work.answers)
    row.unread = {code: text for code, text in row.unread.items() if code not in work.answers} | work.unread
    return row.pk is None or said(row) != work.before


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs between two states of a row, on either side."""
    codes = [code for code in {**before, **after} if before.get(code) != after.get(code)]
    return plain({code: before.get(code) for code in codes if before}), plain({code: after.get(code) for code in codes})


__all__ = ["as_typed", "save_enterprise_cells", "save_enterprise_rows"]
