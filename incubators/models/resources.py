"""What carriers incubate with: funds, talents, mentors, service platforms, activities."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.constraints import dates_in_order, not_negative
from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.models.enterprises import Enterprise
from incubators.scope import Among, Scope


class AreaRowQuerySet(models.QuerySet[Any]):
    """Rows that belong to an area and perhaps to a carrier of it."""

    def visible_to(self, user: Any) -> AreaRowQuerySet:
        scope = Scope.of(user)
        if scope.sees_all:
            return self.all()
        rows = self.model._default_manager.order_by()
        if scope.sees_most:
            here = rows.filter(scope.carriers("carrier__"), pk=OuterRef("pk"))
            hidden = rows.filter(~Exists(here), area__in=scope.outside().values("pk"))
            return self.filter(~Q(Among("pk", hidden.values("pk"))))
        parts = [
            rows.filter(condition).values("pk") for condition in (scope.areas("area__"), scope.carriers("carrier__"))
        ]
        return self.filter(Q(Among("pk", parts[0].union(parts[1]))))


class Fund(models.Model):
    """An incubation fund (孵化基金). Whether it is in effective operation follows from its paid investments."""

    class Kind(models.TextChoices):
        OWN = "own", "自有"
        JOINT = "joint", "合作"
        EXTERNAL = "external", "外部"

    code = models.SlugField("编号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=8, choices=Kind)
    filing_number = models.CharField("备案编号", max_length=60, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="funds", verbose_name="区域")
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True, related_name="funds", verbose_name="载体"
    )
    size = models.DecimalField("规模(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    established_on = models.DateField("成立日期")
    ended_on = models.DateField("终止日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = AreaRowQuerySet.as_manager()

    class Meta:
        verbose_name = "孵化基金"
        ordering = ["code"]
        indexes = [
            models.Index(fields=["name", "id"], name="fund_by_name"),
            models.Index(fields=["established_on", "id"], name="fund_by_established"),
            models.Index(fields=["size", "id"], name="fund_by_size"),
            models.Index(fields=["kind"], name="fund_by_kind"),
        ]
        constraints = [
            dates_in_order("established_on", "ended_on", name="fund_dates", message="终止日期不能早于成立日期"),
            not_negative("size", name="fund_size", message="规模不能为负数"),
        ]

    def __str__(self) -> str:
        return self.name


class FundInvestment(models.Model):
    """A paid investment of a fund, the evidence that it operates."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="investments", verbose_name="基金")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="fund_investments", verbose_name="企业"
    )
    paid_on = models.DateField("实缴日期")
    amount = models.DecimalField("金额(元)", max_digits=18, decimal_places=2)
    evidence = models.CharField("凭证", max_length=200, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "基金投资"
        ordering = ["-paid_on", "-id"]
        indexes = [
            models.Index(fields=["paid_on", "id"], name="investment_by_paid"),
            models.Index(fields=["amount", "id"], name="investment_by_amount"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="investment_amount", violation_error_message="投资金额须大于零"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fund} → {self.enterprise}"


class Talent(models.Model):
    """A person of the six routes (“六路”孵化人才). ``is_leading`` is an officer's confirmation as 高端孵化领军人才."""

    class Route(models.TextChoices):
        SCIENTIST = "scientist", "转化经验丰富的科学家"
        CROSS_DISCIPLINE = "cross_discipline", "跨学科交叉人才"
        INVESTOR = "investor", "科技创投人才"
        MANAGER = "manager", "知名职业经理人"
        SERIAL_FOUNDER = "serial_founder", "连续成功创业者"
        RETURNEE = "returnee", "海外背景归国人才"

    name = models.CharField("姓名", max_length=40)
    route = models.CharField("类别", max_length=20, choices=Route)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="talents", verbose_name="区域")
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True, related_name="talents", verbose_name="载体"
    )
    arrived_on = models.DateField("引进日期")
    left_on = models.DateField("离开日期", null=True, blank=True)
    is_leading = models.BooleanField("已确认为高端孵化领军人才", default=False)
    basis = models.CharField("确认依据", max_length=200, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = AreaRowQuerySet.as_manager()

    class Meta:
        verbose_name = "孵化人才"
        ordering = ["-arrived_on", "-id"]
        indexes = [
            models.Index(fields=["name", "id"], name="talent_by_name"),
            models.Index(fields=["arrived_on", "id"], name="talent_by_arrived"),
            models.Index(fields=["route"], name="talent_by_route"),
        ]
        constraints = [
            dates_in_order("arrived_on", "left_on", name="talent_dates", message="离开日期不能早于引进日期"),
            models.CheckConstraint(
                condition=Q(is_leading=False) | ~Q(basis=""),
                name="talent_basis",
                violation_error_message="确认为领军人才须写明依据",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Mentor(models.Model):
    """A start-up mentor (创业导师) of a carrier."""

    name = models.CharField("姓名", max_length=40)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="mentors", verbose_name="载体")
    field = models.CharField("专长", max_length=60, blank=True)
    engaged_on = models.DateField("聘任日期")
    ended_on = models.DateField("解聘日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "创业导师"
        ordering = ["-engaged_on", "-id"]
        indexes = [
            models.Index(fields=["name", "id"], name="mentor_by_name"),
            models.Index(fields=["engaged_on", "id"], name="mentor_by_engaged"),
        ]
        constraints = [
            dates_in_order("engaged_on", "ended_on", name="mentor_dates", message="解聘日期不能早于聘任日期")
        ]

    def __str__(self) -> str:
        return self.name


class MentorshipQuerySet(models.QuerySet["Mentorship"]):
    def visible_to(self, user: Any) -> MentorshipQuerySet:
        return self.filter(Scope.of(user).carriers("mentor__carrier__"))

    def valid_on(self, day: Any) -> MentorshipQuerySet:
        """Going on on ``day``: begun on or before it and not ended by then, nor the mentor's engagement."""
        open_ends = [
            Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": day}) for name in ("ended_on", "mentor__ended_on")
        ]
        return self.filter(*open_ends, started_on__lte=day)


class Mentorship(models.Model):
    """A mentor guides an enterprise (辅导关系) from one day to another."""

    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="mentorships", verbose_name="导师")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="mentorships", verbose_name="企业"
    )
    started_on = models.DateField("起始日期", db_index=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = MentorshipQuerySet.as_manager()

    class Meta:
        verbose_name = "导师辅导"
        ordering = ["-started_on", "-id"]
        constraints = [
            dates_in_order("started_on", "ended_on", name="mentorship_dates", message="终止日期不能早于起始日期"),
            models.UniqueConstraint(
                fields=["mentor", "enterprise", "started_on"],
                name="mentorship_once",
                violation_error_message="这位导师自当日起已在辅导该企业",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} → {self.enterprise}"


class ServicePlatform(models.Model):
    """A public service platform (公共服务平台, 概念验证中心, 检测平台 ...)."""

    class Kind(models.TextChoices):
        PUBLIC_SERVICE = "public_service", "专业性公共服务平台"
        PROOF_OF_CONCEPT = "proof_of_concept", "概念验证中心"
        TESTING = "testing", "检测平台"
        CERTIFICATION = "certification", "认证机构"
        FINANCE_STATION = "finance_station", "科创金融服务驿站"

    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=20, choices=Kind)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="platforms", verbose_name="区域")
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True, related_name="platforms", verbose_name="载体"
    )
    built_on = models.DateField("建成日期")
    ended_on = models.DateField("停用日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = AreaRowQuerySet.as_manager()

    class Meta:
        verbose_name = "公共服务平台"
        ordering = ["-built_on", "-id"]
        indexes = [
            models.Index(fields=["name", "id"], name="platform_by_name"),
            models.Index(fields=["kind", "id"], name="platform_by_kind"),
            models.Index(fields=["built_on", "id"], name="platform_by_built"),
        ]
        constraints = [
            dates_in_order("built_on", "ended_on", name="platform_dates", message="停用日期不能早于建成日期")
        ]

    def __str__(self) -> str:
        return self.name


class Activity(models.Model):
    """An event a carrier held (创新创业活动): road show, contest, training, mentors' day."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="activities", verbose_name="载体")
    title = models.CharField("主题", max_length=120)
    held_on = models.DateField("日期")
    participants = models.PositiveIntegerField("参与人次", default=0)
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "活动"
        ordering = ["-held_on", "-id"]
        indexes = [
            models.Index(fields=["held_on", "id"], name="activity_by_held"),
            models.Index(fields=["participants", "id"], name="activity_by_participants"),
        ]

    def __str__(self) -> str:
        return self.title
