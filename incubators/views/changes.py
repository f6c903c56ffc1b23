"""The trail of changes, for auditors: who changed what, when, through which door, from what to what, and why."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.listing import Listing, ListSpec
from core.models import Change
from core.spreadsheets import Column
from incubators import audit
from incubators.filters import PortalFilterSet, day_filter, search_filter


class ChangeFilter(PortalFilterSet):
    """Filters of the trail; choices are those that occur in what the person may read."""

    q = search_filter("记录或动作")
    record_label = django_filters.ChoiceFilter(choices=[], label="记录类型", empty_label="全部")
    actor_name = django_filters.CharFilter(lookup_expr="icontains", label="操作人")
    channel = django_filters.ChoiceFilter(choices=Change.Channel.choices, label="渠道", empty_label="全部")
    at_after = day_filter("起始日期", field_name="at", lookup_expr="date__gte")
    at_before = day_filter("截止日期", field_name="at", lookup_expr="date__lte")

    class Meta:
        model = Change
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.queryset
        self.filters["record_label"].extra["choices"] = lambda: sorted(
            (
                (label, audit.label_words(label))
                for label in rows.order_by().values_list("record_label", flat=True).distinct()
            ),
            key=lambda choice: choice[1],
        )

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(record_name__icontains=value.strip()) | Q(action__icontains=value.strip()))


def _text(change: Change) -> str:
    return ";".join(f"{name}:{_shown(before)} → {_shown(after)}" for name, before, after in audit.differences(change))


def _shown(value: Any) -> str:
    if value in (None, ""):
        return "(空)"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


LIST = ListSpec(
    filterset=ChangeFilter,
    sorts={"at": "at", "actor": "actor_name", "action": "action", "record": "record_name"},
    default_sort="-at",
    file_name="变更记录",
    columns=(
        Column("时间", "at"),
        Column("操作人", "actor_name"),
        Column("渠道", lambda row: row.get_channel_display()),
        Column("动作", "action"),
        Column("记录类型", lambda row: audit.label_words(row.record_label)),
        Column("记录", "record_name", width=36),
        Column("变更内容", _text, width=60),
        Column("原因", "reason", width=30),
    ),
)


def _describe(batch: list[Change]) -> list[Change]:
    for change in batch:
        shown: Any = change
        shown.label_words = audit.label_words(change.record_label)
        shown.differences = [(name, _shown(before), _shown(after)) for name, before, after in audit.differences(change)]
    return batch


@require_safe
def change_list(request: HttpRequest) -> HttpResponseBase:
    """The trail, newest first."""
    listing = Listing(request, audit.changes_for(request.user), LIST, decorate=_describe)
    if listing.export_format:
        return listing.export()
    return render(request, "incubators/change_list.html", {"listing": listing, "page": listing.page()})
