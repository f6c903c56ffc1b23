"""Who is to be asked for a month: those who have not filed it, when the daily run asks them, and why not now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from core.dates import date_cn, month_cn
from incubators.access import Role
from incubators.models import CarrierContact, Delivery, Membership, Occasion, Reminder, ReminderRule
from incubators.nearest import Nearest
from incubators.reminding.channels import Person, channels
from incubators.reporting import overview
from incubators.reporting.calendar import Days, add_months, is_working_day, last_full_month
from incubators.reporting.closing import Closes
from incubators.reporting.overview import Line
from incubators.scope import Scope

# So many days after the due day the daily run stops asking; the page goes on to list them.
OVERDUE_DAYS = 30
DAY = timedelta(days=1)
# Why a carrier is not written to although it may be asked.
UNREACHED = "没有能收信的账号,请打电话"
# Letters of which at least one delivery has gone out, or may still: the others asked nobody.
REACHED = Q(Exists(Delivery.objects.filter(reminder=OuterRef("pk")).exclude(state=Delivery.State.FAILED)))


@dataclass(frozen=True, slots=True)
class Rule:
    """When carriers are asked without a click. ``days_before`` in working days; zeros: not at all."""

    opening: bool = True
    days_before: int = 2
    overdue_every: int = 3


class Rules:
    """All areas' rules, in one query; the nearest area above a carrier decides."""

    def __init__(self) -> None:
        self.set = Nearest(ReminderRule.objects.select_related("area"))

    def holding(self, path: str) -> ReminderRule | None:
        """The rule that holds for a carrier credited to the area with this path, if any was set."""
        return next(self.set.above(path), None)

    def rule(self, path: str) -> Rule:
        """What holds there; the defaults where none was set."""
        row = self.holding(path)
        return Rule() if row is None else Rule(row.opening, row.days_before, row.overdue_every)


def working_days_before(day: date, count: int) -> date:
    """The day ``count`` working days before ``day``."""
    while count:
        day -= DAY
        count -= is_working_day(day)
    return day


def stage_of(days: Days, rule: Rule, day: date) -> Occasion | None:
    """What a month that is not filed is asked for on ``day``, whatever was sent before; None where nothing is asked."""
    if day < days.opens_on:
        return None  # nobody can fill it in yet
    if day > days.due_on:
        wanted = rule.overdue_every > 0 and day <= days.due_on + timedelta(days=OVERDUE_DAYS)
        return Occasion.OVERDUE if wanted else None
    if rule.days_before and day >= working_days_before(days.due_on, rule.days_before):
        return Occasion.BEFORE_DUE
    return Occasion.OPENING if rule.opening else None


def occasion_of(
    days: Days, rule: Rule, today: date, asked: Mapping[str, date], *, begun: bool = False
) -> Occasion | None:
    """What the daily run asks a carrier on ``today`` that has not filed. ``asked``: the last day of each occasion;
    ``begun``: there is a report already, which nobody needs to be told to begin.

    It follows from the dates and what was sent, not from the day on which the run takes place: a missed day is made up
    for on the next, with the most pressing occasion alone.
    """
    stage = stage_of(days, rule, today)
    if stage is Occasion.OVERDUE:
        last = asked.get(stage)
        return stage if last is None or today - last >= timedelta(days=rule.overdue_every) else None
    if stage is Occasion.BEFORE_DUE:
        return None if stage in asked else stage
    return None if asked or begun else stage


