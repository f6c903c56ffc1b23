"""Carriers, the titles they can be given, and the events by which they are given or lose them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order, not_negative
from incubators.models.areas import Area
from incubators.models.organisations import Organisation
from incubators.scope import Scope


class CarrierQuerySet(models.QuerySet["Carrier"]):
    def visible_to(self, user: Any) -> CarrierQuerySet:
        return self.filter(Scope.of(user).carriers())

    def operating_on(self, day: Any) -> CarrierQuerySet:
        """Open on ``day``: opened on or before it and not closed by then."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)


class Carrier(models.Model):
    """A registered place that incubates (科创载体)."""

    class Kind(models.TextChoices):
        INCUBATOR = "incubator", "科技企业孵化器"
        MAKER_SPACE = "maker_space", "众创空间"
        ACCELERATOR = "accelerator", "加速器"
        SCIENCE_PARK = "science_park", "大学科技园"
        ENCLAVE = "enclave", "科创飞地"

    code = models.SlugField("编号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True, db_index=True)
    kind = models.CharField("类型", max_length=16, choices=Kind)
    operator = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="carriers", verbose_name="运营机构"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="carriers", verbose_name="所在区域")
    # For an enclave the unit that set it up differs from the place where it stands; it is credited to the former.
    owner_area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="owned_carriers", verbose_name="归属区域"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    industry = models.CharField("主导领域", max_length=40, blank=True)
    floor_area = models.DecimalField("建筑面积(㎡)", max_digits=12, decimal_places=2, null=True, blank=True)
    opened_on = models.DateField("开办日期")
    closed_on = models.DateField("关闭日期", null=True, blank=True)
    named_in_plan = models.BooleanField("规划文本点名", default=False)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierQuerySet.as_manager()

    class Meta:
        verbose_name = "科创载体"
        ordering = ["code"]
        indexes = [models.Index(fields=["kind", "opened_on"], name="carrier_kind_opened")]
        constraints = [
            dates_in_order("opened_on", "closed_on", name="carrier_dates", message="关闭日期不能早于开办日期"),
            not_negative("floor_area", name="carrier_floor_area", message="建筑面积不能为负数"),
        ]

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """A level of titles with its rank; "X 以上" means rank at least X's. Shanghai's 市级 ranks as provincial (30)."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    rank = models.PositiveSmallIntegerField("位次")

    class Meta:
        verbose_name = "级别"
        ordering = ["-rank", "code"]

    def __str__(self) -> str:
        return self.name


class Title(models.Model):
    """Something a carrier can be recognised as (国家级科技企业孵化器). Titles of one ``ladder`` are steps of it."""

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("称号", max_length=80)
    carrier_kind = models.CharField("适用类型", max_length=16, blank=True)
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, null=True, blank=True, related_name="titles", verbose_name="级别"
    )
    ladder = models.CharField("序列", max_length=40, blank=True)

    class Meta:
        verbose_name = "称号"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class DesignationQuerySet(models.QuerySet["Designation"]):
    def visible_to(self, user: Any) -> DesignationQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))

    def valid_on(self, day: Any) -> DesignationQuerySet:
        """Held on ``day``: awarded on or before it and not ended by then."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), awarded_on__lte=day)


class Designation(models.Model):
    """An event (认定): a carrier receives a title on a date; it may end, with a reason."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="designations", verbose_name="载体")
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="designations", verbose_name="称号")
    awarded_on = models.DateField("认定日期", db_index=True)
    document = models.CharField("认定文号", max_length=120, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = DesignationQuerySet.as_manager()

    class Meta:
        verbose_name = "认定"
        ordering = ["-awarded_on", "-id"]
        constraints = [
            dates_in_order("awarded_on", "ended_on", name="designation_dates", message="终止日期不能早于认定日期"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | ~Q(end_reason=""),
                name="designation_end_reason",
                violation_error_message="终止认定须写明原因",
            ),
            models.UniqueConstraint(
                fields=["carrier", "title", "awarded_on"],
                name="designation_once",
                violation_error_message="该载体当日已有同一称号的认定",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.title}"
