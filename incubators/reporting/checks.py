"""The checks of a report, as data. Each names its rule, its figures and its severity; both sides of a
comparison and their values are written out in the finding.

:mod:`incubators.reporting.rules_catalogue` tells people about every rule, also those that are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils import timezone

from core.dates import date_cn, month_cn
from incubators.models import Carrier
from incubators.reporting.calendar import Days, add_months
from incubators.reporting.fields import BY_CODE, MAKER_SPACE, GapKind, Kind, Value, phone_problem
from incubators.reporting.findings import Finding, Sheet, sort_findings
from incubators.reporting.moves import register_moved, unusual
from incubators.reporting.register import REGISTER_LABELS

# Floor areas are told apart from one square metre on.
AREA_TOLERANCE = Decimal(1)


class Check(Protocol):
    """Anything that looks at a sheet and says what it found."""

    def __call__(self, sheet: Sheet) -> Iterator[Finding]: ...


@dataclass(frozen=True, slots=True)
class NotAbove:
    """``lower`` must not exceed ``upper`` where both are known. The database holds the same constraint."""

    rule: str
    lower: str
    upper: str

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        low, high = sheet.values.get(self.lower), sheet.values.get(self.upper)
        if low is not None and high is not None and low > high:
            text = f"{sheet.shown(self.lower)} 大于 {sheet.shown(self.upper)}"
            yield Finding(self.rule, f"{self.rule}:{self.lower}", True, (self.lower, self.upper), text)


@dataclass(frozen=True, slots=True)
class BothOrNeither:
    """One of two figures above zero asks for the other to be above zero too."""

    rule: str
    one: str
    other: str
    hard: bool

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        first, second = sheet.values.get(self.one), sheet.values.get(self.other)
        if first is None or second is None or bool(first) == bool(second):
            return
        text = f"{sheet.shown(self.one)},而 {sheet.shown(self.other)};两者应同为零或同大于零"
        yield Finding(self.rule, f"{self.rule}:{self.one}", self.hard, (self.one, self.other), text)


@dataclass(frozen=True, slots=True)
class RegisterNotAbove:
    """A count of the register must not exceed another: what is found means the register needs correcting."""

    rule: str
    lower: str
    upper: str

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        low, high = sheet.register.get(self.lower), sheet.register.get(self.upper)
        if low is not None and high is not None and low > high:
            text = f"登记库:{REGISTER_LABELS[self.lower][0]} {low} 家多于{REGISTER_LABELS[self.upper][0]} {high} 家,请先更正登记"
            yield Finding(self.rule, f"{self.rule}:{self.lower}", True, (), text)


@dataclass(frozen=True, slots=True)
class Each:
    """A check written as a function of the sheet that yields ``(hard, fields, message)``."""

    rule: str
    look: Callable[[Sheet], Iterator[tuple[bool, tuple[str, ...], str]]]

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        for hard, fields, text in self.look(sheet):
            key = f"{self.rule}:{fields[0]}" if fields else self.rule
            yield Finding(self.rule, key, hard, fields, text)


Looks = Iterator[tuple[bool, tuple[str, ...], str]]


def _required(sheet: Sheet) -> Looks:
    """What must be there, and that most of it is figures: a report of nothing but reasons reports nothing."""
    required = [spec for spec in sheet.form.figures if spec.required_for(sheet.carrier_kind)]
    without = [spec for spec in required if sheet.values.get(spec.code) is None]
    lacking = sum((gap := sheet.gaps.get(spec.code)) is not None and gap.kind == GapKind.MISSING for spec in without)
    if lacking * 2 > len(required):
        yield True, (), f"必填的{len(required)}项数中缺{lacking}项,超过一半,不能算作报送;请先补上能报的数"
    for spec in without:
        gap = sheet.gaps.get(spec.code)
        if gap is None:
            yield True, (spec.code,), f"请填{spec.label}({spec.unit}),没有填 0"
        elif gap.kind == GapKind.NOT_APPLICABLE:
            yield True, (spec.code,), f"本类载体须填{spec.label},不能填不适用;没有填 0,暂时缺数填“缺:原因”"
    for text in sheet.form.texts:
        if text.required and not (sheet.texts.get(text.code) or "").strip():
            yield True, (text.code,), f"请填{text.label}"


def _phone(sheet: Sheet) -> Looks:
    if problem := phone_problem(sheet.texts.get("phone") or ""):
        yield True, ("phone",), problem


def _floor_area(sheet: Sheet) -> Looks:
    area = sheet.values.get("area_controllable")
    if area is not None and sheet.floor_area is not None and area > sheet.floor_area:
        total = BY_CODE["area_controllable"].show(sheet.floor_area)
        text = f"{sheet.shown('area_controllable')} 大于登记的建筑面积 {total};登记有误请先更正载体信息"
        yield True, ("area_controllable",), text


def _identity(sheet: Sheet) -> Looks:
    known = sheet.register
    parts = ("n_incubatee_begin", "new", "graduated", "left", "n_incubatee")
    if any(known.get(code) is None for code in parts):
        return
    begin, new, graduated, left, end = (known[code] for code in parts)
    expected = begin + new - graduated - left
    if expected != end:
        yield (
            True,
            (),
            f"登记库:期初在孵 {begin} + 新增 {new} − 毕业 {graduated} − 退出 {left} = {expected},而期末在孵为 {end},请先更正登记",
        )


def _carried_over(sheet: Sheet) -> Looks:
    """The month begins where the last report ended. Soft: an entry recorded afterwards is explained, not undone."""
    before, now = sheet.previous_register.get("n_incubatee"), sheet.register.get("n_incubatee_begin")
    if before is not None and now is not None and before != now:
        yield False, (), f"上月月报的期末在孵为 {before} 家,登记库现在的期初在孵为 {now} 家(可能有补登或更正)"


def _graduates(sheet: Sheet) -> Looks:
    before = sheet.previous_register.get("n_graduate_cum")
    new, now = sheet.register.get("graduated"), sheet.register.get("n_graduate_cum")
    if before is not None and now is not None and new is not None and before + new != now:
        yield False, (), f"上月月报的累计毕业 {before} 家加本月毕业 {new} 家为 {before + new} 家,登记库现为 {now} 家"


def _employing(sheet: Sheet) -> Looks:
    """Enterprises in incubation employ somebody. Where one has no number recorded, their sum is unknown, not zero."""
    incubatees = sheet.register.get("n_incubatee") or 0
    if incubatees > 0 and sheet.incubatee_staff == 0:
        yield False, (), f"登记库有在孵企业 {incubatees} 家,登记的从业人数合计为 0 人,请核对企业登记"


def _staffed(sheet: Sheet) -> Looks:
    """The carrier's own people, which are typed: somebody looks after the enterprises."""
    incubatees = sheet.register.get("n_incubatee") or 0
    if incubatees > 0 and sheet.values.get("staff_total") == 0:
        yield False, ("staff_total",), f"登记库有在孵企业 {incubatees} 家,而管理服务人员为 0 人"


