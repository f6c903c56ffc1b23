"""The dossier of an award: clause, quotation, inputs, arithmetic, decisions - and computing it again from itself."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from subsidies.entitlement import evaluate
from subsidies.models import Rule
from subsidies.terms import CarrierFacts, Finding, RuleTerms

ENGINE = 1  # raised when the engine's reading of terms and facts changes


def dossier(
    rule: Rule, terms: RuleTerms, facts: CarrierFacts, finding: Finding, *, year: int, as_of: date
) -> dict[str, Any]:
    """Everything needed to follow an award by hand and to compute it again, as JSON without loss."""
    clause = rule.clause
    return {
        "engine": ENGINE,
        "year": year,
        "as_of": as_of.isoformat(),
        "clause": {"code": clause.code, "label": clause.label, "heading": clause.heading},
        "quote": rule.quote,
        "reading": rule.definition.get("reading", ""),
        "left_open": rule.definition.get("left_open", []),
        "rule_fingerprint": rule.fingerprint,
        "terms": terms.model_dump(mode="json"),
        "facts": facts.model_dump(mode="json"),
        "finding": finding.model_dump(mode="json"),
    }


def fingerprint(content: dict[str, Any]) -> str:
    """What the award rests on: terms, facts used and finding, not the day it was computed. Same inputs, same print."""
    kept = {name: content[name] for name in ("engine", "year", "rule_fingerprint", "terms", "facts", "finding")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


_PARTS = {"verdict": "结论", "shares": "金额", "conditions": "条件对照", "steps": "算式", "missing": "尚缺"}


def changed(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """In words, what a later dossier of the same award says otherwise; empty when both rest on the same and say it."""
    rule = then["rule_fingerprint"] != now["rule_fingerprint"]
    decisions = then["terms"]["decisions"] != now["terms"]["decisions"]
    facts = then["facts"] != now["facts"]
    words = [
        *[word for part, word in _PARTS.items() if then["finding"][part] != now["finding"][part]],
        *(["规则文件"] if rule else []),
        *(["待定事项的决定"] if decisions else []),
        *(["所用记录"] if facts else []),
    ]
    # The engine reads a rule anew (a part it did not look at before): nothing an officer would see elsewhere.
    return words or (["程序对规则的读法"] if fingerprint(then) != fingerprint(now) else [])


def again(content: dict[str, Any]) -> Finding:
    """The finding computed anew from what a dossier keeps."""
    terms = RuleTerms.model_validate(content["terms"])
    facts = CarrierFacts.model_validate(content["facts"])
    return evaluate(terms, facts, year=content["year"], as_of=date.fromisoformat(content["as_of"]))


def differences(content: dict[str, Any]) -> list[str]:
    """Computed anew from its own inputs, does the dossier say the same? Names what differs; empty means the same."""
    then, now = Finding.model_validate(content["finding"]), again(content)
    return [name for name in Finding.model_fields if getattr(then, name) != getattr(now, name)]
