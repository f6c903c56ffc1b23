"""Turns what pydantic finds into Chinese sentences an author of a plan file can act on."""

import difflib
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from plans.planfile.source import Path_, Source

FIXED = {
    "missing": "缺少必填的这一项",
    "string_type": "应为文字;数字、日期样子的文字请用引号括起来",
    "string_too_short": "不能为空",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "只能写 true 或 false",
    "decimal_parsing": "应为数字,如 300 或 0.5(不带“万”“家”“%”和逗号)",
    "decimal_type": "应为数字,如 300 或 0.5(不带“万”“家”“%”和逗号)",
    "finite_number": "应为有限的数字",
    "date_type": "应为日期,写作 2024-01-31",
    "date_parsing": "不是有效的日期,应写作 2024-01-31",
    "date_from_datetime_parsing": "不是有效的日期,应写作 2024-01-31",
    "list_type": "应为列表:每项一行,以“- ”开头,或写在方括号里",
    "dict_type": "应为“字段: 值”的形式",
    "model_type": "应为“字段: 值”的形式",
    "none_required": "必须为 null:不得预设答案",
    "union_tag_not_found": "缺少 by:须写明 indicator(指标算出)、outside(外部统计)或 person(由人认定)",
    "union_tag_invalid": "by 只能是 indicator、outside 或 person",
}


MEASURE_TAGS = ("indicator", "outside", "person")


def nearest(word: str, known: Iterable[str]) -> str:
    """“;是否想写“…””, when something close to the word exists, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f";是否想写“{close[0]}”?" if close else ""


def note_validation(source: Source, error: ValidationError, root: type[BaseModel]) -> None:
    """Note every fault pydantic found, at its line."""
    for fault in error.errors():
        path = _path_in(source.data, fault["loc"])
        source.complain(path, _sentence(fault, path, root, source.data))


def _path_in(data: Any, loc: tuple[str | int, ...]) -> Path_:
    """Drop from pydantic's location the steps that are not in the file (tags of unions)."""
    path: list[str | int] = []
    here = data
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if step in MEASURE_TAGS and path and path[-1] == "measure" and not last:
            continue  # "indicator" is a tag here, though a field of the same name exists
        if _has(here, step):
            here = here[step]
        elif last and step != "[key]":
            pass  # a missing field: keep its name though nothing stands there
        else:
            continue
        path.append(step)
    return tuple(path)


def _has(here: Any, step: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(step, int) and step < len(here)
    return isinstance(here, dict) and step in here


def _sentence(fault: Any, path: Path_, root: type[BaseModel], data: Any) -> str:
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return f"不认识的字段“{path[-1]}”{nearest(str(path[-1]), _fields_at(root, path[:-1], data))}"
    if kind == "literal_error":
        allowed = [str(word) for word in _literals(context.get("expected", ""))]
        return f"“{value}”不是可用的值{nearest(str(value), allowed)} 可用的有:{'、'.join(allowed)}"
    if kind == "string_pattern_mismatch":
        return f"“{value}”写法不对:代码只能用字母、数字、点、连字符和下划线,且以字母或数字开头"
    if kind in ("too_short", "too_long"):
        return _count_words(path, context)
    if kind == "value_error":
        return str(context.get("error", "填写的值不符合要求"))
    sentence = FIXED.get(kind, "填写的值不符合要求")
    if kind == "missing":
        return f"缺少必填项“{path[-1]}”"
    return f"{sentence};现在写的是“{value}”" if isinstance(value, (str, int, float)) else sentence


def _count_words(path: Path_, context: dict[str, Any]) -> str:
    if path[-1] == "lines":
        return "项数不对:lines 须写起、止两个行号,如 [29, 33]"
    if "min_length" in context:
        return f"项数不对:至少要有 {context['min_length']} 项"
    return f"项数不对:最多 {context.get('max_length')} 项"


def _literals(expected: str) -> list[str]:
    return [word for word in expected.replace(" or ", ", ").replace("'", "").split(", ") if word]


def _fields_at(root: type[BaseModel], path: Path_, data: Any) -> list[str]:
    """Names the schema knows at a place of the file, for “did you mean”."""
    model: type[BaseModel] | None = root
    here = data
    for step in path:
        here = here[step]
        if isinstance(step, int) or model is None:
            continue
        model = _submodel(model, step, here)
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _submodel(model: type[BaseModel], name: str, value: Any) -> type[BaseModel] | None:
    for key, field in model.model_fields.items():
        if name in (key, field.alias):
            found = _models(field.annotation)
            if len(found) > 1 and isinstance(value, dict):
                found = [m for m in found if value.get("by") in get_args(m.model_fields["by"].annotation)]
            return found[0] if found else None
    return None


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
