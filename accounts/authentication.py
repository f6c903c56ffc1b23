"""REST sign-in: the person the middleware found, by session (with CSRF check) or by token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
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


class PortalScheme(OpenApiAuthenticationExtension):
    """What the schema says of signing in: a token in the header, or the session of a browser."""

    target_class = "accounts.authentication.PortalAuthentication"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "在“接口令牌”页面签发的令牌"},
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "浏览器登录后的会话"},
        ]
