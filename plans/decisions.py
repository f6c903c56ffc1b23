"""Values of decisions: how they are kept, read and shown. Pure; a question's kind says what its value is.

Kept as JSON: ratio and amount as decimal text (60% is "0.6", 1:1 is "1"; money in yuan), a date as ISO text, a list as
codes of areas or as lines of words, everything else as words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from core.dates import date_cn
from core.money import wan_text
from plans.models import OpenQuestion

Kind = OpenQuestion.ValueKind
Value = Decimal | date | str | list[str]


def freeze(kind: str, value: Value) -> Any:
    """``value`` as the JSON column keeps it."""
    if kind in {Kind.RATIO, Kind.AMOUNT}:
        return format(value if isinstance(value, Decimal) else Decimal(str(value)), "f")
    if isinstance(value, date):
        return value.isoformat()
    return [*value] if isinstance(value, list) else value


def thaw(kind: str, kept: Any) -> Value:
    """What was kept, in its own type: Decimal (a fraction, or yuan), date, list or text."""
    if kind in {Kind.RATIO, Kind.AMOUNT}:
        return Decimal(kept)
    if kind == Kind.DATE:
        return date.fromisoformat(kept)
    if kind == Kind.LIST:
        return list(kept)
    return str(kept)


def group_of(definition: Mapping[str, Any], used_by: Sequence[str]) -> str:
    """Code of the area group whose members a list question asks for: that of the coverage target which uses it. Empty
    when the list is of something else."""
    groups = {group["code"] for group in definition.get("area_groups", ())}
    for target in definition.get("targets", ()):
        if target["code"] in used_by and target.get("coverage_of") in groups:
            return str(target["coverage_of"])
    return ""


def is_money(definition: Mapping[str, Any], used_by: Sequence[str]) -> bool:
    """Whether an amount is money: it is when a subsidy rule uses it, else a plain number (a base figure)."""
    return any(rule["code"] in used_by for rule in definition.get("subsidy_rules", ()))


def words(kind: str, value: Value, *, names: Mapping[str, str], money: bool) -> str:
    """``value`` as a person reads it; ``names`` are names of areas by code."""
    if isinstance(value, Decimal):
        if kind == Kind.RATIO:
            return f"{plain_number(value * 100)}%(市级每1元,区级{plain_number(value)}元)"
        return wan_text(value) if money else plain_number(value)
    if isinstance(value, date):
        return date_cn(value)
    if isinstance(value, list):
        return "、".join(names.get(item, item) for item in value)
    return value


def plain_number(value: Decimal) -> str:
    """Without zeros at the end and without an exponent."""
    return f"{value.normalize():f}"
