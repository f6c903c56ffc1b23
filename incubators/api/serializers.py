"""What the register looks like over REST: stable codes, the words for them beside, links between records."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.rest import Link
from incubators.models import (
    Area,
    Carrier,
    Designation,
    Enterprise,
    Qualification,
    Residency,
    Title,
    Visit,
)


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
        fields = ["code", "name", "level", "level_name"]


class CarrierSerializer(serializers.ModelSerializer[Carrier]):
    """科创载体"""

    url = link("carriers", "code")
    kind_label = words("kind")
    operator = OperatorBrief(read_only=True)
    area = AreaBrief(read_only=True)
    owner_area = AreaBrief(read_only=True)
    level = serializers.CharField(source="level_code", read_only=True, allow_null=True, help_text="今日最高级别代码")
    level_name = serializers.CharField(read_only=True, allow_null=True, help_text="今日最高级别")
    title_name = serializers.CharField(read_only=True, allow_null=True, help_text="今日最高级别的称号")
    incubatees = serializers.IntegerField(read_only=True, help_text="今日在孵企业数(家)")

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
            "end_reason",
            "is_synthetic",
        ]


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


class ResidencySerializer(serializers.ModelSerializer[Residency]):
    """入驻"""

    url = link("residencies")
    enterprise = EnterpriseBrief(read_only=True)
    carrier = CarrierBrief(read_only=True)
    graduation_ground_label = words("graduation_ground")
    outcome_label = words("outcome")

    class Meta:
        model = Residency
        fields = [
            "url",
            "id",
            "enterprise",
            "carrier",
            "entered_on",
            "incubating_from",
            "graduated_on",
            "graduation_ground",
            "graduation_ground_label",
            "graduation_number",
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
