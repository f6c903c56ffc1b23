"""What reviewers read before they accept: every question with its explanation, and every figure that is not there.

Made for any number of carriers in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from incubators.models import Carrier, MonthlyReport
from incubators.reporting import checks, context, workflow
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE
from incubators.reporting.fields import Gap, GapKind
from incubators.reporting.findings import Finding, Subject
from incubators.reporting.rules_catalogue import name_of
from incubators.reporting.workflow import COUNTED, FILED, WAITING


class Sort(StrEnum):
    """What a line is about."""

    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"
    TOLD = "told"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


SORTS = {
    Sort.EXPLAINED: "核对说明",
    # A report is not handed in before each question is answered: what has no words has come since.
    Sort.UNEXPLAINED: "提交后新出现",
    Sort.TOLD: "与登记库不同",
    Sort.MISSING: "缺数",
    Sort.NOT_APPLICABLE: "不适用",
}
EVERYTHING = "all"
# Whose lines: of the reports that wait to be decided on, of those that were, of both.
STANDINGS: dict[str, tuple[str, ...]] = {"": WAITING, "counted": COUNTED, EVERYTHING: FILED}


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One question or gap of a submitted report. ``says``: the finding in words, or the figure that is not there;
    ``words``: the explanation, or the reason. ``which``: of an enterprise, the figures that are not there."""

    carrier: Carrier
    report: MonthlyReport
    sort: Sort
    rule: str
    place: str
    label: str
    says: str
    words: str
    subjects: tuple[Subject, ...] = ()
    which: str = ""

    @property
    def sort_label(self) -> str:
        return SORTS[self.sort]

    @property
    def state_label(self) -> str:
        return workflow.words(self.report.state, reviewer=True)


def carriers_of(user: Any, month: date, states: Collection[str] = FILED) -> QuerySet[Carrier]:
    """The carriers that ``user`` may see with a report of the month in one of these states, in the order of their
    areas."""
    reports = MonthlyReport.objects.visible_to(user).filter(month=month, state__in=states)
    return (
        Carrier.objects.visible_to(user)
        .filter(pk__in=reports.order_by().values("carrier"))
        .select_related("owner_area")
        .order_by("owner_area__order", "owner_area__path", "code")
    )


def queue(carriers: Iterable[Carrier], month: date) -> list[QueueLine]:
    """All lines of the month of these carriers (see :func:`carriers_of`). Every one of their reports is checked anew."""
    return [line for around in context.load(carriers, month).values() for line in of_month(around)]


def of_month(around: MonthContext) -> Iterator[QueueLine]:
    """The lines of one carrier's submitted report: of the revision that is being decided on, else of the standing one."""
    report = around.latest if around.latest is not None and around.latest.state in FILED else around.standing
    if report is None or report.state not in FILED:
        return
    form = around.form
    found = [each for each in checks.run(around.sheet_of(report)) if not each.hard]
    for each in found:
        yield _found(around, report, each)
    # What was explained and is no question any more, because an earlier month was corrected or the register put right.
    for key, words in report.explanations.items():
        if key not in {each.key for each in found}:
            place = key.partition(":")[2].partition(":")[0]
            label = form.label_of(place) if place in form.codes else ""
            yield QueueLine(
                around.carrier,
                report,
                Sort.EXPLAINED,
                name_of(key.partition(":")[0]),
                place,
                label,
                "现已不再提示",
                words,
            )
    for code, gap in form.gaps_of(report).items():
        yield _gap(around, report, code, gap)
    if around.latest is not None and around.latest.pk == report.pk:
        yield from _enterprise_gaps(around, report)


def _enterprise_gaps(around: MonthContext, report: MonthlyReport) -> Iterator[QueueLine]:
    """What is not there of the incubatees: a line for each reason that is given of an enterprise."""
    for row in sorted(around.enterprises.kept(around.carrier.pk), key=lambda row: row.enterprise.name):
        reasons: dict[Gap, list[str]] = {}
        for code, kept in row.gaps.items():
            reasons.setdefault(Gap.of(kept), []).append(ENTERPRISE_BY_CODE[code].label)
        for gap, labels in reasons.items():
            sort = Sort.MISSING if gap.kind == GapKind.MISSING else Sort.NOT_APPLICABLE
            name, which = row.enterprise.name, "、".join(labels)
            says = f"{name}{which}{SORTS[sort]}"
            yield QueueLine(around.carrier, report, sort, "", "", name, says, gap.reason, which=which)


def _found(around: MonthContext, report: MonthlyReport, each: Finding) -> QueueLine:
    words = report.explanations.get(each.key, "")
    sort = Sort.EXPLAINED if words else Sort.UNEXPLAINED if each.asks else Sort.TOLD
    label = around.form.label_of(each.place) if each.place else ""
    return QueueLine(
        around.carrier, report, sort, name_of(each.rule), each.place, label, each.message, words, each.subjects
    )


def _gap(around: MonthContext, report: MonthlyReport, code: str, gap: Gap) -> QueueLine:
    sort = Sort.MISSING if gap.kind == GapKind.MISSING else Sort.NOT_APPLICABLE
    label = around.form.label_of(code)
    return QueueLine(around.carrier, report, sort, "", code, label, f"{label}{SORTS[sort]}", gap.reason)


def chosen(lines: Sequence[QueueLine], *, words: str = "", sort: str = "", rule: str = "") -> list[QueueLine]:
    """The lines that fit every condition given. ``words``: of the carrier or of the line. ``sort``: one, or everything;
    without it what has to be read, which figures that differ from the register have not."""
    words = words.strip().lower()

    sorts = {"": {*SORTS} - {Sort.TOLD}, EVERYTHING: {*SORTS}}.get(sort, {sort})

    def fits(line: QueueLine) -> bool:
        carrier = line.carrier
        text = f"{carrier.name}\n{carrier.code}\n{carrier.pinyin}\n{line.label}\n{line.says}\n{line.words}".lower()
        return words in text and line.sort in sorts and rule in {"", line.rule}

    return [line for line in lines if fits(line)]


__all__ = ["EVERYTHING", "SORTS", "STANDINGS", "QueueLine", "Sort", "carriers_of", "chosen", "of_month", "queue"]
