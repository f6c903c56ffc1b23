"""Gathering the facts of all carriers of a plan's area at once: a fixed number of queries, however many carriers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from core.trail import plain
from evaluations.models import Frame, GradeRecord
from incubators.models import Area, Carrier, Designation, Title
from plans.models import Plan
from plans.selectors import Decided, decided_many
from subsidies.models import Award, PayerGrant, Rule
from subsidies.terms import CarrierFacts, DecisionFact, GradeFact, GrantFact, PriorFact, RuleTerms, TitleFact


def terms_of(plan: Plan, *, as_of: date) -> list[tuple[Rule, RuleTerms]]:
    """The plan's rules as the engine reads them, with what was decided by ``as_of``. Five queries."""
    rules = list(Rule.objects.filter(plan=plan).select_related("clause"))
    decisions = decision_facts(plan, as_of=as_of)
    areas = _area_paths(plan, rules)
    titles = dict(Title.objects.values_list("code", "name"))
    titles |= {t["code"]: t.get("name", "") for t in plan.definition.get("titles", []) if t["code"] not in titles}
    grades = _grade_words(plan)
    matched = {rule.code: rule for rule in rules}
    return [(rule, _terms(plan, rule, decisions, areas, titles, grades, _ceilings(rule, matched))) for rule in rules]


def _ceilings(rule: Rule, rules: dict[str, Rule]) -> dict[str, Decimal]:
    """Of a match: the ceilings of the rules it matches, by grade."""
    found = {}
    for code in rule.definition["amount"].get("of_rules", ()):
        other = rules[code].definition if code in rules else None
        if other and other["amount"]["form"] == "ceiling":
            found |= {grade: Decimal(other["amount"]["yuan"]) for grade in other["who"].get("grades_any_of", ())}
    return found


def _area_paths(plan: Plan, rules: list[Rule]) -> dict[str, str]:
    codes = {rule.definition["who"]["area"] for rule in rules}
    return dict(Area.objects.filter(code__in=codes).values_list("code", "path"))


def _grade_words(plan: Plan) -> dict[str, str]:
    """Grades' codes to their words, as the plan's terms name them."""
    return {
        t["code"]: t["name"]
        for t in plan.definition.get("terms", [])
        if t.get("kind") == "grade" or t["code"].startswith("grade_")
    }


def decision_facts(plan: Plan, *, as_of: date) -> dict[str, DecisionFact]:
    """Open questions of the plan by code, each with the decision in force on ``as_of``. One query."""
    asked = plan.definition.get("decisions", ())
    taken = decided_many([question["code"] for question in asked], as_of)
    return {question["code"]: _decision(question, taken.get(question["code"])) for question in asked}


def _decision(question: dict[str, Any], taken: Decided | None) -> DecisionFact:
    named = {
        "code": question["code"],
        "role": question.get("role") or "",
        "question": question["question"],
        "blocking": question.get("blocking", False),
        "meanwhile": question.get("meanwhile", ""),
    }
    if taken is None:
        return DecisionFact(**named)
    return DecisionFact(
        **named,
        value=plain(taken.value),
        decided_by=taken.decided_by,
        decided_on=taken.decided_on,
        document=taken.document,
    )


def _terms(
    plan: Plan,
    rule: Rule,
    decisions: dict[str, DecisionFact],
    areas: dict[str, str],
    titles: dict[str, str],
    grades: dict[str, str],
    ceilings: dict[str, Decimal],
) -> RuleTerms:
    definition = rule.definition
    who, amount = definition["who"], definition["amount"]
    named = (*who.get("titles_any_of", ()), *who.get("titles_open", ()))
    return RuleTerms(
        code=rule.code,
        name=rule.name,
        beneficiary=rule.beneficiary,
        event=who["event"],
        titles=tuple(who.get("titles_any_of", ())),
        titles_open=tuple(who.get("titles_open", ())),
        grades=tuple(who.get("grades_any_of", ())),
        frame=who.get("frame") or "",
        area_path=areas[who["area"]],
        form=rule.form,
        yuan=amount.get("yuan"),
        ratio=amount.get("ratio"),
        ratio_words=amount.get("ratio_stated") or "",
        basis=amount.get("basis") or "",
        base_ceilings=ceilings,
        payers=tuple(definition.get("payers", ())),
        payers_stated=definition.get("payers_stated", False),
        discretionary=definition.get("discretionary", False),
        one_off=rule.frequency == "one_off",
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        issued_on=plan.issued_on,
        title_words={code: titles[code] for code in named if code in titles},
        grade_words=grades,
        decisions=tuple(decisions[code] for code in definition.get("decisions", ()) if code in decisions),
    )


