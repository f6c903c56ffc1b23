"""The form of one carrier's month: shown, saved while typing, saved, submitted. What was typed is never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from core.dates import month_cn
from core.permits import NotPermitted, Refused
from incubators.forms import EXPLANATION, ReportForm
from incubators.models import Carrier, MonthlyReport
from incubators.permits import may_file_report, may_fill_month
from incubators.reporting import checks, context
from incubators.reporting.calendar import Calendars, add_months, last_full_month
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import Merge, merge, savable
from incubators.reporting.fields import Answer
from incubators.services import reports as services
from incubators.services.cells import as_typed
from incubators.services.evidence import ACCEPT, attachments_of
from incubators.services.reports import Seen, Stale
from incubators.views.places import parse_month
from incubators.views.report_form import present


def parse_seen(text: str) -> Seen:
    """``2-5`` (revision and save count) as sent by the form; anything else is a page of nothing saved."""
    revision, _, version = text.partition("-")
    if revision.isdecimal() and version.isdecimal() and len(text) < 20:
        return Seen(int(revision), int(version))
    return Seen()


@dataclass(slots=True)
class Desk:
    """One request's work on one month. ``held``: what the report holds, as the page is told, for every name that it may
    send: this is what the page says when it comes back, so that it is known what was changed in it."""

    request: HttpRequest
    around: MonthContext
    form: ReportForm
    values: dict[str, Answer]
    texts: dict[str, str]
    explanations: dict[str, str]
    seen: Seen
    row: MonthlyReport | None
    held: dict[str, str]
    strict: bool = False
    closed: str = ""
    merged: Merge = field(default_factory=Merge)
    # What an earlier visit left behind that is no value yet is shown again with its errors.
    resumed: bool = False

    @property
    def carrier(self) -> Carrier:
        return self.around.carrier

    @property
    def is_autosave(self) -> bool:
        return self.request.POST.get("action") == "autosave"

    def saved(self, row: MonthlyReport) -> None:
        """Go on from ``row`` as it was just saved. What two people wrote differently stays so until one decides."""
        self.row, self.seen = row, Seen.of(row)
        was = self.held
        self.held = held_by(replace(self.around, latest=row))
        self.held |= {name: was.get(name, "") for name in self.merged.contested}

    def page(self, status: int = 200) -> HttpResponse:
        """The whole form."""
        shown = self._present(strict=self.strict)
        row = self.row
        editable = row is None or row.state in MonthlyReport.EDITABLE
        returned = row is not None and row.state == "returned"
        last = row.transitions.filter(to_state="returned").select_related("actor").last() if row and returned else None
        wrong = [(name, self._named(name, text)) for name, all_ in self.form.errors.items() for text in all_]
        unread = row.unread if row is not None and self.resumed else dict(wrong)
        return render(
            self.request,
            "incubators/reports/edit.html",
            {
                **self._basics(),
                **shown,
                "returned": last,
                "attachments": attachments_of(row) if row is not None else (),
                "may_attach": row is not None and editable,
                "form_errors": [each for each in wrong if each[0] in unread],
                "kept_wrong": [each for each in wrong if each[0] not in unread],
            },
            status=status,
        )

    def saved_part(self) -> HttpResponse:
        """What changed on the page after saving while typing."""
        shown = self._present(strict=False)
        sent = self.request.POST
        # Only places that are on the page, and only where something else is to be read there now.
        on_page = {each.place: sent.get(f"shown:{each.place}") for each in shown["notes"]}
        part = {
            **self._basics(),
            "changed": [each for each in shown["notes"] if on_page[each.place] not in {None, each.signature}],
            "wrong": [each.place for each in shown["notes"] for _ in range(each.count)],
            "now": timezone.now(),
            "begun": parse_seen(sent.get("seen", "")) == Seen(),
            "may_attach": True,
            "attachments": (),
        }
        response = render(self.request, "incubators/reports/_saved.html", part)
        if self.merged.theirs:
            trigger_client_event(response, "report:theirs", self.merged.theirs)
        return response

    def refused_part(self, words: str) -> HttpResponse:
        """Why saving while typing stopped; the page keeps what was typed."""
        part = {**self._basics(), "words": words}
        response = render(self.request, "incubators/reports/_conflict.html", part, status=409)
        response["HX-Retarget"] = "#conflict"
        return response

    def _named(self, name: str, text: str) -> str:
        """An error as the summary says it: away from its field, it names the field."""
        label = self.around.form.label_of(name)
        return text if label in text or name == NON_FIELD_ERRORS else f"{label}:{text}"

    def _opened_until(self) -> date | None:
        """The last day of a first report in a month that was closed and opened again for the carrier."""
        if self.row is not None and self.row.revision > 1:
            return None
        around = self.around
        return around.closes.opened_until(self.carrier.pk, self.carrier.owner_area.path, around.month)

    def _present(self, *, strict: bool) -> dict[str, Any]:
        user = self.request.user
        return present(self.around, self.form, self.values, self.texts, self.explanations, user=user, strict=strict)

    def _basics(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {
            "carrier": self.carrier,
            "month": self.around.month,
            "month_text": f"{self.around.month:%Y-%m}",
            "around": self.around,
            "days": self.around.days,
            "form": self.form,
            "report": self.row,
            "seen": f"{self.seen.revision}-{self.seen.version}",
            "held": json.dumps(self.held, ensure_ascii=False),
            "closed": self.closed,
            "merged": self._told(),
            "strict": self.strict,
            "resumed": self.resumed,
            "accept": ACCEPT,
            # The first submission decides; what is sent again after a return or as a correction is not late for it.
            "late": self.around.timing.would_be_late(today),
            "opened_until": self._opened_until(),
            "too_early": today < self.around.days.opens_on,
        }

    def _told(self) -> dict[str, list[dict[str, str]]]:
        """What others wrote meanwhile, as the page tells it."""
        sent = self.request.POST
        return {
            side: [
                {
                    "name": name,
                    "label": self.around.form.label_of(name) if not name.startswith(EXPLANATION) else "说明",
                    "theirs": text,
                    "mine": sent.get(name, ""),
                    "pick": sent.get(f"pick:{name}", ""),
                }
                for name, text in found.items()
            ]
            for side, found in (("theirs", self.merged.theirs), ("contested", self.merged.contested))
        }


def held_by(around: MonthContext) -> dict[str, str]:
    """What a month holds, as typed, by the names of the form's fields: figures, words, explanations."""
    row = around.latest
    return as_typed(around) | {EXPLANATION + key: text for key, text in (row.explanations if row else {}).items()}


