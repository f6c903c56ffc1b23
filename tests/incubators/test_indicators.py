"""The catalogue by worked examples: each border of each date, each counting rule, and the records behind a number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta

from incubators.access import Role
from incubators.indicators import catalogue, figures
from incubators.indicators.base import BadQuestion, Coverage, Kind, Ratio
from incubators.models import AreaGroup, MonthlyReport
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    FundFactory,
    FundInvestmentFactory,
    IncubationRuleFactory,
    LevelFactory,
    LiaisonFactory,
    MonthlyReportFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TitleFactory,
    TownFactory,
    make_user,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat


def value(code, **question):
    return figures.compute(code, **question)[0].value


@pytest.fixture
def district():
    return AreaFactory(code="d1", path="/d1/")


@pytest.fixture
def carrier(district):
    return CarrierFactory(area=district)


def _qualified(enterprise, start, end=None, kind="high_tech"):
    return QualificationFactory(
        enterprise=enterprise,
        kind=QualificationKindFactory(code=kind, name=kind),
        valid_from=D(start),
        valid_to=D(end) if end else None,
    )


# --- In incubation on a day ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-02-29", 0), ("2024-03-01", 1), ("2024-12-31", 1), ("2025-03-01", 0)],
)
def test_incubatee_counts_from_its_first_day_and_not_on_the_day_it_graduates(carrier, day, expected):
    ResidencyFactory(
        carrier=carrier, entered_on=D("2024-03-01"), graduated_on=D("2025-03-01"), graduation_ground="invested"
    )
    assert value("n_incubatee", on=D(day)) == expected


def test_leaving_day_is_not_counted_and_a_service_tenant_never(carrier):
    ResidencyFactory(carrier=carrier, entered_on=D("2024-01-01"), left_on=D("2024-06-30"), outcome="moved_out")
    ResidencyFactory(carrier=carrier, entered_on=D("2024-01-01"), incubating_from=None)
    assert value("n_incubatee", on=D("2024-06-29")) == 1
    assert value("n_incubatee", on=D("2024-06-30")) == 0
    assert value("n_resident", on=D("2024-06-30")) == 1


def test_begin_plus_new_minus_graduated_minus_left_is_the_end(carrier):
    for month in range(1, 7):
        ResidencyFactory(carrier=carrier, entered_on=date(2024, month, 15))
    ResidencyFactory(carrier=carrier, entered_on=D("2023-05-01"), left_on=D("2024-04-02"), outcome="closed")
    ResidencyFactory(
        carrier=carrier, entered_on=D("2022-05-01"), graduated_on=D("2024-05-20"), graduation_ground="listed"
    )
    year = {"start": D("2024-01-01"), "end": D("2024-12-31")}
    begin, end = value("n_incubatee", on=D("2023-12-31")), value("n_incubatee", on=D("2024-12-31"))
    new, graduated, left = (value(code, **year) for code in ("n_incubatee_new", "n_graduate_new", "n_exit_new"))
    assert (begin, new, graduated, left, end) == (2, 6, 1, 1, 6)
    assert begin + new - graduated - left == end


@pytest.mark.parametrize(("day", "expected"), [("2028-03-01", 0), ("2028-03-02", 1)])
def test_overdue_begins_the_day_after_the_limit(carrier, day, expected):
    IncubationRuleFactory()
    ResidencyFactory(carrier=carrier, entered_on=D("2024-03-01"))
    assert value("n_overdue", on=D(day)) == expected


# --- Qualifications --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "expected"), [("2023-12-31", 0), ("2024-01-01", 1), ("2026-12-31", 1), ("2027-01-01", 0)]
)
def test_new_high_tech_counts_both_ends_of_the_period(district, first, expected):
    _qualified(EnterpriseFactory(area=district), first)
    plan = {"start": D("2024-01-01"), "end": D("2026-12-31")}
    assert value("n_qualified_new", params={"qualification": "high_tech"}, within=district, **plan) == expected


def test_a_renewed_certificate_is_not_new(district):
    enterprise = EnterpriseFactory(area=district)
    _qualified(enterprise, "2021-10-01", "2024-09-30")
    _qualified(enterprise, "2024-10-20", "2027-10-19")
    plan = {"start": D("2024-01-01"), "end": D("2026-12-31")}
    assert value("n_qualified_new", params={"qualification": "high_tech"}, **plan) == 0
    held = {"qualification": "high_tech", "population": "district"}
    assert [value("n_qualified", on=D(d), params=held) for d in ("2024-09-30", "2024-10-01", "2024-10-20")] == [1, 0, 1]


def test_overlapping_certificates_count_one_enterprise_once_in_any_way_of_asking(district):
    enterprise = EnterpriseFactory(area=district)
    _qualified(enterprise, "2023-01-01", "2025-12-31")
    _qualified(enterprise, "2024-06-01", "2027-05-31")
    question = {"params": {"qualification": "high_tech", "population": "district"}}
    assert value("n_qualified", on=D("2024-12-31"), **question) == 1
    months = figures.compute("n_qualified", by="month", start=D("2024-05-01"), end=D("2024-07-31"), **question)
    assert [figure.value for figure in months] == [1, 1, 1]


def test_population_of_incubatees_asks_for_both_dates_at_once(carrier, district):
    inside = ResidencyFactory(carrier=carrier, entered_on=D("2024-05-01"))
    _qualified(inside.enterprise, "2023-01-01", "2025-12-31")
    _qualified(EnterpriseFactory(area=district), "2023-01-01", "2025-12-31")
    assert value("n_hnte", on=D("2024-04-30")) == 0
    assert value("n_hnte", on=D("2024-05-01")) == 1
    assert value("n_hnte", on=D("2026-01-01")) == 0


def test_a_tech_sme_number_is_valid_in_its_year_and_the_ratio_is_sum_over_sum(carrier):
    tenants = [ResidencyFactory(carrier=carrier, entered_on=D("2024-01-01")) for _ in range(5)]
    for tenant in tenants[:3]:
        _qualified(tenant.enterprise, "2024-06-01", "2024-12-31", kind="tech_sme")
    figure = figures.compute("tech_sme_ratio", on=D("2024-12-31"), params={"valid": "year"})[0]
    assert (figure.value, figure.numerator, figure.denominator) == (Decimal("0.6"), 3, 5)


def test_nothing_to_divide_by_is_unknown_not_zero(district):
    figure = figures.compute("tech_sme_ratio", on=D("2024-12-31"), within=district)[0]
    assert figure.value is None
    assert figure.missing == "当日没有在孵企业"


# --- Titles and carriers ---------------------------------------------------------------------------------------------
def _title(code, rank, ladder="incubator"):
    return TitleFactory(
        code=code, name=code, ladder=ladder, level=LevelFactory(code=f"r{rank}", name=str(rank), rank=rank)
    )


def test_provincial_then_national_is_one_new_carrier_of_provincial_rank_or_above(carrier):
    DesignationFactory(carrier=carrier, title=_title("provincial", 30), awarded_on=D("2023-05-01"))
    DesignationFactory(carrier=carrier, title=_title("national", 40), awarded_on=D("2024-05-01"))
    up = {"rank_at_least": 30}
    new = [value("n_carriers_new_title", start=date(y, 1, 1), end=date(y, 12, 31), params=up) for y in (2023, 2024)]
    assert new == [1, 0]
    assert value("n_carriers", on=D("2024-12-31"), params=up) == 1
    assert (
        value("n_carriers_new_title", start=D("2024-01-01"), end=D("2024-12-31"), params={"titles": ["national"]}) == 1
    )


def test_delisting_lowers_the_stock_but_not_a_past_years_new(carrier):
    DesignationFactory(
        carrier=carrier,
        title=_title("provincial", 30),
        awarded_on=D("2023-05-01"),
        ended_on=D("2024-02-01"),
        end_reason="评价不合格",
    )
    up = {"rank_at_least": 30}
    assert [value("n_carriers", on=D(d), params=up) for d in ("2023-12-31", "2024-02-01")] == [1, 0]
    assert value("n_carriers_new_title", start=D("2023-01-01"), end=D("2023-12-31"), params=up) == 1


def test_promotion_from_cultivation_counts_once(carrier):
    DesignationFactory(carrier=carrier, title=_title("high_quality_cultivation", 30), awarded_on=D("2024-05-01"))
    DesignationFactory(carrier=carrier, title=_title("high_quality", 30), awarded_on=D("2025-05-01"))
    both = {"titles": ["high_quality", "high_quality_cultivation"]}
    plan = {"start": D("2024-01-01"), "end": D("2026-12-31")}
    assert value("n_carriers_new_title", params=both, **plan) == 1


def test_an_enclave_is_credited_to_the_unit_that_set_it_up(district):
    elsewhere = AreaFactory(code="far", path="/far/")
    CarrierFactory(kind="enclave", area=elsewhere, owner_area=district, opened_on=D("2024-01-01"))
    question = {"params": {"kinds": ["enclave"]}, "start": D("2024-01-01"), "end": D("2024-12-31")}
    assert value("n_carriers_new", within=district, **question) == 1
    assert value("n_carriers_new", within=elsewhere, **question) == 0


def test_coverage_needs_a_confirmed_list_and_a_large_enough_accelerator(district):
    towns = [TownFactory(parent=district) for _ in range(3)]
    group = AreaGroup.objects.create(code="towns", name="各镇", parent=district)
    CarrierFactory(kind="accelerator", area=towns[0], floor_area=Decimal("149999"))
    CarrierFactory(kind="accelerator", area=towns[1], floor_area=Decimal("150000"))
    asked = {"on": D("2025-12-31"), "params": {"group": "towns", "kinds": ["accelerator"], "min_floor_area": 150_000}}
    open_list = figures.compute("area_coverage", **asked)[0]
    assert open_list.value is None
    assert "名单未确认" in open_list.missing
    group.members.set(towns)
    group.members_stated = True
    group.save()
    figure = figures.compute("area_coverage", **asked)[0]
    assert (figure.numerator, figure.denominator) == (1, 3)
    assert figure.value == Decimal("0.333333")


def test_a_fund_is_active_for_twelve_months_after_a_paid_investment(carrier):
    fund = FundFactory(carrier=carrier)
    FundInvestmentFactory(fund=fund, paid_on=D("2024-03-01"))
    FundInvestmentFactory(fund=fund, paid_on=D("2024-03-15"))
    days = ("2024-02-29", "2024-03-01", "2025-03-14", "2025-03-15")
    assert [value("n_funds_active", on=D(day)) for day in days] == [0, 1, 1, 0]


def test_a_municipal_and_a_district_liaison_cover_one_carrier(carrier):
    title = _title("high_quality", 30)
    DesignationFactory(carrier=carrier, title=title, awarded_on=D("2024-01-01"))
    DesignationFactory(carrier=CarrierFactory(), title=title, awarded_on=D("2024-01-01"))
    for side in ("municipal", "district"):
        LiaisonFactory(carrier=carrier, appointed_by=side, valid_from=D("2024-02-01"))
    figure = figures.compute("n_liaison_coverage", on=D("2024-06-30"), params={"titles": ["high_quality"]})[0]
    assert (figure.numerator, figure.denominator, figure.value) == (1, 2, Decimal("0.5"))


# --- Monthly reports -------------------------------------------------------------------------------------------------
def test_occupancy_of_an_area_is_sum_over_sum_of_accepted_reports(district):
    for leasable, leased in ((1000, 900), (9000, 900)):
        MonthlyReportFactory(
            carrier=CarrierFactory(area=district),
            month=D("2024-05-01"),
            area_controllable=leasable,
            area_leasable=leasable,
            area_leased=leased,
        )
    figure = figures.compute("occupancy_rate", on=D("2024-05-31"), within=district)[0]
    assert figure.value == Decimal("0.18")  # 1800 / 10000, not the mean of 90% and 10%


def test_a_day_within_a_month_asks_for_the_last_month_that_has_ended(carrier):
    MonthlyReportFactory(carrier=carrier, month=D("2024-05-01"), mentors=7)
    assert value("mentors", on=D("2024-06-29")) == 7
    assert value("mentors", on=D("2024-06-30")) is None


def test_a_month_without_an_accepted_report_is_missing_not_zero(district):
    CarrierFactory(area=district)
    MonthlyReportFactory(carrier=CarrierFactory(area=district), month=D("2024-05-01"), events=3)
    draft = MonthlyReportFactory(
        carrier=CarrierFactory(area=district), month=D("2024-05-01"), events=50, state=MonthlyReport.State.DRAFT
    )
    assert draft.submitted_by is None
    figure = figures.compute("staff_total", on=D("2024-05-31"), within=district)[0]
    assert figure.value == 12
    assert figure.missing == "2家载体2024年5月无此项通过数据,未计入"
    assert value("events_n", start=D("2024-01-01"), end=D("2024-12-31"), within=district) == 3


# --- Asked in other ways ---------------------------------------------------------------------------------------------
def _world():
    """Two districts with carriers, stays and certificates on many dates."""
    areas = [AreaFactory(code=f"w{n}", path=f"/w{n}/") for n in range(2)]
    for number in range(12):
        carrier = CarrierFactory(area=areas[number % 2], opened_on=date(2021, 1 + number % 6, 1))
        for stay in range(3):
            begun = date(2022 + stay, 1 + (number * 5 + stay) % 12, 1 + number)
            tenant = ResidencyFactory(carrier=carrier, entered_on=begun)
            if (number + stay) % 3 == 0:
                _qualified(tenant.enterprise, f"{2023 + stay % 2}-0{1 + stay}-1{number % 9}", "2025-12-31")
            if (number + stay) % 4 == 0:
                tenant.graduated_on, tenant.graduation_ground = date(2025, 1 + number % 12, 5), "invested"
                tenant.save()
    return areas


def _ask(indicator):
    asked = {}
    if "qualification" in indicator.required:
        asked["params"] = {"qualification": "high_tech"}
    if indicator.kind is Kind.FLOW:
        return {**asked, "start": D("2023-01-01"), "end": D("2025-06-30")}
    return {**asked, "on": D("2025-06-30")}


def test_every_count_is_as_large_as_its_list_of_records():
    _world()
    checked = 0
    for indicator in catalogue.all():
        if isinstance(indicator, Coverage | Ratio) or indicator.group in {"月报", "企业情况"}:
            continue
        asked = _ask(indicator)
        assert value(indicator.code, **asked) == figures.records(indicator.code, **asked).count(), indicator.code
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("code", ["n_incubatee", "n_incubatee_new", "n_graduate_new", "n_carriers", "n_hnte"])
def test_parts_add_up_to_the_whole(code):
    areas = _world()
    asked = _ask(catalogue.get(code))
    whole = value(code, **asked)
    assert sum(f.value for f in figures.compute(code, by="area", areas=areas, **asked)) == whole
    assert sum(f.value for f in figures.compute(code, by="carrier", **asked)) == whole


@pytest.mark.parametrize("code", ["n_incubatee", "n_carriers", "n_hnte", "n_graduate_cum"])
def test_month_ends_equal_the_stock_asked_for_that_day(code):
    _world()
    months = figures.compute(code, by="month", start=D("2024-01-01"), end=D("2025-06-30"))
    assert len(months) == 18
    for figure in months:
        last = figure.key + relativedelta(months=1, days=-1)
        assert figure.value == value(code, on=last), (code, last)


def test_months_of_a_flow_add_up_to_the_year():
    _world()
    months = figures.compute("n_incubatee_new", by="month", start=D("2024-01-01"), end=D("2024-12-31"))
    assert sum(f.value for f in months) == value("n_incubatee_new", start=D("2024-01-01"), end=D("2024-12-31")) > 0


def test_a_person_counts_only_what_they_may_see(district, carrier):
    ResidencyFactory(carrier=carrier)
    ResidencyFactory(carrier=CarrierFactory(area=district))
    ResidencyFactory()
    on = D("2024-12-31")
    assert value("n_incubatee", on=on) == 3
    assert value("n_incubatee", on=on, user=make_user(Role.STAFF, area=district)) == 2
    assert value("n_incubatee", on=on, user=make_user(Role.OPERATOR, organisation=carrier.operator)) == 1
    assert value("n_incubatee", on=on, user=make_user(Role.EXPERT, area=district)) == 0


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    _world()
    for by in ("carrier", "area", "month"):
        for code in ("n_incubatee", "n_hnte", "tech_sme_ratio", "n_carriers_new_title"):
            asked = _ask(catalogue.get(code)) if by != "month" else {"start": D("2023-01-01"), "end": D("2025-06-30")}
            params = {"params": {"rank_at_least": 30}} if code == "n_carriers_new_title" else {}
            with django_assert_max_num_queries(3):
                figures.compute(code, by=by, areas=[], **{**asked, **params})


@pytest.mark.parametrize(
    ("code", "question", "field"),
    [
        ("n_nothing", {"on": D("2024-01-01")}, "indicator"),
        ("n_incubatee", {"on": D("2024-01-01"), "params": {"colour": "red"}}, "colour"),
        ("n_qualified", {"on": D("2024-01-01")}, "qualification"),
        ("n_incubatee", {}, "on"),
        ("n_incubatee_new", {"start": D("2024-02-01"), "end": D("2024-01-01")}, "from"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_parameter(code, question, field):
    with pytest.raises(BadQuestion) as caught:
        figures.compute(code, **question)
    assert field in caught.value.errors
