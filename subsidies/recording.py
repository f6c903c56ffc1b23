"""Writes of what awards rest on, and asking for a computation in the background."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.jobs import submit
from core.models import Job
from core.permits import Refused
from core.saving import save
from core.trail import Actor, record
from incubators.models import Carrier
from plans.models import Plan
from subsidies.models import PayerGrant
from subsidies.permits import may_compute, may_record_grant
from subsidies.tasks import KIND

FIRST_YEAR, LAST_YEAR = 2000, 2100


@transaction.atomic
def request_computation(*, user: Any, plan: Plan, year: int, as_of: date) -> Job:
    """Queue the computation of a plan's awards for a year. Raises NotPermitted, or Refused with errors by field."""
    may_compute(user, plan).require()
    errors: dict[str, list[str]] = {}
    if not FIRST_YEAR <= year <= LAST_YEAR:
        errors["year"] = [f"年度应在{FIRST_YEAR}至{LAST_YEAR}之间"]
    if as_of > timezone.localdate():
        errors["as_of"] = ["数据截止日不能晚于今天"]
    if errors:
        raise Refused(errors=errors)
    return submit(
        kind=KIND,
        title=f"测算{plan.short_title or plan.title} {year}年度补贴",
        actor=Actor.of(user),
        params={"plan": plan.code, "year": year, "as_of": as_of.isoformat()},
    )


@transaction.atomic
def record_payer_grant(
    *,
    user: Any,
    carrier: Carrier,
    kind: str,
    year: int,
    approved: Decimal,
    approved_on: date,
    document: str,
    received: Decimal | None = None,
    received_on: date | None = None,
) -> PayerGrant:
    """Record what the city approved for a carrier and year, in yuan: the base of the district's match.

    Raises NotPermitted, or Refused with errors by field.
    """
    may_record_grant(user, carrier).require()
    row = PayerGrant(
        carrier=carrier,
        kind=kind,
        year=year,
        approved=approved,
        approved_on=approved_on,
        received=received,
        received_on=received_on,
        document=document.strip(),
        recorded_by=user,
    )
    if errors := _wrong(row):
        raise Refused(errors=errors)
    save(row)
    record(
        actor=Actor.of(user),
        action="登记市级资助",
        target=row,
        after={"kind": kind, "year": year, "approved": approved, "approved_on": approved_on, "document": row.document},
    )
    return row


def _wrong(row: PayerGrant) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    today = timezone.localdate()
    if row.approved <= 0:
        errors["approved"] = ["批准金额应大于0;没有批准的不必登记"]
    if row.approved_on > today:
        errors["approved_on"] = ["批准日期不能晚于今天"]
    if not row.document:
        errors["document"] = ["请写明批准文件"]
    if (row.received is None) != (row.received_on is None):
        errors["received_on" if row.received_on is None else "received"] = ["到账金额和到账日期须一并填写"]
    elif row.received_on is not None and not row.approved_on <= row.received_on <= today:
        errors["received_on"] = ["到账日期应在批准日期之后、今天之前"]
    return errors
