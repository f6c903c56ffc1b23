"""What the register knows of carriers in a month: counted for any number of carriers in three queries.

Counts of enterprises are never typed into a report (form M06-M14); they come from here, and what was known at
submission is kept with the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from incubators.models import Activity, Carrier, Mentor, Residency
from incubators.models.residencies import incubating, resident

Counts = dict[str, Any]

# Code -> (label, unit). The order is that of the page.
REGISTER_LABELS: dict[str, tuple[str, str]] = {
    "n_resident": ("入驻企业总数", "家"),
    "n_incubatee_begin": ("期初在孵", "家"),
    "new": ("本月新增在孵", "家"),
    "graduated": ("本月毕业", "家"),
    "left": ("本月退出", "家"),
    "n_incubatee": ("期末在孵", "家"),
    "n_graduate_cum": ("累计毕业", "家"),
    "n_tech_sme": ("在孵科技型中小企业", "家"),
    "n_hnte": ("高新技术企业", "家"),
    "n_hardtech": ("硬科技企业", "家"),
}
_QUALIFICATIONS = {"tech_sme": "n_tech_sme", "high_tech": "n_hnte", "hard_tech": "n_hardtech"}
_EXTRAS = ("floor_area", "floor_area_unknown", "n_mentor", "n_activity", "n_participant")


def month_end(month: date) -> date:
    """The last day of the month that begins on ``month``."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def counts(carrier_ids: Iterable[int], month: date) -> dict[int, Counts]:
    """Counts of each carrier for the month beginning on ``month``: stocks on its last day, flows within it.

    A carrier without tenants has zeros: the register knows that nobody is there. Keys: ``REGISTER_LABELS`` and
    ``floor_area`` (㎡ let, as far as recorded), ``floor_area_unknown`` (tenants without one), ``n_mentor``,
    ``n_activity``, ``n_participant``.
    """
    ids = list(carrier_ids)
    found: dict[int, Counts] = {pk: dict.fromkeys((*REGISTER_LABELS, *_EXTRAS), 0) for pk in ids}
    _count_tenants(found, ids, month)
    _count_qualified(found, ids, month_end(month))
    _count_services(found, ids, month)
    return found


def snapshot(known: Counts) -> dict[str, int]:
    """What a report keeps of the counts (JSON whole numbers)."""
    return {code: int(known[code]) for code in REGISTER_LABELS}


def _count_tenants(found: dict[int, Counts], ids: list[int], month: date) -> None:
    start, end = month, month_end(month)
    within = (start, end)
    inside = resident(end)
    began = Q(incubating_from__isnull=False) & (Q(left_on=None) | Q(left_on__gte=F("incubating_from")))
    # A graduate that leaves later left as a graduate, not out of incubation.
    graduated = began & (Q(left_on=None) | Q(left_on__gte=F("graduated_on")))
    left = began & (Q(graduated_on=None) | Q(graduated_on__gt=F("left_on")))
    rows = (
        Residency.objects.filter(carrier__in=ids)
        .order_by()
        .values("carrier_id")
        .annotate(
            n_resident=Count("enterprise", filter=inside, distinct=True),
            n_incubatee_begin=Count("pk", filter=incubating(start - timedelta(days=1))),
            new=Count("pk", filter=began & Q(incubating_from__range=within)),
            graduated=Count("pk", filter=graduated & Q(graduated_on__range=within)),
            left=Count("pk", filter=left & Q(left_on__range=within)),
            n_incubatee=Count("pk", filter=incubating(end)),
            n_graduate_cum=Count("pk", filter=graduated & Q(graduated_on__lte=end)),
            let_area=Coalesce(Sum("floor_area", filter=inside), Decimal(0)),
            floor_area_unknown=Count("pk", filter=inside & Q(floor_area=None)),
        )
    )
    for row in rows:
        pk = row.pop("carrier_id")
        found[pk]["floor_area"] = row.pop("let_area")
        found[pk].update(row)


def _count_qualified(found: dict[int, Counts], ids: list[int], end: date) -> None:
    """Tenants qualified on the last day: technology SMEs among the incubatees, the others among all tenants."""
    rows = (
        Residency.objects.filter(
            Q(enterprise__qualifications__valid_to=None) | Q(enterprise__qualifications__valid_to__gte=end),
            carrier__in=ids,
            enterprise__qualifications__valid_from__lte=end,
            enterprise__qualifications__kind__code__in=tuple(_QUALIFICATIONS),
        )
        .resident_on(end)
        .order_by()
        .values("carrier_id", code=F("enterprise__qualifications__kind__code"))
        .annotate(
            tenants=Count("enterprise", distinct=True),
            incubatees=Count("enterprise", filter=incubating(end), distinct=True),
        )
    )
    for row in rows:
        counted = row["incubatees"] if row["code"] == "tech_sme" else row["tenants"]
        found[row["carrier_id"]][_QUALIFICATIONS[row["code"]]] = counted


def _count_services(found: dict[int, Counts], ids: list[int], month: date) -> None:
    end = month_end(month)
    mentors = Mentor.objects.filter(Q(ended_on=None) | Q(ended_on__gt=end), carrier=OuterRef("pk"), engaged_on__lte=end)
    held = Activity.objects.filter(carrier=OuterRef("pk"), held_on__range=(month, end))
    rows = Carrier.objects.filter(pk__in=ids).values_list(
        "pk",
        _sub(mentors, Count("pk")),
        _sub(held, Count("pk")),
        _sub(held, Sum("participants")),
    )
    for pk, n_mentor, n_activity, n_participant in rows:
        found[pk].update(n_mentor=n_mentor, n_activity=n_activity, n_participant=n_participant)


def _sub(rows: Any, figure: Any) -> Coalesce:
    inner = rows.order_by().values("carrier").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(inner, output_field=IntegerField()), 0)
