"""What was filed with the Torch statistics system (火炬统计): to be compared with the year's months."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.constraints import not_negative
from incubators.models.carriers import Carrier
from incubators.scope import Scope


class TorchFigureQuerySet(models.QuerySet["TorchFigure"]):
    def visible_to(self, user: Any) -> TorchFigureQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("carrier__"))


class TorchFigure(models.Model):
    """One figure of a carrier's year as it was filed. Money in yuan (typed and shown in 千元), floor area in square metres.

    ``code``: of an item in :mod:`incubators.reporting.torch`. ``source``: where the figure was taken from. ``note``: why it
    differs from the months, where it does (rule R26)."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="torch_figures", verbose_name="载体")
    year = models.PositiveSmallIntegerField("年度")
    code = models.SlugField("指标代码", max_length=40)
    value = models.DecimalField("填报数", max_digits=18, decimal_places=2)
    source = models.CharField("来源", max_length=200)
    note = models.CharField("差异说明", max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="录入人"
    )
    entered_at = models.DateTimeField("录入时间")

    objects = TorchFigureQuerySet.as_manager()

    class Meta:
        verbose_name = "火炬统计填报数"
        ordering = ["-year", "carrier", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "year", "code"],
                name="torch_figure_once",
                violation_error_message="该载体当年已有这项填报数",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2200),
                name="torch_figure_year",
                violation_error_message="年度应为四位数",
            ),
            models.CheckConstraint(
                condition=~Q(source=""), name="torch_figure_source", violation_error_message="请写明来源"
            ),
            not_negative("value", name="torch_figure_not_negative", message="填报数不能为负数"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.year}年火炬统计 {self.code}"
