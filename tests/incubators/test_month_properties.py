"""What holds of months whatever happened: no rate above one whole, parts that add up, and a register that balances."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incubators.access import Role
from incubators.indicators import figures
from incubators.models import MonthlyReport, ReportCalendar, Residency
from incubators.reporting import completeness, overview, register
from incubators.reporting.calendar import add_months
from incubators.reporting.register import month_end
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    MonthlyReportFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
)

pytestmark = pytest.mark.django_db
S = MonthlyReport.State
FIRST = date(2024, 1, 1)
MONTHS = tuple(add_months(FIRST, by) for by in range(5))
# Some of the months' days, and some around them.
DAYS = st.dates(FIRST - timedelta(days=40), month_end(MONTHS[-1]) + timedelta(days=40))
HARD = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@contextmanager
def undone() -> Iterator[None]:
    """What one example writes is gone before the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


CARRIERS = st.lists(
    st.fixed_dictionaries(
        {
            "opened": DAYS,
            "open_for": st.none() | st.integers(0, 150),
            "moves": st.booleans(),  # to the other town, at the end
            "months": st.dictionaries(
                st.sampled_from(MONTHS), st.tuples(st.sampled_from(S.values), st.integers(0, 20)), max_size=5
            ),
        }
    ),
    min_size=1,
    max_size=4,
)


def report(carrier: Any, month: date, state: str, days: int) -> None:
    """A report that came ``days`` days after its month (the fifth day is due)."""
    by = {"checked_by": make_user(Role.STAFF), "checked_at": "2024-08-01T10:00+08:00"} if state == S.CHECKED else {}
    sent = None if state == S.DRAFT else f"{month_end(month) + timedelta(days=days + 1)}T10:00+08:00"
    MonthlyReportFactory(carrier=carrier, month=month, state=state, first_submitted_at=sent, **by)


@HARD
@given(carriers=CARRIERS, first=st.none() | st.sampled_from(MONTHS))
def test_no_rate_is_above_one_and_parts_add_up(carriers, first):
    with undone():
        district = AreaFactory()
        towns = [TownFactory(parent=district) for _ in range(2)]
        user = make_user(Role.STAFF, area=district)
        ReportCalendar.objects.create(area=towns[0], first_month=first)
        for each in carriers:
            closed = None if each["open_for"] is None else each["opened"] + timedelta(days=each["open_for"])
            carrier = CarrierFactory(area=towns[0], opened_on=each["opened"], closed_on=closed)
            for month, (state, days) in each["months"].items():
                report(carrier, month, state, days)
            if each["moves"]:
                carrier.area = carrier.owner_area = towns[1]
                carrier.save()
        found = completeness.load(user, overview.carriers_between(user, MONTHS[0], MONTHS[-1]), MONTHS)
        rates = [found.whole, *found.by_month, *(r.rate for r in found.rows), *(g.rate for g in found.areas)]
        assert all(0 <= rate.punctual <= rate.filed <= rate.expected for rate in rates)
        assert all(rate.completeness is None or rate.completeness <= 1 for rate in rates)
        assert (
            completeness.added(found.by_month)
            == completeness.added(g.rate for g in found.areas if not g.is_part)
            == found.whole
        )
        drafts = [cell for row in found.rows for cell in row.cells if cell.line and cell.line.state == S.DRAFT]
        assert not any(cell.state in {"punctual", "late"} for cell in drafts)
        period = {"start": MONTHS[0], "end": month_end(MONTHS[-1]), "within": district}
        for code, part in (("report_completeness", "filed"), ("report_punctuality", "punctual")):
            asked = figures.compute(code, by="month", **period)
            told = [(figure.numerator, figure.denominator) for figure in asked]
            assert told == [(getattr(rate, part), rate.expected) for rate in found.by_month]


STAYS = st.lists(
    st.fixed_dictionaries(
        {
            "entered": DAYS,
            "begins_after": st.none() | st.integers(0, 40),
            "graduates_after": st.none() | st.integers(0, 90),
            "leaves_after": st.none() | st.integers(0, 120),
            "transferred": st.booleans(),
        }
    ),
    max_size=8,
)


def stay(carriers: list[Any], each: dict[str, Any]) -> None:
    """A stay in the first carrier; one that is transferred goes on in the second from the day it left."""
    entered = each["entered"]
    began = None if each["begins_after"] is None else entered + timedelta(days=each["begins_after"])
    graduated = (
        began + timedelta(days=each["graduates_after"]) if began and each["graduates_after"] is not None else None
    )
    left = None if each["leaves_after"] is None else entered + timedelta(days=each["leaves_after"])
    enterprise = EnterpriseFactory()
    moves = bool(each["transferred"] and left and began and began <= left and not graduated)
    first = ResidencyFactory(
        carrier=carriers[0],
        enterprise=enterprise,
        entered_on=entered,
        incubating_from=began,
        graduated_on=graduated,
        graduation_ground="invested" if graduated else "",
        left_on=left,
        outcome=("transferred" if moves else "moved_out") if left else "",
    )
    if moves:
        ResidencyFactory(
            carrier=carriers[1],
            enterprise=enterprise,
            entered_on=left,
            incubating_from=left,
            clock_from=began,
            transferred_from=first,
        )


@HARD
@given(stays=STAYS)
def test_begin_and_new_less_graduates_and_leavers_is_the_end(stays):
    with undone():
        carriers = [CarrierFactory(), CarrierFactory()]
        for each in stays:
            stay(carriers, each)
        assert Residency.objects.count() >= len(stays)
        ends: dict[int, int] = {}
        for month in MONTHS:
            for pk, known in register.counts([each.pk for each in carriers], month).items():
                begin, end = known["n_incubatee_begin"], known["n_incubatee"]
                assert begin + known["new"] - known["graduated"] - known["left"] == end
                assert begin == ends.get(pk, begin)  # where the month before ended
                ends[pk] = end
