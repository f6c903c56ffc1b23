"""Limits and states of many stays at once, said in the database; the same as :mod:`incubators.register.lifecycle`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from incubators.models import IncubationExtension, IncubationRule, Residency
from incubators.register.lifecycle import IN_INCUBATION, Limit, State, limit_of, months_between, state_on
from incubators.register.rulefile import Longer, RuleFile

DEFAULT_WARNINGS = (90, 30)


class AddMonths(Func):
    """A date some whole months on, by the day of the month; the last day of a month that has no such day."""

    output_field = DateField()

    def __init__(self, day: Any, months: Any, **extra: Any) -> None:
        super().__init__(day, months, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """``date`` runs over into the next month where the day is missing; the end of the month is then earlier."""
        day, day_params = compiler.compile(self.source_expressions[0])
        months, month_params = compiler.compile(self.source_expressions[1])
        sql = (
            f"MIN(date({day}, '+' || ({months}) || ' months'),"
            f" date({day}, 'start of month', '+' || (({months}) + 1) || ' months', '-1 day'))"
        )
        return sql, (*day_params, *month_params, *day_params, *month_params)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        day, day_params = compiler.compile(self.source_expressions[0])
        months, month_params = compiler.compile(self.source_expressions[1])
        return f"(({day}) + make_interval(months => ({months})::int))::date", (*day_params, *month_params)


@dataclass(frozen=True, slots=True)
class Held:
    """A rule as it is in force: its row, what it says, and the path of the area for which it holds ("": everywhere)."""

    row: IncubationRule
    says: RuleFile
    path: str

    def covers(self, path: str, began: date) -> bool:
        """Whether it is for an incubation that began on ``began`` in a carrier credited to the area with this path."""
        row = self.row
        begun = row.valid_from is None or row.valid_from <= began
        return path.startswith(self.path) and begun and (row.valid_to is None or began <= row.valid_to)

    def where(self, began: Callable[[str, date], Q]) -> Q:
        """The same of stays: ``began(lookup, day)`` is the condition on the day from which their limits count."""
        condition = Q()
        if self.path:
            condition &= Q(carrier__owner_area__path__startswith=self.path)
        if self.row.valid_from is not None:
            condition &= began("gte", self.row.valid_from)
        return condition if self.row.valid_to is None else condition & began("lte", self.row.valid_to)


class Rules:
    """All incubation rules, the nearest area's first; of one code the highest version. One query, when first asked."""

    @cached_property
    def held(self) -> Sequence[Held]:
        found: dict[str, Held] = {}
        for row in IncubationRule.objects.select_related("area").order_by("code", "-version"):
            path = row.area.path if row.area is not None else ""
            found.setdefault(row.code, Held(row, RuleFile.model_validate(row.definition), path))
        return sorted(found.values(), key=lambda one: (-len(one.path), one.row.code))

    def holding(self, path: str, began: date) -> RuleFile | None:
        """The rule for an incubation that began on ``began`` in a carrier credited to the area with this path."""
        return next((one.says for one in self.held if one.covers(path, began)), None)

    @property
    def longest_warning(self) -> int:
        """Days before a limit from which people are told, by the earliest of all rules."""
        return max((max(one.says.warning_days) for one in self.held), default=max(DEFAULT_WARNINGS))

    def months(self) -> Any:
        """Months of the limit of each row that has ``clock_start``; NULL where no rule holds."""
        cases = []
        for one in self.held:
            where = Q(clock_start__isnull=False) & one.where(lambda lookup, day: Q(**{f"clock_start__{lookup}": day}))
            longer = one.says.longer_applied
            if longer is not None:
                fields = Q(enterprise__industry__in=longer.industries)
                cases.append(When(where & fields, then=Value(longer.months)))
            cases.append(When(where, then=Value(one.says.limit_months)))
        return Case(*cases, default=Value(None), output_field=IntegerField())


def clocked(rows: QuerySet[Residency]) -> QuerySet[Residency]:
    """Stays with ``clock_start``, the day from which the limit counts; NULL for who never incubated.

    A gap does not set the clock back: of several stays of one enterprise in one carrier the first one's day counts.
    """
    own = Coalesce("clock_from", "incubating_from")
    earlier = (
        Residency.objects.filter(
            enterprise=OuterRef("enterprise"),
            carrier=OuterRef("carrier"),
            incubating_from__lte=OuterRef("incubating_from"),
        )
        .order_by()
        .values("enterprise")
        .annotate(first=Min(own))
        .values("first")
    )
    return rows.annotate(clock_start=Subquery(earlier, output_field=DateField()))


def limited(rows: QuerySet[Residency], rules: Rules) -> QuerySet[Residency]:
    """Stays with ``clock_start``, ``limit_months`` and ``limit_base``, the last day inside the rule's own limit; NULL
    where no rule holds."""
    counted = clocked(rows).annotate(limit_months=rules.months())
    return counted.annotate(limit_base=AddMonths(F("clock_start"), F("limit_months")))


