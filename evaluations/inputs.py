"""What a scheme asks of the indicator catalogue, for all carriers of a cycle at once: one question an item, never one a
carrier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluations import wording
from evaluations.assembly import Candidate, Input
from evaluations.schemefile.methods import Expert
from evaluations.schemefile.schema import FigureOf, Indicator, SchemeFile
from evaluations.scoring import panel
from incubators.indicators import catalogue, figures
from incubators.indicators.base import Kind, Question, Ratio, Rows, Tally
from incubators.models import Area, Carrier, MonthlyReport

Found = dict[tuple[str, int], Input]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """The calendar year of a cycle: flows run through it, stocks and ratios stand on its last day."""

    number: int

    @property
    def first(self) -> date:
        return date(self.number, 1, 1)

    @property
    def last(self) -> date:
        return date(self.number, 12, 31)


def participants(area: Area, year: Year, kinds: Sequence[str]) -> list[Candidate]:
    """Carriers credited to ``area`` that operate on the year's last day. One query."""
    rows = (
        Carrier.objects.operating_on(year.last)
        .filter(owner_area__path__startswith=area.path, kind__in=kinds)
        .order_by("code")
        .values_list("pk", "kind")
    )
    return [Candidate(pk, kind) for pk, kind in rows]


def gather(
    scheme: SchemeFile, candidates: Sequence[Candidate], area: Area, year: Year, progress: Progress | None = None
) -> Found:
    """Inputs of every item that takes a figure of the catalogue."""
    found: Found = {}
    asked: dict[str, dict[int, Input]] = {}
    months = _ReportedMonths(area, year)
    items = list(scheme.counted())
    for done, item in enumerate(items):
        if progress is not None:
            progress(done, len(items), f"取数:{item.name}")
        for candidate in candidates:
            figure = item.figure_of(candidate.kind)
            if figure is None:
                continue
            if not item.applies_to(candidate.kind):
                # Only so that the step can say in its own unit what does not apply.
                found[item.code, candidate.key] = Input(None, catalogue.get(figure.indicator).unit)
                continue
            key = figure.model_dump_json()
            if key not in asked:
                asked[key] = _answers(figure, candidates, area, year, months)
            found[item.code, candidate.key] = asked[key][candidate.key]
    return found


class _ReportedMonths:
    """How many months of the year each carrier has an accepted report for; asked at most once."""

    def __init__(self, area: Area, year: Year) -> None:
        self._area, self._year = area, year
        self._months: dict[int, int] | None = None

    def of(self, carrier: int) -> int:
        if self._months is None:
            rows = MonthlyReport.objects.counted().filter(
                carrier__owner_area__path__startswith=self._area.path,
                month__gte=self._year.first,
                month__lte=self._year.last,
            )
            counts: dict[int, int] = defaultdict(int)
            for key in rows.order_by().values_list("carrier_id", flat=True):
                counts[key] += 1
            self._months = counts
        return self._months.get(carrier, 0)


def _rows(indicator: Any, question: Question) -> Rows:
    checked = indicator.checked(question)
    return indicator.top[0].rows(checked) if isinstance(indicator, Ratio) else indicator.rows(checked)


def _flows(indicator: Any) -> bool:
    """Whether the figure runs through the year; a ratio of flows does."""
    return (
        any(part.kind is Kind.FLOW for part in indicator.top)
        if isinstance(indicator, Ratio)
        else (indicator.kind is Kind.FLOW)
    )


