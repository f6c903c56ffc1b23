"""Rosters (名册): lists with legal effect, frozen as they stood on a day. The register goes on; a roster does not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from incubators.models.areas import Area
from incubators.models.carriers import Carrier
from incubators.models.enterprises import Enterprise
from incubators.scope import Scope


def _replaced() -> Exists:
    """Whether a confirmed correction took the roster's place."""
    return Exists(Roster.objects.filter(state=Roster.State.CONFIRMED, corrects=OuterRef("pk")))


class RosterQuerySet(models.QuerySet["Roster"]):
    def seen_whole(self, user: Any) -> RosterQuerySet:
        """Rosters of the person's own areas, drafts included: every line of them is theirs to read."""
        return self.filter(Scope.of(user).areas("area__"))

    def visible_to(self, user: Any) -> RosterQuerySet:
        """Those seen whole, and confirmed ones with a line of a carrier that the person may see."""
        scope = Scope.of(user)
        lines = RosterEntry.objects.filter(scope.carriers("carrier__"), roster=OuterRef("pk"))
        return self.filter(scope.areas("area__") | Q(Q(state=Roster.State.CONFIRMED), Exists(lines)))

    def in_force(self) -> RosterQuerySet:
        """Confirmed, and not replaced by a confirmed correction."""
        return self.filter(~_replaced(), state=Roster.State.CONFIRMED)

    def replaced(self) -> RosterQuerySet:
        """Confirmed, and replaced by a confirmed correction."""
        return self.filter(_replaced(), state=Roster.State.CONFIRMED)

    def with_standing(self, user: Any) -> RosterQuerySet:
        """Rosters with ``is_replaced`` and ``lines``, the number of lines that the person may read."""
        lines = RosterEntry.objects.visible_to(user).filter(roster=OuterRef("pk")).order_by().values("roster")
        counted = lines.annotate(n=Count("pk")).values("n")
        return self.annotate(
            is_replaced=_replaced(),
            lines=Coalesce(models.Subquery(counted, output_field=models.IntegerField()), 0),
        )


class Roster(models.Model):
    """A list of enterprises of an area and year as of a day. Confirmed, it is frozen: services refuse to change it,
    triggers of the database (migration 0009) refuse whoever comes past them, and ``digest`` tells if it was changed
    all the same. A mistake is put right by a further ``revision`` that names what it ``corrects`` and why; both stay.
    """

    class Kind(models.TextChoices):
        INCUBATEES = "incubatees", "在孵企业名册"
        GRADUATES = "graduates", "毕业企业名册"
        HARD_TECH = "hard_tech", "硬科技企业名单"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        CONFIRMED = "confirmed", "已确认"

    kind = models.CharField("种类", max_length=12, choices=Kind)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="rosters", verbose_name="区域")
    year = models.PositiveSmallIntegerField("年度")
    as_of = models.DateField("截止日")
    title = models.CharField("标题", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveSmallIntegerField("版次", default=1)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正"
    )
    reason = models.CharField("更正原因", max_length=300, blank=True)
    # Whoever made it, or changed it last; somebody else confirms.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rosters_made", verbose_name="编制人"
    )
    made_at = models.DateTimeField("编制时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rosters_confirmed",
        verbose_name="确认人",
    )
    confirmed_on = models.DateField("确认日期", null=True, blank=True)
    document = models.CharField("文号", max_length=120, blank=True)
    digest = models.CharField("校验值", max_length=64, blank=True, db_index=True)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = RosterQuerySet.as_manager()

    class Meta:
        verbose_name = "名册"
        ordering = ["-year", "kind", "area", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "area", "year", "revision"],
                name="roster_once",
                violation_error_message="这一年度的名册已经有了;要改动已确认的名册,请在其页面上更正",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", digest="", confirmed_on__isnull=True, confirmed_by__isnull=True)
                | (
                    Q(state="confirmed", confirmed_on__isnull=False, confirmed_by__isnull=False)
                    & ~Q(digest="")
                    & ~Q(document="")
                ),
                name="roster_confirmed_whole",
                violation_error_message="确认须有确认人、确认日期、文号和校验值",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("made_by")),
                name="roster_four_eyes",
                violation_error_message="编制人不能确认自己编制的名册",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, revision=1)
                | (Q(corrects__isnull=False, revision__gt=1) & ~Q(reason="")),
                name="roster_correction_reason",
                violation_error_message="更正版须写明更正原因",
            ),
        ]

    def __str__(self) -> str:
        return self.title if self.revision == 1 else f"{self.title}(第{self.revision}版)"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def standing(self) -> str:
        """``draft``, ``confirmed`` or ``replaced``, of one read by ``with_standing``; the words are those of its badge."""
        if self.is_draft:
            return "draft"
        return "replaced" if self.is_replaced else "confirmed"  # type: ignore[attr-defined]  # with_standing adds it

    @property
    def digest_lines(self) -> list[str]:
        """The digest in groups on two lines, to be read aloud and compared by eye."""
        groups = [self.digest[start : start + 8] for start in range(0, len(self.digest), 8)]
        return [" ".join(groups[:4]), " ".join(groups[4:])] if groups else []


class RosterEntryQuerySet(models.QuerySet["RosterEntry"]):
    def visible_to(self, user: Any) -> RosterEntryQuerySet:
        """Every line of a roster of the person's areas; of other confirmed ones, those of carriers they may see."""
        scope = Scope.of(user)
        return self.filter(
            scope.areas("roster__area__") | (Q(roster__state=Roster.State.CONFIRMED) & scope.carriers("carrier__"))
        )


class RosterEntry(models.Model):
    """One line: what the register said of an enterprise that day, copied. ``enterprise`` and ``carrier`` only lead to
    the records of today and decide who may see the line; they are not what the line says."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="entries", verbose_name="名册")
    number = models.PositiveIntegerField("序号")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="roster_entries", verbose_name="企业"
    )
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True, related_name="roster_entries", verbose_name="载体"
    )
    uscc = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("企业名称", max_length=120)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True)
    area_name = models.CharField("注册区域", max_length=60)
    industry = models.CharField("技术领域", max_length=40, blank=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    carrier_code = models.CharField("载体编号", max_length=40, blank=True)
    carrier_name = models.CharField("载体名称", max_length=120, blank=True)
    operator_name = models.CharField("运营机构", max_length=120, blank=True)
    entered_on = models.DateField("入驻日期", null=True, blank=True)
    incubating_from = models.DateField("在孵起始", null=True, blank=True)
    graduated_on = models.DateField("毕业日期", null=True, blank=True)
    graduation_ground = models.CharField("毕业依据", max_length=40, blank=True)
    graduation_number = models.CharField("毕业编号", max_length=60, blank=True)
    basis = models.CharField("确认依据", max_length=200, blank=True)
    digest = models.CharField("校验值", max_length=64)
    is_synthetic = models.BooleanField("合成数据", default=False)

    objects = RosterEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "名册条目"
        ordering = ["roster", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["roster", "enterprise"],
                name="roster_entry_once",
                violation_error_message="这家企业已在名册中",
            ),
            models.UniqueConstraint(
                fields=["roster", "number"], name="roster_entry_number", violation_error_message="序号不能重复"
            ),
        ]
        indexes = [models.Index(fields=["uscc"], name="roster_entry_uscc")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
