from django.urls import path
from rest_framework.routers import SimpleRouter

from core.api_views import JobViewSet
from incubators.api import completeness, corrections, enterprise_months, figures, registry, reports, rosters, torch

router = SimpleRouter(use_regex_path=False)
router.register("areas", registry.AreaViewSet, basename="areas")
router.register("carriers", registry.CarrierViewSet, basename="carriers")
router.register("designations", registry.DesignationViewSet, basename="designations")
router.register("carrier-changes", registry.CarrierChangeViewSet, basename="carrier-changes")
router.register("carrier-sites", registry.CarrierSiteViewSet, basename="carrier-sites")
router.register("carrier-tags", registry.CarrierTaggingViewSet, basename="carrier-tags")
router.register("enterprises", registry.EnterpriseViewSet, basename="enterprises")
router.register("residencies", registry.ResidencyViewSet, basename="residencies")
router.register("qualifications", registry.QualificationViewSet, basename="qualifications")
router.register("monthly-reports", reports.MonthlyReportViewSet, basename="monthly-reports")
router.register("enterprise-months", enterprise_months.EnterpriseMonthViewSet, basename="enterprise-months")
router.register("correction-requests", corrections.CorrectionRequestViewSet, basename="correction-requests")
router.register("visits", registry.VisitViewSet, basename="visits")
router.register("rosters", rosters.RosterViewSet, basename="rosters")
# The ground floor has no addresses of its own under REST; its jobs are shown here.
router.register("jobs", JobViewSet, basename="jobs")

urlpatterns = [
    *router.urls,
    path(
        "rosters/<int:roster>/entries/", rosters.RosterEntryViewSet.as_view({"get": "list"}), name="roster-entries-list"
    ),
    path("completeness/", completeness.CompletenessView.as_view(), name="completeness-list"),
    # A carrier's year is no row of its own: the list answers one by carrier= and year=.
    path("torch-years/", torch.CarrierYearViewSet.as_view({"get": "list"}), name="torch-years-list"),
    path("torch-years/totals/", torch.AreaYearView.as_view(), name="torch-years-totals"),
    path("indicators/", figures.IndicatorListView.as_view(), name="indicators-list"),
    path("indicators/<slug:code>/", figures.IndicatorDetailView.as_view(), name="indicators-detail"),
    path("figures/", figures.FigureListView.as_view(), name="figures-list"),
    path("figures/<slug:code>/records/", figures.FigureRecordsView.as_view(), name="figures-records"),
]
