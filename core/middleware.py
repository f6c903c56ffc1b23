"""What every request is known by."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
