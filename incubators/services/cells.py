"""Writing a month cell by cell, over many carriers at once: for the grid, for a pasted block, for a workbook.

Whoever edits a cell says what it held when they saw it (``was``). A cell that holds something else by now is not
overwritten: both are told, and the person decides. Other cells of the same report are saved all the same, so two people
in one grid, or in one report, lose nothing. The words on a finding are a cell too, named by ``explain:`` and its key; what
they answer must be asked once all other cells are in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from core.models import Change
from core.quotes import shortened
from core.trail import Actor, plain, record_many
from incubators.models import Carrier, MonthlyReport, ReportEvent
from incubators.permits import may_fill_month
from incubators.reporting import checks, context
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import savable
from incubators.reporting.fields import Answer, FieldError, phone_problem
from incubators.reporting.findings import EXPLAIN, Finding, while_filling
from incubators.services import reports

LONGEST_CELL = 4_000


class State(StrEnum):
    """What became of an edit."""

    SAVED = "saved"  # also when the cell held this already
    WRONG = "wrong"  # no value of the field: kept as typed, with the sentence, until it is put right
    CONFLICT = "conflict"  # the cell holds something else than its author saw
    REFUSED = "refused"  # this month of this carrier cannot be written by this person


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell as somebody typed it: a figure, 缺:原因, 不适用, words; empty empties it. ``code``: of the field, or
    ``explain:`` and the key of a finding."""

    carrier: str
    code: str
    text: str
    was: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edit; ``text`` is what the cell holds now, as typed, and ``by`` who last wrote the report."""

    carrier: str
    code: str
    state: State
    text: str
    message: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """All outcomes, in the order of the edits, and the months as they stand now, by the carrier's code."""

    outcomes: list[Outcome]
    months: Mapping[str, MonthContext]


def as_typed(around: MonthContext) -> dict[str, str]:
    """Every cell of a carrier's month as a person would type it, by code: what is no value yet as it was typed."""
    answers = around.answers()
    figures = {code: spec.typed(answers[code]) for code, spec in around.form.by_code.items()}
    waiting = around.latest.unread if around.latest is not None else {}
    return {**figures, **around.texts(), **{code: text for code, text in waiting.items() if code in around.form.codes}}


def explained(around: MonthContext) -> dict[str, str]:
    """What was said of the findings of a carrier's month, by ``explain:`` and their key; with plain line ends."""
    held = around.latest.explanations if around.latest is not None else {}
    return {EXPLAIN + key: _plain_lines(text) for key, text in held.items()}


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _cells(around: MonthContext) -> dict[str, str]:
    return as_typed(around) | explained(around)


@dataclass(slots=True)
class _Work:
    """One carrier's report in the making."""

    around: MonthContext
    row: MonthlyReport
    typed: dict[str, str]
    is_new: bool
    answers: dict[str, Answer] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # on findings, by their key

    def found(self) -> dict[str, Finding]:
        """What the checks say of the month with these cells in it, by key."""
        around = self.around
        stored = {} if self.is_new else around.form.answers_of(self.row)
        answers = dict.fromkeys(around.form.by_code) | stored | self.answers
        texts = {**({} if self.is_new else around.form.texts_of(self.row)), **self.texts}
        found = while_filling(checks.run(around.sheet(answers, texts)), answers)
        return {each.key: each for each in found}


def save_cells(
    *, user: Any, month: date, edits: Sequence[Edit], channel: str = Change.Channel.PAGE, reason: str = ""
) -> Saved:
    """Save ``edits`` of ``month`` (its first day), each as :class:`State` says. Reads in a fixed number of queries.

    A carrier whose report begins here keeps last month's standing figures with it, as its form offers them.
    """
    save = partial(_save_cells, user=user, month=month, edits=edits, channel=channel, reason=reason)
    try:
        return save()
    except IntegrityError:  # two people began the same month at once: the second one reads what the first one wrote
        return save()


