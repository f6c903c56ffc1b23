"""Evaluations over REST: codes, the words beside them, links between records."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evaluations.models import Cycle, Result, Scheme
from incubators.api.serializers import AreaBrief, CarrierBrief, link, words


class SchemeBrief(serializers.ModelSerializer[Scheme]):
    url = link("schemes")

    class Meta:
        model = Scheme
        fields = ["url", "code", "version", "name", "is_demonstration"]


class SchemeSerializer(serializers.ModelSerializer[Scheme]):
    """评价方案"""

    url = link("schemes")
    definition = serializers.JSONField(help_text="维度、指标、权重、方法、等次,与方案文件相同", read_only=True)

    class Meta:
        model = Scheme
        fields = ["url", "id", "code", "version", "name", "is_demonstration", "source", "fingerprint", "definition"]


class CycleSerializer(serializers.ModelSerializer[Cycle]):
    """评价周期"""

    url = link("cycles", "code")
    scheme = SchemeBrief(read_only=True)
    area = AreaBrief(read_only=True)
    state_label = words("state")
    carriers = serializers.IntegerField(read_only=True, help_text="您可见的参评载体数(家)")
    scored = serializers.IntegerField(read_only=True, help_text="其中有总分的(家)")

    class Meta:
        model = Cycle
        fields = [
            "url",
            "code",
            "name",
            "year",
            "area",
            "scheme",
            "state",
            "state_label",
            "scored_at",
            "carriers",
            "scored",
        ]


class CycleBrief(serializers.ModelSerializer[Cycle]):
    url = link("cycles", "code")
    is_demonstration = serializers.BooleanField(source="scheme.is_demonstration", read_only=True)

    class Meta:
        model = Cycle
        fields = ["url", "code", "name", "year", "is_demonstration"]


class ResultRowSerializer(serializers.ModelSerializer[Result]):
    """评价结果"""

    url = link("results")
    cycle = CycleBrief(read_only=True)
    carrier = CarrierBrief(read_only=True)
    score = serializers.DecimalField(
        max_digits=7, decimal_places=3, read_only=True, allow_null=True, help_text="总分;空为缺数据,不是零分"
    )
    dimensions = serializers.SerializerMethodField(help_text="各维度代码和得分;空为缺数据")

    class Meta:
        model = Result
        fields = [
            "url",
            "id",
            "cycle",
            "carrier",
            "score",
            "rank",
            "grade",
            "dimensions",
            "missing",
            "fingerprint",
            "computed_at",
        ]

    @extend_schema_field(serializers.DictField(child=serializers.CharField(allow_null=True)))
    def get_dimensions(self, row: Result) -> dict[str, Any]:
        return {step["code"]: step.get("points") for step in row.steps if step["part"] == "dimension"}


class ResultSerializer(ResultRowSerializer):
    """评价结果,含每一步"""

    class Meta(ResultRowSerializer.Meta):
        fields = [*ResultRowSerializer.Meta.fields, "steps"]
