"""REST resources of rosters: the lists that the person may see, and the lines of one that are theirs to read."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from core.rest import PortalViewSet, documented
from incubators.api.serializers import AreaBrief, PersonName, link, words
from incubators.models import Roster, RosterEntry
from incubators.rosters.content import SAID
from incubators.rosters.filters import RosterEntryFilter, RosterFilter


class RosterSerializer(serializers.ModelSerializer[Roster]):
    """名册"""

    url = link("rosters")
    kind_label = words("kind")
    area = AreaBrief(read_only=True)
    state_label = words("state")
    replaced = serializers.BooleanField(source="is_replaced", read_only=True, help_text="已有确认的更正版,以更正版为准")
    corrects = serializers.PrimaryKeyRelatedField(read_only=True, help_text="本版更正的名册")
    made_by = PersonName(help_text="编制人姓名")
    confirmed_by = PersonName(help_text="确认人姓名", allow_null=True)
    entry_count = serializers.IntegerField(source="lines", read_only=True, help_text="您可见的企业数(家)")
    entries = serializers.SerializerMethodField(help_text="名册内容的地址")

    class Meta:
        model = Roster
        fields = [
            "url",
            "id",
            "kind",
            "kind_label",
            "area",
            "year",
            "as_of",
            "title",
            "state",
            "state_label",
            "revision",
            "corrects",
            "reason",
            "replaced",
            "made_by",
            "confirmed_by",
            "confirmed_on",
            "document",
            "digest",
            "entry_count",
            "entries",
            "is_synthetic",
        ]

    @extend_schema_field(OpenApiTypes.URI)
    def get_entries(self, row: Roster) -> str:
        # Without the query of the request: ``?format=csv`` belongs to the list that was asked for.
        return str(self.context["request"].build_absolute_uri(reverse("api:roster-entries-list", args=[row.pk])))


class RosterEntrySerializer(serializers.ModelSerializer[RosterEntry]):
    """名册条目:名册当时所载,不随登记簿变动。"""

    class Meta:
        model = RosterEntry
        fields = ["number", *SAID, "digest", "is_synthetic"]


@documented("名册", "按年冻结的在孵企业名册、毕业企业名册和硬科技企业名单。运营方只见列有自己载体企业的已确认名册。")
class RosterViewSet(PortalViewSet):
    queryset = Roster.objects.select_related("area", "made_by", "confirmed_by")
    serializer_class = RosterSerializer
    filterset_class = RosterFilter
    orderings = {"id": "pk", "year": "year", "kind": "kind", "as_of": "as_of", "confirmed_on": "confirmed_on"}
    default_ordering = ("-year", "kind")
    lookup_value_converter = "int"
    file_name = "名册"

    def get_queryset(self) -> Any:
        return super().get_queryset().with_standing(self.request.user)


@extend_schema_view(
    list=extend_schema(
        tags=["名册"],
        summary="一份名册的内容",
        description="您可见的行;按游标分页;format=csv 或 xlsx 时导出全部符合条件的行。",
        parameters=[OpenApiParameter("roster", OpenApiTypes.INT, OpenApiParameter.PATH, description="名册的 id")],
    )
)
class RosterEntryViewSet(PortalViewSet):
    queryset = RosterEntry.objects.all()
    serializer_class = RosterEntrySerializer
    filterset_class = RosterEntryFilter
    orderings = {"number": "number", "name": "name", "uscc": "uscc", "carrier_code": "carrier_code"}
    default_ordering = ("number",)
    file_name = "名册内容"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        if not Roster.objects.visible_to(self.request.user).filter(pk=self.kwargs["roster"]).exists():
            raise NotFound("没有这份名册,或不在您的权限范围内")
        return rows.filter(roster=self.kwargs["roster"])
