"""The month's tenants held against the register's rules (R16-R22), each on both sides of its border."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Attachment
from incubators.reporting.tenants import Tenants
from incubators.services.reports import NotReady
from incubators.uscc import SIGNS
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    GraduateFactory,
    IncubationExtensionFactory,
    IncubationRuleFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
)
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
D = date.fromisoformat


@pytest.fixture
def office():
    IncubationRuleFactory()  # 48 months; at most 24 months old at entry
    return Office()


def stay(office, begun="2024-01-10", **values):
    """In incubation in the office's carrier; its enterprise was founded a year before."""
    values.setdefault("enterprise", EnterpriseFactory(area=office.town, founded_on=D("2023-01-10")))
    return ResidencyFactory(carrier=office.carrier, entered_on=D(begun), **values)


def found(office, month=MAY):
    rows = Tenants({office.carrier.pk: office.carrier.owner_area.path}, month).found(office.carrier.pk)
    return {each.rule: each for each in rows}


def names(finding):
    return [each.name for each in finding.subjects]


def test_tenants_in_order_have_nothing_to_say(office):
    QualificationFactory(enterprise=stay(office).enterprise, valid_to=D("2026-12-31"))
    assert found(office) == {}


def test_r16_a_check_digit_that_does_not_fit_until_the_licence_was_looked_at(office):
    row = stay(office)
    code = row.enterprise.uscc
    row.enterprise.uscc = code[:17] + SIGNS[(SIGNS.index(code[17]) + 1) % 31]
    row.enterprise.save()
    assert names(found(office)["R16"]) == [row.enterprise.name]
    assert not found(office)["R16"].hard
    row.enterprise.licence_checked = True
    row.enterprise.save()
    assert found(office) == {}


@pytest.mark.parametrize(
    ("begun", "left", "reason", "clashes"),
    [
        ("2024-03-01", None, "", True),
        ("2024-03-01", "2024-05-02", "", True),  # on the first of May both
        ("2024-03-01", "2024-05-01", "", False),  # gone before the month
        ("2024-06-01", None, "", False),  # after the month
        ("2024-03-01", None, "经区科委同意", False),
    ],
)
def test_r17_one_carrier_at_a_time(office, begun, left, reason, clashes):
    # The database holds this for stays that go on; sheets of former systems brought others.
    row = stay(office, graduated_on=D("2024-12-01"), graduation_ground="listed")
    ResidencyFactory(
        enterprise=row.enterprise,
        entered_on=D(begun),
        left_on=D(left) if left else None,
        outcome="moved_out" if left else "",
        overlap_reason=reason,
    )
    finding = found(office).get("R17")
    assert (finding is not None) is clashes
    assert finding is None or finding.hard


@pytest.mark.parametrize(
    ("founded", "entered", "remark"),
    [
        ("2022-05-20", "2024-05-20", ""),  # exactly 24 months
        ("2022-05-19", "2024-05-20", "超过24个月"),
        ("2024-05-21", "2024-05-20", "早于成立日期"),
        ("2020-01-01", "2024-04-30", ""),  # asked in the month of entry, not again
    ],
)
def test_r18_age_at_entry(office, founded, entered, remark):
    row = stay(office, entered, enterprise=EnterpriseFactory(area=office.town, founded_on=D(founded)))
    finding = found(office).get("R18")
    assert (finding is not None) is bool(remark)
    if finding is not None:
        assert remark in finding.subjects[0].says
        assert finding.subjects[0].uscc == row.enterprise.uscc


@pytest.mark.parametrize(("begun", "over"), [("2020-05-31", False), ("2020-05-30", True)])
def test_r19_the_day_of_the_limit_is_still_inside(office, begun, over):
    row = stay(office, begun)
    finding = found(office).get("R19")
    assert (finding is not None) is over
    if over:
        assert finding.subjects[0].says == "期限至2024年5月30日,月末已超1天"
        IncubationExtensionFactory(residency=row, decided_on=D("2024-05-01"), until=D("2025-05-30"))
        assert "R19" not in found(office)


@pytest.mark.parametrize(("kind", "rule"), [("high_tech", "R20"), ("tech_sme", "R21")])
@pytest.mark.parametrize(
    ("certificate", "valid_to", "lacks"),
    [
        ("GR202431000001", "2027-01-01", False),
        ("", "2027-01-01", True),
        ("GR202431000001", None, True),
        ("", "2024-05-30", False),  # not valid on the last day: it counts nowhere
    ],
)
def test_r20_and_r21_a_number_and_a_last_day(office, kind, rule, certificate, valid_to, lacks):
    QualificationFactory(
        enterprise=stay(office).enterprise,
        kind=QualificationKindFactory(code=kind),
        certificate=certificate,
        valid_from=D("2024-01-01"),
        valid_to=D(valid_to) if valid_to else None,
    )
    finding = found(office).get(rule)
    assert (finding is not None) is lacks
    assert finding is None or finding.hard


def test_r22_a_graduation_of_the_month_has_its_evidence(office):
    row = GraduateFactory(carrier=office.carrier, entered_on=D("2022-01-01"), graduated_on=D("2024-05-31"))
    assert "证明材料" in found(office)["R22"].subjects[0].says
    assert "R22" not in found(office, date(2024, 6, 1))
    Attachment.objects.create(owner_label="incubators.residency", owner_id=str(row.pk), name="证书.pdf", size=1)
    assert "R22" not in found(office)


def test_who_left_before_the_month_is_no_tenant_of_it(office):
    stay(office, "2020-01-01", left_on=D("2024-05-01"), outcome="moved_out")
    assert found(office) == {}


def test_the_sentence_names_three_and_counts_all(office):
    for _ in range(4):
        stay(office, "2019-01-01")
    finding = found(office)["R19"]
    assert finding.message.count("、") == 2 + 1  # between the names, and in what to do
    assert "等4家" in finding.message
    assert len(finding.subjects) == 4


def test_two_queries_for_any_number_of_carriers(office):
    def asked(carriers):
        tenants = Tenants({each.pk: each.owner_area.path for each in carriers}, MAY)
        with CaptureQueriesContext(connection) as queries:
            for each in carriers:
                tenants.found(each.pk)
        return len(queries)

    few, many = [office.carrier], [CarrierFactory(area=office.town) for _ in range(8)]
    for carrier in (*few, *many):
        ResidencyFactory(carrier=carrier)
    assert asked(few) == asked(few + many) == 2


def test_what_blocks_names_the_enterprise_at_submission(office):
    QualificationFactory(enterprise=stay(office).enterprise, certificate="")
    with pytest.raises(NotReady) as refused:
        office.submitted()
    assert "高新技术企业资质缺证书编号" in refused.value.errors[""][0]
