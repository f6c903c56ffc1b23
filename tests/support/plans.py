"""How PostgreSQL would run a query, and what in that would be slow in a register of a whole country."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

# Tables that grow past ten thousand rows; all others may be read whole.
BIG = {
    f"incubators_{name}"
    for name in (
        "activity",
        "carrier",
        "designation",
        "enterprise",
        "fundinvestment",
        "mentor",
        "monthlyreport",
        "organisation",
        "qualification",
        "residency",
        "serviceplatform",
        "talent",
    )
}
READS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a plan; ``above`` are the types of the steps that it feeds, the nearest first."""

    what: dict[str, Any]
    above: tuple[str, ...]

    @property
    def kind(self) -> str:
        return str(self.what["Node Type"])

    @property
    def table(self) -> str:
        return str(self.what.get("Relation Name", ""))


def prefer_indexes() -> None:
    """Until the transaction ends, an index is taken wherever one can serve. Call before asking for plans."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")


@lru_cache(maxsize=4)
def nodes(sql: str) -> tuple[Node, ...]:
    """The steps of the plan of ``sql``; the plans last asked for are kept, as several questions are put to each."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {sql}", None)
        (answer,) = cursor.fetchone()
    return (*_walk((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"], ()),)


def _walk(plan: dict[str, Any], above: tuple[str, ...]) -> Iterator[Node]:
    yield Node(plan, above)
    for part in plan.get("Plans", ()):
        # A query within the query has an order and an end of its own.
        within = () if part.get("Parent Relationship") in {"SubPlan", "InitPlan"} else (plan["Node Type"], *above)
        yield from _walk(part, within)


def whole_reads(sql: str) -> list[str]:
    """Big tables that are read from end to end because no index serves."""
    return [node.table for node in nodes(sql) if node.kind == "Seq Scan" and node.table in BIG]


def thrown_away(sql: str) -> list[str]:
    """Big tables whose rows are all looked at and some thrown away: a condition that no index serves."""
    return [
        f"{node.table}: {node.what['Filter']}"
        for node in nodes(sql)
        if node.table in BIG and node.kind in READS and "Filter" in node.what and not _is_led(node)
    ]


def _is_led(node: Node) -> bool:
    return "Index Cond" in node.what or "Recheck Cond" in node.what or node.kind == "Bitmap Heap Scan"


def sorted_whole(sql: str, table: str) -> list[str]:
    """Full sorts of ``table``'s rows; an Incremental Sort stops when the page is full, and needs none of them all."""
    return [node.table for node in nodes(sql) if node.table == table and table in BIG and "Sort" in node.above]
