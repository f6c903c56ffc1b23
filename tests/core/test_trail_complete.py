"""Nothing is written without a line in the trail.

Two nets: the code itself is read here, function by function; and every POST of every test of the project is watched
(tests/support/trail.py), of which the last tests here show that it bites.
"""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from core.jobs import submit
from core.models import Change, Job
from core.trail import Actor
from core.trail_chain import first_break
from incubators.access import Role
from incubators.models import Designation
from tests.incubators.factories import AreaFactory, CarrierFactory, TitleFactory, make_user
from tests.support.writes import functions, unrecorded

# Public functions that write and do not record themselves -> why that is right.
EXCEPTIONS = {
    **dict.fromkeys(
        [
            "plans.upsert.upsert",
            "plans.upsert.link",
            "plans.upsert.prune",
            "plans.registry_loading.load_registry",
            "plans.loading.load_plan_rows",
            "plans.loading.prune_plan",
            "evaluations.loading.load_frames",
            "evaluations.loading.prune_frames",
            "subsidies.loading.load_rules",
            "subsidies.loading.prune_rules",
            "targets.loading.load_targets",
            "targets.loading.prune_targets",
        ],
        "a step of config.loading.load_files, which records each plan with its fingerprint",
    ),
    **dict.fromkeys(
        [
            "config.demo.answers.write_answers",
            "config.demo.build.seed",
            "config.demo.build.write_carriers",
            "config.demo.carriers.write_carrier_history",
            "config.demo.enterprises.write_enterprises",
            "config.demo.landscape.scaled_carriers",
            "config.demo.people.make_people",
            "config.demo.reminders.write_reminders",
            "config.demo.months.write_months",
            "config.demo.tenants.write_tenants",
        ],
        "a step of seed_demo, which records each area that received carriers",
    ),
    **dict.fromkeys(
        [
            "core.jobs.JobContext.progress",
            "core.jobs.execute",
            "core.jobs.run_job",
            "core.jobs.requeue_stale",
            "core.tasks.requeue_stale_jobs",
        ],
        "how far a job is; asking for it and stopping it are recorded, and so is what it changes",
    ),
    "core.saving.save": "whoever calls it records",
    "incubators.services.enterprise_rows.copy_rows": "the correction that begins with the rows is recorded",
    "incubators.register.operators.registered": "who names the operator records what was made: it tells",
    **dict.fromkeys(
        ["incubators.services.imports.check", "incubators.tasks.check_import"],
        "a preview of an upload that was recorded; nothing of the register changes",
    ),
    **dict.fromkeys(
        ["incubators.views.records.view_save", "incubators.views.records.view_delete"],
        "filters that a person keeps for themselves",
    ),
    **dict.fromkeys(
        [
            "core.papers.word.write",
            "incubators.exchange.files.marked",
            "incubators.services.imports.marked_file",
            "incubators.services.month_files.marked_file",
            "incubators.views.exchange.import_marked",
            "incubators.views.report_workbook.report_workbook_marked",
        ],
        "saves a workbook or a document, not a row",
    ),
    **dict.fromkeys(
        [
            "incubators.services.evidence.keep",
            "incubators.services.evidence.remove",
            "accounts.models.ApiToken.issue",
        ],
        "a step of what records it: attach, detach, and the command or the page that issues",
    ),
    **dict.fromkeys(["core.trail.record", "core.trail.record_many"], "the trail itself"),
    **dict.fromkeys(["core.bulk.insert", "core.bulk.update"], "whoever calls it records"),
}


# --- The code ---------------------------------------------------------------------------------------------------------
def test_every_public_function_that_writes_reaches_the_trail() -> None:
    found = unrecorded(functions())
    assert found - set(EXCEPTIONS) == set(), "leave a line with core.trail.record, or say here why none is needed"


def test_the_reading_of_the_code_sees_the_writes_it_must_see() -> None:
    """It would be no net if it took the services for harmless."""
    known = functions()
    for name in (
        "incubators.services.reports._save_changes",
        "incubators.services.evidence.remove",
        "core.saving.save",
        "evaluations.services._store",
        "evaluations.experts.save_scores",
        "subsidies.services.grant",
        "targets.services.enter_outside_figure",
        "plans.services.record_decision",
        "accounts.services.change_own_password",
        "core.jobs.submit",
    ):
        assert known[name].writes, name
    for each in known.values():
        each.records = False
    blind = unrecorded(known)
    for name in (
        "incubators.services.reports.submit",
        "incubators.register.services.designate",
        "incubators.register.services.leave",
        "evaluations.services.score_cycle",
        "subsidies.services.compute",
        "subsidies.recording.record_payer_grant",
        "targets.services.compute",
        "config.loading.load_files",
    ):
        assert name in blind, name


# --- Requests ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def designation(db: None) -> Any:
    """A function that records a designation through its page."""
    area = AreaFactory()
    carrier = CarrierFactory(area=area)
    title = TitleFactory(carrier_kind=carrier.kind)
    client = Client()
    client.force_login(make_user(Role.STAFF, area=area), backend="django.contrib.auth.backends.ModelBackend")
    typed = {"title": title.pk, "awarded_on": "2025-03-01", "document": "沪测〔2025〕3号"}
    return lambda: client.post(f"/carriers/{carrier.code}/register/designate/", typed)


def test_a_request_leaves_a_line_that_names_it(designation: Any) -> None:
    answer = designation()
    line = Change.objects.get()
    assert answer.status_code == 302
    assert (line.action, line.channel, line.request_id) == ("登记认定", "page", answer["X-Request-ID"])
    assert line.request_id != ""
    assert first_break() is None


def test_a_request_that_writes_without_a_line_fails_its_test(designation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incubators.register.services.record", lambda **values: None)
    with pytest.raises(AssertionError, match="incubators_designation"):
        designation()


def test_what_is_rolled_back_needs_no_line(designation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**values: Any) -> None:
        raise RuntimeError("after the row was written")

    monkeypatch.setattr("incubators.register.services.record", fail)
    with pytest.raises(RuntimeError):
        designation()
    assert Designation.objects.count() == Change.objects.count() == 0


# --- What is not asked for by a page ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_job_is_recorded_when_asked_for_and_when_stopped() -> None:
    person = make_user(Role.STAFF)
    job = submit(kind="test.nothing", title="测算", actor=Actor.of(person), params={"year": 2025})
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.post(f"/jobs/{job.pk}/cancel/")
    lines = Change.objects.filter(record_label="core.job", record_id=str(job.pk)).order_by("number")
    assert [(line.action, line.actor_id) for line in lines] == [("发起任务", person.pk), ("取消任务", person.pk)]
    assert lines[0].after == {"kind": "test.nothing", "params": {"year": 2025}}
    assert Job.objects.get().state == "cancelled"


@pytest.mark.django_db
def test_a_token_issued_at_the_console_is_recorded_without_its_secret() -> None:
    person, out = make_user(Role.LEADER), StringIO()
    call_command("issue_token", person.username, "导览", stdout=out)
    line = Change.objects.get()
    token = ApiToken.objects.get()
    assert (line.action, line.record_id, line.channel) == ("签发令牌", str(token.pk), "command")
    assert token.expires_at > timezone.now() + timedelta(days=300)
    assert out.getvalue().strip() not in str([line.before, line.after, line.record_name, line.reason])
