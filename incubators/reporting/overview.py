"""A month over all carriers a person may see, and an operator's own months: few queries, however many carriers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from incubators.models import Area, Carrier, MonthlyReport, ReportEvent
from incubators.reporting.calendar import Calendars, Days, add_months, last_full_month
from incubators.reporting.register import month_end
from incubators.reporting.timing import Timing, first_sent
from incubators.reporting.workflow import COUNTED, EDITABLE, FILED, MISSING, OPEN, WAITING

OPERATOR_MONTHS = 12
MOST_CARRIERS = 2_000  # whose months are looked at on one page; a country's are asked for area by area


@dataclass(frozen=True, slots=True)
class Line:
    """One carrier's month as the overview shows it. ``state`` is that of the revision being worked on, or missing;
    ``filed``: a submission of it stands, ``accepted``: its figures count (an open correction undoes neither).
    ``town_code``, ``town_name``: of a park that lies in a town, the town; else empty."""

    carrier_id: int
    code: str
    name: str
    pinyin: str
    kind: str
    area_code: str
    area_name: str
    area_path: str
    month: date
    days: Days
    state: str = MISSING
    report_id: int | None = None
    revision: int = 0
    filed: bool = False
    accepted: bool = False
    first_submitted_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_by: str = ""
    reason: str = ""
    town_code: str = ""
    town_name: str = ""

    @property
    def area_label(self) -> str:
        """The area it is credited to, of a park with the town in which it lies."""
        return f"{self.area_name} · {self.town_name}" if self.town_name else self.area_name

    @property
    def timing(self) -> Timing:
        return Timing(self.days, self.filed, self.first_submitted_at)

    @property
    def late(self) -> bool:
        """First submitted after the due day."""
        return bool(self.timing.late)

    @property
    def overdue(self) -> bool:
        """Not filed although the due day has gone by."""
        return self.timing.overdue(timezone.localdate())

    @property
    def waiting(self) -> bool:
        """Waits to be reviewed, by the town or by the district."""
        return self.state in WAITING

    @property
    def unfinished(self) -> bool:
        """Waits for who files it: nothing there, begun, or sent back."""
        return self.state == MISSING or self.state in EDITABLE

    @property
    def is_correction(self) -> bool:
        return self.revision > 1 and self.state in OPEN

    @property
    def search_text(self) -> str:
        """What is searched for words in small letters: name, number, initials in Pinyin."""
        return f"{self.name} {self.code} {self.pinyin}".lower()

    @property
    def kind_label(self) -> str:
        return str(Carrier.Kind(self.kind).label)


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class There(Generic[Found]):
    """What is in one area. A town holds what is in its parks (``with_parks``); these stand under it by themselves, as part
    of it (``is_part``)."""

    code: str
    name: str
    found: tuple[Found, ...]
    with_parks: bool = False
    is_part: bool = False


def by_area(rows: Iterable[Found], area_of: Callable[[Found], tuple[str, str, str, str]]) -> list[There[Found]]:
    """``rows`` by area as a reader knows areas, in their order: the number of a town is that of its filter and of its
    bulletin. Those that are no part of another add up to the whole. ``area_of``: code and name of a row's area and of the
    town in which it lies."""
    towns: dict[str, dict[str, list[Found]]] = {}
    names: dict[str, str] = {}
    for row in rows:
        code, name, town, town_name = area_of(row)
        names |= {code: name} | ({town: town_name} if town else {})
        towns.setdefault(town or code, {}).setdefault(code, []).append(row)
    found: list[There[Found]] = []
    for town, areas in towns.items():
        parks = [There(code, names[code], tuple(there), is_part=True) for code, there in areas.items() if code != town]
        whole = tuple(row for there in areas.values() for row in there)
        found += [There(town, names[town], whole, with_parks=bool(parks)), *parks]
    return found


@dataclass(frozen=True, slots=True)
class Rate:
    """Of how many reports expected how many were filed, and how many by the due day. Completeness is filed over expected,
    punctuality filed by the due day over expected; both are fractions of at most 1, and ``None`` when nothing was
    expected."""

    expected: int
    filed: int
    punctual: int

    @property
    def completeness(self) -> Decimal | None:
        return Decimal(self.filed) / self.expected if self.expected else None

    @property
    def punctuality(self) -> Decimal | None:
        return Decimal(self.punctual) / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class Summary(Rate):
    """Counts over lines: the rate, how many are overdue, of how many the figures count, and how many stand in each
    state. The state is that of the revision being worked on: of an accepted month under correction a draft."""

    overdue: int
    accepted: int
    states: dict[str, int]

    @property
    def waiting(self) -> int:
        """How many wait to be reviewed, by the town or by the district."""
        return sum(self.states.get(state, 0) for state in WAITING)


def summarise(lines: Iterable[Line]) -> Summary:
    """Counts over ``lines``, each of which is a carrier expected to report."""
    rows = list(lines)
    filed = [line for line in rows if line.filed]
    return Summary(
        expected=len(rows),
        filed=len(filed),
        punctual=sum(not line.late for line in filed),
        overdue=sum(line.overdue for line in rows),
        accepted=sum(line.accepted for line in rows),
        states=dict(Counter(line.state for line in rows)),
    )


def expected_carriers(month: date) -> Q:
    """Carriers that report a month: open on at least one of its days."""
    return Q(opened_on__lte=month_end(month)) & (Q(closed_on=None) | Q(closed_on__gt=month))


def month_lines(user: Any, month: date, calendars: Calendars | None = None) -> list[Line]:
    """Every carrier of the person's that is expected to report the month. Three queries; two with ``calendars``, where
    they are known already.

    ``user`` is None for the portal's own work (the daily reminders), which is for all carriers.
    """
    carriers = _carriers(user, expected_carriers(month))
    reports = _reports(user, month, month)
    calendars = calendars or Calendars()
    lines = [_line(carrier, month, calendars, reports.get((carrier["pk"], month), [])) for carrier in carriers]
    return [line for line in lines if line.days.asked]


def operator_lines(user: Any) -> list[tuple[str, list[Line]]]:
    """The person's carriers by name, each with its months of the last year, the latest first. Three queries."""
    last = last_full_month(timezone.localdate())
    months = [add_months(last, -back) for back in range(OPERATOR_MONTHS)]
    carriers = _carriers(user, Q())
    found = lines_of(user, carriers, months)
    return [(carrier["name"], lines) for carrier, lines in zip(carriers, found, strict=True)]


