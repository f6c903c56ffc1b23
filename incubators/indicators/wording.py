"""A question in words, for people: names instead of codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.dates import date_cn
from incubators.indicators.asking import COMMON_WORDS, PARAM_WORDS, Asked
from incubators.indicators.base import BadQuestion
from incubators.models import Area, AreaGroup, Carrier, Level, QualificationKind, ServicePlatform, Title
from incubators.scope import Scope

POPULATIONS = {"district": "区域内注册的全部企业", "incubatees": "在孵企业", "residents": "入驻企业"}
VALIDITIES = {"year": "在该日所在年度内有效", "day": "当日有效"}
KINDS = dict([*Carrier.Kind.choices, *ServicePlatform.Kind.choices])


def described(asked: Asked) -> list[tuple[str, str]]:
    """What was asked, as pairs of label and value."""
    given = asked.arguments
    pairs = []
    if given.get("end"):
        pairs.append(("期间", f"{date_cn(given['start'])}至{date_cn(given['end'])}"))
    elif given.get("on"):
        pairs.append(("日期", date_cn(given["on"])))
    if given.get("carrier"):
        pairs.append(("载体", _names(Carrier, [given["carrier"]])))
    pairs.append(("统计范围", _extent(given.get("within"), given.get("user"))))
    return pairs + [(PARAM_WORDS.get(name, name), _shown(name, value)) for name, value in given["params"].items()]


def _extent(within: Area | None, user: Any) -> str:
    """Whose rows were counted: a figure is of what the person may see, and says so."""
    scope = Scope.of(user)
    if within is None:
        return "您有权查看的全部记录"
    if scope.covers(within.path):
        return within.name
    return f"{within.name}内您有权查看的记录"


def _names(model: Any, codes: list[str]) -> str:
    names = dict(model.objects.filter(code__in=codes).values_list("code", "name"))
    return "、".join(names.get(code, code) for code in codes)


def _rank(value: Any) -> str:
    level = Level.objects.filter(rank=value).order_by("code").first()
    return f"{level.name}及以上" if level else str(value)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "kinds": lambda value: "、".join(KINDS.get(code, code) for code in value),
    "titles": lambda value: _names(Title, value),
    "members": lambda value: _names(Area, value),
    "group": lambda value: _names(AreaGroup, [value]),
    "qualification": lambda value: _names(QualificationKind, [value]),
    "population": lambda value: POPULATIONS.get(value, value),
    "valid": lambda value: VALIDITIES.get(value, value),
    "known_on": date_cn,
    "rank_at_least": _rank,
    "min_floor_area": lambda value: f"{value:,f} ㎡",
}


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return _SHOWN.get(name, str)(value)


def faults(error: BadQuestion) -> list[str]:
    """Each fault as a sentence that names the parameter in Chinese."""
    words = {**COMMON_WORDS, **PARAM_WORDS}
    return [f"{words.get(name, name)}:{text}" for name, texts in error.errors.items() for text in texts]
