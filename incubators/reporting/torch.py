"""A year's months rolled up to the figures that Torch (火炬统计) asks of a carrier, and compared with what was filed.

Flows are sums of the months' accepted reports, stocks the last month's value (December's, once it is there), counts of
enterprises come from the register; what incubatees employ, earn and own is summed over the rows of the last month that asked
them, whose sums count from January on. Money is summed in yuan and rounded once, to 千元. A month that lacks is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from core.money import to_thousands, to_thousands_exactly
from core.templatetags.portal import number, pct, signed, written
from incubators.indicators.board import stays_by_carrier, stays_within
from incubators.models import Area, Carrier, MonthlyReport, TorchFigure
from incubators.reporting.calendar import Calendars, Days, add_months, last_full_month
from incubators.reporting.closing import Closes
from incubators.reporting.fields import BY_CODE as BY_FIELD
from incubators.reporting.fields import NOT_APPLICABLE, Answer, Gap
from incubators.reporting.register import month_end

TOLERANCE = Decimal("0.05")  # rule R26
EXACT = 5  # decimals of 千元 down to the cent


class Source(StrEnum):
    """Where the year's figure comes from."""

    FLOW = "flow"
    STOCK = "stock"
    REGISTER = "register"
    ENTERPRISES = "enterprises"


SOURCE_WORDS = {
    Source.FLOW: "各月之和",
    Source.STOCK: "年末(最近月)数",
    Source.REGISTER: "登记库",
    Source.ENTERPRISES: "企业情况之和",
}
LAST = (Source.STOCK, Source.ENTERPRISES)  # of the last month that says it


@dataclass(frozen=True, slots=True)
class Item:
    """One figure of the yearly form. ``code`` is the report's column, or the catalogue's code of a count of the register
    or of what incubatees say, whose ``column`` is summed."""

    code: str
    label: str
    unit: str
    source: Source
    column: str = ""

    @property
    def money(self) -> bool:
        return self.unit == "千元"

    @property
    def head(self) -> str:
        return f"{self.label}({self.unit})"

    def shown(self, value: Decimal | None) -> Decimal | None:
        """A value (money in yuan) in the unit of the form: whole 千元, or as it is."""
        return to_thousands(value) if self.money and value is not None else value


