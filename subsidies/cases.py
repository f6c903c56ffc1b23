"""Worked cases beside the rules: situations in the officers' words with what is due, read for the rule's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from core.dates import date_cn
from core.money import wan_text

VERDICTS = {"应予": "payable", "不予": "not_payable", "尚不能定": "undecided", "规则未生效": "not_in_force"}
_PLAIN = {
    "operating_grant": "年度运营补贴",
    "reward_grant": "绩效评价后奖励",
    "grade_grant": "年度绩效评价补贴",
    "grade_excellent": "优秀",
    "grade_good": "优良",
}


# The parts of a record in the order in which an officer would say them.
_PARTS = {
    "日期": "{}认定",
    "终止": "{}终止",
    "原因": "{}",
    "称号": "按{}参评",
    "公布": "{}公布",
    "批准日": "{}批准",
    "批准": "{}",
    "到账": "到账 {}",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case of a rule."""

    situation: str
    year: int
    as_of: date | None
    known: tuple[str, ...]
    verdict: str
    verdict_word: str
    amount: str
    reason: str


def folder() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "cases"


@cache
def _raw() -> tuple[dict[str, Any], ...]:
    paths = sorted(folder().glob("*/*.yaml"))
    return tuple(case for path in paths for case in yaml.safe_load(path.read_text(encoding="utf-8")))


def of_rule(code: str, words: dict[str, str]) -> list[Case]:
    """The cases of a rule; ``words`` are the names of titles by code."""
    return [_case(case, words | _PLAIN) for case in _raw() if case.get("规则") == code]


def _case(case: dict[str, Any], words: dict[str, str]) -> Case:
    due = case["应得"]
    amounts = [f"{name} {wan_text(Decimal(str(due[name])))}" for name in ("测算", "上限") if name in due]
    return Case(
        situation=case["情形"],
        year=case["年度"],
        as_of=case.get("数据截止"),
        known=tuple(_known(case.get("已知") or {}, words)),
        verdict=VERDICTS[due["结论"]],
        verdict_word=due["结论"],
        amount=";".join(amounts),
        reason=";".join(f"{name}:{due[name]}" for name in ("核定", "尚缺", "理由", "提示") if due.get(name)),
    )


def _known(known: dict[str, Any], words: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, value in known.items():
        if isinstance(value, list):
            lines += [f"{name}:{_entry(one, words)}" for one in value] or [f"{name}:无"]
        elif isinstance(value, dict):
            # Of what is decided only amounts are numbers; ratios are written as text.
            lines += [
                f"{name}:{code} {_plain('批准' if isinstance(one, int) else '', one, words)}"
                for code, one in value.items()
            ]
        else:
            lines.append(f"{name}:{_plain(name, value, words)}")
    return lines


def _entry(one: Any, words: dict[str, str]) -> str:
    if not isinstance(one, dict):
        return _plain("", one, words)
    said = {name: _plain(name, value, words) for name, value in one.items()}
    head = said.get("种类") or said.get("等次") or said.get("称号", "")
    head += f"({said['年度']}年度)" if "年度" in said else ""
    rest = [form.format(said[name]) for name, form in _PARTS.items() if name in said and said[name] != head]
    return ",".join([head, *rest])


def _plain(name: str, value: Any, words: dict[str, str]) -> str:
    if isinstance(value, date):
        return date_cn(value)
    if name in {"批准", "到账", "拟核定"}:
        return wan_text(Decimal(str(value)))
    return words.get(str(value), str(value))
