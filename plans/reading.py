"""A plan as its readers know it: the text line by line, each number with what it became, doubts beside their clause.

Pure: built from the plan file; addresses of what numbers became are resolved by the view that shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from plans.planfile import PlanFile
from plans.planfile.encoding import EncodedNumber, ItemRef, encode
from plans.planfile.quotations import quotations
from plans.planfile.schema_text import Clause, Discrepancy
from plans.planfile.vocab import LABELS

# What a number may have become: the word for it and the tab of the plan's page where it stands.
SECTIONS: dict[str, tuple[str, str]] = {
    "targets": ("目标", "targets"),
    "subsidy_rules": ("补贴规则", "rules"),
    "baselines": ("基期数据", "terms"),
    "reporting_duties": ("报送要求", "duties"),
    "tasks": ("任务", "tasks"),
    "evaluation_frames": ("评价", "frames"),
    "titles": ("称号", "terms"),
    "qualifications": ("企业资质", "terms"),
    "industries": ("产业", "terms"),
    "supports": ("支持", "duties"),
    "terms": ("用语", "terms"),
    "definitions": ("名词", "terms"),
    "plan": ("文件自述", "text"),
}
T = TypeVar("T")
HEADINGS = {"chapter": 2, "section": 3, "annex": 2, "list": 2, "table": 2, "aspect": 3, "interpretation": 2}


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the plan file that a number or a quotation became."""

    section: str
    code: str
    name: str
    url: str

    @property
    def label(self) -> str:
        return SECTIONS[self.section][0]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about the text with the word for its kind. ``is_contradiction``: its numbers disagree."""

    code: str
    clause: str
    label: str
    text: str
    handling: str
    is_contradiction: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one line. ``number`` is what a reader would hold the government to."""

    text: str
    quoted: bool = False
    number: EncodedNumber | None = None
    item: Item | None = None
    others: tuple[Item, ...] = ()

    @property
    def is_open(self) -> bool:
        """A number that became nothing."""
        return self.number is not None and self.number.status == "not_encoded"


@dataclass(slots=True)
class Line:
    """A line of the text with the clauses that begin on it."""

    number: int
    text: str
    pieces: list[Piece]
    starts: list[Clause] = field(default_factory=list)
    heading: int = 0


