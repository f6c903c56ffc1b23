"""The catalogue against a plain replay: a seeded world, every question asked twice, once of the database and once row by
row in Python. And the dates at which the two could part."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incubators.indicators import catalogue, figures
from incubators.indicators.base import Coverage, Kind, Ratio
from incubators.indicators.tally import month_end, months_between
from incubators.models import Area, AreaGroup, Carrier, MonthlyReport, Qualification, ReportCalendar, Residency
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    FundFactory,
    FundInvestmentFactory,
    IncubationRuleFactory,
    MonthlyReportFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TownFactory,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat
FIRST, LAST = D("2023-01-01"), D("2025-06-20")


def _day(dice, low, high):
    return low + timedelta(days=dice.randrange((high - low).days + 1))


def _stay(dice, enterprise, carrier, low):
    """One stay: a service tenant, one that still incubates, one that graduated, one that left, or both."""
    entered = _day(dice, low, D("2025-03-01"))
    began = None if dice.random() < 0.15 else entered + timedelta(days=dice.choice([0, 0, 30]))
    graduated = began + timedelta(days=dice.randrange(500)) if began and dice.random() < 0.3 else None
    left = entered + timedelta(days=dice.randrange(900)) if dice.random() < 0.5 else None
    return ResidencyFactory(
        enterprise=enterprise,
        carrier=carrier,
        entered_on=entered,
        incubating_from=began,
        graduated_on=graduated,
        graduation_ground="invested" if graduated else "",
        left_on=left,
        outcome="moved_out" if left else "",
        mentored=dice.random() < 0.5,
    )


@pytest.fixture(params=[1, 2, 3])
def world(request):
    """Two districts; a carrier may stand in one and be credited to the other; enterprises move and renew."""
    IncubationRuleFactory()
    dice = random.Random(request.param)  # noqa: S311 - repeatable, not secret
    districts = [AreaFactory(code=f"w{n}", path=f"/w{n}/") for n in range(2)]
    carriers = []
    for _ in range(6):
        opened = _day(dice, D("2021-01-01"), D("2023-06-01"))
        carriers.append(
            CarrierFactory(
                area=dice.choice(districts),
                owner_area=dice.choice(districts),
                opened_on=opened,
                closed_on=_day(dice, opened, D("2026-01-01")) if dice.random() < 0.3 else None,
            )
        )
    kinds = [QualificationKindFactory(code=code, name=code) for code in ("high_tech", "tech_sme", "hard_tech")]
    for _ in range(40):
        enterprise = EnterpriseFactory(area=dice.choice(districts), industry=dice.choice(["新材料", "现代农业"]))
        earlier = D("2019-06-01")
        for _ in range(dice.choice([0, 1, 1, 2])):
            earlier = _stay(dice, enterprise, dice.choice(carriers), earlier).left_on or D("2025-03-01")
            earlier = min(earlier, D("2025-03-01"))
            if earlier == D("2025-03-01"):
                break
        for kind in dice.sample(kinds, dice.randrange(3)):
            start = _day(dice, D("2021-06-01"), D("2025-06-30"))
            for renewal in range(dice.choice([1, 2, 2])):
                begins = start + relativedelta(years=2 * renewal)
                ends = None if dice.random() < 0.2 else begins + relativedelta(years=3, days=-1)
                QualificationFactory(enterprise=enterprise, kind=kind, valid_from=begins, valid_to=ends)
    return districts


# --- The same rules, row by row ---------------------------------------------------------------------------------------
def _lives(start, ends, day):
    return start is not None and start <= day and all(end is None or end > day for end in ends)


def _incubates(stay, day):
    return _lives(stay.incubating_from, (stay.left_on, stay.graduated_on), day)


def _began(stay):
    return stay.incubating_from is not None and (stay.left_on is None or stay.left_on >= stay.incubating_from)


def _valid(qualification, day):
    return qualification.valid_from <= day and (qualification.valid_to is None or qualification.valid_to >= day)


class Replay:
    """Everything in memory; ``stock`` and ``flow`` answer as the definitions read."""

    def __init__(self, within=None, carrier=None):
        stays = Residency.objects.select_related("carrier__owner_area", "enterprise")
        self.stays = [
            s
            for s in stays
            if (within is None or s.carrier.owner_area_id == within.pk) and (carrier is None or s.carrier_id == carrier)
        ]
        self.carriers = [c for c in Carrier.objects.all() if within is None or c.owner_area_id == within.pk]
        self.held = list(Qualification.objects.select_related("kind"))

    def _clock(self, stay):
        """A gap does not set the clock back: the first incubation in the same carrier counts."""
        return min(
            s.incubating_from
            for s in Residency.objects.filter(enterprise=stay.enterprise_id, carrier=stay.carrier_id)
            if s.incubating_from and s.incubating_from <= stay.incubating_from
        )

    def _holders(self, code, day):
        return {q.enterprise_id for q in self.held if q.kind.code == code and _valid(q, day)}

    def stock(self, code, day):
        inside = {s.enterprise_id for s in self.stays if _incubates(s, day)}
        if code == "n_overdue":
            return len(
                {
                    s.enterprise_id
                    for s in self.stays
                    if _incubates(s, day)
                    and self._clock(s) + relativedelta(months=60 if s.enterprise.industry == "现代农业" else 48) < day
                }
            )
        return {
            "n_incubatee": lambda: len(inside),
            "n_resident": lambda: len({s.enterprise_id for s in self.stays if _lives(s.entered_on, (s.left_on,), day)}),
            "n_hnte": lambda: len(inside & self._holders("high_tech", day)),
            "n_tech_sme": lambda: len(inside & self._holders("tech_sme", day)),
            "n_carriers": lambda: sum(_lives(c.opened_on, (c.closed_on,), day) for c in self.carriers),
            "n_graduate_cum": lambda: sum(s.graduated_on <= day for s in self._graduates()),
        }[code]()

    def _graduates(self):
        return [
            s for s in self.stays if _began(s) and s.graduated_on and (s.left_on is None or s.left_on >= s.graduated_on)
        ]

    def flow(self, code, first, last):
        def within(day):
            return day is not None and first <= day <= last

        if code == "n_hnte_new":
            firsts = {}
            for q in self.held:
                if q.kind.code == "high_tech":
                    firsts[q.enterprise_id] = min(q.valid_from, firsts.get(q.enterprise_id, q.valid_from))
            return sum(
                within(day) and any(s.enterprise_id == key and _incubates(s, day) for s in self.stays)
                for key, day in firsts.items()
            )
        return {
            "n_incubatee_new": lambda: sum(_began(s) and within(s.incubating_from) for s in self.stays),
            "n_graduate_new": lambda: sum(within(s.graduated_on) for s in self._graduates()),
            "n_exit_new": lambda: sum(
                _began(s) and within(s.left_on) and (s.graduated_on is None or s.graduated_on > s.left_on)
                for s in self.stays
            ),
            "n_carriers_new": lambda: sum(within(c.opened_on) for c in self.carriers),
        }[code]()


STOCKS = ("n_incubatee", "n_resident", "n_overdue", "n_hnte", "n_tech_sme", "n_carriers", "n_graduate_cum")
FLOWS = ("n_incubatee_new", "n_graduate_new", "n_exit_new", "n_hnte_new", "n_carriers_new")


def _period(month):
    return max(month, FIRST), min(month_end(month), LAST)


def test_every_month_of_every_stock_and_flow_is_as_replayed(world):
    replay = Replay()
    asked = {"by": "month", "start": FIRST, "end": LAST}
    seen = 0
    for code in STOCKS:
        for figure in figures.compute(code, **asked):
            expected = replay.stock(code, _period(figure.key)[1])
            assert figure.value == expected, (code, figure.label)
            seen += expected > 0
    for code in FLOWS:
        for figure in figures.compute(code, **asked):
            assert figure.value == replay.flow(code, *_period(figure.key)), (code, figure.label)
    assert seen > 100  # the world is not empty


def test_every_area_and_carrier_is_as_replayed(world):
    for code in STOCKS:
        for figure, area in zip(figures.compute(code, by="area", areas=world, on=LAST), world, strict=True):
            assert figure.value == Replay(within=area).stock(code, LAST), (code, area.code)
    for code in FLOWS:
        split = figures.compute(code, by="area", areas=world, start=FIRST, end=LAST)
        for figure, area in zip(split, world, strict=True):
            assert figure.value == Replay(within=area).flow(code, FIRST, LAST), (code, area.code)
    for code in ("n_incubatee", "n_hnte", "n_overdue"):
        found = {figure.key: figure.value for figure in figures.compute(code, by="carrier", on=LAST)}
        for carrier in Carrier.objects.all():
            assert found.get(carrier.pk, 0) == Replay(carrier=carrier.pk).stock(code, LAST), (code, carrier.code)


def test_every_area_in_every_month_is_as_replayed(world):
    replays = {area.pk: Replay(within=area) for area in world}
    for code in (*STOCKS, *FLOWS):
        answer = Replay.stock if code in STOCKS else Replay.flow
        for figure in figures.compute(code, by="area_month", areas=world, start=FIRST, end=LAST):
            first, last = _period(figure.month)
            days = (last,) if code in STOCKS else (first, last)
            assert figure.value == answer(replays[figure.key], code, *days), (code, figure.label)


@pytest.mark.parametrize(
    "code", ["income_total", "area_leased", "occupancy_rate", "report_completeness", "report_punctuality"]
)
def test_reports_of_an_area_in_a_month_are_those_of_the_area_in_that_month(world, code):
    dice = random.Random(7)  # noqa: S311 - repeatable, not secret
    for carrier in Carrier.objects.all():
        for month in months_between(D("2025-01-01"), D("2025-06-01")):
            if dice.random() < 0.7 and carrier.opened_on < month:
                area = dice.randrange(100, 900)
                MonthlyReportFactory(
                    carrier=carrier,
                    month=month,
                    area_leased=area,
                    area_leasable=1000,
                    income=dice.randrange(9000),
                    income_non_rent=None,
                )
    months = list(months_between(D("2025-01-01"), D("2025-06-01")))
    split = figures.compute(code, by="area_month", areas=world, start=months[0], end=month_end(months[-1]))
    found = {(figure.key, figure.month): figure for figure in split}
    flow = code == "income_total"
    for month in months:
        asked = {"start": month, "end": month_end(month)} if flow else {"on": month_end(month)}
        for alone in figures.compute(code, by="area", areas=world, **asked):
            cross = found[alone.key, month]
            assert (cross.value, cross.numerator, cross.denominator) == (
                alone.value,
                alone.numerator,
                alone.denominator,
            ), (code, month)
            assert bool(cross.missing) == bool(alone.missing)
    assert any(figure.value is not None for figure in split)


def test_begin_plus_new_minus_graduated_minus_left_is_the_end_in_every_month(world):
    replay = Replay()
    for month in months_between(FIRST, D("2025-05-01")):
        first, last = month, month_end(month)
        # Stays, not enterprises: one enterprise may leave one carrier and enter another in the month.
        standing = [sum(_incubates(s, day) for s in replay.stays) for day in (first - timedelta(days=1), last)]
        new, graduated, left = (
            figures.compute(code, start=first, end=last)[0].value
            for code in ("n_incubatee_new", "n_graduate_new", "n_exit_new")
        )
        assert standing[0] + new - graduated - left == standing[1], month


def test_every_count_is_as_large_as_its_list_of_records(world):
    FundInvestmentFactory.create_batch(2, fund=FundFactory(), paid_on=D("2025-01-01"))
    checked = 0
    for indicator in catalogue.all():
        if isinstance(indicator, Coverage | Ratio) or indicator.group in {"月报", "企业情况"}:
            continue
        asked = {"start": FIRST, "end": LAST} if indicator.kind is Kind.FLOW else {"on": LAST}
        populations = ("district", "incubatees", "residents") if "qualification" in indicator.required else ("",)
        for population in populations:
            params = {"qualification": "high_tech", "population": population} if population else {}
            value = figures.compute(indicator.code, params=params, **asked)[0].value
            assert value == figures.records(indicator.code, params=params, **asked).count(), indicator.code
            checked += 1
    assert checked > 25


def test_months_of_ratios_are_the_ratios_of_their_last_days(world):
    """Also of those that look back to the year's beginning."""
    for code in ("graduation_rate", "tech_sme_ratio", "mentored_ratio"):
        for figure in figures.compute(code, by="month", start=FIRST, end=LAST):
            alone = figures.compute(code, on=_period(figure.key)[1])[0]
            assert (figure.value, figure.denominator or 0) == (alone.value, alone.denominator), (code, figure.label)


