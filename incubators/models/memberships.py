"""Who may act where: a person's role within an area (staff, leaders ...) or for an organisation (operators)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order
from incubators.access import Role
from incubators.models.areas import Area
from incubators.models.organisations import Organisation


class Membership(models.Model):
    """One role of one person, with its dates. A person may hold several, but duties that must be apart never meet."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships", verbose_name="用户"
    )
    role = models.CharField("角色", max_length=16, choices=Role)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, verbose_name="区域")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, verbose_name="单位")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True, blank=True)

    class Meta:
        verbose_name = "任职"
        ordering = ["user", "role"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role=Role.OPERATOR, organisation__isnull=False, area__isnull=True)
                | (~Q(role=Role.OPERATOR) & Q(organisation__isnull=True, area__isnull=False)),
                name="membership_area_or_organisation",
                violation_error_message="运营方角色须指定单位,其他角色须指定区域",
            ),
            dates_in_order("valid_from", "valid_to", name="membership_dates", message="终止日期不能早于起始日期"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
