"""Every address of the portal, found in the URL configuration itself, so that none can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def every_route() -> Iterator[tuple[str, set[str]]]:
    """``(view name, names of its arguments)`` of each address; names carry their namespaces."""
    seen: set[str] = set()
    for name, arguments in _walk(get_resolver().url_patterns, "", set()):
        if name not in seen:
            seen.add(name)
            yield name, arguments


def _walk(patterns: list[Any], namespace: str, above: set[str]) -> Iterator[tuple[str, set[str]]]:
    for pattern in patterns:
        arguments = above | set(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, arguments)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or f'(unnamed {pattern.pattern})'}", arguments
