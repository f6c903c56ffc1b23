"""An operator's request to correct what was accepted, and what became of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from incubators.models.reports import LONGEST_CORRECTION, MonthlyReport
from incubators.scope import Scope


class CorrectionRequestQuerySet(models.QuerySet["CorrectionRequest"]):
    def visible_to(self, user: Any) -> CorrectionRequestQuerySet:
        """Those of the reports that the person may see."""
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("report__carrier__"))

    def waiting(self) -> CorrectionRequestQuerySet:
        return self.filter(state=CorrectionRequest.State.WAITING)


class CorrectionRequest(models.Model):
    """Only staff open a correction; an operator asks for it here, with the reason. ``report`` is the accepted revision.

    Granted when a correction of the report is opened, by whatever door. ``answer``: why it was declined.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待答复"
        GRANTED = "granted", "已同意"
        DECLINED = "declined", "未同意"

    report = models.ForeignKey(
        MonthlyReport, on_delete=models.PROTECT, related_name="correction_requests", verbose_name="月报"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField("申请原因", max_length=LONGEST_CORRECTION)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    answer = models.CharField("不同意的原因", max_length=LONGEST_CORRECTION, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="答复人",
    )

    objects = CorrectionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "更正申请"
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state="waiting"),
                name="correction_request_one_waiting",
                violation_error_message="这份月报已申请更正,正等待答复",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="correction_request_reason",
                violation_error_message="请写明更正原因",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at=None, answered_by=None)
                | Q(state__in=("granted", "declined"), answered_at__isnull=False, answered_by__isnull=False),
                name="correction_request_answered",
                violation_error_message="答复须记录答复人和时间",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(answer=""),
                name="correction_request_declined",
                violation_error_message="不同意须写明原因",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}更正申请"


__all__ = ["CorrectionRequest"]
