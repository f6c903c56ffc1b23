"""Two people in one month's form at once: field by field, nothing is overwritten unseen, and nobody is asked needlessly."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from incubators.models import MonthlyReport
from incubators.reporting.drafts import savable
from incubators.services.cells import Edit, save_cells
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import GOOD, MAY, Office, typed

pytestmark = pytest.mark.django_db
AUTOSAVE = {"action": "autosave"}


@pytest.fixture
def office():
    made = Office()
    made.draft()
    return made


@pytest.fixture
def operator(office):
    return signed_in(office.operator)


def url(office):
    return reverse("incubators:report_edit", args=[office.carrier.code, "2024-05"])


def opened(client, office, **changes):
    """What the page would send as it was opened, with some fields typed into."""
    page = client.get(url(office)).context
    return {**typed(), "seen": page["seen"], "held": page["held"], **changes}


def other_writes(office, **cells):
    """A colleague changes cells in the grid meanwhile, whatever they hold."""
    row = MonthlyReport.objects.get(month=MAY)
    held = {**typed(row)}
    edits = [Edit(office.carrier.code, code, text, held[code]) for code, text in cells.items()]
    assert {each.state for each in save_cells(user=office.staff, month=MAY, edits=edits).outcomes} == {"saved"}


def stored(*codes):
    row = MonthlyReport.objects.get(month=MAY)
    return tuple(getattr(row, code) for code in codes)


def test_a_field_that_one_never_touched_takes_what_somebody_else_wrote(office, operator):
    sent = opened(operator, office, events="7")
    other_writes(office, mentors="11")
    answer = operator.post(url(office), sent | AUTOSAVE)
    assert stored("mentors", "events") == (11, 7)
    assert json.loads(answer["HX-Trigger"]) == {"report:theirs": {"mentors": "11"}}
    assert "创业导师:11" in answer.content.decode()
    # The page goes on from there without a question.
    told = {name: answer.context[name] for name in ("seen", "held")}
    again = operator.post(url(office), sent | told | {"mentors": "11", "events": "8"} | AUTOSAVE)
    assert (again.context["merged"], stored("mentors", "events")) == ({"theirs": [], "contested": []}, (11, 8))


def test_what_both_wrote_is_chosen_field_by_field(office, operator):
    sent = opened(operator, office, mentors="9", events="7", ip_granted="4")
    other_writes(office, mentors="11", ip_granted="5")
    answer = operator.post(url(office), sent | {"action": "save"})
    assert answer.status_code == 409
    assert [(each["label"], each["theirs"], each["mine"]) for each in answer.context["merged"]["contested"]] == [
        ("创业导师", "11", "9"),
        ("本月知识产权授权", "5", "4"),
    ]
    assert 'value="9"' in answer.content.decode()
    assert stored("mentors", "ip_granted", "events") == (11, 5, 7)
    # Undecided, they stay as they are, however often the page saves; saving while typing decides nothing.
    sent |= {name: answer.context[name] for name in ("seen", "held")}
    picks = {"pick:mentors": "mine", "saw:mentors": "11", "pick:ip_granted": "theirs", "saw:ip_granted": "5"}
    answer = operator.post(url(office), sent | picks | AUTOSAVE)
    assert "2 项与他人不同" in answer.content.decode()
    assert stored("mentors", "ip_granted") == (11, 5)
    sent |= {name: answer.context[name] for name in ("seen", "held")}
    assert operator.post(url(office), sent | picks | {"action": "save"}).status_code == 302
    assert stored("mentors", "ip_granted", "events") == (9, 5, 7)


def test_a_choice_holds_for_what_was_seen(office, operator):
    sent = opened(operator, office, mentors="9")
    other_writes(office, mentors="12")
    answer = operator.post(url(office), sent | {"action": "save", "pick:mentors": "mine", "saw:mentors": "11"})
    assert (answer.status_code, stored("mentors")) == (409, (12,))


def test_what_others_wrote_is_looked_at_before_it_is_handed_in(office, operator):
    sent = opened(operator, office, action="submit")
    other_writes(office, mentors="11")
    answer = operator.post(url(office), sent)
    assert answer.status_code == 409
    assert "创业导师:11" in answer.content.decode()
    sent |= {"mentors": "11", **{name: answer.context[name] for name in ("seen", "held")}}
    assert operator.post(url(office), sent).status_code == 302
    assert MonthlyReport.objects.get(month=MAY).state == "submitted"


def test_a_page_that_does_not_say_what_it_held_overwrites_nothing(office, operator):
    row = MonthlyReport.objects.get()
    stale = typed(row, mentors="9")
    other_writes(office, mentors="11")
    answer = operator.post(url(office), stale | AUTOSAVE)
    assert [each["theirs"] for each in answer.context["merged"]["contested"]] == ["11"]
    assert stored("mentors") == (11,)


@pytest.mark.parametrize("held", ["", "[]", "{", '{"mentors": 9}'])
def test_what_a_page_says_it_held_may_be_anything(office, operator, held):
    assert operator.post(url(office), opened(operator, office) | {"held": held, "action": "save"}).status_code == 302


@pytest.mark.parametrize(
    ("typed_now", "values", "waits"),
    [
        # Only the whole was made smaller: it counts, and the part waits as it stood.
        ({"area_leasable": 2000}, {"area_leasable": 2000, "area_leased": None}, {"area_leased": 3000}),
        (
            {"area_leasable": 2000, "area_leased": 3000},
            {"area_leasable": 2000, "area_leased": None},
            {"area_leased": 3000},
        ),
        # Only the part was made larger: it waits, and what was stored of it stays.
        ({"area_leased": 4500}, {}, {"area_leased": 4500}),
        # A slip in the middle holds nothing else up.
        (
            {"area_controllable": 5000, "area_leasable": 9000, "area_leased": 4200},
            {"area_controllable": 5000, "area_leasable": None, "area_leased": 4200},
            {"area_leasable": 9000},
        ),
        ({"area_leasable": 3500}, {"area_leasable": 3500}, {}),
    ],
)
def test_of_two_figures_that_contradict_the_part_waits(office, typed_now, values, waits):
    fit = savable(office.carrier, GOOD, typed_now)
    assert (fit.values, fit.waits, fit.wrong.keys()) == (values, waits, waits.keys())


def test_a_whole_typed_last_is_what_every_page_reads(office, operator):
    answer = operator.post(url(office), opened(operator, office, area_leasable="2000", **AUTOSAVE))
    assert "1 处须改正" in answer.content.decode()
    assert stored("area_leasable", "area_leased") == (2000, None)
    assert MonthlyReport.objects.get().unread == {"area_leased": "3000"}
    page = operator.get(url(office)).content.decode()
    assert "已入驻面积 3,000 ㎡ 大于 可入驻面积 2,000 ㎡" in page
    # In the grid as well, and there one figure at a time.
    done = save_cells(
        user=office.staff, month=MAY, edits=[Edit(office.carrier.code, "area_controllable", "1000", "5000")]
    )
    assert [each.state for each in done.outcomes] == ["saved"]
    assert stored("area_controllable", "area_leasable") == (1000, None)
    assert MonthlyReport.objects.get().unread == {"area_leased": "3000", "area_leasable": "2000"}


def test_what_was_stored_though_wrong_is_told_apart_on_coming_back(office, operator):
    operator.post(url(office), opened(operator, office, mentors="很多", enterprises_financed="0", **AUTOSAVE))
    page = operator.get(url(office))
    assert [name for name, _ in page.context["form_errors"]] == ["mentors"]
    assert [name for name, _ in page.context["kept_wrong"]] == ["enterprises_financed"]
    body = page.content.decode()
    assert body.index("还没有作为数存下") < body.index("下列内容已存下,但须改正后才能提交") < body.index("report-form")


def test_not_applicable_where_it_cannot_be_is_told_at_once(office, operator):
    answer = operator.post(url(office), opened(operator, office, mentors="不适用", **AUTOSAVE, **{"shown:mentors": ""}))
    body = answer.content.decode()
    assert "1 处须改正" in body
    assert "不能填不适用" in body


def test_a_finding_about_two_figures_stands_at_both(office, operator):
    shown = {"shown:events": "", "shown:event_participants": "", "shown:financing": ""}
    answer = operator.post(
        url(office), opened(operator, office, events="0", enterprises_financed="0", **AUTOSAVE, **shown)
    )
    body = answer.content.decode()
    assert body.count("两者应同为零或同大于零") >= 3
    assert 'id="notes-financing"' in body
    assert body.count('name="explain:R14:events"') == 1  # answered in one place
    assert 'href="#ask-R14:events"' in body
    assert "1 处须改正" in body


def test_evidence_can_be_added_after_the_first_save_while_typing(operator):
    fresh = Office()
    client = signed_in(fresh.operator)
    answer = client.post(url(fresh), typed(**AUTOSAVE))
    assert 'id="evidence-files" hx-swap-oob="true"' in answer.content.decode()
    row = MonthlyReport.objects.get(carrier=fresh.carrier)
    assert reverse("incubators:report_attach", args=[row.pk]) in answer.content.decode()
    assert 'id="evidence-files"' not in client.post(url(fresh), typed(row, events="3", **AUTOSAVE)).content.decode()


def test_a_due_day_that_passes_while_the_page_is_open_is_told(time_machine):
    time_machine.move_to("2024-06-05T23:50:00+08:00", tick=False)
    fresh = Office()
    client = signed_in(fresh.operator)
    assert "提交记为迟报" not in client.post(url(fresh), typed(**AUTOSAVE)).content.decode()
    time_machine.move_to("2024-06-06T00:10:00+08:00", tick=False)
    row = MonthlyReport.objects.get(carrier=fresh.carrier)
    assert "已过截止,提交记为迟报" in client.post(url(fresh), typed(row, **AUTOSAVE)).content.decode()


def test_the_page_asks_whether_it_gets_through(office, operator, client):
    assert operator.head(url(office)).status_code == 200
    assert client.head(url(office), headers={"HX-Request": "true"}).status_code == 401
