"""The form of one carrier's month: shown, saved while typing, saved, submitted. What was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.dates import month_cn
from core.permits import NotPermitted, Refused
from incubators.forms import ReportForm
from incubators.models import Carrier, MonthlyReport
from incubators.permits import may_file_report, may_fill_month
from incubators.reporting import checks, context
from incubators.reporting.calendar import Calendars, add_months, last_full_month
from incubators.reporting.context import MonthContext
from incubators.reporting.drafts import differences, savable
from incubators.reporting.fields import Answer
from incubators.services import reports as services
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
    """One request's work on one month."""

    request: HttpRequest
    around: MonthContext
    form: ReportForm
    values: dict[str, Answer]
    texts: dict[str, str]
    explanations: dict[str, str]
    seen: Seen
    row: MonthlyReport | None
    strict: bool = False
    kept_back: Mapping[str, list[str]] | None = None
    closed: str = ""
    conflict: list[dict[str, str]] | None = None
    override: str = ""
    # What an earlier visit left behind that is no value yet is shown again with its errors.
    resumed: bool = False

    @property
    def carrier(self) -> Carrier:
        return self.around.carrier

    @property
    def is_autosave(self) -> bool:
        return self.request.POST.get("action") == "autosave"

    def page(self, status: int = 200) -> HttpResponse:
        """The whole form."""
        shown = self._present(strict=self.strict)
        row = self.row
        editable = row is None or row.state in MonthlyReport.EDITABLE
        returned = row is not None and row.state == "returned"
        last = row.transitions.filter(to_state="returned").select_related("actor").last() if row and returned else None
        return render(
            self.request,
            "incubators/reports/edit.html",
            {
                **self._basics(),
                **shown,
                "returned": last,
                "attachments": attachments_of(row) if row is not None else (),
                "accept": ACCEPT,
                "may_attach": row is not None and editable,
                "form_errors": [
                    (name, self._named(name, text)) for name, all_ in self.form.errors.items() for text in all_
                ],
            },
            status=status,
        )

    def saved_part(self) -> HttpResponse:
        """What changed on the page after saving while typing."""
        waiting = len(self.form.errors) + len(self.kept_back or {})
        shown = self._present(strict=False)
        sent = self.request.POST
        # Only places that are on the page, and only where something else is to be read there now.
        on_page = {each.place: sent.get(f"shown:{each.place}") for each in shown["notes"]}
        changed = [each for each in shown["notes"] if on_page[each.place] not in {None, each.signature}]
        part = {**self._basics(), "changed": changed, "waiting": waiting, "now": timezone.now()}
        return render(self.request, "incubators/reports/_saved.html", part)

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
            "closed": self.closed,
            "conflict": self.conflict,
            "override": self.override,
            "strict": self.strict,
            "resumed": self.resumed,
            # The first submission decides; what is sent again after a return or as a correction is not late for it.
            "late": self.around.days.overdue(today) and not (self.row and self.row.first_submitted_at),
            "opened_until": self._opened_until(),
            "too_early": today < self.around.days.opens_on,
        }


@require_http_methods(["GET", "POST"])
def report_edit(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """Show and take one carrier's month."""
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


def _take(request: HttpRequest, around: MonthContext) -> HttpResponse:
    sent = request.POST.copy()
    # A button beside a field puts its answer there: what was probably meant, or one of the answers that are no figure.
    taken, _, answer = sent.get("take", "").partition("=")
    if taken in around.form.codes:
        sent[taken] = answer
    form = ReportForm(sent, month_form=around.form)
    form.is_valid()
    start = around.answers() if around.latest is not None else {}
    typed, words = form.typed_values(), form.typed_texts()
    desk = Desk(
        request=request,
        around=around,
        form=form,
        values={**around.answers(), **typed},
        texts={**around.texts(), **words},
        # Words on a question that was not on the page are still there when it comes back.
        explanations={**(around.latest.explanations if around.latest else {}), **form.explanations()},
        # The button "save mine all the same" names the report as it is now.
        seen=parse_seen(request.POST.get("override") or request.POST.get("seen", "")),
        row=around.latest,
        strict=request.POST.get("action") == "submit",
    )
    fits, desk.kept_back = savable(around.carrier, start, typed)
    unread = {code: sent[code] for code in form.sent_codes() if code not in fits and code not in words}
    try:
        return _write(desk, fits, words, unread)
    except Stale as stale:
        return _conflict(desk, stale, typed, words)
    except services.NotReady as not_ready:
        desk.row, desk.seen = not_ready.row, Seen.of(not_ready.row)
        return desk.page(422)
    except NotPermitted as refusal:
        return _closed(desk, str(refusal))
    except Refused as refused:
        return _refused(desk, refused)


def _write(desk: Desk, fits: dict[str, Answer], words: dict[str, str], unread: dict[str, str]) -> HttpResponse:
    ask: dict[str, Any] = {
        "user": desk.request.user,
        "carrier": desk.carrier,
        "month": desk.around.month,
        "values": fits,
        "texts": words,
        "explanations": desk.explanations,
        "seen": desk.seen,
    }
    clean = not desk.form.errors and not desk.kept_back
    if desk.strict and clean:
        row = services.submit(**ask)
        messages.success(desk.request, f"{month_cn(desk.around.month)}月报已提交")
        return redirect("incubators:report_detail", pk=row.pk)
    row = services.save_draft(**ask, unread=unread)
    desk.row, desk.seen = row, Seen.of(row)
    if desk.is_autosave:
        return desk.saved_part()
    if clean:
        taken = desk.request.POST.get("take", "").partition("=")[0]
        messages.success(desk.request, "已改并保存为草稿" if taken else "草稿已保存")
        address = reverse("incubators:report_edit", args=[desk.carrier.code, f"{desk.around.month:%Y-%m}"])
        return redirect(f"{address}#id_{taken}" if taken in desk.around.form.codes else address)
    return desk.page(422)


def _conflict(desk: Desk, stale: Stale, typed: dict[str, Answer], words: dict[str, str]) -> HttpResponse:
    now = Seen.of(stale.row)
    desk.override = f"{now.revision}-{now.version}"
    desk.conflict = differences(desk.around.form, stale.row, typed, words) if stale.row is not None else []
    if desk.is_autosave:
        return desk.refused_part(str(stale))
    return desk.page(409)


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
