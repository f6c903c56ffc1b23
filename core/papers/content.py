"""What a paper holds: sections of paragraphs, tables and charts. Plain data, of which every writer makes its own form.

Values stand in it as they are to be read (text); only charts hold numbers. Whoever builds a paper rounds, and names what is
missing; a writer adds nothing and leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and on a page the address that explains it."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``num``: figures, set to the right. ``width``: its share of the width of the paper."""

    label: str
    unit: str = ""
    num: bool = False
    width: int = 2

    @property
    def head(self) -> str:
        return f"{self.label}({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences. ``quiet``: a remark in smaller letters."""

    text: str
    quiet: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the row; ``notes`` stand below it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    kind: Literal["table"] = "table"

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        """The rows, each cell with its column."""
        return [[*zip(self.columns, row, strict=True)] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars: a number for each category, None where it is not known."""

    name: str
    data: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of at most a few series over the same categories; ``links`` lead from a category to how it is made."""

    id: str
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    form: Literal["bar", "line"] = "bar"
    unit: str = ""
    horizontal: bool = False
    highest: int | None = None
    category_label: str = "项目"
    links: tuple[str, ...] = ()
    kind: Literal["chart"] = "chart"

    def spec(self) -> dict[str, Any]:
        """As the chart component of the pages takes it."""
        return {
            "id": self.id,
            "title": self.title,
            "categories": list(self.categories),
            "series": [{"name": line.name, "data": list(line.data)} for line in self.series],
            "kind": self.form,
            "unit": self.unit,
            "horizontal": self.horizontal,
            "max": self.highest,
            "min": 0 if self.highest else None,
            "category_label": self.category_label,
            "links": list(self.links),
        }


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the paper under a heading."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper. ``lines`` stand below the title (who, as of when); ``warning`` says that its data is made up, on
    every form of it; empty otherwise."""

    title: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    warning: str = ""

    def blocks(self) -> Iterator[Block]:
        """Every block, in order."""
        for section in self.sections:
            yield from section.blocks

    def texts(self) -> Iterator[str]:
        """Everything that the paper says in words and cells, in order."""
        yield self.title
        yield from self.lines
        if self.warning:
            yield self.warning
        for section in self.sections:
            yield section.heading
            for block in section.blocks:
                yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Table):
        yield block.caption
        yield from (column.head for column in block.columns)
        for row in block.rows:
            yield from (cell.text for cell in row if cell.text)
        yield from block.notes
    else:
        yield block.title


__all__ = ["Block", "Cell", "Chart", "Column", "Paper", "Paragraph", "Section", "Series", "Table"]
