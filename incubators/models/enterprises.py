"""Enterprises under one code, where they reside and since when, and what they are qualified as."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.constraints import dates_in_order, not_above, not_negative
from incubators import uscc
from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.scope import Scope

USCC_FORMAT = RegexValidator(uscc.PATTERN, f"统一社会信用代码{uscc.SHAPE}")


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: Any) -> EnterpriseQuerySet:
        """Enterprises of the person's areas, and those that live or lived in a carrier the person may see."""
        scope = Scope.of(user)
        lived = Residency.objects.filter(scope.carriers("carrier__"), enterprise=OuterRef("pk"))
        return self.filter(scope.areas("area__") | Exists(lived))


class Enterprise(models.Model):
    """A company, inside or outside carriers, under its unified social credit code (GB 32100-2015).

    Capital is in yuan.
    """

    class FounderType(models.TextChoices):
        GRADUATE = "graduate", "大学生"
        RETURNEE = "returnee", "留学人员"
        RESEARCHER = "researcher", "科研人员"
        SERIAL = "serial", "连续创业者"
        EXECUTIVE = "executive", "大企业高管"
        OTHER = "other", "其他"

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True, validators=[USCC_FORMAT])
    name = models.CharField("名称", max_length=120)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True, db_index=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="enterprises", verbose_name="注册区域")
    founded_on = models.DateField("成立日期", null=True, blank=True)
    industry = models.CharField("技术领域", max_length=40, blank=True)
    former_name = models.CharField("曾用名", max_length=120, blank=True)
    industry_code = models.CharField("国民经济行业", max_length=40, blank=True)
    registration_type = models.CharField("登记注册类型", max_length=40, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=40, blank=True)
    registered_capital = models.DecimalField("注册资本(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    paid_in_capital = models.DecimalField("实缴资本(元)", max_digits=18, decimal_places=2, null=True, blank=True)
    registered_address = models.CharField("注册地址", max_length=200, blank=True)
    office_address = models.CharField("研发办公地址", max_length=200, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    contact_email = models.CharField("电子邮箱", max_length=120, blank=True)
    website = models.CharField("网址", max_length=200, blank=True)
    main_product = models.CharField("主要产品或服务", max_length=200, blank=True)
    core_technology = models.CharField("核心技术", max_length=200, blank=True)
    founder_name = models.CharField("创始人", max_length=40, blank=True)
    founder_type = models.CharField("创业者类型", max_length=12, choices=FounderType, blank=True)
    staff_count = models.PositiveIntegerField("从业人数", null=True, blank=True)
    research_staff_count = models.PositiveIntegerField("研发人员数", null=True, blank=True)
    # The check digit of some real codes does not fit: an officer has looked at the licence.
    licence_checked = models.BooleanField("已核对营业执照", default=False)
    remark = models.CharField("备注", max_length=300, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = "企业"
        ordering = ["uscc"]
        constraints = [
            not_negative("registered_capital", "paid_in_capital", name="enterprise_capital", message="资本不能为负数"),
            not_above(
                "research_staff_count",
                "staff_count",
                name="enterprise_staff",
                message="研发人员数不能多于从业人数",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ResidencyQuerySet(models.QuerySet["Residency"]):
    def visible_to(self, user: Any) -> ResidencyQuerySet:
        return self.filter(Scope.of(user).carriers("carrier__"))

    def resident_on(self, day: Any) -> ResidencyQuerySet:
        """Living in the carrier on ``day``: entered on or before it, not left on it."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=day), entered_on__lte=day)

    def incubating_on(self, day: Any) -> ResidencyQuerySet:
        """In incubation on ``day``: begun on or before it, neither left nor graduated by then."""
        return self.filter(
            Q(left_on=None) | Q(left_on__gt=day),
            Q(graduated_on=None) | Q(graduated_on__gt=day),
            incubating_from__lte=day,
        )


class Residency(models.Model):
    """An enterprise in a carrier (入驻), from entry to exit; in incubation from ``incubating_from`` until it
    graduates or leaves. A service tenant never begins incubation; a graduate may stay on as a tenant."""

    class Outcome(models.TextChoices):
        GRADUATED = "graduated", "毕业"
        MOVED_OUT = "moved_out", "迁出"
        CLOSED = "closed", "注销"
        CLEARED = "cleared", "清退"

    class GraduationGround(models.TextChoices):
        HIGH_TECH = "high_tech", "获得高新技术企业资质"
        INVESTED = "invested", "累计获得创业投资超过500万元"
        REVENUE = "revenue", "连续两年营业收入累计超过1000万元"
        LISTED = "listed", "被兼并收购或挂牌上市"

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="residencies", verbose_name="企业"
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="residencies", verbose_name="载体")
    entered_on = models.DateField("入驻日期")
    incubating_from = models.DateField("在孵起始", null=True, blank=True, db_index=True)
    graduated_on = models.DateField("毕业日期", null=True, blank=True, db_index=True)
    graduation_ground = models.CharField("毕业依据", max_length=12, choices=GraduationGround, blank=True)
    graduation_number = models.CharField("毕业编号", max_length=60, blank=True)
    left_on = models.DateField("离开日期", null=True, blank=True, db_index=True)
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True)
    floor_area = models.DecimalField("占用面积(㎡)", max_digits=10, decimal_places=2, null=True, blank=True)
    mentored = models.BooleanField("已建立导师辅导", default=False)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = ResidencyQuerySet.as_manager()

    class Meta:
        verbose_name = "入驻"
        ordering = ["-entered_on", "-id"]
        indexes = [models.Index(fields=["carrier", "incubating_from"], name="residency_carrier")]
        constraints = [
            dates_in_order("entered_on", "left_on", name="residency_dates", message="离开日期不能早于入驻日期"),
            dates_in_order(
                "entered_on", "incubating_from", name="residency_incubating", message="在孵起始不能早于入驻日期"
            ),
            dates_in_order(
                "incubating_from", "graduated_on", name="residency_graduated", message="毕业日期不能早于在孵起始"
            ),
            models.CheckConstraint(
                condition=Q(graduated_on__isnull=True) | (Q(incubating_from__isnull=False) & ~Q(graduation_ground="")),
                name="residency_graduation_ground",
                violation_error_message="毕业须先在孵,并写明毕业依据",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | ~Q(outcome=""),
                name="residency_outcome",
                violation_error_message="离开须写明结果(迁出、注销、清退或毕业离开)",
            ),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(left_on__isnull=True, graduated_on__isnull=True, incubating_from__isnull=False),
                name="residency_one_incubation",
                violation_error_message="该企业已在另一载体在孵;同一企业同时只能在一家载体在孵",
            ),
            not_negative("floor_area", name="residency_floor_area", message="占用面积不能为负数"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.carrier}"


class QualificationKind(models.Model):
    """What an enterprise can be qualified as (高新技术企业 high_tech ...), with the level where it has one."""

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("名称", max_length=80)

    class Meta:
        verbose_name = "资质种类"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class QualificationQuerySet(models.QuerySet["Qualification"]):
    def visible_to(self, user: Any) -> QualificationQuerySet:
        return self.filter(enterprise__in=Enterprise.objects.visible_to(user))

    def valid_on(self, day: Any) -> QualificationQuerySet:
        """Valid on ``day``, both ends included."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class Qualification(models.Model):
    """A dated qualification of an enterprise. Re-certification is a further row; 新增 counts the first of its kind."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="qualifications", verbose_name="企业"
    )
    kind = models.ForeignKey(
        QualificationKind, on_delete=models.PROTECT, related_name="qualifications", verbose_name="资质"
    )
    certificate = models.CharField("证书或登记编号", max_length=60, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = "企业资质"
        ordering = ["-valid_from", "-id"]
        indexes = [
            models.Index(fields=["kind", "valid_from"], name="qualification_kind_from"),
            models.Index(fields=["enterprise", "kind", "valid_from"], name="qualification_enterprise"),
        ]
        constraints = [
            dates_in_order("valid_from", "valid_to", name="qualification_dates", message="失效日期不能早于生效日期"),
            models.UniqueConstraint(
                fields=["enterprise", "kind", "valid_from"],
                name="qualification_once",
                violation_error_message="该企业当日已有同一资质",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.kind}"
