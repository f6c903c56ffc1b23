"""The catalogue on pages: all figures, "how is this made?" for one, and the records counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core.money import WAN
from core.spreadsheets import FORMATS, write
from incubators.indicators import asking, catalogue, figures, links
from incubators.indicators.base import BadQuestion, Coverage, Figure, Indicator, Kind, Ratio, Tally
from incubators.indicators.form import QuestionForm, months_of
from incubators.indicators.listings import listed
from incubators.indicators.tally import month_end, report_month
from incubators.indicators.wording import described, faults
from incubators.models import Area, Designation
from incubators.reporting.fields import BY_CODE
from incubators.scope import Scope

TOP = 20
PARTS = {"area": "分区域", "carrier": "分载体"}
# What the page reads itself, beside the question.
OWN = ("months", "part")


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
    """How a figure is made: definition, the value asked for, its path, its parts, and the way to its records.

    ``?part=area`` or ``carrier`` answers one table of parts, which the page fetches after itself.
    """
    indicator = _indicator(code)
    areas = list(Area.objects.visible_to(request.user).order_by("path"))
    part = request.GET.get("part", "")
    form = QuestionForm(indicator, request.GET, areas)
    context: dict[str, Any] = {"indicator": indicator, "problems": [], "form": form, "keep": _kept(request.GET, form)}
    unanswered = [name for name in indicator.required if not request.GET.get(name)]
    if unanswered:
        return render(request, "incubators/indicators/detail.html", {**context, "unanswered": True})
    try:
        asked = asking.read(indicator, request.GET, user=request.user, ignore=OWN)
        homes = _homes(asked, areas)
        if part in PARTS and request.headers.get("HX-Request"):
            context.update(_parts(indicator, asked, part, homes))
            return render(request, "incubators/indicators/_parts.html", context)
        context.update(_answers(indicator, asked), undecided=_undecided(asked))
        context["parts"] = [] if "carrier" in asked.arguments else _tables(indicator, request, homes)
        if part in PARTS:  # without scripts a part's link leads to the page with its table in it, in place of the chart
            context["opened"] = {**_parts(indicator, asked, part, homes, context["figure"]), "part": f"part-{part}"}
        else:
            context["chart"] = _path(indicator, asked, months_of(request.GET))
    except BadQuestion as error:
        context["problems"] = form.complain(error)
    return render(request, "incubators/indicators/detail.html", context)


def _kept(query: QueryDict, form: QuestionForm) -> dict[str, str]:
    """What the address asks that the form has no field for, or more of than its field can show."""
    kept = {}
    for name in query:
        values = ",".join(text for text in query.getlist(name) if text)
        if values and name not in ("part", "on", "from", "to") and (name not in form.fields or "," in values):
            kept[name] = values
            form.fields.pop(name, None)
    return kept


def _homes(asked: asking.Asked, areas: list[Area]) -> list[Area]:
    """The areas whose figures stand side by side: the parts of the one asked for; else the person's own, topmost first,
    and of a single one its parts. ``areas``: all that the person may see, in the order of their paths."""
    within = asked.arguments.get("within")
    top: list[Area] = [within] if within is not None else []
    if within is None:
        for area in areas:
            if not top or not area.path.startswith(top[-1].path):
                top.append(area)
    if len(top) != 1:
        return top
    parts = [area for area in areas if area.parent_id == top[0].pk]
    return parts or [*top[0].children.all()]


def _tables(indicator: Indicator, request: HttpRequest, homes: list[Area]) -> list[dict[str, str]]:
    """The tables of parts the page fetches: their titles and addresses."""
    query = request.GET.copy()
    tables = []
    for part, title in PARTS.items():
        by_area = part == "area"
        if (by_area and not homes) or (not by_area and isinstance(indicator, Coverage)):
            continue
        query["part"] = part
        icon = "map-pin" if by_area else "building"
        tables.append({"id": f"part-{part}", "title": title, "url": f"?{query.urlencode()}", "icon": icon})
    return tables


def _answers(indicator: Indicator, asked: asking.Asked) -> dict[str, Any]:
    figure = figures.compute(indicator.code, **asked.arguments)[0]
    return {
        "asked": asked,
        "words": described(asked),
        "parts_of_months": asking.parts_of_months(indicator, asked.arguments).values(),
        "figure": figure,
        **_unfiled(indicator, asked, figure),
        "records_url": links.records_url(indicator.code, **asked.query),
        "terms": [_written(unit) for unit in indicator.term_units] if isinstance(indicator, Ratio | Coverage) else [],
        "denominator_urls": _denominators(indicator, asked),
        **_shown(indicator),
    }


def _unfiled(indicator: Indicator, asked: asking.Asked, figure: Figure) -> dict[str, str]:
    """Of the rate of reports filed also those that were not, whom its records cannot show: how many, and the way to them
    where the month's overview can be asked for the area."""
    scope = Scope.of(asked.arguments["user"])
    lacking = (figure.denominator or 0) - (figure.numerator or 0)
    if indicator.code != "report_completeness" or lacking <= 0 or not scope.area_paths or "carrier" in asked.arguments:
        return {}
    within: Area | None = asked.arguments.get("within")
    is_all = within is None or all(path.startswith(within.path) for path in scope.area_paths)
    found = {"unfiled": f"另有{lacking:.0f}家应报未报,不在计入的记录中", "unfiled_url": ""}
    if is_all or (within is not None and within.kind in {Area.Kind.TOWN, Area.Kind.PARK}):
        month = report_month(asked.arguments["on"])
        area = "" if is_all or within is None else within.code
        place = links.query(month=f"{month:%Y-%m}", area=area, state="unfiled")
        found["unfiled_url"] = f"{reverse('incubators:report_list')}?{place}"
    return found


