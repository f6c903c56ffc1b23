"""Filter sets of evaluations: one each for page, export and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from core.filters import SpokenFilterSet
from evaluations.models import Cycle, ExpertScore, Frame, GradeRecord, Result, Scheme
from incubators.filters import AreaFilter, PortalFilterSet, matches, search_filter
from incubators.models import Area, Carrier
from incubators.scope import Scope

STATES = [("scored", "有总分"), ("missing", "缺数据"), ("all", "全部")]


class _ByCarrier(PortalFilterSet):
    """Rows that hang on a carrier: found by its name, kind and the area it is credited to or stands in."""

    area_filters = ("area",)
    q = search_filter("载体名称或编号")
    kind = django_filters.ChoiceFilter(
        field_name="carrier__kind", choices=Carrier.Kind.choices, label="类型", empty_label="全部"
    )
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )

    def areas_to_choose(self) -> Any:
        owners = self.queryset.order_by().values("carrier__owner_area")
        return Area.objects.filter(Scope.of(self.user).areas() | Q(pk__in=owners)).order_by("path")

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code", prefix="carrier__"))

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        place = Q(carrier__area__path__startswith=value.path)
        return rows.filter(place | Q(carrier__owner_area__path__startswith=value.path))


def _words(rows: Any, name: str) -> list[tuple[str, str]]:
    values = rows.order_by(name).exclude(**{name: ""}).values_list(name, flat=True).distinct()
    return [(value, value) for value in values]


class ResultFilter(_ByCarrier):
    """Results of one cycle."""

    grade = django_filters.ChoiceFilter(choices=[], label="等次", empty_label="全部")
    state = django_filters.ChoiceFilter(choices=STATES, method="filter_state", label="总分", empty_label=None)

    class Meta:
        model = Result
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.queryset
        self.filters["grade"].extra["choices"] = lambda: _words(rows, "grade")

    def filter_state(self, rows: Any, name: str, value: str) -> Any:
        return rows if value == "all" else rows.filter(score__isnull=value == "missing")


class OrganiserResultFilter(ResultFilter):
    """Results of one cycle for who organises it: also those that an expert has to score (``done``: whether all the
    expert's items of the carrier are scored). It tells nobody's scores, but who judges whom: no one else may ask."""

    expert = django_filters.CharFilter(method="filter_expert", label="专家", widget=forms.HiddenInput)
    done = django_filters.ChoiceFilter(
        choices=[("yes", "已评完"), ("no", "未评完")], method="filter_done", label="评分", widget=forms.HiddenInput
    )

    def _scores(self) -> Any:
        rows = ExpertScore.objects.filter(cycle=OuterRef("cycle"), carrier=OuterRef("carrier"))
        return rows.filter(expert__username=self.form.cleaned_data.get("expert"))

    def filter_expert(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Exists(self._scores()))

    def filter_done(self, rows: Any, name: str, value: str) -> Any:
        left = Exists(self._scores().filter(score=None))
        return rows.filter(~left if value == "yes" else left)


class ResultRowsFilter(ResultFilter):
    """Results of any cycle, for the API."""

    cycle = django_filters.CharFilter(field_name="cycle__code", label="评价周期代码")
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号")
    year = django_filters.NumberFilter(field_name="cycle__year", label="年度")


class GradeRecordFilter(_ByCarrier):
    """Grades given in official evaluations."""

    year = django_filters.ChoiceFilter(choices=[], label="年度", empty_label="全部")
    frame = django_filters.ModelChoiceFilter(
        queryset=Frame.objects.none(), to_field_name="code", label="评价", empty_label="全部"
    )

    # Links choose the carrier; the filter bar only carries it along.
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号", widget=forms.HiddenInput)

    class Meta:
        model = GradeRecord
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.queryset
        self.filters["frame"].queryset = Frame.objects.filter(pk__in=rows.order_by().values("frame"))
        years = rows.order_by("-year").values_list("year", flat=True).distinct
        self.filters["year"].extra["choices"] = lambda: [(str(year), f"{year}年") for year in years()]


class CycleFilter(PortalFilterSet):
    area_filters = ("area",)
    year = django_filters.ChoiceFilter(choices=[], label="年度", empty_label="全部")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(choices=Cycle.State.choices, label="状态", empty_label="全部")

    class Meta:
        model = Cycle
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = self.queryset.order_by("-year").values_list("year", flat=True).distinct
        self.filters["year"].extra["choices"] = lambda: [(str(year), f"{year}年") for year in years()]

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        return rows.filter(area__path__startswith=value.path)


class SchemeFilter(SpokenFilterSet):
    """Filters of schemes, for the API."""

    code = django_filters.CharFilter(label="代码")
    is_demonstration = django_filters.BooleanFilter(label="演示方案")

    class Meta:
        model = Scheme
        fields: list[str] = []
