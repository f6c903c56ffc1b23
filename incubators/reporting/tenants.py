"""Checks of a month's tenants (R16-R22): asked once for all carriers, and told with the enterprises they are about.

The register refuses most of this when it is recorded. What was there before, came from a sheet, or ran out since then,
is found here, in two queries made when first asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce

from core.dates import date_cn
from core.models import Attachment
from incubators import uscc
from incubators.models import Qualification, Residency
from incubators.register.lifecycle import State
from incubators.register.limits import Rules, with_state
from incubators.register.rules import entry_remark
from incubators.reporting.findings import Finding, Subject
from incubators.reporting.register import month_end

NAMED = 3  # enterprises that the sentence itself names
_NEVER = Value(date(9999, 12, 31))
Row = dict[str, Any]


class Tenants:
    """Findings about the tenants of some carriers in one month. ``paths``: by the carrier's id, of the area to which it
    is credited (its rules of incubation hold)."""

    def __init__(self, paths: Mapping[int, str], month: date) -> None:
        self.paths, self.month, self.end = paths, month, month_end(month)
        self.rules = Rules()

    def found(self, carrier_id: int) -> tuple[Finding, ...]:
        """What there is to say of one carrier, in the order of the rules; at most one finding a rule."""
        rows = self._rows.get(carrier_id)
        return tuple(self._findings(rows)) if rows else ()

    @cached_property
    def _rows(self) -> Mapping[int, list[Row]]:
        end = self.end
        stays = Residency.objects.filter(
            Q(left_on=None) | Q(left_on__gt=self.month), carrier__in=self.paths, entered_on__lte=end
        )
        rows = (
            with_state(stays, end, self.rules)
            .annotate(
                elsewhere=Exists(_elsewhere(self.month, end)),
                hnte_lacks=_lacks("high_tech", end),
                sme_lacks=_lacks("tech_sme", end),
                proven=Exists(Attachment.objects.filter(owner_label=Residency._meta.label_lower, owner_id=_key())),
            )
            .order_by("enterprise__name", "pk")
        )
        names = (
            "carrier_id",
            "enterprise_id",
            "enterprise__uscc",
            "enterprise__name",
            "enterprise__founded_on",
            "entered_on",
        )
        ends = ("incubating_from", "graduated_on", "graduation_ground", "left_on", "limit_on", "state")
        told = (
            "elsewhere",
            "hnte_lacks",
            "sme_lacks",
            "proven",
            "overlap_reason",
            "enterprise__licence_checked",
            "enterprise__staff_count",
            "enterprise__industry",
        )
        found: dict[int, list[Row]] = defaultdict(list)
        for row in rows.values(*names, *ends, *told):
            found[row["carrier_id"]].append(row)
        return found

    def _findings(self, rows: list[Row]) -> Iterator[Finding]:
        for rule, hard, words, look in _LOOKS:
            # An enterprise that left and came back within the month is told of once.
            told = {row["enterprise__uscc"]: (row, says) for row in rows if (says := look(self, row)) is not None}
            subjects = tuple(Subject(code, row["enterprise__name"], says) for code, (row, says) in told.items())
            if subjects:
                listed = "、".join(each.name for each in subjects[:NAMED])
                more = f"等{len(subjects)}家" if len(subjects) > NAMED else ""
                yield Finding(rule, rule, hard, (), f"登记库:{listed}{more}{words}", subjects=subjects)

    def incubating(self, carrier_id: int) -> list[Row]:
        """The stays of one carrier in incubation on the last day (期末在孵), by name: one for each enterprise."""
        found = {row["enterprise_id"]: row for row in self._rows.get(carrier_id, ()) if self._incubates(row)}
        return [*found.values()]

    def _incubates(self, row: Row) -> bool:
        """As :func:`incubators.models.residencies.incubating` says in SQL."""
        begun, graduated = row["incubating_from"], row["graduated_on"]
        over = graduated is not None and graduated <= self.end
        return self.resident(row) and begun is not None and begun <= self.end and not over

    def resident(self, row: Row) -> bool:
        return row["left_on"] is None or row["left_on"] > self.end

    def within(self, day: date | None) -> bool:
        return day is not None and self.month <= day <= self.end


def _key() -> Cast:
    return Cast(OuterRef("pk"), CharField())


def _lacks(kind: str, end: date) -> Exists:
    """Whether a qualification of ``kind`` valid on ``end`` has no number, or no last day."""
    held = Qualification.objects.valid_on(end).filter(enterprise=OuterRef("enterprise"), kind__code=kind)
    return Exists(held.filter(Q(certificate="") | Q(valid_to=None)))


def _elsewhere(month: date, end: date) -> Any:
    """Incubations of the same enterprise in another stay, on some day of the month, that nobody has excused."""
    begun = OuterRef("incubating_from")
    others = Residency.objects.filter(enterprise=OuterRef("enterprise"), overlap_reason="", incubating_from__lte=end)
    for ended in ("left_on", "graduated_on"):
        late = Q(**{f"{ended}__gt": month}) & Q(**{f"{ended}__gt": begun})
        others = others.filter(Q(**{ended: None}) | late, incubating_from__lt=Coalesce(OuterRef(ended), _NEVER))
    return others.exclude(pk=OuterRef("pk"))


def _check_digit(around: Tenants, row: Row) -> str | None:
    code = row["enterprise__uscc"]
    if row["enterprise__licence_checked"] or not around.resident(row) or uscc.check_digit_fits(code):
        return None
    return code


def _two_at_once(around: Tenants, row: Row) -> str | None:
    begun, graduated = row["incubating_from"], row["graduated_on"]
    over = begun is None or begun > around.end or (graduated is not None and graduated <= around.month)
    return None if over or row["overlap_reason"] or not row["elsewhere"] else f"{date_cn(begun)}起在本载体在孵"


def _entered_late(around: Tenants, row: Row) -> str | None:
    begun = row["incubating_from"]
    if begun is None or not around.within(row["entered_on"]):
        return None
    rule = around.rules.holding(around.paths[row["carrier_id"]], begun)
    founded, most = row["enterprise__founded_on"], rule.entry_age_months if rule is not None else None
    if not (remark := entry_remark(row["entered_on"], founded, most)):
        return None
    return f"{date_cn(founded)}成立,{date_cn(row['entered_on'])}入驻:{remark}"


def _beyond(around: Tenants, row: Row) -> str | None:
    if row["state"] != State.OVERDUE:
        return None
    return f"期限至{date_cn(row['limit_on'])},月末已超{(around.end - row['limit_on']).days}天"


def _uncertified(around: Tenants, row: Row) -> str | None:
    return "证书编号或有效期未登记" if row["hnte_lacks"] and around.resident(row) else None


def _unregistered(around: Tenants, row: Row) -> str | None:
    return "入库登记编号或有效期未登记" if row["sme_lacks"] and around.resident(row) else None


def _unproven(around: Tenants, row: Row) -> str | None:
    if not around.within(row["graduated_on"]) or (row["graduation_ground"] and row["proven"]):
        return None
    return f"{date_cn(row['graduated_on'])}毕业,{'证明材料' if row['graduation_ground'] else '毕业依据'}未登记"


_LOOKS: tuple[tuple[str, bool, str, Callable[[Tenants, Row], str | None]], ...] = (
    ("R16", False, "的统一社会信用代码校验位不符,请核对营业执照", _check_digit),
    ("R17", True, "同时在另一家载体在孵,同时只能在一家;请区科委更正登记或填写“同时在孵说明”", _two_at_once),
    ("R18", False, "入驻时的成立年限须核对", _entered_late),
    ("R19", False, "在孵已超过期限,请办理毕业、延期或退出", _beyond),
    ("R20", True, "的高新技术企业资质缺证书编号或有效期,请区科委更正登记", _uncertified),
    ("R21", True, "的科技型中小企业资质缺登记编号或有效期,请区科委更正登记", _unregistered),
    ("R22", False, "本月毕业,缺毕业依据或证明材料", _unproven),
)
RULES = tuple(rule for rule, *_ in _LOOKS)

__all__ = ["RULES", "Tenants"]
