"""Rows for tests: valid by the database's own rules, each small, with the parents it needs.

Dates stand well in the past, so that a row is in force on any day a test may ask about; give others where it matters.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import factory
from django.test import Client
from django.utils import timezone

from accounts.models import User
from incubators.access import Role
from incubators.models import (
    Activity,
    Area,
    Carrier,
    Designation,
    Enterprise,
    Fund,
    FundInvestment,
    IncubationExtension,
    IncubationRule,
    Level,
    LiaisonAssignment,
    Membership,
    Mentor,
    MonthlyReport,
    Organisation,
    Qualification,
    QualificationKind,
    ReportEvent,
    Residency,
    ServicePlatform,
    Talent,
    Title,
    Visit,
)
from incubators.search import initials
from incubators.uscc import check_digit
from tests.support.factories import RecordFactory

LONG_AGO = date(2020, 1, 1)
PASSWORD = "a long test password"


class UserFactory(RecordFactory):
    """A person without any membership: sees nothing."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    display_name = factory.Sequence(lambda n: f"测试人员{n}")
    password = factory.django.Password(PASSWORD)


class AreaFactory(RecordFactory):
    """A district at the top of its own tree; give ``parent`` for a town within it."""

    class Meta:
        model = Area

    code = factory.Sequence(lambda n: f"area-{n}")
    name = factory.Sequence(lambda n: f"测试区{n}")
    kind = Area.Kind.DISTRICT
    parent = None
    path = factory.LazyAttribute(lambda o: f"{o.parent.path if o.parent else '/'}{o.code}/")


class TownFactory(AreaFactory):
    name = factory.Sequence(lambda n: f"测试镇{n}")
    kind = Area.Kind.TOWN
    parent = factory.SubFactory(AreaFactory)


class OrganisationFactory(RecordFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"organisation-{n}")
    name = factory.Sequence(lambda n: f"测试运营公司{n}")
    kind = "operator"
    is_synthetic = True


class CarrierFactory(RecordFactory):
    class Meta:
        model = Carrier

    code = factory.Sequence(lambda n: f"T{n:04}")
    name = factory.Sequence(lambda n: f"测试孵化器{n}")
    pinyin = factory.LazyAttribute(lambda o: initials(o.name))
    kind = Carrier.Kind.INCUBATOR
    operator = factory.SubFactory(OrganisationFactory)
    area = factory.SubFactory(AreaFactory)
    owner_area = factory.SelfAttribute("area")
    industry = "新材料"
    floor_area = 5000
    opened_on = LONG_AGO
    is_synthetic = True


class LevelFactory(RecordFactory):
    """Levels are found again by code, so that several titles share one."""

    class Meta:
        model = Level
        django_get_or_create = ("code",)

    code = "municipal"
    name = "市级"
    rank = 30


class TitleFactory(RecordFactory):
    class Meta:
        model = Title
        django_get_or_create = ("code",)

    code = "incubator_municipal"
    name = "市级科技企业孵化器"
    carrier_kind = Carrier.Kind.INCUBATOR
    level = factory.SubFactory(LevelFactory)
    ladder = "incubator"


class DesignationFactory(RecordFactory):
    class Meta:
        model = Designation

    carrier = factory.SubFactory(CarrierFactory)
    title = factory.SubFactory(TitleFactory)
    awarded_on = LONG_AGO
    document = "测试文号〔2020〕1号"
    is_synthetic = True


def uscc(number: int) -> str:
    """A code with a right check character, different for each number."""
    body = f"91310116MA{number:07}"
    return body + check_digit(body)


class EnterpriseFactory(RecordFactory):
    class Meta:
        model = Enterprise

    uscc = factory.Sequence(uscc)
    name = factory.Sequence(lambda n: f"测试科技{n}有限公司")
    pinyin = factory.LazyAttribute(lambda o: initials(o.name))
    area = factory.SubFactory(AreaFactory)
    founded_on = LONG_AGO
    industry = "新材料"
    is_synthetic = True


