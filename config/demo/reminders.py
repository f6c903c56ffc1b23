"""Letters of the demonstration: who was written to about the last month. Nothing is sent, by no channel but the portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from config.demo.build import Builder
from incubators.models import Carrier, Delivery, MonthlyReport, Occasion, Reminder, ReminderBatch, ReportEvent
from incubators.reminding.channels import PortalNotice
from incubators.reminding.chasing import people_of
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.letters import DEFAULTS
from incubators.services.reminders import About, worded

DISTRICT = "sh-jinshan"


def write_reminders(builder: Builder) -> None:
    """For Jinshan's carriers: the openings of the last months, the returns, and who was asked by hand yesterday."""
    area, month = builder.areas[DISTRICT], builder.last_month
    rows = Carrier.objects.filter(owner_area__path__startswith=area.path, closed_on=None, opened_on__lt=builder.today)
    carriers = {row.pk: row for row in rows.select_related("owner_area").order_by("code")}
    # No letter before its day has come, by the demonstration's calendar and by the clock.
    yesterday = min(builder.today, timezone.localdate()) - timedelta(days=1)
    for opened in (add_months(month, -1), month):
        opens_on = Calendars().days(area.path, opened).opens_on
        if opens_on <= yesterday:
            _batch(builder, Occasion.OPENING, list(carriers.values()), opened, opens_on)
    if yesterday <= opens_on:
        return
    filed = MonthlyReport.objects.filter(month=month, carrier__in=carriers).exclude(state="draft")
    waiting = {*carriers} - {*filed.values_list("carrier", flat=True)}
    _batch(builder, Occasion.ASKED, [row for pk, row in carriers.items() if pk in waiting], month, yesterday)
    returns = ReportEvent.objects.filter(report__month=month, report__carrier__in=carriers, to_state="returned")
    for event in returns.select_related("report").order_by("pk"):
        _batch(builder, Occasion.RETURNED, [carriers[event.report.carrier_id]], month, yesterday, event)


def _batch(
    builder: Builder,
    occasion: Occasion,
    carriers: Sequence[Carrier],
    month: date,
    day: date,
    event: ReportEvent | None = None,
) -> None:
    """Letters of one day, in the portal's own words; none to who has no account to read it, but of returns."""
    people = people_of([row.pk for row in carriers], builder.today)
    carriers = [row for row in carriers if event is not None or row.pk in people]
    calendars = Calendars()
    names = {area.path: area.name for area in builder.areas.values()}
    by = None if occasion == Occasion.OPENING else builder.users["staff"]
    batch = ReminderBatch.objects.create(month=month, occasion=occasion, made_by=by)
    at = datetime.combine(day, time(1, 20), tzinfo=UTC)
    ReminderBatch.objects.filter(pk=batch.pk).update(made_at=at)
    made = []
    for row in carriers:
        path = row.owner_area.path
        reason = event.comment if event is not None else ""
        about = About(row.pk, row.name, row.code, path, month, calendars.days(path, month), reason=reason)
        text = worded(about, DEFAULTS[occasion], names)
        written = {"subject": text.subject, "body": text.body, "reason": reason, "event": event}
        common = {"month": month, "occasion": occasion, "asked_on": day, "is_synthetic": True}
        made.append(Reminder(batch=batch, carrier=row, **common, **written))
    Reminder.objects.bulk_create(made)
    notices = []
    for letter in made:
        kept = {"reminder": letter, "channel": PortalNotice.code, "channel_name": PortalNotice.name, "tried_at": at}
        reached = [person.name for person in people.get(letter.carrier_id, [])]
        notices += [Delivery(**kept, recipient=name, address=name, state=Delivery.State.SENT) for name in reached]
        if not reached:
            notices.append(Delivery(**kept, state=Delivery.State.FAILED, error=PortalNotice.missing))
    Delivery.objects.bulk_create(notices)
