"""Writing events of the register; those of incubation are in :mod:`incubators.register.incubation`. Each service checks
the permit, the rules that need more than one row, and leaves a trail in the same transaction. Figures and targets move
by these events and by nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.dates import date_cn
from core.permits import Refused
from core.saving import held, not_future, save
from core.trail import Actor, record
from incubators.models import (
    Carrier,
    Designation,
    Enterprise,
    Qualification,
    QualificationKind,
    Residency,
    Title,
)
from incubators.register import rules
from incubators.register.limits import Rules
from incubators.register.overlaps import clash_of
from incubators.register.permits import may_except, may_recognise, may_record_tenants
from incubators.scope import Scope
from incubators.search import initials


def admit(
    *,
    user: Any,
    carrier: Carrier,
    uscc: str,
    name: str,
    entered_on: date,
    incubating: bool,
    founded_on: date | None = None,
    industry: str = "",
    floor_area: Decimal | None = None,
    licence_checked: bool = False,
    overlap_reason: str = "",
    return_reason: str = "",
) -> Residency:
    """A tenant moves in (新入驻). An enterprise not yet known by its code is registered on the way; ``licence_checked``
    says that somebody compared its licence because the code's check digit does not fit.

    An officer may let it live in a second carrier (``overlap_reason``) and begin incubation again after it graduated or
    left (``return_reason``). Raises :class:`Refused` with errors by field, and :class:`NotPermitted`.
    """
    may_record_tenants(user, carrier).require()
    not_future(entered_on, "entered_on")
    held(rules.before_opening(entered_on, carrier.opened_on), "entered_on")
    if overlap_reason:
        may_except(user, carrier).require()
    with transaction.atomic():
        enterprise = Enterprise.objects.select_for_update().filter(uscc=uscc).first()
        if enterprise is None:
            enterprise = Enterprise(
                uscc=uscc,
                name=name,
                pinyin=initials(name),
                area=carrier.area,
                founded_on=founded_on,
                industry=industry,
                licence_checked=licence_checked,
                is_synthetic=carrier.is_synthetic,
            )
            save(enterprise)
            record(actor=Actor.of(user), action="登记企业", target=enterprise, after={"uscc": uscc, "name": name})
        stays = [*enterprise.residencies.select_related("carrier__owner_area").order_by("entered_on", "pk")]
        _lives_nowhere_else(user, carrier, stays, overlap_reason)
        if incubating:
            _may_begin_again(user, carrier, stays, return_reason)
        row = Residency(
            enterprise=enterprise,
            carrier=carrier,
            entered_on=entered_on,
            incubating_from=entered_on if incubating else None,
            overlap_reason=overlap_reason,
            floor_area=floor_area,
            is_synthetic=carrier.is_synthetic,
        )
        held(clash_of(row, Scope.of(user).may_write), "uscc")
        save(row)
        record(
            actor=Actor.of(user),
            action="登记入驻",
            target=row,
            after={"entered_on": entered_on, "incubating_from": row.incubating_from, "overlap_reason": overlap_reason},
            reason=return_reason,
        )
    return row


def _place(user: Any, stay: Residency, carrier: Carrier) -> str:
    """Where a stay is, as the person who records something of ``carrier`` may know it; empty: in a carrier that is not
    theirs to be told of."""
    if stay.carrier_id == carrier.pk:
        return "本载体"
    return f"“{stay.carrier.name}”" if Scope.of(user).may_write(stay.carrier.owner_area.path) else ""


def _lives_nowhere_else(user: Any, carrier: Carrier, stays: list[Residency], overlap_reason: str) -> None:
    """An enterprise lives in one carrier at a time; an officer may say otherwise, of another carrier."""
    for stay in stays:
        if stay.left_on is None and (stay.carrier_id == carrier.pk or not overlap_reason):
            place = _place(user, stay, carrier)
            if not place:
                raise Refused.at("uscc", "该企业已在另一家载体入驻,请联系区科委")
            raise Refused.at("uscc", f"该企业自{date_cn(stay.entered_on)}起在{place}入驻,须先登记离开")


def _may_begin_again(user: Any, carrier: Carrier, stays: list[Residency], reason: str) -> None:
    """Who graduated or left incubates again only by an officer's decision, with its reason."""
    ended = [stay for stay in stays if stay.incubating_from and (stay.graduated_on or stay.left_on)]
    if not ended:
        return
    last = ended[-1]
    how = "毕业" if last.graduated_on else "退出"
    place = _place(user, last, carrier)
    when = f"在{place}在孵,{date_cn(last.graduated_on or last.left_on)}" if place else "在其他载体在孵并已"
    was = f"该企业曾{when}{how}"
    if not may_except(user, carrier):
        raise Refused.at("uscc", f"{was};再次入孵须由区科委登记")
    held("" if reason else f"{was};再次入孵请写明理由", "return_reason")


