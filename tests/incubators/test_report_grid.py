"""The grid of a month over HTTP: who sees what, what becomes of a cell, what becomes of many rows."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubators.access import Role
from incubators.models import Membership, MonthClose, MonthlyReport, ReportCalendar
from incubators.views import report_grid as view
from tests.incubators.factories import CarrierFactory, make_user
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office, typed

pytestmark = pytest.mark.django_db
S = MonthlyReport.State


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def as_(client):
    def enter(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def grid(client, **asked):
    """The page and what its script is given."""
    page = client.get(reverse("incubators:report_grid"), {"month": "2024-05", **asked})
    assert page.status_code == 200
    return page.context["grid"]


def row(client, carrier, **asked):
    return next(each for each in grid(client, **asked)["rows"] if each["code"] == carrier.code)


def post(client, name, body, month="2024-05"):
    address = reverse(f"incubators:report_grid_{name}", args=[month])
    return client.post(address, json.dumps(body), content_type="application/json")


def save(client, *edits):
    """Each edit is (carrier, code, text, was)."""
    keys = ("carrier", "code", "text", "was")
    sent = [dict(zip(keys, (carrier.code, *rest), strict=True)) for carrier, *rest in edits]
    answer = post(client, "save", {"edits": sent})
    assert answer.status_code == 200
    return answer.json()


def act(client, name, *rows, words=""):
    sent = [{"carrier": each["code"], "seen": each["seen"], "hash": each["hash"]} for each in rows]
    answer = post(client, "act", {"act": name, "rows": sent, "words": words})
    assert answer.status_code == 200
    return answer.json()


def filled(client, carrier):
    """Every cell of a good month, typed."""
    words = {code: text for code, text in typed().items() if code != "seen" and text}
    save(client, *[(carrier, code, text, "") for code, text in words.items()])


# --- The page ---------------------------------------------------------------------------------------------------------
def test_staff_see_their_area_and_an_operator_its_own(office, as_):
    sister = CarrierFactory(area=office.town, operator=office.carrier.operator)
    neighbour = CarrierFactory(area=office.town)
    Office()
    codes = {each["code"] for each in grid(as_(office.staff))["rows"]}
    assert codes == {office.carrier.code, sister.code, neighbour.code}
    codes = {each["code"] for each in grid(as_(office.operator))["rows"]}
    assert codes == {office.carrier.code, sister.code}


def test_a_row_holds_what_stands_beside_its_cells(office, as_):
    office.accepted(month=date(2024, 4, 1))
    shown = row(as_(office.staff), office.carrier)
    assert (shown["state"], shown["editable"]) == ("missing", True)
    assert shown["cells"]["mentors"] == "10"  # a standing figure, offered again
    assert shown["cells"]["events"] == ""
    assert shown["before"]["financing"] == "200"
    assert shown["series"]["financing"][-1] == "200"
    assert shown["known"]["events"][0] == "0"
    assert "seats_total" in shown["none"]  # seats are asked of maker spaces


def test_what_cannot_be_written_says_why(office, as_):
    office.submitted()
    shown = row(as_(office.staff), office.carrier)
    assert not shown["editable"]
    assert "等待审核" in shown["why"]
    leader = make_user(Role.LEADER, area=office.district)
    assert not row(as_(leader), office.carrier)["editable"]


def test_rows_are_chosen_by_state_town_and_words(office, as_):
    office.submitted()
    other = CarrierFactory(area=office.district, name="山阳孵化器")
    client = as_(office.staff)
    assert [each["code"] for each in grid(client, state=S.SUBMITTED)["rows"]] == [office.carrier.code]
    assert [each["code"] for each in grid(client, state="unfiled")["rows"]] == [other.code]
    assert [each["code"] for each in grid(client, area=office.town.code)["rows"]] == [office.carrier.code]
    assert [each["code"] for each in grid(client, q="山阳")["rows"]] == [other.code]


def test_more_rows_than_a_screen_holds_come_in_pages(office, as_, monkeypatch):
    monkeypatch.setattr(view, "ROWS", 2)
    for _ in range(3):
        CarrierFactory(area=office.town)
    client = as_(office.staff)
    pages = [{each["code"] for each in grid(client, page=n)["rows"]} for n in (1, 2)]
    assert [len(each) for each in pages] == [2, 2]
    assert not pages[0] & pages[1]


def test_two_districts_own_fields_are_two_columns(office, as_):
    there = Office()
    for each, label in ((office, "路演场次"), (there, "沙龙场次")):
        entry = {"code": "shows", "label": label, "kind": "count", "unit": "场"}
        ReportCalendar.objects.create(area=each.district, from_month=MAY, declared=[entry])
    Membership.objects.create(user=office.staff, role=Role.STAFF, area=there.district, valid_from=date(2020, 1, 1))
    client = as_(office.staff)
    shown = grid(client)
    declared = [each for group in shown["columns"] for each in group["columns"] if each["code"] == "shows"]
    assert {each["label"] for each in declared} == {"路演场次", "沙龙场次"}
    here = next(each["id"] for each in declared if each["label"] == "路演场次")
    save(client, (office.carrier, "shows", "3", ""))
    assert row(client, office.carrier)["cells"][here] == "3"


def test_the_page_needs_as_many_queries_for_many_carriers(office, as_):
    client = as_(office.staff)
    grid(client)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            grid(client)
        return len(seen)

    few = queries()
    for _ in range(15):
        CarrierFactory(area=office.town)
    assert queries() == few <= 12


def test_the_overview_leads_to_the_grid(office, as_):
    page = as_(office.staff).get(reverse("incubators:report_list"), {"month": "2024-05"}).content.decode()
    assert f"{reverse('incubators:report_grid')}?month=2024-05" in page


# --- Cells ------------------------------------------------------------------------------------------------------------
def test_a_cell_is_saved_and_its_row_comes_back(office, as_):
    client = as_(office.staff)
    said = save(client, (office.carrier, "financing", "1,200.50", ""))
    assert (said["outcomes"][0]["state"], said["outcomes"][0]["text"]) == ("saved", "1200.5")
    back = said["rows"][office.carrier.code]
    assert (back["state"], back["cells"]["financing"]) == ("draft", "1200.5")


def test_a_cell_that_somebody_else_wrote_is_not_overwritten(office, as_):
    save(as_(office.operator), (office.carrier, "mentors", "12", ""))
    said = save(as_(office.staff), (office.carrier, "mentors", "9", ""))
    outcome = said["outcomes"][0]
    assert (outcome["state"], outcome["text"], outcome["by"]) == ("conflict", "12", "李运营")
    assert MonthlyReport.objects.get().mentors == 12


def test_what_is_no_value_stays_in_its_cell_with_the_sentence(office, as_):
    client = as_(office.staff)
    said = save(client, (office.carrier, "mentors", "十二位", ""))
    assert said["outcomes"][0]["state"] == "wrong"
    shown = row(client, office.carrier)
    assert shown["cells"]["mentors"] == "十二位"
    assert "不是数字" in shown["wrong"]["mentors"]


def test_figures_that_contradict_each_other_are_named_on_the_page_too(office, as_):
    client = as_(office.staff)
    save(client, (office.carrier, "staff_total", "5", ""), (office.carrier, "staff_professional", "8", ""))
    assert "大于" in row(client, office.carrier)["wrong"]["staff_professional"]


def test_a_month_closed_while_typing_refuses_and_says_why(office, as_):
    client = as_(office.staff)
    MonthClose.objects.create(area=office.district, month=MAY, closed_by=office.staff)
    said = save(client, (office.carrier, "mentors", "9", ""))
    assert said["outcomes"][0]["state"] == "refused"
    assert "月结" in said["outcomes"][0]["message"]
    assert not said["rows"][office.carrier.code]["editable"]


def test_another_districts_carrier_is_not_there(office, as_):
    said = save(as_(Office().staff), (office.carrier, "mentors", "9", ""))
    assert said["outcomes"][0]["state"] == "refused"
    assert said["rows"] == {}
    assert not MonthlyReport.objects.exists()


CELL = {"carrier": "A", "code": "mentors", "text": "1", "was": ""}


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "[" * 100_000, '{"edits": 3}', '{"edits": [3]}', '{"edits": [{"carrier": "A"}]}'),
        *(json.dumps({"edits": [CELL | {key: 5}]}) for key in CELL),
        json.dumps({"edits": [CELL | {"text": "\ud800"}]}),
        json.dumps({"edits": [CELL | {"carrier": "A\0"}]}),
    ],
)
def test_what_the_grid_never_sends_is_refused(office, as_, body):
    address = reverse("incubators:report_grid_save", args=["2024-05"])
    answer = as_(office.staff).post(address, body, content_type="application/json")
    assert (answer.status_code, "请求无法读取" in answer.json()["problem"]) == (400, True)


@pytest.mark.parametrize("given", [5, None, [], {}, True, "A\0"])
@pytest.mark.parametrize(
    ("act", "key"),
    [("submit", "seen"), ("check", "hash"), ("accept", "hash"), ("explain", "key"), ("return", "words"), ("x", "act")],
)
def test_nor_a_move_with_what_are_no_words(office, as_, act, key, given):
    office.submitted()
    body = {"act": act, "rows": [{"carrier": office.carrier.code}], "words": "说明"}
    (body if key in body else body["rows"][0])[key] = given
    answer = post(as_(office.reviewer), "act", body)
    assert (answer.status_code, "请求无法读取" in answer.json()["problem"]) == (400, True)


def test_nor_an_explanation_seen_as_something_else(office, as_):
    rows = [{"carrier": office.carrier.code, "key": "R05:mentors", "was": 5}]
    assert post(as_(office.staff), "act", {"act": "explain", "rows": rows, "words": "说明"}).status_code == 400


def test_a_checked_row_goes_on_saying_what_is_missing(office, as_):
    client = as_(office.staff)
    edit = {"carrier": office.carrier.code, "code": "mentors", "text": "9", "was": ""}
    plain = post(client, "save", {"edits": [edit]}).json()["rows"][office.carrier.code]
    edit |= {"text": "10", "was": "9"}
    strict = post(client, "save", {"edits": [edit], "strict": [office.carrier.code]}).json()
    missing = {each["at"] for each in strict["rows"][office.carrier.code]["findings"] if each["hard"]}
    assert "events" in missing
    assert not plain["findings"]


# --- Rows -------------------------------------------------------------------------------------------------------------
def test_rows_are_checked_without_being_written(office, as_):
    client = as_(office.staff)
    said = act(client, "inspect", row(client, office.carrier))
    found = said["rows"][office.carrier.code]["findings"]
    assert {"mentors", "filled_by"} <= {each["at"] for each in found if each["hard"]}
    assert not MonthlyReport.objects.exists()


def test_each_row_is_submitted_for_itself(office, as_):
    client = as_(office.operator)
    empty = CarrierFactory(area=office.town, operator=office.carrier.operator)
    filled(client, office.carrier)
    said = act(client, "submit", row(client, office.carrier), row(client, empty))
    assert [each["done"] for each in said["outcomes"]] == [True, False]
    assert "处须改正" in said["outcomes"][1]["message"]
    assert MonthlyReport.objects.get(carrier=office.carrier).state == S.SUBMITTED


def test_submitting_twice_submits_once(office, as_):
    client = as_(office.operator)
    filled(client, office.carrier)
    seen = row(client, office.carrier)
    assert act(client, "submit", seen)["outcomes"][0]["done"]
    assert act(client, "submit", seen)["outcomes"][0]["done"]
    assert MonthlyReport.objects.get().transitions.filter(to_state=S.SUBMITTED).count() == 1


def test_what_the_grid_offers_of_last_month_is_handed_in_with_the_row(office, as_):
    office.accepted(month=date(2024, 4, 1))
    client = as_(office.operator)
    said = act(client, "submit", row(client, office.carrier))
    assert not said["outcomes"][0]["done"]  # the month's own activity is not there yet
    report = MonthlyReport.objects.get(month=MAY)
    assert (report.mentors, report.events) == (GOOD["mentors"], None)


def test_nobody_submits_what_they_have_not_seen(office, as_):
    client = as_(office.operator)
    filled(client, office.carrier)
    seen = row(client, office.carrier)
    save(as_(office.staff), (office.carrier, "mentors", "11", "10"))
    said = act(as_(office.operator), "submit", seen)
    assert not said["outcomes"][0]["done"]
    assert "别人改过" in said["outcomes"][0]["message"]
    assert said["rows"][office.carrier.code]["cells"]["mentors"] == "11"


def test_returned_with_a_reason_and_accepted_by_another(office, as_):
    office.submitted()
    client = as_(office.reviewer)
    assert "请写明" in act(client, "return", row(client, office.carrier))["outcomes"][0]["message"]
    assert act(client, "return", row(client, office.carrier), words="导师应为9人")["outcomes"][0]["done"]
    assert row(client, office.carrier)["reason"] == "导师应为9人"
    client = as_(office.staff)
    save(client, (office.carrier, "mentors", "9", "10"))
    assert act(client, "submit", row(client, office.carrier))["outcomes"][0]["done"]
    assert "提交人" in row(client, office.carrier)["may"]["accept"]
    client = as_(office.reviewer)
    assert act(client, "accept", row(client, office.carrier))["outcomes"][0]["done"]
    assert MonthlyReport.objects.get().state == S.ACCEPTED


def test_accepted_is_only_what_was_seen(office, as_):
    office.submitted()
    client = as_(office.reviewer)
    seen = row(client, office.carrier)
    MonthlyReport.objects.update(mentors=99)
    said = act(client, "accept", seen)
    assert (said["outcomes"][0]["done"], MonthlyReport.objects.get().state) == (False, S.SUBMITTED)


def test_a_town_checks_before_the_district_accepts(office, as_):
    ReportCalendar.objects.create(area=office.district, from_month=MAY, town_day=8)
    office.submitted()
    town = as_(make_user(Role.STAFF, area=office.town))
    assert "须先经镇审" in row(as_(office.reviewer), office.carrier)["may"]["accept"]
    assert act(as_(office.staff), "accept", row(town, office.carrier))["outcomes"][0]["done"] is False
    client = as_(make_user(Role.STAFF, area=office.town))
    assert act(client, "check", row(client, office.carrier))["outcomes"][0]["done"]
    assert MonthlyReport.objects.get().state == S.CHECKED


def test_an_explanation_is_kept_and_not_overwritten_unseen(office, as_):
    office.draft(financing=0, enterprises_financed=0, events=0)
    client = as_(office.staff)
    asked = row(client, office.carrier)["findings"][0]
    assert not asked["hard"]

    def explain(words, was):
        sent = {"carrier": office.carrier.code, "key": asked["key"], "was": was}
        return post(client, "act", {"act": "explain", "words": words, "rows": [sent]}).json()["outcomes"][0]

    assert explain("线上活动另计", "")["done"]
    assert row(client, office.carrier)["findings"][0]["text"] == "线上活动另计"
    assert not explain("没有活动", "")["done"]
    assert MonthlyReport.objects.get().explanations == {asked["key"]: "线上活动另计"}


def test_texts_are_cells_too(office, as_):
    client = as_(office.staff)
    save(client, (office.carrier, "filled_by", TEXTS["filled_by"], ""))
    assert row(client, office.carrier)["cells"]["filled_by"] == "王填报"
