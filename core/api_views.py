"""Jobs over REST: a program follows the work it started. Everybody sees their own only."""

from __future__ import annotations

import django_filters
from rest_framework import serializers

from core.filters import SpokenFilterSet
from core.models import Job
from core.models.jobs import JobState
from core.rest import Link, PortalViewSet, documented


class JobFilter(SpokenFilterSet):
    state = django_filters.ChoiceFilter(choices=JobState.choices, label="状态")
    kind = django_filters.CharFilter(field_name="kind", label="种类")

    class Meta:
        model = Job
        fields: list[str] = []


class JobSerializer(serializers.ModelSerializer[Job]):
    """后台任务"""

    url = Link(view_name="api:jobs-detail")
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    percent = serializers.IntegerField(read_only=True, help_text="完成百分比,0 到 100")
    is_over = serializers.BooleanField(read_only=True, help_text="已结束(完成、未完成或已取消)")

    class Meta:
        model = Job
        fields = [
            "url",
            "id",
            "kind",
            "title",
            "state",
            "state_label",
            "done",
            "total",
            "percent",
            "is_over",
            "message",
            "params",
            "result",
            "cancel_requested",
            "attempts",
            "queued_at",
            "started_at",
            "finished_at",
        ]


@documented("后台任务", "您自己发起的后台任务,含进度与结果,可反复查询。")
class JobViewSet(PortalViewSet):
    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    orderings = {"queued_at": "queued_at", "finished_at": "finished_at", "state": "state"}
    default_ordering = ("-queued_at",)
    lookup_value_converter = "uuid"
    file_name = "后台任务"
