"""Writing to carriers about their month: by a click, by the daily run, and when a report is returned.

A letter is stored with its deliveries in one transaction; what needs a connection goes out in a job afterwards, so that
a mail server that is slow or away holds up nobody. Nobody is asked twice a day, of whatever month, and who was left out is
said. A letter that reached nobody asked nobody: it holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core.permits import ALLOWED, Permit, Refused, refuse
from core.trail import Actor, record_many
from incubators.access import Capability
from incubators.models import (
    Area,
    Carrier,
    Delivery,
    MonthlyReport,
    Occasion,
    Reminder,
    ReminderBatch,
    ReportEvent,
)
from incubators.reminding import chasing
from incubators.reminding.channels import NOBODY, Person, channels
from incubators.reminding.chasing import Due
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, Days
from incubators.reporting.closing import Closes
from incubators.reporting.letters import Facts, Letters, Other, Words, fill
from incubators.reporting.overview import Line
from incubators.scope import Scope
from incubators.services.deliveries import PORTAL, hand_over, may_retry

LONGEST_NOTE = 300
MOST_NAMED = 10
STATES = Delivery.State


@dataclass(frozen=True, slots=True)
class About:
    """One letter to be: a carrier's month, and why."""

    carrier_id: int
    name: str
    code: str
    path: str
    month: date
    days: Days
    reason: str = ""
    event_id: int | None = None
    also: tuple[Other, ...] = ()

    @classmethod
    def of(cls, line: Line, reason: str = "", also: tuple[Other, ...] = ()) -> About:
        return cls(line.carrier_id, line.name, line.code, line.area_path, line.month, line.days, reason, also=also)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a click would send: the lines to be asked, and who is left out with why; ``people``: by carrier the accounts
    that letters reach."""

    lines: list[Line]
    left_out: list[tuple[Line, str]]
    people: dict[int, list[Person]]


def may_chase(user: Any) -> Permit:
    """Ask carriers for their month: staff, for the carriers credited to their areas."""
    scope = Scope.of(user)
    if scope.can(Capability.REPORT_REVIEW) and scope.write_paths:
        return ALLOWED
    return refuse("只有科委工作人员可以催报")


def choose(user: Any, month: date, wanted: Callable[[Line], bool]) -> Chosen:
    """Of the person's carriers the ``wanted`` ones: who can be asked now, and who cannot and why. Filed ones that were
    chosen (the page was open for a while) are left out by name."""
    may_chase(user).require()
    scope, today, calendars = Scope.of(user), timezone.localdate(), Calendars()
    found = overview.month_lines(user, month, calendars)
    lines = [line for line in found if scope.may_write(line.area_path) and wanted(line)]
    closes, written = Closes([month], calendars), chasing.written_today(user, today)
    people = chasing.people_of([line.carrier_id for line in lines], today)
    chosen = Chosen([], [], people)
    for line in lines:
        own = people.get(line.carrier_id, [])
        why = chasing.held_back(line, closes, written.get(line.carrier_id), own, today)
        if why:
            chosen.left_out.append((line, why))
        else:
            chosen.lines.append(line)
    return chosen


def remind(*, user: Any, month: date, codes: Iterable[str], note: str = "") -> ReminderBatch:
    """Ask the chosen carriers of the person's for a month (人工催报), with a note in the letter.

    The batch holds who was left out and why. Raises :class:`Refused` when nobody is left to be asked, and by field for
    the note.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Refused.at("note", f"附言最多{LONGEST_NOTE}个字(现有{len(note)}个)")
    wanted = {*codes}
    if not wanted:
        raise Refused("请先选取要催的载体")
    chosen = choose(user, month, lambda line: line.code in wanted)
    left_out = [(line.code, line.name, why) for line, why in chosen.left_out]
    batch = _send(
        month=month,
        occasion=Occasion.ASKED,
        abouts=[About.of(line, note) for line in chosen.lines],
        by=user,
        left_out=left_out,
    )
    if batch is None:
        raise Refused(_nobody(left_out))
    return batch


def _nobody(left_out: Sequence[tuple[str, str, str]]) -> str:
    if not left_out:
        return "没有可催的载体:选取的载体今天都已催过,或不在您的范围内"
    if all(why == chasing.UNREACHED for *_, why in left_out):
        return f"0 家收到,{len(left_out)} 家{chasing.UNREACHED}"
    named = ";".join(f"{name}{why}" for _, name, why in left_out[:MOST_NAMED])
    return f"没有可催的载体:{named}{'等' if len(left_out) > MOST_NAMED else ''}"


@dataclass(frozen=True, slots=True)
class Planned:
    """What the daily run would send: ``returns`` that nobody was told of yet (events by their number), and asks."""

    returns: list[int]
    dues: list[Due]


def planned(today: date) -> Planned:
    """What the daily run sends on ``today``. Returns come first: who is told of one is not asked on the same day."""
    recent = ReportEvent.objects.filter(
        to_state=MonthlyReport.State.RETURNED,
        reminder=None,
        report__state=MonthlyReport.State.RETURNED,
        at__gte=timezone.now() - timedelta(days=3),
    )
    returns = dict(recent.order_by("pk").values_list("pk", "report__carrier_id"))
    return Planned([*returns], chasing.due_now(today, leaving_out=returns.values()))


