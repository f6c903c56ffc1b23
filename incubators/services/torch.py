"""Keeping what was filed with Torch, and why it differs from the months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.permits import NotPermitted, Refused
from core.trail import Actor, plain, record_many
from incubators.models import Carrier, TorchFigure
from incubators.permits import may_review_reports
from incubators.reporting.torch import BY_CODE
from incubators.services.holding import hold_areas

LONGEST_NOTE, LONGEST_SOURCE = 500, 200


@dataclass(frozen=True, slots=True)
class Filed:
    """One figure as it was filed: money in yuan; ``value`` None takes it back. ``note``: why it differs; None leaves it."""

    carrier: Carrier
    code: str
    value: Decimal | None
    note: str | None = None


def file_figures(*, user: Any, year: int, entries: Sequence[Filed], source: str) -> int:
    """Keep figures of a year, all or none; how many were changed, added or taken back. Each leaves a line in the trail.

    ``source`` is kept with the figures whose value is new or changed. Raises :class:`NotPermitted` for a carrier that is not the
    person's to review, :class:`Refused` by field (``source``, ``note:CODE``).
    """
    for carrier in {entry.carrier.pk: entry.carrier for entry in entries}.values():
        if not may_review_reports(user, carrier):
            raise NotPermitted(f"只有{carrier.owner_area.name}的科委工作人员可以录入{carrier.name}的火炬填报数")
    _check(entries)
    source = source.strip()
    if len(source) > LONGEST_SOURCE:
        raise Refused.at("source", f"来源最多{LONGEST_SOURCE}字")
    with transaction.atomic():
        hold_areas({entry.carrier.owner_area.path for entry in entries})  # two who enter the same year take turns
        rows = TorchFigure.objects.select_for_update().filter(year=year, carrier__in={e.carrier.pk for e in entries})
        held = {(row.carrier_id, row.code): row for row in rows}
        new, changed, gone, told = [], [], [], []
        for entry in entries:
            row = held.get((entry.carrier.pk, entry.code))
            before = _told(row)
            if entry.value is None:
                if row is not None:
                    gone.append(row)
                    told.append((row, before, {}))
                continue
            note = (row.note if row else "") if entry.note is None else entry.note.strip()
            if row is not None and (row.value, row.note) == (entry.value, note):
                continue
            same = row is not None and row.value == entry.value
            if not same and not source:
                raise Refused.at("source", "请写明填报数的来源,如“火炬统计系统导出”")
            kept = row or TorchFigure(carrier=entry.carrier, year=year, code=entry.code)
            kept.value, kept.note = entry.value, note
            if not same:
                kept.source, kept.entered_by, kept.entered_at = source, user, timezone.now()
            (changed if row else new).append(kept)
            told.append((kept, before, _told(kept)))
        _write(new, changed, gone, told, Actor.of(user))
    return len(told)


def _check(entries: Iterable[Filed]) -> None:
    for entry in entries:
        item = BY_CODE.get(entry.code)
        if item is None:
            raise Refused(f"没有“{entry.code}”这个指标")
        if entry.note and len(entry.note.strip()) > LONGEST_NOTE:
            raise Refused.at(f"note:{entry.code}", f"{item.label}的差异说明最多{LONGEST_NOTE}字")
        if entry.note and entry.note.strip() and entry.value is None:
            raise Refused.at(f"note:{entry.code}", f"{item.label}没有填报数,不需要差异说明")


def _write(
    new: list[TorchFigure],
    changed: list[TorchFigure],
    gone: list[TorchFigure],
    told: list[tuple[TorchFigure, dict[str, Any], dict[str, Any]]],
    actor: Actor,
) -> None:
    keys = {id(row): row.pk for row in gone}
    TorchFigure.objects.bulk_create(new)
    TorchFigure.objects.bulk_update(changed, ["value", "note", "source", "entered_by", "entered_at"], batch_size=500)
    TorchFigure.objects.filter(pk__in=keys.values()).delete()
    lines = [(row.pk or keys[id(row)], str(row), before, after) for row, before, after in told]
    if lines:
        record_many(actor=actor, action="录入火炬填报数", model=TorchFigure, rows=lines)


def _told(row: TorchFigure | None) -> dict[str, Any]:
    names = ("value", "note", "source")
    return {} if row is None else {name: plain(getattr(row, name)) for name in names}


__all__ = ["LONGEST_NOTE", "LONGEST_SOURCE", "Filed", "file_figures"]
