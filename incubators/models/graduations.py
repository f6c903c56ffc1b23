"""An operator's request that an incubatee's graduation be recorded (毕业申请), and what became of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from incubators.models.residencies import Residency
from incubators.scope import Scope


class GraduationRequestQuerySet(models.QuerySet["GraduationRequest"]):
    def visible_to(self, user: Any) -> GraduationRequestQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("residency__carrier__"))

    def waiting(self) -> GraduationRequestQuerySet:
        return self.filter(state=GraduationRequest.State.WAITING)

    def to_answer(self) -> GraduationRequestQuerySet:
        """Those that wait, of stays that have not ended or graduated another way meanwhile."""
        return self.waiting().filter(residency__graduated_on=None, residency__left_on=None)


class GraduationRequest(models.Model):
    """Only staff record a graduation; the carrier's operator asks for it here, with grounds and evidence. Nothing has
    happened and nothing counts until staff agree.

    ``particulars``: what the event is recorded with beside day and grounds, by the names of its form; amounts in yuan,
    as text. ``answer``: why it was returned."""

    class State(models.TextChoices):
        WAITING = "waiting", "待审核"
        GRANTED = "granted", "已同意"
        RETURNED = "returned", "已退回"
        WITHDRAWN = "withdrawn", "已撤回"

    residency = models.ForeignKey(
        Residency, on_delete=models.PROTECT, related_name="graduation_requests", verbose_name="入驻"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    graduated_on = models.DateField("毕业日期")
    grounds = models.JSONField("毕业依据", default=list)
    particulars = models.JSONField("其他内容", default=dict, blank=True)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    answer = models.CharField("退回原因", max_length=300, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="答复人",
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = GraduationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "毕业申请"
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["residency"],
                condition=Q(state="waiting"),
                name="graduation_request_one_waiting",
                violation_error_message="该企业已申请毕业,正等待审核",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at=None, answered_by=None)
                | ~Q(state="waiting") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="graduation_request_answered",
                violation_error_message="答复须记录答复人和时间",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(answer=""),
                name="graduation_request_returned",
                violation_error_message="退回须写明原因",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | ~Q(asked_by=models.F("answered_by")),
                name="graduation_request_two_people",
                violation_error_message="申请人不能同意自己的申请",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.residency.enterprise.name}毕业申请"

    @property
    def ground_words(self) -> str:
        words = dict(Residency.GraduationGround.choices)
        return "、".join(str(words.get(code, code)) for code in self.grounds)
