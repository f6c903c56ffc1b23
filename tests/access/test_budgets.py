"""No page needs more than twelve queries, and none needs more when there is more to show.

Counted is everything one request asks the database, the session, the person and the memberships included. The numbers
are recorded in query_budgets.json; `UPDATE_BUDGETS=1 make test ARGS=tests/access/test_budgets.py` writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from config.demo.blueprint import CarrierSpec
from config.demo.build import Builder, write_carriers
from core.trail import COMMAND_LINE, Actor
from evaluations.models import Cycle
from evaluations.services import score_cycle
from plans.models import Plan
from subsidies.services import compute
from tests.access.test_matrix import ALL, OPEN, PRIVATE
from tests.access.world import TODAY, World, build

RECORD = Path(__file__).with_name("query_budgets.json")
MOST = 12
# Opened by whom; staff open everything else. Left out: what only takes a POST, and other people's jobs.
READERS = {"targets:dashboard": "leader", "incubators:change_list": "auditor", "evaluations:expert_list": "expert"}
LEFT_OUT = {"accounts:login", "accounts:logout", "api:schema", "api:docs", "home"}


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, tuple[int, int]]]:
    """Queries of each address at the demonstration's size and at several times that."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        small = _count(world)
        _enlarge()
        large = _count(world)
        yield {route: (small[route], large[route]) for route in small}
        transaction.set_rollback(True)


def _count(world: World) -> dict[str, int]:
    clients: dict[str, Client] = {}
    found: dict[str, int] = {}
    for route in sorted(set(ALL) - LEFT_OUT):
        person = READERS.get(route, "staff")
        if person not in clients:
            clients[person] = Client()
            clients[person].force_login(world.people[person], backend="django.contrib.auth.backends.ModelBackend")
        arguments = PRIVATE.get(route) or OPEN.get(route)
        address = reverse(route, kwargs=arguments(world.own) if arguments else {})
        asked = {"indicator": "n_incubatee", "by": "carrier"} if route == "api:figures-list" else {}
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = clients[person].get(address, asked)
            if answer.streaming:
                list(answer.streaming_content)
        if answer.status_code == 200:
            found[route] = len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])
    return found


def _enlarge() -> None:
    """Sixty more carriers in Jinshan with tenants, months, awards, results and progress: more than any page holds."""
    builder = Builder(seed=11, today=TODAY, say=lambda text: None, next_enterprise=500_000)
    builder.users = {user.username: user for user in User.objects.filter(is_demonstration=True)}
    kinds = ("incubator", "maker_space", "accelerator")
    title = {"incubator": "incubator_municipal_sh", "maker_space": "maker_space_municipal_sh"}
    specs = []
    for number in range(60):
        kind = kinds[number % 3]
        awards = ((title[kind], date(2024, 5, 6), f"演示〔2024〕{number}号"),) if kind in title else ()
        specs.append(
            CarrierSpec(f"B{number:03}", f"增量演示载体{number:03}", kind, "sh-jinshan-zhujing", awards=awards)
        )
    write_carriers(builder, specs)
    compute(
        plan=Plan.objects.select_related("area").get(code="JS-2024-2026"), year=2025, as_of=TODAY, actor=COMMAND_LINE
    )
    cycle = Cycle.objects.get(code="js-2025")
    score_cycle(cycle=cycle, actor=Actor.of(builder.users["staff"]))
    call_command("compute_progress", on=TODAY, verbosity=0)


def test_no_page_needs_more_than_its_budget(counts: dict[str, tuple[int, int]]) -> None:
    above = {route: pair for route, pair in counts.items() if max(pair) > MOST}
    assert not above


def test_the_number_of_queries_does_not_grow_with_the_data(counts: dict[str, tuple[int, int]]) -> None:
    grown = {route: pair for route, pair in counts.items() if pair[1] > pair[0]}
    assert not grown


def test_the_numbers_are_the_recorded_ones(counts: dict[str, tuple[int, int]]) -> None:
    now = {route: pair[1] for route, pair in sorted(counts.items())}
    if os.environ.get("UPDATE_BUDGETS"):
        RECORD.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    dearer = {route: (recorded.get(route), n) for route, n in now.items() if n > recorded.get(route, 0)}
    assert not dearer, "more queries than recorded; if that is meant, record them anew"
    assert set(now) == set(recorded), "routes were added or removed; record the numbers anew"