# --- What is credited where -------------------------------------------------------------------------------------------
def test_a_new_certificate_is_credited_to_the_carrier_of_that_day_and_no_other():
    kind = QualificationKindFactory(code="high_tech")
    before, then = CarrierFactory(), CarrierFactory()
    enterprise = EnterpriseFactory(area=then.area)
    ResidencyFactory(
        enterprise=enterprise, carrier=before, entered_on=D("2022-01-01"), left_on=D("2024-05-01"), outcome="moved_out"
    )
    ResidencyFactory(enterprise=enterprise, carrier=then, entered_on=D("2024-05-01"))
    QualificationFactory(enterprise=enterprise, kind=kind, valid_from=D("2024-05-01"))
    year = {"start": D("2024-01-01"), "end": D("2024-12-31")}
    assert [(f.code, f.value) for f in figures.compute("n_hnte_new", by="carrier", **year)] == [(then.code, 1)]
    within = figures.compute("n_hnte_new", by="area", areas=[before.area, then.area], **year)
    assert [f.value for f in within] == [0, 1]


def test_a_graduate_or_a_service_tenant_that_moves_out_did_not_leave_incubation():
    carrier = CarrierFactory()
    ResidencyFactory(
        carrier=carrier, entered_on=D("2022-01-01"), graduated_on=D("2023-01-01"), graduation_ground="invested",
        left_on=D("2024-03-01"), outcome="moved_out",
    )  # fmt: skip
    ResidencyFactory(
        carrier=carrier,
        entered_on=D("2022-01-01"),
        incubating_from=None,
        left_on=D("2024-03-01"),
        outcome="moved_out",
    )
    year = {"start": D("2024-01-01"), "end": D("2024-12-31")}
    assert figures.compute("n_exit_new", **year)[0].value == 0


