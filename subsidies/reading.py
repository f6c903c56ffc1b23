"""A dossier as its page shows it: verdict, conditions, inputs with the records they came from, arithmetic, decisions.

Everything is read from the dossier kept with the award, never from today's records, so that the page shows what the
award was computed from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.money import wan_text
from subsidies import amounts
from subsidies.models import Award, PayerGrant

_ENTRIES = {"grade": "evaluations:grade_record_create", "grant": "subsidies:payer_grant_create"}
_GRANTS = dict(PayerGrant.Kind.choices)
_STATES = dict(Award.State.choices)


@dataclass(frozen=True, slots=True)
class Input:
    """One record the award was computed from, as it was then."""

    kind: str
    text: str
    day: date | None
    day_word: str
    document: str
    href: str
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class DecisionUsed:
    """An open question of the rule, and what a named person decided about it, if anything."""

    code: str
    question: str
    value: str
    decided_by: str
    decided_on: date | None
    document: str
    href: str
    meanwhile: str = ""

    @property
    def is_open(self) -> bool:
        return self.value == ""


def verdict_code(award: Award) -> str:
    """The state of the verdict component: what waits for a decision is told apart from what waits for a record."""
    if award.verdict != Award.Verdict.UNDECIDED:
        return award.verdict
    finding = award.dossier.get("finding", {})
    return "needs_decision" if any(one.get("decision") for one in finding.get("missing", ())) else "unknown"


def inputs(dossier: dict[str, Any]) -> list[Input]:
    """The records used, in the order of their kinds."""
    facts, terms = dossier["facts"], dossier["terms"]
    carrier = reverse("incubators:carrier_detail", args=[facts["code"]])
    rows = [_title(one, carrier) for one in facts["titles"]]
    rows += [_grade(one, terms, _grades_url(facts["code"], one)) for one in facts["grades"]]
    rows += [_grant(one, grants_url(facts["code"], one["year"], one["kind"])) for one in facts["grants"]]
    rows += [_prior(one) for one in facts["prior"]]
    if facts["closed_on"]:
        rows.append(Input("载体", "载体关闭", _day(facts["closed_on"]), "关闭", "", carrier))
    return rows


def grants_url(carrier: str, year: int, kind: str) -> str:
    """The municipal grants of a carrier, year and kind: what a match adds up."""
    return f"{reverse('subsidies:payer_grant_list')}?{urlencode({'carrier': carrier, 'year': year, 'kind': kind})}"


def _grades_url(carrier: str, grade: dict[str, Any]) -> str:
    asked = {"carrier": carrier, "year": grade["year"], "frame": grade["frame"]}
    return f"{reverse('evaluations:grade_list')}?{urlencode(asked)}"


def _title(one: dict[str, Any], href: str) -> Input:
    ended = f",{_day(one['ended_on']):%Y-%m-%d}终止:{one['end_reason']}" if one["ended_on"] else ""
    return Input("认定", f"{one['name']}{ended}", _day(one["awarded_on"]), "认定", one["document"], href)


def _grade(one: dict[str, Any], terms: dict[str, Any], href: str) -> Input:
    words = terms["grade_words"].get(one["grade"], one["grade"])
    title = terms["title_words"].get(one["title"], "")
    text = f"{one['year']}年度 {words}" + (f"(参评称号:{title})" if title else "")
    return Input("评价等次", text, _day(one["published_on"]), "公布", one["document"], href)


def _grant(one: dict[str, Any], href: str) -> Input:
    text = f"{_GRANTS.get(one['kind'], '市级资助')} {one['year']}年度,批准 {wan_text(Decimal(one['approved']))}"
    if one["received"] is not None:
        text += f",到账 {wan_text(Decimal(one['received']))}"
    return Input("市级资助", text, _day(one["approved_on"]), "批准", one["document"], href)


def _prior(one: dict[str, Any]) -> Input:
    text = f"{one['year']}年度同一规则的补贴({_STATES.get(one['state'], '')})"
    return Input("此前补贴", text, None, "", "", reverse("subsidies:award_detail", args=[one["id"]]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def decisions(dossier: dict[str, Any]) -> list[DecisionUsed]:
    """The open questions this rule's computing depends on, decided ones first."""
    rows = [
        DecisionUsed(
            code=one["code"],
            question=one["question"],
            value=_value(one),
            decided_by=one["decided_by"],
            decided_on=_day(one["decided_on"]),
            document=one["document"],
            href=reverse("plans:question_detail", args=[one["code"]]),
            meanwhile=one.get("meanwhile", ""),
        )
        for one in dossier["terms"]["decisions"]
    ]
    return sorted(rows, key=lambda row: row.is_open)


def _value(one: dict[str, Any]) -> str:
    value = one["value"]
    if value is None:
        return ""
    if one["role"] == "amount":
        return wan_text(Decimal(str(value)))
    if one["role"] == "ratio":
        return f"{Decimal(str(value)) * 100:f}".rstrip("0").rstrip(".") + "%"
    return "、".join(value) if isinstance(value, list) else str(value)


def steps(dossier: dict[str, Any], clause_href: str) -> list[dict[str, Any]]:
    """Arithmetic in 元, as the component takes it: each number with where it comes from (the clause, the grants added
    up, the decision); the last known amount is the result."""
    found = dossier["finding"]["steps"]
    sources = _sources(dossier, clause_href)
    rows = []
    for number, step in enumerate(found, 1):
        value = None if step["value"] is None else Decimal(step["value"])
        total = number == len(found) and value is not None
        rows.append(
            {
                "label": step["label"],
                "expression": step["expression"],
                "value": "" if value is None else wan_text(value).removesuffix(" 万元"),
                "unit": "" if value is None else "万元",
                "total": total and len(found) > 1,
                **sources.get(step["label"], {}),
            }
        )
    return rows


def _sources(dossier: dict[str, Any], clause_href: str) -> dict[str, dict[str, str]]:
    """Where the number of a step comes from, by the step's label."""
    clause = {"note": f"条款 {dossier['clause']['code']}", "href": clause_href}
    terms, facts = dossier["terms"], dossier["facts"]
    base = {"note": "市级资助记录", "href": grants_url(facts["code"], dossier["year"], terms["basis"])}
    roles = {one["role"]: one["code"] for one in terms["decisions"] if one["role"]}
    decided = {
        role: {"note": f"待定事项 {code}", "href": reverse("plans:question_detail", args=[code])}
        for role, code in roles.items()
    }
    ratio = clause if terms["ratio"] is not None else decided.get("ratio", clause)
    return {
        amounts.FIXED: clause,
        amounts.CEILING: clause,
        amounts.BASE: base,
        amounts.RATIO: ratio,
        amounts.DECIDED: decided.get("amount", clause),
    }


def missing(dossier: dict[str, Any], *, may_enter: bool) -> list[dict[str, str]]:
    """What is missing, each with the page where a person can settle it: an open question, or a record to be entered."""
    rows = []
    for one in dossier["finding"]["missing"]:
        row = {"what": one["what"], "href": "", "link": ""}
        if one["decision"]:
            row |= {
                "href": reverse("plans:question_detail", args=[one["decision"]]),
                "link": f"待定事项 {one['decision']}",
            }
        elif may_enter and one.get("record") in _ENTRIES:
            asked = {"carrier": dossier["facts"]["code"], "year": str(dossier["year"])}
            if one["record"] == "grant":
                asked["kind"] = dossier["terms"]["basis"]
            row |= {"href": f"{reverse(_ENTRIES[one['record']])}?{urlencode(asked)}", "link": "去登记"}
        rows.append(row)
    return rows
