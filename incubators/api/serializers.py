"""What the register looks like over REST: stable codes, the words for them beside, links between records."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.rest import Link
from incubators.models import (
    REPORT_WITHIN,
    Area,
    Carrier,
    CarrierChange,
    CarrierSite,
    CarrierTagging,
    Designation,
    Enterprise,
    Qualification,
    Residency,
    Title,
    Visit,
)
from incubators.register.lifecycle import State


def link(view: str, lookup: str = "pk") -> Link:
    """The address of a record: ``link("carriers", "code")``."""
    return Link(view_name=f"api:{view}-detail", lookup_field=lookup)


def words(choice: str, help_text: str = "") -> serializers.CharField:
    """The Chinese word for the code in the field ``choice``."""
    return serializers.CharField(source=f"get_{choice}_display", read_only=True, help_text=help_text)


@extend_schema_field({"type": "string", "nullable": True})
class PersonName(serializers.StringRelatedField[Any]):
    """The name of a person, as ``str`` of the account gives it; exports make it of the account's columns."""

    columns = ("display_name", "username")

    def from_columns(self, display_name: str | None, username: str | None) -> str | None:
        return display_name or username


class AreaBrief(serializers.ModelSerializer[Area]):
    class Meta:
        model = Area
        fields = ["code", "name"]


class AreaSerializer(serializers.ModelSerializer[Area]):
    """区域"""

    url = link("areas", "code")
    kind_label = words("kind")
    parent = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="上级区域代码")

    class Meta:
        model = Area
        fields = ["url", "code", "name", "kind", "kind_label", "parent", "official_code", "path", "order"]


class OperatorBrief(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class CarrierBrief(serializers.ModelSerializer[Carrier]):
    url = link("carriers", "code")

    class Meta:
        model = Carrier
        fields = ["url", "code", "name"]


class TitleBrief(serializers.ModelSerializer[Title]):
    level = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="级别代码")
    level_name = serializers.CharField(source="level.name", default=None, read_only=True)

    class Meta:
        model = Title
        fields = ["code", "name", "level", "level_name", "ladder"]


class CarrierSerializer(serializers.ModelSerializer[Carrier]):
    """科创载体"""

    url = link("carriers", "code")
    kind_label = words("kind")
    operator = OperatorBrief(read_only=True)
    area = AreaBrief(read_only=True)
    owner_area = AreaBrief(read_only=True)
    level = serializers.CharField(
        source="level_code", read_only=True, allow_null=True, help_text="当日(on,默认今天)最高级别代码"
    )
    level_name = serializers.CharField(read_only=True, allow_null=True, help_text="当日最高级别")
    title_name = serializers.CharField(read_only=True, allow_null=True, help_text="当日最高级别的称号")
    incubatees = serializers.IntegerField(read_only=True, help_text="当日在孵企业数(家)")

    class Meta:
        model = Carrier
        fields = [
            "url",
            "code",
            "name",
            "kind",
            "kind_label",
            "operator",
            "area",
            "owner_area",
            "address",
            "industry",
            "floor_area",
            "seats",
            "opened_on",
            "closed_on",
            "level",
            "level_name",
            "title_name",
            "incubatees",
            "named_in_plan",
            "is_synthetic",
        ]


class DesignationSerializer(serializers.ModelSerializer[Designation]):
    """认定"""

    url = link("designations")
    carrier = CarrierBrief(read_only=True)
    title = TitleBrief(read_only=True)
    end_kind_label = words("end_kind")

    class Meta:
        model = Designation
        fields = [
            "url",
            "id",
            "carrier",
            "title",
            "awarded_on",
            "document",
            "ended_on",
            "end_kind",
            "end_kind_label",
            "end_reason",
            "end_document",
            "rectify_by",
            "is_synthetic",
        ]


class CarrierChangeSerializer(serializers.ModelSerializer[CarrierChange]):
    """载体变更"""

    url = link("carrier-changes")
    carrier = CarrierBrief(read_only=True)
    kind_label = words("kind")
    state_label = words("state")
    operator_before = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="原运营机构代码")
    operator_after = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="新运营机构代码")
    area_before = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="原所在区域代码")
    area_after = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="新所在区域代码")
    must_report = serializers.BooleanField(
        source="is_due", read_only=True, help_text=f"当日持有称号,须在{REPORT_WITHIN}内上报"
    )
    report_due = serializers.DateField(read_only=True, help_text="上报期限,当日仍为按期")

    class Meta:
        model = CarrierChange
        fields = [
            "url",
            "id",
            "carrier",
            "kind",
            "kind_label",
            "before",
            "after",
            "operator_before",
            "operator_after",
            "area_before",
            "area_after",
            "happened_on",
            "document",
            "reason",
            "is_correction",
            "state",
            "state_label",
            "must_report",
            "report_due",
            "reported_on",
            "report_document",
            "is_synthetic",
        ]


