"""Looking at the trail as a chain: whether it is whole, its figure at the end of a day, and its guards in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import TruncDate
from django.utils import timezone

from core.models import Change, TrailHead
from core.trail import COLUMNS, GENESIS, HEAD, digest_of


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the trail does not fit: the number of the line, and a Chinese sentence."""

    number: int
    words: str


def first_break() -> Break | None:
    """Walk the whole trail, in constant memory. None when every line is there and is what it was when it was added."""
    expected, previous = 0, GENESIS
    for line in Change.objects.order_by("number").values(*COLUMNS).iterator(chunk_size=2000):
        expected += 1
        if line["number"] != expected:
            return Break(expected, f"第{expected}条缺失(其后是第{line['number']}条)")
        if digest_of(previous, line) != line["digest"]:
            local = timezone.localtime(line["at"])
            what = f"{local:%Y-%m-%d %H:%M:%S} {line['actor_name']} {line['action']} {line['record_name']}"
            return Break(expected, f"第{expected}条与其校验值不符({what})")
        previous = line["digest"]
    head = TrailHead.objects.filter(key=HEAD).first()
    if head is None:
        return Break(1, "变更记录末端缺失") if expected else None
    if head.number > expected:
        return Break(expected + 1, f"第{expected + 1}条起缺失,共缺{head.number - expected}条")
    if (head.number, head.digest) != (expected, previous):
        return Break(expected, f"末端记着第{head.number}条,与最后一条(第{expected}条)不符")
    return None


@dataclass(frozen=True, slots=True)
class DayFigure:
    """The trail at the end of a day: how many lines it had, how many of them of that day, and the last digest."""

    day: date
    number: int
    added: int
    digest: str

    @property
    def lines(self) -> list[str]:
        """The digest in groups on two lines, to be read aloud and compared by eye."""
        groups = [self.digest[start : start + 8] for start in range(0, 64, 8)]
        return [" ".join(groups[:4]), " ".join(groups[4:])]


def figures(until: date, days: int) -> list[DayFigure]:
    """The figures of the ``days`` days that end with ``until``, in the time of this place, the newest first.

    Three queries, whatever the number of days. Of today it is the figure of the moment.
    """
    first = until - timedelta(days=days - 1)
    start, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in (first, until + timedelta(days=1)))
    number = Change.objects.filter(at__lt=start).aggregate(last=Max("number"))["last"] or 0
    of_day = Change.objects.filter(at__gte=start, at__lt=end).order_by().values(day=TruncDate("at"))
    last = dict(of_day.annotate(last=Max("number")).values_list("day", "last"))
    digests = dict(Change.objects.filter(number__in=[number, *last.values()]).values_list("number", "digest"))
    found = []
    for passed in range(days):
        day = first + timedelta(days=passed)
        # By number and not by time: a clock that was set back must not hide a line.
        reached = max(number, last.get(day, 0))
        found.append(DayFigure(day, reached, reached - number, digests.get(reached, GENESIS)))
        number = reached
    return found[::-1]


def agrees(number: int, digest: str) -> bool:
    """Whether line ``number`` still has this digest: that of a figure kept on paper."""
    if number == 0:
        return digest == GENESIS
    return Change.objects.filter(number=number, digest=digest).exists()


# --- Guards -----------------------------------------------------------------------------------------------------------
_GUARDS = {"trail_no_update", "trail_no_delete", "trail_head_no_delete", "trail_head_no_return"}


def missing_triggers(wanted: Iterable[str]) -> list[str]:
    """Those of ``wanted`` that the database does not have, or has switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return sorted({*wanted} - {name for (name,) in cursor.fetchall()})


def missing_guards() -> list[str]:
    """Triggers that should refuse changes of the trail and are not there (or switched off); and an open gate."""
    missing = missing_triggers(_GUARDS | ({"trail_no_truncate"} if connection.vendor == "postgresql" else set()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_trail_gate")
        return [*missing, "core_trail_gate"] if cursor.fetchone()[0] else missing


@contextmanager
def opened(purpose: str) -> Iterator[None]:
    """Let the database take lines of the trail away, inside and nowhere else: to replace everything by a backup.

    The pass is written and taken back in one transaction, so no other connection ever sees it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_trail_gate (opened_for) VALUES (%s)", [purpose])
        yield
        cursor.execute("DELETE FROM core_trail_gate")
