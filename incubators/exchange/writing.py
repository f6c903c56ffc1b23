"""Carrying out a comparison: kept as a plan file when it was shown, written as it was shown when a person confirms.

Between the two, the register may have moved on. Writing looks again at every record it touches and refuses as a whole
when one of them is no longer what the person saw.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db import IntegrityError, transaction

from core import bulk
from core.permits import Refused
from core.trail import Actor, filled_texts, record, record_many
from incubators.exchange.cells import CLEARED
from incubators.exchange.comparing import Comparison, Progress
from incubators.exchange.kinds import CHANGED, NEW, Context, Kind
from incubators.register.permits import may_write_register

# A line of the trail: key, name of the record, values before and after.
Line = tuple[Any, str, dict[str, Any], dict[str, Any] | str]
_PART = "\x7f"  # no keyboard has it
STALE = "预览之后库中的记录有了变化,为免误改没有写入任何数据;请重新上传核对"


def plan_of(comparison: Comparison) -> dict[str, Any]:
    """Everything that confirming would write: new rows whole, changed rows cell by cell. Each begins with its line."""
    columns = comparison.table.columns
    names = [column.name for column in columns]
    empty = [column.reader.empty for column in columns]
    new: list[Any] = []
    changed: list[Any] = []
    for row in comparison.table.rows:
        if row.outcome == NEW:
            pairs = zip(row.values, empty, strict=True)
            new.append([row.line, [without if v is None or v is CLEARED else v for v, without in pairs]])
        elif row.outcome == CHANGED:
            cells = {names[place]: [before, after] for place, before, after in comparison.changes(row)}
            changed.append([row.line, row.pk, cells])
    return {"names": names, "new": new, "changed": changed}


def kept(value: Any) -> Any:
    """A value as JSON keeps it, for a plan or a sealed form; equal values look alike."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def dump_plan(comparison: Comparison) -> bytes:
    """:func:`plan_of` as a compressed text, to be kept until a person confirms: one line of JSON, then a line for each
    column of the new rows that holds nothing but words; like beside like, and nothing to encode."""
    plan = plan_of(comparison)
    lines, rows = zip(*plan["new"], strict=True) if plan["new"] else ((), ())
    columns = [_kept_column(column) for column in zip(*rows, strict=True)]
    words = [column for column in columns if isinstance(column, str)]
    others = [None if isinstance(column, str) else column for column in columns]
    told = plan | {"new": {"lines": lines, "columns": others}}
    text = json.dumps(told, ensure_ascii=False, default=kept, separators=(",", ":"))
    return zlib.compress("\n".join([text, *words]).encode(), 1)


def _kept_column(values: Sequence[Any]) -> Sequence[Any]:
    """A column as it is kept: words as one text, where the signs that part them and columns are in none."""
    types = {*map(type, values)}
    if types == {str}:
        whole = _PART.join(values)
        return whole if whole.count(_PART) == len(values) - 1 and "\n" not in whole else values
    if types - {type(None)} != {Decimal} and types - {type(None)} != {date}:
        return values
    told = {value: kept(value) for value in {*values}}
    return [*map(told.__getitem__, values)]


def load_plan(content: bytes) -> dict[str, Any]:
    """What :func:`dump_plan` kept."""
    text, *words = zlib.decompress(content).decode().split("\n")
    plan: dict[str, Any] = json.loads(text)
    laid_out, apart = plan["new"], iter(words)
    columns = [next(apart).split(_PART) if column is None else column for column in laid_out["columns"]]
    rows = map(list, zip(*columns, strict=True))
    return plan | {"new": [*map(list, zip(laid_out["lines"], rows, strict=True))]}


def write_plan(
    kind: Kind,
    plan: dict[str, Any],
    *,
    user: Any,
    actor: Actor,
    reason: str,
    progress: Progress = lambda *_: None,
    synthetic: bool = False,
    verbs: tuple[str, str] = ("导入新增", "导入更新"),
) -> dict[str, int]:
    """Write a plan in one transaction, with a line of the trail for each record. Returns counts by outcome.

    Raises :class:`Refused` and writes nothing when the register is no longer as it was shown, and
    :class:`NotPermitted` for who may not write it.
    """
    may_write_register(user).require()
    context = Context(user)
    total = len(plan["new"]) + len(plan["changed"])
    try:
        with transaction.atomic():
            progress(0, total, "正在复核库中记录")
            _still_as_shown(kind, plan, context)
            made = _update(kind, plan)
            progress(len(plan["changed"]), total, "正在写入新记录")
            new, made_too = _insert(kind, plan, context, synthetic)
            progress(total, total, "正在登记变更记录")
            # The trail last: from its first line on, everybody else who writes waits.
            for verb, rows in ((verbs[1], _changed_lines(kind, plan)), (verbs[0], new)):
                action = f"{verb}{kind.title}"
                record_many(actor=actor, action=action, model=kind.model, rows=rows, reason=reason, streamed=True)
            for other in (*made, *made_too):
                after = {"code": other.code, "name": other.name}
                record(actor=actor, action=f"随{kind.title}登记", target=other, after=after, reason=reason)
            progress(total, total, "正在提交")
    except IntegrityError as clash:
        raise Refused(STALE) from clash
    return {NEW: len(plan["new"]), CHANGED: len(plan["changed"])}


