from django.urls import URLPattern, path

from targets.views import dashboard, detail, plans, records, task_pages

app_name = "targets"

urlpatterns: list[URLPattern] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("compute/", dashboard.progress_compute, name="progress_compute"),
    path("tasks/", task_pages.task_list, name="task_list"),
    path("plans/<slug:code>/", plans.plan_progress, name="plan_progress"),
    path("<slug:code>/", detail.target_detail, name="target_detail"),
    path("<slug:code>/records/", records.target_records, name="target_records"),
    path("<slug:code>/figures/new/", detail.outside_figure_create, name="outside_figure_create"),
]
