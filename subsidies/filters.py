"""Filter sets of awards, runs, rules and municipal grants: one each for the page, its export and the API.

Plans and rules are public, so each may be chosen, also before anything was computed by it. Other choices come from the
rows that the person may see, so that a choice never tells of a record that is not theirs.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet

from incubators.filters import PortalFilterSet, matches, search_filter
from plans.models import Plan
from plans.searching import holding
from subsidies.models import Award, AwardRun, AwardShare, PayerGrant, Rule
from subsidies.selectors import plans_with_rules

AMOUNTS = [("ceiling", "有上限"), ("proposed", "有测算金额"), ("granted", "已核定")]
SEARCH = "载体名称、拼音或编号"


def _years(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    values = rows.order_by("-year").values_list("year", flat=True).distinct()
    return [(year, f"{year}年度") for year in values]


def _year_filter() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=[], label="年度", empty_label="全部")


class AwardFilter(PortalFilterSet):
    """Filters of awards."""

    q = search_filter(SEARCH)
    year = _year_filter()
    plan = django_filters.ModelChoiceFilter(
        queryset=Plan.objects.none(), to_field_name="code", field_name="rule__plan", label="规划", empty_label="全部"
    )
    rule = django_filters.ModelChoiceFilter(
        queryset=Rule.objects.none(), to_field_name="code", label="规则", empty_label="全部"
    )
    # Tabs choose the verdict, links the carrier, the payer's amounts and the run; the filter bar carries them along.
    verdict = django_filters.ChoiceFilter(
        choices=Award.Verdict.choices, label="结论", empty_label="全部", widget=forms.HiddenInput
    )
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号", widget=forms.HiddenInput)
    payer = django_filters.ChoiceFilter(
        choices=AwardShare.Payer.choices, method="filter_payer", label="出资方", widget=forms.HiddenInput
    )
    amount = django_filters.ChoiceFilter(
        choices=AMOUNTS, method="filter_amount", label="金额", widget=forms.HiddenInput
    )
    written = django_filters.NumberFilter(
        field_name="run", label="由哪次测算写入", min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
    )
    state = django_filters.ChoiceFilter(choices=Award.State.choices, label="办理状态", empty_label="全部")

    class Meta:
        model = Award
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.queryset)
        self.filters["rule"].queryset = Rule.objects.defer("definition", "quote")
        self.filters["plan"].queryset = plans_with_rules()

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code", prefix="carrier__"))

    def filter_payer(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Exists(AwardShare.objects.filter(award=OuterRef("pk"), payer=value)))

    def filter_amount(self, rows: Any, name: str, value: str) -> Any:
        """Awards with that amount; with a payer chosen too, that payer's."""
        shares = AwardShare.objects.filter(award=OuterRef("pk"), **{f"{value}__isnull": False})
        payer = self.form.cleaned_data.get("payer")
        return rows.filter(Exists(shares.filter(payer=payer) if payer else shares))


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
        self.filters["plan"].queryset = plans_with_rules()


class RuleFilter(PortalFilterSet):
    """Filters of rules. Rules are public, as the plans are."""

    q = search_filter("规则名称、代码或原文")
    plan = django_filters.ModelChoiceFilter(
        queryset=Plan.objects.none(), to_field_name="code", label="规划", empty_label="全部"
    )

    class Meta:
        model = Rule
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["plan"].queryset = plans_with_rules()

    def filter_q(self, rows: QuerySet[Rule], name: str, value: str) -> QuerySet[Rule]:
        return holding(rows, ("code", "name", "quote"), value)


class PayerGrantFilter(PortalFilterSet):
    """Filters of what the city approved."""

    q = search_filter(SEARCH)
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