def parse_held(text: str) -> dict[str, str] | None:
    """What a page was told by :func:`held_by`; None for a request that does not say."""
    try:
        held = json.loads(text)
    except ValueError:
        return None
    if not isinstance(held, dict) or not all(isinstance(each, str) for each in held.values()):
        return None
    return held


@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """Show and take one carrier's month. The page asks with HEAD, before it sends itself, whether it gets through."""
    if request.method == "HEAD":
        return HttpResponse()
    period = parse_month(month)
    rows = Carrier.objects.visible_to(request.user).select_related("owner_area", "area", "operator")
    carrier = get_object_or_404(rows, code=code)
    around = context.load([carrier], period)[carrier.pk]
    if around.latest is not None:
        around.latest.carrier = carrier
    if request.method == "GET":
        return _show(request, around)
    return _take(request, around)


def _show(request: HttpRequest, around: MonthContext) -> HttpResponse:
    row, permit = around.latest, may_fill_month(request.user, around)
    if row is not None and not permit:
        if may_file_report(request.user, around.carrier):
            messages.info(request, permit.reason)
        return redirect("incubators:report_detail", pk=row.pk)
    if row is None and (problem := checks.period_problem(around.carrier, around.month, around.days)):
        return _not_open(request, around, problem)
    values, texts = around.answers(), around.texts()
    form = ReportForm(initial={**values, **texts}, month_form=around.form)
    resumed = bool(permit and row is not None and row.unread)
    if row is not None and resumed:
        typed = ReportForm.as_typed(around.form, around.carrier.kind, values, texts) | row.unread
        form = ReportForm(typed, month_form=around.form)
        form.is_valid()
        values, texts = {**values, **form.typed_values()}, {**texts, **form.typed_texts()}
    desk = Desk(
        request=request,
        around=around,
        form=form,
        values=values,
        texts=texts,
        explanations=dict(row.explanations) if row is not None else {},
        seen=Seen.of(row),
        row=row,
        held=held_by(around),
        closed=permit.reason,
        resumed=resumed,
    )
    return desk.page(200 if permit else 403)


def _not_open(request: HttpRequest, around: MonthContext, problem: str) -> HttpResponse:
    """Why this month has no form, and the way to the month that can be filed now."""
    last, calendars, path = last_full_month(timezone.localdate()), Calendars(), around.carrier.owner_area.path
    months = [
        month
        for month in (last, add_months(last, 1))
        if not checks.period_problem(around.carrier, month, calendars.days(path, month))
    ]
    shown = {
        "carrier": around.carrier,
        "month": around.month,
        "problem": problem,
        "open_month": months[0] if months else None,
    }
    return render(request, "incubators/reports/not_open.html", shown, status=404)


