"""Start the portal the way a person does, look at it, press Ctrl-C, and do it once more: what `make smoke` does.

Runs `make run` on a terminal of its own and on a free port, with data in a folder that is removed afterwards. Exit
code 0 when both starts answered, stopped with code 0 and left nothing behind.
"""

import os
import pty
import re
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 600  # the first start loads the demo data
STOP_SECONDS = 60


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str) -> tuple[int, str]:
    """Status and text of a page, without any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, ""


def read_until(terminal: int, wanted: bytes, seconds: float) -> bytes:
    """What the terminal shows until it shows ``wanted``, ends, or the time is over."""
    shown, until = b"", time.monotonic() + seconds
    while wanted not in shown and time.monotonic() < until:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
    return shown


def exit_code(pid: int, terminal: int) -> int:
    """Wait for the end and return its code; insist after a while, which counts as a failure."""
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        read_until(terminal, b"\0", 0.5)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def check_pages(address: str) -> list[str]:
    """Faults of the sign-in page and of the files it refers to."""
    status, text = fetch(f"{address}/")
    if status != 200 or "csrfmiddlewaretoken" not in text:
        return [f"the sign-in page answered {status} or has no form"]
    files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text)))
    faults = [f"{name} answered {code}" for name in files if (code := fetch(address + name)[0]) != 200]
    return faults if files else ["the sign-in page refers to no style sheet"]


def start_and_stop(port: int) -> list[str]:
    """One round; returns what was wrong."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execvp("make", ["make", "run"])  # noqa: S606  # the person's own command, no shell between
    shown = read_until(terminal, b"running at", START_SECONDS)
    faults = check_pages(f"http://127.0.0.1:{port}") if b"running at" in shown else ["it did not start"]
    if not faults:
        os.write(terminal, b"\x03")
    else:
        os.kill(pid, signal.SIGTERM)
    code = exit_code(pid, terminal)
    os.close(terminal)
    if code != 0:
        faults.append(f"Ctrl-C ended it with {code}")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            faults.append("something still listens after the end")
    return faults


def main() -> int:
    """Two rounds on the same data."""
    folder = tempfile.mkdtemp(prefix="smoke-")
    port = free_port()
    os.environ.update(VAR_DIR=folder, PORT=str(port), LISTEN="127.0.0.1")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    try:
        for number in ("first", "second"):
            faults = start_and_stop(port)
            print(f"\n{number} start: {'; '.join(faults) or 'good'}", flush=True)
            if faults:
                return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
