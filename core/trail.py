"""Writing the trail. Every service that changes a record calls :func:`record` in the same transaction.

Lines form a chain: each has a number, without gaps, and the SHA-256 of the digest before and of its own content. The
row :class:`TrailHead` is locked from the first line of a transaction to its end, so two transactions never continue
from the same line. Take locks on records first and leave lines last: who waits for the trail then holds up nobody else.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from core import bulk
from core.models import Change, TrailHead

GENESIS = "0" * 64  # stands before the first line
HEAD = "trail"
# What a digest covers, beside the digest before it.
CONTENT = (
    "number",
    "at",
    "actor_id",
    "actor_name",
    "channel",
    "request_id",
    "action",
    "record_label",
    "record_id",
    "record_name",
    "before",
    "after",
    "reason",
)
COLUMNS = (*CONTENT, "digest")
# What each line of one call has of its own.
OWN = ("number", "record_id", "record_name", "before", "after", "digest")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where what is going on comes from: a request, a job, a run of a command."""

    request_id: str
    channel: str


# One run of a command is one process; what serves requests and jobs says so with :func:`acting`.
_PROCESS = Origin(uuid.uuid4().hex, Change.Channel.PAGE)
_origin: ContextVar[Origin] = ContextVar("origin", default=_PROCESS)


@contextmanager
def acting(request_id: str, channel: str) -> Iterator[None]:
    """Mark everything recorded inside as part of one request or job."""
    token = _origin.set(Origin(request_id, channel))
    try:
        yield
    finally:
        _origin.reset(token)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and through which door. Services take one beside their values."""

    id: int | None
    name: str
    channel: str = Change.Channel.PAGE

    @classmethod
    def of(cls, user: Any, channel: str = "") -> Actor:
        """The actor for a signed-in user (anything with ``pk`` and ``get_full_name``); the door is that of the request
        or job that is going on, unless it is named."""
        name = user.get_full_name() or user.get_username()
        return cls(id=user.pk, name=name, channel=channel or _origin.get().channel)


COMMAND_LINE = Actor(id=None, name="系统", channel=Change.Channel.COMMAND)


# A line to be: key and name of the record, values before and after (or their text, see filled_texts).
Row = tuple[Any, str, dict[str, Any], dict[str, Any] | str]


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it without loss: decimals and dates as text, records by their name."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def _kept(value: Any) -> Any:
    """A plain value as every database gives it back: binary fractions as text, for some write 1e22 in another way, and
    without the characters that PostgreSQL cannot keep."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(key): _kept(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return value


def _text(words: str) -> str:
    return words.encode("utf-8", "replace").decode().replace("\0", "")


# Values as JSON with sorted names, without blanks; what digests are made of, as UTF-8.
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain).encode


