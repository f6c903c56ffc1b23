"""Incubation rule files into the database: limits of months and grounds of graduation, as reviewed data.

A version that was loaded is never changed, for what was decided by it must stay explainable: a change is a new version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from pydantic import ValidationError

from core.permits import Refused
from core.trail import Actor, record
from incubators.models import Area, IncubationRule
from incubators.register.limits import Held, Rules
from incubators.register.rulefile import RuleFile
from plans.planfile.messages import FIXED
from plans.planfile.problems import PlanFileError
from plans.planfile.source import Source, read_source

FOLDER = "fixtures/incubation"


def default_files() -> list[Path]:
    """The rules that come with the portal."""
    return sorted((Path(settings.BASE_DIR) / FOLDER).glob("*.yaml"))


def load_incubation_rules(*, paths: Iterable[Path | str], actor: Actor) -> list[tuple[IncubationRule, bool]]:
    """Load files, all or none; again changes nothing. Answers each rule with whether it is new.

    Raises :class:`PlanFileError` with every fault, and :class:`Refused` when a version differs from the one loaded
    before or two rules would hold in one area on the same day.
    """
    files = [_read(Path(path)) for path in paths]
    problems = [problem for _, source in files for problem in source.problems]
    if problems:
        raise PlanFileError(problems)
    with transaction.atomic():
        loaded = [_load(rule, actor) for rule, _ in files if rule is not None]
        _one_at_a_time(Rules().held)
    return loaded


def _read(path: Path) -> tuple[RuleFile | None, Source]:
    source = read_source(path)
    if source.problems:
        return None, source
    try:
        rule = RuleFile.model_validate(source.data)
    except ValidationError as error:
        for fault in error.errors():
            source.complain(tuple(fault["loc"]), _sentence(fault))
        return None, source
    if rule.area is not None and not Area.objects.filter(code=rule.area).exists():
        source.complain(("area",), f"没有代码为“{rule.area}”的区域,请先载入规划或登记区域")
    return rule, source


def _sentence(fault: Any) -> str:
    kind, value, last = fault["type"], fault["input"], fault["loc"][-1] if fault["loc"] else ""
    if kind == "missing":
        return f"缺少必填项“{last}”"
    if kind == "extra_forbidden":
        return f"不认识的字段“{last}”"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    sentence = FIXED.get(kind, "填写的值不符合要求")
    return f"{sentence};现在写的是“{value}”" if isinstance(value, str | int | float) else sentence


def _load(rule: RuleFile, actor: Actor) -> tuple[IncubationRule, bool]:
    definition = rule.model_dump(mode="json")
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    stamp = hashlib.sha256(text.encode()).hexdigest()
    row = IncubationRule.objects.filter(code=rule.code, version=rule.version).first()
    if row is not None:
        if row.fingerprint != stamp:
            raise Refused(f"规则“{row}”已经载入,内容不能改动;请把文件中的 version 改为 {rule.version + 1} 后再载入")
        return row, False
    row = IncubationRule.objects.create(
        code=rule.code,
        version=rule.version,
        name=rule.name,
        source=rule.source,
        area=Area.objects.filter(code=rule.area).first() if rule.area is not None else None,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        definition=definition,
        fingerprint=stamp,
    )
    record(actor=actor, action="载入孵化规则", target=row, after={"fingerprint": stamp, "source": rule.source})
    return row, True


def _one_at_a_time(held: Iterable[Held]) -> None:
    """Of the rules of one area, only one holds on a day."""
    by_area: dict[str, list[IncubationRule]] = {}
    for one in held:
        by_area.setdefault(one.path, []).append(one.row)
    for rows in by_area.values():
        rows.sort(key=lambda row: row.valid_from or date.min)
        for earlier, later in pairwise(rows):
            if earlier.valid_to is None or later.valid_from is None or later.valid_from <= earlier.valid_to:
                raise Refused(f"规则“{earlier}”与“{later}”在同一区域同时有效;请给前一条写明失效日期 valid_to(另立一版)")
