"""REST for the catalogue: definitions, any figure by carrier, area or month, and the records counted."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import BadQuery
from core.cursors import KeysetPagination
from core.rest import MOST_XLSX_ROWS, Negotiation, with_etag
from core.spreadsheets import FORMATS, Column, write
from incubators.indicators import asking, catalogue, figures
from incubators.indicators.base import BadQuestion, Figure, Indicator
from incubators.indicators.listings import listed

TAG = "指标"
ASKED = [
    OpenApiParameter("on", str, description="日期,如 2026-10-31(期末数、比率)"),
    OpenApiParameter("from", str, description="期间起,如 2026-01-01(当期数)"),
    OpenApiParameter("to", str, description="期间止,含当日"),
    OpenApiParameter("within", str, description="区域代码,含其下级"),
    OpenApiParameter("carrier", str, description="载体编号"),
    *(
        OpenApiParameter(name, str, description=f"{asking.PARAM_WORDS[name]}:{words}。各指标接受的参数见 /indicators/")
        for name, words in asking.PARAM_HELP.items()
    ),
]


class IndicatorSerializer(serializers.Serializer[Indicator]):
    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.CharField()
    group = serializers.CharField()
    definition = serializers.CharField()
    formula = serializers.CharField()
    source = serializers.CharField()
    params = serializers.ListField(child=serializers.CharField())


class FigureSerializer(serializers.Serializer[Figure]):
    key = serializers.SerializerMethodField(help_text="载体编号、区域代码或月份(2026-10);合计为空")
    label = serializers.CharField()
    value = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    numerator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    denominator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    missing = serializers.CharField()

    def get_key(self, figure: Figure) -> str | None:
        return _key(figure)


def _key(figure: Figure) -> str | None:
    """A carrier's or area's code, a month, or nothing for the whole. Ids of our tables mean nothing outside."""
    return None if figure.key is None else figure.code or figure.label


class AnswerSerializer(serializers.Serializer[Any]):
    indicator = IndicatorSerializer()
    by = serializers.CharField(allow_null=True)
    results = FigureSerializer(many=True)


class RecordsSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="下一页地址;没有则为空")
    previous = serializers.URLField(allow_null=True, help_text="上一页地址;没有则为空")
    results = serializers.ListField(child=serializers.DictField(), help_text="列名到值")


COLUMNS = (
    Column("key", lambda figure: _key(figure) or ""),
    Column("label", "label"),
    Column("value", "value", "number"),
    Column("numerator", "numerator", "number"),
    Column("denominator", "denominator", "number"),
    Column("missing", "missing"),
)


class PlainFormats:
    """``?format=`` chooses between a view's own answers; it is no content type to negotiate."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.get_renderers()[0]  # type: ignore[attr-defined]
        return renderer, renderer.media_type


def _format(request: Request) -> str:
    fmt = request.query_params.get("format", "json")
    if fmt not in {"json", *FORMATS}:
        raise BadQuery({"format": [f"不支持“{fmt}”格式,可用:json、csv、xlsx"]})
    return fmt


def _asked(code: str, request: Request, ignore: tuple[str, ...]) -> tuple[Indicator, asking.Asked]:
    try:
        indicator = catalogue.get(code)
        return indicator, asking.read(indicator, request.query_params, user=request.user, ignore=ignore)
    except BadQuestion as error:
        raise BadQuery(error.errors) from error


class IndicatorListView(APIView):
    """Every definition of the catalogue."""

    content_negotiation_class = Negotiation

    @extend_schema(tags=[TAG], summary="全部指标的口径", responses=IndicatorSerializer(many=True))
    def get(self, request: Request) -> Response:
        return with_etag(Response(IndicatorSerializer(catalogue.all(), many=True).data), request)


class IndicatorDetailView(APIView):
    """One definition."""

    content_negotiation_class = Negotiation

    @extend_schema(tags=[TAG], summary="一个指标的口径", responses=IndicatorSerializer)
    def get(self, request: Request, code: str) -> Response:
        try:
            return with_etag(Response(IndicatorSerializer(catalogue.get(code)).data), request)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error


class FigureListView(PlainFormats, APIView):
    """Any figure of the catalogue, split as asked, of the rows the person may see."""

    @extend_schema(
        tags=[TAG],
        summary="按口径取数",
        parameters=[
            OpenApiParameter("indicator", str, required=True, description="指标代码,见 /indicators/"),
            OpenApiParameter("by", str, enum=["carrier", "area", "month"], description="分组;不填为合计"),
            *ASKED,
            OpenApiParameter("format", str, enum=["json", *FORMATS], description="返回格式"),
        ],
        responses=AnswerSerializer,
    )
    def get(self, request: Request) -> Any:
        code = request.query_params.get("indicator", "")
        by = request.query_params.get("by") or None
        fmt = _format(request)
        if not code:
            raise BadQuery({"indicator": ["请给出指标代码;全部代码见 /indicators/"]})
        indicator, asked = _asked(code, request, ("indicator", "by", "format"))
        try:
            found = figures.compute(code, by=by, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        if fmt in FORMATS:
            return write(found, COLUMNS, name=indicator.name, fmt=fmt)
        answer = {"indicator": indicator, "by": by, "results": found}
        return with_etag(Response(AnswerSerializer(answer).data), request)


class FigureRecordsView(PlainFormats, APIView):
    """The records counted in a figure: column names and rows, as on the page."""

    pagination_class = KeysetPagination

    @extend_schema(
        tags=[TAG],
        summary="被计入的记录",
        description="比率为分子的记录;按游标分页;format=csv 或 xlsx 时导出全部。列名与页面相同。",
        parameters=[
            *ASKED,
            OpenApiParameter("cursor", str, description="游标,取自上一次应答的 next 或 previous"),
            OpenApiParameter("page_size", int, description="每页条数,1 到 500,默认 50"),
            OpenApiParameter("format", str, enum=["json", *FORMATS], description="返回格式"),
        ],
        responses={200: RecordsSerializer},
    )
    def get(self, request: Request, code: str) -> Any:
        indicator, asked = _asked(code, request, ("cursor", "page_size", "format"))
        fmt = _format(request)
        try:
            found = figures.records(code, **asked.arguments)
            column = figures.counted_column(code, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        shown = listed(found.model, total=column, label=indicator.name, money=indicator.unit == "元")
        found = found.select_related(*shown.related).order_by("pk")
        if fmt == "xlsx" and found.count() > MOST_XLSX_ROWS:
            raise BadQuery({"format": [f"超过{MOST_XLSX_ROWS}行,请缩小范围或改用 csv"]})
        if fmt in FORMATS:
            return write(found.iterator(chunk_size=500), shown.columns, name=f"{indicator.name}-计入记录", fmt=fmt)
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, view=self)
        rows = [{each.label: each.of(row) for each in shown.columns} for row in page]
        return with_etag(pages.get_paginated_response(rows), request)
