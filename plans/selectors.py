"""Reads: plans, open questions, and what was decided about them as of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from incubators.models import Area, AreaGroup
from plans.decisions import Value, group_of, is_money, thaw, words
from plans.models import Clause, Decision, Discrepancy, OpenQuestion, Plan


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in force on a day, in its own type, with what a dossier quotes of it."""

    question_code: str
    question: str
    kind: str
    value: Value
    decided_on: date
    recorded_at: datetime
    document: str
    reason: str
    decided_by: str
    decision_id: int

    def as_json(self) -> dict[str, Any]:
        """For a dossier: the decision as it was known, everything as text."""
        return {
            "question": self.question_code,
            "question_text": self.question,
            "value": [*self.value] if isinstance(self.value, list) else str(self.value),
            "decided_on": self.decided_on.isoformat(),
            "document": self.document,
            "reason": self.reason,
            "decided_by": self.decided_by,
        }


def decided_many(codes: Iterable[str], on: date, *, known_at: datetime | None = None) -> dict[str, Decided]:
    """The decisions in force on ``on`` for the given questions, by code; undecided questions are absent. One query.

    A later decision supersedes earlier ones from its own day on; of one day, the last recorded counts. ``known_at``
    leaves out what was recorded after that moment.
    """
    rows = Decision.objects.filter(question__code__in=list(codes), decided_on__lte=on)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    found: dict[str, Decided] = {}
    for row in rows.select_related("question", "decided_by").order_by("decided_on", "recorded_at", "id"):
        found[row.question.code] = _decided(row)
    return found


def decided(question_code: str, on: date) -> Value | None:
    """The value in force on ``on`` (Decimal for a ratio or yuan, date, list of codes or lines, text), or None."""
    answer = decided_many([question_code], on).get(question_code)
    return answer.value if answer else None


def _decided(row: Decision) -> Decided:
    question = row.question
    return Decided(
        question_code=question.code,
        question=question.question,
        kind=question.value_kind,
        value=thaw(question.value_kind, row.value),
        decided_on=row.decided_on,
        recorded_at=row.recorded_at,
        document=row.document,
        reason=row.reason,
        decided_by=str(row.decided_by),
        decision_id=row.pk,
    )


# --- Plans ----------------------------------------------------------------------------------------------------------
def plans() -> QuerySet[Plan]:
    """All plans, with how many of their questions are open and how many there are. Plan texts are public."""
    undecided = ~Exists(Decision.objects.filter(question=OuterRef("questions")))
    return Plan.objects.select_related("area", "issuer").annotate(
        question_count=Count("questions", distinct=True),
        open_count=Count("questions", filter=Q(undecided), distinct=True),
    )


def plan_in_full(code: str) -> Plan | None:
    """A plan with its questions and their decisions, or None. What else its page shows is in its definition."""
    return plans().filter(code=code).prefetch_related(Prefetch("questions", queryset=questions())).first()


def with_parts(rows: QuerySet[Plan]) -> QuerySet[Plan]:
    """Plans with their clauses, discrepancies, questions and decisions (one query each)."""
    return rows.prefetch_related(
        Prefetch("clauses", queryset=Clause.objects.select_related("parent")),
        Prefetch("discrepancies", queryset=Discrepancy.objects.select_related("clause")),
        Prefetch("questions", queryset=questions()),
    )


# --- Questions ------------------------------------------------------------------------------------------------------
def questions() -> QuerySet[OpenQuestion]:
    """All open questions with their decisions, the one in force first."""
    newest = Decision.objects.select_related("decided_by").order_by("-decided_on", "-recorded_at", "-id")
    # Not the whole document once a question.
    rows = OpenQuestion.objects.select_related("plan", "plan__area", "clause").defer("plan__text", "plan__definition")
    return rows.prefetch_related(Prefetch("decisions", queryset=newest))


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision of a question, in words."""

    decision: Decision
    words: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with its answers, newest first, in the words of its page."""

    question: OpenQuestion
    group: str
    money: bool
    answers: Sequence[Answer]

    @property
    def current(self) -> Answer | None:
        return next((answer for answer in self.answers if answer.in_force), None)


def in_words(rows: Sequence[OpenQuestion], on: date) -> list[QuestionView]:
    """The questions with their decisions in words; two queries at most."""
    lists = {item for row in rows if row.value_kind == "list" for d in row.decisions.all() for item in d.value}
    names = dict(Area.objects.filter(code__in=lists).values_list("code", "name")) if lists else {}
    # Only lists and amounts depend on what uses the question.
    plans_asked = {row.plan_id for row in rows if row.value_kind in {"list", "amount"}}
    found = Plan.objects.filter(pk__in=plans_asked).values_list("pk", "definition") if plans_asked else ()
    definitions = dict(found)
    return [_in_words(row, definitions.get(row.plan_id, {}), names, on) for row in rows]


def _in_words(row: OpenQuestion, definition: dict[str, Any], names: dict[str, str], on: date) -> QuestionView:
    money = is_money(definition, row.used_by)
    answers: list[Answer] = []
    for decision in row.decisions.all():
        text = words(row.value_kind, thaw(row.value_kind, decision.value), names=names, money=money)
        in_force = decision.decided_on <= on and not any(answer.in_force for answer in answers)
        answers.append(Answer(decision, text, in_force))
    group = group_of(definition, row.used_by) if row.value_kind == OpenQuestion.ValueKind.LIST else ""
    return QuestionView(row, group, money, answers)


def group_candidates(group: AreaGroup) -> QuerySet[Area]:
    """Areas that can be members of a group: those within its parent, towns and parks first."""
    return Area.objects.within(group.parent).exclude(pk=group.parent_id).order_by("kind", "order", "name")
