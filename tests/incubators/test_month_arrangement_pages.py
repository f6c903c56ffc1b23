"""The pages on which a district says what it asks of its months, and when."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted
from incubators.access import Role
from incubators.models import MonthlyReport, ReportCalendar
from incubators.reporting.calendar import Calendars, add_months
from incubators.services.months import first_free_month, set_calendar
from tests.incubators.factories import AreaFactory, make_user, signed_in
from tests.incubators.report_cases import Office

pytestmark = pytest.mark.django_db
LIST, NEW = "/reports/arrangements/", "/reports/arrangements/new/"
DAYS = {"opens_day": "1", "due_day": "5", "town_day": "", "review_day": "10"}
ROAD = {"label": "路演场次", "kind": "count", "unit": "场", "largest": "50", "required": "on", "help": "含线上"}
PARK = {"label": "园区评价", "kind": "choice", "options": "好、一般、差"}


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def staff(office):
    return signed_in(office.staff)


def free():
    return first_free_month(timezone.localdate())


def typed(*rows, action="publish", **more):
    """What the page sends: the days, and rows of declared fields."""
    sent = {"from_month": f"{free():%Y-%m}", **DAYS, "rows": str(len(rows)), "action": action, **more}
    return sent | {f"f{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}


def fields_shown(answer):
    return [form.typed("label") for form in answer.context["fields"]]


# --- Publishing ---------------------------------------------------------------------------------------------------------
def test_a_version_is_published_and_asked_of_the_month(office, staff):
    answer = staff.post(NEW, typed(ROAD, {}, PARK, town_day="7", note="区科委通知"))
    assert (answer.status_code, answer.url) == (
        302,
        f"{LIST}?area={office.district.code}&version={free():%Y-%m}#fields",
    )
    row = ReportCalendar.objects.get()
    assert (row.from_month, row.town_day, row.set_by, row.note) == (free(), 7, office.staff, "区科委通知")
    form = Calendars().form(office.town.path, free())
    assert form.by_code["x_1"].label == "路演场次"
    assert form.text_by_code["x_2"].options == ("好", "一般", "差")
    assert Change.objects.filter(action="设置填报安排", record_id=str(row.pk)).exists()
    page = staff.get(LIST).content.decode()
    assert "将生效" in page
    assert "区科委通知" in page


def test_the_fields_of_every_version_can_be_read(office, staff):
    """Nothing asked for ever, one field a year ago, none since, two to come."""
    year_ago = add_months(free(), -12)
    common = {"area": office.district, "due_day": 5, "review_day": 10}
    field = {"unit": "", "help": "", "required": True, "stock": False, "smallest": "", "largest": "", "options": []}
    past = {**field, "code": "x_9", "label": "去年问过的", "kind": "text"}
    ReportCalendar.objects.create(**common)
    ReportCalendar.objects.create(**common, from_month=year_ago, declared=[past])
    ReportCalendar.objects.create(**common, from_month=add_months(year_ago, 6))
    published = staff.post(NEW, typed(ROAD, PARK), follow=True).content.decode()
    assert "(将生效)" in published
    assert "路演场次" in published
    assert "园区评价" in published
    now = staff.get(LIST).content.decode()
    assert "路演场次" not in now
    assert "现在没有附加字段" in now
    assert "起加报 2 项" in now
    assert f"version={year_ago:%Y-%m}#fields" in now
    before = staff.get(LIST, {"version": f"{year_ago:%Y-%m}"}).content.decode()
    assert "去年问过的" in before
    assert "(已过去)" in before
    assert staff.get(LIST, {"version": "没有"}).status_code == 200


def test_dates_stand_under_their_heads_when_a_town_day_begins_later(office, staff):
    """The town checks from the coming month on: months of before have a dash in its place."""
    common = {"area": office.district, "due_day": 5, "review_day": 10}
    ReportCalendar.objects.create(**common)
    ReportCalendar.objects.create(**common, from_month=free(), town_day=8)
    shown = staff.get(LIST).context["dates"]
    assert {tuple(each.label for each in days) for _, days in shown} == {("开放", "填报截止", "镇审截止", "区审截止")}
    assert [days[2].day is not None for _, days in shown] == [month >= free() for month, _ in shown]
    ReportCalendar.objects.filter(from_month=free()).update(town_day=None)
    assert [each.label for each in staff.get(LIST).context["dates"][0][1]] == ["开放", "填报截止", "区审截止"]


def test_the_preview_moves_days_off_work_and_shows_the_form(office, staff):
    """The months from 2027-01: 5 June 2027 is a Saturday."""
    answer = staff.post(NEW, typed(ROAD, action="preview", from_month="2027-05"))
    assert answer.status_code == 200
    assert ReportCalendar.objects.count() == 0
    month, days = answer.context["dates"][0]
    assert month == date(2027, 5, 1)
    due = next(each for each in days if each.label == "填报截止")
    assert (due.day, due.moved, due.weekday) == (date(2027, 6, 7), True, "周一")
    page = answer.content.decode()
    assert "顺延" in page
    assert page.count("含线上") == 2  # as it is typed, and in the form of the month


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"due_day": "31"}, "due_day", "请填1至28的整数"),
        ({"opens_day": "9"}, "due_day", "填报截止不能早于开放提交"),
        ({"town_day": "3"}, "town_day", "镇级审核截止不能早于填报截止"),
        ({"town_day": "12"}, "review_day", "区级审核截止不能早于"),
        ({"first_is_cumulative": "on"}, "first_month", "请写明首个报告月份"),
        ({"from_month": "下个月"}, "from_month", "请填月份"),
    ],
)
def test_a_wrong_day_is_said_at_its_place_and_what_was_typed_stays(office, staff, sent, field, words):
    answer = staff.post(NEW, typed(ROAD, **sent))
    assert answer.status_code == 422
    assert words in answer.context["form"].errors[field][0]
    assert fields_shown(answer) == ["路演场次"]
    assert not ReportCalendar.objects.exists()


def test_a_month_that_has_begun_is_refused_at_its_place(office, staff):
    office.draft()
    answer = staff.post(NEW, typed(from_month=f"{timezone.localdate():%Y-%m}"))
    assert answer.status_code == 422
    assert "已开始填报的月份不改变" in answer.context["form"].errors["from_month"][0]


@pytest.mark.parametrize(
    ("row", "part", "words"),
    [
        (ROAD | {"unit": ""}, "unit", "请填单位"),
        (ROAD | {"label": "创业导师"}, "label", "重复"),
        (ROAD | {"smallest": "60"}, "largest", "下限不能大于上限"),
        (ROAD | {"smallest": "很少"}, "smallest", "“很少”不是数字"),
        (ROAD | {"largest": "1e999999"}, "largest", "不是数字"),
        (ROAD | {"largest": "3000000000"}, "largest", "数值过大"),
        (ROAD | {"kind": "money", "largest": "1" + "0" * 30}, "largest", "数值过大"),
        (ROAD | {"smallest": "12,5"}, "smallest", "千位分隔"),
        (PARK | {"options": "好"}, "options", "2至20个"),
        (ROAD | {"kind": ""}, "kind", "请选择类型"),
    ],
)
def test_a_wrong_field_is_said_in_its_row(office, staff, row, part, words):
    answer = staff.post(NEW, typed({}, PARK | {"label": "另一项"}, row))
    assert answer.status_code == 422
    wrong = answer.context["fields"].forms[2]
    assert words in wrong.errors[part][0]
    assert words in answer.content.decode()


# --- Rows, without JavaScript -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("more", ["路演场次", "园区评价", "", "", ""]),
        ("remove-0", ["园区评价"]),
        ("down-0", ["园区评价", "路演场次"]),
        ("up-1", ["园区评价", "路演场次"]),
        ("up-0", ["路演场次", "园区评价"]),
        ("remove-9", ["路演场次", "园区评价"]),
    ],
)
def test_rows_come_and_go_and_nothing_typed_is_lost(office, staff, action, left):
    answer = staff.post(NEW, typed(ROAD, PARK, action=action, note="还没写完", due_day="八"))
    assert answer.status_code == 200
    assert fields_shown(answer) == left
    form = answer.context["form"]
    assert (form["note"].value(), form["due_day"].value()) == ("还没写完", "八")
    options = next(f for f in answer.context["fields"] if f.typed("label") == "园区评价").typed("options")
    assert options == "好、一般、差"


def test_the_form_begins_with_what_holds_and_blank_rows(office, staff):
    staff.post(NEW, typed(ROAD))
    answer = staff.get(NEW)
    assert fields_shown(answer) == ["路演场次", "", "", ""]
    assert "取代" in answer.content.decode()


# --- What a code stands for ---------------------------------------------------------------------------------------------
def test_a_code_is_never_given_to_another_field(office, staff):
    staff.post(NEW, typed(ROAD))
    later = f"{add_months(free(), 2):%Y-%m}"
    staff.post(NEW, typed(PARK, from_month=later))
    assert [each["code"] for each in ReportCalendar.objects.get(from_month=add_months(free(), 2)).declared] == ["x_2"]


def test_a_published_field_keeps_its_kind(office, staff):
    staff.post(NEW, typed(ROAD))
    answer = staff.post(NEW, typed(ROAD | {"code": "x_1", "kind": "text"}))
    assert answer.status_code == 422
    assert "不能改类型" in answer.context["fields"].forms[0].errors["kind"][0]


# --- Who ----------------------------------------------------------------------------------------------------------------
def test_others_read_and_do_not_publish(office, staff):
    staff.post(NEW, typed(ROAD))
    for user in (
        office.operator,
        make_user(Role.LEADER, area=office.district),
        make_user(Role.STAFF, area=office.town),
    ):
        page = signed_in(user).get(LIST)
        assert "路演场次" in page.content.decode() or "将生效" in page.content.decode()
        assert "发布新安排" not in page.content.decode()
    assert signed_in(make_user(Role.STAFF, area=office.town)).post(NEW, typed()).status_code == 403
    stranger = signed_in(make_user(Role.STAFF))
    assert stranger.get(NEW, {"area": office.district.code}).status_code == 404
    assert "将生效" not in stranger.get(LIST).content.decode()


def test_a_town_makes_no_calendar_of_its_own(office):
    """It would take its carriers out of the district's, and its check with them."""
    with pytest.raises(NotPermitted, match="区里统一安排"):
        set_calendar(
            user=make_user(Role.STAFF, area=office.town),
            area=office.town,
            from_month=free(),
            days={"opens_day": 1, "due_day": 5, "town_day": None, "review_day": 10},
            declared=[],
        )


