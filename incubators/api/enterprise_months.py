"""What reports say of each incubatee (企业情况) over REST: read, by enterprise, carrier, area and month."""

from __future__ import annotations

import django_filters
from rest_framework import serializers

from core.api_filters import first_of_month
from core.filters import SpokenFilterSet
from core.rest import PortalViewSet, documented
from incubators.api.asking import AreaSeen
from incubators.api.registry import AREA, CARRIER, ENTERPRISE
from incubators.api.serializers import CarrierBrief, EnterpriseBrief, link
from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE


class EnterpriseMonthFilter(SpokenFilterSet):
    """By enterprise, carrier, area (with those below it), month, and the state of the report."""

    enterprise = django_filters.CharFilter(field_name="enterprise__uscc", label="统一社会信用代码")
    carrier = django_filters.CharFilter(field_name="report__carrier__code", label="载体编号")
    area = AreaSeen("report__carrier__owner_area")
    report = django_filters.NumberFilter(field_name="report_id", label="月报编号")
    month = django_filters.DateFilter(field_name="report__month", label="月份(当月1日)", validators=[first_of_month])
    month_from = django_filters.DateFilter(
        field_name="report__month", lookup_expr="gte", label="月份起(当月1日)", validators=[first_of_month]
    )
    month_to = django_filters.DateFilter(
        field_name="report__month", lookup_expr="lte", label="月份止(当月1日)", validators=[first_of_month]
    )
    state = django_filters.MultipleChoiceFilter(
        field_name="report__state", choices=MonthlyReport.State.choices, label="月报状态"
    )
    is_current = django_filters.BooleanFilter(field_name="report__is_current", label="现行版本")

    class Meta:
        model = EnterpriseMonth
        fields: list[str] = []


class EnterpriseMonthSerializer(serializers.ModelSerializer[EnterpriseMonth]):
    """一家在孵企业在一份月报(一个版本)中的情况。金额单位为元;_ytd 为本年1月起的累计;gaps 为缺数(missing,附原因)与不适用
    (not_applicable),此时数值为 null。"""

    url = link("enterprise-months")
    enterprise = EnterpriseBrief(read_only=True)
    carrier = CarrierBrief(source="report.carrier", read_only=True)
    report = serializers.SlugRelatedField(slug_field="id", read_only=True, help_text="月报编号")
    month = serializers.DateField(source="report.month", read_only=True, help_text="当月1日")
    revision = serializers.IntegerField(source="report.revision", read_only=True, help_text="月报版本")
    is_current = serializers.BooleanField(source="report.is_current", read_only=True, help_text="现行版本")
    state = serializers.CharField(source="report.state", read_only=True, help_text="月报状态")
    is_synthetic = serializers.BooleanField(source="report.is_synthetic", read_only=True, help_text="合成数据")

    class Meta:
        model = EnterpriseMonth
        fields = [
            *("url", "id", "report", "month", "revision", "is_current", "state", "carrier", "enterprise"),
            *ENTERPRISE_BY_CODE,
            "gaps",
            "is_synthetic",
        ]
        read_only_fields = fields


@documented(
    "企业情况",
    "在孵企业逐家填报的数,随月报审核。金额单位为元。默认含全部版本和状态;计入统计的为 is_current=true 且 state 为 accepted 或 locked 的。",
)
class EnterpriseMonthViewSet(PortalViewSet):
    queryset = EnterpriseMonth.objects.select_related("enterprise", "report__carrier")
    serializer_class = EnterpriseMonthSerializer
    filterset_class = EnterpriseMonthFilter
    orderings = {"id": "pk", "report": "report_id"}
    default_ordering = ("-report",)
    lookup_value_converter = "int"
    file_name = "企业情况"
    codes = {"carrier": CARRIER, "area": AREA, "enterprise": ENTERPRISE}


__all__ = ["EnterpriseMonthViewSet"]
