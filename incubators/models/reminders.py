"""Asking carriers for their month (催报): what was sent, to whom by which channel, in whose words and by which rule."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.dates import month_cn
from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.models.reports import MonthlyReport, ReportEvent
from incubators.scope import Scope


class Occasion(models.TextChoices):
    """Why a carrier is written to. All but ``RETURNED`` are asks, of which a carrier has at most one a day."""

    OPENING = "opening", "填报开始"
    BEFORE_DUE = "before_due", "截止前提醒"
    OVERDUE = "overdue", "逾期催报"
    RETURNED = "returned", "月报退回"
    ASKED = "asked", "人工催报"


class ReminderRule(models.Model):
    """When an area's carriers are asked without anybody's click. The nearest area above a carrier decides; without any
    row the defaults hold. Days are counted by its calendar (:class:`ReportCalendar`)."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="reminder_rule", verbose_name="区域")
    opening = models.BooleanField("填报开始时提醒", default=True)
    days_before = models.PositiveSmallIntegerField("截止前几个工作日提醒", default=2, help_text="0为不提醒")
    overdue_every = models.PositiveSmallIntegerField("逾期后每隔几天催一次", default=3, help_text="0为不催")
    set_at = models.DateTimeField("设置时间", auto_now=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="设置人"
    )

    class Meta:
        verbose_name = "自动催报规则"
        constraints = [
            models.CheckConstraint(
                condition=Q(days_before__lte=10, overdue_every__lte=30),
                name="reminder_rule_days",
                violation_error_message="截止前最多10个工作日,逾期后最多每隔30天",
            )
        ]

    def __str__(self) -> str:
        return f"{self.area}自动催报规则"


class LetterTemplate(models.Model):
    """An area's own words for an occasion, with placeholders (:mod:`incubators.reporting.letters`); the nearest area
    above a carrier decides."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="letter_templates", verbose_name="区域")
    occasion = models.CharField("场合", max_length=12, choices=Occasion)
    subject = models.CharField("标题", max_length=100)
    body = models.TextField("正文", max_length=2000)
    set_at = models.DateTimeField("设置时间", auto_now=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="设置人"
    )

    class Meta:
        verbose_name = "催报信"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "occasion"],
                name="letter_once",
                violation_error_message="该区域已有这个场合的信",
            )
        ]

    def __str__(self) -> str:
        return f"{self.area}·{self.get_occasion_display()}"


class ReminderBatchQuerySet(models.QuerySet["ReminderBatch"]):
    def visible_to(self, user: Any) -> ReminderBatchQuerySet:
        """Batches with a letter to a carrier of an area where the person is staff."""
        own = Reminder.objects.visible_to(user).filter(batch=OuterRef("pk"))
        return self.filter(Exists(own))


class ReminderBatch(models.Model):
    """Letters sent together: one click, or one occasion of the daily run (``made_by`` empty).

    ``left_out``: who was chosen and not written to, ``[{code, name, why}]``; shown to ``made_by`` alone.
    """

    month = models.DateField("报告月份", help_text="该月1日")
    occasion = models.CharField("场合", max_length=12, choices=Occasion)
    made_at = models.DateTimeField("时间", auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发送人",
    )
    left_out = models.JSONField("未发送的", default=list, blank=True)

    objects = ReminderBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "催报批次"
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["month", "-made_at"], name="reminder_batch_month")]

    def __str__(self) -> str:
        return f"{month_cn(self.month)}{self.get_occasion_display()}"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, user: Any) -> ReminderQuerySet:
        """Letters to carriers credited to areas where the person is staff."""
        return self.filter(Scope.of(user).writes("carrier__owner_area__"))

    def open_for(self, user: Any) -> ReminderQuerySet:
        """What an operator still has to do something about: asks of months that are not filed, returns that were not
        handed in again. Whether the month was closed since is for :class:`incubators.reporting.closing.Closes` to say."""
        filed = MonthlyReport.objects.filter(
            carrier=OuterRef("carrier"), month=OuterRef("month"), is_current=True, state__in=MonthlyReport.FILED
        )
        asks = ~Q(occasion=Occasion.RETURNED) & ~Exists(filed)
        returns = Q(occasion=Occasion.RETURNED, event__report__state=MonthlyReport.State.RETURNED)
        return self.filter(asks | returns, carrier__operator__in=Scope.of(user).organisation_ids)


class Reminder(models.Model):
    """One letter to one carrier about one month, as it was worded. ``asked_on`` is the day in the portal's time zone.

    ``event``: the return it tells of; each is told once.
    """

    batch = models.ForeignKey(ReminderBatch, on_delete=models.PROTECT, related_name="reminders", verbose_name="批次")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="reminders", verbose_name="载体")
    month = models.DateField("报告月份", help_text="该月1日")
    occasion = models.CharField("场合", max_length=12, choices=Occasion)
    asked_on = models.DateField("日期")
    subject = models.CharField("标题", max_length=300)
    body = models.TextField("正文")
    reason = models.CharField("退回原因或附言", max_length=500, blank=True)
    event = models.OneToOneField(
        ReportEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="reminder", verbose_name="退回"
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = "催报"
        ordering = ["-asked_on", "-id"]
        indexes = [models.Index(fields=["month", "carrier"], name="reminder_month_carrier")]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "month", "asked_on"],
                condition=~Q(occasion="returned"),
                name="reminder_once_a_day",
                violation_error_message="该载体这个月的月报今天已催过",
            ),
            models.CheckConstraint(
                condition=Q(occasion="returned", event__isnull=False) | (~Q(occasion="returned") & Q(event=None)),
                name="reminder_of_return",
                violation_error_message="退回通知须对应一次退回,其他催报不对应退回",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="reminder_first_day", violation_error_message="月份应记为当月1日"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {month_cn(self.month)}{self.get_occasion_display()}"


class Delivery(models.Model):
    """One letter by one channel to one person, or that there was nobody to send it to (``FAILED`` with why)."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已送出"
        FAILED = "failed", "未送出"

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="deliveries", verbose_name="催报")
    channel = models.CharField("渠道代码", max_length=40)
    channel_name = models.CharField("渠道", max_length=40)
    recipient = models.CharField("收信人", max_length=80, blank=True)
    address = models.CharField("地址", max_length=254, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    error = models.CharField("未送出的原因", max_length=300, blank=True)
    tried_at = models.DateTimeField("发送时间", null=True, blank=True)

    class Meta:
        verbose_name = "催报送达"
        ordering = ["reminder", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""),
                name="delivery_error",
                violation_error_message="未送出须写明原因",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_name} {self.recipient}"