def digest_of(previous: str, line: dict[str, Any]) -> str:
    """SHA-256 (hex) over the digest of the line before and the canonical form of this line's ``CONTENT``: JSON with
    sorted names, without blanks, in UTF-8; the time in UTC to the microsecond."""
    text = canonical({name: line[name] for name in CONTENT} | {"at": moment(line["at"])})
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def record(
    *,
    actor: Actor,
    action: str,
    target: Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Change:
    """Add one line to the trail. Call it inside the transaction that makes the change."""
    row = (target.pk, str(target), before or {}, after or {})
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        shared = _shared(actor, action, type(target), reason)
        line = dict(zip(OWN, next(_chain(head, shared, [row])), strict=True))
        line |= {"before": json.loads(line["before"]), "after": json.loads(line["after"])}
        change = Change.objects.create(**shared, **line)
        head.save(update_fields=["number", "digest"])
    return change


def record_many(
    *,
    actor: Actor,
    action: str,
    model: type[Model],
    rows: Iterable[Row],
    reason: str = "",
    streamed: bool = False,
) -> int:
    """Add a line for each of many records of one ``model``, in one pass: ``rows`` are (key, name, before, after).

    Returns how many. Call it inside the transaction that makes the changes. ``streamed``: making the rows asks the
    database nothing (see :func:`core.bulk.insert`).
    """
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        start = head.number
        shared = _shared(actor, action, model, reason)
        same = tuple(shared.values())
        lines = ((*own, *same) for own in _chain(head, shared, rows))
        bulk.insert(Change, [*OWN, *shared], lines, json_texts=("before", "after"), streamed=streamed)
        if head.number != start:
            head.save(update_fields=["number", "digest"])
    return head.number - start


def _locked_head() -> TrailHead:
    """The end of the trail, ours until the transaction ends."""
    locked = TrailHead.objects.select_for_update()
    head = locked.filter(key=HEAD).first()
    if head is None:
        # The first line of all, or of a database that was emptied. Of two who get here, one waits for the other.
        last = Change.objects.order_by("-number").first()
        number, digest = (last.number, last.digest) if last else (0, GENESIS)
        TrailHead.objects.bulk_create([TrailHead(key=HEAD, number=number, digest=digest)], ignore_conflicts=True)
        head = locked.get(key=HEAD)
    return head


def _shared(actor: Actor, action: str, model: type[Model], reason: str) -> dict[str, Any]:
    """What the lines of one call have in common."""
    return {
        "at": timezone.now(),
        "actor_id": actor.id,
        "actor_name": _text(actor.name)[:150],
        "channel": str(actor.channel),
        "request_id": _origin.get().request_id,
        "action": _text(action)[:60],
        "record_label": model._meta.label_lower,
        "reason": _text(reason),
    }


def _chain(head: TrailHead, shared: dict[str, Any], rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """What is a line's own (``OWN``), values before and after as canonical text; ``head`` moves on with each.

    The canonical form of a line is put together from that of its parts, each made once: :func:`digest_of` says what it
    must come to.
    """
    known = {name: canonical(value) for name, value in shared.items()} | {"at": canonical(moment(shared["at"]))}
    parts = (f'"{name}":' + ("%s" if name in OWN else known[name].replace("%", "%%")) for name in sorted(CONTENT))
    frame = "%s\n{" + ",".join(parts) + "}"
    number, digest = head.number, head.digest
    for key, name, before, after in rows:
        number += 1
        told, called = str(key), _text(name)[:200]
        was, now = _values_text(before), _values_text(after)
        # In the order of the names: after, before, number, record_id, record_name.
        text = frame % (digest, now, was, number, encode_basestring(told), encode_basestring(called))
        digest = hashlib.sha256(text.encode()).hexdigest()
        head.number, head.digest = number, digest
        yield number, told, called, was, now, digest


def moment(at: datetime) -> str:
    """A time as digests know it: in UTC to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_SIMPLE = frozenset({str, int, bool, type(None), Decimal, date})


def filled_texts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """For each of many rows the canonical text of what is filled in it, as :func:`record_many` takes it in place of a
    dict: made a column at a time, which for thousands of new records is several times as fast."""
    order = sorted(range(len(names)), key=names.__getitem__)
    source = iter(rows)
    while batch := [*islice(source, 2_000)]:
        columns = [*zip(*batch, strict=True)]
        pieces = [_pieces(names[place], columns[place]) for place in order]
        for parts in zip(*pieces, strict=True):
            yield "{" + ",".join(filter(None, parts)) + "}"


def _pieces(name: str, values: Sequence[Any]) -> list[str]:
    """``"name":value`` of a column, and nothing where it is blank."""
    head = f"{encode_basestring(name)}:"
    types = {*map(type, values)}
    if types == {str} and _text(whole := "".join(values)) == whole:
        return [head + encode_basestring(value) if value else "" for value in values]

    def piece(value: Any) -> str:
        # 0 is something said: it is not blank.
        blank = value is None or value is False or value == ""
        return "" if blank else head + canonical(_kept(plain(value)))

    if len(types - {type(None)}) == 1 and types <= _SIMPLE:
        told = {value: piece(value) for value in {*values}}
        return [*map(told.__getitem__, values)]
    return [*map(piece, values)]


def _values_text(values: dict[str, Any] | str) -> str:
    """Values as canonical text. Most are plain enough for the encoder alone; the rest are made so first."""
    if isinstance(values, str):
        return values
    if not values:
        return "{}"
    if _SIMPLE.issuperset(map(type, values.values())) and {*map(type, values)} == {str}:
        text = canonical(values)
        if "\\u0000" not in text and _text(text) == text:
            return text
    return canonical(_kept(plain(values)))
