"""Finding records by what a person types: part of a name, pinyin initials (华东无人机基地 by ``hdwrjjd``), the beginning
of a code or number.

Parts of names are found through pairs of neighbouring characters (PostgreSQL: an index of each text's pairs, see
docs/decisions/0006). Chinese words have two characters, for which an index of three, as pg_trgm makes, has no answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Model, Q, Value
from django.db.models.functions import Left
from django.db.models.lookups import In
from pypinyin import Style, pinyin

SHORTEST = 2
# The most records of another kind (enterprises of stays, say) whose rows are looked for: of a commoner word the rows
# would be most of all there are.
MOST_LED = 2_000
# Whose columns have an index of pairs, together in this order (migration list_indexes makes them).
WORDS: dict[str, tuple[str, ...]] = {
    "enterprise": ("name", "former_name", "pinyin"),
    "carrier": ("name", "pinyin"),
    "organisation": ("name",),
    "fund": ("name",),
    "serviceplatform": ("name",),
    "activity": ("title",),
    "carriersite": ("name", "address"),
}
CODES = {"enterprise": "uscc", "carrier": "code"}


@lru_cache(maxsize=20_000)
def _letter(character: str) -> str:
    return pinyin(character, style=Style.FIRST_LETTER, strict=False)[0][0][:1].lower()


def initials(name: str) -> str:
    """Lower-case initials of ``name``; letters and digits stay, other signs fall away."""
    return "".join(map(_letter, filter(str.isalnum, name)))[:120]


def pairs_of(columns: Iterable[str]) -> str:
    """The SQL that an index of pairs is made on, of quoted ``columns``."""
    return f"text_pairs(upper({' || chr(10) || '.join(columns)}))"


class HoldsPairs(Func):
    """Whether the pairs of ``text`` are among those of the columns: true for all rows that hold the text, and for few
    others. On other databases than PostgreSQL it is always true, and reading decides."""

    output_field = BooleanField()

    def __init__(self, columns: Iterable[str], text: str) -> None:
        super().__init__(*(F(column) for column in columns), Value(text))

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        """Always true."""
        return "1 = 1", []

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """By the index of pairs."""
        *columns, text = self.source_expressions
        parts = [compiler.compile(column)[0] for column in columns]
        return f"{pairs_of(parts)} @> text_pairs(upper(%s))", [text.value]


def holding(model: type[Model], text: str, columns: Iterable[str] = ()) -> Q:
    """Rows of ``model`` one of whose ``columns`` (default: all that have the index) holds ``text``."""
    indexed = WORDS[str(model._meta.model_name)]
    asked = [*columns] or indexed
    found = Q()
    names = [column for column in asked if column != "pinyin"]
    if names:
        read = Q()
        for column in names:
            read |= Q(**{f"{column}__icontains": text})
        found |= _narrowed(indexed, text) & read
    if "pinyin" in asked and text.isascii():
        letters = text.replace(" ", "").lower()
        found |= _narrowed(indexed, letters) & Q(pinyin__contains=letters)
    return found


def _narrowed(columns: Iterable[str], text: str) -> Q:
    return Q(HoldsPairs(columns, text)) if connection.vendor == "postgresql" and len(text) >= SHORTEST else Q()


def beginning(model: type[Model], column: str, text: str) -> Q:
    """Rows whose code or number in ``column`` begins with ``text``, as typed or in capitals; codes are found in either
    case."""
    if column == CODES.get(str(model._meta.model_name)):
        # The credit code is kept in capitals; codes of carriers as they were given.
        return Q(uscc__startswith=text.upper()) if column == "uscc" else Q(code__istartswith=text)
    found = Q(**{f"{column}__startswith": text}) | Q(**{f"{column}__startswith": text.upper()})
    if connection.vendor == "postgresql":
        return found
    # To SQLite, capitals and small letters are the same there.
    return found & Q(In(Left(column, len(text)), [text, text.upper()]))


def named(model: type[Model], text: str) -> Q:
    """Rows whose name, pinyin initials or code is typed."""
    found = holding(model, text)
    return found | beginning(model, CODES[str(model._meta.model_name)], text) if text.isascii() else found


class TooCommon(Exception):
    """So many records hold the words that they tell nothing; the text says what to do (Chinese)."""

    def __init__(self, text: str, noun: str) -> None:
        super().__init__(f"名称含“{text}”的{noun}超过{MOST_LED:,}个,请多输入几个字,或先用其他条件查找")


def by_paths(model: type[Model], paths: Iterable[str], text: str, user: Any) -> Q:
    """Rows of ``model`` that ``text`` finds by one of ``paths``: own columns, or those of a record it leads to, as far as
    ``user`` sees it. Raises :class:`TooCommon`.

    A union of keys and no OR over joins: each part goes by its own index.
    """
    own: list[str] = []
    led: dict[str, list[str]] = {}
    for path in paths:
        relation, _, column = path.rpartition("__")
        (led.setdefault(relation, []) if relation else own).append(column)
    rows = model._default_manager.order_by()
    conditions = [_columns(model, own, text)] if own else []
    for relation, columns in led.items():
        other: Any = model._meta.get_field(relation).related_model
        found: Any = other._default_manager.order_by()
        found = found.visible_to(user) if hasattr(found, "visible_to") else found
        keys = [*found.filter(_columns(other, columns, text)).values_list("pk", flat=True)[: MOST_LED + 1]]
        if len(keys) > MOST_LED:
            raise TooCommon(text, str(other._meta.verbose_name))
        conditions.append(Q(**{f"{relation}__in": keys}))
    if len(conditions) == 1:
        return conditions[0]
    first, *others = [rows.filter(condition).values("pk") for condition in conditions]
    return Q(pk__in=first.union(*others))


def _columns(model: type[Model], columns: list[str], text: str) -> Q:
    name = str(model._meta.model_name)
    words = [column for column in columns if column in WORDS.get(name, ())]
    found = holding(model, text, words) if words else Q(pk__in=())
    for column in columns:
        if column in words or (column == CODES.get(name) and not text.isascii()):
            continue
        few = name in _FEW
        found |= Q(**{f"{column}__icontains": text}) if few else beginning(model, column, text)
    return found


# Tables so small that reading them whole is the quickest.
_FEW = frozenset({"title", "qualificationkind", "carriertag"})
