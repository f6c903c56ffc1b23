"""The registry through its pages: lists that filter, sort, page and export what they show; details; the trail."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from core.models import Change
from incubators.access import Role
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    LevelFactory,
    QualificationFactory,
    ResidencyFactory,
    TitleFactory,
    TownFactory,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return AreaFactory(code="d1", path="/d1/", name="甲区")


def _client(role, **scope):
    client = Client()
    client.force_login(make_user(role, **scope), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def staff(district):
    return _client(Role.STAFF, area=district)


def _text(answer):
    return answer.content.decode()


def test_carriers_are_found_by_name_initials_and_code(district, staff):
    town = TownFactory(parent=district)
    CarrierFactory(area=town, name="华东无人机基地", code="K001")
    CarrierFactory(area=town, name="新材料孵化器", code="K002")
    for sought in ("无人机", "hdwrj", "K001"):
        page = _text(staff.get("/carriers/", {"q": sought}))
        assert "华东无人机基地" in page, sought
        assert "新材料孵化器" not in page, sought


def test_list_and_export_show_the_same_carriers(district, staff):
    for number in range(35):
        CarrierFactory(area=district, name=f"甲区载体{number:02d}", kind="incubator" if number % 2 else "maker_space")
    CarrierFactory(name="乙区载体")
    page = staff.get("/carriers/", {"kind": "incubator"})
    assert page.context["page"].paginator.count == 17
    lines = b"".join(staff.get("/carriers/", {"kind": "incubator", "format": "csv"})).decode().splitlines()
    assert len(lines) == 18
    assert "乙区载体" not in "".join(lines)


def test_a_formula_in_a_name_does_not_live_in_the_export(district, staff):
    CarrierFactory(area=district, name="=HYPERLINK(1)")
    lines = b"".join(staff.get("/carriers/", {"format": "csv"})).decode()
    assert "'=HYPERLINK(1)" in lines


def test_level_of_a_carrier_on_a_past_day(district, staff):
    carrier = CarrierFactory(area=district)
    national = LevelFactory(code="national", name="国家级", rank=40)
    DesignationFactory(
        carrier=carrier,
        title=TitleFactory(code="n", name="国家级科技企业孵化器", level=national),
        awarded_on=date(2025, 12, 20),
    )
    before = staff.get(f"/carriers/{carrier.code}/", {"on": "2025-12-19"})
    after = staff.get(f"/carriers/{carrier.code}/", {"on": "2025-12-20"})
    assert before.status_code == after.status_code == 200
    assert _text(before).count("国家级") < _text(after).count("国家级")


def test_synthetic_rows_say_so(district, staff):
    CarrierFactory(area=district, name="合成的载体", is_synthetic=True)
    enterprise = EnterpriseFactory(area=district, is_synthetic=True)
    assert "合成" in _text(staff.get("/carriers/"))
    assert "合成" in _text(staff.get(f"/enterprises/{enterprise.uscc}/"))


def test_an_enterprises_page_tells_its_whole_story(district, staff):
    stay = ResidencyFactory(carrier=CarrierFactory(area=district, name="甲区孵化器"), entered_on=date(2023, 5, 6))
    QualificationFactory(enterprise=stay.enterprise, certificate="GR202331000001", valid_from=date(2023, 11, 15))
    page = _text(staff.get(f"/enterprises/{stay.enterprise.uscc}/"))
    for words in ("甲区孵化器", "2023年5月6日", "GR202331000001", "高新技术企业"):
        assert words in page, words


def test_an_operator_sees_its_own_carrier_and_tenants_alone(district):
    own = ResidencyFactory(carrier=CarrierFactory(area=district, name="自己的载体"))
    other = ResidencyFactory(carrier=CarrierFactory(area=district, name="别家的载体"))
    client = _client(Role.OPERATOR, organisation=own.carrier.operator)
    assert "别家的载体" not in _text(client.get("/carriers/"))
    assert client.get(f"/carriers/{other.carrier.code}/").status_code == 404
    assert client.get(f"/enterprises/{other.enterprise.uscc}/").status_code == 404
    assert client.get(f"/enterprises/{own.enterprise.uscc}/").status_code == 200
    found = client.get("/api/v1/enterprises/").json()["results"]
    assert [row["uscc"] for row in found] == [own.enterprise.uscc]


def test_rest_lists_page_by_cursor_without_losing_or_repeating_rows(district, staff):
    codes = sorted(CarrierFactory(area=district).code for _ in range(7))
    seen, address = [], "/api/v1/carriers/?page_size=3"
    while address:
        body = staff.get(address).json()
        seen += [row["code"] for row in body["results"]]
        address = body["next"]
    assert seen == codes


def test_an_unknown_filter_is_refused_by_name(staff):
    answer = staff.get("/api/v1/carriers/", {"colour": "red"})
    assert answer.status_code == 400
    assert "colour" in answer.json()["errors"]


def test_the_auditor_finds_who_changed_what(district, staff):
    carrier = CarrierFactory(area=district)
    title = TitleFactory(carrier_kind=carrier.kind)
    typed = {"title": title.pk, "awarded_on": "2025-03-01", "document": "沪测〔2025〕3号"}
    assert staff.post(f"/carriers/{carrier.code}/register/designate/", typed).status_code == 302
    assert Change.objects.filter(action="登记认定").count() == 1
    page = _text(_client(Role.AUDITOR, area=district).get("/changes/", {"q": "登记认定"}))
    assert "登记认定" in page
    assert staff.get("/changes/").status_code == 403


def test_filters_still_know_their_choices_after_someone_read_the_schema(district, staff):
    """Reading the schema makes each filter's field once; the choices of a later request must be its own."""
    CarrierFactory(area=district, industry="新材料")
    asked = {"area": district.code, "industry": "新材料"}
    assert staff.get("/api/v1/carriers/", asked).status_code == 200
    assert staff.get("/api/v1/schema/").status_code == 200
    assert len(staff.get("/api/v1/carriers/", asked).json()["results"]) == 1


