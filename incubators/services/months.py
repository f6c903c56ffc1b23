"""What a jurisdiction decides about its months: calendar and declared fields, the close of a month, opening it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.dates import date_cn, month_cn
from core.models import Change
from core.permits import Refused
from core.saving import save
from core.trail import Actor, plain, record, record_many
from incubators.models import Area, Carrier, MonthClose, MonthlyReport, ReportCalendar, ReportEvent, Unlock
from incubators.permits import may_arrange
from incubators.reporting import overview
from incubators.reporting.calendar import Calendars, Days, add_months
from incubators.reporting.closing import concerned, concerns
from incubators.reporting.declaring import read_declared
from incubators.reporting.workflow import COUNTED, WAITING
from incubators.services.bulletins import issue
from incubators.services.holding import hold_areas

S = MonthlyReport.State
DAYS = ("opens_day", "due_day", "town_day", "review_day")
MOST_NAMED = 10
LONGEST_UNLOCK = timedelta(days=31)


def first_free_month(today: date) -> date:
    """The first month that nobody can have begun to fill in: the one after today's."""
    return add_months(today.replace(day=1), 1)


def declared_before(area: Area) -> tuple[list[Mapping[str, Any]], set[str]]:
    """The fields that an area's versions declare, and the codes of those of all other areas. One query."""
    own: list[Mapping[str, Any]] = []
    elsewhere: set[str] = set()
    for area_id, entries in ReportCalendar.objects.values_list("area_id", "declared"):
        if area_id == area.pk:
            own += entries
        else:
            elsewhere |= {str(entry["code"]) for entry in entries}
    return own, elsewhere


def set_calendar(
    *,
    user: Any,
    area: Area,
    from_month: date,
    days: Mapping[str, int | None],
    declared: Sequence[Mapping[str, Any]],
    first_month: date | None = None,
    first_is_cumulative: bool = False,
    enterprise_months: str = ReportCalendar.EnterpriseMonths.NEVER,
    note: str = "",
) -> ReportCalendar:
    """A new version of an area's calendar and declared fields, from ``from_month`` on. ``days``: by the names in ``DAYS``.
    ``enterprise_months``: in which months operators report of each incubatee.

    Raises :class:`Refused` by field, also for a month that somebody may have begun already: nothing changes under an
    open month. Before the first report a calendar may begin at any month. A version for the same month that has not
    begun takes the place of the one before it.
    """
    may_arrange(user, area).require()
    earliest = first_free_month(timezone.localdate())
    here = MonthlyReport.objects.filter(carrier__owner_area__path__startswith=area.path)
    with transaction.atomic():
        hold_areas([area.path])
        versions = [*ReportCalendar.objects.filter(area=area)]
        if from_month < earliest and (versions or here.exists()):
            raise Refused.at("from_month", f"只能从{month_cn(earliest)}起调整;已开始填报的月份不改变")
        fields = read_declared(declared, *declared_before(area))
        row = next((each for each in versions if each.from_month == from_month), None)
        before = _told(row) if row is not None else {}
        row = row or ReportCalendar(area=area, from_month=from_month)
        for name in DAYS:
            setattr(row, name, days[name])
        row.declared, row.note = fields, note
        row.first_month, row.first_is_cumulative = first_month, first_is_cumulative
        row.enterprise_months = enterprise_months
        row.set_by, row.set_at = user, timezone.now()
        save(row)
        record(actor=Actor.of(user), action="设置填报安排", target=row, before=before, after=_told(row))
    return row


def _told(row: ReportCalendar) -> dict[str, Any]:
    names = ("from_month", *DAYS, "first_month", "first_is_cumulative", "enterprise_months", "declared", "note")
    return {name: plain(getattr(row, name)) for name in names}


