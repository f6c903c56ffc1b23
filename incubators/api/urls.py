from django.urls import path
from rest_framework.routers import SimpleRouter

from core.api_views import JobViewSet
from incubators.api import figures, registry, reports

router = SimpleRouter(use_regex_path=False)
router.register("areas", registry.AreaViewSet, basename="areas")
router.register("carriers", registry.CarrierViewSet, basename="carriers")
router.register("designations", registry.DesignationViewSet, basename="designations")
router.register("enterprises", registry.EnterpriseViewSet, basename="enterprises")
router.register("residencies", registry.ResidencyViewSet, basename="residencies")
router.register("qualifications", registry.QualificationViewSet, basename="qualifications")
router.register("monthly-reports", reports.MonthlyReportViewSet, basename="monthly-reports")
router.register("visits", registry.VisitViewSet, basename="visits")
# The ground floor has no addresses of its own under REST; its jobs are shown here.
router.register("jobs", JobViewSet, basename="jobs")

urlpatterns = [
    *router.urls,
    path("indicators/", figures.IndicatorListView.as_view(), name="indicators-list"),
    path("indicators/<slug:code>/", figures.IndicatorDetailView.as_view(), name="indicators-detail"),
    path("figures/", figures.FigureListView.as_view(), name="figures-list"),
    path("figures/<slug:code>/records/", figures.FigureRecordsView.as_view(), name="figures-records"),
]
