"""Targets of the plans, their allocation to areas, progress month by month, outside figures, tasks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from incubators.models import Area, Organisation
from incubators.scope import Scope
from plans.models import Clause, Plan


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, user: Any) -> TargetQuerySet:
        """Targets of areas the person sees whole. (A plan's text is public; where it stands is not.)"""
        return self.filter(Scope.of(user).areas("area__"))


class Target(models.Model):
    """One target of a plan, as loaded from its file."""

    class Kind(models.TextChoices):
        NEW_SINCE_START = "new_since_start", "新增"
        STANDING = "standing", "达到"
        NEW_EACH_YEAR = "new_each_year", "每年新增"
        RATIO = "ratio", "比率"
        AMOUNT = "amount", "金额或规模"
        MILESTONE = "milestone", "节点"
        COVERAGE = "coverage", "全覆盖"
        TREND = "trend", "趋势"

    class Comparator(models.TextChoices):
        AT_LEAST = "at_least", "不少于"
        MORE_THAN = "more_than", "突破"
        BETWEEN = "between", "区间"
        ABOUT = "about", "约"
        DONE = "done", "完成"
        SOME = "some", "一批"
        INCREASE = "increase", "提高"

    class Commitment(models.TextChoices):
        BINDING = "binding", "约束性"
        EXPECTED = "expected", "预期性"
        ASPIRATION = "aspiration", "力争"
        ENCOURAGED = "encouraged", "鼓励"
        PROMOTED = "promoted", "推动"
        SUPPORTED = "supported", "支持"

    class MeasuredBy(models.TextChoices):
        INDICATOR = "indicator", "由登记数据计算"
        OUTSIDE = "outside", "录入外部统计"
        PERSON = "person", "人工确认"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="targets", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="targets", verbose_name="条款")
    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=16, choices=Kind)
    comparator = models.CharField("比较方式", max_length=10, choices=Comparator)
    value = models.DecimalField("目标值", max_digits=20, decimal_places=4, null=True, blank=True)
    value_max = models.DecimalField("目标值上端", max_digits=20, decimal_places=4, null=True, blank=True)
    stated_as = models.CharField("文本写法", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=20, blank=True)
    commitment = models.CharField("约束程度", max_length=12, choices=Commitment)
    deadline = models.DateField("期限", null=True, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="targets", verbose_name="区域")
    responsible = models.ManyToManyField(
        Organisation, through="Responsibility", related_name="targets", verbose_name="责任单位"
    )
    measured_by = models.CharField("数据来源", max_length=10, choices=MeasuredBy)
    indicator = models.CharField("指标", max_length=60, blank=True)
    quote = models.TextField("引文")
    definition = models.JSONField("目标内容")
    fingerprint = models.CharField("版本校验值", max_length=64)
    order = models.PositiveIntegerField("顺序", default=0)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "目标"
        ordering = ["plan", "order"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_yearly(self) -> bool:
        """Whether each calendar year is judged by itself."""
        return self.kind in {self.Kind.NEW_EACH_YEAR, self.Kind.TREND} or bool(self.definition.get("per_year"))


class Responsibility(models.Model):
    """A unit responsible for a target, in the order of the text (which names no lead)."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="responsibilities", verbose_name="目标")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, verbose_name="责任单位")
    order = models.PositiveSmallIntegerField("顺序")

    class Meta:
        verbose_name = "责任"
        ordering = ["target", "order"]
        constraints = [models.UniqueConstraint(fields=["target", "organisation"], name="responsible_once")]

    def __str__(self) -> str:
        return f"{self.target_id} {self.organisation_id}"


class Allocation(models.Model):
    """A target's part for one area (分解). Parts need not add up to the whole: both are shown, neither corrected."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="allocations", verbose_name="目标")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="allocations", verbose_name="区域")
    value = models.DecimalField("目标值", max_digits=20, decimal_places=4)
    order = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "目标分解"
        ordering = ["target", "order"]
        constraints = [models.UniqueConstraint(fields=["target", "area"], name="allocation_once")]

    def __str__(self) -> str:
        return f"{self.target_id} {self.area_id} {self.value}"


class ProgressQuerySet(models.QuerySet["Progress"]):
    def visible_to(self, user: Any) -> ProgressQuerySet:
        return self.filter(Scope.of(user).areas("target__area__"))


class Progress(models.Model):
    """Where a target (or its part for one area) stood on a day, as computed then. One a month is kept."""

    class Pace(models.TextChoices):
        MET = "met", "已达成"
        AHEAD = "ahead", "超前"
        ON_PACE = "on_pace", "正常"
        BEHIND = "behind", "滞后"
        AT_RISK = "at_risk", "有风险"
        MISSED = "missed", "未达成"
        SHOWN = "shown", "仅展示"
        WAITING = "waiting", "待录入"
        UNKNOWN = "unknown", "尚不能计算"

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="progress", verbose_name="目标")
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="分解区域"
    )
    month = models.DateField("月份")
    on = models.DateField("数据日期")
    value = models.DecimalField("当前值", max_digits=20, decimal_places=6, null=True, blank=True)
    goal = models.DecimalField("对照值", max_digits=20, decimal_places=4, null=True, blank=True)
    pace = models.CharField("进度", max_length=10, choices=Pace)
    reason = models.CharField("说明", max_length=500, blank=True)
    expected = models.DecimalField("时序应达", max_digits=20, decimal_places=6, null=True, blank=True)
    needed_a_month = models.DecimalField("今后每月需", max_digits=20, decimal_places=4, null=True, blank=True)
    forecast = models.DecimalField("预测", max_digits=20, decimal_places=4, null=True, blank=True)
    forecast_low = models.DecimalField("预测下限", max_digits=20, decimal_places=4, null=True, blank=True)
    forecast_high = models.DecimalField("预测上限", max_digits=20, decimal_places=4, null=True, blank=True)
    explanation = models.JSONField("计算过程", default=dict)
    fingerprint = models.CharField("校验值", max_length=64)
    computed_at = models.DateTimeField("计算时间", auto_now=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = "进度"
        ordering = ["target", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "month"], condition=Q(area__isnull=True), name="progress_once_whole"
            ),
            models.UniqueConstraint(fields=["target", "area", "month"], name="progress_once_area"),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.month}"


class OutsideFigure(models.Model):
    """A target's figure entered by a person: outside statistics with their source, or a confirmed milestone."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="outside_figures", verbose_name="目标")
    on = models.DateField("数据日期")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4, null=True, blank=True)
    done = models.BooleanField("已完成", null=True, blank=True)
    source = models.CharField("来源", max_length=200)
    note = models.CharField("说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="录入人",
    )
    entered_at = models.DateTimeField("录入时间", auto_now_add=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "录入数据"
        ordering = ["target", "-on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=""), name="outside_source", violation_error_message="请写明数据来源"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(done__isnull=False),
                name="outside_value",
                violation_error_message="请填数值或确认完成情况",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.on}"


class Task(models.Model):
    """A task of a plan (重点任务) with its responsible units."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="tasks", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="tasks", verbose_name="条款")
    code = models.CharField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    summary = models.TextField("内容")
    responsible = models.ManyToManyField(Organisation, related_name="tasks", verbose_name="责任单位")
    responsible_stated = models.BooleanField("责任单位见于文本", default=False)
    targets = models.ManyToManyField(Target, related_name="tasks", verbose_name="对应目标")
    definition = models.JSONField("内容", default=dict)
    order = models.PositiveIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "重点任务"
        ordering = ["plan", "order"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
