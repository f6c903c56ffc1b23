"""The rules by which incubation is limited and ends in graduation, as data: versioned, dated, for an area and below."""

from __future__ import annotations

from django.db import models

from core.constraints import dates_in_order
from incubators.models.areas import Area


class IncubationRule(models.Model):
    """One version of an incubation rule as its reviewed file says it (孵化规则).

    It holds for incubations that began from ``valid_from`` to ``valid_to`` (both inside, empty: open) in carriers
    credited to ``area`` or below it; without an area, everywhere. ``definition`` is the content of the file
    (:class:`incubators.register.rulefile.RuleFile`). A version is never changed: a change is a further version, and of
    one code the highest version holds.
    """

    code = models.SlugField("代码", max_length=60)
    version = models.PositiveSmallIntegerField("版本")
    name = models.CharField("名称", max_length=120)
    source = models.CharField("来源文件", max_length=200)
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="incubation_rules", verbose_name="适用区域"
    )
    valid_from = models.DateField("生效日期", null=True, blank=True)
    valid_to = models.DateField("失效日期", null=True, blank=True)
    definition = models.JSONField("内容")
    fingerprint = models.CharField("内容指纹", max_length=64)

    class Meta:
        verbose_name = "孵化规则"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="incubation_rule_version"),
            dates_in_order("valid_from", "valid_to", name="incubation_rule_dates", message="失效日期不能早于生效日期"),
        ]

    def __str__(self) -> str:
        return f"{self.name}(第{self.version}版)"
