"""What every request is known by, and what none may hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from core.api import problem
from core.models import Change
from core.trail import acting


class RequestIdMiddleware:
    """Give a request a number of our own: lines of the trail carry it, and the answer in ``X-Request-ID``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        channel = Change.Channel.API if request.path.startswith("/api/") else Change.Channel.PAGE
        with acting(request_id, channel):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


NUL = "不能含有空字符"


def nul_in(values: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """The names among (name, text or texts) that hold the sign NUL, which PostgreSQL cannot be asked for or given, each
    with the sentence that refuses it."""
    found: dict[str, list[str]] = {}
    for name, value in values:
        texts = [value] if isinstance(value, str) else value
        if "\0" in name or any("\0" in text for text in texts):
            found[name.replace("\0", "")] = [NUL]
    return found


class NulMiddleware:
    """Refuse a request with the sign NUL before a view sees it: no record has it in its address, and nobody types it.

    Bodies of JSON are no forms; whoever reads one asks :func:`nul_in`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Runs when the address is resolved and access is granted."""
        if "\0" in request.path:
            raise Http404
        is_api = request.path.startswith("/api/")
        if is_api and (wrong := nul_in(request.GET.lists())):
            words = ";".join(f"{name}:{NUL}" for name in wrong)
            return problem(400, f"查询参数有误:{words}", wrong)
        if not is_api and nul_in([*request.GET.lists(), *request.POST.lists()]):
            reason = f"地址或填写的内容{NUL}(粘贴时可能带进来的看不见的字符)。"
            return render(request, "400.html", {"reason": reason}, status=400)
        return None
