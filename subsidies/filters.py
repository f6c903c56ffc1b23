"""Filter sets of awards, runs, rules and municipal grants: one each for the page, its export and the API.

Choices come from the rows that the person may see, so that a choice never tells of a record that is not theirs.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from incubators.filters import PortalFilterSet, matches, search_filter
from plans.models import Plan
from subsidies.models import Award, AwardRun, PayerGrant, Rule


def _years(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    values = rows.order_by("-year").values_list("year", flat=True).distinct()
    return [(year, f"{year}年度") for year in values]


def _year_filter() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=[], label="年度", empty_label="全部")


class AwardFilter(PortalFilterSet):
    """Filters of awards."""

    q = search_filter("载体名称、拼音首字母或编号")
    year = _year_filter()
    plan = django_filters.ModelChoiceFilter(
        queryset=Plan.objects.none(), to_field_name="code", field_name="rule__plan", label="规划", empty_label="全部"
    )
    rule = django_filters.ModelChoiceFilter(
        queryset=Rule.objects.none(), to_field_name="code", label="规则", empty_label="全部"
    )
    # Tabs choose the verdict, links the carrier; the filter bar only carries them along.
    verdict = django_filters.ChoiceFilter(
        choices=Award.Verdict.choices, label="结论", empty_label="全部", widget=forms.HiddenInput
    )
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号", widget=forms.HiddenInput)
    state = django_filters.ChoiceFilter(choices=Award.State.choices, label="办理状态", empty_label="全部")

    class Meta:
        model = Award
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = self.queryset.order_by().values("rule")
        self.filters["year"].extra["choices"] = _years(self.queryset)
        self.filters["rule"].queryset = Rule.objects.filter(pk__in=rules).defer("definition", "quote")
        self.filters["plan"].queryset = (
            Plan.objects.filter(rules__in=rules).distinct().only("code", "short_title", "title")
        )

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code", prefix="carrier__"))


class RunFilter(PortalFilterSet):
    """Filters of computations."""

    plan = django_filters.ModelChoiceFilter(
        queryset=Plan.objects.none(), to_field_name="code", label="规划", empty_label="全部"
    )
    year = _year_filter()

    class Meta:
        model = AwardRun
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.queryset)
        plans = self.queryset.order_by().values("plan")
        self.filters["plan"].queryset = Plan.objects.filter(pk__in=plans).only("code", "short_title", "title")


class RuleFilter(PortalFilterSet):
    """Filters of rules. Rules are public, as the plans are."""

    plan = django_filters.ModelChoiceFilter(
        queryset=Plan.objects.only("code", "short_title", "title"),
        to_field_name="code",
        label="规划",
        empty_label="全部",
    )

    class Meta:
        model = Rule
        fields: list[str] = []


class PayerGrantFilter(PortalFilterSet):
    """Filters of what the city approved."""

    q = search_filter("载体名称、拼音首字母或编号")
    year = _year_filter()
    kind = django_filters.ChoiceFilter(choices=PayerGrant.Kind.choices, label="种类", empty_label="全部")
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号", widget=forms.HiddenInput)

    class Meta:
        model = PayerGrant
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.queryset)

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code", prefix="carrier__"))
