"""Writing thousands of rows at the database's own speed, behind one interface for PostgreSQL and SQLite.

For values that have been checked already: models' ``save`` and validators do not run; the database's constraints do.
Call inside a transaction.
"""

from __future__ import annotations

import gc
import io
import json
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import eq
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import F, Field, Lookup, Model, Q

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first
_BATCH = 2_000
_MOST_PARAMETERS = 5_000
# What a column of these is in COPY is what ``str`` makes of them.
_BY_STR = frozenset({int, Decimal, date})


def reserve_ids(model: type[Model], count: int) -> list[int]:
    """``count`` new primary keys of ``model`` that nobody else will be given."""
    if not count:
        return []
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)", [table, column, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction holds the only write lock, and AUTOINCREMENT remembers keys that were deleted.
        cursor.execute("select seq from sqlite_sequence where name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + count + 1))


class _AnyOf(Lookup):
    """A value out of a list that travels as one array: no limit of parameters, and no time to prepare each of them."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        # Numbers of the column's own type can be hashed; a cast of words to theirs would cut them off.
        kind = str(self.lhs.output_field.db_type(connection))
        cast = "" if kind.startswith("varchar") else f"::{kind}[]"
        return f"{column} = any(%s{cast})", (*parameters, self.rhs)


def among(model: type[Model], name: str, values: Iterable[Any]) -> Iterator[Any]:
    """Conditions for the rows of ``model`` whose field ``name`` is one of ``values``, as many as the database needs: one
    for PostgreSQL, one for each few thousand values for SQLite, which takes so many parameters and no more."""
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    listed = [*map(field.to_python, values)]
    if name == "pk" and _without_gap(listed):
        yield Q(pk__range=(listed[0], listed[-1]))
        return
    if connection.vendor == "postgresql":
        if listed:
            yield _AnyOf(F(name), listed)
        return
    for start in range(0, len(listed), _MOST_PARAMETERS):
        yield Q(**{f"{name}__in": listed[start : start + _MOST_PARAMETERS]})


def _without_gap(keys: Sequence[Any]) -> bool:
    """Whether numbers follow one another, as those just reserved do."""
    if not keys or not isinstance(keys[0], int) or keys[-1] - keys[0] != len(keys) - 1:
        return False
    return all(map(eq, keys, range(keys[0], keys[-1] + 1)))


def insert(
    model: type[Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    json_texts: Collection[str] = (),
    streamed: bool = False,
) -> None:
    """Insert ``rows``, whose values stand in the order of ``names`` (field names or attnames of ``model``).

    ``json_texts`` are JSON fields among them whose values come as finished text. ``streamed``: making the rows asks the
    database nothing, so they are made while it takes in those before; PostgreSQL answers no question in the middle of a
    COPY.
    """
    fields = _fields(model, names)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            texts = _copy_texts(rows)
            for file in (_Stream(texts),) if streamed else map(io.StringIO, texts):
                with connection.wrap_database_errors:
                    cursor.cursor.copy_expert(f"copy {table} ({columns}) from stdin", file)
            return
        marks = ", ".join(["%s"] * len(fields))
        makers = [_as_it_is if field.attname in json_texts else _maker(field) for field in fields]
        statement = f"insert into {table} ({columns}) values ({marks})"  # noqa: S608 - names of our own models
        cursor.executemany(statement, [[make(v) for make, v in zip(makers, row, strict=True)] for row in rows])


def update(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set the fields ``names`` of the rows whose keys stand first: ``[(pk, value, ...), ...]``."""
    fields = _fields(model, names)
    table, key = model._meta.db_table, model._meta.pk.column
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    makers = [_maker(field) for field in fields]
    values = [[*(make(v) for make, v in zip(makers, row[1:], strict=True)), row[0]] for row in rows]
    statement = f"update {quote(table)} set {sets} where {quote(str(key))} = %s"  # noqa: S608 - names of our own models
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_batch  # type: ignore[import-untyped]  # psycopg2 ships no types

            # Past Django's cursor, errors of the driver have to be made Django's here.
            with connection.wrap_database_errors:
                execute_batch(cursor.cursor, statement, values, page_size=500)
        else:
            cursor.executemany(statement, values)


def _fields(model: type[Model], names: Sequence[str]) -> list[Any]:
    known = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return [known[name] for name in names]


def _maker(field: Field[Any, Any]) -> Any:
    """What turns a value of ``field`` into a parameter of the database."""
    backend = connections[DEFAULT_DB_ALIAS]  # looking through the proxy for each value costs a third of the time
    return lambda value: field.get_db_prep_save(value, backend)


def _as_it_is(value: Any) -> Any:
    return value


class _Stream:
    """Texts as a file for COPY, made while the database takes in what came before. Reads may be longer than asked for,
    which psycopg2 allows."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def read(self, _size: int) -> str:
        return next(self._texts, "")


def _copy_texts(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows in the text format of COPY, a batch at a time and in it a column at a time: values of one type go faster."""
    source = iter(rows)
    while batch := [*islice(source, _BATCH)]:
        columns = [_column(column) for column in zip(*batch, strict=True)]
        yield "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def _column(values: Sequence[Any]) -> Iterable[str]:
    if values[0] is values[-1] and values.count(values[0]) == len(values):
        return [_text(values[0])] * len(values)  # what all rows have in common
    types = {*map(type, values)}
    if types == {str}:
        whole = "".join(values)
        return map(_escaped, values) if any(sign in whole for sign in _ESCAPES) else values
    return map(str, values) if len(types) == 1 and types <= _BY_STR else map(_text, values)


def _escaped(text: str) -> str:
    for sign, written in _ESCAPES.items():
        if sign in text:
            text = text.replace(sign, written)
    return text


def _text(value: Any) -> str:
    """One value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return _escaped(value)
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return _escaped(json.dumps(value, ensure_ascii=False))
    return _escaped(str(value))


_collecting = threading.Lock()
_at_work = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold off the search for reference cycles while hundreds of thousands of cells are laid out: they hold no cycles,
    and looking through all of them again and again takes longer than the work."""
    global _at_work  # noqa: PLW0603 - the collector is one for the whole process
    with _collecting:
        _at_work += 1
        gc.disable()
    try:
        yield
    finally:
        with _collecting:
            _at_work -= 1
            if not _at_work:
                gc.enable()


__all__ = ["among", "insert", "reserve_ids", "undisturbed", "update"]
