"""REST resource of requests for corrections: what waits to be answered, and what was answered."""

from __future__ import annotations

import django_filters
from rest_framework import serializers

from core.api_filters import first_of_month
from core.filters import SpokenFilterSet
from core.rest import PortalViewSet, documented
from incubators.api.asking import AreaSeen
from incubators.api.registry import AREA, CARRIER
from incubators.api.serializers import CarrierBrief, PersonName, link, words
from incubators.models import CorrectionRequest


class CorrectionRequestFilter(SpokenFilterSet):
    """By state, carrier, area (with those below it) and month."""

    state = django_filters.MultipleChoiceFilter(choices=CorrectionRequest.State.choices, label="状态")
    carrier = django_filters.CharFilter(field_name="report__carrier__code", label="载体编号")
    area = AreaSeen("report__carrier__owner_area")
    month = django_filters.DateFilter(field_name="report__month", label="月份(当月1日)", validators=[first_of_month])

    class Meta:
        model = CorrectionRequest
        fields: list[str] = []


class CorrectionRequestSerializer(serializers.ModelSerializer[CorrectionRequest]):
    """更正申请"""

    url = link("correction-requests")
    report = link("monthly-reports", "report_id")
    carrier = CarrierBrief(source="report.carrier", read_only=True)
    month = serializers.DateField(source="report.month", read_only=True, help_text="报告月份(当月1日)")
    revision = serializers.IntegerField(source="report.revision", read_only=True, help_text="所申请更正的版本")
    state_label = words("state")
    asked_by = PersonName(help_text="申请人")
    answered_by = PersonName(help_text="答复人")

    class Meta:
        model = CorrectionRequest
        fields = [
            "url",
            "id",
            "report",
            "carrier",
            "month",
            "revision",
            "state",
            "state_label",
            "reason",
            "asked_at",
            "asked_by",
            "answer",
            "answered_at",
            "answered_by",
        ]
        read_only_fields = fields


@documented("更正申请", "运营方对已通过月报的更正申请及其答复。申请、同意、不同意见 monthly-reports。")
class CorrectionRequestViewSet(PortalViewSet):
    queryset = CorrectionRequest.objects.select_related("report__carrier", "asked_by", "answered_by")
    serializer_class = CorrectionRequestSerializer
    filterset_class = CorrectionRequestFilter
    orderings = {"id": "pk", "asked_at": "asked_at", "state": "state", "answered_at": "answered_at"}
    default_ordering = ("-asked_at",)
    lookup_value_converter = "int"
    file_name = "更正申请"
    codes = {"carrier": CARRIER, "area": AREA}
