"""What must have happened for a rule to apply: one function an event, each returning conditions and the day held
against the rule's period. Decision tables, not nested ifs: the engine asks ``EVENTS[rule.event]``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from core.dates import date_cn
from subsidies.terms import (
    CarrierFacts,
    Condition,
    GradeFact,
    GrantFact,
    Missing,
    RuleTerms,
    TitleFact,
    yuan_words,
)


@dataclass(frozen=True, slots=True)
class Happened:
    """The event of a rule for a carrier and year: conditions, the day held against the period, what is missing."""

    conditions: tuple[Condition, ...]
    day: date | None = None
    missing: tuple[Missing, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    notes: tuple[str, ...] = ()
    grade: str = ""


def words(codes: tuple[str, ...], names: dict[str, str]) -> str:
    return "、".join(names.get(code, code) for code in codes)


def day_words(day: date | None) -> str:
    return date_cn(day) if day else "未登记"


def held(facts: CarrierFacts, titles: tuple[str, ...], on: date) -> list[TitleFact]:
    """Titles of those named that the carrier holds on ``on``."""
    return [
        t for t in facts.titles if t.title in titles and t.awarded_on <= on and (t.ended_on is None or t.ended_on > on)
    ]


def newly_designated(rule: RuleTerms, facts: CarrierFacts, year: int, as_of: date) -> Happened:
    """The first designation with one of the titles falls in the year, and has not been withdrawn."""
    known = sorted((t for t in facts.titles if t.title in rule.titles and t.awarded_on <= as_of), key=_by_day)
    name = words(rule.titles, rule.title_words)
    if not known:
        none = Happened((Condition(text=f"首次被认定为{name}", seen="没有此项认定", holds=False),))
        return _only_open(rule, facts, as_of) or none
    first = known[0]
    seen = f"{day_words(first.awarded_on)}认定为{first.name}({first.document or '文号未登记'})"
    return Happened(
        (
            Condition(text=f"首次被认定为{name}", seen=seen, holds=True),
            Condition(
                text=f"认定日期在{year}年", seen=day_words(first.awarded_on), holds=first.awarded_on.year == year
            ),
            _not_withdrawn(first, as_of),
        ),
        first.awarded_on,
    )


def _by_day(title: TitleFact) -> tuple[date, int]:
    return title.awarded_on, title.id


def _not_withdrawn(title: TitleFact, as_of: date) -> Condition:
    ended = title.ended_on is not None and title.ended_on <= as_of
    seen = f"{day_words(title.ended_on)}终止:{title.end_reason}" if ended else "仍有效"
    return Condition(text="认定未被撤销或终止", seen=seen, holds=not ended)


def annual_grade(rule: RuleTerms, facts: CarrierFacts, year: int, as_of: date) -> Happened:
    """The year's evaluation gave one of the grades, under one of the titles."""
    record = next(
        (g for g in facts.grades if g.frame == rule.frame and g.year == year and g.published_on <= as_of), None
    )
    if record is None:
        name = words(rule.titles, rule.title_words)
        fitting = [t for t in _held_in(facts, year) if t.title in rule.titles and t.awarded_on <= as_of]
        if not fitting:
            ever = any(t.title in rule.titles for t in facts.titles)
            seen = f"{year}年没有有效的此项认定" if ever else "从未获此认定"
            return Happened((Condition(text=f"评价时为{name}", seen=seen, holds=False),))
        missing = Missing(what=f"{year}年度绩效评价结果未登记", record="grade")
        return Happened((Condition(text=f"{year}年度绩效评价有结果", seen="未登记", holds=None),), missing=(missing,))
    title, lacking, notes = _graded_title(rule, facts, record)
    grade = Condition(
        text=f"{year}年度绩效评价为{words(rule.grades, rule.grade_words)}",
        seen=f"{rule.grade_words.get(record.grade, record.grade)}({record.document},{day_words(record.published_on)}公布)",
        holds=record.grade in rule.grades,
    )
    grants = tuple(g for g in facts.grants if g.kind == rule.basis and g.year == year and g.approved_on <= as_of)
    return Happened((title, grade), record.published_on, lacking, grants, notes, record.grade)


BY_RECORD = "按评价时的称号"
Titled = tuple[Condition, tuple[Missing, ...], tuple[str, ...]]


def _graded_title(rule: RuleTerms, facts: CarrierFacts, record: GradeFact) -> Titled:
    """Under which title the carrier was evaluated: as recorded, else the only one it held in the year; else one asks."""
    text = f"评价时为{words(rule.titles, rule.title_words)}"
    in_year = _held_in(facts, record.year)
    names = "、".join(dict.fromkeys(t.name for t in in_year)) or "没有称号"
    several = len({t.title for t in in_year}) > 1
    choice = rule.decision("graded_title")
    if several and choice is not None and choice.value not in {None, BY_RECORD}:
        what = f"当年持有多个称号({names}),已决定“{choice.value}”,须由人核对适用哪一条"
        return (
            Condition(text=text, seen=f"当年持有:{names}", holds=None),
            (Missing(what=what, decision=choice.code),),
            (),
        )
    if not record.title:
        fits = any(t.title in rule.titles for t in in_year)
        lacking = Missing(what="评价时按哪个称号参评未登记,当年持有多个称号", decision=choice.code if choice else "")
        seen = f"当年持有:{names};评价结果未写称号" if fits and several else f"当年持有:{names}"
        holds = None if fits and several else fits
        return Condition(text=text, seen=seen, holds=holds), (lacking,) if holds is None else (), ()
    held = {t.title: t.name for t in facts.titles}
    name = rule.title_words.get(record.title) or held.get(record.title, record.title)
    seen = f"评价结果登记的称号:{name}"
    if record.title not in rule.titles:
        return Condition(text=text, seen=seen, holds=False), (), ()
    if doubt := _doubt(facts, record, in_year):
        return Condition(text=text, seen=f"{seen};{doubt}", holds=None), (Missing(what=f"{doubt},须核对"),), ()
    notes: tuple[str, ...] = ()
    if several and choice is not None and choice.value is None:
        notes = (f"当年持有多个称号({names}),按评价结果登记的称号,请人工核定({choice.code}未定)",)
    return Condition(text=text, seen=seen, holds=True), (), notes


