"""Carriers, the titles they can be given, and the events by which they are given or lose them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Length

from core.constraints import dates_in_order, not_negative
from incubators.models.areas import Area, paths_above
from incubators.models.organisations import Organisation
from incubators.scope import Scope


class CarrierQuerySet(models.QuerySet["Carrier"]):
    def visible_to(self, user: Any) -> CarrierQuerySet:
        return self.filter(Scope.of(user).carriers())

    def within(self, area: Area) -> models.QuerySet[Any]:
        """Keys of carriers located in ``area`` or owned by it, with all below it: an enclave is under both."""
        areas = Area.objects.within(area).order_by().values("pk")
        rows = self.order_by()
        return rows.filter(area__in=areas).values("pk").union(rows.filter(owner_area__in=areas).values("pk"))

    def operating_on(self, day: Any) -> CarrierQuerySet:
        """Open on ``day``: opened on or before it and not closed by then."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)


class Carrier(models.Model):
    """A registered place that incubates (科创载体)."""

    class Kind(models.TextChoices):
        INCUBATOR = "incubator", "科技企业孵化器"
        MAKER_SPACE = "maker_space", "众创空间"
        ACCELERATOR = "accelerator", "加速器"
        SCIENCE_PARK = "science_park", "大学科技园"
        ENCLAVE = "enclave", "科创飞地"

    code = models.SlugField("编号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True, db_index=True)
    kind = models.CharField("类型", max_length=16, choices=Kind)
    operator = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="carriers", verbose_name="运营机构"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="carriers", verbose_name="所在区域")
    # For an enclave the unit that set it up differs from the place where it stands; it is credited to the former.
    owner_area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="owned_carriers", verbose_name="归属区域"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    industry = models.CharField("主导领域", max_length=40, blank=True)
    floor_area = models.DecimalField("建筑面积(㎡)", max_digits=12, decimal_places=2, null=True, blank=True)
    seats = models.PositiveIntegerField("工位数", null=True, blank=True)
    opened_on = models.DateField("开办日期")
    closed_on = models.DateField("关闭日期", null=True, blank=True)
    named_in_plan = models.BooleanField("规划文本点名", default=False)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = CarrierQuerySet.as_manager()

    class Meta:
        verbose_name = "科创载体"
        ordering = ["code"]
        indexes = [
            models.Index(fields=["kind", "opened_on"], name="carrier_kind_opened"),
            models.Index(fields=["name", "id"], name="carrier_by_name"),
            models.Index(fields=["opened_on", "id"], name="carrier_by_opened"),
            models.Index(fields=["closed_on"], name="carrier_by_closed"),
            models.Index(fields=["floor_area", "id"], name="carrier_by_floor_area"),
            models.Index(fields=["industry", "id"], name="carrier_by_industry"),
        ]
        constraints = [
            dates_in_order("opened_on", "closed_on", name="carrier_dates", message="关闭日期不能早于开办日期"),
            not_negative("floor_area", name="carrier_floor_area", message="建筑面积不能为负数"),
        ]

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """A level of titles with its rank; "X 以上" means rank at least X's. Shanghai's 市级 ranks as provincial (30)."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    rank = models.PositiveSmallIntegerField("位次")

    class Meta:
        verbose_name = "级别"
        ordering = ["-rank", "code"]

    def __str__(self) -> str:
        return self.name


class Ladder(models.Model):
    """A ladder of titles (序列): its titles in order of level and ``step``. The titles of a regime that replaces another
    have no level of their own: ``counterpart`` is the ladder with which a named person compares them."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    basis = models.CharField("依据文件", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)
    counterpart = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors", verbose_name="对照序列"
    )

    class Meta:
        verbose_name = "称号序列"
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class TitleQuerySet(models.QuerySet["Title"]):
    def given_to(self, carrier: Carrier) -> TitleQuerySet:
        """Titles that a carrier of this kind and place can be given; see :func:`incubators.register.rules.unfit`."""
        around = {*carrier.area.above(), *carrier.owner_area.above()}
        fits = self.filter(Q(area=None) | Q(area__path__in=around), carrier_kind__in=[*ANY_KIND, carrier.kind])
        return fits.select_related("level", "area")


ANY_KIND = ("", "any")  # kinds of titles that fit every carrier


class Title(models.Model):
    """Something a carrier can be recognised as (国家级科技企业孵化器). Titles of one ``ladder`` are steps of it; among
    those of one level the higher ``step`` is the higher title."""

    code = models.SlugField("代码", max_length=60, unique=True)
    name = models.CharField("称号", max_length=80)
    carrier_kind = models.CharField("适用类型", max_length=16, blank=True)
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, null=True, blank=True, related_name="titles", verbose_name="级别"
    )
    # The code of a Ladder: plan files name ladders, whose row may come later.
    ladder = models.CharField("序列", max_length=40, blank=True)
    step = models.PositiveSmallIntegerField("同级次序", default=0)
    # A province's or city's title is given within that province alone; a national one everywhere.
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="titles", verbose_name="授予范围"
    )

    objects = TitleQuerySet.as_manager()

    class Meta:
        verbose_name = "称号"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class TitleEquivalenceQuerySet(models.QuerySet["TitleEquivalence"]):
    def visible_to(self, user: Any) -> TitleEquivalenceQuerySet:
        """Decisions within the person's areas, and those from above that hold there too."""
        scope = Scope.of(user)
        above = {around for path in scope.area_paths for around in paths_above(path)}
        return self.filter(scope.areas("area__") | Q(area__path__in=above))

    def nearest(self) -> TitleEquivalenceQuerySet:
        """For a row of designations (the outer query): the decisions that hold for its title at its carrier's owner
        area, that of the nearest area first."""
        place = ExpressionWrapper(OuterRef("carrier__owner_area__path"), output_field=CharField())
        return (
            self.filter(is_current=True, title=OuterRef("title"))
            .annotate(place=place)
            .filter(place__startswith=F("area__path"))
            .order_by(Length("area__path").desc())
        )