def remark_on_entry(row: Residency) -> str:
    """What an officer should look at again when an enterprise began to incubate; it does not stop anything."""
    if row.incubating_from is None:
        return ""
    rule = Rules().holding(row.carrier.owner_area.path, row.incubating_from)
    most = rule.entry_age_months if rule is not None else None
    return rules.entry_remark(row.entered_on, row.enterprise.founded_on, most)


def leave(
    *,
    user: Any,
    residency: Residency,
    left_on: date,
    outcome: str,
    destination: str = "",
    destination_place: str = "",
) -> Residency:
    """A tenant leaves (迁出、注销、清退, or after graduation: then an officer may say by ``destination`` where to)."""
    may_record_tenants(user, residency.carrier).require()
    if destination or destination_place:
        may_recognise(user, residency.carrier.owner_area.path).require()
    not_future(left_on, "left_on")
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        if row.left_on is not None:
            raise Refused.at("left_on", f"已于{date_cn(row.left_on)}登记离开")
        if outcome == Residency.Outcome.TRANSFERRED:
            raise Refused.at("outcome", "转移到区内另一载体的,请由区科委登记“转移”")
        if row.graduated_on is not None and left_on < row.graduated_on:
            raise Refused.at("left_on", f"不能早于毕业日期{date_cn(row.graduated_on)}")
        went = {"destination": destination, "place": destination_place}
        if wrong := rules.ended_wrongly(outcome=outcome, graduated_on=row.graduated_on, left_on=left_on, **went):
            raise Refused.at(*wrong)
        row.left_on, row.outcome = left_on, outcome
        row.destination, row.destination_place = destination, destination_place
        save(row)
        after = {"left_on": left_on, "outcome": outcome, "destination": destination}
        record(actor=Actor.of(user), action="登记离开", target=row, after=after)
    return row


def qualify(
    *,
    user: Any,
    enterprise: Enterprise,
    kind: QualificationKind,
    valid_from: date,
    valid_to: date | None,
    certificate: str,
    basis: str = "",
) -> Qualification:
    """An enterprise obtains a qualification. A list-based one (硬科技) needs its basis in words."""
    may_recognise(user, enterprise.area.path).require()
    not_future(valid_from, "valid_from")
    held(rules.unbased(kind.code, basis), "basis")
    held(rules.unproven(certificate, basis), "certificate")
    row = Qualification(
        enterprise=enterprise,
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
        certificate=certificate,
        basis=basis,
        is_synthetic=enterprise.is_synthetic,
    )
    with transaction.atomic():
        save(row)
        record(
            actor=Actor.of(user),
            action="登记资质",
            target=row,
            after={"kind": kind.code, "valid_from": valid_from, "valid_to": valid_to, "certificate": certificate},
        )
    return row


def designate(*, user: Any, carrier: Carrier, title: Title, awarded_on: date, document: str) -> Designation:
    """A carrier receives a title (认定), with the document that says so."""
    may_recognise(user, carrier.owner_area.path).require()
    not_future(awarded_on, "awarded_on")
    if not document:
        raise Refused.at("document", "请填认定文号")
    held(rules.before_opening(awarded_on, carrier.opened_on), "awarded_on")
    held(rules.unfit(title, carrier.kind, carrier.area.path, carrier.owner_area.path), "title")
    row = Designation(
        carrier=carrier, title=title, awarded_on=awarded_on, document=document, is_synthetic=carrier.is_synthetic
    )
    with transaction.atomic():
        save(row)
        record(
            actor=Actor.of(user),
            action="登记认定",
            target=row,
            after={"title": title.code, "awarded_on": awarded_on, "document": document},
        )
    return row
