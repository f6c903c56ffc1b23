"""REST for the yearly figures: a carrier's months as the figures that Torch asks of its year, beside what was filed; and the
totals of an area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import django_filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import api_export
from core.api import BadQuery
from core.api_export import ExportColumn
from core.api_filters import OrderingBackend, refuse_unknown
from core.cursors import order_terms
from core.filters import SpokenFilterSet
from core.rest import MOST_XLSX_ROWS, TABLE_RENDERERS, Negotiation, PortalViewSet, chosen_format, private, with_etag
from core.spreadsheets import FORMATS, Column, write
from incubators.api.asking import AreaSeen, area_seen, not_too_many, year_asked
from incubators.api.registry import AREA, CARRIER
from incubators.api.serializers import AreaBrief, CarrierBrief
from incubators.models import Carrier
from incubators.reporting.calendar import Calendars
from incubators.reporting.torch import (
    ITEMS,
    SOURCE_WORDS,
    CarrierYear,
    Item,
    Source,
    Year,
    carriers_of,
    year_of,
    years_of,
)
from incubators.scope import Scope

TAG = "年度汇总"
YEAR = OpenApiParameter("year", int, description="年度;不填为最近一个已结束月份所在的年")
SOURCES = [(each.value, SOURCE_WORDS[each]) for each in Source]


class CarrierYearFilter(SpokenFilterSet):
    """By area (with those below it) and carrier."""

    area = AreaSeen("owner_area")
    carrier = django_filters.CharFilter(field_name="code", label="载体编号")

    class Meta:
        model = Carrier
        fields: list[str] = []


def _amount(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=22, decimal_places=2, allow_null=True, help_text=help_text)


class TorchItemSerializer(serializers.Serializer[Any]):
    """一项指标"""

    code = serializers.CharField()
    # The name that a figure has; these hide the serializer's own, which are for forms.
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField(help_text="单位;金额为千元")
    source = serializers.ChoiceField(choices=SOURCES, help_text="各月之和、年末(最近月)数,或登记库")  # type: ignore[assignment]
    value = _amount("由各月得出的数;没有的为空")
    filed = _amount("向火炬统计填报的数;没有的为空")
    difference = _amount("value − filed;有一个为空即为空")
    share = serializers.DecimalField(
        max_digits=24, decimal_places=6, allow_null=True, help_text="差异率 = difference ÷ filed;不能算的为空"
    )
    differs = serializers.BooleanField(allow_null=True, help_text="相差超过5%,或月报没有这项数;没有填报数的为空")
    months = serializers.ListField(
        child=serializers.DateField(), help_text="计入的月份(当月1日);期末数只有所取的一个月,登记库的数没有"
    )
    unsaid = serializers.ListField(child=serializers.DateField(), help_text="审核通过而没有填此项的月份")
    note = serializers.CharField(help_text="差异说明")


class TorchYearSerializer(serializers.Serializer[CarrierYear]):
    """一家载体的一年"""

    carrier = CarrierBrief()
    area = AreaBrief(source="carrier.owner_area", help_text="归属区域")
    year = serializers.IntegerField()
    as_of = serializers.DateField(help_text="数据截至")
    lacking = serializers.ListField(child=serializers.DateField(), help_text="应报而没有审核通过的月报的月份(当月1日)")
    outside = serializers.ListField(child=serializers.DateField(), help_text="未要求填报的月份(当月1日)")
    remarks = serializers.CharField(help_text="月报情况:缺什么,一句话")
    is_synthetic = serializers.BooleanField(source="synthetic")
    items = serializers.SerializerMethodField()

    @extend_schema_field(TorchItemSerializer(many=True))
    def get_items(self, row: CarrierYear) -> Any:
        return TorchItemSerializer([_item(row, item) for item in ITEMS], many=True).data


def _item(row: CarrierYear, item: Item) -> dict[str, Any]:
    amount, compared, figure = row.amounts[item.code], row.compared(item.code), row.filed.get(item.code)
    ours, filed = amount.shown, compared.filed if compared is not None else None
    return {
        "code": item.code,
        "label": item.label,
        "unit": item.unit,
        "source": item.source.value,
        "value": ours,
        "filed": filed,
        "difference": ours - filed if ours is not None and filed is not None else None,
        "share": compared.share if compared is not None else None,
        "differs": compared.differs if compared is not None else None,
        "months": [month for month, _ in amount.parts],
        "unsaid": amount.unsaid,
        "note": figure.note if figure is not None else "",
    }


# Of a file: what each line says of its carrier and year, and what of its item.
_OF_YEAR = ("carrier.code", "carrier.name", "area.code", "area.name", "year", "as_of", "remarks")
_OF_ITEM = tuple(TorchItemSerializer().fields)
_EXACT = {"year", "as_of", "value", "filed", "difference", "share", "differs"}


@extend_schema_view(
    list=extend_schema(
        tags=[TAG],
        summary="各载体一年的汇总数",
        description="各月审核通过的月报按火炬统计的指标汇总,与填报数比较;金额为千元。一行一家载体,按游标分页;"
        "format=csv 或 xlsx 时一行一家载体的一项指标。运营方只见自己的载体。",
        parameters=[YEAR],
    )
)
class CarrierYearViewSet(PortalViewSet):
    queryset = Carrier.objects.all()
    serializer_class = TorchYearSerializer
    filterset_class = CarrierYearFilter
    orderings = {"carrier": "code", "area": "owner_area__path"}
    default_ordering = ("carrier",)
    extra_parameters = ("year",)
    file_name = "年度汇总"
    codes = {"carrier": CARRIER, "area": AREA}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return carriers_of(self.request.user, year_asked(self.request.query_params))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if args and kwargs.get("many"):
            year = year_asked(self.request.query_params)
            args = (years_of(self.request.user, [*args[0]], year, calendars=kwargs.pop("calendars", None)), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def export(self, rows: Any, fmt: str) -> Any:
        """One line for each carrier and item: what a spreadsheet can add up and filter."""
        if fmt == "xlsx" and rows.count() * len(ITEMS) > MOST_XLSX_ROWS:
            raise BadQuery({"format": [f"超过{MOST_XLSX_ROWS}行,请缩小筛选范围或改用 csv"]})
        rows = rows.order_by(*order_terms(OrderingBackend.chosen(self.request, self), backward=False, model=rows.model))
        heads = [*_OF_YEAR, *_OF_ITEM]
        columns = [ExportColumn(head, tuple(head.split(".")), head in _EXACT) for head in heads]
        send = api_export.send_csv if fmt == "csv" else api_export.send_xlsx
        return private(send(columns, self._lines(columns, rows), name=self.file_name))

    def _lines(self, columns: Sequence[ExportColumn], rows: Any) -> Iterator[list[Any]]:
        source, calendars = rows.iterator(chunk_size=api_export.CHUNK), Calendars()
        while chunk := [*islice(source, api_export.CHUNK)]:
            for record in self.get_serializer(chunk, many=True, calendars=calendars).data:
                for item in record["items"]:
                    yield [column.of({**record, **item}) for column in columns]


class TorchTotalSerializer(serializers.Serializer[Any]):
    """一项指标的合计"""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]
    value = _amount("合计:按元相加后取整一次;企业数按区域去重")


class TorchYearTotalsSerializer(serializers.Serializer[Any]):
    """一个区域的一年"""

    area = AreaBrief()
    year = serializers.IntegerField()
    as_of = serializers.DateField(help_text="数据截至")
    closed_on = serializers.DateField(allow_null=True, help_text="12月月结的日期;未月结的为空")
    carriers = serializers.IntegerField(help_text="载体数")
    complete = serializers.IntegerField(help_text="月报不缺的载体数")
    filed = serializers.IntegerField(help_text="有火炬填报数的载体数")
    differences = serializers.IntegerField(help_text="相差超过5%的项数")
    items = TorchTotalSerializer(many=True)


class AreaYearView(APIView):
    """The totals of an area, as at the foot of the page."""

    content_negotiation_class = Negotiation
    renderer_classes = TABLE_RENDERERS

    @extend_schema(
        tags=[TAG],
        summary="一个区域一年的合计",
        parameters=[YEAR, OpenApiParameter("area", str, required=True, description="归属区域代码(含下级)")],
        responses=TorchYearTotalsSerializer,
    )
    def get(self, request: Request) -> Any:
        refuse_unknown(request, {"year", "area", "format"}, dict.fromkeys(("year", "area")))
        query, fmt = request.query_params, chosen_format(request)
        year = year_asked(query)
        if not query.get("area"):
            raise BadQuery({"area": ["请给出区域代码,见 /api/v1/areas/"]})
        area = area_seen(request.user, query["area"], "area")
        if not Scope.of(request.user).covers(area.path):
            raise BadQuery({"area": [f"“{area.name}”不全在您的权限范围内,没有它的合计"]})
        not_too_many(carriers_of(request.user, year, area).count(), "area")
        found = year_of(request.user, area, year)
        items = [_total(found, item) for item in ITEMS]
        if fmt in FORMATS:
            return private(write(items, _TOTALS, name=f"{area.name}{year}年度合计", fmt=fmt))
        answer = {
            "area": area,
            "year": year,
            "as_of": found.as_of,
            "closed_on": found.closed_on,
            "carriers": len(found.rows),
            "complete": sum(not row.remarks for row in found.rows),
            "filed": sum(bool(row.filed) for row in found.rows),
            "differences": len(found.differences),
            "items": items,
        }
        return with_etag(Response(TorchYearTotalsSerializer(answer).data), request)


def _total(found: Year, item: Item) -> dict[str, Any]:
    told = {"code": item.code, "label": item.label, "unit": item.unit, "source": item.source.value}
    return {**told, "value": found.total(item)}


_TOTALS = [
    *(Column(name, lambda line, name=name: line[name]) for name in ("code", "label", "unit", "source")),
    Column("value", lambda line: line["value"], "number"),
]
