"""Who sees little, most or all of the areas is asked differently; the rows are the same as read one by one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incubators import search
from incubators.access import Role
from incubators.models import Area, Carrier, Enterprise, Fund, Qualification, Residency
from incubators.scope import Scope
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    FundFactory,
    QualificationFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def areas() -> list[Area]:
    """A district with three towns, and another district; each with a carrier, a tenant, and what belongs to them."""
    home = AreaFactory(code="home")
    towns = [TownFactory(parent=home) for _ in range(3)]
    TownFactory.create_batch(20, parent=home)  # so that whoever sees the district sees most areas
    other = AreaFactory(code="other")
    for place in (*towns, other):
        carrier = CarrierFactory(area=place)
        stay = ResidencyFactory(carrier=carrier, enterprise__area=place)
        QualificationFactory(enterprise=stay.enterprise)
        QualificationFactory(enterprise=EnterpriseFactory(area=place))
        FundFactory(area=place)
    # Across the border: an enclave, a tenant from elsewhere, a fund of a carrier that belongs elsewhere.
    enclave = CarrierFactory(area=other, owner_area=towns[0])
    ResidencyFactory(carrier=enclave, enterprise__area=other)
    ResidencyFactory(carrier=Carrier.objects.filter(area=towns[1])[0], enterprise__area=other)
    FundFactory(area=other, carrier=enclave)
    return [home, *towns, other]


def staff_of(places: list[Area]) -> Any:
    user = make_user(Role.STAFF, area=places[0])
    for area in places[1:]:
        user.memberships.create(role=Role.STAFF, area=area, valid_from="2020-01-01")
    return user


def seen(user: Any) -> dict[str, set[int]]:
    models: Any = (Carrier, Enterprise, Residency, Qualification, Fund)
    return {model.__name__: set(model.objects.visible_to(user).values_list("pk", flat=True)) for model in models}


def expected(paths: list[str]) -> dict[str, set[int]]:
    def own(area: Area) -> bool:
        return any(area.path.startswith(path) for path in paths)

    def open_to(carrier: Carrier) -> bool:
        return own(carrier.area) or own(carrier.owner_area)

    stays = [stay for stay in Residency.objects.all() if open_to(stay.carrier)]
    lived = {stay.enterprise_id for stay in stays}
    companies = {row.pk for row in Enterprise.objects.all() if own(row.area) or row.pk in lived}
    return {
        "Carrier": {row.pk for row in Carrier.objects.all() if open_to(row)},
        "Enterprise": companies,
        "Residency": {stay.pk for stay in stays},
        "Qualification": {row.pk for row in Qualification.objects.all() if row.enterprise_id in companies},
        "Fund": {row.pk for row in Fund.objects.all() if own(row.area) or (row.carrier and open_to(row.carrier))},
    }


@pytest.mark.parametrize(("places", "most"), [([1], False), ([0], True), ([1, 2], False), ([4], False)])
def test_each_form_shows_the_same_rows(areas, places, most):
    user = staff_of([areas[place] for place in places])
    assert (Scope.of(user).sees_most, Scope.of(user).sees_all) == (most, False)
    assert seen(user) == expected([areas[place].path for place in places])


def test_who_sees_every_area_sees_every_row(areas):
    user = staff_of([*Area.objects.filter(parent=None)])
    assert Scope.of(user).sees_all
    assert seen(user) == expected(["/"])


def test_an_operator_sees_its_carriers_and_who_lives_there(areas):
    carrier = Carrier.objects.filter(area=areas[1])[0]
    rows = seen(make_user(Role.OPERATOR, organisation=carrier.operator))
    stays = Residency.objects.filter(carrier=carrier)
    assert rows["Carrier"] == {carrier.pk}
    assert rows["Residency"] == {stay.pk for stay in stays}
    assert rows["Enterprise"] == {stay.enterprise_id for stay in stays}


@pytest.fixture
def staff(areas):
    client = Client()
    client.force_login(make_user(Role.STAFF, area=areas[0]))
    return client


@pytest.mark.parametrize("sort", ["carrier", "-carrier", "incubating_from", "-incubating_from"])
def test_an_order_by_where_they_are_lists_those_inside_once_and_says_so(staff, areas, sort):
    outside = EnterpriseFactory(area=areas[1], name="无处可寻公司")
    answer = staff.get(reverse("incubators:enterprise_list"), {"sort": sort})
    inside = Residency.objects.filter(carrier__owner_area__path__startswith=areas[0].path)
    assert [row.pk for row in answer.context["page"]] != []
    assert sorted(row.pk for row in answer.context["page"]) == sorted(stay.enterprise_id for stay in inside)
    assert outside.name not in answer.content.decode()
    assert "只列现在" in answer.content.decode()


def test_a_carrier_is_chosen_by_code_name_or_part_and_never_one_of_elsewhere(staff, areas):
    carrier = Carrier.objects.filter(area=areas[1])[0]
    Carrier.objects.filter(pk=carrier.pk).update(name="独一无二孵化器", pinyin="dywefhq")
    tenant = Residency.objects.get(carrier=carrier).enterprise
    page = reverse("incubators:enterprise_list")
    for text in (carrier.code, "独一无二孵化器", "独一无二", "dywe"):
        answer = staff.get(page, {"carrier": text})
        assert [row.pk for row in answer.context["page"]] == [tenant.pk], text
    hidden = Carrier.objects.get(area=areas[4], owner_area=areas[4])
    assert "没有“" in staff.get(page, {"carrier": hidden.code}).content.decode()
    assert "不止一家载体符合" in staff.get(page, {"carrier": "测试孵化器"}).content.decode()
    offers = reverse("incubators:carrier_offers")
    assert carrier.code in staff.get(offers, {"carrier": "独一"}).content.decode()
    assert hidden.code not in staff.get(offers, {"carrier": hidden.code}).content.decode()


def test_a_long_list_says_that_it_is_longer_than_it_counts(staff, areas, monkeypatch):
    monkeypatch.setattr("core.listing.MOST_COUNTED", 4)
    page = staff.get(reverse("incubators:enterprise_list")).content.decode()
    assert "超过" in page
    assert len(staff.get(reverse("incubators:enterprise_list"), {"format": "csv"}).getvalue().splitlines()) > 5


def test_a_word_that_too_many_hold_is_asked_to_be_longer(staff, monkeypatch):
    monkeypatch.setattr(search, "MOST_LED", 1)
    answer = staff.get(reverse("incubators:record_list", args=["residencies"]), {"q": "测试"})
    assert "请多输入几个字" in answer.content.decode()
    assert (
        staff.get(reverse("incubators:record_list", args=["residencies"]), {"q": "测"}).context["listing"].valid
        is False
    )