def _save_cells(*, user: Any, month: date, edits: Sequence[Edit], channel: str, reason: str) -> Saved:
    wanted = {each.carrier for each in edits}
    carriers = Carrier.objects.visible_to(user).select_related("owner_area", "operator").filter(code__in=wanted)
    with transaction.atomic():
        # Whoever writes the same reports waits here; what is read afterwards is what they left.
        rows = MonthlyReport.objects.filter(carrier__in=carriers, month=month).order_by("carrier", "revision")
        [*rows.select_for_update(of=("self",)).values_list("pk")]
        months = {around.carrier.code: around for around in context.load(carriers, month).values()}
        works: dict[str, _Work] = {}
        outcomes = [_take(user, months, works, each) for each in edits]
        outcomes = _answering(works, _kept_back(works, outcomes))
        # Words alone that were not kept begin no report.
        touched = {each.carrier for each in outcomes if each.state == State.SAVED or _waits(each)}
        written = _write(user, [work for code, work in works.items() if code in touched], channel, reason)
    months |= {around.carrier.code: around for around in written}
    held = {code: _cells(months[code]) for code in works}
    return Saved(
        [
            replace(each, text=held[each.carrier].get(each.code, "")) if each.state == State.SAVED else each
            for each in outcomes
        ],
        months,
    )


def _waits(outcome: Outcome) -> bool:
    """Whether the report keeps the cell as typed, until it is put right."""
    return outcome.state == State.WRONG and not outcome.code.startswith(EXPLAIN)


def _take(user: Any, months: Mapping[str, MonthContext], works: dict[str, _Work], edit: Edit) -> Outcome:
    """Judge one edit and put it on its carrier's work."""
    around = months.get(edit.carrier)
    if around is None:
        return Outcome(edit.carrier, edit.code, State.REFUSED, edit.was, "没有这个载体,或不在您的权限范围内")
    words = edit.code.startswith(EXPLAIN)
    if not words and edit.code not in around.form.codes:
        return Outcome(edit.carrier, edit.code, State.REFUSED, edit.was, "没有这个字段")
    permit = may_fill_month(user, around)
    if not permit:
        return Outcome(edit.carrier, edit.code, State.REFUSED, _cells(around).get(edit.code, ""), permit.reason)
    begun = works.get(edit.carrier)
    typed = begun.typed if begun is not None else _cells(around)
    now, text = typed.get(edit.code, ""), _plain_lines(edit.text.replace("\0", ""))
    if _plain_lines(now) not in {_plain_lines(edit.was), text, _spelled(around, edit.code, text)}:
        message = f"已被改为“{shortened(now) or '空'}”,您填的“{shortened(text) or '空'}”没有覆盖它"
        return Outcome(edit.carrier, edit.code, State.CONFLICT, now, message, _last_writer(around))
    work = begun or _begin(works, around, typed)
    problem = _read_words(work, edit.code, text) if words else _read(work, edit.code, text)
    work.typed[edit.code] = text
    state = State.WRONG if problem else State.SAVED
    return Outcome(edit.carrier, edit.code, state, text, problem)


def _spelled(around: MonthContext, code: str, text: str) -> str:
    """What was typed as the cell would show it once saved (缺 账单 as 缺:账单); itself where it is no figure."""
    spec = around.form.by_code.get(code)
    try:
        return text if spec is None else spec.typed(spec.parse(text))
    except FieldError:
        return text


def _begin(works: dict[str, _Work], around: MonthContext, typed: dict[str, str]) -> _Work:
    row, is_new = around.latest, around.latest is None
    if row is None:
        carrier = around.carrier
        row = MonthlyReport(carrier=carrier, month=around.month, is_synthetic=carrier.is_synthetic)
    work = _Work(around, row, typed, is_new)
    if is_new:  # what the form offers from last month is the start of this one
        work.answers = {code: answer for code, answer in around.answers().items() if answer is not None}
        work.texts = {code: text for code, text in around.texts().items() if text}
    works[around.carrier.code] = work
    return work


def _read(work: _Work, code: str, text: str) -> str:
    """Put what was typed on the work; why it is no value of the field, empty when it is one."""
    form = work.around.form
    for kept in (work.answers, work.texts, work.unread):
        kept.pop(code, None)
    problem = f"最多{LONGEST_CELL}字" if len(text) > LONGEST_CELL else ""
    if not problem and code in form.by_code:
        try:
            work.answers[code] = form.by_code[code].parse(text)
        except FieldError as error:
            problem = str(error)
    elif not problem:
        problem = form.text_by_code[code].problem(text) or (phone_problem(text) if code == "phone" else "")
        if not problem:
            work.texts[code] = text
    if problem:
        work.unread[code] = text[: reports.LONGEST_UNREAD]
    return problem


