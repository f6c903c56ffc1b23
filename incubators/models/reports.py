"""The monthly report: one a carrier and month, with revisions, states and the log of its transitions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.constraints import not_above, not_negative
from core.dates import month_cn
from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.scope import Scope


class ReportCalendar(models.Model):
    """When a jurisdiction's months are due: days of the following month. A due day off work moves to the next."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="report_calendar", verbose_name="区域")
    due_day = models.PositiveSmallIntegerField("载体填报截止(次月几日)", default=5)
    review_day = models.PositiveSmallIntegerField("区级审核截止(次月几日)", default=10)

    class Meta:
        verbose_name = "填报日历"
        constraints = [
            models.CheckConstraint(
                condition=Q(due_day__gte=1, due_day__lte=models.F("review_day"), review_day__lte=28),
                name="calendar_days",
                violation_error_message="填报截止须在1日以后,审核截止不早于填报截止且不晚于28日",
            )
        ]

    def __str__(self) -> str:
        return f"{self.area} 每月{self.due_day}日"


class MonthlyReportQuerySet(models.QuerySet["MonthlyReport"]):
    def visible_to(self, user: Any) -> MonthlyReportQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("carrier__"))

    def current(self) -> MonthlyReportQuerySet:
        """The revision of each carrier's month that stands: the first one, until a correction of it is accepted."""
        return self.filter(is_current=True)

    def latest(self) -> MonthlyReportQuerySet:
        """The last revision of each carrier's month: the one being worked on while a correction is open."""
        later = MonthlyReport.objects.filter(
            carrier=OuterRef("carrier"), month=OuterRef("month"), revision__gt=OuterRef("revision")
        )
        return self.filter(~Exists(later))

    def counted(self) -> MonthlyReportQuerySet:
        """Reports whose figures count: accepted or locked. Drafts, submitted and returned ones do not yet."""
        return self.current().filter(state__in=(MonthlyReport.State.ACCEPTED, MonthlyReport.State.LOCKED))


