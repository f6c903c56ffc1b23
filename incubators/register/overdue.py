"""Who is beyond the limit on a day, as a condition on the stays' own columns: asked for many days and all stays at once.

The same as ``state`` of :mod:`incubators.register.limits` says, without working out the limit of each stay. Few stays need
a look of their own: those that came back to the same carrier, and those that were extended.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from incubators.models import IncubationExtension, Residency
from incubators.register.lifecycle import months_after
from incubators.register.limits import Rules, clocked
from incubators.register.rulefile import RuleFile

DAY = timedelta(days=1)


def first_inside(day: date, months: int) -> date:
    """The first day from which ``months`` reach ``day``: who began before it is beyond the limit on ``day``."""
    start = day - timedelta(days=31 * months)
    while months_after(start, months) >= day:
        start -= DAY
    while months_after(start, months) < day:
        start += DAY
    return start


class Overdue:
    """Conditions of one question to the figures. Its three queries are made when first asked, whatever the days."""

    def __init__(self) -> None:
        self.rules = Rules()

    @cached_property
    def _extensions(self) -> list[tuple[int, date, date]]:
        return [*IncubationExtension.objects.order_by("pk").values_list("residency_id", "decided_on", "until")]

    @cached_property
    def _returned(self) -> list[tuple[int, date, str, str]]:
        """Stays whose clock began with an earlier one in the same carrier: key, that day, area, technical field."""
        earlier = Residency.objects.filter(
            enterprise=OuterRef("enterprise"),
            carrier=OuterRef("carrier"),
            incubating_from__lte=OuterRef("incubating_from"),
        ).exclude(pk=OuterRef("pk"))
        rows = clocked(Residency.objects.filter(Exists(earlier), incubating_from__isnull=False)).order_by("pk")
        return [*rows.values_list("pk", "clock_start", "carrier__owner_area__path", "enterprise__industry")]

    def condition(self, day: date) -> Q:
        """Stays whose limit was before ``day`` and that no extension decided by then keeps inside on it."""
        returned = [pk for pk, *_ in self._returned]
        late = [pk for pk, start, path, field in self._returned if self._beyond(day, start, path, field)]
        extended = sorted({pk for pk, decided, until in self._extensions if decided <= day <= until})
        beyond = self._usual(day)
        if returned:
            beyond = (beyond & ~Q(pk__in=returned)) | Q(pk__in=late)
        return beyond & ~Q(pk__in=extended) if extended else beyond

    def _beyond(self, day: date, start: date, path: str, field: str) -> bool:
        rule = self.rules.holding(path, start)
        return rule is not None and months_after(start, rule.months_for(field)) < day

    def _usual(self, day: date) -> Q:
        """Beyond the limit by their own clock, under whichever rule holds for them."""
        found, taken = Q(pk__in=()), Q(pk__in=())
        for one in self.rules.held:
            covered = Q(incubating_from__isnull=False) & one.where(_clock)
            found |= covered & ~taken & _begun_before(one.says, day)
            taken |= covered
        return found


def _clock(lookup: str, day: date) -> Q:
    return Q(**{f"clock_from__{lookup}": day}) | Q(clock_from=None, **{f"incubating_from__{lookup}": day})


def _begun_before(says: RuleFile, day: date) -> Q:
    usual = _clock("lt", first_inside(day, says.limit_months))
    longer = says.longer_applied
    if longer is None:
        return usual
    fields = Q(enterprise__industry__in=longer.industries)
    return (usual & ~fields) | (_clock("lt", first_inside(day, longer.months)) & fields)
