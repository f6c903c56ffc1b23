"""What a carrier was called, who ran it and where it was on any day: its particulars, led back over its changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from incubators.models import Area, Carrier, CarrierChange, Organisation

Kind = CarrierChange.Kind
# Kind of change -> the carrier's attribute.
ATTRIBUTE = {
    Kind.NAME: "name",
    Kind.OPERATOR: "operator",
    Kind.AREA: "area",
    Kind.SITE: "address",
    Kind.FLOOR_AREA: "floor_area",
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the changes of a carrier can make different."""

    name: str
    operator: Organisation
    area: Area
    address: str
    floor_area: Decimal | None


def particulars_on(carrier: Carrier, changes: Iterable[CarrierChange], day: date) -> Particulars:
    """The particulars of ``carrier`` at the end of ``day``; ``changes`` are those that count, in any order, with their
    operators and areas."""
    values = {attribute: getattr(carrier, attribute) for attribute in ATTRIBUTE.values()}
    # Back in time from today: the last one undone is the first that happened after the day.
    for change in sorted(changes, key=lambda change: (change.happened_on, change.pk), reverse=True):
        if change.happened_on > day:
            values[ATTRIBUTE[Kind(change.kind)]] = former(change)
    return Particulars(**values)


def former(change: CarrierChange) -> Any:
    """What was so before a change, as the carrier keeps it."""
    return _value(change, change.before, change.operator_before, change.area_before)


def latter(change: CarrierChange) -> Any:
    """What was so after a change, as the carrier keeps it; None for an operator that is not registered yet."""
    return _value(change, change.after, change.operator_after, change.area_after)


def _value(change: CarrierChange, words: str, operator: Organisation | None, area: Area | None) -> Any:
    if change.kind == Kind.OPERATOR:
        return operator
    if change.kind == Kind.AREA:
        return area
    if change.kind == Kind.FLOOR_AREA:
        return Decimal(words) if words else None
    return words


def in_words(value: Any) -> str:
    """A value as a change keeps it."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
