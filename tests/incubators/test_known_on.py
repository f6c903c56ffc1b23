"""A figure as it was known on a day: corrections accepted later do not count in it, whenever it is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from incubators.access import Role
from incubators.indicators import figures
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import make_user, signed_in
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db
QUESTION = {"start": MAY, "end": MAY.replace(day=31)}


@pytest.fixture
def office():
    """May is accepted on 6 June with 200万元 of financing and corrected to 300万元 on 20 June."""
    with time_machine.travel(datetime(2024, 6, 6, 2, tzinfo=UTC), tick=False):
        made = Office()
        row = made.accepted(financing=Decimal(2_000_000))
    with time_machine.travel(datetime(2024, 6, 20, 2, tzinfo=UTC), tick=False):
        new = services.correct(user=made.staff, report=row, reason="合同补签")
        new = services.submit(
            user=made.operator,
            carrier=made.carrier,
            month=MAY,
            values={"financing": Decimal(3_000_000)},
            seen=Seen.of(new),
        )
        services.accept(user=made.reviewer, report=new, seen_hash=new.content_hash)
    return made


@pytest.mark.parametrize(
    ("day", "value"),
    [
        ("2024-06-05", None),
        ("2024-06-06", 2_000_000),
        ("2024-06-19", 2_000_000),
        ("2024-06-20", 3_000_000),
        ("", 3_000_000),
    ],
)
def test_the_figure_is_that_of_the_revision_accepted_by_then(office, day, value):
    client = signed_in(make_user(Role.LEADER, area=office.district))
    asked = {"indicator": "financing_amount", "from": "2024-05-01", "to": "2024-05-31", "known_on": day}
    answer = client.get("/api/v1/figures/", {name: text for name, text in asked.items() if text})
    found = answer.json()["results"][0]["value"]
    assert (None if found is None else Decimal(found)) == value


def test_its_records_are_the_revision_known_then(office):
    for day, revision in ((datetime(2024, 6, 10, tzinfo=UTC).date(), 1), (None, 2)):
        params = {"known_on": day} if day else {}
        (row,) = figures.records("financing_amount", params=params, within=office.district, **QUESTION)
        assert row.revision == revision


def test_the_page_says_by_which_day(office):
    client = signed_in(office.staff)
    address = "/indicators/financing_amount/?from=2024-05-01&to=2024-05-31&known_on="
    answer = client.get(f"{address}2024-06-10")
    assert answer.context["figure"].value == 2_000_000
    page = answer.content.decode()
    assert "按何日所知" in page
    assert "2024年6月10日" in page
    assert "晚于今天" in client.get(f"{address}2099-01-01").content.decode()
    assert "不是日期" in client.get(f"{address}x").content.decode()
