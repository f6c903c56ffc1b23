"""Kinds of job that exist for tests only; the worker of a test is told to load them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.jobs import JobContext, job


@job("test.wait")
def wait(context: JobContext, *, note: str, signal: str) -> dict[str, Any]:
    """Write a line to the file ``note``, then report progress until the file ``signal`` exists."""
    with Path(note).open("a", encoding="utf-8") as lines:
        lines.write("started\n")
    done = 0
    while not Path(signal).exists():
        done += 1
        context.progress(done, done + 1, "等待中")
        time.sleep(0.05)
    return {"waited": done}