class TitleEquivalence(models.Model):
    """What a named person decided for an area: as which title of the former regime a title of the new one counts
    (等同于); ``same_as`` empty: as none. Without a decision it counts as nothing. A later decision replaces the current
    one, which stays."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", verbose_name="适用区域")
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="equivalences", verbose_name="新制度称号")
    same_as = models.ForeignKey(
        Title, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="等同于"
    )
    decided_on = models.DateField("决定日期")
    document = models.CharField("依据文件", max_length=200)
    reason = models.CharField("理由", max_length=500)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="决定人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    is_current = models.BooleanField("现行", default=True)

    objects = TitleEquivalenceQuerySet.as_manager()

    class Meta:
        verbose_name = "称号对应"
        ordering = ["-decided_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "title"],
                condition=Q(is_current=True),
                name="equivalence_current",
                violation_error_message="该区域对这个称号已有现行决定",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} = {self.same_as or '不等同于任何原称号'}"


class DesignationQuerySet(models.QuerySet["Designation"]):
    def visible_to(self, user: Any) -> DesignationQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("carrier__"))

    def valid_on(self, day: Any) -> DesignationQuerySet:
        """Held on ``day``: awarded on or before it and not ended by then."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), awarded_on__lte=day)

    def ranked(self) -> DesignationQuerySet:
        """With ``rank``, ``rank_code`` and ``rank_name``: the level of the title or, for a title of a new regime, that
        of the title as which it counts by decision; empty where nothing is decided, which ``is_undecided`` says."""
        said = TitleEquivalence.objects.nearest()
        return self.annotate(
            rank=Coalesce("title__level__rank", Subquery(said.values("same_as__level__rank")[:1])),
            rank_code=Coalesce("title__level__code", Subquery(said.values("same_as__level__code")[:1])),
            rank_name=Coalesce("title__level__name", Subquery(said.values("same_as__level__name")[:1])),
            is_undecided=ExpressionWrapper(_undecided(), output_field=models.BooleanField()),
        )

    def undecided(self) -> DesignationQuerySet:
        """Titles of a new regime of which nobody has decided as what they count."""
        return self.filter(_undecided())


def _undecided() -> Q:
    new = Ladder.objects.filter(code=OuterRef("title__ladder"), counterpart__isnull=False)
    return Q(title__level=None) & Q(Exists(new)) & ~Q(Exists(TitleEquivalence.objects.nearest()))


class Designation(models.Model):
    """An event (认定): a carrier receives a title on a date; it may end, of some kind, with a reason."""

    class Ending(models.TextChoices):
        WITHDRAWN = "withdrawn", "摘牌(撤销)"
        DOWNGRADED = "downgraded", "降等"
        EXPIRED = "expired", "到期"
        MERGED = "merged", "合并"

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="designations", verbose_name="载体")
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="designations", verbose_name="称号")
    awarded_on = models.DateField("认定日期", db_index=True)
    document = models.CharField("认定文号", max_length=120, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_kind = models.CharField("终止方式", max_length=12, choices=Ending, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)
    end_document = models.CharField("终止文号", max_length=120, blank=True)
    # 整改 comes before 降等 and 摘牌: until when what was found is to be put right.
    rectify_by = models.DateField("整改期限", null=True, blank=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = DesignationQuerySet.as_manager()

    class Meta:
        verbose_name = "认定"
        ordering = ["-awarded_on", "-id"]
        indexes = [
            models.Index(fields=["awarded_on", "id"], name="designation_by_awarded"),
            models.Index(fields=["ended_on", "id"], name="designation_by_ended"),
            models.Index(fields=["end_kind"], condition=~Q(end_kind=""), name="designation_by_end_kind"),
        ]
        constraints = [
            dates_in_order("awarded_on", "ended_on", name="designation_dates", message="终止日期不能早于认定日期"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | ~Q(end_reason=""),
                name="designation_end_reason",
                violation_error_message="终止认定须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=False) | Q(end_kind="", end_document=""),
                name="designation_end_kind",
                violation_error_message="未终止的认定没有终止方式和终止文号",
            ),
            models.UniqueConstraint(
                fields=["carrier", "title", "awarded_on"],
                name="designation_once",
                violation_error_message="该载体当日已有同一称号的认定",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.title}"

    def rectification(self, day: date) -> str:
        """How it stands on ``day`` with what was to be put right: ``ordered``, ``overdue``, or empty."""
        if self.rectify_by is None or self.ended_on is not None:
            return ""
        return "overdue" if self.rectify_by < day else "ordered"
