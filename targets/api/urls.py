from rest_framework.routers import SimpleRouter

from targets.api import views

router = SimpleRouter(use_regex_path=False)
router.register("targets", views.TargetViewSet, basename="targets")
router.register("progress", views.ProgressViewSet, basename="progress")
router.register("tasks", views.TaskViewSet, basename="tasks")

urlpatterns = router.urls
