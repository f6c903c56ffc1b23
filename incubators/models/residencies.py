"""Where enterprises live and lived, their time in incubation, and what became of those that graduated."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.constraints import dates_in_order, not_negative
from incubators.models.carriers import Carrier
from incubators.models.enterprises import Enterprise
from incubators.scope import Scope


def resident(day: Any, prefix: str = "") -> Q:
    """Living in the carrier on ``day``: entered on or before it, not left on it. ``prefix`` leads to the stay; both
    conditions then hold of one stay only within one ``filter`` call."""
    open_end = Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": day})
    return open_end & Q(**{f"{prefix}entered_on__lte": day})


def incubating(day: Any, prefix: str = "") -> Q:
    """In incubation on ``day``: begun on or before it, neither left nor graduated by then."""
    open_end = Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": day})
    open_end &= Q(**{f"{prefix}graduated_on": None}) | Q(**{f"{prefix}graduated_on__gt": day})
    return open_end & Q(**{f"{prefix}incubating_from__lte": day})


class ResidencyQuerySet(models.QuerySet["Residency"]):
    def visible_to(self, user: Any) -> ResidencyQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("carrier__"))

    def resident_on(self, day: Any) -> ResidencyQuerySet:
        """Living in the carrier on ``day``, see :func:`resident`."""
        return self.filter(resident(day))

    def incubating_on(self, day: Any) -> ResidencyQuerySet:
        """In incubation on ``day``, see :func:`incubating`."""
        return self.filter(incubating(day))


class Residency(models.Model):
    """An enterprise in a carrier (入驻), from entry to exit; in incubation from ``incubating_from`` until it
    graduates or leaves. A service tenant never begins incubation; a graduate may stay on as a tenant.

    The limit of months counts from ``clock_from``, which is set where incubation began before this stay (in another
    carrier, before a transfer), else from ``incubating_from``; see :mod:`incubators.register.lifecycle`. Money in yuan.
    """

    class Outcome(models.TextChoices):
        GRADUATED = "graduated", "毕业"
        MOVED_OUT = "moved_out", "迁出"
        CLOSED = "closed", "注销"
        CLEARED = "cleared", "清退"
        TRANSFERRED = "transferred", "转移"

    class GraduationGround(models.TextChoices):
        HIGH_TECH = "high_tech", "获得高新技术企业资质"
        INVESTED = "invested", "累计获得创业投资超过500万元"
        REVENUE = "revenue", "连续两年营业收入累计超过1000万元"
        LISTED = "listed", "被兼并收购或挂牌上市"

    class Destination(models.TextChoices):
        STAYED = "stayed", "在驻"
        DISTRICT = "district", "迁出(区内)"
        OUTSIDE = "outside", "迁出(区外)"

    class YesNo(models.TextChoices):
        """Nothing written means: not known."""

        YES = "yes", "是"
        NO = "no", "否"

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="residencies", verbose_name="企业"
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="residencies", verbose_name="载体")
    entered_on = models.DateField("入驻日期")
    incubating_from = models.DateField("在孵起始", null=True, blank=True, db_index=True)
    clock_from = models.DateField("孵化计时起始", null=True, blank=True)
    transferred_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="transferred_to", verbose_name="转自"
    )
    # An officer's words why it may incubate in two carriers at once; without them it may not.
    overlap_reason = models.CharField("同时在孵说明", max_length=200, blank=True)
    graduated_on = models.DateField("毕业日期", null=True, blank=True, db_index=True)
    graduation_ground = models.CharField("毕业依据", max_length=12, choices=GraduationGround, blank=True)
    # Codes of GraduationGround, separated by commas, in their order.
    further_grounds = models.CharField("其他毕业依据", max_length=60, blank=True)
    invested_amount = models.DecimalField(
        "累计获得创业投资(元)", max_digits=18, decimal_places=2, null=True, blank=True
    )
    revenue_from_year = models.PositiveSmallIntegerField("收入首年", null=True, blank=True)
    revenue_first = models.DecimalField("首年营业收入(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    revenue_second = models.DecimalField("次年营业收入(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    graduation_number = models.CharField("毕业编号", max_length=60, blank=True)
    registered_in_district = models.CharField("毕业时注册在本区", max_length=3, choices=YesNo, blank=True)
    destination = models.CharField("毕业去向", max_length=12, choices=Destination, blank=True)
    destination_place = models.CharField("去向说明", max_length=120, blank=True)
    left_on = models.DateField("离开日期", null=True, blank=True, db_index=True)
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True)
    floor_area = models.DecimalField("占用面积(㎡)", max_digits=10, decimal_places=2, null=True, blank=True)
    mentored = models.BooleanField("已建立导师辅导", default=False)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = ResidencyQuerySet.as_manager()

    class Meta:
        verbose_name = "入驻"
        ordering = ["-entered_on", "-id"]
        indexes = [
            models.Index(fields=["carrier", "incubating_from"], name="residency_carrier"),
            models.Index(fields=["entered_on", "id"], name="residency_by_entered"),
            models.Index(fields=["outcome"], condition=~Q(outcome=""), name="residency_by_outcome"),
            models.Index(fields=["graduation_ground"], condition=~Q(graduation_ground=""), name="residency_by_ground"),
            models.Index(fields=["destination"], condition=~Q(destination=""), name="residency_by_destination"),
            models.Index(
                fields=["registered_in_district"],
                condition=~Q(registered_in_district=""),
                name="residency_by_registered",
            ),
        ]
        constraints = [
            dates_in_order("entered_on", "left_on", name="residency_dates", message="离开日期不能早于入驻日期"),
            dates_in_order(
                "entered_on", "incubating_from", name="residency_incubating", message="在孵起始不能早于入驻日期"
            ),
            dates_in_order(
                "incubating_from", "graduated_on", name="residency_graduated", message="毕业日期不能早于在孵起始"
            ),
            dates_in_order(
                "clock_from", "incubating_from", name="residency_clock", message="孵化计时起始不能晚于在孵起始"
            ),
            models.CheckConstraint(
                condition=Q(graduated_on__isnull=True) | (Q(incubating_from__isnull=False) & ~Q(graduation_ground="")),
                name="residency_graduation_ground",
                violation_error_message="毕业须先在孵,并写明毕业依据",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | ~Q(outcome=""),
                name="residency_outcome",
                violation_error_message="离开须写明结果(迁出、注销、清退、转移或毕业离开)",
            ),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(
                    left_on__isnull=True, graduated_on__isnull=True, incubating_from__isnull=False, overlap_reason=""
                ),
                name="residency_one_incubation",
                violation_error_message="该企业已在另一载体在孵;同一企业同时只能在一家载体在孵",
            ),
            not_negative("floor_area", name="residency_floor_area", message="占用面积不能为负数"),
            not_negative(
                "invested_amount",
                "revenue_first",
                "revenue_second",
                name="residency_amounts",
                message="投资与收入金额不能为负数",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.carrier}"

    @property
    def grounds(self) -> list[str]:
        """Codes of every ground on which it graduated."""
        met = {self.graduation_ground, *self.further_grounds.split(",")}
        return [code for code in self.GraduationGround.values if code in met]

    @property
    def ground_words(self) -> str:
        """The same in words."""
        return "、".join(self.GraduationGround(code).label for code in self.grounds)


class IncubationExtension(models.Model):
    """An officer's decision (延期) that an enterprise may incubate beyond its limit, until ``until`` (that day inside)."""

    residency = models.ForeignKey(Residency, on_delete=models.PROTECT, related_name="extensions", verbose_name="入驻")
    decided_on = models.DateField("决定日期")
    until = models.DateField("延期至")
    reason = models.CharField("延期理由", max_length=200)
    document = models.CharField("文件", max_length=120, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "在孵延期"
        ordering = ["-decided_on", "-id"]
        constraints = [
            dates_in_order(
                "decided_on", "until", name="incubation_extension_dates", message="延期至的日期不能早于决定日期"
            ),
            models.UniqueConstraint(
                fields=["residency", "until"],
                name="incubation_extension_once",
                violation_error_message="已有延期到这一天的决定",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.residency} 延期至{self.until:%Y-%m-%d}"


class GraduateFollowUp(models.Model):
    """Where a graduate was in a later year (毕业企业跟踪), one short record a year. Revenue in yuan."""

    residency = models.ForeignKey(Residency, on_delete=models.PROTECT, related_name="follow_ups", verbose_name="入驻")
    year = models.PositiveSmallIntegerField("年度")
    destination = models.CharField("去向", max_length=12, choices=Residency.Destination)
    place = models.CharField("去向说明", max_length=120, blank=True)
    staff_count = models.PositiveIntegerField("从业人数", null=True, blank=True)
    revenue = models.DecimalField("营业收入(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    note = models.CharField("情况", max_length=200, blank=True)
    recorded_on = models.DateField("登记日期")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    is_synthetic = models.BooleanField("合成数据", default=False)

    class Meta:
        verbose_name = "毕业企业跟踪"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["residency", "year"],
                name="graduate_follow_up_once",
                violation_error_message="年度:这一年已有跟踪记录",
            ),
            not_negative("revenue", name="graduate_follow_up_revenue", message="营业收入不能为负数"),
        ]

    def __str__(self) -> str:
        return f"{self.residency} {self.year}年跟踪"
