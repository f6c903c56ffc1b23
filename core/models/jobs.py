"""One row a background job, so that its progress survives its worker and can be seen by whoever started it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    SUCCEEDED = "succeeded", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已取消"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> JobQuerySet:
        """A person's own jobs: what others started, and with which parameters, is not theirs to read."""
        return self.filter(actor_id=user.pk) if user is not None and user.pk is not None else self.none()


class Job(models.Model):
    """A piece of long work: what was asked, by whom, how far it is and what came of it.

    ``actor_id`` is a plain number: this ground floor does not know the people's table above it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("种类", max_length=60)
    title = models.CharField("名称", max_length=200)
    params = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=12, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    message = models.CharField("说明", max_length=500, blank=True)
    result = models.JSONField("结果", default=dict, blank=True)
    actor_id = models.BigIntegerField("发起人编号", null=True, db_index=True)
    actor_name = models.CharField("发起人", max_length=150, blank=True)
    cancel_requested = models.BooleanField("已请求取消", default=False)
    attempts = models.PositiveSmallIntegerField("执行次数", default=0)
    queued_at = models.DateTimeField("排队时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    heartbeat_at = models.DateTimeField("最近心跳", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        ordering = ["-queued_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        """How far, 0 to 100; a finished job is at 100."""
        if self.state == JobState.SUCCEEDED:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0

    @property
    def is_over(self) -> bool:
        return self.state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
