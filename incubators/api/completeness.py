"""REST for completeness: which carrier is expected to report which months, what has come and when, and the rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api_filters import refuse_unknown
from core.rest import TABLE_RENDERERS, Negotiation, chosen_format, private, with_etag
from core.spreadsheets import FORMATS, Column, write
from core.templatetags.badge_words import BADGES, words_for
from incubators.api.asking import area_seen, chosen, months_asked, not_too_many
from incubators.api.registry import CARRIER
from incubators.api.serializers import AreaBrief
from incubators.reporting import completeness, overview
from incubators.reporting.completeness import Cell, Matrix, Row, Turnout

KIND = "completeness"
BY = ("carrier", "area", "month")
ASKED = ("month", "from", "to", "within", "carrier", "by")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the answer. ``code``: of a carrier or area, or the first day of a month."""

    code: str
    label: str
    rate: Turnout
    area: dict[str, str] | None = None
    carriers: int | None = None
    part_of_above: bool | None = None
    cells: tuple[Cell, ...] | None = None


def results(found: Matrix, by: str) -> list[Result]:
    """The lines of a matrix by carrier, area or month, in the order of the page."""
    if by == "month":
        pairs = zip(found.months, found.by_month, strict=True)
        return [Result(month.isoformat(), f"{month:%Y-%m}", rate) for month, rate in pairs]
    if by == "area":
        return [
            Result(each.code, each.name, each.rate, carriers=each.carriers, part_of_above=each.is_part)
            for each in found.areas
        ]
    return [_of_carrier(row) for row in found.rows]


def _of_carrier(row: Row) -> Result:
    carrier = row.carrier
    area = {"code": carrier["area_code"], "name": carrier["area_name"]}
    return Result(carrier["code"], carrier["name"], row.rate, area=area, cells=row.cells)


def _fraction(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=6, allow_null=True, help_text=help_text)


class CompletenessRateSerializer(serializers.Serializer[Turnout]):
    """应报、已报和比率"""

    expected = serializers.IntegerField(help_text="应报(份)")
    filed = serializers.IntegerField(help_text="已报(份):已提交、镇审通过、已通过、已锁定")
    punctual = serializers.IntegerField(help_text="按时(份):截止日及以前首次提交")
    late = serializers.IntegerField(help_text="迟报(份)")
    overdue = serializers.IntegerField(help_text="逾期未报(份):截止日已过,没有填、仍是草稿或被退回")
    completeness = _fraction("填报率 = 已报 ÷ 应报,不超过 1;没有应报的为空")
    punctuality = _fraction("及时率 = 按时 ÷ 应报,不超过 1;没有应报的为空")


class CompletenessCellSerializer(serializers.Serializer[Cell]):
    """一家载体的一个月"""

    month = serializers.DateField(help_text="当月1日")
    state = serializers.ChoiceField(choices=[(code, each.word) for code, each in BADGES[KIND].items()])
    state_label = serializers.SerializerMethodField()
    late = serializers.SerializerMethodField(help_text="首次提交晚于截止日;没有提交过或不报的为空")
    overdue = serializers.SerializerMethodField(help_text="截止日已过而没有已提交的月报;不报的为空")
    due_on = serializers.DateField(source="line.days.due_on", default=None, allow_null=True, help_text="填报截止日")
    first_submitted_at = serializers.DateTimeField(
        source="line.first_submitted_at", default=None, allow_null=True, help_text="首次提交时间"
    )
    report = serializers.SerializerMethodField(help_text="月报(最新版本)的地址;没有的为空")

    def get_state_label(self, cell: Cell) -> str:
        return words_for(KIND, cell.state).word

    def get_late(self, cell: Cell) -> bool | None:
        return cell.line.timing.late if cell.line is not None else None

    def get_overdue(self, cell: Cell) -> bool | None:
        return cell.overdue if cell.line is not None else None

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_report(self, cell: Cell) -> str | None:
        if cell.line is None or cell.line.report_id is None:
            return None
        return f"{self.context['reports']}{cell.line.report_id}/"


