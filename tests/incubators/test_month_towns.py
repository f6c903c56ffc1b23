"""A town means the same in every table of a month: with the parks that lie in it, which stand under it as part of it."""

from __future__ import annotations

import pytest

from incubators.access import Role
from incubators.reporting import overview
from incubators.reporting.bulletin import gather
from tests.incubators.factories import AreaFactory, CarrierFactory, TownFactory, make_user, signed_in
from tests.incubators.report_cases import MAY

pytestmark = pytest.mark.django_db
CLOSE, FILTER = "/reports/close/?month=2024-05", "/reports/?month=2024-05&area="
COMPLETENESS, CHASING = "/reports/completeness/?from=2024-05&to=2024-05", "/reports/chasing/?month=2024-05"


@pytest.fixture
def district():
    """山阳镇 has one carrier of its own and three in the park 科创城; 朱泾镇 has two, and none but its park 枫泾园 is in 枫泾镇."""
    made = AreaFactory(name="金山区")
    shanyang = TownFactory(parent=made, name="山阳镇", code="shanyang")
    park = AreaFactory(parent=shanyang, name="科创城", kind="park", code="park")
    zhujing = TownFactory(parent=made, name="朱泾镇", code="zhujing")
    fengjing = TownFactory(parent=made, name="枫泾镇", code="fengjing")
    garden = AreaFactory(parent=fengjing, name="枫泾园", kind="park", code="garden")
    for area in (shanyang, park, park, park, zhujing, zhujing, garden):
        CarrierFactory(area=area)
    return made


@pytest.fixture
def staff(district):
    return make_user(Role.STAFF, area=district)


WHOLE = {"山阳镇": 4, "朱泾镇": 2, "枫泾镇": 1}
PARTS = {"科创城": 3, "枫泾园": 1}


def read(rows, count):
    """Numbers by area: of those that add up, and of the parts under them."""
    return tuple({row.name: getattr(row, count) for row in rows if row.is_part == part} for part in (False, True))


def test_the_tables_count_a_town_with_its_parks(staff):
    client = signed_in(staff)
    close = client.get(CLOSE)
    assert read(close.context["places"], "expected") == (WHOLE, PARTS)
    matrix = client.get(COMPLETENESS).context["matrix"]
    assert read(matrix.areas, "carriers") == (WHOLE, PARTS)
    assert sum(WHOLE.values()) == close.context["total"].expected == len(matrix.rows) == 7
    for page in (close, client.get(COMPLETENESS)):
        assert page.content.decode().count("<small>含园区</small>") == 2


def test_a_park_stands_under_its_town(staff):
    names = [row.name for row in signed_in(staff).get(CLOSE).context["places"]]
    assert names.index("科创城") == names.index("山阳镇") + 1


def test_a_row_leads_to_as_many_as_it_says(staff):
    client = signed_in(staff)
    for place in client.get(CLOSE).context["places"]:
        assert client.get(FILTER + place.code).context["page_obj"].paginator.count == place.expected


def test_the_bulletin_says_the_same(district, staff):
    children = tuple(district.children.order_by("path"))
    assert {place.name: len(place.lines) for place in gather(staff, district, children, MAY).places} == WHOLE


def test_who_is_named_under_a_park_is_told_its_town(staff):
    client = signed_in(staff)
    assert "科创城 · 山阳镇" in [label for label, _ in client.get(CLOSE).context["named"]]
    assert "科创城 · 山阳镇" in [town.name for town in client.get(CHASING).context["towns"]]


def test_areas_in_no_town_stand_for_themselves():
    rows = [("a", "甲区", "", ""), ("b", "乙区", "", "")]
    assert [(each.name, each.with_parks, each.is_part) for each in overview.by_area(rows, lambda row: row)] == [
        ("甲区", False, False),
        ("乙区", False, False),
    ]
