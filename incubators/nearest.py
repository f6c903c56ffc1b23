"""What areas set for themselves and those below them: the nearest area above decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

Row = TypeVar("Row", bound=Any)


class Nearest(Generic[Row]):
    """Rows with an ``area`` (loaded with them), asked for by the path of an area; those of one area keep their order."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = sorted(rows, key=lambda row: -len(row.area.path))

    @property
    def areas(self) -> dict[str, int]:
        """Path to key of the areas that have set something, nearest (longest path) first."""
        return {row.area.path: row.area_id for row in self._rows}

    def above(self, path: str) -> Iterator[Row]:
        """The rows of the area with this path and of those above it, nearest first."""
        return (row for row in self._rows if path.startswith(row.area.path))
