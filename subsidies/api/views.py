"""REST resources of subsidies."""

from __future__ import annotations

from typing import Any

from core.rest import PortalViewSet, documented
from incubators.api.registry import CARRIER
from subsidies import filters
from subsidies.api import serializers
from subsidies.models import Award, AwardRun, Rule


@documented("补贴规则", "规划文本中的每一条资金规定;文本未给金额的不含金额,不是零。")
class RuleViewSet(PortalViewSet):
    queryset = Rule.objects.select_related("plan", "clause").defer("plan__text", "plan__definition")
    serializer_class = serializers.RuleSerializer
    filterset_class = filters.RuleFilter
    open_to_everyone = True
    orderings = {"code": "code", "plan": "plan__code", "order": "order"}
    default_ordering = ("code",)
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "补贴规则"


@documented("测算", "每次测算的范围、数据截止日和结果计数。")
class RunViewSet(PortalViewSet):
    queryset = AwardRun.objects.select_related("plan").defer("plan__text", "plan__definition")
    serializer_class = serializers.RunSerializer
    filterset_class = filters.RunFilter
    orderings = {"id": "pk", "started_at": "started_at", "year": "year"}
    default_ordering = ("-started_at",)
    lookup_value_converter = "int"
    file_name = "测算"


@documented("补贴", "结论、各出资方的上限(最高)、测算和核定金额(元);单条含完整说明书(dossier)。")
class AwardViewSet(PortalViewSet):
    queryset = (
        Award.objects.select_related("carrier", "rule__plan", "rule__clause")
        .defer("rule__definition", "rule__plan__text", "rule__plan__definition")
        .prefetch_related("shares")
    )
    serializer_class = serializers.AwardSerializer
    filterset_class = filters.AwardFilter
    orderings = {"id": "pk", "year": "year", "carrier": "carrier__code", "rule": "rule__code"}
    default_ordering = ("-year", "carrier")
    lookup_value_converter = "int"
    file_name = "补贴"
    codes = {"carrier": CARRIER}

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return (
            rows
            if self.action == "retrieve"
            else rows.defer("dossier", "rule__definition", "rule__plan__text", "rule__plan__definition")
        )

    def get_serializer_class(self) -> Any:
        return serializers.AwardDossierSerializer if self.action == "retrieve" else self.serializer_class
