"""Lists of any kind of record: what may be searched, filtered and sorted, and the cells of one page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import django_filters
from django.db.models import QuerySet

from incubators.exchange.cells import Choice, Reference, YesNo
from incubators.exchange.kinds import Column, Context, Kind
from incubators.filters import PortalFilterSet, search_filter
from incubators.search import TooCommon, by_paths

_CARRIER = ("carrier__name", "carrier__code", "carrier__pinyin")
_ENTERPRISE = ("enterprise__name", "enterprise__uscc", "enterprise__pinyin")
# Where words typed into the search are looked for; pinyin initials and codes count.
SEARCHED: dict[str, tuple[str, ...]] = {
    "enterprises": ("name", "uscc", "pinyin", "former_name"),
    "carriers": ("name", "code", "pinyin", "operator__name"),
    "designations": (*_CARRIER, "title__name", "document"),
    "carrier-sites": (*_CARRIER, "name", "address"),
    "carrier-tags": (*_CARRIER, "tag__name"),
    "carrier-contacts": (*_CARRIER, "name", "duty"),
    "residencies": (*_CARRIER, *_ENTERPRISE, "graduation_number"),
    "qualifications": (*_ENTERPRISE, "certificate", "kind__name"),
    "funds": ("name", "code", "filing_number"),
    "fund-investments": (*_ENTERPRISE, "fund__name", "fund__code"),
    "talents": ("name", *_CARRIER),
    "mentors": ("name", "field", *_CARRIER),
    "mentorships": (*_ENTERPRISE, "mentor__name"),
    "service-platforms": ("name", *_CARRIER),
    "activities": ("title", *_CARRIER),
}
# What a list names a record by, beside its columns: heading and path.
NAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "designations": (("载体", "carrier__name"),),
    **dict.fromkeys(("carrier-sites", "carrier-tags", "carrier-contacts"), (("载体", "carrier__name"),)),
    "residencies": (("企业", "enterprise__name"), ("载体", "carrier__name")),
    "qualifications": (("企业", "enterprise__name"),),
    "fund-investments": (("基金", "fund__name"), ("企业", "enterprise__name")),
    "talents": (("载体", "carrier__name"),),
    "mentors": (("载体", "carrier__name"),),
    "mentorships": (("企业", "enterprise__name"), ("载体", "mentor__carrier__name")),
    "service-platforms": (("载体", "carrier__name"),),
    "activities": (("载体", "carrier__name"),),
    "funds": (("载体", "carrier__name"),),
}
# The columns that a list sorts by: those with an index, because sorting a whole country's records without one takes
# seconds. The first is the order that a list opens in; paths say what is read where the column is a key.
SORTED: dict[str, tuple[str, ...]] = {
    "enterprises": ("uscc", "name", "area_id", "founded_on", "industry", "registered_capital", "staff_count"),
    "carriers": ("code", "name", "kind", "operator_id", "area_id", "owner_area_id", "opened_on", "floor_area"),
    "designations": ("carrier_id", "title_id", "awarded_on", "ended_on"),
    "carrier-sites": ("carrier_id", "valid_from"),
    "carrier-tags": ("carrier_id", "tag_id", "valid_from"),
    "carrier-contacts": ("carrier_id", "name"),
    "residencies": ("enterprise_id", "carrier_id", "entered_on", "incubating_from", "graduated_on", "left_on"),
    "qualifications": ("enterprise_id", "valid_from", "valid_to", "certificate"),
    "funds": ("code", "name", "area_id", "carrier_id", "established_on", "size"),
    "fund-investments": ("fund_id", "enterprise_id", "paid_on", "amount"),
    "talents": ("name", "area_id", "arrived_on"),
    "mentors": ("carrier_id", "name", "engaged_on"),
    "mentorships": ("mentor_id", "enterprise_id", "started_on"),
    "service-platforms": ("name", "kind", "area_id", "built_on"),
    "activities": ("carrier_id", "held_on", "participants"),
}
_READ = {
    "area_id": "area__path",
    "owner_area_id": "owner_area__path",
    "carrier_id": "carrier__code",
    "enterprise_id": "enterprise__uscc",
    "operator_id": "operator__name",
    "title_id": "title__name",
    "fund_id": "fund__code",
    "mentor_id": "mentor__name",
    "tag_id": "tag__order",
}
SHOWN_AT_FIRST = 7


def sorts_of(kind: Kind) -> dict[str, str]:
    """The orders of a kind: column -> path; areas and the like sort by what is read, not by their keys."""
    return {name: _READ.get(name, name) for name in SORTED[kind.code]}


def filter_of(kind: Kind) -> type[Any]:
    """The filter set of a kind: search, and one choice for each column of few options."""
    return _filter_of(kind.code)


@cache
def _filter_of(code: str) -> type[Any]:
    from incubators.exchange import KINDS

    kind = KINDS[code]

    def search(self: Any, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        try:
            return rows.filter(by_paths(kind.model, SEARCHED[code], value.strip(), self.user))
        except TooCommon as common:
            # Not add_error: it takes the value out of what is being gone through.
            self.form.errors[name] = self.form.error_class([str(common)])
            return rows.none()

    attributes: dict[str, Any] = {
        "Meta": type("Meta", (), {"model": kind.model, "fields": []}),
        "search": search,
        "q": search_filter("搜索", method="search", placeholder="名称、代码或拼音首字母"),
    }
    for column in kind.columns(Context(None)):
        if isinstance(column.reader, Choice):
            attributes[column.name] = django_filters.ChoiceFilter(
                label=column.label, choices=[*column.reader.options.items()], empty_label="不限"
            )
    return type(f"{kind.model.__name__}RecordFilter", (PortalFilterSet,), attributes)


def chosen(columns: Sequence[Column], asked: Sequence[str]) -> list[int]:
    """The places of the columns to show: those asked for in the address, or the first few."""
    places = [place for place, column in enumerate(columns) if column.name in asked]
    return places or [*range(min(SHOWN_AT_FIRST, len(columns)))]


def cells(kind: Kind, columns: Sequence[Column], places: Sequence[int], rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """One page of records: key, what names them, the chosen cells as a reader sees them, and whether made up."""
    named = [path for _, path in NAMED.get(kind.code, ())]
    names = [columns[place].name for place in places]
    batch = [*rows.values_list("pk", "is_synthetic", *named, *names)]
    first = 2 + len(named)
    for offset, place in enumerate(places):
        reader = columns[place].reader
        if isinstance(reader, Reference):
            reader.prepare_show(row[first + offset] for row in batch)
    found = []
    for row in batch:
        shown = []
        for offset, place in enumerate(places):
            reader = columns[place].reader
            value = row[first + offset]
            shown.append(
                {
                    "value": None if isinstance(reader, YesNo) and not value else reader.show(value),
                    "kind": reader.kind,
                }
            )
        found.append({"pk": row[0], "is_synthetic": row[1], "named": row[2:first], "cells": shown})
    return found
