"""Helpers for database constraints that recur, each with a sentence for the person who meets it."""

from django.db.models import CheckConstraint, F, Q


def dates_in_order(start: str, end: str, *, name: str, message: str) -> CheckConstraint:
    """A constraint that ``end`` is empty or not before ``start``.

    ``start`` and ``end`` are field names; ``message`` is what a person reads (Chinese).
    """
    return CheckConstraint(
        condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{start}__isnull": True}) | Q(**{f"{end}__gte": F(start)}),
        name=name,
        violation_error_message=message,
    )


def not_negative(*fields: str, name: str, message: str) -> CheckConstraint:
    """A constraint that each of ``fields`` is empty or at least zero."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0})
    return CheckConstraint(condition=condition, name=name, violation_error_message=message)


def not_above(lower: str, upper: str, *, name: str, message: str) -> CheckConstraint:
    """A constraint that ``lower`` is at most ``upper`` where both are known."""
    return CheckConstraint(
        condition=Q(**{f"{lower}__isnull": True}) | Q(**{f"{upper}__isnull": True}) | Q(**{f"{lower}__lte": F(upper)}),
        name=name,
        violation_error_message=message,
    )