def test_coverage_by_month_and_by_area():
    district = AreaFactory(code="d1", path="/d1/")
    towns = [TownFactory(parent=district, name=name) for name in ("甲镇", "乙镇")]
    group = AreaGroup.objects.create(code="towns", name="各镇", parent=district, members_stated=True)
    group.members.set(towns)
    CarrierFactory(area=towns[0], opened_on=D("2024-02-10"), closed_on=D("2024-04-30"))
    asked = {"params": {"group": "towns"}}
    months = figures.compute("area_coverage", by="month", start=D("2024-01-01"), end=D("2024-04-30"), **asked)
    assert [f.value for f in months] == [0, Decimal("0.5"), Decimal("0.5"), 0]
    split = figures.compute("area_coverage", by="area", on=D("2024-03-01"), **asked)
    assert [(f.label, f.value) for f in split] == [("甲镇", 1), ("乙镇", 0)]
    assert list(figures.records("area_coverage", on=D("2024-03-01"), **asked)) == [Carrier.objects.get()]


# --- Reports ----------------------------------------------------------------------------------------------------------
def test_a_carrier_that_closes_within_the_month_is_expected_and_may_file():
    district = AreaFactory(code="d1", path="/d1/")
    for _ in range(2):
        closing = CarrierFactory(area=district, closed_on=D("2024-05-20"))
        MonthlyReportFactory(carrier=closing, month=D("2024-05-01"))
    CarrierFactory(area=district, opened_on=D("2024-05-31"))
    CarrierFactory(area=district, opened_on=D("2024-06-01"))
    figure = figures.compute("report_completeness", on=D("2024-05-31"), within=district)[0]
    assert (figure.numerator, figure.denominator) == (2, 3)
    months = figures.compute(
        "report_completeness", by="month", start=D("2024-04-01"), end=D("2024-06-10"), within=district
    )
    assert [f.value for f in months] == [0, Decimal("0.666667"), None]
    assert months[2].missing == "当月尚未结束"


