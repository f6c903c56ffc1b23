"""Cycles: made, scored, published. Reading and computing first, writing in one short transaction at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.jobs import submit
from core.models import Job
from core.permits import NotPermitted, Refused
from core.trail import Actor, record, record_many
from evaluations import inputs, permits
from evaluations.assembly import Outcome, assemble
from evaluations.models import Cycle, ExpertScore, Frame, GradeRecord, Result, Scheme
from evaluations.schemefile.reading import fingerprint
from evaluations.schemefile.schema import SchemeFile
from incubators.models import Area, Carrier, Designation

Progress = Callable[[int, int, str], None]
JOB_KIND = "score_cycle"


def definition_of(scheme: Scheme) -> SchemeFile:
    """The scheme as its file says it."""
    return SchemeFile.model_validate(scheme.definition)


def create_cycle(*, code: str, name: str, scheme: Scheme, area: Area, year: int, actor: Actor) -> Cycle:
    """A new cycle in preparation. Raises :class:`Refused` when the code is taken or the year has not begun."""
    if year > timezone.localdate().year:
        raise Refused.at("year", f"{year}年尚未开始")
    try:
        with transaction.atomic():
            cycle = Cycle.objects.create(code=code, name=name, scheme=scheme, area=area, year=year)
            record(
                actor=actor, action="建立评价周期", target=cycle, after={"scheme": scheme, "area": area, "year": year}
            )
    except IntegrityError:
        raise Refused.at("code", f"代码“{code}”已被使用") from None
    return cycle


def assign_experts(
    *, cycle: Cycle, users: Iterable[Any], actor: Actor, carriers: Iterable[Carrier] | None = None
) -> int:
    """Give each expert the carriers to score (all participants, or those given): one empty row an expert, carrier and
    expert indicator. Again adds only what is new. Returns how many rows were added.

    Raises :class:`NotPermitted` for someone who is no expert or has another part in the evaluation, and once the cycle
    is public.
    """
    permits.may_change(cycle).require()
    experts = list(users)
    for user in experts:
        permits.may_be_expert(user).require()
    scheme = definition_of(cycle.scheme)
    chosen = None if carriers is None else {carrier.pk for carrier in carriers}
    candidates = [
        each
        for each in inputs.participants(cycle.area, inputs.Year(cycle.year), scheme.kinds)
        if chosen is None or each.key in chosen
    ]
    wanted = {
        (each.key, user.pk, item.code)
        for each in candidates
        for user in experts
        for item in scheme.expert_indicators
        if item.applies_to(each.kind)
    }
    with transaction.atomic():
        there = set(
            ExpertScore.objects.filter(cycle=cycle).values_list("carrier_id", "expert_id", "indicator").order_by()
        )
        rows = [
            ExpertScore(cycle=cycle, carrier_id=carrier, expert_id=expert, indicator=code)
            for carrier, expert, code in sorted(wanted - there)
        ]
        ExpertScore.objects.bulk_create(rows, batch_size=500)
        if rows:
            names = [str(user) for user in experts]
            record(actor=actor, action="分配专家评分", target=cycle, after={"experts": names, "rows": len(rows)})
    return len(rows)


def request_scoring(*, cycle: Cycle, user: Any) -> Job:
    """Queue the scoring of a cycle for ``user``. Raises :class:`NotPermitted` or :class:`Refused`."""
    permits.may_run(user, cycle.area).require()
    _check_open(cycle)
    actor = Actor.of(user)
    return submit(kind=JOB_KIND, title=f"评分:{cycle.name}", actor=actor, params={"code": cycle.code})


def _check_open(cycle: Cycle) -> None:
    permit = permits.may_change(cycle)
    if not permit:
        raise Refused(permit.reason)
    if timezone.localdate() < date(cycle.year, 12, 31):
        raise Refused(f"{cycle.year}年尚未结束,全年数据不完整,12月31日起方可评分")


def score_cycle(*, cycle: Cycle, actor: Actor, progress: Progress | None = None) -> dict[str, int]:
    """Score every participant of a cycle and keep every step. The same inputs write nothing.

    Returns ``carriers``, ``scored`` (with a total), ``missing`` (without), ``changed`` and ``removed`` (results of
    carriers that no longer take part). Raises :class:`Refused` when the year is not over or scores are public.
    """
    _check_open(cycle)
    scheme, year = definition_of(cycle.scheme), inputs.Year(cycle.year)
    candidates = inputs.participants(cycle.area, year, scheme.kinds)
    found = inputs.gather(scheme, candidates, cycle.area, year, progress)
    given = ExpertScore.objects.filter(cycle=cycle).order_by("pk").values_list("carrier_id", "indicator", "score")
    found |= inputs.expert_inputs(scheme.expert_indicators, candidates, given)
    outcomes = assemble(scheme, candidates, found)
    changed, removed = _store(cycle, outcomes, actor)
    scored = sum(outcome.score is not None for outcome in outcomes)
    return {
        "carriers": len(outcomes),
        "scored": scored,
        "missing": len(outcomes) - scored,
        "changed": changed,
        "removed": removed,
    }


def _store(cycle: Cycle, outcomes: list[Outcome], actor: Actor) -> tuple[int, int]:
    """Write the results that differ from those kept. Returns how many, and how many were removed."""
    fresh = [_result(cycle, outcome) for outcome in outcomes]
    with transaction.atomic():
        locked = Cycle.objects.select_for_update().get(pk=cycle.pk)
        _check_open(locked)
        kept = dict(Result.objects.filter(cycle=cycle).values_list("carrier_id", "fingerprint").order_by())
        rows = [row for row in fresh if kept.get(row.carrier_id) != row.fingerprint]
        gone = set(kept) - {row.carrier_id for row in fresh}
        if not rows and not gone and locked.scored_at is not None:
            return 0, 0
        Result.objects.filter(cycle=cycle, carrier__in=gone).delete()
        Result.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["cycle", "carrier"],
            update_fields=["score", "rank", "grade", "missing", "steps", "fingerprint", "computed_at"],
        )
        locked.state, locked.scored_at = Cycle.State.SCORED, timezone.now()
        locked.save(update_fields=["state", "scored_at"])
        numbers = {"carriers": len(fresh), "changed": len(rows), "removed": len(gone)}
        record(actor=actor, action="评分", target=locked, after=numbers)
    cycle.state, cycle.scored_at = locked.state, locked.scored_at
    return len(rows), len(gone)


def _result(cycle: Cycle, outcome: Outcome) -> Result:
    score = None if outcome.score is None else f"{outcome.score:f}"
    stamp = fingerprint([cycle.scheme.fingerprint, score, outcome.rank, outcome.grade, outcome.missing, outcome.steps])
    return Result(
        cycle=cycle,
        carrier_id=outcome.key,
        score=outcome.score,
        rank=outcome.rank,
        grade=outcome.grade,
        missing=outcome.missing,
        steps=outcome.steps,
        fingerprint=stamp,
        computed_at=timezone.now(),
    )


def record_grade(
    *, user: Any, carrier: Carrier, frame: Frame, year: int, grade: str, published_on: date, document: str
) -> GradeRecord:
    """Record a grade that a document published. Raises :class:`NotPermitted`, and :class:`Refused` for a grade the
    frame does not know, a date before the year's end, or a second grade for the same carrier, frame and year."""
    permits.may_record_grade(user, carrier).require()
    if grade not in grades_of(frame):
        raise Refused.at("frame_grade", f"“{frame.name}”没有这个等次")
    if published_on > timezone.localdate():
        raise Refused.at("published_on", "公布日期不能晚于今天")
    if published_on.year < year:
        raise Refused.at("published_on", f"公布日期早于评价年度{year}年")
    if not document.strip():
        raise Refused.at("document", "请写明公布结果的文件")
    if GradeRecord.objects.filter(carrier=carrier, frame=frame, year=year).exists():
        raise Refused.at("carrier", f"“{carrier}”{year}年在此评价中已有等次")
    with transaction.atomic():
        row = GradeRecord.objects.create(
            carrier=carrier,
            frame=frame,
            year=year,
            grade=grade,
            title_code=_titles_held(frame, [carrier.pk], year).get(carrier.pk, ""),
            published_on=published_on,
            document=document.strip(),
            recorded_by=user,
        )
        after = {"frame": frame, "year": year, "grade": grade, "document": row.document}
        record(actor=Actor.of(user), action="登记等次", target=row, after=after)
    return row


