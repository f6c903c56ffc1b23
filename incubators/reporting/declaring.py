"""Reading the fields that a district declares for its month: what somebody put together, judged and put in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from core.permits import Refused
from incubators.reporting.form import FIGURE_KINDS, STANDARD

KINDS: Mapping[str, str] = {
    "count": "整数",
    "number": "小数(两位)",
    "money": "金额(万元)",
    "text": "文字",
    "choice": "选项",
}
MOST_FIELDS = 40
MOST_OPTIONS = 20
_CODE = re.compile(r"x_[a-z0-9_]{1,30}")


def read_declared(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries as a calendar keeps them. Raises :class:`Refused` with the number of each wrong line and why.

    An entry without a code gets one; codes are never taken from the standard form.
    """
    if len(entries) > MOST_FIELDS:
        raise Refused.at("declared", f"附加字段最多{MOST_FIELDS}项")
    wrong: list[str] = []
    made: list[dict[str, Any]] = []
    codes, labels = {str(each.get("code", "")) for each in entries}, {spec.label for spec in STANDARD.figures}
    for number, entry in enumerate(entries, start=1):
        read = _entry(entry, number, codes)
        problem = _problem(read) or ("名称与已有字段重复" if read["label"] in labels else "")
        if problem:
            wrong.append(f"第{number}项“{read['label'] or '未命名'}”:{problem}")
        labels.add(read["label"])
        made.append(read)
    if len({each["code"] for each in made}) < len(made):
        wrong.append("字段代码重复")
    if wrong:
        raise Refused(errors={"declared": wrong})
    return made


def _entry(entry: Mapping[str, Any], number: int, codes: set[str]) -> dict[str, Any]:
    code = str(entry.get("code") or "")
    while not code or (not entry.get("code") and code in codes):
        code, number = f"x_{number}", number + 1
    codes.add(code)
    options = entry.get("options") or ()
    if isinstance(options, str):
        options = [word.strip() for word in re.split(r"[、,,;;\n]", options) if word.strip()]
    return {
        "code": code,
        "label": str(entry.get("label") or "").strip(),
        "unit": str(entry.get("unit") or "").strip(),
        "kind": str(entry.get("kind") or ""),
        "help": str(entry.get("help") or "").strip(),
        "required": bool(entry.get("required")),
        "stock": bool(entry.get("stock")),
        "smallest": str(entry.get("smallest") if entry.get("smallest") is not None else "").strip(),
        "largest": str(entry.get("largest") if entry.get("largest") is not None else "").strip(),
        "options": [*options],
    }


def _problem(entry: dict[str, Any]) -> str:
    """What is wrong with an entry, as a sentence; empty when nothing is."""
    if not _CODE.fullmatch(entry["code"]):
        return "代码须以 x_ 开头,只含小写字母、数字和下划线"
    if not entry["label"] or len(entry["label"]) > 30:
        return "请填名称,最多30字"
    if entry["kind"] not in KINDS:
        return f"类型须为{'、'.join(KINDS.values())}之一"
    if len(entry["help"]) > 100 or len(entry["unit"]) > 10:
        return "说明最多100字,单位最多10字"
    is_figure = entry["kind"] in FIGURE_KINDS
    if entry["kind"] == "money":
        entry["unit"] = "万元"
    if is_figure and not entry["unit"]:
        return "请填单位,如 家、人次、个"
    if entry["kind"] == "choice" and not 2 <= len(entry["options"]) <= MOST_OPTIONS:
        return f"请给出2至{MOST_OPTIONS}个选项"
    return _bounds(entry) if is_figure else ""


def _bounds(entry: dict[str, Any]) -> str:
    numbers = []
    for name in ("smallest", "largest"):
        try:
            numbers.append(Decimal(entry[name]) if entry[name] else None)
        except InvalidOperation:
            return "上下限须为数字"
    low, high = numbers
    if (low is not None and (not low.is_finite() or low < 0)) or (high is not None and not high.is_finite()):
        return "上下限须为不小于0的数字"
    return "下限不能大于上限" if low is not None and high is not None and low > high else ""


__all__ = ["KINDS", "read_declared"]
