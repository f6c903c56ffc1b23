"""The year's months as Torch figures: sums, last values, rounding to 千元, what lacks, and the 5% of rule R26."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.models import Change
from core.permits import NotPermitted, Refused
from core.trail_chain import opened
from incubators.access import Role
from incubators.indicators import catalogue, figures
from incubators.indicators.base import Kind
from incubators.models import Membership, MonthClose, MonthlyReport, ReportCalendar, Residency, TorchFigure
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE
from incubators.reporting.fields import NOT_APPLICABLE, Gap, GapKind
from incubators.reporting.torch import BY_CODE, ENTERPRISE_ITEMS, ITEMS, Compared, Source, months_cn, roll, year_of
from incubators.reporting.torch_table import parse
from incubators.services.torch import Filed, file_figures
from tests.incubators.factories import CarrierFactory, MonthlyReportFactory, ResidencyFactory, make_user, signed_in
from tests.incubators.report_cases import Office

JANUARY = datetime(2025, 1, 20, 4, tzinfo=UTC)  # all of 2024 has ended
INCOME, FUND = BY_CODE["income"], BY_CODE["fund_size"]

months = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: day.replace(day=1))
cents = st.integers(0, 10**13).map(lambda number: Decimal(number) / 100)
answers = st.dictionaries(
    months, st.one_of(cents, st.none(), st.just(NOT_APPLICABLE), st.just(Gap(GapKind.MISSING, "x")))
)


# --- Adding up --------------------------------------------------------------------------------------------------------
@given(answers)
def test_the_year_to_date_is_the_sum_of_its_months(held):
    amount = roll(INCOME, held)
    known = [each for each in held.values() if isinstance(each, Decimal)]
    assert amount.value == (sum(known) if known else None)
    assert [month for month, _ in amount.parts] == sorted(month for month, _ in amount.parts)


@given(answers, months, cents)
def test_one_more_month_adds_exactly_its_figure(held, month, value):
    before = roll(INCOME, {m: each for m, each in held.items() if m != month}).value or Decimal(0)
    assert roll(INCOME, {**held, month: value}).value == before + value


@given(answers)
def test_a_stock_is_that_of_the_last_month_that_says_it(held):
    known = {month: each for month, each in held.items() if isinstance(each, Decimal)}
    assert roll(FUND, held).value == (known[max(known)] if known else None)


@given(st.lists(cents, min_size=1, max_size=12))
def test_money_is_summed_in_yuan_and_rounded_once_half_up(values):
    held = {date(2024, number, 1): value for number, value in enumerate(values, start=1)}
    exact = sum(values) / 1000
    assert roll(INCOME, held).shown == exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def test_half_a_thousand_is_rounded_up():
    assert roll(INCOME, {date(2024, 1, 1): Decimal("1499.99")}).shown == 1
    assert roll(INCOME, {date(2024, 1, 1): Decimal("1500.00")}).shown == 2
    # Two months of 0.4 make 0.8 and so 1: rounded months would make 0.
    assert roll(INCOME, {date(2024, 1, 1): Decimal(400), date(2024, 2, 1): Decimal(400)}).shown == 1


def test_a_month_without_the_figure_is_named_and_one_to_which_it_does_not_apply_is_not():
    amount = roll(INCOME, {date(2024, 3, 1): None, date(2024, 4, 1): NOT_APPLICABLE, date(2024, 5, 1): Decimal(5)})
    assert amount.unsaid == (date(2024, 3, 1),)


def test_a_stock_that_december_does_not_say_is_of_an_earlier_month_and_december_is_named():
    amount = roll(FUND, {date(2024, 9, 1): None, date(2024, 11, 1): Decimal(5000), date(2024, 12, 1): None})
    assert (amount.shown, amount.parts[0][0]) == (5, date(2024, 11, 1))
    assert amount.unsaid == (date(2024, 12, 1),)  # September does not matter to the last month's value


@pytest.mark.parametrize(
    ("ours", "filed", "differs"),
    [(1050, 1000, False), (1051, 1000, True), (950, 1000, False), (949, 1000, True), (0, 0, False), (1, 0, True)],
)
def test_more_than_five_per_cent_differs(ours, filed, differs):
    assert Compared(Decimal(ours), Decimal(filed)).differs is differs


def test_the_difference_shows_its_arithmetic():
    assert Compared(Decimal(1200), Decimal(1000)).worked == "(1,200 − 1,000) ÷ 1,000 = +20.00%"
    assert Compared(Decimal(900), Decimal(1000)).worked == "(900 − 1,000) ÷ 1,000 = −10.00%"
    assert "填报数为 0" in Compared(Decimal(3), Decimal(0)).worked
    assert "无法比对" in Compared(None, Decimal(3)).worked


def test_months_are_named_in_runs():
    assert months_cn([date(2024, n, 1) for n in (3, 5, 6, 7, 12)]) == "3月、5至7月、12月"


@pytest.mark.parametrize(
    ("code", "typed", "unit", "kept"),
    [
        ("income", "1,234.5", "", "1234500.00"),
        ("income", "1，234.5", "", "1234500.00"),
        ("income", "120", "万元", "1200000.00"),
        ("income", 465.00005, "", "465000.05"),
        ("events", "12", "", "12.00"),
        ("income", "—", "", None),
    ],
)
def test_a_filed_figure_is_kept_in_yuan(code, typed, unit, kept):
    assert parse(BY_CODE[code], typed, unit) == (None if kept is None else Decimal(kept))


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        *(("income", "-1"), ("events", "1.5"), ("income", "甲"), ("income", "1.234567"), ("income", 1e-07)),
        *(("income", "1e999999"), ("income", 1e300), ("events", "1_0"), ("events", "1、2"), ("income", "12,5")),
    ],
)
def test_what_is_no_figure_is_refused(code, typed):
    with pytest.raises(Refused):
        parse(BY_CODE[code], typed)


# --- A year -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def office(db):
    """A carrier with eleven accepted months of 2024: April is only submitted."""
    with time_machine.travel(JANUARY, tick=False):
        office = Office()
        for number in range(1, 13):
            MonthlyReportFactory(
                carrier=office.carrier, month=date(2024, number, 1), income=Decimal("100000.50"),
                income_non_rent=None, fund_size=Decimal(number * 1_000_000), events=number,
                state=MonthlyReport.State.SUBMITTED if number == 4 else MonthlyReport.State.ACCEPTED,
            )  # fmt: skip
        ResidencyFactory(carrier=office.carrier, entered_on=date(2024, 2, 1))
        ResidencyFactory(carrier=office.carrier, entered_on=date(2023, 2, 1))
        yield office


def row_of(office, **more):
    return year_of(office.staff, office.district, 2024, **more).rows[0]


def test_flows_are_added_stocks_are_decembers_counts_are_the_registers(office):
    row = row_of(office)
    assert row.amounts["income"].value == Decimal("1100005.50")
    assert row.amounts["income"].shown == 1100
    assert row.amounts["events"].value == 78 - 4
    assert row.amounts["fund_size"].shown == 12_000
    assert (row.amounts["n_incubatee"].value, row.amounts["n_incubatee_new"].value) == (2, 1)


def test_a_month_without_an_accepted_report_is_named(office):
    row = row_of(office)
    assert row.lacking == (date(2024, 4, 1),)
    assert row.remarks == "缺4月审核通过的月报"
    assert row.unsaid("income_non_rent") == "1至3月、5至12月未填此项"


def test_the_expression_can_be_added_up_by_hand(office):
    assert row_of(office).expression("events").startswith("1月 1 + 2月 2 + 3月 3 + 5月 5")
    assert row_of(office).expression("income").endswith("= 1,100.0055 ≈ 1,100")
    assert row_of(office).expression("fund_size") == "取12月 12,000"


def test_a_cumulative_first_month_counts_from_january(office):
    ReportCalendar.objects.create(
        area=office.district, from_month=date(2024, 1, 1), opens_day=1, due_day=5, review_day=10,
        first_month=date(2024, 5, 1), first_is_cumulative=True, set_by=office.staff, set_at=JANUARY,
    )  # fmt: skip
    with opened("test"):
        MonthlyReport.objects.filter(month__lt=date(2024, 5, 1)).delete()
    row = row_of(office)
    assert (row.lacking, row.outside) == ((), ())
    assert row.remarks == "5月为首个报告月,数自1月起累计"
    assert row.expression("events").startswith("1至5月 5 + 6月 6")
    ReportCalendar.objects.update(first_is_cumulative=False)
    assert row_of(office).remarks == "1至4月未要求填报"


def test_a_year_that_goes_on_holds_the_months_that_have_ended(office):
    Membership.objects.update(valid_from=date(2020, 1, 1))
    with time_machine.travel(datetime(2024, 8, 15, tzinfo=UTC), tick=False):
        found = year_of(office.staff, office.district, 2024)
        assert found.as_of == date(2024, 7, 31)
        assert found.rows[0].amounts["events"].value == 1 + 2 + 3 + 5 + 6 + 7


def test_the_total_is_rounded_once(office):
    other = CarrierFactory(area=office.town)
    MonthlyReportFactory(carrier=other, month=date(2024, 1, 1), income=Decimal("499.60"), income_non_rent=None)
    found = year_of(office.staff, office.district, 2024)
    # 1,100,005.50 + 499.60 = 1,100,505.10 yuan: 1,101; the rounded rows would make 1,100.
    assert found.total(INCOME) == 1101
    assert [row.amounts["income"].shown for row in found.rows] == [1100, 0]


def test_an_enterprise_in_two_carriers_counts_once_in_the_total(office):
    """Two tenants of one carrier, one of which rents a place in another as well: 2 + 1 rows, 2 enterprises."""
    other = CarrierFactory(area=office.town)
    mover = Residency.objects.earliest("pk").enterprise
    ResidencyFactory(carrier=other, enterprise=mover, entered_on=date(2024, 3, 1), incubating_from=None)
    found = year_of(office.staff, office.district, 2024)
    residents = BY_CODE["n_resident"]
    assert [row.amounts["n_resident"].shown for row in found.rows] == [2, 1]
    assert found.total(residents) == 2
    for item in ITEMS:
        if item.source is Source.REGISTER:
            flow = catalogue.get(item.code).kind is Kind.FLOW
            end = date(2024, 12, 31)
            asked = {"start": date(2024, 1, 1), "end": end} if flow else {"on": end}
            [answer] = figures.compute(item.code, within=office.district, user=office.staff, **asked)
            assert found.total(item) == answer.value, item.code


def test_the_table_marks_a_stock_of_an_earlier_month(office, client):
    with opened("test"):
        MonthlyReport.objects.filter(month=date(2024, 12, 1)).update(fund_size=None)
    body = client.get("/reports/torch/?year=2024").content.decode()
    assert body.count('title="为11月末数"') == 1
    shown = client.get(f"/reports/torch/{office.carrier.code}/2024/").content.decode()
    assert "取11月 11,000" in shown
    assert "12月未填此项" in shown


def test_a_carrier_has_only_the_months_in_which_it_operated(office):
    young = CarrierFactory(area=office.town, opened_on=date(2024, 11, 15))
    assert row_of(office, carrier=young.code).lacking == (date(2024, 11, 1), date(2024, 12, 1))


# --- What was filed ---------------------------------------------------------------------------------------------------
def filed(office, code, value, note=None, user=None, source="火炬导出"):
    entry = Filed(office.carrier, code, None if value is None else Decimal(value), note)
    return file_figures(user=user or office.staff, year=2024, entries=[entry], source=source)


def test_a_filed_figure_is_kept_with_who_and_whence_and_leaves_a_line(office):
    assert filed(office, "income", 1_200_000) == 1
    row = TorchFigure.objects.get()
    assert (row.value, row.source, row.entered_by) == (1_200_000, "火炬导出", office.staff)
    line = Change.objects.get(action="录入火炬填报数")
    assert line.after["value"] == "1200000"
    assert filed(office, "income", 1_200_000) == 0
    assert filed(office, "income", 1_200_000, note="口径不同", source="") == 1
    assert filed(office, "income", None) == 1
    assert Change.objects.filter(action="录入火炬填报数").count() == 3
    assert not TorchFigure.objects.exists()


def test_who_reviews_the_carrier_files_nobody_else(office):
    for user in (office.operator, make_user(Role.LEADER, area=office.district), Office().staff):
        with pytest.raises(NotPermitted):
            filed(office, "income", 1, user=user)


def test_a_source_is_asked_for(office):
    with pytest.raises(Refused, match="来源"):
        filed(office, "income", 1, source=" ")


def test_the_database_holds_no_second_or_negative_figure(office):
    filed(office, "income", 1)
    row = TorchFigure.objects.get()
    for change in ({"pk": None}, {"value": -1}):
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert="pk" in change)
        row = TorchFigure.objects.get()


def test_differences_list_what_is_more_than_five_per_cent_apart(office):
    filed(office, "income", 1_045_000)  # 1,100 against 1,045: 5.26%
    filed(office, "events", 74)
    ((row, item, compared, figure),) = year_of(office.staff, office.district, 2024).differences
    assert (row.carrier, item.code, figure.note) == (office.carrier, "income", "")
    assert compared.worked == "(1,100 − 1,045) ÷ 1,045 = +5.26%"


# --- The pages --------------------------------------------------------------------------------------------------------
@pytest.fixture
def client(office):
    client = Client()
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_pages_show_the_year_and_the_differences(office, client):
    filed(office, "income", 500_000)
    page = client.get("/reports/torch/?year=2024").content.decode()
    assert "缺4月审核通过的月报" in page
    assert "1,100" in page
    assert "(1,100 − 500) ÷ 500 = +120.00%" in client.get("/reports/torch/?year=2024&tab=differences").content.decode()


def test_once_december_is_closed_each_difference_asks_for_its_reason(office, client):
    filed(office, "income", 500_000)
    filed(office, "events", 20)
    address = "/reports/torch/?year=2024"
    before = client.get(address).content.decode()
    assert "还不是最后结果" in before
    assert "没有差异说明" not in before
    MonthClose.objects.create(area=office.district, month=date(2024, 12, 1), closed_by=office.staff)
    assert "还有2项相差超过5%的没有差异说明" in client.get(address).content.decode()
    filed(office, "events", 20, note="火炬只计线下活动")
    assert "还有1项相差超过5%的没有差异说明" in client.get(address).content.decode()
    filed(office, "income", 500_000, note="含集团收入")
    assert "没有差异说明" not in client.get(address).content.decode()


def test_figures_and_notes_are_entered_beside_the_months(office, client):
    address = f"/reports/torch/{office.carrier.code}/2024/"
    answer = client.post(address, {"value:income": "1200", "source": "年报系统"})
    assert answer.status_code == 302
    assert TorchFigure.objects.get().value == 1_200_000
    sent = {"was:income": "1200", "value:income": "1200", "was-note:income": "", "note:income": "含4月"}
    assert client.post(address, sent).status_code == 302
    assert TorchFigure.objects.get().note == "含4月"
    assert "含4月" in client.get("/reports/torch/?year=2024&tab=differences").content.decode()


def test_nothing_typed_is_lost_and_nothing_is_overwritten_unseen(office, client):
    address = f"/reports/torch/{office.carrier.code}/2024/"
    wrong = client.post(address, {"value:income": "一千", "value:events": "70", "source": "年报"})
    assert wrong.status_code == 422
    assert 'value="一千"' in wrong.content.decode()
    assert 'value="70"' in wrong.content.decode()
    filed(office, "income", 900_000)
    late = client.post(address, {"was:income": "", "value:income": "1000", "source": "年报"})
    assert late.status_code == 422
    assert "已被张科员改为“900”" in late.content.decode()
    assert TorchFigure.objects.get().value == 900_000


def test_a_pasted_table_is_imported(office, client):
    pasted = f"编号\t载体总收入(万元)\t创新创业活动场次\n{office.carrier.code}\t120\t70\n"
    answer = client.post("/reports/torch/import/?year=2024", {"pasted": pasted, "source": "火炬"}, follow=True)
    assert "已录入 1 家载体的填报数" in answer.content.decode()
    assert dict(TorchFigure.objects.values_list("code", "value")) == {"income": 1_200_000, "events": 70}


def test_a_wrong_cell_keeps_everything_out_and_the_text_in_place(office, client):
    pasted = f"编号\t载体总收入\t创新创业活动场次\n{office.carrier.code}\t120\t多\nX9\t1\t2\n"
    answer = client.post("/reports/torch/import/?year=2024", {"pasted": pasted, "source": "火炬"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "C2" in page
    assert "没有编号为“X9”的载体" in page
    assert "文件里有 2 处需要改正" in page
    assert "多\nX9" in page
    assert not TorchFigure.objects.exists()


@pytest.mark.parametrize(
    ("asked", "words"), [("year=20x4", "不是可以汇总的年份"), ("year=2024&area=nowhere", "没有“nowhere”这个区域")]
)
def test_no_file_is_given_of_what_was_not_asked_for(office, client, asked, words):
    answer = client.get(f"/reports/torch/?{asked}&format=xlsx")
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(("less", "said"), [(0, "相符"), (30, "差异未超5%"), (300, "相差超过5%")])
def test_only_an_equal_figure_agrees(office, client, less, said):
    value = row_of(office).amounts["income"].shown - less  # of 1,100
    where = f"/reports/torch/{office.carrier.code}/2024/"
    client.post(where, {"source": "火炬系统", "value:income": str(value)})
    page = client.get(where).content.decode()
    words = {"相符", "差异未超5%", "相差超过5%"}
    assert {word for word in words if f"{word}</span>" in page} == {said}


def test_a_month_that_lacks_is_marked_at_sums_and_at_a_stock_that_it_would_change(office, client):
    row = row_of(office)  # April is not accepted; the fund is December's
    assert row.mark("income")
    assert not row.mark("fund_size")
    late = CarrierFactory(area=office.town)
    MonthlyReportFactory(
        carrier=late, month=date(2024, 11, 1), fund_size=Decimal(1_000_000), state=MonthlyReport.State.ACCEPTED
    )
    assert row_of(office, carrier=late.code).mark("fund_size")
    cells = {
        cell["href"]: cell["mark"]
        for line in client.get("/reports/torch/?year=2024").context["shown"]
        for cell in line["cells"]
    }
    assert cells[f"/reports/torch/{office.carrier.code}/2024/#income"]
    assert not cells[f"/reports/torch/{office.carrier.code}/2024/#fund_size"]
    assert cells[f"/reports/torch/{late.code}/2024/#fund_size"]


def test_the_export_filled_in_is_the_import(office, client):
    exported = client.get("/reports/torch/?year=2024&format=xlsx")
    content = b"".join(exported.streaming_content)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    of_incubatees = {item.head for item in ENTERPRISE_ITEMS}  # of whom nobody was asked
    assert {item.head for item in ITEMS} - of_incubatees <= set(heads)
    assert not of_incubatees & set(heads)
    assert sheet.cell(2, heads.index("载体总收入(千元)") + 1).value == 1100
    upload = SimpleUploadedFile("填报数.xlsx", content)
    client.post("/reports/torch/import/?year=2024", {"file": upload, "source": "火炬"})
    # All items that the months or the register say: as filed they differ by nothing but the rounding.
    found = year_of(office.staff, office.district, 2024)
    said = [item for item in ITEMS if found.rows[0].amounts[item.code].shown is not None]
    assert {*found.rows[0].filed} == {item.code for item in said}
    assert found.differences == []


def test_an_upload_that_is_no_table_is_named(office, client):
    upload = SimpleUploadedFile("a.xlsx", b"%PDF-1.4 nothing")
    answer = client.post("/reports/torch/import/?year=2024", {"file": upload, "source": "火炬"})
    assert answer.status_code == 422
    assert "PDF" in answer.content.decode()


def test_leaders_read_and_do_not_enter(office):
    leader = Client()
    leader.force_login(
        make_user(Role.LEADER, area=office.district), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert leader.get("/reports/torch/?year=2024").status_code == 200
    answer = leader.post(f"/reports/torch/{office.carrier.code}/2024/", {"value:income": "1", "source": "x"})
    assert answer.status_code == 422
    assert leader.get("/reports/torch/import/").status_code == 403
    assert not TorchFigure.objects.exists()


def test_an_operator_reads_the_own_year_and_no_other(office):
    other = CarrierFactory(area=office.town)
    operator = signed_in(office.operator)
    assert f'href="/reports/torch/{office.carrier.code}/' in operator.get("/reports/").content.decode()
    page = operator.get(f"/reports/torch/{office.carrier.code}/2024/").content.decode()
    assert "1,100" in page
    assert ">我的月报</a>" in page
    assert 'name="value:income"' not in page
    assert operator.get(f"/reports/torch/{other.code}/2024/").status_code == 404
    assert operator.get("/reports/torch/").status_code == 403
    answer = operator.post(f"/reports/torch/{office.carrier.code}/2024/", {"value:income": "1", "source": "x"})
    assert answer.status_code == 422
    assert not TorchFigure.objects.exists()


def test_the_queries_do_not_grow_with_the_carriers(office, client):
    def queries(**asked):
        with CaptureQueriesContext(connection) as found:
            client.get(f"/reports/torch/?{urlencode({'year': 2024, **asked})}")
        return len(found)

    few = [queries(), queries(tab="differences"), queries(format="csv")]
    for _ in range(30):
        carrier = CarrierFactory(area=office.town)
        MonthlyReportFactory(carrier=carrier, month=date(2024, 6, 1))
        filed(office, "income", 1)
    assert [queries(), queries(tab="differences"), queries(format="csv")] == few
    assert max(few) <= 12


def test_every_item_has_a_home():
    columns = {field.name for field in MonthlyReport._meta.get_fields()}
    assert all(item.code in columns for item in ITEMS if item.source in {Source.FLOW, Source.STOCK})
    assert all(item.column in ENTERPRISE_BY_CODE for item in ENTERPRISE_ITEMS)
