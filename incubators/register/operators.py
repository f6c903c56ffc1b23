"""Companies that run carriers: which one a name means, and those registered on the way when a sheet or a change names one
that is not known yet."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from core.permits import Refused
from incubators.models import Organisation

KIND = "operator"
LONGEST_NAME = 120


def half_width(name: str) -> str:
    """A name as readers compare it: brackets and letters in half width."""
    return unicodedata.normalize("NFKC", name)


def called(names: Iterable[str]) -> dict[str, list[Organisation]]:
    """Whom each of ``names`` means: the one of this code, else all of this name, whatever the width of its letters. One
    query."""
    by_code: dict[str, Organisation] = {}
    by_name: dict[str, list[Organisation]] = defaultdict(list)
    for row in Organisation.objects.only("id", "code", "name").order_by("code"):
        by_code[row.code] = row
        by_name[half_width(row.name)].append(row)
    return {name: [by_code[name]] if name in by_code else by_name.get(half_width(name), []) for name in names}


def too_many(name: str, found: list[Organisation]) -> str:
    """A sentence when a name means several, else empty."""
    if len(found) < 2:
        return ""
    return f"有几家单位都叫“{name}”,请改填代码({'、'.join(row.code for row in found[:4])})"


def registered(wanted: Mapping[str, Any]) -> dict[str, tuple[Organisation, bool]]:
    """The operator that each name means, made where there is none; and whether it was made. ``wanted``: name to the key
    of the area in which a new one is registered. Raises :class:`Refused` for a name that means several."""
    found: dict[str, tuple[Organisation, bool]] = {}
    for name, known in called(wanted).items():
        if sentence := too_many(name, known):
            raise Refused(sentence)
        if known:
            found[name] = known[0], False
            continue
        code = f"{KIND}-{sha256(half_width(name).encode()).hexdigest()[:12]}"
        values = {"name": name, "kind": KIND, "area_id": wanted[name]}
        found[name] = Organisation.objects.get_or_create(code=code, defaults=values)
    return found
