"""REST under ``/api/v1/``: each app's routes, the schema and its pages; and what programs are told of addresses that do
not exist and of faults of the server."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import defaults
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.request import Request

from config.views import error_page
from core.api import problem

app_name = "api"


class SchemaView(SpectacularAPIView):
    """The schema, as YAML or JSON, downloaded under a plain name."""

    def _get_filename(self, request: Request, version: str) -> str:
        return f"schema.{'json' if 'json' in str(request.accepted_media_type) else 'yaml'}"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An unknown address: problem details under ``/api/``, the page of errors elsewhere."""
    if request.path.startswith("/api/"):
        return problem(404, "没有这个地址;全部地址见 /api/v1/docs/,地址以 / 结尾")
    return error_page(request, "404.html", 404)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """A fault of the server: problem details under ``/api/``, the page of errors elsewhere."""
    if request.path.startswith("/api/"):
        return problem(500, "服务器出错,已记入日志;请稍后重试,仍不行请联系系统管理员")
    return defaults.server_error(request)


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    path("", include("incubators.api.urls")),
    path("", include("plans.api.urls")),
    path("", include("evaluations.api.urls")),
    path("", include("subsidies.api.urls")),
    path("", include("targets.api.urls")),
]
