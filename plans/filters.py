"""Filter sets of plans and open questions: one each for page, export and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from incubators.filters import PortalFilterSet, search_filter
from plans.models import Decision, OpenQuestion, Plan
from plans.planfile.vocab import LABELS
from plans.searching import holding

STATES = [("open", "待定"), ("decided", "已决定")]
BLOCKING = [("true", "未决定不得出数"), ("false", "未决定前按说明处理")]


class PlanFilter(PortalFilterSet):
    q = search_filter("标题、文号或文中用语")
    kind = django_filters.ChoiceFilter(label="类型", empty_label="全部", choices=[*LABELS["plan_kind"].items()])
    year = django_filters.NumberFilter(label="规划期包含的年份", method="filter_year")

    class Meta:
        model = Plan
        fields: list[str] = []

    def filter_q(self, rows: QuerySet[Plan], name: str, value: str) -> QuerySet[Plan]:
        return holding(rows, ("code", "title", "short_title", "document_number", "text"), value)

    def filter_year(self, rows: QuerySet[Plan], name: str, value: Any) -> QuerySet[Plan]:
        """Plans whose period touches the year; one without an end goes on."""
        year = int(value)
        return rows.filter(Q(period_to=None) | Q(period_to__year__gte=year), period_from__year__lte=year)


class QuestionFilter(PortalFilterSet):
    plan = django_filters.ModelChoiceFilter(
        label="规划", queryset=Plan.objects.defer("text", "definition"), to_field_name="code", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(label="状态", empty_label="全部", choices=STATES, method="filter_state")
    blocking = django_filters.ChoiceFilter(label="影响", empty_label="全部", choices=BLOCKING, method="filter_blocking")
    value_kind = django_filters.ChoiceFilter(
        label="内容类型", empty_label="全部", choices=OpenQuestion.ValueKind.choices
    )

    class Meta:
        model = OpenQuestion
        fields: list[str] = []

    def filter_state(self, rows: QuerySet[OpenQuestion], name: str, value: str) -> QuerySet[OpenQuestion]:
        has_decision = Exists(Decision.objects.filter(question=OuterRef("pk")))
        return rows.filter(has_decision if value == "decided" else ~has_decision)

    def filter_blocking(self, rows: QuerySet[OpenQuestion], name: str, value: str) -> QuerySet[OpenQuestion]:
        return rows.filter(blocking=value == "true")
