"""Which functions of the project write rows, and which leave a line in the trail: read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.sources import APPS, python_files, relative

WRITING = {"save", "delete", "create", "bulk_create", "bulk_update", "update", "update_or_create", "get_or_create"}
# Words of a receiver that tell a query set from a dictionary or a file; `row.save()` needs none.
ROWS = ("objects", "_manager", ".filter(", ".all(", "shares", "members", "memberships", "tokens")
ALONE = {"save", "bulk_create", "bulk_update", "delete"}
NO_ROWS = ("file", "storage", "form", "cache", "path", "response", "super()")
RECORDING = {"record", "record_many"}


@dataclass
class Function:
    """A function of the project: whether it writes or records by itself, and which functions it calls."""

    name: str
    public: bool
    writes: bool = False
    records: bool = False
    calls: set[str] = field(default_factory=set)


def functions() -> dict[str, Function]:
    """Every function and method of our apps, by ``module.function`` or ``module.Class.method``."""
    found: dict[str, Function] = {}
    for path in python_files():
        inside = relative(path)
        if inside.parts[0] not in APPS:
            continue
        module = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = _names(tree, module)
        for name, node in _definitions(tree):
            found[f"{module}.{name}"] = _read(f"{module}.{name}", node, names)
    return found


def unrecorded(found: dict[str, Function]) -> set[str]:
    """Public functions that write, themselves or through what they call, while nothing on the way records."""
    return {
        name
        for name, each in found.items()
        if each.public and _reaches(found, name, "writes") and not _reaches(found, name, "records")
    }


def _reaches(found: dict[str, Function], start: str, what: str) -> bool:
    seen, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name in seen or name not in found:
            continue
        seen.add(name)
        if getattr(found[name], what):
            return True
        todo.extend(found[name].calls)
    return False


def _names(tree: ast.Module, module: str) -> dict[str, str]:
    """What a name of the module stands for: its own functions, and what it imports."""
    names = {name: f"{module}.{name}" for name, _ in _definitions(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    yield f"{node.name}.{item.name}", item


def _read(name: str, node: ast.FunctionDef, names: dict[str, str]) -> Function:
    result = Function(name, public=not node.name.startswith("_"))
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        if isinstance(call.func, ast.Name):
            result.calls.add(names.get(call.func.id, call.func.id))
            result.records |= call.func.id in RECORDING
        elif isinstance(call.func, ast.Attribute):
            receiver = ast.unparse(call.func.value)
            if receiver == "self":
                result.calls.add(f"{name.rsplit('.', 1)[0]}.{call.func.attr}")
            result.calls.add(f"{names.get(receiver, receiver)}.{call.func.attr}")
            result.writes |= _writes(receiver, call.func.attr)
    # A function handed on by name is called by whoever takes it.
    result.calls |= {names[each.id] for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in names}
    return result


def _writes(receiver: str, method: str) -> bool:
    if method not in WRITING:
        return False
    if any(word in receiver.lower() for word in NO_ROWS) and "objects" not in receiver:
        return False
    return method in ALONE or any(word in receiver for word in ROWS)
