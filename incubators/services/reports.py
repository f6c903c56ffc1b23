"""Writing monthly reports: saving drafts, moving them along the workflow, correcting what was accepted.

Every door (page, grid, import, API) comes through here. A write names what its author saw (:class:`Seen`); if the
report has changed since, it is refused with :class:`Stale` and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted, Refused
from core.quotes import shortened
from core.trail import Actor, plain, record
from incubators.models import Carrier, MonthlyReport, ReportEvent
from incubators.permits import may_edit_report, may_file_report, may_move_report, may_review_reports
from incubators.reporting import checks, context
from incubators.reporting.closing import Closes
from incubators.reporting.context import MonthContext
from incubators.reporting.fields import BY_CODE, TEXT_BY_CODE, Answer, Gap, TextField
from incubators.reporting.findings import EXPLAIN, LONGEST_WORDS, Finding
from incubators.reporting.form import MonthForm, put
from incubators.reporting.timing import first_sent
from incubators.reporting.workflow import TRANSITIONS
from incubators.services import corrections, reminders
from incubators.services.enterprise_rows import copy_rows, drop_astray, fingerprint
from incubators.services.holding import held_latest, hold_closes_of
from incubators.services.wording import LONGEST_CORRECTION, reason_of

S = MonthlyReport.State
LONGEST_UNREAD = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """The revision and save count an editor started from; zeros when nothing had been saved yet."""

    revision: int = 0
    version: int = 0

    @classmethod
    def of(cls, row: MonthlyReport | None) -> Seen:
        return cls() if row is None else cls(row.revision, row.version)


class Stale(Refused):
    """Someone else changed the report meanwhile; ``row`` is how it is now."""

    def __init__(self, row: MonthlyReport | None) -> None:
        self.row = row
        super().__init__("这份月报已被其他人修改或流转,您的内容没有覆盖它;请核对差异后再保存")


class NotReady(Refused):
    """The figures were saved as a draft, but the checks do not let it be submitted. ``row`` is the saved draft."""

    def __init__(self, row: MonthlyReport, errors: dict[str, list[str]]) -> None:
        self.row = row
        super().__init__(errors=errors)


def save_draft(
    *,
    user: Any,
    carrier: Carrier,
    month: date,
    values: Mapping[str, Answer],
    texts: Mapping[str, str] | None = None,
    explanations: Mapping[str, str] | None = None,
    unread: Mapping[str, str] | None = None,
    seen: Seen,
    channel: str = Change.Channel.PAGE,
) -> MonthlyReport:
    """Save the given answers (yuan, ㎡, counts, gaps) and words; what is not given stays. Makes the draft if there is
    none.

    ``unread``: what was typed, by code, and is no value yet; it is kept as typed until a value comes in its place.
    Raises :class:`NotPermitted`, :class:`Stale`, or :class:`Refused` by field when the database could not hold it.
    """
    may_file_report(user, carrier).require()
    with transaction.atomic(), _one_wins(carrier, month):
        around = context.load([carrier], month)[carrier.pk]
        row = _open_row(around, seen)
        changed = apply(around.form, row, values, texts or {}, explanations, unread or {})
        if row.pk is None or changed:
            _save_changes(user, row, changed, channel)
    return row


def submit(
    *,
    user: Any,
    carrier: Carrier,
    month: date,
    values: Mapping[str, Answer] | None = None,
    texts: Mapping[str, str] | None = None,
    explanations: Mapping[str, str] | None = None,
    seen: Seen,
    channel: str = Change.Channel.PAGE,
) -> MonthlyReport:
    """Save and hand in. Sending the same twice changes nothing the second time.

    Raises :class:`NotReady` (with what was saved) when checks block it or want an explanation; else as ``save_draft``.
    """
    may_file_report(user, carrier).require()
    with transaction.atomic(), _one_wins(carrier, month):
        around = context.load([carrier], month)[carrier.pk]
        hold_closes_of(around)
        form = around.form
        row = held_latest(carrier, month)
        if row is not None and _already_submitted(form, row, user, seen, values or {}, texts or {}):
            return row
        row = _open_row(around, seen)
        changed = apply(form, row, values or {}, texts or {}, explanations, {})
        sheet = around.sheet(form.answers_of(row), form.texts_of(row), today=timezone.localdate())
        findings = checks.run(sheet)
        errors = _blocking(findings, row.explanations)
        for code, text in row.unread.items():
            errors[code] = [f"上次填的“{shortened(text)}”还没有改正"]
        if errors and (row.pk is None or changed):
            _save_changes(user, row, changed, channel)
        elif not errors:
            drop_astray(user=user, around=around, channel=channel)
            _hand_in(user, row, findings, dict(sheet.register), changed, channel)
    if errors:
        raise NotReady(row, errors)
    return row


def give_back(*, user: Any, report: MonthlyReport, reason: str, channel: str = Change.Channel.PAGE) -> MonthlyReport:
    """Return a submitted report with the reason (退回). Its operator is told once that is certain."""
    with transaction.atomic():
        row = _move(user=user, report=report, move="return", words=reason, channel=channel)
        event = row.transitions.filter(to_state=S.RETURNED).order_by("-pk").values_list("pk", flat=True)[0]
        # A letter that cannot be written leaves the return as it is; the daily run writes it again.
        transaction.on_commit(partial(reminders.tell_returned, event), robust=True)
    return row


def check(
    *, user: Any, report: MonthlyReport, seen_hash: str, comment: str = "", channel: str = Change.Channel.PAGE
) -> MonthlyReport:
    """The town has checked exactly the content whose hash it saw (镇审通过); the jurisdiction accepts afterwards."""
    return _move(user=user, report=report, move="check", words=comment, channel=channel, seen_hash=seen_hash)


def lock(*, user: Any, report: MonthlyReport, channel: str = Change.Channel.PAGE) -> MonthlyReport:
    """Close an accepted report for good; only a correction can follow."""
    return _move(user=user, report=report, move="lock", words="", channel=channel)


def accept(
    *, user: Any, report: MonthlyReport, seen_hash: str, comment: str = "", channel: str = Change.Channel.PAGE
) -> MonthlyReport:
    """Accept exactly the content whose hash the reviewer saw. Accepting a correction makes it the standing revision.

    Raises :class:`Stale` when the content is another by now, :class:`NotPermitted` for who submitted it.
    """
    return _move(user=user, report=report, move="accept", words=comment, channel=channel, seen_hash=seen_hash)


def correct(*, user: Any, report: MonthlyReport, reason: str, channel: str = Change.Channel.PAGE) -> MonthlyReport:
    """Open a correction of an accepted or locked report: a further revision, as a draft with the same figures.

    The old revision stays, and counts until the new one is accepted.
    """
    words = _reason("correct", reason)
    with transaction.atomic(), _one_wins(report.carrier, report.month):
        latest = held_latest(report.carrier, report.month)
        if latest is None or latest.pk != report.pk:
            raise Stale(latest)
        may_move_report(user, latest, "correct").require()
        row = MonthlyReport(
            carrier=report.carrier,
            month=report.month,
            revision=latest.revision + 1,
            revision_reason=words,
            is_current=False,
            is_synthetic=latest.is_synthetic,
            first_submitted_at=first_sent(latest.first_submitted_at, latest.submitted_at),
            explanations=latest.explanations,
            extra=latest.extra,
            extra_fields=latest.extra_fields,
            gaps=latest.gaps,
            version=1,
            **{code: getattr(latest, code) for code in (*BY_CODE, *TEXT_BY_CODE)},
        )
        row.save()
        copy_rows(latest, row)
        _log(user, row, "", words)
        _trail(user, row, "更正月报", channel, after={"revision": row.revision}, reason=words)
        corrections.grant_waiting(user=user, report=latest, channel=channel)
    return row


def grant_correction(*, user: Any, report: MonthlyReport, channel: str = Change.Channel.PAGE) -> MonthlyReport:
    """Open the correction that the operator asked for, with the operator's reason.

    Raises :class:`Refused` where no request waits for the report; else as :func:`correct`."""
    may_review_reports(user, report.carrier).require()
    with transaction.atomic():
        # Held in the order of ``correct``: the month first.
        held_latest(report.carrier, report.month)
        return correct(user=user, report=report, reason=corrections.held_request(report).reason, channel=channel)


# --- The steps --------------------------------------------------------------------------------------------------------
def _move(
    *, user: Any, report: MonthlyReport, move: str, words: str, channel: str, seen_hash: str | None = None
) -> MonthlyReport:
    transition = TRANSITIONS[move]
    words = _reason(move, words)
    with transaction.atomic():
        row = MonthlyReport.objects.select_for_update().get(pk=report.pk)
        row.carrier = report.carrier
        may_move_report(user, row, move).require()
        if seen_hash is not None and seen_hash != fingerprint(row):
            raise Stale(row)
        before, row.state = row.state, transition.target
        if move == "check":
            row.checked_at, row.checked_by = timezone.now(), user
        if move == "accept":
            row.accepted_at, row.accepted_by = timezone.now(), user
        row.version += 1
        row.save()
        if move == "accept" and not row.is_current:
            _make_current(row)
        _log(user, row, before, words)
        _trail(user, row, f"{transition.label}月报", channel, {"state": before}, {"state": row.state}, words)
        if move == "accept" and Closes([row.month]).closed_on(row.carrier.owner_area.path, row.month):
            # What is accepted in a closed month (补报, 更正) is locked as what the close found was.
            row = _move(user=user, report=row, move="lock", words="本月已月结", channel=channel)
    return row


def _make_current(row: MonthlyReport) -> None:
    """Let an accepted correction stand in place of the revision before it. In this order: the database lets a standing
    revision go only for a later accepted one."""
    rows = MonthlyReport.objects.filter(carrier=row.carrier_id, month=row.month)
    rows.filter(is_current=True).update(is_current=False)
    rows.filter(pk=row.pk).update(is_current=True)
    row.is_current = True


def _reason(move: str, words: str) -> str:
    most = LONGEST_CORRECTION if move == "correct" else LONGEST_WORDS
    return reason_of(words, TRANSITIONS[move].label, most=most, required=TRANSITIONS[move].reason)


@contextmanager
def _one_wins(carrier: Carrier, month: date) -> Iterator[None]:
    """Two people start the same month at once: the second one's row does not fit, and is told so."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        rows = MonthlyReport.objects.filter(carrier=carrier, month=month).order_by("-revision")
        raise Stale(rows.first()) from error


