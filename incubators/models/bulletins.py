"""Monthly bulletins (月度通报) as they were issued: kept word for word, so that what was printed can be printed again."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.dates import month_cn
from incubators.models.areas import Area
from incubators.models.reports import MonthClose


class IssuedBulletin(models.Model):
    """A bulletin of an area's month as it was issued. ``content``: the paper (:mod:`core.papers.content`) as data, never
    changed afterwards (triggers of migration 0020); ``sha256`` of it. ``close``: the close that issued it, if one did."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="bulletins", verbose_name="区域")
    month = models.DateField("报告月份", help_text="该月1日")
    content = models.JSONField("内容")
    sha256 = models.CharField("内容校验值", max_length=64)
    issued_at = models.DateTimeField("发布时间", auto_now_add=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发布人"
    )
    close = models.OneToOneField(
        MonthClose, on_delete=models.PROTECT, null=True, blank=True, related_name="bulletin", verbose_name="月结"
    )

    class Meta:
        verbose_name = "已发布的通报"
        ordering = ["-issued_at", "-id"]
        indexes = [models.Index(fields=["area", "month"], name="bulletin_area_month")]

    def __str__(self) -> str:
        return f"{self.area}{month_cn(self.month)}通报"


__all__ = ["IssuedBulletin"]