class ResidencyFactory(RecordFactory):
    """In incubation since long ago. ``incubating_from=None`` makes a service tenant."""

    class Meta:
        model = Residency

    carrier = factory.SubFactory(CarrierFactory)
    enterprise = factory.SubFactory(EnterpriseFactory, area=factory.SelfAttribute("..carrier.area"))
    entered_on = LONG_AGO
    incubating_from = factory.SelfAttribute("entered_on")
    is_synthetic = True


class GraduateFactory(ResidencyFactory):
    """Graduated and still there as a tenant."""

    graduated_on = date(2022, 6, 30)
    graduation_ground = Residency.GraduationGround.HIGH_TECH


# What an incubation rule says, beside its code, version, name, source and dates: the national one, and sixty months for
# one field, confirmed.
RULE = {
    "limit_months": 48,
    "limit_quote": "孵化时限原则上不超过48个月",
    "longer": {"months": 60, "industries": ["现代农业"], "confirmed": True, "document": "测试文件〔2024〕1号"},
    "entry_age_months": 24,
    "warning_days": [90, 30],
    "transfer_continues": True,
    "min_grounds": 1,
    "grounds": [
        {"code": "high_tech", "name": "国家备案高新技术企业", "evidence": "证书"},
        {"code": "invested", "name": "投资超过500万元", "evidence": "投资协议", "exceeds": "5000000"},
        {"code": "revenue", "name": "两年收入超过1000万元", "evidence": "审计报告", "exceeds": "10000000"},
        {"code": "listed", "name": "被兼并收购或上市", "evidence": "上市文件"},
    ],
}


class IncubationRuleFactory(RecordFactory):
    """A rule in force everywhere and always; ``says`` changes what it says."""

    class Meta:
        model = IncubationRule

    class Params:
        says = factory.LazyFunction(dict)

    code = factory.Sequence(lambda n: f"RULE_{n}")
    version = 1
    name = "测试孵化规则"
    source = "测试文件"
    fingerprint = "0" * 64
    definition = factory.LazyAttribute(
        lambda o: (
            RULE
            | {"code": o.code, "version": o.version, "name": o.name, "source": o.source, "area": None}
            | {"valid_from": None, "valid_to": None}
            | o.says
        )
    )


class IncubationExtensionFactory(RecordFactory):
    class Meta:
        model = IncubationExtension

    residency = factory.SubFactory(ResidencyFactory)
    decided_by = factory.SubFactory(UserFactory)
    decided_on = date(2024, 1, 1)
    until = date(2025, 1, 1)
    reason = "产品仍在临床试验"


class QualificationKindFactory(RecordFactory):
    class Meta:
        model = QualificationKind
        django_get_or_create = ("code",)

    code = "high_tech"
    name = "高新技术企业"


class QualificationFactory(RecordFactory):
    """Valid without an end."""

    class Meta:
        model = Qualification

    enterprise = factory.SubFactory(EnterpriseFactory)
    kind = factory.SubFactory(QualificationKindFactory)
    certificate = factory.Sequence(lambda n: f"GR{n:08}")
    valid_from = LONG_AGO
    is_synthetic = True


class FundFactory(RecordFactory):
    class Meta:
        model = Fund

    code = factory.Sequence(lambda n: f"fund-{n}")
    name = factory.Sequence(lambda n: f"测试基金{n}")
    kind = Fund.Kind.OWN
    carrier = factory.SubFactory(CarrierFactory)
    area = factory.LazyAttribute(lambda o: o.carrier.area if o.carrier else AreaFactory())
    size = 10_000_000
    established_on = LONG_AGO
    is_synthetic = True


class FundInvestmentFactory(RecordFactory):
    class Meta:
        model = FundInvestment

    fund = factory.SubFactory(FundFactory)
    enterprise = factory.SubFactory(EnterpriseFactory)
    paid_on = date(2024, 3, 1)
    amount = 1_000_000
    is_synthetic = True


