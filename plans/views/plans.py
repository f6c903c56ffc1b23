"""The plans, and one plan as its readers know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from incubators.access import Capability
from incubators.scope import Scope
from plans import contents, selectors
from plans.loading import restore
from plans.models import Plan
from plans.planfile import PlanFile
from plans.planfile.vocab import LABELS
from plans.reading import SECTIONS, read

# Pages of what a number became; who may not open them stays on the plan's own page.
PAGES = {
    "targets": ("targets:target_detail", Capability.TARGET_READ),
    "subsidy_rules": ("subsidies:rule_detail", Capability.AWARD_READ),
}
# Where a unit's number of a table is followed: the records of the target that count for the unit.
UNIT_PAGE = "targets:target_records"
TABS = (
    ("text", "全文"),
    ("targets", "目标"),
    ("rules", "补贴规则"),
    ("tasks", "任务"),
    ("frames", "评价"),
    ("duties", "报送与支持"),
    ("terms", "名词"),
    ("questions", "待定事项"),
)
SECTION_OF = {"targets": "targets", "rules": "subsidy_rules"}


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan as a card. Texts are public; how far the plans are is not shown here."""
    scope = Scope.of(request.user)
    plans = selectors.plans().defer("text").order_by("area__path", "code")
    # The person's own district first.
    cards = [_card(plan) for plan in sorted(plans, key=lambda plan: not scope.covers(plan.area.path))]
    return render(request, "plans/plan_list.html", {"cards": cards})


def _card(plan: Plan) -> dict[str, Any]:
    definition = plan.definition
    return {
        "plan": plan,
        "kind": LABELS["plan_kind"].get(plan.kind, plan.kind),
        "quality": LABELS["text_quality"].get(plan.text_quality, ""),
        "text_kind": contents.TEXT_KINDS.get(plan.text_kind, ""),
        "warning": contents.QUALITY_WARNINGS.get(plan.text_quality, ""),
        "counts": [
            ("目标", len(definition.get("targets", ())), "targets"),
            ("补贴规则", len(definition.get("subsidy_rules", ())), "rules"),
            ("任务", len(definition.get("tasks", ())), "tasks"),
        ],
    }


