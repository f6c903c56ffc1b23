"""The trail of changes: who changed what, when, through which channel, from what to what, and why.

Lines are only ever added, each with a digest over itself and the line before (:mod:`core.trail`). What tries to change
or remove one is refused here, and once more by triggers of the database (migration 0002) for whoever comes past the
portal; a line that was changed all the same no longer fits its digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models


class OnlyAdded(Exception):
    """Something tried to change or remove a line of the trail."""

    def __init__(self) -> None:
        super().__init__("变更记录只增不改,不能修改或删除")


class ReadableJSON(json.JSONEncoder):
    """Chinese is kept as it is, not as escapes, so that a search for words finds them on every database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"ensure_ascii": False})


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that can be read and added, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise OnlyAdded

    def delete(self) -> NoReturn:
        raise OnlyAdded

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        raise OnlyAdded

    def bulk_create(self, objs: Iterable[Any], *args: Any, update_conflicts: bool = False, **kwargs: Any) -> list[Any]:
        if update_conflicts:
            raise OnlyAdded
        return super().bulk_create(objs, *args, **kwargs)


class AppendOnly(models.Model):
    """Refuses to save a row that exists, and to delete one."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OnlyAdded
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OnlyAdded


class Change(AppendOnly):
    """One recorded change of one record, made by :func:`core.trail.record` or ``record_many`` and by nothing else.

    ``number`` counts the lines without a gap; ``digest`` is the SHA-256 (hex) of the digest before and this line.
    """

    class Channel(models.TextChoices):
        PAGE = "page", "页面"
        BULK = "bulk", "批量办理"
        API = "api", "接口"
        IMPORT = "import", "导入"
        JOB = "job", "后台任务"
        COMMAND = "command", "命令"

    number = models.PositiveBigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间", db_index=True)
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=150)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    # One request of a browser or program, one job, or one run of a command: what was done together.
    request_id = models.CharField("请求编号", max_length=36, blank=True)
    action = models.CharField("动作", max_length=60)
    record_label = models.CharField("记录类型", max_length=100)
    record_id = models.CharField("记录编号", max_length=64)
    record_name = models.CharField("记录", max_length=200)
    before = models.JSONField("变更前", default=dict, blank=True, encoder=ReadableJSON)
    after = models.JSONField("变更后", default=dict, blank=True, encoder=ReadableJSON)
    reason = models.TextField("原因", blank=True)
    digest = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = "变更记录"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["record_label", "record_id"], name="change_record")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.record_name}"


class TrailHead(models.Model):
    """The end of the trail, one row. Whoever adds lines holds it until the transaction ends, so that the trail cannot
    fork; and lines cut off at the end are missed, because it still counts them."""

    key = models.CharField("名称", max_length=10, unique=True)
    number = models.PositiveBigIntegerField("条数", default=0)
    digest = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = "变更记录末端"

    def __str__(self) -> str:
        return f"{self.number} {self.digest}"
