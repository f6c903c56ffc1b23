from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from plans.api.plans import PlanViewSet

router = SimpleRouter(use_regex_path=False)
router.register("plans", PlanViewSet, basename="plans")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
