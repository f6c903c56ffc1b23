"""The catalogue on pages: all figures, "how is this made?" for one, and the records counted."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core.spreadsheets import FORMATS, write
from incubators.indicators import asking, catalogue, figures, links
from incubators.indicators.base import BadQuestion, Coverage, Figure, Indicator, Kind
from incubators.indicators.listings import LISTS
from incubators.models import Area
from incubators.scope import Scope

TOP = 20
MONTHS = 24


def indicator_list(request: HttpRequest) -> HttpResponse:
    """Every figure with its definition, by group, searchable by name or code."""
    sought = request.GET.get("q", "").strip()
    found = [i for i in catalogue.all() if sought.lower() in f"{i.name}{i.code}{i.definition}".lower()]
    groups = [(name, list(items)) for name, items in groupby(found, key=lambda i: i.group)]
    return render(request, "incubators/indicators/list.html", {"groups": groups, "q": sought, "count": len(found)})


def _indicator(code: str) -> Indicator:
    try:
        return catalogue.get(code)
    except catalogue.UnknownIndicator as error:
        raise Http404(str(error)) from None


def indicator_detail(request: HttpRequest, code: str) -> HttpResponse:
    """How a figure is made: definition, the value asked for, its path, its parts, and the way to its records."""
    indicator = _indicator(code)
    context: dict[str, Any] = {"indicator": indicator, "problems": []}
    try:
        asked = asking.read(indicator, request.GET, user=request.user)
        context.update(_answers(indicator, asked))
    except BadQuestion as error:
        context["problems"] = [f"{name}:{text}" for name, texts in error.errors.items() for text in texts]
    return render(request, "incubators/indicators/detail.html", context)


def _answers(indicator: Indicator, asked: asking.Asked) -> dict[str, Any]:
    arguments = asked.arguments
    whole = figures.compute(indicator.code, **arguments)[0]
    last: date = arguments.get("end") or arguments["on"]
    first = (last - relativedelta(months=MONTHS - 1)).replace(day=1)
    path_arguments = {**arguments, "on": None, "start": first, "end": last}
    path = figures.compute(indicator.code, by="month", **path_arguments)
    within = arguments.get("within") or _home(arguments["user"])
    by_area = figures.compute(indicator.code, by="area", **{**arguments, "within": within}) if within else []
    by_carrier = [] if isinstance(indicator, Coverage) else figures.compute(indicator.code, by="carrier", **arguments)
    return {
        "asked": asked,
        "figure": whole,
        "chart": _chart(indicator, path),
        "by_area": [f for f in by_area if f.value is not None or f.missing],
        "within": within,
        "by_carrier": by_carrier[:TOP],
        "carriers_left": max(0, len(by_carrier) - TOP),
        "records_url": links.records_url(indicator.code, **asked.query),
        "show": _show(indicator),
    }


def _home(user: Any) -> Area | None:
    """The first area a person sees whole: what the figure is split over unless another is asked for."""
    paths = Scope.of(user).area_paths
    return Area.objects.filter(path=paths[0]).first() if paths else None


def _show(indicator: Indicator) -> str:
    """How the value is written: ratio as percent, money in 万元, everything else as a number."""
    if indicator.kind is Kind.RATIO:
        return "pct"
    return "wan" if indicator.unit == "元" else "number"


def _chart(indicator: Indicator, path: list[Figure]) -> dict[str, Any]:
    scale = 100 if indicator.kind is Kind.RATIO else 1
    unit = "%" if indicator.kind is Kind.RATIO else indicator.unit
    return {
        "id": "path",
        "title": f"{indicator.name}:近{len(path)}个月",
        "unit": unit,
        "kind": "bar" if indicator.kind is Kind.FLOW else "line",
        "category_label": "月份",
        "categories": [figure.label for figure in path],
        "series": [
            {"name": indicator.name, "data": [None if f.value is None else float(f.value * scale) for f in path]}
        ],
    }


def indicator_records(request: HttpRequest, code: str) -> HttpResponseBase:
    """The very records counted: as many as the figure says, page by page, or all of them as a file."""
    indicator = _indicator(code)
    try:
        asked = asking.read(indicator, request.GET, user=request.user, ignore=("page", "format"))
        found = figures.records(code, **asked.arguments)
    except BadQuestion as error:
        problems = [f"{name}:{text}" for name, texts in error.errors.items() for text in texts]
        context = {"indicator": indicator, "problems": problems}
        return render(request, "incubators/indicators/records.html", context, status=400)
    shown = LISTS[found.model]
    found = found.select_related(*shown.related).order_by("pk")
    if request.GET.get("format") in FORMATS:
        name = f"{indicator.name}-计入记录{timezone.localdate():%Y%m%d}"
        return write(found.iterator(chunk_size=500), shown.columns, name=name, fmt=request.GET["format"])
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = [
        {
            "address": shown.address(row) if shown.address else "",
            "cells": [(column.of(row), column.kind) for column in shown.columns],
        }
        for row in page.object_list
    ]
    context = {
        "indicator": indicator,
        "asked": asked,
        "shown": shown,
        "rows": rows,
        "page_obj": page,
        "detail_url": links.figure_url(code, **asked.query),
    }
    return render(request, "incubators/indicators/records.html", context)
