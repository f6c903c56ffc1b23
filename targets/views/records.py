"""The very records behind a target's stored value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.dates import date_cn
from core.spreadsheets import FORMATS, write
from incubators.indicators import catalogue, figures
from incubators.indicators.base import Coverage, Indicator, Ratio
from incubators.indicators.listings import LISTS
from incubators.models import Area
from targets import explained, selectors
from targets.measuring import Question
from targets.models import Progress, Target
from targets.presenting import Card
from targets.views.detail import target_of

PER_PAGE = 50
TERMS = ("numerator", "denominator")
TERM_WORDS = ("分子", "分母")


@require_safe
def target_records(request: HttpRequest, code: str) -> HttpResponseBase:
    """The records behind the value (``?area=``: behind one area's part; ``?term=1``: a share's denominator), page by
    page or as a file."""
    target = target_of(request, code)
    months, parts = selectors.path(request.user, target)
    whole = months[-1] if months else None
    area = _part(target, request.GET.get("area", ""))
    row = parts.get(area.pk) if area else whole
    card = Card(target, row)
    asked = explained.stored(whole)
    if asked is None:
        return render(request, "targets/records.html", {"target": target, "area": area, "card": card})
    indicator, where = catalogue.get(asked.indicator), area or target.area
    term = 1 if request.GET.get("term") == "1" and isinstance(indicator, Ratio) else 0
    how: dict[str, Any] = {"within": where, "params": dict(asked.params), "user": request.user, **asked.period()}
    found = figures.records(asked.indicator, term=term, **how)
    shown = LISTS[found.model]
    found = shown.fetched(found, asked.on)
    if request.GET.get("format") in FORMATS:
        name = f"{target.code}计入记录{timezone.localdate():%Y%m%d}"
        return write(found.iterator(chunk_size=500), shown.columns, name=name, fmt=request.GET["format"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    members = figures.compute(asked.indicator, by="area", **how) if isinstance(indicator, Coverage) else []
    context = {
        "target": target,
        "area": area,
        "card": card,
        "shown": shown,
        "page_obj": page,
        "period": _period_words(asked),
        "indicator": indicator,
        "indicator_url": explained.figure_url(asked, where),
        "terms": _terms(row, term, area) if isinstance(indicator, Ratio) else [],
        "members": members,
        "covered": f"{len(members)} 个区域中 {sum(1 for each in members if each.value)} 个已有载体",
        "changed": _changed(indicator, row, page.paginator.count, term),
        "rows": [
            {
                "address": shown.address(each) if shown.address else "",
                "cells": [(column.of(each), column.kind) for column in shown.columns],
            }
            for each in page.object_list
        ],
    }
    return render(request, "targets/records.html", context)


def _part(target: Target, code: str) -> Area | None:
    if not code:
        return None
    share = next((share for share in selectors.allocations(target) if share.area.code == code), None)
    if share is None:
        raise Http404
    return share.area


def _period_words(asked: Question) -> str:
    last = date_cn(asked.on)
    return f"{date_cn(asked.start)}至{last}" if asked.start else f"截至{last}"


def _terms(row: Progress | None, term: int, area: Area | None) -> list[dict[str, Any]]:
    """The two terms of a share as tabs, with what was stored of them."""
    kept = [row.explanation.get(name) if row else None for name in TERMS]
    asked = {"area": area.code} if area else {}
    return [
        {
            "label": words,
            "url": "?" + urlencode({**asked, "term": number}),
            "active": number == term,
            "count": None if kept[number] is None else int(Decimal(kept[number])),
        }
        for number, words in enumerate(TERM_WORDS)
    ]


def _changed(indicator: Indicator, row: Progress | None, count: int, term: int) -> bool:
    """Whether the register has changed since the value was stored. Coverage counts areas and lists carriers."""
    if row is None or row.value is None or isinstance(indicator, Coverage):
        return False
    if isinstance(indicator, Ratio):
        kept = row.explanation.get(TERMS[term])
        return kept is not None and int(Decimal(kept)) != count
    return int(row.value) != count


__all__ = ["target_records"]