class CompletenessLineSerializer(serializers.Serializer[Result]):
    key = serializers.CharField(source="code", help_text="载体编号、区域代码,或月份(当月1日)")
    # The name that a line has; it hides the serializer's own, which is for forms.
    label = serializers.CharField()  # type: ignore[assignment]
    area = AreaBrief(allow_null=True, help_text="归属区域(by=carrier)")
    carriers = serializers.IntegerField(allow_null=True, help_text="载体数(by=area)")
    part_of_above = serializers.BooleanField(allow_null=True, help_text="是上面那个镇的一部分,合计时不再相加(by=area)")
    rate = CompletenessRateSerializer()
    months = CompletenessCellSerializer(source="cells", many=True, allow_null=True, help_text="各月情况(by=carrier)")


class CompletenessSerializer(serializers.Serializer[Any]):
    """月报完整性"""

    months = serializers.ListField(child=serializers.DateField(), help_text="所问的月份(当月1日)")
    by = serializers.ChoiceField(choices=BY)
    whole = CompletenessRateSerializer(help_text="合计")
    results = CompletenessLineSerializer(many=True)


class CompletenessView(APIView):
    """Who is expected to report which months, what has come and when: as on the page of completeness."""

    content_negotiation_class = Negotiation
    renderer_classes = TABLE_RENDERERS

    @extend_schema(
        tags=["月报"],
        summary="月报完整性",
        description="应报、已报、迟报、逾期和比率,口径与“完整性”页面相同。最多36个月、2000家载体;一次给出全部,不分页。"
        "format=csv 或 xlsx 时,by=carrier 每月一列(状态代码)。",
        parameters=[
            OpenApiParameter("month", OpenApiTypes.DATE, description="一个月份(当月1日);或用 from、to"),
            OpenApiParameter("from", OpenApiTypes.DATE, description="月份起(当月1日);都不填为最近12个已结束的月份"),
            OpenApiParameter("to", OpenApiTypes.DATE, description="月份止(当月1日)"),
            OpenApiParameter("within", str, description="归属区域代码,含其下级"),
            OpenApiParameter("carrier", str, description="载体编号"),
            OpenApiParameter("by", str, enum=BY, description="分组:carrier(默认,含各月情况)、area、month"),
        ],
        responses=CompletenessSerializer,
    )
    def get(self, request: Request) -> Any:
        refuse_unknown(request, {*ASKED, "format"}, dict.fromkeys(ASKED))
        query, fmt = request.query_params, chosen_format(request)
        by, months = chosen(query, "by", BY, "carrier"), months_asked(query)
        within = area_seen(request.user, query["within"], "within") if query.get("within") else None
        if code := query.get("carrier", ""):
            CARRIER.check("carrier", code, request.user)
        carriers = overview.carriers_between(request.user, months[0], months[-1], within=within, code=code)
        not_too_many(len(carriers), "within")
        found = completeness.load(request.user, carriers, months)
        lines = results(found, by)
        if fmt in FORMATS:
            name = f"月报完整性{months[0]:%Y%m}-{months[-1]:%Y%m}"
            return private(write(lines, _columns(by, months), name=name, fmt=fmt))
        answer = {"months": months, "by": by, "whole": found.whole, "results": lines}
        context = {"reports": request.build_absolute_uri(reverse("api:monthly-reports-list"))}
        return with_etag(Response(CompletenessSerializer(answer, context=context).data), request)


def _columns(by: str, months: Iterable[date]) -> list[Column]:
    """Heads are the fields of the answer; of a carrier, one column for each month."""
    columns = [Column("key", "code"), Column("label", "label")]
    if by == "carrier":
        columns += [
            Column("area.code", lambda line: line.area["code"]),
            Column("area.name", lambda line: line.area["name"]),
        ]
        columns += [
            Column(month.isoformat(), lambda line, at=at: line.cells[at].state) for at, month in enumerate(months)
        ]
    if by == "area":
        columns.append(Column("carriers", "carriers", "number"))
        columns.append(Column("part_of_above", lambda line: str(line.part_of_above).lower()))
    names = ("expected", "filed", "punctual", "late", "overdue", "completeness", "punctuality")
    return [*columns, *(Column(f"rate.{name}", f"rate.{name}", "number") for name in names)]
