"""REST resources of the register: areas, carriers, designations, enterprises, residencies, qualifications, visits."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Value, When
from django.utils import timezone

from core.api_filters import Code
from core.rest import PortalViewSet, documented
from incubators import carrier_filters, filters, selectors
from incubators.api import serializers
from incubators.models import (
    Area,
    Carrier,
    CarrierChange,
    CarrierSite,
    CarrierTag,
    CarrierTagging,
    Designation,
    Enterprise,
    Level,
    Qualification,
    QualificationKind,
    Residency,
    Title,
    Visit,
)
from incubators.register.limits import Rules, with_state
from incubators.scope import Scope

AREA = Code(Area, "区域", public=True)
CARRIER = Code(Carrier, "载体")
ENTERPRISE = Code(Enterprise, "企业", column="uscc")


@documented("区域", "您有权查看的区域。运营方没有区域权限,列表为空。")
class AreaViewSet(PortalViewSet):
    queryset = Area.objects.select_related("parent")
    serializer_class = serializers.AreaSerializer
    filterset_class = filters.AreaRowsFilter
    orderings = {"code": "code", "name": "name", "path": "path", "order": "order"}
    default_ordering = ("path",)
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "区域"
    codes = {"parent": AREA}


@documented("科创载体", "级别、称号和在孵企业数按 on 给出的一天计,不给出时按今天计。")
class CarrierViewSet(PortalViewSet):
    queryset = Carrier.objects.select_related("operator", "area", "owner_area")
    serializer_class = serializers.CarrierSerializer
    filterset_class = carrier_filters.CarrierOnFilter
    orderings = {
        "code": "code",
        "name": "name",
        "kind": "kind",
        "opened_on": "opened_on",
        "floor_area": "floor_area",
        "level": "level_rank",
        "incubatees": "incubatees",
    }
    default_ordering = ("code",)
    lookup_field = "code"
    lookup_value_converter = "slug"
    file_name = "科创载体"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        # A list has the day from its filters.
        return rows if self.action == "list" else selectors.with_standing(rows, timezone.localdate())


@documented("认定", "载体获得称号的事件,及其终止。")
class DesignationViewSet(PortalViewSet):
    queryset = Designation.objects.select_related("carrier", "title__level")
    serializer_class = serializers.DesignationSerializer
    filterset_class = filters.DesignationFilter
    orderings = {"id": "pk", "awarded_on": "awarded_on", "ended_on": "ended_on", "carrier": "carrier__code"}
    default_ordering = ("-awarded_on",)
    lookup_value_converter = "int"
    file_name = "认定"
    codes = {
        "carrier": CARRIER,
        "area": AREA,
        "title": Code(Title, "称号", public=True),
        "level": Code(Level, "级别", public=True),
    }


@documented("载体变更", "名称、运营机构、所在区域、场地和面积的变更,及其上报;已确认的才生效。")
class CarrierChangeViewSet(PortalViewSet):
    queryset = CarrierChange.objects.with_duty().select_related(
        "carrier", "operator_before", "operator_after", "area_before", "area_after"
    )
    serializer_class = serializers.CarrierChangeSerializer
    filterset_class = carrier_filters.CarrierChangeFilter
    orderings = {"id": "pk", "happened_on": "happened_on", "reported_on": "reported_on", "carrier": "carrier__code"}
    default_ordering = ("-happened_on",)
    lookup_value_converter = "int"
    file_name = "载体变更"
    codes = {"carrier": CARRIER, "area": AREA}


@documented("载体场地", "载体的各处场地及其启用、停用。")
class CarrierSiteViewSet(PortalViewSet):
    queryset = CarrierSite.objects.select_related("carrier")
    serializer_class = serializers.CarrierSiteSerializer
    filterset_class = carrier_filters.CarrierSiteFilter
    orderings = {"id": "pk", "valid_from": "valid_from", "floor_area": "floor_area", "carrier": "carrier__code"}
    default_ordering = ("carrier",)
    lookup_value_converter = "int"
    file_name = "载体场地"
    codes = {"carrier": CARRIER, "area": AREA}


@documented("载体标签", "载体在一段时间里的标签。")
class CarrierTaggingViewSet(PortalViewSet):
    queryset = CarrierTagging.objects.select_related("carrier", "tag")
    serializer_class = serializers.CarrierTaggingSerializer
    filterset_class = carrier_filters.CarrierTaggingFilter
    orderings = {"id": "pk", "valid_from": "valid_from", "carrier": "carrier__code"}
    default_ordering = ("carrier",)
    lookup_value_converter = "int"
    file_name = "载体标签"
    codes = {"carrier": CARRIER, "area": AREA, "tag": Code(CarrierTag, "标签", public=True)}


@documented("企业", "所在载体和资质按今天计;载体只显示您有权查看的。")
class EnterpriseViewSet(PortalViewSet):
    queryset = Enterprise.objects.select_related("area")
    serializer_class = serializers.EnterpriseSerializer
    filterset_class = filters.EnterpriseFilter
    orderings = {"uscc": "uscc", "name": "name", "founded_on": "founded_on", "industry": "industry"}
    default_ordering = ("uscc",)
    lookup_field = "uscc"
    lookup_value_converter = "str"
    file_name = "企业"

    def get_queryset(self) -> Any:
        return selectors.with_place(super().get_queryset(), self.request.user, timezone.localdate())


@documented("入驻", "企业在一家载体的起止、在孵、毕业与离开;状态和在孵期限按今天、按所适用的孵化规则计。")
class ResidencyViewSet(PortalViewSet):
    queryset = Residency.objects.select_related("enterprise", "carrier")
    serializer_class = serializers.ResidencySerializer
    filterset_class = filters.ResidencyFilter
    orderings = {
        "id": "pk",
        "entered_on": "entered_on",
        "graduated_on": "graduated_on",
        "left_on": "left_on",
        "carrier": "carrier__code",
    }
    default_ordering = ("-entered_on",)
    lookup_value_converter = "int"
    file_name = "入驻"
    codes = {"carrier": CARRIER, "area": AREA, "enterprise": ENTERPRISE}

    def get_queryset(self) -> Any:
        told = When(Scope.of(self.request.user).writes("carrier__owner_area__"), then="overlap_reason")
        rows = super().get_queryset().annotate(overlap_words=Case(told, default=Value("")))
        return with_state(rows, timezone.localdate(), Rules())


@documented("企业资质", "高新技术企业等资质及其有效期;复审换证是另一条。")
class QualificationViewSet(PortalViewSet):
    queryset = Qualification.objects.select_related("enterprise", "kind")
    serializer_class = serializers.QualificationSerializer
    filterset_class = filters.QualificationFilter
    orderings = {"id": "pk", "valid_from": "valid_from", "valid_to": "valid_to", "enterprise": "enterprise__uscc"}
    default_ordering = ("-valid_from",)
    lookup_value_converter = "int"
    file_name = "企业资质"
    codes = {"enterprise": ENTERPRISE, "kind": Code(QualificationKind, "资质", public=True)}


@documented("走访", "联络员走访载体的记录与后续事项。")
class VisitViewSet(PortalViewSet):
    queryset = Visit.objects.select_related("carrier", "visitor")
    serializer_class = serializers.VisitSerializer
    filterset_class = filters.VisitFilter
    orderings = {"id": "pk", "visited_on": "visited_on", "follow_up_due": "follow_up_due"}
    default_ordering = ("-visited_on",)
    lookup_value_converter = "int"
    file_name = "走访"
    codes = {"carrier": CARRIER, "area": AREA}
