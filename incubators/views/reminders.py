"""Asking for the month (催报): who has not filed, the letter before it goes out, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.permits import NotPermitted, Refused
from incubators.models import Carrier, Delivery, Occasion, Reminder, ReminderBatch
from incubators.reminding import chasing
from incubators.reminding.channels import Channel, Person, channels
from incubators.reminding.chasing import Chased
from incubators.reporting.calendar import add_months, last_full_month
from incubators.reporting.closing import Closes
from incubators.reporting.overview import Line
from incubators.services import reminders as services
from incubators.services.deliveries import is_stuck, may_retry
from incubators.services.reminders import About, Chosen
from incubators.views.places import month_asked

LATEST_BATCHES = 5
WAITS = (Delivery.State.WAITING, Delivery.State.SENDING)
MOST_SHOWN = 200  # of those left out, and of those whose letter can be looked at


@dataclass(frozen=True, slots=True)
class Town:
    """The carriers of one area that have not filed. ``askable``: how many can be asked now."""

    code: str
    name: str
    rows: list[Chased]

    @property
    def askable(self) -> int:
        return sum(not row.held for row in self.rows)


@require_GET
def chasing_list(request: HttpRequest) -> HttpResponse:
    """Who of the person's carriers has not filed a month, by town, with whom to call and the last letter."""
    month, month_problem = month_asked(request.GET, ended=True)
    lines = chasing.own_lines(request.user, month)
    areas = {line.area_code: line.area_label for line in lines}
    area = request.GET.get("area", "")
    shown = [line for line in lines if line.area_code == area] if area in areas else lines
    rows = _chased(request.user, month, shown)
    # The lines stand in the order of their areas.
    towns = [Town(code, areas[code], [*found]) for code, found in groupby(rows, key=lambda row: row.line.area_code)]
    latest = last_full_month(timezone.localdate())
    batches = ReminderBatch.objects.visible_to(request.user).filter(month=month).select_related("made_by")
    own = Q(reminders__in=Reminder.objects.visible_to(request.user))
    return render(
        request,
        "incubators/reminders/list.html",
        {
            "month": month,
            "month_text": f"{month:%Y-%m}",
            "month_problem": month_problem,
            "earlier": f"{add_months(month, -1):%Y-%m}",
            "later": f"{add_months(month, 1):%Y-%m}" if month < latest else "",
            "latest_text": f"{latest:%Y-%m}",
            "areas": areas,
            "area": area if area in areas else "",
            "towns": towns,
            "count": len(rows),
            "overdue": sum(row.line.overdue for row in rows),
            "asked_today": sum(row.asked_today for row in rows),
            "askable": sum(town.askable for town in towns),
            "batches": [
                *batches.annotate(letters=Count("reminders", filter=own)).order_by("-made_at")[:LATEST_BATCHES]
            ],
        },
    )


def _chased(user: Any, month: date, lines: list[Line]) -> list[Chased]:
    """The lines with whom to call, the last letter, and why somebody cannot be asked now."""
    today = timezone.localdate()
    closes, letters = Closes([month]), chasing.last_reminders(user, month)
    written = chasing.written_today(user, today)
    calls = chasing.calls(user, [(line.carrier_id, line.code, line.name) for line in lines])
    found = []
    for line in lines:
        sent, call = letters.get(line.carrier_id, []), calls[line.carrier_id]
        letter = written.get(line.carrier_id)
        found.append(
            Chased(
                line,
                call,
                held=chasing.held_back(line, closes, letter, call.people, today),
                asked_today=letter is not None and letter.occasion != Occasion.RETURNED,
                last=sent[0] if sent else None,
            )
        )
    return found


def _left_out(user: Any, left_out: list[tuple[str, str, str]], chosen: Chosen | None = None) -> list[dict[str, Any]]:
    """Who is not written to ((code, name, why) each), with whom to call where no letter reaches. ``chosen``: where it is
    what was chosen just now, so that its carriers and people are known."""
    unreached = {code for code, _, why in left_out if why == chasing.UNREACHED}
    rows: Iterable[tuple[int, str, str]]
    if chosen is None:
        rows = Carrier.objects.visible_to(user).filter(code__in=unreached).values_list("pk", "code", "name")
    else:
        rows = [(line.carrier_id, line.code, line.name) for line, _ in chosen.left_out if line.code in unreached]
    known = chosen.people if chosen else None
    calls = {call.code: call for call in chasing.calls(user, rows, known).values()} if unreached else {}
    return [{"code": code, "name": name, "why": why, "call": calls.get(code)} for code, name, why in left_out]


def _wanted(data: QueryDict) -> Callable[[Line], bool]:
    """Which lines a click means: a town's, all of them, or those that were chosen."""
    town, codes = data.get("town", ""), {*data.getlist("carrier")}
    if town:
        return lambda line: line.area_code == town and not line.filed
    if data.get("all"):
        return lambda line: not line.filed
    return lambda line: line.code in codes


