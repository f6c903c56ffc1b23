"""Writing events of the register. Each service checks the permit, the rules that need more than one row, and leaves
a trail in the same transaction. Figures and targets move by these events and by nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from core.permits import Refused
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
from incubators.register.permits import may_recognise, may_record_tenants
from incubators.search import initials


def _save(row: Model) -> None:
    """Validate with the constraints' own Chinese sentences, then save. Raises :class:`Refused` by field."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused.of(error) from error
    row.save()


def _held(sentence: str, field: str) -> None:
    """Refuse at ``field`` when a rule says what is wrong."""
    if sentence:
        raise Refused.at(field, sentence)


def _not_future(day: date, field: str) -> None:
    if day > timezone.localdate():
        raise Refused(errors={field: ["日期不能晚于今天"]})


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
) -> Residency:
    """A tenant moves in (新入驻). An enterprise not yet known by its code is registered on the way; ``licence_checked``
    says that somebody compared its licence because the code's check digit does not fit.

    Raises :class:`Refused` with errors by field, e.g. when it incubates elsewhere (one carrier at a time).
    """
    may_record_tenants(user, carrier).require()
    _not_future(entered_on, "entered_on")
    _held(rules.before_opening(entered_on, carrier.opened_on), "entered_on")
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
            _save(enterprise)
            record(actor=Actor.of(user), action="登记企业", target=enterprise, after={"uscc": uscc, "name": name})
        elsewhere = enterprise.residencies.filter(left_on=None).select_related("carrier").first()
        if elsewhere is not None:
            place = "本载体" if elsewhere.carrier_id == carrier.pk else f"“{elsewhere.carrier.name}”"
            raise Refused(errors={"uscc": [f"该企业自{elsewhere.entered_on:%Y年%m月%d日}起在{place}入驻,须先登记离开"]})
        row = Residency(
            enterprise=enterprise,
            carrier=carrier,
            entered_on=entered_on,
            incubating_from=entered_on if incubating else None,
            floor_area=floor_area,
            is_synthetic=carrier.is_synthetic,
        )
        _save(row)
        record(
            actor=Actor.of(user),
            action="登记入驻",
            target=row,
            after={"entered_on": entered_on, "incubating_from": row.incubating_from},
        )
    return row


def graduate(*, user: Any, residency: Residency, graduated_on: date, ground: str, number: str = "") -> Residency:
    """An incubatee graduates (毕业) on one of the grounds of the national rule of 2018; it may stay on as a tenant."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    _not_future(graduated_on, "graduated_on")
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        if row.graduated_on is not None:
            raise Refused(errors={"graduated_on": [f"已于{row.graduated_on:%Y年%m月%d日}登记毕业"]})
        row.graduated_on, row.graduation_ground, row.graduation_number = graduated_on, ground, number
        _save(row)
        record(
            actor=Actor.of(user), action="登记毕业", target=row, after={"graduated_on": graduated_on, "ground": ground}
        )
    return row


def leave(*, user: Any, residency: Residency, left_on: date, outcome: str) -> Residency:
    """A tenant leaves (迁出、注销、清退, or after graduation)."""
    may_record_tenants(user, residency.carrier).require()
    _not_future(left_on, "left_on")
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        if row.left_on is not None:
            raise Refused(errors={"left_on": [f"已于{row.left_on:%Y年%m月%d日}登记离开"]})
        row.left_on, row.outcome = left_on, outcome
        _save(row)
        record(actor=Actor.of(user), action="登记离开", target=row, after={"left_on": left_on, "outcome": outcome})
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
    _not_future(valid_from, "valid_from")
    _held(rules.unproven(certificate, basis), "certificate")
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
        _save(row)
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
    _not_future(awarded_on, "awarded_on")
    if not document:
        raise Refused(errors={"document": ["请填认定文号"]})
    _held(rules.before_opening(awarded_on, carrier.opened_on), "awarded_on")
    _held(rules.unfit(title.carrier_kind, carrier.kind), "title")
    row = Designation(
        carrier=carrier, title=title, awarded_on=awarded_on, document=document, is_synthetic=carrier.is_synthetic
    )
    with transaction.atomic():
        _save(row)
        record(
            actor=Actor.of(user),
            action="登记认定",
            target=row,
            after={"title": title.code, "awarded_on": awarded_on, "document": document},
        )
    return row