@require_safe
def plan_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A plan: its text with every number linked, or one of the lists of what it says (``?tab=``)."""
    plan = selectors.plan_in_full(code)
    if plan is None:
        raise Http404("没有这份规划")
    file = restore(plan)
    tab = request.GET.get("tab", "text")
    tab = tab if tab in dict(TABS) else "text"
    context = {**_head(plan, file), "tab": tab, "tabs": _tabs(plan, file, tab)}
    context |= _text(request, plan, file) if tab == "text" else _lists(request, plan, file, tab)
    return render(request, "plans/plan_detail.html", context)


def _head(plan: Plan, file: PlanFile) -> dict[str, Any]:
    head = file.plan
    facts = [
        ("发文单位", str(plan.issuer or "未写明")),
        ("文号", plan.document_number or "未写明"),
        ("印发日期", plan.issued_on),
        ("施行日期", plan.effective_from),
        ("规划期", head.period.stated_as or "未写明"),
        ("适用区域", plan.area.name),
    ]
    return {
        "plan": plan,
        "facts": facts,
        "quality": LABELS["text_quality"].get(plan.text_quality, ""),
        "text_kind": contents.TEXT_KINDS.get(plan.text_kind, ""),
        "warning": contents.QUALITY_WARNINGS.get(plan.text_quality, ""),
        "fallback": head.effective,
    }


def _tabs(plan: Plan, file: PlanFile, current: str) -> list[dict[str, Any]]:
    counts = {
        "targets": len(file.targets),
        "rules": len(file.subsidy_rules),
        "tasks": len(file.tasks),
        "frames": len(file.evaluation_frames),
        "duties": len(file.reporting_duties) + len(file.supports),
        "questions": len(file.decisions),
    }
    address = reverse("plans:plan_detail", args=[plan.code])
    return [
        {
            "label": label,
            "url": address if name == "text" else f"{address}?tab={name}",
            "active": name == current,
            "count": counts.get(name, ""),
        }
        for name, label in TABS
    ]


def entry_address(request: HttpRequest, plan: Plan) -> Callable[[str, str], str]:
    """Gives where an entry is shown: its own page if this person may open it, else its place on the plan's page.
    What the document says of itself (本措施共20条) leads nowhere: empty."""
    scope = Scope.of(request.user)
    page = reverse("plans:plan_detail", args=[plan.code])

    def address(section: str, code: str) -> str:
        if url := _own_page(scope, plan, section, code):
            return url
        tab = SECTIONS[section][1]
        return "" if tab == "text" else f"{page}?tab={tab}#e-{code}"

    return address


def _own_page(scope: Scope, plan: Plan, section: str, code: str) -> str:
    """Texts are public; where the targets of another area stand is not."""
    route, need = PAGES.get(section, ("", None))
    if need is None or not scope.can(need) or (section == "targets" and not scope.covers(plan.area.path)):
        return ""
    return _reversed(route, code)


def _opens_targets(request: HttpRequest, plan: Plan) -> bool:
    scope = Scope.of(request.user)
    return scope.can(PAGES["targets"][1]) and scope.covers(plan.area.path)


def _reversed(route: str, code: str) -> str:
    """Pages of higher apps are known by their names alone; an installation may lack them."""
    try:
        return reverse(route, args=[code])
    except NoReverseMatch:
        return ""


def _text(request: HttpRequest, plan: Plan, file: PlanFile) -> dict[str, Any]:
    address = entry_address(request, plan)
    reading = read(file, address)
    parents = {clause.id: clause.parent for clause in file.clauses}
    names = {area.code: area.name_as_column or area.name for area in file.areas}
    return {
        "reading": reading,
        "contents": [
            {"clause": clause, "deep": clause.parent is not None}
            for clause in file.clauses
            if clause.parent is None or (parents[clause.parent] is None and clause.kind not in {"paragraph", "bullet"})
        ],
        "contradictions": [doubt for doubt in reading.doubts if doubt.is_contradiction],
        "tables": [_table(file, table, names, address, _opens_targets(request, plan)) for table in file.tables],
    }


def _table(
    file: PlanFile, table: Any, names: dict[str, str], address: Callable[[str, str], str], opens: bool
) -> dict[str, Any]:
    """A table of shares; each of its numbers leads to the target it became, and for who ``opens`` targets a unit's to
    what counts for the unit."""
    checks = {target.code: target.allocations_check for target in file.targets}

    def row_of(row: Any) -> dict[str, Any]:
        url = address("targets", row.target)
        units = _reversed(UNIT_PAGE, row.target) if opens else ""
        cells = [
            (value, names.get(code, code), f"{units}?area={code}" if units else url)
            for code, value in zip(table.units, row.values, strict=True)
        ]
        return {
            "row": row,
            "check": checks.get(row.target),
            "url": url,
            "cells": cells,
            "sum_url": f"{url}#shares" if units else url,
        }

    return {
        "clause": table.clause,
        "title": table.title,
        "heads": [names.get(code, code) for code in table.units],
        "rows": [row_of(row) for row in table.rows],
    }


def _lists(request: HttpRequest, plan: Plan, file: PlanFile, tab: str) -> dict[str, Any]:
    if tab == "questions":
        return {"questions": selectors.in_words(list(plan.questions.all()), timezone.localdate())}
    if tab == "terms":
        return {"groups": contents.term_rows(file)}
    if tab == "duties":
        groups = [("报送与服务要求", contents.duty_rows(file)), ("非资金支持", contents.support_rows(file))]
        return {"groups": [(title, rows) for title, rows in groups if rows]}
    rows = {
        "targets": contents.target_rows,
        "rules": contents.rule_rows,
        "tasks": contents.task_rows,
        "frames": contents.frame_rows,
    }[tab](file)
    scope, section = Scope.of(request.user), SECTION_OF.get(tab, "")
    linked = [replace(row, url=_own_page(scope, plan, section, row.code)) for row in rows]
    return {"groups": [("", linked)] if linked else [], "note": file.evaluation_note if tab == "frames" else ""}
