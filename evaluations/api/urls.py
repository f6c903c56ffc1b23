from rest_framework.routers import SimpleRouter

from evaluations.api import views

router = SimpleRouter(use_regex_path=False)
router.register("schemes", views.SchemeViewSet, basename="schemes")
router.register("cycles", views.CycleViewSet, basename="cycles")
router.register("results", views.ResultViewSet, basename="results")

urlpatterns = [*router.urls]
