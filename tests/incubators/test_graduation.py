"""Graduation: each ground at and above its limit, evidence, where the graduate went, and the years after."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import Attachment
from core.permits import NotPermitted, Refused
from incubators.models import Residency
from incubators.register import incubation
from incubators.register.lifecycle import State
from tests.incubators.factories import QualificationFactory, QualificationKindFactory
from tests.incubators.tenants import D, District, proof

pytestmark = pytest.mark.django_db
TWO_YEARS = {"revenue_from_year": 2022, "revenue_first": Decimal(4_000_000)}


@pytest.fixture
def district():
    return District()


@pytest.fixture
def stay(district):
    return district.admit("2021-05-01")


def refused(district, stay, *grounds, **values):
    with pytest.raises(Refused) as caught:
        district.graduate(stay, "2024-06-30", *grounds, **values)
    assert not Residency.objects.filter(graduated_on__isnull=False).exists()
    return caught.value.errors


# --- Grounds ----------------------------------------------------------------------------------------------------------
def test_an_investment_of_exactly_five_million_is_not_more_than_five_million(district, stay):
    errors = refused(district, stay, "invested", invested_amount=Decimal(5_000_000))
    assert errors == {"invested_amount": ["须超过500万元,现为500万元"]}
    row = district.graduate(stay, "2024-06-30", "invested", invested_amount=Decimal("5000000.01"))
    assert row.grounds == ["invested"]


def test_revenue_of_two_years_must_exceed_ten_million_together(district, stay):
    errors = refused(district, stay, "revenue", **TWO_YEARS, revenue_second=Decimal(6_000_000))
    assert errors == {"revenue_second": ["须超过1000万元,现为1000万元"]}
    row = district.graduate(stay, "2024-06-30", "revenue", **TWO_YEARS, revenue_second=Decimal("6000000.01"))
    assert row.grounds == ["revenue"]


def test_the_second_year_of_revenue_is_not_after_the_graduation(district, stay):
    typed = {**TWO_YEARS, "revenue_from_year": 2024, "revenue_second": Decimal(7_000_000)}
    assert refused(district, stay, "revenue", **typed) == {"revenue_from_year": ["第二个年度晚于毕业年度"]}


def test_what_a_ground_needs_is_asked_at_its_field(district, stay):
    errors = refused(district, stay, "invested", "revenue", revenue_first=Decimal(1))
    assert set(errors) == {"invested_amount", "revenue_from_year", "revenue_second"}


def test_a_high_tech_graduate_holds_the_certificate_on_that_day(district, stay):
    assert "请先登记证书" in refused(district, stay, "high_tech")["grounds"][0]
    QualificationFactory(
        enterprise=district.company,
        kind=QualificationKindFactory(code="high_tech"),
        valid_from=D("2021-07-01"),
        valid_to=D("2024-06-29"),
    )
    assert "请先登记证书" in refused(district, stay, "high_tech")["grounds"][0]
    assert district.graduate(stay, "2024-06-29", "high_tech").graduation_ground == "high_tech"


def test_a_merger_or_listing_needs_its_papers_only(district, stay):
    assert district.graduate(stay, "2024-06-30", "listed", number="BY-2024-007").graduation_number == "BY-2024-007"


def test_a_rule_may_ask_for_two_grounds():
    district = District(min_grounds=2)
    stay = district.admit("2021-05-01")
    assert "须符合至少2项毕业依据" in refused(district, stay, "listed")["grounds"][0]
    row = district.graduate(stay, "2024-06-30", "listed", "invested", invested_amount=Decimal(6_000_000))
    assert (row.graduation_ground, row.further_grounds) == ("listed", "invested")
    assert row.ground_words == "累计获得创业投资超过500万元、被兼并收购或挂牌上市"


def test_a_ground_that_the_rule_does_not_have_is_refused():
    district = District(grounds=[{"code": "high_tech", "name": "高企", "evidence": "证书"}])
    stay = district.admit("2021-05-01")
    assert "没有“被兼并收购或挂牌上市”这一项依据" in refused(district, stay, "listed")["grounds"][0]


# --- Evidence ---------------------------------------------------------------------------------------------------------
def test_graduation_rests_on_evidence(district, stay):
    assert refused(district, stay, files=[]) == {"files": ["请上传毕业依据的证明材料"]}
    wrong = SimpleUploadedFile("证明.pdf", b"MZ not a pdf")
    assert "按内容识别" in refused(district, stay, files=[proof(), wrong])["files"][0]
    assert not Attachment.objects.exists()
    district.graduate(stay, "2024-06-30", files=[proof("协议.pdf"), proof("凭证.pdf")])
    assert [file.name for file in incubation.evidence_of([stay.pk])[stay.pk]] == ["协议.pdf", "凭证.pdf"]


def test_the_last_evidence_of_a_graduation_stays(district, stay):
    district.graduate(stay, "2024-06-30")
    first = incubation.evidence_of([stay.pk])[stay.pk][0]
    with pytest.raises(Refused, match="毕业须有证明材料"):
        incubation.detach(user=district.staff, residency=stay, attachment_id=first.pk)
    incubation.attach(user=district.staff, residency=stay, files=[proof()])
    incubation.detach(user=district.staff, residency=stay, attachment_id=first.pk)
    assert len(incubation.evidence_of([stay.pk])[stay.pk]) == 1


def test_an_operator_neither_graduates_nor_adds_evidence(district, stay):
    with pytest.raises(NotPermitted):
        district.graduate(stay, "2024-06-30", user=district.operator)
    with pytest.raises(NotPermitted):
        incubation.attach(user=district.operator, residency=stay, files=[proof()])


# --- When it may be, and what follows -----------------------------------------------------------------------------------
def test_a_tenant_graduates_once_out_of_incubation_while_it_is_there(district, stay):
    tenant = district.admit("2022-01-01", carrier=district.second, incubating=False, overlap_reason="另租仓库")
    with pytest.raises(Refused, match="毕业须先在孵,并写明毕业依据"):
        district.graduate(tenant, "2024-01-01")
    with pytest.raises(Refused, match="毕业日期不能早于在孵起始"):
        district.graduate(stay, "2021-04-30")
    district.graduate(stay, "2024-01-01")
    with pytest.raises(Refused, match="已于2024年1月1日登记毕业"):
        district.graduate(stay, "2024-02-01")


@pytest.mark.parametrize(
    ("destination", "state"),
    [
        ("stayed", State.GRADUATE_STAYED),
        ("district", State.GRADUATE_DISTRICT),
        ("outside", State.GRADUATE_OUTSIDE),
    ],
)
def test_a_graduate_stays_or_goes(district, stay, destination, state):
    row = district.graduate(stay, "2024-06-30", destination=destination, registered_in_district="yes")
    assert district.state(stay, "2024-06-29") == State.INCUBATING
    assert district.state(stay, "2024-06-30") == state
    assert (row.left_on is None) == (destination == "stayed")


def test_a_graduate_that_leaves_later_says_where_to_or_it_is_not_known(district, stay):
    district.graduate(stay, "2023-06-30")
    with pytest.raises(Refused, match="不能早于毕业日期"):
        district.leave(stay, "2023-06-29", "graduated")
    district.leave(stay, "2024-06-30", "graduated")
    assert district.state(stay, "2024-06-29") == State.GRADUATE_STAYED
    assert district.state(stay, "2024-06-30") == State.GRADUATE_LEFT
    incubation.record_whereabouts(user=district.staff, residency=stay, destination="district", place="甲区产业园")
    assert district.state(stay, "2024-06-30") == State.GRADUATE_DISTRICT


def test_whereabouts_agree_with_whether_it_has_left(district, stay):
    district.graduate(stay, "2023-06-30")
    with pytest.raises(Refused, match="尚未登记离开"):
        incubation.record_whereabouts(user=district.staff, residency=stay, destination="outside", place="")
    district.leave(stay, "2024-06-30", "graduated", destination="outside", destination_place="苏州")
    with pytest.raises(Refused, match="去向不能是在驻"):
        incubation.record_whereabouts(user=district.staff, residency=stay, destination="stayed", place="")


def test_a_graduate_is_followed_once_a_year(district, stay):
    with pytest.raises(Refused, match="毕业企业才登记跟踪"):
        incubation.follow_up(user=district.staff, residency=stay, year=2024, destination="stayed")
    stay = district.graduate(stay, "2023-06-30")
    for year in (2022, 2999):
        with pytest.raises(Refused, match="应在毕业当年"):
            incubation.follow_up(user=district.staff, residency=stay, year=year, destination="stayed")
    note = incubation.follow_up(
        user=district.staff, residency=stay, year=2024, destination="district", staff_count=35, note="二次孵化"
    )
    assert str(note).endswith("2024年跟踪")
    with pytest.raises(Refused, match="这一年已有跟踪记录"):
        incubation.follow_up(user=district.staff, residency=stay, year=2024, destination="outside")
