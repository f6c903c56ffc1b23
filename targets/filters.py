"""Filter sets of targets, progress and tasks: one each for page, export and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import OuterRef, Q, Subquery

from core.api_filters import first_of_month
from incubators.filters import PortalFilterSet, search_filter
from incubators.models import Organisation
from plans.models import Plan
from plans.searching import holding
from targets.models import Progress, Target, Task

STATED = [("stated", "文中写明"), ("not_stated", "文中未写")]


def _plans(request: Any) -> Any:
    return Plan.objects.filter(pk__in=Target.objects.visible_to(getattr(request, "user", None)).values("plan"))


def _task_plans(request: Any) -> Any:
    return Plan.objects.filter(pk__in=Task.objects.values("plan"))


def _task_units(request: Any) -> Any:
    return Organisation.objects.filter(pk__in=Task.responsible.through.objects.values("organisation")).order_by("name")


def plan_filter(plans: Any, **kwargs: Any) -> django_filters.ModelChoiceFilter:
    """A choice of plans, by code in the address."""
    return django_filters.ModelChoiceFilter(
        queryset=plans, to_field_name="code", label="规划", empty_label="全部", **kwargs
    )


class TargetFilter(PortalFilterSet):
    q = search_filter("名称、代码或原文")
    plan = plan_filter(_plans)
    kind = django_filters.ChoiceFilter(choices=Target.Kind.choices, label="类型", empty_label="全部")
    commitment = django_filters.ChoiceFilter(choices=Target.Commitment.choices, label="约束程度", empty_label="全部")
    measured_by = django_filters.ChoiceFilter(choices=Target.MeasuredBy.choices, label="数据来源", empty_label="全部")

    class Meta:
        model = Target
        fields: list[str] = []

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return holding(rows, ("code", "name", "quote"), value)


class ProgressFilter(PortalFilterSet):
    """``latest=true``: only the newest of each target and area; ``whole=true``: without the parts of areas."""

    plan = plan_filter(_plans, field_name="target__plan")
    target = django_filters.CharFilter(field_name="target__code", label="目标代码")
    area = django_filters.CharFilter(field_name="area__code", label="分解区域代码")
    month = django_filters.DateFilter(label="月份(当月首日)", validators=[first_of_month])
    pace = django_filters.ChoiceFilter(choices=Progress.Pace.choices, label="进度")
    whole = django_filters.BooleanFilter(field_name="area", lookup_expr="isnull", label="只要整体")
    latest = django_filters.BooleanFilter(method="filter_latest", label="只要最新")

    class Meta:
        model = Progress
        fields: list[str] = []

    def filter_latest(self, rows: Any, name: str, value: bool) -> Any:
        if not value:
            return rows
        same = Progress.objects.filter(target=OuterRef("target")).order_by("-month").values("pk")
        whole = same.filter(area=None)[:1]
        part = same.filter(area=OuterRef("area"))[:1]
        return rows.filter(Q(area=None, pk=Subquery(whole)) | Q(area__isnull=False, pk=Subquery(part)))


class TaskFilter(PortalFilterSet):
    q = search_filter("任务名称或内容")
    plan = plan_filter(_task_plans)
    unit = django_filters.ModelChoiceFilter(
        queryset=_task_units, field_name="responsible", to_field_name="code", label="责任单位", empty_label="全部"
    )
    responsible = django_filters.ChoiceFilter(
        choices=STATED, method="filter_responsible", label="责任单位见于文本", empty_label="全部"
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        text = value.strip()
        return rows.filter(Q(title__icontains=text) | Q(summary__icontains=text) | Q(code__istartswith=text))

    def filter_responsible(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(responsible_stated=value == "stated")
