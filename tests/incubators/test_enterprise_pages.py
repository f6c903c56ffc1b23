"""The pages of 企业情况: the sheet and its saving, one enterprise's form, the month's form, and the report that is reviewed."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.models import EnterpriseMonth, MonthlyReport, ReportCalendar, Residency
from incubators.services import reports as services
from tests.incubators.enterprise_cases import TYPED, EnterpriseOffice
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import MAY, Office, typed
from tests.incubators.test_enterprise_figures import JUNE
from tests.incubators.test_enterprise_months import SUMS, accepted, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return EnterpriseOffice()


def sheet(office, month="2024-05"):
    return reverse("incubators:report_enterprises", args=[office.carrier.code, month])


def one(office, enterprise, month="2024-05"):
    return reverse("incubators:report_enterprise", args=[office.carrier.code, month, enterprise.uscc])


def send(client, office, body):
    address = reverse("incubators:report_enterprises_save", args=[office.carrier.code, "2024-05"])
    return client.post(address, json.dumps(body), content_type="application/json")


def cell(enterprise, code, text, was=""):
    return {"carrier": enterprise.uscc, "code": code, "text": text, "was": was}


# --- The sheet --------------------------------------------------------------------------------------------------------
def test_the_sheet_lists_the_incubatees_with_what_is_known_of_them(office):
    accepted(office)
    answer = signed_in(office.operator).get(sheet(office, "2024-06"))
    rows = {row["name"]: row for row in answer.context["rows"]}
    assert [*rows] == ["乙科技", "甲科技"]
    row = rows["甲科技"]
    assert (row["state"], row["cells"]["staff"], row["cells"]["revenue"]) == ("missing", "12", "")
    assert (row["before"]["revenue"], row["before"]["revenue_ytd"]) == ("20", "90")
    assert row["series"]["revenue"][-1] == "20"
    assert "已填 0/2 家" in answer.content.decode()


def test_cells_are_saved_and_the_rows_come_back_as_they_stand(office):
    client = signed_in(office.operator)
    said = send(
        client, office, {"edits": [cell(office.first, "staff", "12"), cell(office.first, "revenue", "二十")]}
    ).json()
    assert [each["state"] for each in said["outcomes"]] == ["saved", "wrong"]
    row = said["rows"][office.first.uscc]
    assert (row["cells"]["revenue"], row["state"]) == ("二十", "wrong")
    assert "不是数" in row["wrong"]["revenue"]
    said = send(client, office, {"edits": [cell(office.first, "staff_doctor", "13")]}).json()
    found = said["rows"][office.first.uscc]["findings"]
    assert [(each["at"], each["hard"]) for each in found] == [("staff_doctor", True)]
    assert "其中博士 13 人,大于从业人数 12 人" in found[0]["message"]


def test_a_check_names_what_is_missing_and_a_look_tells_what_others_wrote(office):
    client, other = signed_in(office.operator), signed_in(office.staff)
    page = client.get(sheet(office)).context["rows"]
    marks = [{"carrier": row["code"], "mark": row["mark"]} for row in page]
    send(other, office, {"edits": [cell(office.first, "staff", "9")]})
    said = send(client, office, {"act": "look", "rows": marks}).json()
    assert [*said["rows"]] == [office.first.uscc]
    assert said["rows"][office.first.uscc]["cells"]["staff"] == "9"
    said = send(client, office, {"act": "inspect", "rows": [{"carrier": office.first.uscc}]}).json()
    places = {each["at"] for each in said["rows"][office.first.uscc]["findings"]}
    assert places == {*TYPED} - {"staff"}


@pytest.mark.parametrize("body", [{}, {"edits": "x"}, {"edits": [{"carrier": 1}]}, {"act": "accept", "rows": []}])
def test_what_is_no_request_of_the_sheet_is_refused_in_words(office, body):
    answer = send(signed_in(office.operator), office, body)
    assert answer.status_code == 400
    assert answer.json()["problem"].startswith("请求无法读取")


def test_who_may_not_write_reads(office):
    office.fill()
    submit(office)
    answer = signed_in(office.operator).get(sheet(office))
    assert answer.status_code == 200
    assert {row["editable"] for row in answer.context["rows"]} == {False}
    assert "已填 2/2 家" in answer.content.decode()


def test_another_carriers_sheet_is_not_there(office):
    other = Office()
    for address in (sheet(office), one(office, office.first)):
        assert signed_in(other.operator).get(address).status_code == 404
    assert send(signed_in(other.operator), office, {"edits": []}).status_code == 404


def test_a_month_that_does_not_ask_has_no_sheet(office):
    ReportCalendar.objects.update(enterprise_months="never")
    assert signed_in(office.operator).get(sheet(office)).status_code == 404


# --- One enterprise ---------------------------------------------------------------------------------------------------
def filled(office, enterprise, **changes):
    """What the form sends: every figure, beside what it held."""
    page = signed_in(office.operator).get(one(office, enterprise)).context["form"]
    return {name: changes.get(name, page.was[name]) for name in page.was} | {
        f"was:{name}": text for name, text in page.was.items()
    }


def test_the_form_saves_and_goes_on_to_the_next(office):
    client = signed_in(office.operator)
    answer = client.post(one(office, office.second), filled(office, office.second, **TYPED) | {"action": "next"})
    assert (answer.status_code, answer.url) == (302, one(office, office.first))
    assert office.row(office.second).staff == 12
    answer = client.post(one(office, office.first), filled(office, office.first, **TYPED) | {"action": "next"})
    assert answer.url == sheet(office)
    assert all(each.complete for each in office.around().incubatees)


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(office):
    answer = signed_in(office.operator).post(
        one(office, office.first), filled(office, office.first, staff="十二", revenue="20")
    )
    assert answer.status_code == 422
    form = answer.context["form"]
    assert [*form.errors] == ["staff"]
    assert 'value="十二"' in answer.content.decode()
    assert office.row(office.first).revenue == 200_000
    # Sent again as it is shown now, put right.
    again = signed_in(office.operator).post(
        one(office, office.first), filled(office, office.first, staff="12", revenue="20")
    )
    assert again.status_code == 302
    assert office.row(office.first).staff == 12


def test_what_another_wrote_meanwhile_is_not_overwritten(office):
    stale = filled(office, office.first, staff="15")
    office.type(office.first, {"staff": "12"}, user=office.staff)
    answer = signed_in(office.operator).post(one(office, office.first), stale)
    assert answer.status_code == 422
    assert "已被改为“12”" in str(answer.context["form"].errors["staff"])
    assert office.row(office.first).staff == 12


def test_what_its_author_did_not_touch_stays_as_another_wrote_it(office):
    office.type(office.first, {"staff": "10"})
    sent = filled(office, office.first, ip_valid="6", revenue="二十")
    office.type(office.first, {"staff": "12"}, user=office.staff)
    client = signed_in(office.operator)
    answer = client.post(one(office, office.first), sent)
    form = answer.context["form"]
    assert [*form.errors] == ["revenue"]
    assert form["staff"].value() == "12"
    # Sent again as it is shown now.
    again = {code: form[code].value() for code in form.fields} | {f"was:{code}": was for code, was in form.was.items()}
    assert client.post(one(office, office.first), again | {"revenue": "20"}).status_code == 302
    row = office.row(office.first)
    assert (row.staff, row.ip_valid, row.revenue) == (12, 6, 200_000)


def test_the_reviewer_is_told_who_left_after_the_report_was_handed_in(office):
    office.fill()
    row = submit(office)
    Residency.objects.filter(enterprise=office.second).update(left_on=date(2024, 5, 20), outcome="moved_out")
    page = signed_in(office.reviewer).get(reverse("incubators:report_detail", args=[row.pk])).content.decode()
    assert "乙科技填报后已毕业或离开" in page
    assert "不在月末名单" in page


# --- The month's form and the report ----------------------------------------------------------------------------------
def test_the_months_form_says_how_far_it_is_and_names_who_is_not_filled_in(office):
    office.type(office.first, TYPED)
    address = reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"])
    client = signed_in(office.operator)
    page = client.get(address).content.decode()
    assert "已填 1/2 家" in page
    assert sheet(office) in page
    row = MonthlyReport.objects.get()
    answer = client.post(
        address, typed(**{code: str(value) for code, value in SUMS.items()}, seen=f"1-{row.version}", action="submit")
    )
    assert answer.status_code == 422
    assert "企业情况:乙科技还没有填完" in answer.content.decode()


def test_the_reviewer_reads_the_rows_with_their_sums_and_accepts_them(office):
    office.fill()
    office.type(office.first, {"financing_loan": "缺:合同未到"})
    row = submit(office)
    client = signed_in(office.reviewer)
    address = reverse("incubators:report_detail", args=[row.pk])
    answer = client.get(address)
    assert [each.name for each in answer.context["enterprises"]] == ["乙科技", "甲科技"]
    totals = {each.spec.code: (each.shown, each.known) for each in answer.context["enterprise_totals"]}
    assert (totals["staff"], totals["revenue_ytd"], totals["financing_loan"]) == (("24", 2), ("180", 2), ("—", 0))
    assert "缺:合同未到" in answer.content.decode()
    move = reverse("incubators:report_move", args=[row.pk, "accept"])
    client.post(move, {"content_hash": answer.context["content_hash"]})
    assert MonthlyReport.objects.get().state == "accepted"


def test_rows_that_changed_after_they_were_read_are_not_accepted(office):
    office.fill()
    row = submit(office)
    client = signed_in(office.reviewer)
    seen = client.get(reverse("incubators:report_detail", args=[row.pk])).context["content_hash"]
    EnterpriseMonth.objects.filter(enterprise=office.first).update(staff=99)
    client.post(reverse("incubators:report_move", args=[row.pk, "accept"]), {"content_hash": seen})
    assert MonthlyReport.objects.get().state == "submitted"


def test_a_correction_shows_what_it_changes(office):
    report = accepted(office)
    new = services.correct(user=office.staff, report=report, reason="人数核错")
    office.type(office.first, {"staff": "13"}, user=office.staff)
    answer = signed_in(office.reviewer).get(reverse("incubators:report_detail", args=[new.pk]))
    changed = [each for each in answer.context["enterprises"] if each.is_changed]
    assert [each.name for each in changed] == ["甲科技"]
    assert [(cell.text, cell.former) for cell in changed[0].cells if cell.is_changed] == [("13", "12")]
    assert "企业情况改了 1 家:甲科技" in answer.content.decode()


@pytest.mark.parametrize("page", ["sheet", "form", "report"])
def test_queries_do_not_grow_with_the_enterprises(office, page):
    report = accepted(office)
    office.type(office.first, {"revenue": "1"}, month=MAY.replace(month=6))
    addresses = {
        "sheet": sheet(office, "2024-06"),
        "form": reverse("incubators:report_edit", args=[office.carrier.code, "2024-06"]),
        "report": reverse("incubators:report_detail", args=[report.pk]),
    }
    client = signed_in(office.operator)

    def queries():
        client.get(addresses[page])
        with CaptureQueriesContext(connection) as seen:
            assert client.get(addresses[page]).status_code == 200
        return len(seen)

    few = queries()
    for number in range(6):
        office.type(office.tenant(f"更多{number}"), TYPED, month=MAY.replace(month=6))
    assert queries() == few
    assert few <= 13


# --- REST -------------------------------------------------------------------------------------------------------------
def test_rows_are_read_over_rest_by_month_carrier_area_and_enterprise(office):
    accepted(office)
    client = signed_in(office.staff)
    rows = client.get("/api/v1/enterprise-months/", {"month": "2024-05-01"}).json()["results"]
    assert sorted((row["enterprise"]["name"], row["staff"], row["revenue"]) for row in rows) == [
        ("乙科技", 12, "200000.00"),
        ("甲科技", 12, "200000.00"),
    ]
    assert (rows[0]["month"], rows[0]["state"], rows[0]["carrier"]["code"]) == (
        "2024-05-01",
        "accepted",
        office.carrier.code,
    )
    for asked, found in (
        ({"enterprise": office.first.uscc}, 1),
        ({"carrier": office.carrier.code, "state": "accepted", "is_current": "true"}, 2),
        ({"area": office.town.code, "month_to": "2024-04-01"}, 0),
    ):
        answer = client.get("/api/v1/enterprise-months/", asked)
        assert len(answer.json()["results"]) == found, asked
    other = Office()
    assert client.get("/api/v1/enterprise-months/", {"area": other.district.code}).status_code == 400
    assert signed_in(other.operator).get("/api/v1/enterprise-months/").json()["results"] == []
    assert client.get("/api/v1/enterprise-months/", {"month": "2024-05-02"}).status_code == 400


def test_reviewers_read_what_is_missing_of_incubatees_and_what_was_explained(office):
    office.fill()
    office.type(office.first, {"financing": "缺:合同未到", "tax_ytd": "缺:合同未到", "ip_granted": "不适用"})
    office.type(office.second, {"research_ytd": "95"})
    with pytest.raises(services.NotReady):
        submit(office)
    row = MonthlyReport.objects.get()
    services.submit(
        user=office.operator,
        carrier=office.carrier,
        month=MAY,
        explanations={office.question("R10:E:research"): "研发先于收入"},
        seen=services.Seen.of(row),
    )
    answer = signed_in(office.reviewer).get("/reports/explanations/", {"month": "2024-05"})
    page = answer.content.decode()
    assert "本年累计实缴税费" in page
    assert "本月获投融资金额" in page
    for words in ("甲科技", "合同未到", "本月知识产权授权", "研发先于收入"):
        assert words in page


def test_a_form_that_finds_something_says_it_once_before_it_goes_on(office):
    client, url = signed_in(office.operator), one(office, office.first)
    sent = {**TYPED, "staff_doctor": "13"}
    answer = client.post(url, filled(office, office.first, **sent) | {"action": "next"}, follow=True)
    assert answer.redirect_chain == [(url, 302)]
    page = answer.content.decode()
    assert "有1处请核对" in page
    assert "其中博士 13 人,大于从业人数 12 人" in page
    # Seen, it does not hold its author up: the report says it again.
    told = {"told": "R08:E:doctor", "action": "next"}
    assert 'name="told" value="R08:E:doctor"' in page
    assert client.post(url, filled(office, office.first) | told).url == one(office, office.second)


def test_another_unit_is_put_right_with_one_click(office):
    accepted(office)
    office.type(office.first, TYPED | {"revenue": "200000", "revenue_ytd": "290"}, month=JUNE)
    client, url = signed_in(office.operator), one(office, office.first, "2024-06")
    assert 'name="fix" value="revenue=20">改为 20 万元' in client.get(url).content.decode()
    answer = client.post(url, {"revenue": "200000", "was:revenue": "200000", "fix": "revenue=20"})
    assert answer.url == url
    assert office.row(office.first).revenue == 200_000
    # In the sheet it is offered at the amount's own cell.
    office.type(office.first, {"revenue": "200000", "tax_ytd": "30000"}, month=JUNE)
    address = reverse("incubators:report_enterprises_save", args=[office.carrier.code, "2024-06"])
    body = {"act": "inspect", "rows": [{"carrier": office.first.uscc}]}
    rows = client.post(address, json.dumps(body), content_type="application/json").json()["rows"]
    found = {each["at"]: each["fix"] for each in rows[office.first.uscc]["findings"] if each["rule"] == "R15"}
    assert found == {"revenue": ["20", "20 万元"], "tax_ytd": ["3", "3 万元"]}
