"""Filter sets of the register: one each for the page, its export and the API.

The query set given is already limited to what the person may see, and every list of choices is made from it, so that
a choice never tells of a record that is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial
from typing import Any

import django_filters
from django import forms
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.forms import DateInput
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_filters.fields import ModelChoiceField, ModelChoiceIterator

from core.filters import SpokenFilterSet
from incubators.models import (
    Area,
    Carrier,
    CarrierTag,
    CarrierTagging,
    Designation,
    Enterprise,
    Level,
    Qualification,
    QualificationKind,
    Residency,
    Title,
    Visit,
)
from incubators.register.lifecycle import State
from incubators.scope import Scope
from incubators.search import SHORTEST, named

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


def search_filter(
    label: str, method: str = "filter_q", placeholder: str = "", shortest: int = SHORTEST
) -> django_filters.CharFilter:
    """Words that a person types; one sign alone would find half the register and is asked to be two. A short list, such
    as that of people by their family names, may be ``shortest`` one."""
    shown = {"placeholder": placeholder} if placeholder else {}
    return django_filters.CharFilter(
        method=method,
        label=label,
        min_length=shortest,
        error_messages={"min_length": "请至少输入两个字或字母"},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", **shown}),
    )


def matches(text: str, *, code: str, prefix: str = "") -> Q:
    """Carriers (``code``) or enterprises (``uscc``) whose name, pinyin initials or code holds ``text``; ``prefix``
    leads to the row."""
    model: Any = {"code": Carrier, "uscc": Enterprise}[code]
    found = named(model, text.strip())
    return Q(**{f"{prefix}in": model.objects.order_by().filter(found).values("pk")}) if prefix else found


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


class _SuggestInput(forms.TextInput):
    """A text box that offers, while one types, what the server finds; without scripts it takes a code or name."""

    chosen = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        offers = f"{name}-offers"
        asks = {"hx-get": reverse("incubators:carrier_offers"), "hx-trigger": "input changed delay:250ms, focus once"}
        asks |= {"hx-target": f"#{offers}", "hx-params": name, "list": offers, "placeholder": "编号、名称或拼音首字母"}
        box = super().render(name, value, {**(attrs or {}), **asks, "autocomplete": "off"}, renderer)
        said = format_html('<small class="muted">{}</small>', self.chosen) if self.chosen else ""
        return format_html('{}<datalist id="{}"></datalist>{}', box, offers, said)


class CarrierNamedField(forms.CharField):
    """A carrier by its code or name among those that the person may see: thousands are not drawn as a list."""

    widget = _SuggestInput
    default_error_messages = {"invalid_choice": "没有“%(value)s”这家载体,或不在您的权限范围内"}
    several = "不止一家载体符合“%(value)s”,请从提示中选一家,或填编号"

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        own = Carrier.objects.visible_to(self.user)
        found = [*own.filter(Q(code=text) | Q(name=text))[:3]] or [*own.filter(matches(text, code="code"))[:2]]
        exact = [row for row in found if row.code == text]
        if len(exact or found) != 1:
            problem = self.several if found else self.error_messages["invalid_choice"]
            raise forms.ValidationError(problem, code="invalid_choice", params={"value": text})
        carrier = (exact or found)[0]
        self.widget.chosen = carrier.name
        return carrier


class CarrierNamedFilter(django_filters.Filter):
    field_class = CarrierNamedField


class PortalFilterSet(SpokenFilterSet):
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

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        """Rows of the area ``value`` or of one below it."""
        # Those among the areas drawn. As keys, so that the database knows how few rows they have.
        drawn = self.form.fields[name].rows
        return rows.filter(**{f"{name}__in": [area.pk for area in drawn if area.path.startswith(value.path)]})

    def areas_to_choose(self) -> Any:
        """The person's own areas, and those where rows of theirs are."""
        return self.own_areas("area")

    def own_areas(self, *columns: str) -> Any:
        """The person's own areas, and those that are in one of ``columns`` of their rows."""
        scope = Scope.of(self.user)
        rows = self.queryset.order_by()
        found = scope.areas()
        for column in () if scope.sees_all else columns:
            if scope.sees_most:  # few areas are left to look at, and very many rows
                there = rows.filter(**{column: OuterRef("pk")})
                found |= Q(pk__in=scope.outside().filter(Exists(there)).values("pk"))
            else:
                found |= Q(pk__in=rows.values(column))
        return Area.objects.filter(found).order_by("path")


