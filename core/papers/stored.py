"""A paper as data and back: kept as it was issued, it is written again years later, word for word.

Numbers of charts are kept as text, so that nothing is rounded on the way.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from core.papers.content import Block, Cell, Chart, Column, Paper, Paragraph, Section, Series, Table


def to_data(paper: Paper) -> dict[str, Any]:
    """The paper as JSON values."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(paper), default=str))
    return data


def from_data(data: dict[str, Any]) -> Paper:
    """The paper that :func:`to_data` was given."""
    sections = tuple(
        Section(each["heading"], tuple(_block(block) for block in each["blocks"])) for each in data["sections"]
    )
    return Paper(data["title"], tuple(data["lines"]), sections, data["warning"])


def _block(data: dict[str, Any]) -> Block:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if data["kind"] == "table":
        rows = tuple(tuple(Cell(**cell) for cell in row) for row in data["rows"])
        return Table(**values | {"columns": tuple(Column(**each) for each in data["columns"]), "rows": rows})
    if data["kind"] == "chart":
        return Chart(**values | {"series": tuple(_series(each) for each in data["series"])})
    return Paragraph(**values)


def _series(data: dict[str, Any]) -> Series:
    return Series(data["name"], tuple(None if each is None else Decimal(each) for each in data["data"]))


def digest(data: dict[str, Any]) -> str:
    """SHA-256 of a paper as data."""
    packed = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


__all__ = ["digest", "from_data", "to_data"]
