"""The trail of changes, for auditors: who changed what, when, through which door, from what to what, and why."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import trail_chain
from core.forms import PortalForm
from core.listing import Listing, ListSpec
from core.models import Change
from core.spreadsheets import Column
from incubators import audit
from incubators.filters import PortalFilterSet, day_filter, search_filter

DAYS = 31  # on the page of daily figures
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class ChangeFilter(PortalFilterSet):
    """Filters of the trail; choices are those that occur in what the person may read."""

    q = search_filter("记录、动作或请求编号")
    words = django_filters.CharFilter(method="filter_words", label="变更内容或原因含")
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

        @cache
        def labels() -> list[tuple[str, str]]:
            found = rows.order_by().values_list("record_label", flat=True).distinct()
            return sorted(((label, audit.label_words(label)) for label in found), key=lambda choice: choice[1])

        self.filters["record_label"].extra["choices"] = labels

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        text = value.strip()
        return rows.filter(Q(record_name__icontains=text) | Q(action__icontains=text) | Q(request_id=text))

    def filter_words(self, rows: Any, name: str, value: str) -> Any:
        text = value.strip()
        # A line break or a quotation mark within a value is escaped where it is kept.
        kept = json.dumps(text, ensure_ascii=False)[1:-1]
        return rows.filter(Q(before__icontains=kept) | Q(after__icontains=kept) | Q(reason__icontains=text))


def changed_words(change: Change) -> str:
    """What a change changed, in one line."""
    shown = getattr(change, "differences", None) or audit.differences(change)
    return ";".join(f"{name}:{before} → {after}" for name, before, after in shown)


LIST = ListSpec(
    filterset=ChangeFilter,
    sorts={"at": "number", "actor": "actor_name", "action": "action", "record": "record_name"},
    default_sort="-at",
    file_name="变更记录",
    columns=(
        Column("序号", "number", "number"),
        Column("时间", "at"),
        Column("操作人", "actor_name"),
        Column("渠道", lambda row: row.get_channel_display()),
        Column("动作", "action"),
        Column("记录类型", lambda row: audit.label_words(row.record_label)),
        Column("记录", "record_name", width=36),
        Column("变更内容", changed_words, width=60),
        Column("原因", "reason", width=30),
        Column("请求编号", "request_id", width=34),
        Column("校验值", "digest", width=66),
    ),
)


def _describe(batch: list[Change]) -> list[Change]:
    codes = audit.find_codes(batch)
    for change in batch:
        shown: Any = change
        shown.label_words = audit.label_words(change.record_label)
        shown.differences = audit.differences(change, codes)
    return batch


@require_safe
def change_list(request: HttpRequest) -> HttpResponseBase:
    """The trail, newest first."""
    listing = Listing(request, audit.changes_for(request.user), LIST, decorate=_describe)
    if listing.export_format:
        return listing.export()
    return render(request, "incubators/change_list.html", {"listing": listing, "page": listing.page()})


class PaperForm(PortalForm):
    """A figure as it stands on paper, to be compared with the trail."""

    number = forms.IntegerField(label="条数", min_value=0, max_value=2**62, widget=forms.TextInput(_DIGITS))
    digest = forms.CharField(label="校验值", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def clean_digest(self) -> str:
        digest = "".join(self.cleaned_data["digest"].split()).lower()
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise forms.ValidationError("校验值应为64位,由数字0至9和字母a至f组成;空格不计")
        return digest


@require_safe
def change_days(request: HttpRequest) -> HttpResponseBase:
    """The figures of the last days, each with its paper; and whether one on paper still fits."""
    form = PaperForm(request.GET if "digest" in request.GET else None)
    agrees = trail_chain.agrees(**form.cleaned_data) if form.is_bound and form.is_valid() else None
    figures = [each for each in trail_chain.figures(timezone.localdate(), DAYS) if each.number]
    context = {"figures": figures, "form": form, "agrees": agrees, "today": timezone.localdate()}
    return render(request, "incubators/change_days.html", context)


@require_safe
def change_day(request: HttpRequest, day: str) -> HttpResponseBase:
    """The figure of one day that has ended, as a paper to sign."""
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if not date(2000, 1, 1) <= on < timezone.localdate():
        raise Http404
    (figure,) = trail_chain.figures(on, 1)
    return render(request, "incubators/change_day.html", {"figure": figure})
