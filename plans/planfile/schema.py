"""A plan file as a whole. ``docs/plan-files.md`` explains each part with examples."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import PrivateAttr

from plans.planfile.base import Model, Words
from plans.planfile.schema_rules import Decision, EvaluationFrame, ReportingDuty, SubsidyRule, Support
from plans.planfile.schema_targets import Baseline, Table, Target, Task
from plans.planfile.schema_terms import Level, Qualification, Term, Title
from plans.planfile.schema_text import (
    Area,
    AreaGroup,
    Clause,
    Definition,
    Discrepancy,
    Industry,
    NamedEntity,
    Organisation,
    PlanHead,
)


class PlanFile(Model):
    """Everything one policy text says, with the place where it says it."""

    format: Literal[1]
    """格式版本"""
    plan: PlanHead
    clauses: list[Clause]
    areas: list[Area] = []
    area_groups: list[AreaGroup] = []
    organisations: list[Organisation] = []
    levels: list[Level] = []
    titles: list[Title] = []
    qualifications: list[Qualification] = []
    terms: list[Term] = []
    definitions: list[Definition] = []
    industries: list[Industry] = []
    named_entities: list[NamedEntity] = []
    targets: list[Target] = []
    tables: list[Table] = []
    subsidy_rules: list[SubsidyRule] = []
    decisions: list[Decision] = []
    supports: list[Support] = []
    evaluation_frames: list[EvaluationFrame] = []
    evaluation_note: Words | None = None
    organisations_note: Words | None = None
    reporting_duties: list[ReportingDuty] = []
    tasks: list[Task] = []
    baselines: list[Baseline] = []
    discrepancies: list[Discrepancy] = []
    _lines: tuple[str, ...] = PrivateAttr(default=())

    def with_text(self, lines: Sequence[str]) -> Self:
        """The same plan, knowing the lines of its text."""
        self._lines = tuple(lines)
        return self

    @property
    def text_lines(self) -> tuple[str, ...]:
        """Lines of the text; line 1 is the first."""
        return self._lines

    def clause_text(self, clause_id: str) -> str:
        """The words of a clause, those of its sub-clauses included. Raises KeyError if unknown."""
        for clause in self.clauses:
            if clause.id == clause_id:
                first, last = clause.lines
                return "\n".join(self._lines[first - 1 : last])
        raise KeyError(clause_id)
