"""Organisations: commissions, towns' governments, operators of carriers, and groups of them named by plans."""

from __future__ import annotations

from django.db import models

from incubators.models.areas import Area


class Organisation(models.Model):
    """A body that issues, is responsible, pays, or runs carriers."""

    code = models.SlugField("代码", max_length=80, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=40, blank=True)
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name="区域"
    )
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    is_group = models.BooleanField("一类单位的统称", default=False)
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "单位"
        ordering = ["code"]
        indexes = [models.Index(fields=["name", "id"], name="organisation_by_name")]

    def __str__(self) -> str:
        return self.name


class OrganisationAlias(models.Model):
    """Another name under which a text speaks of an organisation (区科委 for 上海市金山区科学技术委员会)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="aliases", verbose_name="单位"
    )
    name = models.CharField("别名", max_length=120)

    class Meta:
        verbose_name = "单位别名"
        ordering = ["organisation", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="alias_once", violation_error_message="该单位已有这个别名"
            )
        ]

    def __str__(self) -> str:
        return self.name
