"""Filter sets of the register: one each for the page, its export and the API.

The query set given is already limited to what the person may see, and every list of choices is made from it, so that
a choice never tells of a record that is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.forms import DateInput
from django.utils import timezone
from django_filters.fields import ModelChoiceField, ModelChoiceIterator

from incubators.models import (
    Area,
    Carrier,
    Designation,
    Enterprise,
    Level,
    Qualification,
    QualificationKind,
    Residency,
    Title,
    Visit,
)
from incubators.scope import Scope

PLACES = [("inside", "在载体内"), ("incubating", "在孵"), ("outside", "不在载体内")]


class _DayInput(DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def day_filter(label: str, **kwargs: Any) -> django_filters.DateFilter:
    return django_filters.DateFilter(label=label, widget=_DayInput, **kwargs)


def day_range(label: str, **kwargs: Any) -> django_filters.DateFromToRangeFilter:
    """``?name_after=&name_before=``, both days included."""
    return django_filters.DateFromToRangeFilter(label=label, **kwargs)


def search_filter(label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(
        method="filter_q", label=label, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"})
    )


def matches(text: str, *, code: str, prefix: str = "") -> Q:
    """Rows whose name, pinyin initials or ``code`` field holds ``text``; ``prefix`` leads to the row."""
    text = text.strip()
    found = Q(**{f"{prefix}name__icontains": text}) | Q(**{f"{prefix}{code}__istartswith": text})
    if text.isascii():
        found |= Q(**{f"{prefix}pinyin__contains": text.replace(" ", "").lower()})
    return found


class _LoadedIterator(ModelChoiceIterator):
    """The choices drawn, from the rows that the field has loaded."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for row in self.field.rows:
            yield self.choice(row)

    def __len__(self) -> int:
        return len(self.field.rows) + (self.field.empty_label is not None)


class LoadedField(ModelChoiceField):
    """A choice among few rows. They are read once: to find what was chosen, and to draw the list."""

    iterator = _LoadedIterator
    default_error_messages = {"invalid_choice": "没有“%(value)s”这一项,请重新选择"}

    @property
    def rows(self) -> list[Any]:
        """The rows to choose from. Django copies a field for each form, with a query set not yet evaluated."""
        return list(self.queryset)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        key = self.to_field_name or "pk"
        found = next((row for row in self.rows if str(getattr(row, key)) == str(value)), None)
        if found is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        return found


class LoadedFilter(django_filters.ModelChoiceFilter):
    """Choice among few rows, read once a request."""

    field_class = LoadedField


class AreaField(LoadedField):
    """Areas drawn as a tree: those further down are set in."""

    def label_from_instance(self, obj: Area) -> str:
        return "\u3000" * max(0, obj.path.count("/") - getattr(self, "depth", 99)) + obj.name


class AreaFilter(LoadedFilter):
    field_class = AreaField


class PortalFilterSet(django_filters.FilterSet):
    """What every filter set of the portal shares: who asks (:attr:`user`), and areas that are chosen with all below."""

    # Names of filters whose choices are areas.
    area_filters: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A field made once on the class (as the schema does) would be copied here with choices of nobody.
        for chosen in self.filters.values():
            chosen.__dict__.pop("_field", None)
        paths = Scope.of(self.user).area_paths
        for name in self.area_filters:
            self.filters[name].queryset = self.areas_to_choose()
            self.filters[name].field.depth = min((path.count("/") for path in paths), default=99)

    @property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    def areas_to_choose(self) -> Any:
        """The person's own areas, and those where rows of theirs are."""
        rows = self.queryset.order_by().values("area")
        return Area.objects.filter(Scope.of(self.user).areas() | Q(pk__in=rows)).order_by("path")


def words_of(rows: Any, name: str) -> Callable[[], list[tuple[str, str]]]:
    """The words that occur in column ``name``, as choices: read when first needed, and then kept."""

    @cache
    def words() -> list[tuple[str, str]]:
        values = rows.order_by(name).exclude(**{name: ""}).values_list(name, flat=True).distinct()
        return [(value, value) for value in values]

    return words


