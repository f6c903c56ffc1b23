"""One search over the register: names, pinyin initials, codes and numbers; nothing of another district."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from incubators import uscc as codes
from incubators.access import Role
from tests.incubators.factories import CarrierFactory, EnterpriseFactory, QualificationFactory, make_user, uscc

pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier():
    return CarrierFactory(code="HD01", name="华东无人机基地", pinyin="hdwrjjd")


@pytest.fixture
def client(carrier):
    client = Client()
    client.force_login(
        make_user(Role.STAFF, area=carrier.owner_area), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def found(client: Client, text: str) -> str:
    return client.get(reverse("incubators:search"), {"q": text}).content.decode()


@pytest.mark.parametrize("text", ["无人机", "hdwrj", "HDWRJ", "HD0"])
def test_a_carrier_by_part_of_its_name_initials_or_code(client, text):
    assert "华东无人机基地" in found(client, text)


def test_an_exact_code_opens_the_record(client, carrier):
    row = EnterpriseFactory(area=carrier.area, uscc=uscc(8201))
    answer = client.get(reverse("incubators:search"), {"q": row.uscc.lower()})
    assert answer.url == reverse("incubators:enterprise_detail", args=[row.uscc])


def test_by_the_number_of_a_certificate(client, carrier):
    row = QualificationFactory(enterprise__area=carrier.area, certificate="GR202631000123")
    page = found(client, "GR2026310001")
    assert row.enterprise.name in page
    assert "GR202631000123" in page


def test_another_district_is_not_found(client):
    EnterpriseFactory(name="外区隐形企业")
    CarrierFactory(name="外区隐形孵化器")
    page = found(client, "外区隐形")
    assert "没有找到" in page
    assert "外区隐形企业" not in page
    assert "外区隐形孵化器" not in page


def test_one_letter_is_too_short(client):
    assert "至少输入两个" in found(client, "h")


def test_a_number_is_found_as_written_or_in_capitals_on_every_database(client, carrier):
    upper = QualificationFactory(enterprise__area=carrier.area, certificate="GR202631000123")
    lower = QualificationFactory(enterprise__area=carrier.area, certificate="gr202631000124")
    assert upper.enterprise.name in found(client, "gr2026310001")
    assert lower.enterprise.name in found(client, "gr2026310001")
    assert lower.enterprise.name not in found(client, "GR2026310001")


def test_only_plain_digits_make_a_credit_code():
    assert codes.problem("91310116MA00000015") == ""
    assert codes.problem("913101١6MA00000015")
    assert not codes.all_in_shape(["913101١6MA00000015"])
    assert codes.check_digit("91310116MA0000001") == uscc(1)[-1]
