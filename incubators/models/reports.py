"""The monthly report: one a carrier and month, with revisions, states and the log of its transitions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.constraints import not_above, not_negative
from core.dates import month_cn
from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.scope import Scope

LONGEST_CORRECTION = 300  # the words of a correction: why it is asked for, opened or declined


class ReportCalendar(models.Model):
    """What a jurisdiction asks of a month, and when: days of the following month (a day off work moves to the next), and
    the figures that it adds to the standard ones.

    Versions: each holds from its ``from_month`` on until the next, so that a change touches no month of before.
    ``town_day`` empty: towns do not check. ``first_month``: the first that is reported at all, with
    ``first_is_cumulative`` from January of its year on. A jurisdiction is an area with a calendar; the nearest above a
    carrier's own decides.

    ``enterprise_months``: in which months carriers also report of each of their incubatees (form E).

    ``declared``: a list of fields, each ``{code, label, unit, kind, help, required, stock, smallest, largest, options}``;
    ``kind`` is one of count, number, money (limits in 万元), text, choice. See :mod:`incubators.reporting.form`.
    """

    class EnterpriseMonths(models.TextChoices):
        NEVER = "never", "不填"
        QUARTERLY = "quarterly", "每季末月(3、6、9、12月)"
        MONTHLY = "monthly", "每月"

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="report_calendars", verbose_name="区域")
    from_month = models.DateField("自哪个报告月份起", default=date(2000, 1, 1), help_text="该月1日")
    opens_day = models.PositiveSmallIntegerField("开始填报(次月几日)", default=1)
    due_day = models.PositiveSmallIntegerField("载体填报截止(次月几日)", default=5)
    town_day = models.PositiveSmallIntegerField("镇级审核截止(次月几日)", null=True, blank=True)
    review_day = models.PositiveSmallIntegerField("区级审核截止(次月几日)", default=10)
    first_month = models.DateField("首个报告月份", null=True, blank=True, help_text="该月1日;空为不限")
    first_is_cumulative = models.BooleanField("首月填1月起的累计数", default=False)
    enterprise_months = models.CharField(
        "企业情况", max_length=10, choices=EnterpriseMonths, default=EnterpriseMonths.NEVER
    )
    declared = models.JSONField("附加字段", default=list, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    set_at = models.DateTimeField("发布时间", auto_now_add=True, null=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发布人",
    )

    class Meta:
        verbose_name = "填报日历"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "from_month"],
                name="calendar_once_a_month",
                violation_error_message="该区域同一月份起已有填报日历",
            ),
            models.CheckConstraint(
                condition=Q(
                    opens_day__gte=1,
                    opens_day__lte=models.F("due_day"),
                    due_day__lte=models.F("review_day"),
                    review_day__lte=28,
                ),
                name="calendar_days",
                violation_error_message="开始填报不早于1日,填报截止不早于开始,审核截止不早于填报截止且不晚于28日",
            ),
            models.CheckConstraint(
                condition=Q(town_day=None) | Q(town_day__gte=models.F("due_day"), town_day__lte=models.F("review_day")),
                name="calendar_town_day",
                violation_error_message="镇级审核截止须在填报截止与区级审核截止之间",
            ),
            models.CheckConstraint(
                condition=Q(from_month__day=1) & (Q(first_month=None) | Q(first_month__day=1)),
                name="calendar_first_days",
                violation_error_message="月份应记为当月1日",
            ),
            models.CheckConstraint(
                condition=Q(first_is_cumulative=False) | Q(first_month__isnull=False),
                name="calendar_cumulative",
                violation_error_message="首月填累计数的,须写明首个报告月份",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} 每月{self.due_day}日"


class MonthClose(models.Model):
    """A jurisdiction's month that was closed (月结): what was accepted is locked, what is missing counts as missing.

    ``figures``: completeness and punctuality as they stood, for the bulletin of that day. Only an :class:`Unlock` lets a
    first report of the month in again.
    """

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="month_closes", verbose_name="区域")
    month = models.DateField("报告月份", help_text="该月1日")
    closed_at = models.DateTimeField("月结时间", auto_now_add=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="月结人"
    )
    note = models.CharField("说明", max_length=300, blank=True)
    figures = models.JSONField("月结时的情况", default=dict)

    class Meta:
        verbose_name = "月结"
        ordering = ["-month", "area"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "month"], name="month_closed_once", violation_error_message="该月已经月结"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="month_close_first_day", violation_error_message="月份应记为当月1日"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {month_cn(self.month)}月结"


class Unlock(models.Model):
    """One carrier's month opened again after its close (补报), with the reason, until a day (inclusive)."""

    close = models.ForeignKey(MonthClose, on_delete=models.PROTECT, related_name="unlocks", verbose_name="月结")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="unlocks", verbose_name="载体")
    until = models.DateField("开放至")
    reason = models.CharField("原因", max_length=300)
    unlocked_at = models.DateTimeField("时间", auto_now_add=True)
    unlocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人"
    )

    class Meta:
        verbose_name = "补报许可"
        ordering = ["-unlocked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""), name="unlock_reason", violation_error_message="补报许可须写明原因"
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {month_cn(self.close.month)}补报"


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
        return self.current().filter(state__in=MonthlyReport.COUNTED)

    def known_on(self, day: date) -> MonthlyReportQuerySet:
        """Reports whose figures counted at the end of ``day``: of each carrier's month the last revision accepted by
        then. Corrections accepted later are not known yet."""
        over = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        accepted = MonthlyReport.objects.filter(state__in=MonthlyReport.COUNTED, accepted_at__lt=over)
        later = accepted.filter(carrier=OuterRef("carrier"), month=OuterRef("month"), revision__gt=OuterRef("revision"))
        return self.filter(~Exists(later), state__in=MonthlyReport.COUNTED, accepted_at__lt=over)


class MonthlyReport(models.Model):
    """One carrier's month. Counts of enterprises are not typed in: they come from the register and are kept, as
    known when the report was submitted, in ``register``. Money in yuan, floor area in square metres.

    A correction is a further revision. ``is_current`` passes to it only when it is accepted, so the accepted figures
    stand until then; at most one revision of a month is open at a time."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        CHECKED = "checked", "镇审通过"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"
        LOCKED = "locked", "已锁定"

    # Being worked on; and of these, with who files it, or with who reviews it.
    OPEN = (State.DRAFT, State.SUBMITTED, State.CHECKED, State.RETURNED)
    EDITABLE = (State.DRAFT, State.RETURNED)
    WAITING = (State.SUBMITTED, State.CHECKED)
    # What counts in figures, and what is handed in.
    COUNTED = (State.ACCEPTED, State.LOCKED)
    FILED = (*WAITING, *COUNTED)

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="reports", verbose_name="载体")
    month = models.DateField("报告月份", help_text="该月1日")
    revision = models.PositiveSmallIntegerField("版本", default=1)
    is_current = models.BooleanField("现行版本", default=True)
    revision_reason = models.CharField("更正原因", max_length=LONGEST_CORRECTION, blank=True)
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
    # By code: the declared field that the answer was given for, {area, kind, unit, label}; another area may have one of
    # the same code. Answers of before this was kept have none.
    extra_fields = models.JSONField("附加字段的定义", default=dict, blank=True)
    # By code: why a figure is not there (missing with its reason, not applicable); no figure stands beside a gap.
    gaps = models.JSONField("缺数与不适用", default=dict, blank=True)
    # By code: what was typed into a draft and is no value yet. It waits here, so that no device loses it.
    unread = models.JSONField("待改正的填写", default=dict, blank=True)
    # Keys of the persons who wrote into this revision: who enters does not accept.
    writers = models.JSONField("填写人", null=True, blank=True)
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
    checked_at = models.DateTimeField("镇审时间", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="镇审人",
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
            # The moment that punctuality is judged by (incubators.reporting.timing.first_sent).
            models.Index("month", Coalesce("first_submitted_at", "submitted_at"), name="report_month_sent"),
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
                condition=Q(state__in=("draft", "submitted", "checked", "returned")),
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
                condition=~Q(state="checked") | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="report_checked_by",
                violation_error_message="镇审通过须记录审核人和时间",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "locked"))
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="report_accepted_by",
                violation_error_message="审核通过须记录审核人和时间",
            ),
            models.CheckConstraint(
                condition=(Q(accepted_by__isnull=True) | ~Q(accepted_by=models.F("submitted_by")))
                & (Q(checked_by__isnull=True) | ~Q(checked_by=models.F("submitted_by"))),
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