class CarrierFilter(PortalFilterSet):
    """Filters of carriers. ``level`` is the highest held today."""

    area_filters = ("area",)
    q = search_filter("名称、拼音首字母或编号")
    kind = django_filters.ChoiceFilter(choices=Carrier.Kind.choices, label="类型", empty_label="全部")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )
    level = LoadedFilter(
        queryset=Level.objects.all(), to_field_name="code", method="filter_level", label="最高级别", empty_label="全部"
    )
    title = LoadedFilter(
        queryset=Title.objects.none(), to_field_name="code", method="filter_title", label="现有称号", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(
        choices=[("operating", "运营中"), ("closed", "已关闭")],
        method="filter_state",
        label="状态",
        empty_label="全部",
    )
    industry = django_filters.ChoiceFilter(choices=[], label="主导领域", empty_label="全部")

    class Meta:
        model = Carrier
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.queryset
        held = Designation.objects.filter(carrier__in=rows.order_by().values("pk"), title=OuterRef("pk"))
        self.filters["title"].queryset = Title.objects.filter(Exists(held))
        self.filters["industry"].extra["choices"] = words_of(rows, "industry")

    def areas_to_choose(self) -> Any:
        owners = self.queryset.order_by().values("owner_area")
        own = Scope.of(self.user).areas()
        places = self.queryset.order_by().values("area")
        return Area.objects.filter(own | Q(pk__in=places) | Q(pk__in=owners)).order_by("path")

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code"))

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        # An enclave is found both where it stands and under the area that set it up.
        return rows.filter(Q(area__path__startswith=value.path) | Q(owner_area__path__startswith=value.path))

    def filter_level(self, rows: Any, name: str, value: Level) -> Any:
        today = Designation.objects.valid_on(timezone.localdate()).filter(carrier=OuterRef("pk"))
        higher = today.filter(title__level__rank__gt=value.rank)
        return rows.filter(Exists(today.filter(title__level=value)), ~Exists(higher))

    def filter_title(self, rows: Any, name: str, value: Title) -> Any:
        held = Designation.objects.valid_on(timezone.localdate()).filter(carrier=OuterRef("pk"), title=value)
        return rows.filter(Exists(held))

    def filter_state(self, rows: Any, name: str, value: str) -> Any:
        today = timezone.localdate()
        if value == "closed":
            return rows.filter(closed_on__lte=today)
        return rows.operating_on(today)


class EnterpriseFilter(PortalFilterSet):
    """Filters of enterprises. What is said of carriers counts only those that the person may see."""

    area_filters = ("area",)
    q = search_filter("名称、拼音首字母或代码")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="注册区域", empty_label="全部"
    )
    qualification = LoadedFilter(
        queryset=QualificationKind.objects.all(),
        to_field_name="code",
        method="filter_qualification",
        label="有效资质",
        empty_label="全部",
    )
    place = django_filters.ChoiceFilter(choices=PLACES, method="filter_place", label="入驻情况", empty_label="全部")
    carrier = LoadedFilter(
        queryset=Carrier.objects.none(),
        to_field_name="code",
        method="filter_carrier",
        label="现在所在载体",
        empty_label="全部",
    )
    industry = django_filters.ChoiceFilter(choices=[], label="技术领域", empty_label="全部")

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.queryset
        self.filters["carrier"].queryset = Carrier.objects.visible_to(self.user).order_by("name")
        self.filters["industry"].extra["choices"] = words_of(rows, "industry")

    def _residencies(self) -> Any:
        return Residency.objects.visible_to(self.user).filter(enterprise=OuterRef("pk"))

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="uscc"))

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        return rows.filter(area__path__startswith=value.path)

    def filter_qualification(self, rows: Any, name: str, value: QualificationKind) -> Any:
        valid = Qualification.objects.valid_on(timezone.localdate()).filter(enterprise=OuterRef("pk"), kind=value)
        return rows.filter(Exists(valid))

    def filter_place(self, rows: Any, name: str, value: str) -> Any:
        today = timezone.localdate()
        if value == "incubating":
            return rows.filter(Exists(self._residencies().incubating_on(today)))
        inside = Exists(self._residencies().resident_on(today))
        return rows.filter(inside if value == "inside" else ~inside)

    def filter_carrier(self, rows: Any, name: str, value: Carrier) -> Any:
        today = timezone.localdate()
        return rows.filter(Exists(self._residencies().resident_on(today).filter(carrier=value)))


