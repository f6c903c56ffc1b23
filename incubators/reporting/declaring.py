"""Reading the fields that a district declares for its month: what somebody put together, judged and put in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.permits import Refused
from incubators.reporting.fields import FieldError, Gap, ReportField
from incubators.reporting.form import DECLARED, FIGURE_KINDS, LARGEST, STANDARD

KINDS: Mapping[str, str] = {
    "count": "整数",
    "number": "小数(两位)",
    "money": "金额(万元)",
    "text": "文字",
    "choice": "选项",
}
LIMITS: Mapping[str, str] = {"smallest": "下限", "largest": "上限"}
MOST_FIELDS = 40
MOST_OPTIONS = 20
_CODE = re.compile(r"x_[a-z0-9_]{1,30}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one entry: its number from 1, the part of it that is to be put right, and the sentence."""

    number: int
    part: str
    label: str
    sentence: str

    def __str__(self) -> str:
        return f"第{self.number}项“{self.label or '未命名'}”:{self.sentence}"


def judged(
    entries: Sequence[Mapping[str, Any]],
    earlier: Sequence[Mapping[str, Any]] = (),
    elsewhere: Collection[str] = (),
) -> tuple[list[dict[str, Any]], list[Wrong]]:
    """The entries as a calendar keeps them, and what is wrong with them.

    An entry without a code gets one that no field had: none of ``earlier`` (the area's, of any version), and none of the
    codes that other areas use (``elsewhere``), for carriers move. Codes are never taken from the standard form. A code
    stands for the same kind of figure for ever: earlier months are read beside later ones.
    """
    kinds = {str(each["code"]): str(each["kind"]) for each in earlier}
    codes = {*kinds, *elsewhere, *(str(each.get("code", "")) for each in entries)}
    labels = _standard_labels()
    wrong: list[Wrong] = []
    made: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, start=1):
        read = _entry(entry, number, codes)
        found = _problem(read)
        if not found and read["label"] in labels:
            found = ("label", "名称与已有字段重复")
        if not found and read["code"] in {each["code"] for each in made}:
            found = ("code", "字段代码重复")
        if not found and read["code"] in elsewhere and read["code"] not in kinds:
            found = ("code", f"字段代码 {read['code']} 已由其他区域使用,请删除后另加一项")
        if not found and kinds.get(read["code"], read["kind"]) != read["kind"]:
            found = ("kind", f"已发布过的字段不能改类型(原为{KINDS[kinds[read['code']]]});请删除后另加一项")
        if found:
            wrong.append(Wrong(number, found[0], read["label"], found[1]))
        labels.add(read["label"])
        made.append(read)
    return made, wrong


def _standard_labels() -> set[str]:
    return {spec.label for spec in (*STANDARD.figures, *STANDARD.texts)}


def read_declared(
    entries: Sequence[Mapping[str, Any]],
    earlier: Sequence[Mapping[str, Any]] = (),
    elsewhere: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The entries as a calendar keeps them, see :func:`judged`. Raises :class:`Refused` with the number of each wrong
    line and why."""
    if len(entries) > MOST_FIELDS:
        raise Refused.at("declared", f"附加字段最多{MOST_FIELDS}项")
    made, wrong = judged(entries, earlier, elsewhere)
    if wrong:
        raise Refused(errors={"declared": [str(each) for each in wrong]})
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
        "smallest": _words(entry.get("smallest")),
        "largest": _words(entry.get("largest")),
        "options": [*options],
    }


def _words(given: Any) -> str:
    return "" if given is None else str(given).strip()


def _problem(entry: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with an entry: the part of it, and a sentence. None when nothing is."""
    is_figure = entry["kind"] in FIGURE_KINDS
    if entry["kind"] == "money":
        entry["unit"] = "万元"
    if not is_figure:
        entry["unit"] = entry["smallest"] = entry["largest"] = ""
        entry["stock"] = False
    if entry["kind"] != "choice":
        entry["options"] = []
    rules = (
        ("code", not _CODE.fullmatch(entry["code"]), "代码须以 x_ 开头,只含小写字母、数字和下划线"),
        ("label", not entry["label"] or len(entry["label"]) > 30, "请填名称,最多30字"),
        ("kind", not entry["kind"], "请选择类型"),
        ("kind", entry["kind"] not in KINDS, f"类型须为{'、'.join(KINDS.values())}之一"),
        ("help", len(entry["help"]) > 100, "说明最多100字"),
        ("unit", len(entry["unit"]) > 10, "单位最多10字"),
        ("unit", is_figure and not entry["unit"], "请填单位,如 家、人次、个"),
        (
            "options",
            entry["kind"] == "choice" and not 2 <= len({*entry["options"]}) == len(entry["options"]) <= MOST_OPTIONS,
            f"请给出2至{MOST_OPTIONS}个不同的选项,用顿号隔开",
        ),
    )
    found = next(((part, sentence) for part, holds, sentence in rules if holds), None)
    return found or (_bounds(entry) if is_figure else None)


def _bounds(entry: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the limits: each must be a value that the field could hold. They are kept as ``5000.5``."""
    kind = FIGURE_KINDS[entry["kind"]]
    held = ReportField("", "", entry["unit"], DECLARED, kind, largest=LARGEST[kind])
    numbers = {}
    for name in ("smallest", "largest"):
        try:
            number = held.parse(entry[name])
        except FieldError as error:
            return name, f"{LIMITS[name]}:{error}"
        if isinstance(number, Gap):
            return name, f"{LIMITS[name]}须为数字"
        numbers[name], entry[name] = number, held.typed(number)
    low, high = numbers["smallest"], numbers["largest"]
    return ("largest", "下限不能大于上限") if low is not None and high is not None and low > high else None


__all__ = ["KINDS", "MOST_FIELDS", "Wrong", "judged", "read_declared"]
