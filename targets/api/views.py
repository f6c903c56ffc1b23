"""REST resources: targets, their progress, tasks."""

from __future__ import annotations

from typing import Any

from core.api_filters import Code
from core.rest import PortalViewSet, documented
from incubators.api.registry import AREA
from targets import filters, selectors
from targets.api import serializers
from targets.models import Progress, Target, Task


@documented("目标", "您的区域内各规划的目标。比率以百分数表示(70 即 70%),金额以元表示。")
class TargetViewSet(PortalViewSet):
    queryset = Target.objects.select_related("plan", "clause", "area").prefetch_related(
        selectors.UNITS, "allocations__area"
    )
    serializer_class = serializers.TargetSerializer
    filterset_class = filters.TargetFilter
    orderings = {"code": "code", "plan": "plan__code", "order": "order", "deadline": "deadline", "name": "name"}
    default_ordering = ("plan", "order")
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "目标"


@documented("进度", "按月保存的目标进度。latest=true 只要最新,whole=true 只要整体(不含分解到区域的数)。")
class ProgressViewSet(PortalViewSet):
    queryset = Progress.objects.select_related("target", "area")
    serializer_class = serializers.ProgressSerializer
    filterset_class = filters.ProgressFilter
    orderings = {"target": "target__code", "month": "month", "on": "on", "computed_at": "computed_at", "id": "pk"}
    default_ordering = ("target", "month")
    lookup_value_converter = "int"
    file_name = "目标进度"
    codes = {"target": Code(Target, "目标"), "area": AREA}

    def get_serializer_class(self) -> Any:
        return serializers.ProgressDetailSerializer if self.action == "retrieve" else self.serializer_class


@documented("重点任务", "规划中的重点任务和责任单位,取自公开文本。")
class TaskViewSet(PortalViewSet):
    queryset = Task.objects.all()
    open_to_everyone = True
    serializer_class = serializers.TaskSerializer
    filterset_class = filters.TaskFilter
    orderings = {"code": "code", "plan": "plan__code", "order": "order", "title": "title"}
    default_ordering = ("plan", "order")
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "重点任务"

    def get_queryset(self) -> Any:
        return selectors.tasks(self.request.user)
