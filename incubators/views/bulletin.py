"""The monthly bulletin of an area: a page, and the same as Word and as PDF; as it stands now, or as it was issued."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from core.dates import month_cn
from core.papers import pdf, word
from core.papers.comparing import changes
from core.papers.content import Paper
from core.papers.stored import from_data
from core.permits import NotPermitted
from core.spreadsheets import attachment_header
from incubators.models import IssuedBulletin
from incubators.permits import may_arrange
from incubators.reporting.bulletin import bulletin as written
from incubators.reporting.bulletin import gather
from incubators.reporting.calendar import add_months, last_full_month
from incubators.services.bulletins import issue
from incubators.views.places import Place, month_asked, place_asked

FORMATS: dict[str, tuple[Callable[[Paper], bytes], str]] = {
    "docx": (word.write, word.DOCX_TYPE),
    "pdf": (pdf.write, pdf.PDF_TYPE),
}
MOST_CHANGES = 20


@require_http_methods(["GET", "HEAD", "POST"])
def bulletin(request: HttpRequest) -> HttpResponse:
    """Thirteen queries, however many carriers the area has; a file holds what the page shows. A POST issues it."""
    place = place_asked(request)
    month, problem = month_asked(request.GET, ended=True)
    if request.method == "POST":
        return _issue(request, place, month)
    kept = [*IssuedBulletin.objects.filter(area=place.area, month=month).select_related("issued_by")]
    chosen = _chosen(request, kept)
    paper = from_data(chosen.content) if chosen else written(gather(request.user, place.area, place.children, month))
    form = request.GET.get("format", "")
    problems = [sentence for sentence in (problem, place.problem) if sentence]
    if form in FORMATS and not problems:
        write, kind = FORMATS[form]
        answer = HttpResponse(write(paper), content_type=kind)
        answer["Content-Disposition"] = attachment_header(f"{place.area.name}科创载体月度通报{month:%Y%m}.{form}")
        return answer
    latest = last_full_month(timezone.localdate())
    changed = [] if chosen or not kept else [*islice(changes(from_data(kept[0].content), paper), MOST_CHANGES + 1)]
    context = {
        "paper": paper,
        "place": place,
        "problems": problems,
        "month_text": f"{month:%Y-%m}",
        "latest_text": f"{latest:%Y-%m}",
        "earlier": f"{add_months(month, -1):%Y-%m}",
        "later": f"{add_months(month, 1):%Y-%m}" if month < latest else "",
        "issued": kept,
        "chosen": chosen,
        "changed": changed[:MOST_CHANGES],
        "more_changed": len(changed) > MOST_CHANGES,
        "may_issue": bool(may_arrange(request.user, place.area)),
        "address": _address(place, month),
    }
    # A file of another area or month than was asked for would not say so: the page does.
    return render(request, "incubators/reports/bulletin.html", context, status=400 if form in FORMATS else 200)


def _chosen(request: HttpRequest, kept: list[IssuedBulletin]) -> IssuedBulletin | None:
    """The issued bulletin that the address names, if it names one; raises :class:`Http404` for none of this month's."""
    asked = request.GET.get("issued", "")
    if not asked:
        return None
    found = next((row for row in kept if str(row.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _issue(request: HttpRequest, place: Place, month: date) -> HttpResponse:
    address: dict[str, Any] = {}
    try:
        made = issue(user=request.user, area=place.area, month=month)
    except NotPermitted as denied:
        messages.error(request, str(denied))
    else:
        messages.success(request, f"{place.area.name}{month_cn(month)}通报已发布,此后按这一版留存")
        address = {"issued": made.pk}
    return redirect(_address(place, month, **address))


def _address(place: Place, month: date, **more: Any) -> str:
    return f"{reverse('incubators:bulletin')}?{urlencode({'month': f'{month:%Y-%m}', 'area': place.area.code, **more})}"


__all__ = ["bulletin"]
