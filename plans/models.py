"""Policy documents as their readers know them: text, clauses, what is open, what contradicts itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order
from incubators.models import Area, Organisation


class Plan(models.Model):
    """A policy document, loaded from a plan file. ``text`` is what its readers read, line by line."""

    code = models.SlugField("代码", max_length=40, unique=True)
    title = models.CharField("标题", max_length=200)
    short_title = models.CharField("简称", max_length=60)
    kind = models.CharField("类型", max_length=40)
    document_number = models.CharField("文号", max_length=80, blank=True)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, verbose_name="发文单位")
    issued_on = models.DateField("印发日期", null=True, blank=True)
    published_on = models.DateField("发布日期", null=True, blank=True)
    # Effective before issued is possible (Shanghai's plan), so these two are not held in order.
    effective_from = models.DateField("施行日期", null=True, blank=True)
    effective_to = models.DateField("失效日期", null=True, blank=True)
    effective_stated = models.BooleanField("施行日期见于文本", default=False)
    period_from = models.DateField("规划期起", null=True, blank=True)
    period_to = models.DateField("规划期止", null=True, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="plans", verbose_name="适用区域")
    text = models.TextField("全文")
    text_kind = models.CharField("文本形态", max_length=40)
    text_quality = models.CharField("文本来源质量", max_length=40)
    text_origin = models.CharField("文本来源", max_length=300)
    definition = models.JSONField("规划文件内容", default=dict)
    fingerprint = models.CharField("规划文件校验值", max_length=64)
    loaded_at = models.DateTimeField("载入时间", auto_now=True)

    class Meta:
        verbose_name = "规划"
        ordering = ["code"]
        constraints = [
            dates_in_order("period_from", "period_to", name="plan_period", message="规划期止不能早于规划期起"),
            dates_in_order("effective_from", "effective_to", name="plan_effective", message="失效日期不能早于施行日期"),
        ]

    def __str__(self) -> str:
        return self.short_title or self.title


class Clause(models.Model):
    """A numbered place in a plan's text, with its lines (1-based, both included) and quotation."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="clauses", verbose_name="规划")
    code = models.CharField("条款号", max_length=40)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children", verbose_name="上级条款"
    )
    kind = models.CharField("类型", max_length=20)
    label = models.CharField("编号", max_length=40, blank=True)
    label_corrected = models.CharField("更正编号", max_length=40, blank=True)
    heading = models.CharField("标题", max_length=200)
    order = models.PositiveIntegerField("顺序")
    line_from = models.PositiveIntegerField("起始行")
    line_to = models.PositiveIntegerField("结束行")
    quote = models.TextField("引文")

    class Meta:
        verbose_name = "条款"
        ordering = ["plan", "order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="clause_code", violation_error_message="条款号重复"),
            models.CheckConstraint(
                condition=Q(line_from__gte=1, line_to__gte=models.F("line_from")),
                name="clause_lines",
                violation_error_message="条款行号应从1起,结束行不小于起始行",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.heading}"


class Provision(models.Model):
    """Anything else a plan file says of a clause: definitions, baselines, supports, duties, named places, terms.

    Targets, rules, tasks and evaluation frames have tables of their own in the apps above; what is listed here is
    shown on the plan's page and quoted, not computed with.
    """

    class Kind(models.TextChoices):
        DEFINITION = "definition", "名词"
        BASELINE = "baseline", "基期数据"
        SUPPORT = "support", "非资金支持"
        DUTY = "duty", "报送与服务要求"
        NAMED = "named", "点名对象"
        TERM = "term", "用语"
        INDUSTRY = "industry", "产业领域"
        TABLE = "table", "表格"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="provisions", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.CASCADE, null=True, blank=True, related_name="provisions")
    kind = models.CharField("类型", max_length=12, choices=Kind)
    code = models.CharField("代码", max_length=60)
    name = models.CharField("名称", max_length=200)
    quote = models.TextField("引文", blank=True)
    data = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = "规定事项"
        ordering = ["plan", "kind", "id"]
        constraints = [models.UniqueConstraint(fields=["plan", "kind", "code"], name="provision_code")]

    def __str__(self) -> str:
        return self.name


class Discrepancy(models.Model):
    """A typo, gap, ambiguity or contradiction in a plan's text: shown with how it is read, never corrected."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="discrepancies", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.CASCADE, null=True, blank=True, related_name="discrepancies")
    code = models.CharField("代码", max_length=40)
    kind = models.CharField("类型", max_length=30)
    text = models.TextField("内容")
    handling = models.TextField("处理")

    class Meta:
        verbose_name = "文本疑点"
        ordering = ["plan", "id"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="discrepancy_code")]

    def __str__(self) -> str:
        return self.code


class OpenQuestion(models.Model):
    """What a text leaves open: a ratio, an amount, a list, a criterion. Until someone decides, nothing is guessed."""

    class ValueKind(models.TextChoices):
        RATIO = "ratio", "比例"
        AMOUNT = "amount", "金额(元)"
        LIST = "list", "名单"
        CRITERION = "criterion", "标准"
        DOCUMENT = "document", "文件"
        CHOICE = "choice", "选择"
        DATE = "date", "日期"
        TEXT = "text", "说明"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="questions", verbose_name="规划")
    clause = models.ForeignKey(Clause, on_delete=models.SET_NULL, null=True, blank=True, related_name="questions")
    code = models.CharField("代码", max_length=40, unique=True)
    question = models.TextField("待定事项")
    value_kind = models.CharField("内容类型", max_length=10, choices=ValueKind)
    choices = models.JSONField("可选项", default=list, blank=True)
    used_by = models.JSONField("涉及目标与规则", default=list, blank=True)
    # Blocking: without a decision no figure and no amount. Otherwise ``meanwhile`` says what is assumed, openly.
    blocking = models.BooleanField("未决定前不得出数", default=True)
    meanwhile = models.TextField("未决定前的处理", blank=True)
    note = models.TextField("说明", blank=True)
    order = models.PositiveIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "待定事项"
        ordering = ["plan", "order"]

    def __str__(self) -> str:
        return self.question


class Decision(models.Model):
    """What a named person decided about an open question, on which day, citing which document. Kept for ever;
    a later decision supersedes an earlier one from its own day on."""

    question = models.ForeignKey(OpenQuestion, on_delete=models.PROTECT, related_name="decisions", verbose_name="事项")
    value = models.JSONField("决定内容")
    decided_on = models.DateField("决定日期")
    document = models.CharField("依据文件", max_length=200)
    reason = models.TextField("理由")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="决定人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = "决定"
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(document=""), name="decision_document", violation_error_message="请写明依据的文件"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="decision_reason", violation_error_message="请写明理由"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.decided_on}"
