"""What an indicator is made of: rows that live between dates, and how to count, sum or relate them.

An indicator declares :class:`Rows` - a set, the dates between which a row counts, and where the carrier and the area
of a row are found. Everything else (as of a day, in a period, by carrier, area or month) is done once for all, in
:mod:`incubators.indicators.tally`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q, QuerySet

from core.permits import Refused
from incubators.models import Area
from incubators.scope import Scope


class Kind(StrEnum):
    """What a figure measures: a stock on a day, a flow in a period, or a ratio on a day."""

    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


KIND_WORDS = {Kind.STOCK: "期末数", Kind.FLOW: "当期数", Kind.RATIO: "比率"}


class BadQuestion(Refused):
    """A figure was asked for in a way it cannot answer; ``errors`` name the parameter, in Chinese."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an indicator.

    ``on``: the day of a stock or ratio; ``start``/``end``: the period of a flow, both days included. ``within`` limits
    to an area, ``user`` to what that person may see (``None``: everything, for jobs), ``carrier`` to one carrier.
    """

    on: date | None = None
    start: date | None = None
    end: date | None = None
    within: Area | None = None
    carrier: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    user: Any = None
    # What the rows of this question looked up (calendars), shared by the questions derived from it.
    known: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def day(self) -> date:
        """The day a stock is asked for; of a period, its last."""
        chosen = self.on or self.end
        if chosen is None:
            raise BadQuestion(errors={"on": ["请给出日期(on)或期间(from、to)"]})
        return chosen

    @property
    def period(self) -> tuple[date, date]:
        """The period of a flow; a bare day means its year so far."""
        last = self.day
        first = self.start or date(last.year, 1, 1)
        if first > last:
            raise BadQuestion(errors={"from": ["起始日期不能晚于截止日期"]})
        return first, last

    def at(self, day: date) -> Question:
        return replace(self, on=day, start=None, end=None)

    def during(self, start: date, end: date) -> Question:
        return replace(self, on=None, start=start, end=end)

    def with_params(self, **params: Any) -> Question:
        return replace(self, params={**self.params, **params})


class Until(StrEnum):
    """How an end date bounds a row: not counted on it (left), counted on it (valid to), counted to the end of its
    month (a carrier reports the month it closes in) or year (a number valid in the year), or until ``months`` after
    the date (evidence of the last twelve months)."""

    BEFORE = "before"
    THROUGH = "through"
    MONTH = "month"
    YEAR = "year"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Start:
    """A date from which a row counts."""

    column: str


@dataclass(frozen=True, slots=True)
class End:
    """A date at which a row stops counting; empty means never."""

    column: str
    until: Until = Until.BEFORE
    months: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """A set of rows and how they stand in time and place.

    ``entity``: what is counted once (``"pk"``, or e.g. ``"enterprise_id"`` for enterprises behind certificates);
    ``counted``: the model of that entity, for the list of records. ``place`` leads to the carrier a row hangs on
    (``None``: it hangs on an area alone) and ``area`` to the area it is credited to. All conditions on related rows
    go into ``where``, so that one join serves them and the dates.
    """

    queryset: QuerySet[Any]
    counted: type[Model]
    starts: tuple[Start, ...]
    ends: tuple[End, ...] = ()
    where: Q = field(default_factory=Q)
    entity: str = "pk"
    place: str | None = "carrier"
    area: str = "carrier__owner_area"
    total: str | None = None  # the column to add up; None counts entities
    monthly: bool = False  # rows are monthly reports: a day asks for the last month that has ended by then
    reporting: tuple[str, ...] = ()  # kinds of carrier that report this; empty: all
    report: str = ""  # of rows within monthly reports: the column of their report, in which is counted what is lacking
    without: Q | None = None  # instead of ``where``: rows of which the figure is not known, and which are left out
    plain: bool = False  # no condition leads to many rows: each row is met once, and need not be told from itself

    @property
    def sources(self) -> tuple[str, bool]:
        """What is counted to say how much was added up, and whether that is to be told from itself: the rows, or the
        reports that they are in."""
        return (self.report, True) if self.report else (self.entity, not self.plain)

    @property
    def carrier_key(self) -> str | None:
        if self.place is None:
            return None
        return "pk" if self.place == "" else f"{self.place}_id"


RowsOf = Callable[[Question], Rows]
NO_PARAMS: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One figure: what people call it, what it means, where it comes from, and its rows."""

    code: str
    name: str
    unit: str
    kind: Kind
    group: str
    definition: str
    formula: str
    source: str
    params: frozenset[str] = NO_PARAMS
    required: frozenset[str] = NO_PARAMS
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    def checked(self, question: Question) -> Question:
        """``question`` with defaults filled in. Raises :class:`BadQuestion` for parameters it does not take."""
        extra = sorted(set(question.params) - self.params)
        if extra:
            takes = "、".join(sorted(self.params)) or "(无)"
            raise BadQuestion(errors={name: [f"指标“{self.name}”不接受此参数;可用:{takes}"] for name in extra})
        merged = replace(question, params={**self.defaults, **question.params})
        lacking = sorted(self.required - set(merged.params))
        if lacking:
            raise BadQuestion(errors={name: [f"指标“{self.name}”须给出此参数"] for name in lacking})
        return merged