def send_due(today: date | None = None) -> list[ReminderBatch]:
    """The daily run: tell of returns that were not told of, and ask whoever is due by each area's calendar and rule.

    Runs as often as wanted: what was sent is not sent again, what was missed is made up for.
    """
    today = today or timezone.localdate()
    plan = planned(today)
    sent = [tell_returned(event, today) for event in plan.returns]
    for due in plan.dues:
        abouts = [About.of(ask.line, also=tuple(_other(line, today) for line in ask.also)) for ask in due.asks]
        sent.append(_send(month=due.month, occasion=due.occasion, abouts=abouts, by=None, today=today))
    return [batch for batch in sent if batch is not None]


def _other(line: Line, today: date) -> Other:
    return Other(line.month, line.days.due_on, line.days.overdue(today), _address(line.code, line.month))


def _address(code: str, month: date) -> str:
    """Where a carrier's month is filled in, as a letter names it."""
    path = reverse("incubators:report_edit", args=[code, f"{month:%Y-%m}"])
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def tell_returned(event_id: int, today: date | None = None) -> ReminderBatch | None:
    """Tell a carrier's operator that its report was returned, and why; once for each return. The person who returned it
    is the one who sends."""
    event = ReportEvent.objects.select_related("report__carrier__owner_area", "actor").get(pk=event_id)
    report = event.report
    carrier = report.carrier
    about = About(
        carrier.pk,
        carrier.name,
        carrier.code,
        carrier.owner_area.path,
        report.month,
        Calendars().days(carrier.owner_area.path, report.month),
        reason=event.comment,
        event_id=event.pk,
    )
    return _send(month=report.month, occasion=Occasion.RETURNED, abouts=[about], by=event.actor, today=today)


def retry(*, user: Any, batch: ReminderBatch) -> int:
    """Send again what of a batch did not go out, where there is an address; how many. Raises :class:`Refused` if
    there is nothing."""
    may_chase(user).require()
    with transaction.atomic():
        own = Reminder.objects.visible_to(user).filter(batch=batch)
        rows = Delivery.objects.select_for_update(of=("self",)).filter(reminder__in=own).exclude(address="")
        again = [row for row in rows.select_related("reminder__carrier") if may_retry(batch, row)]
        if not again:
            raise Refused("没有可以重新发送的信:收信人没有登记地址的,请先补登")
        Delivery.objects.filter(pk__in=[row.pk for row in again]).update(state=STATES.WAITING, error="")
        told = [(row.reminder_id, str(row.reminder), {}, {"channel": row.channel_name}) for row in again]
        record_many(actor=Actor.of(user), action="重新发送催报", model=Reminder, rows=told)
        hand_over(batch, user)
    return len(again)


