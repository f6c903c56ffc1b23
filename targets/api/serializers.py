"""What targets look like over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incubators.api.serializers import AreaBrief, link, words
from targets.models import Allocation, Progress, Target, Task
from targets.selectors import units_of


class AllocationSerializer(serializers.ModelSerializer[Allocation]):
    area = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)

    class Meta:
        model = Allocation
        fields = ["area", "value"]


class TargetSerializer(serializers.ModelSerializer[Target]):
    """目标"""

    url = link("targets", "code")
    plan = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, help_text="规划代码")
    clause = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, help_text="条款号")
    area = AreaBrief(read_only=True)
    kind_label = words("kind")
    comparator_label = words("comparator")
    commitment_label = words("commitment")
    measured_by_label = words("measured_by")
    counting = serializers.SerializerMethodField(help_text="怎样计数")
    per_year = serializers.SerializerMethodField(help_text="逐年的目标值")
    responsible = serializers.SerializerMethodField(help_text="责任单位,按文中次序")
    allocations = AllocationSerializer(many=True, read_only=True)

    class Meta:
        model = Target
        fields = [
            "url", "code", "name", "plan", "clause", "area", "kind", "kind_label", "comparator", "comparator_label",
            "value", "value_max", "per_year", "stated_as", "unit", "commitment", "commitment_label", "deadline",
            "measured_by", "measured_by_label", "indicator", "counting", "responsible", "allocations", "quote", "order",
        ]  # fmt: skip

    @extend_schema_field(str)
    def get_counting(self, target: Target) -> str:
        return str(target.definition.get("counting", ""))

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_per_year(self, target: Target) -> dict[str, str]:
        return {str(year): str(value) for year, value in (target.definition.get("per_year") or {}).items()}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_responsible(self, target: Target) -> list[str]:
        return [one.organisation.name for one in target.responsibilities.all()]


class ProgressSerializer(serializers.ModelSerializer[Progress]):
    """进度。``area`` 为空的是整体,否则是该区域的分解数。"""

    url = link("progress")
    target = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    name = serializers.CharField(source="target.name")
    unit = serializers.CharField(source="target.unit")
    area = AreaBrief(read_only=True)
    pace_label = words("pace")

    class Meta:
        model = Progress
        fields = [
            "url", "target", "name", "area", "month", "on", "value", "goal", "unit", "pace", "pace_label", "reason",
            "expected", "needed_a_month", "forecast", "forecast_low", "forecast_high", "computed_at",
        ]  # fmt: skip


class ProgressDetailSerializer(ProgressSerializer):
    """一条进度及其计算过程。"""

    class Meta(ProgressSerializer.Meta):
        fields = [*ProgressSerializer.Meta.fields, "explanation"]


class TaskSerializer(serializers.ModelSerializer[Task]):
    """重点任务"""

    url = link("tasks", "code")
    plan = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    clause = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    responsible = serializers.SerializerMethodField(help_text="责任单位;空表示文中未写")
    targets = serializers.SerializerMethodField(help_text="对应目标的代码,限您有权查看的")

    class Meta:
        model = Task
        fields = [
            "url",
            "code",
            "plan",
            "clause",
            "title",
            "summary",
            "responsible",
            "responsible_stated",
            "targets",
            "order",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_responsible(self, task: Task) -> list[str]:
        return [unit.name for unit in units_of(task)]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_targets(self, task: Task) -> list[str]:
        return [target.code for target in task.targets.all()]
