"""The embedded installation's broker: messages are files in a folder, so nothing needs installing beside a worker.

Kombu's own filesystem transport writes a message in place and may hand a half-written one to a worker that looks at
that moment: the worker fails and the message is gone. Here a message appears whole, by renaming, and is taken whole.
A message held by a worker that is killed is still lost; the job's row in the database is what it is found again by
(``core.jobs.requeue_stale``). See docs/decisions/0003-embedded-jobs.md.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A folder of message files, each written and taken in one step."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        # The time of day, not since boot, keeps the order across a restart of the machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}"
        draft = Path(self.data_folder_out) / f"{name}.draft"
        try:
            draft.write_text(dumps(payload), encoding="utf-8")
            draft.rename(draft.with_suffix(".msg"))
        except OSError as error:
            raise ChannelError(f"cannot write a message to {self.data_folder_out}") from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for waiting in sorted(Path(self.data_folder_in).iterdir()):
            if waiting.name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder) / waiting.name
            try:
                waiting.rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            payload = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(payload)
        raise Empty


class Transport(filesystem.Transport):
    """What CELERY_BROKER_URL names as ``config.broker:Transport``."""

    Channel = Channel
    # Seconds between two looks into the folder when it was empty.
    polling_interval = 0.2