@dataclass(frozen=True, kw_only=True)
class Tally(Indicator):
    """A figure counted (or added up) from one set of rows. ``monthly``: they are monthly reports."""

    rows: RowsOf
    monthly: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """A term of a ratio: rows, read as a stock or a flow. ``ask`` derives its day or period from the question's."""

    rows: RowsOf
    kind: Kind
    ask: Callable[[Question], Question] = lambda question: question


@dataclass(frozen=True, kw_only=True)
class Ratio(Indicator):
    """Sum over sum, never a mean of ratios; unknown where there is nothing to divide by.

    ``term_units`` are the units of the numerator and the denominator.
    """

    kind: Kind = Kind.RATIO
    term_units: tuple[str, str] = ("家", "家")
    top: tuple[Part, ...]
    bottom: tuple[Part, ...]
    scale: Decimal = Decimal(1)
    empty: str = "分母为零,不能计算"


@dataclass(frozen=True, kw_only=True)
class Coverage(Indicator):
    """Areas of a group with at least one row, over all areas of the group."""

    kind: Kind = Kind.RATIO
    term_units: tuple[str, str] = ("个", "个")
    rows: RowsOf


@dataclass(frozen=True, slots=True)
class Figure:
    """An answer: the number, for ratios its two terms, and what is missing in it (Chinese, may be empty).

    ``key`` is the carrier's or area's id, the month, or ``None`` for the whole; ``code`` the carrier's or area's code;
    ``month``: of a figure of one area and month.
    """

    key: Any
    label: str
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    missing: str = ""
    code: str = ""
    month: date | None = None


def limits(rows: Rows, question: Question) -> Q:
    """The condition that keeps ``rows`` within the question's area, carrier and person; dates come in beside it.

    It is one condition, for one ``filter`` call: a second call would join a related table a second time.
    """
    return rows.where & bounds(rows, question)


def bounds(rows: Rows, question: Question) -> Q:
    """As :func:`limits`, without the rows' own conditions."""
    where = Q()
    if question.within is not None:
        where &= Q(**{f"{rows.area}__path__startswith": question.within.path})
    if question.carrier is not None:
        column = f"{rows.place}__code" if rows.place else "code"
        where &= Q(pk__in=()) if rows.place is None else Q(**{column: question.carrier})
    if question.user is not None:
        scope = Scope.of(question.user)
        visible = scope.areas(f"{rows.area}__")
        if rows.place is not None:
            visible |= scope.carriers(f"{rows.place}__" if rows.place else "")
        where &= visible
    return where
