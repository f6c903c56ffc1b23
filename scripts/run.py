"""Start the whole portal on this machine: what `make run` does.

Prepares the data, then keeps three processes going until Ctrl-C: the web server, a job worker and the scheduler.
A worker that dies is started again; jobs it held are found again by the scheduler. Exit code 0 after Ctrl-C or TERM,
1 when something could not start, with a sentence that says what and what to do.

PORT and LISTEN choose the address (127.0.0.1:8000), WEB_THREADS and JOB_THREADS the size.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
GRACE_SECONDS = 20  # what a running page or job is given to end by itself
START_SECONDS = 60  # what the web server is given to answer


class Stop(Exception):
    """Ctrl-C or TERM arrived."""


def say(chinese: str, english: str) -> None:
    """One line for the person at the terminal."""
    print(f"{chinese} / {english}", flush=True)


def fail(chinese: str, english: str) -> None:
    """Stop before anything was started."""
    say(chinese, english)
    sys.exit(1)


def chosen_port() -> int:
    """The port asked for, 8000 unless told. Ends the program when it is no port number."""
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        fail(f"端口“{text}”不是 1 到 65535 之间的数字。", f"PORT={text} is not a number from 1 to 65535.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """Refuse to start on an address that is taken or may not be used."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(
                f"无法使用端口 {port}（{error.strerror}），可能已有程序在用。请换一个，例如 make run PORT={port + 1}",
                f"Port {port} cannot be used, perhaps another program has it. Try: make run PORT={port + 1}",
            )


def manage(*arguments: str) -> None:
    """Run a management command; its failure is the end."""
    command = [sys.executable, "manage.py", *arguments]
    # In a session of its own: Ctrl-C ends it through this process, without a traceback on the terminal.
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True, check=False)
    if done.returncode:
        fail(f"命令未能完成：manage.py {' '.join(arguments)}", "The command above failed; see its lines.")


def die_with_parent() -> None:
    """Ask Linux to stop this child if the supervisor itself is killed, so that nothing is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


class Service:
    """One long-running process and how to start it again. A session of its own keeps Ctrl-C for the supervisor."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # this program has no threads
        )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def send(self, number: int) -> None:
        """Send a signal: to the process for a polite one, to all its children too for the last one."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            elif not self.ended():
                self.process.send_signal(number)
        except ProcessLookupError:
            pass

    def wait(self, until: float) -> bool:
        """Whether it ended before the moment given."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True


def services(host: str, port: int) -> list[Service]:
    """Web server, worker and scheduler. One web process with threads: without Redis, its cache is its own memory."""
    celery = [str(BIN / "celery"), "-A", "config", "--quiet"]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [str(BIN / "gunicorn"), "config.wsgi:application", "--bind", address, "--workers", "1"]
    web += ["--threads", os.environ.get("WEB_THREADS", "8"), "--graceful-timeout", "10", "--log-level", "warning"]
    web += ["--no-control-socket"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", os.environ.get("JOB_THREADS", "2")]
    worker += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Service("web", web),
        Service("worker", worker),
        Service("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="]),
    ]


def wait_for_answer(web: Service, host: str, port: int) -> None:
    """Until the web server answers anything at all; the end if it stops or keeps silent."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never ask a proxy for this machine
    for _ in range(START_SECONDS * 5):
        if web.ended():
            break
        try:
            opener.open(f"http://{reach}:{port}/", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    fail("网页服务没有启动成功，请看上面的日志。", "The web server did not start; see the lines above.")


def supervise(running: list[Service]) -> int:
    """Keep going until a signal. A dead helper process is started again; without the web server there is no point."""
    while True:
        time.sleep(0.5)
        for service in running:
            if not service.ended():
                continue
            if service.name == "web":
                say("网页服务意外停止。", "The web server stopped unexpectedly.")
                return 1
            if time.monotonic() - service.started < 5:
                continue  # not more often than every five seconds
            service.send(signal.SIGKILL)
            say(f"{service.name} 意外停止，正在重新启动。", f"{service.name} stopped unexpectedly; starting it again.")
            service.start()


def stop(running: list[Service]) -> None:
    """Ask politely, wait, then insist. Nothing is left running afterwards."""
    if not running:
        return
    say("正在停止……", "stopping ...")
    for service in running:
        service.send(signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS
    try:
        for service in running:
            service.wait(until)
    except Stop:
        say("立即停止。", "stopping at once.")
    for service in running:
        service.send(signal.SIGKILL)
        service.wait(time.monotonic() + 5)
    say("已停止。", "stopped.")


def take_terminal() -> int | None:
    """Take Ctrl-C for this process alone, so that `make` above it sees a clean end and not an interrupt.

    Returns the group that had the terminal, to give it back, or nothing where there is no terminal.
    """
    if not sys.stdin.isatty():
        return None
    before = os.tcgetpgrp(0)
    if before != os.getpgrp() or before == os.getpid():
        return None  # in the background, or started without make
    for number in (signal.SIGTTOU, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    return before


def on_signal(number: int, frame: object) -> None:
    raise Stop


def prepare() -> None:
    """Bring the database, the demo data and the static files up to date."""
    os.environ.setdefault("STATIC_HASHED", "true")  # for the processes started from here
    say("准备数据库", "preparing the database")
    manage("migrate", "--noinput", "--verbosity", "0")
    manage("prepare_demo")  # plans, schemes and, in an empty database, labelled synthetic data
    manage("collectstatic", "--noinput", "--verbosity", "0")


def main() -> int:
    """Prepare, start, wait, stop."""
    host, port = os.environ.get("LISTEN") or "127.0.0.1", chosen_port()
    check_port(host, port)
    terminal = take_terminal()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    running: list[Service] = []
    try:
        prepare()
        running = services(host, port)
        for service in running:
            service.start()
        wait_for_answer(running[0], host, port)
        say(f"已启动：http://{host}:{port}/ ，按 Ctrl-C 停止", f"running at http://{host}:{port}/ , Ctrl-C stops")
        return supervise(running)
    except Stop:
        return 0
    finally:
        stop(running)
        if terminal is not None:
            os.tcsetpgrp(0, terminal)


if __name__ == "__main__":
    sys.exit(main())
