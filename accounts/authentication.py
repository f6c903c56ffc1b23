"""REST sign-in: the person the middleware found, by session (with CSRF check) or by token."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class PortalAuthentication(SessionAuthentication):
    """One place decides who is there: the middleware. This class only hands the answer to REST framework."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        underlying = request._request  # noqa: SLF001 - REST framework names the Django request so
        if getattr(underlying, "by_token", False):
            return underlying.user, None
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
