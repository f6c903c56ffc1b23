"""Every route, for every role, with records of the own and of another district. A new route without a row here fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from config.access import PUBLIC, ROUTES, SIGNED_IN
from incubators.access import GRANTS, Capability, Role
from tests.access.routes import every_route
from tests.access.world import OTHER_NAMES, Side, World, build

Arguments = Callable[[Side], dict[str, Any]]


def by(**fields: str) -> Arguments:
    """Arguments of an address from a side's records: ``by(code="carrier")``; ``=word`` is taken as it is."""
    return lambda side: {n: f[1:] if f.startswith("=") else getattr(side, f) for n, f in fields.items()}


MOVES = (
    "accept",
    "check",
    "correct",
    "return",
    "lock",
    "submit",
    "ask-correction",
    "grant-correction",
    "decline-correction",
)
# What stands in the address of each route that names a record of a district.
PRIVATE: dict[str, Arguments] = {
    "accounts:token_revoke": by(pk="token"),
    "core:job_detail": by(pk="job"),
    "core:job_progress": by(pk="job"),
    "core:job_cancel": by(pk="job"),
    "incubators:carrier_detail": by(code="carrier"),
    "incubators:carrier_change_create": by(code="carrier", kind="=name"),
    "incubators:carrier_change_detail": by(pk="change"),
    "incubators:carrier_change_act": by(pk="change", action="=report"),
    "incubators:designation_detail": by(pk="designation"),
    "incubators:designation_act": by(pk="designation", action="=rectify"),
    "incubators:designation_detach": by(pk="designation", attachment="attachment"),
    "incubators:enterprise_detail": by(uscc="uscc"),
    "incubators:person_detail": by(pk="person"),
    "incubators:person_edit": by(pk="person"),
    "incubators:person_grant": by(pk="person"),
    "incubators:person_act": by(pk="person", action="=deactivate"),
    "incubators:person_end": by(pk="person", membership="membership"),
    "incubators:person_token_issue": by(pk="program"),
    "incubators:person_token_revoke": by(pk="person", token="token"),
    **{f"incubators:import_{page}": by(pk="import_file") for page in ("detail", "confirm", "discard", "marked")},
    **{f"incubators:visit_{page}": by(pk="visit") for page in ("detail", "close", "attach")},
    **{f"incubators:roster_{page}": by(pk="roster") for page in ("detail", "print", "correct", "attach")},
    **{
        f"incubators:roster_{page}": by(pk="roster_draft")
        for page in ("confirm", "candidates", "remove", "redraw", "discard")
    },
    "incubators:record_edit": by(kind="=carriers", pk="carrier_pk"),
    "incubators:residency_detail": by(pk="residency"),
    "incubators:residency_act": by(pk="residency", action="=attach"),
    "incubators:view_delete": by(pk="saved_view"),
    "incubators:attachment_download": by(pk="attachment"),
    "incubators:report_detail": by(pk="report"),
    **{f"incubators:report_workbook_{page}": by(pk="workbook") for page in ("detail", "confirm", "discard", "marked")},
    "incubators:report_ask": by(pk="report"),
    "incubators:report_attach": by(pk="report"),
    "incubators:report_detach": by(pk="report", attachment="attachment"),
    "incubators:report_move": by(pk="report", move="=return"),
    "incubators:report_edit": by(code="carrier", month="month"),
    "incubators:report_enterprises": by(code="carrier", month="month"),
    "incubators:report_enterprises_save": by(code="carrier", month="month"),
    "incubators:report_enterprise": by(code="carrier", month="month", uscc="incubatee"),
    "incubators:month_close_detail": by(pk="month_close"),
    "incubators:torch_carrier": by(code="carrier", year="=2025"),
    **{f"incubators:chasing_{page}": by(pk="reminder_batch") for page in ("sent", "retry")},
    "incubators:chasing_rule": by(area="area"),
    "incubators:letter_edit": by(area="area", occasion="=asked"),
    "incubators:register_event": by(code="carrier", event="=admit"),
    "evaluations:carrier_panel": by(code="carrier"),
    "evaluations:cycle_detail": by(code="cycle"),
    "evaluations:cycle_score": by(code="cycle"),
    "evaluations:cycle_publish": by(code="cycle"),
    "evaluations:result_detail": by(code="cycle", carrier="carrier"),
    "evaluations:expert_form": by(code="cycle", carrier="carrier"),
    "subsidies:award_detail": by(pk="award"),
    "subsidies:award_grant": by(pk="award"),
    "subsidies:award_advance": by(pk="award"),
    "subsidies:award_send_back": by(pk="award"),
    "subsidies:carrier_panel": by(code="carrier"),
    "subsidies:run_detail": by(pk="run"),
    "targets:plan_progress": by(code="plan"),
    "targets:target_detail": by(code="target"),
    "targets:target_records": by(code="target"),
    "targets:outside_figure_create": by(code="target"),
    "api:areas-detail": by(code="area"),
    "api:carriers-detail": by(code="carrier"),
    "api:carrier-changes-detail": by(pk="change"),
    "api:carrier-sites-detail": by(pk="site"),
    "api:carrier-tags-detail": by(pk="tagging"),
    "api:designations-detail": by(pk="designation"),
    "api:enterprises-detail": by(uscc="uscc"),
    "api:residencies-detail": by(pk="residency"),
    "api:qualifications-detail": by(pk="qualification"),
    "api:visits-detail": by(pk="visit"),
    "api:monthly-reports-detail": by(pk="report"),
    "api:enterprise-months-detail": by(pk="enterprise_month"),
    **{f"api:monthly-reports-{move}": by(pk="report") for move in MOVES},
    "api:correction-requests-detail": by(pk="correction_request"),
    "api:rosters-detail": by(pk="roster"),
    "api:roster-entries-list": by(roster="roster"),
    "api:jobs-detail": by(pk="job"),
    "api:cycles-detail": by(code="cycle"),
    "api:results-detail": by(pk="result"),
    "api:award-runs-detail": by(pk="run"),
    "api:awards-detail": by(pk="award"),
    "api:targets-detail": by(code="target"),
    "api:progress-detail": by(pk="progress"),
}
# Routes with arguments whose records are public to everyone who may open the route: texts and definitions.
OPEN: dict[str, Arguments] = {
    "plans:plan_detail": by(code="plan"),
    "plans:question_detail": by(code="=JS-D01"),
    "incubators:title_decide": by(title="=incubator_standard"),
    **{f"incubators:report_grid_{act}": by(month="=2024-05") for act in ("save", "act")},
    "incubators:change_day": by(day="=2024-01-31"),
    **{f"incubators:exchange_{page}": by(kind="=carriers") for page in ("upload", "template", "export")},
    **{f"incubators:record_{page}": by(kind="=carriers") for page in ("list", "create", "bulk")},
    "incubators:view_save": by(kind="=carriers"),
    "incubators:indicator_detail": by(code="=n_incubatee"),
    "incubators:indicator_records": by(code="=n_incubatee"),
    "evaluations:scheme_detail": by(code="=demonstration", version="=1"),
    "subsidies:rule_detail": by(code="=JS-S04"),
    "api:indicators-detail": by(code="=n_incubatee"),
    "api:figures-records": by(code="=n_incubatee"),
    "api:plans-detail": by(code="plan"),
    "api:schemes-detail": by(pk="scheme"),
    "api:rules-detail": by(code="=JS-S04"),
    "api:tasks-detail": by(code="=JS-K01"),
}
# Capabilities alone do not open these: an operator has reports of its own, an expert what was assigned.
OWN_RECORDS_ONLY = {
    # A file is asked of the record it belongs to; these two roles see no such records.
    Role.ADMINISTRATOR: {"incubators:attachment_download"},
    Role.EXPERT: {"incubators:attachment_download"},
    # Only a file with mistakes can be had with its mistakes marked.
    Role.STAFF: {"incubators:import_marked", "incubators:report_workbook_marked"},
    # A workbook is seen by whoever uploaded it (in this world, staff); a close is its district's.
    Role.OPERATOR: {
        *(f"incubators:report_workbook_{page}" for page in ("detail", "confirm", "discard", "marked")),
        "incubators:month_close_detail",
        "subsidies:run_detail",
        "api:award-runs-detail",
        "api:areas-detail",
    },
}
# Open to more roles than may act there: the page says why this person may not.
ASKS_A_PERMIT = {
    "incubators:register_event",
    "incubators:carrier_change_create",
    "incubators:report_edit",
    "incubators:report_ask",
    "targets:outside_figure_create",
} | {f"api:monthly-reports-{move}" for move in MOVES}
# Of areas as wholes: who oversees none is refused, whatever the capability.
OVERSEERS_ONLY = {"incubators:month_close": {Role.OPERATOR}}
REACHED = {200, 204, 302, 304, 400, 405, 409, 415, 422}
PEOPLE = {
    Role.STAFF: "staff",
    Role.LIAISON: "liaison",
    Role.OPERATOR: "operator",
    Role.EXPERT: "expert",
    Role.LEADER: "leader",
    Role.AUDITOR: "auditor",
    Role.ADMINISTRATOR: "admin",
}
ALL = dict(every_route())


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, made once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def as_person(world: World, db: None) -> Callable[[str], Client]:
    def enter(username: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(world.people[username], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def address(route: str, side: Side) -> str:
    arguments = PRIVATE.get(route) or OPEN.get(route)
    return reverse(route, kwargs=arguments(side) if arguments else {})


def test_every_route_is_in_the_table_and_every_row_is_a_route() -> None:
    assert set(ROUTES) == set(ALL), "config.access.ROUTES and the addresses differ"
    with_arguments = {name for name, arguments in ALL.items() if arguments}
    assert with_arguments == set(PRIVATE) | set(OPEN), "a route that names a record needs a row in this test"


@pytest.mark.parametrize("route", sorted(ALL))
def test_without_signing_in_only_public_routes_open(route: str, world: World, db: None) -> None:
    answer = Client().get(address(route, world.own))
    if ROUTES[route] == PUBLIC:
        assert answer.status_code in REACHED
    elif route.startswith("api:"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("role", sorted(PEOPLE))
@pytest.mark.parametrize("route", sorted(set(ALL) - {"accounts:login", "accounts:logout"}))
def test_a_role_opens_what_its_capabilities_say_and_only_its_own_districts_records(
    route: str, role: str, world: World, as_person: Callable[[str], Client]
) -> None:
    client = as_person(PEOPLE[Role(role)])
    need = ROUTES[route]
    may = need == SIGNED_IN or Capability(need) in GRANTS[role]
    own = _ask(client, address(route, world.own))
    other = _ask(client, address(route, world.other))
    if not may or role in OVERSEERS_ONLY.get(route, set()):
        assert own.status_code == other.status_code == 403
        return
    if route in PRIVATE:
        assert other.status_code == 404, f"{role} reached another district's record"
        if route not in OWN_RECORDS_ONLY.get(Role(role), set()) and not _made_by_someone_else(route, role):
            assert own.status_code in REACHED | ({403} if route in ASKS_A_PERMIT else set())
    else:
        assert own.status_code in REACHED
        assert other.status_code in REACHED
    if own.status_code == 200 and not own.streaming:
        _leaks_nothing(own, route)


def _ask(client: Client, where: str) -> Any:
    """GET; an address that takes only POST is posted to, with nothing in it."""
    answer = client.get(where)
    if answer.status_code == 405:
        return client.post(where)
    if answer.streaming:
        list(answer.streaming_content)  # read to its end, which closes the file
    return answer


def _made_by_someone_else(route: str, role: str) -> bool:
    """A job, a saved view and a token are seen by whoever made them: in this world, staff."""
    own = {"incubators:view_delete", "accounts:token_revoke"}
    return ("job" in route.rsplit(":", 1)[-1] or route in own) and role != Role.STAFF


def _leaks_nothing(answer: Any, route: str) -> None:
    text = answer.content.decode("utf-8", "ignore")
    found = [name for name in OTHER_NAMES if name in text]
    assert not found, f"{route} shows {found} of another district"


def test_a_person_without_any_role_opens_nothing(world: World, as_person: Callable[[str], Client]) -> None:
    client = as_person("nobody")
    for route in sorted(ALL):
        if ROUTES[route] in {PUBLIC, SIGNED_IN}:
            continue
        assert client.get(address(route, world.own)).status_code == 403, route


def test_duties_that_must_be_apart_share_no_capability_to_write() -> None:
    writing = {
        c for c in Capability if c.endswith((".write", ".file", ".review", ".grant", ".compute", ".enter", ".decide"))
    }
    assert not GRANTS[Role.ADMINISTRATOR] & writing
    assert not GRANTS[Role.AUDITOR] & writing
    assert not GRANTS[Role.LEADER] & writing
