"""Declared fields where carriers move and towns begin their own: an answer is only ever read under its own field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from core.permits import Refused
from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting import context
from incubators.reporting.calendar import Calendars, add_months
from incubators.reporting.fields import Gap, GapKind
from incubators.services import reports as services
from incubators.services.months import set_calendar
from incubators.services.reports import Seen
from tests.incubators.factories import make_user
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office

pytestmark = pytest.mark.django_db
JUNE = add_months(MAY, 1)
DAYS = {"opens_day": 1, "due_day": 5, "town_day": None, "review_day": 10}
SHOWS = {"label": "路演场次", "unit": "场", "kind": "count", "stock": True}
MOOD = {"label": "园区评价", "kind": "text"}


@pytest.fixture
def office():
    return Office()


def declares(office, *entries, area=None, from_month=date(2024, 1, 1)):
    """An area's calendar made by hand, as one of before codes were told apart: each entry with the code that it says."""
    blank = {"unit": "", "required": False, "stock": False, "smallest": "", "largest": "", "options": [], "help": ""}
    made = [{**blank, "code": f"x_{number}", **entry} for number, entry in enumerate(entries, start=1)]
    return ReportCalendar.objects.create(area=area or office.district, from_month=from_month, declared=made)


def filed(office, **own):
    """May with the district's own fields, as the operator hands it in."""
    texts = TEXTS | {code: own.pop(code) for code in [*own] if isinstance(own[code], str)}
    values = {**GOOD, **own}
    return services.submit(
        user=office.operator, carrier=office.carrier, month=MAY, values=values, texts=texts, seen=Seen()
    )


def moved(office, there):
    """The carrier passes to a town of another district; the context of June there."""
    office.carrier.area = office.carrier.owner_area = there.town
    office.carrier.save()
    return context.load([office.carrier], JUNE)[office.carrier.pk]


# --- Codes --------------------------------------------------------------------------------------------------------------
def test_no_two_areas_get_the_same_code(office):
    there = Office()
    codes = [
        [
            each["code"]
            for each in set_calendar(user=who.staff, area=area, from_month=MAY, days=DAYS, declared=own).declared
        ]
        for who, area, own in (
            (office, office.district, [SHOWS, MOOD]),
            (there, there.district, [SHOWS]),
            (office, office.town, [MOOD]),
        )
    ]
    assert codes == [["x_1", "x_2"], ["x_3"], ["x_4"]]


def test_the_code_of_another_area_is_refused(office):
    declares(Office(), SHOWS)
    with pytest.raises(Refused) as refused:
        set_calendar(
            user=office.staff, area=office.district, from_month=MAY, days=DAYS, declared=[SHOWS | {"code": "x_1"}]
        )
    assert "其他区域" in refused.value.errors["declared"][0]


# --- A carrier that moves -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("here", "answer", "there"),
    [
        (MOOD, "很好", SHOWS),
        (MOOD, "5", SHOWS),
        (SHOWS, 6, MOOD),
        (MOOD, "12.50", {"label": "产值", "unit": "万元", "kind": "money"}),
        (SHOWS, 6, SHOWS | {"label": "入驻企业"}),
        (SHOWS, 6, SHOWS | {"unit": "次"}),
        (SHOWS, Gap(GapKind.MISSING, "未统计"), SHOWS | {"label": "入驻企业"}),
    ],
)
def test_an_answer_is_not_read_under_another_districts_field(office, client, here, answer, there):
    other = Office()
    declares(office, here)
    declares(other, there)
    filed(office, x_1=answer)
    around = moved(office, other)
    assert around.previous is not None
    asked = around.form.by_code.get("x_1")
    if asked is not None:
        assert (around.before("x_1"), around.series("x_1"), around.answers()["x_1"]) == (None, [None], None)
    else:
        assert around.form.texts_of(around.previous)["x_1"] == ""
    client.force_login(other.staff, backend="django.contrib.auth.backends.ModelBackend")
    for page in (
        reverse("incubators:report_edit", args=[office.carrier.code, "2024-06"]),
        f"{reverse('incubators:report_grid')}?month=2024-06",
        "/reports/explanations/?month=2024-05",
    ):
        assert client.get(page).status_code == 200, page


