"""``seed_demo`` at its largest scale, made small: invented provinces, written in several chunks."""

from __future__ import annotations

from datetime import date, datetime, time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Q
from django.test import Client
from django.utils import timezone

from accounts.models import User
from config.demo import build, landscape
from config.demo.build import SNAPSHOTS
from config.demo.histories import add_months
from config.demo.people import NATIONAL, PEOPLE
from config.incubation_rules import default_files
from incubators.models import (
    Carrier,
    Enterprise,
    IncubationRule,
    MonthlyReport,
    Qualification,
    ReportEvent,
    Residency,
    Roster,
)
from incubators.reporting import checks, context, register
from incubators.reporting.guards import faults

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
CARRIERS = 47


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    """Plans loaded, and the national scale cut down to a few carriers in chunks of ten."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setitem(landscape.SCALES, "national", (CARRIERS, 520))
    monkeypatch.setattr(build, "CHUNK", 10)
    call_command("load_plans", verbosity=0)


def _seed(number: int = 11, today: date = TODAY) -> str:
    out = StringIO()
    call_command("seed_demo", scale="national", seed=number, today=today, stdout=out)
    return out.getvalue()


def _rows() -> list[Any]:
    """What was written, without keys."""
    return [
        *Carrier.objects.values_list("code", "name", "area__path", "kind", "floor_area", "opened_on").order_by("code"),
        *Enterprise.objects.values_list("uscc", "name", "pinyin", "area__path", "founded_on").order_by("uscc"),
        *Residency.objects.values_list("enterprise__uscc", "carrier__code", "entered_on", "left_on", "clock_from")
        .order_by("enterprise__uscc", "entered_on"),
        *Qualification.objects.values_list("enterprise__uscc", "kind__code", "valid_from", "valid_to")
        .order_by("enterprise__uscc", "kind__code", "valid_from"),
        *MonthlyReport.objects.values_list("carrier__code", "month", "state", "income", "area_leased", "register")
        .order_by("carrier__code", "month"),
        *Roster.objects.values_list("kind", "year", "made_at", "confirmed_on", "entries__digest")
        .order_by("kind", "year", "entries__number"),
    ]  # fmt: skip


def test_every_chunk_arrives_whole(small: None) -> None:
    said = _seed()
    invented = Carrier.objects.filter(area__path__contains="/demo-p")
    assert f"载体 {CARRIERS} 家" in said
    assert Carrier.objects.count() == CARRIERS
    assert invented.count() == CARRIERS - 30
    assert invented.filter(area__kind="city", is_synthetic=True).count() == invented.count()
    assert not Carrier.objects.filter(residencies=None).exists()
    assert not Carrier.objects.filter(reports=None).exists()
    assert not Enterprise.objects.filter(residencies=None).exists()
    second = Residency.objects.exclude(transferred_from=None, overlap_reason="").count()
    assert second == 2
    assert Residency.objects.count() == Enterprise.objects.count() + second


def test_the_months_keep_what_the_register_says_of_every_chunk(small: None) -> None:
    _seed()
    month = date(2026, 9, 1)
    known = register.counts(Carrier.objects.values_list("pk", flat=True), month)
    kept = dict(MonthlyReport.objects.filter(month=month).values_list("carrier", "register"))
    assert len(kept) == CARRIERS
    assert kept == {pk: register.snapshot(counts) for pk, counts in known.items()}
    assert sum(counts["n_hnte"] for counts in kept.values()) > 0


def test_the_same_seed_writes_the_same_rows(small: None) -> None:
    found = []
    for number in (11, 11, 12):
        point = transaction.savepoint()
        _seed(number)
        found.append(_rows())
        transaction.savepoint_rollback(point)
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_what_was_handed_in_is_what_the_form_lets_through(small: None) -> None:
    """Each of the last months: nothing blocks, every question has its word, and the hash is that of the content."""
    _seed()
    own = Carrier.objects.filter(code__regex=r"^(JS|YC|MH|FX)").select_related("owner_area")
    for back in range(SNAPSHOTS):
        around = context.load(own, add_months(date(2026, 10, 1), -back))
        filed = [each for each in around.values() if each.latest and each.latest.state != "draft"]
        found = [(each.latest, seen) for each in filed for seen in checks.run(each.sheet_of(each.latest))]
        assert not [seen for _, seen in found if seen.hard]
        assert not [seen for row, seen in found if seen.must_explain and not row.explanations.get(seen.key)]
    assert MonthlyReport.objects.exclude(explanations={}).count() > 20
    kinds = {gap["kind"] for row in MonthlyReport.objects.exclude(gaps={}) for gap in row.gaps.values()}
    assert kinds == {"missing", "not_applicable"}
    assert not MonthlyReport.objects.exclude(state="draft").filter(content_hash="").exists()
    assert not [*faults()]


def test_mentors_are_registered_as_they_are_reported(small: None) -> None:
    """But for every fifth carrier, where one is still to be registered."""
    _seed()
    month = date(2026, 9, 1)
    reported = dict(MonthlyReport.objects.filter(month=month, carrier__code__startswith="JS")
                    .values_list("carrier", "mentors"))  # fmt: skip
    known = register.counts(reported, month)
    apart = [number - known[pk]["n_mentor"] for pk, number in reported.items()]
    assert set(apart) == {0, 1}
    assert apart.count(0) > 3 * apart.count(1)


@pytest.mark.parametrize("years", [-1, 1])
def test_any_day_can_be_today(small: None, years: int) -> None:
    day = add_months(timezone.localdate(), 12 * years)
    _seed(today=day)
    rosters = Roster.objects.filter(state=Roster.State.CONFIRMED)
    assert set(rosters.values_list("kind", flat=True)) == set(Roster.Kind.values)
    assert not rosters.filter(
        Q(made_at__gt=timezone.now()) | Q(made_at__date__gt=day) | Q(confirmed_on__gt=day)
    ).exists()
    assert not rosters.filter(confirmed_on__lt=F("made_at__date")).exists()


def test_no_company_is_incubated_before_it_is_founded(small: None) -> None:
    _seed()
    clocks = Residency.objects.exclude(clock_from=None)
    assert clocks.filter(clock_from__lt=F("entered_on"), carrier__code="JS001").exists()
    assert not clocks.filter(clock_from__lt=F("enterprise__founded_on")).exists()


def test_someone_sees_the_invented_provinces(small: None) -> None:
    _seed()
    client = Client()
    client.force_login(User.objects.get(username=NATIONAL.username), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/carriers/").context["page"].paginator.count == CARRIERS
    assert User.objects.filter(is_demonstration=True).count() == len(PEOPLE) + 1


def test_limits_of_incubation_can_be_shown_without_another_command(small: None) -> None:
    _seed()
    assert IncubationRule.objects.count() == len(default_files()) > 0


def test_carriers_whose_name_says_their_field_have_it(small: None) -> None:
    _seed()
    fields = dict(Carrier.objects.filter(named_in_plan=True).values_list("name", "industry"))
    assert (fields["华东无人机基地"], fields["新材料孵化器"], fields["悦达汽车科创园"]) == (
        "航空航天",
        "新材料",
        "先进制造",
    )


def test_nothing_is_filed_in_days_to_come(small: None) -> None:
    """On the first days of a month the last one is filed already, but not in the future."""
    today = date(2026, 11, 1)
    _seed(today=today)
    end = timezone.make_aware(datetime.combine(today, time.max))
    last = MonthlyReport.objects.filter(month=date(2026, 10, 1)).exclude(submitted_at=None)
    assert last.exists()
    assert not MonthlyReport.objects.filter(Q(submitted_at__gt=end) | Q(accepted_at__gt=end)).exists()
    assert not ReportEvent.objects.filter(at__gt=end).exists()
    sent = ReportEvent.objects.filter(to_state="submitted")
    assert sent.exists()
    assert not sent.exclude(at=F("report__submitted_at")).exists()


def test_a_second_run_is_refused(small: None) -> None:
    _seed()
    with pytest.raises(CommandError, match="已有载体"):
        _seed()
    assert Carrier.objects.count() == CARRIERS
