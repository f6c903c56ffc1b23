"""Cycles made, scored and published: the catalogue's figures, idempotence, what is refused and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.models import Change
from core.permits import NotPermitted, Refused
from core.trail import COMMAND_LINE, Actor
from evaluations import services
from evaluations.models import Cycle, ExpertScore, GradeRecord, Result, Scheme
from evaluations.scheme_loading import default_files, load_schemes
from incubators.models import Carrier
from tests.evaluations.factories import (
    EXPERT,
    YEAR,
    GradeRecordFactory,
    carrier_with,
    incubatees,
    make_cycle,
    make_experts,
    make_frame,
    make_scheme,
)
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    MonthlyReportFactory,
    ResidencyFactory,
    TownFactory,
    add_membership,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return AreaFactory()


def score(cycle: Cycle) -> dict[str, int]:
    return services.score_cycle(cycle=cycle, actor=COMMAND_LINE)


def result_of(cycle: Cycle, carrier: Carrier) -> Result:
    return Result.objects.get(cycle=cycle, carrier=carrier)


def step(result: Result, code: str) -> dict[str, Any]:
    return next(each for each in result.steps if each.get("code") == code)


def test_scores_ranks_and_grades_come_from_the_catalogue(area):
    best, worst = carrier_with(area, 17), carrier_with(area, 3)
    cycle = make_cycle(area)
    assert score(cycle) == {"carriers": 2, "scored": 2, "missing": 0, "changed": 2, "removed": 0}
    first, second = result_of(cycle, best), result_of(cycle, worst)
    assert (first.score, first.rank, first.grade) == (Decimal("85.000"), 1, "优秀")
    assert (second.score, second.rank, second.grade) == (Decimal("15.000"), 2, "不合格")
    found = step(first, "incubatees")
    assert found["figure"]["text"] == "17家"
    assert found["figure"]["on"] == "2025-12-31"
    assert found["arithmetic"] == "17家 × 5分 = 85"
    cycle.refresh_from_db()
    assert cycle.state == Cycle.State.SCORED
    assert cycle.scored_at is not None


def test_none_in_the_register_is_a_known_zero(area):
    empty = CarrierFactory(area=area)
    cycle = make_cycle(area)
    score(cycle)
    assert result_of(cycle, empty).score == Decimal("0.000")


def test_an_unreported_figure_is_missing_not_zero(area):
    silent, heard = CarrierFactory(area=area), CarrierFactory(area=area)
    MonthlyReportFactory(carrier=heard, month=date(YEAR, 12, 1), events=3)
    events = {
        "code": "events",
        "name": "活动",
        "weight": 100,
        "figure": {"indicator": "events_n"},
        "method": {"kind": "proportional", "target": 6},
    }
    cycle = make_cycle(area, [events])
    assert score(cycle)["missing"] == 1
    assert result_of(cycle, heard).score == Decimal("50.000")
    assert step(result_of(cycle, heard), "events")["figure"]["note"] == "1个月有审核通过的月报"
    assert result_of(cycle, silent).score is None
    assert result_of(cycle, silent).missing == ["活动:没有审核通过的月报数据"]
    events["figure"] = {"indicator": "events_n", "months_at_least": 2}
    strict = make_cycle(area, [events], code="strict")
    score(strict)
    assert result_of(strict, heard).missing == ["活动:全年只有1个月有审核通过的月报,不足2个月"]


def test_a_yearly_flow_takes_the_calendar_year(area):
    carrier = CarrierFactory(area=area)
    for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)):
        ResidencyFactory(carrier=carrier, entered_on=day)
    cycle = make_cycle(area, [incubatees(100, figure={"indicator": "n_incubatee_new"})])
    score(cycle)
    found = step(result_of(cycle, carrier), "incubatees")["figure"]
    assert (found["text"], found["start"], found["end"]) == ("2家", "2025-01-01", "2025-12-31")


def test_ratios_show_their_terms(area):
    carrier = CarrierFactory(area=area)
    ResidencyFactory(carrier=carrier, mentored=True)
    ResidencyFactory.create_batch(2, carrier=carrier)
    mentored = incubatees(100, figure={"indicator": "mentored_ratio"}, method={"kind": "proportional", "target": 1})
    cycle = make_cycle(area, [mentored])
    score(cycle)
    found = result_of(cycle, carrier)
    assert step(found, "incubatees")["figure"]["terms"] == "1家 ÷ 3家"
    assert found.score == Decimal("33.333")


def test_who_takes_part(area):
    """Carriers credited to the area (an enclave to its founder) that operate on 31 December."""
    inside = CarrierFactory(area=TownFactory(parent=area))
    enclave = CarrierFactory(area=AreaFactory(), owner_area=area, kind=Carrier.Kind.ENCLAVE)
    CarrierFactory(area=area, owner_area=AreaFactory())
    CarrierFactory(area=area, opened_on=date(2026, 1, 1))
    CarrierFactory(area=area, closed_on=date(2025, 12, 31))
    cycle = make_cycle(area)
    score(cycle)
    assert set(cycle.results.values_list("carrier", flat=True)) == {inside.pk, enclave.pk}


def test_maker_spaces_may_take_another_figure(area):
    space = CarrierFactory(area=area, kind=Carrier.Kind.MAKER_SPACE)
    MonthlyReportFactory(carrier=space, month=date(YEAR, 12, 1), seats_total=100, seats_used=60)
    occupancy = incubatees(
        100,
        figure={"indicator": "occupancy_rate"},
        figure_for={"maker_space": {"indicator": "seat_occupancy_rate"}},
        method={"kind": "proportional", "target": 1},
    )
    cycle = make_cycle(area, [occupancy])
    score(cycle)
    assert result_of(cycle, space).score == Decimal("60.000")


def test_again_writes_nothing(area):
    carrier = carrier_with(area, 2)
    cycle = make_cycle(area)
    score(cycle)
    kept = result_of(cycle, carrier)
    lines, scored_at = Change.objects.count(), Cycle.objects.get().scored_at
    assert score(cycle) == {"carriers": 1, "scored": 1, "missing": 0, "changed": 0, "removed": 0}
    again = result_of(cycle, carrier)
    assert (again.computed_at, again.fingerprint) == (kept.computed_at, kept.fingerprint)
    assert (Change.objects.count(), Cycle.objects.get().scored_at) == (lines, scored_at)


def test_only_what_changed_is_written(area):
    one, other = carrier_with(area, 2), carrier_with(area, 1)
    cycle = make_cycle(area)
    score(cycle)
    before = result_of(cycle, one).fingerprint
    ResidencyFactory(carrier=other, entered_on=date(2025, 6, 1))
    # Now both have two and share the first rank; the other's result changes, the first one's does not.
    assert score(cycle)["changed"] == 1
    assert result_of(cycle, one).fingerprint == before
    assert result_of(cycle, other).rank == 1
    Carrier.objects.filter(pk=other.pk).update(closed_on=date(2025, 7, 1))
    assert score(cycle)["removed"] == 1


def test_the_number_of_queries_does_not_grow(area, django_assert_max_num_queries):
    (path,) = default_files()
    load_schemes(paths=[path], actor=COMMAND_LINE)
    cycle = services.create_cycle(
        code="demo", name="演示", scheme=Scheme.objects.get(), area=area, year=YEAR, actor=COMMAND_LINE
    )
    experts = make_experts(1, area)
    counts = []
    for size in (2, 6):
        for _ in range(size):
            carrier = carrier_with(area, 1)
            MonthlyReportFactory(carrier=carrier, month=date(YEAR, 12, 1), events=2)
        services.assign_experts(cycle=cycle, users=experts, actor=COMMAND_LINE)
        with django_assert_max_num_queries(70) as captured:
            score(cycle)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_year_that_is_not_over_is_not_scored(area):
    cycle = make_cycle(area)
    Cycle.objects.filter(pk=cycle.pk).update(year=timezone.localdate().year + 1)
    with pytest.raises(Refused, match="尚未结束"):
        score(Cycle.objects.get())
    with pytest.raises(Refused, match="尚未开始"):
        services.create_cycle(
            code="x", name="x", scheme=cycle.scheme, area=area, year=timezone.localdate().year + 1, actor=COMMAND_LINE
        )


def test_a_code_is_used_once(area):
    cycle = make_cycle(area)
    with pytest.raises(Refused, match="已被使用"):
        services.create_cycle(code=cycle.code, name="又", scheme=cycle.scheme, area=area, year=YEAR, actor=COMMAND_LINE)


def test_experts_score_before_there_is_a_total(area):
    carrier = carrier_with(area, 12)
    cycle = make_cycle(area, [incubatees(60), EXPERT])
    score(cycle)
    assert result_of(cycle, carrier).missing == ["创新服务:未安排评审专家"]
    experts = make_experts(5, area)
    assert services.assign_experts(cycle=cycle, users=experts, actor=COMMAND_LINE) == 5
    assert services.assign_experts(cycle=cycle, users=experts, actor=COMMAND_LINE) == 0
    score(cycle)
    assert result_of(cycle, carrier).missing == ["创新服务:专家评分未完成(0/5)"]
    for row, given in zip(ExpertScore.objects.order_by("pk"), (10, 70, 80, 90, 100), strict=True):
        row.score = given
        row.save()
    score(cycle)
    found = result_of(cycle, carrier)
    # 60 + 40 × (70 + 80 + 90) ÷ 3 ÷ 100
    assert found.score == Decimal("92.000")
    assert "去掉一个最高分和一个最低分后 240 ÷ 3 = 80分" in step(found, "innovation")["figure"]["terms"]


def test_an_expert_has_no_other_part_in_the_evaluation(area):
    cycle = make_cycle(area, [incubatees(60), EXPERT])
    (expert,) = make_experts(1, area)
    add_membership(expert, "operator", organisation=CarrierFactory(area=area).operator)
    for user in (expert, make_user("staff", area=area)):
        with pytest.raises(NotPermitted):
            services.assign_experts(cycle=cycle, users=[user], actor=COMMAND_LINE)
    assert not ExpertScore.objects.exists()


def test_scoring_is_asked_for_by_staff_of_the_area(area):
    cycle = make_cycle(area)
    for user in (make_user("staff"), make_user("leader", area=area), make_user("auditor", area=area)):
        with pytest.raises(NotPermitted):
            services.request_scoring(cycle=cycle, user=user)


def test_grades_of_a_demonstration_scheme_are_never_official(area):
    carrier_with(area, 20)
    cycle = make_cycle(area)
    score(cycle)
    with pytest.raises(Refused, match="演示方案,不是政策"):
        services.publish_grades(
            user=make_user("staff", area=area),
            cycle=cycle,
            frame=make_frame(area),
            published_on=date(2026, 6, 1),
            document="文件",
        )
    assert not GradeRecord.objects.exists()


def real_grades() -> dict[str, Any]:
    return {
        "by": "score",
        "set": [
            {"code": "excellent", "name": "优秀", "rank": 1, "at_least": 80, "frame_grade": "grade_excellent"},
            {"code": "rest", "name": "其他", "rank": 2},
        ],
    }


def test_publishing_records_linked_grades_and_closes_the_cycle(area):
    best = carrier_with(area, 20)
    carrier_with(area, 1)
    DesignationFactory(carrier=best)
    cycle = make_cycle(area, demonstration=False, grades=real_grades())
    score(cycle)
    staff, frame = make_user("staff", area=area), make_frame(area)
    values = {"cycle": cycle, "frame": frame, "published_on": date(2026, 6, 1), "document": "测试文件1号"}
    with pytest.raises(NotPermitted):
        services.publish_grades(user=make_user("staff"), **values)
    assert services.publish_grades(user=staff, **values) == 1
    record = GradeRecord.objects.get()
    assert (record.carrier, record.grade, record.title_code) == (best, "grade_excellent", "incubator_municipal")
    assert (record.recorded_by, record.is_synthetic) == (staff, False)
    with pytest.raises(Refused, match="不能再改"):
        score(Cycle.objects.get())


def test_recording_an_official_grade(area):
    staff, carrier, frame = make_user("staff", area=area), CarrierFactory(area=area), make_frame(area)
    values = {
        "user": staff,
        "carrier": carrier,
        "frame": frame,
        "year": YEAR,
        "grade": "grade_good",
        "published_on": date(2026, 6, 20),
        "document": " 测试文件1号 ",
    }
    for change, words in (
        ({"grade": "grade_none"}, "没有这个等次"),
        ({"document": "  "}, "请写明公布结果的文件"),
        ({"published_on": date(2024, 6, 20)}, "早于评价年度"),
        ({"published_on": date(2999, 1, 1)}, "不能晚于今天"),
    ):
        with pytest.raises(Refused, match=words):
            services.record_grade(**{**values, **change})
    with pytest.raises(NotPermitted):
        services.record_grade(**{**values, "user": make_user("staff")})
    row = services.record_grade(**values)
    assert row.document == "测试文件1号"
    assert Change.objects.filter(action="登记等次", actor_id=staff.pk).count() == 1
    with pytest.raises(Refused, match="已有等次"):
        services.record_grade(**values)


def test_publishing_over_a_recorded_grade_is_refused_whole(area):
    carrier = carrier_with(area, 20)
    cycle, frame = make_cycle(area, demonstration=False, grades=real_grades()), make_frame(area)
    score(cycle)
    GradeRecordFactory(carrier=carrier, frame=frame)
    with pytest.raises(Refused, match="已有等次"):
        services.publish_grades(
            user=make_user("staff", area=area),
            cycle=cycle,
            frame=frame,
            published_on=date(2026, 6, 1),
            document="文件",
        )
    assert Cycle.objects.get().state == Cycle.State.SCORED


def test_schemes_load_once_and_a_used_version_is_kept(area, tmp_path):
    (path,) = default_files()
    actor = Actor(None, "测试")
    assert [each.outcome for each in load_schemes(paths=[path], actor=actor)] == ["added"]
    assert [each.outcome for each in load_schemes(paths=[path], actor=actor)] == ["same"]
    changed = tmp_path / "demonstration.yaml"
    changed.write_text(path.read_text(encoding="utf-8").replace("target: 24", "target: 30"), encoding="utf-8")
    assert [each.outcome for each in load_schemes(paths=[changed], actor=actor)] == ["changed"]
    services.create_cycle(code="c", name="c", scheme=Scheme.objects.get(), area=area, year=YEAR, actor=actor)
    with pytest.raises(Refused, match="version 改为 2"):
        load_schemes(paths=[path], actor=actor)


def test_commands_say_what_they_did(area, capsys, tmp_path):
    carrier_with(area, 3)
    make_cycle(area)
    call_command("load_schemes")
    assert "演示方案)(第1版):新载入" in capsys.readouterr().out
    call_command("score_cycle", "test-2025")
    assert "参评1家,给出总分1家,缺数据0家;写入1条" in capsys.readouterr().out
    with pytest.raises(CommandError, match="现有:test-2025"):
        call_command("score_cycle", "nothing")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("code: x\n", encoding="utf-8")
    with pytest.raises(CommandError, match="没有载入任何方案"):
        call_command("load_schemes", str(wrong))
    assert "wrong.yaml 第1行 version:缺少必填项“version”" in capsys.readouterr().err
    assert make_scheme(code="other").version == 1
