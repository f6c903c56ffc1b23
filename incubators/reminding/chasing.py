"""Who is to be asked for a month: those who have not filed it, when the daily run asks them, and why not now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from core.dates import date_cn
from incubators.access import Role
from incubators.models import Delivery, Membership, Occasion, Reminder, ReminderRule
from incubators.nearest import Nearest
from incubators.reminding.channels import Person
from incubators.reporting import overview
from incubators.reporting.calendar import Days, add_months, is_working_day, last_full_month
from incubators.reporting.closing import Closes
from incubators.reporting.overview import Line
from incubators.scope import Scope

# So many days after the due day the daily run stops asking; the page goes on to list them.
OVERDUE_DAYS = 30
DAY = timedelta(days=1)


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


def occasion_of(days: Days, rule: Rule, today: date, asked: Mapping[str, date]) -> Occasion | None:
    """What the daily run asks a carrier on ``today`` that has not filed. ``asked``: the last day of each occasion.

    It follows from the dates and what was sent, not from the day on which the run takes place: a missed day is made up
    for on the next, with the most pressing occasion alone.
    """
    if today < days.opens_on:
        return None  # nobody can fill it in yet
    if today > days.due_on:
        last = asked.get(Occasion.OVERDUE)
        again = last is None or today - last >= timedelta(days=rule.overdue_every)
        wanted = rule.overdue_every > 0 and again and today <= days.due_on + timedelta(days=OVERDUE_DAYS)
        return Occasion.OVERDUE if wanted else None
    if rule.days_before and today >= working_days_before(days.due_on, rule.days_before):
        return None if Occasion.BEFORE_DUE in asked else Occasion.BEFORE_DUE
    if rule.opening:
        return None if asked else Occasion.OPENING
    return None


@dataclass(frozen=True, slots=True)
class Due:
    """Carriers that the daily run asks now, of one month and occasion."""

    month: date
    occasion: Occasion
    lines: list[Line]


def due_now(today: date) -> list[Due]:
    """What the daily run sends on ``today``: only where an area has set a calendar, and on working days."""
    if not is_working_day(today):
        return []
    last = last_full_month(today)
    found: list[Due] = []
    rules = Rules()
    # A due day may be moved by holidays into the month after, when the next month has opened already.
    for month in (add_months(last, -1), last):
        lines = [line for line in overview.month_lines(None, month) if not line.filed and line.days.jurisdiction]
        closes, asked = Closes([month]), _asked(month)
        by: dict[Occasion, list[Line]] = {}
        for line in lines:
            history = asked.get(line.carrier_id, {})
            occasion = occasion_of(line.days, rules.rule(line.area_path), today, history)
            free = today not in history.values() and not closes.refusal(line.carrier_id, line.area_path, month)
            if occasion is not None and free:
                by.setdefault(occasion, []).append(line)
        found += [Due(month, occasion, chosen) for occasion, chosen in by.items()]
    return found


def _asked(month: date) -> dict[int, dict[str, date]]:
    """For each carrier the last day on which it was asked for the month, by occasion."""
    rows = Reminder.objects.filter(month=month).exclude(occasion=Occasion.RETURNED).order_by("asked_on")
    found: dict[int, dict[str, date]] = {}
    for carrier, occasion, day in rows.values_list("carrier_id", "occasion", "asked_on"):
        found.setdefault(carrier, {})[occasion] = day
    return found


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


@dataclass(slots=True)
class Chased:
    """A carrier on the page of those who have not filed. ``held``: why it cannot be asked now, empty when it can."""

    line: Line
    held: str = ""
    last: Any = None  # the last letter, with how many of its deliveries failed
    people: list[Person] = field(default_factory=list)
    contacts: list[Any] = field(default_factory=list)

    @property
    def days_late(self) -> int:
        """Days since the due day; zero or less until it has gone by."""
        return (timezone.localdate() - self.line.days.due_on).days


def own_lines(user: Any, month: date) -> list[Line]:
    """The person's carriers that have not filed the month: those credited to areas where the person is staff."""
    scope = Scope.of(user)
    return [line for line in overview.month_lines(user, month) if not line.filed and scope.may_write(line.area_path)]


def held_back(line: Line, closes: Closes, asked_today: Reminder | None, today: date) -> str:
    """Why a carrier is not asked for a month now, in words; empty when it is."""
    if line.filed:
        return "已报送"
    if today < line.days.opens_on:
        return f"{date_cn(line.days.opens_on)}才开始填报"
    if refusal := closes.refusal(line.carrier_id, line.area_path, line.month):
        return refusal
    if asked_today is not None:
        by = asked_today.batch.made_by
        return f"今天已催过({by.get_full_name() if by else '自动'},{asked_today.get_occasion_display()})"
    return ""


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
    "Chased",
    "Due",
    "Rule",
    "Rules",
    "due_now",
    "held_back",
    "last_reminders",
    "occasion_of",
    "own_lines",
    "people_of",
]