def _open_row(around: MonthContext, seen: Seen) -> MonthlyReport:
    """The working revision for writing, or a new first one. Raises Stale, Refused or NotPermitted."""
    carrier, month = around.carrier, around.month
    row = held_latest(carrier, month)
    if row is None:
        if seen != Seen():
            raise Stale(None)
        _month_must_fit(around)
        if around.closed:
            raise NotPermitted(around.closed)
        return MonthlyReport(carrier=carrier, month=month, is_synthetic=carrier.is_synthetic)
    if row.state not in (S.DRAFT, S.RETURNED):
        # Said before the comparison: that it is closed matters more than that it changed.
        raise NotPermitted(_closed_words(row))
    if row.revision == 1 and around.closed:
        raise NotPermitted(around.closed)
    if Seen.of(row) != seen:
        raise Stale(row)
    return row


def _closed_words(row: MonthlyReport) -> str:
    return f"这份月报{MonthlyReport.State(row.state).label},不能再改;您填写的内容仍保留在页面上"


def _month_must_fit(around: MonthContext) -> None:
    if around.month.day != 1:
        raise Refused("报告月份应记为当月1日")
    if problem := checks.period_problem(around.carrier, around.month, around.days):
        raise Refused(problem)


def apply(
    form: MonthForm,
    row: MonthlyReport,
    values: Mapping[str, Answer],
    texts: Mapping[str, str],
    explanations: Mapping[str, str] | None,
    unread: Mapping[str, str],
) -> dict[str, tuple[Any, Any]]:
    """Put what was given on ``row``, which the caller has locked and saves; returns what changed as ``code -> (before,
    after)``, gaps in words. Raises :class:`Refused` by field for what the field, or the database, could not hold."""
    changed: dict[str, tuple[Any, Any]] = {}
    held: dict[str, Any] = {**form.answers_of(row), **form.texts_of(row)}
    given: dict[str, Any] = {**values, **{code: text.strip() for code, text in texts.items()}}
    for code, value in given.items():
        spec = form.by_code.get(code) or form.text_by_code.get(code)
        if spec is None:
            raise Refused.at(code, "没有这个字段")
        if isinstance(spec, TextField) and (problem := spec.problem(value)):
            raise Refused.at(code, problem)
        if held[code] != value:
            changed[code] = (_told(held[code]), _told(value))
            put(row, spec, value)
    if explanations is not None:
        kept = {key: text.strip() for key, text in explanations.items() if text.strip()}
        if long := {EXPLAIN + key: [problem] for key, text in kept.items() if (problem := words_problem(text))}:
            raise Refused(errors=long)
        # A question that has gone for the moment may come back: its words go when they are emptied, or at submission.
        kept = {key: text for key, text in row.explanations.items() if key not in explanations} | kept
        if kept != row.explanations:
            changed["explanations"] = (row.explanations, kept)
            row.explanations = kept
    waiting = {code: text for code, text in row.unread.items() if code not in values and code not in texts}
    # Without the sign that PostgreSQL cannot keep; a value with it is refused by its field.
    waiting |= {code: text.replace("\0", "")[:LONGEST_UNREAD] for code, text in unread.items()}
    if waiting != row.unread:
        changed["unread"] = (row.unread, waiting)
        row.unread = waiting
    held_now = form.values_of(row)
    wrong = checks.out_of_order(held_now)
    if wrong:
        sheet = checks.Sheet(row.month, row.carrier.kind, row.carrier.opened_on, None, None, held_now)
        raise Refused(errors={each.place: [each.message] for check in wrong for each in check(sheet)})
    return changed


