"""The trail in tests: clean-up may empty it, and every request that writes must leave a line in it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Model
from django.test import Client

from core import bulk
from core.trail_chain import opened

_WRITE = re.compile(
    r'\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?(?:\s+SET\s+"?(\w+)"?)?', re.IGNORECASE
)
_SAVEPOINT = re.compile(r'(ROLLBACK TO )?SAVEPOINT\s+"?(\w+)"?', re.IGNORECASE)
TRAIL = "core_change"
FLUSHES = 5
# What is no change of a record: sessions and sign-ins, the queue of jobs (a job is recorded when it is asked for), and
# filters that somebody keeps for themselves.
NO_RECORDS = ("django_session", "axes_", "core_job", "core_trail", "incubators_savedview")
NO_CHANGES = {("accounts_user", "last_login"), ("accounts_apitoken", "last_used_on")}


@dataclass
class Statements:
    """Tables written to, in order, without what was rolled back."""

    tables: list[str] = field(default_factory=list)
    savepoints: dict[str, int] = field(default_factory=dict)

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        text = str(sql)
        if found := _SAVEPOINT.match(text):
            back, name = found.groups()
            if back:
                del self.tables[self.savepoints.get(name, len(self.tables)) :]
            else:
                self.savepoints[name] = len(self.tables)
        elif (found := _WRITE.match(text)) and found.groups() not in NO_CHANGES:
            self.tables.append(found.group(1))
        return result

    def unrecorded(self) -> set[str]:
        """Tables of records that were written to while no line was added to the trail."""
        return set() if TRAIL in self.tables else {name for name in self.tables if not name.startswith(NO_RECORDS)}


@contextmanager
def _copies_told(seen: Statements) -> Iterator[None]:
    """COPY goes past Django's cursor, and so past its wrappers: what it takes in is told here."""
    insert = bulk.insert

    def told(model: type[Model], *args: Any, **options: Any) -> None:
        insert(model, *args, **options)
        seen.tables.append(model._meta.db_table)

    with patch.object(bulk, "insert", told):
        yield


def watch_requests() -> None:
    """From now on, a request of a test client that changes records and leaves no line in the trail fails its test."""
    ask = Client.request

    def watched(self: Client, **request: Any) -> Any:
        if request.get("REQUEST_METHOD", "GET") in {"GET", "HEAD", "OPTIONS"} or not connection.in_atomic_block:
            # Outside the transaction of a test, what is rolled back cannot be told from what stays.
            return ask(self, **request)
        seen = Statements()
        with connection.execute_wrapper(seen), _copies_told(seen):
            answer = ask(self, **request)
        missed = seen.unrecorded()
        assert not missed, f"{request.get('PATH_INFO')} wrote to {sorted(missed)} and left no line in the trail"
        return answer

    Client.request = watched  # type: ignore[method-assign]


def let_flushes_empty_the_trail() -> None:
    """Open the gate of the trail for Django's flush, in its transaction; everything else meets the guards.

    A page that was closed leaves requests that the portal still answers: PostgreSQL ends a flush that meets one, and it
    is tried again.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_with_pass(self: Any, sql_list: Iterable[str]) -> None:
        statements = [*sql_list]
        for left in reversed(range(FLUSHES)):
            try:
                with opened("tests"):
                    flush(self, statements)
                return
            except OperationalError:
                if not left:
                    raise
                time.sleep(1)

    BaseDatabaseOperations.execute_sql_flush = flush_with_pass  # type: ignore[method-assign]
