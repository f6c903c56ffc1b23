"""Liaisons (科技联络员, 服务专员), one-to-one with carriers, and their visits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order
from incubators.models.carriers import Carrier
from incubators.scope import Scope


class CarrierRowQuerySet(models.QuerySet[Any]):
    """Rows that belong to a carrier."""

    def visible_to(self, user: Any) -> CarrierRowQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))


class LiaisonAssignment(models.Model):
    """A liaison of a carrier, from one date to another; ``appointed_by`` says which side sent the person."""

    class Side(models.TextChoices):
        MUNICIPAL = "municipal", "市级"
        DISTRICT = "district", "区级"

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="liaisons", verbose_name="载体")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name="联络员")
    appointed_by = models.CharField("派出方", max_length=10, choices=Side, default=Side.DISTRICT)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierRowQuerySet.as_manager()

    class Meta:
        verbose_name = "联络员"
        ordering = ["carrier", "-valid_from"]
        constraints = [
            dates_in_order("valid_from", "valid_to", name="liaison_dates", message="终止日期不能早于起始日期"),
            models.UniqueConstraint(
                fields=["carrier", "appointed_by"],
                condition=Q(valid_to__isnull=True),
                name="liaison_one_a_side",
                violation_error_message="该载体已有同一方派出的现任联络员",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.user}"


class Visit(models.Model):
    """A visit (走访): who, when, what was found, what follows by when."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="visits", verbose_name="载体")
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits", verbose_name="走访人"
    )
    visited_on = models.DateField("走访日期")
    findings = models.TextField("发现的问题", blank=True)
    follow_up = models.CharField("后续事项", max_length=300, blank=True)
    follow_up_due = models.DateField("办结期限", null=True, blank=True)
    closed_on = models.DateField("办结日期", null=True, blank=True)
    outcome = models.CharField("办理结果", max_length=300, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierRowQuerySet.as_manager()

    class Meta:
        verbose_name = "走访"
        ordering = ["-visited_on", "-id"]
        constraints = [
            dates_in_order("visited_on", "follow_up_due", name="visit_due", message="办结期限不能早于走访日期"),
            dates_in_order("visited_on", "closed_on", name="visit_closed", message="办结日期不能早于走访日期"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.visited_on}"