def close_month(*, user: Any, area: Area, month: date, note: str = "") -> MonthClose:
    """Close a jurisdiction's month: accepted reports are locked, what is missing stays missing. Areas below it that have
    a calendar of their own close theirs themselves.

    Raises :class:`Refused` while the month still runs for the carriers, or reports wait to be reviewed.
    """
    may_arrange(user, area).require()
    calendars = Calendars()
    if too_early := early(area, month, calendars.days(area.path, month)):
        raise Refused(too_early)
    with transaction.atomic():
        hold_areas([area.path])
        if MonthClose.objects.filter(area=area, month=month).exists():
            raise Refused(f"{month_cn(month)}已经月结")
        rows = _held_rows(area, month, calendars)
        waiting = [row for row in rows if row.state in WAITING]
        if waiting:
            named = "、".join(row.carrier.name for row in waiting[:MOST_NAMED])
            raise Refused(
                f"还有{len(waiting)}份月报待审核({named}{'等' if len(waiting) > MOST_NAMED else ''}),请先审核或退回"
            )
        figures = asdict(overview.summarise(concerned(overview.month_lines(user, month, calendars), area)))
        close = MonthClose(area=area, month=month, closed_by=user, note=note, figures=figures)
        save(close)
        locked = _lock(user, [row for row in rows if row.state == S.ACCEPTED])
        issue(user=user, area=area, month=month, close=close)
        after = {"month": month, "locked": locked, **figures}
        record(actor=Actor.of(user), action="月结", target=close, after=plain(after), reason=note)
    return close


def early(area: Area, month: date, days: Days) -> str:
    """Why the month cannot be closed yet, or was before anybody reported; empty when it can."""
    if timezone.localdate() <= days.due_on:
        return f"填报截止日({date_cn(days.due_on)})之后才能月结"
    rows = MonthlyReport.objects.filter(month__lte=month, carrier__owner_area__path__startswith=area.path)
    begun = ReportCalendar.objects.filter(area=area, from_month__lte=month).exists() or rows.exists()
    return "" if days.asked and begun else f"{month_cn(month)}在{area.name}开始填报之前,没有可月结的月报"


def _held_rows(area: Area, month: date, calendars: Calendars) -> list[MonthlyReport]:
    """All reports that the close concerns, held until it is done: what is being submitted is waited for."""
    rows = MonthlyReport.objects.select_for_update(of=("self",)).filter(
        month=month, carrier__owner_area__path__startswith=area.path
    )
    placed = (
        (row, row.carrier.owner_area.path) for row in rows.select_related("carrier__owner_area").order_by("carrier")
    )
    return [row for row, path in placed if concerns(area.path, path, calendars.days(path, month))]


def _lock(user: Any, found: Sequence[MonthlyReport]) -> int:
    """Lock accepted reports, with their log and a line of the trail each; how many."""
    MonthlyReport.objects.filter(pk__in=[row.pk for row in found]).update(state=S.LOCKED)
    ReportEvent.objects.bulk_create(
        ReportEvent(report=row, actor=user, from_state=S.ACCEPTED, to_state=S.LOCKED, comment="月结") for row in found
    )
    told = [(row.pk, str(row), {"state": S.ACCEPTED.value}, {"state": S.LOCKED.value}) for row in found]
    if told:
        actor = Actor.of(user, Change.Channel.PAGE)
        record_many(actor=actor, action="锁定月报", model=MonthlyReport, rows=told, reason="月结")
    return len(found)


def unlock(*, user: Any, close: MonthClose, carrier: Carrier, until: date, reason: str) -> Unlock:
    """Let one carrier file a closed month until a day (补报). The last word counts: a later unlock shortens or extends the
    one before. Raises :class:`Refused` by field."""
    may_arrange(user, close.area).require()
    if not concerns(close.area.path, carrier.owner_area.path, Calendars().days(carrier.owner_area.path, close.month)):
        raise Refused.at("carrier", "该载体不归属这个区域,或由下级区域自行月结")
    today = timezone.localdate()
    if until < today:
        raise Refused.at("until", "开放至的日期不能早于今天")
    if until > today + LONGEST_UNLOCK:
        raise Refused.at("until", f"最多开放{LONGEST_UNLOCK.days}天,到{date_cn(today + LONGEST_UNLOCK)}")
    if not reason.strip():
        raise Refused.at("reason", "请写明补报原因")
    filed = MonthlyReport.objects.filter(carrier=carrier, month=close.month, state__in=(*WAITING, *COUNTED))
    if filed.exists():
        raise Refused.at("carrier", "该载体本月已报送;要改的请用“更正”")
    with transaction.atomic():
        row = Unlock(close=close, carrier=carrier, until=until, reason=reason.strip(), unlocked_by=user)
        save(row)
        record(actor=Actor.of(user), action="开放补报", target=row, after={"until": until}, reason=reason.strip())
    return row


__all__ = ["DAYS", "close_month", "declared_before", "early", "first_free_month", "set_calendar", "unlock"]