@dataclass(frozen=True, slots=True)
class Ask:
    """A carrier to be asked for the month of ``line``; ``also``: its other months that the same letter names."""

    line: Line
    also: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Carriers that the daily run asks now, of one month and occasion."""

    month: date
    occasion: Occasion
    asks: list[Ask]


def due_now(today: date, *, leaving_out: Iterable[int] = ()) -> list[Due]:
    """What the daily run sends on ``today``: only where an area has set a calendar, on working days, to carriers that a
    channel reaches. A carrier gets one letter a day: of its oldest month that is due, naming the others.

    ``leaving_out``: carriers that are about to be written to otherwise.
    """
    if not is_working_day(today):
        return []
    last = last_full_month(today)
    # A due day may be moved by holidays into the month after, when the next month has opened already.
    months = [add_months(last, -1), last]
    rules, closes = Rules(), Closes(months)
    lines = [line for month in months for line in overview.month_lines(None, month)]
    lines = [line for line in lines if not line.filed and line.days.jurisdiction]
    people, letters = people_of({line.carrier_id for line in lines}, today), _asks(months)
    busy = {*Reminder.objects.filter(asked_on=today).values_list("carrier_id", flat=True), *leaving_out}
    by_carrier: dict[int, list[Line]] = {}
    for line in lines:
        closed = closes.refusal(line.carrier_id, line.area_path, line.month)
        if line.carrier_id not in busy and not closed and is_reached(people.get(line.carrier_id, [])):
            by_carrier.setdefault(line.carrier_id, []).append(line)
    found: dict[tuple[date, Occasion], list[Ask]] = {}
    for carrier, own in by_carrier.items():
        due = _due(own, rules.rule(own[0].area_path), today, letters.get(carrier, []))
        if due is not None:
            occasion, ask = due
            found.setdefault((ask.line.month, occasion), []).append(ask)
    return [Due(month, occasion, asks) for (month, occasion), asks in sorted(found.items())]


def _due(
    lines: Sequence[Line], rule: Rule, today: date, letters: Sequence[tuple[date, str, date]]
) -> tuple[Occasion, Ask] | None:
    """What one carrier is asked on ``today``, if anything. ``lines``: its months, the oldest first. An overdue month is
    named whenever another is asked for: else the two would be asked for in turn, on different days."""
    wanted: dict[date, Occasion] = {}
    overdue = set()
    for line in lines:
        asked = _asked(line, rule, letters)
        occasion = occasion_of(line.days, rule, today, asked, begun=line.report_id is not None)
        if occasion is not None:
            wanted[line.month] = occasion
        if stage_of(line.days, rule, today) is Occasion.OVERDUE:
            overdue.add(line.month)
    first = next((line for line in lines if line.month in wanted), None)
    if first is None:
        return None
    also = tuple(line for line in lines if line is not first and line.month in wanted.keys() | overdue)
    return wanted[first.month], Ask(first, also)


def _asks(months: Sequence[date]) -> dict[int, list[tuple[date, str, date]]]:
    """By carrier the asks that reached somebody, (month, occasion, day) by day: those of ``months``, and those of earlier
    months that were sent when the first of them could be filled in, and may name it."""
    rows = Reminder.objects.filter(Q(month__in=months) | Q(asked_on__gte=add_months(months[0], 1)), REACHED)
    rows = rows.exclude(occasion=Occasion.RETURNED).order_by("asked_on", "pk")
    found: dict[int, list[tuple[date, str, date]]] = {}
    for carrier, month, occasion, day in rows.values_list("carrier_id", "month", "occasion", "asked_on"):
        found.setdefault(carrier, []).append((month, occasion, day))
    return found


def _asked(line: Line, rule: Rule, letters: Iterable[tuple[date, str, date]]) -> dict[str, date]:
    """The last day of each occasion on which a carrier was asked for the month of ``line``: in a letter of that month, or
    named in one that the daily run sent of another."""
    found: dict[str, date] = {}
    for month, occasion, day in letters:
        if month == line.month:
            found[occasion] = day
        elif occasion != Occasion.ASKED and (stage := stage_of(line.days, rule, day)):
            found[stage] = day
    return found


def is_reached(people: Iterable[Person]) -> bool:
    """Whether any channel of this installation reaches one of them."""
    return any(channel.address(person) for channel in channels().values() for person in people)


def people_of(carriers: Iterable[int], today: date) -> dict[int, list[Person]]:
    """By carrier, the accounts that may sign in for its operator today. One query."""
    ids = [*carriers]
    rows = Membership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today),
        role=Role.OPERATOR,
        valid_from__lte=today,
        user__is_active=True,
        organisation__carriers__in=ids,
    ).order_by("user__username")
    named = ("organisation__carriers", "user__display_name", "user__username", "user__phone", "user__email")
    found: dict[int, list[Person]] = {}
    for carrier, shown, username, phone, email in rows.values_list(*named):
        person = Person(shown or username, phone, email)
        if person not in found.setdefault(carrier, []):
            found[carrier].append(person)
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call about a carrier: ``people`` of its operator's accounts, and its ``contacts``."""

    code: str
    name: str
    people: list[Person]
    contacts: list[CarrierContact]

    @property
    def has_phone(self) -> bool:
        """Whether anybody's telephone is known."""
        return any(each.phone for each in (*self.people, *self.contacts))


