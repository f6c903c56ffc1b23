"""Subsidies: rules as versioned data, what other payers granted, runs, awards with their explanation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.constraints import not_above, not_negative
from incubators.models import Carrier
from incubators.scope import Scope
from plans.models import Clause, Plan


class Rule(models.Model):
    """One subsidy rule of a plan, as loaded from its file. ``definition`` is the file's own content."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="rules", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="rules", verbose_name="条款")
    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    quote = models.TextField("引文")
    beneficiary = models.CharField("受益对象", max_length=20)
    form = models.CharField("金额形式", max_length=24)
    frequency = models.CharField("频次", max_length=20)
    effective_from = models.DateField("生效", null=True, blank=True)
    effective_to = models.DateField("失效", null=True, blank=True)
    definition = models.JSONField("规则内容")
    fingerprint = models.CharField("版本校验值", max_length=64)
    order = models.PositiveIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "补贴规则"
        ordering = ["plan", "order"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PayerGrantQuerySet(models.QuerySet["PayerGrant"]):
    def visible_to(self, user: Any) -> PayerGrantQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))


class PayerGrant(models.Model):
    """What another payer (the city) approved for a carrier and year, with its document: the base of a match."""

    class Kind(models.TextChoices):
        OPERATING = "operating_grant", "市级年度运营补贴"
        REWARD = "reward_grant", "市级绩效评价后奖励"
        GRADE = "grade_grant", "市级年度绩效评价补贴"

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="payer_grants", verbose_name="载体")
    kind = models.CharField("种类", max_length=20, choices=Kind)
    year = models.PositiveSmallIntegerField("年度")
    approved = models.DecimalField("批准金额(元)", max_digits=16, decimal_places=2)
    approved_on = models.DateField("批准日期")
    received = models.DecimalField("到账金额(元)", max_digits=16, decimal_places=2, null=True, blank=True)
    received_on = models.DateField("到账日期", null=True, blank=True)
    document = models.CharField("批准文件", max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登记人",
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = PayerGrantQuerySet.as_manager()

    class Meta:
        verbose_name = "市级资助记录"
        ordering = ["-year", "carrier"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "kind", "year", "document"],
                name="payer_grant_once",
                violation_error_message="该文件对该载体当年的此项资助已登记",
            ),
            not_negative("approved", "received", name="payer_grant_amounts", message="金额不能为负数"),
            models.CheckConstraint(
                condition=~Q(document=""), name="payer_grant_document", violation_error_message="请写明批准文件"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.year} {self.get_kind_display()}"


class AwardRunQuerySet(models.QuerySet["AwardRun"]):
    def visible_to(self, user: Any) -> AwardRunQuerySet:
        """Runs of plans whose area the person sees whole; operators see awards, not runs."""
        return self.filter(Scope.of(user).areas("plan__area__"))


class AwardRun(models.Model):
    """One computation (测算) of a plan's proposals for a year, as of a day."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="runs", verbose_name="规划")
    year = models.PositiveSmallIntegerField("年度")
    as_of = models.DateField("数据截止")
    run_by_name = models.CharField("测算人", max_length=150)
    job_id = models.UUIDField("后台任务", null=True, blank=True)
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    counts = models.JSONField("结果计数", default=dict, blank=True)

    objects = AwardRunQuerySet.as_manager()

    class Meta:
        verbose_name = "测算"
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.plan} {self.year}年度"


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: Any) -> AwardQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))


class Award(models.Model):
    """What one carrier is due under one rule for one year, and why.

    ``dossier`` holds clause, quotation, inputs, arithmetic and decisions as known when it was computed. Ceilings are
    apart from grants: see :class:`AwardShare`. Once reviewed, a new computation no longer changes it.
    """

    class Verdict(models.TextChoices):
        PAYABLE = "payable", "应予"
        NOT_PAYABLE = "not_payable", "不予"
        UNDECIDED = "undecided", "尚不能定"
        NOT_IN_FORCE = "not_in_force", "规则未生效"

    class State(models.TextChoices):
        PROPOSED = "proposed", "建议"
        REVIEWED = "reviewed", "已复核"
        PUBLICISED = "publicised", "公示中"
        APPROVED = "approved", "已批准"
        PAID = "paid", "已拨付"

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="awards", verbose_name="规则")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="awards", verbose_name="载体")
    year = models.PositiveSmallIntegerField("年度")
    verdict = models.CharField("结论", max_length=14, choices=Verdict)
    reason = models.CharField("理由", max_length=500)
    state = models.CharField("状态", max_length=12, choices=State, default=State.PROPOSED)
    dossier = models.JSONField("说明书")
    fingerprint = models.CharField("校验值", max_length=64)
    run = models.ForeignKey(AwardRun, on_delete=models.PROTECT, related_name="awards", verbose_name="测算")
    computed_at = models.DateTimeField("测算时间", auto_now=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = "补贴"
        ordering = ["year", "rule", "carrier"]
        indexes = [models.Index(fields=["year", "verdict"], name="award_year_verdict")]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "carrier", "year"],
                name="award_once",
                violation_error_message="该载体当年在此规则下已有一条",
            ),
            models.CheckConstraint(
                condition=Q(verdict="payable") | Q(state="proposed"),
                name="award_only_payable_moves",
                violation_error_message="只有“应予”的补贴才能复核、公示、批准和拨付",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.year} {self.rule.name}"


class AwardShare(models.Model):
    """One payer's part of an award. ``ceiling`` (最高) is never an amount; ``proposed`` is what the rule computes
    exactly; ``granted`` is what an officer set, held under the ceiling by the database. All yuan."""

    class Payer(models.TextChoices):
        DISTRICT = "district", "区级"
        MUNICIPAL = "municipal", "市级"

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="shares", verbose_name="补贴")
    payer = models.CharField("出资方", max_length=10, choices=Payer)
    payer_stated = models.BooleanField("出资方见于文本", default=False)
    ceiling = models.DecimalField("上限(元)", max_digits=16, decimal_places=2, null=True, blank=True)
    proposed = models.DecimalField("测算金额(元)", max_digits=16, decimal_places=2, null=True, blank=True)
    granted = models.DecimalField("核定金额(元)", max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "出资份额"
        ordering = ["award", "payer"]
        constraints = [
            models.UniqueConstraint(fields=["award", "payer"], name="share_once"),
            not_above("granted", "ceiling", name="share_under_ceiling", message="核定金额不能超过上限"),
            not_above("proposed", "ceiling", name="share_proposed_ceiling", message="测算金额不能超过上限"),
            not_negative("ceiling", "proposed", "granted", name="share_amounts", message="金额不能为负数"),
            models.CheckConstraint(
                condition=Q(granted__isnull=True)
                | Q(ceiling__isnull=False)
                | Q(proposed__isnull=False, granted__lte=F("proposed")),
                name="share_granted_bounded",
                violation_error_message="核定金额须有上限或测算金额为依据,且不超过它",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_payer_display()}"


class AwardEvent(models.Model):
    """One step of an award: who moved it, when, from which state to which, with what words."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="events", verbose_name="补贴")
    at = models.DateTimeField("时间", auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人"
    )
    from_state = models.CharField("原状态", max_length=12, choices=Award.State)
    to_state = models.CharField("新状态", max_length=12, choices=Award.State)
    comment = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "补贴流转"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"
