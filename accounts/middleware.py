"""Programs sign in by ``Authorization: Bearer TOKEN``; from there on they are the person who owns the token."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from accounts.models import ApiToken, token_digest

PREFIX = "Bearer "


class TokenMiddleware:
    """Set ``request.user`` from a token, before anything asks who is there. A wrong token is refused at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        header = request.headers.get("Authorization", "")
        request.by_token = False
        if header.startswith(PREFIX) and request.path.startswith("/api/"):
            token = ApiToken.objects.select_related("user").filter(digest=token_digest(header[len(PREFIX) :])).first()
            if token is None or not token.is_valid():
                body = {"type": "about:blank", "title": "请先登录", "status": 401, "detail": "令牌无效、已停用或已过期"}
                return JsonResponse(
                    body, status=401, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
                )
            request.user = token.user
            request.by_token = True
            today = timezone.localdate()
            if token.last_used_on != today:
                ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        return self.get_response(request)
