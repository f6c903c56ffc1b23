"""The base of every list of the REST interface: rows the person may see, filters, order, fields, pages, formats, ETags.

A resource is a subclass of :class:`PortalViewSet` that names its query set, serializer, filter set and orderings; it
cannot forget the limits on rows because the base asks ``visible_to`` itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import api_export
from core.api import BadQuery
from core.api_filters import Code, OrderingBackend, PortalFilterBackend, narrow, refuse_unknown
from core.cursors import KeysetPagination, order_terms
from core.spreadsheets import XLSX_TYPE

MOST_XLSX_ROWS = 200_000


def documented(noun: str, text: str = "") -> Any:
    """Schema words of a resource: a tag, and one line each for its list and its single record."""
    return extend_schema_view(
        list=extend_schema(
            tags=[noun],
            summary=f"{noun}列表",
            description=f"{text}按游标分页;format=csv 或 xlsx 时导出全部符合条件的行。",
        ),
        retrieve=extend_schema(tags=[noun], summary=f"一条{noun}记录", description=text),
    )


class Link(serializers.HyperlinkedIdentityField):
    """The absolute address of a record. Made from the address of its list, which is looked up once and not per row,
    and without the query of the request (``?format=csv`` belongs to the list only)."""

    @cached_property
    def list_address(self) -> str:
        """Absolute address of the list."""
        address = reverse(f"{str(self.view_name).removesuffix('-detail')}-list")
        return str(self.context["request"].build_absolute_uri(address))

    def address(self, code: Any) -> str:
        """The address of the record with this code or key."""
        text = str(code)
        plain = text.isascii() and text.isalnum()
        return f"{self.list_address}{text if plain else quote(text, safe='')}/"

    def to_representation(self, value: Any) -> Any:
        return self.address(getattr(value, self.lookup_field))


class _SpreadsheetRenderer(JSONRenderer):
    """Makes ``?format=`` known. Rows never pass here (the list streams them); what does is an error, sent as JSON."""


class CsvRenderer(_SpreadsheetRenderer):
    media_type = "text/csv"
    format = "csv"


class XlsxRenderer(_SpreadsheetRenderer):
    media_type = XLSX_TYPE
    format = "xlsx"


TABLE_RENDERERS = (JSONRenderer, CsvRenderer, XlsxRenderer)


class Negotiation(DefaultContentNegotiation):
    """An unknown ``?format=`` is an error that says which there are, not "not found"."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 - REST framework's name
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            known = "、".join(renderer.format for renderer in renderers)
            raise BadQuery({"format": [f"不支持“{format}”格式,可用:{known}"]}) from None


def chosen_format(request: Request) -> str:
    """``json``, ``csv`` or ``xlsx``: what ``?format=`` or the header ``Accept`` asks for."""
    return str(getattr(request.accepted_renderer, "format", "json"))


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Say to caches on the way that the answer belongs to one person and one format."""
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Authorization", "Cookie", "Accept"))
    return response


def with_etag(response: Response, request: Request) -> Response:
    """Give the answer a weak ETag of its content, and answer 304 to who already has it."""

    def stamp(rendered: Response) -> Any:
        etag = f'W/"{hashlib.sha256(rendered.content).hexdigest()[:32]}"'
        rendered["ETag"] = etag
        private(rendered)
        return get_conditional_response(request._request, etag=etag, response=rendered)  # noqa: SLF001 - Django's own

    response.add_post_render_callback(stamp)
    return response


class PortalViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Read-only resource.

    Set ``queryset`` (with ``visible_to``), ``serializer_class``, ``filterset_class``, ``orderings`` (public name ->
    ORM path), ``default_ordering`` (public names), ``file_name``. ``open_to_everyone`` says that the rows are public
    among signed-in people; without it a query set that has no ``visible_to`` is a mistake of the programmer.
    """

    orderings: dict[str, str] = {}
    default_ordering: Sequence[str] = ()
    open_to_everyone = False
    file_name = "数据"
    # Query parameters that the view reads itself, beside those of its filter set.
    extra_parameters: Sequence[str] = ()
    # Filters that hold the code of another record; an unknown code is refused, not answered with no rows.
    codes: Mapping[str, Code] = {}
    pagination_class = KeysetPagination
    filter_backends = (PortalFilterBackend, OrderingBackend)
    content_negotiation_class = Negotiation
    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        if self.open_to_everyone:
            return rows
        if not hasattr(rows, "visible_to"):
            raise ImproperlyConfigured(f"{type(self).__name__}: the query set has no visible_to")
        return rows.visible_to(self.request.user)

    def get_renderers(self) -> Any:
        classes = TABLE_RENDERERS if self.action == "list" else (JSONRenderer,)
        return [renderer() for renderer in classes]

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            raise NotFound("没有这条记录,或不在您的权限范围内") from None

    def filter_queryset(self, queryset: Any) -> Any:
        # One record is looked up among what may be seen; filters and order belong to lists.
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        return narrow(super().get_serializer(*args, **kwargs), self.request)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        fmt = chosen_format(request)
        if fmt in {"csv", "xlsx"}:
            return self.export(self.filter_queryset(self.get_queryset()), fmt)
        return with_etag(super().list(request, *args, **kwargs), request)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown(request, {"fields", "format", *self.extra_parameters}, {})
        return with_etag(super().retrieve(request, *args, **kwargs), request)

    def export(self, rows: QuerySet[Any], fmt: str) -> HttpResponseBase:
        """All rows of the filter, not one page of them: names of fields as heads, nested values as ``area.code``."""
        if fmt == "xlsx" and rows.count() > MOST_XLSX_ROWS:
            raise BadQuery({"format": [f"超过{MOST_XLSX_ROWS}行,请缩小筛选范围或改用 csv"]})
        rows = rows.order_by(*order_terms(OrderingBackend.chosen(self.request, self), backward=False, model=rows.model))
        columns = api_export.columns_of(self.get_serializer(), rows)
        values = api_export.records(columns, rows, self._serialised)
        send = api_export.send_csv if fmt == "csv" else api_export.send_xlsx
        return private(send(columns, values, name=self.file_name))

    def _serialised(self, chunk: Sequence[Any]) -> Iterable[Any]:
        return self.get_serializer(chunk, many=True).data  # type: ignore[no-any-return]