def words_problem(text: str) -> str:
    """Why ``text`` is no explanation that can be kept; empty where it is one."""
    return f"说明“{shortened(text)}”有{len(text)}字,最多{LONGEST_WORDS}字" if len(text) > LONGEST_WORDS else ""


def _save_changes(user: Any, row: MonthlyReport, changed: dict[str, tuple[Any, Any]], channel: str) -> None:
    is_new = row.pk is None
    wrote(row, user)
    row.version += 1
    row.save()
    if is_new:
        _log(user, row, "", "")
    before = {code: old for code, (old, _) in changed.items() if not is_new}
    after = {code: new for code, (_, new) in changed.items()}
    _trail(user, row, "填报月报", channel, before, after)


def wrote(row: MonthlyReport, user: Any) -> None:
    """Keep that ``user`` wrote into this revision; the caller saves."""
    row.writers = sorted({*(row.writers or ()), user.pk})


def _told(answer: Any) -> Any:
    """An answer as the trail keeps it: a gap in words."""
    return str(answer) if isinstance(answer, Gap) else answer


def _already_submitted(
    form: MonthForm, row: MonthlyReport, user: Any, seen: Seen, values: Mapping[str, Answer], texts: Mapping[str, str]
) -> bool:
    """Whether this very submission has gone through already (a second click, a repeated request)."""
    same = row.state == S.SUBMITTED and row.submitted_by_id == user.pk
    follows = (seen.revision or 1, seen.version + 1) == (row.revision, row.version)
    held: dict[str, Any] = {**form.answers_of(row), **form.texts_of(row)}
    sent: dict[str, Any] = {**values, **{code: text.strip() for code, text in texts.items()}}
    return same and follows and all(held.get(code) == value for code, value in sent.items())


