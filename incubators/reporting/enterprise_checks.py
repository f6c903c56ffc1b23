"""Checks of what is reported of each incubatee (企业情况): one finding a comparison, told with the enterprises it is about.

Of one enterprise alone they are asked while its row is typed (:func:`of_one`), where the database does not hold them: a
draft may contradict itself until it is handed in.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, REQUIRED, YEAR_TO_DATE, Answers
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fields import BY_CODE, Gap, GapKind, Kind, Value
from incubators.reporting.findings import Finding, Subject
from incubators.reporting.moves import meant_by, slip_factor
from incubators.reporting.tenants import NAMED

# The key of a finding names the comparison, so that an explanation stays with it.
PREFIX = "E"


def _figure(answers: Answers, code: str) -> Value:
    held = answers[code]
    return None if isinstance(held, Gap) else held


def _said(answers: Answers, code: str) -> str:
    spec = ENTERPRISE_BY_CODE[code]
    return f"{spec.label} {spec.show(answers[code])}"


@dataclass(frozen=True, slots=True)
class Look:
    """One comparison within an enterprise's row. ``look`` says what it found in words, empty where it holds; ``at`` are
    the figures it is about, the first one leading."""

    rule: str
    name: str
    hard: bool
    words: str
    at: tuple[str, ...]
    look: Callable[[Incubatee, date], str]

    @property
    def key(self) -> str:
        return f"{self.rule}:{PREFIX}:{self.name}"


def _parts(whole: str, *parts: str) -> Callable[[Incubatee, date], str]:
    """That the sum of ``parts`` is at most ``whole``, as far as they are known."""

    def look(each: Incubatee, month: date) -> str:
        answers = each.answers
        most, known = _figure(answers, whole), [code for code in parts if _figure(answers, code) is not None]
        if most is None or sum(Decimal(_figure(answers, code) or 0) for code in known) <= Decimal(most):
            return ""
        return f"{'与'.join(_said(answers, code) for code in known)},大于{_said(answers, whole)}"

    return look


def _falls(each: Incubatee, month: date) -> str:
    """A sum from January on that is less than it was in an earlier month of the year."""
    if each.before is None or each.before.report.month.year != month.year or each.previous is None:
        return ""
    said = []
    for code in YEAR_TO_DATE:
        now, before = _figure(each.answers, code), _figure(each.previous, code)
        if now is not None and before is not None and now < before:
            was = ENTERPRISE_BY_CODE[code].show(before)
            said.append(f"{_said(each.answers, code)},{each.before.report.month.month}月为 {was}")
    return ";".join(said)


def _adds_up(each: Incubatee, month: date) -> str:
    """Last month's sum with this month's revenue is this month's sum; in January the month is the sum."""
    revenue, total = _figure(each.answers, "revenue"), _figure(each.answers, "revenue_ytd")
    if revenue is None or total is None:
        return ""
    start: Value = Decimal(0)
    if month.month > 1:
        last = each.before is not None and (each.before.report.month.year, each.before.report.month.month + 1) == (
            month.year,
            month.month,
        )
        start = _figure(each.previous, "revenue_ytd") if last and each.previous is not None else None
    if start is None or Decimal(start) + Decimal(revenue) == Decimal(total):
        return ""
    show = ENTERPRISE_BY_CODE["revenue"].show
    return f"上月累计 {show(start)}加{_said(each.answers, 'revenue')},应为 {show(Decimal(start) + Decimal(revenue))},填报 {show(total)}"


@dataclass(frozen=True, slots=True)
class Slip:
    """An amount that looks like one in another unit, and what was probably meant (yuan)."""

    code: str
    words: str
    meant: Decimal


def slips(each: Incubatee, month: date) -> Iterator[Slip]:
    """Amounts about a thousand times, or ten thousand times, the ones before."""
    if each.previous is None or each.before is None:
        return
    same_year = each.before.report.month.year == month.year
    for code, spec in ENTERPRISE_BY_CODE.items():
        # Investment comes and goes; sums of the year begin again in January.
        if spec.kind != Kind.MONEY or code.startswith("financing") or (code in YEAR_TO_DATE and not same_year):
            continue
        now, before = _figure(each.answers, code), _figure(each.previous, code)
        factor = slip_factor(now, None if before is None else Decimal(before))
        if factor is not None and abs(factor) >= 1000:
            times = f"约为其 {factor} 倍" if factor > 0 else f"约为其 1/{-factor}"
            words = f"{_said(each.answers, code)},上次 {spec.show(before)},{times}"
            yield Slip(code, words, meant_by(factor, now))


def _slips(each: Incubatee, month: date) -> str:
    return ";".join(slip.words for slip in slips(each, month))


def _within(rule: str, name: str, words: str, whole: str, *parts: str, hard: bool = True) -> Look:
    return Look(rule, name, hard, words, (*parts, whole), _parts(whole, *parts))


