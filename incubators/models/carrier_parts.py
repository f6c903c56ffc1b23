"""What belongs to a carrier beside its tenants: the places where it is run, its tags, and whom to call."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order, not_negative
from incubators.models.carriers import Carrier
from incubators.scope import Scope


class DatedRowQuerySet(models.QuerySet[Any]):
    """Rows that belong to a carrier and hold from one date to another."""

    def visible_to(self, user: Any) -> DatedRowQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))

    def valid_on(self, day: Any) -> DatedRowQuerySet:
        """Held on ``day``: begun on or before it and not ended by then."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class CarrierSite(models.Model):
    """A place where a carrier is run (场地), from one date to another. Areas in square metres."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="sites", verbose_name="载体")
    name = models.CharField("场地名称", max_length=80)
    address = models.CharField("地址", max_length=200, blank=True)
    floor_area = models.DecimalField("建筑面积(㎡)", max_digits=12, decimal_places=2, null=True, blank=True)
    seats = models.PositiveIntegerField("工位数", null=True, blank=True)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = DatedRowQuerySet.as_manager()

    class Meta:
        verbose_name = "载体场地"
        ordering = ["carrier", "valid_from", "id"]
        constraints = [
            dates_in_order("valid_from", "valid_to", name="site_dates", message="停用日期不能早于启用日期"),
            not_negative("floor_area", name="site_floor_area", message="建筑面积不能为负数"),
            models.UniqueConstraint(
                fields=["carrier", "name", "valid_from"],
                name="site_once",
                violation_error_message="该载体当日已有同名场地",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.name}"


class CarrierTag(models.Model):
    """A mark that carriers bear beside their kind and titles (标签). The list is closed and is data."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("标签", max_length=40, unique=True)
    basis = models.CharField("出处", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "标签"
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class CarrierTagging(models.Model):
    """A carrier bears a tag from one date to another, on the ground of some document."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="taggings", verbose_name="载体")
    tag = models.ForeignKey(CarrierTag, on_delete=models.PROTECT, related_name="taggings", verbose_name="标签")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = DatedRowQuerySet.as_manager()

    class Meta:
        verbose_name = "载体标签"
        ordering = ["carrier", "tag__order", "valid_from"]
        constraints = [
            dates_in_order("valid_from", "valid_to", name="tagging_dates", message="终止日期不能早于起始日期"),
            models.UniqueConstraint(
                fields=["carrier", "tag", "valid_from"],
                name="tagging_once",
                violation_error_message="该载体当日已有这个标签",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.tag}"


class CarrierContactQuerySet(models.QuerySet["CarrierContact"]):
    def visible_to(self, user: Any) -> CarrierContactQuerySet:
        """Names and telephones of people: staff of the carrier's area and its own operator alone."""
        scope = Scope.of(user)
        own = Q(carrier__operator__in=scope.organisation_ids) if scope.organisation_ids else Q(pk__in=())
        return self.filter(scope.writes("carrier__owner_area__") | own)


class CarrierContact(models.Model):
    """Somebody of a carrier whom one calls (联系人), with the duty."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="contacts", verbose_name="载体")
    name = models.CharField("姓名", max_length=40)
    duty = models.CharField("职责", max_length=60)
    phone = models.CharField("电话", max_length=40, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierContactQuerySet.as_manager()

    class Meta:
        verbose_name = "载体联系人"
        ordering = ["carrier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "name", "duty"],
                name="contact_once",
                violation_error_message="该载体已有这位联系人",
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.name}"
