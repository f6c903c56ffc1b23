"""The trail of changes: who changed what, when, through which channel, from what to what, and why."""

from __future__ import annotations

from django.db import models


class Change(models.Model):
    """One recorded change of one record. Rows are added by :func:`core.trail.record` and never edited."""

    class Channel(models.TextChoices):
        PAGE = "page", "页面"
        API = "api", "接口"
        IMPORT = "import", "导入"
        JOB = "job", "后台任务"
        COMMAND = "command", "命令"

    at = models.DateTimeField("时间", auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=150)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    action = models.CharField("动作", max_length=60)
    record_label = models.CharField("记录类型", max_length=100)
    record_id = models.CharField("记录编号", max_length=64)
    record_name = models.CharField("记录", max_length=200)
    before = models.JSONField("变更前", default=dict, blank=True)
    after = models.JSONField("变更后", default=dict, blank=True)
    reason = models.CharField("原因", max_length=500, blank=True)

    class Meta:
        verbose_name = "变更记录"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["record_label", "record_id"], name="change_record")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.record_name}"
