"""An operator among neighbours: in the same district, nothing of another carrier reaches it by any door.

The matrix asks whether an address opens; here every answer that does open is read to its end, in every form it can be
had, and so is every look-up that is asked for a neighbour by name, initials, code or number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
import python_calamine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from config.demo.names import enterprise_code
from core.spreadsheets import XLSX_TYPE
from incubators.exchange import KINDS
from incubators.models import Carrier, Enterprise, EnterpriseMonth, MonthlyReport, Residency
from tests.access.test_matrix import ALL, OPEN, PRIVATE
from tests.access.world import World, build

OWN = "JS001"
FILES = ("csv", "xlsx")
# Where words can be looked up: route, what stands in its address, by which parameter, what else is asked.
LOOK_UPS: tuple[tuple[str, dict[str, str], str, dict[str, str]], ...] = (
    ("incubators:search", {}, "q", {}),
    ("incubators:carrier_list", {}, "q", {}),
    ("incubators:enterprise_list", {}, "q", {}),
    ("incubators:carrier_offers", {}, "carrier", {}),
    ("incubators:roster_verify", {}, "uscc", {"year": "2025"}),
    ("incubators:visit_list", {}, "q", {}),
    *(("incubators:record_list", {"kind": kind}, "q", {}) for kind in KINDS),
    ("api:carriers-list", {}, "q", {}),
    ("api:enterprises-list", {}, "q", {}),
)
# Nobody's name, code and initials.
UNKNOWN = ("并无此名有限公司", enterprise_code(987_654), "zzqqxxvvk")
# A form's token is another one each time.
CLOCK = re.compile(r"\d\d:\d\d")  # when a page was made
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<=X-CSRFToken": ")\w+')


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
    """The answer is to the letter the one that words of nobody are given, whatever it says or counts."""

    def answer(where: str, parameter: str, word: str, more: dict[str, str]) -> str:
        text = CLOCK.sub("", TOKEN.sub("", words_of(operator.get(where, {parameter: word, **more}))))
        for typed in (word, quote(word), quote_plus(word)):  # what was typed stands in the box and in links
            text = re.sub(re.escape(typed), "‖", text, flags=re.IGNORECASE)
        return text

    asked = (min(neighbours.names), min(neighbours.codes), neighbours.initials)
    for route, kwargs, parameter, more in LOOK_UPS:
        where = reverse(route, kwargs=kwargs)
        for word, nobody in zip(asked, UNKNOWN, strict=True):
            text = answer(where, parameter, word, more)
            assert not neighbours.found_in(text), f"{where}?{parameter}={word}"
            assert text == answer(where, parameter, nobody, more), f"{where}?{parameter}={word}"


def test_rest_counts_the_operators_own_rows_alone(operator: Client) -> None:
    own = Carrier.objects.get(code=OWN)
    tenants = Enterprise.objects.filter(residencies__carrier=own).distinct()
    for route, rows in (
        ("api:carriers-list", Carrier.objects.filter(pk=own.pk)),
        ("api:enterprises-list", tenants),
        ("api:residencies-list", Residency.objects.filter(carrier=own)),
        ("api:monthly-reports-list", MonthlyReport.objects.filter(carrier=own, is_current=True)),
        ("api:enterprise-months-list", EnterpriseMonth.objects.filter(report__carrier=own)),
    ):
        seen, where = 0, reverse(route)
        while where:
            page = operator.get(where).json()
            seen += len(page["results"])
            where = page.get("next")
        assert seen == rows.count(), route


def test_filters_that_name_a_neighbour_answer_as_if_it_did_not_exist(operator: Client, neighbours: Neighbours) -> None:
    stranger = Carrier.objects.exclude(code=OWN).filter(area__path__contains="/sh-jinshan/")[0].code
    for route in (
        "api:residencies-list",
        "api:monthly-reports-list",
        "api:enterprise-months-list",
        "api:designations-list",
    ):
        known = operator.get(reverse(route), {"carrier": stranger})
        unknown = operator.get(reverse(route), {"carrier": "NO-SUCH"})
        assert known.status_code == unknown.status_code, route
        assert len(words_of(known).replace(stranger, "")) <= len(words_of(unknown).replace("NO-SUCH", ""))