def gather(plan: Plan, *, year: int, as_of: date, carriers: Iterable[str] | None = None) -> list[CarrierFacts]:
    """Facts of every carrier located in or credited to the plan's area (or of those with the codes given).

    Six queries, whatever their number.
    """
    path = plan.area.path
    chosen = Carrier.objects.filter(_within(path), opened_on__lte=as_of)
    if carriers is not None:
        chosen = chosen.filter(code__in=list(carriers))
    rows = list(chosen.select_related("owner_area", "area").order_by("code"))
    ids = Q(carrier__in=[row.pk for row in rows]) if carriers is not None else _within(path, "carrier__")
    titles = _by_carrier(Designation.objects.filter(ids).select_related("title").order_by("awarded_on", "id"), _title)
    frames = Frame.objects.filter(plan=plan)
    grades = _by_carrier(
        GradeRecord.objects.filter(ids, frame__in=frames).select_related("frame").order_by("id"), _grade
    )
    grants = _by_carrier(PayerGrant.objects.filter(ids, year=year).order_by("id"), _grant)
    settled = Award.objects.filter(ids, rule__plan=plan).exclude(state=Award.State.PROPOSED).exclude(year=year)
    prior = _by_carrier(settled.select_related("rule").order_by("id"), _prior)
    return [
        CarrierFacts(
            id=row.pk,
            code=row.code,
            name=row.name,
            kind=row.kind,
            area=_placed(row.owner_area, plan.area),
            area_path=row.owner_area.path,
            located_in=_placed(row.area, plan.area) if row.area_id != row.owner_area_id else "",
            located_path=row.area.path if row.area_id != row.owner_area_id else "",
            opened_on=row.opened_on,
            closed_on=row.closed_on,
            titles=tuple(titles[row.pk]),
            grades=tuple(grades[row.pk]),
            grants=tuple(grants[row.pk]),
            prior=tuple(prior[row.pk]),
        )
        for row in rows
    ]


def _placed(area: Area, within: Area) -> str:
    """``金山区朱泾镇``: an area by name, led by the plan's own where it lies in it."""
    inside = area.pk != within.pk and area.path.startswith(within.path)
    return f"{within.name}{area.name}" if inside else area.name


def _within(path: str, prefix: str = "") -> Q:
    """Carriers credited to or located in the area: an enclave is one of them, and the engine says what that means."""
    return Q(**{f"{prefix}owner_area__path__startswith": path}) | Q(**{f"{prefix}area__path__startswith": path})


def _by_carrier(rows: Iterable[Any], make: Any) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.carrier_id].append(make(row))
    return grouped


def _title(row: Designation) -> TitleFact:
    return TitleFact(
        id=row.pk,
        title=row.title.code,
        name=row.title.name,
        awarded_on=row.awarded_on,
        document=row.document,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
    )


def _grade(row: GradeRecord) -> GradeFact:
    return GradeFact(
        id=row.pk,
        frame=row.frame.code,
        year=row.year,
        grade=row.grade,
        title=row.title_code,
        published_on=row.published_on,
        document=row.document,
    )


def _grant(row: PayerGrant) -> GrantFact:
    return GrantFact(
        id=row.pk,
        kind=row.kind,
        year=row.year,
        approved=row.approved,
        approved_on=row.approved_on,
        received=row.received,
        received_on=row.received_on,
        document=row.document,
    )


def _prior(row: Award) -> PriorFact:
    return PriorFact(id=row.pk, rule=row.rule.code, year=row.year, state=row.state)
