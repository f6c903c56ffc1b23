"""No page needs more than twelve queries, and none needs more when there is more to show.

Counted is everything one request asks the database, the session, the person and the memberships included. The numbers
are recorded in query_budgets.json; `UPDATE_BUDGETS=1 make test ARGS=tests/access/test_budgets.py` writes them anew.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiToken, User
from config.demo.blueprint import CarrierSpec
from config.demo.build import Builder, write_carriers
from config.demo.names import enterprise_code
from core.models import Job
from core.trail import COMMAND_LINE, Actor, record
from evaluations.models import Cycle, ExpertScore, Result
from evaluations.services import assign_experts, score_cycle
from incubators.access import Role
from incubators.models import Area, Carrier, Enterprise, Membership, MonthlyReport, ReportEvent, Residency, Visit
from incubators.views.rosters import TABS as ROSTER_TABS
from plans.models import Plan
from subsidies.models import Award
from subsidies.services import compute
from targets.models import Progress
from tests.access.test_matrix import ALL, OPEN, PRIVATE
from tests.access.world import TODAY, World, build

# Without this no test database is made when the file runs alone, and the world would be built in the real one.
pytestmark = pytest.mark.django_db

RECORD = Path(__file__).with_name("query_budgets.json")
MOST = 12
# Further ones where a page is several things at once: what is there now, what was issued of it, and what was reported of
# each incubatee; a month and its incubatees.
FURTHER = {f"incubators:{page}": 2 for page in ("bulletin", "bulletin (leader)")} | {
    f"incubators:{page}": 1 for page in ("report_detail", "report_detail (operator)", "report_grid")
}
PAGE = 50  # the longest page of the lists that grow
MORE = 60  # carriers added
# Opened by whom; staff open everything else.
READERS = {
    **{f"incubators:change_{page}": ("auditor",) for page in ("list", "days", "day")},
    **{f"incubators:person_{page}": ("admin",) for page in ("list", "create", "detail", "edit", "act", "grant", "end")},
    **{f"incubators:person_token_{page}": ("admin",) for page in ("issue", "revoke")},
    "incubators:report_edit": ("operator",),
    **{f"incubators:roster_{page}": ("staff", "operator") for page in ("list", "detail", "print")},
    "incubators:report_list": ("staff", "operator"),
    **{f"incubators:{page}": ("staff", "operator") for page in ("completeness", "arrangement_list")},
    "incubators:report_detail": ("staff", "operator"),
    "incubators:bulletin": ("staff", "leader"),
    "evaluations:expert_list": ("expert",),
    "evaluations:expert_form": ("expert",),
    "targets:dashboard": ("leader", "staff"),
    "targets:plan_progress": ("leader", "staff"),
    "targets:target_detail": ("leader", "staff"),
    "targets:target_records": ("leader", "staff"),
}
# Nothing of the districts stands on these.
LEFT_OUT = {
    "incubators:register_home": "sends on to the list of residencies",
    "incubators:import_marked": "a file with mistakes only",
    "incubators:report_workbook_marked": "a workbook with mistakes only",
    "incubators:exchange_template": "an empty workbook",
    "accounts:login": "someone signed in is sent on",
    "home": "sends on to the first page of the role",
    "api:schema": "describes the code",
    "api:docs": "describes the code",
}
# Pages that answer with a file when asked to; REST lists do except the catalogue's, which is no list of rows.
FILES = (
    "incubators:carrier_list",
    "incubators:enterprise_list",
    "incubators:incubation_list",
    "incubators:change_list",
    "incubators:person_list",
    "incubators:report_explanations",
    "incubators:roster_list",
    "incubators:roster_detail",
    "incubators:completeness",
    "core:job_list",
    "incubators:indicator_records",
    "incubators:torch_year",
    "evaluations:cycle_detail",
    "subsidies:award_list",
    "targets:target_records",
)
NO_FILE = {"api:indicators-list"}
BATCH = 500  # rows that an export reads at a time; what belongs to them is asked for once a batch
# What htmx asks for in pieces; without its header the address sends on to the page.
PARTIAL = {"subsidies:carrier_panel", "core:job_progress"}
# Pages that find nothing until they are asked, and what they are asked; and pages of several parts, with each part.
QUESTIONS: dict[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "incubators:search": ((("q", "演示"),), (("q", "演示证书"),)),
    "incubators:carrier_offers": ((("carrier", "演示"),),),
    "incubators:chasing_list": ((("month", "2026-10"),),),
    "incubators:chasing_preview": ((("month", "2026-10"), ("all", "1")),),
    "incubators:roster_verify": ((("uscc", enterprise_code(1)), ("year", "2025")),),
    "incubators:roster_detail": tuple((("tab", tab),) for tab in ROSTER_TABS),
    "incubators:torch_year": ((), (("tab", "differences"),)),
    "api:torch-years-totals": ((("area", "sh-jinshan"),), (("area", "sh-jinshan"), ("format", "csv"))),
    "api:completeness-list": ((), (("by", "area"),)),
    "api:monthly-reports-list": ((), *(((name, "true"),) for name in ("late", "overdue", "closed"))),
    "plans:text_search": ((("q", "孵化器"),),),
    "incubators:report_explanations": ((("month", "2026-09"), ("state", "all"), ("sort", "all")),),
    "incubators:report_workbook_download": ((("month", "2026-09"),),),
}
OTHER_RECORDS = {
    "incubators:report_edit": {"code": "JS001", "month": "2026-10"},  # the month that is still open
    "targets:outside_figure_create": {"code": "JS-T11"},  # confirmed by a person, not counted
}


@dataclass(frozen=True, slots=True)
class Request:
    route: str
    person: str
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """How the record names it: route, what was asked, and who asked unless it was staff."""
        asked = "?" + "&".join(f"{name}={value}" for name, value in self.asked) if self.asked else ""
        return f"{self.route}{asked}" + ("" if self.person == "staff" else f" ({self.person})")


def requests() -> Iterator[Request]:
    for route in sorted(set(ALL) - set(LEFT_OUT)):
        for person in READERS.get(route, ("staff",)):
            if route == "api:figures-list":
                for by in ("", "carrier", "area", "month"):
                    split = (("by", by), ("within", "sh-jinshan")) if by else ()
                    yield Request(route, person, (("indicator", "n_incubatee"), *split))
                    yield Request(route, person, (("indicator", "n_incubatee"), *split, ("format", "csv")))
                continue
            for asked in QUESTIONS.get(route, ((),)):
                yield Request(route, person, asked)
            if route in FILES or _is_rest_list(route):
                yield Request(route, person, (("format", "csv"),))


def _is_rest_list(route: str) -> bool:
    return route.startswith("api:") and route.endswith(("-list", "-records")) and route not in NO_FILE


@dataclass(frozen=True, slots=True)
class Count:
    """Queries of one request; ``batches`` is how often an export reads rows, 0 for what is no file."""

    queries: int
    batches: int


POSTING = re.compile(r'<form [^>]*method="post".*?</form>', re.DOTALL)
Counts = dict[str, tuple[Count, Count]]


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any) -> Iterator[Counts]:
    """Each request at the demonstration's size and at several times that."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        _count(world)  # what a process asks once and keeps is no part of either number
        small = _count(world)
        _enlarge(world)
        large = _count(world)
        yield {name: (small[name], large[name]) for name in small}
        transaction.set_rollback(True)


