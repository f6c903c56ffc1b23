"""A province's titles are given within it: in no form, sheet or service may a carrier of another province get one."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.permits import Refused
from incubators.access import Role
from incubators.models import Area, Designation, Title
from incubators.register import services
from incubators.register.titles import end_designation
from tests.incubators.exchange_cases import Office
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    LevelFactory,
    TitleFactory,
    make_user,
)

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 1)


@pytest.fixture
def east() -> Area:
    return AreaFactory(code="east", name="东省", path="/cn/east/")


@pytest.fixture
def carrier() -> Any:
    return CarrierFactory(area=AreaFactory(code="w1", path="/cn/west/w1/"), opened_on=date(2020, 1, 1))


@pytest.fixture
def foreign(east: Area) -> Title:
    level = LevelFactory(code="provincial", rank=30)
    return TitleFactory(
        code="east_title", name="东省孵化器", area=east, level=level, ladder="incubator", carrier_kind="any"
    )


@pytest.fixture
def national() -> Title:
    level = LevelFactory(code="national", rank=40)
    return TitleFactory(code="national_title", name="国家级孵化器", level=level, ladder="incubator", carrier_kind="any")


@pytest.fixture
def staff(carrier: Any) -> Any:
    return make_user(Role.STAFF, area=carrier.area)


def test_the_form_offers_what_the_carrier_can_be_given(
    client: Client, carrier: Any, staff: Any, foreign: Title, national: Title
) -> None:
    client.force_login(staff)
    page = client.get(reverse("incubators:register_event", args=[carrier.code, "designate"])).content.decode()
    assert national.name in page
    assert foreign.name not in page


def test_the_service_refuses_it_at_the_title(carrier: Any, staff: Any, foreign: Title) -> None:
    with pytest.raises(Refused, match="只授予东省的载体"):
        services.designate(user=staff, carrier=carrier, title=foreign, awarded_on=DAY, document="文号1号")
    assert not Designation.objects.exists()


def test_a_downgrade_leads_to_no_other_province(carrier: Any, staff: Any, foreign: Title, national: Title) -> None:
    row = DesignationFactory(carrier=carrier, title=national, awarded_on=DAY)
    ending = {"ended_on": date(2025, 1, 1), "kind": "downgraded", "document": "降1号", "reason": "考核"}
    with pytest.raises(Refused) as refused:
        end_designation(user=staff, designation=row, lower=foreign, **ending)
    assert refused.value.errors == {"lower": ["这个称号只授予东省的载体"]}


def test_an_enclave_may_have_the_title_of_either_place(east: Area, foreign: Title) -> None:
    owner = AreaFactory(code="e1", path="/cn/east/e1/")
    enclave = CarrierFactory(area=AreaFactory(code="w2", path="/cn/west/w2/"), owner_area=owner)
    user = make_user(Role.STAFF, area=owner)
    services.designate(user=user, carrier=enclave, title=foreign, awarded_on=enclave.opened_on, document="文号2号")
    assert enclave.designations.get().title == foreign


def test_a_sheet_says_so_at_the_cell(foreign: Title) -> None:
    office = Office()
    preview = office.table("designations", [["EX01", foreign.name, DAY, "文号1号"]])
    assert (preview.places, preview.sentences) == (["B2"], ["这个称号只授予东省的载体"])


def test_the_plans_say_where_their_titles_are_given() -> None:
    call_command("load_plans", stdout=StringIO())
    within = dict(Title.objects.values_list("code", "area__code"))
    assert within["incubator_municipal_sh"] == "sh"
    assert within["incubator_national"] is None
    assert within["high_quality"] == "sh"