def words_of(rows: Any, name: str, *, most: bool) -> Callable[[], list[tuple[str, str]]]:
    """The words that occur in column ``name``, as choices: read when first needed, and then kept. ``most``: ``rows``
    are most of all there are, and words are read off the column's index one by one instead of row by row."""

    @cache
    def words() -> list[tuple[str, str]]:
        if most:
            return [(value, value) for value in _words_by_index(rows, name)]
        values = rows.order_by(name).exclude(**{name: ""}).values_list(name, flat=True).distinct()
        return [(value, value) for value in values]

    return words


def _words_by_index(rows: Any, name: str) -> list[str]:
    table = connection.ops.quote_name(rows.model._meta.db_table)
    column = connection.ops.quote_name(rows.model._meta.get_field(name).column)
    visible, params = rows.order_by().values(name).query.sql_with_params()
    following = f"select min({column}) from {table} where {column} >"  # noqa: S608 - names of our own models
    statement = (
        f"with recursive word(value) as ({following} '' "  # noqa: S608
        f"union all select ({following} word.value) from word where word.value is not null) "
        # Not "exists", which would become a join with all rows: the next word that is seen is read off the index.
        f"select value from word where value = (select seen.{column} from ({visible}) seen "
        f"where seen.{column} >= word.value order by seen.{column} limit 1)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [value for (value,) in cursor.fetchall()]


def _vocabulary() -> Callable[[str], list[tuple[str, str]]]:
    """Choices of levels (the highest first) and of tags, by the name of their filter: one query for both, when first
    needed."""

    @cache
    def rows() -> list[tuple[str, int, str, str]]:
        levels = Level.objects.order_by().values_list(Value("level"), -F("rank"), "code", "name")
        tags = CarrierTag.objects.order_by().values_list(Value("tag"), F("order"), "code", "name")
        return sorted(levels.union(tags, all=True))

    return lambda sort: [(code, name) for kind, _, code, name in rows() if kind == sort]


class CarrierFilter(PortalFilterSet):
    """Filters of carriers. ``level`` is the highest held on :attr:`day`, today unless a filter ``on`` says otherwise."""

    area_filters = ("area",)
    q = search_filter("名称、拼音首字母或编号")
    kind = django_filters.ChoiceFilter(choices=Carrier.Kind.choices, label="类型", empty_label="全部")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )
    level = django_filters.ChoiceFilter(choices=[], method="filter_level", label="最高级别", empty_label="全部")
    title = LoadedFilter(
        queryset=Title.objects.none(), to_field_name="code", method="filter_title", label="现有称号", empty_label="全部"
    )
    tag = django_filters.ChoiceFilter(choices=[], method="filter_tag", label="标签", empty_label="全部")
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
        held = Designation.objects.visible_to(self.user).filter(title=OuterRef("pk"))
        self.filters["title"].queryset = Title.objects.filter(Exists(held))
        self.filters["industry"].extra["choices"] = words_of(rows, "industry", most=Scope.of(self.user).sees_most)
        vocabulary = _vocabulary()
        for name in ("level", "tag"):
            self.filters[name].extra["choices"] = partial(vocabulary, name)

    def areas_to_choose(self) -> Any:
        return self.own_areas("area", "owner_area")

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="code"))

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        # An enclave is found both where it stands and under the area that set it up.
        return rows.filter(pk__in=Carrier.objects.within(value))

    def filter_level(self, rows: Any, name: str, value: str) -> Any:
        ranked = Designation.objects.valid_on(self.day).filter(carrier=OuterRef("pk")).ranked()
        higher = ranked.filter(rank__gt=Subquery(Level.objects.filter(code=value).values("rank")[:1]))
        return rows.filter(Exists(ranked.filter(rank_code=value)), ~Exists(higher))

    def filter_title(self, rows: Any, name: str, value: Title) -> Any:
        held = Designation.objects.valid_on(self.day).filter(carrier=OuterRef("pk"), title=value)
        return rows.filter(Exists(held))

    def filter_tag(self, rows: Any, name: str, value: str) -> Any:
        bears = CarrierTagging.objects.valid_on(self.day).filter(carrier=OuterRef("pk"), tag__code=value)
        return rows.filter(Exists(bears))

    def filter_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "closed":
            return rows.filter(closed_on__lte=self.day)
        return rows.operating_on(self.day)

    @property
    def day(self) -> date:
        """The day as of which titles, levels, tags and states are asked for."""
        return self.form.cleaned_data.get("on") or timezone.localdate()


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
    carrier = CarrierNamedFilter(method="filter_carrier", label="现在所在载体")
    industry = django_filters.ChoiceFilter(choices=[], label="技术领域", empty_label="全部")

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["carrier"].extra["user"] = self.user
        most = Scope.of(self.user).sees_most
        self.filters["industry"].extra["choices"] = words_of(self.queryset, "industry", most=most)

    def _residencies(self) -> Any:
        return Residency.objects.visible_to(self.user).filter(enterprise=OuterRef("pk"))

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="uscc"))

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


