"""Every address of the portal, with what a test needs to open it in one's own district and in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# What stands in an address, by the name of the route: a function from the side ("own" or "other") to its arguments.
Arguments = Callable[["Side"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Side:
    """The records of one district that addresses can name."""

    name: str
    carrier: str
    enterprise: str
    report: int
    month: str
    plan: str
    rule: str
    target: str
    question: str
    award: int
    run: int
    cycle: str
    scheme: tuple[str, int]
    area: str
    designation: int
    residency: int
    qualification: int
    visit: int
    frame: str
    job: str
    attachment: str


def every_route() -> Iterator[tuple[str, URLPattern]]:
    """``(view name, pattern)`` of each address, namespaces included; format suffixes are the same route."""
    seen: set[str] = set()
    for name, pattern in _walk(get_resolver().url_patterns, ""):
        if name not in seen:
            seen.add(name)
            yield name, pattern


def _walk(patterns: list[Any], namespace: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}", pattern
        else:
            yield f"{namespace}(unnamed {pattern.pattern})", pattern


def arguments_of(pattern: URLPattern) -> set[str]:
    return set(pattern.pattern.converters) | set(getattr(getattr(pattern.pattern, "regex", None), "groupindex", {}))
