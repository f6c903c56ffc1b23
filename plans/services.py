"""Writes: recording what a person decided about an open question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.permits import Refused
from core.trail import Actor, record
from incubators.models import Area, AreaGroup
from incubators.search import initials
from plans.decisions import Kind, Value, freeze, group_of
from plans.models import Decision, OpenQuestion
from plans.permits import may_decide
from plans.selectors import decided

TOWN_ENDINGS = ("镇", "街道", "乡")


@transaction.atomic
def record_decision(
    *,
    question: OpenQuestion,
    value: Value,
    decided_on: date,
    document: str,
    reason: str,
    user: Any,
    new_areas: Sequence[str] = (),
) -> Decision:
    """Record a decision. Earlier ones stay; this one counts from its day on.

    ``value`` is a Decimal (a fraction for a ratio, yuan for an amount), a date, a list (codes of areas where the
    question asks for the members of an area group), one of the choices, or text. ``new_areas`` are names of areas that
    belong on that list and are not registered yet; they are registered within the group's area.

    Raises NotPermitted, or Refused with errors by field.
    """
    may_decide(user, question.plan).require()
    document, reason = document.strip(), reason.strip()
    errors = _errors(decided_on, document, reason)
    group = _group(question)
    if group is not None and isinstance(value, list) and not errors:
        value = [*dict.fromkeys([*value, *_register(group, new_areas, user)])]
    if message := _wrong(question, group, value):
        errors["value"] = [message]
    if errors:
        raise Refused(errors=errors)
    before = decided(question.code, timezone.localdate())
    decision = Decision.objects.create(
        question=question,
        value=freeze(question.value_kind, value),
        decided_on=decided_on,
        document=document,
        reason=reason,
        decided_by=user,
    )
    _confirm_members(question, group)
    record(
        actor=Actor.of(user),
        action="登记决定",
        target=question,
        before={"value": before} if before is not None else {},
        after={"value": decision.value, "decided_on": decided_on, "document": document},
        reason=reason[:500],
    )
    return decision


def _errors(decided_on: date, document: str, reason: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if decided_on > timezone.localdate():
        errors["decided_on"] = ["决定日期不能晚于今天"]
    if not document:
        errors["document"] = ["请写明依据的文件"]
    if not reason:
        errors["reason"] = ["请写明理由"]
    return errors


def _group(question: OpenQuestion) -> AreaGroup | None:
    if question.value_kind != Kind.LIST:
        return None
    code = group_of(question.plan.definition, question.used_by)
    return AreaGroup.objects.select_related("parent").filter(code=code).first() if code else None


def _wrong(question: OpenQuestion, group: AreaGroup | None, value: Value) -> str:
    """What is wrong with the value, in Chinese; empty when nothing is."""
    kind = question.value_kind
    if kind in {Kind.RATIO, Kind.AMOUNT}:
        fine = isinstance(value, Decimal) and value.is_finite() and value >= 0
        return "" if fine else "请填不小于0的数"
    if kind == Kind.DATE:
        return "" if isinstance(value, date) else "请填日期"
    if kind == Kind.LIST:
        return _wrong_list(group, value)
    if not isinstance(value, str) or not value.strip():
        return "请填写决定内容"
    if kind == Kind.CHOICE and value not in question.choices:
        return f"请从{'、'.join(question.choices)}中选择"
    return ""


def _wrong_list(group: AreaGroup | None, value: Value) -> str:
    if not isinstance(value, list) or not value:
        return "名单至少要有一项"
    if group is not None:
        known = set(Area.objects.within(group.parent).filter(code__in=value).values_list("code", flat=True))
        if unknown := [code for code in value if code not in known]:
            return f"{group.parent.name}没有这些区域:{'、'.join(unknown)}"
    return ""


def _register(group: AreaGroup, names: Sequence[str], user: Any) -> list[str]:
    """Codes of areas of these names within the group's area, registering those that are not there yet."""
    parent, codes = group.parent, []
    known = {area.name: area.code for area in Area.objects.within(parent)}
    taken = set(Area.objects.filter(code__startswith=f"{parent.code}-").values_list("code", flat=True))
    for name in dict.fromkeys(name.strip() for name in names if name.strip()):
        if name in known:
            codes.append(known[name])
            continue
        code = _free_code(f"{parent.code}-{initials(name)}", taken)
        area = Area.objects.create(
            code=code,
            name=name,
            kind=Area.Kind.TOWN if name.endswith(TOWN_ENDINGS) else Area.Kind.PARK,
            parent=parent,
            path=f"{parent.path}{code}/",
            order=len(taken) + 1,
        )
        taken.add(code)
        codes.append(code)
        record(actor=Actor.of(user), action="登记区域", target=area, after={"name": name, "parent": parent.name})
    return codes


def _free_code(wish: str, taken: set[str]) -> str:
    code, number = wish[:56], 2
    while code in taken:
        code, number = f"{wish[:56]}-{number}", number + 1
    return code


def _confirm_members(question: OpenQuestion, group: AreaGroup | None) -> None:
    """The group's members follow the decision in force today; those a text lists itself are never touched."""
    if group is None or group.members_stated:
        return
    codes = decided(question.code, timezone.localdate())
    if isinstance(codes, list):
        group.members.set(Area.objects.filter(code__in=codes))
