"""The front door: sends everyone to the page their work starts on; and the page for refusals."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incubators.access import Role
from incubators.scope import Scope

# The first page a role wants, most specific duty first.
FIRST_PAGES = (
    (Role.LEADER, "targets:dashboard"),
    (Role.STAFF, "incubators:report_list"),
    (Role.OPERATOR, "incubators:report_list"),
    (Role.EXPERT, "evaluations:expert_list"),
    (Role.LIAISON, "incubators:carrier_list"),
    (Role.AUDITOR, "incubators:change_list"),
    (Role.ADMINISTRATOR, "incubators:person_list"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the first page of the person's work; without one, say so."""
    scope = Scope.of(request.user)
    for role, route in FIRST_PAGES:
        if role in scope.roles:
            return redirect(route)
    return render(request, "home.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A refusal with its reason, never a bare code."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