def _blocking(findings: list[Finding], explanations: Mapping[str, str]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for each in findings:
        if each.hard:
            errors.setdefault(each.place, []).append(each.message)
        elif each.must_explain and not explanations.get(each.key):
            errors.setdefault(EXPLAIN + each.key, []).append(f"请说明原因:{each.message}")
    return errors


def _hand_in(
    user: Any,
    row: MonthlyReport,
    findings: list[Finding],
    known: dict[str, int],
    changed: dict[str, tuple[Any, Any]],
    channel: str,
) -> None:
    is_new, before = row.pk is None, row.state
    # An explanation is kept with what it explained; those of findings that are gone are not.
    soft = {each.key for each in findings if not each.hard}
    row.explanations = {key: text for key, text in row.explanations.items() if key in soft}
    row.register = known
    row.state = S.SUBMITTED
    row.submitted_at, row.submitted_by = timezone.now(), user
    wrote(row, user)
    row.first_submitted_at = row.first_submitted_at or row.submitted_at
    row.checked_at = row.checked_by = row.accepted_at = row.accepted_by = None
    row.content_hash = fingerprint(row)
    row.version += 1
    row.save()
    _log(user, row, "" if is_new else before, "")
    old = {code: value for code, (value, _) in changed.items()}
    new = {code: value for code, (_, value) in changed.items()}
    _trail(user, row, "提交月报", channel, {**old, "state": before}, {**new, "state": row.state})


def _log(user: Any, row: MonthlyReport, before: str, words: str) -> None:
    ReportEvent.objects.create(report=row, actor=user, from_state=before, to_state=row.state, comment=words)


def _trail(
    user: Any,
    row: MonthlyReport,
    action: str,
    channel: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    actor = Actor.of(user, channel)
    record(actor=actor, action=action, target=row, before=plain(before or {}), after=plain(after or {}), reason=reason)


__all__ = [
    "EXPLAIN",
    "LONGEST_WORDS",
    "NotReady",
    "Seen",
    "Stale",
    "accept",
    "apply",
    "check",
    "correct",
    "give_back",
    "grant_correction",
    "lock",
    "may_edit_report",
    "save_draft",
    "submit",
    "words_problem",
    "wrote",
]