def with_state(rows: QuerySet[Residency], day: date, rules: Rules) -> QuerySet[Residency]:
    """Stays with ``state`` on ``day`` (a code of :class:`State`, empty before they began) and, beside what
    :func:`limited` adds, ``extended_to`` and ``limit_on``: the last day inside as it stood on ``day``."""
    decided = IncubationExtension.objects.filter(residency=OuterRef("pk"), decided_on__lte=day)
    furthest = decided.order_by("-until").values("until")[:1]
    graduated = Q(graduated_on__lte=day) & (Q(left_on=None) | Q(left_on__gte=F("graduated_on")))
    left = Q(left_on__isnull=False, left_on__lte=day)
    incubating = Q(incubating_from__isnull=False, incubating_from__lte=day)
    beyond = incubating & Q(limit_base__isnull=False, limit_base__lt=day)
    went = Residency.Destination
    state = Case(
        When(entered_on__gt=day, then=Value("")),
        When(graduated & ~left, then=Value(State.GRADUATE_STAYED.value)),
        When(graduated & Q(destination=went.DISTRICT), then=Value(State.GRADUATE_DISTRICT.value)),
        When(graduated & Q(destination=went.OUTSIDE), then=Value(State.GRADUATE_OUTSIDE.value)),
        When(graduated, then=Value(State.GRADUATE_LEFT.value)),
        When(left & Q(outcome=Residency.Outcome.TRANSFERRED), then=Value(State.TRANSFERRED.value)),
        When(left, then=Value(State.LEFT.value)),
        When(beyond & Q(extended_to__isnull=False, extended_to__gte=day), then=Value(State.EXTENDED.value)),
        When(beyond, then=Value(State.OVERDUE.value)),
        When(incubating, then=Value(State.INCUBATING.value)),
        default=Value(State.TENANT.value),
        output_field=CharField(),
    )
    found = limited(rows, rules).annotate(extended_to=Subquery(furthest, output_field=DateField()))
    return found.annotate(limit_on=Coalesce("extended_to", "limit_base"), state=state)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one stay stands on a day, ready to be shown. ``days_left``: to the limit, negative beyond it."""

    state: State | None
    limit: Limit | None
    rule: RuleFile | None
    months_used: int | None
    days_left: int | None

    @property
    def word(self) -> str:
        return str(self.state.label) if self.state is not None else "未入驻"

    @property
    def days_words(self) -> str:
        """``剩30天`` or ``超期12天`` while it is in incubation, else empty."""
        if self.days_left is None or self.state not in IN_INCUBATION:
            return ""
        return f"超期{-self.days_left}天" if self.days_left < 0 else f"剩{self.days_left}天"

    @property
    def longer(self) -> Longer | None:
        """The unconfirmed longer limit that may hold for the enterprise's field."""
        return self.rule.longer if self.limit is not None and self.limit.open_until and self.rule else None

    @property
    def warning(self) -> str:
        """``danger`` beyond the limit or within the nearest warning, ``warning`` within a further one, else empty."""
        if self.days_left is None or self.state not in IN_INCUBATION:
            return ""
        days = sorted(self.rule.warning_days if self.rule is not None else DEFAULT_WARNINGS)
        if self.days_left < 0 or self.days_left <= days[0]:
            return "danger"
        return "warning" if self.days_left <= days[-1] else ""


def standing(row: Any, day: date, rules: Rules, extensions: Sequence[Any]) -> Standing:
    """How a stay stands on ``day``, with all its extensions. It needs ``clock_start`` (see :func:`clocked`), its
    enterprise, and its carrier with the area to which that is credited."""
    start: date | None = row.clock_start
    rule = rules.holding(row.carrier.owner_area.path, start) if start is not None else None
    limit = None
    if rule is not None and start is not None:
        limit = limit_of(rule, start=start, industry=row.enterprise.industry, on=day, extensions=extensions)
    state = state_on(row, day, limit)
    ends = [end for end in (row.graduated_on, row.left_on) if end is not None and end <= day]
    used = months_between(start, min([day, *ends])) if start is not None else None
    return Standing(state, limit, rule, used, (limit.day - day).days if limit is not None else None)


def put_standing(rows: Iterable[Any], day: date, rules: Rules) -> list[Any]:
    """Put ``standing`` on each of some stays that have ``clock_start``: one query more for the extensions of all."""
    batch = [*rows]
    decided: dict[int, list[IncubationExtension]] = {}
    for made in IncubationExtension.objects.filter(residency__in=[row.pk for row in batch]).select_related(
        "decided_by"
    ):
        decided.setdefault(made.residency_id, []).append(made)
    for row in batch:
        row.extended = decided.get(row.pk, [])
        row.standing = standing(row, day, rules, row.extended)
    return batch
