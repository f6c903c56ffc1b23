"""REST under ``/api/v1/``: each app's routes, the schema and its pages."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    path("", include("incubators.api.urls")),
    path("", include("plans.api.urls")),
    path("", include("evaluations.api.urls")),
    path("", include("subsidies.api.urls")),
    path("", include("targets.api.urls")),
]
