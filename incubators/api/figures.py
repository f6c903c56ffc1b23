"""REST for the catalogue: definitions, any figure by carrier, area or month, and the records counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import BadQuery
from core.api_filters import refuse_unknown
from core.cursors import KeysetPagination
from core.money import to_wan
from core.rest import MOST_XLSX_ROWS, TABLE_RENDERERS, Negotiation, chosen_format, private, with_etag
from core.spreadsheets import FORMATS, Column, write
from incubators.indicators import asking, catalogue, figures
from incubators.indicators.base import BadQuestion, Coverage, Figure, Indicator, Kind, Ratio
from incubators.indicators.listings import listed
from incubators.models import Area, Carrier, QualificationKind, ServicePlatform, Title

TAG = "指标"
BY = ["carrier", "area", "month", "area_month"]
ASKED = [
    OpenApiParameter("on", str, description="日期,如 2026-10-31(期末数、比率),不晚于今天"),
    OpenApiParameter("from", str, description="期间起,如 2026-01-01(当期数;期末数和比率只在 by=month、area_month 时)"),
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
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind], help_text="期末数、当期数、比率")
    group = serializers.CharField()
    definition = serializers.CharField()
    formula = serializers.CharField()
    source = serializers.CharField()
    term_units = serializers.SerializerMethodField(help_text="比率的分子、分母的单位;不是比率的为空")
    params = serializers.SerializerMethodField(help_text="此指标接受的查询参数,除 on、from、to、within、carrier 外")

    def get_term_units(self, indicator: Indicator) -> list[str]:
        return [*indicator.term_units] if isinstance(indicator, Ratio | Coverage) else []

    def get_params(self, indicator: Indicator) -> list[str]:
        # In one order in every process: the answer has an ETag.
        return sorted(indicator.params)


class FigureSerializer(serializers.Serializer[Figure]):
    key = serializers.SerializerMethodField(help_text="载体编号、区域代码或月份(2026-10);合计为空")
    month = serializers.DateField(allow_null=True, help_text="by=area_month 时的月份(当月1日)")
    label = serializers.CharField()
    value = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    numerator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True, help_text="比率才有")
    denominator = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True, help_text="比率才有")
    missing = serializers.CharField(help_text="缺什么:value 为空的原因,或月报之和里还缺多少份")

    def get_key(self, figure: Figure) -> str | None:
        return _key(figure)


def _key(figure: Figure) -> str | None:
    """A carrier's or area's code, a month, or nothing for the whole. Ids of our tables mean nothing outside."""
    return None if figure.key is None else figure.code or figure.label


class AnswerSerializer(serializers.Serializer[Any]):
    indicator = IndicatorSerializer()
    by = serializers.ChoiceField(choices=BY, allow_null=True)
    results = FigureSerializer(many=True)


class RecordsSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="下一页地址;没有则为空")
    previous = serializers.URLField(allow_null=True, help_text="上一页地址;没有则为空")
    results = serializers.ListField(child=serializers.DictField(), help_text="列名到值")


MONTH = Column("month", "month", "date")  # beside the others where areas are split by month
COLUMNS = (
    Column("key", lambda figure: _key(figure) or ""),
    Column("label", "label"),
    Column("value", "value", "number"),
    Column("numerator", "numerator", "number"),
    Column("denominator", "denominator", "number"),
    Column("missing", "missing"),
)


class _Tables:
    """What a view shares that answers JSON, CSV or XLSX."""

    content_negotiation_class = Negotiation
    renderer_classes = TABLE_RENDERERS


def _kinds() -> set[str]:
    return {*Carrier.Kind.values, *ServicePlatform.Kind.values}


# Parameters that hold codes: what they are called, and which codes there are.
CODES: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "kinds": ("类型", _kinds),
    "titles": ("称号", lambda: Title.objects.values_list("code", flat=True)),
    "qualification": ("资质", lambda: QualificationKind.objects.values_list("code", flat=True)),
    "members": ("区域", lambda: Area.objects.values_list("code", flat=True)),
}


def _check_codes(params: Mapping[str, Any]) -> None:
    """Raises :class:`BadQuery` for a code that does not exist: nothing counted is no answer to a misspelt question."""
    for name, (noun, codes) in CODES.items():
        given = params.get(name) or []
        unknown = sorted({given} if isinstance(given, str) else {*given})
        if unknown and (unknown := sorted({*unknown} - {*codes()})):
            raise BadQuery({name: [f"没有代码为“{'、'.join(unknown)}”的{noun}"]})


def _indicator(code: str) -> Indicator:
    try:
        return catalogue.get(code)
    except BadQuestion as error:
        raise NotFound(f"没有代码为“{code}”的指标;全部代码见 /api/v1/indicators/") from error


def _asked(indicator: Indicator, request: Request, ignore: tuple[str, ...], by_month: bool = False) -> asking.Asked:
    try:
        asked = asking.read(indicator, request.query_params, user=request.user, ignore=ignore, by_month=by_month)
    except BadQuestion as error:
        raise BadQuery(error.errors) from error
    _check_codes(asked.arguments["params"])
    if parts := asking.parts_of_months(indicator, asked.arguments):
        raise BadQuery({name: [words] for name, words in parts.items()})
    return asked


class IndicatorListView(APIView):
    """Every definition of the catalogue."""

    content_negotiation_class = Negotiation

    @extend_schema(tags=[TAG], summary="全部指标的口径", responses=IndicatorSerializer(many=True))
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"format"}, {})
        return with_etag(Response(IndicatorSerializer(catalogue.all(), many=True).data), request)


class IndicatorDetailView(APIView):
    """One definition."""

    content_negotiation_class = Negotiation

    @extend_schema(tags=[TAG], summary="一个指标的口径", responses=IndicatorSerializer)
    def get(self, request: Request, code: str) -> Response:
        refuse_unknown(request, {"format"}, {})
        return with_etag(Response(IndicatorSerializer(_indicator(code)).data), request)


class FigureListView(_Tables, APIView):
    """Any figure of the catalogue, split as asked, of the rows the person may see."""

    @extend_schema(
        tags=[TAG],
        summary="按口径取数",
        parameters=[
            OpenApiParameter("indicator", str, required=True, description="指标代码,见 /indicators/"),
            OpenApiParameter("by", str, enum=BY, description="分组;不填为合计"),
            *ASKED,
        ],
        responses=AnswerSerializer,
    )
    def get(self, request: Request) -> Any:
        code = request.query_params.get("indicator", "")
        by = request.query_params.get("by") or None
        fmt = chosen_format(request)
        if not code:
            raise BadQuery({"indicator": ["请给出指标代码;全部代码见 /api/v1/indicators/"]})
        try:
            indicator = catalogue.get(code)
            asked = _asked(indicator, request, ("indicator", "by", "format"), by_month=by in {"month", "area_month"})
            found = figures.compute(code, by=by, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        if fmt in FORMATS:
            columns = [MONTH, *COLUMNS] if by == "area_month" else COLUMNS
            return private(write(found, columns, name=indicator.name, fmt=fmt))
        answer = {"indicator": indicator, "by": by, "results": found}
        return with_etag(Response(AnswerSerializer(answer).data), request)


class FigureRecordsView(_Tables, APIView):
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
        ],
        responses={200: RecordsSerializer},
    )
    def get(self, request: Request, code: str) -> Any:
        indicator, fmt = _indicator(code), chosen_format(request)
        asked = _asked(indicator, request, ("cursor", "page_size", "format"))
        try:
            found = figures.records(code, **asked.arguments)
            column = figures.counted_column(code, **asked.arguments)
        except BadQuestion as error:
            raise BadQuery(error.errors) from error
        shown = listed(found.model, total=column, label=indicator.name, money=indicator.unit == "元")
        found = shown.fetched(found, asked.arguments.get("end") or asked.arguments["on"])
        if fmt == "xlsx" and found.count() > MOST_XLSX_ROWS:
            raise BadQuery({"format": [f"超过{MOST_XLSX_ROWS}行,请缩小范围或改用 csv"]})
        if fmt in FORMATS:
            rows = found.iterator(chunk_size=500)
            return private(write(rows, shown.columns, name=f"{indicator.name}-计入记录", fmt=fmt))
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, view=self)
        cells = [{each.label: _shown(each, row) for each in shown.columns} for row in page]
        return with_etag(pages.get_paginated_response(cells), request)


def _shown(column: Column, row: Any) -> Any:
    """A value as its head says: a column in 万元 holds 万元 here as on the page. Decimals are text, as everywhere."""
    value = column.of(row)
    if not isinstance(value, Decimal):
        return value
    return f"{to_wan(value).normalize():f}" if column.kind == "wan" else str(value)