def _read_words(work: _Work, code: str, text: str) -> str:
    """Put words on a finding on the work; why they cannot be kept, empty when they can."""
    if problem := reports.words_problem(text):
        return problem
    work.words[code.removeprefix(EXPLAIN)] = text
    return ""


def _answering(works: Mapping[str, _Work], outcomes: list[Outcome]) -> list[Outcome]:
    """Words on what is not asked (any more) are not kept, and that is said; words that were there may always go."""
    idle: dict[tuple[str, str], str] = {}
    for carrier, work in works.items():
        found = work.found() if any(work.words.values()) else {}
        for key, text in [*work.words.items()]:
            if text and (problem := _not_asked(found.get(key), text)):
                idle[carrier, EXPLAIN + key] = problem
                del work.words[key]
    return [
        replace(each, state=State.REFUSED, text=_cells(works[each.carrier].around).get(each.code, ""), message=problem)
        if each.state == State.SAVED and (problem := idle.get((each.carrier, each.code), ""))
        else each
        for each in outcomes
    ]


def _not_asked(found: Finding | None, text: str) -> str:
    said = f"所写说明“{shortened(text)}”没有采用"
    if found is None:
        return f"这条核对提示现已不再出现,{said}"
    if found.must_explain:
        return ""
    return f"这一条须改正数,不收说明,{said}" if found.hard else f"这一条只是提示,不须说明,{said}"


def _kept_back(works: Mapping[str, _Work], outcomes: list[Outcome]) -> list[Outcome]:
    """Figures that contradict each other wait as typed, and say so."""
    wrong: dict[tuple[str, str], str] = {}
    for carrier, work in works.items():
        stored = {} if work.is_new else work.around.form.answers_of(work.row)
        work.answers, broken, waits = savable(work.around.carrier, stored, work.answers)
        for code, answer in waits.items():
            work.unread[code] = work.around.form.by_code[code].typed(answer)
            wrong[carrier, code] = ";".join(broken[code])
    return [
        replace(each, state=State.WRONG, message=wrong[each.carrier, each.code])
        if each.state == State.SAVED and (each.carrier, each.code) in wrong
        else each
        for each in outcomes
    ]


def _write(user: Any, works: Iterable[_Work], channel: str, reason: str) -> list[MonthContext]:
    """Store the works that changed something, with a line of the trail each; the months as they stand then."""
    lines, events, written = [], [], []
    # In one order for everybody, so that two who begin the same months do not wait for each other.
    for work in sorted(works, key=lambda work: work.around.carrier.pk):
        form = work.around.form
        changed = reports.apply(form, work.row, work.answers, work.texts, work.words or None, work.unread)
        if not changed:
            continue
        reports.wrote(work.row, user)
        work.row.version += 1
        work.row.save()
        if work.is_new:
            events.append(ReportEvent(report=work.row, actor=user, from_state="", to_state=work.row.state))
        before = {} if work.is_new else {code: plain(old) for code, (old, _) in changed.items()}
        after = {code: plain(new) for code, (_, new) in changed.items()}
        lines.append((work.row.pk, str(work.row), before, after))
        written.append(replace(work.around, latest=work.row, standing=work.around.standing or work.row))
    ReportEvent.objects.bulk_create(events)
    actor = Actor.of(user, channel)
    if lines:
        record_many(actor=actor, action="填报月报", model=MonthlyReport, rows=lines, reason=reason)
    return written


def _last_writer(around: MonthContext) -> str:
    """Who last wrote the report, by the trail; asked only when there is a conflict."""
    if around.latest is None:
        return ""
    lines = Change.objects.filter(record_label=MonthlyReport._meta.label_lower, record_id=str(around.latest.pk))
    return lines.order_by("-number").values_list("actor_name", flat=True).first() or ""


__all__ = ["Edit", "Outcome", "Saved", "State", "as_typed", "explained", "save_cells"]
