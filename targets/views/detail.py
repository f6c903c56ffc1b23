"""One target: where it stands, how that is made, the records counted, and the figures people enter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.permits import NotPermitted, Refused
from core.spreadsheets import FORMATS, write
from incubators.indicators import catalogue, figures, links
from incubators.indicators.listings import LISTS
from incubators.models import Area
from plans.models import OpenQuestion
from plans.selectors import in_words, questions
from targets import presenting, selectors
from targets.charts import path_chart
from targets.forms import OutsideFigureForm
from targets.models import Allocation, Progress, Target
from targets.pace import RED
from targets.permits import may_compute, may_enter
from targets.presenting import Card
from targets.quantities import goal_words, quantity
from targets.services import enter_outside_figure

PER_PAGE = 50


def _target(request: HttpRequest, code: str) -> Target:
    target = selectors.target_in_full(request.user, code)
    if target is None:
        raise Http404
    return target


@require_safe
def target_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one target."""
    target = _target(request, code)
    months, parts = selectors.path(request.user, target)
    last = months[-1] if months else None
    shares = selectors.allocations(target)
    units = [link.organisation.name for link in target.responsibilities.all()]
    card = Card(target, last, [share.area.name for share in shares if _is_red(parts.get(share.area_id))], units)
    context = {
        "target": target,
        "card": card,
        "chart": path_chart(card, months),
        "steps": presenting.steps_of(last, target.unit) if last else [],
        "multiple": presenting.multiple_words(last, target.unit) if last else "",
        "net": presenting.net_words(last, target.unit) if last else "",
        "facts": _facts(target, card),
        "shares": [_share(target, share, parts.get(share.area_id)) for share in shares],
        "shares_check": target.definition.get("allocations_check") or {},
        "questions": in_words(_questions(target), timezone.localdate()),
        "discrepancies": selectors.discrepancies(target),
        "entered": _entered(target),
        "may_enter": may_enter(request.user, target),
        "may_compute": may_compute(request.user, target.plan),
        **_made(target, last),
    }
    return render(request, "targets/target_detail.html", context)


def _is_red(row: Progress | None) -> bool:
    return row is not None and row.pace in RED


def _questions(target: Target) -> list[OpenQuestion]:
    codes = target.definition.get("decisions") or []
    return list(questions().filter(code__in=codes).order_by("order")) if codes else []


def _entered(target: Target) -> list[dict[str, Any]]:
    if target.measured_by == Target.MeasuredBy.INDICATOR:
        return []
    words = {True: "已完成", False: "尚未完成", None: ""}
    return [
        {
            "row": row,
            "value": "、".join(
                filter(None, (words[row.done], quantity(row.value, target.unit) if row.value is not None else ""))
            ),
        }
        for row in selectors.entered(target)
    ]


def _made(target: Target, last: Progress | None) -> dict[str, Any]:
    """Where the value comes from: the figure of the catalogue with its records, or what people have to enter."""
    measure = target.definition.get("measure") or {}
    if target.measured_by != Target.MeasuredBy.INDICATOR:
        return {"needs": measure.get("needs") or measure.get("criterion") or ""}
    asked = last.explanation.get("question") if last else None
    try:
        indicator = catalogue.get(target.indicator)
    except catalogue.UnknownIndicator:
        return {"needs": measure.get("needs") or ""}
    return {
        "indicator": indicator,
        "indicator_url": links.figure_url(target.indicator),
        "has_records": bool(asked),
        "needs": measure.get("needs") or "",
    }


def _facts(target: Target, card: Card) -> list[dict[str, Any]]:
    stated = target.definition.get("responsible_basis") in {"stated", "named_in_clause"}
    units = "、".join(card.units) or "文中未写"
    wanted = goal_words(target.comparator, target.value, target.value_max, target.unit)
    return [
        {"label": "目标", "value": wanted, "note": f"文本写法:{target.stated_as}" if target.stated_as else ""},
        {"label": "类型", "value": target.get_kind_display()},
        {"label": "约束程度", "value": target.get_commitment_display()},
        {"label": "期限", "value": card.deadline, "note": target.definition.get("deadline_text", "")},
        {"label": "区域", "value": target.area.name, "note": target.definition.get("area_note", "")},
        {"label": "数据来源", "value": target.get_measured_by_display()},
        {
            "label": "责任单位",
            "value": units,
            "note": "" if stated or not card.units else "由分解表或区域推得",
            "wide": True,
        },
    ]


