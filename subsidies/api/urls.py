from rest_framework.routers import SimpleRouter

from subsidies.api import views

router = SimpleRouter(use_regex_path=False)
router.register("rules", views.RuleViewSet, basename="rules")
router.register("award-runs", views.RunViewSet, basename="award-runs")
router.register("awards", views.AwardViewSet, basename="awards")

urlpatterns = [*router.urls]