def _take(request: HttpRequest, around: MonthContext, *, tries: int = 3) -> HttpResponse:
    sent = request.POST.copy()
    # A button beside a field puts its answer there: what was probably meant, or one of the answers that are no figure.
    taken, _, answer = sent.get("take", "").partition("=")
    if taken in around.form.codes:
        sent[taken] = answer
    was = _comparable(sent, around)
    merged = _merge(sent, around, was) if was is not None else Merge()
    for name, text in merged.theirs.items():
        sent[name] = text
    form = ReportForm(sent, month_form=around.form)
    form.is_valid()
    row = around.latest
    typed, words = form.typed_values(), form.typed_texts()
    desk = Desk(
        request=request,
        around=around,
        form=form,
        values={**around.answers(), **typed},
        texts={**around.texts(), **words},
        # Words on a question that was not on the page are still there when it comes back.
        explanations={**(row.explanations if row is not None else {}), **form.explanations()},
        # Compared field by field, the page is as new as what it was compared with.
        seen=Seen.of(row) if was is not None else parse_seen(sent.get("seen", "")),
        row=row,
        held=was if was is not None else held_by(around),
        strict=sent.get("action") == "submit",
        merged=merged,
    )
    try:
        return _write(desk, typed, words)
    except Stale as stale:
        if was is not None and tries > 1:
            # Somebody wrote between reading and writing: compare with that.
            return _take(request, _reloaded(around), tries=tries - 1)
        return _closed(desk, str(stale))
    except services.NotReady as not_ready:
        desk.saved(not_ready.row)
        return desk.page(422)
    except NotPermitted as refusal:
        return _closed(desk, str(refusal))
    except Refused as refused:
        return _refused(desk, refused)


def _reloaded(around: MonthContext) -> MonthContext:
    fresh = context.load([around.carrier], around.month)[around.carrier.pk]
    if fresh.latest is not None:
        fresh.latest.carrier = around.carrier
    return fresh


def _comparable(sent: QueryDict, around: MonthContext) -> dict[str, str] | None:
    """What the page was told that the report held: nothing at all where that was another revision. None where there is
    nothing to compare: the report is closed, or it is as it was for a page that does not say what it was told."""
    row, seen = around.latest, parse_seen(sent.get("seen", ""))
    if (row is None and seen != Seen()) or (row is not None and row.state not in MonthlyReport.EDITABLE):
        return None
    told = parse_held(sent.get("held", ""))
    if told is not None and (row is None or (seen.revision or 1) == row.revision):
        return told
    return None if seen == Seen.of(row) else {}


def _merge(sent: QueryDict, around: MonthContext, was: dict[str, str]) -> Merge:
    """What others wrote meanwhile, after this person's choices: ``pick:`` says mine or theirs, ``saw:`` what theirs was."""
    names = [name for name in sent if name in around.form.codes or name.startswith(EXPLANATION)]
    merged = merge(around.form, was=was, now=held_by(around), mine={name: sent[name] for name in names})
    picks = {} if sent.get("action") == "autosave" else merged.contested.copy()
    for name, text in picks.items():
        pick = sent.get(f"pick:{name}") if sent.get(f"saw:{name}") == text else None
        if pick in {"mine", "theirs"}:
            del merged.contested[name]
        if pick == "theirs":
            sent[name] = text
    return merged


def _write(desk: Desk, typed: dict[str, Answer], words: dict[str, str]) -> HttpResponse:
    """Save, or submit, what nobody contests."""
    contested, form, row = desk.merged.contested, desk.around.form, desk.around.latest
    stored = form.answers_of(row) if row is not None else {}
    mine = {code: answer for code, answer in typed.items() if code not in contested}
    fit = savable(desk.carrier, stored, mine)
    sent, known = desk.form.data, {*mine, *words, *contested}
    unread = {code: sent[code] for code in desk.form.sent_codes() if code not in known}
    unread |= {code: sent.get(code) or form.by_code[code].typed(answer) for code, answer in fit.waits.items()}
    ask: dict[str, Any] = {
        "user": desk.request.user,
        "carrier": desk.carrier,
        "month": desk.around.month,
        "values": fit.values,
        "texts": {code: text for code, text in words.items() if code not in contested},
        "explanations": {key: text for key, text in desk.explanations.items() if EXPLANATION + key not in contested},
        "seen": desk.seen,
    }
    clean = not desk.form.errors and not fit.wrong and not contested
    # What others wrote meanwhile is looked at before it is handed in.
    if desk.strict and clean and not desk.merged.theirs:
        submitted = services.submit(**ask)
        messages.success(desk.request, f"{month_cn(desk.around.month)}月报已提交")
        return redirect("incubators:report_detail", pk=submitted.pk)
    desk.saved(services.save_draft(**ask, unread=unread))
    if desk.is_autosave:
        return desk.saved_part()
    if contested or desk.merged.theirs:
        return desk.page(409)
    if clean:
        taken = sent.get("take", "").partition("=")[0]
        messages.success(desk.request, "已改并保存为草稿" if taken else "草稿已保存")
        address = reverse("incubators:report_edit", args=[desk.carrier.code, f"{desk.around.month:%Y-%m}"])
        return redirect(f"{address}#id_{taken}" if taken in form.codes else address)
    return desk.page(422)


def _closed(desk: Desk, words: str) -> HttpResponse:
    desk.closed = words
    if desk.is_autosave:
        return desk.refused_part(words)
    return desk.page(409 if may_file_report(desk.request.user, desk.carrier) else 403)


def _refused(desk: Desk, refused: Refused) -> HttpResponse:
    desk.form.refuse(refused)
    if desk.is_autosave:
        return desk.refused_part(str(refused))
    return desk.page(422)
