"""The front door: sends everyone to the page their work starts on; and the pages for refusals and wrong addresses."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from incubators.access import Role
from incubators.scope import Scope

logger = logging.getLogger(__name__)

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
    return error_page(request, "403.html", 403, reason=str(exception))


def error_page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    """A page of errors: with the navigation for who is signed in, else (or without a database) by itself."""
    try:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and not user.must_change_password:
            return render(request, template, {**context, "frame": "errors/framed.html"}, status=status)
    except DatabaseError:
        logger.exception("error page without navigation")
    return HttpResponse(render_to_string(template, context), status=status)
