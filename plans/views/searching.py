"""Finding words in the texts of all plans: a page of its own, and a panel of the portal's search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incubators.search import SHORTEST
from plans.searching import SECTIONS, Hit, find
from plans.views.plans import entry_address

IN_PANEL = 10  # of a kind; the page shows all
LONGEST = 60


@require_safe
def text_search(request: HttpRequest) -> HttpResponse:
    """Plans, targets, rules and clauses that hold the words; htmx gets the first of each as a panel."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    in_panel = bool(request.headers.get("HX-Request"))
    most = IN_PANEL if in_panel else None
    context: dict[str, Any] = {"text": text, "too_short": 0 < len(text) < SHORTEST}
    if len(text) >= SHORTEST:
        found = find(text)
        context |= {
            "found": found,
            "plans": found.plans[:most],
            "entries": [_linked(request, hit) for hit in found.entries[:most]],
            "clauses": found.clauses[:most],
            "more": in_panel and max(map(len, (found.plans, found.entries, found.clauses))) > IN_PANEL,
        }
    return render(request, "plans/_search_panel.html" if in_panel else "plans/text_search.html", context)


def _linked(request: HttpRequest, hit: Hit) -> dict[str, Any]:
    return {
        "hit": hit,
        "word": dict(SECTIONS)[hit.section],
        "url": entry_address(request, hit.plan)(hit.section, hit.code),
    }
