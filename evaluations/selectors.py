"""Reading evaluations: always what the person may see, one query a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from evaluations.models import Cycle, ExpertScore, Frame, GradeRecord, Result
from evaluations.schemefile.schema import SchemeFile
from incubators.indicators import catalogue, figures
from incubators.scope import Scope
from plans.models import Plan

TONES = ("success", "info", "neutral", "neutral")


def cycles_with_counts(user: Any) -> QuerySet[Cycle]:
    """Cycles the person may see, with how many results of theirs there are (``carriers``) and how many have a total
    (``scored``)."""
    own = Result.objects.visible_to(user).filter(cycle=OuterRef("pk")).order_by().values("cycle")
    return Cycle.objects.visible_to(user).annotate(
        carriers=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0),
        scored=Coalesce(Subquery(own.annotate(n=Count("score")).values("n")), 0),
    )


def results_of(user: Any, cycle: Cycle) -> QuerySet[Result]:
    """The cycle's results that the person may see; an operator's own only."""
    return Result.objects.visible_to(user).filter(cycle=cycle).select_related("carrier__owner_area")


def summary(rows: QuerySet[Result]) -> dict[str, Any]:
    """Counts over visible results: ``carriers``, ``scored``, ``missing``, ``best`` and ``grades`` (name to count)."""
    plain = rows.select_related(None).order_by()
    numbers = plain.aggregate(carriers=Count("pk"), scored=Count("score"), best=Max("score"))
    grades = dict(plain.exclude(grade="").values_list("grade").annotate(n=Count("pk")))
    return {**numbers, "missing": numbers["carriers"] - numbers["scored"], "grades": grades}


def grade_tones(scheme: SchemeFile) -> dict[str, str]:
    """Name of a grade to the tone of its badge: the last one stands out, the words say which is which."""
    grades = scheme.grades.set
    tones = {grade.name: TONES[min(place, len(TONES) - 1)] for place, grade in enumerate(grades)}
    tones[grades[-1].name] = "danger"
    return tones


def with_dimensions(batch: list[Result], scheme: SchemeFile) -> list[Result]:
    """Results with ``dimensions``: (code, points) of each dimension in the scheme's order (None: not known)."""
    tones = grade_tones(scheme)
    for row in batch:
        earned = {step["code"]: step.get("points") for step in row.steps if step["part"] == "dimension"}
        shown: Any = row
        shown.dimensions = [(each.code, earned.get(each.code)) for each in scheme.dimensions]
        shown.grade_tone = tones.get(row.grade, "neutral")
    return batch


# --- Experts ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Assignment:
    """One carrier that an expert is to score in a cycle."""

    cycle: Cycle
    carrier: Any
    total: int
    done: int

    @property
    def complete(self) -> bool:
        return self.total == self.done


def own_scores(user: Any) -> QuerySet[ExpertScore]:
    """The expert's own rows: the only door to expert scores."""
    return ExpertScore.objects.filter(expert=user).select_related("cycle__scheme", "carrier__owner_area")


def assignments(user: Any) -> list[Assignment]:
    """What the expert has to score, the unfinished first."""
    rows: dict[tuple[int, int], list[ExpertScore]] = {}
    for row in own_scores(user).order_by("-cycle__year", "carrier__code", "indicator"):
        rows.setdefault((row.cycle_id, row.carrier_id), []).append(row)
    found = [
        Assignment(group[0].cycle, group[0].carrier, len(group), sum(row.score is not None for row in group))
        for group in rows.values()
    ]
    return sorted(found, key=lambda each: each.complete)


@dataclass(frozen=True, slots=True)
class ExpertProgress:
    """How far an expert is, in carriers."""

    username: str
    name: str
    total: int
    done: int

    @property
    def left(self) -> int:
        return self.total - self.done


def expert_progress(cycle: Cycle) -> list[ExpertProgress]:
    """For organisers: of how many carriers each expert has scored every item. No scores. One query.

    Once scored, only carriers with a result count: those that no longer take part need no score.
    """
    rows = ExpertScore.objects.filter(cycle=cycle).order_by("expert__display_name", "expert")
    if cycle.scored_at is not None:
        rows = rows.filter(carrier__in=Result.objects.filter(cycle=cycle).values("carrier"))
    rows = rows.values_list("expert__username", "expert__display_name")
    found = rows.annotate(
        total=Count("carrier", distinct=True),
        undone=Count("carrier", filter=Q(score__isnull=True), distinct=True),
    )
    return [
        ExpertProgress(username, name or username, total, total - undone) for username, name, total, undone in found
    ]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure of the catalogue month by month (None: not known)."""

    name: str
    unit: str
    definition: str
    values: list[Any]


def evidence(codes: Sequence[str], carrier: Any, year: int) -> list[Evidence]:
    """The months of ``year`` of each figure for one carrier."""
    found = []
    for code in codes:
        indicator = catalogue.get(code)
        months = figures.compute(code, start=date(year, 1, 1), end=date(year, 12, 31), by="month", carrier=carrier.code)
        found.append(Evidence(indicator.name, indicator.unit, indicator.definition, [month.value for month in months]))
    return found


# --- Grades given by others ------------------------------------------------------------------------------------------
def grade_records(user: Any) -> QuerySet[GradeRecord]:
    rows = GradeRecord.objects.visible_to(user)
    rows = rows.select_related("carrier__owner_area", "frame__plan", "frame__clause", "recorded_by")
    return rows.defer("frame__plan__text", "frame__plan__definition")


def frames_with_grades(user: Any) -> list[Frame]:
    """Frames whose grades can be recorded, of plans that concern the person's areas."""
    paths = Scope.of(user).area_paths
    rows = Frame.objects.select_related("plan__area").defer("plan__text", "plan__definition").order_by("plan", "code")
    return [
        frame
        for frame in rows
        if frame.definition.get("grades")
        and any(path.startswith(frame.plan.area.path) or frame.plan.area.path.startswith(path) for path in paths)
    ]


def grade_names(frames: Iterable[Frame]) -> dict[tuple[int, str], str]:
    """(frame, code of a grade) to the word the plan uses for it. One query."""
    frames = list(frames)
    words: dict[int, dict[str, str]] = {}
    plans = {frame.plan_id for frame in frames}
    for plan, terms in Plan.objects.filter(pk__in=plans).values_list("pk", "definition__terms"):
        words[plan] = {term["code"]: term["name"] for term in terms or () if term.get("category") == "grade"}
    return {
        (frame.pk, row["grade"]): words.get(frame.plan_id, {}).get(row["grade"], row["grade"])
        for frame in frames
        for row in frame.definition.get("grades") or ()
    }


def with_grade_names(batch: list[GradeRecord]) -> list[GradeRecord]:
    """Records with ``grade_name``, the plan's word."""
    names = grade_names({row.frame for row in batch})
    for row in batch:
        shown: Any = row
        shown.grade_name = names.get((row.frame_id, row.grade), row.grade)
    return batch