def _count(world: World) -> dict[str, Count]:
    clients: dict[str, Client] = {}
    found: dict[str, Count] = {}
    for request in requests():
        if request.person not in clients:
            clients[request.person] = Client()
            clients[request.person].force_login(
                world.people[request.person], backend="django.contrib.auth.backends.ModelBackend"
            )
        count = _ask(clients[request.person], request, world)
        if count is not None:
            found[request.name] = count
    return found


def _ask(client: Client, request: Request, world: World) -> Count | None:
    """``None`` for an address that takes only POST. Any other answer than 200 is a mistake."""
    arguments = PRIVATE.get(request.route) or OPEN.get(request.route)
    kwargs = OTHER_RECORDS.get(request.route) or (arguments(world.own) if arguments else {})
    headers = {"HX-Request": "true"} if request.route in PARTIAL else {}
    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(reverse(request.route, kwargs=kwargs), dict(request.asked), headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.status_code == 405:
        return None
    assert answer.status_code == 200, f"{request.name} answered {answer.status_code}"
    if answer["Content-Type"].startswith("text/html"):
        # The test client asks for no token; a browser's request without one is refused.
        unguarded = [form for form in POSTING.findall(body.decode()) if "csrfmiddlewaretoken" not in form]
        assert not unguarded, f"{request.name} has a form without its token: {unguarded[0][:200]}"
    batches = 0
    if ("format", "csv") in request.asked:
        assert answer["Content-Type"].startswith("text/csv"), f"{request.name} is no file"
        rows = sum(1 for _ in csv.reader(io.StringIO(body.decode("utf-8-sig")))) - 1
        batches = -(-rows // BATCH)
    return Count(len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]), batches)


def _enlarge(world: World) -> None:
    """More carriers in Jinshan with tenants, months, awards, results and progress, and more on the opened records."""
    builder = Builder(seed=11, today=TODAY, say=lambda text: None, next_enterprise=500_000)
    builder.users = {user.username: user for user in User.objects.filter(is_demonstration=True)}
    kinds = ("incubator", "maker_space", "accelerator")
    title = {"incubator": "incubator_municipal_sh", "maker_space": "maker_space_municipal_sh"}
    specs = []
    for number in range(MORE):
        kind = kinds[number % 3]
        awards = ((title[kind], date(2024, 5, 6), f"演示〔2024〕{number}号"),) if kind in title else ()
        specs.append(
            CarrierSpec(f"B{number:03}", f"增量演示载体{number:03}", kind, "sh-jinshan-zhujing", awards=awards)
        )
    write_carriers(builder, specs)
    _more_on_what_is_opened(world)
    compute(
        plan=Plan.objects.select_related("area").get(code="JS-2024-2026"), year=2025, as_of=TODAY, actor=COMMAND_LINE
    )
    cycle = Cycle.objects.get(code="js-2025")
    staff = Actor.of(world.people["staff"])
    score_cycle(cycle=cycle, actor=staff)
    assign_experts(cycle=cycle, users=[world.people["expert"]], actor=staff)
    call_command("compute_progress", on=TODAY, verbosity=0)


