"""Incubation rule files into the database: limits of months and grounds of graduation, as reviewed data.

A version that was loaded is never changed, for what was decided by it must stay explainable: a change is a new version.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.db import transaction
from pydantic import ValidationError

from core.permits import Refused
from core.trail import Actor, record
from incubators.models import Area, IncubationRule
from incubators.register.limits import Held, Rules
from incubators.register.rulefile import RuleFile
from plans.loading import fingerprint
from plans.planfile.messages import note_validation
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
        note_validation(source, error, RuleFile)
        return None, source
    if rule.area is not None and not Area.objects.filter(code=rule.area).exists():
        source.complain(("area",), f"没有代码为“{rule.area}”的区域,请先载入规划或登记区域")
    return rule, source


def _load(rule: RuleFile, actor: Actor) -> tuple[IncubationRule, bool]:
    definition = rule.model_dump(mode="json")
    stamp = fingerprint(definition)
    row = IncubationRule.objects.filter(code=rule.code, version=rule.version).first()
    if row is not None:
        if row.fingerprint != stamp:
            raise Refused(f"规则“{row}”已经载入,内容不能改动;请把文件中的 version 改为 {rule.version + 1} 后再载入")
        return row, False
    _covers_as_much(rule)
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


def _covers_as_much(rule: RuleFile) -> None:
    """Of one code the highest version holds alone: one that begins later, or for another area, would leave incubations
    of before without the rule they began under. It may end earlier: so a rule makes way for the next."""
    rows = IncubationRule.objects.filter(code=rule.code).select_related("area")
    before = rows.order_by("-version").first()
    if before is None:
        return
    path = before.area.path if before.area is not None else ""
    now = Area.objects.get(code=rule.area).path if rule.area is not None else ""
    begins = rule.valid_from or date.min
    if begins > (before.valid_from or date.min) or not path.startswith(now):
        raise Refused(
            f"规则“{before}”的第{rule.version}版不能比它晚生效或缩小适用区域,否则此前开始的孵化将没有规则;"
            "新规则请另立代码,原规则另立一版写明失效日期 valid_to"
        )


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
