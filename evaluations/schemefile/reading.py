"""Reads scheme files: everything is checked, every fault names file, line and field in Chinese."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluations.schemefile.methods import METHOD_WORDS
from evaluations.schemefile.schema import Counted, FigureOf, SchemeFile
from incubators.indicators import catalogue
from incubators.indicators.base import BadQuestion, Coverage, Question
from plans.planfile.messages import FIXED, nearest
from plans.planfile.problems import PlanFileError
from plans.planfile.source import Path_, Source, read_source

TOTAL = 100


class SchemeFileError(PlanFileError):
    """A scheme file cannot be used; ``problems`` lists every fault."""


def read_schemes(paths: Iterable[Path | str]) -> list[SchemeFile]:
    """Read several files. Raises :class:`SchemeFileError` with the faults of all; if one is wrong, none is returned."""
    found = [_read(Path(path)) for path in paths]
    problems = [problem for _, source in found for problem in source.problems]
    schemes = [scheme for scheme, _ in found if scheme is not None]
    seen: dict[tuple[str, int], str] = {}
    for scheme, source in found:
        if scheme is None:
            continue
        key = (scheme.code, scheme.version)
        if key in seen:
            source.complain(("code",), f"方案“{scheme.code}”第{scheme.version}版在 {seen[key]} 中已有")
            problems += source.problems[-1:]
        seen[key] = source.file
    if problems:
        raise SchemeFileError(problems)
    return schemes


def read_scheme(path: Path | str) -> SchemeFile:
    """Read one file. Raises :class:`SchemeFileError`."""
    return read_schemes([path])[0]


def fingerprint(definition: Any) -> str:
    """The same for the same content, whatever its order of keys."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> tuple[SchemeFile | None, Source]:
    source = read_source(path)
    if source.problems:
        return None, source
    try:
        scheme = SchemeFile.model_validate(source.data)
    except ValidationError as error:
        for fault in error.errors():
            place = _place(source.data, fault["loc"])
            source.complain(place, _sentence(fault, place))
        return None, source
    _check(scheme, source)
    return (None if source.problems else scheme), source


def _place(data: Any, loc: tuple[str | int, ...]) -> Path_:
    """The fault's place in the file: the names of methods, which pydantic adds to its path, are not steps of it."""
    path: list[str | int] = []
    here = data
    for position, step in enumerate(loc):
        if (isinstance(here, dict) and step in here) or (isinstance(here, list) and isinstance(step, int)):
            here = here[step]  # type: ignore[index]
        elif step in METHOD_WORDS or position < len(loc) - 1:
            continue
        path.append(step)
    return tuple(path)


def _sentence(fault: Any, place: Path_) -> str:
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    last = str(place[-1]) if place else ""
    if kind == "missing":
        return f"缺少必填项“{last}”"
    if kind == "extra_forbidden":
        return f"不认识的字段“{last}”"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = value.get("kind") if isinstance(value, dict) else value
        known = "、".join(f"{code}({word})" for code, word in METHOD_WORDS.items())
        return f"评分方法 kind 写的是“{given or ''}”{nearest(str(given), METHOD_WORDS)};可用的有:{known}"
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
        return f"“{value}”不是可用的值{nearest(str(value), allowed.split('、'))};可用的有:{allowed}"
    if kind == "string_pattern_mismatch":
        return f"“{value}”写法不对:代码只能用字母、数字、点、连字符和下划线,且以字母或数字开头"
    bound = {"greater_than": "须大于", "greater_than_equal": "须不小于", "less_than_equal": "须不大于"}.get(kind)
    if bound:
        return f"{bound}{next(iter(context.values()))};现在写的是“{value}”"
    if kind == "too_short":
        return f"至少要有{context.get('min_length', 1)}项"
    if kind == "value_error":
        return str(context.get("error", "填写的值不符合要求"))
    sentence = FIXED.get(kind, "填写的值不符合要求")
    return f"{sentence};现在写的是“{value}”" if isinstance(value, str | int | float) else sentence


def _check(scheme: SchemeFile, source: Source) -> None:
    """What only the whole file shows: the sum of the weights, codes used twice, figures that do not exist."""
    total = sum((indicator.weight for indicator in scheme.indicators), Decimal(0))
    if total != TOTAL:
        parts = " + ".join(f"{dimension.name} {dimension.weight.normalize():f}" for dimension in scheme.dimensions)
        source.complain(("dimensions",), f"权重合计应为 {TOTAL},现为 {total.normalize():f}({parts})")
    _check_codes(scheme, source)
    for place, item in _placed(scheme):
        if item.figure is not None:
            _check_figure(item.figure, (*place, "figure"), source)
        for kind, figure in item.figure_for.items():
            _check_figure(figure, (*place, "figure_for", kind), source)
        for position, code in enumerate(getattr(item, "evidence", [])):
            _check_figure(FigureOf(indicator=code), (*place, "evidence", position), source)
    for position, veto in enumerate(scheme.vetoes):
        if scheme.grades.get(veto.grade) is None:
            source.complain(("vetoes", position, "grade"), f"等次“{veto.grade}”不在 grades 中")
    for kind in scheme.kinds:
        if not any(indicator.applies_to(kind) for indicator in scheme.indicators):
            source.complain(("kinds",), f"没有一个指标适用于载体类型“{kind}”,无法评分")


def _check_codes(scheme: SchemeFile, source: Source) -> None:
    seen: set[str] = set()
    for place, item in _placed(scheme):
        if item.code in seen:
            source.complain((*place, "code"), f"代码“{item.code}”重复")
        seen.add(item.code)
    names = [dimension.code for dimension in scheme.dimensions]
    for position, name in enumerate(names):
        if name in names[:position]:
            source.complain(("dimensions", position, "code"), f"维度代码“{name}”重复")


def _placed(scheme: SchemeFile) -> Iterable[tuple[Path_, Counted]]:
    for place, dimension in enumerate(scheme.dimensions):
        for position, indicator in enumerate(dimension.indicators):
            yield ("dimensions", place, "indicators", position), indicator
    for name in ("bonus", "deduction"):
        extras = getattr(scheme, name)
        for position, item in enumerate(extras.items if extras else ()):
            yield (name, "items", position), item
    for position, veto in enumerate(scheme.vetoes):
        yield ("vetoes", position), veto


def _check_figure(figure: FigureOf, place: Path_, source: Source) -> None:
    """The figure exists, takes the parameters given, and can be split by carrier."""
    at_code = (*place, "indicator") if place[-1] != "evidence" and not isinstance(place[-1], int) else place
    try:
        indicator = catalogue.get(figure.indicator)
    except catalogue.UnknownIndicator:
        known = [each.code for each in catalogue.all()]
        source.complain(at_code, f"指标目录中没有“{figure.indicator}”{nearest(figure.indicator, known)}")
        return
    if isinstance(indicator, Coverage):
        source.complain(at_code, f"“{indicator.name}”不能按载体计算,不能用于评分")
        return
    try:
        indicator.checked(Question(params=figure.params))
    except BadQuestion as error:
        source.complain((*place, "params"), str(error))
