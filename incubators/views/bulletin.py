"""The monthly bulletin of an area: a page, and the same as Word and as PDF."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.papers import pdf, word
from core.papers.content import Paper
from core.spreadsheets import attachment_header
from incubators.reporting.bulletin import bulletin as written
from incubators.reporting.bulletin import gather
from incubators.reporting.calendar import add_months, last_full_month
from incubators.views.places import ended_month, place_asked

FORMATS: dict[str, tuple[Callable[[Paper], bytes], str]] = {
    "docx": (word.write, word.DOCX_TYPE),
    "pdf": (pdf.write, pdf.PDF_TYPE),
}


@require_safe
def bulletin(request: HttpRequest) -> HttpResponse:
    """Twelve queries, however many carriers the area has; a file holds what the page shows."""
    place = place_asked(request)
    month, problem = ended_month(request)
    paper = written(gather(request.user, place.area, place.children, month))
    form = request.GET.get("format", "")
    if form in FORMATS:
        write, kind = FORMATS[form]
        answer = HttpResponse(write(paper), content_type=kind)
        answer["Content-Disposition"] = attachment_header(f"{place.area.name}科创载体月度通报{month:%Y%m}.{form}")
        return answer
    latest = last_full_month(timezone.localdate())
    context = {
        "paper": paper,
        "place": place,
        "problems": [sentence for sentence in (problem, place.problem) if sentence],
        "month_text": f"{month:%Y-%m}",
        "latest_text": f"{latest:%Y-%m}",
        "earlier": f"{add_months(month, -1):%Y-%m}",
        "later": f"{add_months(month, 1):%Y-%m}" if month < latest else "",
    }
    return render(request, "incubators/reports/bulletin.html", context)
