"""The officers' worked cases of targets, one test each, on the targets as the plan files state them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from plans.loading import content
from plans.models import Plan
from plans.planfile import read_plans
from plans.selectors import Decided
from targets.measuring import aim_of
from targets.models import Target
from targets.pace import PACE_WORDS, Aim, Seen, Verdict, judge

ROOT = Path(settings.BASE_DIR) / "fixtures"
KNOWN = {"情形", "目标", "日期", "现值", "各年", "基期", "近月", "完成", "决定", "应为"}
DUE = {"进度", "时序应达", "每月需", "预测", "各年", "理由"}


def _cases() -> list[Any]:
    files = sorted((ROOT / "cases" / "targets").glob("*.yaml"))
    cases = [case for path in files for case in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return [pytest.param(case, id=f"{case['目标']} {case['情形']}") for case in cases]


@cache
def _targets() -> dict[str, Target]:
    found = {}
    for file in read_plans(sorted((ROOT / "plans").glob("*.yaml"))):
        plan = Plan(code=file.plan.code, period_from=file.plan.period.start, period_to=file.plan.period.end)
        for entry in file.targets:
            found[entry.code] = Target(
                plan=plan,
                code=entry.code,
                kind=entry.kind,
                comparator=entry.comparator,
                value=entry.value if entry.value is not None else entry.value_min,
                value_max=entry.value_max,
                unit=entry.unit or "",
                commitment=entry.commitment,
                deadline=entry.deadline,
                measured_by=entry.measure.by,
                definition=content(entry),
            )
    return found


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _decided(words: str | None) -> dict[str, Decided]:
    if words is None:
        return {}
    now = datetime(2023, 1, 1, tzinfo=UTC)
    return {"Q": Decided("Q", "", "choice", words, date(2023, 1, 1), now, "文件", "理由", "某人", 1)}


def _verdict(case: dict[str, Any]) -> Verdict:
    target = _targets()[case["目标"]]
    aim: Aim = aim_of(target, _decided(case.get("决定")))
    years = {year: _number(value) for year, value in case.get("各年", {}).items()}
    on: date = case["日期"]
    value = _number(case.get("现值", years.get(on.year)))
    base = _number(case.get("基期", 0 if aim.kind == "new_since_start" else None))
    seen = Seen(
        value=value,
        base=base,
        increments=[Decimal(str(change)) for change in case.get("近月", [])],
        years=years,
        done=case.get("完成"),
        entered=target.measured_by != Target.MeasuredBy.INDICATOR,
    )
    return judge(aim, seen, on=on)


def _rounded(value: Decimal | None, like: Any) -> Decimal | None:
    places = Decimal(1).scaleb(min(0, Decimal(str(like)).as_tuple().exponent))
    return None if value is None else value.quantize(places, rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("case", _cases())
def test_worked_case(case: dict[str, Any]) -> None:
    due = case["应为"]
    assert set(case) <= KNOWN, "the case has a word that is not read"
    assert set(due) <= DUE, "the case expects something that is not checked"
    verdict = _verdict(case)
    assert PACE_WORDS[verdict.pace] == due["进度"], verdict.reason
    if "时序应达" in due:
        assert _rounded(verdict.expected, due["时序应达"]) == Decimal(str(due["时序应达"]))
    if "每月需" in due:
        assert _rounded(verdict.needed_a_month, due["每月需"]) == Decimal(str(due["每月需"]))
    if "预测" in due:
        found = verdict.forecast
        numbers = "无" if found is None else [found.low, found.value, found.high]
        if due["预测"] == "无":
            assert numbers == "无"
        else:
            assert numbers != "无"
            assert [_rounded(n, "0.0001") for n in numbers] == [Decimal(str(n)) for n in due["预测"]]
    if "各年" in due:
        assert [PACE_WORDS[year.pace] for year in verdict.years] == due["各年"]
    assert due.get("理由", "") in verdict.reason


def test_every_plan_has_cases() -> None:
    """Each kind of target and each comparator that the plans use is worked by hand at least once."""
    worked = {param.values[0]["目标"] for param in _cases()}
    targets = _targets()
    assert {targets[code].comparator for code in worked} == {target.comparator for target in targets.values()}
    assert {targets[code].kind for code in worked} == {target.kind for target in targets.values()}