class AreaRowsFilter(django_filters.FilterSet):
    """Filters of areas, for the API."""

    kind = django_filters.ChoiceFilter(choices=Area.Kind.choices, label="类型")
    parent = django_filters.CharFilter(field_name="parent__code", label="上级区域代码")

    class Meta:
        model = Area
        fields: list[str] = []


class _CarrierRowsFilter(django_filters.FilterSet):
    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号")
    area = django_filters.CharFilter(method="filter_area", label="载体所在或归属区域代码(含下级)")

    def filter_area(self, rows: Any, name: str, value: str) -> Any:
        area = Area.objects.filter(code=value).first()
        if area is None:
            return rows.none()
        place, owner = Q(carrier__area__path__startswith=area.path), Q(carrier__owner_area__path__startswith=area.path)
        return rows.filter(place | owner)


class DesignationFilter(_CarrierRowsFilter):
    """Filters of designations, for the API."""

    title = django_filters.CharFilter(field_name="title__code", label="称号代码")
    level = django_filters.CharFilter(field_name="title__level__code", label="级别代码")
    awarded_on = day_range("认定日期")
    valid_on = day_filter("该日有效", method="filter_valid")

    class Meta:
        model = Designation
        fields: list[str] = []

    def filter_valid(self, rows: Any, name: str, value: Any) -> Any:
        return rows.valid_on(value)


class ResidencyFilter(_CarrierRowsFilter):
    """Filters of residencies, for the API."""

    enterprise = django_filters.CharFilter(field_name="enterprise__uscc", label="统一社会信用代码")
    outcome = django_filters.ChoiceFilter(choices=Residency.Outcome.choices, label="结果")
    entered_on = day_range("入驻日期")
    graduated_on = day_range("毕业日期")
    left_on = day_range("离开日期")
    resident_on = day_filter("该日在驻", method="filter_resident")
    incubating_on = day_filter("该日在孵", method="filter_incubating")

    class Meta:
        model = Residency
        fields: list[str] = []

    def filter_resident(self, rows: Any, name: str, value: Any) -> Any:
        return rows.resident_on(value)

    def filter_incubating(self, rows: Any, name: str, value: Any) -> Any:
        return rows.incubating_on(value)


class QualificationFilter(django_filters.FilterSet):
    """Filters of qualifications, for the API."""

    enterprise = django_filters.CharFilter(field_name="enterprise__uscc", label="统一社会信用代码")
    kind = django_filters.CharFilter(field_name="kind__code", label="资质代码")
    valid_from = day_range("生效日期")
    valid_on = day_filter("该日有效", method="filter_valid")

    class Meta:
        model = Qualification
        fields: list[str] = []

    def filter_valid(self, rows: Any, name: str, value: Any) -> Any:
        return rows.valid_on(value)


class VisitFilter(_CarrierRowsFilter):
    """Filters of visits, for the API."""

    visited_on = day_range("走访日期")
    open = django_filters.ChoiceFilter(
        choices=[("true", "是"), ("false", "否")], method="filter_open", label="有未办结的后续事项"
    )

    class Meta:
        model = Visit
        fields: list[str] = []

    def filter_open(self, rows: Any, name: str, value: str) -> Any:
        waiting = Q(closed_on=None) & ~Q(follow_up="")
        return rows.filter(waiting if value == "true" else ~waiting)