class AreaRowsFilter(SpokenFilterSet):
    """Filters of areas, for the API."""

    kind = django_filters.ChoiceFilter(choices=Area.Kind.choices, label="类型")
    parent = django_filters.CharFilter(field_name="parent__code", label="上级区域代码")

    class Meta:
        model = Area
        fields: list[str] = []


class ValidOn(SpokenFilterSet):
    """The filter of rows that hold from one day to another."""

    valid_on = day_filter("该日有效", method="filter_valid")

    def filter_valid(self, rows: Any, name: str, value: date) -> Any:
        return rows.valid_on(value)


class CarrierRowsFilter(SpokenFilterSet):
    """Filters of rows that belong to a carrier, for the API."""

    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号")
    area = django_filters.CharFilter(method="filter_area", label="载体所在或归属区域代码(含下级)")

    def filter_area(self, rows: Any, name: str, value: str) -> Any:
        area = Area.objects.filter(code=value).first()
        if area is None:
            return rows.none()
        return rows.filter(carrier__in=Carrier.objects.within(area))


class DesignationFilter(ValidOn, CarrierRowsFilter):
    """Filters of designations, for the API."""

    title = django_filters.CharFilter(field_name="title__code", label="称号代码")
    level = django_filters.CharFilter(field_name="title__level__code", label="级别代码")
    awarded_on = day_range("认定日期")

    class Meta:
        model = Designation
        fields: list[str] = []


class ResidencyFilter(CarrierRowsFilter):
    """Filters of residencies, for the API."""

    enterprise = django_filters.CharFilter(field_name="enterprise__uscc", label="统一社会信用代码")
    outcome = django_filters.ChoiceFilter(choices=Residency.Outcome.choices, label="结果")
    entered_on = day_range("入驻日期")
    graduated_on = day_range("毕业日期")
    left_on = day_range("离开日期")
    resident_on = day_filter("该日在驻", method="filter_resident")
    incubating_on = day_filter("该日在孵", method="filter_incubating")
    state = django_filters.ChoiceFilter(choices=State.choices, label="今日状态")
    limit_on = day_range("在孵期限")

    class Meta:
        model = Residency
        fields: list[str] = []

    def filter_resident(self, rows: Any, name: str, value: Any) -> Any:
        return rows.resident_on(value)

    def filter_incubating(self, rows: Any, name: str, value: Any) -> Any:
        return rows.incubating_on(value)


class QualificationFilter(ValidOn):
    """Filters of qualifications, for the API."""

    enterprise = django_filters.CharFilter(field_name="enterprise__uscc", label="统一社会信用代码")
    kind = django_filters.CharFilter(field_name="kind__code", label="资质代码")
    valid_from = day_range("生效日期")

    class Meta:
        model = Qualification
        fields: list[str] = []


class VisitFilter(CarrierRowsFilter):
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