def _answers(
    figure: FigureOf, candidates: Iterable[Candidate], area: Area, year: Year, months: _ReportedMonths
) -> dict[int, Input]:
    """One figure for all carriers."""
    indicator = catalogue.get(figure.indicator)
    flows = _flows(indicator)
    asked: dict[str, Any] = {"start": year.first, "end": year.last} if flows else {"on": year.last}
    rows = _rows(indicator, Question(params=figure.params, **asked))
    # A carrier's resource may be booked on the place where it stands, which for an enclave lies outside the area.
    within = area if rows.area.endswith("owner_area") else None
    answers = figures.compute(figure.indicator, within=within, by="carrier", params=dict(figure.params), **asked)
    by_key = {answer.key: answer for answer in answers}
    counts = isinstance(indicator, Tally) and not rows.total
    frame = {
        "code": indicator.code,
        "name": indicator.name,
        "unit": indicator.unit,
        "kind": indicator.kind_words,
        "params": figure.params,
        **({"start": year.first.isoformat(), "end": year.last.isoformat()} if flows else {"on": year.last.isoformat()}),
        "period": f"{year.number}年全年" if flows else f"{year.number}年12月31日",
    }
    found = {}
    for candidate in candidates:
        answer = by_key.get(candidate.key) or figures.Figure(
            candidate.key, "", Decimal(0) if counts else None, missing="" if counts else _why(indicator)
        )
        reported = months.of(candidate.key) if rows.monthly and flows else None
        found[candidate.key] = _input(answer, indicator, frame, reported, figure.months_at_least)
    return found


def _why(indicator: Any) -> str:
    return indicator.empty if isinstance(indicator, Ratio) else "没有审核通过的月报数据"


def _input(
    answer: figures.Figure, indicator: Any, frame: dict[str, Any], reported: int | None, least: int | None
) -> Input:
    value, missing = _exact(answer, indicator), answer.missing
    shown = {**frame, "value": _plain(answer.value), "text": "—", "terms": "", "note": ""}
    if reported is not None and reported < 12:
        shown["note"] = f"{reported}个月有审核通过的月报"
    if value is not None and reported is not None and reported < (least or 0):
        missing = f"全年只有{reported}个月有审核通过的月报,不足{least}个月"
        value = None
    if answer.value is not None:
        shown["text"] = wording.say(answer.value, indicator.unit)
    if answer.denominator is not None and answer.numerator is not None:
        shown["terms"] = " ÷ ".join(
            wording.say(term, unit)
            for term, unit in zip((answer.numerator, answer.denominator), indicator.term_units, strict=True)
        )
        shown["numerator"], shown["denominator"] = _plain(answer.numerator), _plain(answer.denominator)
    return Input(value, indicator.unit, missing if value is None else "", shown)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _exact(answer: figures.Figure, indicator: Any) -> Fraction | None:
    """The value; of a plain ratio, its terms divided without rounding."""
    if answer.value is None:
        return None
    if isinstance(indicator, Ratio) and indicator.scale == 1 and answer.denominator and answer.numerator is not None:
        return Fraction(answer.numerator) / Fraction(answer.denominator)
    return Fraction(answer.value)


def expert_inputs(
    indicators: Iterable[Indicator], candidates: Iterable[Candidate], rows: Iterable[tuple[int, str, Decimal | None]]
) -> Found:
    """Inputs of the expert indicators from ``rows`` of (carrier, indicator, score or None while not given).

    Everybody assigned must have scored; the step shows how many, the mean and what was dropped, nobody's own score.
    """
    given: dict[tuple[str, int], list[Decimal | None]] = defaultdict(list)
    for carrier, code, score in rows:
        given[code, carrier].append(score)
    found: Found = {}
    for item in indicators:
        assert isinstance(item.method, Expert)  # noqa: S101 - the schema says so
        for candidate in candidates:
            scores = given.get((item.code, candidate.key), [])
            known = [score for score in scores if score is not None]
            if not scores or len(known) < len(scores):
                why = f"专家评分未完成({len(known)}/{len(scores)})" if scores else "未安排评审专家"
                found[item.code, candidate.key] = Input(None, "分", why)
                continue
            mean = panel(known, item.method.drop_from)
            shown = {"text": f"{wording.bare(mean.mean)}分", "terms": wording.panel_words(mean), "unit": "分"}
            found[item.code, candidate.key] = Input(mean.mean, "分", "", shown)
    return found