SENT = {"late": "2024-06-06T12:00:00+08:00", "strict": "2024-06-04T12:00:00+08:00"}


@pytest.mark.parametrize(("sent", "expected"), [("2024-06-05T23:59:00+08:00", 1), ("2024-06-06T00:00:00+08:00", 0)])
def test_punctual_is_by_the_end_of_the_due_day_here(sent, expected):
    """5 June 2024 is a Wednesday: the due day itself."""
    MonthlyReportFactory(month=D("2024-05-01"), first_submitted_at=sent)
    assert figures.compute("report_punctuality", on=D("2024-05-31"))[0].value == expected


def test_a_district_with_a_calendar_of_its_own_is_judged_by_that():
    """A stricter day than the usual 5th is not softened by it, a later one not cut short."""
    for code, due_day in (("strict", 3), ("late", 7)):
        area = AreaFactory(code=code, path=f"/{code}/")
        ReportCalendar.objects.create(area=area, due_day=due_day)
        MonthlyReportFactory(carrier=CarrierFactory(area=area), month=D("2024-05-01"), first_submitted_at=SENT[code])
    asked = {"on": D("2024-05-31"), "areas": Area.objects.filter(code__in=SENT).order_by("code"), "by": "area"}
    assert [f.value for f in figures.compute("report_punctuality", **asked)] == [1, 0]


def test_the_last_month_asked_for_ends_on_the_day_asked_for():
    ResidencyFactory(entered_on=D("2024-05-21"))
    for end, expected in (("2024-05-20", 0), ("2024-05-21", 1)):
        months = figures.compute("n_incubatee", by="month", start=D("2024-05-01"), end=D(end))
        assert [f.value for f in months] == [expected]


def test_per_ten_incubatees_takes_both_terms_from_the_same_reports():
    reports = {"month": D("2024-05-01"), "mentors": 6}
    MonthlyReportFactory(register={"n_incubatee": 20}, **reports)
    MonthlyReportFactory(register={}, **reports)
    figure = figures.compute("mentors_per10", on=D("2024-05-31"))[0]
    assert (figure.numerator, figure.denominator, figure.value) == (6, 20, 3)


