"""Changes of carriers (变更): recorded by staff, or asked for by the operator and confirmed; reported upward in time.

Recording one changes the carrier. One that happened before others already recorded is put in its place: the next one
then begins with what this one ends with, and the carrier stays as it is.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.dates import date_cn
from core.permits import Refused
from core.saving import held, not_future, save
from core.trail import Actor, record
from incubators.models import Area, Carrier, CarrierChange, Organisation
from incubators.register import rules
from incubators.register.operators import registered
from incubators.register.particulars import ATTRIBUTE, in_words, latter, particulars_on
from incubators.register.permits import may_confirm_change, may_request_change
from incubators.scope import Scope
from incubators.search import initials

Kind, State = CarrierChange.Kind, CarrierChange.State
Value = str | Decimal | Organisation | Area


def record_change(
    *,
    user: Any,
    carrier: Carrier,
    kind: str,
    after: Value,
    happened_on: date,
    reason: str,
    document: str = "",
    is_correction: bool = False,
    reported_on: date | None = None,
) -> CarrierChange:
    """A change of ``kind`` to ``after``: a name or an address in words, square metres, an area, an operator (or the name
    of one that is not registered yet). Staff record it and it holds; the operator asks for it and staff decide.

    ``is_correction`` puts right what was wrong in the register from the beginning: no event, nothing to report.
    Raises :class:`Refused` by field.
    """
    may_request_change(user, carrier).require()
    not_future(happened_on, "happened_on")
    held(rules.before_opening(happened_on, carrier.opened_on), "happened_on")
    if not reason:
        raise Refused.at("reason", "请写明变更的原因或经过")
    if not document and not is_correction:
        raise Refused.at("document", "请填依据文件,如变更决定、营业执照或批复的名称与文号")
    row = CarrierChange(
        carrier=carrier,
        kind=kind,
        happened_on=happened_on,
        document=document,
        reason=reason,
        is_correction=is_correction,
        reported_on=None if is_correction else reported_on,
        recorded_by=user,
        is_synthetic=carrier.is_synthetic,
    )
    if row.reported_on is not None:
        _reportable(row.reported_on, happened_on)
    _put(row, after, "after")
    with transaction.atomic():
        carrier = _locked(carrier)
        if may_confirm_change(user, carrier):
            _take_effect(row, carrier, user)
        else:
            row.reported_on = None
            _put(row, _stood(row, carrier), "before")
            _differs(row)
            save(row)
            record(actor=Actor.of(user), action="申请载体变更", target=row, after=_said(row), reason=reason)
    return row


def confirm_change(*, user: Any, change: CarrierChange) -> CarrierChange:
    """What the operator asked for is so: the carrier is changed."""
    may_confirm_change(user, change.carrier).require()
    with transaction.atomic():
        carrier = _locked(change.carrier)
        row = _waiting(change)
        _take_effect(row, carrier, user)
    return row


def return_change(*, user: Any, change: CarrierChange, reason: str) -> CarrierChange:
    """What the operator asked for is sent back, with the reason; nothing changes."""
    may_confirm_change(user, change.carrier).require()
    if not reason:
        raise Refused.at("reason", "请写明退回原因")
    with transaction.atomic():
        row = _waiting(change)
        row.state, row.return_reason = State.RETURNED, reason
        row.decided_by, row.decided_at = user, timezone.now()
        save(row)
        record(
            actor=Actor.of(user),
            action="退回载体变更",
            target=row,
            before={"state": State.PENDING},
            after={"state": State.RETURNED},
            reason=reason,
        )
    return row


def _reportable(day: date, happened_on: date) -> None:
    not_future(day, "reported_on")
    if day < happened_on:
        raise Refused.at("reported_on", "上报日期不能早于变更日期")


def report_change(*, user: Any, change: CarrierChange, reported_on: date, document: str = "") -> CarrierChange:
    """The change was reported upward on a day."""
    may_confirm_change(user, change.carrier).require()
    _reportable(reported_on, change.happened_on)
    with transaction.atomic():
        row = CarrierChange.objects.select_for_update(of=("self",)).select_related("carrier").get(pk=change.pk)
        if row.state != State.CONFIRMED or row.is_correction:
            raise Refused("只有已确认的变更才上报")
        if row.reported_on is not None:
            raise Refused.at("reported_on", f"已于{date_cn(row.reported_on)}上报")
        row.reported_on, row.report_document = reported_on, document
        save(row)
        after = {"reported_on": reported_on, "report_document": document}
        record(actor=Actor.of(user), action="登记变更上报", target=row, before={"reported_on": None}, after=after)
    return row


def _locked(carrier: Carrier) -> Carrier:
    rows = Carrier.objects.select_for_update(of=("self",)).select_related("operator", "area", "owner_area")
    return rows.get(pk=carrier.pk)


def _waiting(change: CarrierChange) -> CarrierChange:
    """The request, ours until the transaction ends, if it still waits."""
    row = CarrierChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if row.state != State.PENDING:
        raise Refused(f"这项申请现为“{State(row.state).label}”,不能再处理")
    return row


def _put(row: CarrierChange, value: Any, side: str) -> None:
    """Keep a value on one side of a change, by key where there is one."""
    setattr(row, side, in_words(value))
    if row.kind == Kind.OPERATOR:
        setattr(row, f"operator_{side}", value if isinstance(value, Organisation) else None)
    if row.kind == Kind.AREA:
        setattr(row, f"area_{side}", value)


def _stood(row: CarrierChange, carrier: Carrier) -> Any:
    """What was so on the day before the change happened; for a correction, what the register says now."""
    attribute = ATTRIBUTE[Kind(row.kind)]
    if row.is_correction:
        return getattr(carrier, attribute)
    changes = carrier.changes.happened().filter(kind=row.kind, happened_on__gt=row.happened_on)
    changes = changes.select_related("operator_before", "area_before")
    return getattr(particulars_on(carrier, changes, row.happened_on), attribute)


def _differs(row: CarrierChange) -> None:
    if row.before == row.after and row.operator_before_id == row.operator_after_id:
        raise Refused.at("after", "与变更前相同")


def _take_effect(row: CarrierChange, carrier: Carrier, user: Any) -> None:
    """Put a change in its place among those of its kind and, if none follows, change the carrier."""
    if row.kind == Kind.OPERATOR and row.operator_after is None:
        row.operator_after, is_new = registered({row.after: carrier.owner_area_id})[row.after]
        if is_new:
            known = {"code": row.operator_after.code, "name": row.after}
            record(actor=Actor.of(user), action="随载体变更登记", target=row.operator_after, after=known)
    _put(row, _stood(row, carrier), "before")
    _differs(row)
    row.state, row.decided_by, row.decided_at = State.CONFIRMED, user, timezone.now()
    following = carrier.changes.happened().filter(kind=row.kind, happened_on__gt=row.happened_on)
    following = None if row.is_correction else following.order_by("happened_on").first()
    save(row)
    words = "更正载体登记" if row.is_correction else "登记载体变更"
    record(actor=Actor.of(user), action=words, target=row, after=_said(row), reason=row.reason)
    if following is None:
        _change_carrier(row, carrier, user)
        return
    was = following.before
    _put(following, latter(row), "before")
    _differs(following)
    save(following)
    record(
        actor=Actor.of(user),
        action="衔接载体变更",
        target=following,
        before={"before": was},
        after={"before": following.before},
        reason=f"补登{date_cn(row.happened_on)}的变更",
    )


def _change_carrier(row: CarrierChange, carrier: Carrier, user: Any) -> None:
    attribute = ATTRIBUTE[Kind(row.kind)]
    values = {attribute: latter(row)}
    if row.kind == Kind.NAME:
        values["pinyin"] = initials(row.after)
    if row.kind == Kind.AREA and carrier.owner_area_id == carrier.area_id:
        # It is credited to where it stands. An enclave's owner stays.
        if not Scope.of(user).may_write(row.area_after.path):  # type: ignore[union-attr]
            raise Refused.at("after", f"归属区域将随之变为{row.after},不在您的管辖范围")
        values["owner_area"] = row.area_after
    before = {name: _known(getattr(carrier, name)) for name in values}
    for name, value in values.items():
        setattr(carrier, name, value)
    try:
        save(carrier)
    except Refused as refused:
        # All that is new about the carrier was typed in one field.
        sentences = [sentence for group in refused.errors.values() for sentence in group]
        raise Refused(errors={"after": sentences}) from refused
    record(
        actor=Actor.of(user),
        action=f"{row.get_kind_display()}{'更正' if row.is_correction else '变更'}",
        target=carrier,
        before=before,
        after={name: _known(value) for name, value in values.items()},
        reason=row.reason,
    )


def _known(value: Any) -> Any:
    """A value as the trail keeps it: records by their code."""
    return value.code if isinstance(value, Organisation | Area) else value


def _said(row: CarrierChange) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "before": row.before,
        "after": row.after,
        "happened_on": row.happened_on,
        "document": row.document,
        "state": row.state,
    }
