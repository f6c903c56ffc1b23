"""Brings rows to what a file says: new ones are made, changed ones changed in place, the rest not touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import ForeignKey, Model, QuerySet
from django.utils import timezone

Row = Mapping[str, Any]


@dataclass
class Tally:
    """What loading did: rows made, changed and removed by kind of thing, and what had to stay with the reason."""

    created: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    # Rows made in this load: what is hung on them afterwards is no change of theirs.
    made: set[Model] = field(default_factory=set)

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.removed)

    def changed_rows(self, model: type[Model], keys: Iterable[int]) -> None:
        """Count rows whose relations changed, except those just made."""
        new = {row.pk for row in self.made if isinstance(row, model)}
        self.add(self.updated, model, len(set(keys) - new))

    def add(self, book: dict[str, int], model: type[Model], count: int) -> None:
        if count:
            name = str(model._meta.verbose_name)
            book[name] = book.get(name, 0) + count


def upsert(
    existing: QuerySet[Any], wanted: Iterable[Row], *, key: Sequence[str], tally: Tally
) -> dict[tuple[Any, ...], Any]:
    """Make ``existing`` hold the ``wanted`` rows, found again by ``key``; answers all rows it touched or found, by key.

    ``wanted`` maps field names (``area_id``, not ``area``) to values. Rows of ``existing`` that are not wanted are left
    alone: see :func:`prune`. Three queries at most, whatever the number of rows.
    """
    model = existing.model
    found = {_key(row, key): row for row in existing}
    new: dict[tuple[Any, ...], Any] = {}
    changed: list[Any] = []
    names: set[str] = set()
    for values in wanted:
        code = tuple(values[name] for name in key)
        row = found.get(code)
        if row is None:
            new[code] = model(**values)
            continue
        stale = [name for name, value in values.items() if getattr(row, name) != value]
        if stale:
            for name in stale:
                setattr(row, name, values[name])
            changed.append(row)
            names.update(stale)
    model._default_manager.bulk_create(new.values())
    if changed:
        # A bulk update does not set the time of the last change by itself.
        stamps = [f.name for f in model._meta.concrete_fields if getattr(f, "auto_now", False)]
        now = timezone.now()
        for row in changed:
            for name in stamps:
                setattr(row, name, now)
        model._default_manager.bulk_update(changed, [*sorted(map(_field_name(model), names)), *stamps])
    tally.made.update(new.values())
    tally.add(tally.created, model, len(new))
    tally.add(tally.updated, model, len(changed))
    return found | new


def _key(row: Any, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key)


def _field_name(model: type[Model]) -> Any:
    by_column = {f.attname: f.name for f in model._meta.concrete_fields if isinstance(f, ForeignKey)}
    return lambda name: by_column.get(name, name)


def prune(gone: Iterable[Any], *, own: Sequence[str] = (), tally: Tally) -> None:
    """Remove rows that their file no longer has, unless something refers to them: those stay and are reported.

    ``own`` names the relations that are part of the row itself and go with it (a target's allocations).
    """
    rows = list(gone)
    used: dict[Any, str] = {}
    while rows:
        model = type(rows[0])
        used = _referred(model, rows, own)
        free = [row.pk for row in rows if row.pk not in used]
        if not free:
            break
        model._default_manager.filter(pk__in=free).delete()
        tally.add(tally.removed, model, len(free))
        # What only a removed row referred to is free now.
        rows = [row for row in rows if row.pk in used]
    tally.kept += [f"{row._meta.verbose_name}“{row}”(仍有{used[row.pk]}与之关联)" for row in rows]


def _referred(model: type[Model], rows: Sequence[Any], own: Sequence[str]) -> dict[Any, str]:
    """Keys of the rows something refers to, with the kind of what refers (one query a relation)."""
    used: dict[Any, str] = {}
    keys = [row.pk for row in rows]
    for relation in model._meta.related_objects:
        if relation.name in own or relation.get_accessor_name() in own:
            continue
        name = relation.field.name
        holders = relation.related_model._default_manager.filter(**{f"{name}__in": keys})
        for pk in holders.values_list(name, flat=True):
            used[pk] = str(relation.related_model._meta.verbose_name)
    return used


def link(through: type[Model], left: str, right: str, wanted: Mapping[int, Sequence[int]], *, tally: Tally) -> None:
    """Make a many-to-many table hold exactly the ``wanted`` pairs of the given left keys."""
    rows = through._default_manager.filter(**{f"{left}__in": wanted})
    found = {(getattr(row, left), getattr(row, right)): row.pk for row in rows}
    pairs = {(one, other) for one, others in wanted.items() for other in others}
    fresh = [(one, other) for one, others in wanted.items() for other in others if (one, other) not in found]
    through._default_manager.bulk_create([through(**{left: one, right: other}) for one, other in dict.fromkeys(fresh)])
    stale = [pk for pair, pk in found.items() if pair not in pairs]
    if stale:
        through._default_manager.filter(pk__in=stale).delete()
    owner = through._meta.get_field(left.removesuffix("_id")).related_model
    touched = {one for one, _ in fresh} | {one for one, other in found if (one, other) not in pairs}
    tally.changed_rows(cast("type[Model]", owner), touched)
