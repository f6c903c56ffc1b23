"""Computations: what they write, that they change nothing twice, and that what is settled never moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.jobs import JobCancelled
from core.models import Change, Job
from core.permits import NotPermitted, Refused
from core.trail import COMMAND_LINE
from incubators.models import Area
from plans.models import Plan
from subsidies import dossiers
from subsidies.models import Award, AwardRun, AwardShare
from subsidies.recording import request_computation
from subsidies.services import advance, compute, propose
from tests.incubators.factories import AreaFactory, CarrierFactory, make_user
from tests.subsidies.factories import (
    PLAN,
    TODAY,
    YEAR,
    PayerGrantFactory,
    award,
    decide,
    designate,
    grade,
    jinshan_carrier,
    load_jinshan,
    run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return load_jinshan()


@pytest.fixture
def carrier(plan: Plan) -> Any:
    """A municipal incubator with an excellent year and a high-quality title whose operating grant the city approved."""
    row = jinshan_carrier()
    designate(row, "incubator_municipal_sh")
    designate(row, "high_quality", date(2025, 6, 18))
    PayerGrantFactory(carrier=row)
    grade(row)
    return row


def test_each_rule_of_carriers_answers_for_each_carrier_and_the_rent_rule_keeps_no_award(carrier: Any) -> None:
    counts = run().counts
    verdicts = dict(Award.objects.filter(carrier=carrier).values_list("rule__code", "verdict"))
    assert set(verdicts) == {f"JS-S{number:02}" for number in range(1, 11)}
    assert {code for code, verdict in verdicts.items() if verdict == "payable"} == {"JS-S02", "JS-S05"}
    assert {code for code, verdict in verdicts.items() if verdict == "undecided"} == {"JS-S01", "JS-S03", "JS-S09"}
    assert (counts["payable"], counts["undecided"], counts["not_payable"], counts["new"]) == (2, 3, 5, 10)


def test_a_ceiling_is_kept_apart_from_an_amount(carrier: Any) -> None:
    run()
    ceiling, match = award(carrier, "JS-S05").shares.get(), award(carrier, "JS-S02").shares.get()
    assert (ceiling.payer, ceiling.payer_stated) == ("municipal", False)
    assert (ceiling.ceiling, ceiling.proposed, ceiling.granted) == (Decimal(600_000), None, None)
    assert (match.payer, match.payer_stated) == ("district", True)
    assert (match.ceiling, match.proposed, match.granted) == (None, Decimal(800_000), None)
    assert not award(carrier, "JS-S09").shares.exists()


def test_computed_twice_changes_nothing(carrier: Any) -> None:
    run()
    before = list(Award.objects.order_by("pk").values())
    shares = list(AwardShare.objects.order_by("pk").values())
    counts = run().counts
    assert list(Award.objects.order_by("pk").values()) == before
    assert list(AwardShare.objects.order_by("pk").values()) == shares
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 0, 10)


def test_a_later_day_with_the_same_records_changes_nothing(carrier: Any) -> None:
    run(as_of=date(2026, 10, 1))
    assert run(as_of=TODAY).counts["changed"] == 0


def test_an_unrelated_record_leaves_an_award_untouched(carrier: Any) -> None:
    run()
    before = award(carrier, "JS-S02").fingerprint
    grade(carrier, "grade_good", year=2024)
    PayerGrantFactory(carrier=carrier, kind="reward_grant")
    assert run().counts["changed"] == 1
    assert award(carrier, "JS-S02").fingerprint == before
    assert award(carrier, "JS-S03").verdict == "payable"


def test_a_ratio_decided_later_is_applied_to_the_granted_amount_not_to_the_ceiling(carrier: Any) -> None:
    PayerGrantFactory(carrier=carrier, kind="grade_grant", approved=Decimal(520_000))
    run()
    assert award(carrier, "JS-S09").verdict == "undecided"
    decide("JS-D01", "0.5")
    run()
    found = award(carrier, "JS-S09")
    assert found.verdict == "payable"
    assert found.shares.get().proposed == Decimal(260_000)
    assert found.dossier["finding"]["steps"][-1]["expression"] == "520,000 × 0.5 = 260,000 元"
    kept = next(one for one in found.dossier["terms"]["decisions"] if one["code"] == "JS-D01")
    assert (kept["value"], kept["document"], kept["decided_on"]) == ("0.5", "测试会议纪要1号", "2026-03-01")


def test_a_decision_counts_from_its_own_day(carrier: Any) -> None:
    PayerGrantFactory(carrier=carrier, kind="grade_grant", approved=Decimal(520_000))
    decide("JS-D01", "0.5", on=date(2026, 11, 1))
    run(as_of=date(2026, 10, 31))
    assert award(carrier, "JS-S09").verdict == "undecided"
    run(as_of=date(2026, 11, 1))
    assert award(carrier, "JS-S09").verdict == "payable"


def test_what_was_reviewed_never_moves_and_the_difference_is_listed(carrier: Any) -> None:
    run()
    reviewed = award(carrier, "JS-S02")
    advance(user=make_user("staff", area=Area.objects.get(code="sh-jinshan")), award=reviewed)
    before = award(carrier, "JS-S02")
    PayerGrantFactory(carrier=carrier, approved=Decimal(100_000))
    counts = run().counts
    after = award(carrier, "JS-S02")
    assert (after.fingerprint, after.computed_at, after.dossier) == (
        before.fingerprint,
        before.computed_at,
        before.dossier,
    )
    assert after.shares.get().proposed == Decimal(800_000)
    assert counts["settled_differs"] == 1
    assert [entry["award"] for entry in counts["differs"]] == [before.pk]


def test_proposals_of_a_carrier_credited_elsewhere_go_and_reviewed_ones_stay(carrier: Any) -> None:
    run()
    advance(user=make_user("staff", area=Area.objects.get(code="sh-jinshan")), award=award(carrier, "JS-S02"))
    carrier.area = carrier.owner_area = AreaFactory()
    carrier.save()
    counts = run().counts
    assert counts["gone"] == 9
    assert list(Award.objects.values_list("rule__code", flat=True)) == ["JS-S02"]


def test_a_dossier_computed_again_from_itself_says_the_same(carrier: Any) -> None:
    run()
    for row in Award.objects.all():
        assert dossiers.differences(row.dossier) == []
    changed = award(carrier, "JS-S02").dossier
    changed["facts"]["grants"][0]["approved"] = "700000"
    assert set(dossiers.differences(changed)) >= {"steps", "shares"}


def test_a_dossier_can_be_followed_by_hand(carrier: Any) -> None:
    run()
    kept = award(carrier, "JS-S02").dossier
    assert kept["clause"]["code"] == "III.2.b"
    assert kept["quote"] in Plan.objects.get(code=PLAN).text
    approved = Decimal(kept["facts"]["grants"][0]["approved"])
    ratio = Decimal(kept["terms"]["ratio"])
    assert approved * ratio == Decimal(kept["finding"]["shares"][0]["proposed"]) == Decimal(800_000)
    assert all(condition["holds"] for condition in kept["finding"]["conditions"])
    assert kept["facts"]["grants"][0]["document"].startswith("测试批复")
    assert kept["as_of"] == TODAY.isoformat()


def test_cancelling_writes_nothing(carrier: Any, plan: Plan) -> None:
    def stop(done: int, total: int, message: str) -> None:
        if done == 3:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        compute(plan=plan, year=YEAR, as_of=TODAY, actor=COMMAND_LINE, progress=stop)
    assert not Award.objects.exists()
    assert not AwardRun.objects.exists()


def test_the_number_of_queries_does_not_grow_with_carriers(carrier: Any, plan: Plan) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            propose(plan=plan, year=YEAR, as_of=TODAY)
        return len(seen)

    few = queries()
    for _ in range(15):
        more = jinshan_carrier()
        designate(more, "incubator_municipal_sh")
        grade(more)
    assert queries() == few <= 12


def test_a_computation_as_a_job(carrier: Any, plan: Plan, django_capture_on_commit_callbacks: Any) -> None:
    user = make_user("staff", area=plan.area)
    with django_capture_on_commit_callbacks(execute=True):
        job = request_computation(user=user, plan=plan, year=YEAR, as_of=TODAY.replace(year=2025))
    job = Job.objects.get(pk=job.pk)
    found = AwardRun.objects.get()
    assert (job.state, job.percent, job.result["run"]) == ("succeeded", 100, found.pk)
    assert job.result["url"] == f"/subsidies/runs/{found.pk}/"
    assert Change.objects.filter(action="测算补贴", record_id=str(found.pk)).exists()


def test_asking_for_a_computation_needs_the_plans_own_staff_and_a_sound_day(plan: Plan) -> None:
    with pytest.raises(NotPermitted):
        request_computation(user=make_user("staff"), plan=plan, year=YEAR, as_of=TODAY)
    with pytest.raises(Refused) as refused:
        request_computation(user=make_user("staff", area=plan.area), plan=plan, year=1999, as_of=date(2999, 1, 1))
    assert set(refused.value.errors) == {"year", "as_of"}


def test_the_command_dry_run_writes_nothing_and_explain_says_everything(carrier: Any) -> None:
    out = StringIO()
    call_command("compute_awards", plan=PLAN, year=YEAR, dry_run=True, stdout=out)
    assert "应予 2、不予 5、尚不能定 3" in out.getvalue()
    assert "另有 1 条规则尚不能定(文本未给出金额,或受益对象不是科创载体):JS-S11" in out.getvalue()
    assert not Award.objects.exists()
    out = StringIO()
    call_command("compute_awards", plan=PLAN, year=YEAR, explain=carrier.code, stdout=out)
    text = out.getvalue()
    for piece in (
        "III.2.b",
        "由区级按市级资助金额的1:1比例给予支持",
        "800,000 × 1 = 800,000 元",
        "测算 80 万元",
        "JS-D01",
        "JS-S11",
    ):
        assert piece in text


@pytest.mark.parametrize("options", [{"plan": "XX-1"}, {"plan": PLAN, "explain": "NOBODY"}])
def test_the_command_says_what_it_cannot_find(carrier: Any, options: dict[str, str]) -> None:
    with pytest.raises(CommandError) as error:
        call_command("compute_awards", **({"year": YEAR} | options))
    assert options.get("explain", options["plan"]) in str(error.value)


def test_a_carrier_of_another_district_is_not_computed(carrier: Any) -> None:
    other = CarrierFactory()
    run()
    assert not Award.objects.filter(carrier=other).exists()


def test_the_command_says_what_it_did_not_compute_and_why(plan: Plan) -> None:
    def said(year: int) -> str:
        out = StringIO()
        call_command("compute_awards", plan=PLAN, year=year, dry_run=True, stdout=out)
        return out.getvalue()

    assert f"{plan.area.name}没有载体" in said(YEAR)
    assert "没有可逐家测算的规则" not in said(YEAR)
    assert "JS-S11" in said(YEAR)
    assert "JS-S11" not in said(2010), "the rule is not in force in that year"
