"""Reading the register: what lists and pages of carriers and enterprises show, by set queries only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DecimalField,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from incubators.models import Carrier, CarrierSite, Designation, Enterprise, MonthlyReport, Qualification, Residency
from incubators.models.residencies import incubating, resident
from incubators.reporting.calendar import Calendars, last_full_month
from incubators.reporting.timing import Timing
from incubators.scope import Scope

ASKED_DAYS = 62  # how far back what operators asked for is shown


def with_standing(carriers: QuerySet[Carrier], day: date) -> QuerySet[Carrier]:
    """Carriers with what they are on ``day``: ``level_rank``, ``level_code``, ``level_name``, ``title_name`` (the
    highest held; a title of a new regime has the level that was decided for it, or none) and ``incubatees``
    (enterprises in incubation)."""
    held = (
        Designation.objects.valid_on(day)
        .filter(carrier=OuterRef("pk"))
        .ranked()
        .filter(rank__isnull=False)
        .order_by("-rank", "-title__step", "-awarded_on", "-pk")
    )
    counted = (
        Residency.objects.incubating_on(day)
        .filter(carrier=OuterRef("pk"))
        .order_by()
        .values("carrier")
        .annotate(n=Count("enterprise", distinct=True))
        .values("n")
    )
    return carriers.annotate(
        level_rank=Subquery(held.values("rank")[:1]),
        level_code=Subquery(held.values("rank_code")[:1]),
        level_name=Subquery(held.values("rank_name")[:1]),
        title_name=Subquery(held.values("title__name")[:1]),
        incubatees=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
    )


def with_sites(carriers: QuerySet[Carrier], day: date) -> QuerySet[Carrier]:
    """Carriers with ``sites_floor_area`` (㎡) and ``sites_seats``: sums of the places in use on ``day``, None where none
    says it."""
    sites = CarrierSite.objects.valid_on(day).filter(carrier=OuterRef("pk")).order_by().values("carrier")
    return carriers.annotate(
        sites_floor_area=Subquery(
            sites.annotate(sum=Sum("floor_area")).values("sum"),
            output_field=DecimalField(max_digits=14, decimal_places=2),
        ),
        sites_seats=Subquery(sites.annotate(sum=Sum("seats")).values("sum"), output_field=IntegerField()),
    )


def with_place(enterprises: QuerySet[Enterprise], user: Any, day: date) -> QuerySet[Enterprise]:
    """Enterprises with the carrier they are in on ``day`` among those the person may see (``carrier_code``,
    ``carrier_name``, ``incubating_from``) and ``qualifications_today``, the list of those valid on ``day``."""
    lives = (
        Residency.objects.visible_to(user)
        .resident_on(day)
        .filter(enterprise=OuterRef("pk"))
        .order_by("-entered_on", "-pk")
    )
    incubates = Residency.objects.visible_to(user).incubating_on(day).filter(enterprise=OuterRef("pk"))
    valid = Qualification.objects.valid_on(day).select_related("kind").order_by("kind__code", "-valid_from")
    return enterprises.annotate(
        carrier_code=Subquery(lives.values("carrier__code")[:1]),
        carrier_name=Subquery(lives.values("carrier__name")[:1]),
        incubating_from=Subquery(incubates.order_by("-incubating_from").values("incubating_from")[:1]),
    ).prefetch_related(Prefetch("qualifications", queryset=valid, to_attr="qualifications_today"))


def by_incubatees(carriers: QuerySet[Carrier], user: Any) -> QuerySet[Carrier]:
    """For an order: carriers with ``incubatees`` of today, counted in one grouping and not carrier by carrier."""
    today = timezone.localdate()
    now = FilteredRelation("residencies", condition=incubating(today, "residencies__"))
    return carriers.annotate(now=now).annotate(incubatees=Count("now__enterprise", distinct=True))


def by_rank(carriers: QuerySet[Carrier], user: Any) -> QuerySet[Carrier]:
    """For an order: carriers with ``level_rank`` of today alone."""
    held = Designation.objects.valid_on(timezone.localdate()).filter(carrier=OuterRef("pk")).ranked().order_by()
    return carriers.annotate(level_rank=Subquery(held.values("carrier").annotate(n=Max("rank")).values("n")))


def _by_latest(
    enterprises: QuerySet[Enterprise], user: Any, stays: Callable[[date, str], Q], since: str
) -> QuerySet[Enterprise]:
    """Enterprises with a stay of today (``stays``) in a carrier that the person may see; of several, by the one with
    the latest ``since``: each enterprise stands there once."""
    today = timezone.localdate()
    rows = enterprises.filter(Scope.of(user).carriers("residencies__carrier__") & stays(today, "residencies__"))
    rows = rows.annotate(stay=F("residencies__pk"), stay_from=F(f"residencies__{since}"))
    others = Residency.objects.visible_to(user).filter(stays(today, ""), enterprise=OuterRef("pk"))
    begun = OuterRef("stay_from")
    later = others.filter(Q(**{f"{since}__gt": begun}) | Q(**{since: begun}, pk__gt=OuterRef("stay")))
    return rows.filter(~Exists(later))


def by_carrier(enterprises: QuerySet[Enterprise], user: Any) -> QuerySet[Enterprise]:
    """For an order: enterprises inside carriers that the person may see today, with ``carrier_name``. Of several, the
    one that :func:`with_place` shows."""
    return _by_latest(enterprises, user, resident, "entered_on").annotate(carrier_name=F("residencies__carrier__name"))


def by_begin(enterprises: QuerySet[Enterprise], user: Any) -> QuerySet[Enterprise]:
    """For an order: enterprises incubating today in carriers that the person may see, with ``incubating_from``; of
    several, the latest, as :func:`with_place` shows."""
    rows = _by_latest(enterprises, user, incubating, "incubating_from")
    return rows.annotate(incubating_from=F("residencies__incubating_from"))


def reporting_month(day: date) -> date:
    """The month that is being reported on ``day``."""
    return last_full_month(day)


def occupancy(report: MonthlyReport, kind: str) -> Decimal | None:
    """Occupancy of one report, as a fraction: seats for maker spaces, let over lettable floor area for the others.

    None when it was not reported or there is nothing to let.
    """
    if kind == Carrier.Kind.MAKER_SPACE:
        used, whole = report.seats_used, report.seats_total
    else:
        used, whole = report.area_leased, report.area_leasable
    if used is None or not whole:
        return None
    return Decimal(used) / Decimal(whole)


def add_reporting(carriers: list[Carrier], day: date) -> list[Carrier]:
    """Put on each carrier ``occupancy`` with its ``occupancy_month`` (its last counted month) and ``report_state``,
    the state of the month being reported, overdue where nothing came in time. Three queries for any number."""
    ids = [carrier.pk for carrier in carriers]
    latest = MonthlyReport.objects.counted().filter(carrier=OuterRef("carrier")).order_by("-month").values("month")[:1]
    counted = {
        report.carrier_id: report
        for report in MonthlyReport.objects.counted()
        .filter(carrier__in=ids, month=Subquery(latest))
        .only("carrier", "month", "seats_used", "seats_total", "area_leased", "area_leasable")
    }
    month = last_full_month(day)
    states = dict(MonthlyReport.objects.current().filter(carrier__in=ids, month=month).values_list("carrier", "state"))
    calendars = Calendars()
    for carrier in carriers:
        report = counted.get(carrier.pk)
        shown: Any = carrier
        shown.occupancy = occupancy(report, carrier.kind) if report else None
        shown.occupancy_month = report.month if report else None
        expected = carrier.opened_on < day.replace(day=1) and (carrier.closed_on is None or carrier.closed_on > month)
        overdue = Timing(calendars.days(carrier.owner_area.path, month)).overdue(day)
        shown.report_state = states.get(carrier.pk, ("overdue" if overdue else "missing") if expected else "")
    return carriers


def asked_for(user: Any, today: Any, carrier: str = "") -> list[MonthlyReport]:
    """Months in which an operator asked for something and nobody has visited the carrier since; ``carrier``: the code of
    the one in question."""
    rows = MonthlyReport.objects.visible_to(user).filter(
        is_current=True, submitted_at__isnull=False, month__gte=today - timedelta(days=ASKED_DAYS)
    )
    rows = rows.exclude(issues="").exclude(carrier__visits__visited_on__gte=F("submitted_at__date"))
    if carrier:
        rows = rows.filter(carrier__code=carrier)
    return [*rows.select_related("carrier").order_by("-month", "carrier__code")[:20]]