def _still_as_shown(kind: Kind, plan: dict[str, Any], context: Context) -> None:
    """New records must still be unknown, changed ones still hold what the person saw and be theirs to change."""
    manager = kind.model._default_manager
    names = sorted({name for _, _, cells in plan["changed"] for name in cells})
    expected = {pk: cells for _, pk, cells in plan["changed"]}
    seen = 0
    for own in bulk.among(kind.model, "pk", expected):
        rows = manager.filter(kind.writable(context.scope), own).select_for_update(of=("self",))
        for pk, *values in rows.values_list("pk", *names):
            now = dict(zip(names, values, strict=True))
            if any(kept(now[name]) != kept(before) for name, (before, _) in expected[pk].items()):
                raise Refused(STALE)
            seen += 1
    if seen != len(expected):
        raise Refused(STALE)
    places = [plan["names"].index(name) for name in kind.key]
    keys = {tuple(kept(values[place]) for place in places) for _, values in plan["new"]}
    lead = max(range(len(places)), key=lambda n: len({key[n] for key in keys})) if keys else 0
    for some in bulk.among(kind.model, kind.key[lead], {values[places[lead]] for _, values in plan["new"]}):
        for found in manager.filter(some).values_list(*kind.key):
            if tuple(kept(value) for value in found) in keys:
                raise Refused(STALE)


def _update(kind: Kind, plan: dict[str, Any]) -> list[Any]:
    """Changed records, in groups that change the same fields; a changed name takes its derived values along. Returns
    what was made on the way."""
    groups: dict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    renewed = [{name: after for name, (_, after) in cells.items()} for _, _, cells in plan["changed"]]
    made = kind.prepare(renewed)
    for (_, pk, _), values in zip(plan["changed"], renewed, strict=True):
        full = values | kind.derive(values)
        names = tuple(sorted(full))
        groups[names].append([pk, *(full[name] for name in names)])
    for names, rows in groups.items():
        bulk.update(kind.model, names, rows)
    return made


def _changed_lines(kind: Kind, plan: dict[str, Any]) -> Iterator[Line]:
    labels = _words(kind, plan)

    def line(pk: Any, cells: dict[str, list[Any]]) -> Line:
        before = {name: was for name, (was, _) in cells.items()}
        return pk, labels.get(pk, ""), before, {name: after for name, (_, after) in cells.items()}

    return (line(pk, cells) for _, pk, cells in plan["changed"])


def _words(kind: Kind, plan: dict[str, Any]) -> dict[Any, str]:
    """What the changed records are called."""
    found: dict[Any, str] = {}
    related = [name.removesuffix("_id") for name in kind.naming if name.endswith("_id")]
    for some in bulk.among(kind.model, "pk", (pk for _, pk, _ in plan["changed"])):
        rows = kind.model._default_manager.filter(some).select_related(*related)
        found |= {row.pk: str(row) for row in rows}
    return found


def _insert(kind: Kind, plan: dict[str, Any], context: Context, synthetic: bool) -> tuple[Iterator[Line], list[Any]]:
    """New records. Returns their lines for the trail and what was made on the way."""
    if not plan["new"]:
        return iter(()), []
    names = plan["names"]
    rows = [dict(zip(names, values, strict=True)) for _, values in plan["new"]]
    made = kind.prepare(rows)
    without = dict.fromkeys(kind.derived, "")
    for row in rows:
        row.update(without | kind.derive(row))
    written = [*names, *kind.derived]
    fixed = {"is_synthetic": synthetic} | _defaults(kind, {*written, "is_synthetic", "id"})
    ids = bulk.reserve_ids(kind.model, len(rows))
    cells, same = itemgetter(*written), tuple(fixed.values())
    lines = ((*cells(row), pk, *same) for row, pk in zip(rows, ids, strict=True))
    bulk.insert(kind.model, [*written, "id", *fixed], lines, streamed=True)
    _still_theirs(kind, ids, context)
    return _new_lines(kind, rows, ids, context), made


def _still_theirs(kind: Kind, ids: list[int], context: Context) -> None:
    """A person may have lost an area between looking and confirming: what is written must be theirs at this moment."""
    theirs = kind.model._default_manager.filter(kind.writable(context.scope))
    if sum(theirs.filter(own).count() for own in bulk.among(kind.model, "pk", ids)) != len(ids):
        raise Refused("有些记录已不在您的管辖范围,没有写入任何数据;请重新上传核对")


def _defaults(kind: Kind, written: set[str]) -> dict[str, Any]:
    """Attributes that the sheet does not carry, with the model's own defaults."""
    fields = [field for field in kind.model._meta.concrete_fields if field.attname not in written]
    return {field.attname: field.get_default() for field in fields}


def _new_lines(kind: Kind, rows: list[dict[str, Any]], ids: list[int], context: Context) -> Iterator[Line]:
    columns = {column.name: column for column in kind.columns(context)}
    labels: dict[str, Callable[[Any], Any]] = {}
    for name in kind.naming:
        reader = columns[name].reader
        if hasattr(reader, "prepare_show"):
            reader.prepare_show({row[name] for row in rows})
        labels[name] = reader.show
    # A record that is made in the kind's order of columns has its attributes in one order.
    texts = filled_texts([*rows[0]], (row.values() for row in rows))

    def called(row: dict[str, Any]) -> str:
        return " · ".join(str(labels[name](row[name]) or "") for name in kind.naming)

    return ((pk, called(row), {}, text) for row, pk, text in zip(rows, ids, texts, strict=True))
