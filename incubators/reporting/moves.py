"""Checks against the carrier's own earlier months (R15): slips of the unit, money that stays at zero, big moves, outliers.

Of one figure at most one of them speaks, the first in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from statistics import median

from incubators.reporting.calendar import add_months
from incubators.reporting.fields import Kind, ReportField, Value
from incubators.reporting.findings import Finding, Sheet
from incubators.reporting.register import REGISTER_LABELS

# A stock that moves by more than this share of last month's asks for an explanation.
MOVE = Decimal("0.30")
# Counts must also move by this many: a third mentor beside two is no anomaly (a local convention).
SMALLEST_MOVE = 3
# Of nothing there is no share: what was zero and is this much at once asks too (local conventions; yuan, ㎡, a count).
FROM_ZERO = {Kind.MONEY: Decimal(1_000_000), Kind.AREA: Decimal(1000), Kind.COUNT: Decimal(10)}
# The register's stocks whose moves ask as those of typed stocks do. Graduations add up and are asked about by R06.
REGISTER_STOCKS = ("n_resident", "n_incubatee", "n_tech_sme", "n_hnte", "n_hardtech")
# Ratios that look like another unit: 元 for 千元 (1000), 千元 for 万元 (10), 元 for 万元 (10000). So far apart as the larger
# two nothing else explains it, so their ranges meet.
SLIPS = (
    (10, Decimal(8), Decimal("12.5")),
    (1000, Decimal(300), Decimal(3000)),
    (10000, Decimal(3000), None),
)
# An amount at zero for so many months in a row asks whether it is really not there.
ZERO_MONTHS = 3
ZERO_FIELDS = ("income",)
# A robust z-score: how many scaled median deviations a figure lies from the median of the earlier months. 0.6745 makes
# the deviation comparable with a standard one; beyond 3.5 it is an outlier (the usual convention). Where more than half of
# the months are alike, the mean deviation stands in for the median one, with its own factor (1 / 1.2533).
EARLIER_MONTHS = 6
SCALE, MEAN_SCALE = Decimal("0.6745"), Decimal("0.7979")
FARTHEST = Decimal("3.5")
# A standing figure that moved by less than this share since last month is no outlier, however even its past (convention).
DRIFT = Decimal("0.10")


def slip_factor(value: Value, usual: Decimal | None) -> int | None:
    """10, 1000 or 10000 when ``value`` is about that many times ``usual``; negative when so many times less."""
    if not value or not usual:
        return None
    larger = Decimal(value) >= usual
    ratio = Decimal(value) / usual if larger else usual / Decimal(value)
    factor = next((each for each, low, high in SLIPS if low <= ratio and (high is None or ratio <= high)), None)
    return factor if factor is None or larger else -factor


def meant_by(factor: int, value: Value) -> Decimal:
    """What an amount would be in the unit that was probably meant, by the :func:`slip_factor` found."""
    number = Decimal(value or 0)
    return (number / factor if factor > 0 else number * -factor).quantize(Decimal("0.01"))


def usual_values(sheet: Sheet, code: str) -> list[tuple[Decimal, str]]:
    """What to hold a figure against, with its name: last month's; for a flow, which comes and goes, also the median of the
    earlier months in which there was any, and last month's only where this month lies outside all of them."""
    before = (sheet.previous or {}).get(code)
    last = [(Decimal(before), "上月")] if before is not None else []
    if sheet.form.by_code[code].stock:
        return last
    earlier = [Decimal(row[code] or 0) for row in sheet.history.values() if row.get(code)]
    if not earlier:
        return []
    inside = min(earlier) <= Decimal(sheet.values.get(code) or 0) <= max(earlier)
    return [*([] if inside else last), (median(earlier), "以往各月中位数")]


