"""Nothing typed into a month is lost: what is no value yet waits with the draft. And which months have a form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from core.permits import Refused
from incubators.models import MonthlyReport
from incubators.reporting.calendar import add_months, last_full_month
from incubators.reporting.fields import phone_problem
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import CarrierFactory
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office, typed

pytestmark = pytest.mark.django_db
APRIL = date(2024, 4, 1)
WRONG = {"mentors": "很多", "events": "-3", "income": "1.2345678", "area_leased": "4500", "filled_by": "王" * 41}


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def operator(client, office):
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def edit_url(carrier, month="2024-05"):
    return reverse("incubators:report_edit", args=[carrier.code, month])


def test_wrong_values_are_there_again_with_their_errors(operator, client, office):
    answer = operator.post(edit_url(office.carrier), typed(**WRONG, action="submit"))
    assert answer.status_code == 422
    row = MonthlyReport.objects.get()
    assert (row.mentors, row.events, row.income, row.area_leased, row.filled_by) == (None, None, None, None, "")

    # Another device, another day: the same words, each with its error; the rest as saved.
    client.logout()
    client.force_login(office.operator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(edit_url(office.carrier))
    body = page.content.decode()
    for text in WRONG.values():
        assert f'value="{text}"' in body
    assert {name for name, _ in page.context["form_errors"]} == set(WRONG)
    assert "“很多”不是数字" in body
    assert "已入驻面积 4,500 ㎡ 大于 可入驻面积 4,000 ㎡" in body
    assert "上次填写的下列内容有误" in body
    assert f'value="{typed()["area_leasable"]}"' in body


def test_a_value_takes_the_place_of_what_waited(operator, office):
    operator.post(edit_url(office.carrier), typed(**WRONG, action="autosave"))
    row = MonthlyReport.objects.get()
    assert row.unread == WRONG
    operator.post(edit_url(office.carrier), typed(row, **{**WRONG, "mentors": "9"}, action="save"))
    row.refresh_from_db()
    assert (row.mentors, set(row.unread)) == (9, set(WRONG) - {"mentors"})
    assert operator.post(edit_url(office.carrier), typed(seen=f"1-{row.version}", action="submit")).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.unread) == ("submitted", {})


def test_what_waits_is_not_submitted_over_by_another_door(operator, office):
    operator.post(edit_url(office.carrier), typed(mentors="很多", action="save"))
    row = MonthlyReport.objects.get()
    rest = {code: value for code, value in GOOD.items() if code != "mentors"}
    ask = {"user": office.operator, "carrier": office.carrier, "month": MAY, "texts": TEXTS}
    with pytest.raises(services.NotReady) as refused:
        services.submit(**ask, values=rest, seen=Seen.of(row))
    assert refused.value.errors["mentors"] == ["上次填的“很多”还没有改正"]
    row.refresh_from_db()
    assert services.submit(**ask, values=GOOD, seen=Seen.of(row)).unread == {}


def test_a_long_text_is_not_repeated_whole(operator, office):
    body = operator.post(edit_url(office.carrier), typed(mentors="九" * 400, action="save")).content.decode()
    assert f"“{'九' * 20}…”不是数字" in body


@pytest.mark.parametrize("text", ["abc", "12345", "电话1234567", "1234567 转 x"])
def test_a_telephone_number_has_the_shape_of_one(operator, office, text):
    operator.post(edit_url(office.carrier), typed(phone=text, action="save"))
    body = operator.get(edit_url(office.carrier)).content.decode()
    assert f"“{text}”不像电话号码" in body
    row = MonthlyReport.objects.get()
    answer = operator.post(edit_url(office.carrier), typed(row, action="submit"))
    assert answer.status_code == 422
    assert answer.context["form"].errors["phone"]


@pytest.mark.parametrize(
    "text", ["021-57921234", "(021) 5792 1234 转 801", "13800000000", "+86 138-0000-0000", "(０21)57921234分机8", ""]
)
def test_usual_telephone_numbers_pass(text):
    assert phone_problem(text) == ""


def test_only_months_that_can_be_filed_have_a_form(operator, office):
    carrier = CarrierFactory(operator=office.carrier.operator, area=office.town, opened_on=date(2022, 3, 15))
    last = last_full_month(timezone.localdate())
    for month in ("2099-05", f"{add_months(last, 2):%Y-%m}", "2020-01", "2022-02"):
        page = operator.get(edit_url(carrier, month))
        assert page.status_code == 404
        assert edit_url(carrier, f"{last:%Y-%m}") in page.content.decode()
    assert "不能填报未来的月份" in operator.get(edit_url(carrier, "2099-05")).content.decode()
    assert "2022年3月15日开办" in operator.get(edit_url(carrier, "2022-02")).content.decode()
    for month in ("2022-03", f"{last:%Y-%m}", f"{add_months(last, 1):%Y-%m}"):
        page = operator.get(edit_url(carrier, month))
        assert page.status_code == 200
        assert carrier.name in page.content.decode().split("</title>")[0]


def test_a_month_that_cannot_be_read_is_named(client, office):
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("incubators:report_list"), {"month": "abc"})
    assert page.status_code == 200
    assert "“abc”不是月份" in page.content.decode()


def test_a_refused_month_stays_unwritten(office):
    with pytest.raises(Refused, match="未来"):
        services.save_draft(
            user=office.operator,
            carrier=office.carrier,
            month=date(2099, 5, 1),
            values={"income": Decimal(1)},
            seen=Seen(),
        )
    assert not MonthlyReport.objects.exists()


def test_words_on_a_question_outlive_its_going_for_a_moment(operator, office):
    office.accepted(month=APRIL)
    asked = {"explain:R15:mentors": "新聘校友导师"}
    operator.post(edit_url(office.carrier), typed(mentors="40", **asked, action="autosave"))
    operator.post(edit_url(office.carrier), typed(mentors="10", seen="1-1", action="autosave"))
    page = operator.post(
        edit_url(office.carrier), typed(mentors="40", seen="1-2", action="autosave", **{"shown:mentors": ""})
    )
    assert "新聘校友导师" in page.content.decode()
    row = MonthlyReport.objects.get(month=MAY)
    assert row.explanations == {"R15:mentors": "新聘校友导师"}
    # Emptied by hand, they are gone; and what explains nothing is not handed in.
    operator.post(
        edit_url(office.carrier), typed(mentors="40", seen="1-3", action="autosave", **{"explain:R15:mentors": ""})
    )
    row.refresh_from_db()
    assert row.explanations == {}
    operator.post(edit_url(office.carrier), typed(mentors="40", seen="1-4", action="autosave", **asked))
    operator.post(edit_url(office.carrier), typed(mentors="10", seen="1-5", action="submit"))
    row.refresh_from_db()
    assert (row.state, row.explanations) == ("submitted", {})


def test_a_question_that_came_after_the_submission_is_not_held_against_the_report(client, office):
    """April's mentors are corrected to 2 when May's 10 are accepted already: nobody asked about the move then."""
    april = office.accepted(month=date(2024, 4, 1))
    may = office.accepted()
    new = services.correct(user=office.staff, report=april, reason="导师核错")
    values = {"mentors": 2}
    new = services.submit(
        user=office.operator, carrier=office.carrier, month=april.month, values=values, seen=services.Seen.of(new)
    )
    services.accept(user=office.reviewer, report=new, seen_hash=new.content_hash)
    client.force_login(office.staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/reports/{may.pk}/").content.decode()
    assert "上月 2 人" in page
    assert "提交后新出现的提示" in page
    assert "尚无说明" not in page
