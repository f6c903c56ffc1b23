"""REST for the catalogue: definitions, any figure by carrier, area or month, and the records counted."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import BadQuery
from core.rest import with_etag
from core.spreadsheets import FORMATS, Column, write
from incubators.indicators import asking, catalogue, figures
from incubators.indicators.base import BadQuestion, Figure, Indicator
from incubators.indicators.listings import LISTS

TAG = "指标"
ASKED = [
    OpenApiParameter("on", str, description="日期,如 2026-10-31(期末数、比率)"),
    OpenApiParameter("from", str, description="期间起,如 2026-01-01(当期数)"),
    OpenApiParameter("to", str, description="期间止,含当日"),
    OpenApiParameter("within", str, description="区域代码,含其下级"),
    OpenApiParameter("carrier", str, description="载体编号"),
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
    key = serializers.SerializerMethodField()
    label = serializers.CharField()
    value = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    numerator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    denominator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    missing = serializers.CharField()

    def get_key(self, figure: Figure) -> str | None:
        return None if figure.key is None else str(figure.key)


class AnswerSerializer(serializers.Serializer[Any]):
    indicator = IndicatorSerializer()
    by = serializers.CharField(allow_null=True)
    results = FigureSerializer(many=True)


COLUMNS = (
    Column("key", lambda figure: "" if figure.key is None else str(figure.key)),
    Column("label", "label"),
    Column("value", "value", "number"),
    Column("numerator", "numerator", "number"),
    Column("denominator", "denominator", "number"),
    Column("missing", "missing"),
)


def _asked(code: str, request: Request, ignore: tuple[str, ...]) -> tuple[Indicator, asking.Asked]:
    try:
        indicator = catalogue.get(code)
        return indicator, asking.read(indicator, request.query_params, user=request.user, ignore=ignore)
    except BadQuestion as error:
        raise BadQuery(error.errors) from error


class IndicatorListView(APIView):
    """Every definition of the catalogue."""

    @extend_schema(tags=[TAG], summary="全部指标的口径", responses=IndicatorSerializer(many=True))
    def get(self, request: Request) -> Response:
        return with_etag(Response(IndicatorSerializer(catalogue.all(), many=True).data), request)


class IndicatorDetailView(APIView):
    """One definition."""

    @extend_schema(tags=[TAG], summary="一个指标的口径", responses=IndicatorSerializer)
    def get(self, request: Request, code: str) -> Response:
        try:
            return with_etag(Response(IndicatorSerializer(catalogue.get(code)).data), request)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error


class FigureListView(APIView):
    """Any figure of the catalogue, split as asked, of the rows the person may see."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # ?format= chooses between this view's own answers below; it is no content type to negotiate.
        return self.get_renderers()[0], self.get_renderers()[0].media_type

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
        fmt = request.query_params.get("format", "json")
        if fmt not in {"json", *FORMATS}:
            raise BadQuery({"format": [f"不支持“{fmt}”格式,可用:json、csv、xlsx"]})
        indicator, asked = _asked(code, request, ("indicator", "by", "format"))
        try:
            found = figures.compute(code, by=by, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        if fmt in FORMATS:
            return write(found, COLUMNS, name=indicator.name, fmt=fmt)
        answer = {"indicator": indicator, "by": by, "results": found}
        return with_etag(Response(AnswerSerializer(answer).data), request)


class RecordPages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class FigureRecordsView(APIView):
    """The records counted in a figure: column names and rows, as on the page."""

    @extend_schema(
        tags=[TAG],
        summary="被计入的记录",
        parameters=[*ASKED, OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        responses={200: dict},
    )
    def get(self, request: Request, code: str) -> Response:
        _, asked = _asked(code, request, ("page", "page_size"))
        try:
            found = figures.records(code, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        shown = LISTS[found.model]
        pages = RecordPages()
        page = pages.paginate_queryset(found.select_related(*shown.related).order_by("pk"), request, view=self) or []
        rows = [{column.label: column.of(row) for column in shown.columns} for row in page]
        return with_etag(pages.get_paginated_response(rows), request)