def test_the_months_rates_lead_to_how_they_are_made(district, staff):
    CarrierFactory(area=district)
    page = _text(staff.get("/reports/", {"month": "2024-05"}))
    assert "/indicators/report_completeness/?on=2024-05-31" in page
    assert "/indicators/report_punctuality/?on=2024-05-31" in page
    assert staff.get("/indicators/report_completeness/", {"on": "2024-05-31"}).status_code == 200


def test_a_rule_about_the_whole_record_is_told_at_the_field_it_names(district, staff):
    stay = ResidencyFactory(carrier=CarrierFactory(area=district), entered_on=date(2024, 5, 1))
    typed = {"residency": stay.pk, "graduated_on": "2023-01-01", "grounds": "high_tech", "destination": "stayed"}
    answer = staff.post(f"/carriers/{stay.carrier.code}/register/graduate/", typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors["graduated_on"] == ["毕业日期不能早于在孵起始"]


def test_nothing_is_chosen_for_the_person_who_records(district, staff):
    """A ground or an outcome that stands there already is recorded without having been looked at."""
    stay = ResidencyFactory(carrier=CarrierFactory(area=district))
    for event, field in (("graduate", "destination"), ("leave", "outcome")):
        address = f"/carriers/{stay.carrier.code}/register/{event}/"
        assert '<option value="" selected>请选择</option>' in _text(staff.get(address))
        typed = {"residency": stay.pk, "graduated_on": "2024-05-01", "left_on": "2024-05-01", field: ""}
        assert staff.post(address, typed).context["form"].errors[field]


def test_what_was_recorded_is_shown_where_it_now_stands(district, staff):
    stay = ResidencyFactory(carrier=CarrierFactory(area=district))
    typed = {"residency": stay.pk, "left_on": "2024-05-01", "outcome": "moved_out"}
    page = staff.post(f"/carriers/{stay.carrier.code}/register/leave/", typed, follow=True)
    assert [row.pk for row in page.context["page"].object_list] == [stay.pk]
    assert page.context["list"] == "left"
