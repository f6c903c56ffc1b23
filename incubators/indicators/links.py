"""Addresses of "how is this made?", so that every figure on a page can lead to its definition and records."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def query(**params: Any) -> str:
    """Query string of a question: ``on``, ``from_``/``to``, ``within`` (code), ``carrier`` (code) and parameters."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if value in (None, "", []):
            continue
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name.rstrip("_"), v.isoformat() if isinstance(v, date) else str(v)) for v in values]
    return urlencode(pairs)


def figure_url(code: str, **params: Any) -> str:
    """The page that explains figure ``code`` as asked for by ``params``."""
    asked = query(**params)
    address = reverse("incubators:indicator_detail", args=[code])
    return f"{address}?{asked}" if asked else address


def records_url(code: str, **params: Any) -> str:
    """The page with the records counted in figure ``code``."""
    asked = query(**params)
    address = reverse("incubators:indicator_records", args=[code])
    return f"{address}?{asked}" if asked else address
