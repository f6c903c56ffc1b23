"""Checks against the carrier's own earlier months (R15): big moves, slips of the unit, money that stays at zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from incubators.reporting.fields import BY_CODE, Kind, ReportField, Value
from incubators.reporting.findings import Finding, Sheet

# A stock that moves by more than this share of last month's asks for an explanation.
MOVE = Decimal("0.30")
# Counts must also move by this many: a third mentor beside two is no anomaly (a local convention).
SMALLEST_MOVE = 3
# Ratios between these look like another unit: 元 for 千元 (1000), 千元 for 万元 (10), 元 for 万元 (10000).
SLIPS = (
    (10, Decimal(8), Decimal("12.5")),
    (1000, Decimal(500), Decimal(2000)),
    (10000, Decimal(5000), Decimal(20000)),
)
# An amount at zero for so many months in a row asks whether it is really not there.
ZERO_MONTHS = 3
ZERO_FIELDS = ("income",)


def slip_factor(value: Value, usual: Decimal | None) -> int | None:
    """10, 1000 or 10000 when ``value`` is about that many times ``usual``; negative when so many times less."""
    if not value or not usual:
        return None
    larger = Decimal(value) >= usual
    ratio = Decimal(value) / usual if larger else usual / Decimal(value)
    factor = next((each for each, low, high in SLIPS if low <= ratio <= high), None)
    return factor if factor is None or larger else -factor


def usual_value(sheet: Sheet, code: str) -> tuple[Decimal | None, str]:
    """What to hold a figure against, and its name: last month's for a stock; for a flow, which comes and goes, the
    median of the earlier months in which there was any."""
    if sheet.form.by_code[code].stock:
        before = (sheet.previous or {}).get(code)
        return (None if before is None else Decimal(before)), "上月"
    earlier = [Decimal(row[code] or 0) for row in sheet.history if row.get(code)]
    return (median(earlier) if earlier else None), "以往各月中位数"


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure far from where it used to be. At most one finding: a slip of the unit, or else a big move."""

    spec: ReportField
    rule: str = "R15"

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        value = sheet.values.get(self.spec.code)
        usual, named = usual_value(sheet, self.spec.code)
        if value is None or usual is None or usual == 0:
            return
        now, before = self.spec.show(value), self.spec.show(usual)
        factor = slip_factor(value, usual) if self.spec.kind != Kind.COUNT else None
        if factor is not None:
            yield self._finding(f"{now},{named}为 {before},{self._guess(factor, value)}")
        elif self.spec.stock and self._is_big(value, usual):
            share = (Decimal(value) - usual) / usual
            yield self._finding(f"{now},上月 {before},{'增加' if share > 0 else '减少'} {abs(share):.1%},超过 30%")

    def _is_big(self, value: Value, usual: Decimal) -> bool:
        change = abs(Decimal(value or 0) - usual)
        return change > MOVE * usual and (self.spec.kind != Kind.COUNT or change >= SMALLEST_MOVE)

    def _guess(self, factor: int, value: Value) -> str:
        number = Decimal(value or 0)
        meant = number / factor if factor > 0 else number * -factor
        times = f"约为其 {factor} 倍" if factor > 0 else f"约为其 1/{-factor}"
        units = "是否误用了元/千元/万元?" if self.spec.kind == Kind.MONEY else "是否多填或少填了小数点?"
        return f"{times}。{units}如是,应填约 {self.spec.typed(meant.quantize(Decimal('0.01')))}"

    def _finding(self, text: str) -> Finding:
        code = self.spec.code
        return Finding(self.rule, f"{self.rule}:{code}", False, (code,), f"{self.spec.label} {text}")


@dataclass(frozen=True, slots=True)
class StaysZero:
    """An amount reported as zero this month and in the months before it."""

    spec: ReportField
    rule: str = "R15"

    def __call__(self, sheet: Sheet) -> Iterator[Finding]:
        code = self.spec.code
        earlier = sheet.history[-(ZERO_MONTHS - 1) :]
        rows = [*(row.get(code) for row in earlier), sheet.values.get(code)]
        if len(rows) == ZERO_MONTHS and all(value is not None and value == 0 for value in rows):
            text = f"{self.spec.label}连续 {ZERO_MONTHS} 个月为 0"
            yield Finding(self.rule, f"{self.rule}:{code}:zero", False, (code,), text)


def moved(sheet: Sheet) -> Iterator[Finding]:
    """Of every stock and every amount: is it far from where it used to be?"""
    for spec in sheet.form.figures:
        if spec.stock or spec.kind == Kind.MONEY:
            yield from Moved(spec)(sheet)


def stays_zero(sheet: Sheet) -> Iterator[Finding]:
    """Of the amounts that a running carrier has."""
    for code in ZERO_FIELDS:
        yield from StaysZero(BY_CODE[code])(sheet)
