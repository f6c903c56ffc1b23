"""One search over the register: by name, pinyin initials or code, limited to what the person may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from incubators.filters import matches
from incubators.models import Carrier, Enterprise, Qualification, Residency
from incubators.search import SHORTEST, beginning

MOST = 20


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Carriers and enterprises that match, the best first; a single exact code opens at once."""
    text = request.GET.get("q", "").strip()[:60]
    if len(text) < SHORTEST:
        return render(request, "incubators/search.html", {"text": text, "too_short": bool(text)})
    carriers = Carrier.objects.visible_to(request.user).filter(matches(text, code="code")).select_related("area")
    enterprises = Enterprise.objects.visible_to(request.user).filter(matches(text, code="uscc")).select_related("area")
    found_carriers = _best(carriers, text)
    found_enterprises = _best(enterprises, text)
    if len(found_carriers) + len(found_enterprises) == 1:
        if found_carriers and found_carriers[0].code.upper() == text.upper():
            return redirect("incubators:carrier_detail", code=found_carriers[0].code)
        if found_enterprises and found_enterprises[0].uscc == text.upper():
            return redirect("incubators:enterprise_detail", uscc=found_enterprises[0].uscc)
    numbered = [] if found_carriers or found_enterprises else _by_number(request.user, text)
    context = {
        "text": text,
        "carriers": found_carriers,
        "enterprises": found_enterprises,
        "numbered": numbered,
        "more_carriers": reverse("incubators:carrier_list"),
        "more_enterprises": reverse("incubators:enterprise_list"),
        "most": MOST,
    }
    return render(request, "incubators/search.html", context)


def _best(rows: QuerySet[Any], text: str) -> list[Any]:
    """The first rows, those whose name begins with the words before the others."""
    first = [*rows.filter(name__startswith=text).order_by("name")[:MOST]]
    if len(first) < MOST:
        known = [row.pk for row in first]
        first += [*rows.exclude(pk__in=known).order_by("name")[: MOST - len(first)]]
    return first


def _by_number(user: Any, text: str) -> list[tuple[str, str, str]]:
    """Enterprises found by the number of a certificate or of a graduation: (name, what was found, code)."""
    certificates = Qualification.objects.visible_to(user).filter(beginning(Qualification, "certificate", text))
    graduations = Residency.objects.visible_to(user).filter(
        ~Q(graduation_number=""), beginning(Residency, "graduation_number", text)
    )
    found = [
        (row.enterprise.name, f"{row.kind.name} {row.certificate}", row.enterprise.uscc)
        for row in certificates.select_related("enterprise", "kind").order_by("certificate")[:MOST]
    ]
    return found + [
        (row.enterprise.name, f"毕业编号 {row.graduation_number}", row.enterprise.uscc)
        for row in graduations.select_related("enterprise").order_by("graduation_number")[:MOST]
    ]