class MonthlyReport(models.Model):
    """One carrier's month. Counts of enterprises are not typed in: they come from the register and are kept, as
    known when the report was submitted, in ``register``. Money in yuan, floor area in square metres.

    A correction is a further revision. ``is_current`` passes to it only when it is accepted, so the accepted figures
    stand until then; at most one revision of a month is open at a time."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"
        LOCKED = "locked", "已锁定"

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="reports", verbose_name="载体")
    month = models.DateField("报告月份", help_text="该月1日")
    revision = models.PositiveSmallIntegerField("版本", default=1)
    is_current = models.BooleanField("现行版本", default=True)
    revision_reason = models.CharField("更正原因", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    # Space
    area_controllable = models.DecimalField("可自主支配面积", max_digits=12, decimal_places=2, null=True, blank=True)
    area_leasable = models.DecimalField("可入驻面积", max_digits=12, decimal_places=2, null=True, blank=True)
    area_leased = models.DecimalField("已入驻面积", max_digits=12, decimal_places=2, null=True, blank=True)
    seats_total = models.PositiveIntegerField("工位数", null=True, blank=True)
    seats_used = models.PositiveIntegerField("已用工位数", null=True, blank=True)
    teams = models.PositiveIntegerField("创业团队数", null=True, blank=True)
    # Service
    staff_total = models.PositiveIntegerField("管理服务人员", null=True, blank=True)
    staff_professional = models.PositiveIntegerField("其中专业服务人员", null=True, blank=True)
    mentors = models.PositiveIntegerField("创业导师", null=True, blank=True)
    mentor_sessions = models.PositiveIntegerField("本月辅导次数", null=True, blank=True)
    events = models.PositiveIntegerField("本月活动场次", null=True, blank=True)
    event_participants = models.PositiveIntegerField("本月活动人次", null=True, blank=True)
    # Money and results
    enterprises_financed = models.PositiveIntegerField("本月获投融资企业数", null=True, blank=True)
    financing = models.DecimalField("本月获投融资金额", max_digits=16, decimal_places=2, null=True, blank=True)
    fund_size = models.DecimalField("孵化基金规模", max_digits=16, decimal_places=2, null=True, blank=True)
    income = models.DecimalField("载体本月收入", max_digits=16, decimal_places=2, null=True, blank=True)
    income_non_rent = models.DecimalField("其中非房租物业收入", max_digits=16, decimal_places=2, null=True, blank=True)
    rent_relief = models.DecimalField("本月房租减免", max_digits=16, decimal_places=2, null=True, blank=True)
    ip_applied = models.PositiveIntegerField("本月知识产权申请", null=True, blank=True)
    ip_granted = models.PositiveIntegerField("本月知识产权授权", null=True, blank=True)
    # Words
    issues = models.TextField("存在问题与诉求", blank=True)
    filled_by = models.CharField("填表人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    # What the register knew, the answers to soft checks, and what one district adds
    register = models.JSONField("登记库数据", default=dict, blank=True)
    explanations = models.JSONField("核对说明", default=dict, blank=True)
    extra = models.JSONField("区级附加字段", default=dict, blank=True)
    # By code: what was typed into a draft and is no value yet. It waits here, so that no device loses it.
    unread = models.JSONField("待改正的填写", default=dict, blank=True)
    content_hash = models.CharField("内容校验值", max_length=64, blank=True)
    version = models.PositiveIntegerField("保存次数", default=0)
    # Kept through returns and corrections: punctuality is judged by the first submission of the month.
    first_submitted_at = models.DateTimeField("首次提交时间", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提交人",
    )
    accepted_at = models.DateTimeField("通过时间", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = MonthlyReportQuerySet.as_manager()

    class Meta:
        verbose_name = "月报"
        ordering = ["-month", "carrier"]
        indexes = [
            models.Index(fields=["month", "state"], name="report_month_state"),
            models.Index(fields=["month", "id"], name="report_by_month"),
            models.Index(fields=["state", "id"], name="report_by_state"),
            models.Index(fields=["revision", "id"], name="report_by_revision"),
            models.Index(fields=["submitted_at", "id"], name="report_by_submitted"),
            models.Index(fields=["month"], condition=Q(is_current=False), name="report_not_current"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "month", "revision"],
                name="report_revision_once",
                violation_error_message="该载体当月已有此版本",
            ),
            models.UniqueConstraint(
                fields=["carrier", "month"],
                condition=Q(is_current=True),
                name="report_one_current",
                violation_error_message="该载体当月已有现行月报",
            ),
            models.UniqueConstraint(
                fields=["carrier", "month"],
                condition=Q(state__in=("draft", "submitted", "returned")),
                name="report_one_open",
                violation_error_message="该载体当月已有未办结的月报或更正",
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(revision=1) | Q(state__in=("accepted", "locked")),
                name="report_correction_counts",
                violation_error_message="更正通过审核后才能成为现行版本",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="report_month_first_day", violation_error_message="月份应记为当月1日"
            ),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(revision_reason=""),
                name="report_revision_reason",
                violation_error_message="更正须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "returned"))
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="report_submitted_by",
                violation_error_message="提交须记录提交人和时间",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "locked"))
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="report_accepted_by",
                violation_error_message="审核通过须记录审核人和时间",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | ~Q(accepted_by=models.F("submitted_by")),
                name="report_two_people",
                violation_error_message="填报人不能审核自己提交的月报",
            ),
            not_above("area_leased", "area_leasable", name="report_leased", message="已入驻面积不能大于可入驻面积"),
            not_above(
                "area_leasable", "area_controllable", name="report_leasable", message="可入驻面积不能大于可自主支配面积"
            ),
            not_above("seats_used", "seats_total", name="report_seats", message="已用工位数不能大于工位数"),
            not_above(
                "staff_professional", "staff_total", name="report_staff", message="专业服务人员不能多于管理服务人员"
            ),
            not_above("income_non_rent", "income", name="report_income", message="非房租物业收入不能大于载体收入"),
            not_negative(
                "area_controllable",
                "area_leasable",
                "area_leased",
                "financing",
                "fund_size",
                "income",
                "income_non_rent",
                "rent_relief",
                name="report_not_negative",
                message="面积和金额不能为负数",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {month_cn(self.month)}月报"


class ReportEvent(models.Model):
    """One transition of a report: who moved it from which state to which, when, and with what words."""

    report = models.ForeignKey(MonthlyReport, on_delete=models.PROTECT, related_name="transitions", verbose_name="月报")
    at = models.DateTimeField("时间", auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人"
    )
    from_state = models.CharField("原状态", max_length=10, choices=MonthlyReport.State, blank=True)
    to_state = models.CharField("新状态", max_length=10, choices=MonthlyReport.State)
    comment = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "月报流转"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_state="returned") | ~Q(comment=""),
                name="report_return_reason",
                violation_error_message="退回须写明原因",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"
