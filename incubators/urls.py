from django.urls import URLPattern, path

from incubators.views import register

app_name = "incubators"

urlpatterns: list[URLPattern] = [
    path("carriers/<slug:code>/register/<slug:event>/", register.register_event, name="register_event"),
]
