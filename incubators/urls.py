from django.urls import URLPattern, path

from incubators.views import indicators, register

app_name = "incubators"

urlpatterns: list[URLPattern] = [
    path("indicators/", indicators.indicator_list, name="indicator_list"),
    path("indicators/<slug:code>/", indicators.indicator_detail, name="indicator_detail"),
    path("indicators/<slug:code>/records/", indicators.indicator_records, name="indicator_records"),
    path("carriers/<slug:code>/register/<slug:event>/", register.register_event, name="register_event"),
]
