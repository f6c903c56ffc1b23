"""An operator among neighbours: in the same district, nothing of another carrier reaches it by any door.

The matrix asks whether an address opens; here every answer that does open is read to its end, in every form it can be
had, and so is every look-up that is asked for a neighbour by name, initials, code or number.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import python_calamine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.spreadsheets import XLSX_TYPE
from incubators.exchange import KINDS
from incubators.models import Carrier, Enterprise, MonthlyReport, Residency
from tests.access.test_matrix import ALL, OPEN, PRIVATE
from tests.access.world import World, build

OWN = "JS001"
FILES = ("csv", "xlsx")
# Where words can be looked up, and by which parameter.
LOOK_UPS = (
    ("incubators:search", "q"),
    ("incubators:carrier_list", "q"),
    ("incubators:enterprise_list", "q"),
    ("api:carriers-list", "q"),
    ("api:enterprises-list", "q"),
)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Words that stand for other carriers of the district and for enterprises that never lived in the own one."""

    names: frozenset[str]
    codes: frozenset[str]
    initials: str

    def found_in(self, text: str) -> list[str]:
        """Which of them a text contains; plan texts name some carriers, and those names are no secret."""
        return sorted(word for word in self.names | self.codes if word in text)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """The world, made once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def operator(world: World, db: None) -> Client:
    client = Client()
    client.force_login(world.people["operator"], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def neighbours(world: World, db: None) -> Neighbours:
    carriers = Carrier.objects.exclude(code=OWN).filter(area__path__contains="/sh-jinshan/", named_in_plan=False)
    strangers = Enterprise.objects.exclude(residencies__carrier__code=OWN)
    assert carriers.count() > 5
    assert strangers.count() > 50
    return Neighbours(
        frozenset({*carriers.values_list("name", flat=True), *strangers.values_list("name", flat=True)}),
        frozenset(strangers.values_list("uscc", flat=True)),
        carriers.exclude(pinyin="").values_list("pinyin", flat=True)[0],
    )


def words_of(answer: object) -> str:
    """Everything a person could read in an answer; of a workbook, every cell of every sheet."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if answer.headers.get("Content-Type", "").startswith(XLSX_TYPE):  # type: ignore[attr-defined]
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return "\n".join(str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    return str(content.decode("utf-8", "ignore"))


def addresses(world: World) -> Iterator[str]:
    """Every address with the operator's own records in it, and the register's lists of every kind."""
    for route in sorted(set(ALL) - {"accounts:login", "accounts:logout"}):
        arguments = PRIVATE.get(route) or OPEN.get(route)
        yield reverse(route, kwargs=arguments(world.own) if arguments else {})
    for kind in KINDS:
        yield reverse("incubators:record_list", kwargs={"kind": kind})
        yield reverse("incubators:exchange_export", kwargs={"kind": kind})


def test_no_answer_to_an_operator_names_a_neighbour(world: World, operator: Client, neighbours: Neighbours) -> None:
    pages = files = 0
    for where in addresses(world):
        answer = operator.get(where)
        if answer.status_code != 200:
            continue
        pages += 1
        text = words_of(answer)
        assert not neighbours.found_in(text), f"{where} names {neighbours.found_in(text)[:5]}"
        if not ("/api/v1/" in where or "format=csv" in text):
            continue
        for form in FILES:
            answer = operator.get(where, {"format": form})
            if answer.status_code == 200:
                files += 1
                found = neighbours.found_in(words_of(answer))
                assert not found, f"{where} as {form} names {found[:5]}"
    assert pages > 40, "hardly a page opened: this test looked at nothing"
    assert files > 20, "hardly a file was had: this test looked at nothing"


def test_looking_for_a_neighbour_finds_nothing_and_counts_nothing(operator: Client, neighbours: Neighbours) -> None:
    for route, parameter in LOOK_UPS:
        for asked in (min(neighbours.names), min(neighbours.codes), neighbours.initials):
            text = words_of(operator.get(reverse(route), {parameter: asked}))
            # What was typed stands in the box; no other neighbour may, and no neighbour's address.
            assert not [word for word in neighbours.found_in(text) if word != asked], f"{route}?{parameter}={asked}"
            assert f"/enterprises/{asked}" not in text


def test_rest_counts_the_operators_own_rows_alone(operator: Client) -> None:
    own = Carrier.objects.get(code=OWN)
    tenants = Enterprise.objects.filter(residencies__carrier=own).distinct()
    for route, rows in (
        ("api:carriers-list", Carrier.objects.filter(pk=own.pk)),
        ("api:enterprises-list", tenants),
        ("api:residencies-list", Residency.objects.filter(carrier=own)),
        ("api:monthly-reports-list", MonthlyReport.objects.filter(carrier=own, is_current=True)),
    ):
        seen, where = 0, reverse(route)
        while where:
            page = operator.get(where).json()
            seen += len(page["results"])
            where = page.get("next")
        assert seen == rows.count(), route


def test_filters_that_name_a_neighbour_answer_as_if_it_did_not_exist(operator: Client, neighbours: Neighbours) -> None:
    stranger = Carrier.objects.exclude(code=OWN).filter(area__path__contains="/sh-jinshan/")[0].code
    for route in ("api:residencies-list", "api:monthly-reports-list", "api:designations-list"):
        known = operator.get(reverse(route), {"carrier": stranger})
        unknown = operator.get(reverse(route), {"carrier": "NO-SUCH"})
        assert known.status_code == unknown.status_code, route
        assert len(words_of(known).replace(stranger, "")) <= len(words_of(unknown).replace("NO-SUCH", ""))
