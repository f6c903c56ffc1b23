"""Files on their way into the register: what was uploaded, what it would do, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def visible_to(self, user: Any) -> ImportFileQuerySet:
        """A person's own uploads, and nobody else's."""
        return self.filter(user_id=user.pk) if user is not None and user.pk is not None else self.none()


class ImportFile(models.Model):
    """An uploaded sheet of one kind of record. ``preview`` holds counts and samples for the page; ``plan`` is the file
    with everything that confirming would write, exactly as it was shown."""

    class State(models.TextChoices):
        CHECKING = "checking", "核对中"
        REFUSED = "refused", "无法读取"
        READY = "ready", "待确认"
        WRITING = "writing", "写入中"
        DONE = "done", "已导入"
        DISCARDED = "discarded", "已放弃"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField("种类", max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name="上传人")
    name = models.CharField("文件名", max_length=200)
    file = models.FileField("文件", upload_to="imports/%Y/%m/")
    plan = models.FileField("写入清单", upload_to="imports/%Y/%m/", blank=True)
    sha256 = models.CharField("校验值", max_length=64)
    state = models.CharField("状态", max_length=12, choices=State, default=State.CHECKING)
    problem = models.CharField("问题", max_length=500, blank=True)
    counts = models.JSONField("计数", default=dict, blank=True)
    preview = models.JSONField("预览", default=dict, blank=True)
    only_right = models.BooleanField("只导入正确的行", default=False)
    job_id = models.UUIDField("任务", null=True, blank=True)
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        verbose_name = "导入文件"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "-created_at"], name="import_file_user")]

    def __str__(self) -> str:
        return self.name
