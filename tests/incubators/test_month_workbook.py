"""A month by Excel: taken away, filled in, brought back; only what was changed changes."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl.utils import get_column_letter

from core.models import Change
from incubators.access import Role
from incubators.models import Carrier, ImportFile, Membership, MonthlyReport, ReportCalendar
from incubators.services import month_files
from incubators.services.cells import Edit, save_cells
from tests.incubators.factories import CarrierFactory, make_user
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
PAGE = "/reports/workbook/"
APRIL = date(2024, 4, 1)


def enter(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = Office()
    made.accepted(month=APRIL)
    return made


def download(client, **asked):
    answer = client.get(f"{PAGE}download/", {"month": "2024-05", **asked})
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def column(page, heading):
    return next(cell.column for cell in page[1] if cell.value == heading)


def fill(book, line, **values):
    """Put values under headings (without their unit) in a row of the sheet."""
    page = book["月报"]
    for heading, value in values.items():
        place = next(cell.column for cell in page[1] if str(cell.value).split("(")[0] == heading)
        page.cell(line, place).value = value


def as_file(book, name="月报.xlsx"):
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile(name, target.getvalue())


def send(client, book):
    answer = client.post(PAGE, {"file": as_file(book) if not isinstance(book, SimpleUploadedFile) else book})
    assert answer.status_code == 302, answer.content.decode()
    return ImportFile.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[-1])


def page_of(client, row):
    return client.get(reverse("incubators:report_workbook_detail", args=[row.pk])).content.decode()


def confirm(client, row, **chosen):
    return client.post(reverse("incubators:report_workbook_confirm", args=[row.pk]), chosen)


def test_the_workbook_holds_the_month_the_last_one_and_what_fields_mean(client, office):
    book = download(enter(client, office.operator))
    assert book.sheetnames == ["月报", "核对说明", "上月", "填写说明", "基准"]
    page = book["月报"]
    assert page.cell(2, 1).value == office.carrier.code
    assert page.cell(2, column(page, "创业导师(人)")).value == 10  # a standing figure, offered from last month
    assert page.cell(2, column(page, "本月活动场次(场)")).value is None
    assert book["上月"].cell(2, column(book["上月"], "本月获投融资金额(万元)")).value == 200
    assert "缺:原因" in page.cell(1, column(page, "创业导师(人)")).comment.text
    assert page.freeze_panes == "C2"
    assert page.protection.sheet
    assert not page.cell(2, column(page, "创业导师(人)")).protection.locked
    assert page.cell(1, 1).protection.locked
    assert book["基准"].sheet_state == "veryHidden"
    assert not any(str(cell.value or "").startswith("=") for row in page.iter_rows() for cell in row)


def test_an_untouched_workbook_changes_nothing(client, office):
    enter(client, office.operator)
    row = send(client, download(client))
    assert "没有动过的格" in page_of(client, row)
    assert confirm(client, row).status_code == 422
    assert not MonthlyReport.objects.filter(month=MAY).exists()


def test_figures_that_this_kind_of_carrier_need_not_tell_stay_as_they_are(client, office):
    space = CarrierFactory(area=office.town, kind=Carrier.Kind.MAKER_SPACE)
    for code, text in (("area_leasable", "300"), ("seats_total", "40")):
        save_cells(user=office.staff, month=MAY, edits=[Edit(space.code, code, text, "")])
    enter(client, office.staff)
    row = send(client, download(client))
    assert row.counts["saved"] == row.counts["refused"] == 0
    assert "没有动过的格" in page_of(client, row)


def test_only_what_was_changed_is_written_after_a_look_at_it(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 本月活动场次=3, 本月获投融资金额=52.5, 孵化基金规模="缺:账单未到", 填表人="王填报")
    row = send(client, book)
    body = page_of(client, row)
    assert "确认写入 3 格" in body  # 填表人 stood there already
    assert not MonthlyReport.objects.filter(month=MAY).exists()
    confirm(client, row)
    report = MonthlyReport.objects.get(month=MAY)
    assert (report.events, report.financing, report.mentors) == (3, 525_000, 10)
    assert report.gaps["fund_size"]["reason"] == "账单未到"
    line = Change.objects.get(action="填报月报", record_id=str(report.pk))
    assert line.channel == Change.Channel.IMPORT
    assert "月报.xlsx" in line.reason


def test_what_is_wrong_stays_in_the_workbook_marked_and_can_come_again(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 本月活动场次="三场", 本月辅导次数=4)
    row = send(client, book)
    assert "不是数字" in page_of(client, row)
    confirm(client, row)
    report = MonthlyReport.objects.get(month=MAY)
    assert (report.events, report.mentor_sessions, report.unread) == (None, 4, {})
    marked = client.get(reverse("incubators:report_workbook_marked", args=[row.pk]))
    again = openpyxl.load_workbook(io.BytesIO(marked.content))
    cell = again["月报"].cell(2, column(again["月报"], "本月活动场次(场)"))
    assert cell.value == "三场"
    assert "不是数字" in cell.comment.text
    cell.value = 3
    row = send(client, again)
    assert row.counts["conflict"] == row.counts["wrong"] == 0
    confirm(client, row)
    report.refresh_from_db()
    assert report.events == 3


def test_figures_that_contradict_each_other_are_told_before_anything_is_written(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 其中专业服务人员=20)
    row = send(client, book)
    assert row.counts["wrong"] == 1
    assert "大于" in page_of(client, row)


def test_what_somebody_else_changed_meanwhile_is_shown_and_kept_unless_one_says_otherwise(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 创业导师=12)
    save_cells(user=office.staff, month=MAY, edits=[Edit(office.carrier.code, "mentors", "9", "10")])
    row = send(client, book)
    body = page_of(client, row)
    assert "他人已改" in body
    assert "张科员" in body
    assert confirm(client, row).status_code == 422  # nothing chosen
    confirm(client, row, mine="0")
    assert MonthlyReport.objects.get(month=MAY).mentors == 12


def test_a_cell_that_was_emptied_empties_the_figure(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 创业导师=None)
    confirm(client, send(client, book))
    assert MonthlyReport.objects.get(month=MAY).mentors is None


def test_headings_may_stand_in_another_order_with_other_blanks(client, office):
    enter(client, office.operator)
    book = download(client)
    page = book["月报"]
    fill(book, 2, 本月活动场次=3)
    place = column(page, "本月活动场次(场)")
    page.cell(1, place).value = " 本月 活动场次(场)"
    page.move_range(f"A1:A{page.max_row}", cols=60)  # the code of the carrier at the far right
    page.insert_rows(1)
    row = send(client, book)
    assert row.counts["saved"] == 1


def test_staff_get_all_carriers_an_operator_its_own_and_a_closed_one_is_told(client, office):
    other = CarrierFactory(area=office.town, name="另一家孵化器")
    office.submitted()
    enter(client, office.staff)
    book = download(client)
    assert [row[0].value for row in book["月报"].iter_rows(min_row=2)] == [office.carrier.code, other.code]
    line = 2
    assert book["月报"].cell(line, column(book["月报"], "创业导师(人)")).protection.locked
    fill(book, line, 创业导师=11)
    fill(book, 3, 创业导师=5)
    row = send(client, book)
    assert (row.counts["refused"], row.counts["saved"]) == (1, 1)
    confirm(client, row)
    assert MonthlyReport.objects.get(carrier=other).mentors == 5
    assert MonthlyReport.objects.get(carrier=office.carrier, month=MAY).mentors == 10
    enter(client, office.operator)
    assert download(client)["月报"].max_row == 2


def test_other_peoples_carriers_are_refused_at_their_row(client, office):
    stranger = Office()
    enter(client, office.staff)
    book = download(client)
    fill(book, 2, 创业导师=11)
    enter(client, stranger.staff)
    row = send(client, book)
    assert row.counts["saved"] == 0
    body = page_of(client, row)
    assert "不在您的权限范围内" in body
    assert office.carrier.name not in body
    assert client.get(f"{PAGE}download/", {"month": "2024-05", "carrier": office.carrier.code}).status_code == 302


def test_a_workbook_is_seen_by_who_brought_it_alone(client, office):
    enter(client, office.operator)
    row = send(client, download(client))
    enter(client, office.staff)
    assert client.get(reverse("incubators:report_workbook_detail", args=[row.pk])).status_code == 404
    assert client.get(reverse("incubators:import_detail", args=[row.pk])).status_code == 404
    assert client.get(reverse("incubators:exchange_home")).status_code == 200


def test_what_a_district_declares_has_its_column_and_its_choices(client, office):
    declared = [
        {"code": "x_1", "label": "发明人数", "unit": "人", "kind": "count"},
        {"code": "x_2", "label": "运营方式", "unit": "", "kind": "choice", "options": ["自营", "托管"]},
    ]
    ReportCalendar.objects.create(area=office.district, declared=declared)
    enter(client, office.operator)
    book = download(client)
    page = book["月报"]
    assert "可选项" in book.sheetnames
    assert [each.type for each in page.data_validations.dataValidation].count("list") == 1
    fill(book, 2, 发明人数=7, 运营方式="自营")
    confirm(client, send(client, book))
    assert MonthlyReport.objects.get(month=MAY).extra == {"x_1": 7, "x_2": "自营"}
    fill(book, 2, 运营方式="外包")
    assert send(client, book).counts["wrong"] == 1


@pytest.mark.parametrize(
    ("here", "there", "headings"),
    [
        ({"unit": "万元", "kind": "money"}, {"unit": "家", "kind": "count"}, {"产值(万元)", "产值(家)"}),
        ({"unit": "家", "kind": "count"}, {"unit": "", "kind": "text"}, {"产值(家)", "产值"}),
        ({"unit": "家", "kind": "count", "largest": "50"}, {"unit": "家", "kind": "count", "code": "x_2"}, None),
        ({"unit": "家", "kind": "count", "largest": "50"}, {"unit": "家", "kind": "count"}, None),
    ],
)
def test_two_districts_fields_of_one_name_are_two_columns(client, office, here, there, headings):
    """Each carrier's figure stands and is read in the column of its own district, whatever their order."""
    other = Office()
    for each, entry in ((office, here), (other, there)):
        declared = [{"code": "x_1", "label": "产值", **entry}]
        ReportCalendar.objects.create(area=each.district, declared=declared)
    Membership.objects.create(user=office.staff, role=Role.STAFF, area=other.district, valid_from=date(2020, 1, 1))
    enter(client, office.staff)
    book = download(client)
    page = book["月报"]
    heads = {cell.value: cell.column for cell in page[1] if str(cell.value).startswith("产值")}
    assert len(heads) == 2
    assert headings is None or {*heads} == headings
    for line in (2, 3):
        carrier = page.cell(line, 1).value
        own = [place for place in heads.values() if page.cell(line, place).protection.locked is False]
        assert len(own) == 1
        page.cell(line, own[0]).value = 7 if carrier == office.carrier.code else 8
    for place in heads.values():  # to the far end, the other way round
        page.move_range(f"{get_column_letter(place)}1:{get_column_letter(place)}3", cols=60 - 2 * place)
    confirm(client, send(client, book))
    kept = dict(MonthlyReport.objects.filter(month=MAY).values_list("carrier__code", "extra"))
    value = "70000.00" if here["kind"] == "money" else 7
    said = "8" if there["kind"] == "text" else 8
    assert kept == {office.carrier.code: {"x_1": value}, other.carrier.code: {there.get("code", "x_1"): said}}