def big_move(kind: Kind, before: Decimal, now: Decimal) -> str:
    """How far a stock moved since last month, in words, where that asks for an explanation; else empty."""
    change = abs(now - before)
    if not before:
        least = FROM_ZERO.get(kind)
        return "从无到有,数额较大" if least is not None and change >= least else ""
    if change <= MOVE * before or (kind == Kind.COUNT and change < SMALLEST_MOVE):
        return ""
    return f"{'增加' if now > before else '减少'} {change / before:.1%},超过 30%"


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure far from where it used to be. At most one finding: a slip of the unit, or else a big move."""

    spec: ReportField
    rule: str = "R15"

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        value, against = sheet.values.get(self.spec.code), usual_values(sheet, self.spec.code)
        if value is None or not against:
            return
        now = self.spec.show(value)
        for usual, named in against if self.spec.kind != Kind.COUNT else []:
            if (factor := slip_factor(value, usual)) is not None:
                meant = meant_by(factor, value)
                yield self._finding(f"{now},{named}为 {self.spec.show(usual)},{self._guess(factor, meant)}", meant)
                return
        last, _ = against[0]
        if self.spec.stock and (moved := big_move(self.spec.kind, last, Decimal(value))):
            yield self._finding(f"{now},上月 {self.spec.show(last)},{moved}")

    def _guess(self, factor: int, meant: Decimal) -> str:
        times = f"约为其 {factor} 倍" if factor > 0 else f"约为其 1/{-factor}"
        units = "是否误用了元/千元/万元?" if self.spec.kind == Kind.MONEY else "是否多填或少填了小数点?"
        return f"{times}。{units}如是,应填约 {self.spec.typed(meant)}"

    def _finding(self, text: str, meant: Decimal | None = None) -> Finding:
        code = self.spec.code
        return Finding(self.rule, f"{self.rule}:{code}", False, (code,), f"{self.spec.label} {text}", meant)


@dataclass(frozen=True, slots=True)
class StaysZero:
    """An amount reported as zero this month and in the months before it."""

    spec: ReportField
    rule: str = "R15"

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        code = self.spec.code
        earlier = (sheet.history.get(add_months(sheet.month, -back), {}) for back in range(1, ZERO_MONTHS))
        if all(
            value is not None and value == 0 for value in (sheet.values.get(code), *(row.get(code) for row in earlier))
        ):
            text = f"{self.spec.label}连续 {ZERO_MONTHS} 个月为 0"
            yield Finding(self.rule, f"{self.rule}:{code}:zero", False, (code,), text)


@dataclass(frozen=True, slots=True)
class Outlying:
    """A figure far from the median of the earlier months, by their own spread. Where they are all alike nothing can be
    said."""

    spec: ReportField
    rule: str = "R15"

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        code, value = self.spec.code, sheet.values.get(self.spec.code)
        earlier = [Decimal(held) for row in sheet.history.values() if (held := row.get(code)) is not None]
        if value is None or len(earlier) < EARLIER_MONTHS or self._drifts(sheet, Decimal(value)):
            return
        middle, change = median(earlier), Decimal(value) - median(earlier)
        spread, scale = median(abs(each - middle) for each in earlier), SCALE
        if not spread:
            spread, scale = sum((abs(each - middle) for each in earlier), Decimal(0)) / len(earlier), MEAN_SCALE
        if not spread or abs(scale * change / spread) <= FARTHEST:
            return
        if self.spec.kind == Kind.COUNT and abs(change) < SMALLEST_MOVE:
            return
        yield self._finding(
            Decimal(value), earlier, f"{scale} ×({{}} − {{}})÷ {{}} = {scale * change / spread:.1f}", spread
        )

    def _drifts(self, sheet: Sheet, value: Decimal) -> bool:
        """Whether it is a standing figure about where it was last month: it was asked about when it moved there."""
        before = (sheet.previous or {}).get(self.spec.code)
        return self.spec.stock and before is not None and abs(value - Decimal(before)) <= DRIFT * Decimal(before)

    def _finding(self, value: Decimal, earlier: list[Decimal], sum_: str, spread: Decimal) -> Finding:
        now, low, high, usual, step = (
            self.spec.show(each, unit=False) for each in (value, min(earlier), max(earlier), median(earlier), spread)
        )
        text = (
            f"{self.spec.label} {self.spec.show(value)},以往 {len(earlier)} 个月在 {low} 至 {high} 之间,中位数 {usual},"
            f"这次偏离过大;请核对,属实的请说明原因。算法:{sum_.format(now, usual, step)},绝对值超过 3.5"
        )
        return Finding(self.rule, f"{self.rule}:{self.spec.code}", False, (self.spec.code,), text)


def register_moved(sheet: Sheet) -> Iterator[Finding]:
    """The register's counts of enterprises beside those kept with last month's report."""
    for code in REGISTER_STOCKS:
        now, before = sheet.register.get(code), sheet.previous_register.get(code)
        if now is None or before is None or not (moved := big_move(Kind.COUNT, Decimal(before), Decimal(now))):
            continue
        text = f"登记库:{REGISTER_LABELS[code][0]} {now} 家,上月月报 {before} 家,{moved}"
        yield Finding("R15", f"R15:{code}", False, (), text)


def unusual(sheet: Sheet) -> Iterator[Finding]:
    """Of every figure: what is unusual about it beside the carrier's own earlier months; at most one finding each.

    Flows that are counted from January on are comparable with no month."""
    for spec in sheet.form.figures:
        if sheet.cumulative and not spec.stock:
            continue
        looks: list[Moved | StaysZero | Outlying] = [Outlying(spec)]
        if spec.stock or spec.kind == Kind.MONEY:
            looks.insert(0, Moved(spec))
        if spec.code in ZERO_FIELDS:
            looks.insert(0, StaysZero(spec))
        yield from islice(chain.from_iterable(look(sheet) for look in looks), 1)
