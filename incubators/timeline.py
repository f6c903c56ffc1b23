"""Everything that happened to a carrier, the latest first; and how its changes stand with the duty to report them.

Callers hand in carriers that the person may see. A query a source, however long the history is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.dates import month_cn
from incubators.models import Carrier, CarrierChange, Designation, MonthlyReport, ReportEvent
from incubators.reporting.register import month_end

SORTS = {
    "title": "称号",
    "change": "变更",
    "tenant": "企业",
    "visit": "走访",
    "report": "月报",
    "place": "场地与标签",
    "life": "开办与关闭",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a history. ``whole_month``: it sums up a month and stands at its end. ``sort``: see ``SORTS``."""

    on: date
    title: str
    text: str = ""
    tone: str = "neutral"
    icon: str = "point-filled"
    href: str = ""
    actor: str = ""
    whole_month: bool = False
    sort: str = ""

    @property
    def when(self) -> Any:
        """The day, or the month in words, as the timeline component takes it."""
        return month_cn(self.on) if self.whole_month else self.on


def latest_first(happenings: Iterable[Happening]) -> list[Happening]:
    """In the order in which a page tells them."""
    return sorted(happenings, key=lambda one: one.on, reverse=True)


def timeline(carrier: Carrier) -> list[Happening]:
    """Opening and closing, changes, titles given and ended, tenants by month, visits, months accepted and returned,
    places and tags. Seven queries."""
    sources = {
        "life": _life,
        "title": _titles,
        "change": _changes,
        "tenant": _tenants,
        "visit": _visits,
        "report": _reports,
        "place": _places,
    }
    return latest_first(replace(one, sort=sort) for sort, source in sources.items() for one in source(carrier))


def _life(carrier: Carrier) -> Iterator[Happening]:
    yield Happening(carrier.opened_on, "开办", "", "info", "flag")
    if carrier.closed_on:
        yield Happening(carrier.closed_on, "关闭", "", "danger", "circle-off")


def _titles(carrier: Carrier) -> Iterator[Happening]:
    return of_titles(carrier.designations.select_related("title"))


def of_titles(designations: Iterable[Designation]) -> Iterator[Happening]:
    """A carrier's titles, given and ended."""
    for row in designations:
        href = reverse("incubators:designation_detail", args=[row.pk])
        name = row.title.name
        yield Happening(row.awarded_on, f"获认定 {name}", row.document, "success", "award", href)
        if row.ended_on:
            words = row.get_end_kind_display() or "终止"
            text = " · ".join(part for part in (row.end_reason, row.end_document) if part)
            yield Happening(row.ended_on, f"{words} {name}", text, "danger", "award-off", href)


def _changes(carrier: Carrier) -> Iterator[Happening]:
    for row in carrier.changes.happened():
        href = reverse("incubators:carrier_change_detail", args=[row.pk])
        title = f"{row.get_kind_display()}变更"
        yield Happening(
            row.happened_on,
            title,
            f"{row.before_words or '(空)'} → {row.after_words}",
            "warning",
            "replace",
            href,
        )


def _tenants(carrier: Carrier) -> Iterator[Happening]:
    """How many moved in, began to incubate, graduated and left, month by month."""
    words = ("入驻", "进入在孵", "毕业", "离开")
    rows = carrier.residencies.values_list("entered_on", "incubating_from", "graduated_on", "left_on")
    months: dict[date, Counter[str]] = {}
    for row in rows:
        for word, day in zip(words, row, strict=True):
            if day is not None:
                months.setdefault(month_end(day), Counter())[word] += 1
    href = f"{reverse('incubators:carrier_detail', args=[carrier.code])}?tab=enterprises"
    for end, counts in months.items():
        text = "、".join(f"{word} {counts[word]} 家" for word in words if counts[word])
        yield Happening(end, text, "", "neutral", "building", f"{href}&on={end}", whole_month=True)


def _visits(carrier: Carrier) -> Iterator[Happening]:
    for row in carrier.visits.select_related("visitor"):
        href = reverse("incubators:visit_detail", args=[row.pk])
        yield Happening(row.visited_on, "走访", row.findings[:120], "info", "walk", href, str(row.visitor))


def _reports(carrier: Carrier) -> Iterator[Happening]:
    states = MonthlyReport.State
    rows = ReportEvent.objects.filter(report__carrier=carrier, to_state__in=(states.ACCEPTED, states.RETURNED))
    for at, state, comment, month, pk in rows.values_list("at", "to_state", "comment", "report__month", "report_id"):
        accepted = state == states.ACCEPTED
        yield Happening(
            timezone.localdate(at),
            f"{month_cn(month)}月报{'通过审核' if accepted else '退回'}",
            comment,
            "success" if accepted else "warning",
            "circle-check" if accepted else "arrow-back-up",
            reverse("incubators:report_detail", args=[pk]),
        )


def _places(carrier: Carrier) -> Iterator[Happening]:
    for row in carrier.sites.all():
        yield Happening(row.valid_from, f"启用场地 {row.name}", row.address, "info", "map-pin")
        if row.valid_to:
            yield Happening(row.valid_to, f"停用场地 {row.name}", row.address, "neutral", "map-pin-off")
    for tagging in carrier.taggings.select_related("tag"):
        yield Happening(tagging.valid_from, f"标记为 {tagging.tag.name}", tagging.basis, "info", "tag")
        if tagging.valid_to:
            yield Happening(tagging.valid_to, f"取消标记 {tagging.tag.name}", "", "neutral", "tag-off")


def put_duties(changes: Iterable[CarrierChange], today: date) -> list[CarrierChange]:
    """Put on each of some changes that have ``is_due`` (see :meth:`CarrierChangeQuerySet.with_duty`) its ``duty``, a code
    of the badges of this kind, and ``duty_words`` where the badge tells days too."""
    batch = [*changes]
    for row in batch:
        shown: Any = row
        shown.duty = duty(row, today)
        words = {"late": "逾期{}天上报", "overdue": "逾期{}天未报"}.get(shown.duty, "")
        shown.duty_words = words.format(row.days_late(today))
    return batch


def duty(row: Any, today: date) -> str:
    """How a change with ``is_due`` stands with the duty to report it on ``today``."""
    if row.is_correction or row.state == CarrierChange.State.RETURNED:
        return "none"
    if row.state == CarrierChange.State.PENDING:
        return "unconfirmed"
    late = row.days_late(today)
    if row.reported_on is not None:
        return "late" if late else "in_time"
    if not row.is_due:
        return "untitled"
    return "overdue" if late else "waiting"