_F, _S, _R, _E = Source.FLOW, Source.STOCK, Source.REGISTER, Source.ENTERPRISES
ITEMS: tuple[Item, ...] = (
    Item("n_resident", "入驻企业数", "家", _R),
    Item("n_incubatee", "在孵企业数", "家", _R),
    Item("n_incubatee_new", "当年新增在孵企业数", "家", _R),
    Item("n_graduate_new", "当年毕业企业数", "家", _R),
    Item("n_graduate_cum", "累计毕业企业数", "家", _R),
    Item("n_exit_new", "当年退出企业数", "家", _R),
    Item("income", "载体总收入", "千元", _F),
    Item("income_non_rent", "其中非房租物业收入", "千元", _F),
    Item("rent_relief", "房租减免额", "千元", _F),
    Item("financing", "当年获得投融资额", "千元", _F),
    Item("enterprises_financed", "当年获得投融资企业数", "家次", _F),
    Item("fund_size", "孵化基金总额", "千元", _S),
    Item("area_controllable", "可自主支配面积", "㎡", _S),
    Item("area_leased", "已入驻面积", "㎡", _S),
    Item("seats_total", "工位数", "个", _S),
    Item("staff_total", "管理服务人员数", "人", _S),
    Item("staff_professional", "专业孵化服务人员数", "人", _S),
    Item("mentors", "创业导师数", "人", _S),
    Item("mentor_sessions", "导师辅导次数", "次", _F),
    Item("events", "创新创业活动场次", "场", _F),
    Item("event_participants", "活动参与人次", "人次", _F),
    Item("ip_applied", "当年知识产权申请数", "件", _F),
    Item("ip_granted", "当年知识产权授权数", "件", _F),
    Item("employees", "在孵企业从业人员", "人", _E, "staff"),
    Item("employees_doctor", "其中博士", "人", _E, "staff_doctor"),
    Item("employees_college", "其中大专以上", "人", _E, "staff_college"),
    Item("employees_fresh_grad", "吸纳应届大学毕业生", "人", _E, "staff_fresh"),
    Item("employees_returned", "其中留学人员", "人", _E, "staff_returned"),
    Item("revenue_ytd", "在孵企业总收入", "千元", _E, "revenue_ytd"),
    Item("rd_expense", "在孵企业研发费用", "千元", _E, "research_ytd"),
    Item("tax_paid", "在孵企业实缴税费", "千元", _E, "tax_ytd"),
    Item("ip_valid", "在孵企业有效知识产权", "件", _E, "ip_valid"),
    Item("ip_invention", "其中发明专利", "件", _E, "ip_invention"),
    Item("ip_software", "其中软件著作权", "件", _E, "ip_software"),
)
BY_CODE = {item.code: item for item in ITEMS}
REPORTED = tuple(item.code for item in ITEMS if item.source in {Source.FLOW, Source.STOCK})
ENTERPRISE_ITEMS = tuple(item for item in ITEMS if item.source is Source.ENTERPRISES)
REGISTERED = tuple(item.code for item in ITEMS if item.source is Source.REGISTER)


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure of a year. ``value``: money in yuan; None where no month says it. ``parts``: the months added up, or the one
    month of a stock. ``unsaid``: accepted months that give no figure (not those where it does not apply), of a stock those
    after the month that it is of. ``left_out``: how many incubatees of that month told no figure."""

    item: Item
    value: Decimal | None
    parts: tuple[tuple[date, Decimal], ...] = ()
    unsaid: tuple[date, ...] = ()
    left_out: int = 0

    @property
    def shown(self) -> Decimal | None:
        """In the unit of the form."""
        return self.item.shown(self.value)


def roll(item: Item, given: Mapping[date, Answer]) -> Amount:
    """The year's figure from the answers of its accepted months."""
    known = tuple((month, Decimal(each)) for month, each in sorted(given.items()) if _is_figure(each))
    unsaid = tuple(m for m, each in sorted(given.items()) if not _is_figure(each) and each != NOT_APPLICABLE)
    if not known:
        return Amount(item, None, (), unsaid)
    if item.source in LAST:
        return Amount(item, known[-1][1], known[-1:], tuple(month for month in unsaid if month > known[-1][0]))
    return Amount(item, sum((number for _, number in known), Decimal(0)), known, unsaid)


