"""The words of entitlement: a rule as the engine reads it, the facts it may look at, and what it finds.

Facts are a closed list. Everything here is plain and serialises without loss (decimals and dates as text), so that an
award can keep what it was computed from and be computed again years later.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def yuan_words(amount: Decimal) -> str:
    """``800,000`` for 800000.00: cents only where there are some."""
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f}" if whole else f"{amount:,.2f}"


class Verdict(StrEnum):
    PAYABLE = "payable"
    NOT_PAYABLE = "not_payable"
    UNDECIDED = "undecided"
    NOT_IN_FORCE = "not_in_force"


class TitleFact(Frozen):
    """A designation of the carrier."""

    id: int
    title: str
    name: str
    awarded_on: date
    document: str = ""
    ended_on: date | None = None
    end_reason: str = ""


class GradeFact(Frozen):
    """A grade the carrier received, as recorded, with the title it was evaluated under (may be unknown)."""

    id: int
    frame: str
    year: int
    grade: str
    title: str = ""
    published_on: date
    document: str = ""


class GrantFact(Frozen):
    """What another payer approved for the carrier and year; yuan."""

    id: int
    kind: str
    year: int
    approved: Decimal
    approved_on: date
    received: Decimal | None = None
    received_on: date | None = None
    document: str = ""


class PriorFact(Frozen):
    """An award of the same rule in another year that is no longer a mere proposal."""

    id: int
    rule: str
    year: int
    state: str


class DecisionFact(Frozen):
    """A question the text leaves open for a rule, and what a named person decided about it, if anything.

    ``role`` says what the answer does in computing (empty: nothing, a person reads it); ``blocking`` that no amount may
    be said before it; ``meanwhile`` what is assumed until then.
    """

    code: str
    role: str = ""
    question: str
    blocking: bool = False
    meanwhile: str = ""
    value: Any = None
    decided_by: str = ""
    decided_on: date | None = None
    document: str = ""


class CarrierFacts(Frozen):
    """Everything the engine may know of one carrier: a closed list.

    ``area`` is the one it is credited to; ``located_*`` differs from it for an enclave and is empty where it is the same.
    """

    id: int
    code: str
    name: str
    kind: str
    area: str
    area_path: str
    located_in: str = ""
    located_path: str = ""
    opened_on: date
    closed_on: date | None = None
    titles: tuple[TitleFact, ...] = ()
    grades: tuple[GradeFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    prior: tuple[PriorFact, ...] = ()


class RuleTerms(Frozen):
    """A rule as the engine reads it; made from the plan file's definition, never edited.

    ``titles`` may also name a carrier kind, or ``carrier`` for all of them; of ``titles_open`` the text does not say
    whether the rule speaks of them too. ``base_ceilings``: by grade, the most that the text lets the matched payer give.
    """

    code: str
    name: str
    beneficiary: str
    event: str
    titles: tuple[str, ...] = ()
    titles_open: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    frame: str = ""
    area_path: str
    form: str
    yuan: Decimal | None = None
    ratio: Decimal | None = None
    ratio_words: str = ""
    basis: str = ""
    base_ceilings: dict[str, Decimal] = {}
    payers: tuple[str, ...] = ()
    payers_stated: bool = False
    discretionary: bool = False
    one_off: bool = False
    effective_from: date | None = None
    effective_to: date | None = None
    issued_on: date | None = None
    title_words: dict[str, str] = {}
    grade_words: dict[str, str] = {}
    decisions: tuple[DecisionFact, ...] = ()

    def decision(self, role: str) -> DecisionFact | None:
        """The question of this rule that plays ``role``, decided or not."""
        return next((d for d in self.decisions if d.role == role), None)


class Condition(Frozen):
    """One condition of a rule: in words, what was seen, and whether it holds (``None``: cannot be said)."""

    text: str
    seen: str
    holds: bool | None


class Step(Frozen):
    """One line of arithmetic; ``value`` in yuan, ``None`` where a number is still missing."""

    label: str
    expression: str
    value: Decimal | None = None


class Share(Frozen):
    """One payer's part; a ceiling (最高) is never an amount. Yuan."""

    payer: str
    payer_stated: bool
    ceiling: Decimal | None = None
    proposed: Decimal | None = None


class Missing(Frozen):
    """What is missing before anything can be said: ``decision`` names the open question that would settle it, ``record``
    the kind of record that somebody has to enter (``grade`` or ``grant``)."""

    what: str
    decision: str = ""
    record: str = ""


class Finding(Frozen):
    """What a rule says of a carrier for a year, with everything needed to follow it by hand."""

    verdict: Verdict
    reason: str
    conditions: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()
    shares: tuple[Share, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


def narrow(rule: RuleTerms, facts: CarrierFacts, year: int) -> CarrierFacts:
    """Only the facts that ``rule`` looks at, so that an unrelated record never changes an award's fingerprint."""
    graded = rule.event == "annual_grade"
    named = {*rule.titles, *rule.titles_open}
    grades = tuple(g for g in facts.grades if graded and g.frame == rule.frame and g.year == year)
    # An evaluation may have been under any title held until its result came out, so all of those count there.
    until = max([date(year, 12, 31), *(g.published_on for g in grades)])
    return facts.model_copy(
        update={
            "titles": tuple(t for t in facts.titles if t.title in named or (graded and t.awarded_on <= until)),
            "grades": grades,
            "grants": tuple(g for g in facts.grants if rule.basis and g.kind == rule.basis and g.year == year),
            "prior": tuple(p for p in facts.prior if rule.one_off and p.rule == rule.code and p.year != year),
        }
    )
