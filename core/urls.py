from django.urls import URLPattern, path

from core import views

app_name = "core"

urlpatterns: list[URLPattern] = [
    path("", views.job_list, name="job_list"),
    path("<uuid:pk>/", views.job_detail, name="job_detail"),
    path("<uuid:pk>/progress/", views.job_progress, name="job_progress"),
    path("<uuid:pk>/cancel/", views.job_cancel, name="job_cancel"),
]
