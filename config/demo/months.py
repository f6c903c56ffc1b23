"""What the demonstration's districts decided about their months: both ask of each incubatee; Fengxian has own fields and a
town check, Jinshan closes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from config.demo.build import Builder
from config.demo.histories import add_months
from core.trail_chain import opened
from incubators.models import Area, Carrier, MonthClose, MonthlyReport, ReportCalendar, ReportEvent, Unlock
from incubators.reporting import completeness, overview
from incubators.reporting.calendar import Calendars, days_of, next_working_day
from incubators.reporting.fingerprint import content_hash
from incubators.reporting.form import put

CLOSED_MONTHS = 24
OWN_MONTHS = 12  # for which Jinshan and Fengxian ask for more
MISSED = {"JS007": (7, 8), "JS009": (15,), "JS010": (5, 16)}  # months back that were never filed
LATE_EVERY = 13  # of Jinshan's reports, one in so many came after the due day
OWN_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "code": "x_1",
        "label": "本月走访企业数",
        "unit": "家",
        "kind": "count",
        "help": "运营团队上门走访的在孵企业,同一家只计一次(演示)",
        "required": True,
        "stock": False,
        "smallest": "",
        "largest": "200",
        "options": [],
    },
    {
        "code": "x_2",
        "label": "公共技术平台使用情况",
        "unit": "",
        "kind": "choice",
        "help": "本月入驻企业使用区内公共技术平台的情况(演示)",
        "required": False,
        "stock": False,
        "smallest": "",
        "largest": "",
        "options": ["经常使用", "偶有使用", "未使用"],
    },
)


def write_months(builder: Builder) -> None:
    """Call after the reports were written."""
    ReportCalendar.objects.bulk_create(
        ReportCalendar(area=builder.areas[code])
        for code in ("sh-jinshan", "sh-minhang", "sh-fengxian", "yc")
        if code in builder.areas
    )
    ReportCalendar.objects.update(set_at=None)
    _incubatees_asked(builder, builder.areas["sh-jinshan"])
    with opened("demonstration"):  # the past is being invented: accepted months get what they never were given
        _own_fields(builder, builder.areas["sh-fengxian"])
        _gaps(builder)
    _closes(builder, builder.areas["sh-jinshan"])


def _incubatees_asked(builder: Builder, area: Area) -> None:
    """The plan has operating data and enterprises' situation collected each month (Jinshan 2024-2026)."""
    first = add_months(builder.last_month, 1 - OWN_MONTHS)
    ReportCalendar.objects.create(
        area=area,
        from_month=first,
        enterprise_months=ReportCalendar.EnterpriseMonths.MONTHLY,
        note="增加企业情况(演示)",
    )
    ReportCalendar.objects.filter(area=area, from_month=first).update(
        set_by=builder.users["staff"], set_at=_moment(add_months(first, -1))
    )


def _own_fields(builder: Builder, area: Area) -> None:
    first = add_months(builder.last_month, 1 - OWN_MONTHS)
    ReportCalendar.objects.create(
        area=area,
        from_month=first,
        due_day=5,
        town_day=8,
        review_day=12,
        enterprise_months=ReportCalendar.EnterpriseMonths.MONTHLY,
        declared=[*OWN_FIELDS],
        note="增加镇级审核、两项附加字段和企业情况(演示)",
    )
    ReportCalendar.objects.filter(area=area, from_month=first).update(
        set_by=builder.users["fx_staff"], set_at=_moment(add_months(first, -1))
    )
    rows = [*MonthlyReport.objects.filter(carrier__owner_area__path__startswith=area.path, month__gte=first)]
    form = Calendars().form(area.path, builder.last_month)
    for number, row in enumerate(rows):
        put(row, form.by_code["x_1"], 3 + number * 5 % 9)
        put(row, form.text_by_code["x_2"], OWN_FIELDS[1]["options"][number % 3])
        row.content_hash = content_hash(row, ()) if row.content_hash else ""
    MonthlyReport.objects.bulk_update(rows, ["extra", "extra_fields", "content_hash"])


def _gaps(builder: Builder) -> None:
    """Jinshan's months as they are: some late, a few never filed."""
    for code, back in MISSED.items():
        months = [add_months(builder.last_month, -n) for n in back]
        rows = MonthlyReport.objects.filter(carrier__code=code, month__in=months)
        ReportEvent.objects.filter(report__in=rows).delete()
        rows.delete()
    rows = [
        row
        for number, row in enumerate(
            MonthlyReport.objects.filter(
                carrier__code__startswith="JS", carrier__owner_area__path__contains="/sh-jinshan/", state="locked"
            ).order_by("carrier__code", "month")
        )
        if number % LATE_EVERY == LATE_EVERY // 2
    ]
    for row in rows:
        # After the due day, wherever the holidays of the year move it, and before the review ends.
        row.first_submitted_at = row.submitted_at = _moment(_due(row.month) + timedelta(days=1))
        row.accepted_at = _moment(_due(row.month) + timedelta(days=3))
    MonthlyReport.objects.bulk_update(rows, ["first_submitted_at", "submitted_at", "accepted_at"])


def _due(month: date) -> date:
    return days_of(month).due_on


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10, 30)))


def _closes(builder: Builder, area: Area) -> None:
    """The older months of Jinshan are closed, with the rates as they stood; one was opened again for a carrier."""
    staff = builder.users["reviewer"]
    last = add_months(builder.last_month, -2)
    months = completeness.months_between(add_months(last, 1 - CLOSED_MONTHS), last)
    carriers = [
        each for each in overview.carriers_between(staff, months[0], last) if each["path"].startswith(area.path)
    ]
    lines = [line for own in overview.lines_of(staff, carriers, months, reasons=False) for line in own]
    rows = []
    for month in months:
        there = overview.summarise(line for line in lines if line.month == month)
        figures = {
            "expected": there.expected,
            "filed": there.filed,
            "punctual": there.punctual,
            "overdue": there.expected - there.filed,
            "accepted": there.accepted,
            "states": {"accepted" if state == "locked" else state: n for state, n in there.states.items()},
        }
        rows.append(MonthClose(area=area, month=month, closed_by=staff, figures=figures))
    MonthClose.objects.bulk_create(rows)
    for row in rows:
        row.closed_at = _moment(next_working_day(_due(row.month) + timedelta(days=8)))
    with opened("demonstration"):  # closes that were never made
        MonthClose.objects.bulk_update(rows, ["closed_at"])
    code, back = "JS010", MISSED["JS010"][0]
    close = next(row for row in rows if row.month == add_months(builder.last_month, -back))
    unlocked = Unlock(
        close=close,
        carrier=Carrier.objects.get(code=code),
        until=builder.today + timedelta(days=14),
        reason="原填表人离职,资料交接后补报(演示)",
        unlocked_by=builder.users["staff"],
    )
    unlocked.save()


__all__ = ["write_months"]