def _is_figure(answer: Answer) -> Any:
    return answer is not None and not isinstance(answer, Gap)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure against what was filed, both in the unit of the form. ``share``: by how much of the filed figure they differ;
    None where there is nothing to divide by."""

    ours: Decimal | None
    filed: Decimal

    @property
    def share(self) -> Decimal | None:
        return (self.ours - self.filed) / self.filed if self.ours is not None and self.filed else None

    @property
    def differs(self) -> bool:
        """More than 5% apart (rule R26). A figure that no month says cannot be compared, and is listed too."""
        if self.ours is None:
            return True
        return self.ours != self.filed if not self.filed else abs(self.ours - self.filed) > abs(self.filed) * TOLERANCE

    @property
    def equal(self) -> bool:
        """To the last digit that the form asks for."""
        return self.ours == self.filed

    @property
    def worked(self) -> str:
        """The arithmetic in words."""
        if self.ours is None:
            return "月报没有这项数,无法比对"
        gap = f"{number(self.ours)} − {number(self.filed)}"
        if self.share is None:
            return f"{gap} = {signed(self.ours - self.filed)};填报数为 0,不能算百分比"
        return f"({gap}) ÷ {number(self.filed)} = {_percent(self.share)}"


def _percent(share: Decimal) -> str:
    text = str(pct(share))
    return text.replace("-", "−") if share < 0 else f"+{text}"


@dataclass(slots=True)
class CarrierYear:
    """A carrier's year up to ``as_of``. ``lacking``: months that were to be reported and have no accepted report; ``outside``: months of
    its year that nobody asked for and no cumulative first month holds. ``counts_from``: of a month that holds earlier ones."""

    carrier: Carrier
    as_of: date
    amounts: dict[str, Amount]
    lacking: tuple[date, ...]
    outside: tuple[date, ...]
    counts_from: dict[date, date]
    filed: dict[str, TorchFigure] = field(default_factory=dict)
    synthetic: bool = False

    @property
    def year(self) -> int:
        return self.as_of.year

    def compared(self, code: str) -> Compared | None:
        """The figure against what was filed, if it was."""
        row = self.filed.get(code)
        item = BY_CODE[code]
        return None if row is None else Compared(self.amounts[code].shown, item.shown(row.value) or Decimal(0))

    @property
    def remarks(self) -> str:
        """What the year lacks, in words."""
        said = []
        if self.lacking:
            said.append(f"缺{months_cn(self.lacking)}审核通过的月报")
        if self.outside:
            said.append(f"{months_cn(self.outside)}未要求填报")
        said += [f"{m.month}月为首个报告月,数自{first.month}月起累计" for m, first in self.counts_from.items()]
        return ";".join(said)

    def asked(self, code: str) -> bool:
        """Whether the item is asked of a carrier of its kind: seats are not asked of an incubator."""
        source = BY_CODE[code].source
        return source in {Source.REGISTER, Source.ENTERPRISES} or BY_FIELD[code].concerns(self.carrier.kind, None)

    def says(self, code: str) -> bool:
        """Whether some month, or what was filed, says the item."""
        return self.amounts[code].value is not None or code in self.filed

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of its form: of incubatees where it says something of them."""
        return shown_items([self])

    def unsaid(self, code: str) -> str:
        """What gives no figure for the item, in words: accepted months, and incubatees of the month that it is of."""
        amount = self.amounts[code]
        return ";".join(
            words
            for words, there in (
                (f"{months_cn(amount.unsaid)}未填此项", amount.unsaid),
                (f"{amount.left_out}家企业没有此项数,未计入", amount.left_out),
            )
            if there
        )

    def mark(self, code: str) -> str:
        """What a reader of the table must know of the figure, in words: months that it lacks, or of a stock which earlier
        month it is of. Empty where it is the year's, or the register's."""
        amount = self.amounts[code]
        if amount.item.source is Source.REGISTER:
            return ""
        if amount.item.source in LAST and amount.parts:
            month = amount.parts[0][0]
            said = [f"为{month.month}月末数"] if month < self.as_of.replace(day=1) else []
            return ";".join([*said, *([f"{amount.left_out}家企业没有此项数"] if amount.left_out else [])])
        return "有月份没有计入" if amount.unsaid or self.lacking else ""

    def expression(self, code: str) -> str:
        """How the figure is made, in the unit of the form: ``1月 120 + 2月 130.5 = 250.5``."""
        amount = self.amounts[code]
        if amount.item.source is Source.REGISTER or not amount.parts:
            return ""
        divided = [
            (month, to_thousands_exactly(value) if amount.item.money else value) for month, value in amount.parts
        ]
        words = [f"{self._month(month)} {written(value, most=EXACT)}" for month, value in divided]
        if amount.item.source in LAST:
            return f"取{words[0]}"
        total = sum((value for _, value in divided), Decimal(0))
        rounded = "" if not amount.item.money or total == amount.shown else f" ≈ {number(amount.shown)}"
        return f"{' + '.join(words)} = {written(total, most=EXACT)}{rounded}"

    def _month(self, month: date) -> str:
        first = self.counts_from.get(month)
        return f"{first.month}至{month.month}月" if first else f"{month.month}月"


def shown_items(rows: Sequence[CarrierYear]) -> tuple[Item, ...]:
    """The items that these years have: those of incubatees only where any says something of them."""
    told = any(row.says(item.code) for row in rows for item in ENTERPRISE_ITEMS)
    return ITEMS if told else tuple(item for item in ITEMS if item.source is not Source.ENTERPRISES)