def test_a_district_without_a_calendar_is_told_what_holds(office):
    district = AreaFactory()
    page = signed_in(make_user(Role.STAFF, area=district)).get(LIST).content.decode()
    assert "还没有发布过填报安排" in page
    assert MonthlyReport.objects.count() == 0


def test_whether_each_incubatee_is_asked_about_is_published_shown_and_kept(office, staff):
    shown = staff.post(NEW, typed(action="preview", enterprise_months="quarterly")).content.decode()
    assert "企业情况:每家在孵企业" in shown
    assert "本年累计研发费用(万元)*" in shown
    staff.post(NEW, typed(enterprise_months="quarterly"))
    row = ReportCalendar.objects.get()
    assert row.enterprise_months == "quarterly"
    page = staff.get(LIST).content.decode()
    assert "每季末月(3、6、9、12月)" in page
    begun = staff.get(NEW).context["form"]
    assert begun.initial["enterprise_months"] == "quarterly", "the next version begins with what holds"
    assert staff.post(NEW, typed(enterprise_months="hourly")).status_code == 422


def test_without_a_word_nobody_is_asked_about_enterprises(office, staff):
    assert "企业情况:每家在孵企业" not in staff.post(NEW, typed(action="preview")).content.decode()
    staff.post(NEW, typed())
    assert ReportCalendar.objects.get().enterprise_months == "never"