def _occupied(sheet: Sheet) -> Looks:
    used, teams = sheet.values.get("seats_used"), sheet.values.get("teams")
    if sheet.carrier_kind == MAKER_SPACE and used == 0 and teams:
        yield False, ("seats_used", "teams"), f"{sheet.shown('teams')},而 {sheet.shown('seats_used')}"


def _occupancy(sheet: Sheet) -> Looks:
    """Over 100% is caught by R01 and R03; here, that there is a rate at all."""
    whole = "seats_total" if sheet.carrier_kind == MAKER_SPACE else "area_leasable"
    if sheet.values.get(whole) == 0:
        yield False, (whole,), f"{BY_CODE[whole].label}为 0,入驻率无法计算"


def _period(sheet: Sheet) -> Looks:
    opens_on = sheet.opens_on or add_months(sheet.month, 1)
    if sheet.today is not None and sheet.today < opens_on:
        why = "尚未结束" if sheet.today < add_months(sheet.month, 1) else "尚未开始填报"
        yield True, (), f"{month_cn(sheet.month)}{why},{date_cn(opens_on)}起可以提交"
    if add_months(sheet.month, 1) <= sheet.opened_on:
        yield True, (), f"载体于{date_cn(sheet.opened_on)}开办,此前月份不填报"
    if sheet.closed_on is not None and sheet.closed_on <= sheet.month:
        yield True, (), f"载体已于{date_cn(sheet.closed_on)}关闭,此后月份不填报"


