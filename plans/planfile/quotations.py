"""Does a quotation stand where the file says it stands? And if not, where does it stand?"""

import difflib
import unicodedata
from collections.abc import Iterator
from typing import Any

from plans.planfile.refs import dicts
from plans.planfile.source import Path_, Source

# Quotations whose clause is that of the entry around them.
INHERITED = ("event_quote", "responsible_quote")
DASHES = str.maketrans({"—": "-", "–": "-", "﹝": "〔", "﹞": "〕"})


def quotations(data: dict[str, Any]) -> Iterator[tuple[Path_, str, str]]:
    """Every quotation of a file: where it is written, its clause, its words."""
    for path, entry in dicts(data):
        if "quote" in entry and "clause" in entry:
            yield (*path, "quote"), str(entry["clause"]), str(entry["quote"])
        elif "quote" in entry and path[0] == "clauses":
            yield (*path, "quote"), str(entry.get("id")), str(entry["quote"])
    for section in ("subsidy_rules", "tasks", "evaluation_frames"):
        for index, item in enumerate(data.get(section) or []):
            for path, entry in dicts(item, (section, index)):
                for name in INHERITED:
                    if name in entry:
                        yield (*path, name), str(item["clause"]), str(entry[name])
                if "grade" in entry and "quote" in entry:
                    yield (*path, "quote"), str(item["clause"]), str(entry["quote"])


def check_quotations(source: Source, lines: tuple[str, ...], spans: dict[str, tuple[int, int]]) -> None:
    """Note every quotation that does not stand in the lines of its clause."""
    for path, clause, quote in quotations(source.data):
        if clause not in spans:
            continue  # noted as an unknown clause
        first, last = spans[clause]
        if quote in "\n".join(lines[first - 1 : last]):
            continue
        source.complain(path, f"引文不在条款 {clause}(第{first}至{last}行)中;{_where(quote, lines, spans)}")


def _where(quote: str, lines: tuple[str, ...], spans: dict[str, tuple[int, int]]) -> str:
    for number, line in enumerate(lines, 1):
        if quote in line:
            return f"它在文本第{number}行{_clauses_at(number, spans)}"
    folded = fold(quote)
    for number, line in enumerate(lines, 1):
        if folded in fold(line):
            return f"文本第{number}行有同样的文字,只是标点的全角半角、破折号或空格不同,请逐字照录"
    near = nearest_line(quote, lines)
    if near is None:
        return "全文没有相近的文字"
    return f"全文没有这句话,最接近的是文本第{near}行:“{lines[near - 1].strip()[:60]}”"


def _clauses_at(number: int, spans: dict[str, tuple[int, int]]) -> str:
    inside = [(last - first, code) for code, (first, last) in spans.items() if first <= number <= last]
    return f",属条款 {min(inside)[1]}" if inside else ""


def nearest_line(quote: str, lines: tuple[str, ...]) -> int | None:
    """The line sharing most with the quotation, or None when nothing of note is shared."""
    best, found = 0.3 * len(quote), None
    for number, line in enumerate(lines, 1):
        matcher = difflib.SequenceMatcher(None, quote, line, autojunk=False)
        shared = sum(block.size for block in matcher.get_matching_blocks() if block.size > 1)
        if shared > best:
            best, found = shared, number
    return found


def fold(words: str) -> str:
    """Words without the differences of punctuation width, dashes and spaces."""
    return "".join(unicodedata.normalize("NFKC", words).translate(DASHES).split())
