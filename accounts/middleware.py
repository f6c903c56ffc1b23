"""Who is there, and whether they may go on: tokens of programs, sessions left alone, one-time passwords.

Programs sign in by ``Authorization: Bearer TOKEN``; from there on they are the person who owns the token.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import ApiToken, token_digest

PREFIX = "Bearer "
# In the session, as seconds: when the person signed in, and the last request that was noted.
ENTERED, SEEN = "entered", "seen"
NOTE_EVERY = 60  # seconds: a session is not written at every request
# All that a person with a one-time password may open.
OPEN_TO_FIRST_PASSWORD = {"accounts:login", "accounts:logout", "accounts:password_change"}


def begin(request: HttpRequest) -> None:
    """Start the clocks of a new session."""
    request.session[ENTERED] = request.session[SEEN] = int(time.time())


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
        headers={"WWW-Authenticate": "Bearer"} if status == 401 else None,
    )


class TokenMiddleware:
    """Set ``request.user`` from a token, before anything asks who is there. A wrong token is refused at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        header = request.headers.get("Authorization", "")
        request.by_token = False
        if header[: len(PREFIX)].lower() == PREFIX.lower() and request.path.startswith("/api/"):
            token = ApiToken.objects.select_related("user").filter(digest=token_digest(header[len(PREFIX) :])).first()
            if token is None or not token.is_valid():
                return _problem(401, "请先登录", "令牌无效、已停用或已过期")
            request.user = token.user
            request.by_token = True
            today = timezone.localdate()
            if token.last_used_on != today:
                ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        return self.get_response(request)


class SessionEndMiddleware:
    """End a session that nobody used for ``SESSION_IDLE_SECONDS``, or that began ``SESSION_COOKIE_AGE`` seconds ago.

    What follows meets someone not signed in. Django alone would begin the age anew whenever a session is written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = None if request.by_token else request.session.get(SEEN)
        if seen is not None:
            now = int(time.time())
            if reason := self._over(now - seen, now - request.session.get(ENTERED, seen)):
                logout(request)
                messages.info(request, f"{reason},已自动退出,请重新登录")
            elif now - seen > NOTE_EVERY:
                request.session[SEEN] = now
        return self.get_response(request)

    @staticmethod
    def _over(idle: int, age: int) -> str:
        """Why the session ends, or nothing."""
        if idle > settings.SESSION_IDLE_SECONDS:
            return f"超过{settings.SESSION_IDLE_SECONDS // 60}分钟没有操作"
        return "本次登录已到时限" if age > settings.SESSION_COOKIE_AGE else ""


class FirstPasswordMiddleware:
    """Until a password given by an administrator is changed, only the page for changing it opens.

    Tokens are not stopped: they do not rest on the password, and an administrator revokes them by themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if request.by_token or (match and match.view_name in OPEN_TO_FIRST_PASSWORD):
            return None
        if not getattr(request.user, "must_change_password", False):
            return None
        if request.path.startswith("/api/"):
            return _problem(403, "请先修改密码", "您的密码由管理员给出,请先在网页上修改")
        return redirect("accounts:password_change")
