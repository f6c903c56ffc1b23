"""The figures asked of each incubatee (form E), declared once for sheet, checks, pages, hash, workbook and API.

They are :class:`ReportField` as those of the carrier's own form, with the same four answers. What the register holds of an
enterprise (field of technology, floor area, certificates, mentors) is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from incubators.models import EnterpriseMonth
from incubators.reporting.fields import Answer, Gap, Group, Kind, Need, ReportField

ENTERPRISE_GROUPS = (
    Group("people", "从业人员"),
    Group("money", "经营"),
    Group("property", "知识产权"),
    Group("investment", "投融资"),
)
_LARGEST_MONEY = Decimal("99999999999999.99")


def _people(code: str, label: str, need: Need = Need.NONE, help_text: str = "") -> ReportField:
    return ReportField(code, label, "人", "people", Kind.COUNT, need, True, help_text)


def _pieces(code: str, label: str, need: Need = Need.NONE, *, stock: bool = False, help_text: str = "") -> ReportField:
    return ReportField(code, label, "件", "property", Kind.COUNT, need, stock, help_text)


def _money(code: str, label: str, group: str, need: Need = Need.NONE, help_text: str = "") -> ReportField:
    return ReportField(code, label, "万元", group, Kind.MONEY, need, False, help_text, "", _LARGEST_MONEY)


ENTERPRISE_FIELDS: tuple[ReportField, ...] = (
    _people("staff", "从业人数", Need.ALL, "月末在岗人数"),
    _people("staff_doctor", "其中博士"),
    _people("staff_college", "其中大专以上", help_text="含博士、硕士、本科"),
    _people("staff_fresh", "其中应届毕业生", help_text="本年吸纳的应届大学毕业生"),
    _people("staff_returned", "其中留学人员"),
    _money("revenue", "本月营业收入", "money", Need.ALL, "没有收入的填 0"),
    _money("revenue_ytd", "本年累计营业收入", "money", Need.ALL, "1月起至本月末"),
    _money("research_ytd", "本年累计研发费用", "money", Need.ALL, "1月起至本月末"),
    _money("tax_ytd", "本年累计实缴税费", "money", Need.ALL, "1月起至本月末"),
    _pieces("ip_applied", "本月知识产权申请", Need.ALL),
    _pieces("ip_granted", "本月知识产权授权", Need.ALL),
    _pieces("ip_valid", "有效知识产权", Need.ALL, stock=True, help_text="月末拥有的有效知识产权"),
    _pieces("ip_invention", "其中发明专利", stock=True),
    _pieces("ip_software", "其中软件著作权", stock=True),
    _money("financing", "本月获投融资金额", "investment", Need.ALL, "股权融资和银行贷款合计,没有填 0"),
    _money("financing_fund", "其中孵化基金投资", "investment"),
    _money("financing_loan", "其中银行贷款", "investment"),
)
ENTERPRISE_BY_CODE: Mapping[str, ReportField] = {spec.code: spec for spec in ENTERPRISE_FIELDS}
REQUIRED = tuple(spec for spec in ENTERPRISE_FIELDS if spec.need == Need.ALL)
# Those counted from January on: within a year they only grow.
YEAR_TO_DATE = ("revenue_ytd", "research_ytd", "tax_ytd")

Answers = dict[str, Answer]


def answers_of(row: EnterpriseMonth) -> Answers:
    """Figures (yuan, counts) and gaps of one enterprise, by code; None where nobody has answered."""
    held: Answers = {code: getattr(row, code) for code in ENTERPRISE_BY_CODE}
    return held | {code: Gap.of(kept) for code, kept in row.gaps.items() if code in held}


def put_answers(row: EnterpriseMonth, answers: Mapping[str, Answer]) -> None:
    """Keep answers on ``row``: a figure in its place, or else why there is none."""
    gaps = {code: kept for code, kept in row.gaps.items() if code not in answers}
    for code, answer in answers.items():
        if isinstance(answer, Gap):
            gaps[code] = answer.kept()
        setattr(row, code, None if isinstance(answer, Gap) else answer)
    row.gaps = gaps


def offered(before: EnterpriseMonth | None, staff_count: int | None) -> Answers:
    """What a new row starts from: the standing figures of the month before, else the employees that the register knows."""
    blank: Answers = dict.fromkeys(ENTERPRISE_BY_CODE)
    if before is None:
        return blank | {"staff": staff_count}
    held = answers_of(before)
    return blank | {spec.code: held[spec.code] for spec in ENTERPRISE_FIELDS if spec.stock}


@dataclass(frozen=True, slots=True)
class Total:
    """A figure over some enterprises: the sum of those that reported one, and how many these are."""

    spec: ReportField
    value: Decimal
    known: int

    @property
    def shown(self) -> str:
        return self.spec.show(self.value, unit=False) if self.known else "—"


def totals(answers: Iterable[Answers]) -> dict[str, Total]:
    """Every figure summed over enterprises, by code. A gap is no zero: it is left out, and not counted as known."""
    held = [*answers]
    found = {}
    for code, spec in ENTERPRISE_BY_CODE.items():
        figures = [Decimal(each[code]) for each in held if isinstance(each[code], (int, Decimal))]  # type: ignore[arg-type]
        found[code] = Total(spec, sum(figures, Decimal(0)), len(figures))
    return found


def content(rows: Iterable[EnterpriseMonth]) -> list[list[Any]]:
    """The rows as the fingerprint of their report takes them, in the order of the credit codes. The enterprises must have
    been loaded with the rows."""
    return sorted(
        [row.enterprise.uscc, {code: _canonical(getattr(row, code)) for code in ENTERPRISE_BY_CODE}, row.gaps]
        for row in rows
    )


def _canonical(value: Decimal | int | None) -> str | int | None:
    return value if value is None or isinstance(value, int) else f"{value:.2f}"


__all__ = [
    "ENTERPRISE_BY_CODE",
    "ENTERPRISE_FIELDS",
    "ENTERPRISE_GROUPS",
    "REQUIRED",
    "YEAR_TO_DATE",
    "Answers",
    "Total",
    "answers_of",
    "content",
    "offered",
    "put_answers",
    "totals",
]
