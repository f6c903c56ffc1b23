"""What monthly reports are over REST: their filters, and their fields, those among them that are judged of a report and the
calendars and closes around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any

import django_filters
from django.utils import timezone
from rest_framework import serializers

from core.api_filters import first_of_month
from core.filters import SpokenFilterSet
from incubators.api.asking import AreaSeen
from incubators.api.serializers import CarrierBrief, PersonName, link, words
from incubators.models import Carrier, MonthClose, MonthlyReport
from incubators.reporting.calendar import Calendars
from incubators.reporting.closing import Closes
from incubators.reporting.conditions import Conditions, months_held, with_sent
from incubators.reporting.fields import BY_CODE, TEXT_BY_CODE
from incubators.reporting.timing import Timing, first_sent
from incubators.reporting.workflow import EDITABLE

_WORKFLOW = ("state", "revision", "is_current", "revision_reason", "version")
_TIMES = ("first_submitted_at", "submitted_at", "checked_at", "accepted_at")


class MonthlyReportFilter(SpokenFilterSet):
    """By carrier, area (with those below it), month and state; and by what is judged of a report, over the months that the
    other filters leave."""

    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号")
    kind = django_filters.ChoiceFilter(field_name="carrier__kind", choices=Carrier.Kind.choices, label="载体类型")
    area = AreaSeen("carrier__owner_area")
    month = django_filters.DateFilter(label="月份(当月1日)", validators=[first_of_month])
    month_from = django_filters.DateFilter(
        field_name="month", lookup_expr="gte", label="月份起(当月1日)", validators=[first_of_month]
    )
    month_to = django_filters.DateFilter(
        field_name="month", lookup_expr="lte", label="月份止(当月1日)", validators=[first_of_month]
    )
    state = django_filters.MultipleChoiceFilter(choices=MonthlyReport.State.choices, label="状态")
    is_current = django_filters.BooleanFilter(label="现行版本")
    late = django_filters.BooleanFilter(method="filter_late", label="首次提交晚于截止日;未提交过的两边都不列")
    overdue = django_filters.BooleanFilter(
        method="filter_overdue", label="已开始填而逾期未报的草稿、退回;没有月报的月份见 completeness"
    )
    closed = django_filters.BooleanFilter(method="filter_closed", label="该载体的这个月已月结")

    class Meta:
        model = MonthlyReport
        fields: list[str] = []

    @cached_property
    def conditions(self) -> Conditions:
        asked = self.form.cleaned_data
        firsts = [asked[name] for name in ("month", "month_from") if asked.get(name)]
        lasts = [asked[name] for name in ("month", "month_to") if asked.get(name)]
        return Conditions(months_held(max(firsts, default=None), min(lasts, default=None)))

    def filter_late(self, rows: Any, name: str, value: bool) -> Any:
        return with_sent(rows).filter(self.conditions.late(is_late=value))

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(self.conditions.overdue(is_overdue=value))

    def filter_closed(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(self.conditions.closed(is_closed=value))


class Around:
    """What reports are judged by beside themselves: the calendars, and the closes of their months. Two queries, made when
    first needed. ``months``: of all the reports to be shown; None: any."""

    def __init__(self, months: Iterable[date] | None) -> None:
        self.months = months

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars()

    @cached_property
    def closes(self) -> Closes:
        # Of a file nobody knows beforehand which months it will hold.
        any_month = MonthClose.objects.order_by().values_list("month", flat=True).distinct()
        return Closes(any_month if self.months is None else self.months, self.calendars)


class _Judged(serializers.BooleanField):
    """A field that is decided of a report and what is :class:`Around` it; files make it of the same columns.

    ``from_columns``: the answer for the values of ``columns``."""

    columns: tuple[str, ...] = ()
    from_columns: Callable[..., bool | None]

    def __init__(self, **more: Any) -> None:
        super().__init__(source="*", read_only=True, **more)

    @property
    def around(self) -> Around:
        found: Around = self.context["around"]
        return found

    def to_representation(self, row: Any) -> Any:
        return self.from_columns(*(attrgetter(name.replace("__", "."))(row) for name in self.columns))


class Late(_Judged):
    """Whether a report was first submitted after its due day; null while it has not been submitted."""

    columns = ("month", "carrier__owner_area__path", "first_submitted_at", "submitted_at")

    def from_columns(self, *values: Any) -> bool | None:
        month, path, first, submitted = values
        days = self.around.calendars.days(path, month)
        return Timing(days, sent_at=first_sent(first, submitted)).late


class Overdue(_Judged):
    """Whether a report was begun or returned and is not handed in although its due day has gone by. Of a correction it never
    is: what it corrects is filed."""

    columns = ("month", "carrier__owner_area__path", "state", "is_current")

    def from_columns(self, *values: Any) -> bool | None:
        month, path, state, is_current = values
        timing = Timing(self.around.calendars.days(path, month), filed=state not in EDITABLE or not is_current)
        return timing.overdue(timezone.localdate())


class Closed(_Judged):
    """Whether the month of a report is closed for its carrier."""

    columns = ("month", "carrier__owner_area__path")

    def from_columns(self, *values: Any) -> bool | None:
        month, path = values
        return self.around.closes.closed_on(path, month) is not None


class MonthlyReportSerializer(serializers.ModelSerializer[MonthlyReport]):
    """月报。金额单位为元,面积单位为平方米;企业数在 register 中,取自登记库。gaps 为缺数(missing,附原因)与不适用
    (not_applicable),此时数值为 null;extra 为区级附加字段。"""

    url = link("monthly-reports")
    carrier = CarrierBrief(read_only=True)
    state_label = words("state")
    submitted_by = PersonName(help_text="提交人")
    checked_by = PersonName(help_text="镇审人")
    late = Late(allow_null=True, help_text="首次提交晚于截止日;未提交的为空")
    overdue = Overdue(help_text="截止日已过而尚未提交(草稿、退回);办理中的更正不算")
    closed = Closed(help_text="该载体的这个月已月结")
    accepted_by = PersonName(help_text="审核人")

    class Meta:
        model = MonthlyReport
        fields = [
            "url",
            "id",
            "carrier",
            "month",
            "state_label",
            *_WORKFLOW,
            *_TIMES,
            "late",
            "overdue",
            "closed",
            "submitted_by",
            "checked_by",
            "accepted_by",
            *BY_CODE,
            *TEXT_BY_CODE,
            "gaps",
            "extra",
            "register",
            "explanations",
            "content_hash",
            "is_synthetic",
        ]
        read_only_fields = fields


__all__ = ["Around", "MonthlyReportFilter", "MonthlyReportSerializer"]
