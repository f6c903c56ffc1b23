"""The figures of the standard monthly report, declared once for form, checks, pages, hash and API (form M).

A value is an exact ``Decimal`` (money in yuan, floor area in square metres) or an ``int`` (counts). An answer is one of
four, never mixed: a figure, a true zero, or a :class:`Gap` (missing with its reason, or not applicable); ``None`` means
that nobody has answered yet. People type and read money in 万元.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.money import WAN, to_wan
from core.numerals import NotANumber, folded, typed_number
from core.quotes import shortened

Value = Decimal | int | None
LONGEST_REASON = 100
MAKER_SPACE = "maker_space"
LARGEST_COUNT = 2_000_000_000
CENT = Decimal("0.01")
FEWEST_DIGITS = 7
_MISSING = re.compile(r"(?:暂缺|缺数|缺失|缺)[\s::,,、()\-—]*(.*?)\)?")
_NOT_APPLICABLE = frozenset({"不适用", "N/A", "NA", "/"})
# Nothing, or not known? A spreadsheet shows a zero as a dash.
_VAGUE = frozenset({"无", "-", "–", "—"})
# Units that money may be typed with, the longest first, in yuan.
_YUAN = {
    "亿元": Decimal(100_000_000),
    "万元": WAN,
    "千元": Decimal(1000),
    "亿": Decimal(100_000_000),
    "万": WAN,
    "元": Decimal(1),
}
_PHONE = re.compile(r"\+?[0-9() /、,;-]+(?:(?:转|分机号?)[::]?[0-9 ]+)?")


class Kind(StrEnum):
    """What a figure is, and so how it is typed and shown."""

    AREA = "area"
    COUNT = "count"
    MONEY = "money"
    NUMBER = "number"


class Need(StrEnum):
    """Which carriers must report a figure."""

    ALL = "all"
    MAKER_SPACE = "maker_space"
    NOT_MAKER_SPACE = "not_maker_space"
    NONE = "none"


class GapKind(StrEnum):
    """Why there is no figure."""

    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Gap:
    """An answer that is no figure: missing, with the reason, or not applicable. As a text it is what a person types."""

    kind: GapKind
    reason: str = ""

    def __str__(self) -> str:
        return f"缺:{self.reason}" if self.kind == GapKind.MISSING else "不适用"

    def kept(self) -> dict[str, str]:
        """As a report keeps it (JSON)."""
        return {"kind": self.kind.value, "reason": self.reason}

    @classmethod
    def of(cls, kept: Mapping[str, str]) -> Gap:
        """What :meth:`kept` made."""
        return cls(GapKind(kept["kind"]), kept.get("reason", ""))


NOT_APPLICABLE = Gap(GapKind.NOT_APPLICABLE)
Answer = Value | Gap


class FieldError(ValueError):
    """What was typed is no value of the field; ``str(error)`` is the Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the form."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class ReportField:
    """One figure. ``stock``: a standing value, offered again from last month. ``register``: the register's count of
    the same thing (see :mod:`incubators.reporting.register`). ``smallest`` and ``largest`` bound the stored value.
    ``declared``: one that a district adds, kept in the report's ``extra`` and not in a column; ``area``: whose it is,
    which makes no other column of it."""

    code: str
    label: str
    unit: str
    group: str
    kind: Kind
    need: Need = Need.ALL
    stock: bool = False
    help: str = ""
    register: str = ""
    largest: Decimal = Decimal(LARGEST_COUNT)
    smallest: Decimal = Decimal(0)
    declared: bool = False
    area: str = field(default="", repr=False, compare=False)

    def required_for(self, carrier_kind: str) -> bool:
        """Whether a carrier of this kind must report the figure."""
        if self.need == Need.ALL:
            return True
        is_maker_space = carrier_kind == MAKER_SPACE
        return (self.need == Need.MAKER_SPACE and is_maker_space) or (
            self.need == Need.NOT_MAKER_SPACE and not is_maker_space
        )

    def concerns(self, carrier_kind: str, value: Value) -> bool:
        """Whether the figure is shown for a carrier of this kind: seats are not asked of an incubator."""
        return value is not None or self.need in {Need.ALL, Need.NONE} or self.required_for(carrier_kind)

    def parse(self, text: str) -> Answer:
        """What a person typed, as stored. Full-width digits, separators of thousands and the unit are understood (of
        money 元, 千元, 万元 and 亿元), and so are 缺:原因 and 不适用.

        Raises :class:`FieldError` with a sentence for the place of the error.
        """
        words = unicodedata.normalize("NFKC", text).strip()
        if words.startswith(("缺", "暂缺")):
            return _missing(words)
        if words.upper() in _NOT_APPLICABLE:
            return NOT_APPLICABLE
        bare = folded(text, self.unit)
        if not bare:
            return None
        if bare in _VAGUE:
            raise FieldError(f"“{bare}”不明确:没有的填 0,暂时缺数的填“缺:原因”,不涉及的填“不适用”")
        unit, yuan = self.unit, WAN
        if self.kind == Kind.MONEY:
            unit, yuan = next(
                ((name, each) for name, each in _YUAN.items() if folded(text).endswith(name)), (unit, WAN)
            )
        try:
            typed = typed_number(text, unit, self.example)
        except NotANumber as error:
            raise FieldError(str(error)) from None
        return self.check(typed * yuan if self.kind == Kind.MONEY else typed)

    def check(self, number: Decimal) -> Value:
        """``number`` (yuan, ㎡ or a count) as stored. Raises :class:`FieldError` when it cannot be one."""
        if number < 0:
            raise FieldError("不能为负数")
        if number < self.smallest:
            raise FieldError(f"不能小于 {self.show(self.smallest)}")
        if number > self.largest:
            bounded = f"不能大于 {self.show(self.largest)}" if self.declared else f"数值过大,请核对单位({self.unit})"
            raise FieldError(bounded)
        number = abs(number)  # a zero has no sign
        if self.kind == Kind.COUNT:
            if number != number.to_integral_value():
                raise FieldError("须为整数")
            return int(number)
        if number != number.quantize(CENT):
            raise FieldError("万元数最多六位小数(精确到分)" if self.kind == Kind.MONEY else "最多两位小数")
        return number.quantize(CENT)

    @property
    def example(self) -> str:
        return "12" if self.kind == Kind.COUNT else "1250.5"

    def typed(self, value: Answer) -> str:
        """A stored answer as a person would type it: ``Decimal("1250000.00")`` of money -> ``125``."""
        if isinstance(value, Gap):
            return str(value)
        return "" if value is None else _plain(self._shown(value))

    def show(self, value: Answer, *, unit: bool = True) -> str:
        """A stored answer in words, e.g. ``125 万元``; ``—`` when nobody has answered."""
        if value is None:
            return "—"
        if isinstance(value, Gap):
            return str(value)
        number = self._shown(value).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)
        text = f"{number:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text} {self.unit}" if unit else text

    def _shown(self, value: Decimal | int) -> Decimal:
        number = Decimal(value)
        return to_wan(number) if self.kind == Kind.MONEY else number


