"""Files over REST hold what the JSON answers hold, cell by cell; read as sets or record by record, they are the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from core import api_export
from core.spreadsheets import neutralise
from core.trail_chain import opened
from incubators.models import Carrier, MonthlyReport
from tests.access.world import World, build

pytestmark = pytest.mark.django_db
API = "/api/v1/"
LISTS = (
    "areas", "carriers", "carrier-changes", "carrier-sites", "carrier-tags",
    "designations", "enterprises", "residencies", "qualifications", "monthly-reports", "enterprise-months", "visits",
    "correction-requests", "rosters",
    "plans", "targets", "progress", "tasks", "schemes", "cycles", "results", "rules", "award-runs", "awards", "jobs",
)  # fmt: skip
# Long lists at the size of a city: these are never serialised record by record.
SET_BASED = (
    "qualifications",
    "residencies",
    "monthly-reports",
    "enterprise-months",
    "designations",
    "visits",
    "progress",
    "carriers",
)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def staff(world: World, db: None) -> Client:
    return _signed_in(world, "staff")


def _signed_in(world: World, username: str) -> Client:
    client = Client()
    client.force_login(world.people[username], backend="django.contrib.auth.backends.ModelBackend")
    return client


def every_row(client: Client, name: str, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    answer = client.get(f"{API}{name}/", {"page_size": 500, **query}).json()
    while True:
        rows += answer["results"]
        if not answer["next"]:
            return rows
        answer = client.get(answer["next"]).json()


def table(client: Client, name: str, **query: str) -> list[list[str]]:
    answer = client.get(f"{API}{name}/", {"format": "csv", **query})
    assert answer.status_code == 200
    return [*csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))]  # type: ignore[arg-type]


def workbook(client: Client, name: str, **query: str) -> list[list[Any]]:
    answer = client.get(f"{API}{name}/", {"format": "xlsx", **query})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]
    return [list(row) for row in book["数据"].iter_rows(values_only=True)]


def cell(record: dict[str, Any], head: str) -> str:
    """What a cell must hold, from the JSON answer alone."""
    value: Any = record
    for name in head.split("."):
        value = None if value is None else value[name]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


@pytest.mark.parametrize("name", LISTS)
def test_a_csv_holds_the_json_values(name: str, staff: Client) -> None:
    heads, *lines = table(staff, name)
    rows = every_row(staff, name)
    assert rows, "nothing was compared"
    assert {head.split(".")[0] for head in heads} == set(rows[0]), "every field has its columns"
    for line, row in zip(lines, rows, strict=True):
        expected = [cell(row, head) for head in heads]
        assert line == [text if line[place] == text else neutralise(text) for place, text in enumerate(expected)]


@pytest.mark.parametrize("name", LISTS)
def test_a_workbook_holds_the_cells_of_the_csv(name: str, staff: Client) -> None:
    lines = table(staff, name)
    cells = workbook(staff, name)
    for line, row in zip(lines, cells, strict=True):
        read = ["" if value is None else str(value) for value in row]
        read += [""] * (len(line) - len(read))
        for written, found in zip(line, read, strict=True):
            # Line ends inside a cell are read back as one sign; text longer than a cell ends in "…".
            wanted = written.removeprefix("'") if written != found else written
            assert found == wanted or (found.endswith("…") and len(found) == 32_767 and wanted.startswith(found[:-1]))


@pytest.mark.parametrize("name", SET_BASED)
def test_long_lists_are_read_as_sets_and_equal_the_serialised_ones(
    name: str, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_sets = table(staff, name)
    used: list[str] = []
    original = api_export.columns_of

    def without_paths(serializer: Any, rows: Any) -> Any:
        columns = original(serializer, rows)
        used.extend(column.head for column in columns if not column.paths)
        return [api_export.ExportColumn(each.head, each.keys, each.exact) for each in columns]

    monkeypatch.setattr(api_export, "columns_of", without_paths)
    assert table(staff, name) == as_sets
    assert used == [], "these columns take a record each"


def test_an_empty_link_in_the_first_row_hides_no_column(world: World) -> None:
    heads, first, *rest = table(_signed_in(world, "yc_staff"), "progress", ordering="id")
    place = heads.index("area.code")
    assert first[place] == ""
    assert any(line[place] for line in rest), "progress of the parts of a city has its area"


def test_values_that_differ_in_their_keys_share_one_column(staff: Client, world: World) -> None:
    reports = MonthlyReport.objects.filter(carrier__code=world.own.carrier).order_by("month")
    with opened("test"):  # an accepted report changes no other way
        reports.filter(pk=world.own.report).update(explanations={"occupancy": "有说明,含逗号"})
    heads, *lines = table(staff, "monthly-reports", carrier=world.own.carrier, fields="id,explanations")
    assert heads == ["id", "explanations"]
    assert dict(lines)[str(world.own.report)] == '{"occupancy":"有说明,含逗号"}'
    assert "{}" in dict(lines).values()


def test_links_in_files_lead_to_records(staff: Client, world: World) -> None:
    heads, line, *_ = table(staff, "residencies", carrier=world.own.carrier)
    for head in ("url", "enterprise.url", "carrier.url"):
        assert staff.get(line[heads.index(head)]).status_code == 200


def test_a_file_is_sent_in_blocks_and_made_while_it_is_sent(
    staff: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(api_export, "CHUNK", 100)
    with django_assert_max_num_queries(6):
        answer = staff.get(f"{API}qualifications/?format=csv")
        blocks = [len(block.splitlines()) for block in answer.streaming_content]  # type: ignore[union-attr, arg-type]
    assert answer.streaming
    assert len(blocks) > 3
    assert max(blocks) <= 101


def test_awkward_words_survive_a_workbook_and_are_tamed_in_a_csv(staff: Client, world: World) -> None:
    words = "=1+1 <b>&\"'\n第二行 _x0041_ \x01 尾"
    Carrier.objects.filter(code=world.own.carrier).update(address=words, industry="-5")
    (_, line) = table(staff, "carriers", q=world.own.carrier, fields="address,industry")
    assert line == [f"'{words}", "'-5"]
    (_, cells) = workbook(staff, "carriers", q=world.own.carrier, fields="address,industry,floor_area,incubatees")
    carrier = Carrier.objects.get(code=world.own.carrier)
    assert cells[0].replace("_x0001_", "\x01").replace("_x005F_x0041_", "_x0041_") == words
    assert cells[1:3] == ["-5", str(carrier.floor_area)]
    assert type(cells[3]) is int