def _held_in(facts: CarrierFacts, year: int) -> list[TitleFact]:
    """Titles held on any day of ``year``."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return [t for t in facts.titles if t.awarded_on <= last and (t.ended_on is None or t.ended_on > first)]


def _doubt(facts: CarrierFacts, record: GradeFact, in_year: list[TitleFact]) -> str:
    """Why the recorded title cannot simply be believed; empty when it can."""
    if record.title not in {t.title for t in in_year}:
        return "认定记录中当年没有有效的此项称号"
    if not held(facts, tuple(t.title for t in facts.titles), record.published_on):
        return "结果公布时载体已没有有效称号"
    return ""


def municipal_grant(rule: RuleTerms, facts: CarrierFacts, year: int, as_of: date) -> Happened:
    """The city approved the grant the rule matches, while the carrier held one of the titles."""
    name = words(rule.titles, rule.title_words)
    ever = [t for t in facts.titles if t.title in rule.titles and t.awarded_on <= as_of]
    if not ever:
        return Happened((Condition(text=f"经认定为{name}", seen="没有此项认定", holds=False),))
    grants = tuple(g for g in facts.grants if g.kind == rule.basis and g.year == year and g.approved_on <= as_of)
    if not grants:
        return Happened(
            (
                _titled_on(rule, facts, as_of, name),
                Condition(text=f"市级已批准{year}年度资助", seen="没有登记市级金额", holds=None),
            ),
            missing=(Missing(what=f"市级{year}年度资助金额及凭证未登记", record="grant"),),
        )
    inside = tuple(g for g in grants if in_period(rule, g.approved_on))
    used = inside or grants
    first = min(g.approved_on for g in used)
    seen = ";".join(_grant_words(g) for g in used)
    left_out = ";".join(_grant_words(g) for g in grants if g not in used)
    return Happened(
        (
            _titled_on(rule, facts, first, name),
            Condition(text=f"市级已批准{year}年度资助", seen=seen, holds=True),
        ),
        first,
        grants=used,
        notes=(f"未计入基数,批准日不在规则有效期内:{left_out}",) if left_out else (),
    )


def in_period(rule: RuleTerms, day: date) -> bool:
    """Whether ``day`` lies in the rule's period; both ends count, an end that is not stated is open."""
    first, last = rule.effective_from, rule.effective_to
    return (first is None or first <= day) and (last is None or day <= last)


def _grant_words(grant: GrantFact) -> str:
    return f"{yuan_words(grant.approved)}元({grant.document},{day_words(grant.approved_on)})"


def _titled_on(rule: RuleTerms, facts: CarrierFacts, on: date, name: str) -> Condition:
    now = held(facts, rule.titles, on)
    seen = (
        "、".join(f"{t.name}({day_words(t.awarded_on)}起)" for t in now) or f"{day_words(on)}时未持有(已终止或未认定)"
    )
    return Condition(text=f"经认定为{name}", seen=seen, holds=bool(now))


def not_computable(rule: RuleTerms, facts: CarrierFacts, year: int, as_of: date) -> Happened:
    """The text names an event that leaves no record here (进展情况、所引文件 ...): a person has to say."""
    unsaid = Condition(text="符合文本所述条件", seen="文本未给出可据以判断的条件", holds=None)
    missing = (Missing(what="文本未给出可据以判断的条件"),)
    if not rule.titles:
        return Happened((unsaid,), missing=missing)
    name = words(rule.titles, rule.title_words)
    now = held(facts, rule.titles, as_of)
    if not now and not {facts.kind, "carrier"} & set(rule.titles):
        return _only_open(rule, facts, as_of) or Happened(
            (Condition(text=f"为{name}", seen="没有此项认定", holds=False),)
        )
    seen = "、".join(t.name for t in now) or "载体类型相符"
    return Happened((Condition(text=f"为{name}", seen=seen, holds=True), unsaid), missing=missing)


def _only_open(rule: RuleTerms, facts: CarrierFacts, as_of: date) -> Happened | None:
    """The carrier holds only a title of which the text does not say whether the rule speaks of it."""
    now = held(facts, rule.titles_open, as_of)
    if not now:
        return None
    names = "、".join(t.name for t in now)
    what = f"是否适用于{names},文本未写明"
    condition = Condition(text=f"为{words(rule.titles, rule.title_words)}", seen=f"持有{names}", holds=None)
    return Happened((condition,), missing=(Missing(what=what),))


EventReader = Callable[[RuleTerms, CarrierFacts, int, date], Happened]
EVENTS: dict[str, EventReader] = {
    "designated": newly_designated,
    "newly_designated": newly_designated,
    "annual_grade": annual_grade,
    "municipal_operating_grant": municipal_grant,
    "municipal_reward_grant": municipal_grant,
}


def read(rule: RuleTerms, facts: CarrierFacts, year: int, as_of: date) -> Happened:
    """The event of ``rule`` for the carrier in ``year``, knowing what was known on ``as_of``."""
    return EVENTS.get(rule.event, not_computable)(rule, facts, year, as_of)
