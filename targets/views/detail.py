"""One target: where it stands, how that is made, and the figures people enter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.permits import NotPermitted, Refused
from incubators.indicators import catalogue, links
from incubators.models import Area
from plans.models import OpenQuestion
from plans.selectors import in_words, questions
from targets import explained, presenting, selectors
from targets.charts import path_chart
from targets.forms import OutsideFigureForm
from targets.models import Allocation, Progress, Target
from targets.pace import RED
from targets.permits import may_compute, may_enter
from targets.presenting import Card
from targets.quantities import aligned, goal_words
from targets.services import enter_outside_figure


def target_of(request: HttpRequest, code: str) -> Target:
    """The target with this code, or 404 for who may not see it."""
    target = selectors.target_in_full(request.user, code)
    if target is None:
        raise Http404
    return target


@require_safe
def target_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one target."""
    target = target_of(request, code)
    months, parts = selectors.path(request.user, target)
    last = months[-1] if months else None
    shares = selectors.allocations(target)
    units = [link.organisation.name for link in target.responsibilities.all()]
    asked = in_words(_questions(target), timezone.localdate())
    card = Card(target, last, [share.area.name for share in shares if _is_red(parts.get(share.area_id))], units)
    context = {
        "target": target,
        "card": card,
        "chart": path_chart(card, months, explained.month_urls(target, months, target.area)),
        "steps": _steps(card),
        "years": _years(card, last, target.area),
        "multiple": presenting.multiple_words(last, target.unit) if last else "",
        "net": presenting.net_words(last, target.unit) if last else "",
        "net_urls": explained.stock_urls(target, last.on) if last and last.explanation.get("net") is not None else [],
        "facts": _facts(target, card),
        "shares": [_share(target, share, parts.get(share.area_id), last) for share in shares],
        "shares_check": target.definition.get("allocations_check") or {},
        "questions": asked,
        "is_stale": any(each.current and each.question.code in card.missing_decisions for each in asked),
        "discrepancies": selectors.discrepancies(target),
        "entered": _entered(target),
        "may_enter": may_enter(request.user, target),
        "may_compute": may_compute(request.user, target.plan),
        **_made(target, last),
    }
    return render(request, "targets/target_detail.html", context)


def _steps(card: Card) -> list[dict[str, Any]]:
    """The stored arithmetic; terms that are counted or stated lead to their records and to the clause."""
    if card.progress is None:
        return []
    records = reverse("targets:target_records", args=[card.target.code]) if card.is_counted else ""
    entered = "#entered" if card.is_entered else ""
    found: list[dict[str, Any]] = presenting.steps_of(
        card.progress, card.target.unit, explained.term_units(card.target)
    )
    for step in found:
        if step["label"] == "目标":
            step.update(note="条款原文", href="#clause")
        elif step["label"] in {"当前值", "占比"} and (records or entered):
            step.update(note="计入的记录" if records else "录入的数据", href=records or entered)
    return found


def _years(card: Card, last: Progress | None, area: Area) -> list[dict[str, Any]]:
    """Years judged one by one, each value with where it leads."""
    question = explained.stored(last)
    return [{**year, "url": explained.year_url(card.target, question, area, year["year"])} for year in card.years]


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
                filter(None, (words[row.done], aligned(row.value, target.unit) if row.value is not None else ""))
            ),
        }
        for row in selectors.entered(target)
    ]


def _made(target: Target, last: Progress | None) -> dict[str, Any]:
    """Where the value comes from: the figure of the catalogue with its records, or what people have to enter."""
    measure = target.definition.get("measure") or {}
    if target.measured_by != Target.MeasuredBy.INDICATOR:
        return {"needs": measure.get("needs") or measure.get("criterion") or ""}
    asked = explained.stored(last)
    try:
        indicator = catalogue.get(target.indicator)
    except catalogue.UnknownIndicator:
        return {"needs": measure.get("needs") or ""}
    return {
        "indicator": indicator,
        "indicator_url": explained.figure_url(asked, target.area) if asked else links.figure_url(target.indicator),
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


def _share(target: Target, share: Allocation, row: Progress | None, whole: Progress | None) -> dict[str, Any]:
    part = Card(target, row)
    return {
        "area": share.area,
        "goal": goal_words(target.comparator, share.value, None, target.unit),
        "value": aligned(row.value, target.unit, share.value) if row else "—",
        "pace": part.pace,
        "pace_label": part.pace_label,
        "reason": part.reason,
        "fraction": part.fraction,
        "is_counted": explained.stored(whole) is not None,
        "years": _years(part, whole, share.area),
    }


# --- Entering -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def outside_figure_create(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a figure of outside statistics, or confirm a milestone."""
    target = target_of(request, code)
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
    except (Refused, NotPermitted) as refused:
        form.refuse(refused)
        return False
    return True
