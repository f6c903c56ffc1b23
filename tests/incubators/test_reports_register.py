"""The register's counts for a month against a case worked by hand, in a fixed number of queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incubators.models import Residency
from incubators.reporting import checks, register
from tests.incubators.factories import (
    ActivityFactory,
    CarrierFactory,
    EnterpriseFactory,
    MentorFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
)
from tests.incubators.report_cases import MAY, sheet

pytestmark = pytest.mark.django_db
GONE = {"outcome": Residency.Outcome.MOVED_OUT}
GRADUATED = {"graduation_ground": Residency.GraduationGround.HIGH_TECH}


def make_case(carrier):
    """Nine tenancies around May 2024; the comment says what each counts as."""
    live = {"carrier": carrier, "entered_on": date(2023, 1, 1), "floor_area": Decimal("100.00")}
    rows = [
        ResidencyFactory(**live),  # begin, end
        ResidencyFactory(**live, left_on=MAY, **GONE),  # begin, left on the 1st
        ResidencyFactory(**live, left_on=date(2024, 5, 31), **GONE),  # begin, left on the last day
        ResidencyFactory(**live, left_on=date(2024, 6, 1), **GONE),  # begin, end: leaves later
        ResidencyFactory(**live, graduated_on=date(2024, 5, 10), **GRADUATED),  # begin, graduated, stays
        ResidencyFactory(  # begin, graduated, then gone within the month: not "left"
            **live, graduated_on=date(2024, 5, 10), left_on=date(2024, 5, 20), **GRADUATED, **GONE
        ),
        ResidencyFactory(carrier=carrier, entered_on=date(2024, 5, 31), floor_area=50),  # new, end
        ResidencyFactory(carrier=carrier, entered_on=date(2024, 6, 1)),  # not yet
        ResidencyFactory(carrier=carrier, entered_on=date(2023, 1, 1), incubating_from=None),  # service tenant
    ]
    ResidencyFactory(  # graduated a year before and gone
        **live, graduated_on=date(2023, 6, 1), left_on=date(2023, 7, 1), **GRADUATED, **GONE
    )
    return rows


def test_counts_worked_by_hand():
    carrier = CarrierFactory()
    make_case(carrier)
    known = register.counts([carrier.pk], MAY)[carrier.pk]
    assert register.snapshot(known) == {
        "n_resident": 5,
        "n_incubatee_begin": 6,
        "new": 1,
        "graduated": 2,
        "left": 2,
        "n_incubatee": 3,
        "n_graduate_cum": 3,
        "n_tech_sme": 0,
        "n_hnte": 0,
        "n_hardtech": 0,
    }
    assert known["floor_area"] == Decimal("350.00")
    assert known["floor_area_unknown"] == 1
    assert [each.key for each in checks.run(sheet(register=register.snapshot(known)))] == []


def test_qualifications_on_the_last_day():
    carrier = CarrierFactory()
    incubatee, service = EnterpriseFactory(), EnterpriseFactory()
    ResidencyFactory(carrier=carrier, enterprise=incubatee)
    ResidencyFactory(carrier=carrier, enterprise=service, incubating_from=None)
    sme = QualificationKindFactory(code="tech_sme", name="科技型中小企业")
    hnte = QualificationKindFactory()
    for enterprise in (incubatee, service):
        QualificationFactory(enterprise=enterprise, kind=sme, valid_to=date(2024, 5, 31))
        QualificationFactory(enterprise=enterprise, kind=hnte)
    # Renewed: a second valid certificate is the same enterprise.
    QualificationFactory(enterprise=service, kind=hnte, valid_from=date(2024, 1, 1))
    known = register.counts([carrier.pk], MAY)[carrier.pk]
    assert (known["n_tech_sme"], known["n_hnte"], known["n_hardtech"]) == (1, 2, 0)
    later = register.counts([carrier.pk], date(2024, 6, 1))[carrier.pk]
    assert later["n_tech_sme"] == 0


def test_mentors_and_activities():
    carrier = CarrierFactory()
    MentorFactory(carrier=carrier)
    MentorFactory(carrier=carrier, ended_on=date(2024, 5, 31))
    ActivityFactory(carrier=carrier, held_on=date(2024, 5, 1), participants=40)
    ActivityFactory(carrier=carrier, held_on=date(2024, 5, 31), participants=2)
    ActivityFactory(carrier=carrier, held_on=date(2024, 6, 1))
    known = register.counts([carrier.pk], MAY)[carrier.pk]
    assert (known["n_mentor"], known["n_activity"], known["n_participant"]) == (1, 2, 42)


def test_one_query_for_any_number_of_carriers():
    carriers = [CarrierFactory() for _ in range(4)]
    make_case(carriers[0])
    with CaptureQueriesContext(
        connection,
    ) as few:
        register.counts([carriers[0].pk], MAY)
    with CaptureQueriesContext(connection) as many:
        found = register.counts([each.pk for each in carriers], MAY)
    assert len(few) == len(many) == 1
    assert found[carriers[1].pk]["n_incubatee"] == 0
