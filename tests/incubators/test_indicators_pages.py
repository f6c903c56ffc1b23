"""The catalogue on pages: found, asked, explained, and followed to the very records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from incubators.access import Role
from incubators.indicators import catalogue, figures, links
from incubators.models import Residency
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    MonthlyReportFactory,
    QualificationFactory,
    ResidencyFactory,
    TownFactory,
    add_membership,
    make_user,
    signed_in,
)
from tests.incubators.report_cases import Office

pytestmark = pytest.mark.django_db
D = date.fromisoformat
HTMX = {"HX-Request": "true"}


@pytest.fixture
def district():
    return AreaFactory(code="d1", name="甲区", path="/d1/")


@pytest.fixture
def town(district):
    return TownFactory(code="t1", name="乙镇", parent=district)


@pytest.fixture
def staff(client, district):
    client.force_login(make_user(Role.STAFF, area=district))
    return client


def _carrier(town, stays):
    carrier = CarrierFactory(area=town)
    ResidencyFactory.create_batch(stays, carrier=carrier, entered_on=D("2024-01-10"))
    return carrier


def test_the_list_holds_every_figure_and_is_searched(staff):
    page = staff.get(reverse("incubators:indicator_list")).content.decode()
    assert all(f">{indicator.name}</a>" in page for indicator in catalogue.all())
    found = staff.get(reverse("incubators:indicator_list"), {"q": "入驻率"}).content.decode()
    assert "入驻率(面积)" in found
    assert "毕业率" not in found


@pytest.mark.parametrize("indicator", catalogue.all(), ids=lambda indicator: indicator.code)
def test_every_figure_explains_itself_with_its_default_question(staff, indicator):
    response = staff.get(links.figure_url(indicator.code))
    page = response.content.decode()
    assert response.status_code == 200
    assert indicator.definition in page
    assert ("请选择" in page or "须先选定条件" in page) == bool(indicator.required)


def test_a_page_refuses_an_area_that_is_closed_to_the_person(staff):
    AreaFactory(code="d2", name="外区", path="/d2/")
    page = strip_tags(staff.get(links.figure_url("n_carriers", within="d2")).content.decode())
    assert "外区" in page
    assert "不在您的权限范围内" in page


def test_the_question_is_shown_in_words_and_leads_to_as_many_records(staff, town):
    carrier = _carrier(town, 3)
    _carrier(town, 2)
    asked = {"on": "2024-05-31", "within": "t1", "carrier": carrier.code}
    page = staff.get(links.figure_url("n_incubatee", **asked)).content.decode()
    for words in ("2024-05-31", "乙镇", carrier.name):
        assert words in page
    address = links.records_url("n_incubatee", **asked)
    assert address.replace("&", "&amp;") in page
    records = staff.get(address)
    assert records.context["page_obj"].paginator.count == 3
    assert "<strong>3</strong></a> 家企业" in records.content.decode()


def test_parameters_are_named_and_several_values_are_kept(staff, district):
    title = DesignationFactory(carrier=CarrierFactory(area=district), awarded_on=D("2024-05-01")).title
    question = {"titles": [title.code, "another"], "from_": "2024-01-01", "to": "2024-12-31"}
    page = staff.get(links.figure_url("n_carriers_new_title", **question)).content.decode()
    assert title.name in page
    assert f'<input type="hidden" name="titles" value="{title.code},another">' in page


def test_parts_lead_to_the_same_question_of_each_part(staff, town):
    carrier = _carrier(town, 2)
    address = links.figure_url("n_incubatee", on="2024-05-31")
    by_area = staff.get(f"{address}&part=area", headers=HTMX).content.decode()
    by_carrier = staff.get(f"{address}&part=carrier", headers=HTMX).content.decode()
    assert "乙镇" in by_area
    assert "within=t1" in by_area
    assert carrier.name in by_carrier
    assert f"carrier={carrier.code}" in by_carrier
    assert "<html" not in by_area + by_carrier


def test_without_scripts_a_parts_link_leads_to_a_whole_page_with_its_table(staff, town):
    carrier = _carrier(town, 2)
    page = staff.get(f"{links.figure_url('n_incubatee', on='2024-05-31')}&part=carrier").content.decode()
    assert "<html" in page
    assert carrier.name in page
    assert "含义" in page


def test_somebody_of_several_districts_sees_them_side_by_side_and_what_they_do_not_add_up_to(client, district, town):
    """Districts d1 and d9 have 2 and 3 tenants, of which one lives in both: 2 + 3 are 5, but 4 enterprises."""
    second = AreaFactory(code="d9", name="丁区", path="/d9/")
    leader = make_user(Role.LEADER, area=district)
    add_membership(leader, Role.LEADER, area=second)
    client.force_login(leader)
    _carrier(second, 3)
    here = _carrier(town, 1)
    shared = Residency.objects.filter(carrier__area=second).first()
    ResidencyFactory(
        enterprise=shared.enterprise, carrier=here, entered_on=D("2024-02-01"), overlap_reason="经区科委同意"
    )
    page = client.get(f"{links.figure_url('n_incubatee', on='2024-05-31')}&part=area", headers=HTMX).content.decode()
    assert [page.count(f"within={code}") for code in ("d1", "d9", "t1")] == [1, 1, 0]
    assert "各区域相加为5家,合计为4家" in page


def test_a_required_choice_is_asked_for_before_anything_is_counted(staff, district):
    page = staff.get(links.figure_url("n_qualified")).content.decode()
    assert "须先选定条件" in page
    assert 'name="qualification"' in page
    assert "计入的记录</a>" not in page


def test_a_date_that_is_none_is_refused_at_its_field(staff):
    page = staff.get(links.figure_url("n_incubatee", on="2024-02-30")).content.decode()
    assert "“2024-02-30”不是日期" in page
    assert "所问的数" not in page
    records = staff.get(links.records_url("n_incubatee", on="2024-02-30"))
    assert records.status_code == 400
    assert "日期:“2024-02-30”不是日期" in records.content.decode()


def test_an_unknown_figure_is_not_found(staff):
    assert staff.get(reverse("incubators:indicator_detail", args=["n_nothing"])).status_code == 404


def test_a_carrier_of_another_district_is_as_if_it_did_not_exist(staff):
    other = _carrier(TownFactory(), 1)
    page = staff.get(links.figure_url("n_incubatee", carrier=other.code)).content.decode()
    assert "不在您的权限范围内" in page
    assert other.name not in page


def test_an_operator_sees_figures_and_records_of_their_own_carrier_only(client, town):
    own, other = _carrier(town, 1), _carrier(town, 4)
    client.force_login(make_user(Role.OPERATOR, organisation=own.operator))
    address = links.figure_url("n_incubatee", on="2024-05-31")
    page = client.get(address)
    assert page.context["figure"].value == 1
    assert "您有权查看的全部记录" in page.content.decode()
    assert other.name not in client.get(f"{address}&part=carrier").content.decode()
    assert client.get(links.records_url("n_incubatee", on="2024-05-31")).context["page_obj"].paginator.count == 1


def test_records_of_a_sum_show_what_each_adds(staff, town):
    for amount in (120_000, 30_000):
        MonthlyReportFactory(carrier=CarrierFactory(area=town), month=D("2024-05-01"), rent_relief=amount)
    period = {"from_": "2024-05-01", "to": "2024-05-31"}
    page = staff.get(links.records_url("rent_relief", **period)).content.decode()
    assert "房租减免额(万元)" in page
    assert ">12<" in page
    assert ">3<" in page
    detail = staff.get(links.figure_url("rent_relief", **period))
    assert detail.context["figure"].value == 150_000


def test_shares_are_per_cents_and_other_ratios_keep_their_unit(staff, town):
    MonthlyReportFactory(
        carrier=CarrierFactory(area=town), month=D("2024-05-01"), mentors=6, register={"n_incubatee": 20}
    )
    for code, arithmetic in (("mentors_per10", "6人÷20家×10=3人"), ("staff_pro_ratio", "8人÷12人=66.67%")):
        page = strip_tags(staff.get(links.figure_url(code, on="2024-05-31")).content.decode())
        assert arithmetic in "".join(page.replace(",查看口径与明细", "").split())


def test_money_in_a_ratio_is_written_in_wan(staff, town):
    MonthlyReportFactory(
        carrier=CarrierFactory(area=town), month=D("2024-05-01"), income=5_000_000, income_non_rent=1_250_000
    )
    page = strip_tags(staff.get(links.figure_url("income_nonrent_ratio", on="2024-05-31")).content.decode())
    assert "125万元÷500万元=25.00%" in "".join(page.replace(",查看口径与明细", "").split())


def test_the_export_holds_the_records_on_the_page(staff, town):
    carrier = _carrier(town, 3)
    response = staff.get(links.records_url("n_incubatee", on="2024-05-31", format="csv"))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "企业,统一社会信用代码,注册区域,技术领域,数据性质"
    assert len(lines) == 1 + 3
    assert all("合成" in line for line in lines[1:])
    assert carrier.residencies.first().enterprise.name in "".join(lines)


def test_pages_take_no_more_than_twelve_queries(staff, district, town, django_assert_max_num_queries):
    for _ in range(5):
        stay = ResidencyFactory(carrier=_carrier(town, 2), entered_on=D("2024-01-01"))
        QualificationFactory(enterprise=stay.enterprise)
        MonthlyReportFactory(carrier=stay.carrier, month=D("2024-05-01"), register={"n_incubatee": 3})
    for indicator in catalogue.all():
        params = {"qualification": "high_tech"} if "qualification" in indicator.required else {}
        if "group" in indicator.required:
            continue
        address = links.figure_url(indicator.code, on="2024-05-31", **params)
        for part in ("", "&part=area", "&part=carrier"):
            with django_assert_max_num_queries(12):
                staff.get(address + part)
            with django_assert_max_num_queries(12):
                staff.get(address + part, headers=HTMX)
        with django_assert_max_num_queries(12):
            staff.get(links.records_url(indicator.code, on="2024-05-31", **params))


def test_links_carry_dates_lists_and_leave_out_what_is_empty():
    address = links.figure_url("n_carriers", on=D("2024-05-31"), kinds=["incubator", "enclave"], within=None)
    assert address.endswith("n_carriers/?on=2024-05-31&kinds=incubator&kinds=enclave")
    assert figures.compute("n_carriers", on=D("2024-05-31"))[0].value == Decimal(0)


@pytest.mark.parametrize("page", ["", "records/"])
def test_the_rate_of_reports_filed_leads_to_those_not_filed_too(page):
    office = Office()
    office.submitted()
    for number in range(2):
        CarrierFactory(area=office.town, name=f"没有报的孵化器{number}")
    client = signed_in(office.staff)
    address = f"/indicators/report_completeness/{page}"
    found = client.get(address, {"on": "2024-05-31", "within": office.district.code})
    assert "另有2家应报未报" in found.content.decode()
    listed = client.get(found.context["unfiled_url"])
    assert [line.name for line in listed.context["page_obj"]] == ["没有报的孵化器0", "没有报的孵化器1"]
    there = client.get(address, {"on": "2024-05-31", "within": office.town.code}).context["unfiled_url"]
    assert len(client.get(there).context["page_obj"]) == 2
    assert "应报未报" not in signed_in(office.operator).get(address, {"on": "2024-05-31"}).content.decode()