def _share(target: Target, share: Allocation, row: Progress | None) -> dict[str, Any]:
    part = Card(target, row)
    return {
        "area": share.area,
        "goal": goal_words(target.comparator, share.value, None, target.unit),
        "value": quantity(row.value, target.unit, share.value) if row else "—",
        "pace": part.pace,
        "reason": part.reason,
        "fraction": row.value / share.value if row and row.value is not None and share.value else None,
        "years": part.years,
    }


# --- Records counted ------------------------------------------------------------------------------------------------
@require_safe
def target_records(request: HttpRequest, code: str) -> HttpResponseBase:
    """The very records behind the stored value (``?area=``: behind one area's part), page by page or as a file."""
    target = _target(request, code)
    months, parts = selectors.path(request.user, target)
    area = _part(target, request.GET.get("area", ""))
    row = parts.get(area.pk) if area else (months[-1] if months else None)
    asked = months[-1].explanation.get("question") if months else None
    if not asked:
        return render(request, "targets/records.html", {"target": target, "card": Card(target, row)})
    found = figures.records(
        asked["indicator"], within=area or target.area, params=asked["params"], user=request.user, **_period(asked)
    )
    shown = LISTS[found.model]
    found = found.select_related(*shown.related).order_by("pk")
    if request.GET.get("format") in FORMATS:
        name = f"{target.code}计入记录{timezone.localdate():%Y%m%d}"
        return write(found.iterator(chunk_size=500), shown.columns, name=name, fmt=request.GET["format"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "target": target,
        "area": area,
        "card": Card(target, row),
        "shown": shown,
        "page_obj": page,
        "period": _period_words(asked),
        "changed": _changed(target, row, page.paginator.count),
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


def _period(asked: dict[str, Any]) -> dict[str, Any]:
    on = date.fromisoformat(asked["on"])
    return {"on": on} if not asked["start"] else {"start": date.fromisoformat(asked["start"]), "end": on}


def _period_words(asked: dict[str, Any]) -> str:
    return f"{asked['start']} 至 {asked['on']}" if asked["start"] else f"截至 {asked['on']}"


def _changed(target: Target, row: Progress | None, count: int) -> bool:
    """Whether the register has changed since the value was stored. Shares list their numerator."""
    if row is None or row.value is None:
        return False
    top = row.explanation.get("numerator")
    if target.unit == "%":
        return top is not None and int(Decimal(top)) != count
    return int(row.value) != count


# --- Entering -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def outside_figure_create(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a figure of outside statistics, or confirm a milestone."""
    target = _target(request, code)
    permit = may_enter(request.user, target)
    form = OutsideFigureForm(request.POST or None, target=target)
    if permit and request.method == "POST" and form.is_valid() and _entered_by(request, target, form):
        messages.success(request, "已录入。重新计算进度后,本目标的进度随之更新。")
        return redirect("targets:target_detail", code=target.code)
    measure = target.definition.get("measure") or {}
    context = {
        "target": target,
        "form": form,
        "permit": permit,
        "needs": measure.get("needs") or measure.get("criterion") or "",
        "wanted": goal_words(target.comparator, target.value, target.value_max, target.unit),
    }
    return render(request, "targets/outside_figure.html", context, status=200 if permit else 403)


def _entered_by(request: HttpRequest, target: Target, form: OutsideFigureForm) -> bool:
    """Whether the service took it; what it refuses is put beside the fields."""
    typed = form.cleaned_data
    try:
        enter_outside_figure(
            target=target,
            on=typed["on"],
            value=typed.get("value"),
            done=typed.get("done"),
            source=typed["source"],
            note=typed["note"],
            user=request.user,
        )
    except Refused as refused:
        for field, sentences in refused.errors.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return False
    except NotPermitted as error:
        form.add_error(None, str(error))
        return False
    return True
