"""Changes of what a carrier is called, who runs it, and where and how large it is (变更): dated events with a duty."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.constraints import dates_in_order
from incubators.models.areas import Area
from incubators.models.carriers import Carrier, Designation
from incubators.models.organisations import Organisation
from incubators.scope import Scope

REPORT_WITHIN_MONTHS = 3
REPORT_WITHIN = f"{REPORT_WITHIN_MONTHS}个月"  # as it is said


class CarrierChangeQuerySet(models.QuerySet["CarrierChange"]):
    def visible_to(self, user: Any) -> CarrierChangeQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))

    def happened(self) -> CarrierChangeQuerySet:
        """Changes that count: confirmed, and not the correction of a slip of the pen."""
        return self.filter(state=CarrierChange.State.CONFIRMED, is_correction=False)

    def with_duty(self) -> CarrierChangeQuerySet:
        """With ``is_due``: whether it must be reported upward, for the carrier held a title on that day."""
        held = Designation.objects.valid_on(OuterRef("happened_on")).filter(carrier=OuterRef("carrier"))
        return self.annotate(is_due=Exists(held))

    def to_report(self) -> CarrierChangeQuerySet:
        """Those that have happened and wait to be reported upward."""
        return self.happened().with_duty().filter(is_due=True, reported_on=None)


class CarrierChange(models.Model):
    """Something about a carrier became different on a day. ``before`` and ``after`` say it in words; operators and
    areas are named by key too. A request of the operator waits for staff; only what is confirmed has changed anything.

    A holder of a title must have it reported upward within three calendar months (国科发区〔2018〕300号): ``report_due``.
    ``is_correction``: what stood in the register was wrong from the beginning; nothing happened and nothing is due.
    """

    class Kind(models.TextChoices):
        NAME = "name", "名称"
        OPERATOR = "operator", "运营机构"
        AREA = "area", "所在区域"
        SITE = "site", "场地"
        FLOOR_AREA = "floor_area", "面积"

    class State(models.TextChoices):
        PENDING = "pending", "待确认"
        CONFIRMED = "confirmed", "已确认"
        RETURNED = "returned", "退回"

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="changes", verbose_name="载体")
    kind = models.CharField("变更事项", max_length=12, choices=Kind)
    before = models.CharField("变更前", max_length=200, blank=True)
    after = models.CharField("变更后", max_length=200)
    operator_before = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原运营机构"
    )
    operator_after = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="新运营机构"
    )
    area_before = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原所在区域"
    )
    area_after = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="新所在区域"
    )
    happened_on = models.DateField("变更日期")
    document = models.CharField("依据文件", max_length=200, blank=True)
    reason = models.CharField("说明", max_length=300)
    is_correction = models.BooleanField("更正登记错误", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    reported_on = models.DateField("上报日期", null=True, blank=True)
    report_document = models.CharField("上报文号", max_length=120, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=300, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "载体变更"
        ordering = ["-happened_on", "-id"]
        constraints = [
            dates_in_order("happened_on", "reported_on", name="change_reported", message="上报日期不能早于变更日期"),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""),
                name="change_return_reason",
                violation_error_message="退回须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by__isnull=True)
                | ~Q(state="pending") & Q(decided_by__isnull=False),
                name="change_decided_by",
                violation_error_message="确认或退回须有确认人",
            ),
            models.CheckConstraint(
                condition=Q(kind="operator", operator_before__isnull=False, operator_after__isnull=False)
                # A company that the register does not know yet is registered when the request is confirmed.
                | Q(kind="operator") & ~Q(state="confirmed")
                | ~Q(kind="operator") & Q(operator_before__isnull=True, operator_after__isnull=True),
                name="change_operators",
                violation_error_message="运营机构变更须写明变更前后的机构",
            ),
            models.CheckConstraint(
                condition=Q(kind="area", area_before__isnull=False, area_after__isnull=False)
                | ~Q(kind="area") & Q(area_before__isnull=True, area_after__isnull=True),
                name="change_areas",
                violation_error_message="所在区域变更须写明变更前后的区域",
            ),
            models.UniqueConstraint(
                fields=["carrier", "kind", "happened_on"],
                condition=Q(state="confirmed", is_correction=False),
                name="change_once_a_day",
                violation_error_message="该载体当日已有同一事项的变更",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.get_kind_display()}{'更正' if self.is_correction else '变更'}"

    @property
    def report_due(self) -> date:
        """The last day for reporting upward: three calendar months on; the day itself is still in time."""
        return self.happened_on + relativedelta(months=REPORT_WITHIN_MONTHS)

    @property
    def before_words(self) -> str:
        """What was so, as a page shows it."""
        return self._shown(self.before)

    @property
    def after_words(self) -> str:
        """What is so, as a page shows it."""
        return self._shown(self.after)

    def _shown(self, words: str) -> str:
        return f"{Decimal(words).normalize():,f} ㎡" if words and self.kind == self.Kind.FLOOR_AREA else words

    @property
    def may_be_reported(self) -> bool:
        """It has happened and nothing was said yet of a report upward."""
        return self.state == self.State.CONFIRMED and not self.is_correction and self.reported_on is None

    def days_late(self, today: date) -> int:
        """By how many days the report came late, or is late by ``today``; 0 while it is in time."""
        return max(0, ((self.reported_on or today) - self.report_due).days)