def missing(reason: str) -> Gap:
    """A figure that is missing, with its reason. Raises :class:`FieldError` without one, or with one too long."""
    reason = reason.strip()
    if not reason:
        raise FieldError("缺数须写明原因,如“缺:账单未到”")
    if len(reason) > LONGEST_REASON:
        raise FieldError(f"缺数原因最多{LONGEST_REASON}字")
    return Gap(GapKind.MISSING, reason)


def _missing(words: str) -> Gap:
    found = _MISSING.fullmatch(words)
    return missing(found[1] if found else "")


def phone_problem(text: str) -> str:
    """Why ``text`` is no telephone number, as a sentence; empty when it may be one, or is empty.

    Digits, blanks, ``+ - ( ) /`` and an extension (转 or 分机), with at least seven digits: 021-57921234 转 8, 13800000000.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = sum(sign.isdecimal() for sign in plain)
    if not plain or (_PHONE.fullmatch(plain) and digits >= FEWEST_DIGITS):
        return ""
    return f"“{shortened(text)}”不像电话号码,请填如 021-57921234 或 13800000000"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


GROUPS = (
    Group("space", "场地与工位"),
    Group("service", "服务与活动"),
    Group("results", "投融资与知识产权"),
    Group("money", "载体收入"),
    Group("declared", "本区附加"),
)

_LARGEST_AREA = Decimal("9999999999.99")
_LARGEST_MONEY = Decimal("99999999999999.99")


def _area(code: str, label: str, need: Need, help_text: str, register: str = "") -> ReportField:
    return ReportField(code, label, "㎡", "space", Kind.AREA, need, True, help_text, register, _LARGEST_AREA)


def _money(
    code: str, label: str, group: str, need: Need = Need.NONE, *, stock: bool = False, help_text: str = ""
) -> ReportField:
    return ReportField(code, label, "万元", group, Kind.MONEY, need, stock, help_text, "", _LARGEST_MONEY)


def _count(
    code: str,
    label: str,
    unit: str,
    group: str,
    need: Need = Need.ALL,
    *,
    stock: bool = False,
    help_text: str = "",
    register: str = "",
) -> ReportField:
    return ReportField(code, label, unit, group, Kind.COUNT, need, stock, help_text, register)


FIELDS: tuple[ReportField, ...] = (
    _area("area_controllable", "可自主支配面积", Need.ALL, "自有或租赁、由运营方自主支配的孵化场地"),
    _area("area_leasable", "可入驻面积", Need.NOT_MAKER_SPACE, "其中可供企业入驻的面积"),
    _area("area_leased", "已入驻面积", Need.NOT_MAKER_SPACE, "月末已签约并实际入驻的面积", "floor_area"),
    _count("seats_total", "工位数", "个", "space", Need.MAKER_SPACE, stock=True),
    _count("seats_used", "已用工位数", "个", "space", Need.MAKER_SPACE, stock=True),
    _count("teams", "创业团队数", "个", "space", Need.MAKER_SPACE, stock=True, help_text="尚未注册企业的团队"),
    _count("staff_total", "管理服务人员", "人", "service", stock=True),
    _count("staff_professional", "其中专业服务人员", "人", "service", stock=True),
    _count("mentors", "创业导师", "人", "service", stock=True, register="n_mentor"),
    _count("mentor_sessions", "本月辅导次数", "次", "service"),
    _count("events", "本月活动场次", "场", "service", register="n_activity"),
    _count("event_participants", "本月活动人次", "人次", "service", register="n_participant"),
    _count("enterprises_financed", "本月获投融资企业数", "家", "results"),
    _money("financing", "本月获投融资金额", "results", Need.ALL),
    _money("fund_size", "孵化基金规模", "results", Need.ALL, stock=True, help_text="自有和合作基金合计,没有填 0"),
    _count("ip_applied", "本月知识产权申请", "件", "results"),
    _count("ip_granted", "本月知识产权授权", "件", "results"),
    _money("income", "载体本月收入", "money", help_text="可按季度填写"),
    _money("income_non_rent", "其中非房租物业收入", "money"),
    _money("rent_relief", "本月房租减免", "money"),
)

BY_CODE: Mapping[str, ReportField] = {field.code: field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class TextField:
    """Words in the report. ``required`` at submission; ``options``: the only words there may be; ``declared`` and
    ``area`` as of :class:`ReportField`."""

    code: str
    label: str
    longest: int
    required: bool = False
    help: str = ""
    options: tuple[str, ...] = ()
    declared: bool = False
    area: str = field(default="", repr=False, compare=False)

    def problem(self, text: str) -> str:
        """Why ``text`` is none of the field's, as a sentence; empty when it is, or says nothing."""
        if len(text) > self.longest:
            return f"最多{self.longest}字"
        if self.options and text.strip() and text.strip() not in self.options:
            return f"请从中选一项:{'、'.join(self.options)}"
        return ""


TEXTS: tuple[TextField, ...] = (
    TextField("issues", "存在问题与诉求", 4000, help="转科技联络员跟进;没有可不填"),
    TextField("filled_by", "填表人", 40, True),
    TextField("phone", "联系电话", 30, True),
)
TEXT_BY_CODE: Mapping[str, TextField] = {text.code: text for text in TEXTS}


__all__ = [
    "BY_CODE",
    "FIELDS",
    "GROUPS",
    "MAKER_SPACE",
    "NOT_APPLICABLE",
    "TEXTS",
    "TEXT_BY_CODE",
    "Answer",
    "FieldError",
    "Gap",
    "GapKind",
    "Kind",
    "Need",
    "ReportField",
    "Value",
    "missing",
    "phone_problem",
]
