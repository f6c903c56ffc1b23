"""Pages by cursor: the next page starts after the last row of this one, so rows added meanwhile neither repeat nor
hide others. The order always ends in the key, empty values come last, and a cursor belongs to one order."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db.models import F, Model, Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.api import BadQuery
from core.trail import plain

PAGE_SIZE = 50
MOST = 500


def _parts(ordering: str) -> tuple[str, bool]:
    return ordering.removeprefix("-"), ordering.startswith("-")


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None) if row is not None else None
    return plain(row)


def with_key(orderings: list[str]) -> list[str]:
    """``orderings`` ended by the key, in the direction of the last, so that one index serves both directions."""
    return [*orderings, "-pk" if orderings and orderings[-1].startswith("-") else "pk"]


def may_be_empty(model: type[Model], path: str) -> bool:
    """Whether a row can have nothing at ``path``: a column that may be null on the way, or no column at all."""
    if path == "pk":
        return False
    here: Any = model
    for name in path.split("__"):
        try:
            field = here._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if not field.concrete or field.null:
            return True
        here = field.related_model
    return False


def _beyond(path: str, value: Any, *, larger: bool, backward: bool, empty: bool) -> Q | None:
    """Rows strictly on the far side of ``value`` in one ordering; None where there can be none."""
    if value is None:
        return Q(**{f"{path}__isnull": False}) if backward else None
    beyond = Q(**{f"{path}__{'gt' if larger else 'lt'}": value})
    return beyond if backward or not empty else beyond | Q(**{f"{path}__isnull": True})


def after(orderings: list[str], values: list[Any], *, backward: bool, model: type[Model]) -> Q:
    """The condition for rows after (or, ``backward``, before) the row with ``values`` in ``orderings``."""
    condition, same, start = Q(pk__in=()), Q(), Q()
    for n, (ordering, value) in enumerate(zip(orderings, values, strict=True)):
        path, descending = _parts(ordering)
        empty, larger = may_be_empty(model, path), descending == backward
        beyond = _beyond(path, value, larger=larger, backward=backward, empty=empty)
        if beyond is not None:
            condition |= same & beyond
        same &= Q(**({f"{path}__isnull": True} if value is None else {path: value}))
        if n == 0 and value is not None and not empty:
            # Says nothing new, but lets the database open the index at this row instead of reading up to it.
            start = Q(**{f"{path}__{'gte' if larger else 'lte'}": value})
    return start & condition


def order_terms(orderings: list[str], *, backward: bool, model: type[Model]) -> list[Any]:
    """``order_by`` arguments with empty values last (first when going backward).

    Where nothing can be empty nothing is said of it: the plain order is the one that indexes have.
    """
    terms = []
    for ordering in orderings:
        path, descending = _parts(ordering)
        nulls = {"nulls_first" if backward else "nulls_last": True} if may_be_empty(model, path) else {}
        terms.append(F(path).desc(**nulls) if descending != backward else F(path).asc(**nulls))
    return terms


def pack(orderings: list[str], values: list[Any], *, backward: bool) -> str:
    text = json.dumps([orderings, values, backward], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(cursor: str, orderings: list[str]) -> tuple[list[Any], bool]:
    """The values and direction of a cursor. Raises :class:`BadQuery` for a broken one or one of another order."""
    try:
        made, values, backward = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise BadQuery({"cursor": ["游标无效,请从第一页重新取"]}) from None
    wrong = made != orderings or not isinstance(values, list) or len(values) != len(orderings)
    if wrong or not isinstance(backward, bool) or any(isinstance(value, dict | list) for value in values):
        raise BadQuery({"cursor": ["游标与当前排序不符,请从第一页重新取"]})
    return values, backward


class KeysetPagination(BasePagination):
    """``?cursor=`` and ``?page_size=`` (1 to 500). Answers ``{next, previous, results}``."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.size = self._size(request)
        self.orderings = [term for term in queryset.query.order_by if isinstance(term, str)] or ["pk"]
        cursor = request.query_params.get("cursor", "")
        self.backward = False
        self.given = bool(cursor)
        if cursor:
            values, self.backward = unpack(cursor, self.orderings)
            try:
                queryset = queryset.filter(after(self.orderings, values, backward=self.backward, model=queryset.model))
            except (FieldError, ValidationError, ValueError, TypeError):
                raise BadQuery({"cursor": ["游标无效,请从第一页重新取"]}) from None
        terms = order_terms(self.orderings, backward=self.backward, model=queryset.model)
        rows = list(queryset.order_by(*terms)[: self.size + 1])
        self.more = len(rows) > self.size
        rows = rows[: self.size]
        self.rows = rows[::-1] if self.backward else rows
        return self.rows

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size", "")
        if not text:
            return PAGE_SIZE
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
            raise BadQuery({"page_size": [f"每页条数应为1到{MOST}的整数"]})
        return int(text)

    def _link(self, row: Any, *, backward: bool) -> str:
        values = [_value(row, _parts(ordering)[0]) for ordering in self.orderings]
        address = remove_query_param(self.request.build_absolute_uri(), "cursor")
        return replace_query_param(address, "cursor", pack(self.orderings, values, backward=backward))

    def get_paginated_response(self, data: Any) -> Response:
        has_next = self.given if self.backward else self.more
        has_previous = self.more if self.backward else self.given
        return Response(
            {
                "next": self._link(self.rows[-1], backward=False) if has_next and self.rows else None,
                "previous": self._link(self.rows[0], backward=True) if has_previous and self.rows else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "下一页地址;没有则为空"},
                "previous": {**link, "description": "上一页地址;没有则为空"},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "required": False,
                "in": "query",
                "description": "游标,取自上一次应答的 next 或 previous",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "required": False,
                "in": "query",
                "description": f"每页条数,1 到 {MOST},默认 {PAGE_SIZE}",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
            },
        ]
