"""Tasks of plans (重点任务) with their responsible units."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.listing import Listing, ListSpec
from core.spreadsheets import Column
from incubators.access import Capability
from incubators.scope import Scope
from targets import selectors
from targets.filters import TaskFilter


def _units(task: Any) -> str:
    names = "、".join(unit.name for unit in selectors.units_of(task))
    return names or "文中未写"


def _with_units(batch: list[Any]) -> list[Any]:
    for task in batch:
        task.units = selectors.units_of(task)
    return batch


LIST = ListSpec(
    filterset=TaskFilter,
    sorts={"order": "order", "title": "title", "plan": "plan__code", "code": "code"},
    default_sort="plan",
    file_name="重点任务",
    page_size=50,
    columns=(
        Column("规划", "plan.short_title", width=24),
        Column("代码", "code", width=12),
        Column("条款", "clause.heading", width=24),
        Column("任务", "title", width=36),
        Column("内容", "summary", width=60),
        Column("责任单位", _units, width=40),
        Column("责任单位见于文本", lambda task: "是" if task.responsible_stated else "否"),
        Column("对应目标", lambda task: "、".join(target.code for target in task.targets.all()), width=24),
    ),
)


@require_safe
def task_list(request: HttpRequest) -> HttpResponseBase:
    """Tasks of all plans, filtered by unit; ``?format=`` takes away the same list."""
    listing = Listing(request, selectors.tasks(request.user), LIST, decorate=_with_units)
    if listing.export_format:
        return listing.export()
    opens_dashboard = Scope.of(request.user).can(Capability.TARGET_READ)
    context = {"listing": listing, "page": listing.page(), "opens_dashboard": opens_dashboard}
    return render(request, "targets/task_list.html", context)