def _path(indicator: Indicator, asked: asking.Asked, months: int) -> dict[str, Any]:
    """The figure month by month up to the day asked for, as a chart whose months lead to the same question of theirs."""
    arguments = asked.arguments
    last: date = arguments.get("end") or arguments["on"]
    first = (last - relativedelta(months=months - 1)).replace(day=1)
    path = figures.compute(indicator.code, by="month", **{**arguments, "on": None, "start": first, "end": last})
    return {**_chart(indicator, path), "links": _months(indicator, asked, path, last)}


def _undecided(asked: asking.Asked) -> int:
    """Carriers that a question by level or title leaves out, for nobody has decided as what their new title counts."""
    arguments = asked.arguments
    if not {"titles", "rank_at_least"} & set(arguments["params"]):
        return 0
    rows = Designation.objects.visible_to(arguments["user"]).undecided()
    rows = rows.valid_on(arguments.get("end") or arguments["on"])
    if within := arguments.get("within"):
        rows = rows.filter(carrier__owner_area__path__startswith=within.path)
    if code := arguments.get("carrier"):
        rows = rows.filter(carrier__code=code)
    return rows.values("carrier").distinct().count()


def _denominators(indicator: Indicator, asked: asking.Asked) -> list[str]:
    """The records of each term of a ratio's denominator."""
    terms = len(indicator.bottom) if isinstance(indicator, Ratio) else 0
    return [links.records_url(indicator.code, **{**asked.query, "term": term}) for term in range(1, terms + 1)]


def _parts(
    indicator: Indicator, asked: asking.Asked, part: str, homes: list[Area], whole: Figure | None = None
) -> dict[str, Any]:
    """The figure by area or by carrier, each leading to the same question of its own; ``whole`` where it is known."""
    by_area = part == "area"
    arguments = {**asked.arguments, "areas": homes} if by_area else asked.arguments
    found = figures.compute(indicator.code, by=part, **arguments)
    name = "within" if by_area else "carrier"
    rows = [(each, links.figure_url(indicator.code, **{**asked.query, name: each.code})) for each in found]
    return {
        "indicator": indicator,
        "rows": rows[:TOP] if not by_area else rows,
        "rest": [] if by_area else rows[TOP:],
        "label": "区域" if by_area else "载体",
        "difference": _difference(indicator, asked, found, whole) if by_area else "",
        **_shown(indicator),
    }


def _difference(indicator: Indicator, asked: asking.Asked, found: list[Figure], whole: Figure | None) -> str:
    """A sentence where the areas shown do not add up to the whole."""
    if not isinstance(indicator, Tally) or not found:
        return ""
    total = (whole or figures.compute(indicator.code, **asked.arguments)[0]).value
    added = sum((each.value for each in found if each.value is not None), Decimal(0))
    if total is None or added == total:
        return ""
    scale = WAN if indicator.unit == "元" else Decimal(1)
    unit = _shown(indicator)["unit"]
    return (
        f"各区域相加为{_plain(added / scale)}{unit},合计为{_plain(total / scale)}{unit}:"
        "不属于以上任一区域的只计入合计,同时属于几个区域的在合计中只计一次。"
    )


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.01')).normalize():,f}"


