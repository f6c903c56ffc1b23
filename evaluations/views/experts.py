"""An expert's own pages: what there is to score, and the scores of one carrier. Nobody else's scores come near them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.permits import NotPermitted, Refused
from core.templatetags.portal import number, pct, wan_number
from evaluations import permits, selectors
from evaluations.experts import save_scores
from evaluations.forms import ExpertForm
from evaluations.services import definition_of

PAGE_SIZE = 30
TABS = {"": "全部", "open": "待评", "done": "已评完"}
MONTHS = range(1, 13)


def _cell(value: Any, unit: str) -> str:
    """A month's figure without its unit, which stands in the head: yuan as 万元, fractions as per cent."""
    if unit == "元":
        return wan_number(value)
    return pct(value) if unit == "%" else number(value)


def _definitions(evidence: list[selectors.Evidence]) -> list[tuple[str, str]]:
    """How the figures are made: (names, definition), figures made alike said once."""
    names: dict[str, list[str]] = {}
    for each in evidence:
        names.setdefault(each.definition, []).append(each.name)
    return [("、".join(found), definition) for definition, found in names.items()]


@require_safe
def expert_list(request: HttpRequest) -> HttpResponse:
    """The carriers assigned to the person, the unfinished first."""
    rows = selectors.assignments(request.user)
    asked = request.GET.get("state", "")
    groups = {"": rows, "open": [r for r in rows if not r.complete], "done": [r for r in rows if r.complete]}
    shown = groups.get(asked, rows)
    context = {
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "left": len(groups["open"]),
        "total": len(rows),
        "tabs": [
            {
                "label": TABS[code],
                "url": f"?state={code}" if code else "?",
                "count": len(group),
                "active": group is shown,
            }
            for code, group in groups.items()
        ],
    }
    return render(request, "evaluations/expert_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def expert_form(request: HttpRequest, code: str, carrier: str) -> HttpResponse:
    """Score one carrier: each criterion beside the year's figures. Nothing typed is lost on an error."""
    rows = list(
        selectors.own_scores(request.user).filter(cycle__code=code, carrier__code=carrier).order_by("indicator")
    )
    if not rows:
        raise Http404
    cycle, place = rows[0].cycle, rows[0].carrier
    indicators = {item.code: item for item in definition_of(cycle.scheme).expert_indicators}
    rows = [row for row in rows if row.indicator in indicators]
    form = ExpertForm(request.POST or None, rows=rows, indicators=indicators)
    closed = permits.may_score(request.user, rows)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save_scores(user=request.user, rows=rows, values=form.values())
            except NotPermitted as denied:
                status = 403
                form.refuse(denied)
            except Refused as refused:
                form.refuse(refused)
            else:
                messages.success(request, f"已保存对“{place.name}”的评分")
                return redirect("evaluations:expert_list")
    codes = list(dict.fromkeys(code for row in rows for code in indicators[row.indicator].evidence))
    context = {
        "cycle": cycle,
        "carrier": place,
        "form": form,
        "sections": form.sections(),
        "closed": "" if closed else closed.reason,
        "evidence": (evidence := selectors.evidence(codes, place, cycle.year)),
        "evidence_words": _definitions(evidence),
        "evidence_rows": [
            {"month": month, "cells": [_cell(each.values[month - 1], each.unit) for each in evidence]}
            for month in MONTHS
        ],
    }
    return render(request, "evaluations/expert_form.html", context, status=status)
