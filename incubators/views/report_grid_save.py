"""What the grid sends: cells to be saved, explanations, and moves of many rows. Answers are JSON, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from core.permits import NotPermitted, Refused
from core.quotes import shortened
from incubators.models import Carrier
from incubators.reporting import context
from incubators.reporting.context import MonthContext
from incubators.services import reports
from incubators.services.cells import Edit, save_cells
from incubators.services.reports import NotReady, Seen, Stale
from incubators.views.grid_requests import UNREADABLE, Unreadable, are_words, checked_rows, problem, read_parts
from incubators.views.places import parse_month
from incubators.views.report_edit import parse_seen
from incubators.views.report_grid_rows import mark_of, not_open, row_of

MOST_EDITS = 2_000
MOST_ROWS = 50
MOST_LOOKED_AT = 200
LOOK = "look"
NOTHING_YET = "还没有填报"
CHANGED = "内容刚被别人改过,没有执行;已换成现在的内容,请核对后再操作"


@require_POST
def report_grid_save(request: HttpRequest, month: str) -> JsonResponse:
    """Save cells: what became of each, and the rows as they stand now."""
    period = parse_month(month)
    try:
        sent, parts = read_parts(request, "edits", MOST_EDITS, ("carrier", "code", "text", "was"))
    except Unreadable as error:
        return problem(str(error))
    edits = [Edit(part["carrier"], part["code"], part["text"], part["was"]) for part in parts]
    saved = save_cells(user=request.user, month=period, edits=edits)
    strict = checked_rows(sent)
    rows = {code: row_of(request.user, each, strict=code in strict) for code, each in saved.months.items()}
    return JsonResponse({"outcomes": [asdict(each) for each in saved.outcomes], "rows": rows})


@dataclass(frozen=True, slots=True)
class Work:
    """One row to be moved: what its author saw of it, and the words that go with the move."""

    user: Any
    around: MonthContext
    part: Mapping[str, str]
    words: str

    @property
    def report(self) -> Any:
        """The report itself; raises :class:`Refused` where there is none."""
        row = self.around.latest
        if row is None:
            raise Refused(NOTHING_YET)
        row.carrier = self.around.carrier
        return row


def _check(work: Work) -> str:
    return ""


def _submit(work: Work) -> str:
    around, given = work.around, {}
    if early := not_open(around):
        raise Refused(early)
    if around.latest is None:  # what the grid shows of last month is handed in with it
        offered = {code: answer for code, answer in around.answers().items() if answer is not None}
        given = {"values": offered, "texts": {code: text for code, text in around.texts().items() if text}}
    seen = parse_seen(work.part.get("seen", ""))
    reports.submit(user=work.user, carrier=around.carrier, month=around.month, seen=seen, **given)
    return "已提交"


def _give_back(work: Work) -> str:
    reports.give_back(user=work.user, report=work.report, reason=work.words)
    return "已退回"


def _town(work: Work) -> str:
    reports.check(user=work.user, report=work.report, seen_hash=work.part.get("hash", ""))
    return "镇审已通过"


def _accept(work: Work) -> str:
    reports.accept(user=work.user, report=work.report, seen_hash=work.part.get("hash", ""))
    return "已通过"


def _explain(work: Work) -> str:
    """Keep the words on one finding. Other people's words on the same finding are not overwritten unseen."""
    row, key, was = work.around.latest, work.part.get("key", ""), work.part.get("was", "")
    words = dict(row.explanations) if row is not None else {}
    text = work.words.strip()
    if words.get(key, "") not in {was, text}:
        raise Refused(f"说明已被改为“{shortened(words[key])}”,您写的没有覆盖它;请核对后再保存")
    words[key] = text
    values = {} if row is not None else {k: v for k, v in work.around.answers().items() if v is not None}
    reports.save_draft(
        user=work.user,
        carrier=work.around.carrier,
        month=work.around.month,
        values=values,
        explanations=words,
        seen=Seen.of(row),
    )
    return "说明已保存"


ACTS: dict[str, Callable[[Work], str]] = {
    "inspect": _check,
    "submit": _submit,
    "return": _give_back,
    "check": _town,
    "accept": _accept,
    "explain": _explain,
}


@require_POST
def report_grid_act(request: HttpRequest, month: str) -> JsonResponse:
    """Check, submit or review rows, each for itself: what became of each, and the rows as they stand now."""
    period = parse_month(month)
    try:
        sent, parts = read_parts(request, "rows", MOST_LOOKED_AT, ("carrier",), ("seen", "hash", "key", "was", "mark"))
    except Unreadable as error:
        return problem(str(error))
    if sent.get("act") == LOOK:
        return _look(request.user, period, parts, checked_rows(sent))
    if len(parts) > MOST_ROWS:
        return problem(f"请求无法读取,或一次超过 {MOST_ROWS} 项")
    act, words = ACTS.get(str(sent.get("act"))), sent.get("words", "")
    if act is None or not are_words(words):
        return problem(UNREADABLE)
    months = _load(request.user, period, parts)
    outcomes = []
    for part in parts:
        around = months.get(part["carrier"])
        done, message = _one(act, Work(request.user, around, part, words)) if around else (False, "没有这个载体")
        outcomes.append({"carrier": part["carrier"], "done": done, "message": message})
    strict = sent["act"] in {"inspect", "submit"}
    rows = _load(request.user, period, parts) if act is not _check else months
    return JsonResponse(
        {
            "outcomes": outcomes,
            "rows": {code: row_of(request.user, around, strict=strict) for code, around in rows.items()},
        }
    )


def _look(user: Any, month: date, parts: list[Any], strict: set[str]) -> JsonResponse:
    """Nothing is done: the rows that are no longer as their reader saw them (``mark``)."""
    marks = {part["carrier"]: part.get("mark", "") for part in parts}
    rows = {
        code: row_of(user, around, strict=code in strict)
        for code, around in _load(user, month, parts).items()
        if mark_of(user, around) != marks[code]
    }
    return JsonResponse({"outcomes": [], "rows": rows})


def _load(user: Any, month: date, parts: list[Any]) -> dict[str, MonthContext]:
    codes = {part["carrier"] for part in parts}
    carriers = Carrier.objects.visible_to(user).select_related("owner_area", "operator").filter(code__in=codes)
    return {around.carrier.code: around for around in context.load(carriers, month).values()}


def _one(act: Callable[[Work], str], work: Work) -> tuple[bool, str]:
    """Whether it was done, and in which words."""
    try:
        return True, act(work)
    except Stale:
        return False, CHANGED
    except NotReady as not_ready:
        asked = sum(key.startswith(reports.EXPLAIN) for key in not_ready.errors)
        parts = [(len(not_ready.errors) - asked, "处须改正"), (asked, "处须说明原因")]
        return False, "还不能提交:" + ",".join(f"{count} {words}" for count, words in parts if count)
    except (NotPermitted, Refused) as refused:
        return False, str(refused)
