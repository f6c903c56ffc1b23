"""Areas are a tree: province or municipality, city, district, town or park, functional area."""

from __future__ import annotations

from typing import Any

from django.db import models

from incubators.scope import Scope


def paths_above(path: str) -> list[str]:
    """Paths from the root down to ``path`` itself: ``/a/b/`` lies in ``/a/`` and ``/a/b/``."""
    parts = path.strip("/").split("/")
    return [f"/{'/'.join(parts[:count])}/" for count in range(1, len(parts) + 1)]


class AreaQuerySet(models.QuerySet["Area"]):
    def visible_to(self, user: Any) -> AreaQuerySet:
        """Areas within the person's own; operators see none (they see carriers)."""
        return self.filter(Scope.of(user).areas())

    def within(self, area: Area) -> AreaQuerySet:
        """``area`` and everything below it."""
        return self.filter(path__startswith=area.path)


class Area(models.Model):
    """A place that reports, is counted, or is responsible. ``path`` is ``/code/code/`` from the root to itself."""

    class Kind(models.TextChoices):
        COUNTRY = "country", "全国"
        PROVINCE = "province", "省级"
        CITY = "city", "地级市"
        DISTRICT = "district", "县(市、区)"
        TOWN = "town", "镇(街道)"
        PARK = "park", "园区"
        FUNCTIONAL = "functional", "功能区"

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=12, choices=Kind)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    path = models.CharField("路径", max_length=300, unique=True)
    official_code = models.CharField("行政区划代码", max_length=12, blank=True)
    order = models.PositiveIntegerField("排序", default=0)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "区域"
        ordering = ["order", "path"]

    def __str__(self) -> str:
        return self.name

    def above(self) -> list[str]:
        """Paths of the areas in which it lies, its own the last."""
        return paths_above(self.path)


class AreaGroup(models.Model):
    """A named set of areas, e.g. 各镇(园区), the denominator of a coverage target.

    ``members_stated`` says whether the plan text lists all members; if it does not, a person must confirm the list
    (an open decision of the plan) before anything is computed with it.
    """

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="groups", verbose_name="所属区域")
    members = models.ManyToManyField(Area, related_name="member_of", verbose_name="成员")
    members_stated = models.BooleanField("文本列全成员", default=False)

    class Meta:
        verbose_name = "区域组"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
