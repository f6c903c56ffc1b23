"""The trail is a chain: complete, in one piece whoever writes at the same time, and closed to changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.models import Change, OnlyAdded, TrailHead
from core.trail import COMMAND_LINE, GENESIS, Actor, acting, digest_of, record, record_many
from core.trail_chain import agrees, figures, first_break, missing_guards, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create(username="zhang", display_name="张三")


def add(person: User, *actions: str) -> list[Change]:
    return [record(actor=Actor.of(person), action=action, target=person) for action in actions]


def many(count: int) -> Any:
    return ((key, f"企业{key}", {"name": ""}, {"name": f"企业{key}"}) for key in range(count))


# --- What a line says -------------------------------------------------------------------------------------------------
def test_a_line_says_who_when_through_what_and_from_what_to_what(person: User) -> None:
    before = timezone.now()
    with acting("0123456789abcdef", Change.Channel.API):
        record(
            actor=Actor.of(person),
            action="改电话",
            target=person,
            before={"phone": ""},
            after={"phone": "123"},
            reason="来电",
        )
    line = Change.objects.get()
    assert before <= line.at <= timezone.now()
    assert (line.actor_id, line.actor_name, line.channel) == (person.pk, "张三", "api")
    assert (line.request_id, line.action, line.reason) == ("0123456789abcdef", "改电话", "来电")
    assert (line.record_label, line.record_id, line.record_name) == ("accounts.user", str(person.pk), "张三")
    assert (line.before, line.after) == ({"phone": ""}, {"phone": "123"})


def test_lines_of_one_command_share_a_number_and_those_of_requests_do_not(person: User) -> None:
    one, other = add(person, "甲", "乙")
    assert one.request_id == other.request_id != ""
    with acting("r1", Change.Channel.PAGE):
        (third,) = add(person, "丙")
    assert third.request_id == "r1"
    assert add(person, "丁")[0].request_id == one.request_id


def test_a_reason_is_kept_whole(person: User) -> None:
    words = "因" * 3000
    record(actor=COMMAND_LINE, action="长", target=person, reason=words)
    assert Change.objects.get().reason == words


# --- The chain --------------------------------------------------------------------------------------------------------
def test_lines_are_numbered_and_fit(person: User) -> None:
    assert first_break() is None
    add(person, "甲", "乙", "丙")
    assert record_many(actor=COMMAND_LINE, action="导入", model=User, rows=many(3)) == 3
    add(person, "丁")
    assert list(Change.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert first_break() is None


def test_thousands_are_chained_in_one_pass(person: User) -> None:
    add(person, "甲")
    with CaptureQueriesContext(connection) as few:
        record_many(actor=COMMAND_LINE, action="导入", model=User, rows=many(10))
    with CaptureQueriesContext(connection) as more:
        record_many(actor=COMMAND_LINE, action="导入", model=User, rows=many(3000))
    statements = [len([q for q in each if "RELEASE" not in q["sql"]]) for each in (few, more)]
    assert statements[1] <= statements[0] + 3000 // 500
    assert Change.objects.count() == 3011
    assert first_break() is None


def test_nothing_to_record_leaves_nothing() -> None:
    assert record_many(actor=COMMAND_LINE, action="导入", model=User, rows=iter(())) == 0
    assert first_break() is None


def test_what_is_rolled_back_leaves_no_gap(person: User) -> None:
    add(person, "甲")
    with transaction.atomic():
        add(person, "乙")
        record_many(actor=COMMAND_LINE, action="导入", model=User, rows=many(5))
        transaction.set_rollback(True)
    add(person, "丙")
    assert list(Change.objects.order_by("number").values_list("action", flat=True)) == ["甲", "丙"]
    assert first_break() is None


@pytest.mark.parametrize(
    "value",
    [
        1e22,
        0.1,
        -0.0,
        10**30,
        Decimal("1.10"),
        None,
        True,
        "汉字 “引号” \\ \n\t\x00\u2028 😀",
        "\ud800",
        {"乙": 1, "甲": [1.5, {"z": None, "a": "\0"}]},
        datetime(2026, 10, 8, 9, 30, 0, 123456, tzinfo=UTC),
        {1, 2},
    ],
    ids=repr,
)
@pytest.mark.parametrize("bulk", [False, True])
def test_every_value_comes_back_as_it_was_digested(person: User, value: Any, bulk: bool) -> None:
    if bulk:
        rows = [(person.pk, "名\x00称", {}, {"value": value})]
        record_many(actor=COMMAND_LINE, action="导入", model=User, rows=rows, reason="\x00因")
    else:
        record(actor=COMMAND_LINE, action="改", target=person, after={"value": value}, reason="\x00因")
    assert first_break() is None


def tamper(statement: str, *parameters: Any) -> None:
    with opened("tests"), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_id", 4711),
        ("actor_name", "李四"),
        ("channel", "command"),
        ("request_id", "x"),
        ("action", "改名 "),
        ("record_label", "incubators.carrier"),
        ("record_id", "4711"),
        ("record_name", "别人"),
        ("before", '{"a": 1}'),
        ("after", '{"a": "2"}'),
        ("reason", "事后补的"),
        ("digest", "f" * 64),
    ],
)
def test_any_change_of_a_line_is_found_and_named(person: User, column: str, value: Any) -> None:
    add(person, "甲", "乙", "丙", "丁")
    tamper(f"UPDATE core_change SET {column} = %s WHERE number = 3", value)  # noqa: S608 - a column named above
    found = first_break()
    assert found is not None
    assert found.number == 3
    assert "第3条" in found.words


def test_a_time_moved_by_a_microsecond_is_found(person: User) -> None:
    _, second, _ = add(person, "甲", "乙", "丙")
    moved = Change._meta.get_field("at").get_db_prep_save(second.at + timedelta(microseconds=1), connection)
    tamper("UPDATE core_change SET at = %s WHERE number = 2", moved)
    found = first_break()
    assert found is not None
    assert found.number == 2


def test_a_line_digested_anew_no_longer_carries_the_next(person: User) -> None:
    add(person, "甲", "乙", "丙")
    line = Change.objects.values().get(number=2)
    first = Change.objects.get(number=1)
    tamper(
        "UPDATE core_change SET actor_name = %s, digest = %s WHERE number = 2",
        "李四",
        digest_of(first.digest, {**line, "actor_name": "李四"}),
    )
    found = first_break()
    assert found is not None
    assert found.number == 3


@pytest.mark.parametrize(("gone", "first"), [((2,), 2), ((1,), 1), ((4,), 4), ((3, 4), 3), ((1, 2, 3, 4), 1)])
def test_missing_lines_are_found_also_at_the_end(person: User, gone: tuple[int, ...], first: int) -> None:
    add(person, "甲", "乙", "丙", "丁")
    marks = ", ".join(["%s"] * len(gone))
    tamper(f"DELETE FROM core_change WHERE number IN ({marks})", *gone)  # noqa: S608 - only marks
    found = first_break()
    assert found is not None
    assert found.number == first
    assert "缺失" in found.words


# --- Closed to changes ------------------------------------------------------------------------------------------------
def _save(line: Change) -> None:
    line.reason = "事后"
    line.save()


@pytest.mark.parametrize(
    "attempt",
    [
        _save,
        lambda line: line.delete(),
        lambda line: Change.objects.update(reason="事后"),
        lambda line: Change.objects.filter(pk=line.pk).delete(),
        lambda line: Change.objects.bulk_update([line], ["reason"]),
        lambda line: Change.objects.update_or_create(pk=line.pk, defaults={"reason": "事后"}),
        lambda line: Change.objects.bulk_create(
            [line], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
        ),
    ],
    ids=["save", "delete", "update", "delete many", "bulk_update", "update_or_create", "bulk_create"],
)
def test_the_portal_refuses_to_change_a_line(person: User, attempt: Callable[[Change], object]) -> None:
    (line,) = add(person, "甲")
    with pytest.raises(OnlyAdded):
        attempt(line)
    assert Change.objects.get().reason == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_change SET reason = '事后'",
        "UPDATE core_change SET digest = digest WHERE number = 1",
        "DELETE FROM core_change",
        "DELETE FROM core_change WHERE number = 2",
        "DELETE FROM core_trailhead",
        "UPDATE core_trailhead SET number = 1",
        "TRUNCATE core_change",
    ],
)
def test_the_database_refuses_to_change_a_line(person: User, statement: str) -> None:
    if statement.startswith("TRUNCATE") and connection.vendor != "postgresql":
        statement = "DELETE FROM core_change WHERE 1 = 1"  # SQLite has no TRUNCATE
    add(person, "甲", "乙")
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Change.objects.count() == 2
    assert first_break() is None


def test_the_guards_are_there_and_a_missing_one_is_named(person: User) -> None:
    assert missing_guards() == []
    on = " ON core_change" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER trail_no_update{on}")
    assert missing_guards() == ["trail_no_update"]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_trail_gate VALUES ('left open')")
    assert missing_guards() == ["trail_no_update", "core_trail_gate"]


# --- Two at the same time ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_transactions_at_once_do_not_fork_the_chain() -> None:
    """The second comes while the first has recorded and not committed: it waits and goes on from there."""
    person = User.objects.create(username="zhang")
    recorded, faults = threading.Event(), []

    def second() -> None:
        try:
            recorded.wait(10)
            with transaction.atomic():
                record(actor=COMMAND_LINE, action="后", target=person)
        except Exception as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        record(actor=COMMAND_LINE, action="先", target=person)
        recorded.set()
        thread.join(1)
        assert thread.is_alive(), "the second must wait for the first"
        record(actor=COMMAND_LINE, action="先之二", target=person)
    thread.join(20)
    assert faults == []
    assert list(Change.objects.order_by("number").values_list("action", flat=True)) == ["先", "先之二", "后"]
    assert first_break() is None


@pytest.mark.django_db(transaction=True)
def test_many_at_once_on_an_empty_trail_all_find_a_place() -> None:
    person = User.objects.create(username="zhang")
    with opened("tests"):
        connection.cursor().execute("DELETE FROM core_trailhead")
    start, faults = threading.Barrier(4), []

    def work(name: int) -> None:
        try:
            start.wait(10)
            for _ in range(5):
                record(actor=COMMAND_LINE, action=f"工作{name}", target=person)
            record_many(actor=COMMAND_LINE, action=f"批量{name}", model=User, rows=many(20))
        except Exception as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert Change.objects.count() == 100
    assert first_break() is None


# --- Lines from before the chain --------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_lines_written_before_the_chain_are_chained_by_the_migration() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("core", "0001_initial")])
    old = executor.loader.project_state([("core", "0001_initial")]).apps.get_model("core", "Change")
    for number in range(3):
        old.objects.create(
            actor_name="张三",
            channel="page",
            action=f"旧{number}",
            record_label="accounts.user",
            record_id="1",
            record_name="李四",
            after={"name": "汉字", "n": number},
        )
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert first_break() is None
    assert missing_guards() == []
    assert list(Change.objects.order_by("number").values_list("action", flat=True)) == ["旧0", "旧1", "旧2"]
    assert Change.objects.filter(after__icontains="汉字").count() == 3
    assert TrailHead.objects.get().number == 3
    record(actor=COMMAND_LINE, action="新", target=User.objects.create(username="zhang"))
    assert first_break() is None


# --- Figures of a day -------------------------------------------------------------------------------------------------
def test_a_day_without_lines_has_the_figure_of_the_day_before(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    today = timezone.localdate()
    noon = timezone.localtime().replace(hour=12, minute=0)
    for back, actions in ((3, ("甲", "乙")), (1, ("丙",)), (0, ("丁",))):
        monkeypatch.setattr("core.trail.timezone.now", lambda back=back: noon - timedelta(days=back))
        add(person, *actions)
    lines = list(Change.objects.order_by("number"))
    found = figures(today, 5)
    assert [(each.day, each.number, each.added) for each in found] == [
        (today, 4, 1),
        (today - timedelta(days=1), 3, 1),
        (today - timedelta(days=2), 2, 0),
        (today - timedelta(days=3), 2, 2),
        (today - timedelta(days=4), 0, 0),
    ]
    assert [each.digest for each in found] == [*(lines[n].digest for n in (3, 2, 1, 1)), GENESIS]


def test_a_figure_on_paper_finds_a_chain_that_was_made_anew(person: User) -> None:
    add(person, "甲", "乙")
    paper = figures(timezone.localdate(), 1)[0]
    assert agrees(paper.number, paper.digest)
    with opened("tests"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_change")
        cursor.execute("DELETE FROM core_trailhead")
    add(person, "甲", "另一件事")
    assert first_break() is None, "a chain made anew fits in itself"
    assert not agrees(paper.number, paper.digest)
