"""Scratch databases beside the one of ``DATABASE_URL``: made for a measure, dropped after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit


def connect(url: str) -> Any:
    """A connection of psycopg2 to the database of a Django address."""
    import psycopg2

    return psycopg2.connect(urlunsplit(urlsplit(url)._replace(scheme="postgresql")))


@contextmanager
def scratch(url: str, suffix: str, template: str = "") -> Iterator[str]:
    """The address of a new database beside that of ``url``, a copy of ``template`` if one is given; dropped at the end."""
    parts = urlsplit(url)
    name = f"{parts.path.strip('/') or 'postgres'}_bench_{suffix}"
    model = f' template "{urlsplit(template).path.strip("/")}"' if template else ""
    connection = connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'drop database if exists "{name}"')
            cursor.execute(f'create database "{name}"{model}')
            try:
                yield urlunsplit(parts._replace(path=f"/{name}"))
            finally:
                cursor.execute(f'drop database if exists "{name}"')
    finally:
        connection.close()