def _shown(indicator: Indicator) -> dict[str, str]:
    """How a value of the figure is written."""
    return _written(indicator.unit)


def _written(unit: str) -> dict[str, str]:
    """Shares as per cents, money in 万元, everything else with its unit."""
    if unit == "%":
        return {"show": "pct", "unit": ""}
    return {"show": "wan", "unit": "万元"} if unit == "元" else {"show": "number", "unit": unit}


def _months(indicator: Indicator, asked: asking.Asked, path: list[Figure], last: date) -> list[str]:
    """Where each month of the path leads: the same question of that month."""
    kept = {name: value for name, value in asked.query.items() if name not in ("on", "from", "to")}
    addresses = []
    for figure in path:
        end = min(month_end(figure.key), last)
        when = {"from_": figure.key, "to": end} if indicator.kind is Kind.FLOW else {"on": end}
        addresses.append(links.figure_url(indicator.code, **kept, **when))
    return addresses


def _chart(indicator: Indicator, path: list[Figure]) -> dict[str, Any]:
    scale = {"%": Decimal(100), "元": 1 / WAN}.get(indicator.unit, Decimal(1))
    return {
        "id": "path",
        "title": f"{indicator.name}:近{len(path)}个月",
        "unit": "万元" if indicator.unit == "元" else indicator.unit,
        "kind": "bar" if indicator.kind is Kind.FLOW else "line",
        "category_label": "月份",
        "categories": [f"{figure.label}{'*' if _is_short(figure) else ''}" for figure in path],
        "note": "带 * 的月份还有载体没有通过的月报,未计入。" if any(map(_is_short, path)) else "",
        "series": [
            {"name": indicator.name, "data": [None if f.value is None else float(f.value * scale) for f in path]}
        ],
    }


def _is_short(figure: Figure) -> bool:
    """Whether reports are lacking from a month's sum."""
    return figure.value is not None and bool(figure.missing)


def _term(indicator: Indicator, text: str) -> int:
    """Which term of a ratio is asked for: its numerator (0), or one of its denominator (1, 2 ...)."""
    if not text:
        return 0
    if not isinstance(indicator, Ratio) or not text.isdecimal() or len(text) > 2:
        raise BadQuestion(errors={"term": [f"没有“{text}”这一项"]})
    return int(text)


def _counted_as(indicator: Indicator, term: int) -> str:
    """What the records are to the figure."""
    if indicator.kind is not Kind.RATIO:
        return ""
    if term == 0:
        return "分子"
    return f"分母第{term}项" if isinstance(indicator, Ratio) and len(indicator.bottom) > 1 else "分母"


def indicator_records(request: HttpRequest, code: str) -> HttpResponseBase:
    """The very records counted: as many as the figure says, page by page, or all of them as a file."""
    indicator = _indicator(code)
    try:
        asked = asking.read(indicator, request.GET, user=request.user, ignore=("page", "format", "months", "term"))
        term = _term(indicator, request.GET.get("term", ""))
        found = figures.records(code, term=term, **asked.arguments)
    except BadQuestion as error:
        context = {"indicator": indicator, "problems": faults(error), "detail_url": links.figure_url(code)}
        return render(request, "incubators/indicators/records.html", context, status=400)
    column = figures.counted_column(code, term, **asked.arguments)
    label = BY_CODE[column].label if isinstance(indicator, Ratio) and column in BY_CODE else indicator.name
    shown = listed(found.model, total=column, label=label, money=indicator.unit == "元")
    found = shown.fetched(found, asked.arguments.get("end") or asked.arguments["on"])
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
        "words": described(asked),
        "parts_of_months": asking.parts_of_months(indicator, asked.arguments).values(),
        "counted_as": _counted_as(indicator, term),
        **({} if term else _unfiled(indicator, asked, figures.compute(code, **asked.arguments)[0])),
        "shown": shown,
        "rows": rows,
        "page_obj": page,
        "detail_url": links.figure_url(code, **asked.query),
    }
    return render(request, "incubators/indicators/records.html", context)