def _more_on_what_is_opened(world: World) -> None:
    """More rows on the carrier, the report and the jobs that the requests open, and more areas for the leader."""
    carrier = Carrier.objects.get(code=world.own.carrier)
    staff = world.people["staff"]
    moved = Carrier.objects.filter(code__in=[f"B{number:03}" for number in range(6)])
    Residency.objects.filter(carrier__in=moved).update(carrier=carrier)
    Visit.objects.bulk_create(
        Visit(carrier=carrier, visitor=staff, visited_on=date(2026, 9, 2), findings="测试") for _ in range(PAGE)
    )
    ReportEvent.objects.bulk_create(
        ReportEvent(report_id=world.own.report, actor=staff, from_state="submitted", to_state="accepted")
        for _ in range(PAGE)
    )
    for area in Area.objects.filter(code__in=("sh", "yc")):  # and with them the plans of all areas
        Membership.objects.create(user=world.people["leader"], role=Role.LEADER, area=area, valid_from=date(2024, 1, 1))
    _more_people(staff)
    Job.objects.bulk_create(
        Job(kind="compute_progress", title="测试", actor_id=staff.pk, actor_name="测试") for _ in range(MORE)
    )


def _more_people(staff: User) -> None:
    """More people in Jinshan, and more roles, tokens and changes of the account that is opened."""
    jinshan = Area.objects.get(code="sh-jinshan")
    towns = [*Area.objects.filter(path__startswith=jinshan.path).order_by("path")]
    people = User.objects.bulk_create(User(username=f"more{n:03}", display_name=f"测试{n}") for n in range(MORE))
    roles = {"role": Role.STAFF, "valid_from": date(2024, 1, 1)}
    Membership.objects.bulk_create(
        Membership(user=person, area=towns[n % len(towns)], **roles) for n, person in enumerate(people)
    )
    Membership.objects.bulk_create(Membership(user=staff, area=town, **roles) for town in towns)
    for number in range(MORE):
        ApiToken.issue(user=staff, name=f"测试{number}")
        record(actor=COMMAND_LINE, action="测试", target=staff, after={"phone": str(number)})


def test_no_page_needs_more_than_its_budget(counts: Counts) -> None:
    above = {
        name: pair for name, pair in counts.items() if max(each.queries for each in pair) > MOST + FURTHER.get(name, 0)
    }
    assert not above


def test_the_number_of_queries_is_the_same_with_more_data(counts: Counts) -> None:
    """An export may ask once more for each further batch of rows; everything else may not ask more at all."""
    changed = {
        name: (small, large)
        for name, (small, large) in counts.items()
        if not 0 <= large.queries - small.queries <= large.batches - small.batches
    }
    assert not changed


def test_the_numbers_are_the_recorded_ones(counts: Counts) -> None:
    now = {name: large.queries for name, (_, large) in sorted(counts.items())}
    if os.environ.get("UPDATE_BUDGETS"):
        RECORD.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    other = {
        name: (recorded.get(name), now.get(name)) for name in {*now, *recorded} if recorded.get(name) != now.get(name)
    }
    assert not other, "recorded and now; if the change is meant, record the numbers anew"


def test_the_larger_size_fills_more_than_a_page(counts: Counts) -> None:
    """Otherwise the comparison of the two sizes would say nothing."""
    own = {"carrier__owner_area__path__contains": "/sh-jinshan/"}
    sizes = {
        "carriers": Carrier.objects.filter(owner_area__path__contains="/sh-jinshan/").count(),
        "enterprises": Enterprise.objects.filter(area__path__contains="/sh-jinshan").count(),
        "reports of a month": MonthlyReport.objects.filter(month=date(2026, 9, 1), **own).count(),
        "awards": Award.objects.filter(rule__plan__code="JS-2024-2026").count(),
        "results": Result.objects.filter(cycle__code="js-2025").count(),
        "experts' papers": ExpertScore.objects.filter(cycle__code="js-2025").values("carrier").distinct().count(),
        "tenants": Residency.objects.filter(carrier__code="JS001").count(),
        "jobs": Job.objects.count(),
        "people": User.objects.filter(memberships__area__path__contains="/sh-jinshan/").distinct().count(),
        "progress": Progress.objects.filter(target__plan__code="JS-2024-2026").count(),
    }
    assert not {name: size for name, size in sizes.items() if size <= PAGE}