def months_cn(months: Sequence[date]) -> str:
    """``3月、5至8月`` of months of one year, in order."""
    runs: list[list[date]] = []
    for month in months:
        if runs and add_months(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return "、".join(f"{run[0].month}月" if len(run) == 1 else f"{run[0].month}至{run[-1].month}月" for run in runs)


@dataclass(frozen=True, slots=True)
class Year:
    """All carriers' year in an area. ``as_of``: the day of the register's counts; ``closed_on``: when December was closed;
    ``registered``: the register's counts of the whole area, in which an enterprise counts once."""

    area: Area
    year: int
    as_of: date
    rows: tuple[CarrierYear, ...]
    closed_on: date | None
    registered: Mapping[str, int]

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of the table, see :func:`shown_items`."""
        return shown_items(self.rows)

    @property
    def differences(self) -> list[tuple[CarrierYear, Item, Compared, TorchFigure]]:
        """Where filed and rolled-up figures are more than 5% apart, in the order of carriers and of the form."""
        found = []
        for row in self.rows:
            for item in ITEMS:
                compared = row.compared(item.code)
                if compared is not None and compared.differs:
                    found.append((row, item, compared, row.filed[item.code]))
        return found

    def total(self, item: Item) -> Decimal | None:
        """The item over all carriers, in the unit of the form: summed in yuan, rounded once. Counts of the register are
        the catalogue's for the area."""
        if item.source is Source.REGISTER:
            return Decimal(self.registered[item.code])
        known = [row.amounts[item.code].value for row in self.rows]
        numbers = [value for value in known if value is not None]
        return item.shown(sum(numbers, Decimal(0))) if numbers else None


def span_of(year: int) -> tuple[date, date]:
    """First days of the first month of ``year`` and of the last one that has ended."""
    return date(year, 1, 1), min(last_full_month(timezone.localdate()), date(year, 12, 1))


def carriers_of(user: Any, year: int, area: Area | None = None) -> Any:
    """The person's carriers that were open in ``year`` as far as its months have ended, with their areas loaded: of
    ``area``, or all of them."""
    first, last = span_of(year)
    open_then = Q(opened_on__lte=month_end(last)) & (Q(closed_on=None) | Q(closed_on__gt=first))
    carriers = Carrier.objects.visible_to(user).filter(open_then).select_related("owner_area")
    return carriers if area is None else carriers.filter(owner_area__path__startswith=area.path)


def year_of(user: Any, area: Area, year: int, *, carrier: str = "") -> Year:
    """The year of an area's carriers (or of the one with this code) as far as its months have ended. Seven queries."""
    first, last = span_of(year)
    carriers = carriers_of(user, year, area)
    if carrier:
        carriers = carriers.filter(code=carrier)
    found = [*carriers.order_by("owner_area__order", "owner_area__path", "code")]
    registered = stays_within(REGISTERED, start=first, end=month_end(last), within=area, user=user)
    rows = years_of(user, found, year, within=None if carrier else area)
    closed = Closes([date(year, 12, 1)]).closed_on(area.path, date(year, 12, 1))
    return Year(area, year, month_end(last), tuple(rows), closed, registered)


def years_of(
    user: Any, carriers: Sequence[Carrier], year: int, *, within: Area | None = None, calendars: Calendars | None = None
) -> list[CarrierYear]:
    """The year of each of ``carriers``, in their order; these have their areas loaded with them. Four queries; three where
    the ``calendars`` are known. ``within``: they are all that the person sees of an area, which is then asked for as one."""
    first, last = span_of(year)
    calendars = calendars or Calendars()
    near: dict[str, Any] = {"carrier__in": [each.pk for each in carriers]}
    if within is not None:
        near = {"carrier__owner_area__path__startswith": within.path}
    reports = MonthlyReport.objects.counted().filter(month__range=(first, last), **near)
    given: dict[int, dict[date, dict[str, Any]]] = {}
    sums: dict[str, Any] = {f"sum_{item.column}": Sum(f"enterprises__{item.column}") for item in ENTERPRISE_ITEMS}
    sums |= {f"told_{item.column}": Count(f"enterprises__{item.column}") for item in ENTERPRISE_ITEMS}
    sums |= {"told_of": Count("enterprises")}
    for row in reports.order_by().values("carrier_id", "month", "gaps", "is_synthetic", *REPORTED).annotate(**sums):
        given.setdefault(row["carrier_id"], {})[row["month"]] = row
    counted = stays_by_carrier(
        REGISTERED, start=first, end=month_end(last), within=within, carriers=near.get("carrier__in"), user=user
    )
    filed: dict[int, dict[str, TorchFigure]] = {}
    for figure in TorchFigure.objects.visible_to(user).filter(year=year, **near).select_related("entered_by"):
        filed.setdefault(figure.carrier_id, {})[figure.code] = figure
    months = [add_months(first, number) for number in range(last.month)]
    return [
        _carrier_year(each, months, calendars, given.get(each.pk, {}), counted.get(each.pk, {}), filed.get(each.pk, {}))
        for each in carriers
    ]


def _told_of_incubatees(item: Item, given: Mapping[date, Mapping[str, Any]]) -> Amount:
    """The last month in which incubatees said something; months of which nobody was asked say nothing."""
    sums = {month: row[f"sum_{item.column}"] for month, row in given.items()}
    amount = roll(item, {month: total for month, total in sums.items() if total is not None})
    if not amount.parts:
        return amount
    row = given[amount.parts[0][0]]
    return replace(amount, left_out=row["told_of"] - row[f"told_{item.column}"])


def _carrier_year(
    carrier: Carrier,
    months: Sequence[date],
    calendars: Calendars,
    given: Mapping[date, Mapping[str, Any]],
    counted: Mapping[str, int],
    filed: dict[str, TorchFigure],
) -> CarrierYear:
    here = [m for m in months if carrier.opened_on <= month_end(m) and (not carrier.closed_on or carrier.closed_on > m)]
    days: dict[date, Days] = {month: calendars.days(carrier.owner_area.path, month) for month in here}
    earlier = {m: each.counts_from for m, each in days.items() if each.counts_from and each.counts_earlier(m)}
    # Only an accepted report holds what came before it.
    held = {m: first for m, first in earlier.items() if m in given}
    covered = {month for m, first in earlier.items() for month in here if first <= month < m}
    amounts = {}
    for item in ITEMS:
        if item.source is Source.REGISTER:
            amounts[item.code] = Amount(item, Decimal(counted.get(item.code, 0)))
        elif item.source is Source.ENTERPRISES:
            amounts[item.code] = _told_of_incubatees(item, given)
        else:
            answers = {month: _answer(row, item.code) for month, row in given.items()}
            asked = BY_FIELD[item.code].concerns(carrier.kind, None)
            amounts[item.code] = roll(item, {m: each for m, each in answers.items() if asked or each is not None})
    return CarrierYear(
        carrier,
        month_end(months[-1]),
        amounts,
        tuple(month for month, each in days.items() if each.asked and month not in given),
        tuple(month for month, each in days.items() if not each.asked and month not in covered and month not in given),
        held,
        filed,
        carrier.is_synthetic or any(row["is_synthetic"] for row in given.values()),
    )


def _answer(row: Mapping[str, Any], code: str) -> Answer:
    if code in row["gaps"]:
        return Gap.of(row["gaps"][code])
    answer: Answer = row[code]
    return answer


__all__ = [
    "BY_CODE",
    "ENTERPRISE_ITEMS",
    "ITEMS",
    "SOURCE_WORDS",
    "Amount",
    "CarrierYear",
    "Compared",
    "Item",
    "Source",
    "Year",
    "carriers_of",
    "months_cn",
    "roll",
    "span_of",
    "year_of",
    "years_of",
]