def publish_grades(*, user: Any, cycle: Cycle, frame: Frame, published_on: date, document: str) -> int:
    """Take the cycle's grades over into the official record of ``frame`` and close the cycle. Returns how many.

    Only grades that the scheme links to one of the frame's (``frame_grade``) are recorded. Refuses demonstration
    schemes, whose grades are nobody's policy.
    """
    permits.may_run(user, cycle.area).require()
    permit = permits.may_publish(cycle, frame)
    if not permit:
        raise Refused(permit.reason)
    if not document.strip():
        raise Refused.at("document", "请写明公布结果的文件")
    known = grades_of(frame)
    official = {
        grade.name: grade.frame_grade for grade in definition_of(cycle.scheme).grades.set if grade.frame_grade in known
    }
    if not official:
        raise Refused.at("frame", f"方案的等次没有对应“{frame.name}”的等次,请在方案文件中写明 frame_grade")
    results = [row for row in cycle.results.select_related("carrier").order_by("pk") if row.grade in official]
    titles = _titles_held(frame, [row.carrier_id for row in results], cycle.year)
    rows = [
        GradeRecord(
            carrier=row.carrier,
            frame=frame,
            year=cycle.year,
            grade=official[row.grade] or "",
            title_code=titles.get(row.carrier_id, ""),
            published_on=published_on,
            document=document.strip(),
            recorded_by=user,
        )
        for row in results
    ]
    try:
        with transaction.atomic():
            locked = Cycle.objects.select_for_update().get(pk=cycle.pk)
            if locked.state == Cycle.State.PUBLISHED:
                raise Refused("本次评价已公布")
            GradeRecord.objects.bulk_create(rows, batch_size=500)
            locked.state = Cycle.State.PUBLISHED
            locked.save(update_fields=["state"])
            record(actor=Actor.of(user), action="公布等次", target=locked, after={"frame": frame, "grades": len(rows)})
            lines = ((row.pk, str(row.carrier), {}, {"grade": row.grade, "document": row.document}) for row in rows)
            record_many(actor=Actor.of(user), action="登记等次", model=GradeRecord, rows=lines)
    except IntegrityError:
        raise Refused("其中有载体当年在此评价中已有等次,请先核对等次登记") from None
    return len(rows)


def grades_of(frame: Frame) -> list[str]:
    """Codes of the grades a frame knows, the best first."""
    return [row["grade"] for row in frame.definition.get("grades") or ()]


def _titles_held(frame: Frame, carriers: list[int], year: int) -> dict[int, str]:
    """Carrier to the assessed title it held at the year's end: awards ask with which title a grade was earned."""
    rows = (
        Designation.objects.valid_on(date(year, 12, 31))
        .filter(carrier__in=carriers, title__code__in=frame.definition.get("assessed") or ())
        .order_by("awarded_on", "pk")
        .values_list("carrier_id", "title__code")
    )
    return dict(rows)


__all__ = [
    "NotPermitted",
    "assign_experts",
    "create_cycle",
    "definition_of",
    "grades_of",
    "publish_grades",
    "record_grade",
    "request_scoring",
    "score_cycle",
]
