"""Addresses of the rows behind a count, and what a computation's own counts lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from subsidies.models import Award, AwardRun
from subsidies.selectors import PayerSums

WRITTEN = {
    "new": "新增",
    "changed": "更新",
    "unchanged": "未变",
    "gone": "不再适用",
    "settled_differs": "与已复核结果不同",
}


@dataclass(frozen=True, slots=True)
class Traced:
    """A count with the page that lists exactly what was counted; ``href`` is empty where nothing can be listed."""

    code: str
    label: str
    count: int
    href: str = ""


def awards_url(**asked: Any) -> str:
    """The list of awards narrowed by ``asked``; what is empty is left out."""
    return f"{reverse('subsidies:award_list')}?{urlencode({name: value for name, value in asked.items() if value})}"


def verdicts(run: AwardRun, standing: Mapping[str, int] | None, fallback: str) -> list[Traced]:
    """The run's counts by verdict. Each leads to its awards while the list still holds exactly those (``standing``, see
    :func:`subsidies.selectors.standing`); after a later run, or where a reviewed award was left alone, to ``fallback``.
    """
    rows = []
    for code, label in Award.Verdict.choices:
        count = run.counts.get(code, 0)
        exact = standing is not None and standing.get(code, 0) == count
        href = awards_url(plan=run.plan.code, year=run.year, verdict=code) if exact else fallback
        rows.append(Traced(code, label, count, href))
    return rows


def written(run: AwardRun, standing: Mapping[str, int] | None, fallback: str = "") -> list[Traced]:
    """What the run wrote. New and changed awards are listed together: where only one is not zero it is the whole list,
    otherwise (and after a later run) they lead to ``fallback``.
    """
    counts = {code: run.counts.get(code, 0) for code in WRITTEN}
    total = counts["new"] + counts["changed"]
    exact = standing is not None and standing["written"] == total
    hrefs = dict.fromkeys(WRITTEN, fallback)
    hrefs |= {"settled_differs": "#differences" if counts["settled_differs"] else fallback}
    for code in ("new", "changed"):
        if exact and total == counts[code]:
            hrefs[code] = awards_url(written=run.pk)
    return [Traced(code, label, counts[code], hrefs[code]) for code, label in WRITTEN.items()]


def sum_links(row: PayerSums, query: Any) -> dict[str, str]:
    """The awards added up in each of a payer's sums, under the filters of ``query`` (a QueryDict)."""
    links = {}
    for amount in ("ceiling", "proposed", "granted"):
        asked = query.copy()
        for name in ("page", "format"):
            asked.pop(name, None)
        asked["payer"], asked["amount"], asked["verdict"] = row.payer, amount, Award.Verdict.PAYABLE
        links[amount] = f"{reverse('subsidies:award_list')}?{asked.urlencode()}"
    return links
