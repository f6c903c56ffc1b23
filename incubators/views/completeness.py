"""Completeness: which carrier reported which months, as a matrix to read and to take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.dates import date_cn
from core.spreadsheets import FORMATS, Column, write
from core.templatetags.badge_words import BADGES, BadgeWords, words_for
from incubators.access import Capability
from incubators.indicators.links import figure_url
from incubators.models import Area
from incubators.models.areas import paths_above
from incubators.months_forms import PeriodForm
from incubators.reporting import completeness, overview
from incubators.reporting.closing import Closes, standings
from incubators.reporting.completeness import Cell, Matrix, Rate, Row
from incubators.reporting.register import month_end
from incubators.scope import Scope
from incubators.views.closes import Mark, mark_of

PAGE_SIZE = 50
KIND = "completeness"
NOTES = (
    "载体从开办到关闭、且当地已开始月报的月份为应报;其余为“不报”,不计入比率。",
    "填报率 = 已提交(含已通过)÷ 应报;及时率 = 截止日及以前首次提交 ÷ 应报。草稿、退回和缺报都不算已报。",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as the page shows it."""

    state: str
    words: BadgeWords
    url: str
    title: str


@require_safe
def completeness_matrix(request: HttpRequest) -> HttpResponseBase:
    """Carriers by months with the state of each, and the rates by carrier, area and month. Operators see their own."""
    scope = Scope.of(request.user)
    period = PeriodForm(request.GET.dict(), areas=[])
    months = period.months if period.is_valid() else period.usual
    carriers = overview.carriers_between(request.user, months[0], months[-1])
    areas = _areas(scope, carriers) if scope.area_paths else []
    form = PeriodForm(request.GET.dict(), areas=[(area.code, label) for label, area in areas])
    context: dict[str, Any] = {"form": form, "has_areas": bool(areas), "notes": NOTES, "legend": BADGES[KIND].values()}
    if form.is_valid():
        within = next((area for _, area in areas if area.code == form.cleaned_data.get("area")), None)
        chosen = [each for each in carriers if within is None or each["path"].startswith(within.path)]
        if len(chosen) > overview.MOST_CARRIERS:
            context |= {"too_many": len(chosen), "most": overview.MOST_CARRIERS}
        else:
            found = completeness.load(request.user, chosen, form.months)
            if request.GET.get("format") in FORMATS:
                return _export(found, request.GET["format"])
            context |= _shown(request, found, within)
    # Asked for as a file and none could be made: the page says why.
    status = 400 if request.GET.get("format") in FORMATS else 200
    return render(request, "incubators/months/completeness.html", context, status=status)


def _areas(scope: Scope, carriers: Sequence[dict[str, Any]]) -> list[tuple[str, Area]]:
    """The areas in which the carriers are credited, and those of the person above them, with how the list writes them."""
    paths = {each["path"] for each in carriers}
    rows = Area.objects.filter(path__in={above for path in paths for above in paths_above(path)}).order_by("path")
    own = [row for row in rows if scope.covers(row.path) or row.path in paths]
    top = min((row.path.count("/") for row in own), default=0)
    return [("\u3000" * (row.path.count("/") - top) + row.name, row) for row in own]


def _shown(request: HttpRequest, found: Matrix, within: Area | None) -> dict[str, Any]:
    scope = Scope.of(request.user)
    rows = [*found.rows]
    sort = request.GET.get("sort", "")
    key = SORTS.get(sort.removeprefix("-"))
    if key is not None:
        rows.sort(key=key, reverse=sort.startswith("-"))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    may_file = scope.can(Capability.REPORT_FILE)
    page.object_list = [
        {"row": row, "cells": [_cell(row, cell, may_file) for cell in row.cells]} for row in page.object_list
    ]
    area = f"&area={within.code}" if within else ""
    return {
        "matrix": found,
        "page_obj": page,
        "keep": {"sort": sort} if key is not None else {},
        "months": [
            {
                "month": month,
                "rate": rate,
                "mark": mark,
                "url": f"{reverse('incubators:report_list')}?month={month:%Y-%m}{area}",
            }
            for month, rate, mark in zip(found.months, found.by_month, _marks(found), strict=True)
        ],
        "within": within,
        "not_due": next(
            (
                cell.line.days.due_on
                for row in found.rows
                for cell in row.cells
                if cell.line and cell.state == completeness.DUE
            ),
            None,
        ),
        **_explained(scope, found, within),
    }


def _marks(found: Matrix) -> list[Mark | None]:
    """Whether each month is closed. Two queries, however many months."""
    closes = Closes(found.months)
    lines = ([cell.line for row in found.rows if (cell := row.cells[at]).line] for at in range(len(found.months)))
    return [mark_of(standings(there, month, closes), month) for month, there in zip(found.months, lines, strict=True)]


def _explained(scope: Scope, found: Matrix, within: Area | None) -> dict[str, str]:
    """Where the rates are defined; nothing for who may not open it."""
    if not scope.can(Capability.FIGURE_READ):
        return {}
    asked = {"on": month_end(found.months[-1]), "within": within.code if within else ""}
    return {f"{name}_url": figure_url(f"report_{name}", **asked) for name in ("completeness", "punctuality")}


def _share(rate: Rate, *, punctual: bool = False) -> Decimal:
    return (rate.punctuality if punctual else rate.completeness) or Decimal(0)


SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.carrier["name"],
    "completeness": lambda row: _share(row.rate),
    "punctuality": lambda row: _share(row.rate, punctual=True),
}


def _cell(row: Row, cell: Cell, may_file: bool) -> Shown:
    words = words_for(KIND, cell.state)
    line = cell.line
    if line is None:
        return Shown(cell.state, words, "", "")
    if line.report_id:
        url = reverse("incubators:report_detail", args=[line.report_id])
    else:
        url = reverse("incubators:report_edit", args=[line.code, f"{cell.month:%Y-%m}"]) if may_file else ""
    sent = f"{date_cn(line.first_submitted_at)}首次提交,{date_cn(line.days.due_on)}截止" if line.filed else ""
    return Shown(cell.state, words, url, sent)


def _export(found: Matrix, fmt: str) -> HttpResponseBase:
    columns = (
        Column("编号", lambda row: row.carrier["code"], width=12),
        Column("载体", lambda row: row.carrier["name"], width=30),
        Column("归属区域", lambda row: row.carrier["area_name"]),
        *(
            Column(f"{month:%Y-%m}", lambda row, at=at: words_for(KIND, row.cells[at].state).word, width=9)
            for at, month in enumerate(found.months)
        ),
        Column("应报(份)", lambda row: row.rate.expected, "number"),
        Column("已报(份)", lambda row: row.rate.filed, "number"),
        Column("按时(份)", lambda row: row.rate.punctual, "number"),
        Column("填报率", lambda row: row.rate.completeness, "percent"),
        Column("及时率", lambda row: row.rate.punctuality, "percent"),
    )
    name = f"月报完整性{found.months[0]:%Y%m}-{found.months[-1]:%Y%m}"
    return write(found.rows, columns, name=name, fmt=fmt, notes=NOTES)