def test_the_same_field_of_another_district_is_last_months(office):
    other = Office()
    declares(office, SHOWS)
    declares(other, SHOWS)
    filed(office, x_1=6)
    around = moved(office, other)
    assert (around.before("x_1"), around.answers()["x_1"]) == (6, 6)


def test_a_draft_taken_along_is_answered_anew(office):
    other = Office()
    declares(office, MOOD)
    declares(other, SHOWS | {"required": True})
    row = services.save_draft(
        user=office.operator, carrier=office.carrier, month=MAY, values=GOOD, texts={**TEXTS, "x_1": "5"}, seen=Seen()
    )
    moved(office, other)
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY}
    with pytest.raises(services.NotReady) as refused:
        services.submit(**ask, seen=Seen.of(row))
    assert "x_1" in refused.value.errors
    row = services.submit(**ask, values={"x_1": 7}, seen=Seen.of(refused.value.row))
    assert row.extra == {"x_1": 7}
    assert Calendars().form(other.town.path, MAY).values_of(row)["x_1"] == 7


# --- The same area ------------------------------------------------------------------------------------------------------
def test_a_field_may_be_renamed_and_keeps_its_months(office):
    declares(office, SHOWS)
    declares(office, SHOWS | {"label": "路演与沙龙场次"}, from_month=JUNE)
    filed(office, x_1=6)
    around = context.load([office.carrier], JUNE)[office.carrier.pk]
    assert (around.form.label_of("x_1"), around.before("x_1")) == ("路演与沙龙场次", 6)


def test_another_unit_is_another_figure(office):
    declares(office, SHOWS)
    declares(office, SHOWS | {"unit": "次"}, from_month=JUNE)
    filed(office, x_1=6)
    assert context.load([office.carrier], JUNE)[office.carrier.pk].before("x_1") is None


def test_a_towns_first_own_calendar_does_not_read_the_districts_answers(office, client):
    declares(office, MOOD)
    filed(office, x_1="很好")
    declares(office, SHOWS, area=office.town, from_month=JUNE)
    around = context.load([office.carrier], JUNE)[office.carrier.pk]
    assert around.before("x_1") is None
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("incubators:report_edit", args=[office.carrier.code, "2024-06"]))
    assert page.status_code == 200
    assert "路演场次" in page.content.decode()


# --- Answers of before --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "kept", "read"),
    [
        (SHOWS, 6, 6),
        (SHOWS, "很好", None),
        (SHOWS, "6", None),
        (SHOWS, True, None),
        ({"label": "产值", "unit": "万元", "kind": "money"}, "12500.00", Decimal(12500)),
        ({"label": "产值", "unit": "万元", "kind": "money"}, "很好", None),
    ],
)
def test_an_answer_that_does_not_say_its_field_is_read_if_it_is_of_its_kind(office, entry, kept, read):
    declares(office, entry)
    row = MonthlyReport(carrier=office.carrier, month=MAY, extra={"x_1": kept})
    assert Calendars().form(office.town.path, MAY).values_of(row)["x_1"] == read


def test_words_are_no_number_of_another_field(office):
    declares(office, MOOD)
    row = MonthlyReport(carrier=office.carrier, month=MAY, extra={"x_1": 6})
    assert Calendars().form(office.town.path, MAY).texts_of(row)["x_1"] == ""


def test_a_correction_keeps_for_which_field_an_answer_was(office):
    declares(office, SHOWS)
    row = filed(office, x_1=6)
    row = services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    again = services.correct(user=office.staff, report=row, reason="核错")
    assert (
        again.extra_fields
        == row.extra_fields
        == {"x_1": {"area": office.district.code, "kind": "count", "unit": "场", "label": "路演场次"}}
    )


def test_others_see_the_codes_too(client, office):
    """The page that publishes gives codes that are free in all areas."""
    declares(Office(), SHOWS)
    chief = make_user(Role.STAFF, area=office.district)
    client.force_login(chief, backend="django.contrib.auth.backends.ModelBackend")
    sent = {"from_month": "2024-01", "opens_day": "1", "due_day": "5", "review_day": "10", "rows": "1"}
    sent |= {"f0-label": "沙龙场次", "f0-kind": "count", "f0-unit": "场", "action": "publish"}
    client.post(f"{reverse('incubators:arrangement_create')}?area={office.district.code}", sent)
    assert ReportCalendar.objects.get(area=office.district).declared[0]["code"] == "x_2"
