"""Query parameters of REST lists: filters, codes of other records, order and fields. What is not understood is refused
at the parameter as it was written, in Chinese, with what would be accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.plumbing import build_basic_type
from drf_spectacular.types import OpenApiTypes
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from core.api import BadQuery
from core.cursors import with_key

RESERVED = frozenset({"cursor", "page_size", "ordering", "fields", "format"})
_TRUTHS = ("true", "false")
# All numbers that lists are filtered by are years; the calendar of a database has no others.
_LAST_YEAR = 9999
# So many accepted values are named in an error; a longer list is left to its resource.
_MOST_NAMED = 30


@dataclass(frozen=True, slots=True)
class Code:
    """A filter whose value is the code of a record: whose, in which column, and what people call it.

    ``public``: everybody may know that the record exists; otherwise it must be visible to the person.
    """

    model: type[Model]
    noun: str
    column: str = "code"
    public: bool = False

    def check(self, name: str, value: str, user: Any) -> None:
        """Raises :class:`BadQuery` for a code that does not exist, or whose record the person may not see."""
        rows: Any = self.model._default_manager.all()
        if not self.public:
            rows = rows.visible_to(user)
        if not rows.filter(**{self.column: value}).exists():
            hidden = "" if self.public else ",或不在您的权限范围内"
            raise BadQuery({name: [f"没有代码为“{value}”的{self.noun}{hidden}"]})


def first_of_month(day: date) -> None:
    """Validator of a parameter that names a month by its first day. Raises ValidationError for another day of it."""
    if day.day != 1:
        raise ValidationError(f"“{day}”不是月份的首日,请写成 {day.replace(day=1)}")


def parameters_of(filterset: Any) -> dict[str, Any]:
    """Every query parameter that a filter set reads, with its form field; ranges by their ends."""
    return {
        parameter: field for name, field in filterset.form.fields.items() for parameter in _parameters_of(name, field)
    }


def _parameters_of(name: str, field: Any) -> list[str]:
    suffixes = getattr(field.widget, "suffixes", None)
    return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]


class PortalFilterBackend(DjangoFilterBackend):
    """The page's filter set on the API; an unknown parameter or value is refused by name, never ignored."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        known = parameters_of(filterset) if filterset is not None else {}
        refuse_unknown(request, {*known, *RESERVED, *getattr(view, "extra_parameters", ())}, known)
        if filterset is None:
            return queryset
        _check_truths(request, known)
        if not filterset.is_valid():
            raise BadQuery(_in_words(filterset, request))
        for name, code in view.codes.items():
            if value := filterset.form.cleaned_data.get(name):
                code.check(name, value, request.user)
        for name, value in filterset.form.cleaned_data.items():
            if isinstance(value, Decimal) and not 1 <= value <= _LAST_YEAR:
                raise BadQuery({name: [f"“{request.query_params[name]}”超出可用范围,应为1到{_LAST_YEAR}"]})
        return filterset.qs


def refuse_unknown(request: Request, accepted: set[str], named: Mapping[str, Any]) -> None:
    """Raises :class:`BadQuery` for query parameters that are not ``accepted``; ``named`` are said to be available."""
    unknown = sorted(set(request.query_params) - accepted)
    if unknown:
        words = "、".join(sorted(named)) or "无"
        raise BadQuery({name: [f"没有“{name}”这个查询参数;可用的筛选:{words}"] for name in unknown})


def _check_truths(request: Request, known: Mapping[str, Any]) -> None:
    """A three-state field takes any word for "not said"; here only true and false are."""
    for name, field in known.items():
        value = request.query_params.get(name, "")
        if isinstance(field, forms.NullBooleanField) and value and value.lower() not in _TRUTHS:
            raise BadQuery({name: [f"“{value}”不可用,应为 true 或 false"]})


