"""Closed by default: which capability each route needs, from every app's ``routes.py``, enforced in one middleware.

A route without an entry is refused, and a test fails for it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse

from incubators.access import Capability
from incubators.scope import Scope

PUBLIC = "public"
SIGNED_IN = "signed in"

# Routes of the project itself; those of the apps stand beside their addresses.
ROUTES: dict[str, str] = {
    "home": SIGNED_IN,
    "accounts:login": PUBLIC,
    "accounts:logout": PUBLIC,
    "accounts:password_change": SIGNED_IN,
    # Everyone's own tokens; those of others are an administrator's matter (incubators:person_token_...).
    "accounts:token_list": SIGNED_IN,
    "accounts:token_issue": SIGNED_IN,
    "accounts:token_revoke": SIGNED_IN,
    "api:schema": SIGNED_IN,
    "api:docs": SIGNED_IN,
}
_APPS = ("incubators", "plans", "evaluations", "subsidies", "targets")
for _app in _APPS:
    try:
        _table = import_module(f"{_app}.routes")
    except ModuleNotFoundError:
        continue
    ROUTES.update({f"{_app}:{name}": need for name, need in _table.PAGES.items()})
    ROUTES.update({f"api:{name}": need for name, need in _table.API.items()})
ROUTES.update(
    {f"core:{name}": Capability.JOB_READ for name in ("job_list", "job_detail", "job_cancel", "job_progress")}
)


class AccessMiddleware:
    """Refuse what the table does not grant; send people who are not signed in to the sign-in page. A page that asks for
    a part of itself is told with 401, and says so itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        need = ROUTES.get(match.view_name) if match else None
        if need == PUBLIC:
            return None
        is_api = request.path.startswith("/api/")
        if not request.user.is_authenticated:
            if is_api:
                return _problem(401, "请先登录", "请先登录,或在请求头中提供令牌")
            if request.htmx:
                # Followed by the browser, a redirect would put the whole sign-in page into a part of this one.
                return HttpResponse("登录已过期", status=401, content_type="text/plain; charset=utf-8")
            return redirect_to_login(request.get_full_path())
        if need is None:
            return _refuse(is_api, "此页面未登记访问权限")
        if need == SIGNED_IN or Scope.of(request.user).can(Capability(need)):
            return None
        return _refuse(is_api, "您的角色没有此项权限")


def _refuse(is_api: bool, reason: str) -> HttpResponse:
    if is_api:
        return _problem(403, "没有权限", reason)
    raise PermissionDenied(reason)


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    response = JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
