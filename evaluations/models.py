"""Yearly evaluation: schemes, cycles that apply them, results with every step, and grades given by others."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from incubators.models import Area, Carrier
from incubators.scope import Scope
from plans.models import Clause, Plan


class Scheme(models.Model):
    """A scheme (指标体系): dimensions, indicators with weights, scoring methods, grades; versioned data.

    A demonstration scheme is not policy and says so wherever its scores are shown.
    """

    code = models.SlugField("代码", max_length=60)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=120)
    is_demonstration = models.BooleanField("演示方案", default=False)
    source = models.CharField("来源", max_length=300)
    definition = models.JSONField("方案内容")
    fingerprint = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = "评价方案"
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="scheme_version")]

    def __str__(self) -> str:
        return f"{self.name}(第{self.version}版)"


class Frame(models.Model):
    """An evaluation a plan speaks of: who is assessed, how often, on what, with which grades (评价框架).

    Its weights are mostly not stated; the grades it yields come in as :class:`GradeRecord`.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="frames", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="frames", verbose_name="条款")
    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    quote = models.TextField("引文")
    definition = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = "评价框架"
        ordering = ["plan", "code"]

    def __str__(self) -> str:
        return self.name


class GradeRecordQuerySet(models.QuerySet["GradeRecord"]):
    def visible_to(self, user: Any) -> GradeRecordQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))


class GradeRecord(models.Model):
    """A grade a carrier received in a year's evaluation, with the document that says so."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="grades", verbose_name="载体")
    frame = models.ForeignKey(Frame, on_delete=models.PROTECT, related_name="grades", verbose_name="评价")
    year = models.PositiveSmallIntegerField("评价年度")
    grade = models.CharField("等次", max_length=40)
    title_code = models.CharField("评价时称号", max_length=60, blank=True)
    published_on = models.DateField("公布日期")
    document = models.CharField("结果文件", max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登记人",
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = GradeRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "评价等次"
        ordering = ["-year", "carrier"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "frame", "year"],
                name="grade_once",
                violation_error_message="该载体当年在此评价中已有等次",
            ),
            models.CheckConstraint(
                condition=~Q(document=""), name="grade_document", violation_error_message="请写明公布结果的文件"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.year} {self.grade}"


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: Any) -> CycleQuerySet:
        """Cycles of the person's areas, and those in which a carrier of theirs has a result."""
        own = Result.objects.visible_to(user).filter(cycle=OuterRef("pk"))
        return self.filter(Scope.of(user).areas("area__") | Exists(own))


class Cycle(models.Model):
    """A scheme applied to a year and an area's carriers."""

    class State(models.TextChoices):
        DRAFT = "draft", "筹备"
        SCORED = "scored", "已评分"
        PUBLICISED = "publicised", "公示中"
        PUBLISHED = "published", "已公布"

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=120)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="cycles", verbose_name="方案")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="cycles", verbose_name="区域")
    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    scored_at = models.DateTimeField("评分时间", null=True, blank=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = "评价周期"
        ordering = ["-year", "code"]

    def __str__(self) -> str:
        return self.name


class ExpertScore(models.Model):
    """One expert's score (0 to 100) of one qualitative indicator of one carrier, with the reason."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="expert_scores", verbose_name="周期")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+", verbose_name="载体")
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="专家"
    )
    indicator = models.CharField("指标", max_length=60)
    score = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "专家评分"
        ordering = ["cycle", "carrier", "indicator"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "carrier", "expert", "indicator"], name="expert_score_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
                name="expert_score_range",
                violation_error_message="得分应在0到100之间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id} {self.indicator}"


class ResultQuerySet(models.QuerySet["Result"]):
    def visible_to(self, user: Any) -> ResultQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))


class Result(models.Model):
    """What a carrier scored in a cycle, every step kept: input, method, arithmetic, points."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="results", verbose_name="周期")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="results", verbose_name="载体")
    score = models.DecimalField("总分", max_digits=7, decimal_places=3, null=True, blank=True)
    rank = models.PositiveIntegerField("名次", null=True, blank=True)
    grade = models.CharField("等次", max_length=40, blank=True)
    missing = models.JSONField("缺少的数据", default=list, blank=True)
    steps = models.JSONField("评分过程", default=list)
    fingerprint = models.CharField("校验值", max_length=64)
    computed_at = models.DateTimeField("评分时间", auto_now=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "评价结果"
        ordering = ["cycle", "rank", "carrier"]
        constraints = [models.UniqueConstraint(fields=["cycle", "carrier"], name="result_once")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.score}"