def test_a_first_cumulative_month_is_headed_so(client, office):
    ReportCalendar.objects.create(area=office.district, first_month=MAY, first_is_cumulative=True)
    page = download(enter(client, office.operator))["月报"]
    assert column(page, "1–5月累计活动场次(场)")
    assert column(page, "创业导师(人)")


def plain_workbook():
    book = openpyxl.Workbook()
    book.active.append(["载体编号", "创业导师"])
    return as_file(book)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (plain_workbook, "不是从门户下载的月报工作簿"),
        (lambda: SimpleUploadedFile("月报.xlsx", b"%PDF-1.7 x"), "PDF"),
        (lambda: SimpleUploadedFile("月报.xlsx", b" "), "空的"),
        (lambda: SimpleUploadedFile("月报.csv", "载体编号,创业导师\n1,2\n".encode()), "不是从门户下载的月报工作簿"),
        (lambda: SimpleUploadedFile("月报.xlsx", b"PK\x03\x04 broken"), "损坏"),
    ],
)
def test_what_is_no_workbook_of_a_month_is_refused_in_words(client, office, file, words):
    answer = enter(client, office.operator).post(PAGE, {"file": file()})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_who_only_reads_gets_no_workbook(client, office):
    leader = make_user(Role.LEADER, area=office.district)
    assert enter(client, leader).get(PAGE).status_code == 403


def test_a_workbook_is_put_aside(client, office, django_capture_on_commit_callbacks):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 创业导师=12)
    row = send(client, book)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("incubators:report_workbook_discard", args=[row.pk]))
    assert confirm(client, row).status_code == 422
    assert not MonthlyReport.objects.filter(month=MAY).exists()


def test_reading_and_writing_many_carriers_asks_no_more(office, django_assert_max_num_queries):
    for _ in range(12):
        CarrierFactory(area=office.town)
    carriers = month_files.carriers_to_fill(office.staff, MAY)
    with django_assert_max_num_queries(8):
        month_files.download(office.staff, MAY, carriers)


def test_one_goes_on_in_the_workbook_that_was_brought_back_before(client, office):
    enter(client, office.operator)
    book = download(client)
    fill(book, 2, 本月活动场次=3)
    confirm(client, send(client, book))
    assert send(client, book).counts["saved"] == 0
    fill(book, 2, 本月活动场次=None)
    row = send(client, book)
    assert (row.counts["saved"], row.counts["conflict"]) == (1, 0)
    confirm(client, row)
    assert MonthlyReport.objects.get(month=MAY).events is None