SLIP = Look("R15", "slip", False, "金额与上次相差悬殊,是否误用了元/千元/万元", ("revenue",), _slips)
LOOKS: tuple[Look, ...] = (
    _within("R08", "doctor", "博士人数大于从业人数", "staff", "staff_doctor"),
    _within("R08", "college", "大专以上人数大于从业人数", "staff", "staff_college"),
    _within("R08", "degree", "博士人数大于大专以上人数", "staff_college", "staff_doctor"),
    _within("R08", "fresh", "应届毕业生人数大于从业人数", "staff", "staff_fresh"),
    _within("R08", "returned", "留学人员人数大于从业人数", "staff", "staff_returned"),
    _within("R09", "valid", "发明专利与软件著作权之和大于有效知识产权", "ip_valid", "ip_invention", "ip_software"),
    _within(
        "R11", "sources", "孵化基金投资与银行贷款之和大于获投融资金额", "financing", "financing_fund", "financing_loan"
    ),
    _within("R12", "month", "本月营业收入大于本年累计", "revenue_ytd", "revenue"),
    Look("R12", "falls", False, "本年累计比上次少", YEAR_TO_DATE, _falls),
    Look("R12", "sum", False, "本年累计营业收入与上月累计加本月不符", ("revenue_ytd", "revenue"), _adds_up),
    _within("R10", "research", "本年累计研发费用大于营业收入", "revenue_ytd", "research_ytd", hard=False),
    SLIP,
)


def unanswered(each: Incubatee) -> str:
    """Which required figures nobody has answered, by name; empty when all are."""
    if each.row is not None and each.row.unread:
        return "有填写待改正"
    held = each.answers if each.row is not None else dict.fromkeys(ENTERPRISE_BY_CODE)
    without = [spec.label for spec in REQUIRED if held[spec.code] is None]
    if len(without) == len(REQUIRED):
        return "未填"
    return f"缺{'、'.join(without)}" if without else ""


def _lacking(each: Incubatee) -> str:
    """Whether the whole enterprise is missing: nothing required but reasons."""
    gaps = [answer for spec in REQUIRED if isinstance(answer := each.answers[spec.code], Gap)]
    reasons = [gap.reason for gap in gaps if gap.kind == GapKind.MISSING]
    return f"缺:{reasons[0]}" if len(reasons) * 2 > len(REQUIRED) else ""


def of_one(each: Incubatee, month: date) -> Iterator[tuple[Look, str]]:
    """What is found in one enterprise's row, with what it says."""
    for look in LOOKS:
        if says := look.look(each, month):
            yield look, says


def found(month: date, incubatees: Sequence[Incubatee], values: Mapping[str, Value] | None) -> Iterator[Finding]:
    """Everything there is to say of a carrier's incubatees. ``values``: the carrier's own figures, which their sums are
    held against (R25); None where these count from January on, and are no month's."""
    if not incubatees:
        return
    yield from _told("M", f"M:{PREFIX}", True, "还没有填完(没有的填 0,暂时缺数的填“缺:原因”)", incubatees, unanswered)
    begun = [each for each in incubatees if each.row is not None]
    for look in LOOKS:
        yield from _told(
            look.rule, look.key, look.hard, look.words, begun, lambda each, look=look: look.look(each, month)
        )
    yield from _told("R25", f"R25:{PREFIX}:lacking", False, "过半的数缺报", begun, _lacking)
    complete = [each for each in begun if each.complete]
    if len(complete) == len(incubatees):
        yield from _employing(complete)
        if values is not None:
            yield from _sums(complete, values)


def _told(
    rule: str, key: str, hard: bool, words: str, incubatees: Sequence[Incubatee], look: Callable[[Incubatee], str]
) -> Iterator[Finding]:
    """One finding with the enterprises of which ``look`` says something."""
    subjects = tuple(Subject(each.uscc, each.name, says) for each in incubatees if (says := look(each)))
    if subjects:
        # Words answer for these enterprises alone: another one is asked about anew.
        asked_of = "" if hard else f":{zlib.crc32('/'.join(sorted(each.uscc for each in subjects)).encode()):08x}"
        listed = "、".join(each.name for each in subjects[:NAMED])
        more = f"等{len(subjects)}家" if len(subjects) > NAMED else ""
        yield Finding(rule, key + asked_of, hard, (), f"企业情况:{listed}{more}{words}", subjects=subjects)


def _employing(incubatees: Sequence[Incubatee]) -> Iterator[Finding]:
    known = [_figure(each.answers, "staff") for each in incubatees]
    if None not in known and not sum(map(int, filter(None, known))):
        text = f"企业情况:在孵企业 {len(incubatees)} 家,从业人数合计为 0 人,请核对"
        yield Finding("R13", f"R13:{PREFIX}", False, (), text)


def _sums(incubatees: Sequence[Incubatee], values: Mapping[str, Value]) -> Iterator[Finding]:
    """The carrier's figures beside the sums of its incubatees. More in the enterprises than in the whole asks; less is
    told, for others than incubatees may have had their part."""
    for code in ("enterprises_financed", "financing", "ip_applied", "ip_granted"):
        of_each = "financing" if code == "enterprises_financed" else code
        parts = [_figure(each.answers, of_each) for each in incubatees]
        whole = values.get(code)
        if whole is None or None in parts:
            continue
        amounts = [Decimal(part) for part in parts if part is not None]
        total = (
            Decimal(sum(amount > 0 for amount in amounts))
            if code == "enterprises_financed"
            else sum(amounts, Decimal(0))
        )
        if total != Decimal(whole):
            spec, more = BY_CODE[code], total > Decimal(whole)
            text = f"{spec.label} {spec.show(whole)},各在孵企业合计 {spec.show(total)},{'企业合计更大,请核对' if more else '其余应属在孵以外的企业'}"
            yield Finding("R25", f"R25:{PREFIX}:{code}", False, (code,), text, asks=more)


__all__ = ["LOOKS", "SLIP", "Look", "Slip", "found", "of_one", "slips", "unanswered"]