# --- The steps --------------------------------------------------------------------------------------------------------
def _send(
    *,
    month: date,
    occasion: Occasion,
    abouts: Sequence[About],
    by: Any,
    left_out: list[tuple[str, str, str]] | None = None,
    today: date | None = None,
) -> ReminderBatch | None:
    """Store the letters of a batch with their deliveries, and have them sent; None if there is none to send.

    ``left_out`` grows by those who were written to at this very moment, by somebody else.
    """
    if not abouts:
        return None
    today = today or timezone.localdate()
    told = left_out if left_out is not None else []
    with transaction.atomic():
        # Whoever else writes to one of these carriers waits: who was first is seen below.
        ids = [about.carrier_id for about in abouts]
        [*Carrier.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk")]
        if occasion != Occasion.RETURNED:
            written = Reminder.objects.filter(chasing.REACHED, carrier__in=ids, asked_on=today)
            before = {*written.values_list("carrier_id", flat=True)}
            told += [(about.code, about.name, "今天已催过") for about in abouts if about.carrier_id in before]
            abouts = [about for about in abouts if about.carrier_id not in before]
        if not abouts:
            return None
        batch = ReminderBatch.objects.create(month=month, occasion=occasion, made_by=by)
        _store(_letters(batch, abouts, today))
        rows = [*Reminder.objects.filter(batch=batch).select_related("carrier").order_by("pk")]
        if not rows:
            transaction.set_rollback(True)  # a return that was told of meanwhile
            return None
        batch.left_out = [{"code": code, "name": name, "why": why} for code, name, why in told]
        batch.save(update_fields=["left_out"])
        people = chasing.people_of([row.carrier_id for row in rows], today)
        deliveries = [made for row in rows for made in _deliveries(row, people.get(row.carrier_id, []))]
        Delivery.objects.bulk_create(deliveries)
        _record(rows, deliveries, by)
        if any(row.state == STATES.WAITING for row in deliveries):
            hand_over(batch, by)
    return batch


def _store(letters: Sequence[Reminder]) -> None:
    """Write letters. One of the same day and month that reached nobody gives its place to the new one: the database
    holds one ask a carrier, month and day."""
    asks = {row.carrier_id: row for row in letters if row.occasion != Occasion.RETURNED}
    month, day = letters[0].month, letters[0].asked_on
    failed = Reminder.objects.filter(carrier__in=asks, month=month, asked_on=day).exclude(occasion=Occasion.RETURNED)
    again = []
    for pk, carrier in failed.exclude(chasing.REACHED).values_list("pk", "carrier_id"):
        asks[carrier].pk = pk
        again.append(asks[carrier])
    Delivery.objects.filter(reminder__in=again).delete()
    Reminder.objects.bulk_update(again, ["batch", "occasion", "subject", "body", "reason"])
    Reminder.objects.bulk_create([row for row in letters if row.pk is None], ignore_conflicts=True)


def _letters(batch: ReminderBatch, abouts: Sequence[About], today: date) -> list[Reminder]:
    words = Letters()
    areas = {area.path: area.name for area in Area.objects.filter(path__in=_above(abouts))}
    invented = Carrier.objects.filter(pk__in=[about.carrier_id for about in abouts], is_synthetic=True)
    synthetic = {*invented.values_list("pk", flat=True)}
    made = []
    for about in abouts:
        text = worded(about, words.words(about.path, batch.occasion), areas)
        made.append(
            Reminder(
                batch=batch,
                carrier_id=about.carrier_id,
                month=about.month,
                occasion=batch.occasion,
                asked_on=today,
                subject=text.subject,
                body=text.body,
                reason=about.reason,
                event_id=about.event_id,
                is_synthetic=about.carrier_id in synthetic,
            )
        )
    return made


def _above(abouts: Iterable[About]) -> set[str]:
    return {about.days.jurisdiction or about.path for about in abouts}


def worded(about: About, words: Words, areas: dict[str, str]) -> Words:
    """A letter filled in. ``areas``: names by path, at least of the jurisdiction (without one, of the carrier's own)."""
    facts = Facts(
        carrier=about.name,
        month=about.month,
        due_on=about.days.due_on,
        area=areas.get(about.days.jurisdiction or about.path, ""),
        address=_address(about.code, about.month),
        reason=about.reason,
        also=about.also,
    )
    return fill(words, facts)


def preview(about: About, occasion: str) -> Words:
    """The letter that a carrier would get."""
    areas = {area.path: area.name for area in Area.objects.filter(path__in=_above([about]))}
    return worded(about, Letters().words(about.path, occasion), areas)


def _deliveries(row: Reminder, people: Sequence[Person]) -> list[Delivery]:
    """A delivery for each channel and person; one that failed where a channel reaches nobody."""
    made = []
    for channel in channels().values():
        common = {"reminder": row, "channel": channel.code, "channel_name": channel.name}
        reached = [(person.name, address) for person in people if (address := channel.address(person))]
        for name, address in reached:
            state = STATES.SENT if channel.at_once else STATES.WAITING
            tried = timezone.now() if channel.at_once else None
            made.append(Delivery(**common, recipient=name, address=address, state=state, tried_at=tried))
        if not reached:
            made.append(
                Delivery(
                    **common, state=STATES.FAILED, error=channel.missing if people else NOBODY, tried_at=timezone.now()
                )
            )
    return made


def _record(rows: Sequence[Reminder], deliveries: Sequence[Delivery], by: Any) -> None:
    reached: dict[int, list[str]] = {}
    for each in deliveries:
        said = f"{each.channel_name}:{each.recipient or each.error}"
        reached.setdefault(each.reminder_id, []).append(said)
    told = [
        (row.pk, str(row), {}, {"occasion": row.occasion, "subject": row.subject, "deliveries": reached[row.pk]})
        for row in rows
    ]
    action = "通知月报退回" if rows[0].occasion == Occasion.RETURNED else "催报"
    actor = PORTAL if by is None else Actor.of(by)
    record_many(actor=actor, action=action, model=Reminder, rows=told, reason=rows[0].reason)


def notices(user: Any) -> list[Reminder]:
    """What an operator still has to do something about: of each carrier's month the latest letter, but for months that
    were closed since. At most three queries."""
    rows = Reminder.objects.open_for(user).select_related("carrier__owner_area", "event__report")
    recent = [*rows.filter(asked_on__gte=timezone.localdate() - timedelta(days=400)).order_by("-asked_on", "-pk")]
    closes = Closes({row.month for row in recent})
    latest: dict[tuple[int, date], Reminder] = {}
    for row in recent:
        is_correction = row.event is not None and row.event.report.revision > 1
        if is_correction or not closes.refusal(row.carrier_id, row.carrier.owner_area.path, row.month):
            latest.setdefault((row.carrier_id, row.month), row)
    # Returns first: they tell what is wrong.
    return sorted(latest.values(), key=lambda row: (row.occasion != Occasion.RETURNED, row.month, row.carrier.name))


__all__ = [
    "About",
    "Chosen",
    "Planned",
    "choose",
    "may_chase",
    "notices",
    "planned",
    "preview",
    "remind",
    "retry",
    "send_due",
    "tell_returned",
]