@require_http_methods(["GET", "HEAD", "POST"])
def chasing_preview(request: HttpRequest) -> HttpResponse:
    """The letter as it would go out, to whom, and who is left out and why. Nothing is written."""
    data = request.POST if request.method == "POST" else request.GET
    month, _ = month_asked(data, ended=True)
    chosen = services.choose(request.user, month, _wanted(data))
    return _preview(request, data, month, chosen)


def _preview(
    request: HttpRequest, data: QueryDict, month: date, chosen: Chosen, refused: Refused | None = None
) -> HttpResponse:
    note = data.get("note", "").replace("\0", "")
    lines = chosen.lines
    shown = next((line for line in lines if line.code == data.get("show")), lines[0] if lines else None)
    ways = [
        _way(channel, [chosen.people.get(line.carrier_id, []) for line in lines]) for channel in channels().values()
    ]
    errors = refused.errors if refused is not None else {}
    return render(
        request,
        "incubators/reminders/preview.html",
        {
            "month": month,
            "month_text": f"{month:%Y-%m}",
            "lines": lines,
            "left_out": _left_out(
                request.user,
                [(line.code, line.name, why) for line, why in chosen.left_out[:MOST_SHOWN]],
                chosen,
            ),
            "left_out_count": len(chosen.left_out),
            "shown": shown,
            "choices": lines[:MOST_SHOWN],
            "letter": services.preview(About.of(shown, note.strip()), Occasion.ASKED) if shown else None,
            "ways": ways,
            "note": note,
            "note_errors": errors.get("note", []),
            "errors": errors.get("", []),
            "most": services.LONGEST_NOTE,
        },
        status=422 if refused is not None else 200,
    )


def _way(channel: Channel, people: list[list[Person]]) -> tuple[str, int, int, str]:
    """A channel's name, how many carriers it reaches, how many not, and why. ``people``: by carrier."""
    reached = sum(any(channel.address(person) for person in those) for those in people)
    return channel.name, reached, len(people) - reached, channel.missing


@require_POST
def chasing_send(request: HttpRequest) -> HttpResponse:
    """Send what the preview showed."""
    month, _ = month_asked(request.POST, ended=True)
    codes = request.POST.getlist("carrier")
    note = request.POST.get("note", "").replace("\0", "")
    try:
        batch = services.remind(user=request.user, month=month, codes=codes, note=note)
    except Refused as refused:
        return _preview(
            request, request.POST, month, services.choose(request.user, month, _wanted(request.POST)), refused
        )
    unreached = sum(row["why"] == chasing.UNREACHED for row in batch.left_out)
    more = f";{unreached} 家{chasing.UNREACHED}" if unreached else ""
    messages.success(request, f"已催报 {batch.reminders.count()} 家{more}")
    return redirect("incubators:chasing_sent", pk=batch.pk)


@require_GET
def chasing_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent, to whom, by which channel, what failed, and who was left out."""
    batch = get_object_or_404(ReminderBatch.objects.visible_to(request.user).select_related("made_by"), pk=pk)
    rows = Reminder.objects.visible_to(request.user).filter(batch=batch)
    letters = [*rows.select_related("carrier__owner_area").prefetch_related("deliveries").order_by("carrier__code")]
    sent = [each for row in letters for each in row.deliveries.all()]
    states = Delivery.State
    # Who reached nobody at all is what a person must act on: by telephone.
    unreached = [row for row in letters if all(each.state == states.FAILED for each in row.deliveries.all())]
    calls = chasing.calls(request.user, [(row.carrier_id, row.carrier.code, row.carrier.name) for row in unreached])
    left_out = batch.left_out if batch.made_by_id == request.user.pk else []
    return render(
        request,
        "incubators/reminders/sent.html",
        {
            "batch": batch,
            "letters": [(row, calls.get(row.carrier_id)) for row in letters],
            "by_channel": _by_channel(sent),
            "waiting": not is_stuck(batch) and any(each.state in WAITS for each in sent),
            "stuck": is_stuck(batch) and any(each.state in WAITS for each in sent),
            "unreached": len(unreached),
            "may_retry": any(may_retry(batch, each) for each in sent),
            "left_out": _left_out(request.user, [(row["code"], row["name"], row["why"]) for row in left_out]),
            "month_text": f"{batch.month:%Y-%m}",
        },
    )


def _by_channel(sent: list[Delivery]) -> list[tuple[str, int, int, int]]:
    """Of each channel: its name, how many went out, wait, and failed."""
    states = Delivery.State
    found = []
    for name in dict.fromkeys(each.channel_name for each in sent):
        mine = [each.state for each in sent if each.channel_name == name]
        failed, gone = mine.count(states.FAILED), mine.count(states.SENT)
        found.append((name, gone, len(mine) - failed - gone, failed))
    return found


@require_POST
def chasing_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again what did not go out."""
    batch = get_object_or_404(ReminderBatch.objects.visible_to(request.user), pk=pk)
    try:
        count = services.retry(user=request.user, batch=batch)
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"正在重新发送 {count} 封")
    return redirect("incubators:chasing_sent", pk=pk)
