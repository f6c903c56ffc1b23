"""Writing many rows: every value arrives as it was, keys are nobody else's, and the database's own rules hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import bulk
from core.models import Change
from incubators.models import Enterprise
from tests.incubators.factories import AreaFactory, EnterpriseFactory, uscc

pytestmark = pytest.mark.django_db
NAMES = [
    "id",
    "uscc",
    "name",
    "area_id",
    "remark",
    "founded_on",
    "registered_capital",
    "licence_checked",
    "is_synthetic",
]
BLANK = [field.attname for field in Enterprise._meta.concrete_fields if field.attname not in NAMES and not field.null]


def put(rows: list[list[Any]]) -> list[int]:
    """Insert enterprises: name, remark, founded on, capital, licence checked. Returns their keys."""
    area = AreaFactory()
    ids = bulk.reserve_ids(Enterprise, len(rows))
    bulk.insert(
        Enterprise,
        [*NAMES, *BLANK],
        (
            [pk, uscc(number), name, area.pk, remark, founded, capital, checked, True, *[""] * len(BLANK)]
            for number, (pk, (name, remark, founded, capital, checked)) in enumerate(zip(ids, rows, strict=True))
        ),
    )
    return ids


def held(ids: list[int]) -> list[tuple[Any, ...]]:
    rows = Enterprise.objects.in_bulk(ids)
    return [(r.name, r.remark, r.founded_on, r.registered_capital, r.licence_checked) for r in map(rows.get, ids) if r]


AWKWARD = ["\\N", "\\.", "\\", "a\tb", "a\nb", "a\r\nb", "\\t", "\\\\n", "'; drop table x; --", '"', "{}", "中文、（）", "😀", "NULL", ""]  # fmt: skip
TEXT = st.sampled_from(AWKWARD) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
ROW = st.tuples(
    TEXT,
    TEXT,
    st.none() | st.dates(),
    st.none() | st.decimals(0, Decimal("9999999999999.99"), places=2),
    st.booleans(),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW.map(list), min_size=1, max_size=8))
def test_every_value_arrives_as_it_was_given(db: None, rows: list[list[Any]]) -> None:
    with transaction.atomic():
        assert held(put(rows)) == [tuple(row) for row in rows]
        transaction.set_rollback(True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_an_update_sets_its_rows_and_no_others(db: None, rows: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        ids = put([["原名", "原注", None, None, False] for _ in range(len(rows) + 1)])
        changed = [[pk, name, founded, capital] for pk, (name, _, founded, capital, _) in zip(ids, rows, strict=False)]
        bulk.update(Enterprise, ["name", "founded_on", "registered_capital"], changed)
        wanted = [(name, "原注", founded, capital, False) for name, _, founded, capital, _ in rows]
        assert held(ids) == [*wanted, ("原名", "原注", None, None, False)]
        transaction.set_rollback(True)


def test_values_may_come_as_the_text_of_a_kept_plan() -> None:
    ids = put([["甲", "", "2024-03-09", "3000000.50", True]])  # type: ignore[list-item]
    assert held(ids) == [("甲", "", date(2024, 3, 9), Decimal("3000000.50"), True)]
    bulk.update(Enterprise, ["founded_on", "registered_capital"], [[ids[0], "2025-01-02", "1.25"]])
    assert held(ids)[0][2:4] == (date(2025, 1, 2), Decimal("1.25"))


def test_keys_are_new_and_stay_so() -> None:
    first = EnterpriseFactory(uscc=uscc(900)).pk
    ids = put([[f"企业{number}", "", None, None, False] for number in range(3)])
    assert len({first, *ids, EnterpriseFactory(uscc=uscc(901)).pk, *bulk.reserve_ids(Enterprise, 2)}) == 7
    assert bulk.reserve_ids(Enterprise, 0) == []


def test_the_key_of_a_deleted_row_is_not_given_again() -> None:
    gone = EnterpriseFactory(uscc=uscc(900))
    key = gone.pk
    gone.delete()
    assert key not in bulk.reserve_ids(Enterprise, 3)


def test_more_rows_than_a_batch() -> None:
    many = bulk._BATCH + 3
    bulk.insert(
        Change,
        ["number", "at", "actor_name", "action", "record_label", "record_id", "record_name", "before", "after", "reason", "digest", "channel", "request_id"],
        (
            [n, "2024-01-01T00:00:00+00:00", "甲", "x", "a.b", str(n), "名", {"n": n}, {"甲": ["\\N\t"]}, "", str(n), "page", ""]
            for n in range(1, many + 1)
        ),
    )  # fmt: skip
    assert Change.objects.count() == many
    last = Change.objects.get(number=many)
    assert (last.before, last.after) == ({"n": many}, {"甲": ["\\N\t"]})


@pytest.mark.parametrize("codes", [(1, 1), (1, 900)])
def test_the_database_refuses_what_it_must_and_nothing_stays(codes: tuple[int, int]) -> None:
    area = EnterpriseFactory(uscc=uscc(900)).area
    ids = bulk.reserve_ids(Enterprise, 2)
    rows = [
        [pk, uscc(code), "甲", area.pk, "", None, None, False, True, *[""] * len(BLANK)]
        for pk, code in zip(ids, codes, strict=True)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Enterprise, [*NAMES, *BLANK], rows)
    other = EnterpriseFactory(uscc=uscc(901))
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.update(Enterprise, ["uscc"], [[other.pk, uscc(900)]])
    assert {*Enterprise.objects.values_list("uscc", flat=True)} == {uscc(900), uscc(901)}


def test_rows_may_ask_the_database_while_they_are_made() -> None:
    EnterpriseFactory()
    area = AreaFactory()
    ids = bulk.reserve_ids(Enterprise, 5_000)
    rows = (
        [pk, uscc(500_000 + number), f"第{Enterprise.objects.filter(pk=pk).count()}家" if number % 1500 == 0 else "名", area.pk,
         "", None, None, False, True, *[""] * len(BLANK)]
        for number, pk in enumerate(ids)
    )  # fmt: skip
    bulk.insert(Enterprise, [*NAMES, *BLANK], rows)
    assert Enterprise.objects.filter(pk__in=ids[:5], area=area).count() == 5
    assert Enterprise.objects.filter(area=area).count() == 5_000


@pytest.mark.parametrize("gap", [False, True])
def test_among_finds_the_rows_of_many_keys_and_no_others(gap: bool) -> None:
    rows = [EnterpriseFactory() for _ in range(6)]
    wanted = rows[1:4:2] if gap else rows[1:4]
    for name, values in (("pk", [row.pk for row in wanted]), ("uscc", [row.uscc for row in wanted])):
        found = [row for some in bulk.among(Enterprise, name, values) for row in Enterprise.objects.filter(some)]
        assert {row.pk for row in found} == {row.pk for row in wanted}
    assert [*bulk.among(Enterprise, "pk", [])] == []
