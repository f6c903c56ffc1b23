"""Filters of carriers as of any day, and of what belongs to them, for the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters

from incubators.filters import CarrierFilter, CarrierRowsFilter, ValidOn, day_filter, day_range
from incubators.models import CarrierChange, CarrierSite, CarrierTagging
from incubators.selectors import with_standing


class CarrierOnFilter(CarrierFilter):
    """Filters of carriers as of any day, for the API."""

    on = day_filter("级别、称号、标签、状态和在孵企业数按哪一天计(不填为今天)", method="filter_on")

    def filter_on(self, rows: Any, name: str, value: date) -> Any:
        return rows  # what they are that day is added to all of them

    def filter_queryset(self, queryset: Any) -> Any:
        """The rows found, with what they are on the day asked for."""
        return with_standing(super().filter_queryset(queryset), self.day)


class CarrierChangeFilter(CarrierRowsFilter):
    """Filters of changes, for the API."""

    kind = django_filters.ChoiceFilter(choices=CarrierChange.Kind.choices, label="变更事项")
    state = django_filters.ChoiceFilter(choices=CarrierChange.State.choices, label="状态")
    happened_on = day_range("变更日期")
    to_report = django_filters.ChoiceFilter(choices=[("true", "是")], method="filter_to_report", label="待上报")

    class Meta:
        model = CarrierChange
        fields: list[str] = []

    def filter_to_report(self, rows: Any, name: str, value: str) -> Any:
        return rows.to_report()


class CarrierSiteFilter(ValidOn, CarrierRowsFilter):
    """Filters of places, for the API."""

    class Meta:
        model = CarrierSite
        fields: list[str] = []


class CarrierTaggingFilter(ValidOn, CarrierRowsFilter):
    """Filters of tags that carriers bear, for the API."""

    tag = django_filters.CharFilter(field_name="tag__code", label="标签代码")

    class Meta:
        model = CarrierTagging
        fields: list[str] = []