def carriers_between(
    user: Any, first: date, last: date, *, within: Area | None = None, code: str = ""
) -> list[dict[str, Any]]:
    """The person's carriers that were open on at least one day of the months ``first`` to ``last``: ``pk``, ``code``,
    ``name``, ``kind``, ``path``, ``area_code``, ``area_name`` and more. One query. ``within``: those credited to an area or
    one below it; ``code``: the one with this number."""
    condition = Q(opened_on__lte=month_end(last)) & (Q(closed_on=None) | Q(closed_on__gt=first))
    if within is not None:
        condition &= Q(owner_area__path__startswith=within.path)
    return _carriers(user, condition & Q(code=code) if code else condition)


def lines_of(
    user: Any, carriers: Sequence[dict[str, Any]], months: Sequence[date], *, reasons: bool = True
) -> list[list[Line]]:
    """For each of ``carriers`` the lines of those ``months`` that it is expected to report, in the order of ``months``.
    ``reasons``: with the words with which a report was returned. Two queries, whatever the number of either."""
    reports = _reports(user, min(months), max(months), reasons=reasons)
    calendars = Calendars()
    return [
        [
            _line(carrier, month, calendars, reports.get((carrier["pk"], month), []))
            for month in months
            if _operates(carrier, month) and calendars.days(carrier["path"], month).asked
        ]
        for carrier in carriers
    ]


def _operates(carrier: dict[str, Any], month: date) -> bool:
    closed = carrier["closed_on"]
    return carrier["opened_on"] <= month_end(month) and (closed is None or closed > month)


def _carriers(user: Any, condition: Q) -> list[dict[str, Any]]:
    seen = Carrier.objects.all() if user is None else Carrier.objects.visible_to(user)
    rows = seen.filter(condition).order_by("owner_area__order", "owner_area__path", "code")
    return list(
        rows.values(
            "pk",
            "code",
            "name",
            "pinyin",
            "kind",
            "opened_on",
            "closed_on",
            path=F("owner_area__path"),
            area_code=F("owner_area__code"),
            area_name=F("owner_area__name"),
            town_code=_of_town("code"),
            town_name=_of_town("name"),
        )
    )


def _of_town(column: str) -> Case:
    """A column of the town in which the area of a carrier lies, empty where the area lies in none."""
    return Case(
        When(owner_area__parent__kind=Area.Kind.TOWN, then=F(f"owner_area__parent__{column}")), default=Value("")
    )


def _reports(
    user: Any, first: date, last: date, *, reasons: bool = True
) -> dict[tuple[int, date], list[dict[str, Any]]]:
    """Revisions of each carrier's months, in order, with the last words with which it was returned."""
    returned = ReportEvent.objects.filter(report=OuterRef("pk"), to_state=MonthlyReport.State.RETURNED)
    words = Subquery(returned.order_by("-at", "-pk").values("comment")[:1]) if reasons else Value("")
    seen = MonthlyReport.objects.all() if user is None else MonthlyReport.objects.visible_to(user)
    rows = (
        seen.filter(month__range=(first, last))
        .order_by("revision")
        .values(
            "pk",
            "carrier_id",
            "month",
            "revision",
            "is_current",
            "state",
            "submitted_at",
            "first_submitted_at",
            submitter=F("submitted_by__display_name"),
            submitter_account=F("submitted_by__username"),
            reason=words,
        )
    )
    found: dict[tuple[int, date], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["carrier_id"], row["month"]), []).append(row)
    return found


def _line(carrier: dict[str, Any], month: date, calendars: Calendars, revisions: list[dict[str, Any]]) -> Line:
    words = {
        "carrier_id": carrier["pk"],
        "code": carrier["code"],
        "name": carrier["name"],
        "pinyin": carrier["pinyin"],
        "kind": carrier["kind"],
        "area_code": carrier["area_code"],
        "area_name": carrier["area_name"],
        "area_path": carrier["path"],
        "town_code": carrier["town_code"],
        "town_name": carrier["town_name"],
        "month": month,
        "days": calendars.days(carrier["path"], month),
    }
    if not revisions:
        return Line(**words)
    latest = revisions[-1]
    first = revisions[0]
    standing = {row["state"] for row in revisions if row["is_current"]}
    return Line(
        **words,
        state=latest["state"],
        report_id=latest["pk"],
        revision=latest["revision"],
        filed=not standing.isdisjoint(FILED),
        accepted=not standing.isdisjoint(COUNTED),
        first_submitted_at=first_sent(first["first_submitted_at"], first["submitted_at"]),
        submitted_at=latest["submitted_at"],
        submitted_by=latest["submitter"] or latest["submitter_account"] or "",
        reason=(latest["reason"] or "") if latest["state"] == MonthlyReport.State.RETURNED else "",
    )