class TalentFactory(RecordFactory):
    class Meta:
        model = Talent

    name = factory.Sequence(lambda n: f"测试人才{n}")
    route = Talent.Route.SCIENTIST
    carrier = factory.SubFactory(CarrierFactory)
    area = factory.LazyAttribute(lambda o: o.carrier.area if o.carrier else AreaFactory())
    arrived_on = LONG_AGO
    is_synthetic = True


class MentorFactory(RecordFactory):
    class Meta:
        model = Mentor

    name = factory.Sequence(lambda n: f"测试导师{n}")
    carrier = factory.SubFactory(CarrierFactory)
    engaged_on = LONG_AGO
    is_synthetic = True


class ServicePlatformFactory(RecordFactory):
    class Meta:
        model = ServicePlatform

    name = factory.Sequence(lambda n: f"测试平台{n}")
    kind = ServicePlatform.Kind.PUBLIC_SERVICE
    carrier = factory.SubFactory(CarrierFactory)
    area = factory.LazyAttribute(lambda o: o.carrier.area if o.carrier else AreaFactory())
    built_on = LONG_AGO
    is_synthetic = True


class ActivityFactory(RecordFactory):
    class Meta:
        model = Activity

    carrier = factory.SubFactory(CarrierFactory)
    title = factory.Sequence(lambda n: f"测试路演{n}")
    held_on = date(2024, 5, 20)
    participants = 40
    is_synthetic = True


class MonthlyReportFactory(RecordFactory):
    """An accepted month with plausible figures; ``submitted_by`` and ``accepted_by`` are two people, as they must be."""

    class Meta:
        model = MonthlyReport

    carrier = factory.SubFactory(CarrierFactory)
    month = date(2024, 5, 1)
    state = MonthlyReport.State.ACCEPTED
    area_controllable = 5000
    area_leasable = 4000
    area_leased = 3000
    seats_total = 100
    seats_used = 60
    staff_total = 12
    staff_professional = 8
    income = 500_000
    income_non_rent = 200_000
    is_synthetic = True
    submitted_at = factory.LazyAttribute(lambda o: timezone.now() if o.state not in {"draft", "returned"} else None)
    submitted_by = factory.LazyAttribute(lambda o: UserFactory() if o.submitted_at else None)
    accepted_at = factory.LazyAttribute(lambda o: timezone.now() if o.state in {"accepted", "locked"} else None)
    accepted_by = factory.LazyAttribute(lambda o: UserFactory() if o.accepted_at else None)


class ReportEventFactory(RecordFactory):
    class Meta:
        model = ReportEvent

    report = factory.SubFactory(MonthlyReportFactory)
    actor = factory.SubFactory(UserFactory)
    from_state = MonthlyReport.State.DRAFT
    to_state = MonthlyReport.State.SUBMITTED


class LiaisonFactory(RecordFactory):
    class Meta:
        model = LiaisonAssignment

    carrier = factory.SubFactory(CarrierFactory)
    user = factory.SubFactory(UserFactory)
    valid_from = LONG_AGO
    is_synthetic = True


class VisitFactory(RecordFactory):
    class Meta:
        model = Visit

    carrier = factory.SubFactory(CarrierFactory)
    visitor = factory.SubFactory(UserFactory)
    visited_on = date(2024, 4, 10)
    findings = "消防通道堆放杂物"
    is_synthetic = True


def make_user(
    role: Role | str, *, area: Area | None = None, organisation: Organisation | None = None, **values: Any
) -> User:
    """A person with one membership in force for two days already; an area or, for operators, an organisation.

    An area is made where the role needs one and none is given. Further ``values`` go to the user.
    """
    if role == Role.OPERATOR:
        area, organisation = None, organisation or OrganisationFactory()
    else:
        area, organisation = area or AreaFactory(), None
    user: User = UserFactory(**values)
    add_membership(user, role, area=area, organisation=organisation)
    return user


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def add_membership(
    user: User, role: Role | str, *, area: Area | None = None, organisation: Organisation | None = None
) -> Membership:
    """One more role for a person, in force today."""
    return Membership.objects.create(
        user=user,
        role=role,
        area=area,
        organisation=organisation,
        valid_from=timezone.localdate() - timedelta(days=2),
    )
