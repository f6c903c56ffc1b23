"""What a box that takes one record of thousands offers while a person types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incubators.filters import matches
from incubators.models import Carrier
from incubators.search import SHORTEST

MOST = 20


@require_safe
def carrier_offers(request: HttpRequest) -> HttpResponse:
    """The first carriers that the person may see and ``?carrier=`` finds, as options; by code without any words."""
    text = request.GET.get("carrier", "").strip()[:60]
    rows = Carrier.objects.visible_to(request.user).only("code", "name").order_by("code")
    if len(text) >= SHORTEST:
        rows = rows.filter(matches(text, code="code"))
    return render(request, "incubators/carriers/_offers.html", {"rows": rows[:MOST]})