class CarrierSiteSerializer(serializers.ModelSerializer[CarrierSite]):
    """载体场地"""

    url = link("carrier-sites")
    carrier = CarrierBrief(read_only=True)

    class Meta:
        model = CarrierSite
        fields = [
            "url",
            "id",
            "carrier",
            "name",
            "address",
            "floor_area",
            "seats",
            "valid_from",
            "valid_to",
            "is_synthetic",
        ]


class CarrierTaggingSerializer(serializers.ModelSerializer[CarrierTagging]):
    """载体标签"""

    url = link("carrier-tags")
    carrier = CarrierBrief(read_only=True)
    tag = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="标签代码")
    tag_label = serializers.CharField(source="tag.name", read_only=True)

    class Meta:
        model = CarrierTagging
        fields = ["url", "id", "carrier", "tag", "tag_label", "valid_from", "valid_to", "basis", "is_synthetic"]


class EnterpriseBrief(serializers.ModelSerializer[Enterprise]):
    url = link("enterprises", "uscc")

    class Meta:
        model = Enterprise
        fields = ["url", "uscc", "name"]


class EnterpriseSerializer(serializers.ModelSerializer[Enterprise]):
    """企业"""

    url = link("enterprises", "uscc")
    area = AreaBrief(read_only=True)
    carrier = serializers.CharField(
        source="carrier_code", read_only=True, allow_null=True, help_text="现在所在载体编号(您可见的)"
    )
    carrier_name = serializers.CharField(read_only=True, allow_null=True)
    qualifications = serializers.SerializerMethodField(help_text="今日有效的资质代码")

    class Meta:
        model = Enterprise
        fields = [
            "url",
            "uscc",
            "name",
            "area",
            "founded_on",
            "industry",
            "carrier",
            "carrier_name",
            "qualifications",
            "is_synthetic",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_qualifications(self, row: Enterprise) -> list[str]:
        return sorted({item.kind.code for item in row.qualifications_today})  # type: ignore[attr-defined]


class StateWord(serializers.CharField):
    """The Chinese word for a code of :class:`State`."""

    def to_representation(self, value: Any) -> str:
        return str(State(value).label) if value else ""


class ResidencySerializer(serializers.ModelSerializer[Residency]):
    """入驻"""

    url = link("residencies")
    enterprise = EnterpriseBrief(read_only=True)
    carrier = CarrierBrief(read_only=True)
    graduation_ground_label = words("graduation_ground")
    outcome_label = words("outcome")
    destination_label = words("destination")
    state = serializers.CharField(read_only=True, help_text="今日状态代码;尚未入驻的为空")
    state_label = StateWord(source="state", read_only=True)
    registered_in_district_label = words("registered_in_district")
    clock_start = serializers.DateField(read_only=True, allow_null=True, help_text="孵化时限的起算日;未在孵的为空")
    limit_months = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="所适用孵化规则的时限(月);没有适用规则的为空"
    )
    limit_on = serializers.DateField(read_only=True, allow_null=True, help_text="在孵期限(含延期),当日仍在期内")
    extended_to = serializers.DateField(read_only=True, allow_null=True, help_text="延期至")
    overlap_reason = serializers.CharField(
        source="overlap_words", read_only=True, help_text="同时在孵说明;只有所在区科委工作人员看得到"
    )

    class Meta:
        model = Residency
        fields = [
            "url",
            "id",
            "enterprise",
            "carrier",
            "state",
            "state_label",
            "entered_on",
            "incubating_from",
            "clock_start",
            "limit_months",
            "limit_on",
            "extended_to",
            "overlap_reason",
            "graduated_on",
            "graduation_ground",
            "graduation_ground_label",
            "further_grounds",
            "invested_amount",
            "revenue_from_year",
            "revenue_first",
            "revenue_second",
            "graduation_number",
            "registered_in_district",
            "registered_in_district_label",
            "destination",
            "destination_label",
            "destination_place",
            "left_on",
            "outcome",
            "outcome_label",
            "floor_area",
            "mentored",
            "is_synthetic",
        ]


class QualificationSerializer(serializers.ModelSerializer[Qualification]):
    """企业资质"""

    url = link("qualifications")
    enterprise = EnterpriseBrief(read_only=True)
    kind = serializers.SlugRelatedField(slug_field="code", read_only=True, help_text="资质代码")
    kind_label = serializers.CharField(source="kind.name", read_only=True)

    class Meta:
        model = Qualification
        fields = [
            "url",
            "id",
            "enterprise",
            "kind",
            "kind_label",
            "certificate",
            "basis",
            "valid_from",
            "valid_to",
            "is_synthetic",
        ]


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """走访"""

    url = link("visits")
    carrier = CarrierBrief(read_only=True)
    visitor = PersonName(help_text="走访人姓名")

    class Meta:
        model = Visit
        fields = [
            "url",
            "id",
            "carrier",
            "visitor",
            "visited_on",
            "findings",
            "follow_up",
            "follow_up_due",
            "closed_on",
            "is_synthetic",
        ]
