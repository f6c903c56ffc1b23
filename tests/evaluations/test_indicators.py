"""优良率: the share of graded carriers with one of the two best grades, asked of the catalogue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.models import Frame
from incubators.indicators import figures
from incubators.indicators.base import Figure
from incubators.models import Area
from tests.evaluations.factories import GradeRecordFactory, make_frame
from tests.incubators.factories import AreaFactory, CarrierFactory, TownFactory, make_user

pytestmark = pytest.mark.django_db
CODE = "excellent_ratio"
GRADES = ("grade_excellent", "grade_good", "grade_fail")
OUT_2024, OUT_2025 = date(2025, 6, 20), date(2026, 6, 20)


@pytest.fixture
def area() -> Area:
    return AreaFactory()


@pytest.fixture
def frame(area: Area) -> Frame:
    return complete(make_frame(area))


def complete(frame: Frame) -> Frame:
    """An evaluation whose plan names a grade below 优良 too."""
    frame.definition["grades"] = [{"grade": code} for code in GRADES]
    frame.save()
    return frame


def grade(
    frame: Frame, *codes: str, year: int = 2024, on: date = OUT_2024, area: Area | None = None, **how: Any
) -> None:
    for code in codes:
        carrier = CarrierFactory(area=area or frame.plan.area)
        GradeRecordFactory(carrier=carrier, frame=frame, grade=code, year=year, published_on=on, **how)


def ask(on: date, area: Area, **how: Any) -> Figure:
    return figures.compute(CODE, on=on, within=area, **how)[0]


def terms(figure: Figure) -> tuple[Decimal | None, Decimal | None]:
    return figure.numerator, figure.denominator


def test_excellent_and_good_over_all_that_were_graded(area: Area, frame: Frame) -> None:
    grade(frame, "grade_excellent", "grade_good", "grade_good", "grade_fail")
    found = ask(date(2025, 12, 31), area)
    assert (terms(found), found.value) == ((3, 4), Decimal("0.75"))
    assert figures.records(CODE, on=date(2025, 12, 31), within=area).count() == 3
    assert figures.records(CODE, on=date(2025, 12, 31), within=area, term=1).count() == 4


def test_nothing_graded_is_no_data_and_never_zero(area: Area, frame: Frame) -> None:
    found = ask(date(2025, 12, 31), area)
    assert (found.value, found.missing) == (None, "没有可计算优良率的评价等次:国家、省、市评价的结果尚未登记")


def test_all_failing_is_zero(area: Area, frame: Frame) -> None:
    grade(frame, "grade_fail")
    assert ask(date(2025, 12, 31), area).value == 0


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 6, 19), (None, None)),
        (date(2025, 6, 20), (1, 2)),
        (date(2026, 6, 19), (1, 2)),
        (date(2026, 6, 20), (3, 3)),
    ],
)
def test_the_latest_year_published_by_the_day_alone_counts(
    area: Area, frame: Frame, day: date, expected: tuple[int | None, int | None]
) -> None:
    grade(frame, "grade_good", "grade_fail")
    grade(frame, "grade_excellent", "grade_excellent", "grade_good", year=2025, on=OUT_2025)
    found = ask(day, area)
    assert (terms(found) if found.value is not None else (None, None)) == expected


def test_a_grade_of_the_year_that_comes_out_later_waits_for_its_day(area: Area, frame: Frame) -> None:
    grade(frame, "grade_good")
    grade(frame, "grade_fail", on=date(2025, 9, 1))
    assert terms(ask(date(2025, 8, 31), area)) == (1, 1)
    assert terms(ask(date(2025, 9, 1), area)) == (1, 2)


def test_an_evaluation_in_which_only_some_grades_can_be_recorded_does_not_count(area: Area) -> None:
    """A plan that names 优秀 and 优良 alone (金山), or 优秀 and 不合格 alone (盐城 IV.2), leaves carriers out."""
    grade(make_frame(area, "T-E02"), "grade_excellent", "grade_good")
    partial = make_frame(area, "T-E03")
    partial.definition["grades"] = [{"grade": "grade_excellent"}, {"grade": "grade_fail"}]
    partial.save()
    grade(partial, "grade_excellent")
    assert ask(date(2025, 12, 31), area).value is None


def test_areas_are_shares_of_their_own_and_add_up(area: Area, frame: Frame) -> None:
    towns = TownFactory.create_batch(2, parent=area)
    grade(frame, "grade_excellent", "grade_fail", area=towns[0])
    grade(frame, "grade_good", area=towns[1])
    split = figures.compute(CODE, by="area", on=date(2025, 12, 31), within=area, areas=towns)
    assert [terms(each) for each in split] == [(1, 2), (1, 1)]
    assert terms(ask(date(2025, 12, 31), area)) == (2, 3)


def test_titles_ask_for_one_of_the_evaluations(area: Area, frame: Frame) -> None:
    grade(frame, "grade_good", title_code="incubator_national")
    grade(frame, "grade_fail", title_code="incubator_municipal")
    found = ask(date(2025, 12, 31), area, params={"titles": ["incubator_national"]})
    assert terms(found) == (1, 1)


def test_months_are_what_their_last_days_answer(area: Area, frame: Frame, django_assert_max_num_queries: Any) -> None:
    grade(frame, "grade_good", "grade_fail")
    grade(frame, "grade_good", year=2025, on=OUT_2025)
    with django_assert_max_num_queries(4):
        months = figures.compute(CODE, by="month", start=date(2025, 5, 1), end=date(2026, 6, 30), within=area)
    assert [months[0].value, months[1].value, months[-2].value, months[-1].value] == [
        None,
        Decimal("0.5"),
        Decimal("0.5"),
        1,
    ]


def test_the_page_lists_as_many_records_as_it_counts(area: Area, frame: Frame) -> None:
    grade(frame, "grade_excellent", "grade_good", "grade_fail")
    client = Client()
    client.force_login(make_user("staff", area=area))
    question = {"on": "2025-12-31", "within": area.code}
    page = client.get(reverse("incubators:indicator_detail", args=[CODE]), question).content.decode()
    assert "绩效评价优良率" in page
    assert "66.67" in page
    records = client.get(reverse("incubators:indicator_records", args=[CODE]), question)
    assert records.context["page_obj"].paginator.count == 2
    assert {"优秀", "优良"} <= {value for row in records.context["rows"] for value, _ in row["cells"]}
    everyone = client.get(reverse("incubators:indicator_records", args=[CODE]), {**question, "term": "1"})
    assert everyone.context["page_obj"].paginator.count == 3
    assert "不合格" in everyone.content.decode()
