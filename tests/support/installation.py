"""Whole installations for tests of commands: a folder and a database of their own, used by ``manage.py`` as people do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.conf import settings

DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True, slots=True)
class Installation:
    """Where an installation keeps its things."""

    var: Path
    database: str

    def manage(self, *arguments: str, expect: int = 0) -> str:
        """Run ``manage.py`` there; returns what it printed; its log goes to standard error."""
        environment = {**os.environ, "VAR_DIR": str(self.var), "DATABASE_URL": self.database}
        environment |= {"REDIS_URL": "", "DEBUG": "false", "ALLOWED_HOSTS": "localhost,testserver"}
        environment.pop("SECRET_KEY", None)
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"{arguments} ended with {done.returncode}:\n{said}"
        assert "Traceback" not in said, said
        return done.stdout


def on_sqlite(folder: Path) -> Installation:
    """An installation with an empty, migrated SQLite database."""
    folder.mkdir(parents=True)
    made = Installation(folder, f"sqlite:///{folder / 'portal.sqlite3'}")
    made.manage("migrate", "-v0")
    return made


def postgresql_server() -> str:
    """Address of a PostgreSQL that may be written to: DATABASE_URL or TEST_DATABASE_URL, else this machine's; empty
    where none answers."""
    named = os.environ.get("DATABASE_URL", "")
    address = named if named.startswith("postgres") else os.environ.get("TEST_DATABASE_URL", DEFAULT)
    server = urlunsplit(urlsplit(address)._replace(path="/postgres"))
    try:
        psycopg2.connect(server, connect_timeout=3).close()
    except psycopg2.OperationalError:
        return ""
    return server


@contextmanager
def on_postgresql(folder: Path, server: str) -> Iterator[Installation]:
    """An installation with an empty, migrated database of its own on ``server``, dropped at the end."""
    folder.mkdir(parents=True)
    name = f"test_installation_{os.getpid()}"
    link = psycopg2.connect(server)
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
        made = Installation(folder, urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
        made.manage("migrate", "-v0")
        yield made
        with link.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
    finally:
        link.close()
