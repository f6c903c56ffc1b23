"""Where things stand in a YAML file: reads it without the traps of YAML 1.1 and keeps the lines.

YAML 1.1 reads an unquoted ``1:1`` as 61 and ``no`` as false. Here both stay text: only ``true`` and
``false`` are flags, only decimal digits are numbers, and a number with a point is a Decimal.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from plans.planfile.problems import Problem

Path_ = tuple[str | int, ...]

TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """SafeLoader with its own short list of what an unquoted word may mean."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse references: a plan file says things where they stand, and a loop would never end."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "reference", mark)
        return super().compose_node(parent, index)


def _float(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _date(loader: _Loader, node: yaml.ScalarNode) -> dt.date | str:
    text = str(loader.construct_scalar(node))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


_Loader.add_implicit_resolver(TAG + "null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver(TAG + "bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(TAG + "int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(TAG + "float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))
_Loader.add_implicit_resolver(TAG + "timestamp", re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), list("0123456789"))
_Loader.add_constructor(TAG + "float", _float)
_Loader.add_constructor(TAG + "timestamp", _date)

# What the YAML reader says in English, in words that help.
SYNTAX_HINTS = (
    ("\\t", "行首不能用制表符(Tab),请改用空格"),
    ("mapping values are not allowed", "这里多了一个“: ”;文字里有冒号加空格时,请用单引号把整句括起来"),
    ("expected <block end>", "缩进不齐(同一层的各行须从同一列开始),或者上面某一行的引号没有收尾"),
    ("could not find expected ':'", "这一行缺少“: ”,或者上一行的引号没有收尾"),
    ("unexpected end of stream", "引号或括号没有收尾"),
    ("expected ',' or", "方括号或花括号里缺少逗号,或没有收尾"),
    ("cannot start any token", "这个字符不能作开头,请用单引号把整句括起来"),
    ("reference", "不能用“*名称”引用别处的内容;以“*”开头的文字请用单引号括起来"),
    ("expected alphabetic", "以“*”或“&”开头的文字请用单引号括起来"),
)


@dataclass
class Source:
    """A file that has been read: its data and the line of every field in it."""

    file: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path_) -> int:
        """Line of the field, or of the nearest part of the file that encloses it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def name(self, path: Path_) -> str:
        """The path in words: ``targets.JS-T01.quote``; entries without a code are counted from 1."""
        words, here = "", self.data
        for step in path:
            if isinstance(here, list) and isinstance(step, int):
                here = here[step] if step < len(here) else None
                code = (here.get("code") or here.get("id")) if isinstance(here, dict) else None
                words += f".{code}" if isinstance(code, str) else f"[{step + 1}]"
            else:
                here = here.get(step) if isinstance(here, dict) else None
                words += f".{step}" if words else str(step)
        return words or "(整个文件)"

    def complain(self, path: Path_, message: str) -> None:
        """Note a fault at a field."""
        self.problems.append(Problem(self.file, self.line(path), self.name(path), message))


def read_source(path: Path) -> Source:
    """Read a YAML file with the lines of its fields; faults are noted, never raised."""
    source = Source(str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        source.complain((), "找不到这个文件")
        return source
    except (OSError, UnicodeDecodeError):
        source.complain((), "读不出这个文件:须为 UTF-8 编码的文本文件")
        return source
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            source.complain((), "文件是空的,或最外层不是“字段: 值”的形式")
            return source
        _walk(node, (), source)
        source.data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        _note_syntax(source, error)
    except (yaml.YAMLError, ValueError, RecursionError):
        source.complain((), "文件中有不能识别的字符、过长的数字或过深的层次,请另存为 UTF-8 编码的纯文本并检查")
    finally:
        loader.dispose()
    return source


def _note_syntax(source: Source, error: yaml.MarkedYAMLError) -> None:
    said = f"{error.context or ''} {error.problem or ''}"
    hint = next((zh for en, zh in SYNTAX_HINTS if en in said), "YAML 写法有误,请检查缩进、引号和冒号")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    source.problems.append(Problem(source.file, line, "(写法)", hint))


def _walk(node: yaml.Node, path: Path_, source: Source) -> None:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            # Years stand as numbers among the keys of per_year.
            name = int(key.value) if key.tag == TAG + "int" else str(key.value)
            line = key.start_mark.line + 1
            if str(name) in seen:
                source.problems.append(
                    Problem(source.file, line, str(name), f"字段“{name}”重复,第{seen[str(name)]}行已写过")
                )
            seen[str(name)] = line
            source.lines[(*path, name)] = line
            _walk(value, (*path, name), source)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), source)