def _in_words(filterset: Any, request: Request) -> dict[str, list[str]]:
    """The errors of a filter set by parameter, saying what was written and what would be accepted."""
    errors: dict[str, list[str]] = {}
    for name, texts in filterset.errors.items():
        field = filterset.form.fields[name]
        parameters = _parameters_of(name, field)
        given = {each: request.query_params.get(each, "") for each in parameters}
        if isinstance(field, forms.DateField) or len(parameters) > 1:
            wrong = {each: value for each, value in given.items() if value and not _is_date(value)}
            words = [str(text) for text in texts]
            errors.update({each: [f"“{value}”不是日期,请写成 2026-10-31"] for each, value in wrong.items()})
            # A date, but not one that the field takes: in the field's own words.
            errors.update({} if wrong else {each: words for each, value in given.items() if value})
        elif isinstance(field, forms.ChoiceField):
            written = "、".join(request.query_params.getlist(name))
            errors[name] = [f"“{written}”不可用;{_accepted(field)}"]
        elif isinstance(field, forms.DecimalField):
            errors[name] = [f"“{given[name]}”不是可用的数字"]
        else:
            errors[name] = [str(text) for text in texts]
    return errors


def _is_date(text: str) -> bool:
    try:
        forms.DateField().clean(text)
    except forms.ValidationError:
        return False
    return True


def _accepted(field: Any) -> str:
    values = [str(value) for value, _ in field.choices if str(value)][: _MOST_NAMED + 1]
    if not values:
        return "在您的权限范围内没有可用的值"
    more = " 等" if len(values) > _MOST_NAMED else ""
    return f"可用:{'、'.join(values[:_MOST_NAMED])}{more}"


class PortalFilterExtension(DjangoFilterExtension):  # type: ignore[no-untyped-call]
    """What the schema says of filters: the types that a filter made by a method does not tell, and the ends of ranges."""

    target_class = "core.api_filters.PortalFilterBackend"
    priority = 1

    def resolve_filter_field(self, auto_schema: Any, model: Any, filterset: Any, name: str, field: Any) -> Any:
        base: Any = super()
        parameters = base.resolve_filter_field(auto_schema, model, filterset, name, field)
        for parameter in parameters:
            if isinstance(field, django_filters.DateFilter):
                parameter["schema"] = build_basic_type(OpenApiTypes.DATE)
            elif not parameter["schema"]:
                parameter["schema"] = build_basic_type(OpenApiTypes.STR)
            ends = {"after": "起,含当日", "before": "止,含当日"}
            for suffix, words in ends.items():
                if len(parameters) > 1 and parameter["name"].endswith(f"_{suffix}"):
                    parameter["description"] = f"{parameter.get('description', '')}({words})"
        return parameters


class OrderingBackend(BaseFilterBackend):
    """``?ordering=-opened_on,code`` from the view's ``orderings``; other names are refused."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset.order_by(*self.chosen(request, view))

    @staticmethod
    def chosen(request: Request, view: Any) -> list[str]:
        """The ORM orderings asked for (or the view's own), always ending in the key so that no two rows tie."""
        asked = [*_names(request, "ordering")]
        orderings: dict[str, str] = view.orderings
        paths = []
        for name in asked or view.default_ordering:
            path = orderings.get(name.removeprefix("-"))
            if path is None:
                raise BadQuery({"ordering": [f"不能按“{name}”排序;可用:{'、'.join(sorted(orderings))}"]})
            paths.append(f"-{path}" if name.startswith("-") else path)
        return with_key(paths)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What the schema says of the parameters that every list has."""
        names = "、".join(sorted(getattr(view, "orderings", {})))
        return [
            parameter_of("ordering", f"排序字段,逗号分隔,前加 - 为倒序。可用:{names}"),
            parameter_of("fields", "只要这些字段,逗号分隔"),
        ]


def parameter_of(name: str, description: str) -> dict[str, Any]:
    """A text parameter of the query, as the schema writes it."""
    return {"name": name, "required": False, "in": "query", "description": description, "schema": {"type": "string"}}


def _names(request: Request, parameter: str) -> Iterator[str]:
    return (part.strip() for part in request.query_params.get(parameter, "").split(",") if part.strip())


def narrow(serializer: Any, request: Request) -> Any:
    """Leave only the fields named in ``?fields=``. Raises :class:`BadQuery` for a name that does not exist."""
    asked = [*_names(request, "fields")]
    if not asked:
        return serializer
    fields = getattr(serializer, "child", serializer).fields
    unknown = [name for name in asked if name not in fields]
    if unknown:
        raise BadQuery({"fields": [f"没有“{'、'.join(unknown)}”字段;可用:{'、'.join(fields)}"]})
    for name in set(fields) - set(asked):
        fields.pop(name)
    return serializer
