"""What the register knows of carriers in a month: counted for any number of carriers in one query.

Counts of enterprises are never typed into a report (form M06-M14); they come from here, and what was known at
submission is kept with the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from incubators.models import Activity, Carrier, GraduationRequest, Mentor, Qualification
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


def month_end(month: date) -> date:
    """The last day of the month that begins on ``month``."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def counts(carrier_ids: Iterable[int], month: date) -> dict[int, Counts]:
    """Counts of each carrier for the month beginning on ``month``: stocks on its last day, flows within it.

    A carrier without tenants has zeros: the register knows that nobody is there. Keys: ``REGISTER_LABELS`` and
    ``floor_area`` (㎡ let, as far as recorded), ``floor_area_unknown`` (tenants without one), ``incubatee_staff``
    (employees of the incubatees, as far as recorded; None where of nobody), ``incubatee_staff_unknown`` (incubatees
    without), ``graduation_asked`` (graduations asked for and not answered yet), ``n_mentor``, ``n_activity``, ``n_participant``.
    """
    rows = Carrier.objects.filter(pk__in=[*carrier_ids]).order_by().values("pk")
    rows = rows.annotate(**_tenants(month), **_services(month))
    return {row.pop("pk"): row for row in rows}


def snapshot(known: Counts) -> dict[str, int]:
    """What a report keeps of the counts (JSON whole numbers)."""
    return {code: int(known[code]) for code in REGISTER_LABELS}


def _tenants(month: date) -> dict[str, Any]:
    """Stocks on the last day and flows of the month, over the stays of a carrier."""
    stay, end = "residencies__", month_end(month)
    began_on, graduated_on, left_on = (F(f"{stay}{name}") for name in ("incubating_from", "graduated_on", "left_on"))

    def of(**conditions: Any) -> Q:
        return Q(**{f"{stay}{name}": value for name, value in conditions.items()})

    within = (month, end)
    inside, incubated = resident(end, stay), incubating(end, stay)
    began = of(incubating_from__isnull=False) & (of(left_on=None) | of(left_on__gte=began_on))
    # A graduate that leaves later left as a graduate, not out of incubation.
    graduated = began & (of(left_on=None) | of(left_on__gte=graduated_on))
    left = began & (of(graduated_on=None) | of(graduated_on__gt=left_on))
    return {
        "n_resident": Count(f"{stay}enterprise", filter=inside, distinct=True),
        "n_incubatee_begin": Count(f"{stay}pk", filter=incubating(month - timedelta(days=1), stay)),
        "new": Count(f"{stay}pk", filter=began & of(incubating_from__range=within)),
        "graduated": Count(f"{stay}pk", filter=graduated & of(graduated_on__range=within)),
        "left": Count(f"{stay}pk", filter=left & of(left_on__range=within)),
        "n_incubatee": Count(f"{stay}pk", filter=incubated),
        "n_graduate_cum": Count(f"{stay}pk", filter=graduated & of(graduated_on__lte=end)),
        "floor_area": Coalesce(Sum(f"{stay}floor_area", filter=inside), Decimal(0)),
        "floor_area_unknown": Count(f"{stay}pk", filter=inside & of(floor_area=None)),
        "incubatee_staff": Sum(f"{stay}enterprise__staff_count", filter=incubated),
        "incubatee_staff_unknown": Count(f"{stay}pk", filter=incubated & of(enterprise__staff_count=None)),
        # Technology SMEs among the incubatees, the others among all tenants.
        "n_tech_sme": Count(f"{stay}enterprise", filter=incubated & _qualified("tech_sme", end), distinct=True),
        "n_hnte": Count(f"{stay}enterprise", filter=inside & _qualified("high_tech", end), distinct=True),
        "n_hardtech": Count(f"{stay}enterprise", filter=inside & _qualified("hard_tech", end), distinct=True),
    }


def _qualified(kind: str, end: date) -> Exists:
    """Whether the tenant is qualified as ``kind`` on the last day."""
    return Exists(
        Qualification.objects.valid_on(end).filter(enterprise=OuterRef("residencies__enterprise"), kind__code=kind)
    )


def _services(month: date) -> dict[str, Any]:
    end = month_end(month)
    mentors = Mentor.objects.filter(Q(ended_on=None) | Q(ended_on__gt=end), carrier=OuterRef("pk"), engaged_on__lte=end)
    held = Activity.objects.filter(carrier=OuterRef("pk"), held_on__range=(month, end))
    return {
        "graduation_asked": Coalesce(Subquery(_asked(month, end), output_field=IntegerField()), 0),
        "n_mentor": _sub(mentors, Count("pk")),
        "n_activity": _sub(held, Count("pk")),
        "n_participant": _sub(held, Sum("participants")),
    }


def _asked(month: date, end: date) -> Any:
    """How many graduations of the month the operator has asked for and nobody has answered."""
    rows = GraduationRequest.objects.to_answer().filter(
        residency__carrier=OuterRef("pk"), graduated_on__range=(month, end)
    )
    return rows.order_by().values("residency__carrier").annotate(figure=Count("pk")).values("figure")


def _sub(rows: Any, figure: Any) -> Coalesce:
    inner = rows.order_by().values("carrier").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(inner, output_field=IntegerField()), 0)
