"""The base of REST lists, seen through the carriers: pages, order, fields, formats, conditional answers, errors."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import ApiToken
from core.cursors import pack
from core.spreadsheets import Column, build_xlsx, csv_cell, neutralise
from incubators.access import Role
from incubators.models import Carrier
from tests.incubators.factories import AreaFactory, CarrierFactory, ResidencyFactory, make_user

pytestmark = pytest.mark.django_db
CARRIERS = "/api/v1/carriers/"


@pytest.fixture
def area() -> Any:
    return AreaFactory()


@pytest.fixture
def staff(area: Any, client: Client) -> Client:
    client.force_login(make_user(Role.STAFF, area=area), backend="django.contrib.auth.backends.ModelBackend")
    return client


def walk(client: Client, address: str, link: str = "next") -> list[list[str]]:
    """The codes of every page from ``address`` on."""
    pages = []
    while address:
        body = client.get(address).json()
        pages.append([row["code"] for row in body["results"]])
        address = body[link]
    return pages


def test_pages_by_cursor_hold_every_row_once_and_lead_back(staff: Client, area: Any) -> None:
    for number in range(7):
        CarrierFactory(code=f"C{number}", area=area)
    pages = walk(staff, f"{CARRIERS}?page_size=3")
    assert pages == [["C0", "C1", "C2"], ["C3", "C4", "C5"], ["C6"]]
    address = f"{CARRIERS}?page_size=3"
    for _ in range(2):
        address = staff.get(address).json()["next"]
    assert walk(staff, staff.get(address).json()["previous"], "previous") == [["C3", "C4", "C5"], ["C0", "C1", "C2"]]


def test_a_row_added_meanwhile_neither_repeats_nor_hides_another(staff: Client, area: Any) -> None:
    for code in ("C1", "C3", "C5", "C7"):
        CarrierFactory(code=code, area=area)
    first = staff.get(f"{CARRIERS}?page_size=2").json()
    CarrierFactory(code="C0", area=area)
    Carrier.objects.get(code="C1").delete()
    assert [row["code"] for row in staff.get(first["next"]).json()["results"]] == ["C5", "C7"]


@pytest.mark.parametrize("ordering", ["floor_area", "-floor_area"])
def test_equal_and_empty_values_stay_in_one_stable_order(staff: Client, area: Any, ordering: str) -> None:
    sizes = [None, 10, 10, 10, None, 20, None]
    for number, size in enumerate(sizes):
        CarrierFactory(code=f"C{number}", area=area, floor_area=size)
    codes = [code for page in walk(staff, f"{CARRIERS}?page_size=2&ordering={ordering}") for code in page]
    filled, empty = ["C1", "C2", "C3", "C5"], ["C0", "C4", "C6"]
    expected = filled + empty if ordering == "floor_area" else filled[::-1] + empty[::-1]
    assert codes == expected, "empty values come last, ties by key in the same direction"
    last = staff.get(f"{CARRIERS}?page_size=6&ordering={ordering}").json()["next"]
    back = staff.get(staff.get(last).json()["previous"]).json()["results"]
    assert [row["code"] for row in back] == codes[:6]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("colour=red", "colour"),
        ("kind=castle", "kind"),
        ("ordering=secret", "ordering"),
        ("fields=code,secret", "fields"),
        ("page_size=0", "page_size"),
        ("page_size=abc", "page_size"),
        ("cursor=%21%21", "cursor"),
        ("cursor=W10", "cursor"),
        ("format=xml", "format"),
        ("area=nowhere", "area"),
        ("kind=castle&format=csv", "kind"),
        ("q=%00", "q"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(staff: Client, query: str, parameter: str) -> None:
    response = staff.get(f"{CARRIERS}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/problem+json")
    body = response.json()
    assert (body["status"], body["title"]) == (400, "请求有误")
    assert parameter in body["detail"]
    assert list(body["errors"]) == [parameter]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in body["errors"][parameter][0])


@pytest.mark.parametrize(
    ("address", "parameter", "words"),
    [
        ("residencies/?entered_on_after=2024-13-01", "entered_on_after", "“2024-13-01”不是日期,请写成"),
        ("residencies/?entered_on_after=2024-01-01&entered_on_before=x", "entered_on_before", "“x”不是日期"),
        ("residencies/?resident_on=gestern", "resident_on", "“gestern”不是日期"),
        ("residencies/?carrier=NOBODY", "carrier", "没有代码为“NOBODY”的载体"),
        ("residencies/?enterprise=1", "enterprise", "没有代码为“1”的企业"),
        ("designations/?title=none", "title", "没有代码为“none”的称号"),
        ("qualifications/?kind=none", "kind", "没有代码为“none”的资质"),
        ("areas/?parent=none", "parent", "没有代码为“none”的区域"),
        ("progress/?target=none", "target", "没有代码为“none”的目标"),
        ("progress/?latest=maybe", "latest", "应为 true 或 false"),
        ("results/?cycle=none", "cycle", "没有代码为“none”的评价周期"),
        ("awards/?carrier=NOBODY", "carrier", "没有代码为“NOBODY”的载体"),
        ("awards/?verdict=maybe", "verdict", "可用:payable"),
        ("schemes/?code=none", "code", "没有代码为“none”的评价方案"),
        ("plans/?year=abc", "year", "“abc”不是可用的数字"),
        ("plans/?year=1e40", "year", "超出"),
        ("plans/?year=20000", "year", "超出"),
        ("results/?year=0", "year", "超出"),
        ("jobs/?state=lost", "state", "可用:queued"),
    ],
)
def test_a_wrong_value_is_refused_at_its_parameter_and_never_ignored(
    staff: Client, address: str, parameter: str, words: str
) -> None:
    answer = staff.get(f"/api/v1/{address}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [parameter]
    assert words in answer.json()["errors"][parameter][0]
    assert words in answer.json()["detail"]


def test_a_code_of_another_district_is_as_unknown_as_one_that_does_not_exist(staff: Client) -> None:
    other = ResidencyFactory()
    for query in (f"carrier={other.carrier.code}", f"enterprise={other.enterprise.uscc}"):
        answer = staff.get(f"/api/v1/residencies/?{query}")
        assert answer.status_code == 400
        assert "不在您的权限范围内" in answer.json()["detail"]


def test_links_do_not_carry_the_query_of_the_list(staff: Client, area: Any) -> None:
    carrier = CarrierFactory(area=area)
    row = staff.get(f"{CARRIERS}?format=json&fields=url").json()["results"][0]
    assert row["url"] == f"http://testserver{CARRIERS}{carrier.code}/"
    text = b"".join(staff.get(f"{CARRIERS}?format=csv&fields=url").streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    assert text.splitlines() == ["url", row["url"]]


def test_a_key_that_no_database_can_hold_is_not_found(staff: Client) -> None:
    assert staff.get("/api/v1/enterprises/%00/").status_code == 404


@pytest.mark.parametrize("address", ["nothing/", "jobs/not-a-key/", "figures/n_carriers/", ""])
def test_an_address_that_does_not_exist_is_said_as_problem_details(staff: Client, address: str) -> None:
    answer = staff.get(f"/api/v1/{address}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert "没有这个地址" in answer.json()["detail"]


def test_a_page_that_does_not_exist_is_still_a_page(staff: Client) -> None:
    answer = staff.get("/nothing/")
    assert (answer.status_code, answer["Content-Type"][:9]) == (404, "text/html")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_program_signs_in_by_token_however_it_writes_the_scheme(client: Client, area: Any, scheme: str) -> None:
    carrier = CarrierFactory(area=area)
    _, secret = ApiToken.issue(user=make_user(Role.STAFF, area=area), name="测试")
    rows = client.get(CARRIERS, headers={"Authorization": f"{scheme} {secret}"}).json()["results"]
    assert [row["code"] for row in rows] == [carrier.code]


def test_a_token_that_has_run_out_is_refused(client: Client, area: Any) -> None:
    past = timezone.now() - timedelta(days=1)
    _, secret = ApiToken.issue(user=make_user(Role.STAFF, area=area), name="测试", expires_at=past)
    answer = client.get(CARRIERS, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "令牌无效、已停用或已过期")


@pytest.mark.parametrize(
    ("method", "body", "content_type", "status", "words"),
    [
        ("put", "{}", "application/json", 405, "不支持 PUT 方法"),
        ("delete", "", "application/json", 405, "不支持 DELETE 方法"),
        ("post", "<a/>", "application/xml", 415, "应为 JSON"),
        ("post", "month=1", "application/x-www-form-urlencoded", 415, "应为 JSON"),
        ("post", '{"month":', "application/json", 400, "不是有效的 JSON"),
        ("post", "[1]", "application/json", 400, "按各字段的说明修改"),
    ],
)
def test_wrong_methods_and_bodies_are_said_in_words(
    staff: Client, method: str, body: str, content_type: str, status: int, words: str
) -> None:
    answer = getattr(staff, method)("/api/v1/monthly-reports/", body, content_type=content_type)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["title"] != "出错"


def test_files_belong_to_one_person(staff: Client) -> None:
    answer = staff.get(f"{CARRIERS}?format=csv")
    assert "private" in answer["Cache-Control"]
    assert {"Authorization", "Cookie", "Accept"} <= set(answer["Vary"].split(", "))


def test_a_cursor_of_another_order_or_with_forged_values_is_refused(staff: Client, area: Any) -> None:
    CarrierFactory.create_batch(3, area=area)
    cursor = staff.get(f"{CARRIERS}?page_size=1").json()["next"].split("cursor=")[1].split("&")[0]
    assert staff.get(f"{CARRIERS}?ordering=name&cursor={cursor}").status_code == 400
    for values in ([{"a": 1}, 1], ["x", "not a key"], ["x"]):
        forged = pack(["code", "pk"], values, backward=False)
        assert staff.get(f"{CARRIERS}?cursor={forged}").status_code == 400


def test_only_the_fields_asked_for(staff: Client, area: Any) -> None:
    carrier = CarrierFactory(area=area)
    assert staff.get(f"{CARRIERS}?fields=code,name").json()["results"] == [{"code": carrier.code, "name": carrier.name}]
    assert staff.get(f"{CARRIERS}{carrier.code}/?fields=code").json() == {"code": carrier.code}
    assert staff.get(f"{CARRIERS}{carrier.code}/?ordering=name").status_code == 400


def test_an_unchanged_answer_is_not_sent_again(staff: Client, area: Any) -> None:
    carrier = CarrierFactory(area=area)
    for address in (CARRIERS, f"{CARRIERS}{carrier.code}/"):
        first = staff.get(address)
        assert first["ETag"].startswith('W/"')
        again = staff.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    before = staff.get(CARRIERS)["ETag"]
    Carrier.objects.update(name="改名后")
    after = staff.get(CARRIERS, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert "改名后" in after.content.decode()


def test_csv_and_xlsx_hold_all_rows_of_the_filter_with_text_kept_as_text(staff: Client, area: Any) -> None:
    for number in range(5):
        CarrierFactory(code=f"000{number}", area=area, name="=HYPERLINK(1)" if number == 0 else f"载体{number}")
    CarrierFactory(code="9", area=area, kind=Carrier.Kind.ENCLAVE)
    query = "?kind=incubator&page_size=2&fields=code,name,area"
    answer = staff.get(f"{CARRIERS}{query}&format=csv")
    text = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[0] == ["code", "name", "area.code", "area.name"]
    assert [row[0] for row in rows[1:]] == ["0000", "0001", "0002", "0003", "0004"]
    assert rows[1][1] == "'=HYPERLINK(1)"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(staff.get(f"{CARRIERS}{query}&format=xlsx").streaming_content)))  # type: ignore[arg-type]
    cells = list(book.active.iter_rows(min_row=2))
    assert [cell[0].value for cell in cells] == ["0000", "0001", "0002", "0003", "0004"]
    assert {cell.data_type for row in cells for cell in row} == {"s"}, "no formula, no number made of a code"
    assert cells[0][1].value == "=HYPERLINK(1)"
    assert cells[0][0].number_format == "@"


def test_an_export_without_rows_still_has_its_heads(staff: Client) -> None:
    text = b"".join(staff.get(f"{CARRIERS}?format=csv&fields=code,area").streaming_content)  # type: ignore[arg-type]
    assert text.decode("utf-8-sig").strip() == "code,area.code,area.name"


def test_a_wrong_filter_of_an_export_is_said_in_words(staff: Client) -> None:
    answer = staff.get(f"{CARRIERS}?format=xlsx&kind=castle")
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_a_record_of_others_is_not_found_and_writing_is_not_offered(staff: Client) -> None:
    other = CarrierFactory()
    answer = staff.get(f"{CARRIERS}{other.code}/")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "没有这条记录,或不在您的权限范围内"
    assert staff.post(CARRIERS, {}).status_code == 405


@given(st.text(max_size=30))
def test_no_text_starts_a_formula_in_a_csv_cell(text: str) -> None:
    cell = csv_cell(text)
    assert cell in {text, f"'{text}"}
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


def test_a_negative_number_is_a_number_and_not_a_formula() -> None:
    assert csv_cell(Decimal("-12.50"), "number") == "-12.5"
    assert csv_cell(Decimal(600_000), "wan") == "60"
    assert (csv_cell(None), csv_cell(Decimal(0)), csv_cell(date(2026, 1, 2))) == ("", "0", "2026-01-02")
    assert neutralise("-12") == "'-12"


def test_a_workbook_keeps_long_codes_and_unknown_values() -> None:
    file = io.BytesIO()
    columns = [
        Column("代码", lambda row: row["code"]),
        Column("金额", lambda row: row["money"], "wan"),
        Column("日期", lambda row: None, "date"),
    ]
    build_xlsx(file, [{"code": "913101160000000000", "money": Decimal(15_000)}, {"code": "", "money": None}], columns)
    sheet = openpyxl.load_workbook(file).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values == [["代码", "金额", "日期"], ["913101160000000000", 1.5, None], [None, None, None]]


def test_a_text_with_a_nul_is_refused_before_any_database_sees_it(staff: Client) -> None:
    answer = staff.get("/api/v1/residencies/?carrier=A%001")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == {"carrier": ["不能含有空字符"]}
    for page in (staff.get("/search/?q=ab%00"), staff.post("/accounts/password/", {"old_password": "a\0"})):
        assert page.status_code == 400
        assert "不能含有空字符" in page.content.decode()
    assert staff.get("/enterprises/9131%00/").status_code == 404
    body = {"carrier": "A\0", "month": "2024-01-01", "version": 0}
    answer = staff.post("/api/v1/monthly-reports/", body, content_type="application/json")
    assert answer.json()["errors"] == {"carrier": ["不能含有空字符"]}