@dataclass(slots=True)
class Block:
    """Lines of one innermost clause that stand together, with what stands beside them in the margin."""

    clause: Clause | None
    lines: list[Line] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    table: Any = None
    covered: list[Clause] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        return self.clause is not None and self.clause.kind in {"row", "subrow"}


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole text, and the numbers that became nothing."""

    blocks: Sequence[Block]
    doubts: Sequence[Doubt]
    unencoded: Sequence[EncodedNumber]
    counts: Mapping[str, int]

    @property
    def has_notes(self) -> bool:
        """Whether the document counts its own parts anywhere: such numbers lead nowhere."""
        return any(item.section == "plan" for block in self.blocks for item in block.items)


def read(file: PlanFile, address: Callable[[str, str], str]) -> Reading:
    """The plan's text for its page. Each number of the text is in exactly one piece.

    ``address`` gives the address of an entry from its section and code.
    """
    numbers = encode(file)
    items = _items(file, address)
    by_line: dict[int, list[EncodedNumber]] = {}
    for number in numbers:
        by_line.setdefault(number.line, []).append(number)
    quotes = _quotes(file)
    blocks = _blocks(file, by_line, quotes, items)
    _add_numberless(file, blocks, items)
    doubts = [_doubt(one) for one in file.discrepancies]
    _add_doubts(doubts, blocks)
    counts: dict[str, int] = {}
    for number in numbers:
        counts[number.status] = counts.get(number.status, 0) + 1
    return Reading(blocks, doubts, [number for number in numbers if number.status == "not_encoded"], counts)


def _items(file: PlanFile, address: Callable[[str, str], str]) -> dict[tuple[str, str], Item]:
    own = file.plan.code
    found = {("plan", own): Item("plan", own, "文件所称条数", address("plan", own))}
    for section in SECTIONS:
        for entry in getattr(file, section, ()) if section != "plan" else ():
            code = getattr(entry, "code", None) or entry.term
            name = getattr(entry, "name", None) or getattr(entry, "title", None) or getattr(entry, "beneficiary", code)
            found[section, code] = Item(section, code, name, address(section, code))
    return found


def _quotes(file: PlanFile) -> dict[str, list[str]]:
    """Quotations by clause, longest first."""
    found: dict[str, list[str]] = {}
    for path, clause, quote in quotations(file.model_dump(mode="json", by_alias=True, exclude_unset=True)):
        if path[0] != "clauses":
            found.setdefault(clause, []).append(quote)
    return found


def innermost(clauses: Iterable[tuple[int, int, str, T]]) -> dict[int, T]:
    """What belongs to the narrowest clause around each line. A clause is given by its first and last line, its code
    and what is wanted of it."""
    inner: dict[int, T] = {}
    for first, last, _, wanted in sorted(clauses, key=lambda one: (one[0] - one[1], one[2].count("."))):
        for number in range(first, last + 1):
            inner[number] = wanted
    return inner


def _blocks(
    file: PlanFile,
    by_line: Mapping[int, list[EncodedNumber]],
    quotes: Mapping[str, list[str]],
    items: Mapping[tuple[str, str], Item],
) -> list[Block]:
    inner = innermost((*one.lines, one.id, one) for one in file.clauses)
    tables = _table_lines(file)
    starts: dict[int, list[Clause]] = {}
    for begun in file.clauses:
        starts.setdefault(begun.lines[0], []).append(begun)
    blocks: list[Block] = []
    for number, text in enumerate(file.text_lines, 1):
        clause: Clause | None = inner.get(number)
        owner = tables.get(number)
        if owner is not None:
            clause = owner[0]
        if not blocks or blocks[-1].clause is not clause:
            blocks.append(Block(clause, table=owner[1] if owner else None))
        block = blocks[-1]
        block.covered.extend(starts.get(number, ()))
        spans = _quoted_spans(text, _quotes_at(file, number, quotes))
        line = Line(number, text, list(_pieces(text, by_line.get(number, ()), spans, items)), starts.get(number, []))
        line.heading = _heading(line)
        _note_items(block, line)
        if clause is not None and text.strip() in clause.columns and owner is None:
            block.columns.append(text.strip())
        elif text.strip():
            block.lines.append(line)
    return [block for block in blocks if block.lines or block.columns or block.covered]


def _heading(line: Line) -> int:
    """2 or 3 when the line is nothing but the heading of a clause, else 0."""
    for clause in line.starts:
        level = HEADINGS.get(clause.kind, 0)
        if level and clause.heading in line.text and len(line.text.strip()) <= len(clause.heading) + 12:
            return level
    return 0


def _table_lines(file: PlanFile) -> dict[int, tuple[Clause, Any]]:
    """Lines that belong to a table which is shown as one, with its clause. Its title stays a line of the text."""
    found: dict[int, tuple[Clause, Any]] = {}
    clauses = {clause.id: clause for clause in file.clauses}
    for table in file.tables:
        clause = clauses[table.clause]
        for number in range(clause.lines[0], clause.lines[1] + 1):
            found[number] = (clause, table)
    return found


def _note_items(block: Block, line: Line) -> None:
    for piece in line.pieces:
        for item in (piece.item, *piece.others):
            if item is not None and item not in block.items:
                block.items.append(item)


def _quotes_at(file: PlanFile, number: int, quotes: Mapping[str, list[str]]) -> Iterator[str]:
    for clause in file.clauses:
        if clause.lines[0] <= number <= clause.lines[1]:
            yield from quotes.get(clause.id, ())


def _quoted_spans(text: str, quotes: Iterable[str]) -> list[tuple[int, int]]:
    """Where quotations stand on a line, those that touch joined into one."""
    spans = []
    for quote in quotes:
        for part in quote.split("\n"):
            at = text.find(part) if part.strip() else -1
            while at >= 0:
                spans.append((at, at + len(part)))
                at = text.find(part, at + len(part))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(
    text: str,
    numbers: Sequence[EncodedNumber],
    quoted: Sequence[tuple[int, int]],
    items: Mapping[tuple[str, str], Item],
) -> Iterator[Piece]:
    held = [one for one in numbers if one.status in {"encoded", "not_encoded"}]
    at = 0
    for one in held:
        yield from _plain(text, at, one.span.start, quoted)
        found = _found(one.items, items)
        inside = any(start <= one.span.start and one.span.end <= end for start, end in quoted)
        words = text[one.span.start : one.span.end]
        yield Piece(words, inside, one, found[0] if found else None, tuple(found[1:]))
        at = one.span.end
    yield from _plain(text, at, len(text), quoted)


def _found(refs: Sequence[ItemRef], items: Mapping[tuple[str, str], Item]) -> list[Item]:
    """What a number became: those whose own value it is, or else the best one."""
    exact = [items[ref.section, ref.code] for ref in refs if ref.exact]
    return exact or [items[ref.section, ref.code] for ref in refs[:1]]


def _plain(text: str, begin: int, end: int, quoted: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = begin
    for first, last in quoted:
        start, stop = max(first, begin), min(last, end)
        if start >= stop:
            continue
        if at < start:
            yield Piece(text[at:start])
        yield Piece(text[start:stop], quoted=True)
        at = stop
    if at < end:
        yield Piece(text[at:end])


def _add_numberless(file: PlanFile, blocks: Sequence[Block], items: Mapping[tuple[str, str], Item]) -> None:
    """Targets and rules without a number of their own (显著提高) stand beside the words that made them."""
    shown = {(item.section, item.code) for block in blocks for item in block.items}
    homes = {clause.id: block for block in blocks for clause in block.covered}
    for section in ("targets", "subsidy_rules"):
        for entry in getattr(file, section):
            if (section, entry.code) in shown:
                continue
            words = entry.quote.split("\n")[0]
            block = next((b for b in blocks if any(words in line.text for line in b.lines)), homes.get(entry.clause))
            if block is not None:
                block.items.append(items[section, entry.code])


def _doubt(entry: Discrepancy) -> Doubt:
    label = LABELS["discrepancy_kind"][entry.kind]
    return Doubt(entry.code, entry.clause, label, entry.text, entry.handling, entry.kind == "number")


def _add_doubts(doubts: Sequence[Doubt], blocks: Sequence[Block]) -> None:
    """Each doubt beside the block where its clause begins."""
    homes = {clause.id: block for block in blocks for clause in block.covered}
    for doubt in doubts:
        block = homes.get(doubt.clause)
        if block is not None:
            block.doubts.append(doubt)