def _beside_register(sheet: Sheet) -> Iterator[Finding]:
    """A typed figure beside what the register counts of the same thing. Only told: contracts and records come late."""
    for code, known in sheet.beside.items():
        spec, value = sheet.form.by_code[code], sheet.values.get(code)
        if value is None or known is None or (sheet.cumulative and not spec.stock):
            continue
        apart = Decimal(value) - Decimal(known)
        if abs(apart) > (AREA_TOLERANCE if spec.kind == Kind.AREA else 0):
            more = f"{'多' if apart > 0 else '少'} {spec.show(abs(apart))}"
            text = f"{sheet.shown(code)},登记库现有 {spec.show(known)},填报数{more};请核对填报数或补登记"
            yield Finding("R25", f"R25:{code}", False, (code,), text, records=code, asks=False)


def _tenants(sheet: Sheet) -> Iterator[Finding]:
    yield from sheet.tenants


def _enterprises(sheet: Sheet) -> Iterator[Finding]:
    yield from sheet.enterprises


# Whether the month is one that the carrier reports at all.
PERIOD = Each("R24", _period)


def period_problem(carrier: Carrier, month: date, days: Days) -> str:
    """Why a month cannot be filed: it is still to come, nobody asks for it, or the carrier was not open in it. Empty when
    it can. ``days``: of this month, where the carrier is credited."""
    if month > timezone.localdate():
        return "不能填报未来的月份"
    if not days.asked:
        return "这个月在所在区域的首个报告月之前,不用填报"
    sheet = Sheet(month, carrier.kind, carrier.opened_on, carrier.closed_on, None, {})
    return ";".join(each.message for each in PERIOD(sheet))


# These hold in the database for every saved row, drafts too.
ORDER_CHECKS = (
    NotAbove("R01", "area_leased", "area_leasable"),
    NotAbove("R01", "area_leasable", "area_controllable"),
    NotAbove("R03", "seats_used", "seats_total"),
    NotAbove("R08", "staff_professional", "staff_total"),
    NotAbove("M22", "income_non_rent", "income"),
)

CHECKS: tuple[Check, ...] = (
    Each("M", _required),
    Each("phone", _phone),
    *ORDER_CHECKS,
    Each("R01", _floor_area),
    Each("R04", _identity),
    Each("R05", _carried_over),
    Each("R06", _graduates),
    RegisterNotAbove("R07", "n_incubatee", "n_resident"),
    RegisterNotAbove("R07", "n_tech_sme", "n_incubatee"),
    RegisterNotAbove("R07", "n_hnte", "n_resident"),
    RegisterNotAbove("R07", "n_hardtech", "n_resident"),
    BothOrNeither("R11", "enterprises_financed", "financing", hard=True),
    Each("R13", _employing),
    Each("R13", _staffed),
    BothOrNeither("R14", "events", "event_participants", hard=False),
    Each("R14", _occupied),
    unusual,
    register_moved,
    Each("R23", _occupancy),
    PERIOD,
    _beside_register,
    _tenants,
    _enterprises,
)


def run(sheet: Sheet) -> list[Finding]:
    """Everything the checks have to say about a sheet, in the order of the form, what blocks first."""
    return sort_findings([finding for check in CHECKS for finding in check(sheet)], sheet.form)


def out_of_order(values: Mapping[str, Value]) -> list[NotAbove]:
    """The comparisons that the database would refuse, for any figures (a draft's too)."""
    return [check for check in ORDER_CHECKS if _breaks(check, values)]


def _breaks(check: NotAbove, values: Mapping[str, Value]) -> bool:
    low, high = values.get(check.lower), values.get(check.upper)
    return low is not None and high is not None and Decimal(low) > Decimal(high)


__all__ = ["CHECKS", "Check", "Finding", "Sheet", "out_of_order", "period_problem", "run"]
