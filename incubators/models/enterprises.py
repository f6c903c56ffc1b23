"""Enterprises under one code, and what they are qualified as."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.constraints import dates_in_order, not_above, not_negative
from incubators import uscc
from incubators.models.areas import Area
from incubators.scope import Among, Scope

USCC_FORMAT = RegexValidator(uscc.PATTERN, f"统一社会信用代码{uscc.SHAPE}")


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: Any) -> EnterpriseQuerySet:
        """Enterprises of the person's areas, and those that live or lived in a carrier the person may see."""
        scope = Scope.of(user)
        if scope.sees_all:
            return self.all()
        if scope.sees_most:
            return self.filter(~Q(Among("pk", self.hidden_from(user))))
        own = self.model._default_manager.order_by().filter(scope.areas("area__")).values("pk")
        lived = self._stays(scope).values("enterprise")
        # A union of keys and no OR: each part goes by its own index.
        return self.filter(Q(Among("pk", lived.union(own) if scope.area_paths else lived)))

    def hidden_from(self, user: Any) -> models.QuerySet[Any]:
        """Keys of all others; for who sees most of them."""
        scope = Scope.of(user)
        others = self.model._default_manager.order_by().filter(area__in=scope.outside().values("pk"))
        return others.filter(~Exists(self._stays(scope).filter(enterprise=OuterRef("pk")))).values("pk")

    def _stays(self, scope: Scope) -> models.QuerySet[Any]:
        # Residencies stand a module above this one.
        stays: Any = self.model._meta.get_field("residencies").related_model
        found: models.QuerySet[Any] = stays.objects.order_by().filter(scope.carriers("carrier__"))
        return found


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
        indexes = [
            models.Index(fields=["name", "id"], name="enterprise_by_name"),
            models.Index(fields=["founded_on", "id"], name="enterprise_by_founded"),
            models.Index(fields=["industry", "id"], name="enterprise_by_industry"),
            models.Index(fields=["registered_capital", "id"], name="enterprise_by_capital"),
            models.Index(fields=["staff_count", "id"], name="enterprise_by_staff"),
            models.Index(fields=["founder_type"], condition=~Q(founder_type=""), name="enterprise_by_founder"),
        ]
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
        scope = Scope.of(user)
        if scope.sees_all:
            return self.all()
        if scope.sees_most:
            return self.filter(~Q(Among("enterprise", Enterprise.objects.hidden_from(user))))
        return self.filter(Q(Among("enterprise", Enterprise.objects.visible_to(user).order_by().values("pk"))))

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
            models.Index(fields=["valid_from", "id"], name="qualification_by_from"),
            models.Index(fields=["valid_to", "id"], name="qualification_by_to"),
            models.Index(fields=["certificate", "id"], name="qualification_by_certificate"),
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
