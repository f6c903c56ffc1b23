"""What every test may use: an installation of its own, a browser, and a real job worker.

No test touches the data, files or messages under var/: everything goes to a folder of the run. Jobs run on the spot
(``CELERY_TASK_ALWAYS_EAGER``) unless a test asks for ``worker``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import settings as hypothesis_settings

from config.celery import app as celery_app
from tests.support.chromium import find_chromium, open_browser
from tests.support.trail import let_flushes_empty_the_trail, watch_requests
from tests.support.worker import Worker

# The same examples every time, and no example fails for being slow on a busy machine.
hypothesis_settings.register_profile("portal", deadline=None, derandomize=True)
hypothesis_settings.load_profile("portal")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the browser tests where there is no Chromium; the summary says so."""
    if find_chromium():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly what the run left out."""
    if not find_chromium():
        terminalreporter.write_line("BROWSER TESTS DID NOT RUN: no Chromium found. Debian: apt-get install chromium")


@pytest.fixture(scope="session", autouse=True)
def installation(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder for everything that this test process writes; settings point into it. Returns the folder."""
    var = tmp_path_factory.mktemp("var")
    broker = var / "broker"
    for name in ("queue", "control", "processed"):
        (broker / name).mkdir(parents=True)
    for name in ("media", "static"):
        (var / name).mkdir()
    settings.VAR_DIR = var
    settings.MEDIA_ROOT = var / "media"
    settings.STATIC_ROOT = var / "static"
    # Plain names for static files: no collectstatic before a test run.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Hundreds of test users; the strength of the hash is not what is tested.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES["default"]["KEY_PREFIX"] = f"test-{worker_id}"
    celery_app.conf.update(task_always_eager=True, task_eager_propagates=False, task_default_queue=f"test-{worker_id}")
    if not settings.REDIS_URL:
        celery_app.conf.broker_transport_options = {
            "data_folder_in": str(broker / "queue"),
            "data_folder_out": str(broker / "queue"),
            "control_folder": str(broker / "control"),
            "processed_folder": str(broker / "processed"),
        }
    let_flushes_empty_the_trail()
    watch_requests()
    return var


@pytest.fixture(scope="session")
def django_db_modify_db_settings(installation: Path, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite tests use a file and not memory, so that live servers and workers are processes like any other."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        from django.db import connections

        chosen = connections["default"].settings_dict
        chosen["TEST"]["NAME"] = str(installation / "test.sqlite3")
        # A test database need not survive a power cut.
        chosen["OPTIONS"]["init_command"] = chosen["OPTIONS"].get("init_command", "") + " PRAGMA synchronous=OFF;"


@pytest.fixture
def worker(installation: Path, transactional_db: None, worker_id: str) -> Iterator[Worker]:
    """A real Celery worker process on this test's database; jobs submitted in the test go to it."""
    with Worker(installation, queue=f"test-{worker_id}") as running:
        celery_app.conf.task_always_eager = False
        yield running
        celery_app.conf.task_always_eager = True


# --- Browser --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium for the whole run. Tests that use it carry ``@pytest.mark.browser``."""
    # Playwright's own loop runs in this thread; Django then takes every query of the test for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with open_browser(find_chromium()) as running:
        yield running


@pytest.fixture
def live_url(live_server: Any) -> str:
    """Address of the running portal, without a slash at the end."""
    return str(live_server.url)


@pytest.fixture
def page(browser: Any, live_url: str) -> Iterator[Any]:
    """A fresh page at 1440 by 1000. Script errors, blocked content and requests to elsewhere fail the test."""
    context = browser.new_context(
        base_url=live_url, viewport={"width": 1440, "height": 1000}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    fresh = context.new_page()
    problems: list[str] = []
    fresh.on("pageerror", lambda error: problems.append(f"script: {error}"))
    fresh.on("console", lambda line: _note_console(line, problems))
    fresh.on("request", lambda request: _note_request(request, live_url, problems))
    yield fresh
    context.close()
    assert not problems, "the page reported: " + "; ".join(problems)


def _note_console(line: Any, problems: list[str]) -> None:
    # A 4xx answer that a test provokes is also written to the console; that is no script error.
    if line.type == "error" and not line.text.startswith("Failed to load resource: the server responded"):
        problems.append(f"console: {line.text}")


def _note_request(request: Any, live_url: str, problems: list[str]) -> None:
    if not request.url.startswith((live_url, "data:", "blob:", "about:")):
        problems.append(f"request to elsewhere: {request.url}")


@pytest.fixture
def sign_in(page: Any, live_url: str) -> Callable[[Any], Any]:
    """A function that signs a user in to ``page`` without the form, and returns the page."""

    def enter(user: Any) -> Any:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_url}])
        return page

    return enter


@pytest.fixture
def axe(page: Any) -> Callable[[], list[str]]:
    """A function that checks the page for accessibility faults and returns them as "rule: element" lines."""
    source = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js").read_text(encoding="utf-8")

    def check() -> list[str]:
        # Evaluated, not added as an element: the content security policy stays as it is in production.
        page.evaluate(source)
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
        return [f"{fault['id']}: {node['html'][:160]}" for fault in found["violations"] for node in fault["nodes"]]

    return check
