"""Filter sets of rosters and of their lines: one each for page, export and REST."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q

from core.templatetags.badge_words import words_for
from incubators.filters import AreaFilter, LoadedFilter, PortalFilterSet, search_filter
from incubators.models import Area, Carrier, Roster, RosterEntry

# What addresses and the API ask for, in the words of the badges.
STATES = [
    (asked, words_for("roster", state).word)
    for asked, state in (("in_force", "confirmed"), ("replaced", "replaced"), ("draft", "draft"))
]


class RosterFilter(PortalFilterSet):
    """Filters of rosters: one set for page and REST."""

    area_filters = ("area",)
    kind = django_filters.ChoiceFilter(choices=Roster.Kind.choices, label="种类", empty_label="全部")
    year = django_filters.NumberFilter(label="年度", widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}))
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="filter_state", label="状态", empty_label="全部")

    class Meta:
        model = Roster
        fields: list[str] = []

    def filter_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "draft":
            return rows.filter(state=Roster.State.DRAFT)
        if value == "in_force":
            return rows.in_force()
        return rows.replaced()


class RosterEntryFilter(PortalFilterSet):
    """Filters of the lines of a roster, by what they say; one set for page, export and REST."""

    q = search_filter("名称、代码或毕业编号")
    carrier = LoadedFilter(queryset=Carrier.objects.none(), to_field_name="code", label="载体", empty_label="全部")

    class Meta:
        model = RosterEntry
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = self.queryset.order_by().values("carrier")
        self.filters["carrier"].queryset = Carrier.objects.filter(pk__in=there).order_by("name")

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        text = value.strip()
        found = Q(name__icontains=text) | Q(uscc__istartswith=text) | Q(graduation_number__istartswith=text)
        if text.isascii():
            found |= Q(pinyin__contains=text.replace(" ", "").lower())
        return rows.filter(found)
