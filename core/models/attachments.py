"""Files kept as evidence. Who may see one is asked of the record it belongs to."""

from __future__ import annotations

import uuid

from django.db import models


class Attachment(models.Model):
    """A file belonging to one record, named by ``owner_label`` (app.model) and ``owner_id``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_label = models.CharField("所属记录类型", max_length=100)
    owner_id = models.CharField("所属记录", max_length=64)
    file = models.FileField("文件", upload_to="attachments/%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小(字节)")
    sha256 = models.CharField("校验值", max_length=64)
    uploaded_by_name = models.CharField("上传人", max_length=150)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = "附件"
        ordering = ["uploaded_at"]
        indexes = [models.Index(fields=["owner_label", "owner_id"], name="attachment_owner")]

    def __str__(self) -> str:
        return self.name
