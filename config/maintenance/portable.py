"""Rows in a form that no database owns: one JSON object a line, one file a table, so that a backup of SQLite goes into
PostgreSQL and back without loss."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import AutoField, BinaryField, FileField, JSONField, Model, Value

CHUNK = 2000
# Sessions end with a restore: they are signed with the key of the installation, and everybody signs in again.
LEFT_OUT = frozenset({"sessions.session"})
# Made by every migration anew; they tell nothing of whether a database is in use.
OF_DJANGO = frozenset({"contenttypes.contenttype", "auth.permission"})


def label(model: type[Model]) -> str:
    """``app.model``, as the backup names a table."""
    return model._meta.label_lower


def tables() -> list[type[Model]]:
    """Every table that belongs into a backup, each after those that it refers to (where there is no circle)."""
    chosen = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    chosen = sorted((m for m in chosen if label(m) not in LEFT_OUT), key=label)
    done: dict[type[Model], None] = {}

    def visit(model: type[Model], above: tuple[type[Model], ...]) -> None:
        if model in done or model in above:
            return
        for field in model._meta.concrete_fields:
            if field.remote_field and field.remote_field.model in chosen:
                visit(field.remote_field.model, (*above, model))
        done[model] = None

    for model in chosen:
        visit(model, ())
    return list(done)


def rows_of(model: type[Model]) -> Iterator[dict[str, Any]]:
    """The rows of a table by key, in constant memory; names are attribute names (``carrier_id``)."""
    rows = model._default_manager.order_by("pk").values(*names_of(model))
    return iter(rows.iterator(chunk_size=CHUNK))


def names_of(model: type[Model]) -> list[str]:
    """The attribute names of a table's columns, in order."""
    return [field.attname for field in model._meta.concrete_fields]


def file_fields(model: type[Model]) -> list[str]:
    """Names of the fields that hold files."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, FileField)]


def stored_files() -> dict[str, None]:
    """The name of every file that a row refers to, in order, below MEDIA_ROOT."""
    found: dict[str, None] = {}
    for model in tables():
        for name in file_fields(model):
            values = model._default_manager.exclude(**{name: ""}).order_by("pk").values_list(name, flat=True)
            found |= dict.fromkeys(values.iterator(chunk_size=CHUNK))
    return found


# --- One row ----------------------------------------------------------------------------------------------------------
def _encode(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()  # to the microsecond: the trail's digests cover it
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return f"{value.days} {value.seconds}.{value.microseconds:06}"
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(f"{type(value).__name__} is not known to backups")


def write_line(row: dict[str, Any]) -> bytes:
    """One row as a line of JSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_encode).encode() + b"\n"


def read_line(model: type[Model], line: bytes) -> Model:
    """The row of a line. Raises ValidationError, KeyError or ValueError for one that is not of this table."""
    values = json.loads(line)
    return model(**{field.attname: _decode(field, values[field.attname]) for field in model._meta.concrete_fields})


def _decode(field: Any, value: Any) -> Any:
    if isinstance(field, JSONField):
        # None in a column that must not be empty is JSON's own null.
        return Value(None, JSONField()) if value is None and not field.null else value
    if value is None:
        return None
    if isinstance(field, BinaryField):
        return base64.b64decode(value)
    target = field.target_field if field.remote_field else field
    return target.to_python(value)


# --- Many rows --------------------------------------------------------------------------------------------------------
def insert(model: type[Model], lines: Iterable[bytes]) -> int:
    """Insert rows exactly as they are written, times of change and keys included. Returns how many."""
    fields = model._meta.concrete_fields
    size = max(1, min(CHUNK, connection.ops.bulk_batch_size(list(fields), [None] * CHUNK)))
    source, count = iter(lines), 0
    while batch := [read_line(model, line) for line in islice(source, size)]:
        # Raw: nothing is stamped anew on the way, as a plain bulk_create would do with auto_now.
        manager: Any = model._default_manager.all()
        manager._insert(batch, fields=fields, using=connection.alias, raw=True)  # noqa: SLF001
        count += len(batch)
    return count


def empty(models: Sequence[type[Model]]) -> None:
    """Delete every row of the tables, the last first. Keys are checked when the transaction ends."""
    with connection.cursor() as cursor:
        for model in reversed(models):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of models


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file."""
    with path.open("rb") as file:
        yield from file


# --- The next keys ----------------------------------------------------------------------------------------------------
def last_keys() -> dict[str, int]:
    """The last key given out in each table that counts its keys: one that was deleted is not given out again."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for model in _counting():
            name = _last_key(cursor, model)
            if name:
                found[label(model)] = name
    return found


def _counting() -> list[type[Model]]:
    return [model for model in tables() if isinstance(model._meta.pk, AutoField)]


def _last_key(cursor: Any, model: type[Model]) -> int:
    table, column = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))", [table, column])
    else:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    return (cursor.fetchone() or (0,))[0] or 0


def continue_keys(last: dict[str, int]) -> None:
    """Let every table go on counting after its highest key, and after the last that the backup had given out."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
        for model in _counting():
            wanted = last.get(label(model), 0)
            if wanted > _last_key(cursor, model):
                _set_last_key(cursor, model, wanted)


def _set_last_key(cursor: Any, model: type[Model], value: int) -> None:
    table, column = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "postgresql":
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, value])
        return
    cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [value, table])
    if not cursor.rowcount:
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, value])
