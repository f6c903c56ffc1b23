"""Columns that name another record: by code, by name or by the company's code. Each looks up a whole column at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Model, Q

from incubators.exchange.cells import Reference
from incubators.exchange.kinds import Context
from incubators.models import Area, Carrier, CarrierTag, Enterprise, Fund, Organisation, QualificationKind, Title
from incubators.register.operators import LONGEST_NAME, called, half_width, too_many
from incubators.scope import NOTHING

Found = dict[str, tuple[Any, str]]
_CHUNK = 5_000


def chunks(items: Iterable[Any], size: int = _CHUNK) -> Iterator[list[Any]]:
    """``items`` in lists of at most ``size``: databases take so many parameters and no more."""
    batch = [*items]
    for start in range(0, len(batch), size):
        yield batch[start : start + size]


def area(context: Context, *, own: bool) -> Reference:
    """An area by name or code; ``own``: only those that the person writes for."""

    def candidates() -> Any:
        return Area.objects.only("id", "code", "name", "path")

    def find(names: set[str]) -> Found:
        by_name: dict[str, list[Area]] = defaultdict(list)
        for row in candidates():
            for word in {half_width(row.name), row.code.upper()}:
                by_name[word].append(row)
        return {
            name: _one_area(context, by_name.get(name) or by_name.get(name.upper(), []), name, own=own)
            for name in names
        }

    def label(keys: set[Any]) -> dict[Any, str]:
        rows = [*candidates()]
        often = Counter(half_width(row.name) for row in rows)
        return {row.pk: row.code if often[half_width(row.name)] > 1 else row.name for row in rows if row.pk in keys}

    def words() -> list[str]:
        rows = [row for row in candidates() if not own or context.scope.may_write(row.path)]
        return [row.name for row in rows] if len(rows) <= 500 else []

    return Reference("区域", find, label, words)


def _one_area(context: Context, rows: list[Area], name: str, *, own: bool) -> tuple[Any, str]:
    if not rows:
        return None, f"没有名为“{name}”的区域"
    mine = [row for row in rows if context.scope.may_write(row.path)]
    if own and not mine:
        return None, f"“{name}”不在您的管辖范围"
    rows = mine or rows
    if len(rows) > 1:
        return None, f"有{len(rows)}个区域都叫“{name}”,请改填区域代码({'、'.join(row.code for row in rows[:4])})"
    return rows[0].pk, ""


def carrier(context: Context) -> Reference:
    """A carrier of the person's areas, by its code or its full name."""

    def find(names: set[str]) -> Found:
        # Whether a carrier of another district exists is not this person's to know.
        mine = NOTHING
        for path in context.scope.write_paths:
            mine |= Q(owner_area__path__startswith=path)
        by_code: dict[str, Any] = {}
        by_name: dict[str, list[Any]] = defaultdict(list)
        for pk, code, name in Carrier.objects.filter(mine).values_list("pk", "code", "name"):
            by_code[code] = pk
            by_name[half_width(name)].append(pk)
        found: Found = {}
        for name in names:
            keys = [by_code[name]] if name in by_code else by_name.get(name, [])
            if keys:
                found[name] = (keys[0], "") if len(keys) == 1 else (None, f"有几家载体都叫“{name}”,请改填编号")
        return found

    return Reference("您管辖的载体", find, _labels(Carrier, "code"))


def enterprise(context: Context) -> Reference:
    """An enterprise by its unified social credit code, wherever it is registered: the code is public."""

    def find(codes: set[str]) -> Found:
        found: Found = {}
        for batch in chunks(codes):
            found |= {
                code: (pk, "") for code, pk in Enterprise.objects.filter(uscc__in=batch).values_list("uscc", "pk")
            }
        return {code: found.get(code, (None, f"库中没有代码为“{code}”的企业,请先导入企业")) for code in codes}

    return Reference("企业", find, _labels(Enterprise, "uscc"), codelike=True)


def operator(context: Context) -> Reference:
    """An operator by name or, where several share one, by code. One that is not known yet is registered on the way: its
    key is then the name itself."""

    def find(names: set[str]) -> Found:
        found: Found = {}
        # Written in two widths within one file, it is still one operator.
        new: dict[str, str] = {}
        for name, known in called(sorted(names)).items():
            if sentence := too_many(name, known):
                found[name] = (None, sentence)
            elif known:
                found[name] = (known[0].pk, "")
            elif len(name) > LONGEST_NAME:
                found[name] = (None, f"运营机构名称超过{LONGEST_NAME}个字")
            else:
                found[name] = (new.setdefault(half_width(name), name), "")
        return found

    def label(keys: set[Any]) -> dict[Any, str]:
        rows = [*Organisation.objects.values_list("pk", "code", "name")] if keys else []
        often = Counter(half_width(name) for _, _, name in rows)
        shown = {pk: code if often[half_width(name)] > 1 else name for pk, code, name in rows if pk in keys}
        return shown | {key: key for key in keys if isinstance(key, str)}

    return Reference("运营机构", find, label, own_words=True)


def title(context: Context) -> Reference:
    """A title a carrier can hold, by its name or code."""
    return _small("称号", Title)


def tag(context: Context) -> Reference:
    """A tag that carriers bear, by its name or code; the list is closed."""
    return _small("标签", CarrierTag)


def qualification_kind(context: Context) -> Reference:
    """What an enterprise can be qualified as, by its name or code."""
    return _small("资质种类", QualificationKind)


def fund(context: Context) -> Reference:
    """A fund of the areas that the person writes for, by its code."""

    def find(names: set[str]) -> Found:
        rows = Fund.objects.filter(code__in=names).values_list("code", "pk", "area__path")
        return {code: (pk, "") for code, pk, path in rows if context.scope.may_write(path)}

    return Reference("您管辖的孵化基金", find, _labels(Fund, "code"))


def _small(what: str, model: type[Model]) -> Reference:
    """A vocabulary of a few dozen rows with ``code`` and ``name``."""

    def find(names: set[str]) -> Found:
        found: Found = {}
        for pk, code, name in model._default_manager.values_list("pk", "code", "name"):
            found[code] = found[half_width(name)] = (pk, "")
        return {name: found[name] for name in names if name in found}

    def words() -> list[str]:
        return [*model._default_manager.order_by("name").values_list("name", flat=True)]

    return Reference(what, find, _labels(model, "name"), words)


def _labels(model: type[Model], attribute: str) -> Callable[[set[Any]], dict[Any, str]]:
    def label(keys: set[Any]) -> dict[Any, str]:
        found: dict[Any, str] = {}
        for batch in chunks(key for key in keys if not isinstance(key, str)):
            found |= dict(model._default_manager.filter(pk__in=batch).values_list("pk", attribute))
        return found | {key: key for key in keys if isinstance(key, str)}

    return label
