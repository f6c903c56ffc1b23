"""The kind of whom a mentor guides."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from incubators.exchange import references
from incubators.exchange.cells import Day, Reference
from incubators.exchange.kinds import Column, Context, Kind, Table, in_order, not_future
from incubators.models import Mentor, Mentorship, Residency


def _spellings(rows: Any) -> dict[Any, tuple[str, str, str]]:
    """How each mentor can be written, shortest first: 载体编号/姓名, with 聘任日期, and with the place among those of one
    carrier, name and day (张三 the second). ``rows`` hold all mentors of their carriers."""
    seen: Counter[str] = Counter()
    words = {}
    for pk, code, name, since in rows.order_by("pk").values_list("pk", "carrier__code", "name", "engaged_on"):
        dated = f"{code}/{name}/{since}"
        seen[dated] += 1
        words[pk] = (f"{code}/{name}", dated, f"{dated}/{seen[dated]}")
    return words


def _mentor(context: Context) -> Reference:
    """A mentor of the person's carriers: by name, or by as much more as tells them from others of that name."""

    def find(names: set[str]) -> references.Found:
        called: dict[str, list[Any]] = defaultdict(list)
        rows = Mentor.objects.filter(context.scope.writes("carrier__owner_area__"))
        for pk, spellings in _spellings(rows).items():
            for word in spellings:
                called[word].append(pk)
        for pk, name in rows.filter(name__in=names).values_list("pk", "name"):
            called[name].append(pk)
        return {name: _only(name, called.get(name, [])) for name in names}

    def label(keys: set[Any]) -> dict[Any, str]:
        words = _spellings(Mentor.objects.filter(carrier__in=Mentor.objects.filter(pk__in=keys).values("carrier")))
        often = Counter(word for spellings in words.values() for word in spellings)
        return {pk: next((word for word in words[pk] if often[word] == 1), words[pk][-1]) for pk in keys}

    return Reference("导师", find, label)


def _only(name: str, keys: list[Any]) -> tuple[Any, str]:
    if not keys:
        return None, f"您管辖的载体没有登记导师“{name}”"
    if len(keys) == 1:
        return keys[0], ""
    further = ("载体编号/姓名", "载体编号/姓名/聘任日期", "载体编号/姓名/聘任日期/序号")[min(name.count("/"), 2)]
    return None, f"有{len(keys)}位导师叫“{name}”,请写成 {further}"


def _columns(context: Context) -> list[Column]:
    return [
        Column(
            "mentor_id", "导师", _mentor(context), True, ("导师姓名",), "姓名,或 载体编号/姓名", "JS001/张三", width=22
        ),
        Column("enterprise_id", "统一社会信用代码", references.enterprise(context), True, ("信用代码",), width=22),
        Column("started_on", "起始日期", Day(), True, ("结对日期",)),
        Column("ended_on", "终止日期", Day()),
    ]


def _check(table: Table) -> None:
    """A mentor guides tenants of the carrier that engaged them, not before the engagement."""
    mentor, company, started = table.places("mentor_id", "enterprise_id", "started_on")
    rows = [*table.sound()]
    engaged: dict[Any, tuple[date, Any]] = {}
    for batch in references.chunks({row.now(mentor) for row in rows}):
        found = Mentor.objects.filter(pk__in=batch).values_list("pk", "engaged_on", "carrier_id")
        engaged |= {pk: (day, place) for pk, day, place in found}
    stays: dict[Any, list[tuple[date, date | None]]] = defaultdict(list)
    for batch in references.chunks({row.now(company) for row in rows}):
        lived = Residency.objects.filter(enterprise__in=batch)
        for enterprise, place, entered, left in lived.values_list(
            "enterprise_id", "carrier_id", "entered_on", "left_on"
        ):
            stays[enterprise, place].append((entered, left))
    for row in rows:
        begun, (since, place) = row.now(started), engaged[row.now(mentor)]
        if begun < since:
            row.errors[started] = f"早于导师的聘任日期{since.isoformat()}"
        elif not any(
            entered <= begun and (left is None or begun < left) for entered, left in stays[row.now(company), place]
        ):
            row.errors[company] = "该企业当日不在导师所在的载体入驻"
    in_order(table, "started_on", "ended_on", "终止日期不能早于起始日期")
    not_future(table, "started_on")


KINDS = (
    Kind(
        "mentorships", "导师辅导", Mentorship, ("mentor_id", "enterprise_id", "started_on"), _columns,
        lambda scope: scope.writes("mentor__carrier__owner_area__"), Mentorship.objects.visible_to,
        _check, ("mentor_id", "enterprise_id"), "对", ("一位导师辅导一家企业一行;结束填终止日期,不删除原行。",),
    ),
)  # fmt: skip
