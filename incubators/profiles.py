"""What the page of one carrier and of one enterprise tells: standing on a day, tenants, resources, months, history.

Callers hand in records that the person may see; rows that may belong to others are limited again here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from incubators.models import (
    Activity,
    Carrier,
    Designation,
    Enterprise,
    Fund,
    FundInvestment,
    LiaisonAssignment,
    Mentor,
    Mentorship,
    MonthlyReport,
    Qualification,
    Residency,
    ServicePlatform,
    Talent,
    Visit,
)
from incubators.models.residencies import incubating, resident
from incubators.register.limits import clocked
from incubators.reporting.calendar import Calendars, add_months, last_full_month
from incubators.reporting.register import month_end
from incubators.reporting.timing import Timing
from incubators.timeline import Happening, latest_first

STRIP_MONTHS = 12
EXPIRES_SOON_DAYS = 90


def held_on(designations: list[Designation], day: date) -> list[Designation]:
    """Those of a carrier's designations (with ``rank``) in force on ``day``, the highest level first."""
    held = [row for row in designations if row.awarded_on <= day and (row.ended_on is None or row.ended_on > day)]
    return sorted(held, key=lambda row: (-(row.rank or -1), -row.title.step, row.title.code))  # type: ignore[attr-defined]


def tenant_counts(carrier: Carrier, day: date) -> dict[str, Any]:
    """How many residencies each tab of the tenants holds (see :func:`tenants`), and ``floor_area``: the square metres
    of all tenants as far as recorded, ``None`` where none is."""
    counts = {name: Count("pk", filter=condition) for name, (condition, _) in _tabs(day).items()}
    return carrier.residencies.aggregate(**counts, floor_area=Sum("floor_area", filter=resident(day)))


def _tabs(day: date) -> dict[str, tuple[Q, str]]:
    """Condition and order of each tab: in incubation, other tenants, both, graduates, left."""
    return {
        "incubating": (incubating(day), "-incubating_from"),
        "tenants": (resident(day) & ~incubating(day), "-entered_on"),
        "residents": (resident(day), "-entered_on"),
        "graduates": (Q(graduated_on__lte=day), "-graduated_on"),
        "left": (Q(left_on__lte=day), "-left_on"),
    }


def tenants(carrier: Carrier, tab: str, day: date) -> QuerySet[Residency]:
    """The residencies of one tab on ``day``, with each enterprise's qualifications then valid and ``clock_start``."""
    condition, order = _tabs(day)[tab]
    valid = Qualification.objects.valid_on(day).select_related("kind").order_by("kind__name")
    return (
        clocked(carrier.residencies.filter(condition))
        .select_related("enterprise")
        .prefetch_related(Prefetch("enterprise__qualifications", queryset=valid, to_attr="qualifications_today"))
        .order_by(order, "-pk")
    )


def resources(carrier: Carrier, month: date | None = None) -> dict[str, list[Any]]:
    """A carrier's funds (each with ``paid``, its investments), talents, mentors, platforms and latest activities.

    With ``month``, what the register knows of it beside the monthly report: mentors engaged at its end, and all
    activities held in it.
    """
    mentors, activities = Mentor.objects.filter(carrier=carrier), Activity.objects.filter(carrier=carrier)
    if month is not None:
        end = month_end(month)
        mentors = mentors.filter(Q(ended_on=None) | Q(ended_on__gt=end), engaged_on__lte=end)
        activities = activities.filter(held_on__range=(month, end))
    guided = Mentorship.objects.valid_on(month_end(month) if month else timezone.localdate())
    guided = guided.select_related("enterprise").order_by("enterprise__name")
    paid = FundInvestment.objects.select_related("enterprise").order_by("-paid_on", "-pk")
    return {
        "funds": [
            *Fund.objects.filter(carrier=carrier).prefetch_related(Prefetch("investments", paid, to_attr="paid"))
        ],
        "talents": [*Talent.objects.filter(carrier=carrier)],
        "mentors": [*mentors.prefetch_related(Prefetch("mentorships", guided, to_attr="guided"))],
        "platforms": [*ServicePlatform.objects.filter(carrier=carrier)],
        "activities": [*(activities[:20] if month is None else activities)],
    }


def service(carrier: Carrier) -> dict[str, list[Any]]:
    """Who serves a carrier, and the latest visits."""
    return {
        "liaisons": [*LiaisonAssignment.objects.filter(carrier=carrier).select_related("user")],
        "visits": [*Visit.objects.filter(carrier=carrier).select_related("visitor")[:20]],
    }


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the strip: its state, or "missing" / "overdue" when nothing stands, or empty when not expected."""

    month: date
    state: str
    report_id: int | None = None

    @property
    def text(self) -> str:
        return f"{self.month:%Y-%m}"


def month_strip(carrier: Carrier, today: date) -> list[Month]:
    """The last twelve full months of a carrier, the earliest first."""
    last = last_full_month(today)
    months = [add_months(last, back) for back in range(1 - STRIP_MONTHS, 1)]
    # Of several revisions the latest is the one being worked on.
    rows = MonthlyReport.objects.filter(carrier=carrier, month__gte=months[0]).order_by("revision")
    latest = {row["month"]: row for row in rows.values("pk", "month", "state")}
    calendars = Calendars()
    strip = []
    for month in months:
        row = latest.get(month)
        if row:
            strip.append(Month(month, row["state"], row["pk"]))
            continue
        expected = carrier.opened_on < add_months(month, 1) and (carrier.closed_on is None or carrier.closed_on > month)
        overdue = Timing(calendars.days(carrier.owner_area.path, month)).overdue(today)
        strip.append(Month(month, ("overdue" if overdue else "missing") if expected else ""))
    return strip


def enterprise_history(
    enterprise: Enterprise, residencies: list[Residency], qualifications: list[Qualification]
) -> list[Happening]:
    """Everything that happened to an enterprise, the latest first, from rows the person may see. Residencies carry
    their extensions as ``extended``, see :func:`incubators.register.limits.put_standing`."""
    events = [*_moves(residencies), *_qualified(qualifications), *_invested(enterprise)]
    if enterprise.founded_on:
        events.append(Happening(enterprise.founded_on, "企业成立", "", "neutral", "flag"))
    return latest_first(events)


def _moves(residencies: list[Residency]) -> Iterator[Happening]:
    for row in residencies:
        name = row.carrier.name
        yield Happening(row.entered_on, f"入驻 {name}", "", "info", "login")
        if row.incubating_from and row.incubating_from != row.entered_on:
            yield Happening(row.incubating_from, f"在 {name} 开始在孵", "", "info", "seeding")
        for made in row.extended:
            yield Happening(made.decided_on, f"延期至 {made.until:%Y-%m-%d}", made.reason, "warning", "clock-plus")
        if row.graduated_on:
            yield Happening(row.graduated_on, f"从 {name} 毕业", row.ground_words, "success", "school")
        if row.left_on:
            yield Happening(row.left_on, f"离开 {name}", row.get_outcome_display(), "warning", "logout")


def _qualified(qualifications: list[Qualification]) -> Iterator[Happening]:
    for row in qualifications:
        words = "、".join(part for part in (row.certificate, row.basis) if part)
        yield Happening(row.valid_from, f"取得 {row.kind.name}", words, "success", "certificate")


def _invested(enterprise: Enterprise) -> Iterator[Happening]:
    for row in FundInvestment.objects.filter(enterprise=enterprise).select_related("fund"):
        yield Happening(row.paid_on, "获得孵化基金投资", row.fund.name, "success", "coins")
