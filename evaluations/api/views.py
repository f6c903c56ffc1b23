"""REST resources of evaluations. Experts' own scores have no door here."""

from __future__ import annotations

from typing import Any

from core.api_filters import Code
from core.rest import PortalViewSet, documented
from evaluations import selectors
from evaluations.api import serializers
from evaluations.filters import CycleFilter, ResultRowsFilter, SchemeFilter
from evaluations.models import Cycle, Result, Scheme
from incubators.api.registry import CARRIER


@documented("评价方案", "维度、指标、权重、评分方法和等次。演示方案不是政策。")
class SchemeViewSet(PortalViewSet):
    queryset = Scheme.objects.all()
    serializer_class = serializers.SchemeSerializer
    filterset_class = SchemeFilter
    orderings = {"code": "code", "version": "version"}
    default_ordering = ("code", "-version")
    lookup_value_converter = "int"
    open_to_everyone = True
    file_name = "评价方案"
    codes = {"code": Code(Scheme, "评价方案", public=True)}


@documented("评价周期", "一个方案用于一个区域一年的载体。")
class CycleViewSet(PortalViewSet):
    queryset = Cycle.objects.select_related("scheme", "area").defer("scheme__definition")
    serializer_class = serializers.CycleSerializer
    filterset_class = CycleFilter
    orderings = {"code": "code", "year": "year", "scored_at": "scored_at"}
    default_ordering = ("-year", "code")
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "评价周期"

    def get_queryset(self) -> Any:
        return (
            selectors.cycles_with_counts(self.request.user).select_related("scheme", "area").defer("scheme__definition")
        )


@documented("评价结果", "运营方只见自己载体的结果。单条含每一步:取数、方法、算式、得分。")
class ResultViewSet(PortalViewSet):
    queryset = Result.objects.select_related("cycle__scheme", "carrier").defer("cycle__scheme__definition")
    serializer_class = serializers.ResultSerializer
    filterset_class = ResultRowsFilter
    orderings = {
        "id": "pk",
        "rank": "rank",
        "score": "score",
        "year": "cycle__year",
        "cycle": "cycle__code",
        "carrier": "carrier__code",
    }
    default_ordering = ("-year", "cycle", "rank")
    lookup_value_converter = "int"
    file_name = "评价结果"
    codes = {"carrier": CARRIER, "cycle": Code(Cycle, "评价周期")}

    def get_serializer_class(self) -> Any:
        return serializers.ResultRowSerializer if self.action == "list" else serializers.ResultSerializer
