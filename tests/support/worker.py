"""A real Celery worker process for tests, on the test database and with messages of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connections

START_SECONDS = 60


def database_url() -> str:
    """DATABASE_URL of the test database that this process is using."""
    chosen = connections["default"].settings_dict
    if chosen["ENGINE"] == "django.db.backends.sqlite3":
        return f"sqlite:///{chosen['NAME']}"
    secret = f":{chosen['PASSWORD']}" if chosen["PASSWORD"] else ""
    return f"postgres://{chosen['USER']}{secret}@{chosen['HOST']}:{chosen['PORT'] or 5432}/{chosen['NAME']}"


class Worker:
    """Starts on entering, is ready when entered, is gone on leaving. May be killed and started again in between."""

    def __init__(self, var: Path, *, queue: str) -> None:
        self.var = var
        self.queue = queue
        self.log = var / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it takes jobs. Raises AssertionError with its log if it does not."""
        self.log.write_bytes(b"")
        environment = {**os.environ, "DATABASE_URL": database_url(), "VAR_DIR": str(self.var)}
        environment["SECRET_KEY"] = settings.SECRET_KEY
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "1"]
        command += ["--queues", self.queue, "--hostname", f"{self.queue}@test", "--loglevel", "INFO"]
        command += ["--include", "tests.support.jobs"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until(lambda: " ready." in self.log.read_text(encoding="utf-8"))

    def kill(self) -> None:
        """End it as a power cut would: no clean-up, nothing handed back."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_until(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait for a condition; raise AssertionError with the worker's log when it does not come true in time."""
        until = time.monotonic() + seconds
        while not condition():
            assert self.process is not None
            assert self.process.poll() is None, "the worker ended: " + self.log.read_text(encoding="utf-8")
            assert time.monotonic() < until, "not in time: " + self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