def calls(
    user: Any, carriers: Iterable[tuple[int, str, str]], people: Mapping[int, list[Person]] | None = None
) -> dict[int, Call]:
    """By carrier whom to call. ``carriers``: (pk, code, name) each; ``people``: by carrier, where they are known. At most
    two queries."""
    rows = [*carriers]
    ids = [pk for pk, *_ in rows]
    people = people_of(ids, timezone.localdate()) if people is None else people
    contacts: dict[int, list[CarrierContact]] = {}
    for contact in CarrierContact.objects.visible_to(user).filter(carrier__in=ids):
        contacts.setdefault(contact.carrier_id, []).append(contact)
    return {pk: Call(code, name, people.get(pk, []), contacts.get(pk, [])) for pk, code, name in rows}


@dataclass(frozen=True, slots=True)
class Chased:
    """A carrier on the page of those who have not filed. ``held``: why it cannot be asked now, empty when it can."""

    line: Line
    call: Call
    held: str
    asked_today: bool
    last: Any = None  # the last letter, with how many of its deliveries failed

    @property
    def days_late(self) -> int:
        """Days since the due day; zero or less until it has gone by."""
        return (timezone.localdate() - self.line.days.due_on).days


def own_lines(user: Any, month: date) -> list[Line]:
    """The person's carriers that have not filed the month: those credited to areas where the person is staff."""
    scope = Scope.of(user)
    return [line for line in overview.month_lines(user, month) if not line.filed and scope.may_write(line.area_path)]


def held_back(line: Line, closes: Closes, written_today: Reminder | None, people: Sequence[Person], today: date) -> str:
    """Why a carrier is not asked for a month now, in words; empty when it is. ``written_today``: a letter of today that
    reached it; ``people``: who may sign in for it."""
    if line.filed:
        return "已报送"
    if today < line.days.opens_on:
        return f"{date_cn(line.days.opens_on)}才开始填报"
    if refusal := closes.refusal(line.carrier_id, line.area_path, line.month):
        return refusal
    if written_today is not None:
        by = written_today.batch.made_by
        other = "" if written_today.month == line.month else month_cn(written_today.month)
        what = f"{other}{written_today.get_occasion_display()}"
        return f"今天已催过({by.get_full_name() if by else '自动'},{what})"
    return "" if is_reached(people) else UNREACHED


def written_today(user: Any, today: date) -> dict[int, Reminder]:
    """By carrier of the person's, a letter of ``today`` that reached it, of whatever month and occasion: who was told of a
    return is not asked as well on the same day."""
    rows = Reminder.objects.visible_to(user).filter(REACHED, asked_on=today).select_related("batch__made_by")
    return {row.carrier_id: row for row in rows.order_by("pk")}


def last_reminders(user: Any, month: date) -> dict[int, list[Reminder]]:
    """By carrier of the person's, the letters about a month, the latest first, each with ``failed``: how many
    deliveries did not go out."""
    rows = Reminder.objects.visible_to(user).filter(month=month).select_related("batch__made_by")
    rows = rows.annotate(failed=Count("deliveries", filter=Q(deliveries__state=Delivery.State.FAILED)))
    found: dict[int, list[Reminder]] = {}
    for row in rows.order_by("-asked_on", "-pk"):
        found.setdefault(row.carrier_id, []).append(row)
    return found


__all__ = [
    "REACHED",
    "UNREACHED",
    "Ask",
    "Call",
    "Chased",
    "Due",
    "Rule",
    "Rules",
    "calls",
    "due_now",
    "held_back",
    "is_reached",
    "last_reminders",
    "occasion_of",
    "own_lines",
    "people_of",
    "stage_of",
    "written_today",
]
