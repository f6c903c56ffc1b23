"""Every address of the portal. Apps keep their own; REST lives under ``/api/v1/``."""

from django.urls import include, path

from config import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("jobs/", include("core.urls")),
    path("", include("incubators.urls")),
    path("plans/", include("plans.urls")),
    path("evaluations/", include("evaluations.urls")),
    path("subsidies/", include("subsidies.urls")),
    path("targets/", include("targets.urls")),
    path("api/v1/", include("config.api_urls")),
]

handler403 = "config.views.permission_denied"
handler404 = "config.api_urls.not_found"
handler500 = "config.api_urls.server_error"
