"""The base of every list of the REST interface: rows the person may see, filters, order, fields, pages, formats, ETags.

A resource is a subclass of :class:`PortalViewSet` that names its query set, serializer, filter set and orderings; it
cannot forget the limits on rows because the base asks ``visible_to`` itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.filters import BaseFilterBackend
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import BadQuery
from core.cursors import KeysetPagination, order_terms
from core.spreadsheets import Column, write

RESERVED = frozenset({"cursor", "page_size", "ordering", "fields", "format"})
CHUNK = 500
MOST_XLSX_ROWS = 200_000


class _SpreadsheetRenderer(JSONRenderer):
    """Makes ``?format=`` known. Rows never pass here (the list streams them); what does is an error, sent as JSON."""


class CsvRenderer(_SpreadsheetRenderer):
    media_type = "text/csv"
    format = "csv"


class XlsxRenderer(_SpreadsheetRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"


class Negotiation(DefaultContentNegotiation):
    """An unknown ``?format=`` is an error that says which there are, not "not found"."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 - REST framework's name
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            known = "、".join(renderer.format for renderer in renderers)
            raise BadQuery({"format": [f"不支持“{format}”格式,可用:{known}"]}) from None


def parameter_names(filterset: Any) -> set[str]:
    """Every query parameter that a filter set reads, ranges with their ends (``opened_on_after``)."""
    names: set[str] = set()
    for name, field in filterset.form.fields.items():
        suffixes = getattr(field.widget, "suffixes", None)
        names.update({f"{name}_{suffix}" for suffix in suffixes} if suffixes else {name})
    return names


class PortalFilterBackend(DjangoFilterBackend):
    """The page's filter set on the API; an unknown parameter or value is refused by name, never ignored."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        known = parameter_names(filterset) if filterset is not None else set()
        unknown = sorted(set(request.query_params) - known - RESERVED - set(getattr(view, "extra_parameters", ())))
        if unknown:
            words = "、".join(sorted(known)) or "无"
            raise BadQuery({name: [f"没有“{name}”这个查询参数;可用的筛选:{words}"] for name in unknown})
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise BadQuery(filterset.errors)
        return filterset.qs


class OrderingBackend(BaseFilterBackend):
    """``?ordering=-opened_on,code`` from the view's ``orderings``; other names are refused."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset.order_by(*self.chosen(request, view))

    @staticmethod
    def chosen(request: Request, view: Any) -> list[str]:
        """The ORM orderings asked for (or the view's own), always ending in the key so that no two rows tie."""
        asked = [part for part in request.query_params.get("ordering", "").split(",") if part]
        orderings: dict[str, str] = view.orderings
        paths = []
        for name in asked or view.default_ordering:
            path = orderings.get(name.removeprefix("-"))
            if path is None:
                raise BadQuery({"ordering": [f"不能按“{name}”排序;可用:{'、'.join(sorted(orderings))}"]})
            paths.append(f"-{path}" if name.startswith("-") else path)
        return [*paths, "pk"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What the schema says of the parameters that every list has."""
        names = "、".join(sorted(getattr(view, "orderings", {})))
        return [
            _parameter("ordering", f"排序字段,逗号分隔,前加 - 为倒序。可用:{names}"),
            _parameter("fields", "只要这些字段,逗号分隔"),
        ]


def _parameter(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "required": False, "in": "query", "description": description, "schema": {"type": "string"}}


def narrow(serializer: Any, request: Request) -> Any:
    """Leave only the fields named in ``?fields=``. Raises :class:`BadQuery` for a name that does not exist."""
    asked = [part for part in request.query_params.get("fields", "").split(",") if part]
    if not asked:
        return serializer
    fields = getattr(serializer, "child", serializer).fields
    unknown = [name for name in asked if name not in fields]
    if unknown:
        raise BadQuery({"fields": [f"没有“{'、'.join(unknown)}”字段;可用:{'、'.join(fields)}"]})
    for name in set(fields) - set(asked):
        fields.pop(name)
    return serializer


def with_etag(response: Response, request: Request) -> Response:
    """Give the answer a weak ETag of its content, and answer 304 to who already has it."""

    def stamp(rendered: Response) -> Any:
        etag = f'W/"{hashlib.sha256(rendered.content).hexdigest()[:32]}"'
        rendered["ETag"] = etag
        patch_cache_control(rendered, private=True, no_cache=True)
        patch_vary_headers(rendered, ("Authorization", "Cookie", "Accept"))
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
        classes = [JSONRenderer, CsvRenderer, XlsxRenderer] if self.action == "list" else [JSONRenderer]
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
        fmt = getattr(request.accepted_renderer, "format", "json")
        if fmt in {"csv", "xlsx"}:
            return self.export(self.filter_queryset(self.get_queryset()), fmt)
        return with_etag(super().list(request, *args, **kwargs), request)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        known = {"fields", "format", *self.extra_parameters}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise BadQuery({name: [f"没有“{name}”这个查询参数"] for name in unknown})
        return with_etag(super().retrieve(request, *args, **kwargs), request)

    def export(self, rows: QuerySet[Any], fmt: str) -> HttpResponseBase:
        """All rows of the filter, not one page of them: names of fields as heads, nested values as ``area.code``."""
        if fmt == "xlsx" and rows.count() > MOST_XLSX_ROWS:
            raise BadQuery({"format": [f"超过{MOST_XLSX_ROWS}行,请缩小筛选范围或改用 csv"]})
        records = self._flat(rows.order_by(*order_terms(OrderingBackend.chosen(self.request, self), backward=False)))
        first = [*islice(records, 1)]
        heads = [*first[0]] if first else heads_of(self.get_serializer())
        columns = [
            Column(head, _reader(head), "number" if first and _numeric(first[0][head]) else "text") for head in heads
        ]
        return write(_chain(first, records), columns, name=self.file_name, fmt=fmt)

    def _flat(self, rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
        source = rows.iterator(chunk_size=CHUNK)
        while chunk := [*islice(source, CHUNK)]:
            for record in self.get_serializer(chunk, many=True).data:
                yield flatten(record)


def heads_of(serializer: Any) -> list[str]:
    """The heads of an export without rows, as :func:`flatten` would name them."""
    heads: list[str] = []
    for name, field in serializer.fields.items():
        inner = getattr(field, "fields", None) if isinstance(field, serializers.BaseSerializer) else None
        if inner:
            heads.extend(f"{name}.{part}" for part in inner)
        else:
            heads.append(name)
    return heads


def flatten(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects with dotted names, lists joined by a semicolon: one level of cells."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{name}."))
        elif isinstance(value, list):
            flat[prefix + name] = ";".join(str(item) for item in value)
        else:
            flat[prefix + name] = value
    return flat


def _reader(head: str) -> Any:
    return lambda record: record.get(head)


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _chain(first: Iterable[Any], rest: Iterable[Any]) -> Iterator[Any]:
    yield from first
    yield from rest
