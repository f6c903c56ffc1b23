"""What two papers of the same kind say differently: one as it was issued, one as it would be written now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.papers.content import Paper, Table


@dataclass(frozen=True, slots=True)
class Changed:
    """A cell of a table that says something else. ``then`` or ``now`` is empty where the row is in one of them only."""

    caption: str
    row: str
    column: str
    then: str
    now: str


def changes(then: Paper, now: Paper) -> Iterator[Changed]:
    """The cells of tables with the same caption that differ, in the order of the later paper, rows told by their first
    cell; then rows that are there no more."""
    before = {block.caption: block for block in then.blocks() if isinstance(block, Table)}
    for block in now.blocks():
        if isinstance(block, Table) and block.caption in before:
            yield from _of_table(before[block.caption], block)


def _of_table(then: Table, now: Table) -> Iterator[Changed]:
    held = {row[0].text: row for row in then.rows}
    for row in now.rows:
        earlier = held.pop(row[0].text, None)
        for place, cell in enumerate(row[1:], start=1):
            was = earlier[place].text if earlier and place < len(earlier) else ""
            if was != cell.text:
                yield Changed(now.caption, row[0].text, now.columns[place].head, was, cell.text)
    for name, row in held.items():
        for place, cell in enumerate(row[1:], start=1):
            yield Changed(now.caption, name, then.columns[place].head, cell.text, "")


__all__ = ["Changed", "changes"]
