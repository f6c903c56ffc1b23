"""The embedded broker: messages are whole, in order, and taken once."""

import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from config.celery import app


@pytest.fixture
def channels(tmp_path: Path):
    """A function that opens one more channel on the same folder, as another process would."""
    assert app.main == "portal"  # loading the application makes the transport's name known
    folders = {name: tmp_path / name for name in ("queue", "control", "processed")}
    for folder in folders.values():
        folder.mkdir()
    options = {
        "data_folder_in": str(folders["queue"]),
        "data_folder_out": str(folders["queue"]),
        "control_folder": str(folders["control"]),
        "processed_folder": str(folders["processed"]),
    }
    opened = []

    def one_more():
        opened.append(Connection("folder://localhost", transport_options=options))
        return opened[-1].channel()

    yield one_more
    for connection in opened:
        connection.close()


def drain(channel, queue: str = "celery") -> list[int]:
    found = []
    while True:
        try:
            found.append(channel._get(queue)["n"])
        except Empty:
            return found


def test_messages_come_in_the_order_they_were_sent(channels) -> None:
    sender, receiver = channels(), channels()
    for n in range(50):
        sender._put("celery", {"n": n})
    assert drain(receiver) == list(range(50))


def test_a_queue_gets_only_its_own(channels) -> None:
    channel = channels()
    channel._put("celery", {"n": 1})
    channel._put("other.celery", {"n": 2})
    assert drain(channel) == [1]
    assert drain(channel, "other.celery") == [2]


def test_nothing_stays_behind_after_a_message_was_taken(channels, tmp_path: Path) -> None:
    channel = channels()
    channel._put("celery", {"n": 1})
    drain(channel)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_message_being_written_is_not_seen(channels, tmp_path: Path) -> None:
    channel = channels()
    (tmp_path / "queue" / "00000000000000000001_x.celery.draft").write_text('{"n"')
    assert drain(channel) == []


def test_two_workers_share_the_messages_of_two_senders(channels) -> None:
    """While both sides are busy, every message arrives whole and once."""
    sent = range(400)
    finished = threading.Event()
    received: list[list[int]] = [[], []]

    def send(numbers) -> None:
        channel = channels()
        for n in numbers:
            channel._put("celery", {"n": n, "filling": "数据" * 2000})

    def receive(into: list[int]) -> None:
        channel = channels()
        while not finished.is_set():
            into.extend(drain(channel))
        into.extend(drain(channel))

    senders = [threading.Thread(target=send, args=(numbers,)) for numbers in (sent[::2], sent[1::2])]
    receivers = [threading.Thread(target=receive, args=(into,)) for into in received]
    for thread in (*receivers, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    finished.set()
    for thread in receivers:
        thread.join()
    assert sorted(received[0] + received[1]) == list(sent)