def test_what_was_not_reported_is_said_of_sums_areas_and_carriers():
    district = AreaFactory(code="d1", path="/d1/")
    silent, filing = CarrierFactory(area=district), CarrierFactory(area=district)
    MonthlyReportFactory(carrier=filing, month=D("2024-05-01"), events=4)
    MonthlyReportFactory(carrier=silent, month=D("2024-05-01"), events=9, state=MonthlyReport.State.SUBMITTED)
    period = {"start": D("2024-05-01"), "end": D("2024-06-15"), "within": district}
    whole = figures.compute("events_n", **period)[0]
    assert (whole.value, whole.missing) == (4, "应有2份月报,1份无此项通过数据,未计入")
    split = figures.compute("staff_total", by="carrier", on=D("2024-05-31"), within=district)
    assert [(f.code, f.value, f.missing) for f in split] == [
        (filing.code, 12, ""),
        (silent.code, None, "没有审核通过的月报数据"),
    ]
    area = figures.compute("staff_total", by="area", areas=[district], on=D("2024-05-31"))[0]
    assert (area.value, area.missing) == (12, "1家载体无此项通过数据,未计入")


def test_what_a_period_lacks_is_said_of_each_carrier_area_and_month():
    """Two carriers owe April and May: one filed both months, the other April alone. June has not ended."""
    district = AreaFactory(code="d1", path="/d1/")
    silent, filing = (CarrierFactory(area=district, opened_on=D("2024-04-10")) for _ in range(2))
    for carrier, month in ((filing, "2024-04-01"), (filing, "2024-05-01"), (silent, "2024-04-01")):
        MonthlyReportFactory(carrier=carrier, month=D(month), events=2)
    period = {"start": D("2024-03-15"), "end": D("2024-06-15"), "within": district}
    carriers = {f.code: (f.value, f.missing) for f in figures.compute("events_n", by="carrier", **period)}
    assert carriers == {filing.code: (4, ""), silent.code: (2, "应有2份月报,1份无此项通过数据,未计入")}
    (area,) = figures.compute("events_n", by="area", areas=[district], **period)
    assert (area.value, area.missing) == (6, "应有4份月报,1份无此项通过数据,未计入")
    months = [(f.label, f.value, f.missing) for f in figures.compute("events_n", by="month", **period)]
    assert months == [
        ("2024-03", None, "没有可用数据"),
        ("2024-04", 4, ""),
        ("2024-05", 2, "1家载体无此项通过数据,未计入"),
        ("2024-06", None, "当月尚未结束"),
    ]


def test_a_carrier_from_which_nothing_came_is_named_in_a_period():
    silent = CarrierFactory(opened_on=D("2024-04-10"))
    (figure,) = figures.compute("events_n", by="carrier", start=D("2024-04-01"), end=D("2024-05-31"))
    assert (figure.code, figure.value, figure.missing) == (silent.code, None, "没有审核通过的月报数据")


# --- However many -----------------------------------------------------------------------------------------------------
def _questions():
    for indicator in catalogue.all():
        params = {"qualification": "high_tech"} if "qualification" in indicator.required else {}
        if "group" in indicator.required:
            params = {"group": "everything"}
        for by in ("month", "area", "carrier", None):
            if by == "carrier" and isinstance(indicator, Coverage):
                continue
            yield indicator.code, {"by": by, "params": params, "start": FIRST, "end": LAST}


def _count(areas):
    numbers = {}
    for code, asked in _questions():
        with CaptureQueriesContext(connection) as captured:
            figures.compute(code, areas=areas, **asked)
        numbers[code, asked["by"]] = len(captured)
    return numbers


def test_every_figure_takes_as_many_queries_for_thirty_carriers_as_for_three():
    area = AreaFactory(code="d1", path="/d1/")
    group = AreaGroup.objects.create(code="everything", name="全部", parent=area, members_stated=True)
    group.members.add(area)

    def grow(number):
        for _ in range(number):
            stay = ResidencyFactory(carrier__area=area, entered_on=D("2024-01-10"))
            QualificationFactory(enterprise=stay.enterprise, valid_from=D("2024-02-01"))
            MonthlyReportFactory(carrier=stay.carrier, month=D("2025-05-01"), register={"n_incubatee": 1})

    grow(3)
    few = _count([area])
    grow(27)
    many = _count([area])
    assert few == many
    assert max(many.values()) <= 6  # of which one asks for the calendars: who was to report at all
